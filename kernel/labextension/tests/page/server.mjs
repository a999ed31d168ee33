// Where the server of the tests is; the main process decides, and tells its workers by the environment.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

process.env.LIVENS_PAGE_PORT ??= '18891';
process.env.LIVENS_PAGE_HOME ??= mkdtempSync(join(tmpdir(), 'livens-page-'));

export const here = dirname(fileURLToPath(import.meta.url));

/** The folder with `jupyter`. */
export const bin = resolve(here, process.env.LIVENS_BIN ?? '../../../../.venv/bin');

/** The folder of all that a run writes. */
export const home = process.env.LIVENS_PAGE_HOME;

export const port = Number(process.env.LIVENS_PAGE_PORT);
export const address = `http://127.0.0.1:${port}`;
export const token = 'a-token-of-the-tests';
