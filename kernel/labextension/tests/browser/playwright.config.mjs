// Real JupyterLab, real livens kernels, Debian's Chromium. Each worker has a server of its own, so that
// its tests share sessions and settings with nobody. The servers keep everything that they write below
// one temporary folder, so that a run neither sees nor touches anybody's own Jupyter.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { launchOptions } from '../chromium.mjs';
import { addressOf, bin, here, home, homeOf, portOf } from './servers.mjs';

// What is measured is measured alone.
const workers = process.env.LIVENS_FIGURES ? 1 : 2;

/** Where a server keeps its files: nothing of it in the user's own folders. */
function environmentOf(worker) {
  const own = homeOf(worker);
  mkdirSync(own, { recursive: true });
  return {
    ...process.env,
    IPYTHONDIR: join(own, 'ipython'),
    JUPYTERLAB_SETTINGS_DIR: join(own, 'settings'),
    JUPYTERLAB_WORKSPACES_DIR: join(own, 'workspaces'),
    JUPYTER_CONFIG_DIR: join(own, 'config'),
    JUPYTER_DATA_DIR: join(own, 'data'),
    JUPYTER_RUNTIME_DIR: join(own, 'runtime')
  };
}

const options = [
  '--no-browser',
  '--allow-root',
  '--ServerApp.ip=127.0.0.1',
  '--ServerApp.port_retries=0',
  '--IdentityProvider.token=',
  '--ServerApp.disable_check_xsrf=True',
  '--ServerApp.allow_external_kernels=True',
  '--LabApp.expose_app_in_browser=True',
  '--JupyterNotebookApp.expose_app_in_browser=True',
  '--LabApp.news_url=',
  '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
  // A kernel that died is noticed after this time, 3 s by default.
  '--AsyncIOLoopKernelRestarter.time_to_dead=0.5'
];

function serverOf(worker) {
  const own = `--ServerApp.port=${portOf(worker)} --ServerApp.root_dir=${homeOf(worker)}`;
  return {
    command: `${join(bin, 'jupyter')} lab ${own} ${options.join(' ')}`,
    url: `${addressOf(worker)}/api`,
    env: environmentOf(worker),
    reuseExistingServer: false,
    timeout: 120_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 }
  };
}

export default defineConfig({
  testDir: here,
  outputDir: join(home, 'results'),
  workers,
  fullyParallel: true,
  // However slow the machine is: these end what would never end.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  // As in JupyterLab's own CI: a page that JupyterLab or Chromium fails once is loaded once more.
  // What passes only then is listed as flaky.
  retries: process.env.CI ? 1 : 0,
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 800 },
    trace: 'off',
    video: 'off',
    launchOptions: launchOptions()
  },
  webServer: Array.from({ length: workers }, (_, worker) => serverOf(worker))
});
