/** A table as comma-separated values: all rows and columns that are shown, in their order. No DOM. */

import type { Column, Table } from '../protocol/messages';
import { isInPlace } from './arrangement';
import { range } from './requests';
import type { TableModel } from './tables';

const MAX_ROWS = 1000;
const MAX_COLUMNS = 500;
const PAGE_CELLS = 20_000;

/** Called with how many rows are written, and of how many. */
type Tell = (rows: number, total: number) => void;

/**
 * Return the lines of a file, with a head. The labels of the rows come first, a column for each
 * level; a missing value is an empty field.
 *
 * @throws Error if the table changes meanwhile, so that no file has parts of two states.
 */
export async function csvLines(
  table: TableModel,
  signal: AbortSignal,
  tell: Tell
): Promise<string[]> {
  const { version, shown } = table;
  const width = table.shape[1];
  const limit = Math.max(
    1,
    Math.min(MAX_ROWS, Math.floor(PAGE_CELLS / Math.max(1, width)))
  );
  const lines: string[] = [];
  let total = 1;
  for (let start = 0; start < total; start += limit) {
    const parts: Table[] = [];
    for (let first = 0; first === 0 || first < width; first += MAX_COLUMNS) {
      const columns = range(first, Math.min(MAX_COLUMNS, width - first));
      const part = await table.requests.page(
        shown,
        { start, limit, columns },
        { signal }
      );
      const isSame = version === table.version && part.shape[1] === width;
      if (
        !isSame ||
        !isInPlace(shown, part.columns) ||
        (start > 0 && part.total !== total)
      ) {
        throw new Error('The table has changed meanwhile');
      }
      parts.push(part);
      total = part.total;
    }
    if (start === 0) {
      lines.push(headOf(parts));
    }
    lines.push(...linesOf(parts));
    tell(Math.min(start + limit, total), total);
  }
  return lines;
}

function headOf(parts: readonly Table[]): string {
  const [first] = parts;
  const { levels = [], index_names = [] } = first!;
  const count = Math.max(1, levels.length);
  const names = Array.from({ length: count }, (_, level) => index_names[level] ?? '');
  const columns = parts.flatMap(part =>
    part.columns.map((column: Column) => column.label)
  );
  return [...names, ...columns].map(field).join(',');
}

function linesOf(parts: readonly Table[]): string[] {
  const { index, levels = [] } = parts[0]!;
  const labels = levels.length > 0 ? levels : [index];
  const missing = parts.map(part => (part.missing ?? []).map(places => new Set(places)));
  return index.map((_, row) => {
    const cells = parts.flatMap((part, n) =>
      (part.rows[row] ?? []).map((cell, column) =>
        missing[n]?.[column]?.has(row) ? '' : String(cell)
      )
    );
    return [...labels.map(level => level[row] ?? ''), ...cells].map(field).join(',');
  });
}

/** Write one field, in quotes where it needs them. */
export function field(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
