import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { violations } from './axe.mjs';
import { expect, Lab, plain, seesChanges, test, writeNotebook } from './lab.mjs';
import { here } from './servers.mjs';

const STATIC = join(here, '../../../livens/static');
const MAKE = 'from livens.widget import VariablesWidget';
const COUNT = ['step += 1', { before: 'step = 0', after: 'step = 1_000_000' }];

/** A widget in the output of a cell. */
class Widget {
  constructor(page, nth = 0) {
    this.page = page;
    this.node = page.locator('.lv-Widget').nth(nth);
    this.list = this.node.getByRole('treegrid');
    this.phase = this.node.locator('.lv-Phase');
  }

  row(name) {
    return this.list.locator(`.lv-Row[data-name="${name}"]`);
  }

  value(name) {
    return this.row(name).locator('.lv-Preview');
  }

  /** Choose from the menu of a row. */
  async menu(name, item) {
    await this.row(name).locator('.lv-Name').click({ button: 'right' });
    await this.node.getByRole('menuitem', { name: item }).click();
  }
}

/** Run a cell that shows a widget, and wait for it. */
async function show(lab, page, args = '') {
  await lab.run(`${MAKE}\nw = VariablesWidget(${args})\nw`);
  const widget = new Widget(page);
  await expect(widget.phase).toHaveAttribute('data-phase', 'live');
  // A style of ours that reached beyond the widget has collapsed the page once.
  const { height } = await page.locator('.jp-LabShell').boundingBox();
  expect(height).toBe(page.viewportSize().height);
  return widget;
}

test('the widget shows values while a loop runs, and is asked meanwhile', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('tree = {"a": [1, 2]}');
  const widget = await show(lab, page);
  await expect(widget.value('tree')).toHaveText("{'a': [1, 2]}");
  await expect(widget.node.locator('.lv-Lite')).toHaveCount(0);
  await lab.loop(...COUNT);
  await expect(widget.value('step')).toBeVisible();
  await seesChanges(widget.value('step'), 5);
  await expect(widget.row('step').locator('.lv-Sparkline')).toBeVisible();
  await expect(widget.phase).toContainText('In [');
  // JupyterLab hands a widget's questions to a subshell, so that the answer comes at once.
  await widget.row('tree').locator('.lv-Caret').click();
  await expect(widget.row("'a'")).toBeVisible();
  lab.endLoop();
  await lab.idle();
  await expect(widget.value('step')).toHaveText('1000000');
  await expect(widget.phase).toContainText('live');
});

test('on a stock kernel the widget says that it is lite', async ({ lab, page }) => {
  await lab.notebook('python3');
  await lab.run('x = 1');
  const widget = await show(lab, page);
  await expect(widget.node.locator('.lv-Lite')).toHaveText('lite');
  await expect(widget.value('x')).toHaveText('1');
  await lab.loop(...COUNT);
  await expect(widget.value('step')).toBeVisible();
  await seesChanges(widget.value('step'), 5);
  lab.endLoop();
  await lab.idle();
  await expect(widget.value('step')).toHaveText('1000000');
  await expect(widget.phase).toContainText('live');
  expect(await violations(page, '.lv-Widget')).toEqual([]);
});

test('all cells at once: the widget is there before its first question is heard', async ({
  lab,
  page
}) => {
  await lab.notebook('python3');
  await page.evaluate(() => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    kernel.commsOverSubshells = 'disabled'; // as in hosts that have none
  });
  await lab.start(`x = 7\n${MAKE}\nVariablesWidget()`);
  await lab.loop(...COUNT);
  const widget = new Widget(page);
  await expect(widget.value('x')).toHaveText('7');
  await seesChanges(widget.value('step'), 3);
  await widget.row('x').click();
  await widget.node.getByRole('button', { name: 'Show Value' }).click();
  await expect(widget.node.locator('.lv-Waiting')).toContainText('when the running cell');
  lab.endLoop();
  await expect(widget.node.locator('.lv-ValueArea')).toHaveText('7');
  await expect(widget.node.locator('.lv-Waiting')).toBeHidden();
});

test('tables, plots, edits, deletions and rules work in the widget', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run(
    'import numpy as np\nxs = np.arange(12.0).reshape(3, 4)\nx = 1; big = [xs]'
  );
  const widget = await show(lab, page, 'height=420');
  await lab.run('x = 2');
  await widget.menu('xs', 'Show Table');
  await expect(widget.node.locator('.lv-TableStatus')).toHaveText('3 × 4');
  expect(await violations(page, '.lv-Widget')).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(widget.node.locator('.lv-Table')).toHaveCount(0);
  await widget.menu('x', 'Plot History');
  await expect(widget.node.locator('.lv-Plot canvas')).toBeVisible();
  await expect(widget.node.locator('.lv-TableStatus')).toHaveText('2 points');
  await widget.node.getByRole('button', { name: 'Back to the list' }).click();

  await widget.row('x').click();
  await page.keyboard.press('Shift+F2');
  await page.keyboard.type('30');
  await page.keyboard.press('Enter');
  await expect(widget.value('x')).toHaveText('30');
  await widget.menu('x', 'Delete');
  await expect(widget.row('x')).toHaveCount(0);
  const deleted = widget.node.locator('.lv-Note', { hasText: 'Deleted x' });
  await deleted.getByRole('button', { name: 'Undo' }).click();
  await expect(widget.value('x')).toHaveText('30');
  await widget.menu('big', 'Delete');
  await expect(widget.row('big')).toHaveCount(0);

  await widget.node.getByRole('button', { name: 'Rules', exact: true }).click();
  await widget.node.getByLabel('Condition of the rule').fill('x > 50');
  await page.keyboard.press('Enter');
  await expect(widget.node.locator('.lv-Rules code')).toHaveText('x > 50');
  expect(await violations(page, '.lv-Widget')).toEqual([]);
});

