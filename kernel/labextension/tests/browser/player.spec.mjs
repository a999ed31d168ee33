// A record is opened from the file browser and played: pause, speed, slider, and its report.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { violations } from './axe.mjs';
import { expect, test } from './lab.mjs';
import { record } from './records.mjs';
import { homeOf } from './servers.mjs';

/** Open a file as people do. */
async function doubleClick(page, name) {
  await page.evaluate(() => window.jupyterapp.commands.execute('filebrowser:refresh'));
  await page.locator('.jp-DirListing-item', { hasText: name }).dblclick();
}

test('a double click on a record plays it', async ({ lab, page }) => {
  const file = join(homeOf(), 'run.livens.jsonl');
  record(
    'import time\nfor step in range(40):\n    time.sleep(0.1)\n    loss = 1 / (step + 1)\nwords = ["a"]',
    file
  );
  await doubleClick(page, 'run.livens.jsonl');
  const player = page.locator('.lv-Player');
  await expect(player.getByText('REPLAY')).toBeVisible();
  const value = name => player.locator(`.lv-Row[data-name="${name}"] .lv-Preview`);
  const place = player.getByLabel('Moment of the run, in seconds');
  const seconds = async () => Number(await place.inputValue());
  // It waits, plays, and stands still where it is paused.
  await expect(player.getByRole('button', { name: 'Play' })).toBeVisible();
  await expect(value('loss')).toHaveCount(0);
  await player.getByRole('button', { name: 'Play' }).click();
  await expect(value('step')).toHaveText(/^\d+$/);
  await player.getByRole('button', { name: 'Pause' }).click();
  const at = await seconds();
  expect(at).toBeGreaterThan(0);
  expect(await violations(page, '.lv-Player')).toEqual([]);
  // The slider shows any moment, forwards and backwards, without playing.
  const length = Number(await place.getAttribute('max'));
  await place.press('End');
  await expect(value('step')).toHaveText('39');
  await expect(value('words')).toHaveText("['a']");
  await expect(player.locator('.lv-PlayerBar').getByRole('status')).toHaveText('run: ok');
  await place.press('Home');
  await expect(value('words')).toHaveCount(0);
  await place.click(); // in the middle
  await expect(value('step')).toHaveText(/^(1\d|2\d)$/);
  // Faster: the rest takes less time than it took.
  await player.getByLabel('Speed').selectOption('20×');
  await player.getByRole('button', { name: 'Play' }).click();
  await expect(value('step')).toHaveText('39');
  await expect(player.getByRole('button', { name: 'Play' })).toBeVisible();
  expect(await seconds()).toBeCloseTo(length, 1);
  // What only a kernel could do is not offered.
  await value('loss').click({ button: 'right' });
  await expect(player.locator('.lv-Menu').getByText('Plot History')).toBeVisible();
  await expect(player.locator('.lv-Menu').getByText('Delete')).toHaveCount(0);
  await player.locator('.lv-Menu').getByText('Plot History').click();
  await expect(player.locator('.lv-Plot canvas')).toBeVisible();
  // Its report.
  await player.getByRole('button', { name: 'Report' }).click();
  const report = page.frameLocator('.lv-Report iframe');
  await expect(report.getByText('a.ipynb').first()).toBeVisible();
  rmSync(file);
});

test('what is no record is told', async ({ lab, page }) => {
  const file = join(homeOf(), 'other.livens.jsonl');
  writeFileSync(file, '{"type": "header", "format": "other"}\n');
  await doubleClick(page, 'other.livens.jsonl');
  await expect(page.locator('.lv-Player').getByRole('alert')).toHaveText(
    'This is no record of livens: it does not begin with a header'
  );
  rmSync(file);
});
