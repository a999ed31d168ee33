/** The heads of a table: the labels of rows and columns, level by level where they have several. */

import type { Column, Table } from '../protocol/messages';
import { figuresText } from './format';

/** The rows of the head: the label, the type with what is missing, the histogram. */
export const HEAD_ROWS = 3;

/** What is known of the labels of a table. */
export class Heads {
  /** What the labels of the rows are called, one for each level. */
  names: readonly string[] = [];
  /** How many levels the labels of the rows and of the columns have. */
  rowLevels = 1;
  columnLevels = 1;

  /** Take over what an answer says. */
  note({ columns, levels = [], index_names = [] }: Table): void {
    this.rowLevels = Math.max(1, levels.length);
    this.columnLevels = Math.max(1, columns[0]?.levels?.length ?? 1);
    this.names = index_names;
  }

  /** The rows of the head. */
  get count(): number {
    return HEAD_ROWS + this.columnLevels - 1;
  }

  /** Which of the rows of a head with one level this one is; negative for the levels above. */
  kindOf(row: number): number {
    return row - (this.columnLevels - 1);
  }

  /** What stands in the head of a column; an upper level stands only where it begins. */
  text(
    row: number,
    column: Column,
    before: Column | undefined,
    arrow: string
  ): string | Column {
    const { levels = [] } = column;
    const kind = this.kindOf(row);
    if (kind < 0) {
      const isSame = levels
        .slice(0, row + 1)
        .every((text, level) => text === before?.levels?.[level]);
      return isSame ? '' : (levels[row] ?? '');
    }
    if (kind === 0) {
      return (levels[levels.length - 1] ?? column.label) + arrow;
    }
    return kind === 1 ? figuresText(column) : column;
  }

  /** What stands in the corner: what the labels of the rows are called. */
  corner(row: number, level: number): string {
    return this.kindOf(row) === 0 ? (this.names[level] ?? '') : '';
  }
}
