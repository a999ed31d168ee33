/**
 * A table of the kernel's, fetched block by block as somebody scrolls. No DOM.
 *
 * Blocks are kept while the variable stands. When it changes, what is in sight is fetched anew, and
 * the old values stay until the new ones come.
 */

import { DataModel } from '@lumino/datagrid';
import type { Column, Filter, SortKey, Table } from '../protocol/messages';
import type { Path } from './format';
import type { VariablesModel } from './model';

const BLOCK_ROWS = 200;
const BLOCK_COLUMNS = 40;
const MAX_BLOCKS = 200;
const GATHER_MS = 15;

/** The rows of the head: the label, the type with what is missing, the histogram. */
export const HEAD_ROWS = 3;

type Ask = VariablesModel['request'];

interface IBlock {
  rows: Table['rows'];
  index: string[];
  generation: number;
}

/** The data of a grid. */
export class TableModel extends DataModel {
  constructor(
    private readonly _ask: Ask,
    private readonly _path: Path
  ) {
    super();
  }

  /** What the last request failed with; empty if it did not. */
  error = '';
  /** How many rows were filtered or sorted where it was not all of them. */
  sampled: number | null = null;
  sort: SortKey[] = [];
  filters: Filter[] = [];
  /** The columns that have been seen, by position. */
  readonly columns = new Map<number, Column>();
  /** Rows and columns of the whole table. */
  shape: readonly [number, number] = [0, 0];
  /** Rows that the filters leave. */
  total = 0;

  rowCount(region: DataModel.RowRegion): number {
    return region === 'body' ? this.total : HEAD_ROWS;
  }

  columnCount(region: DataModel.ColumnRegion): number {
    return region === 'body' ? this.shape[1] : 1;
  }

  data(region: DataModel.CellRegion, row: number, column: number): unknown {
    switch (region) {
      case 'column-header':
        return this._head(row, column);
      case 'row-header':
        this._requestBlock(row, 0);
        return this._block(row, 0)?.index[row % BLOCK_ROWS] ?? '';
      case 'body':
        this._requestBlock(row, column);
        return this._block(row, column)?.rows[row % BLOCK_ROWS]?.[column % BLOCK_COLUMNS];
      default:
        return '';
    }
  }

  metadata(
    region: DataModel.CellRegion,
    _row: number,
    column: number
  ): DataModel.Metadata {
    return region === 'body' ? { type: this.columns.get(column)?.kind ?? 'other' } : {};
  }

  /** Load the first block, and learn how large the table is. */
  async load(): Promise<void> {
    this._generation += 1;
    await this._fetchBlock(0, 0);
  }

  /** Fetch again what is in sight, because the variable has changed. */
  async reload(): Promise<void> {
    await this.load();
    this.emitChanged({ type: 'model-reset' });
  }

  /** Sort by a column: upwards, downwards, then as it was. */
  async sortBy(column: number): Promise<void> {
    const [key] = this.sort;
    if (key?.column !== column) {
      this.sort = [{ column, descending: false }];
    } else {
      this.sort = key.descending ? [] : [{ column, descending: true }];
    }
    await this._restart();
  }

  /** Keep only the rows for which all of these hold. */
  async filterBy(filters: Filter[]): Promise<void> {
    this.filters = filters;
    await this._restart();
  }

  private async _restart(): Promise<void> {
    this._blocks.clear();
    await this.load();
    this.emitChanged({ type: 'model-reset' });
  }

  private _head(row: number, position: number): unknown {
    const column = this.columns.get(position);
    if (!column) {
      this._requestBlock(0, position);
      return '';
    }
    switch (row) {
      case 0: {
        const [key] = this.sort;
        const arrow = key?.column !== position ? '' : key.descending ? ' ↓' : ' ↑';
        return column.label + arrow;
      }
      case 1:
        return column.nulls
          ? `${column.dtype} · ${column.nulls.toLocaleString('en')} null`
          : column.dtype;
      default:
        return column;
    }
  }

  private _block(row: number, column: number): IBlock | undefined {
    return this._blocks.get(blockKey(row, column));
  }

  /** Note that a cell was drawn; blocks are fetched together, a moment later. */
  private _requestBlock(row: number, column: number): void {
    const key = blockKey(row, column);
    if (this._blocks.get(key)?.generation === this._generation || this._asked.has(key)) {
      return;
    }
    this._wanted.set(key, [row, column]);
    if (this._timer === null) {
      this._timer = setTimeout(() => {
        this._timer = null;
        const wanted = [...this._wanted.values()].slice(-4);
        this._wanted.clear();
        wanted.forEach(([r, c]) => void this._fetchBlock(r, c));
      }, GATHER_MS);
    }
  }

