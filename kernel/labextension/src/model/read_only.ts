/** What a panel on a shared screen does not do: nothing is changed by accident, or by who watches. */

import { ErrorCode } from '../protocol/client';
import type { ErrorInfo } from '../protocol/messages';

/** The requests that change something, with what may be added to their names. */
const CHANGING =
  /^(set|undo|rename|delete|rule\.(add|remove)|state\.(save|keep|restore|back|forget))(?![a-z])/;

/** Why such a request is not sent. */
export const READ_ONLY: ErrorInfo = {
  code: ErrorCode.NotAllowed,
  message: 'The panel is read-only',
  data: { remedy: 'Switch that off in the menu beside the search' }
};

/** Whether a request changes something in the kernel, by its method. */
export function isChanging(method: string): boolean {
  return CHANGING.test(method);
}
