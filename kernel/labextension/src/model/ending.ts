/** How a kernel process ended, and what is said to whoever asks for something then. */

import type { Cell, ErrorInfo } from '../protocol/messages';

/** That the kernel process has ended, with what is known of it. */
export interface IEnd {
  /** `died`: the server started it again, which it does where nobody asked for an end. */
  how: 'died' | 'ended';
  /** The number of the cell that ran; null if none did. */
  execution_count: number | null;
  /** The line of that cell at which it was last seen. */
  line: number | null;
}

/** Why a request cannot even be sent. */
export const NOT_CONNECTED: ErrorInfo = {
  code: -1,
  message: 'The panel is not connected to a livens kernel'
};

/** Why nothing more can be asked about the values of a kernel that has ended. */
export const ENDED: ErrorInfo = {
  code: -1,
  message: 'The kernel has ended: only what was known of its variables is here'
};

/**
 * Put together what is known of an end: which cell ran (null if none did, undefined if only the
 * messages of ours may tell), the cell as it was last seen, and what is known of an end before.
 */
export function endOf(
  how: IEnd['how'],
  execution_count: number | null | undefined,
  seen: Cell | null,
  before: IEnd | null
): IEnd {
  const count =
    execution_count === undefined ? (seen?.execution_count ?? null) : execution_count;
  if (before && count === null) {
    return before; // the process that took its place has ended too, without a cell
  }
  const isSeen = count !== null && seen?.execution_count === count;
  return { how, execution_count: count, line: (isSeen && seen.line) || null };
}
