import { expect, test } from './lab.mjs';

test('values change in the list while a loop runs', async ({ lab }) => {
  await lab.notebook();
  await lab.start('import time\nfor step in range(400):\n    time.sleep(0.01)');
  await expect(lab.value('step')).toBeVisible();
  const seen = new Set();
  await expect
    .poll(async () => seen.add(Number(await lab.value('step').textContent())).size)
    .toBeGreaterThan(5);
  expect(Math.max(...seen)).toBeLessThan(399);
  await lab.idle();
  await expect(lab.value('step')).toHaveText('399');
});
