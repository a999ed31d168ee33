/**
 * A table of the kernel's, fetched block by block as somebody scrolls. No DOM.
 *
 * Blocks are kept while the variable stands. When it changes, what is in sight is fetched anew, and
 * the old values stay until the new ones come. Where none come, `isOld` says so.
 */

import { DataModel } from '@lumino/datagrid';
import { ErrorCode } from '../protocol/client';
import type {
  Column,
  Filter,
  ProgressParams,
  Slice,
  SortKey,
  Table
} from '../protocol/messages';
import {
  columnsOf,
  hasSameColumns,
  type IArrangement,
  isInPlace,
  moved,
  NOT_ARRANGED
} from './arrangement';
import { BLOCK_COLUMNS, BLOCK_ROWS, Blocks } from './blocks';
import { FigureLoader, withoutFigures } from './figures';
import type { Path } from './format';
import { Heads } from './heads';
import { type Ask, codeOf, range, TableRequests } from './requests';

/** What the kernel is doing for the table. */
export interface IWork {
  doing: ProgressParams['doing'] | '';
  /** Which part is done, 0 to 1. */
  done: number;
}

/** The data of a grid. */
export class TableModel extends DataModel {
  constructor(
    ask: Ask,
    private readonly _path: Path,
    isSecond: () => boolean = () => false
  ) {
    super();
    this.requests = new TableRequests(ask, _path, isSecond);
    this._figures = new FigureLoader(
      columns => this._askFigures(columns),
      figures => this._storeFigures(figures)
    );
  }

  /** What asks the kernel for parts of the table. */
  readonly requests: TableRequests;
  /** Called when what is told of the table, besides its cells, may have changed. */
  told: (() => void) | null = null;
  /** What the last request failed with; empty if it did not. */
  error = '';
  /** Whether the cells are the last known ones, because newer ones could not be had. */
  isOld = false;
  /** What the kernel is doing, from the first progress on. */
  work: IWork | null = null;
  /** Whether newer cells, or the same in another order, are waited for. */
  isLoading = false;
  /** How many rows were filtered or sorted where it was not all of them. */
  sampled: number | null = null;
  /** The columns that have been seen, by position. */
  readonly columns = new Map<number, Column>();
  /** Rows and columns of the whole table. */
  shape: readonly [number, number] = [0, 0];
  /** Rows that the filters leave. */
  total = 0;
  /** The labels of rows and columns. */
  readonly heads = new Heads();

  /** In which order the rows are shown, and which of them. */
  get shown(): IArrangement {
    return this._shown;
  }

  /** Counts the states of the table. */
  get version(): number {
    return this._blocks.version;
  }

  get sort(): readonly SortKey[] {
    return this._shown.sort;
  }

  get filters(): readonly Filter[] {
    return this._shown.filters;
  }

  /** Whether there is anything to draw. */
  get isLoaded(): boolean {
    return this._blocks.version > 0;
  }

  rowCount(region: DataModel.RowRegion): number {
    return region === 'body' ? this.total : this.heads.count;
  }

  columnCount(region: DataModel.ColumnRegion): number {
    return region === 'body' ? this.shape[1] : this.heads.rowLevels;
  }

  data(region: DataModel.CellRegion, row: number, column: number): unknown {
    switch (region) {
      case 'column-header':
        return this._head(row, column);
      case 'row-header':
        this._request(row, 0);
        return this._blocks.index(row, column);
      case 'body':
        this._request(row, column);
        return this._blocks.cell(row, column);
      default:
        return this.heads.corner(row, column);
    }
  }

  /** Find the row or the column that a text names, among those that are shown. */
  find(text: string): Promise<{ row: number; column: number }> {
    return this.requests.find(this._shown, text);
  }

  /**
   * The path of a cell by its place among the rows that are shown; null while it is not known.
   */
  cellPath(row: number, column: number): Path | null {
    const position = this.isOld ? null : this._blocks.position(row, column);
    if (position === null) {
      return null;
    }
    const { slice } = this;
    return [
      ...this._path,
      ...(slice ? stepsIn(slice, position, column) : [['cell', position, column]])
    ];
  }

  metadata(
    region: DataModel.CellRegion,
    row: number,
    column: number
  ): DataModel.Metadata {
    if (region !== 'body') {
      return {};
    }
    return {
      type: this.columns.get(column)?.kind ?? 'other',
      isMissing: this._blocks.isMissing(row, column)
    };
  }

  /** Fetch what is in sight, because the variable has changed or is seen for the first time. */
  async reload(): Promise<void> {
    await this._arrange(this._wanted ?? this._shown, true);
  }

