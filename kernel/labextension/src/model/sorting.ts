/** The order of variables in the list. */

import type { Variable } from '../protocol/messages';
import { numberOf } from './format';

export type SortKey = 'name' | 'type' | 'size' | 'value' | 'changed';

/** An order. */
export interface ISort {
  sort: SortKey;
  isDescending: boolean;
}

/** Sort in place; names decide where all else is equal, so that rows keep their places. */
export function sortVariables(variables: Variable[], options: ISort): void {
  const { sort, isDescending } = options;
  const names = new Map(variables.map(v => [v, v.name.toLowerCase()]));
  const byName = (a: Variable, b: Variable) => compare(names.get(a), names.get(b));
  if (sort === 'name') {
    variables.sort(isDescending ? (a, b) => byName(b, a) : byName);
    return;
  }
  const keys = new Map(variables.map(v => [v, sortKeyOf(v, sort)]));
  const sign = isDescending ? -1 : 1;
  variables.sort((a, b) => compareKeys(keys.get(a), keys.get(b), sign) || byName(a, b));
}

function sortKeyOf(variable: Variable, sort: SortKey): number | string | null {
  switch (sort) {
    case 'type':
      return variable.type.toLowerCase();
    case 'size':
      return variable.nbytes ?? sizeOf(variable);
    case 'value':
      return numberOf(variable) ?? variable.preview ?? null;
    case 'changed':
      return variable.changed_at ?? null;
    default:
      return variable.name;
  }
}

function sizeOf(variable: Variable): number | null {
  return variable.shape
    ? variable.shape.reduce((a, b) => a * b, 1)
    : (variable.length ?? null);
}

type Comparable = number | string | null | undefined;

function compare(a: Comparable, b: Comparable): number {
  return a === b ? 0 : a! < b! ? -1 : 1;
}

/** Compare two keys; numbers before text, and what has none last, whichever way. */
function compareKeys(a: Comparable, b: Comparable, sign: number): number {
  const ranks = [a, b].map(key =>
    key === null || key === undefined ? 2 : +(typeof key === 'string')
  );
  if (ranks[0] !== ranks[1]) {
    return ranks[0]! - ranks[1]!;
  }
  return ranks[0] === 2 ? 0 : sign * compare(a, b);
}
