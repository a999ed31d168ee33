// The page in examples/server, served from another address than the sessions: not the panel, but
// tested in the same browser.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { violations } from './axe.mjs';
import { bin, here } from './servers.mjs';

const TOKEN = 'a-token-of-the-tests';
const file = join(here, '../../../../examples/server/page.html');

let pages;
let sessions;
let address = '';

test.beforeAll(async () => {
  pages = createServer((_, answer) => {
    answer.writeHead(200, { 'Content-Type': 'text/html' });
    answer.end(readFileSync(file));
  });
  await new Promise(resolve => pages.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${pages.address().port}`;
  const server = await serve(`--ServerApp.allow_origin=${origin}`);
  address = `${origin}/page.html#server=${server}&token=${TOKEN}`;
});

test.afterAll(async () => {
  pages.close();
  await stop();
});

/** Start a server; returns its address. */
async function serve(...options) {
  const home = mkdtempSync(join(tmpdir(), 'livens-example-'));
  const command = ['-m', 'livens.cli', 'serve', '--port=0', `--token=${TOKEN}`];
  sessions = spawn(join(bin, 'python'), [...command, '--allow-root', ...options], {
    cwd: home,
    env: { ...process.env, JUPYTER_RUNTIME_DIR: home },
    stdio: 'ignore'
  });
  const runs = join(home, `jpserver-${sessions.pid}.json`);
  let url = '';
  await expect(async () => {
    expect(existsSync(runs)).toBe(true);
    url = JSON.parse(readFileSync(runs, 'utf-8')).url.replace(/\/$/, '');
    expect((await fetch(`${url}/health`)).ok).toBe(true);
  }).toPass({ timeout: 60_000 });
  return url;
}

async function stop() {
  if (sessions.exitCode === null) {
    const ended = new Promise(resolve => sessions.once('exit', resolve));
    sessions.kill('SIGTERM');
    await ended;
  }
}

test('runs code, shows its variables live, and says when it does not', async ({
  page
}) => {
  await page.goto(address);
  await expect(page.getByRole('status')).toHaveText('Connected');
  await page.getByRole('button', { name: 'Run' }).click();
  await expect(page.getByLabel('Output')).toHaveText('0\n1\n4\n9\n16\nDone');
  await expect(page.getByRole('row', { name: 'square int 16' })).toBeVisible();

  await page.getByLabel('Code').fill('1/0');
  await page.getByRole('button', { name: 'Run' }).click();
  await expect(page.locator('.error')).toContainText('ZeroDivisionError');

  await page.getByLabel('Code').fill("del square\nn = '<img src=x onerror=hacked=1>'");
  await page.getByRole('button', { name: 'Run' }).click();
  await expect(page.getByRole('row', { name: 'square' })).toHaveCount(0);
  await expect(page.getByRole('row', { name: 'n str' })).toContainText('<img');
  expect(await page.locator('img').count()).toBe(0);
  expect(await violations(page, 'body')).toEqual([]);

  await stop();
  await expect(page.getByRole('status')).toContainText('Not connected');
});
