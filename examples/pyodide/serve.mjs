// A server for the page: `node serve.mjs [PORT]`, where 0 is any port. It sends the two headers that
// give a page shared memory, so that code which computes can be interrupted. It listens on this machine
// only.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { FOLDERS } from './site.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.zip': 'application/zip'
};

const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cache-Control': 'no-cache'
};

/** The file of an address; null if there is none. */
function fileOf(url) {
  const path = normalize(decodeURIComponent(new URL(url, 'http://page').pathname)).slice(
    1
  );
  const folder = Object.keys(FOLDERS).find(name => path.startsWith(`${name}/`)) ?? '';
  const rest = path.slice(folder.length).replace(/^\//, '') || 'index.html';
  const isOfPage = folder !== '' || !rest.includes('/');
  return isOfPage && extname(rest) in TYPES ? join(FOLDERS[folder], rest) : null;
}

const server = createServer(async (request, response) => {
  try {
    const file = fileOf(request.url);
    const body = await readFile(file);
    response
      .writeHead(200, { ...HEADERS, 'Content-Type': TYPES[extname(file)] })
      .end(body);
  } catch {
    response.writeHead(404, HEADERS).end('Not found');
  }
});

const port = Number(process.argv[2] ?? 8765);
server.listen(port, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${server.address().port}/`)
);
