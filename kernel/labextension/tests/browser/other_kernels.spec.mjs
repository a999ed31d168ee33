// Kernels that are not livens: how they come to be watched, and what is said where they cannot be.

import { violations } from './axe.mjs';
import {
  addBareKernel,
  addOtherKernel,
  folderOfLivens,
  removeKernels
} from './bare_kernels.mjs';
import { expect, seesChanges, test } from './lab.mjs';

let python = '';

test.beforeAll(() => {
  python = addBareKernel();
  addOtherKernel();
});

test.afterAll(() => removeKernels());

const watchButton = lab => lab.panel.getByRole('button', { name: 'Watch this kernel' });

/** The numbers of the cells that have one, and what all of them wrote. */
function cells(page) {
  return page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.content.widgets.map(({ model }) => [
      model.executionCount,
      model.outputs.toJSON()
    ])
  );
}

test('a stock kernel is watched by one click, with all that is in its memory', async ({
  lab,
  page
}) => {
  await lab.notebook('python3');
  await lab.run('x = 41');
  await expect(lab.panel).toContainText('Not a livens kernel');
  const before = await cells(page);
  await watchButton(lab).click();
  await expect(lab.value('x')).toHaveText('41');
  expect(await cells(page)).toEqual(before);
  await lab.run('y = x + 1\nIn[-2:]');
  await expect(lab.value('y')).toHaveText('42');
  // The load used up no number, and is not in the history.
  const after = await cells(page);
  expect(after[1][0]).toBe(2);
  expect(JSON.stringify(after[1][1])).toContain("['x = 41', 'y = x + 1");
  await lab.panel.getByRole('button', { name: 'lite', exact: true }).click();
  const limits = lab.panel.getByRole('note');
  await expect(limits).toContainText('replaced within about 20 ms');
  await expect(limits).toContainText('Which line changed a name');
  expect(await violations(page)).toEqual([]);
  await lab.panel.getByRole('button', { name: 'lite', exact: true }).click();
  await expect(limits).toHaveCount(0);
  // The same kernel begins anew, and is watched again.
  await page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()
  );
  await expect(lab.row('x')).toHaveCount(0);
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
  await lab.run('z = 3');
  await expect(lab.value('z')).toHaveText('3');
  // Who unloads it has it no more, also after a restart.
  await lab.run('%unload_ext livens');
  await expect(watchButton(lab)).toBeVisible();
  await page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()
  );
  await lab.run('after = 1');
  await expect(watchButton(lab)).toBeVisible();
});

test('while a cell runs it says that it waits, and a failed cell does not lose it', async ({
  lab,
  page
}) => {
  await lab.notebook('python3');
  await lab.loop('step += 1', { before: 'step = 0' });
  await expect(watchButton(lab)).toBeVisible();
  await lab.start('1 / 0'); // queued behind it: the kernel drops what is queued behind that
  await watchButton(lab).click();
  await expect(lab.panel.locator('.lv-Loading')).toContainText('A cell is running');
  await expect(watchButton(lab)).toHaveAttribute('aria-disabled', 'true');
  expect(await violations(page)).toEqual([]);
  lab.endLoop();
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
  await expect(lab.value('step')).toHaveText(/\d+/);
  await lab.loop('step += 1');
  await seesChanges(lab.value('step'), 3);
  lab.endLoop();
});

test('where livens cannot be imported it says what to install, and then it works', async ({
  lab,
  page
}) => {
  await lab.notebook('bare');
  await lab.run('x = 1');
  await watchButton(lab).click();
  const failed = lab.panel.locator('.lv-LoadFailed');
  await expect(failed).toContainText(
    `not installed for the Python of this kernel, ${python}`
  );
  await expect(failed.locator('code')).toHaveText('%pip install livens');
  expect(await violations(page)).toEqual([]);
  // The names of the kernel are those that they were.
  await lab.run('sorted(name for name in globals() if not name.startswith("_"))');
  expect(JSON.stringify(await cells(page))).toContain(
    "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit', 'x']"
  );
  await lab.run(`import sys; sys.path.append(${JSON.stringify(folderOfLivens())})`);
  await lab.panel.getByRole('button', { name: 'Try Again' }).click();
  await expect(lab.value('x')).toHaveText('1');
});

test('a module of that name that is another one is told as such', async ({ lab }) => {
  await lab.notebook('bare');
  await lab.run('import sys, types\nsys.modules["livens"] = types.ModuleType("livens")');
  await lab.command('livens:watch-kernel');
  await expect(lab.panel.locator('.lv-LoadFailed')).toContainText(
    /Something called livens .*not an IPython extension/
  );
  await lab.run('del sys.modules["livens"]\nsys.meta_path.insert(0, None)');
  await lab.panel.getByRole('button', { name: 'Try Again' }).click();
  await expect(lab.panel.locator('.lv-LoadFailed')).toContainText(
    "could not be loaded: AttributeError: 'NoneType' object has no attribute 'find_"
  );
});

test('a kernel of another language is not offered what it cannot do', async ({ lab }) => {
  await lab.notebook('other');
  await expect(lab.panel).toContainText('Not a livens kernel');
  await expect(
    lab.panel.getByRole('button', { name: 'Switch to Python 3 (livens)' })
  ).toBeVisible();
  await expect(watchButton(lab)).toHaveCount(0);
});