  /** Sort by a column: upwards, downwards, then as it was; or in the way that is given. */
  async sortBy(column: number, isDescending?: boolean | null): Promise<void> {
    const [key] = (this._wanted ?? this._shown).sort;
    if (isDescending !== undefined) {
      const sort = isDescending === null ? [] : [{ column, descending: isDescending }];
      await this._change({ sort });
    } else if (key?.column !== column) {
      await this._change({ sort: [{ column, descending: false }] });
    } else {
      await this._change({
        sort: key.descending ? [] : [{ column, descending: true }]
      });
    }
  }

  /** Keep only the rows for which all of these hold. */
  async filterBy(filters: Filter[]): Promise<void> {
    await this._change({ filters });
  }

  /** Sort and filter a sample where all rows would take long, or all of them again. */
  async useSample(sample: boolean): Promise<void> {
    await this._change({ sample });
  }

  /** Which part of an array of more than two dimensions is shown. */
  get slice(): Slice | null {
    return this.requests.slice;
  }

  /** Show another slice of an array; where it cannot be had, the one that is shown stays. */
  async showSlice(slice: Slice): Promise<void> {
    const before = this.requests.slice;
    this.requests.slice = slice;
    const isTurned = before?.rows !== slice.rows || before.columns !== slice.columns;
    const next = isTurned ? NOT_ARRANGED : (this._wanted ?? this._shown);
    await this._arrange(next, isTurned || !this.isLoaded);
    if (this.error && this.requests.slice === slice) {
      this.requests.slice = before;
    }
  }

  /** Show the rows as they are in the table. */
  async clear(): Promise<void> {
    await this._change({ sort: [], filters: [] });
  }

  /** Have the kernel give up what it is doing; the rows stay as they are. */
  cancel(): void {
    this._abort?.abort();
  }

  dispose(): void {
    this.cancel();
    this._figures.dispose();
    this._blocks.dispose();
    this.told = null;
  }

  // -- another order ------------------------------------------------------------------------

  private async _change(changes: Partial<IArrangement>): Promise<void> {
    const next = { ...(this._wanted ?? this._shown), ...changes };
    const used = columnsOf(next).map((position): [number, string] => [
      position,
      this.columns.get(position)?.label ?? next.labels.get(position) ?? ''
    ]);
    const labels = new Map(used);
    await this._arrange({ ...next, labels }, this.isOld);
  }

  /** Fetch the first block in an order; it is shown when that is there. */
  private async _arrange(next: IArrangement, isReload: boolean): Promise<void> {
    this._abort?.abort();
    const abort = new AbortController();
    this._abort = abort;
    this._wanted = next;
    this.isLoading = true;
    this.told?.();
    try {
      await this._show(next, abort, isReload);
    } catch (error) {
      if (this._abort === abort) {
        this._fail(error, isReload);
      }
    } finally {
      if (this._abort === abort) {
        this._abort = null;
        this._wanted = null;
        this.isLoading = false;
        this.work = null;
        this.told?.();
      }
    }
  }

  private async _show(
    next: IArrangement,
    abort: AbortController,
    isReload: boolean
  ): Promise<void> {
    let found = next;
    const known = this.isLoaded ? this.shape[1] : null;
    let table = await this._askIn(next, abort, known).catch((error: unknown) => {
      if (isReload && codeOf(error) === ErrorCode.InvalidParams) {
        return null; // a column that it is sorted or filtered by may be gone
      }
      throw error;
    });
    const isOther = known !== null && table?.shape[1] !== known;
    if (table === null || isOther || !isInPlace(next, table.columns)) {
      const { columns, width } = await this.requests.labels({ signal: abort.signal });
      found = moved(next, columns);
      table = await this._askIn(found, abort, width);
    }
    if (this._abort !== abort) {
      return;
    }
    this._shown = found;
    this._blocks.version += isReload || !this.isLoaded ? 1 : 0;
    this.error = '';
    this.isOld = false;
    this._blocks.abort();
    if (!isReload || !hasSameColumns(this, table)) {
      this._blocks.clear();
    }
    if (!hasSameColumns(this, table)) {
      this.columns.clear();
    }
    this._store(table, 0, 0);
    const of = [found.filters, found.sample, this.requests.slice];
    this._figures.restart(this._blocks.version, of);
    this.emitChanged({ type: 'model-reset' });
  }

  /** Ask for the first block of a table with so many columns; null where that is not known. */
  private _askIn(
    arrangement: IArrangement,
    abort: AbortController,
    width: number | null
  ): Promise<Table> {
    const onProgress = ({ doing, done }: ProgressParams) => {
      if (this._abort === abort) {
        this.work = { doing, done };
        this.told?.();
      }
    };
    const columns = width === null ? null : range(0, Math.min(BLOCK_COLUMNS, width));
    const { signal } = abort;
    return this.requests.cells(arrangement, 0, columns, { onProgress, signal });
  }

