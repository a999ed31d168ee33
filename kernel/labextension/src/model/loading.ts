/** How far livens is on its way into a kernel that has it not: what a view says of that. No kernel. */

import { type ISignal, Signal } from '@lumino/signaling';

/** What a kernel is, as far as it matters for installing livens there. */
export interface IPython {
  executable: string;
  /** Such as `[3, 12]`. */
  version: readonly number[];
  hasPip: boolean;
  isWindows: boolean;
}

/** Why livens is not in a kernel after it was asked for. */
export type Failure =
  /** It cannot be imported there; what is known of the Python says how it is installed. */
  | { why: 'missing'; python: IPython | null }
  /** The kernel knows no magics of IPython. */
  | { why: 'no-ipython' }
  /** Something of that name was loaded, and does not answer. */
  | { why: 'silent'; text: string }
  | { why: 'error'; text: string };

export type LoadingState =
  | { phase: 'none' }
  /** Other code runs: the kernel has it in its queue. */
  | { phase: 'waiting' }
  | { phase: 'loading' }
  | { phase: 'failed'; failure: Failure };

/** The oldest Python that livens runs on. */
export const OLDEST_PYTHON = [3, 11] as const;

/** The state of loading livens into one kernel, with a signal. */
export class Loading {
  get state(): LoadingState {
    return this._state;
  }

  set state(state: LoadingState) {
    this._state = state;
    this._changed.emit();
  }

  /** Whether it can be asked for: the kernel runs Python. */
  get isPossible(): boolean {
    return this._isPossible;
  }

  set isPossible(isPossible: boolean) {
    if (isPossible !== this._isPossible) {
      this._isPossible = isPossible;
      this._changed.emit();
    }
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  private _state: LoadingState = { phase: 'none' };
  private _isPossible = false;
  private readonly _changed = new Signal<this, void>(this);
}

/** Whether livens does not run on a Python, because it is too old. */
export function isTooOld({ version }: IPython): boolean {
  const [major = 0, minor = 0] = version;
  return (
    major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])
  );
}

/** What installs livens for the Python of a kernel: in a cell where it has pip, else in a terminal. */
export function installCommand(python: IPython | null): string {
  if (python === null || python.hasPip) {
    return '%pip install livens';
  }
  const { executable, isWindows } = python;
  return `uv pip install --python ${isWindows ? quoteWindows(executable) : quote(executable)} livens`;
}

/** Write a path as one word of a POSIX shell. */
function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replace(/'/g, `'"'"'`)}'`;
}

function quoteWindows(path: string): string {
  return /\s/.test(path) ? `"${path}"` : path;
}
