/** The small curve of a number's past, as a path: the list and the cells draw it. */

import type { Point } from '../protocol/messages';

const MARGIN = 1.5;

/** A curve, and where it ends. */
export interface ICurve {
  /** The `d` of a path. */
  path: string;
  /** The place of the newest number. */
  end: { x: number; y: number };
}

/** Return the numbers of some points, oldest first. */
export function numbersOf(points: readonly Point[]): number[] {
  return points.map(([, value]) => value).filter(isNumber);
}

/** Return the curve of some numbers in a box; null where there are not two. */
export function curveOf(
  values: readonly number[],
  width: number,
  height: number
): ICurve | null {
  if (values.length < 2) {
    return null;
  }
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  const room = height - 2 * MARGIN;
  const y = (value: number) =>
    span === 0 ? height / 2 : height - MARGIN - ((value - low) / span) * room;
  const step = (width - 2 * MARGIN) / (values.length - 1);
  const path = values
    .map((value, i) => {
      const x = (MARGIN + i * step).toFixed(1);
      return `${i ? 'L' : 'M'}${x},${y(value).toFixed(1)}`;
    })
    .join('');
  return { path, end: { x: width - MARGIN, y: y(values[values.length - 1]!) } };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
