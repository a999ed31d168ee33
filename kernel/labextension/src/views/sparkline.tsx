/** A small curve of a number's past. */

import * as React from 'react';
import { curveOf, numbersOf } from '../model/curve';
import type { Point } from '../protocol/messages';

const WIDTH = 56;
const HEIGHT = 14;

/** Draw the curve; nothing where there are not two numbers. */
export const Sparkline = React.memo(function Sparkline(props: {
  points: readonly Point[];
}): JSX.Element | null {
  const curve = curveOf(numbersOf(props.points), WIDTH, HEIGHT);
  if (!curve) {
    return null;
  }
  return (
    <svg
      className="lv-Sparkline"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      aria-hidden="true"
    >
      <path d={curve.path} />
      <circle cx={curve.end.x} cy={curve.end.y} r="1.5" />
    </svg>
  );
});
