import { violations } from './axe.mjs';
import { expect, test } from './lab.mjs';

/** Switch keeping on as people do, and wait until the panel says so. */
async function keepOn(lab) {
  await lab.command('livens:keep-variables');
  await expect(lab.panel.locator('.lv-Keeping')).toBeVisible();
}

/** Wait until the panel says of a selected variable that it is kept. */
async function isKept(lab, name) {
  await lab.row(name).locator('.lv-Name').click();
  await expect(lab.panel.locator('.lv-Facts')).toContainText(/kept after In/);
}

/** Have the kernel's process killed, and wait until Jupyter has started another one. */
async function killed(lab) {
  await lab.signal('SIGKILL');
  await expect(lab.phase).toHaveAttribute('data-phase', 'died');
  // JupyterLab asks people to note that the kernel died.
  await lab.page.locator('.jp-Dialog').getByRole('button').last().click();
  await lab.idle();
}

test('kept variables are restored after the kernel was killed, and can be gone back to', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await keepOn(lab);
  await lab.run('x = 1\nitems = [1, 2]\nalso = items\ngen = (n for n in items)');
  await lab.run('x = 2');
  await isKept(lab, 'x');

  // A mark says what is not kept, and the details say why.
  const mark = lab.row('gen').locator('.lv-Mark');
  await expect(mark).toHaveAccessibleName(/not kept: .*generator/);
  await expect(lab.row('x').locator('.lv-Mark')).toHaveCount(0);
  await lab.row('gen').locator('.lv-Name').click();
  await expect(lab.panel.locator('.lv-Facts')).toContainText(/not kept: .*generator/);

  await killed(lab);
  const offer = lab.panel.locator('.lv-Kept');
  await expect(offer).toContainText(
    /3 variables are kept from the session before .* 1 is not/
  );
  await lab.faded();
  expect(await violations(page)).toEqual([]);
  await offer.getByRole('button', { name: 'Restore' }).click();
  await expect(lab.value('x')).toHaveText('2');
  await expect(offer).toHaveCount(0);
  await lab.run('seen = (x, items, also is items)');
  await expect(lab.value('seen')).toHaveText('(2, [1, 2], True)');
  // The kernel that was started goes on to keep.
  await expect(lab.panel.locator('.lv-Keeping')).toBeVisible();
  await isKept(lab, 'seen');

  // Back to before a cell, and forth again.
  const run = await page.evaluate(() => {
    const { widgets } = window.jupyterapp.shell.currentWidget.content;
    return widgets.findIndex(({ model }) => model.sharedModel.source.startsWith('seen'));
  });
  const cell = page.locator('.jp-Notebook .jp-CodeCell').nth(run);
  await cell.locator('.jp-InputPrompt').click({ button: 'right' });
  await lab.choose('Go Back to before This Cell');
  await expect(lab.row('seen')).toHaveCount(0);
  await expect(lab.value('x')).toHaveText('2');
  await lab.command('livens:show-kept');
  const dialog = page.locator('.jp-Dialog');
  await expect(dialog).toContainText(
    'files and what is outside of the kernel are not undone'
  );
  expect(await violations(page, '.lv-KeptDialog')).toEqual([]);
  await dialog.getByRole('button', { name: 'To after In [1]' }).click();
  await expect(dialog.getByRole('status')).toContainText('what they were after In [1]');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(lab.value('seen')).toHaveText('(2, [1, 2], True)');
});

test('a name that exists is replaced only if that is wanted, and what is kept can be forgotten', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await keepOn(lab);
  await lab.run('x = "kept"\ny = "kept"');
  await isKept(lab, 'y');
  await killed(lab);
  await lab.run('x = "newer"');
  const offer = lab.panel.locator('.lv-Kept');
  await offer.getByRole('button', { name: 'Restore' }).click();
  const dialog = page.locator('.jp-Dialog');
  const choose = name => dialog.locator('label', { hasText: new RegExp(`^${name}`) });
  await expect(choose('x')).toContainText('exists already');
  await expect(choose('x').getByRole('checkbox')).not.toBeChecked();
  await expect(choose('y').getByRole('checkbox')).toBeChecked();
  expect(await violations(page, '.jp-Dialog-content')).toEqual([]);
  await choose('x').getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Restore' }).click();
  await expect(dialog).toContainText('There is one of this name already: x');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(lab.value('x')).toHaveText("'newer'");
  await expect(lab.row('y')).toHaveCount(0);
  await lab.command('livens:restore-kept');
  await choose('x').getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Restore' }).click();
  await dialog.getByRole('button', { name: 'Replace' }).click();
  await expect(lab.value('x')).toHaveText("'kept'");
  await expect(lab.value('y')).toHaveText("'kept'");

  await lab.command('livens:forget-kept');
  await dialog.getByRole('radio', { name: /Everything/ }).check();
  await dialog.getByRole('button', { name: 'Forget' }).click();
  await expect(lab.panel.locator('.lv-Keeping')).toHaveCount(0);
  await expect(lab.value('x')).toHaveText("'kept'");
  await lab.command('livens:restore-kept');
  await expect(dialog).toContainText('No session of this notebook');
  await dialog.getByRole('button', { name: 'Close' }).click();
});

test('a shared variable is marked with its store, and with who wrote it last', async ({
  lab
}) => {
  await lab.notebook();
  await lab.run(
    'import livens, subprocess, sys\nx = 1\nlivens.share("x", store="sqlite:///shared.db")'
  );
  const mark = lab.row('x').locator('.lv-Mark');
  await expect(mark).toHaveAccessibleName(/shared by .*shared\.db, written last here/);
  const program = [
    'import livens.state',
    'store = livens.state.open("sqlite:///shared.db")',
    'store.set_many({"x": 5})'
  ].join('\n');
  await lab.run(
    `subprocess.run([sys.executable, "-c", ${JSON.stringify(program)}], check=True)`
  );
  await expect(lab.value('x')).toHaveText('5');
  await expect(mark).toHaveAccessibleName(/written last by .+/);
  await lab.row('x').locator('.lv-Name').click();
  await expect(lab.panel.locator('.lv-Facts')).toContainText(
    /changed by .* by the store/
  );
  await lab.run('livens.unshare()');
});

test('a kernel without livens has nothing of it', async ({ lab, page }) => {
  await lab.notebook('python3');
  await expect(lab.phase).toHaveAttribute('data-phase', 'other-kernel');
  const isOffered = await page.evaluate(() =>
    [
      'keep-variables',
      'restore-kept',
      'show-kept',
      'forget-kept',
      'back-before-cell'
    ].map(id => window.jupyterapp.commands.isVisible(`livens:${id}`))
  );
  expect(isOffered).toEqual([false, false, false, false, false]);
});
