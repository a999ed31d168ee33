// The page of examples/pyodide in Debian's Chromium: with its own server, and from static files.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';
import { launchOptions, NO_OTHER_HOST } from '../chromium.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const example = resolve(here, '../../../../examples/pyodide');

// The main process decides, and tells its workers by the environment.
process.env.LIVENS_PYODIDE_HOME ??= mkdtempSync(join(tmpdir(), 'livens-pyodide-'));
process.env.LIVENS_PYODIDE_PORT ??= '18901';
process.env.LIVENS_STATIC_PORT ??= '18902';
const home = process.env.LIVENS_PYODIDE_HOME;
const site = join(home, 'site');
const [port, staticPort] = [
  process.env.LIVENS_PYODIDE_PORT,
  process.env.LIVENS_STATIC_PORT
];

export default defineConfig({
  testDir: here,
  outputDir: join(home, 'results'),
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 60_000 },
  forbidOnly: true,
  retries: process.env.CI ? 1 : 0,
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 800 },
    launchOptions: launchOptions(NO_OTHER_HOST)
  },
  webServer: [
    {
      command: `node serve.mjs ${port}`,
      url: `http://127.0.0.1:${port}/`,
      cwd: example,
      reuseExistingServer: false
    },
    {
      command: `node site.mjs ${site} && python3 -m http.server --bind 127.0.0.1 --directory ${site} ${staticPort}`,
      url: `http://127.0.0.1:${staticPort}/`,
      cwd: example,
      reuseExistingServer: false
    }
  ]
});
