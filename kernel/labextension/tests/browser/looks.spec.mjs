import { violations } from './axe.mjs';
import { expect, test } from './lab.mjs';

const CELL = [
  'import time',
  'tree = {"a": [1, 2], "b": "text"}',
  'flag = True; nothing = None; data = b"x"; api_key = "s"',
  'class A: pass',
  'a = A()',
  'for i in range(40): time.sleep(0.01)'
].join('\n');

for (const theme of [
  'JupyterLab Light',
  'JupyterLab Dark',
  'JupyterLab Dark High Contrast'
]) {
  test.describe(theme, () => {
    test.use({ theme });

    test(`axe finds nothing in ${theme}`, async ({ lab, page }) => {
      await expect(page.locator('body')).toHaveAttribute('data-jp-theme-name', theme);
      await lab.notebook();
      await lab.run(CELL);
      await lab.row('tree').locator('.lv-Caret').click();
      await expect(lab.row("'a'")).toBeVisible();
      await lab.row('i').click();
      await lab.panel.getByLabel('Group variables').selectOption('cell');
      await lab.panel.getByRole('button', { name: 'Rules', exact: true }).click();
      await lab.faded();
      expect(await violations(page)).toEqual([]);
    });
  });
}

test('axe finds nothing in the notices, a table and a plot', async ({ lab, page }) => {
  expect(await violations(page)).toEqual([]);
  await lab.notebook('python3');
  await expect(lab.panel).toContainText('Not a livens kernel');
  expect(await violations(page)).toEqual([]);
  await lab.notebook();
  await lab.run('import numpy as np\nxs = np.arange(12.0).reshape(3, 4)\nx = 1');
  await lab.run('x = 2');
  await lab.menu('xs', 'Show Table');
  await expect(page.locator('.lv-TableStatus')).toHaveText('3 × 4');
  expect(await violations(page, '.lv-Table')).toEqual([]);
  await lab.menu('x', 'Plot History');
  await expect(page.locator('.lv-Plot canvas')).toBeVisible();
  expect(await violations(page, '.lv-Plot')).toEqual([]);
});

test('everything can be done by keyboard', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run('tree = {"a": [1, 2]}\nx = 1\ny = 2');
  await expect(lab.row('y')).toBeVisible();
  await lab.command('livens:open');
  await expect(lab.list).toBeFocused();
  await page.keyboard.press('Home');
  await expect(lab.row('tree')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowRight');
  await expect(lab.row('tree')).toHaveAttribute('aria-expanded', 'true');
  await expect(lab.row("'a'")).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(lab.row("'a'")).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowLeft');
  await expect(lab.row('tree')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowLeft');
  await expect(lab.row('tree')).toHaveAttribute('aria-expanded', 'false');
  await page.keyboard.press('End');
  await expect(lab.row('y')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Shift+F2');
  await page.keyboard.type('20');
  await page.keyboard.press('Enter');
  await expect(lab.value('y')).toHaveText('20');
  await expect(lab.list).toBeFocused();
  await page.keyboard.press('F2');
  await page.keyboard.type('z');
  await page.keyboard.press('Enter');
  await expect(lab.value('z')).toHaveText('20');
  await page.keyboard.press('Home');
  await page.keyboard.press('End');
  await page.keyboard.press('Delete');
  await expect(lab.row('z')).toHaveCount(0);
  await page.keyboard.press('ArrowDown');
  await expect(lab.row('x')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Shift+F10');
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toBeHidden();
  await lab.command('livens:search');
  await expect(lab.panel.getByRole('searchbox')).toBeFocused();
  await page.keyboard.type('x');
  await expect.poll(() => lab.names()).toEqual(['x']);
  await page.keyboard.press('Escape');
  await expect.poll(() => lab.names()).toEqual(['tree', 'x']);
});
