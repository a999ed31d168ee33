// The plot that compares: several variables, two axes, a log scale, an earlier run behind.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { violations } from './axe.mjs';
import { expect, test } from './lab.mjs';
import { record } from './records.mjs';
import { homeOf } from './servers.mjs';

/** What the plot has drawn: the labels and the values of its curves. */
function curves(page) {
  return page.evaluate(() => {
    const tabs = [...window.jupyterapp.shell.widgets('main')];
    const { _plot } = tabs.find(tab => tab.id.startsWith('livens-plot')).content;
    const [, ...values] = _plot.data;
    return {
      labels: _plot.series.map(({ label }) => label),
      counts: values.map(some => some.filter(one => typeof one === 'number').length),
      x: _plot.data[0],
      isLog: _plot.scales.y.distr === 3
    };
  });
}

test('several variables and an earlier run are compared', async ({ lab, page }) => {
  const file = join(homeOf(), 'earlier.livens.jsonl');
  record('loss = 10.0\nloss = 5.0\nloss = 3.0\nloss = 2.5\nloss = 2.0', file);
  const broken = join(homeOf(), 'broken.livens.jsonl');
  writeFileSync(broken, '{"type": "other"}\n');
  await lab.notebook();
  await lab.run('loss = 8.0\nacc = 0.5\nstep = -1');
  await lab.run('loss = 4.0\nacc = 0.75');
  await lab.run('loss = 2.0');
  await lab.menu('loss', 'Plot History');
  const plot = page.locator('.lv-Plot');
  await expect(plot.locator('.lv-TableStatus')).toHaveText('3 points');
  await plot.getByLabel('Add a variable').selectOption('acc');
  await expect(plot.locator('.lv-TableStatus')).toHaveText('5 points');
  await expect.poll(async () => (await curves(page)).counts).toEqual([3, 2]);
  await plot.getByLabel('Horizontal axis').selectOption('Steps');
  await expect.poll(async () => (await curves(page)).x).toEqual([1, 2, 3]);
  await plot.getByRole('button', { name: 'Log Scale' }).click();
  await expect.poll(async () => (await curves(page)).isLog).toBe(true);
  await plot.getByLabel('Add a variable').selectOption('step');
  await expect(plot.locator('.lv-TableStatus')).toHaveText('6 points, 1 is not above 0');
  await plot.getByRole('button', { name: 'Remove step' }).click();
  await plot.getByRole('button', { name: 'Log Scale' }).click();
  // An earlier run, from the folder of the notebook.
  const runs = plot.getByLabel('Earlier run behind');
  await runs.focus();
  await expect(runs.locator('option')).toContainText(['earlier.livens.jsonl']);
  await runs.selectOption('broken.livens.jsonl');
  await expect(plot.locator('.lv-TableStatus')).toContainText(
    'This is no record of livens'
  );
  await runs.selectOption('earlier.livens.jsonl');
  await expect(plot.locator('.lv-TableStatus')).toHaveText(
    '10 points, acc is not in earlier.livens.jsonl'
  );
  const drawn = await curves(page);
  expect(drawn.labels).toEqual([
    'Step',
    'loss',
    'acc',
    'loss (earlier.livens.jsonl)',
    'acc (earlier.livens.jsonl)'
  ]);
  expect(drawn.counts).toEqual([3, 2, 5, 0]);
  await plot.getByLabel('Horizontal axis').selectOption('Seconds since the beginning');
  await expect.poll(async () => (await curves(page)).x[0]).toBe(0);
  expect(await violations(page, '.lv-Plot')).toEqual([]);
  const download = page.waitForEvent('download');
  await plot.getByRole('button', { name: 'Save CSV' }).click();
  const rows = readFileSync(await (await download).path(), 'utf-8')
    .trim()
    .split('\n');
  expect(rows[0]).toBe('variable,run,time,value,execution_count');
  expect(rows.filter(row => row.startsWith('loss,earlier.livens.jsonl,')).length).toBe(5);
  // A file of one's own.
  await plot
    .getByLabel('Record of an earlier run')
    .setInputFiles({ name: 'x.jsonl', mimeType: '', buffer: readFileSync(file) });
  await expect(plot.locator('.lv-TableStatus')).toContainText('acc is not in x.jsonl');
  await runs.selectOption('No earlier run');
  await expect(plot.locator('.lv-TableStatus')).toHaveText('5 points');
  rmSync(file);
  rmSync(broken);
});
