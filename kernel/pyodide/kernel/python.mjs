/** The worker in which Pyodide runs, as the thread of the sockets sees it. */

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import {
  ASKED,
  ASKED_TURN,
  COUNTERS,
  INPUT,
  SEEN,
  SENT,
  SIGINT,
  SIGUSR1,
  TAKEN
} from './shared.mjs';

/** How often Python is asked, while it computes, to look at its variables and at what is asked. */
const TICK_MS = 50;

const TARGET = 'livens.variables';

/** What a worker may say; the rest is not heard. */
const TYPES = /^[a-z_]{1,64}$/;
const TOPICS = /^[\w.-]{1,256}$/;
const STATES = ['busy', 'idle'];
const STREAMS = ['stdout', 'stderr'];

/** Starts Python, passes requests on, and hears what it says. */
export class Python {
  constructor(listener) {
    this._listener = listener;
    this._signals = new Uint8Array(new SharedArrayBuffer(1));
    this._counters = new Int32Array(new SharedArrayBuffer(4 * COUNTERS));
    this._running = new Map();
    this._comms = new Set();
    this._asked = 0;
  }

  /** Start the worker; resolves when Python is ready, with what it says of itself. */
  start(settings) {
    const asides = new MessageChannel();
    const inputs = new MessageChannel();
    this._asides = asides.port1;
    this._inputs = inputs.port1;
    this._worker = new Worker(new URL('worker.mjs', import.meta.url), {
      workerData: {
        pyodide: dirname(createRequire(import.meta.url).resolve('pyodide/package.json')),
        python: fileURLToPath(new URL('python', import.meta.url)),
        signals: this._signals.buffer,
        counters: this._counters.buffer,
        settings,
        asides: asides.port2,
        inputs: inputs.port2
      },
      transferList: [asides.port2, inputs.port2],
      // Nothing of this process: not its variables, its arguments, its input and its output.
      env: {},
      argv: [],
      execArgv: [],
      stdin: true,
      stdout: true,
      stderr: true
    });
    this._worker.stderr.pipe(process.stderr);
    return new Promise((resolve, reject) => {
      this._ready = { resolve, reject };
      this._worker.on('message', message => this._hear(message));
      this._worker.on('error', error => this._fail(error));
      this._worker.on('exit', code =>
        this._fail(new Error(`its worker ended with code ${code}`))
      );
    });
  }

  /** Pass a request on: to its turn, or beside the cell that runs. */
  take(message) {
    const { channel, id, type, content, ...rest } = message;
    const request = { id, type, turn: 0, ...rest };
    if (channel === 'control' || this._isOfOurs(type, content)) {
      this._asked += 1;
      this._asides.postMessage(request);
    } else {
      request.turn = Atomics.add(this._counters, TAKEN, 1) + 1;
      this._worker.postMessage(request);
    }
    this._running.set(id, { type, turn: request.turn });
    this._tick();
  }

  /** Whether a comm message is for livens: those are taken while a cell runs. */
  _isOfOurs(type, content) {
    const id = content?.comm_id;
    if (type === 'comm_open' && content?.target_name === TARGET) {
      this._comms.add(id);
    }
    const isOurs = type.startsWith('comm_') && this._comms.has(id);
    if (isOurs && type === 'comm_close') {
      this._comms.delete(id);
    }
    return isOurs;
  }

  /**
   * Interrupt what runs; does nothing where nothing does.
   *
   * Python reads a signal and clears it in two steps, between which one is lost: so it is sent again
   * and again until Python says that it has this interrupt, or that nothing runs.
   */
  interrupt() {
    const cell = [...this._running.values()].find(
      each => each.type === 'execute_request'
    );
    const turn = cell?.turn ?? Atomics.load(this._counters, TAKEN);
    Atomics.store(this._counters, ASKED_TURN, turn);
    Atomics.add(this._counters, ASKED, 1);
    Atomics.store(this._signals, 0, SIGINT);
    this._worker.postMessage({ type: 'interrupt' });
    this._wakeInput();
    this._tick();
  }

  _isInterruptWaiting() {
    return Atomics.load(this._counters, SEEN) !== Atomics.load(this._counters, ASKED);
  }

