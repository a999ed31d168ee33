/** The thread of Pyodide: loads it without Node around it, and carries messages. */

import { readFileSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { freezeLanguage } from './confinement.mjs';
import { shutIn } from './loading.mjs';
import { INPUT, SENT, SIGINT, TAKEN } from './shared.mjs';

/** So much may be published that the sockets do not have yet. */
const MAX_AHEAD_BYTES = 16_000_000;

const { asides, inputs } = workerData;
const receive = receiveMessageOnPort; // what is imported is emptied with its module
const incoming = parentPort;
const signals = new Uint8Array(workerData.signals);
const counters = new Int32Array(workerData.counters);
const post = incoming.postMessage.bind(incoming);

let packages = new Uint8Array(readFileSync(`${workerData.python}/packages.zip`));
const load = await shutIn(workerData.pyodide);

/** Publish; waits where the sockets do not keep up, so that no memory is filled. */
function publish(id, type, content, topic, metadata, buffers) {
  const copies = buffers?.toJs().map(buffer => new Uint8Array(buffer)) ?? [];
  const size = content.length + copies.reduce((sum, each) => sum + each.length, 0);
  let ahead = Atomics.add(counters, SENT, size) + size;
  while (ahead > MAX_AHEAD_BYTES && ahead > size) {
    Atomics.wait(counters, SENT, ahead, 100);
    if (signals[0] === SIGINT) {
      break;
    }
    ahead = Atomics.load(counters, SENT);
  }
  post({ op: 'publish', id, type, content, topic, metadata, buffers: copies, size });
}

/** Wait for what the user types; undefined if there is an interrupt instead. */
function readInput(id, content) {
  while (receive(inputs)) {
    // what came too late for the code that has asked before
  }
  post({ op: 'input', id, content });
  for (;;) {
    const seen = Atomics.load(counters, INPUT);
    const received = receive(inputs);
    if (received) {
      return received.message;
    }
    if (signals[0] === SIGINT) {
      return undefined;
    }
    Atomics.wait(counters, INPUT, seen);
  }
}

const port = {
  publish,
  readInput,
  reply: (id, type, content) => post({ op: 'reply', id, type, content }),
  status: (id, state) => post({ op: 'status', id, state }),
  cell: (count, startedAt) =>
    post({
      op: 'cell',
      cell: startedAt ? { execution_count: count ?? null, started_at: startedAt } : null
    }),
  watched: is => post({ op: 'watched', is }),
  ready: information => post({ op: 'ready', information: JSON.parse(information) }),
  rest: seconds =>
    void Atomics.wait(counters, INPUT, Atomics.load(counters, INPUT), seconds * 1000),
  taken: () => Atomics.load(counters, TAKEN),
  nextAside: () => {
    const received = receive(asides);
    if (!received) {
      post({ op: 'taken' });
    }
    return received && packed(received.message);
  }
};

/** Return a request as Python takes it. */
function packed({ buffers, ...message }) {
  return [JSON.stringify(message), buffers ?? []];
}

const pyodide = await load();
pyodide.unpackArchive(packages, 'zip', { extractDir: '/lib/livens-kernel' });
packages = undefined; // 26 MB
const writer = name => {
  const decoder = new TextDecoder();
  return {
    isatty: false,
    write: bytes => {
      const text = decoder.decode(bytes, { stream: true });
      kernel?.write(name, text);
      return bytes.length;
    }
  };
};
let kernel;
pyodide.setStdout(writer('stdout'));
pyodide.setStderr(writer('stderr'));
pyodide.setInterruptBuffer(signals);
kernel = pyodide.runPython(
  `
import sys
sys.path.append("/lib/livens-kernel")
from livens.kernel.pyodide_kernel import PyodideKernel
PyodideKernel
`,
  { globals: pyodide.toPy({ __name__: 'livens_worker' }) }
)(port, JSON.stringify(workerData.settings));

asides.on('message', message => {
  if (message.type !== 'interrupt') {
    kernel.take_aside(...packed(message));
  } else if (Atomics.compareExchange(signals, 0, SIGINT, 0) === SIGINT) {
    kernel.interrupted(); // it awaits: no bytecode has met the signal
  }
});
incoming.on('message', message => kernel.take(...packed(message)));
freezeLanguage();
kernel.start();
