import { test as plain } from '@playwright/test';
import { expect, Lab, test, writeNotebook } from './lab.mjs';

const LOOP = 'import time\nfor step in range(900):\n    time.sleep(0.01)';

/** How many comms of ours the kernel has. */
function comms(page) {
  return page.evaluate(async () => {
    const panel = [...window.jupyterapp.shell.widgets('main')].find(
      w => w.sessionContext
    );
    const { kernel } = panel.sessionContext.session;
    const reply = await kernel.requestCommInfo({ target_name: 'livens.variables' });
    return Object.keys(reply.content.comms).length;
  });
}

test('a restart empties the list, and the panel is live again', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run('before = 1');
  await expect(lab.row('before')).toBeVisible();
  await page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()
  );
  await expect(lab.row('before')).toHaveCount(0);
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
  await lab.run('after = 2');
  await expect(lab.value('after')).toHaveText('2');
});

test('a kernel that died and was started by itself is watched again', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('before = 1');
  await lab.start('import os; os._exit(1)');
  await expect(lab.phase).not.toHaveAttribute('data-phase', 'live', { timeout: 15_000 });
  await page.locator('.jp-Dialog').getByRole('button').last().click();
  await expect(lab.phase).toHaveAttribute('data-phase', 'live', { timeout: 20_000 });
  await lab.run('after = 2');
  await expect(lab.value('after')).toHaveText('2');
  await expect(lab.row('before')).toHaveCount(0);
});

test('two notebooks keep a state each', async ({ lab }) => {
  await lab.notebook();
  await lab.run('first = [1, 2]');
  await lab.row('first').locator('.lv-Caret').click();
  await expect(lab.row('1')).toBeVisible();
  await lab.notebook();
  await lab.run('second = 2');
  await expect(lab.row('second')).toBeVisible();
  await expect(lab.row('first')).toHaveCount(0);
  await lab.command('application:activate-previous-tab');
  await expect(lab.row('first')).toBeVisible();
  await expect(lab.row('1')).toBeVisible();
  await expect(lab.row('second')).toHaveCount(0);
});

test('two pages watch one kernel', async ({ lab, context, page }) => {
  await lab.notebook();
  const path = await page.evaluate(
    () => window.jupyterapp.shell.currentWidget.context.path
  );
  const other = new Lab(await context.newPage());
  await other.page.goto(`/lab/workspaces/other-${Date.now()}/tree/${path}`);
  await other.ready();
  await other.openPanel();
  await expect(other.phase).toHaveAttribute('data-phase', 'live');
  await lab.start(LOOP);
  for (const one of [lab, other]) {
    await expect(one.value('step')).toBeVisible();
    const seen = new Set();
    await expect
      .poll(async () => seen.add(await one.value('step').textContent()).size)
      .toBeGreaterThan(3);
  }
  expect(Number(await other.value('step').textContent())).toBeLessThan(899);
  await lab.idle();
  expect(await comms(page)).toBe(2);
  await other.page.close({ runBeforeUnload: false });
});

plain(
  'a line that was cut is mended: the values are right, and nothing is there twice',
  async ({ page }) => {
    const lab = new Lab(page);
    const lines = new Set();
    let isCut = false;
    await page.routeWebSocket(/\/channels/, line => {
      if (isCut) {
        void line.close({ code: 3001 });
        return;
      }
      line.connectToServer();
      lines.add(line);
    });
    await lab.open();
    await lab.notebook();
    await lab.run('import time\nkept = {"a": [1, 2]}\ngone = 1');
    await lab.row('kept').locator('.lv-Caret').click();
    await expect(lab.row("'a'")).toBeVisible();
    await lab.start(
      'for step in range(1500):\n    time.sleep(0.01)\n    if step == 300: del gone; kept["a"] = 3; late = 1'
    );
    await expect(lab.value('step')).toBeVisible();
    isCut = true;
    await Promise.all([...lines].map(line => line.close({ code: 3001 })));
    await expect(lab.phase).toHaveAttribute('data-phase', 'connecting');
    const before = Number(await lab.value('step').textContent());
    await page.waitForTimeout(4000); // longer than it takes to reach what changes on the way
    expect(Number(await lab.value('step').textContent())).toBe(before);
    isCut = false;
    await expect(lab.phase).toHaveAttribute('data-phase', 'live', { timeout: 40_000 });
    await expect
      .poll(async () => Number(await lab.value('step').textContent()))
      .toBeGreaterThan(before);
    await expect(lab.value('late')).toHaveText('1');
    await expect(lab.value("'a'")).toHaveText('3');
    await expect(lab.row('gone')).toHaveCount(0);
    await expect(lab.value('step')).toHaveText('1499', { timeout: 30_000 });
    expect(await lab.names()).toEqual(['kept', "'a'", 'late', 'step']);
    expect(await comms(page)).toBe(1);
    await page.evaluate(() => window.jupyterapp.serviceManager.sessions.shutdownAll());
  }
);

