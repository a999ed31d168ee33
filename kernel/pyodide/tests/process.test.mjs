// Processes under Node: real workers, a real Pyodide, and the archive that is published.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createProcess } from '../dist/index.js';
import { previewsOf, until } from './support.mjs';

let process;

before(async () => {
  process = await createProcess();
});

after(() => process.end());

test('code runs in one namespace, with its output and its errors', async () => {
  const printed = [];
  const off = process.onOutput(({ stream, text }) => printed.push([stream, text]));
  const made = await process.run(
    'import sys\nprint("é 😀")\nprint("no", file=sys.stderr)\nx = 20'
  );
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

test('output comes in order, before the outcome of its run', async () => {
  const told = [];
  const off = process.onOutput(({ text }) => told.push(text));
  const code = `
import sys
for n in range(500):
    print(n)
    sys.stderr.write(f"e{n}\\n")
    print("part", end="", flush=True)
    print("", flush=True)`;
  const runs = [process.run(code), process.run('print("second")'), process.run('1/0')];
  runs.forEach((run, n) => void run.then(() => told.push(`<${n}>`)));
  await Promise.all(runs);
  off();
  await process.run('print("not told")');
  const expected = Array.from({ length: 500 }, (_, n) => `${n}\ne${n}\npart\n`).join('');
  assert.equal(told.join(''), `${expected}<0>second\n<1><2>`);
});

const LOOPS = {
  waits:
    'import asyncio\nwaits = 0\nwhile True:\n    waits += 1\n    await asyncio.sleep(0.01)',
  computes: 'computes = 0\nwhile True: computes += 1',
  inside: 'def f():\n    global inside\n    inside = 0\n    while True: inside += 1\nf()',
  sleeps: 'import time\nsleeps = 0\nwhile True:\n    sleeps += 1\n    time.sleep(0.05)',
  slow: 'slow = 0\nwhile True:\n    slow += 1\n    sum(range(1_500_000))'
};

for (const [name, code] of Object.entries(LOOPS)) {
  test(`a loop that ${name} is seen while it runs`, { timeout: 60_000 }, async () => {
    const watch = await process.watch();
    const { seen } = previewsOf(watch, name);
    const running = process.run(code);
    await until(watch, () => new Set(seen).size >= 8);
    process.interrupt();
    assert.equal((await running).ename, 'KeyboardInterrupt');
    watch.close();
  });
}

test('what is in place or global is told, with the run and the line', async () => {
  const watch = await process.watch();
  await process.run('items = []');
  const { execution_count } = await process.run(
    'def g():\n    global glo\n    glo = 7\ng()\nitems.append(3)'
  );
  await until(
    watch,
    w => w.get('items')?.preview === '[3]' && w.get('glo')?.preview === '7'
  );
  assert.equal(watch.get('items').changed_by.execution_count, execution_count);
  await watch.set('items', [1, { a: null }]);
  assert.equal((await process.run('items')).result, "[1, {'a': None}]");
  await watch.delete('items');
  assert.equal((await process.run('items')).ename, 'NameError');
  watch.close();
});

test('what is set while code runs is there when it has ended', async () => {
  const watch = await process.watch();
  const running = process.run(
    'import asyncio\nqueued = 0\nawait asyncio.sleep(0.3)\nqueued'
  );
  await until(watch, w => w.get('queued')?.preview === '0');
  const set = watch.set('queued', 5);
  assert.equal((await running).result, '0');
  await set;
  assert.equal((await process.run('queued')).result, '5');
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

test('a rule stops a loop at its own store, a function, and code that awaits', async () => {
  const watch = await process.watch();
  const told = [];
  watch.on('event', event => told.push(event));
  await watch.request('rule.add', { condition: 'ruled > 5', action: 'stop' });
  const loop = await process.run('for ruled in range(1_000_000): pass');
  assert.match(loop.evalue, /ruled > 5: ruled = 6/);
  const codes = [
    'def f():\n    global ruled\n    while True: ruled += 1\nruled = 0\nf()',
    'import asyncio\nruled = 0\nasync def g():\n    global ruled\n    ruled = 9\n    await asyncio.sleep(60)\nawait g()'
  ];
  for (const code of codes) {
    const inside = await process.run(code);
    assert.equal(inside.ename, 'KeyboardInterrupt');
    assert.match(inside.evalue, /ruled > 5/);
  }
  assert.ok(told.length > 0);
  watch.close();
});

test('two watches are told apart, and each run is told to both', async () => {
  const all = await process.watch();
  const some = await process.watch({ kinds: ['text'] });
  const ran = [];
  all.on('ran', outcome => ran.push(['all', outcome.status]));
  some.on('ran', outcome => ran.push(['some', outcome.status]));
  await process.run('number, word = 41, "one"');
  await until(all, w => w.get('number')?.preview === '41' && w.get('word'));
  await until(some, w => w.get('word')?.preview === "'one'");
  assert.equal(some.get('number'), undefined);
  assert.deepEqual(ran, [
    ['all', 'ok'],
    ['some', 'ok']
  ]);
  some.close();
  await process.run('number = 42; word = "two"');
  await until(all, w => w.get('number').preview === '42');
  assert.equal(some.get('word').preview, "'one'");
  await assert.rejects(some.request('refresh', {}), /closed/);
  all.close();
});

test('fifty thousand stores and ten thousand variables: the last values are right', async () => {
  const watch = await process.watch();
  await process.run('for n in range(50_000):\n    globals()[f"v{n % 10_000}"] = n');
  await until(watch, w => w.get('n')?.preview === '49999' && w.get('v9999'));
  await until(watch, w => w.get('v9999').preview === '49999');
  for (let n = 0; n < 10_000; n++) {
    assert.equal(watch.get(`v${n}`).preview, String(40_000 + n));
  }
  await process.run('for n in range(10_000): del globals()[f"v{n}"]');
  await until(watch, w => w.get('v9999') === undefined && w.get('v0') === undefined);
  watch.close();
});

test('what watches leave behind in the process does not grow', async () => {
  const rounds = async () => {
    for (let n = 0; n < 10; n++) {
      const watch = await process.watch();
      await process.run(`left = ${n}`);
      watch.close();
    }
    const { result } = await process.run(
      'import gc; gc.collect(); len(gc.get_objects())'
    );
    return Number(result);
  };
  await rounds();
  const before = await rounds();
  const grown = (await rounds()) - before;
  assert.ok(grown < 150, `${grown} objects more after ten watches and runs`);
});
