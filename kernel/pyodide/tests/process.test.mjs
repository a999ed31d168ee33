// Processes under Node: real workers, a real Pyodide, and the archive that is published.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createProcess } from '../dist/index.js';

/** Resolves when a condition holds for what a watch tells. */
function until(watch, holds) {
  return new Promise(resolve => {
    const look = () => holds(watch) && (off(), resolve());
    const off = watch.on('changed', look);
    look();
  });
}

let process;

before(async () => {
  process = await createProcess();
});

after(() => process.end());

test('code runs in one namespace, with its output and its errors', async () => {
  const printed = [];
  const off = process.onOutput(({ stream, text }) => printed.push([stream, text]));
  const made = await process.run('import sys\nprint("é 😀")\nprint("no", file=sys.stderr)\nx = 20');
  assert.deepEqual(made, { status: 'ok', execution_count: made.execution_count });
  assert.equal((await process.run('x + 1')).result, '21');
  assert.deepEqual(printed, [
    ['stdout', 'é 😀\n'],
    ['stderr', 'no\n']
  ]);
  const failed = await process.run('def f():\n    return 1 / 0\nf()');
  assert.equal(failed.status, 'error');
  assert.equal(failed.ename, 'ZeroDivisionError');
  assert.match(failed.traceback, /line 2, in f\n {4}return 1 \/ 0/);
  assert.doesNotMatch(failed.traceback, /livens/);
  assert.match((await process.run('input()')).ename, /OSError|EOFError/);
  assert.deepEqual(process.history.slice(0, 2).at(-1), 'x + 1');
  off();
});

test('a loop that awaits, one that computes, and one in a function are seen while they run', async () => {
  const watch = await process.watch();
  const codes = {
    waits: 'import asyncio\nfor waits in range(40):\n    await asyncio.sleep(0.05)',
    computes: 'import time\ncomputes, ends = 0, time.monotonic() + 2\nwhile time.monotonic() < ends:\n    computes += 1',
    inside: 'def f():\n    global inside\n    inside, ends = 0, time.monotonic() + 2\n    while time.monotonic() < ends:\n        inside += 1\nf()'
  };
  for (const [name, code] of Object.entries(codes)) {
    const seen = new Set();
    const off = watch.on('changed', variables =>
      variables.filter(v => v.name === name).forEach(v => seen.add(v.preview))
    );
    assert.equal((await process.run(code)).status, 'ok');
    off();
    const least = name === 'waits' ? 30 : 8;
    assert.ok(seen.size >= least, `${name}: ${seen.size} values`);
  }
  watch.close();
});

test('what is in place or global is told, with the run and the line', async () => {
  const watch = await process.watch();
  await process.run('items = []');
  const { execution_count } = await process.run('def g():\n    global glo\n    glo = 7\ng()\nitems.append(3)');
  await until(watch, w => w.get('items')?.preview === '[3]' && w.get('glo')?.preview === '7');
  assert.equal(watch.get('items').changed_by.execution_count, execution_count);
  await watch.set('items', [1, { a: null }]);
  assert.equal((await process.run('items')).result, "[1, {'a': None}]");
  await watch.delete('items');
  assert.equal((await process.run('items')).ename, 'NameError');
  watch.close();
});

test('requests of the protocol are answered; what needs threads is refused with the reason', async () => {
  const watch = await process.watch();
  await process.run("rows = [{'a': 2, 'b': 'x'}, {'a': 1, 'b': 'y'}]");
  const table = await watch.request('table', {
    path: [['name', 'rows']],
    sort: [{ column: 0, descending: false }]
  });
  assert.deepEqual(table.rows, [
    [1, 'y'],
    [2, 'x']
  ]);
  const path = [['name', 'rows']];
  assert.equal((await watch.request('inspect', { path })).total, 2);
  await assert.rejects(watch.request('value', { path }), error => {
    assert.match(error.message, /time limit/);
    assert.match(error.remedy, /inspect/);
    return true;
  });
  watch.close();
});

test('an endless loop is interrupted, and the process goes on', async () => {
  const watch = await process.watch();
  const running = process.run('stuck = 0\nwhile True: stuck += 1');
  await until(watch, w => Number(w.get('stuck')?.preview) > 1000);
  assert.ok(process.canInterrupt && process.isBusy);
  assert.equal(process.interrupt(), true);
  const outcome = await running;
  assert.equal(outcome.ename, 'KeyboardInterrupt');
  assert.doesNotMatch(outcome.traceback, /livens/);
  assert.equal((await process.run('stuck > 1000')).result, 'True');
  assert.equal(process.interrupt(), false);
  watch.close();
});

test('a rule stops a loop at its own store, and a function by an interrupt', async () => {
  const watch = await process.watch();
  const told = [];
  watch.on('event', event => told.push(event));
  await watch.request('rule.add', { condition: 'ruled > 5', action: 'stop' });
  const loop = await process.run('for ruled in range(1_000_000): pass');
  assert.match(loop.evalue, /ruled > 5: ruled = 6/);
  const inside = await process.run(
    'def f():\n    global ruled\n    while True: ruled += 1\nruled = 0\nf()'
  );
  assert.equal(inside.ename, 'KeyboardInterrupt');
  assert.match(inside.evalue, /ruled > 5/);
  assert.ok(told.length > 0);
  watch.close();
});

test('a process that is ended in the middle of a loop rejects what it ran', async () => {
  const other = await createProcess();
  const running = other.run('while True: pass');
  other.end();
  await assert.rejects(running, /has ended/);
  await assert.rejects(other.run('1'), /has ended/);
  assert.equal((await process.run('"alive"')).result, "'alive'");
});

test('fifty thousand stores: the last values are right', async () => {
  const watch = await process.watch();
  await process.run('for n in range(50_000):\n    globals()[f"v{n % 1000}"] = n');
  await until(watch, w => w.get('v999')?.preview === '49999');
  for (let n = 0; n < 1000; n++) {
    assert.equal(watch.get(`v${n}`).preview, String(49_000 + n));
  }
  watch.close();
});
