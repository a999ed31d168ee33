// Values at the lines of cells, while they run and after that.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { violations } from './axe.mjs';
import { limit, tell } from './figures.mjs';
import { expect, test, writeNotebook } from './lab.mjs';
import { homeOf } from './servers.mjs';

const LOSS = { before: 'n = 0', after: 'n = 0' };
const LOOP = 'n += 1\nloss = 1 / n';

/** The line of a notebook's cell that has this text, without what it shows. */
const line = (page, text) =>
  page.locator('.jp-Notebook .cm-line', { hasText: text }).first();

/** What the line with this text shows. */
const shown = (page, text) => line(page, text).locator('.lv-Inline');

/** Save the active notebook, and return the bytes of its file. */
async function save(page) {
  const path = await page.evaluate(async () => {
    const { context } = window.jupyterapp.shell.currentWidget;
    await context.save();
    return context.path;
  });
  return readFileSync(join(homeOf(), path), 'utf-8');
}

test('the line that stores shows each value, and nothing of it is saved', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.loop(LOOP, LOSS);
  await expect(shown(page, 'loss = 1 / n')).toContainText(/loss = 0\.\d+/);
  await expect(shown(page, 'loss = 1 / n').locator('svg path')).toBeVisible();
  const took_ms = await shown(page, 'loss = 1 / n').evaluate(async node => {
    const seen = new Set();
    const begin = performance.now();
    while (seen.size < 15) {
      await new Promise(resolve => requestAnimationFrame(resolve));
      seen.add(node.querySelector('.lv-InlineValue').textContent);
    }
    return performance.now() - begin;
  });
  tell('fifteen values at a line', 'all', 'ms', Math.round(took_ms), 2000);
  limit(took_ms, 2000);
  await expect(page.locator('.lv-InlineLine.lv-mod-running')).toHaveCount(1);
  lab.endLoop();
  await lab.idle();
  // The last values stay, greyed, and no line is marked any more.
  await expect(shown(page, 'loss = 1 / n')).toHaveClass(/lv-mod-past/);
  await expect(page.locator('.lv-InlineLine.lv-mod-running')).toHaveCount(0);
  const saved = await save(page);
  const source = await page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.content.widgets[0].model.sharedModel.getSource()
  );
  expect(JSON.parse(saved).cells[0].source.join('')).toBe(source);
  expect(source).not.toContain('loss = 0');
  await lab.command('livens:toggle-inline-values');
  await expect(page.locator('.lv-Inline')).toHaveCount(0);
  expect(await save(page)).toBe(saved);
});

test('who types in the cell that runs is left in peace', async ({ lab, page }) => {
  await lab.notebook();
  await lab.loop(LOOP, { before: 'n = 0', after: '# here: ' });
  await expect(shown(page, 'loss = 1 / n')).toBeVisible();
  await page.evaluate(() => {
    const { content } = window.jupyterapp.shell.currentWidget;
    content.activeCellIndex = 0;
    content.mode = 'edit';
    const { editor } = content.activeCell;
    const last = editor.lineCount - 1;
    editor.setCursorPosition({ line: last, column: editor.getLine(last).length });
    editor.focus();
    // Whatever moves is noted in each frame: the text and its scroll, the height of the cell.
    const scroller = content.activeCell.node.querySelector('.cm-scroller');
    const places = () =>
      [
        ...[...scroller.querySelectorAll('.cm-line')].map(
          node => node.getBoundingClientRect().top
        ),
        content.activeCell.node.offsetHeight,
        scroller.scrollLeft,
        scroller.scrollWidth,
        content.node.querySelector('.jp-WindowedPanel-outer')?.scrollTop ?? 0
      ].join();
    window.places = new Set();
    window.values = new Set();
    const watch = () => {
      window.places.add(places());
      window.values.add(scroller.querySelector('.lv-InlineValue')?.textContent);
      window.watching = requestAnimationFrame(watch);
    };
    watch();
  });
  const text = 'what is typed stays where it is typed';
  for (const letter of text) {
    await page.keyboard.type(letter);
    await page.waitForTimeout(20);
  }
  await expect.poll(() => page.evaluate(() => window.values.size)).toBeGreaterThan(5);
  const found = await page.evaluate(() => {
    cancelAnimationFrame(window.watching);
    const { editor, model } = window.jupyterapp.shell.currentWidget.content.activeCell;
    const { line, column } = editor.getCursorPosition();
    const places = [...window.places];
    return { places, line, column, source: model.sharedModel.getSource() };
  });
  const lines = found.source.split('\n');
  expect(lines[lines.length - 1]).toBe(`# here: ${text}`);
  expect([found.line, found.column]).toEqual([lines.length - 1, 8 + text.length]);
  expect(found.places).toHaveLength(1);
  lab.endLoop();
});

