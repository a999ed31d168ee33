import { tell } from './figures.mjs';
import { expect, test } from './lab.mjs';

const at = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

test('from assignment to pixels it takes less than the eye notices', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.start(
    'import time\nfor _i in range(60):\n    sent = time.time()\n    time.sleep(0.1)'
  );
  await expect(lab.value('sent')).toBeVisible();
  const delays = await lab.value('sent').evaluate(async node => {
    const found = [];
    let last = node.textContent;
    const end = Date.now() + 5000;
    while (Date.now() < end) {
      await new Promise(resolve => requestAnimationFrame(resolve));
      if (node.textContent !== last) {
        last = node.textContent;
        found.push(Date.now() - 1000 * Number(last));
      }
    }
    return found.sort((a, b) => a - b);
  });
  const [median_ms, p95_ms] = [at(delays, 0.5), at(delays, 0.95)].map(Math.round);
  tell('from assignment to pixels', 'median', 'ms', median_ms, 150);
  tell('from assignment to pixels', '95th', 'ms', p95_ms, 300);
  expect(delays.length).toBeGreaterThan(20);
  expect(median_ms).toBeLessThan(150);
  expect(p95_ms).toBeLessThan(300);
});

test('the panel leaves the page its time at 20 updates a second of 100 variables', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('import time\nfor n in range(100): globals()[f"v{n:02}"] = n');
  const cell =
    'for i in range(600):\n    for n in range(100): globals()[f"v{n:02}"] = i + n\n    time.sleep(0.01)';
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const busy_s = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration').value;
  };
  const share = async () => {
    await lab.start(cell);
    await page.waitForTimeout(1000);
    const [before, begin] = [await busy_s(), Date.now()];
    await page.waitForTimeout(4000);
    const used = (await busy_s()) - before;
    const taken = used / ((Date.now() - begin) / 1000);
    await lab.idle();
    return taken;
  };
  const open = await share();
  await lab.command('application:toggle-right-area');
  await expect(lab.panel).toBeHidden();
  const closed = await share();
  tell(
    'main thread, 20 updates/s of 100 variables',
    'panel',
    'cores',
    open - closed,
    0.1
  );
  tell('main thread, 20 updates/s of 100 variables', 'JupyterLab alone', 'cores', closed);
  // What is wanted is 0.10, and 0.05 is usual. The limit of a test that runs beside others notices
  // that it got much worse, not that the goal is missed.
  expect(open - closed).toBeLessThan(0.2);
});

test('memory stays where it is under updates', async ({ lab, page }) => {
  const minutes = Number(process.env.LIVENS_MINUTES ?? 0.5);
  test.setTimeout((minutes + 2) * 60_000);
  await lab.notebook();
  await lab.run('import time\nfor n in range(100): globals()[f"v{n:02}"] = n');
  await lab.start(
    `i, end = 0, time.time() + ${60 * minutes + 10}\nwhile time.time() < end:\n    i += 1\n    for n in range(100): globals()[f"v{n:02}"] = i + n\n    time.sleep(0.02)`
  );
  await expect(lab.value('i')).toBeVisible();
  const session = await page.context().newCDPSession(page);
  const used_MB = async () => {
    for (let round = 0; round < 3; round++) {
      await session.send('HeapProfiler.collectGarbage');
    }
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes } = await session.send('Memory.getDOMCounters');
    return { heap: usedSize / 1e6, nodes };
  };
  const found = [];
  let waited = 0;
  for (const share of [0.1, 0.5, 1]) {
    await page.waitForTimeout((share - waited) * 60_000 * minutes);
    waited = share;
    found.push(await used_MB());
    const after = `after ${(share * minutes).toFixed(2).replace(/\.?0+$/, '')} min`;
    tell(
      'heap of the page, 20 updates/s of 100 variables',
      after,
      'MB',
      found.at(-1).heap
    );
  }
  const [first, , last] = found;
  tell(
    'heap of the page, 20 updates/s of 100 variables',
    'growth',
    'MB',
    last.heap - first.heap,
    5
  );
  expect(last.heap - first.heap).toBeLessThan(5);
  expect(last.nodes - first.nodes).toBeLessThan(1000);
  await lab.command('notebook:interrupt-kernel');
  await lab.idle();
});
