/** Curves of several variables over one axis. No DOM. */

import type { Point } from '../protocol/messages';

/** What runs along the horizontal axis. */
export type Axis = 'time' | 'elapsed' | 'step';

/** The past of one variable. */
export interface ICurve {
  name: string;
  points: readonly Point[];
  /** How many points came before these, which are not known any more. */
  before: number;
  /** Of an earlier run: how that is called; empty for the variables of now. */
  run: string;
}

/** Places and values; a value is null where it cannot be drawn. */
export type Drawn = [number[], (number | null)[]];

/** Return where the points of a curve are along an axis: those that are numbers. */
export function drawn(curve: ICurve, axis: Axis, isLog: boolean, start: number): Drawn {
  const xs: number[] = [];
  const ys: (number | null)[] = [];
  curve.points.forEach(([at, value], n) => {
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (typeof number === 'number') {
      const x =
        axis === 'step' ? curve.before + n + 1 : axis === 'time' ? at : at - start;
      // Two points at one place would be one for the plot.
      const last = xs[xs.length - 1];
      xs.push(last !== undefined && x <= last ? nextAfter(last) : x);
      ys.push(isLog && number <= 0 ? null : number);
    }
  });
  return [xs, ys];
}

/** When a run began: the first point of any of its curves. */
export function startOf(curves: readonly ICurve[], run: string): number {
  const firsts = curves
    .filter(curve => curve.run === run && curve.points.length > 0)
    .map(curve => curve.points[0]![0]);
  return firsts.length > 0 ? Math.min(...firsts) : 0;
}

/** How many numbers cannot be drawn on a logarithmic scale. */
export function notAboveZero(curves: readonly ICurve[]): number {
  const isLow = (value: unknown) => typeof value === 'number' && value <= 0;
  return curves
    .map(({ points }) => points.filter(([, value]) => isLow(value)).length)
    .reduce((sum, count) => sum + count, 0);
}

/** The points of curves as comma-separated values, with a head. */
export function curvesCSV(curves: readonly ICurve[]): string {
  const isOne = curves.length === 1;
  const head = ['time', 'value', 'execution_count'];
  const lines = [(isOne ? head : ['variable', 'run', ...head]).join(',')];
  for (const { name, run, points } of curves) {
    for (const [at, value, count] of points) {
      const time = new Date(at * 1000).toISOString();
      const cells = [time, String(value ?? ''), String(count ?? '')];
      lines.push((isOne ? cells : [name, run, ...cells]).join(','));
    }
  }
  return [...lines, ''].join('\n');
}

function nextAfter(number: number): number {
  return number + Math.max(Math.abs(number) * 1e-15, 1e-9);
}
