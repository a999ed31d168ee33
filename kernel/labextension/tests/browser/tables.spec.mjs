import { expect, test } from './lab.mjs';

/** The table that is open, in the words of the tests. */
class Table {
  constructor(page) {
    this.page = page;
    this.node = page.locator('.lv-Table');
    this.status = this.node.locator('.lv-TableStatus');
  }

  /** Ask the open table's view for something. */
  ask(read, ...args) {
    return this.page.evaluate(
      ([read, args]) => {
        const tabs = [...window.jupyterapp.shell.widgets('main')];
        const { content } = tabs.find(tab => tab.id.startsWith('livens-table'));
        return new Function('view', '...args', `return (${read})(view, ...args)`)(
          content,
          ...args
        );
      },
      [read.toString(), args]
    );
  }

  cell(row, column) {
    return this.ask(
      (view, row, column) => view._table.data('body', row, column),
      row,
      column
    );
  }

  isMissing(row, column) {
    return this.ask(
      (view, row, column) => view._table.metadata('body', row, column).isMissing,
      row,
      column
    );
  }

  head(column) {
    return this.ask(
      (view, column) => view._table.data('column-header', 1, column),
      column
    );
  }

  sort(column) {
    return this.ask((view, column) => void view._table.sortBy(column), column);
  }

  async filter(text) {
    await this.node.getByLabel('Filter rows').fill(text);
    await this.page.keyboard.press('Enter');
  }

  button(name) {
    return this.node.getByRole('button', { name });
  }
}

const MILLION = [
  'import numpy as np, pandas as pd',
  'rows = 1_000_000',
  'df = pd.DataFrame({"n": np.arange(rows), "odd": np.arange(rows) % 2 == 1})',
  'df["v"] = np.where(df.n % 7 == 0, np.nan, (df.n * 7919 % rows).astype(float))',
  'df["t"] = "name " + df.v.astype(str)'
].join('\n');

test('all of a million rows are sorted and filtered, a sample only by choice', async ({
  lab,
  page
}) => {
  const table = new Table(page);
  await lab.notebook();
  await lab.run(MILLION);
  await lab.row('df').click();
  await lab.panel.getByRole('button', { name: 'Show Table' }).click();
  await expect(table.status).toHaveText('1,000,000 × 4');
  await expect.poll(() => table.cell(765_432, 0)).toBe('765432');
  expect(await table.cell(0, 1)).toBe('False');
  expect(await table.cell(0, 2)).toBe('nan');
  expect(await table.isMissing(0, 2)).toBe(true);
  await expect.poll(() => table.head(2)).toBe('float64 · 142,858 null');
  const head = await table.node.locator('.lv-Grid').boundingBox();
  await page.mouse.click(head.x + 90, head.y + 10); // the head of `n`: up, then down
  await page.mouse.click(head.x + 90, head.y + 10);
  await expect.poll(() => table.cell(0, 0)).toBe('999999');
  await table.sort(2);
  await expect.poll(() => table.cell(0, 2)).toBe('1.0');
  await expect.poll(() => table.head(2)).toBe('float64 · 142,858 null');
  await expect(table.status).toHaveText('1,000,000 × 4');
  await table.filter('n > 999990 and odd == True');
  await expect(table.status).toHaveText('5 rows of 1,000,000 × 4');
  await table.filter('n == 999999');
  await expect(table.status).toHaveText('1 row of 1,000,000 × 4');
  await table.filter('v == nan');
  await expect(table.status).toHaveText('142,858 rows of 1,000,000 × 4');
  await table.filter('nope > 1');
  await expect(table.status).toContainText('name of a column');
  await table.filter('');
  await expect(table.status).toHaveText('1,000,000 × 4');
  // Beside a computing cell it takes longer: it is told, and can be given up.
  const kernel = action =>
    page.evaluate(action => {
      const panel = [...window.jupyterapp.shell.widgets('main')].find(
        widget => widget.sessionContext
      );
      const { kernel } = panel.sessionContext.session;
      const code = 'x = 0\nwhile True: x += 1';
      return void (action === 'run'
        ? kernel.requestExecute({ code })
        : kernel.interrupt());
    }, action);
  await kernel('run');
  await expect(lab.value('x')).toBeVisible();
  const first = await table.cell(0, 2);
  await table.sort(3);
  await expect(table.status).toContainText(/^Sorting 1,000,000 rows … \d+ %$/);
  await expect(table.node.locator('progress')).toBeVisible();
  await expect(table.node).toHaveClass(/lv-mod-loading/);
  await table.button('Cancel').click();
  await expect(table.status).toHaveText('1,000,000 × 4');
  await expect(table.node).not.toHaveClass(/lv-mod-loading|lv-mod-old/);
  await expect.poll(() => table.cell(0, 2)).toBe(first);
  await table.sort(3);
  await table.button('Use a Sample').click();
  await expect(table.status).toHaveText(/^1,000,000 × 4 \(of a sample of [\d,]+ rows\)$/);
  await kernel('interrupt');
  await expect.poll(() => table.head(2)).toMatch(/null$/);
  await table.button('Use All Rows').click();
  await expect(table.status).toHaveText('1,000,000 × 4');
  await expect.poll(() => table.head(2)).toBe('float64 · 142,858 null');
});

