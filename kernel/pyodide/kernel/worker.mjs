/** The thread of Pyodide: loads it without Node around it, and carries messages. */

import { readFileSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { freezeLanguage } from './confinement.mjs';
import { shutIn } from './loading.mjs';
import { ASKED, ASKED_TURN, INPUT, SEEN, SENT, TAKEN } from './shared.mjs';

/** So much may be said that the sockets do not have yet. */
const MAX_AHEAD_BYTES = 16_000_000;

/** What a message takes in the other thread beside its texts. */
const MESSAGE_BYTES = 500;

const { asides, inputs } = workerData;
const receive = receiveMessageOnPort; // what is imported is emptied with its module
const incoming = parentPort;
const signals = new Uint8Array(workerData.signals);
const counters = new Int32Array(workerData.counters);
const postNow = incoming.postMessage.bind(incoming);

let packages = new Uint8Array(readFileSync(`${workerData.python}/packages.zip`));

/**
 * Print an error that no code caught: of a timer, a promise, a listener. It ends nothing else.
 *
 * If Python itself has failed, it cannot print, and the error ends the worker.
 */
function report(error) {
  let text = 'An error that has no text';
  try {
    // Of Python's errors there is the type: IPython has shown the rest.
    text = String(error?.message || error?.type || error);
  } catch {
    // its text is code of the user's
  }
  if (!kernel) {
    throw error;
  }
  kernel.write('stderr', `Nobody caught this error: ${text}\n`);
}

let kernel;
const load = await shutIn(workerData.pyodide, report);

const isInterruptWaiting = () =>
  Atomics.load(counters, SEEN) !== Atomics.load(counters, ASKED);

/** Say something; waits where the sockets do not keep up, so that no memory is filled. */
function post(message) {
  let size = MESSAGE_BYTES;
  for (const each of Object.values(message)) {
    size += typeof each === 'string' ? each.length : 0;
  }
  for (const each of message.buffers ?? []) {
    size += each.length;
  }
  let ahead = Atomics.add(counters, SENT, size) + size;
  while (ahead > MAX_AHEAD_BYTES && ahead > size && !isInterruptWaiting()) {
    Atomics.wait(counters, SENT, ahead, 100);
    ahead = Atomics.load(counters, SENT);
  }
  postNow({ ...message, size });
}

/** Return a value if it is of a simple type: what Python gives may be anything. */
function plain(value) {
  const isPlain = ['string', 'number', 'boolean', 'undefined'].includes(typeof value);
  if (!isPlain && value !== null) {
    throw new TypeError('Expected a text, a number, a truth value or nothing');
  }
  return value;
}

const copied = buffers => [...(buffers?.toJs() ?? [])].map(each => new Uint8Array(each));

/** What Python says is plain; who reads it checks it. */
const said =
  (op, ...names) =>
  (...values) =>
    post(
      Object.fromEntries([
        ['op', op],
        ...names.map((each, n) => [each, plain(values[n])])
      ])
    );

const port = {
  publish: (id, type, content, topic, metadata, buffers) => {
    const texts = { id, type, content, topic, metadata };
    Object.values(texts).forEach(plain);
    post({ op: 'publish', ...texts, buffers: copied(buffers) });
  },
  ask: (id, content) => {
    while (receive(inputs)) {
      // what came too late for the code that has asked before
    }
    said('input', 'id', 'content')(id, content);
  },
  answer: () => receive(inputs)?.message,
  reply: said('reply', 'id', 'type', 'content'),
  status: said('status', 'id', 'state'),
  cell: said('cell', 'count', 'startedAt'),
  watched: said('watched', 'is'),
  note: said('note', 'text'),
  ready: information => post({ op: 'ready', information: JSON.parse(information) }),
  rest: seconds =>
    void Atomics.wait(counters, INPUT, Atomics.load(counters, INPUT), seconds * 1000),
  taken: () => Atomics.load(counters, TAKEN),
  interruptedTurn: () => (isInterruptWaiting() ? Atomics.load(counters, ASKED_TURN) : -1),
  takeInterrupt: () => void Atomics.store(counters, SEEN, Atomics.load(counters, ASKED)),
  nextAside: () => {
    const received = receive(asides);
    if (!received) {
      post({ op: 'taken' });
    }
    return received && packed(received.message);
  }
};

/** Return a request as Python takes it. */
function packed({ id, type, texts, turn, buffers }) {
  return [id, type, texts.content, texts.metadata, turn, buffers ?? []];
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
pyodide.setStdout(writer('stdout'));
pyodide.setStderr(writer('stderr'));
pyodide.setInterruptBuffer(signals);
const made = pyodide.runPython(
  `
import sys
sys.path.append("/lib/livens-kernel")
from livens.kernel.pyodide_kernel import make_kernel
make_kernel
`,
  { globals: pyodide.toPy({ __name__: 'livens_worker' }) }
)(port, JSON.stringify(workerData.settings));

if (typeof made === 'string') {
  post({ op: 'refused', text: made });
} else {
  kernel = made;
  asides.on('message', message => kernel.take_aside(...packed(message)));
  incoming.on('message', message => {
    if (message.type === 'interrupt') {
      kernel.interrupted(); // it awaits: no bytecode has met the signal
    } else {
      kernel.take(...packed(message));
    }
  });
  freezeLanguage();
  kernel.start();
}
