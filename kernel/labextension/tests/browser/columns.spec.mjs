// A table's columns: what is told of them, filters from their heads, code, files, levels.

import { readFileSync } from 'node:fs';
import { violations } from './axe.mjs';
import { expect, test } from './lab.mjs';

const FRAME = [
  'import numpy as np, pandas as pd',
  'df = pd.DataFrame({',
  '    "n": [5, 3, 4, 1, 2, 2],',
  '    "name": ["ada", "bob", None, "eve", "ada", "a, \\"b\\""],',
  '    "day": pd.to_datetime(["2024-01-01", None, "2024-01-03", "2024-01-04", "2024-01-04", "2024-02-01"]),',
  '})'
].join('\n');

/** The open table. */
class Table {
  constructor(page) {
    this.page = page;
    this.node = page.locator('.lv-Table');
    this.status = this.node.locator('.lv-TableStatus');
    this.filter = this.node.getByLabel('Filter rows');
    this.pane = this.node.locator('.lv-ColumnPane');
  }

  /** The text of a cell, of a label, or of a head. */
  cell(region, row, column) {
    return this.page.evaluate(
      ([region, row, column]) => {
        const tabs = [...window.jupyterapp.shell.widgets('main')];
        const tab = tabs.find(tab => tab.id.startsWith('livens-table'));
        return tab.content._table.data(region, row, column);
      },
      [region, row, column]
    );
  }

  async column(column) {
    const values = [];
    for (let row = 0; row < 6; row++) {
      values.push(await this.cell('body', row, column));
    }
    return values.filter(value => value !== '');
  }

  /** A figure of the pane. */
  figure(name) {
    return this.pane.locator('dt', { hasText: new RegExp(`^${name}$`) }).locator('+ dd');
  }

  /** Open the pane by the head of a column: the sign at its right. */
  async head(column, button = 'left') {
    const place = await this.page.evaluate(column => {
      const tabs = [...window.jupyterapp.shell.widgets('main')];
      const { _grid } = tabs.find(tab => tab.id.startsWith('livens-table')).content;
      const offset =
        _grid.columnOffset('body', column) + _grid.columnSize('body', column);
      const { left, top } = _grid.viewport.node.getBoundingClientRect();
      return [left + _grid.headerWidth + offset - 12, top + 10];
    }, column);
    await this.page.mouse.click(...place, { button });
  }
}

async function open(lab, page, code, name = 'df') {
  const table = new Table(page);
  await lab.notebook();
  await lab.run(code);
  await lab.menu(name, 'Show Table');
  await expect(table.status).toHaveText(/\d+ × \d+/);
  return table;
}

