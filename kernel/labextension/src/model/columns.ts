/** The columns of the list: in which order they are, and which of them there is room for. */

import type { SortKey } from './sorting';

export type ColumnKey = SortKey;

/** All columns, in the order that they begin with. A tree has its names in front. */
export const COLUMNS: readonly ColumnKey[] = ['name', 'type', 'value', 'size', 'changed'];

/** Those that somebody may hide. */
export const HIDEABLE_COLUMNS: readonly ColumnKey[] = [
  'type',
  'value',
  'size',
  'changed'
];

/** What each needs, in pixels; the value is what a list is for. */
const NEEDS_PX: Record<ColumnKey, number> = {
  name: 120,
  value: 190,
  size: 70,
  changed: 100,
  type: 140
};

/** Which of them go first where there is little room. */
const FIRST_TO_GO: readonly ColumnKey[] = ['type', 'changed', 'size'];

/** Return the columns to show in a width, in their order. */
export function shownColumns(
  order: readonly ColumnKey[],
  hidden: readonly ColumnKey[],
  width_px: number
): ColumnKey[] {
  let shown = order.filter(key => !hidden.includes(key));
  for (const key of FIRST_TO_GO) {
    const needed = shown.reduce((sum, one) => sum + NEEDS_PX[one], 0);
    if (needed <= width_px || shown.length <= 2) {
      break;
    }
    shown = shown.filter(one => one !== key);
  }
  return shown;
}

/** Return another order: a column takes the place of another one. Names stay in front. */
export function moved(
  order: readonly ColumnKey[],
  key: ColumnKey,
  to: ColumnKey
): readonly ColumnKey[] {
  const [from, at] = [order.indexOf(key), order.indexOf(to)];
  if (from < 1 || at < 1 || from === at) {
    return order;
  }
  const rest = order.filter(one => one !== key);
  return [...rest.slice(0, at), key, ...rest.slice(at)];
}

/** Return an order that was kept, if it has all columns, names in front; else the first one. */
export function checkedOrder(order: unknown): readonly ColumnKey[] {
  const isWhole =
    Array.isArray(order) &&
    order.length === COLUMNS.length &&
    order[0] === 'name' &&
    COLUMNS.every(key => order.includes(key));
  return isWhole ? (order as ColumnKey[]) : COLUMNS;
}

/** Return how wide the columns are, as CSS has it. */
export function template(shown: readonly ColumnKey[]): string {
  const share = [100, 100, 42, 32, 28, 24][shown.length] ?? 24;
  const widths: Record<ColumnKey, string> = {
    name: `minmax(72px, ${share}%)`,
    type: 'minmax(60px, 16%)',
    value: 'minmax(0, 1fr)',
    size: shown.length > 3 ? '72px' : '64px',
    changed: shown.length > 4 ? '120px' : '104px'
  };
  const last = shown[shown.length - 1];
  const fills = shown.includes('value') ? 'value' : last;
  return shown.map(key => (key === fills ? 'minmax(0, 1fr)' : widths[key])).join(' ');
}
