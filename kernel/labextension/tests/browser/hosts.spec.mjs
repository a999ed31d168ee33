// The same few steps in JupyterLab and in Notebook 7, which the same server shows. With the oldest
// JupyterLab that we allow these are all that is run (`make test-panel-lowest`).

import { expect, Lab, plain, seesChanges, writeNotebook } from './lab.mjs';

// Notebook 7 raises errors of its own, whenever it opens a notebook.
const OURS = /\/extensions\/livens\//;

for (const [app, address] of [
  ['JupyterLab', '/lab/tree'],
  ['Notebook 7', '/notebooks']
]) {
  plain(
    `${app}: the panel opens, is live while a loop runs, and shows what is inside`,
    async ({ page }) => {
      const problems = [];
      page.on('pageerror', error => problems.push(`${error.stack}`));
      const name = `hosts-${app.replace(' ', '-')}.ipynb`;
      writeNotebook(name);
      const lab = new Lab(page);
      await page.goto(`${address}/${name}`);
      await lab.ready();
      await lab.openPanel();
      await expect(lab.phase).toHaveAttribute('data-phase', 'live');

      await lab.loop('step += 1', {
        before: 'tree = {"a": [1, 2]}; step = 0',
        after: 'step = 1_000_000'
      });
      await expect(lab.value('step')).toBeVisible();
      await seesChanges(lab.value('step'), 5);
      await lab.row('tree').locator('.lv-Caret').click();
      await lab.row("'a'").locator('.lv-Caret').click();
      await expect(lab.value('1')).toHaveText('2');
      lab.endLoop();
      await lab.idle();
      await expect(lab.value('step')).toHaveText('1000000');

      await lab.row('step').click();
      await lab.panel.getByRole('button', { name: 'Plot History' }).click();
      const plot = page.locator('.lv-Plot canvas');
      await expect(plot).toBeVisible();
      await expect
        .poll(async () => (await plot.boundingBox()).height)
        .toBeGreaterThan(100);
      expect(problems.filter(problem => OURS.test(problem))).toEqual([]);
    }
  );
}