test('values follow the line when the text moves, and leave a line that is edited', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.loop(LOOP, LOSS);
  await expect(shown(page, 'loss = 1 / n')).toBeVisible();
  const edit = (from, to, insert) =>
    page.evaluate(
      ([from, to, insert]) => {
        const { content } = window.jupyterapp.shell.currentWidget;
        const { editor } = content.widgets[0].editor;
        const text = editor.state.doc.toString();
        const at = text.indexOf(from);
        editor.dispatch({
          changes: { from: at, to: to ? at + from.length : at, insert }
        });
      },
      [from, to, insert]
    );
  await edit('import', false, '# one\n# two\n');
  await expect(shown(page, 'loss = 1 / n')).toBeVisible();
  await expect(shown(page, '# two')).toHaveCount(0);
  await expect(page.locator('.lv-InlineLine.lv-mod-running')).toHaveText(/sleep|while|n/);
  await edit('1 / n', true, '2 / n');
  await expect(shown(page, 'loss = 2 / n')).toHaveCount(0);
  await expect(shown(page, 'n += 1')).toBeVisible();
  lab.endLoop();
  await lab.idle();
  await expect(shown(page, 'loss = 2 / n')).toHaveCount(0);
  await edit('2 / n', true, '1 / n');
  await expect(shown(page, 'loss = 1 / n')).toHaveClass(/lv-mod-past/);
});

test('values take no room: nothing becomes wider or higher, at any zoom', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run(
    `import time\nshort = time.time()\nwide = "${'w'.repeat(300)}"\nlist(range(3))\nx = {"k": [wide]}`
  );
  await expect(shown(page, 'short = time.time()')).toBeVisible();
  const geometry = () =>
    page.evaluate(() => {
      const { node } = window.jupyterapp.shell.currentWidget.content.widgets[0];
      const scroller = node.querySelector('.cm-scroller');
      const heights = [...scroller.querySelectorAll('.cm-line')].map(
        line => line.getBoundingClientRect().height
      );
      const { scrollWidth, scrollHeight, offsetHeight } = scroller;
      return [node.offsetHeight, scrollWidth, scrollHeight, offsetHeight, ...heights];
    });
  for (const [zoom, direction] of [
    ['1', 'ltr'],
    ['2', 'ltr'],
    ['1', 'rtl']
  ]) {
    await page.evaluate(
      ([zoom, direction]) => {
        document.body.style.zoom = zoom;
        const { node } = window.jupyterapp.shell.currentWidget.content;
        node.querySelector('.cm-content').style.direction = direction;
      },
      [zoom, direction]
    );
    const withValues = await geometry();
    const place = await shown(page, 'short = time.time()').evaluate(node => {
      const line = node.closest('.cm-line');
      const range = document.createRange();
      range.selectNodeContents(line);
      range.setEndBefore(node);
      const [text, own, all] = [range, node, line].map(one =>
        one.getBoundingClientRect()
      );
      const isBeside = own.left >= text.right - 1 || own.right <= text.left + 1;
      return isBeside && own.top >= all.top - 1 && own.bottom <= all.bottom + 1;
    });
    expect(place, `${zoom} ${direction}`).toBe(true);
    await lab.command('livens:toggle-inline-values');
    await expect(page.locator('.lv-Inline')).toHaveCount(0);
    expect(await geometry()).toEqual(withValues);
    await lab.command('livens:toggle-inline-values');
    await lab.command('notebook:run-all-cells');
    await expect(shown(page, 'short = time.time()')).toBeVisible();
  }
});

