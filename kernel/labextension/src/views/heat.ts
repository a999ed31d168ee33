/** The colours of a heat map: how large a number is among those of its column, or of an array. */

import type { Column } from '../protocol/messages';

/** The smallest and the largest number that are coloured. */
export type Range = readonly [number, number];

const MOST = 0.6;
const LEAST = 0.04;
const COOL = [33, 118, 210];
const WARM = [211, 84, 0];

/** The numbers between which those of a column are; null where that is not known. */
export function rangeOf({ kind, min, max }: Column): Range | null {
  const low = Number(min ?? NaN);
  const high = Number(max ?? NaN);
  const isNumber = kind === 'number' || kind === 'bool';
  return isNumber && Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
}

/**
 * Return the colour behind a number, over the background of any theme. Numbers on both sides of
 * zero have two colours, which begin at zero.
 */
export function heatColor(text: unknown, range: Range): string {
  const number = numberOf(text);
  if (number === null) {
    return '';
  }
  const [low, high] = range;
  if (low < 0 && high > 0) {
    const farthest = Math.max(-low, high);
    return shade(number < 0 ? COOL : WARM, Math.abs(number) / farthest);
  }
  return shade(COOL, high > low ? (number - low) / (high - low) : 0);
}

function numberOf(text: unknown): number | null {
  if (text === 'True' || text === 'False') {
    return text === 'True' ? 1 : 0;
  }
  const number = text === '' || typeof text !== 'string' ? NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}

function shade(color: readonly number[], part: number): string {
  const alpha = LEAST + (MOST - LEAST) * Math.min(1, Math.max(0, part));
  return `rgba(${color.join(', ')}, ${alpha.toFixed(3)})`;
}