test('keys that are pressed in the widget are not the notebook’s', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('a = 1\nb = 2');
  const widget = await show(lab, page);
  const active = () =>
    page.evaluate(() => window.jupyterapp.shell.currentWidget.content.activeCellIndex);
  await widget.row('a').click();
  const before = await active();
  await page.keyboard.press('ArrowDown');
  await expect(widget.row('b')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('d');
  await page.keyboard.press('d');
  expect(await active()).toBe(before);
  await widget.node.getByRole('button', { name: /Choose what to hide/ }).click();
  await expect(
    widget.node.getByRole('menuitemcheckbox', { name: 'Modules' })
  ).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(widget.row('w')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(widget.node.getByRole('menu')).toHaveCount(0);
});

test('a closed widget goes; after a restart one says that it has ended', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('x = 5');
  const widget = await show(lab, page);
  await lab.execute('w.close()');
  await expect(page.locator('.lv-Widget')).toHaveCount(0);
  await lab.run('w = VariablesWidget(); w');
  await expect(widget.value('x')).toHaveText('5');
  await page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()
  );
  await expect(widget.node.locator('.lv-Waiting')).toContainText('has ended');
});

for (const theme of ['JupyterLab Dark', 'JupyterLab Dark High Contrast']) {
  test.describe(theme, () => {
    test.use({ theme });

    test(`axe finds nothing in the widget in ${theme}`, async ({ lab, page }) => {
      await expect(page.locator('body')).toHaveAttribute('data-jp-theme-name', theme);
      await lab.notebook();
      await lab.run('tree = {"a": [1, 2]}\nx = 1');
      const widget = await show(lab, page);
      await widget.row('tree').locator('.lv-Caret').click();
      await expect(widget.row("'a'")).toBeVisible();
      await lab.faded();
      expect(await violations(page, '.lv-Widget')).toEqual([]);
      // A white widget has enough contrast in itself: it is to have the colour of its page.
      expect(await backgrounds(page)).toEqual(await colorsOf(page));
      await lab.theme('JupyterLab Light');
      await expect.poll(() => backgrounds(page)).toEqual(await colorsOf(page));
    });
  });
}

/** The colours of the widget: of its ground, and of its text. */
function backgrounds(page) {
  return page.evaluate(() => {
    const panel = document.querySelector('.lv-Widget .lv-Panel');
    const { color, backgroundColor } = getComputedStyle(panel);
    return [backgroundColor, color];
  });
}

/** The colours of JupyterLab's theme for the same. */
function colorsOf(page) {
  return page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement('div'));
    probe.style.background = 'var(--jp-layout-color1)';
    probe.style.color = 'var(--jp-ui-font-color1)';
    const { color, backgroundColor } = getComputedStyle(probe);
    probe.remove();
    return [backgroundColor, color];
  });
}

plain(
  'in a page without JupyterLab’s colours the widget follows the page',
  async ({ page }) => {
    const source = readFileSync(join(STATIC, 'widget.js'), 'utf-8');
    await page.setContent('<body style="background: #fff"></body>');
    await page.addStyleTag({
      content: readFileSync(join(STATIC, 'widget.css'), 'utf-8')
    });
    await page.evaluate(async source => {
      const blob = new Blob([source], { type: 'text/javascript' });
      const { default: make } = await import(URL.createObjectURL(blob));
      const model = { get: () => 300, on() {}, off() {}, send() {} };
      const hooks = make();
      hooks.initialize({ model });
      const el = document.createElement('div');
      hooks.render({ model, el });
      await new Promise(resolve => setTimeout(resolve)); // hosts attach it when they come to it
      document.body.append(el);
    }, source);
    const dark = page.locator('.lv-Widget.lv-mod-plain.lv-mod-dark');
    await expect(page.locator('.lv-Widget.lv-mod-plain')).toBeVisible();
    await expect(dark).toHaveCount(0);
    await page.evaluate(() => (document.body.style.background = '#111'));
    await expect(dark).toBeVisible();
    await page.evaluate(() => document.body.removeAttribute('style'));
    await page.emulateMedia({ colorScheme: 'light' });
    await expect(dark).toHaveCount(0);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect(dark).toBeVisible();
  }
);

plain('in Notebook 7 the widget is live, and its tables open', async ({ page }) => {
  writeNotebook('widget.ipynb');
  const lab = new Lab(page);
  await page.goto('/notebooks/widget.ipynb');
  await lab.ready();
  await page.waitForFunction(
    () => window.jupyterapp.shell.currentWidget?.sessionContext?.isReady
  );
  await lab.run('import numpy as np\nxs = np.arange(12.0).reshape(3, 4)');
  await lab.run(`${MAKE}\nw = VariablesWidget(height=420)\nw`);
  const widget = new Widget(page);
  await expect(widget.phase).toHaveAttribute('data-phase', 'live');
  await lab.loop(...COUNT);
  await seesChanges(widget.value('step'), 3);
  lab.endLoop();
  await lab.idle();
  await expect(widget.value('step')).toHaveText('1000000');
  await widget.menu('xs', 'Show Table');
  await expect(widget.node.locator('.lv-TableStatus')).toHaveText('3 × 4');
});
