// Records of real runs, for the tests.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin } from './servers.mjs';

/** Run a notebook with one cell, and leave a record of it. */
export function record(source, path) {
  const folder = mkdtempSync(join(tmpdir(), 'livens-record-'));
  const cell = {
    cell_type: 'code',
    execution_count: null,
    metadata: {},
    outputs: [],
    source
  };
  const notebook = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 4 };
  writeFileSync(join(folder, 'a.ipynb'), JSON.stringify(notebook));
  execFileSync(join(bin, 'jupyter-livens'), [
    'run',
    join(folder, 'a.ipynb'),
    '--record',
    path
  ]);
}
