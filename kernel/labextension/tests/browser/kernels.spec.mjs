import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, Lab, plain, seesChanges, test, writeNotebook } from './lab.mjs';
import { homeOf } from './servers.mjs';

const COUNT = ['step += 1', { before: 'step = 0', after: 'step = 1_000_000' }];

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
  await lab.start('import os, time; time.sleep(1); os._exit(1)'); // long enough to be told
  await expect(lab.phase).not.toHaveAttribute('data-phase', 'live');
  await page.locator('.jp-Dialog').getByRole('button').last().click();
  await expect(lab.phase).toHaveText('died in In [2], last seen in line 1');
  await lab.run('after = 2');
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
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
  await lab.loop(...COUNT);
  for (const one of [lab, other]) {
    await expect(one.value('step')).toBeVisible();
    await seesChanges(one.value('step'), 3);
  }
  lab.endLoop();
  await lab.idle();
  await expect.poll(() => comms(page)).toBe(2);
  await other.page.close({ runBeforeUnload: false });
});

plain(
  'a line that was cut is mended: the values are right, and nothing is there twice',
  async ({ page }) => {
    const lab = new Lab(page);
    const lines = new Set();
    let isCut = false;
    let refused = 0;
    await page.routeWebSocket(/\/channels/, line => {
      if (isCut) {
        refused += 1;
        void line.close({ code: 3001 });
        return;
      }
      line.connectToServer();
      lines.add(line);
    });
    await lab.open();
    await lab.notebook();
    await lab.run('kept = {"a": [1, 2]}\ngone = 1');
    await lab.row('kept').locator('.lv-Caret').click();
    await expect(lab.row("'a'")).toBeVisible();
    const [change, changed] = ['change', 'changed'].map(name => join(homeOf(), name));
    await lab.loop(
      [
        'step += 1',
        `if os.path.exists(${JSON.stringify(change)}) and "gone" in globals():`,
        '    del gone; kept["a"] = 3; late = 1',
        `    open(${JSON.stringify(changed)}, "w").close()`
      ].join('\n'),
      { before: 'step = 0', after: 'step = 1_000_000' }
    );
    await expect(lab.value('step')).toBeVisible();
    isCut = true;
    await Promise.all([...lines].map(line => line.close({ code: 3001 })));
    await expect(lab.phase).toHaveAttribute('data-phase', 'connecting');
    const before = Number(await lab.value('step').textContent());
    writeFileSync(change, '');
    await expect.poll(() => existsSync(changed)).toBe(true);
    await expect.poll(() => refused).toBeGreaterThan(0);
    expect(Number(await lab.value('step').textContent())).toBe(before);
    isCut = false;
    await expect(lab.phase).toHaveAttribute('data-phase', 'live');
    await expect
      .poll(async () => Number(await lab.value('step').textContent()))
      .toBeGreaterThan(before);
    await expect(lab.value('late')).toHaveText('1');
    await expect(lab.value("'a'")).toHaveText('3');
    await expect(lab.row('gone')).toHaveCount(0);
    lab.endLoop();
    await expect(lab.value('step')).toHaveText('1000000');
    await expect.poll(() => lab.names()).toEqual(['kept', "'a'", 'late', 'step']);
    await expect.poll(() => comms(page)).toBe(1);
  }
);

test('a page that is loaded in the middle of a run is live before its end', async ({
  lab,
  page
}) => {
  await lab.notebook();
  const path = await page.evaluate(async () => {
    const { context } = window.jupyterapp.shell.currentWidget;
    await context.save();
    return context.path;
  });
  await lab.loop(...COUNT);
  await expect(lab.value('step')).toBeVisible();
  await page.goto(`/lab/workspaces/${lab.workspace}/tree/${path}`);
  await lab.ready();
  await lab.openPanel();
  await expect(lab.value('step')).toBeVisible();
  await seesChanges(lab.value('step'), 3);
  lab.endLoop();
  await expect(lab.value('step')).toHaveText('1000000');
  await expect.poll(() => comms(page)).toBe(1); // the page that went said goodbye
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
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
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
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
  await lab.run('x = 1');
  await expect(lab.value('x')).toHaveText('1');
});

test('nobody looks, nothing is asked: there is no comm then, and origins are kept', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('x = 1\nsame = 1');
  await expect(lab.row('same')).not.toHaveClass(/lv-mod-fresh/);
  await expect.poll(() => comms(page)).toBe(1);
  await lab.command('application:toggle-right-area');
  await expect(lab.panel).toBeHidden();
  await expect.poll(() => comms(page)).toBe(1); // for the cells, which are seen
  await lab.command('launcher:create');
  await expect(page.locator('.jp-Notebook')).toBeHidden();
  await expect.poll(() => comms(page)).toBe(0);
  await lab.execute('\nx = 2\nnew = 3');
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
  await expect.poll(() => comms(page)).toBe(1);
  await expect
    .poll(() => page.evaluate(() => [...window.marked].sort()))
    .toEqual(['new', 'x']);
  const changedBy = name => lab.row(name).locator('.lv-mod-changed');
  const seesOrigins = async () => {
    await lab.panelWidth(600);
    await expect(changedBy('same')).toContainText('In [1]:2');
    await expect(changedBy('x')).toContainText('In [2]:2');
    await expect(changedBy('new')).toContainText('In [2]:3');
    await expect(changedBy('new')).toContainText(/now|\d+ (s|min)/);
  };
  await seesOrigins();
  // Another view takes the panel's place, then the page is loaded again.
  await lab.command('debugger:show-panel');
  await expect(lab.panel).toBeHidden();
  await lab.openPanel();
  await seesOrigins();
  await lab.command('application:close'); // the launcher
  await expect(page.locator('.jp-Notebook')).toBeVisible();
  const path = await page.evaluate(async () => {
    const { context } = window.jupyterapp.shell.currentWidget;
    await context.save();
    return context.path;
  });
  await page.goto(`/lab/workspaces/${lab.workspace}/tree/${path}`);
  await lab.ready();
  await lab.openPanel();
  await seesOrigins();
});

test('questions in the middle of a cell leave the busy mark, and the notebook', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('tree = {"a": [1, 2]}');
  const notebook = () =>
    page.evaluate(() =>
      JSON.stringify(window.jupyterapp.shell.currentWidget.model.toJSON())
    );
  const before = await notebook();
  await lab.row('tree').locator('.lv-Caret').click();
  await expect(lab.row("'a'")).toBeVisible();
  expect(await notebook()).toBe(before);
  await lab.loop('pass');
  const status = () =>
    page.evaluate(
      () => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status
    );
  await expect.poll(status).toBe('busy');
  await lab.row("'a'").locator('.lv-Caret').click();
  await expect(lab.row('1')).toBeVisible();
  await expect.poll(status).toBe('busy');
  lab.endLoop();
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
