// Where the servers of the tests are: each worker has one of its own. The main process decides, and
// tells its workers by the environment.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

process.env.LIVENS_PORT ??= '18871';
process.env.LIVENS_HOME ??= mkdtempSync(join(tmpdir(), 'livens-panel-'));

export const here = dirname(fileURLToPath(import.meta.url));

/** The folder with `jupyter` and `python`. */
export const bin = resolve(here, process.env.LIVENS_BIN ?? '../../../../.venv/bin');

/** The folder of all that a run writes. */
export const home = process.env.LIVENS_HOME;

/** The folder of a worker's server; without a number, of the one that asks. */
export function homeOf(worker = process.env.TEST_PARALLEL_INDEX) {
  return join(home, `server-${worker}`);
}

/** The address of a worker's server. */
export function addressOf(worker) {
  return `http://127.0.0.1:${portOf(worker)}`;
}

export function portOf(worker) {
  return Number(process.env.LIVENS_PORT) + worker;
}
