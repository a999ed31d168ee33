// Carries the messages of a Pyodide under Node as lines of JSON; see livens_conformance/transports/stdio.py.
//
// node bridge.mjs FOLDER HOST: FOLDER is kernel/pyodide, built, with Pyodide in its node_modules. HOST
// is `process` (livens runs the code) or `embedding` (Pyodide's own `runPythonAsync` does).

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [folder, host] = [resolve(process.argv[2]), process.argv[3]];
const found = createRequire(`${folder}/`).resolve('pyodide');
const { loadPyodide } = await import(
  pathToFileURL(found.replace(/pyodide\.js$/, 'pyodide.mjs'))
);

const say = message => process.stdout.write(`${JSON.stringify(message)}\n`);
const pyodide = await loadPyodide({ stdout: console.error, stderr: console.error });
const archive = new Uint8Array(await readFile(`${folder}/dist/livens-python.zip`));
pyodide.unpackArchive(archive, 'zip', { extractDir: '/lib/livens-python' });

const MAKE = {
  process: 'Process(namespace=__main__.__dict__)',
  embedding: 'Embedding(__main__.__dict__)'
};
const made = pyodide.runPython(
  `
import sys
sys.path.append("/lib/livens-python")
import __main__
from livens.kernel.embedding import Embedding, Process
${MAKE[host]}
`,
  { globals: pyodide.toPy({ __name__: 'bridge' }) }
);

/** Run code; returns how it ended. */
async function execute(code) {
  if (host === 'process') {
    const { ename = '', evalue = '' } = JSON.parse(await made.run(code));
    return { ename, evalue };
  }
  try {
    await pyodide.runPythonAsync(code);
    return { ename: '', evalue: '' };
  } catch (error) {
    return { ename: error.type ?? error.name, evalue: String(error.message) };
  }
}

const lines = new Map();

async function take(message) {
  const { line } = message;
  switch (message.type) {
    case 'execute':
      say({ type: 'executed', id: message.id, ...(await execute(message.code)) });
      break;
    case 'open': {
      const told = text => say({ type: 'told', line, data: JSON.parse(text) });
      lines.set(line, made.connect(told, JSON.stringify(message.data)));
      break;
    }
    case 'send':
      lines.get(line).receive(JSON.stringify(message.data));
      break;
    case 'close':
      lines.get(line).close();
      lines.delete(line);
      say({ type: 'closed', line });
  }
}

const input = createInterface({ input: process.stdin });
input.on('line', text => void take(JSON.parse(text)));
input.on('close', () => process.exit(0));
say({ type: 'ready' });