test('what is no longer known to be so is dimmed, with the reason', async ({
  lab,
  page
}) => {
  const table = new Table(page);
  await lab.notebook();
  await lab.run(
    [
      'import numpy as np, pandas as pd',
      'cube = np.array(5.0)', // without dimensions it is no table
      'df = pd.DataFrame({"a": [3, 1, 2], "exact": [123456789.12345679, 1.0, np.nan]})'
    ].join('\n')
  );
  await lab.row('cube').click();
  await expect(lab.panel.getByRole('button', { name: 'Show Value' })).toBeVisible();
  await expect(lab.panel.getByRole('button', { name: 'Show Table' })).toHaveCount(0);
  await lab.menu('df', 'Show Table');
  await expect(table.status).toHaveText('3 × 2');
  await table.sort(0);
  await expect.poll(() => table.cell(0, 0)).toBe('1');
  const texts = () => Promise.all([1, 2, 0].map(row => table.cell(row, 1)));
  await expect.poll(texts).toEqual(['nan', '123456789.12345679', '1.0']);
  // A column before it: the order follows its column.
  await lab.execute('df = pd.DataFrame({"new": [7, 8, 9], "a": [5, 4, 6]})');
  await expect.poll(() => table.cell(0, 1)).toBe('4');
  await lab.execute('df = df.drop(columns="a")');
  await expect(table.status).toHaveText(
    'Column “a”, by which the rows were sorted, is gone. These are the last known values.'
  );
  await expect(table.node).toHaveClass(/lv-mod-old/);
  await table.button('Show Unsorted').click();
  await expect(table.status).toHaveText('3 × 1');
  await expect(table.node).not.toHaveClass(/lv-mod-old/);
  await lab.execute('df = 5');
  await expect(table.status).toContainText(
    'is no table. These are the last known values.'
  );
  await lab.execute('df = pd.DataFrame({"b": [1]})');
  await expect(table.status).toHaveText('1 × 1');
  await expect(table.node).not.toHaveClass(/lv-mod-old/);
  await lab.execute('del df');
  await expect(table.status).toContainText("No variable 'df'");
  await expect(table.node).toHaveClass(/lv-mod-old/);
  expect(await table.cell(0, 0)).toBe('1');
  await lab.execute('df = pd.DataFrame({"b": [2]})');
  await expect.poll(() => table.cell(0, 0)).toBe('2');
  await lab.execute('import os; os._exit(1)').catch(() => undefined);
  await expect(table.node).toHaveClass(/lv-mod-stale/);
});

test('a table and a plot follow the theme', async ({ lab, page }) => {
  const table = new Table(page);
  await lab.notebook();
  await lab.run('import numpy as np\nxs = np.arange(6.0).reshape(3, 2)\nx = 1');
  await lab.run('x = 2');
  await lab.menu('x', 'Plot History');
  await expect(page.locator('.lv-Plot canvas')).toBeVisible();
  await lab.menu('xs', 'Show Table');
  await expect(table.status).toHaveText('3 × 2');
  /** The colour of the middle of an empty place of a canvas. */
  const shades = () =>
    page.evaluate(() => {
      const tabs = [...window.jupyterapp.shell.widgets('main')];
      const view = name => tabs.find(tab => tab.id.startsWith(name)).content;
      const grid = view('livens-table')._grid;
      const axis = view('livens-plot')._plot.axes[0].stroke();
      return [grid.style.backgroundColor, axis];
    });
  const page_colors = () =>
    page.evaluate(() => {
      const css = getComputedStyle(document.body);
      return ['--jp-layout-color1', '--jp-ui-font-color1'].map(name =>
        css.getPropertyValue(name).trim()
      );
    });
  const light = await page_colors();
  await expect.poll(shades).toEqual(light);
  await lab.theme('JupyterLab Dark');
  const dark = await page_colors();
  expect(dark).not.toEqual(light);
  await expect.poll(async () => (await shades())[0]).toBe(dark[0]);
  // The plot is behind the table: it has the new colours when it is seen.
  await lab.menu('x', 'Plot History');
  await expect.poll(shades).toEqual(dark);
  await lab.theme('JupyterLab Light');
  await expect.poll(async () => (await shades())[1]).toBe(light[1]);
  await lab.execute('del x');
  await expect(page.locator('.lv-Plot .lv-TableStatus')).toContainText('x is gone');
  // JupyterLab hid the panel meanwhile: after another connection changes are seen as before.
  await lab.menu('xs', 'Show Table');
  await lab.execute('xs[:] = 7');
  await expect.poll(() => table.cell(2, 1)).toBe('7.0');
  await lab.execute('del xs');
  await expect(table.node).toHaveClass(/lv-mod-old/);
});

test('a long note leaves the value, and a failed edit says why', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('d = {"a": 1}\nnumbers = [1, 2]\nz = 1');
  await lab.run(`d["${'long key '.repeat(12)}"] = 2`);
  const note = lab.row('d').locator('.lv-Change');
  await expect(note).toContainText('added');
  const value = await lab.value('d').boundingBox();
  expect(value.width).toBeGreaterThan(60);
  await lab.menu('numbers', 'Edit Value');
  const field = lab.row('numbers').getByRole('textbox');
  await expect(field).toHaveValue('[1, 2]');
  await field.fill('[1, 2');
  await page.keyboard.press('Enter');
  const error = lab.row('numbers').getByRole('alert');
  await expect(error).toContainText('SyntaxError');
  await expect(error).toBeInViewport();
  const [below, above] = [await error.boundingBox(), await field.boundingBox()];
  expect(below.y).toBeGreaterThanOrEqual(above.y + above.height - 1);
  await field.fill('[1, 2, 3]');
  await expect(error).toHaveCount(0);
  await page.keyboard.press('Enter');
  await expect(lab.value('numbers')).toHaveText('[1, 2, 3]');
  await lab.menu('z', 'Rename');
  await lab.row('z').getByRole('textbox').fill('numbers');
  await page.keyboard.press('Enter');
  const last = lab.row('z').getByRole('alert');
  await expect(last).toContainText("There is a 'numbers' already");
  await expect(last).toBeInViewport();
});
