/** Remembers in the browser when kernels were looked at last, so that a reload forgets nothing. */

import type { ISeenStore } from '../model/away';

const PREFIX = 'livens:seen:';
const MOST = 30;
const EVERY_S = 5;

/** Return a store in the browser; without one, in this page. */
export function browserStore(storage: Storage): ISeenStore {
  const written = new Map<string, number>();
  return {
    get: epoch => {
      try {
        const text = storage.getItem(PREFIX + epoch);
        return text === null ? null : Number(text);
      } catch {
        return written.get(epoch) ?? null;
      }
    },
    set: (epoch, at, isLast) => {
      const last = written.get(epoch) ?? 0;
      if (!isLast && at >= last && at - last < EVERY_S) {
        return; // often enough: it is written once more at the end
      }
      written.set(epoch, at);
      try {
        storage.setItem(PREFIX + epoch, String(at));
        forgetOld(storage);
      } catch {
        // It is full, or the browser allows none: then it lasts as long as the page.
      }
    }
  };
}

function forgetOld(storage: Storage): void {
  const keys = Object.keys(storage).filter(key => key.startsWith(PREFIX));
  if (keys.length > MOST) {
    const at = (key: string) => Number(storage.getItem(key));
    keys.sort((a, b) => at(a) - at(b));
    keys.slice(0, keys.length - MOST).forEach(key => storage.removeItem(key));
  }
}
