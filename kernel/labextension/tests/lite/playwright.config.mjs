// The panel in a JupyterLite site, which `make lite` builds, in Debian's Chromium. No other host can
// be reached: what asks for one fails.

import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { launchOptions, NO_OTHER_HOST } from '../chromium.mjs';
import { bin, here, home } from '../browser/servers.mjs';

const root = join(here, '../../../..');
const folder = process.env.LIVENS_LITE ?? join(root, '.lite');
const port = Number(process.env.LIVENS_LITE_PORT ?? 18861);
const address = `http://127.0.0.1:${port}`;

export default defineConfig({
  testDir: join(here, '../lite'),
  outputDir: join(home, 'results'),
  workers: 1,
  // However slow the machine is: these end what would never end.
  timeout: 400_000,
  expect: { timeout: 150_000 },
  forbidOnly: true,
  retries: process.env.CI ? 1 : 0,
  reporter: [['list']],
  use: {
    baseURL: address,
    viewport: { width: 1280, height: 800 },
    launchOptions: launchOptions(NO_OTHER_HOST)
  },
  webServer: {
    command: `${join(bin, 'python')} kernel/jupyterlite/serve.py ${join(folder, 'site')} ${port}`,
    cwd: root,
    url: `${address}/lab/index.html`,
    reuseExistingServer: false,
    timeout: 60_000
  }
});
