/** Which rows are selected besides the one that keys act on: as in a list of files. No DOM. */

/** The rows that are selected, by their keys. */
export class Selection {
  constructor(private readonly _changed: () => void) {}

  /** The row that keys act on; empty if none is. */
  current = '';

  /** How many rows are selected. */
  get size(): number {
    return this._others.size + (this.current === '' ? 0 : 1);
  }

  has(key: string): boolean {
    return key === this.current || this._others.has(key);
  }

  /** Select one row alone. */
  only(key: string): void {
    this._anchor = key;
    this._set(key, []);
  }

  /** Select a row besides the others, or do not any more. */
  toggle(key: string): void {
    const all = new Set([...this._others, this.current].filter(Boolean));
    this._anchor = key;
    if (!all.delete(key)) {
      this._set(key, all);
    } else if (key === this.current) {
      this._set([...all].pop() ?? '', all);
    } else {
      this._set(this.current, all);
    }
  }

  /** Select all rows of a list from the one that was selected alone, or last besides others. */
  extendTo(key: string, keys: readonly string[]): void {
    const [from, to] = [keys.indexOf(this._anchor), keys.indexOf(key)];
    if (from < 0) {
      this.only(key);
    } else {
      this._set(key, keys.slice(Math.min(from, to), Math.max(from, to) + 1));
    }
  }

  /** Select all rows of a list. */
  all(keys: readonly string[]): void {
    this._set(this.has(this.current) ? this.current : (keys[0] ?? ''), keys);
  }

  /** Leave out what a list has no more: nothing is done with what cannot be seen. */
  keepOnly(keys: readonly string[]): void {
    if (this._others.size > 0) {
      const listed = new Set(keys);
      const others = [...this._others].filter(key => listed.has(key));
      const isListed = this.current === '' || listed.has(this.current);
      this._set(isListed ? this.current : (others[0] ?? ''), others);
    }
  }

  private _set(current: string, others: Iterable<string>): void {
    const before = [this.current, ...this._others].join();
    this.current = current;
    this._others = new Set(others);
    this._others.delete(current);
    if ([this.current, ...this._others].join() !== before) {
      this._changed();
    }
  }

  private _others = new Set<string>();
  private _anchor = '';
}