  /** Give what the user has typed to the code that waits for it. */
  answerInput(value) {
    this._inputs.postMessage(value);
    this._wakeInput();
  }

  _wakeInput() {
    Atomics.add(this._counters, INPUT, 1);
    Atomics.notify(this._counters, INPUT);
  }

  /** End it, whatever it does. */
  async end() {
    this._isEnding = true;
    clearInterval(this._timer);
    await this._worker.terminate();
  }

  _hear(message) {
    const sent = () => {
      Atomics.sub(this._counters, SENT, message.size);
      Atomics.notify(this._counters, SENT);
    };
    let sending;
    try {
      sending = HEARD[message.op]?.(this, message);
    } catch (error) {
      process.stderr.write(`livens: what Python said was left out: ${error.message}\n`);
    }
    void Promise.resolve(sending).then(sent);
  }

  /** While something runs that is watched or asked, remind Python of it now and then. */
  _tick() {
    this._timer ??= setInterval(() => {
      if (this._isInterruptWaiting()) {
        Atomics.store(this._signals, 0, SIGINT);
      } else if (this._running.size === 0 || !(this._isWatched || this._asked)) {
        clearInterval(this._timer);
        this._timer = undefined;
      } else {
        // Not in the place of an interrupt that has not arrived yet.
        Atomics.compareExchange(this._signals, 0, 0, SIGUSR1);
      }
    }, TICK_MS);
  }

  _fail(error, why = `Python has ended: ${error.message}`) {
    clearInterval(this._timer);
    if (!this._isEnding) {
      this._isEnding = true;
      this._ready.reject(error);
      this._listener.failed(why);
    }
  }
}

/** What is done with what Python says; returns a promise of when the sockets have it. */
const HEARD = {
  ready(python, { information }) {
    python.information ??= information;
    python._ready.resolve();
  },
  note(python, { text }) {
    process.stderr.write(`livens: ${JSON.stringify(text).slice(1, -1)}\n`);
  },
  refused(python, { text }) {
    python._fail(new Error(text), text);
  },
  watched(python, { is }) {
    python._isWatched = is === true;
    python._tick();
  },
  taken(python) {
    python._asked = 0;
  },
  status(python, { id, state }) {
    expect(STATES.includes(state), 'its state is neither busy nor idle');
    if (state === 'idle') {
      python._running.delete(id);
    }
    return python._listener.status(id, state);
  },
  cell(python, { count, startedAt }) {
    const number = Number.isInteger(count) ? count : null;
    const cell = { execution_count: number, started_at: startedAt };
    python._listener.cell(startedAt > 0 && Number.isFinite(startedAt) ? cell : null);
  },
  input(python, { id, content }) {
    expectObject(content, 'content');
    return python._listener.input(id, content);
  },
  reply(python, { id, type, content }) {
    expectType(type);
    expectObject(content, 'content');
    return python._listener.reply(id, type, content);
  },
  publish(python, { id, type, content, topic, metadata, buffers }) {
    expectType(type);
    const value = expectObject(content, 'content');
    expectObject(metadata ?? '{}', 'metadata');
    expect(
      Array.isArray(buffers) && buffers.every(each => each instanceof Uint8Array),
      'its buffers are no bytes'
    );
    if (type === 'stream') {
      expect(STREAMS.includes(value.name), 'its stream is neither stdout nor stderr');
      expect(typeof value.text === 'string', 'its text is none');
    }
    const isTopic = typeof topic === 'string' && TOPICS.test(topic);
    return python._listener.publish({
      parent: id,
      type,
      content,
      topic: isTopic ? topic : undefined,
      metadata: metadata ?? undefined,
      buffers
    });
  }
};

function expect(isTrue, otherwise) {
  if (!isTrue) {
    throw new Error(otherwise);
  }
}

function expectType(type) {
  expect(typeof type === 'string' && TYPES.test(type), 'it has no type');
}

/** Return what a JSON text says, which has to be an object. */
function expectObject(text, what) {
  const value = typeof text === 'string' ? JSON.parse(text) : undefined;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  expect(isObject, `its ${what} is no JSON object`);
  return value;
}
