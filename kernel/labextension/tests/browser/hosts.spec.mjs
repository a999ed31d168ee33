// The same few steps in JupyterLab and in Notebook 7, which the same server shows. With the oldest
// JupyterLab that we allow these are all that is run (`make test-panel-lowest`).

import { test } from '@playwright/test';
import { expect, Lab, writeNotebook } from './lab.mjs';

// Notebook 7 raises errors of its own, whenever it opens a notebook.
const OURS = /\/extensions\/livens\//;

for (const [app, address] of [
  ['JupyterLab', '/lab/tree'],
  ['Notebook 7', '/notebooks']
]) {
  test(`${app}: the panel opens, is live while a loop runs, and shows what is inside`, async ({
    page
  }) => {
    const problems = [];
    page.on('dialog', dialog => dialog.accept());
    page.on('pageerror', error => problems.push(`${error.stack}`));
    const name = `hosts-${app.replace(' ', '-')}.ipynb`;
    writeNotebook(name);
    const lab = new Lab(page);
    await page.goto(`${address}/${name}`);
    await lab.ready();
    await lab.openPanel();
    await expect(lab.phase).toHaveAttribute('data-phase', 'live', { timeout: 30_000 });

    await lab.start(
      'import time\ntree = {"a": [1, 2]}\nfor step in range(1000):\n    time.sleep(0.01)'
    );
    await expect(lab.value('step')).toBeVisible();
    const seen = new Set();
    await expect
      .poll(async () => seen.add(Number(await lab.value('step').textContent())).size)
      .toBeGreaterThan(5);
    expect(Math.max(...seen)).toBeLessThan(999);
    await lab.row('tree').locator('.lv-Caret').click();
    await lab.row("'a'").locator('.lv-Caret').click();
    await expect(lab.value('1')).toHaveText('2');
    await lab.idle();
    await expect(lab.value('step')).toHaveText('999');

    await lab.row('step').click();
    await lab.panel.getByRole('button', { name: 'Plot History' }).click();
    const plot = page.locator('.lv-Plot canvas');
    await expect(plot).toBeVisible();
    await expect.poll(async () => (await plot.boundingBox()).height).toBeGreaterThan(100);
    expect(problems.filter(problem => OURS.test(problem))).toEqual([]);
    await page.evaluate(() => window.jupyterapp.serviceManager.sessions.shutdownAll());
  });
}
