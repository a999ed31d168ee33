import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as bare } from '@playwright/test';
import { violations } from './axe.mjs';
import { expect, Lab, test } from './lab.mjs';

test.describe.configure({ timeout: 120_000 }); // cells run for ten seconds, to be looked at

const MAKE = 'from livens.widget import VariablesWidget';

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

  /** Wait until a value has changed so many times before our eyes. */
  async seesChanges(name, times) {
    const seen = new Set();
    await expect
      .poll(async () => seen.add(await this.value(name).textContent()).size, {
        intervals: [100],
        timeout: 30_000
      })
      .toBeGreaterThan(times);
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
  await lab.run('import time\ntree = {"a": [1, 2]}');
  const widget = await show(lab, page);
  await expect(widget.value('tree')).toHaveText("{'a': [1, 2]}");
  await expect(widget.node.locator('.lv-Lite')).toHaveCount(0);
  await lab.start('for step in range(1500):\n    time.sleep(0.01)');
  await expect(widget.value('step')).toBeVisible();
  await widget.seesChanges('step', 5);
  await expect(widget.row('step').locator('.lv-Sparkline')).toBeVisible();
  await expect(widget.phase).toContainText('In [');
  // JupyterLab hands a widget's questions to a subshell, so that the answer comes at once.
  await widget.row('tree').locator('.lv-Caret').click();
  await expect(widget.row("'a'")).toBeVisible();
  await expect(widget.value('step')).not.toHaveText('1499');
  await lab.idle();
  await expect(widget.value('step')).toHaveText('1499', { timeout: 30_000 });
  await expect(widget.phase).toContainText('live');
});

test('on a stock kernel the widget says that it is lite', async ({ lab, page }) => {
  await lab.notebook('python3');
  await lab.run('import time\nx = 1');
  const widget = await show(lab, page);
  await expect(widget.node.locator('.lv-Lite')).toHaveText('lite');
  await expect(widget.value('x')).toHaveText('1');
  await lab.start('for step in range(1500):\n    time.sleep(0.01)');
  await expect(widget.value('step')).toBeVisible();
  await widget.seesChanges('step', 5);
  await lab.idle();
  await expect(widget.value('step')).toHaveText('1499', { timeout: 30_000 });
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
  await lab.start(`import time\nx = 7\n${MAKE}\nVariablesWidget()`);
  await lab.start('for step in range(800):\n    time.sleep(0.01)');
  const widget = new Widget(page);
  await expect(widget.value('x')).toHaveText('7');
  await widget.seesChanges('step', 3);
  await widget.row('x').click();
  await widget.node.getByRole('button', { name: 'Show Value' }).click();
  await expect(widget.node.locator('.lv-Waiting')).toContainText('when the running cell');
  await expect(widget.node.locator('.lv-ValueArea')).toHaveText('7', { timeout: 30_000 });
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
  await page.keyboard.press('F2');
  await page.keyboard.type('30');
  await page.keyboard.press('Enter');
  await expect(widget.value('x')).toHaveText('30');
  await widget.menu('x', 'Delete');
  await expect(widget.row('x')).toHaveCount(0);
  await widget.node.getByRole('button', { name: 'Undo' }).click();
  await expect(widget.value('x')).toHaveText('30');
  await widget.menu('big', 'Delete');
  await widget.node.getByRole('button', { name: 'Cancel' }).click();
  await expect(widget.row('big')).toBeVisible();
  await widget.menu('big', 'Delete');
  await widget.node.getByRole('log').getByRole('button', { name: 'Delete' }).click();
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
  test(`axe finds nothing in the widget in ${theme}`, async ({ lab, page }) => {
    await lab.theme(theme);
    await lab.notebook();
    await lab.run('tree = {"a": [1, 2]}\nx = 1');
    const widget = await show(lab, page);
    await widget.row('tree').locator('.lv-Caret').click();
    await expect(widget.row("'a'")).toBeVisible();
    await page.waitForTimeout(1800); // what changed is marked for a second, and fades
    expect(await violations(page, '.lv-Widget')).toEqual([]);
    await lab.theme('JupyterLab Light');
  });
}

bare('in Notebook 7 the widget is live, and its tables open', async ({ page }) => {
  const cell = { cell_type: 'code', metadata: {}, source: '', outputs: [] };
  const notebook = {
    cells: [{ ...cell, id: 'first', execution_count: null }],
    metadata: { kernelspec: { name: 'livens', display_name: '', language: 'python' } },
    nbformat: 4,
    nbformat_minor: 5
  };
  writeFileSync(join(process.env.LIVENS_HOME, 'widget.ipynb'), JSON.stringify(notebook));
  page.on('dialog', dialog => dialog.accept());
  const lab = new Lab(page);
  await page.goto('/notebooks/widget.ipynb');
  await lab.ready();
  await page.waitForFunction(
    () => window.jupyterapp.shell.currentWidget?.sessionContext?.isReady
  );
  await lab.run('import time\nimport numpy as np\nxs = np.arange(12.0).reshape(3, 4)');
  await lab.run(`${MAKE}\nw = VariablesWidget(height=420)\nw`);
  const widget = new Widget(page);
  await expect(widget.phase).toHaveAttribute('data-phase', 'live');
  await lab.start('for step in range(800):\n    time.sleep(0.01)');
  await widget.seesChanges('step', 3);
  await lab.idle();
  await expect(widget.value('step')).toHaveText('799', { timeout: 30_000 });
  await widget.menu('xs', 'Show Table');
  await expect(widget.node.locator('.lv-TableStatus')).toHaveText('3 × 4');
  await page.evaluate(() => window.jupyterapp.serviceManager.sessions.shutdownAll());
});
