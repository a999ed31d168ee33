/** A small curve of a number's past. */

import * as React from 'react';
import type { Point } from '../protocol/messages';

const WIDTH = 56;
const HEIGHT = 14;
const MARGIN = 1.5;

/** Draw the curve; nothing where there are not two numbers. */
export const Sparkline = React.memo(function Sparkline(props: {
  points: readonly Point[];
}): JSX.Element | null {
  const values = props.points.map(([, value]) => value).filter(isNumber);
  if (values.length < 2) {
    return null;
  }
  const path = pathOf(values);
  return (
    <svg
      className="lv-Sparkline"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      aria-hidden="true"
    >
      <path d={path} />
      <circle cx={WIDTH - MARGIN} cy={yOf(values)(values[values.length - 1]!)} r="1.5" />
    </svg>
  );
});

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function yOf(values: number[]): (value: number) => number {
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  const height = HEIGHT - 2 * MARGIN;
  return value =>
    span === 0 ? HEIGHT / 2 : HEIGHT - MARGIN - ((value - low) / span) * height;
}

function pathOf(values: number[]): string {
  const y = yOf(values);
  const step = (WIDTH - 2 * MARGIN) / (values.length - 1);
  return values
    .map(
      (value, i) =>
        `${i ? 'L' : 'M'}${(MARGIN + i * step).toFixed(1)},${y(value).toFixed(1)}`
    )
    .join('');
}