  private _fail(error: unknown, isReload: boolean): void {
    if (codeOf(error) === ErrorCode.Cancelled) {
      // Cells that were to be replaced are still shown, and may not be what there is now.
      this.isOld = this.isOld || isReload;
      return;
    }
    this.error = error instanceof Error ? error.message : String(error);
    this.isOld = isReload || codeOf(error) === ErrorCode.VariableNotFound;
  }

  // -- what is in sight ---------------------------------------------------------------------

  private _head(row: number, position: number): unknown {
    const column = this.columns.get(position);
    if (!column) {
      this._request(0, position);
      return '';
    }
    const [key] = this.sort;
    const arrow = key?.column !== position ? '' : key.descending ? ' ↓' : ' ↑';
    return this.heads.text(row, column, this.columns.get(position - 1), arrow);
  }

  private _request(row: number, column: number): void {
    if (!this.isOld) {
      this._blocks.request(row, column);
    }
  }

  private async _fetch(row: number, column: number, signal: AbortSignal): Promise<void> {
    const start = Math.floor(row / BLOCK_ROWS) * BLOCK_ROWS;
    const first = Math.floor(column / BLOCK_COLUMNS) * BLOCK_COLUMNS;
    const count = Math.min(BLOCK_COLUMNS, this.shape[1] - first);
    const shown = this._shown;
    try {
      const columns = range(first, count);
      const table = await this.requests.cells(shown, start, columns, { signal });
      if (signal.aborted) {
        return;
      }
      if (!isInPlace(shown, table.columns) || table.shape[1] !== this.shape[1]) {
        void this.reload(); // it is not what it was, and nobody has told yet
        return;
      }
      const isResized = table.total !== this.total;
      this._store(table, start, first);
      if (isResized) {
        this.emitChanged({ type: 'model-reset' });
      } else {
        this._emitCells(start, first, table);
      }
    } catch (error) {
      if (!signal.aborted) {
        this._fail(error, true);
        this.told?.();
      }
    }
  }

  private _store(table: Table, start: number, first: number): void {
    this.sampled = table.sampled ?? null;
    this.shape = [table.shape[0] ?? 0, table.shape[1] ?? 1];
    this.total = table.total;
    this.heads.note(table);
    const wide = Math.min(BLOCK_COLUMNS, this.shape[1] - first);
    for (const column of table.columns.slice(0, wide)) {
      const known = this.columns.get(column.position);
      const isSame = known?.label === column.label && known.dtype === column.dtype;
      if (!isSame) {
        this.columns.set(column.position, column);
      }
    }
    this._blocks.put(start, first, table, wide);
    if (start === 0) {
      this._figures.want(first, wide);
    }
  }

  private _emitCells(row: number, column: number, table: Table): void {
    const rowSpan = table.rows.length;
    const columnSpan = Math.min(BLOCK_COLUMNS, this.shape[1] - column);
    if (rowSpan > 0 && columnSpan > 0) {
      const body = { row, rowSpan, column, columnSpan };
      this.emitChanged({ type: 'cells-changed', region: 'body', ...body });
      const side = { row, rowSpan, column: 0, columnSpan: this.heads.rowLevels };
      this.emitChanged({ type: 'cells-changed', region: 'row-header', ...side });
      this._emitHead(column, columnSpan);
    }
  }

  private _emitHead(column: number, columnSpan: number): void {
    const head = { row: 0, rowSpan: this.heads.count, column, columnSpan };
    this.emitChanged({ type: 'cells-changed', region: 'column-header', ...head });
  }

  // -- figures ------------------------------------------------------------------------------

  private _askFigures(columns: number[]): [Promise<Table>, AbortController] {
    const abort = new AbortController();
    const { signal } = abort;
    return [this.requests.figures(this._shown, columns, { signal }), abort];
  }

  /** Put what is told of whole columns beside them; null takes it away. */
  private _storeFigures(figures: Table | null): void {
    const found = figures?.columns ?? [...this.columns.values()].map(withoutFigures);
    for (const column of found) {
      const known = this.columns.get(column.position);
      if (known?.label === column.label && known.dtype === column.dtype) {
        this.columns.set(column.position, column);
      }
    }
    const positions = found.map(({ position }) => position);
    if (positions.length > 0) {
      const first = Math.min(...positions);
      this._emitHead(first, Math.max(...positions) - first + 1);
    }
    this.told?.();
  }

  private _shown: IArrangement = NOT_ARRANGED;
  /** What is waited for. */
  private _wanted: IArrangement | null = null;
  private _abort: AbortController | null = null;
  private readonly _figures: FigureLoader;
  private readonly _blocks = new Blocks((row, column, signal) =>
    this._fetch(row, column, signal)
  );
}

/** The steps to an element of an array of more than two dimensions. */
function stepsIn({ rows, columns, at }: Slice, row: number, column: number): Path {
  return at.map((place, axis) => [
    'index',
    axis === rows ? row : axis === columns ? column : place
  ]);
}
