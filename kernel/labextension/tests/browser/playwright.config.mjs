// Real JupyterLab, real livens kernels, Debian's Chromium. The servers keep everything that they
// write below one temporary folder, so that a run neither sees nor touches anybody's own Jupyter.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

const here = dirname(fileURLToPath(import.meta.url));
const bin = resolve(here, process.env.LIVENS_BIN ?? '../../../../.venv/bin');
const port = Number(process.env.LIVENS_PORT ?? 18871);

// Workers of the tests load this file again: they are told of the folder by the environment.
process.env.LIVENS_HOME ??= mkdtempSync(join(tmpdir(), 'livens-panel-'));
const home = process.env.LIVENS_HOME;

// Whether to fetch news is asked of every new user, in front of the panel.
const settings = join(home, 'settings/@jupyterlab/apputils-extension');
mkdirSync(settings, { recursive: true });
const choices = { fetchNews: 'false', checkForUpdates: false };
writeFileSync(
  join(settings, 'notification.jupyterlab-settings'),
  JSON.stringify(choices)
);

const environment = {
  ...process.env,
  IPYTHONDIR: join(home, 'ipython'),
  JUPYTERLAB_SETTINGS_DIR: join(home, 'settings'),
  JUPYTERLAB_WORKSPACES_DIR: join(home, 'workspaces'),
  JUPYTER_CONFIG_DIR: join(home, 'config'),
  JUPYTER_DATA_DIR: join(home, 'data'),
  JUPYTER_RUNTIME_DIR: join(home, 'runtime')
};

const options = [
  '--no-browser',
  '--allow-root',
  '--ServerApp.ip=127.0.0.1',
  `--ServerApp.root_dir=${home}`,
  '--ServerApp.port_retries=0',
  '--IdentityProvider.token=',
  '--ServerApp.disable_check_xsrf=True',
  '--ServerApp.allow_external_kernels=True',
  '--LabApp.expose_app_in_browser=True',
  '--JupyterNotebookApp.expose_app_in_browser=True',
  '--LabApp.news_url=',
  '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate'
];

export default defineConfig({
  testDir: here,
  outputDir: join(home, 'results'),
  workers: 1,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  // As in JupyterLab's own CI: a page that JupyterLab or Chromium fails once is loaded once more.
  // What passes only then is listed as flaky.
  retries: process.env.CI ? 1 : 0,
  reporter: [['list']],
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 1280, height: 800 },
    trace: 'off',
    video: 'off',
    launchOptions: {
      executablePath: process.env.LIVENS_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    }
  },
  webServer: {
    command: `${join(bin, 'jupyter')} lab --ServerApp.port=${port} ${options.join(' ')}`,
    url: `http://127.0.0.1:${port}/api`,
    env: environment,
    reuseExistingServer: false,
    timeout: 60_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 }
  }
});
