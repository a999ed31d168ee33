import { violations } from './axe.mjs';
import { expect, test } from './lab.mjs';

/** Close the tab that was opened last. */
async function closeTab(page, view) {
  await page.evaluate(view => {
    const tabs = [...window.jupyterapp.shell.widgets('main')];
    tabs.find(tab => tab.content?.hasClass(view))?.close();
  }, view);
  await expect(page.locator(`.${view}`)).toHaveCount(0);
}

/** Select a row and press Enter. */
async function enter(lab, page, name) {
  await lab.row(name).locator('.lv-Name').click();
  await lab.list.focus();
  await page.keyboard.press('Enter');
}

test('Enter and a click open each value as what it is', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run(
    [
      'import numpy as np, pandas as pd',
      'from PIL import Image',
      'from matplotlib.figure import Figure',
      'text = "first line\\n  second\\tline"',
      'frame = pd.DataFrame({"a": [1, 2]})',
      'numbers = list(range(1000))',
      'records = [{"a": 1, "b": "x"}, {"a": 2, "c": None}]',
      'photo = np.zeros((40, 60, 3)); photo[:, :30, 0] = 1.0',
      'heights = np.arange(900.0).reshape(30, 30)',
      'gray = np.arange(900, dtype="uint8").reshape(30, 30)',
      'logo = Image.new("RGB", (50, 20), "teal")',
      'figure = Figure(figsize=(2, 1)); _ = figure.subplots().plot([1, 2])',
      'config = {"a": 1}',
      'empty = []',
      'n = 5'
    ].join('\n')
  );
  const area = page.locator('.lv-ValueArea');
  await enter(lab, page, 'text');
  await expect(area.locator('pre')).toHaveText('first line\n  second\tline');
  await expect(page.getByLabel('Show as')).toHaveValue('lines');
  await page.getByLabel('Show as').selectOption('text/plain');
  await expect(area.locator('pre')).toContainText("'first line\\n  second");
  await closeTab(page, 'lv-ValueView');

  const status = page.locator('.lv-Table .lv-TableStatus');
  for (const [name, size] of [
    ['frame', '2 × 1'],
    ['numbers', '1,000 × 1'],
    ['records', '2 × 3'],
    ['heights', '30 × 30'] // floats, but not those of an image
  ]) {
    await enter(lab, page, name);
    await expect(status).toContainText(size);
    await closeTab(page, 'lv-Table');
  }

  for (const [name, width] of [
    ['photo', 60],
    ['gray', 30],
    ['logo', 50],
    ['figure', 200]
  ]) {
    await lab.row(name).hover();
    await lab.panel.getByRole('button', { name: `Open ${name}`, exact: true }).click();
    await expect(area.locator('img')).toBeVisible();
    await expect
      .poll(() => area.locator('img').evaluate(image => image.naturalWidth))
      .toBe(width);
    if (name === 'photo') {
      await expect(page.locator('.lv-ValueView .lv-TableStatus')).toHaveText(
        '60 × 40 pixels'
      );
      expect(await violations(page, '.lv-ValueView')).toEqual([]);
      expect(await violations(page)).toEqual([]);
    }
    await closeTab(page, 'lv-ValueView');
  }

  await enter(lab, page, 'config');
  await expect(lab.row('config')).toHaveAttribute('aria-expanded', 'true');
  await enter(lab, page, 'n');
  await expect(lab.panel.getByLabel('New value of n')).toHaveValue('5');
  await page.keyboard.press('Escape');
});

test('images have thumbnails, for which none of their code runs', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run(
    [
      'import numpy as np',
      'photo = np.zeros((300, 400, 3), "uint8"); photo[:, :200, 1] = 255',
      'table = np.arange(900.0).reshape(30, 30)',
      'from matplotlib.figure import Figure',
      'ran = 0',
      'class Own(Figure):\n    def savefig(self, *args, **kwargs):\n        global ran; ran += 1',
      'own = Own()'
    ].join('\n')
  );
  const thumbnail = lab.panel.locator('.lv-Thumbnail');
  const pixels = () =>
    thumbnail.locator('img').evaluate(image => {
      const canvas = document.createElement('canvas');
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const [red, green] = context.getImageData(2, 2, 1, 1).data;
      return [image.naturalWidth, image.naturalHeight, red, green];
    });
  await lab.row('photo').click();
  await expect(thumbnail).toBeVisible();
  expect(await pixels()).toEqual([134, 100, 0, 255]);
  await lab.run('photo[:, :, 0] = 255; photo[:, :, 1] = 0');
  await lab.row('photo').click();
  await expect.poll(pixels).toEqual([134, 100, 255, 0]);
  expect(await violations(page)).toEqual([]);
  await lab.row('table').click();
  await expect(thumbnail).toHaveCount(0);
  await lab.row('own').click();
  await expect(thumbnail).toHaveCount(0);
  await lab.row('photo').click();
  await expect(thumbnail).toBeVisible();
  await expect(lab.value('ran')).toHaveText('0');
  await thumbnail.click();
  await expect(page.locator('.lv-ValueArea img')).toBeVisible();
});

