// What the tests ask of axe.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf-8'
);

/** What axe finds wrong in the panel, or in another element, in short. */
export async function violations(page, selector = '.lv-Panel') {
  await page.evaluate(axeSource);
  return page.evaluate(async selector => {
    const { violations } = await window.axe.run(selector);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(node => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)
    );
  }, selector);
}
