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

export type ToWorker =
  | { type: 'start'; indexURL?: string; pyodideURL: string; archive: string; signals?: SharedArrayBuffer; packages: string[] }
  | { type: 'run'; id: number; code: string }
  | { type: 'open'; watch: number; subscription: string }
  | { type: 'request'; watch: number; text: string }
  | { type: 'close'; watch: number };

export type FromWorker =
  | { type: 'ready' }
  | { type: 'failed'; message: string }
  | { type: 'ran'; id: number; outcome: Outcome }
  | ({ type: 'output' } & Output)
  | { type: 'told'; watch: number; text: string };

/** What is written into the shared byte: Pyodide has Python raise that signal. */
export const SIGINT = 2;
export const SIGUSR1 = 10;
