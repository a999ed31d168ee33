/** What is asked of the kernel for a table. No DOM. */

import { type IRequestOptions, RequestError } from '../protocol/client';
import type { Column, Slice, Statistics, Table } from '../protocol/messages';
import { columnsOf, type IArrangement } from './arrangement';
import { BLOCK_ROWS } from './blocks';
import type { Path } from './format';
import type { VariablesModel } from './model';

export type Ask = VariablesModel['request'];

const MAX_LABELS = 500;

/** How long the kernel may work on all the rows, and on as many as fit into the time. */
const ALL_MS = 3_600_000;
const SAMPLE_MS = 5000;
const STATISTICS_MS = 8000;

/** Where a text is cut that is written to a file. */
const MOST_CHARS = 1_000_000;

/** Asks for parts of one table. */
export class TableRequests {
  constructor(
    private readonly _ask: Ask,
    private readonly _path: Path,
    /** Whether the kernel has the second revision of `table`. */
    private readonly _isSecond: () => boolean
  ) {}

  /** Which part of an array of more than two dimensions. */
  slice: Slice | null = null;

  /**
   * Ask for the cells of a block. Behind its columns are those that are sorted and filtered by, to
   * see whether they are still the ones that were meant.
   */
  cells(
    arrangement: IArrangement,
    start: number,
    columns: readonly number[] | null,
    options: IRequestOptions
  ): Promise<Table> {
    const { sort } = arrangement;
    const wanted = columns && [...new Set([...columns, ...columnsOf(arrangement)])];
    const page = { start, limit: BLOCK_ROWS, columns: wanted, sort: [...sort] };
    const params = {
      ...this._common(arrangement),
      ...page,
      as_text: true,
      progress: true
    };
    return this._ask('table', { ...params, ...this._levels() }, options);
  }

  /** Ask for what is told of whole columns, in whatever order their rows are. */
  figures(
    arrangement: IArrangement,
    columns: number[],
    options: IRequestOptions
  ): Promise<Table> {
    const params = {
      ...this._common(arrangement),
      limit: 0,
      columns,
      summary: true,
      ...this._levels()
    };
    return this._ask('table', { ...params, progress: true }, options);
  }

  /** Ask where the row or the column is that a text names; -1 for what it does not name. */
  async find(
    arrangement: IArrangement,
    text: string
  ): Promise<{ row: number; column: number }> {
    const none = { limit: 0, columns: [], sort: [...arrangement.sort] };
    const params = { ...this._common(arrangement), ...none, find: text };
    const { found } = await this._ask('table', params);
    return { row: found?.[0] ?? -1, column: found?.[1] ?? -1 };
  }

  /** Ask for some rows and columns in an order, with their whole texts. */
  page(
    arrangement: IArrangement,
    { start, limit, columns }: { start: number; limit: number; columns: number[] },
    options: IRequestOptions
  ): Promise<Table> {
    const page = { start, limit, columns, sort: [...arrangement.sort] };
    const whole = { as_text: true, levels: true, max_chars: MOST_CHARS };
    return this._ask(
      'table',
      { ...this._common(arrangement), ...page, ...whole },
      options
    );
  }

  /** Ask for what can be told of a column, or of all values. */
  statistics(
    arrangement: IArrangement,
    column: number | null,
    options: IRequestOptions
  ): Promise<Statistics> {
    const { filters, ...common } = this._common(arrangement);
    const of = column === null ? {} : { column, filters };
    const timeout_ms = STATISTICS_MS;
    return this._ask(
      'statistics',
      { ...common, ...of, sample: true, timeout_ms },
      options
    );
  }

  /** Ask for code that has the rows of an order. */
  async code({ sort, filters }: IArrangement, expression: string): Promise<string> {
    const order = { sort: [...sort], filters: [...filters] };
    const { code } = await this._ask('table.code', {
      path: this._path,
      expression,
      ...order
    });
    return code;
  }

  /** Ask for the labels of the columns, and how many there are. */
  async labels(
    options: IRequestOptions
  ): Promise<{ columns: readonly Column[]; width: number }> {
    const params = { path: this._path, limit: 0, ...this._part() };
    const { shape } = await this._ask('table', { ...params, columns: [] }, options);
    const width = shape[1] ?? 0;
    const columns = range(0, Math.min(width, MAX_LABELS));
    const table = await this._ask('table', { ...params, columns }, options);
    return { columns: table.columns, width };
  }

  private _common({ filters, sample }: IArrangement) {
    const timeout_ms = sample ? SAMPLE_MS : ALL_MS;
    const rows = { filters: [...filters], sample, timeout_ms };
    return { path: this._path, ...rows, ...this._part() };
  }

  private _levels(): { levels?: boolean } {
    return this._isSecond() ? { levels: true } : {};
  }

  private _part(): { slice?: Slice } {
    return this.slice ? { slice: this.slice } : {};
  }
}

/** Count so many numbers from the first one on. */
export function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** The code of what a request failed with; 0 for another error. */
export function codeOf(error: unknown): number {
  return error instanceof RequestError ? error.info.code : 0;
}
