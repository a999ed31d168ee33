/** What one line of a cell shows. */

import { numbersOf } from '../model/curve';
import { numberOf } from '../model/format';
import { SPARKLINE_POINTS } from '../model/points';
import type { Point, Variable } from '../protocol/messages';

/** A name with its value, in few words. */
export interface IItem {
  name: string;
  text: string;
  /** The numbers that it was, oldest first, for its curve. */
  numbers: readonly number[];
  /** Whether the value may be another one by now. */
  isStale: boolean;
  /** The run that stored it, and the number of that. */
  run: string;
  count: number | null;
}

/** Where the code is: at this line, or in a function that this line called. */
export type Mark = 'running' | 'calling';

/** What a line shows. */
export interface ILine {
  items: readonly IItem[];
  /** How many more names there are than are shown. */
  more: number;
  /** What the cell changed, nobody knows at which line; with the number of all such names. */
  ofCell: readonly IItem[];
  moreOfCell: number;
  mark: Mark | null;
  /** Whether the code that stored this does not run any more. */
  isPast: boolean;
}

/** So many names a line shows; one that makes hundreds of them is no list. */
export const SHOWN = 3;

const CUT = 48;

/** Describe a variable. */
export function itemOf(
  variable: Variable,
  known: Pick<IItem, 'numbers' | 'isStale' | 'run' | 'count'>
): IItem {
  return { name: variable.name, text: textOf(variable), ...known };
}

/** The numbers of a cell's run, or what the value itself is. */
export function numbersOfCell(
  points: readonly Point[] | undefined,
  count: number | null
): number[] {
  const own = (points ?? []).filter(point => point[2] === count);
  return numbersOf(own.slice(-SPARKLINE_POINTS));
}

/** Add the number that a local is now to those that it was. */
export function withNumber(numbers: readonly number[], variable: Variable): number[] {
  const number = numberOf(variable);
  if (number === null || number === numbers[numbers.length - 1]) {
    return [...numbers];
  }
  return [...numbers, number].slice(-SPARKLINE_POINTS);
}

/** Write a value in few words, in one line. */
export function textOf(variable: Variable): string {
  const { preview = '', reason = '', status } = variable;
  if (reason === 'redacted' || (status === 'skipped' && !preview)) {
    return reason || 'skipped';
  }
  const short = variable.kind === 'number' ? shortNumber(preview) : preview;
  const text = short
    .slice(0, 2 * CUT)
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > CUT || preview.length > 2 * CUT || variable.truncated
    ? `${text.slice(0, CUT - 1).replace(/…$/, '')}…`
    : text;
}

/** Write a long number with five digits, which do not move what is behind them. */
function shortNumber(text: string): string {
  if (!/^-?\d+\.\d{6,}$/.test(text)) {
    return text;
  }
  const number = Number(text);
  const isLarge = Math.abs(number) >= 1000;
  const short = isLarge ? number.toFixed(2) : number.toPrecision(5);
  return short.includes('e') ? text : short;
}

/** What tells two looks of a line apart. */
export function keyOfLine(line: ILine): string {
  const write = (item: IItem) =>
    `${item.name}=${item.text}${item.isStale ? '?' : ''}~${item.numbers.join()}`;
  return [
    line.items.map(write).join('\n'),
    line.more,
    line.ofCell.map(write).join('\n'),
    line.moreOfCell,
    line.isPast ? 'past' : ''
  ].join('\n\n');
}

/** Write what a line shows for those who hear it. */
export function spokenItems(line: ILine): string {
  const items = [...line.items, ...line.ofCell].map(
    ({ name, text }) => `${name} = ${text}`
  );
  const more = line.more + line.moreOfCell;
  return items.join(', ') + (more > 0 ? `, +${more}` : '');
}
