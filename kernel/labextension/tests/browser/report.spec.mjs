// The page of a record: not the panel, but tested in the same browser.

import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@playwright/test';
import { limit, tell } from './figures.mjs';
import { bin, here } from './servers.mjs';

let address = '';
let errors = [];
let requests = [];

test.beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'livens-report-'));
  execFileSync(join(bin, 'python'), [join(here, 'report.py'), folder]);
  address = pathToFileURL(join(folder, 'report.html')).href;
});

test.beforeEach(async ({ page }) => {
  errors = [];
  requests = [];
  page.on('console', message => errors.push(message.text()));
  page.on('pageerror', error => errors.push(String(error)));
  page.on('request', request => requests.push(request.url()));
  await page.goto(address);
});

test('values are text, and nothing is asked for', async ({ page }) => {
  await expect(page.getByRole('heading', { level: 1 })).toContainText('<script>');
  await expect(page.locator('#final')).toContainText(
    "<img src=x onerror='window.hacked = 1'>"
  );
  await expect(page.locator('#cells pre').last()).toContainText('</script>');
  expect(await page.evaluate(() => window.hacked)).toBeUndefined();
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.locator('script').count()).toBe(2);
  expect(requests).toEqual([address]);
  expect(errors).toEqual([]);
});

test('a request is forbidden', async ({ page }) => {
  const outcome = await page.evaluate(() =>
    fetch('http://127.0.0.1:9/').then(String, String)
  );
  expect(outcome).toContain('Failed to fetch');
  expect(errors.join()).toContain('Content Security Policy');
});

test('ten thousand changes scroll smoothly, to the very last', async ({ page }) => {
  await expect(page.locator('#count')).toHaveText('10001 of 10001');
  const { median, rows } = await page.locator('#changes').evaluate(async box => {
    const times = [];
    let last = performance.now();
    for (let step = 0; step < 100; step++) {
      box.scrollTop += box.scrollHeight / 100;
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - last);
      last = performance.now();
    }
    box.scrollTop = box.scrollHeight;
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    times.sort((a, b) => a - b);
    return { median: times[50], rows: box.querySelectorAll('tr').length };
  });
  expect(rows).toBeLessThan(100);
  tell('scrolling 10,000 changes of a report', 'frame, median', 'ms', median, 100);
  limit(median, 100);
  const last = page.locator('#changes tbody tr').last();
  await expect(last).toContainText('[20] line 2');
  await page.locator('#changes').scrollIntoViewIfNeeded();
  await expect(last).toBeInViewport();
});

test('search finds names, values and code', async ({ page }) => {
  await page.getByRole('searchbox').fill('evil');
  await expect(page.locator('#count')).toHaveText('1 of 10001');
  await expect(page.locator('#plots figure')).toHaveCount(0);
  await page.getByRole('searchbox').fill('loss = 7 ');
  await expect(page.locator('#cells details')).toHaveCount(1);
});

test('a plot has axes, and tells the value under the pointer and of the arrow keys', async ({
  page
}) => {
  const figure = page.locator('#plots figure');
  const plot = page.getByRole('img', {
    name: /loss over time, from -1 to 1, between 1\.00 s/
  });
  await expect(figure.locator('.axis.y span')).toHaveText(['-0.5', '0', '0.5']);
  await expect(figure.locator('.axis.x span').first()).toHaveText(/^\d+ s$/);
  // A label stands beside its line, and within the figure.
  const places = await figure.evaluate(node => {
    const middle = one => {
      const { top, bottom } = one.getBoundingClientRect();
      return (top + bottom) / 2;
    };
    const all = selector => [...node.querySelectorAll(selector)].map(middle);
    const outer = node.getBoundingClientRect();
    const isInside = [...node.querySelectorAll('.axis span')].every(one => {
      const { left, right, bottom } = one.getBoundingClientRect();
      return left >= outer.left && right <= outer.right && bottom <= outer.bottom;
    });
    return { labels: all('.axis.y span'), lines: all('svg .grid'), isInside };
  });
  places.labels.forEach((at, i) =>
    expect(Math.abs(at - places.lines[i])).toBeLessThan(2)
  );
  expect(places.isInside).toBe(true);
  const readout = figure.getByRole('status');
  await expect(readout).toHaveText('-1 … 1');
  const { width, height } = await plot.boundingBox();
  await plot.hover({ position: { x: width - 1, y: height / 2 } });
  await expect(readout).toHaveText(/^[-\d.]+ at 2\d\.\d s \[20\]$/);
  await page.mouse.move(0, 0);
  await expect(readout).toHaveText('-1 … 1');
  await plot.focus();
  await page.keyboard.press('Home');
  await expect(readout).toHaveText(/ at 1\.00 s \[1\]$/);
  await page.keyboard.press('ArrowRight');
  await expect(readout).toHaveText(/ at 1\.\d\d s \[1\]$/);
  await page.keyboard.press('End');
  await expect(readout).toHaveText(/\[20\]$/);
});

test('a cell is shown whole, with the numbers of its lines', async ({ page }) => {
  const first = page.locator('#cells details').first();
  await first.locator('summary').click();
  await expect(first.locator('pre.source code')).toHaveText(
    /^import math\nloss = 1 {2}# /
  );
  await expect(first.locator('.numbers')).toHaveText('1\n2');
  await page.getByRole('searchbox').fill('import math');
  await expect(page.locator('#cells details')).toHaveCount(20);
});
