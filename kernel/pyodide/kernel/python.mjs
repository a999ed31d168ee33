/** The worker in which Pyodide runs, as the thread of the sockets sees it. */

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { INPUT, SENT, SIGINT, SIGUSR1, TAKEN } from './shared.mjs';

/** How often Python is asked, while it computes, to look at its variables and at what is asked. */
const TICK_MS = 50;

const TARGET = 'livens.variables';

/** What a worker may say; the rest is not heard. */
const TYPES = /^[a-z_]{1,64}$/;

/** Starts Python, passes requests on, and hears what it says. */
export class Python {
  constructor(listener) {
    this._listener = listener;
    this._signals = new Uint8Array(new SharedArrayBuffer(1));
    this._counters = new Int32Array(new SharedArrayBuffer(12));
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
    const { channel, id, type, content } = message;
    if (channel === 'control' || this._isOfOurs(type, content)) {
      this._running.set(id, type);
      this._asked += 1;
      this._asides.postMessage(message);
    } else {
      this._running.set(id, type);
      message.turn = Atomics.add(this._counters, TAKEN, 1) + 1;
      this._worker.postMessage(message);
    }
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

  /** Interrupt what runs; does nothing where nothing does. */
  interrupt() {
    if ([...this._running.values()].includes('execute_request')) {
      Atomics.store(this._signals, 0, SIGINT);
      this._asides.postMessage({ type: 'interrupt' });
      this._wakeInput();
    }
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
    if (message.op === 'ready') {
      this.information = message.information;
      this._ready.resolve();
    } else if (message.op === 'watched') {
      this._isWatched = message.is === true;
      this._tick();
    } else if (message.op === 'taken') {
      this._asked = 0;
    } else {
      try {
        this._pass(message);
      } catch (error) {
        process.stderr.write(`livens: what Python said was left out: ${error.message}\n`);
      }
    }
  }

  _pass(message) {
    const { op, id } = message;
    if (op === 'status') {
      this._listener.status(id, message.state);
      if (message.state === 'idle') {
        this._running.delete(id);
      }
    } else if (op === 'cell') {
      this._listener.cell(message.cell);
    } else if (!isObject(message.content)) {
      throw new Error('its content is no JSON object');
    } else if (op === 'input') {
      this._listener.input(id, message.content);
    } else if (!TYPES.test(message.type)) {
      throw new Error('it has no type');
    } else if (op === 'reply') {
      this._listener.reply(id, message.type, message.content);
    } else if (op === 'publish') {
      const sent = () => {
        Atomics.sub(this._counters, SENT, message.size);
        Atomics.notify(this._counters, SENT);
      };
      this._listener.publish({ ...message, parent: id, sent });
    }
  }

  /** While something runs that is watched or asked, remind Python of it now and then. */
  _tick() {
    this._timer ??= setInterval(() => {
      if (this._running.size === 0 || !(this._isWatched || this._asked)) {
        clearInterval(this._timer);
        this._timer = undefined;
      } else {
        // Not in the place of an interrupt that has not arrived yet.
        Atomics.compareExchange(this._signals, 0, 0, SIGUSR1);
      }
    }, TICK_MS);
  }

  _fail(error) {
    clearInterval(this._timer);
    if (!this._isEnding) {
      this._isEnding = true;
      this._ready.reject(error);
      this._listener.failed(error);
    }
  }
}

function isObject(text) {
  const value = typeof text === 'string' ? JSON.parse(text) : undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
