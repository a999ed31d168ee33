/** A Python of its own in a worker: runs code, tells its variables, and can be interrupted. */

import type { Subscription } from '../../labextension/src/protocol/messages';
import { isNode } from './install';
import {
  type FromWorker,
  type Outcome,
  type Output,
  SIGINT,
  SIGUSR1,
  type ToWorker
} from './messages';
import { TextChannel, Watch } from './watch';

export type { Outcome, Output };

/** How often a worker that runs code is reminded to look at its variables. */
const TICK_MS = 50;

/** How to start a process. */
export interface ProcessOptions {
  /** Pyodide's own module; by default the package `pyodide`, under Node. */
  pyodideURL?: string | URL;
  /** Where Pyodide's files are, if not beside its module. */
  indexURL?: string;
  /** Where `livens-python.zip` is; by default beside this module. */
  archive?: string | URL;
  /** The worker's module; by default beside this module. */
  workerURL?: string | URL;
  /** Packages of Pyodide's own distribution to load at the start. */
  packages?: string[];
}

interface IWorker {
  post(message: ToWorker): void;
  end(): void;
}

/** Start a Python in a worker; resolves when it is ready. */
export async function createProcess(options: ProcessOptions = {}): Promise<Process> {
  const process = new Process();
  await process.start(options);
  return process;
}

/** A Python in a worker. Made by `createProcess`. */
export class Process {
  /** What was run, oldest first: the history of a REPL. */
  readonly history: string[] = [];

  /** Whether a run can be interrupted: a page needs to be cross-origin isolated for that. */
  get canInterrupt(): boolean {
    return this._signals !== undefined;
  }

  /** Whether code runs. */
  get isBusy(): boolean {
    return this._runs.size > 0;
  }

  /** Whether it has ended. */
  get isEnded(): boolean {
    return this._isEnded;
  }

  /** Start the worker; called once, by `createProcess`. */
  async start(options: ProcessOptions): Promise<void> {
    if (typeof SharedArrayBuffer !== 'undefined' && (isNode || self.crossOriginIsolated)) {
      this._signals = new Uint8Array(new SharedArrayBuffer(1));
    }
    const worker = options.workerURL ?? new URL('worker.js', import.meta.url);
    const ready = new Promise<void>((resolve, reject) => {
      this._ready = { resolve, reject };
    });
    this._worker = await startWorker(
      new URL(worker, import.meta.url),
      message => this._take(message),
      error => this._fail(error)
    );
    this._worker.post({
      type: 'start',
      pyodideURL: await pyodideURL(options.pyodideURL),
      indexURL: options.indexURL,
      archive: new URL(options.archive ?? 'livens-python.zip', import.meta.url).href,
      signals: this._signals?.buffer as SharedArrayBuffer | undefined,
      packages: options.packages ?? []
    });
    await ready;
  }

  /** Run code after what runs already; what it raises is in the outcome. */
  run(code: string): Promise<Outcome> {
    if (this._isEnded) {
      return Promise.reject(new Error('The process has ended'));
    }
    const id = ++this._lastId;
    this.history.push(code);
    return new Promise((resolve, reject) => {
      this._runs.set(id, { resolve, reject });
      this._worker!.post({ type: 'run', id, code });
      this._tick();
    });
  }

  /**
   * Interrupt what runs, as Ctrl-C does; returns whether it can be.
   *
   * Without shared memory nothing reaches a Python that computes: there is only `end`.
   */
  interrupt(): boolean {
    if (!this._signals || !this.isBusy) {
      return false;
    }
    Atomics.store(this._signals, 0, SIGINT);
    return true;
  }

  /** Watch its variables. */
  watch(subscription: Subscription = {}): Promise<Watch> {
    const id = ++this._lastId;
    const channel = new TextChannel(
      (text, told) => {
        this._watches.set(id, told);
        this._worker?.post({ type: 'open', watch: id, subscription: text });
      },
      text => this._worker?.post({ type: 'request', watch: id, text }),
      () => {
        this._watches.delete(id);
        this._worker?.post({ type: 'close', watch: id });
      }
    );
    return new Watch(channel).open(subscription);
  }

  /** Be told what is printed; returns what ends that. */
  onOutput(listener: (output: Output) => void): () => void {
    this._outputs.add(listener);
    return () => this._outputs.delete(listener);
  }

  /** End it at once, whatever it does; runs are rejected. */
  end(): void {
    this._fail(new Error('The process has ended'));
  }

  private _take(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this._ready?.resolve();
        break;
      case 'failed':
        this._fail(new Error(message.message));
        break;
      case 'ran':
        this._runs.get(message.id)?.resolve(message.outcome);
        this._runs.delete(message.id);
        break;
      case 'output':
        this._outputs.forEach(listener => listener(message));
        break;
      case 'told':
        this._watches.get(message.watch)?.(message.text);
    }
  }

  private _fail(error: Error): void {
    this._isEnded = true;
    this._ready?.reject(error);
    this._runs.forEach(run => run.reject(error));
    this._runs.clear();
    clearInterval(this._timer);
    this._timer = undefined;
    this._worker?.end();
    this._worker = undefined;
  }

  /** While code runs, remind Python now and then to look at its variables. */
  private _tick(): void {
    if (!this._signals || this._timer !== undefined) {
      return;
    }
    const signals = this._signals;
    this._timer = setInterval(() => {
      if (!this.isBusy) {
        clearInterval(this._timer);
        this._timer = undefined;
      } else if (this._watches.size > 0) {
        // Not in the place of an interrupt that has not arrived yet.
        Atomics.compareExchange(signals, 0, 0, SIGUSR1);
      }
    }, TICK_MS);
  }

  private _worker: IWorker | undefined;
  private _signals: Uint8Array | undefined;
  private _timer: ReturnType<typeof setInterval> | undefined;
  private _ready: { resolve: () => void; reject: (error: Error) => void } | undefined;
  private _isEnded = false;
  private _lastId = 0;
  private readonly _runs = new Map<
    number,
    { resolve: (outcome: Outcome) => void; reject: (error: Error) => void }
  >();
  private readonly _watches = new Map<number, (text: string) => void>();
  private readonly _outputs = new Set<(output: Output) => void>();
}

async function pyodideURL(given: string | URL | undefined): Promise<string> {
  if (given !== undefined) {
    return new URL(given, isNode ? import.meta.url : location.href).href;
  }
  if (isNode) {
    const { createRequire } = await import('node:module');
    const { pathToFileURL } = await import('node:url');
    const found = createRequire(import.meta.url).resolve('pyodide');
    return pathToFileURL(found.replace(/pyodide\.js$/, 'pyodide.mjs')).href;
  }
  throw new Error('Say where Pyodide is: createProcess({ pyodideURL: "…/pyodide.mjs" })');
}

async function startWorker(
  url: URL,
  take: (message: FromWorker) => void,
  fail: (error: Error) => void
): Promise<IWorker> {
  if (isNode) {
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker(url);
    worker.on('message', take);
    worker.on('error', fail);
    worker.on('exit', code => fail(new Error(`The worker ended with code ${code}`)));
    return {
      post: message => worker.postMessage(message),
      end: () => void worker.terminate()
    };
  }
  const worker = new Worker(url, { type: 'module' });
  worker.addEventListener('message', event => take(event.data));
  worker.addEventListener('error', event => fail(new Error(event.message)));
  return {
    post: message => worker.postMessage(message),
    end: () => worker.terminate()
  };
}
