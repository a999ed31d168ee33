// What the panel says of the kernel, of its rules, and of what it does not list.

import { expect, Lab, plain, test } from './lab.mjs';

test('a kernel that dies in a run leaves its last values, and where it died', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run(
    'import os, time, pandas as pd\nx = 1\ndf = pd.DataFrame({"v": range(500)})'
  );
  await lab.menu('df', 'Show Table');
  const table = page.locator('.lv-Table');
  await expect(table.locator('.lv-TableStatus')).toContainText('500');
  await expect(table.locator('.lv-Stale')).toBeHidden();
  await lab.command('application:activate-previous-tab');
  await lab.start('\nx = 2\nwhile True:\n    x += 1; time.sleep(0.01)');
  await expect(lab.phase).toHaveText('In [2], line 4');
  await lab.signal(9);
  await expect(lab.phase).toHaveAttribute('data-phase', 'died');
  await expect(lab.phase).toHaveText('died in In [2], last seen in line 4');
  await page.locator('.jp-Dialog').getByRole('button').last().click();
  const ended = lab.panel.locator('.lv-Ended');
  await expect(ended).toContainText('A new one was started');
  const last = await lab.value('x').textContent();
  expect(Number(last)).toBeGreaterThan(2);
  await expect(lab.panel.locator('.lv-Rows')).toHaveCSS('filter', 'grayscale(1)');
  await expect(lab.panel).not.toContainText('No variables yet');
  await expect(table.locator('.lv-Stale')).toContainText('the kernel died in In [2]');
  await expect(table.locator('.lv-Grid')).toHaveCSS('opacity', '0.5');
  // What is gone cannot be changed, or asked for.
  await lab.row('x').click();
  const details = lab.panel.locator('.lv-Details');
  await expect(details.getByRole('button', { name: 'Insert at Cursor' })).toBeVisible();
  await expect(details.getByRole('button', { name: /Edit|Show|Plot/ })).toHaveCount(0);
  await lab.start('new = 5');
  await expect(lab.value('new')).toHaveText('5');
  await expect(lab.row('x')).toHaveCount(0);
  await expect(ended).toHaveCount(0);
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
});

test('an end that somebody wanted is no death; last values can be cleared', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('x = 1');
  await lab.signal(9);
  await expect(lab.phase).toHaveText('kernel died'); // no cell ran
  await page.locator('.jp-Dialog').getByRole('button').last().click();
  await expect(lab.value('x')).toHaveText('1');
  await lab.panel.getByRole('button', { name: 'Clear' }).click();
  await expect(lab.panel).toContainText('No variables yet');
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
  await lab.run('y = 2');
  await expect(lab.value('y')).toHaveText('2');
  const phases = await lab.panel.evaluateHandle(panel => {
    const seen = [];
    new MutationObserver(() =>
      seen.push(panel.querySelector('.lv-Phase')?.dataset.phase)
    ).observe(panel, { subtree: true, attributes: true, childList: true });
    return seen;
  });
  await page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()
  );
  await expect(lab.row('y')).toHaveCount(0);
  await expect(lab.phase).toHaveAttribute('data-phase', 'live');
  expect(await phases.jsonValue()).not.toContain('died');
  await lab.run('z = 3');
  await page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.sessionContext.shutdown()
  );
  await expect(lab.panel).toContainText('No kernel');
  expect(await phases.jsonValue()).not.toContain('died');
});

test('a rule says whether it is armed, when and where it fired, and is switched off', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.panel.getByRole('button', { name: 'Rules', exact: true }).click();
  const rule = lab.panel.locator('.lv-Rules li').first();
  await lab.panel.getByLabel('Condition of the rule').fill('loss < 0.1');
  await page.keyboard.press('Enter');
  await expect(rule).toContainText("there is no variable 'loss' yet");
  await lab.run('loss = 1.0');
  await expect(rule.locator('.lv-RuleState')).toHaveText('armed');
  await lab.run('\nfor loss in (0.5, 0.05, 0.04): pass');
  await expect(rule).toContainText('fired once, last by In [2]:2');
  await expect(rule).toContainText('true now: fires when it becomes true again');
  await lab.run('loss = 1.0\nloss = 0.01\nloss = 1.0\nloss = 0.01\nloss = 1.0');
  await expect(rule).toContainText('fired 3 times, last by In [3]:4');
  await expect(rule).toContainText('armed');
  await rule.getByRole('checkbox', { name: 'Use the rule loss < 0.1' }).uncheck();
  await expect(rule).toContainText('off');
  await lab.run('loss = 0.0\nloss = 1.0');
  await expect(rule).toContainText('fired 3 times');
  await rule.getByRole('checkbox').check();
  await expect(rule).toContainText('armed');
  await lab.run('loss = 0.0');
  await expect(rule).toContainText('fired 4 times, last by In [5]:1');
  await rule.getByRole('button', { name: 'In [5]:1' }).click();
  await lab.run('loss = "text"');
  await expect(rule).toContainText('armed, but cannot be worked out now');
  // Of a rule that a cell has added, all is known that the kernel knows, whenever the panel comes.
  await lab.run('import livens\nr = livens.add_rule("n > 2")\nfor n in range(6): pass');
  const other = lab.panel.locator('.lv-Rules li').nth(1);
  await expect(other).toContainText('fired once, last by In [7]:3');
});

