// What is published, and what belongs to Pyodide's own distribution.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { unpackLivens } from './support.mjs';

const here = fileURLToPath(new URL('..', import.meta.url));
mkdirSync(join(here, 'build'), { recursive: true });
const folder = mkdtempSync(join(here, 'build', 'packed-'));
const module = join(folder, 'node_modules', 'livens-pyodide');

after(() => rmSync(folder, { recursive: true }));

function run(command, args, options = {}) {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', ...options });
}

test('the package holds what its exports name, and nothing of the sources', () => {
  const [{ filename, files }] = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: here })
  );
  mkdirSync(module, { recursive: true });
  run('tar', ['-xzf', filename, '-C', module, '--strip-components=1']);
  const names = files.map(({ path }) => path);
  const { exports } = JSON.parse(readFileSync(join(module, 'package.json'), 'utf8'));
  const targets = Object.values(exports).flatMap(target =>
    typeof target === 'string' ? [target] : Object.values(target)
  );
  for (const target of targets) {
    assert.ok(names.includes(target.replace('./', '')), target);
  }
  const others = names.filter(name => !name.startsWith('dist/'));
  assert.deepEqual(others.sort(), ['LICENSE', 'README.md', 'package.json']);
  assert.ok(names.every(name => !/node_modules|\.test\.|\.tsx?$(?<!\.d\.ts)/.test(name)));
});

test('the package starts a process from where it is installed', async () => {
  const { createProcess } = await import(pathToFileURL(join(module, 'dist/index.js')));
  const started = await createProcess();
  assert.equal((await started.run('20 + 1')).result, '21');
  started.end();
});

const PROGRAM = `
import { createProcess, type Variable, VariableError, watch } from 'livens-pyodide';
import { showVariables } from 'livens-pyodide/view';
import { loadPyodide } from 'pyodide';
async function main(element: HTMLElement): Promise<string> {
  const mine = await watch(await loadPyodide());
  mine.on('changed', (variables: Variable[]) => console.log(variables[0]?.preview));
  const process = await createProcess({ packages: ['numpy'] });
  const off: () => void = showVariables(await process.watch(), element);
  off();
  const error: unknown = null;
  return error instanceof VariableError ? error.remedy : (await process.run('1')).result ?? '';
}
void main;
`;

test('programs in TypeScript are checked against its types', () => {
  writeFileSync(join(folder, 'right.ts'), PROGRAM);
  writeFileSync(join(folder, 'wrong.ts'), PROGRAM.replace("'changed'", "'change'"));
  const tsc = join(here, 'node_modules', 'typescript', 'bin', 'tsc');
  const options =
    '--noEmit --strict --module esnext --moduleResolution bundler ' +
    '--target es2022 --lib es2022,dom --types node right.ts wrong.ts';
  assert.throws(
    () => run(process.execPath, [tsc, ...options.split(' ')]),
    ({ stdout }) => {
      // Pyodide's own types want those of Emscripten, which it does not bring.
      const errors = stdout.split('\n').filter(line => /error TS/.test(line));
      const others = errors.filter(line => !/pyodide\.d\.ts.*'FS'/.test(line));
      assert.match(others.join('\n'), /^wrong\.ts\(7,.*"change"[^\n]*$/);
      return true;
    }
  );
});

test('the adapters of numpy and pandas load in Pyodide, and describe stand-ins', async () => {
  const { loadPyodide } = await import('pyodide');
  const pyodide = await loadPyodide();
  unpackLivens(pyodide);
  const described = pyodide.runPython(
    readFileSync(join(here, 'tests/stand_ins.py'), 'utf8')
  );
  assert.deepEqual(JSON.parse(described), {
    ndarray: ['array', 'ndarray', [2, 3], 'float64', '[0.5, 1, 1.5, 2, 2.5, 3]'],
    DataFrame: [
      'table',
      'DataFrame',
      [2, 2],
      null,
      '2 rows × 2 columns: a float64, b float64'
    ],
    Series: ['table', 'Series', [2], 'float64', 's: [1, 2]']
  });
});
