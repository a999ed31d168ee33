import { expect, seesChanges, test } from './lab.mjs';

test('search, sorting, grouping, hiding and pins', async ({ lab }) => {
  await lab.notebook();
  await lab.run(
    'import math\nten = 10\nnine = 9\ntext = "nine"\ndef f(): pass\n_private = 1'
  );
  await expect.poll(() => lab.names()).toEqual(['nine', 'ten', 'text']);
  await lab.search('nine');
  await expect.poll(() => lab.names()).toEqual(['nine', 'text']);
  await lab.search('type:str');
  await expect.poll(() => lab.names()).toEqual(['text']);
  await lab.search('');
  await lab.list.getByRole('button', { name: 'Value' }).click();
  await expect.poll(() => lab.names()).toEqual(['nine', 'ten', 'text']);
  await lab.list.getByRole('button', { name: 'Value' }).click();
  await expect.poll(() => lab.names()).toEqual(['ten', 'nine', 'text']);
  await lab.list.getByRole('button', { name: 'Name' }).click();
  await lab.panel.getByLabel('Group variables').selectOption('kind');
  await expect(lab.list.locator('.lv-mod-group')).toHaveText([/Numbers and text\s*3/]);
  await lab.panel.getByRole('button', { name: /Choose what to hide/ }).click();
  await lab.choose('Functions');
  await expect.poll(() => lab.names()).toContain('f');
  await lab.panel.getByRole('button', { name: /Choose what to hide/ }).click();
  await lab.choose('Private');
  await expect.poll(() => lab.names()).toContain('_private');
  await lab.panel.getByLabel('Group variables').selectOption('none');
  await lab.menu('text', 'Pin to the Top');
  await expect.poll(async () => (await lab.names())[0]).toBe('text');
});

test('editing, renaming and deleting, with a way back', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run('x = 1\nitems = [1, 2]');
  await lab.value('x').dblclick();
  await lab.panel.getByLabel('New value of x').fill('40 + 2');
  await page.keyboard.press('Enter');
  await expect(lab.value('x')).toHaveText('42');
  await lab.value('x').dblclick();
  await lab.panel.getByLabel('New value of x').fill('1 / 0');
  await page.keyboard.press('Enter');
  await expect(lab.row('x').getByRole('alert')).toContainText('ZeroDivisionError');
  await page.keyboard.press('Escape');
  await expect(lab.value('x')).toHaveText('42');
  await lab.list.focus();
  await page.keyboard.press('F2');
  await lab.panel.getByLabel('New name of x').fill('y');
  await page.keyboard.press('Enter');
  await expect(lab.value('y')).toHaveText('42');
  await expect(lab.row('x')).toHaveCount(0);
  await lab.menu('y', 'Delete');
  await expect(lab.row('y')).toHaveCount(0);
  const toast = page.locator('.Toastify__toast', { hasText: 'Deleted y' });
  await toast.getByRole('button', { name: 'Undo' }).click();
  await expect(lab.value('y')).toHaveText('42');
  await lab.menu('items', 'Delete'); // no question: it can be taken back
  await expect(lab.row('items')).toHaveCount(0);
});

test('a change is refused while a cell runs, and made at its end if that is wanted', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('x = 1\ny = 1');
  await lab.loop('i += 1', { before: 'i = 0' });
  await expect(lab.value('i')).toBeVisible();
  const set = async (name, value) => {
    await lab.value(name).dblclick();
    await lab.panel.getByLabel(`New value of ${name}`).fill(value);
    await page.keyboard.press('Enter');
    await expect(page.locator('.Toastify')).toContainText('nothing was changed');
  };
  await set('x', '10 * i');
  await page.getByRole('button', { name: 'Change It When the Cell Ends' }).click();
  await expect(page.locator('.Toastify')).toContainText(
    'will be done when the cell ends'
  );
  await set('y', '2');
  await expect(lab.value('x')).toHaveText('1');
  lab.endLoop();
  await lab.idle();
  await expect(lab.value('x')).not.toHaveText('1');
  const last = Number(await lab.value('i').textContent());
  await expect(lab.value('x')).toHaveText(String(10 * last));
  await expect(lab.value('y')).toHaveText('1');
});

test('names are inserted where the cursor is', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run('config = {"lr": 0.1}');
  await lab.row('config').locator('.lv-Caret').click();
  await lab.menu("'lr'", 'Insert at Cursor');
  await expect
    .poll(() =>
      page.evaluate(() =>
        window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()
      )
    )
    .toBe("config['lr']");
});

