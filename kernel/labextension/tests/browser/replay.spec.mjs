// A record that is played to the panel: `jupyter livens replay --lab` is a kernel of the server.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './lab.mjs';
import { bin, homeOf } from './servers.mjs';

const SOURCES = [
  'import time\nfor step in range(60):\n    time.sleep(0.05)\n    loss = 1 / (step + 1)',
  'words = ["a", "b"]\ndel step'
];

/** Write a notebook, run it, and leave a record. */
function recorded() {
  const folder = mkdtempSync(join(tmpdir(), 'livens-replay-'));
  const cells = SOURCES.map(source => ({
    cell_type: 'code',
    execution_count: null,
    metadata: {},
    outputs: [],
    source
  }));
  const notebook = { cells, metadata: {}, nbformat: 4, nbformat_minor: 4 };
  writeFileSync(join(folder, 'a.ipynb'), JSON.stringify(notebook));
  const record = join(folder, 'a.livens.jsonl');
  execFileSync(join(bin, 'jupyter-livens'), [
    'run',
    join(folder, 'a.ipynb'),
    '--record',
    record
  ]);
  return record;
}

/** The kernels of the server. */
async function kernels(page) {
  const answer = await page.request.get('/api/kernels');
  return (await answer.json()).map(kernel => kernel.id);
}

test('a replay is the kernel of a notebook, and the panel shows the run', async ({
  lab,
  page
}) => {
  const before = await kernels(page);
  const replay = spawn(join(bin, 'jupyter-livens'), ['replay', recorded(), '--lab'], {
    env: { ...process.env, JUPYTER_RUNTIME_DIR: join(homeOf(), 'runtime') },
    stdio: 'ignore'
  });
  try {
    const isNew = id => !before.includes(id);
    await expect.poll(async () => (await kernels(page)).some(isNew)).toBe(true);
    const kernelId = (await kernels(page)).find(isNew);
    await page.evaluate(async kernelId => {
      const { commands } = window.jupyterapp;
      const panel = await commands.execute('notebook:create-new', { kernelId });
      await panel.sessionContext.ready;
    }, kernelId);
    await expect(lab.phase).toHaveAttribute('data-phase', 'live');
    await expect(lab.value('step')).toHaveText(/^\d+$/);
    await expect(lab.row('words')).toBeVisible();
    await expect(lab.value('loss')).toHaveText(/^0\.01666/);
    await expect(lab.row('step')).toHaveCount(0);
  } finally {
    replay.kill('SIGINT');
  }
  await expect.poll(async () => (await kernels(page)).length).toBe(before.length);
});
