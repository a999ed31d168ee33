/** What connects React with signals and with time. */

import type { ISignal } from '@lumino/signaling';
import { useEffect, useReducer, useRef } from 'react';

/** Draw again when a signal is emitted, but at most once for each picture of the screen. */
export function useSignal<T, U>(signal: ISignal<T, U> | null): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    let request = 0;
    const onEmit = () => {
      if (request === 0) {
        request = requestAnimationFrame(() => {
          request = 0;
          redraw();
        });
      }
    };
    signal?.connect(onEmit);
    return () => {
      signal?.disconnect(onEmit);
      cancelAnimationFrame(request);
    };
  }, [signal]);
}

/** Return a function that draws again after a while; a sooner time wins. */
export function useRedrawIn(): (delay_ms: number) => void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const timer = useRef({ id: 0, at: Infinity });
  useEffect(() => () => window.clearTimeout(timer.current.id), []);
  return delay_ms => {
    const at = Date.now() + delay_ms;
    if (at < timer.current.at - 20) {
      window.clearTimeout(timer.current.id);
      const id = window.setTimeout(() => {
        timer.current.at = Infinity;
        redraw();
      }, delay_ms);
      timer.current = { id, at };
    }
  };
}
