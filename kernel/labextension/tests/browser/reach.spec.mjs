// Little room, shared screens, keys and clicks, and what is there again when a page is loaded anew.

import { violations } from './axe.mjs';
import { expect, test } from './lab.mjs';

const CELL =
  'import math\ntree = {"a": [1, 2]}\nx = 1\nlonger_name_of_a_number = 3.141592653589793\n' +
  'def f(): pass\nfor i in range(5): pass';

/** Save the notebook, and load the page anew, in the same workspace. */
async function reload(lab, page) {
  await page.evaluate(() => window.jupyterapp.shell.currentWidget.context.save());
  await page.waitForTimeout(1500); // JupyterLab saves what is where in its own time
  await page.reload();
  await lab.ready();
}

/** What is wider than what it stands in, or out of the page, in short. */
function cutOff(lab) {
  return lab.panel.evaluate(panel => {
    const outer = panel.getBoundingClientRect();
    const wrong = [];
    for (const node of panel.querySelectorAll(
      'button, input, select, .lv-Phase, p, li'
    )) {
      const { left, right, width, height } = node.getBoundingClientRect();
      const isIn = left >= outer.left - 1 && right <= outer.right + 1;
      const isCut = node.tagName === 'BUTTON' && node.scrollWidth > node.clientWidth + 1;
      if (width > 0 && height > 0 && (!isIn || (isCut && !node.closest('.lv-Head')))) {
        wrong.push(node.outerHTML.slice(0, 120));
      }
    }
    if (panel.scrollWidth > panel.clientWidth || outer.right > innerWidth + 1) {
      wrong.push(`${panel.scrollWidth} of ${panel.clientWidth}`);
    }
    return wrong;
  });
}

test('in 250 pixels nothing is cut off, nor at twice the size', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run(CELL);
  await expect(lab.row('x')).toBeVisible();
  const width = () => lab.panel.evaluate(node => node.getBoundingClientRect().width);
  await page.evaluate(() => {
    const panel = document.querySelector('.lv-Panel');
    panel.closest('#jp-right-stack').parentElement.style.setProperty('max-width', 'none');
    const split = window.jupyterapp.shell._hsplitPanel;
    const pressed = new PointerEvent('pointerdown', { bubbles: true, button: 2 });
    split.handles[1].dispatchEvent(pressed); // as who drags the border
  });
  await lab.panelWidth(250);
  await expect.poll(width).toBeLessThan(256);
  await lab.row('longer_name_of_a_number').click();
  await lab.panel.getByRole('button', { name: 'Rules', exact: true }).click();
  expect(await cutOff(lab)).toEqual([]);
  await lab.faded();
  expect(await violations(page)).toEqual([]);
  for (const name of ['x', 'tree']) {
    await expect(lab.value(name)).toBeInViewport();
  }
  // Twice the size is half the page.
  await page.setViewportSize({ width: 640, height: 400 });
  await lab.panel.getByRole('button', { name: 'Rules', exact: true }).click();
  await lab.command('application:toggle-left-area');
  expect(await cutOff(lab)).toEqual([]);
  await expect(lab.panel.getByRole('searchbox')).toBeInViewport();
  const rows = await lab.list.evaluate(node => node.clientHeight / 24 - 1);
  expect(rows).toBeGreaterThanOrEqual(2);
  await lab.notebook('python3');
  await expect(lab.panel).toContainText('Watch this kernel');
  expect(await cutOff(lab)).toEqual([]);
});

test('a double click opens what a row has, and an easy value to edit it', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run(
    'import pandas as pd\ndf = pd.DataFrame({"v": [1, 2]})\no = object()\nn = 1'
  );
  await lab.row('df').locator('.lv-Preview').dblclick();
  await expect(page.locator('.lv-TableStatus')).toContainText('2 ×');
  await lab.row('o').locator('.lv-Name').dblclick();
  await expect(page.locator('.lv-ValueArea:visible')).toContainText('<object');
  await lab.row('n').locator('.lv-Name').dblclick();
  await lab.panel.getByLabel('New value of n').press('Escape'); // all of it is in sight
  await lab.value('n').dblclick();
  await lab.panel.getByLabel('New value of n').fill('2');
  await page.keyboard.press('Enter');
  await expect(lab.value('n')).toHaveText('2');
});

