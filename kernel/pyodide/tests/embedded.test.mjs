// The globals of a Pyodide that the program itself has.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPyodide } from 'pyodide';
import { watch as watchPyodide } from '../dist/index.js';

test('what runPython stores is told, is read and is set', async () => {
  const pyodide = await loadPyodide();
  pyodide.runPython('before = 1');
  const watch = await watchPyodide(pyodide);
  assert.deepEqual([...watch.variables.keys()], ['before']);
  const told = [];
  watch.on('changed', variables => told.push(...variables.map(v => [v.name, v.preview])));
  const removed = new Promise(resolve => watch.on('removed', resolve));

  // Nothing of this page runs meanwhile, but Python tells in the middle of its loop.
  pyodide.runPython('import time\nn, ends = 0, time.monotonic() + 2\nwhile time.monotonic() < ends:\n    n += 1');
  const seen = new Set(told.filter(([name]) => name === 'n').map(([, preview]) => preview));
  assert.ok(seen.size >= 8, `${seen.size} values`);

  await watch.set('before', { a: [1, 2] });
  assert.equal(pyodide.runPython('before["a"][1]'), 2);
  await pyodide.runPythonAsync('import asyncio\nfor k in range(20):\n    await asyncio.sleep(0.05)\ndel before');
  assert.deepEqual(await removed, ['before']);
  assert.ok(told.filter(([name]) => name === 'k').length >= 15);

  const again = await watchPyodide(pyodide);
  assert.equal(again.get('k').preview, '19');
  again.close();
  watch.close();
  pyodide.runPython('after = 1');
  assert.equal(watch.get('after'), undefined);
});