test('a slow value shows that it is waited for, and is stopped', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run(
    [
      'import time',
      'ended = False',
      'class Slow:',
      '    def __repr__(self):',
      '        global ended',
      '        try:',
      '            while True: time.sleep(0.01)',
      '        finally:',
      '            ended = True',
      'slow = Slow()'
    ].join('\n')
  );
  await enter(lab, page, 'slow');
  const view = page.locator('.lv-ValueView');
  await expect(view.locator('.lv-TableStatus')).toContainText('own code runs for 1 s');
  await expect(view.getByRole('progressbar')).toBeVisible();
  expect(await violations(page, '.lv-ValueView')).toEqual([]);
  await lab.execute('meanwhile = 1');
  await expect(lab.value('meanwhile')).toHaveText('1');
  await view.getByRole('button', { name: 'Stop' }).click();
  await expect(view.locator('.lv-ValueArea')).toContainText('Stopped');
  await expect(lab.value('ended')).toHaveText('True'); // its thread is gone, too
});

test('HTML is in the theme, and reaches nothing', async ({ lab, page }) => {
  const asked = [];
  page.on('request', request => asked.push(request.url()));
  await lab.notebook();
  await lab.run(
    [
      'class Page:',
      '    def _repr_html_(self):',
      '        return \'<table><tr><td id="cell">in HTML</td></tr></table>\'',
      '            \'<img src="/static/secret.png"><script>document.title = "ran"</script>\'',
      'shown = Page()'
    ]
      .join('\n')
      .replace("</table>'\n", "</table>' \\\n")
  );
  await enter(lab, page, 'shown');
  const body = page.frameLocator('.lv-ValueArea iframe').locator('body');
  await expect(body).toContainText('in HTML');
  const background = () =>
    page.evaluate(() => {
      const probe = document.createElement('div');
      probe.style.background = 'var(--jp-layout-color1)';
      document.body.append(probe);
      const color = getComputedStyle(probe).backgroundColor;
      probe.remove();
      return color;
    });
  const light = await background();
  await expect(body).toHaveCSS('background-color', light);
  await lab.theme('JupyterLab Dark');
  const dark = await background();
  expect(dark).not.toBe(light);
  await expect(body).toHaveCSS('background-color', dark);
  await expect(body.locator('#cell')).toHaveCSS('color', /rgba?\(255, 255, 255/);
  expect(asked.filter(url => url.includes('secret.png'))).toEqual([]);
});

test('Show Table is offered where it works, and only there', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run(
    [
      'import numpy as np, pandas as pd',
      'mixed = [1, {"a": 1}, None]',
      'pair = (1, 2)',
      'empty = []',
      'point = np.array(5)',
      'fields = np.zeros((2, 2), [("a", int)])',
      'mapping = {"a": 1}',
      'class Frame(pd.DataFrame): pass',
      'own = Frame({"a": [1]})'
    ].join('\n')
  );
  const button = lab.panel.getByRole('button', { name: 'Show Table' });
  for (const name of ['mixed', 'pair']) {
    await lab.row(name).click();
    await expect(button).toBeVisible();
    await button.click();
    await expect(page.locator('.lv-Table .lv-TableStatus')).toContainText('× 1');
    await closeTab(page, 'lv-Table');
  }
  for (const name of ['empty', 'point', 'fields', 'mapping', 'own']) {
    await lab.row(name).click();
    await expect(lab.panel.locator('.lv-DetailsHead strong')).toHaveText(name);
    await expect(button).toHaveCount(0);
  }
});

test('a table jumps to a row, a label and a column', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run(
    [
      'import pandas as pd, numpy as np',
      'names = [f"row {n}" for n in range(5000)]',
      'wide = pd.DataFrame(np.arange(500_000).reshape(5000, 100), index=names)',
      'wide.columns = [f"column {n}" for n in range(100)]'
    ].join('\n')
  );
  await enter(lab, page, 'wide');
  const field = page.locator('.lv-Table').getByLabel('Go to row or column');
  const go = async text => {
    await field.fill(text);
    await page.keyboard.press('Enter');
  };
  /** The selected cells, and whether the first of them is in sight. */
  const selected = () =>
    page.evaluate(() => {
      const tabs = [...window.jupyterapp.shell.widgets('main')];
      const grid = tabs.find(tab => tab.content?.hasClass('lv-Table')).content._grid;
      const [found] = [...(grid.selectionModel?.selections() ?? [])];
      if (!found) {
        return null;
      }
      const x = grid.columnOffset('body', found.c1) - grid.scrollX;
      const y = grid.rowOffset('body', found.r1) - grid.scrollY;
      const isSeen = x >= 0 && y >= 0 && x < grid.bodyWidth && y < grid.bodyHeight;
      return [found.r1, found.r2, found.c1, found.c2, isSeen];
    });
  await expect(page.locator('.lv-Table .lv-TableStatus')).toContainText('5,000');
  await go('row 4321');
  await expect.poll(selected).toEqual([4321, 4321, 0, 99, true]);
  await go('column 77');
  await expect.poll(selected).toEqual([0, 4999, 77, 77, true]);
  await go('2500');
  await expect.poll(selected).toEqual([2500, 2500, 0, 99, true]);
  await go('nothing of that name');
  await expect(page.locator('.lv-GoTo')).toContainText('No row or column');
  expect(await violations(page, '.lv-Table')).toEqual([]);
});