test('a cell that waits is marked where it waits, and cells that come into sight are painted', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('import os, time\nfirst = 1');
  for (let i = 0; i < 30; i++) {
    await page.evaluate(() =>
      window.jupyterapp.commands.execute('notebook:insert-cell-below')
    );
  }
  const end = join(homeOf(), `end-of-wait-${Date.now()}`);
  await lab.start(
    `far = 2\nwhile not os.path.exists(${JSON.stringify(end)}): time.sleep(0.01)\nlast = 3`
  );
  await expect(line(page, 'while not')).toHaveClass(/lv-mod-running/);
  const goTo = index =>
    page.evaluate(index => {
      const { content } = window.jupyterapp.shell.currentWidget;
      content.activeCellIndex = index;
      return content.scrollToItem(index, 'start');
    }, index);
  await goTo(0);
  await expect(shown(page, 'first = 1')).toBeVisible();
  writeFileSync(end, '');
  await lab.idle();
  await goTo(31);
  await expect(shown(page, 'last = 3')).toHaveText('last = 3');
  await expect(shown(page, 'last = 3')).toHaveClass(/lv-mod-past/);
  // A cell that is moved has another editor.
  await page.evaluate(() => window.jupyterapp.commands.execute('notebook:move-cell-up'));
  await expect(shown(page, 'last = 3')).toHaveText('last = 3');
});

test('it is switched off and on by a command, the menu and the setting', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.loop(LOOP, LOSS);
  await expect(shown(page, 'loss = 1 / n')).toBeVisible();
  await lab.command('livens:toggle-inline-values');
  await expect(page.locator('.lv-Inline, .lv-InlineLine')).toHaveCount(0);
  await lab.panel.getByRole('button', { name: /Choose what to hide/ }).click();
  await lab.choose('Values in Cells');
  // The cell runs on, and nobody saw it begin.
  await expect(shown(page, 'loss = 1 / n')).toBeVisible();
  await page.evaluate(() =>
    window.jupyterapp.commands.execute('apputils:activate-command-palette')
  );
  await page.keyboard.type('livens: Values');
  await page.keyboard.press('Enter');
  await expect(page.locator('.lv-Inline')).toHaveCount(0);
  const setting = () =>
    page.evaluate(async () => {
      const settings = window.jupyterapp.serviceManager.settings;
      return (await settings.fetch('livens:inline')).raw;
    });
  await expect.poll(setting).toContain('"show": false');
  lab.endLoop();
});

test('functions show their locals where they store them, in the cell that has them', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run(
    'import os, time\ndef inner(k):\n    global total\n    half = k / 2\n    total = k\n' +
      '    time.sleep(0.03)\n\ndef outer(end):\n    count = 0\n' +
      '    while not os.path.exists(end):\n        count += 1\n        inner(count)'
  );
  const end = join(homeOf(), `end-of-outer-${Date.now()}`);
  await lab.start(`outer(${JSON.stringify(end)})`);
  await expect(shown(page, 'half = k / 2')).toContainText(/half = \d+\.\d/);
  await expect(shown(page, 'def inner(k)')).toContainText(/k = \d+/);
  await expect(shown(page, 'total = k')).toContainText(/total = \d+/);
  await expect(line(page, 'time.sleep(0.03)')).toHaveClass(/lv-mod-running/);
  await expect(line(page, 'inner(count)')).toHaveClass(/lv-mod-calling/);
  await expect(shown(page, 'inner(count)')).toContainText(/count = \d+/);
  await expect(line(page, 'outer("')).toHaveClass(/lv-mod-calling/);
  writeFileSync(end, '');
  await lab.idle();
  await expect(shown(page, 'half = k / 2')).toHaveClass(/lv-mod-past/);
  await expect(page.locator('.lv-mod-running.lv-InlineLine')).toHaveCount(0);
});

