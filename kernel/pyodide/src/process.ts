/** A Python of its own in a worker: runs code, tells its variables, and can be interrupted. */

import type { Subscription } from '../../labextension/src/protocol/messages';
import { addressOf, isNode, pyodideAddress } from './address';
import { TextChannel } from './channel';
import { type FromWorker, type Outcome, type Output, SIGINT } from './messages';
import { type IWorker, startWorker } from './threads';
import { Watch } from './watch';

export type { Outcome, Output };

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

const OPTIONS = ['pyodideURL', 'indexURL', 'archive', 'workerURL', 'packages'];

/** Start a Python in a worker; resolves when it is ready. */
export async function createProcess(options: ProcessOptions = {}): Promise<Process> {
  const unknown = Object.keys(options).filter(name => !OPTIONS.includes(name));
  if (unknown.length > 0) {
    throw new TypeError(
      `createProcess has no option ${unknown.join(', ')}; it has ${OPTIONS.join(', ')}`
    );
  }
  if (options.packages !== undefined && !Array.isArray(options.packages)) {
    throw new TypeError('packages has to be a list of names');
  }
  const process = new Process();
  await process.start(options);
  return process;
}

/** So often an interrupt is signalled until Python has taken it. */
const REPEAT_MS = 50;

interface IRun {
  resolve: (outcome: Outcome) => void;
  reject: (error: Error) => void;
}

interface IOpenWatch {
  channel: TextChannel;
  watch?: Watch;
  told?: (text: string) => void;
}

/** A Python in a worker. Made by `createProcess`. */
export class Process {
  /** What was run, oldest first: the history of a REPL. */
  readonly history: string[] = [];

  /**
   * Whether code that computes can be interrupted. A page needs to be cross-origin isolated for
   * that; code that awaits is interrupted everywhere.
   */
  get canInterrupt(): boolean {
    return this._signals !== undefined;
  }

  /** Whether code runs. */
  get isBusy(): boolean {
    return this._runs.size > 0;
  }

  /** Whether it has ended. */
  get isEnded(): boolean {
    return this._end !== undefined;
  }

  /** Start the worker; called once, by `createProcess`. */
  async start(options: ProcessOptions): Promise<void> {
    if (typeof SharedArrayBuffer !== 'undefined' && (isNode || crossOriginIsolated)) {
      this._signals = new Uint8Array(new SharedArrayBuffer(1));
      this._wanted = new Int32Array(new SharedArrayBuffer(12));
    }
    const beside = (name: string) => new URL(name, import.meta.url);
    const [pyodide, archive, module] = await Promise.all([
      pyodideAddress(options.pyodideURL),
      addressOf(options.archive, beside('livens-python.zip')),
      addressOf(options.workerURL, beside('worker.js'))
    ]);
    const ready = new Promise<void>((resolve, reject) => {
      this._ready = { resolve, reject };
    });
    this._worker = await startWorker(
      module,
      message => this._take(message),
      error => this._fail(error)
    );
    this._worker.post({
      type: 'start',
      pyodideURL: pyodide.href,
      indexURL: options.indexURL,
      archive: archive.href,
      signals: this._signals,
      wanted: this._wanted,
      packages: options.packages ?? []
    });
    await ready;
  }

  /** Run code after what runs already; what it raises is in the outcome. */
  run(code: string): Promise<Outcome> {
    if (typeof code !== 'string') {
      return Promise.reject(new TypeError(`Code is a text, not ${typeof code}`));
    }
    if (this._end) {
      return Promise.reject(this._end);
    }
    const id = ++this._lastId;
    this.history.push(code);
    return new Promise((resolve, reject) => {
      this._runs.set(id, { resolve, reject });
      this._worker!.post({ type: 'run', id, code });
    });
  }

  /**
   * Interrupt what runs, as Ctrl-C does; returns whether it is sure to arrive.
   *
   * Without shared memory it reaches only code that awaits. For the rest there is `end`.
   */
  interrupt(): boolean {
    const [id] = this._runs.keys(); // the oldest is the one that runs
    if (id === undefined) {
      return false;
    }
    const number = ++this._interrupts;
    if (this._wanted) {
      Atomics.store(this._wanted, 0, id);
      Atomics.store(this._wanted, 1, number);
    }
    this._signal(id, number);
    return this.canInterrupt;
  }

  /** Watch its variables. */
  async watch(subscription: Subscription = {}): Promise<Watch> {
    if (this._end) {
      throw this._end;
    }
    const id = ++this._lastId;
    const channel = new TextChannel(
      (text, told) => {
        open.told = told;
        this._worker?.post({ type: 'open', watch: id, subscription: text });
      },
      text => this._worker?.post({ type: 'request', watch: id, text }),
      () => {
        this._watches.delete(id);
        this._worker?.post({ type: 'close', watch: id });
      }
    );
    const open: IOpenWatch = { channel };
    this._watches.set(id, open);
    open.watch = new Watch(channel);
    return open.watch.open(subscription);
  }

  /** Be told what is printed, in order; returns what ends that. */
  onOutput(listener: (output: Output) => void): () => void {
    this._outputs.add(listener);
    return () => void this._outputs.delete(listener);
  }

  /** End it at once, whatever it does; runs are rejected. */
  end(): void {
    this._fail(new Error('The process has ended'));
  }

  /**
   * Signal an interrupt until it is taken: Python clears the byte just after it has read it, and so
   * may clear a signal that it has not seen.
   */
  private _signal(id: number, number: number): void {
    const isOver = !this._runs.has(id) || this._interrupts !== number;
    if (isOver || (this._wanted && Atomics.load(this._wanted, 2) === number)) {
      return;
    }
    if (this._signals) {
      Atomics.store(this._signals, 0, SIGINT);
      setTimeout(() => this._signal(id, number), REPEAT_MS);
    }
    // Python that awaits looks at no memory: it is told by its event loop.
    this._worker?.post({ type: 'interrupt', id, number });
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
        this._ran(message.id, message.outcome);
        break;
      case 'output': {
        const { stream, text } = message;
        [...this._outputs].forEach(listener => listener({ stream, text }));
        break;
      }
      case 'told':
        this._watches.get(message.watch)?.told?.(message.text);
    }
  }

  private _ran(id: number, outcome: Outcome): void {
    const run = this._runs.get(id);
    this._runs.delete(id);
    [...this._watches.values()].forEach(({ watch }) => watch?.emit('ran', outcome));
    run?.resolve(outcome);
  }

  private _fail(error: Error): void {
    if (this._end) {
      return;
    }
    this._end = error;
    this._worker?.end();
    this._worker = undefined;
    this._ready?.reject(error);
    this._runs.forEach(run => run.reject(error));
    this._runs.clear();
    [...this._watches.values()].forEach(({ channel }) => channel.lose());
    this._outputs.clear();
  }

  private _worker: IWorker | undefined;
  private _signals: Uint8Array | undefined;
  private _wanted: Int32Array | undefined;
  private _interrupts = 0;
  private _ready: { resolve: () => void; reject: (error: Error) => void } | undefined;
  private _end: Error | undefined;
  private _lastId = 0;
  private readonly _runs = new Map<number, IRun>();
  private readonly _watches = new Map<number, IOpenWatch>();
  private readonly _outputs = new Set<(output: Output) => void>();
}
