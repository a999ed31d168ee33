/** Tells whether a change lays the rows out anew: rows whose shape stays are only drawn again. */

import type { Variable } from '../protocol/messages';
import type { IChange } from '../protocol/replica';

type Variables = ReadonlyMap<string, Variable>;

/** What decided where each row stands when the rows were laid out last. */
export class LayoutKeys {
  /** Whether rows come, go or may change places. */
  differs(now: Variables, change: IChange): boolean {
    return (
      change.isComplete ||
      change.changed.some(name => {
        const variable = now.get(name);
        return variable !== undefined && this._keys.get(name) !== keyOf(variable);
      })
    );
  }

  /** Note how the rows are laid out after a change. */
  note(now: Variables, { changed, isComplete }: IChange): void {
    if (isComplete) {
      this._keys.clear();
    }
    for (const name of isComplete ? now.keys() : changed) {
      const variable = now.get(name);
      if (variable) {
        this._keys.set(name, keyOf(variable));
      }
    }
  }

  forget(name: string): void {
    this._keys.delete(name);
  }

  private readonly _keys = new Map<string, string>();
}

function keyOf(variable: Variable): string {
  return `${variable.kind}${variable.has_children ? '+' : ''}`;
}
