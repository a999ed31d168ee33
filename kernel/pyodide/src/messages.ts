/** What a process and its worker tell each other. */

/** How a run ended. */
export interface Outcome {
  status: 'ok' | 'error';
  execution_count: number;
  /** The text of the last expression's value. */
  result?: string;
  /** Of an error: its class, its message, and all of it as Python prints it. */
  ename?: string;
  evalue?: string;
  traceback?: string;
}

/** Something that was printed. */
export interface Output {
  stream: 'stdout' | 'stderr';
  text: string;
}

/** What the worker starts with. */
export interface Start {
  type: 'start';
  pyodideURL: string;
  indexURL?: string;
  archive: string;
  /** A shared byte: the signal that Python is to raise. */
  signals?: Uint8Array;
  /** Shared numbers: for which run it is meant, which interrupt it is, and which was taken last. */
  wanted?: Int32Array;
  packages: string[];
}

export type ToWorker =
  | Start
  | { type: 'run'; id: number; code: string }
  | { type: 'interrupt'; id: number; number: number }
  | { type: 'open'; watch: number; subscription: string }
  | { type: 'request'; watch: number; text: string }
  | { type: 'close'; watch: number };

export type FromWorker =
  | { type: 'ready' }
  | { type: 'failed'; message: string }
  | { type: 'ran'; id: number; outcome: Outcome }
  | ({ type: 'output' } & Output)
  | { type: 'told'; watch: number; text: string };

/** What is written into the shared byte. */
export const SIGINT = 2;
