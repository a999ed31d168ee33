// Build dist/: the module, the worker, the views, and the archive of what Python needs. `make pyodide`
// calls it, and has put the wheel of msgspec for Pyodide into build/ before.

import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path => fileURLToPath(new URL(path, import.meta.url));
const panel = here('../../labextension');

// The panel's sources are ours too: what both import is to be there once.
const shared = folder =>
  Object.fromEntries(
    ['@lumino/disposable', '@lumino/signaling'].map(name => [
      name,
      `${folder}/node_modules/${name}`
    ])
  );

const options = {
  outdir: here('../dist'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'eof',
  logLevel: 'warning'
};

await build({
  ...options,
  entryPoints: { index: here('../src/index.ts'), worker: here('../src/worker.ts') },
  external: ['node:*'],
  alias: shared(here('..'))
});

await build({
  ...options,
  entryPoints: { view: here('../src/view.tsx') },
  splitting: true,
  chunkNames: 'view-[name]-[hash]',
  minify: true,
  define: { 'process.env.NODE_ENV': '"production"' },
  nodePaths: [`${panel}/node_modules`],
  alias: {
    ...shared(panel),
    '@jupyterlab/ui-components': `${panel}/src/widget/icons.tsx`
  },
  // Style sheets that modules import are in view.css already.
  loader: { '.css': 'empty' }
});

await build({
  entryPoints: { view: `${panel}/style/widget.css` },
  outdir: here('../dist'),
  bundle: true,
  minify: true,
  loader: { '.svg': 'dataurl' },
  logLevel: 'warning'
});

for (const name of readdirSync(here('../dist')).filter(name => name.endsWith('.js'))) {
  if (readFileSync(here(`../dist/${name}`), 'utf8').includes('from"@jupyterlab/')) {
    throw new Error(`${name} would need JupyterLab, which a page does not have`);
  }
}

// Of the views' types only those of the face: the rest is the panel's.
copyFileSync(
  here('../build/types/pyodide/src/view.d.ts'),
  here('../dist/types/pyodide/src/view.d.ts')
);

copyFileSync(here('../../../LICENSE'), here('../LICENSE'));

execFileSync(
  process.env.PYTHON ?? 'python3',
  [here('archive.py'), here('../dist/livens-python.zip'), here('../build/msgspec.whl')],
  { stdio: 'inherit' }
);
