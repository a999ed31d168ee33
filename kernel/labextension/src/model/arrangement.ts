/** In which order a table is shown, and which of its rows. */

import type { Column, Filter, SortKey, Table } from '../protocol/messages';

/** An order and filters. */
export interface IArrangement {
  readonly sort: readonly SortKey[];
  readonly filters: readonly Filter[];
  /** Whether a sample of the rows will do where all of them take long. */
  readonly sample: boolean;
  /** The labels that the columns in it had when they were chosen: requests name positions. */
  readonly labels: ReadonlyMap<number, string>;
}

export const NOT_ARRANGED: IArrangement = {
  sort: [],
  filters: [],
  sample: false,
  labels: new Map()
};

/** The positions of the columns that are sorted or filtered by. */
export function columnsOf({ sort, filters }: IArrangement): number[] {
  const others = filters.flatMap(({ alternatives = [] }) => alternatives);
  return [...sort, ...filters, ...others].map(({ column }) => column);
}

/** Whether the columns of an answer are those that were meant. */
export function isInPlace(
  arrangement: IArrangement,
  columns: readonly Column[]
): boolean {
  const { labels } = arrangement;
  const used = new Set(columnsOf(arrangement));
  return columns.every(
    ({ position, label }) => !used.has(position) || labels.get(position) === label
  );
}

/**
 * Return the same order by where its columns are now.
 *
 * @throws Error which names the column that is gone.
 */
export function moved(
  arrangement: IArrangement,
  columns: readonly Column[]
): IArrangement {
  const labels = new Map<number, string>();
  const place = (column: number): number => {
    const label = arrangement.labels.get(column) ?? '';
    const found = columns.filter(other => other.label === label);
    const [only] = found;
    if (!only || found.length > 1) {
      const sorted = arrangement.sort.some(key => key.column === column);
      const done = sorted ? 'sorted' : 'filtered';
      throw new Error(`Column “${label}”, by which the rows were ${done}, is gone`);
    }
    labels.set(only.position, label);
    return only.position;
  };
  return {
    sample: arrangement.sample,
    sort: arrangement.sort.map(key => ({ ...key, column: place(key.column) })),
    filters: arrangement.filters.map(({ alternatives = [], ...one }) => {
      const others = alternatives.map(other => ({
        ...other,
        column: place(other.column)
      }));
      const first = { ...one, column: place(one.column) };
      return others.length > 0 ? { ...first, alternatives: others } : first;
    }),
    labels
  };
}

/** Whether an answer has the columns that are known: as many, with the same labels. */
export function hasSameColumns(
  known: { shape: readonly number[]; columns: ReadonlyMap<number, Column> },
  { shape, columns }: Table
): boolean {
  return (
    shape[1] === known.shape[1] &&
    columns.every(({ position, label }) => {
      const column = known.columns.get(position);
      return !column || column.label === label;
    })
  );
}
