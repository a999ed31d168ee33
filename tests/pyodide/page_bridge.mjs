// Carries the messages of a Pyodide in a page, as bridge.mjs does of one under Node.
//
// node page_bridge.mjs FOLDER: FOLDER is the repository, where the module for Pyodide is built. It
// starts the server of examples/pyodide, and in Chromium ($LIVENS_CHROMIUM) a worker of the module.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const folder = resolve(process.argv[2]);
const panel = createRequire(`${folder}/kernel/labextension/`);
const { chromium } = panel('@playwright/test');

const say = message => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Start the server of the page; returns its address. */
async function serve() {
  const command = [`${folder}/examples/pyodide/serve.mjs`, '0'];
  const server = spawn(process.execPath, command, {
    stdio: ['ignore', 'pipe', 'inherit']
  });
  process.on('exit', () => server.kill());
  const [address] = await once(createInterface({ input: server.stdout }), 'line');
  return address;
}

/** In the page: start the worker, and tell what it says. */
function start() {
  const at = path => new URL(path, location.origin).href;
  window.worker = new Worker(at('/livens-pyodide/worker.js'), { type: 'module' });
  window.worker.addEventListener('message', ({ data }) => window.told(data));
  window.worker.addEventListener('error', error =>
    window.told({
      type: 'failed',
      message: error.message ?? 'The worker is not to be loaded'
    })
  );
  window.worker.postMessage({
    type: 'start',
    pyodideURL: at('/pyodide/pyodide.mjs'),
    archive: at('/livens-pyodide/livens-python.zip'),
    packages: []
  });
}

/** What the worker tells, as the lines of the bridge. */
function told(message) {
  switch (message.type) {
    case 'ready':
      say({ type: 'ready' });
      break;
    case 'ran': {
      const { ename = '', evalue = '' } = message.outcome;
      say({ type: 'executed', id: message.id, ename, evalue });
      break;
    }
    case 'told':
      say({ type: 'told', line: message.watch, data: JSON.parse(message.text) });
      break;
    case 'output':
      process.stderr.write(message.text);
      break;
    case 'failed':
      console.error(message.message);
      process.exit(1);
  }
}

const browser = await chromium.launch({
  executablePath: process.env.LIVENS_CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync']
});
const page = await browser.newPage();
await page.goto(`${await serve()}empty`); // of the page's origin, and with nothing in it
await page.exposeFunction('told', told);
const post = message => page.evaluate(sent => window.worker.postMessage(sent), message);

async function take(message) {
  const { line } = message;
  switch (message.type) {
    case 'execute':
      await post({ type: 'run', id: message.id, code: message.code });
      break;
    case 'open':
      await post({
        type: 'open',
        watch: line,
        subscription: JSON.stringify(message.data)
      });
      break;
    case 'send':
      await post({ type: 'request', watch: line, text: JSON.stringify(message.data) });
      break;
    case 'close':
      await post({ type: 'close', watch: line });
      say({ type: 'closed', line });
  }
}

let last = Promise.resolve();
const input = createInterface({ input: process.stdin });
input.on('line', text => {
  last = last.then(() => take(JSON.parse(text)));
});
input.on('close', async () => {
  await browser.close();
  process.exit(0);
});
await page.evaluate(start);
