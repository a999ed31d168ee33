/**
 * What is told of whole columns: missing values, the ends, a histogram. It is asked for after the
 * cells, since it is about all the rows and may take long.
 */

import type { Column, Table } from '../protocol/messages';

/** Figures that are not those of the newest state are taken away after so long. */
const STALE_MS = 300;

/** Asks for the figures of the columns that have been seen, one block of them after the other. */
export class FigureLoader {
  constructor(
    private readonly _ask: (columns: number[]) => [Promise<Table>, AbortController],
    private readonly _store: (figures: Table | null) => void
  ) {}

  /** Ask for the figures of some columns, unless they are known. */
  want(first: number, count: number): void {
    this._wanted.set(first, count);
    void this._run();
  }

  /** Ask for all of them again, if the table or what they are of is not what it was. */
  restart(version: number, of: unknown): void {
    const key = JSON.stringify(of);
    if (version === this._version && key === this._key) {
      return;
    }
    this._known.clear();
    clearTimeout(this._timer);
    if (key !== this._key) {
      this._abort?.abort();
      this._drop();
    } else if (this._hasAny) {
      this._timer = setTimeout(() => this._drop(), STALE_MS);
    }
    this._version = version;
    this._key = key;
    void this._run();
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._timer);
    this._abort?.abort();
  }

  private _drop(): void {
    if (this._hasAny) {
      this._hasAny = false;
      this._store(null);
    }
  }

  private async _run(): Promise<void> {
    const next = [...this._wanted].find(([first]) => !this._known.has(first));
    if (this._abort || this._isDisposed || !next) {
      return;
    }
    const [first, count] = next;
    const key = this._key;
    this._known.add(first);
    const columns = Array.from({ length: count }, (_, i) => first + i);
    const [asking, abort] = this._ask(columns);
    this._abort = abort;
    const figures = await asking.catch(() => null); // the cells say what is wrong
    this._abort = null;
    if (this._isDisposed) {
      return;
    }
    if (figures && key === this._key) {
      // They may be older than the cells by a moment; the next ones are asked for right after.
      clearTimeout(this._timer);
      this._hasAny = true;
      this._store(figures);
    }
    void this._run();
  }

  private _key = '';
  private _version = 0;
  private _hasAny = false;
  private _isDisposed = false;
  private _abort: AbortController | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private readonly _wanted = new Map<number, number>();
  private readonly _known = new Set<number>();
}

/** What is left of a column whose figures are not known. */
export function withoutFigures({ position, label, dtype, kind }: Column): Column {
  return { position, label, dtype, kind };
}