test('a read-only panel shows all and changes nothing', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run('x = 1');
  await lab.panel.getByRole('button', { name: /Choose what to hide/ }).click();
  await lab.choose('Read-Only');
  await expect(lab.panel.locator('.lv-ReadOnly')).toHaveText('read-only');
  await lab.row('x').click();
  await lab.list.focus();
  for (const key of ['F2', 'Shift+F2', 'Delete']) {
    await page.keyboard.press(key);
  }
  await expect(lab.panel.locator('.lv-Editor')).toHaveCount(0);
  await expect(lab.panel.getByRole('button', { name: 'Rules', exact: true })).toHaveCount(
    0
  );
  const details = lab.panel.locator('.lv-Details');
  await expect(details.getByRole('button', { name: 'Show Value' })).toBeVisible();
  await expect(details.getByRole('button', { name: /Edit|Delete|Insert/ })).toHaveCount(
    0
  );
  const refused = await page.evaluate(async () => {
    const panels = [...window.jupyterapp.shell.widgets('right')];
    const { model } = panels.find(({ id }) => id === 'livens-variables')._documents
      .current.watch;
    const ask = (method, params) => model.request(method, params).then(String, String);
    return [
      await ask('set', { name: 'x', expression: '2' }),
      await ask('delete', { names: ['x'] }),
      await ask('rule.add', { condition: 'x > 1', action: 'stop' })
    ];
  });
  expect(refused).toEqual(Array(3).fill('RequestError: The panel is read-only'));
  await lab.run('x = 5'); // the notebook is as ever
  await expect(lab.value('x')).toHaveText('5');
  await lab.faded();
  expect(await violations(page)).toEqual([]);
  await lab.notebook('python3');
  await expect(lab.panel).toContainText('Not a livens kernel');
  await expect(lab.panel.locator('.lv-Notice button')).toHaveCount(0);
  await lab.command('livens:toggle-read-only');
  await expect(lab.panel.locator('.lv-Notice button')).toHaveCount(2);
});

test('each entry of the palette begins with the name of the product', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await page.evaluate(() =>
    window.jupyterapp.commands.execute('apputils:activate-command-palette')
  );
  await page.locator('.lm-CommandPalette-input').fill('livens');
  const found = page.locator('.lm-CommandPalette-itemLabel');
  await expect(found.filter({ hasText: 'livens: Show Variables' })).toBeVisible();
  const own = page.locator('.lm-CommandPalette-item[data-command^="livens:"]');
  const labels = await own.locator('.lm-CommandPalette-itemLabel').allTextContents();
  expect(labels.length).toBeGreaterThan(6);
  expect(labels.filter(label => !label.startsWith('livens: '))).toEqual([]);
});

test('a rule that has fired is told for a while, and then no more', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('import livens\nrule = livens.add_rule("n > 2")\nn = 3');
  const toast = page.locator('.Toastify__toast', { hasText: 'n > 2' });
  await expect(toast).toBeVisible();
  const bar = toast.locator('.Toastify__progress-bar');
  await expect(bar.first()).toHaveCSS('animation-duration', '20s');
});

test('the list of each notebook looks as it did, and its tabs are there, after a reload', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run(CELL);
  await lab.row('tree').locator('.lv-Caret').click();
  await lab.row("'a'").locator('.lv-Caret').click();
  await expect(lab.row('1')).toBeVisible();
  await lab.menu('x', 'Pin to the Top');
  await lab.panel.getByLabel('Group variables').selectOption('kind');
  await lab.row('longer_name_of_a_number').locator('.lv-Name').click();
  await lab.menu('tree', 'Show Value');
  await expect(page.locator('.lv-ValueArea')).toContainText("'a': [1, 2]");
  await lab.row('longer_name_of_a_number').locator('.lv-Name').click();
  await lab.command('application:activate-previous-tab');
  await lab.notebook();
  await lab.run('other = {"k": [3]}');
  await lab.panel.getByLabel('Group variables').selectOption('none');
  await expect(lab.row('other')).toBeVisible();
  await reload(lab, page);
  await lab.openPanel();
  await expect(lab.row('other')).toHaveAttribute('aria-expanded', 'false');
  await expect(lab.panel.getByLabel('Group variables')).toHaveValue('none');
  const tab = page.locator('.lm-TabBar-tab', { hasText: 'tree' });
  await tab.click();
  await expect(page.locator('.lv-ValueArea:visible')).toContainText("'a': [1, 2]");
  await page.locator('.lm-TabBar-tab', { hasText: 'Untitled' }).first().click();
  await expect(lab.row('1')).toBeVisible();
  await expect(lab.panel.getByLabel('Group variables')).toHaveValue('kind');
  await expect(lab.row('longer_name_of_a_number')).toHaveAttribute(
    'aria-selected',
    'true'
  );
  await expect.poll(async () => (await lab.names())[0]).toBe('x');
});

