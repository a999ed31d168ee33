/** The inputs of a session, to go back to: one by one, or by what is in them. No DOM. */

const MOST_INPUTS = 1000;

/** A walk through earlier inputs; what was being written is kept at its end. */
export class Inputs {
  /** The inputs, oldest first. */
  get all(): readonly string[] {
    return this._inputs;
  }

  /** Take what the session remembers; what was entered here stays at the end. */
  load(inputs: readonly string[]): void {
    this._inputs = [];
    inputs.forEach(code => this.add(code));
  }

  /** Note an input; the same one twice in a row counts once. */
  add(code: string): void {
    if (code.trim() !== '' && this._inputs.at(-1) !== code) {
      this._inputs = [...this._inputs, code].slice(-MOST_INPUTS);
    }
    this._at = null;
  }

  /** The input before; null if there is none. `written` is what stands there now. */
  back(written: string): string | null {
    if (this._at === null) {
      this._draft = written;
    }
    const next = (this._at ?? this._inputs.length) - 1;
    if (next < 0) {
      return null;
    }
    this._at = next;
    return this._inputs[next]!;
  }

  /** The input after, at last what was being written; null if that is there already. */
  forward(): string | null {
    if (this._at === null) {
      return null;
    }
    this._at += 1;
    if (this._at < this._inputs.length) {
      return this._inputs[this._at]!;
    }
    this._at = null;
    return this._draft;
  }

  /** The inputs with a text in them, newest first, each once. */
  search(text: string): string[] {
    const wanted = text.toLowerCase();
    const found = this._inputs.filter(code => code.toLowerCase().includes(wanted));
    return [...new Set(found.reverse())];
  }

  private _inputs: readonly string[] = [];
  private _at: number | null = null;
  private _draft = '';
}
