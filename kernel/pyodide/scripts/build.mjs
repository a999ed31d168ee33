// Build dist/: the module, the worker, and the archive of what Python needs. Where msgspec is
// unpacked is said by MSGSPEC (`make pyodide` gets it from PyPI: it has a wheel for Pyodide).

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: { index: here('../src/index.ts'), worker: here('../src/worker.ts') },
  outdir: here('../dist'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  external: ['node:*'],
  nodePaths: [here('../node_modules')],
  legalComments: 'eof',
  logLevel: 'warning'
});

execFileSync(process.env.PYTHON ?? 'python3', [here('archive.py'), here('../dist/livens-python.zip'), process.env.MSGSPEC], { stdio: 'inherit' });
