/** Reads what people type to find variables, and the patterns of names that are hidden. */

import type { Variable } from '../protocol/messages';

/** Read a pattern in the manner of fnmatch, as far as people use it. */
export function patternToRegExp(pattern: string): RegExp {
  const escaped = pattern.trim().replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*/g, '.*').replace(/\?/g, '.')}$`);
}

/** Make a test of the words that somebody typed. */
export function searchFilter(search: string): (variable: Variable) => boolean {
  const rankOf = searchRank(search);
  return variable => rankOf(variable) !== null;
}

/** How well a variable fits; null if it does not. */
export type Rank = (variable: Variable) => number | null;

/**
 * Say how well variables fit the words that somebody typed: 0 where all of them begin the name, 1
 * where they are in it, 2 where one is elsewhere only, null where one is nowhere.
 */
export function searchRank(search: string): Rank {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return variable => {
    let worst = 0;
    for (const word of words) {
      const rank = rankOfWord(variable, word);
      if (rank === null) {
        return null;
      }
      worst = Math.max(worst, rank);
    }
    return worst;
  };
}

function rankOfWord(variable: Variable, word: string): number | null {
  const field = /^(name|kind|type|value):(.*)$/.exec(word);
  const text = field ? (field[2] ?? '') : word;
  const has = (place?: string | null) => (place ?? '').toLowerCase().includes(text);
  const asks = (name: string) => !field || field[1] === name;
  if (asks('name') && has(variable.name)) {
    return variable.name.toLowerCase().startsWith(text) ? 0 : 1;
  }
  // The kind is written nowhere in a row: who does not ask for it would not see why a row was found.
  const isKind = field?.[1] === 'kind' && text !== '' && variable.kind.startsWith(text);
  if (isKind) {
    return 2;
  }
  const isType = has(variable.type) || has(variable.dtype);
  return (asks('type') && isType) || (asks('value') && has(variable.preview)) ? 2 : null;
}
