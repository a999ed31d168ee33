// The panel beside JupyterLite's kernel: all of it runs in the browser.

import { expect, test, withoutLoader } from './site.mjs';

/** Keep a picture, where somebody wants to look at one. */
async function picture(page, name) {
  if (process.env.LIVENS_PICTURES) {
    await page.screenshot({ path: `${process.env.LIVENS_PICTURES}/${name}.png` });
  }
}

test('without a line of code all that runs is seen live', async ({ site, page }) => {
  await site.open();
  await site.example('training.ipynb');
  await expect(site.phase).toHaveAttribute('data-phase', 'live');

  await test.step('the example that trains: its curve and its table', async () => {
    await site.note('loss');
    await site.command('notebook:run-all-cells');
    await expect(site.row('loss')).toBeVisible();
    await site.row('loss').click();
    await site.command('livens:show-plot');
    await expect(page.locator('.lv-Plot canvas')).toBeVisible();
    await expect(site.row('losses')).toContainText('100');
    expect((await site.noted()).told.length).toBeGreaterThanOrEqual(30);
    await picture(page, 'lite-training');
    await site.row('rows').click();
    await site.panel.getByRole('button', { name: 'Show Table' }).click();
    const table = page.getByRole('tabpanel', { name: 'rows' });
    await expect(table.getByRole('status').first()).toHaveText('200 × 3');
    await picture(page, 'lite-table');
    await site.notebookTab('training.ipynb');
  });

  // Two seconds each; on a machine that has no time, until enough is told (but not for the proof).
  const most = process.env.LIVENS_PROVE ? 2 : 60;
  await site.run(
    'import asyncio, time\nsubscribers = get_ipython().watcher._publisher.subscribers\n' +
      'def goes_on(began, told):\n    took = time.perf_counter() - began\n' +
      `    return took < 2 or (took < ${most} and subscribers[0].seq < told)`
  );

  await test.step('a loop that awaits', async () => {
    await site.run('step = 0');
    await site.note('step');
    await site.run(
      'began, told = time.perf_counter(), subscribers[0].seq + 32\n' +
        'while goes_on(began, told):\n    step += 1\n    await asyncio.sleep(0.05)'
    );
    const { told, shown } = await site.noted();
    expect(told.length).toBeGreaterThanOrEqual(30);
    expect(told.map(Number)).toEqual(told.map(Number).sort((a, b) => a - b));
    await expect(site.value('step')).toHaveText(told.at(-1));
    expect(shown.length).toBeGreaterThanOrEqual(4); // a busy machine draws less often
  });

  await test.step('a loop that computes', async () => {
    await site.run('turn = 0');
    await site.note('turn');
    await site.run(
      'began, told = time.perf_counter(), subscribers[0].seq + 10\n' +
        'while goes_on(began, told): turn += 1'
    );
    const { told } = await site.noted();
    expect(told.length).toBeGreaterThanOrEqual(8);
    expect(told.map(Number)).toEqual(told.map(Number).sort((a, b) => a - b));
    await expect(site.value('turn')).toHaveText(told.at(-1));
  });

  await test.step('stores by global, and changes in place', async () => {
    await site.panelWidth(600);
    await site.run(
      'def f():\n    global inside\n    inside = 7\nitems = [1]\ntree = {"a": {"b": 2}}'
    );
    await site.run('f()\nitems.append(5)');
    await expect(site.value('inside')).toHaveText('7');
    await expect(site.value('items')).toHaveText('[1, 5]');
    await expect(site.row('items').locator('.lv-mod-changed')).toContainText(
      /In \[\d+\]/
    );
  });

  await test.step('what is inside of values', async () => {
    await site.row('tree').locator('.lv-Caret').click();
    await site.row("'a'").locator('.lv-Caret').click();
    await expect(site.value("'b'")).toHaveText('2');
  });

  await test.step('what the panel sets is there in the next cell', async () => {
    await site.value('inside').dblclick();
    await site.panel.getByLabel('New value of inside').fill('40');
    await page.keyboard.press('Enter');
    await expect(site.value('inside')).toHaveText('40');
    await site.run('after = inside + 2');
    await expect(site.value('after')).toHaveText('42');
    await site.menu('after', 'Delete');
    await expect(site.row('after')).toHaveCount(0);
  });

  await test.step('a rule stops the cell', async () => {
    await site.panel.getByRole('button', { name: 'Rules', exact: true }).click();
    const rules = site.panel.getByRole('region', { name: 'Rules' });
    await rules.getByLabel('What the rule does').selectOption('stop');
    await rules.getByLabel('Condition of the rule').fill('turn > 5');
    await rules.getByRole('button', { name: 'Add' }).click();
    await expect(rules.locator('li')).toContainText('turn > 5');
    await site.run('turn = 0\nwhile True: turn += 1');
    await expect(page.locator('.jp-OutputArea-output').last()).toContainText(
      'Stopped by the rule turn > 5'
    );
  });
});

test('after `%pip install livens` and `%load_ext livens` as well', async ({
  site,
  page
}) => {
  await withoutLoader(page);
  await site.open();
  await site.python();
  await expect(site.panel).toContainText('Not a livens kernel');
  await site.run('%pip install livens');
  await site.run('%load_ext livens');
  await expect(site.phase).toHaveAttribute('data-phase', 'live');
  await site.run('import livens\nx = [livens.__version__]');
  await expect(site.row('x')).toBeVisible();
});
