/** The blocks of a table that have been fetched, and which are asked for next. No DOM. */

import type { Table } from '../protocol/messages';

export const BLOCK_ROWS = 200;
export const BLOCK_COLUMNS = 40;
const MAX_BLOCKS = 200;
const GATHER_MS = 15;

interface IBlock {
  rows: Table['rows'];
  missing: ReadonlySet<number>[];
  index: string[];
  positions: number[];
  levels: string[][];
  version: number;
}

/** Fetches one block, and stores it with `Blocks.put`; never rejects. */
type Fetch = (row: number, column: number, signal: AbortSignal) => Promise<void>;

/** The blocks of one table. */
export class Blocks {
  constructor(private readonly _fetch: Fetch) {}

  /** Which state of the table the blocks should be of. */
  version = 0;

  cell(row: number, column: number): unknown {
    return this._get(row, column)?.rows[row % BLOCK_ROWS]?.[column % BLOCK_COLUMNS] ?? '';
  }

  isMissing(row: number, column: number): boolean {
    const missing = this._get(row, column)?.missing[column % BLOCK_COLUMNS];
    return missing?.has(row % BLOCK_ROWS) ?? false;
  }

  /** The label of a row, or one level of it. */
  index(row: number, level = 0): string {
    const block = this._get(row, 0);
    const labels = block?.levels[level] ?? block?.index;
    return labels?.[row % BLOCK_ROWS] ?? '';
  }

  /** The position of a row in the whole table; null while it is not known. */
  position(row: number, column: number): number | null {
    const block = this._get(row, column);
    if (!block || !block.rows[row % BLOCK_ROWS]) {
      return null;
    }
    return block.positions[row % BLOCK_ROWS] ?? row;
  }

  /** Note that a cell was drawn; blocks are fetched together, a moment later. */
  request(row: number, column: number): void {
    const key = blockKey(row, column);
    const isThere = this._blocks.get(key)?.version === this.version;
    if (isThere || this._asked.has(key)) {
      return;
    }
    this._inSight.set(key, [row, column]);
    if (this._timer === null) {
      this._timer = setTimeout(() => {
        this._timer = null;
        const wanted = [...this._inSight.values()].slice(-4);
        this._inSight.clear();
        wanted.forEach(([r, c]) => void this._ask(r, c));
      }, GATHER_MS);
    }
  }

  /** Keep a block of so many columns. */
  put(row: number, column: number, table: Table, width: number): void {
    if (this._blocks.size >= MAX_BLOCKS) {
      this._blocks.delete(this._blocks.keys().next().value as string);
    }
    const key = blockKey(row, column);
    this._blocks.delete(key);
    this._blocks.set(key, {
      rows: table.rows.map(cells => cells.slice(0, width)),
      missing: (table.missing ?? []).slice(0, width).map(places => new Set(places)),
      index: table.index,
      positions: table.positions ?? [],
      levels: table.levels ?? [],
      version: this.version
    });
  }

  /** Give up what is being fetched: it is of another state. */
  abort(): void {
    this._fetching.abort();
    this._fetching = new AbortController();
    this._asked.clear();
  }

  clear(): void {
    this._blocks.clear();
  }

  dispose(): void {
    this._fetching.abort();
    clearTimeout(this._timer ?? undefined);
  }

  private async _ask(row: number, column: number): Promise<void> {
    const key = blockKey(row, column);
    const { signal } = this._fetching;
    this._asked.add(key);
    await this._fetch(row, column, signal);
    if (!signal.aborted) {
      this._asked.delete(key);
    }
  }

  private _get(row: number, column: number): IBlock | undefined {
    return this._blocks.get(blockKey(row, column));
  }

  private _fetching = new AbortController();
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private readonly _blocks = new Map<string, IBlock>();
  private readonly _inSight = new Map<string, [number, number]>();
  private readonly _asked = new Set<string>();
}

function blockKey(row: number, column: number): string {
  return `${Math.floor(row / BLOCK_ROWS)}:${Math.floor(column / BLOCK_COLUMNS)}`;
}