  private async _fetchBlock(row: number, column: number): Promise<void> {
    const key = blockKey(row, column);
    const generation = this._generation;
    const start = Math.floor(row / BLOCK_ROWS) * BLOCK_ROWS;
    const first = Math.floor(column / BLOCK_COLUMNS) * BLOCK_COLUMNS;
    const count =
      this.shape[1] === 0
        ? BLOCK_COLUMNS
        : Math.min(BLOCK_COLUMNS, this.shape[1] - first);
    const columns =
      this.shape[1] === 0 ? null : Array.from({ length: count }, (_, i) => first + i);
    this._asked.add(key);
    try {
      const table = await this._ask('table', {
        path: this._path,
        start,
        limit: BLOCK_ROWS,
        columns,
        sort: this.sort,
        filters: this.filters,
        summary: !this.columns.get(column)?.histogram && start === 0
      });
      if (generation === this._generation) {
        this._storeBlock(key, table, start, first);
      }
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error);
      this.failed?.();
    } finally {
      this._asked.delete(key);
    }
  }

  /** Called when a request has failed. */
  failed: (() => void) | null = null;

  private _storeBlock(key: string, table: Table, start: number, first: number): void {
    this.error = '';
    this.sampled = table.sampled ?? null;
    const wide = table.columns.slice(0, BLOCK_COLUMNS);
    for (const column of wide) {
      const known = this.columns.get(column.position);
      const keepsSummary =
        known?.dtype === column.dtype && !column.histogram && start > 0;
      this.columns.set(column.position, keepsSummary ? known : column);
    }
    const rows = table.rows.map(row => row.slice(0, BLOCK_COLUMNS));
    if (this._blocks.size >= MAX_BLOCKS) {
      this._blocks.delete(this._blocks.keys().next().value as string);
    }
    this._blocks.set(key, { rows, index: table.index, generation: this._generation });
    const shape = [table.shape[0] ?? 0, table.shape[1] ?? 1] as const;
    const isResized = shape[1] !== this.shape[1] || table.total !== this.total;
    this.shape = shape;
    this.total = table.total;
    if (isResized) {
      this.emitChanged({ type: 'model-reset' });
      return;
    }
    const span = {
      row: start,
      rowSpan: rows.length,
      column: first,
      columnSpan: wide.length
    };
    if (rows.length > 0 && wide.length > 0) {
      this.emitChanged({ type: 'cells-changed', region: 'body', ...span });
      const head = { row: 0, rowSpan: HEAD_ROWS, column: first, columnSpan: wide.length };
      this.emitChanged({ type: 'cells-changed', region: 'column-header', ...head });
      const side = { row: start, rowSpan: rows.length, column: 0, columnSpan: 1 };
      this.emitChanged({ type: 'cells-changed', region: 'row-header', ...side });
    }
  }

  private _generation = 0;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private readonly _blocks = new Map<string, IBlock>();
  private readonly _wanted = new Map<string, [number, number]>();
  private readonly _asked = new Set<string>();
}

function blockKey(row: number, column: number): string {
  return `${Math.floor(row / BLOCK_ROWS)}:${Math.floor(column / BLOCK_COLUMNS)}`;
}

const OPERATORS = [
  '==',
  '!=',
  '<=',
  '>=',
  '<',
  '>',
  'contains',
  'is null',
  'not null'
] as const;

/**
 * Read a filter as people write it: `age > 30 and name contains ada`.
 *
 * @throws Error which names the part that is not understood.
 */
export function parseFilters(text: string, columns: readonly Column[]): Filter[] {
  const parts = text.trim() === '' ? [] : text.split(/\s+and\s+/i);
  return parts.map(part => parseFilter(part.trim(), columns));
}

function parseFilter(part: string, columns: readonly Column[]): Filter {
  const named = [...columns]
    .sort((a, b) => b.label.length - a.label.length)
    .find(
      ({ label }) => part.startsWith(label) && !/^[\w.]/.test(part.slice(label.length))
    );
  if (!named) {
    throw new Error(`“${part}” does not begin with the name of a column`);
  }
  const rest = part.slice(named.label.length).trim();
  const op = OPERATORS.find(operator => rest.startsWith(operator));
  if (!op) {
    throw new Error(`Expected one of ${OPERATORS.join(' ')} after “${named.label}”`);
  }
  const value = rest.slice(op.length).trim();
  if (op === 'is null' || op === 'not null') {
    return { column: named.position, op };
  }
  if (value === '') {
    throw new Error(`Expected a value after “${named.label} ${op}”`);
  }
  return { column: named.position, op, value: parseValue(value, named) };
}

function parseValue(text: string, column: Column): string | number | boolean {
  const quoted = /^(['"])(.*)\1$/.exec(text);
  if (quoted) {
    return quoted[2] ?? '';
  }
  if (column.kind === 'bool' && /^(true|false)$/i.test(text)) {
    return text.toLowerCase() === 'true';
  }
  return column.kind === 'number' && Number.isFinite(Number(text)) ? Number(text) : text;
}
