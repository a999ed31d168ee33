// Build the widget: all that `src/widget` needs in two modules and one style sheet, put into the
// Python package, where livens.widget reads them. Of JupyterLab only icons are needed, and
// src/widget/icons.tsx stands in for those.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: {
    widget: here('../src/widget/index.tsx'),
    'widget-tabs': here('../src/widget/tabs.ts')
  },
  outdir: here('../../livens/static'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'eof',
  define: { 'process.env.NODE_ENV': '"production"' },
  alias: { '@jupyterlab/ui-components': here('../src/widget/icons.tsx') },
  // Style sheets that modules import are in widget.css already.
  loader: { '.css': 'empty' },
  logLevel: 'warning'
});

await build({
  entryPoints: [here('../style/widget.css')],
  outfile: here('../../livens/static/widget.css'),
  bundle: true,
  minify: true,
  loader: { '.svg': 'dataurl' },
  logLevel: 'warning'
});

for (const name of ['widget.js', 'widget-tabs.js']) {
  const program = await readFile(here(`../../livens/static/${name}`));
  if (program.includes('@jupyterlab/')) {
    throw new Error(`${name} would need JupyterLab, which other hosts do not have`);
  }
}
