/** The worker of a process: Pyodide, and livens' `Process` in it. */

import { isNode } from './address';
import { evaluate, install, type IPyodide } from './install';
import { type FromWorker, SIGINT, type Start, type ToWorker } from './messages';

interface IPort {
  post(message: FromWorker): void;
  listen(take: (message: ToWorker) => void): void;
}

async function makePort(): Promise<IPort> {
  if (isNode) {
    const { parentPort } = await import('node:worker_threads');
    return {
      post: message => parentPort!.postMessage(message),
      listen: take => void parentPort!.on('message', take)
    };
  }
  const scope = self as unknown as Worker;
  return {
    post: message => scope.postMessage(message),
    listen: take => scope.addEventListener('message', event => take(event.data))
  };
}

/** What takes the output of Python: whole characters, at once. */
function outputTo(post: IPort['post'], stream: 'stdout' | 'stderr'): object {
  const decoder = new TextDecoder();
  return {
    write: (bytes: Uint8Array) => {
      const text = decoder.decode(bytes, { stream: true });
      if (text) {
        post({ type: 'output', stream, text });
      }
      return bytes.length;
    },
    isatty: false
  };
}

/** A task of the person's that is interrupted, or that exits, ends nothing but itself. */
const MAKE_PROCESS = `
import asyncio, signal, time
import __main__
from livens.kernel.embedding import Process
from livens.kernel.sleeping import Sleep
process = Process(namespace=__main__.__dict__)
def interrupted(number, frame):
    if take():
        process.interrupt(number, frame)
signal.signal(signal.SIGINT, interrupted)
loop = asyncio.get_event_loop()
loop._keyboard_interrupt_handler = lambda: None
loop._system_exit_handler = lambda code: None
time.sleep = Sleep(rest)
process
`;

/** Let time pass without computing; where there is no shared memory, Python has to compute. */
function makeRest(): ((seconds: number) => void) | undefined {
  if (typeof SharedArrayBuffer === 'undefined') {
    return undefined;
  }
  const never = new Int32Array(new SharedArrayBuffer(4));
  return seconds => void Atomics.wait(never, 0, 0, seconds * 1000);
}

/** Start Python; returns its `Process`. */
async function start(
  post: IPort['post'],
  options: Start,
  take: () => boolean
): Promise<any> {
  const { indexURL, pyodideURL, archive, signals, packages } = options;
  const { loadPyodide } = await import(/* @vite-ignore */ pyodideURL);
  const pyodide: IPyodide & Record<string, any> = await loadPyodide({ indexURL });
  if (packages.length > 0) {
    await pyodide.loadPackage(packages, {
      messageCallback: () => {},
      errorCallback: () => {}
    });
    const missing = packages.filter(name => !(name in pyodide.loadedPackages));
    if (missing.length > 0) {
      throw new Error(`Pyodide could not load the package ${missing.join(', ')}`);
    }
  }
  await install(pyodide, archive);
  pyodide.setStdout(outputTo(post, 'stdout'));
  pyodide.setStderr(outputTo(post, 'stderr'));
  pyodide.setStdin({ error: true });
  if (signals) {
    pyodide.setInterruptBuffer(signals);
  }
  return evaluate(pyodide, MAKE_PROCESS, { rest: makeRest(), take });
}

/** Carries out what the page asks for. */
class Server {
  constructor(private readonly _post: IPort['post']) {}

  take(message: ToWorker): void {
    try {
      this._carryOut(message);
    } catch (error) {
      this._fail(error);
    }
  }

  private _carryOut(message: ToWorker): void {
    switch (message.type) {
      case 'start':
        this._signals = message.signals;
        this._wanted = message.wanted;
        start(this._post, message, () => this._takeInterrupt()).then(
          process => {
            this._process = process;
            this._post({ type: 'ready' });
          },
          error => this._fail(error)
        );
        break;
      case 'run':
        this._last = this._last
          .then(() => this._run(message.id, message.code))
          .catch(error => this._fail(error));
        break;
      case 'interrupt':
        this._interrupt(message.id, message.number);
        break;
      case 'open': {
        const { watch } = message;
        const told = (text: string) => this._post({ type: 'told', watch, text });
        this._connections.set(watch, this._process.connect(told, message.subscription));
        break;
      }
      case 'request':
        this._connections.get(message.watch)?.receive(message.text);
        break;
      case 'close': {
        const connection = this._connections.get(message.watch);
        this._connections.delete(message.watch);
        connection?.close();
        connection?.destroy();
      }
    }
  }

  private async _run(id: number, code: string): Promise<void> {
    this._running = id;
    try {
      const outcome = JSON.parse(await this._process.run(code, `run-${id}`));
      this._post({ type: 'ran', id, outcome });
    } finally {
      this._running = 0;
    }
  }

  /**
   * Return whether a signal that has arrived is for what runs: an interrupt of the page's for this
   * run, or a signal that the person's code has raised itself.
   */
  private _takeInterrupt(): boolean {
    const wanted = this._wanted;
    if (!wanted || Atomics.load(wanted, 1) === this._taken) {
      return true;
    }
    return this._takeOnce(Atomics.load(wanted, 0), Atomics.load(wanted, 1));
  }

  /** Take an interrupt of the page's, which is over then; returns whether it is for what runs. */
  private _takeOnce(id: number, number: number): boolean {
    if (number <= this._taken) {
      return false;
    }
    this._setTaken(number);
    return id === this._running;
  }

  private _setTaken(number: number): void {
    this._taken = number;
    if (this._wanted) {
      Atomics.store(this._wanted, 2, number);
    }
  }

  /** Interrupt what awaits. What computes has seen the shared memory before this is called. */
  private _interrupt(id: number, number: number): void {
    const before = this._taken;
    if (this._takeOnce(id, number)) {
      try {
        this._process.interrupt();
      } catch {
        // Its statement waits for JavaScript: the signal is there when Python goes on.
        this._setTaken(before);
        if (this._signals) {
          Atomics.store(this._signals, 0, SIGINT);
        }
      }
    }
  }

  /** Python cannot go on: the page ends this worker. */
  private _fail(error: any): void {
    this._post({ type: 'failed', message: String(error?.message ?? error) });
  }

  private _process: any;
  private _signals: Uint8Array | undefined;
  private _wanted: Int32Array | undefined;
  private _running = 0;
  private _taken = 0;
  private _last: Promise<unknown> = Promise.resolve();
  private readonly _connections = new Map<number, any>();
}

void makePort().then(({ post, listen }) => {
  const server = new Server(post);
  listen(message => server.take(message));
});
