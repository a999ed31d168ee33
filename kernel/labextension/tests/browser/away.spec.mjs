// Who comes back is told what happened meanwhile.

import { violations } from './axe.mjs';
import { expect, test } from './lab.mjs';

test('after a reload it is told what changed while nobody was connected', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('loss = 9.0\nkept = 1\nwords = ["a"]');
  await expect(lab.value('loss')).toHaveText('9.0');
  await expect(page.locator('.lv-Away')).toHaveCount(0);
  // The cell runs on while the page is gone.
  await lab.start(
    'import time\nfor step in range(60):\n    loss = 1 / (step + 1)\n    time.sleep(0.1)\nwords.append("b")'
  );
  await expect(lab.value('step')).toHaveText(/^\d+$/);
  await page.goto('about:blank');
  const state = async () => {
    const sessions = await (await page.request.get('/api/sessions')).json();
    return sessions[0].kernel.execution_state;
  };
  await expect.poll(state).toBe('idle'); // nobody is there
  await page.goto(`/lab/workspaces/${lab.workspace}`);
  await lab.ready();
  const away = page.locator('.lv-Away');
  await expect(away).toContainText('While you were away');
  await expect(away.getByRole('status')).toHaveText(
    /^[34] variables changed by In \[2\]$/
  );
  const course = away.locator('li', { hasText: 'loss' }).first();
  await expect(course).toContainText(/[\d.]+ → 0\.0[\d]+/);
  await expect(course.locator('svg')).toBeVisible();
  await expect(away).not.toContainText('kept');
  expect(await violations(page, '.lv-Away')).toEqual([]);
  await away.getByRole('button', { name: 'Close' }).click();
  await expect(away).toHaveCount(0);
  // Nothing happens, nothing is told.
  await page.reload();
  await lab.ready();
  await expect(lab.row('loss')).toBeVisible();
  await expect(away).toHaveCount(0);
});