test('a restart takes the values away, so does the death of the kernel', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('x = 1\ny = [x]');
  await expect(shown(page, 'y = [x]')).toHaveText('y = [1]');
  await expect(shown(page, 'x = 1')).toHaveClass(/lv-mod-past/);
  await page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()
  );
  await expect(page.locator('.lv-Inline')).toHaveCount(0);
  await expect(lab.row('x')).toHaveCount(0); // the new process is the one that is watched
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
  await lab.run('z = 3');
  await expect(shown(page, 'z = 3')).toHaveText('z = 3');
  await lab.signal(9);
  await expect(page.locator('.lv-Inline')).toHaveCount(0);
});

test('consoles show values too, and a stock kernel as far as it tells', async ({
  lab,
  page
}) => {
  await page.evaluate(async () => {
    const { commands } = window.jupyterapp;
    const panel = await commands.execute('console:create', {
      kernelPreference: { name: 'livens' }
    });
    await panel.sessionContext.ready;
  });
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
  await page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.console.inject('a = 20\nb = a + 1')
  );
  const inConsole = text =>
    page.locator('.jp-CodeConsole .cm-line', { hasText: text }).locator('.lv-Inline');
  await expect(inConsole('b = a + 1')).toHaveText('b = 21');
  await lab.notebook('python3');
  await lab.run('%load_ext livens');
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
  await lab.run('import time\nfor k in range(3):\n    time.sleep(0.1)');
  await expect(shown(page, 'for k in')).toHaveText('k = 2');
});

test('of two notebooks on one kernel, the one whose cell runs shows it', async ({
  lab,
  page
}) => {
  writeNotebook('one.ipynb');
  writeNotebook('two.ipynb'); // a copy, with the same ids of cells
  await page.evaluate(async () => {
    const { commands } = window.jupyterapp;
    const open = (path, more) =>
      commands.execute('docmanager:open', { path, factory: 'Notebook', ...more });
    const one = await open('one.ipynb', { kernel: { name: 'livens' } });
    await one.context.ready;
    await one.sessionContext.ready;
    const { id } = one.sessionContext.session.kernel;
    const options = { mode: 'split-right' };
    const two = await open('two.ipynb', { kernel: { id }, options });
    await two.context.ready;
    await two.sessionContext.ready;
    two.content.widgets[0].model.sharedModel.setSource('x = 1');
    one.content.widgets[0].model.sharedModel.setSource('x = 1');
  });
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
  await lab.run('x = 1');
  const notebooks = page.locator('.jp-NotebookPanel:visible');
  await expect(notebooks).toHaveCount(2);
  await expect(notebooks.last().locator('.lv-Inline')).toHaveText('x = 1');
  await expect(notebooks.first().locator('.lv-Inline')).toHaveCount(0);
});

for (const theme of [
  'JupyterLab Light',
  'JupyterLab Dark',
  'JupyterLab Dark High Contrast'
]) {
  test.describe(theme, () => {
    test.use({ theme });

    test(`axe finds nothing at the lines in ${theme}`, async ({ lab, page }) => {
      await lab.notebook();
      await lab.run('old = [1, 2]\nfor i in range(5): pass');
      await lab.loop(LOOP, LOSS);
      await expect(shown(page, 'loss = 1 / n')).toBeVisible();
      await expect(shown(page, 'old = ')).toHaveClass(/lv-mod-past/);
      expect(await violations(page, '.jp-Notebook .lv-InlineLine')).toEqual([]);
      await lab.command('livens:read-inline-values');
      await expect(page.locator('.lv-InlineSpoken')).toHaveText(/No values|Line \d/);
      expect(await violations(page, '.lv-InlineSpoken')).toEqual([]);
      lab.endLoop();
    });
  });
}