test('a page that is loaded in the middle of a run is live before its end', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await page.evaluate(() => window.jupyterapp.shell.currentWidget.context.save());
  await lab.start(LOOP);
  await expect(lab.value('step')).toBeVisible();
  await page.waitForTimeout(1000); // the layout is saved a moment after it changes
  await page.reload();
  await lab.ready();
  await lab.openPanel();
  await expect(lab.value('step')).toBeVisible();
  const seen = new Set();
  await expect
    .poll(async () => seen.add(Number(await lab.value('step').textContent())).size)
    .toBeGreaterThan(3);
  expect(Math.max(...seen)).toBeLessThan(899);
  await expect(lab.value('step')).toHaveText('899', { timeout: 20_000 });
  expect(await comms(page)).toBe(1); // the page that went said goodbye
});

test('a document that cannot be written is watched as any other', async ({
  lab,
  page
}) => {
  const path = `read-only-${Date.now()}.ipynb`;
  writeNotebook(path);
  await page.route(`**/api/contents/${path}?*`, async route => {
    const response = await route.fetch();
    const model = await response.json();
    await route.fulfill({ response, json: { ...model, writable: false } });
  });
  await lab.command('docmanager:open', { path });
  await expect(lab.phase).toHaveAttribute('data-phase', 'live', { timeout: 30_000 });
  expect(
    await page.evaluate(
      () => window.jupyterapp.shell.currentWidget.context.contentsModel.writable
    )
  ).toBe(false);
  await lab.run('x = 1');
  await expect(lab.value('x')).toHaveText('1');
  await lab.value('x').dblclick();
  await lab.panel.getByLabel('New value of x').fill('2');
  await page.keyboard.press('Enter');
  await expect(lab.value('x')).toHaveText('2');
});

test('a kernel that is not livens is explained, and one click changes it', async ({
  lab
}) => {
  await lab.notebook('python3');
  await expect(lab.panel).toContainText('Not a livens kernel');
  await lab.panel.getByRole('button', { name: 'Switch to Python 3 (livens)' }).click();
  await expect(lab.phase).toHaveAttribute('data-phase', 'live', { timeout: 20_000 });
  await lab.run('x = 1');
  await expect(lab.value('x')).toHaveText('1');
});

test('a kernel that is not livens can stay, with the widget as the panel says', async ({
  lab,
  page
}) => {
  await lab.notebook('python3');
  const code = await lab.panel.locator('.lv-Notice code').textContent();
  await lab.run(`x = 1\n${code}`);
  await expect(page.locator('.lv-Widget .lv-Row[data-name="x"]')).toBeVisible();
});

test('nobody looks, nothing is asked: a hidden panel has no comm', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('x = 1\nsame = 1');
  await expect(lab.row('same')).not.toHaveClass(/lv-mod-fresh/);
  expect(await comms(page)).toBe(1);
  await lab.command('application:toggle-right-area');
  await expect(lab.panel).toBeHidden();
  await expect.poll(() => comms(page)).toBe(0);
  await lab.run('x = 2');
  // What did not change meanwhile is not marked, although the kernel counts its changes anew.
  await lab.panel.locator('.lv-List').evaluate(list => {
    window.marked = new Set();
    new MutationObserver(() => {
      for (const row of list.querySelectorAll('.lv-mod-fresh')) {
        window.marked.add(row.dataset.name);
      }
    }).observe(list, { subtree: true, childList: true, attributes: true });
  });
  await lab.openPanel();
  await expect(lab.value('x')).toHaveText('2');
  expect(await comms(page)).toBe(1);
  await expect.poll(() => page.evaluate(() => [...window.marked])).toEqual(['x']);
});

test('questions in the middle of a cell leave the busy mark, and the notebook', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('import time\ntree = {"a": [1, 2]}');
  const notebook = () =>
    page.evaluate(() =>
      JSON.stringify(window.jupyterapp.shell.currentWidget.model.toJSON())
    );
  const before = await notebook();
  await lab.row('tree').locator('.lv-Caret').click();
  await expect(lab.row("'a'")).toBeVisible();
  expect(await notebook()).toBe(before);
  await lab.start('time.sleep(3)');
  const status = () =>
    page.evaluate(
      () => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status
    );
  await expect.poll(status).toBe('busy');
  await lab.row("'a'").locator('.lv-Caret').click();
  await expect(lab.row('1')).toBeVisible();
  await expect.poll(status).toBe('busy');
  await lab.idle();
});

test('a console is followed as well', async ({ lab, page }) => {
  await page.evaluate(async () => {
    const { commands } = window.jupyterapp;
    const panel = await commands.execute('console:create', {
      kernelPreference: { name: 'livens' }
    });
    await panel.sessionContext.ready;
    panel.console.promptCell.model.sharedModel.setSource('from_console = 3');
    await commands.execute('console:run-forced');
  });
  await expect(lab.value('from_console')).toHaveText('3');
});
