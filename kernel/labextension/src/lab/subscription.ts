/** What is asked of a kernel: all that is shown, or only what rules need. */

import { SPARKLINE_POINTS } from '../model/points';
import type { Subscription } from '../protocol/messages';

const CLIENT = 'JupyterLab';

/** Matches no variable: a connection that is only there for rules. */
const NO_NAME = '__nothing__';
const RULES_ONLY_MS = 1000;

/** What the settings say of a subscription. */
export interface IWatchOptions {
  interval_ms: number;
  withPrivate: boolean;
  withFrames: boolean;
  /** Whether nothing may be changed in the kernels. */
  isReadOnly: boolean;
}

/** Return what to subscribe to, for somebody who looks or for rules alone. */
export function subscriptionOf(options: IWatchOptions, isShown: boolean): Subscription {
  if (!isShown) {
    return { names: [NO_NAME], interval_ms: RULES_ONLY_MS, client: CLIENT };
  }
  const { interval_ms, withPrivate, withFrames } = options;
  return {
    names: withPrivate ? ['*', '_*'] : ['*'],
    interval_ms,
    history: SPARKLINE_POINTS,
    frames: withFrames ? 'all' : 'none',
    client: CLIENT
  };
}
