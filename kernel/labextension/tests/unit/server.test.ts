// The TypeScript client in examples/server, against a real server.

import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

const EXAMPLES = join(__dirname, '../../examples');
const TOKEN = 'a-token-of-the-tests';

let process_: ChildProcess;
let url = '';
// The client is a module of ES, so it is compiled and checked apart from these tests.
let client: any;
let refused: unknown;

before(async () => {
  const home = mkdtempSync(join(tmpdir(), 'livens-server-'));
  process_ = spawn(
    'python',
    ['-m', 'livens.cli', 'serve', '--port=0', `--token=${TOKEN}`, '--allow-root'],
    { cwd: home, env: { ...process.env, JUPYTER_RUNTIME_DIR: home }, stdio: 'ignore' }
  );
  const file = join(home, `jpserver-${process_.pid}.json`);
  for (let tries = 0; !url; tries++) {
    assert.ok(tries < 1200 && process_.exitCode === null, 'the server does not start');
    await new Promise(resolve => setTimeout(resolve, 50));
    const found = existsSync(file) ? readFileSync(file, 'utf-8') : '';
    const address = found.endsWith('}') ? JSON.parse(found).url : '';
    const health = address && (await fetch(`${address}health`).catch(() => null));
    url = health?.ok ? address : '';
  }
  writeFileSync(join(EXAMPLES, 'package.json'), '{"type": "module"}');
  const module = await load(join(EXAMPLES, 'livens.js'));
  client = new module.LivensServer(url, { token: TOKEN });
  refused = module.ServerRefused;
});

after(async () => {
  const ended = new Promise(resolve => process_.once('exit', resolve));
  process_.kill('SIGTERM');
  await ended;
});

/** Import a module of ES; `import()` would be compiled to `require`. */
function load(path: string): Promise<any> {
  return new Function('url', 'return import(url)')(pathToFileURL(path).href);
}

test('the example tells output and changes', () => {
  const output = execFileSync(process.execPath, [join(EXAMPLES, 'count.js')], {
    env: { ...process.env, LIVENS_URL: url, LIVENS_TOKEN: TOKEN },
    encoding: 'utf-8'
  });
  const lines = output.trim().split('\n');
  assert.ok(lines.includes('changed: square = 4'), output);
  assert.deepEqual(
    lines
      .filter(line => line.startsWith('output:'))
      .join()
      .match(/\d/g),
    ['0', '1', '4']
  );
  assert.equal(lines.at(-1), 'complete: 0');
});

test('variables, sessions and errors', async () => {
  const { sessionId } = await client.create('ts-a');
  assert.equal((await client.setVariable(sessionId, 'x', '[1, 2]')).preview, '[1, 2]');
  assert.equal((await client.variable(sessionId, 'x')).type, 'list');
  await client.deleteVariable(sessionId, 'x');
  assert.deepEqual(await client.variables(sessionId), []);
  assert.match((await client.execute(sessionId, '1/0')).error, /ZeroDivisionError/);
  assert.equal((await client.execute(sessionId, 'y = 2\ny')).output, '2\n');
  await client.reset(sessionId);
  assert.match((await client.execute(sessionId, 'y')).error, /NameError/);
  await client.end(sessionId);
  assert.deepEqual(await client.sessions(), []);
  await assert.rejects(client.variables('ts-a'), (error: { status: number }) => {
    assert.ok(error instanceof (refused as new () => Error));
    return error.status === 404;
  });
});

test('leaving a stream interrupts its code', async () => {
  const code =
    "print('a', flush=True)\nimport time\nfor n in range(600):\n    time.sleep(0.1)";
  for await (const event of client.stream('ts-b', code)) {
    assert.deepEqual(event, { type: 'output', content: 'a\n' });
    break;
  }
  const answer = await client.execute('ts-b', 'print(n < 600)', { timeoutS: 30 });
  assert.equal(answer.output, 'True\n');
  await client.end('ts-b');
});

test('changes come as they are', async () => {
  await client.execute('ts-c', 'x = 1');
  const seen: string[] = [];
  for await (const change of client.changes('ts-c', 'x')) {
    seen.push(...change.changed.map((variable: { preview: string }) => variable.preview));
    if (seen.length === 2) {
      break;
    }
    await client.execute('ts-c', 'x = 2');
  }
  assert.deepEqual(seen, ['1', '2']);
  await client.end('ts-c');
});
