// How runs and processes end before their time.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createProcess } from '../dist/index.js';
import { until } from './support.mjs';

let process;

before(async () => {
  process = await createProcess();
});

after(() => process.end());

for (const isWatched of [true, false]) {
  test(`an endless loop is interrupted, ${isWatched ? '' : 'not '}watched`, async () => {
    const watch = isWatched ? await process.watch() : undefined;
    const printed = new Promise(resolve => process.onOutput(resolve));
    const running = process.run('stuck = 0\nprint("begun")\nwhile True: stuck += 1');
    await printed;
    if (watch) {
      await until(watch, w => Number(w.get('stuck')?.preview) > 1000);
    }
    assert.ok(process.canInterrupt && process.isBusy);
    assert.equal(process.interrupt(), true);
    const outcome = await running;
    assert.equal(outcome.ename, 'KeyboardInterrupt');
    assert.doesNotMatch(outcome.traceback, /livens/);
    assert.match((await process.run('"alive"')).result, /alive/);
    assert.equal(process.interrupt(), false);
    watch?.close();
  });
}

const WAITS = {
  'what awaits': 'await asyncio.sleep(600)',
  'what sleeps': 'import time\ntime.sleep(600)',
  'what waits for a task':
    'async def waits():\n    await asyncio.sleep(600)\nawait asyncio.gather(waits())'
};

for (const [name, code] of Object.entries(WAITS)) {
  test(`${name} is interrupted, and the next run is not`, async () => {
    const begun = new Promise(resolve => process.onOutput(resolve));
    const running = process.run(`import asyncio\nprint("begun", flush=True)\n${code}`);
    const next = process.run('await asyncio.sleep(0.1)\n"next"');
    await begun;
    assert.equal(process.interrupt(), true);
    assert.equal((await running).ename, 'KeyboardInterrupt');
    assert.equal((await next).result, "'next'");
  });
}

test('a task in the background that computes is interrupted', async () => {
  const begun = new Promise(resolve => process.onOutput(resolve));
  const running = process.run(
    'async def busy():\n    print("begun")\n    while True: pass\nawait asyncio.gather(busy())'
  );
  await begun;
  process.interrupt();
  assert.equal((await running).ename, 'KeyboardInterrupt');
  assert.equal((await process.run('"alive"')).result, "'alive'");
});

test('each interrupt is met once, and by its own run', async () => {
  for (let round = 0; round < 50; round++) {
    const begun = new Promise(resolve => process.onOutput(resolve));
    const running = process.run(
      'met = 0\ntry:\n    print("begun")\n    while True: pass\nexcept KeyboardInterrupt:\n    met += 1\n' +
        'for n in range(100_000): pass\nmet'
    );
    const next = process.run('for n in range(1000): pass\n"next"');
    await begun;
    process.interrupt();
    assert.equal((await running).result, '1');
    assert.equal((await next).result, "'next'");
  }
});

test('code may raise the signal itself', async () => {
  for (let round = 0; round < 3; round++) {
    const running = process.run('import signal\nsignal.raise_signal(signal.SIGINT)\n1');
    assert.equal((await running).ename, 'KeyboardInterrupt');
  }
});

test('code that cancels its own task has an outcome', async () => {
  const code = 'asyncio.current_task().cancel()\nawait asyncio.sleep(0)';
  assert.equal((await process.run(`import asyncio\n${code}`)).ename, 'CancelledError');
  assert.equal((await process.run('"alive"')).result, "'alive'");
});

test('code that is seen asleep is interrupted', async () => {
  const watch = await process.watch();
  const running = process.run('import time\nmark = 1\nmark = 2\ntime.sleep(600)');
  // The first store is told at once; the second one by a look in the middle of the sleep.
  await until(watch, w => w.get('mark')?.preview === '2');
  process.interrupt();
  const { ename, traceback } = await running;
  assert.equal(ename, 'KeyboardInterrupt');
  assert.doesNotMatch(traceback, /livens/);
  for (const [given, said] of [
    ['-1', 'ValueError'],
    ['float("nan")', 'ValueError'],
    ['"1"', 'TypeError']
  ]) {
    assert.equal((await process.run(`time.sleep(${given})`)).ename, said);
  }
  watch.close();
});

test('code may catch its interrupt', async () => {
  const begun = new Promise(resolve => process.onOutput(resolve));
  const running = process.run(
    'try:\n    print("begun")\n    while True: pass\nexcept KeyboardInterrupt:\n    caught = True\ncaught'
  );
  await begun;
  process.interrupt();
  assert.equal((await running).result, 'True');
});

test('a process that is ended in the middle of a loop rejects what it ran', async () => {
  const other = await createProcess();
  const watch = await other.watch();
  const closed = new Promise(resolve => watch.on('closed', resolve));
  const running = other.run('while True: pass');
  const asked = watch.request('refresh', {});
  other.end();
  await assert.rejects(running, /has ended/);
  await assert.rejects(asked, /closed/);
  await closed;
  assert.ok(other.isEnded && watch.isClosed && !other.isBusy);
  await assert.rejects(other.run('1'), /has ended/);
  await assert.rejects(other.watch(), /has ended/);
  assert.equal(other.interrupt(), false);
  other.end();
  assert.equal((await process.run('"alive"')).result, "'alive'");
});

test('a process that dies says why, and ends its runs and watches', async () => {
  const other = await createProcess();
  const watch = await other.watch();
  const closed = new Promise(resolve => watch.on('closed', resolve));
  const running = other.run('import js\njs.eval("process.exit(3)")');
  const waiting = other.run('1');
  await assert.rejects(running, /ended with code 3/);
  await assert.rejects(waiting, /ended with code 3/);
  await closed;
  await assert.rejects(other.run('1'), /ended with code 3/);
});
