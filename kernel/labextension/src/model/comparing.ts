/** What is different between a whole new state and what was known, maybe of an earlier connection. */

import type { Variable } from '../protocol/messages';
import { isDifferent } from '../protocol/replica';

type Variables = ReadonlyMap<string, Variable>;

/** Return the names that changed, and those that are gone. */
export function compareStates(
  before: Variables,
  now: Variables
): { changed: string[]; removed: string[] } {
  const isFirst = before.size === 0; // nothing is news in the first state
  const changed = isFirst
    ? []
    : [...now.values()].filter(v => isDifferent(before.get(v.name), v));
  return {
    changed: changed.map(({ name }) => name),
    removed: [...before.keys()].filter(name => !now.has(name))
  };
}
