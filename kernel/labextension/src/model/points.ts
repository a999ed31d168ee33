/** The newest points of each variable, for its curve. */

import type { Point, Variable } from '../protocol/messages';
import { numberOf } from './format';

/** How many points of a variable are kept for its sparkline. */
export const SPARKLINE_POINTS = 60;

/** The newest points of the variables, oldest first. */
export class PointsByName {
  constructor(private readonly _now: () => number) {}

  readonly byName = new Map<string, Point[]>();

  /** Add what an update has; of a kernel that keeps no history, what the previews say. */
  add(points: Record<string, Point[]>, changed: Variable[]): void {
    this._hasPoints = this._hasPoints || Object.keys(points).length > 0;
    if (this._hasPoints) {
      Object.entries(points).forEach(([name, news]) => this._add(name, news));
    } else {
      changed.forEach(variable => this._addPreview(variable));
    }
  }

  delete(name: string): void {
    this.byName.delete(name);
  }

  /** Forget all: another process begins anew. */
  clear(): void {
    this.byName.clear();
    this._hasPoints = false;
  }

  private _addPreview(variable: Variable): void {
    const value = numberOf(variable);
    if (value !== null) {
      this._add(variable.name, [[variable.changed_at ?? this._now() / 1000, value]]);
    }
  }

  private _add(name: string, news: Point[]): void {
    const points = [...(this.byName.get(name) ?? []), ...news];
    this.byName.set(name, points.slice(-SPARKLINE_POINTS));
  }

  private _hasPoints = false;
}