test('columns are moved and hidden, and stay so after a reload', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run(CELL);
  await lab.panelWidth(700);
  const heads = () =>
    lab.list
      .getByRole('columnheader')
      .evaluateAll(all => all.map(one => one.textContent.trim().split(' ')[0]));
  const cells = () =>
    lab
      .row('x')
      .locator('> [role=gridcell]')
      .evaluateAll(all => all.map(one => /lv-mod-(\w+)/.exec(one.className)[1]));
  await expect.poll(heads).toEqual(['Name', 'Type', 'Value', 'Size', 'Changed']);
  const head = name => lab.list.getByRole('columnheader', { name });
  await head('Changed by').dragTo(head('Type'));
  await expect.poll(heads).toEqual(['Name', 'Changed', 'Type', 'Value', 'Size']);
  await expect.poll(cells).toEqual(['name', 'changed', 'type', 'value', 'size']);
  await head('Size').getByRole('button').focus();
  await page.keyboard.press('Alt+ArrowLeft');
  await expect.poll(heads).toEqual(['Name', 'Changed', 'Type', 'Size', 'Value']);
  await expect(head('Size').getByRole('button')).toBeFocused();
  await head('Type').click({ button: 'right' });
  await lab.choose('Column “Type”');
  await expect.poll(heads).toEqual(['Name', 'Changed', 'Size', 'Value']);
  // A head stands above its column.
  const left = locator => locator.evaluate(one => one.getBoundingClientRect().left);
  expect(await left(head('Value'))).toBe(
    await left(lab.row('x').locator('.lv-mod-value'))
  );
  await lab.faded();
  expect(await violations(page)).toEqual([]);
  await reload(lab, page);
  await lab.openPanel();
  await expect(lab.row('x')).toBeVisible();
  expect((await heads()).filter(name => name !== 'Size')).toEqual([
    'Name',
    'Changed',
    'Value'
  ]);
});

test('several rows are selected, deleted at once, and brought back', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('a = 1\nb = [2]\nc = 3\nd = object()\ne = 5');
  const selected = () =>
    lab.list
      .locator('.lv-Row[aria-selected="true"]')
      .evaluateAll(rows => rows.map(row => row.dataset.name).sort());
  await lab.row('b').locator('.lv-Name').click();
  await lab
    .row('d')
    .locator('.lv-Name')
    .click({ modifiers: ['Shift'] });
  await expect.poll(selected).toEqual(['b', 'c', 'd']);
  await lab
    .row('c')
    .locator('.lv-Name')
    .click({ modifiers: ['ControlOrMeta'] });
  await expect.poll(selected).toEqual(['b', 'd']);
  // What cannot be seen is not selected any more.
  await lab.search('name:b');
  await expect.poll(selected).toEqual(['b']);
  await lab.search('');
  await expect(lab.row('e')).toBeVisible();
  await lab.row('b').locator('.lv-Name').click();
  await lab.list.focus();
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await expect.poll(selected).toEqual(['b', 'c', 'd']);
  await lab.faded();
  expect(await violations(page)).toEqual([]);
  await lab.menu('c', 'Delete (3 Variables)');
  await expect.poll(() => lab.names()).toEqual(['a', 'e']);
  const toast = page.locator('.Toastify__toast', { hasText: 'Deleted 3 variables' });
  await toast.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => lab.names()).toEqual(['a', 'b', 'c', 'd', 'e']);
  await lab.list.focus();
  await page.keyboard.press('ControlOrMeta+a');
  await expect.poll(selected).toEqual(['a', 'b', 'c', 'd', 'e']);
  await lab.row('e').locator('.lv-Name').click();
  await expect.poll(selected).toEqual(['e']);
});
