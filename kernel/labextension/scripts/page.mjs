// Build the page of `jupyter livens serve`: a module and a style sheet, put into the Python package,
// where livens.server.page reads them. What draws tables and plots is the widget's second module,
// which `widget.mjs` has built: the page loads it when somebody looks at one.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: { page: here('../src/page/index.tsx') },
  outdir: here('../../livens/static'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'eof',
  define: { 'process.env.NODE_ENV': '"production"' },
  alias: { '@jupyterlab/ui-components': here('../src/widget/icons.tsx') },
  // Style sheets that modules import are in page.css already.
  loader: { '.css': 'empty', '.svg': 'dataurl' },
  logLevel: 'warning'
});

await build({
  entryPoints: [here('../style/page.css')],
  outfile: here('../../livens/static/page.css'),
  bundle: true,
  minify: true,
  loader: { '.svg': 'dataurl' },
  logLevel: 'warning'
});

const program = await readFile(here('../../livens/static/page.js'));
if (program.includes('@jupyterlab/')) {
  throw new Error('page.js would need JupyterLab, which the page does not have');
}