test('the head of a column opens its figures, its frequent values and its filter', async ({
  lab,
  page
}) => {
  const table = await open(lab, page, FRAME);
  await table.head(0);
  await expect(table.pane).toBeVisible();
  await expect(table.figure('Mean')).toHaveText('2.83333');
  await expect(table.figure('Median')).toHaveText('2.5');
  await expect(table.figure('Different values')).toHaveText('5');
  await expect(table.pane.locator('.lv-BarPlace')).toHaveCount(20);
  expect(await violations(page, '.lv-Table')).toEqual([]);
  // Texts have lengths, and values to choose from.
  await table.head(1, 'right');
  await expect(table.figure('Missing')).toHaveText('1 (16.7 %)');
  await expect(table.figure('Longest text')).toHaveText('6');
  await table.pane.getByRole('button', { name: 'Keep rows with ada' }).click();
  await expect(table.status).toHaveText('2 rows of 6 × 3');
  await expect(table.filter).toHaveValue('name in (ada)');
  await table.pane.getByRole('button', { name: 'Keep rows with ada' }).waitFor();
  await expect(table.figure('Rows')).toHaveText('2');
  await table.pane.getByRole('button', { name: 'Remove' }).click();
  await expect(table.status).toHaveText('6 × 3');
  await table.pane.getByRole('button', { name: 'Keep rows with a, "b"' }).click();
  await expect(table.filter).toHaveValue(`name in ('a, "b"')`);
  await expect(table.status).toHaveText('1 row of 6 × 3');
  await table.pane.getByRole('button', { name: 'Remove' }).click();
  // Times have a mean and quantiles; a range has both ends.
  await table.pane.getByLabel('Column', { exact: true }).selectOption('day');
  await expect(table.figure('Smallest')).toHaveText('2024-01-01T00:00:00');
  await expect(table.figure('Mean')).toHaveText('2024-01-08T19:12:00');
  await table.pane.getByLabel('Comparison', { exact: true }).selectOption('between');
  await table.pane.getByLabel('Smallest value').fill('2024-01-03');
  await table.pane.getByLabel('Largest value').fill('2024-01-04');
  await page.keyboard.press('Enter');
  await expect(table.status).toHaveText('3 rows of 6 × 3');
  // Another column besides, with an “or”.
  await table.pane.getByLabel('Column', { exact: true }).selectOption('n');
  await table.pane.getByLabel('Value', { exact: true }).fill('4');
  await table.pane.getByRole('button', { name: 'Add a comparison with “or”' }).click();
  await table.pane.getByLabel('Comparison', { exact: true }).nth(1).selectOption('<');
  await table.pane.getByLabel('Value', { exact: true }).nth(1).fill('2');
  await page.keyboard.press('Enter');
  await expect(table.filter).toHaveValue(
    'day between 2024-01-03 and 2024-01-04 and (n == 4 or n < 2)'
  );
  await expect(table.status).toHaveText('2 rows of 6 × 3');
  await table.pane.getByRole('button', { name: 'Sort Up' }).click();
  await expect.poll(() => table.column(0)).toEqual(['1', '4']);
  // What is written in the line is what the form shows.
  await table.filter.fill('n > 1 or name is null');
  await table.filter.press('Enter');
  await expect(table.status).toHaveText('5 rows of 6 × 3');
  await table.pane.getByRole('button', { name: 'Close' }).click();
  await expect(table.pane).toBeHidden();
});

test('code of pandas and a file have the rows that are shown', async ({ lab, page }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const table = await open(lab, page, FRAME);
  await table.filter.fill('n between 2 and 4 and name != bob');
  await table.filter.press('Enter');
  await expect(table.status).toHaveText('2 rows of 6 × 3');
  await table.node.getByRole('button', { name: 'Column' }).click();
  await table.pane.getByRole('button', { name: 'Sort Down' }).click();
  await table.node.getByRole('button', { name: 'Copy as pandas Code' }).click();
  await expect(table.status).toContainText('Copied: df[');
  const code = await page.evaluate(() => navigator.clipboard.readText());
  await lab.execute(`same = ${code}; rows = list(same["n"]), list(same.index)`);
  await expect(lab.value('rows')).toHaveText('([2, 2], [4, 5])');
  const download = page.waitForEvent('download');
  await table.node.getByRole('button', { name: 'Save CSV' }).click();
  const file = await (await download).path();
  expect(readFileSync(file, 'utf-8')).toBe(
    [
      ',n,name,day',
      '4,2,ada,2024-01-04T00:00:00',
      '5,2,"a, ""b""",2024-02-01T00:00:00',
      ''
    ].join('\r\n')
  );
  await expect(table.status).toHaveText('Saved 2 rows');
  // Where pandas would keep other rows there is no code, and the reason is told.
  await lab.execute('df["c"] = df["name"].astype("category")');
  await expect(table.status).toContainText('× 4');
  await table.filter.fill('c > a');
  await table.filter.press('Enter');
  await expect(table.status).toHaveText('5 rows of 6 × 4');
  await table.node.getByRole('button', { name: 'Copy as pandas Code' }).click();
  await expect(table.status).toContainText('pandas does not compare categories as texts');
});

test('whole texts and all rows come into the file', async ({ lab, page }) => {
  const table = await open(
    lab,
    page,
    [
      'import numpy as np, pandas as pd',
      'df = pd.DataFrame({"n": range(25_000), "long": ["x" * 1000] * 25_000})'
    ].join('\n')
  );
  const download = page.waitForEvent('download');
  await table.node.getByRole('button', { name: 'Save CSV' }).click();
  const lines = readFileSync(await (await download).path(), 'utf-8').split('\r\n');
  expect(lines.length).toBe(25_002);
  expect(lines[25_000]).toBe(`24999,24999,${'x'.repeat(1000)}`);
});