test('one number of variables, with a button that shows those that are hidden', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('import math');
  const status = page.locator('#jp-main-statusbar').getByText(/\d variables?/);
  await expect(lab.panel).toContainText('Nothing to list');
  await expect(lab.panel).toContainText('1 variable is hidden.');
  await expect(status).toHaveText(/^0 variables/);
  await lab.run('a = 1\nb = 2\nbig_dict = {}\nprice = 3\ndef func(): pass');
  await expect(lab.panel.locator('.lv-Counts')).toContainText('4 variables, 2 hidden');
  await expect(status).toHaveText(/^4 variables/);
  await lab.search('func');
  // A search finds what is hidden too, and says that it is.
  await expect.poll(() => lab.names()).toEqual(['func']);
  await expect(lab.list.locator('.lv-mod-group')).toHaveText(
    /Found, but usually hidden 1/
  );
  await expect(lab.panel.locator('.lv-Counts')).toHaveText(
    '1 found, 1 of them usually hidden'
  );
  await lab.search('p');
  await expect.poll(() => lab.names()).toEqual(['price']);
  await lab.search('number'); // a kind, for which nobody has asked
  await expect(lab.panel).toContainText('Nothing found');
  await lab.search('kind:number');
  await expect.poll(() => lab.names()).toEqual(['a', 'b', 'price']);
  await lab.search('kind:module');
  await expect.poll(() => lab.names()).toEqual(['math']);
  await lab.search('');
  await lab.panel.getByRole('button', { name: 'Show them' }).click();
  await expect(status).toHaveText(/^6 variables/);
  await lab.panel.getByRole('button', { name: 'Hide them' }).click();
  await expect.poll(() => lab.names()).toEqual(['a', 'b', 'big_dict', 'price']);
  await expect(status).toHaveText(/^4 variables/);
});

test('menus show what is on', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run('x = 1\ndef f(): pass');
  const item = name => page.locator('.lm-Menu-item', { hasText: name });
  const mark = name => item(name).locator('.lm-Menu-itemIcon svg');
  const filter = lab.panel.getByRole('button', { name: /Choose what to hide/ });
  await filter.click();
  await expect(mark('Objects')).toBeVisible();
  await expect(mark('Functions')).toHaveCount(0);
  await lab.choose('Functions');
  await expect(lab.row('f')).toBeVisible();
  await filter.click();
  await expect(mark('Functions')).toBeVisible();
  await page.keyboard.press('Escape');
  const pin = 'Pin to the Top';
  await lab.row('x').locator('.lv-Name').click({ button: 'right' });
  await expect(item(pin)).toBeVisible();
  await expect(mark(pin)).toHaveCount(0);
  await lab.choose(pin);
  await lab.row('x').locator('.lv-Name').click({ button: 'right' });
  await expect(mark(pin)).toBeVisible();
});

plain('the first Ctrl+Alt+V puts the focus into the list', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open({ panel: false });
  await page.evaluate(async () => {
    const { commands } = window.jupyterapp;
    const panel = await commands.execute('notebook:create-new', { kernelName: 'livens' });
    await panel.sessionContext.ready;
  });
  await lab.run('a = 1\nb = 2');
  await page.locator('.jp-Notebook .cm-content').last().click();
  await page.keyboard.press('Control+Alt+v');
  await expect(lab.list).toBeFocused();
  await expect(lab.row('b')).toBeVisible();
  await page.keyboard.press('End');
  await expect(lab.row('b')).toHaveAttribute('aria-selected', 'true');
});

test('a stock kernel that loads livens is watched, in the lite mode', async ({ lab }) => {
  await lab.notebook('python3');
  await expect(lab.panel).toContainText('Not a livens kernel');
  await lab.run('x = 1\n%load_ext livens');
  await expect(lab.value('x')).toHaveText('1');
  await expect(lab.panel.locator('.lv-Lite')).toHaveText('lite');
  await lab.command('application:toggle-right-area');
  await expect(lab.panel).toBeHidden();
  await lab.openPanel();
  await expect(lab.value('x')).toHaveText('1');
  await lab.run('%unload_ext livens');
  await expect(lab.panel).toContainText('Not a livens kernel');
  // Code that does not name livens may load it as well: then it is watched as it is.
  await lab.run('get_ipython().extension_manager.load_extension("liv" + "ens"); y = 2');
  await lab.panel.getByRole('button', { name: 'Watch this kernel' }).click();
  await expect(lab.value('y')).toHaveText('2');
});

plain(
  'in Notebook 7’s consoles the panel works, without a status bar',
  async ({ page }) => {
    const problems = [];
    page.on('console', message => problems.push(message.text()));
    const lab = new Lab(page);
    await page.goto('/consoles/a-console.ipynb');
    await lab.ready();
    await lab.openPanel();
    expect(problems.filter(text => /livens/.test(text))).toEqual([]);
  }
);
