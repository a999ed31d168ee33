// A real `jupyter livens serve`, real sessions, Debian's Chromium. The server keeps everything that it
// writes below one temporary folder.

import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { launchOptions } from '../chromium.mjs';
import { address, bin, here, home, port, token } from './server.mjs';

export default defineConfig({
  testDir: here,
  outputDir: join(home, 'results'),
  workers: 2,
  fullyParallel: true,
  // However slow the machine is: these end what would never end.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  retries: process.env.CI ? 1 : 0,
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 800 },
    trace: 'off',
    video: 'off',
    launchOptions: launchOptions()
  },
  webServer: {
    command: `${join(bin, 'jupyter')} livens serve --port ${port} --token ${token} --no-browser --allow-root`,
    url: `${address}/health`,
    cwd: home,
    env: {
      ...process.env,
      IPYTHONDIR: join(home, 'ipython'),
      JUPYTER_CONFIG_DIR: join(home, 'config'),
      JUPYTER_DATA_DIR: join(home, 'data'),
      JUPYTER_RUNTIME_DIR: join(home, 'runtime')
    },
    reuseExistingServer: false,
    timeout: 120_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 }
  }
});