test('labels of several levels stand in levels, and long ones are readable', async ({
  lab,
  page
}) => {
  const table = await open(
    lab,
    page,
    [
      'import pandas as pd',
      'index = pd.MultiIndex.from_product([["a long label of a row", "b"], pd.to_datetime(["2024-01-01", "2024-01-02"])], names=["key", "day"])',
      'df = pd.DataFrame([[1, 2, 3]] * 4, index=index)',
      'df.columns = pd.MultiIndex.from_tuples([("u", "x"), ("u", "y"), ("v", "x")])'
    ].join('\n')
  );
  await expect.poll(() => table.cell('row-header', 1, 1)).toBe('2024-01-02T00:00:00');
  expect(await table.cell('row-header', 0, 0)).toBe('a long label of a row');
  expect(await table.cell('corner-header', 1, 0)).toBe('key');
  const heads = [];
  for (const column of [0, 1, 2]) {
    heads.push([
      await table.cell('column-header', 0, column),
      await table.cell('column-header', 1, column)
    ]);
  }
  expect(heads).toEqual([
    ['u', 'x'],
    ['', 'y'],
    ['v', 'x']
  ]);
  const widths = await page.evaluate(() => {
    const tabs = [...window.jupyterapp.shell.widgets('main')];
    const { _grid } = tabs.find(tab => tab.id.startsWith('livens-table')).content;
    return [0, 1].map(level => _grid.columnSize('row-header', level));
  });
  expect(widths[0]).toBeGreaterThan(21 * 7);
  expect(widths[1]).toBeGreaterThan(19 * 7);
});

test('an array of four dimensions is looked at slice by slice, with a heat map', async ({
  lab,
  page
}) => {
  const table = await open(
    lab,
    page,
    [
      'import numpy as np',
      'cube = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5) - 20.0'
    ].join('\n'),
    'cube'
  );
  await expect(table.status).toHaveText('4 × 5');
  await expect.poll(() => table.cell('body', 0, 0)).toBe('-20.0');
  const slicer = table.node.getByRole('group', { name: 'Slice of the array' });
  await slicer.getByLabel('Position on axis 0', { exact: true }).fill('1');
  await expect.poll(() => table.cell('body', 0, 0)).toBe('40.0');
  await slicer.getByLabel('Position on axis 1, as a number').fill('2');
  await expect.poll(() => table.cell('body', 3, 4)).toBe('99.0');
  await slicer.getByLabel('Rows').selectOption('axis 0 (2)');
  await expect(table.status).toHaveText('2 × 5');
  await slicer.getByLabel('Columns').selectOption('axis 1 (3)');
  await expect(table.status).toHaveText('2 × 3');
  await expect.poll(() => table.cell('body', 1, 2)).toBe('80.0');
  // All values of the slice at once, and their colours.
  await table.node.getByRole('button', { name: 'Column' }).click();
  await table.pane.getByLabel('Column', { exact: true }).selectOption('All values');
  await expect(table.figure('Rows')).toHaveText('6');
  await expect(table.figure('Largest')).toHaveText('80');
  await expect(table.figure('Negative')).toHaveText('1');
  await table.node.getByRole('button', { name: 'Heat Map' }).click();
  const color = (row, column) =>
    page.evaluate(
      ([row, column]) => {
        const tabs = [...window.jupyterapp.shell.widgets('main')];
        const { _arrays, _table } = tabs.find(tab =>
          tab.id.startsWith('livens-table')
        ).content;
        const value = _table.data('body', row, column);
        return _arrays.color({ region: 'body', row, column, value });
      },
      [row, column]
    );
  await expect.poll(() => color(1, 2)).toBe('rgba(211, 84, 0, 0.600)');
  expect(await color(0, 0)).toMatch(/^rgba\(33, 118, 210/);
  expect(await color(0, 1)).not.toBe(await color(1, 2));
  expect(await violations(page, '.lv-Table')).toEqual([]);
  // It changes in place, and gets other dimensions.
  await lab.execute('cube[1, 2, 0, 0] = 1234.0');
  await expect.poll(() => table.cell('body', 1, 2)).toBe('1234.0');
  await lab.execute('cube = np.ones((2, 2))');
  await expect(table.status).toHaveText('2 × 2');
  await expect(slicer).toBeHidden();
  await lab.execute('cube = np.zeros((3, 2, 2))');
  await expect(slicer.getByLabel('Position on axis 0', { exact: true })).toHaveValue('0');
  await expect(slicer).toBeVisible();
});
