// Starting processes: many at once, and those that cannot start.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProcess } from '../dist/index.js';
import { until } from './support.mjs';

test('ten processes live side by side, each with its own variables', async () => {
  const processes = await Promise.all(Array.from({ length: 10 }, () => createProcess()));
  const watches = await Promise.all(processes.map(process => process.watch()));
  await Promise.all(
    processes.map((process, n) => process.run(`mine = ${n}\nonly_${n} = True`))
  );
  for (const [n, watch] of watches.entries()) {
    await until(watch, w => w.get('mine')?.preview === String(n));
    assert.deepEqual([...watch.variables.keys()].sort(), ['mine', `only_${n}`]);
  }
  processes[0].end();
  assert.equal((await processes[9].run('mine')).result, '9');
  processes.forEach(process => process.end());
});

const WRONG = {
  'an option that there is not': [
    { pyodideUrl: 'x' },
    /no option pyodideUrl; it has pyodideURL/
  ],
  'a package of a wrong type': [{ packages: 'numpy' }, /packages has to be a list/],
  'a Pyodide that is not there': [{ pyodideURL: './no-such/pyodide.mjs' }, /no-such/],
  'files of Pyodide that are not there': [
    { indexURL: '/no-such-folder' },
    /no-such-folder/
  ],
  'a worker that is not there': [{ workerURL: './no-such-worker.js' }, /no-such-worker/],
  'an archive that is not there': [{ archive: './no-such.zip' }, /no-such\.zip/],
  'a package that nobody has': [{ packages: ['no-such-package'] }, /no-such-package/]
};

for (const [name, [options, message]] of Object.entries(WRONG)) {
  test(`${name} is told by its name`, { timeout: 60_000 }, async () => {
    await assert.rejects(createProcess(options), message);
  });
}

test('a worker that fails while it starts ends the process', async () => {
  const workerURL = `data:text/javascript,${encodeURIComponent('throw new Error("no way")')}`;
  await assert.rejects(createProcess({ workerURL }), /no way/);
});

test('code that is none is refused', async () => {
  const process = await createProcess();
  await assert.rejects(process.run(undefined), /Code is a text, not undefined/);
  assert.deepEqual(process.history, []);
  process.end();
});
