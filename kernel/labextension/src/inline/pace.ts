/** Says when to paint: in a frame of the page, and at most ten times a second. */

/** The shortest time between two paints. */
export const PAINT_MS = 95;

/** Has something painted when it was asked for, not more often than the eye follows calmly. */
export class Pace {
  constructor(private readonly _paint: () => void) {}

  /** Have it painted soon; asked again before that, it is painted once. */
  ask(): void {
    if (this._timer === 0 && this._frame === 0) {
      const wait_ms = Math.max(0, this._paintedAt + PAINT_MS - performance.now());
      this._timer = window.setTimeout(() => this._waitForFrame(), wait_ms);
    }
  }

  dispose(): void {
    clearTimeout(this._timer);
    cancelAnimationFrame(this._frame);
    this._timer = this._frame = -1;
  }

  private _waitForFrame(): void {
    this._timer = 0;
    this._frame = requestAnimationFrame(() => {
      this._frame = 0;
      this._paintedAt = performance.now();
      this._paint();
    });
  }

  private _timer = 0;
  private _frame = 0;
  private _paintedAt = -Infinity;
}
