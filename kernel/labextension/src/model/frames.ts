/** The locals of running functions: how their rows are called, and which show something new. */

import type { Frame, Variable } from '../protocol/messages';
import { isDifferent } from '../protocol/replica';

const FRAME_ROWS = 200;

/** Name a local of a running function. */
export function frameKey(frame: Frame, variable: Variable): string {
  return `frame:${frame.thread ?? ''}:${frame.function}:${variable.name}`;
}

/** Return the keys of the locals that are not what they were, as far as their rows are drawn. */
export function freshLocals(before: readonly Frame[], now: readonly Frame[]): string[] {
  const known = new Map(
    before.flatMap(frame => (frame.variables ?? []).map(v => [frameKey(frame, v), v]))
  );
  if (known.size === 0) {
    return [];
  }
  return now.flatMap(frame =>
    (frame.variables ?? [])
      .slice(0, FRAME_ROWS)
      .filter(variable => isDifferent(known.get(frameKey(frame, variable)), variable))
      .map(variable => frameKey(frame, variable))
  );
}
