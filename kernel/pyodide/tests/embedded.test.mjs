// The globals of a Pyodide that the program itself has.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadPyodide } from 'pyodide';
import { watch as watchPyodide } from '../dist/index.js';
import { previewsOf, until } from './support.mjs';

let pyodide;

before(async () => {
  pyodide = await loadPyodide();
});

/** How many objects of livens' are left in Python. */
function left(names) {
  const count = pyodide.runPython(`
import gc
def left(names):
    gc.collect()
    return [type(o).__name__ for o in gc.get_objects() if type(o).__name__ in names.split()]
left`);
  const found = count(names);
  const list = found.toJs();
  found.destroy();
  count.destroy();
  pyodide.runPython('del left, gc');
  return list;
}

/** Runs code that computes until eight values of a name were told, however long that takes. */
function runUntilSeen(watch, name, code) {
  const { seen, off } = previewsOf(watch, name);
  pyodide.globals.set('enough', () => new Set(seen).size >= 8);
  pyodide.runPython(code);
  pyodide.globals.delete('enough');
  off();
}

const BUSY = 'n = 0\nwhile n % 1000 or not enough(): n += 1';

test(
  'what runPython stores is told, is read and is set',
  { timeout: 60_000 },
  async () => {
    pyodide.runPython('before = 1');
    const watch = await watchPyodide(pyodide);
    assert.deepEqual([...watch.variables.keys()], ['before']);
    // Nothing of this page runs meanwhile, but Python tells in the middle of its loop.
    runUntilSeen(watch, 'n', BUSY);
    await watch.set('before', { a: [1, 2] });
    assert.equal(pyodide.runPython('before["a"][1]'), 2);
    const removed = new Promise(resolve => watch.on('removed', resolve));
    const k = previewsOf(watch, 'k');
    pyodide.globals.set('seen', () => new Set(k.seen).size);
    await pyodide.runPythonAsync(
      'import asyncio\nk = 0\nwhile seen() < 15:\n    k += 1\n    await asyncio.sleep(0.01)\ndel before'
    );
    assert.ok((await removed).includes('before'));
    pyodide.globals.delete('seen');
    watch.close();
    pyodide.runPython('after = 1');
    assert.equal(watch.get('after'), undefined);
  }
);

test(
  'loops of functions, and loops with few rounds, are seen while they run',
  { timeout: 60_000 },
  async () => {
    const watch = await watchPyodide(pyodide);
    const codes = {
      inside: `
def f():
    global inside
    inside = 0
    while inside % 1000 or not enough(): inside += 1
f()`,
      slow: 'slow = 0\nwhile not enough(): slow += 1; sum(range(1_500_000))'
    };
    for (const [name, code] of Object.entries(codes)) {
      runUntilSeen(watch, name, code);
    }
    watch.close();
  }
);

test(
  "a program's own interrupt buffer is asked as before, and is in its place again",
  { timeout: 60_000 },
  async () => {
    const buffer = new Uint8Array(1);
    pyodide.setInterruptBuffer(buffer);
    const watch = await watchPyodide(pyodide);
    pyodide.globals.set('interrupt', () => (buffer[0] = 2));
    assert.throws(
      () =>
        pyodide.runPython(
          'm = 0\nwhile True:\n    m += 1\n    if m == 1000: interrupt()'
        ),
      /KeyboardInterrupt/
    );
    assert.ok(pyodide.runPython('m') < 2000);

    // So is one that is set later, or none at all.
    pyodide.setInterruptBuffer(undefined);
    runUntilSeen(watch, 'n', BUSY);
    const later = new Uint8Array(1);
    pyodide.setInterruptBuffer(later);
    runUntilSeen(watch, 'n', BUSY);
    watch.close();
    assert.equal(pyodide._module.Py_EmscriptenSignalBuffer, later);
    pyodide.setInterruptBuffer(undefined);
  }
);

test('two watches are told the same, and nothing is left after the last', async () => {
  const NAMES =
    'Embedding Connection Watcher Subscriber Endpoint LoopEvents LoopDriver Ticks';
  const one = await watchPyodide(pyodide);
  const two = await watchPyodide(pyodide, { subscription: { kinds: ['number'] } });
  pyodide.runPython('both = 7; text = "seven"');
  await until(one, w => w.get('both') && w.get('text'));
  await until(two, w => w.get('both'));
  assert.equal(two.get('text'), undefined);
  one.close();
  one.close();
  pyodide.runPython('both = 8');
  await until(two, w => w.get('both').preview === '8');
  assert.equal(one.get('both').preview, '7');
  await assert.rejects(one.set('both', 1), /closed/);
  assert.ok(left(NAMES).length > 0);
  two.close();
  assert.deepEqual(left(NAMES), []);
  const tools = pyodide.runPython(
    'import sys; str([sys.monitoring.get_tool(n) for n in range(6)])'
  );
  assert.equal(tools, '[None, None, None, None, None, None]');
  assert.equal(pyodide._module.Py_EmscriptenSignalBuffer ?? undefined, undefined);
});

/** Watches for a moment; returns references that hold nothing. */
async function watchForAMoment() {
  const watch = await watchPyodide(pyodide);
  const other = await watchPyodide(pyodide);
  pyodide.runPython('moment = 1');
  await watch.set('moment', 2);
  watch.close();
  other.close();
  return [new WeakRef(watch), new WeakRef(other)];
}

test('neither Python nor the module holds a watch that is closed', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const watches = [];
  for (let turn = 0; turn < 5; turn++) {
    watches.push(...(await watchForAMoment()));
  }
  pyodide.runPython('import gc; gc.collect()');
  // What a reference is asked for is held until the turn of the event loop has ended.
  for (let turn = 0; turn < 10; turn++) {
    await new Promise(resolve => setTimeout(resolve, 5));
    collect();
  }
  const held = watches.filter(ref => ref.deref() !== undefined);
  assert.equal(held.length, 0);
});

test('a listener that is taken away is told nothing more', async () => {
  const watch = await watchPyodide(pyodide);
  const { seen, off } = previewsOf(watch, 'heard');
  pyodide.runPython('heard = 1');
  await until(watch, w => w.get('heard')?.preview === '1');
  off();
  off();
  pyodide.runPython('heard = 2');
  await until(watch, w => w.get('heard')?.preview === '2');
  assert.deepEqual(seen, ['1']);
  await assert.rejects(watch.set('heard', undefined), /undefined/);
  await assert.rejects(watch.set('no name', 1), error => error.remedy !== undefined);
  watch.close();
});

test('an archive that is not there is told by its name', async () => {
  const other = await loadPyodide();
  await assert.rejects(watchPyodide(other, { archive: 'no-such.zip' }), /no-such\.zip/);
});
