/** What connects React with signals and with time. */

import type { ISignal } from '@lumino/signaling';
import {
  createContext,
  useContext,
  useEffect,
  useLayoutEffect,
  useReducer,
  useRef
} from 'react';
import { flushSync } from 'react-dom';

/** How much of the main thread the panel may take: it draws, then rests so many times as long. */
const REST_TIMES = 20;
const LONGEST_REST_MS = 400;

/** Draws all that is due at once, and so often that the page keeps its time for the user. */
class Painter {
  constructor() {
    this._channel.port1.onmessage = () => this._onPainted();
  }

  /** Draw a view with the next picture. */
  request(draw: () => void): void {
    this._due.add(draw);
    if (!this._isScheduled) {
      this._isScheduled = true;
      const rest_ms = this._restUntil - performance.now();
      if (rest_ms > 0) {
        setTimeout(() => requestAnimationFrame(this._draw), rest_ms);
      } else {
        requestAnimationFrame(this._draw);
      }
    }
  }

  /** Do not draw a view that is gone. */
  cancel(draw: () => void): void {
    this._due.delete(draw);
  }

  private _draw = (): void => {
    this._isScheduled = false;
    this._begin = performance.now();
    const due = [...this._due];
    this._due.clear();
    flushSync(() => due.forEach(draw => draw()));
    this._channel.port2.postMessage(null); // arrives when the browser has laid out and painted
  };

  private _onPainted(): void {
    const now = performance.now();
    this._restUntil = now + Math.min(LONGEST_REST_MS, REST_TIMES * (now - this._begin));
  }

  private _isScheduled = false;
  private _begin = 0;
  private _restUntil = 0;
  private readonly _due = new Set<() => void>();
  private readonly _channel = new MessageChannel();
}

const painter = new Painter();

/**
 * Whether views can be seen. A model may change while its panel is hidden, because others watch the
 * same kernel. What would be drawn then is drawn once, when it can be seen again.
 */
export class Sight {
  get isSeen(): boolean {
    return this._isSeen;
  }

  set isSeen(isSeen: boolean) {
    this._isSeen = isSeen;
    if (isSeen) {
      this._missed.forEach(draw => painter.request(draw));
      this._missed.clear();
    }
  }

  /** Draw a view with the next picture in which it can be seen. */
  request(draw: () => void): void {
    if (this._isSeen) {
      painter.request(draw);
    } else {
      this._missed.add(draw);
    }
  }

  /** Do not draw a view that is gone. */
  cancel(draw: () => void): void {
    this._missed.delete(draw);
    painter.cancel(draw);
  }

  private _isSeen = true;
  private readonly _missed = new Set<() => void>();
}

/** Whether the views below can be seen; where nobody says so, they always can. */
export const SightContext = createContext(new Sight());

/**
 * Draw again when a signal is emitted, together with all else that is due.
 *
 * It is connected with what is drawn, and not after the picture: what is emitted in between would
 * be lost, and the view would stay as it is until the next signal.
 */
export function useSignal<T, U>(signal: ISignal<T, U> | null): void {
  const sight = useContext(SightContext);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => {
    const onEmit = () => sight.request(redraw);
    signal?.connect(onEmit);
    return () => {
      signal?.disconnect(onEmit);
      sight.cancel(redraw);
    };
  }, [signal, sight]);
}

/** Return a function that draws again after a while; a sooner time wins. */
export function useRedrawIn(): (delay_ms: number) => void {
  const sight = useContext(SightContext);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const timer = useRef({ id: 0, at: Infinity });
  useEffect(
    () => () => {
      window.clearTimeout(timer.current.id);
      sight.cancel(redraw);
    },
    [sight]
  );
  return delay_ms => {
    const at = Date.now() + delay_ms;
    if (at < timer.current.at - 20) {
      window.clearTimeout(timer.current.id);
      const id = window.setTimeout(() => {
        timer.current.at = Infinity;
        sight.request(redraw);
      }, delay_ms);
      timer.current = { id, at };
    }
  };
}