test('the past of a number is plotted, and saved', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run(
    'import time\nfor i in range(30):\n    loss = 1 / (1 + i)\n    time.sleep(0.02)'
  );
  await lab.row('loss').click();
  await lab.panel.getByRole('button', { name: 'Plot History' }).click();
  const plot = page.locator('.lv-Plot');
  await expect(plot.locator('canvas')).toBeVisible();
  await expect(plot.locator('.lv-TableStatus')).toHaveText(/^\d+ points$/);
  const download = page.waitForEvent('download');
  await plot.getByRole('button', { name: 'Save CSV' }).click();
  expect((await download).suggestedFilename()).toBe('loss.csv');
  const image = page.waitForEvent('download');
  await plot.getByRole('button', { name: 'Save PNG' }).click();
  expect((await image).suggestedFilename()).toBe('loss.png');
});

test('a value is shown in its own words', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run('class A:\n    def __repr__(self): return "my own words"\na = A()');
  await expect(lab.panel).not.toContainText('my own words');
  await lab.menu('a', 'Show Value');
  await expect(page.locator('.lv-ValueArea')).toContainText('my own words');
});

test('a rule stops the cell, and says so', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run('import time');
  await lab.panel.getByRole('button', { name: 'Rules', exact: true }).click();
  const rules = lab.panel.getByRole('region', { name: 'Rules' });
  await rules.getByLabel('What the rule does').selectOption('stop');
  await rules.getByLabel('Condition of the rule').fill('n >');
  await rules.getByRole('button', { name: 'Add' }).click();
  await expect(rules.getByRole('alert')).not.toBeEmpty();
  await rules.getByLabel('Condition of the rule').fill('n > 20');
  await page.keyboard.press('Enter');
  await expect(rules.locator('li')).toContainText('n > 20');
  await lab.run('for n in range(400):\n    time.sleep(0.01)');
  await expect(page.locator('.jp-Notebook')).toContainText('KeyboardInterrupt');
  expect(Number(await lab.value('n').textContent())).toBeLessThan(300);
  await expect(page.locator('.jp-toastContainer, .Toastify').first()).toContainText(
    'n > 20'
  );
  await rules.getByRole('button', { name: 'Remove the rule n > 20' }).click();
  await expect(rules.locator('li')).toHaveCount(0);
  await lab.run('for n in range(40):\n    time.sleep(0.001)');
  await expect(lab.value('n')).toHaveText('39');
});

test('rules hold while the panel is hidden, and over a restart', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.panel.getByRole('button', { name: 'Rules', exact: true }).click();
  await lab.panel.getByLabel('Condition of the rule').fill('n > 20');
  await page.keyboard.press('Enter');
  await expect(lab.panel.locator('.lv-Rules li')).toHaveCount(1);
  await page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()
  );
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
  // What is true already when a rule comes does not fire it: wait until the new kernel has it.
  await expect
    .poll(() =>
      page.evaluate(async () => {
        const panels = [...window.jupyterapp.shell.widgets('right')];
        const panel = panels.find(({ id }) => id === 'livens-variables');
        const { model } = panel._documents.current.watch;
        const answer = await model.request('rule.list', {});
        return answer.rules.length;
      })
    )
    .toBe(1);
  await lab.command('application:toggle-right-area');
  await expect(lab.panel).toBeHidden();
  await lab.run('n = 21');
  await expect(page.locator('.Toastify').first()).toContainText('n > 20');
});

test('rules that others added are listed', async ({ lab }) => {
  await lab.notebook();
  await lab.run('import livens\nrule = livens.add_rule("loss < 0.1", action="stop")');
  await lab.panel.getByRole('button', { name: 'Rules', exact: true }).click();
  const rules = lab.panel.getByRole('region', { name: 'Rules' });
  await expect(rules.locator('li')).toHaveText(/Stop the cell when loss < 0\.1/);
  await lab.run('rule.close()\nclosed = True');
  await expect(rules.locator('li')).toHaveCount(0);
});

test('the locals of a running function are shown while it runs', async ({ lab }) => {
  await lab.notebook();
  await lab.loop('train()', {
    before: 'def train():\n    for epoch in range(100): time.sleep(0.01)'
  });
  await expect(lab.list.locator('.lv-mod-frame')).toContainText('train()');
  await expect(lab.value('epoch')).toBeVisible();
  await seesChanges(lab.value('epoch'), 2);
  lab.endLoop();
  await lab.idle();
  await expect(lab.list.locator('.lv-mod-frame')).toHaveCount(0);
});
