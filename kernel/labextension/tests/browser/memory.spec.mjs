// What holds the memory, the largest first.

import { violations } from './axe.mjs';
import { expect, test } from './lab.mjs';

test('the largest variables come first, beside the memory of the process', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run(
    [
      'import numpy as np',
      'array = np.zeros(3_000_000)',
      'texts = ["x" * 1000 + str(n) for n in range(5000)]',
      'again = texts',
      'small = 1'
    ].join('\n')
  );
  await lab.command('livens:show-memory');
  const memory = page.locator('.lv-Memory');
  const rows = memory.locator('tbody tr');
  await expect(rows.nth(0)).toContainText('array');
  await expect(rows.nth(0)).toContainText('24.0 MB');
  await expect(rows.nth(1)).toContainText(/again|texts/);
  await expect(rows.nth(1)).toContainText(/5\.\d MB/);
  await expect(rows.nth(1)).toContainText(/the same object as (again|texts)/);
  await expect(memory.getByRole('status').last()).toContainText(
    /the process has \d+(\.\d)? MB/
  );
  expect(await violations(page, '.lv-Memory')).toEqual([]);
  await lab.execute('del array');
  await memory.getByRole('button', { name: 'Measure Again' }).click();
  await expect(rows.nth(0)).toContainText(/again|texts/);
  await memory.getByRole('button', { name: 'small' }).click();
  await expect(lab.row('small')).toHaveAttribute('aria-selected', 'true');
});
