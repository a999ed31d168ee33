// The page as files: `node site.mjs FOLDER` writes all that it needs into a folder, for any server of
// static files.

import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path => fileURLToPath(new URL(path, import.meta.url));
const module = here('../../kernel/pyodide');

/** Where the files of each folder of the site are. */
export const FOLDERS = {
  'livens-pyodide': join(module, 'dist'),
  pyodide: join(module, 'node_modules', 'pyodide'),
  '': here('.')
};

const PAGE = ['index.html', 'page.js', 'page.css', 'entries.js'];

/** Write the site. */
export async function writeSite(folder) {
  await mkdir(folder, { recursive: true });
  for (const name of PAGE) {
    await cp(join(FOLDERS[''], name), join(folder, name));
  }
  for (const name of ['livens-pyodide', 'pyodide']) {
    await cp(FOLDERS[name], join(folder, name), {
      recursive: true,
      filter: path => !/\.map$/.test(path) && basename(path) !== 'types'
    });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (!folder) {
    console.error('Say where to: node site.mjs FOLDER');
    process.exit(2);
  }
  await writeSite(folder);
  console.log(`The page is in ${folder}: python3 -m http.server --directory ${folder}`);
}
