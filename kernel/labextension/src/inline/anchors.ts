/**
 * Where the lines of code that ran are in a text that is edited since. No DOM: positions, texts, and
 * what CodeMirror calls a change.
 *
 * A line is where it was while it says the same; what came above it moves it. One that says something
 * else is not the line that ran: it shows nothing, until it says it again.
 */

import { type ChangeDesc, MapMode, type Text } from '@codemirror/state';

/** The places of the lines of a code. */
export class Anchors {
  private constructor(
    /** The lines, as they ran. */
    readonly lines: readonly string[],
    private readonly _starts: readonly (number | null)[]
  ) {}

  /** Find the lines of a code in a text: what is the same at its beginning and at its end. */
  static in(doc: Text, code: string): Anchors {
    const lines = code.split('\n');
    const starts: (number | null)[] = lines.map(() => null);
    const isSame = (own: number, other: number) =>
      other >= 0 && other < doc.lines && lines[own] === doc.line(other + 1).text;
    let first = 0;
    while (first < lines.length && isSame(first, first)) {
      starts[first] = doc.line(first + 1).from;
      first += 1;
    }
    const shift = doc.lines - lines.length;
    for (let own = lines.length - 1; own >= first && own + shift >= first; own--) {
      if (!isSame(own, own + shift)) {
        break;
      }
      starts[own] = doc.line(own + shift + 1).from;
    }
    return new Anchors(lines, starts);
  }

  /** Follow a change of the text. */
  map(changes: ChangeDesc): Anchors {
    const starts = this._starts.map(start =>
      start === null ? null : changes.mapPos(start, 1, MapMode.TrackAfter)
    );
    return new Anchors(this.lines, starts);
  }

  /** Where a line is now, its beginning and its end; null where it is no more. */
  placeOf(doc: Text, line: number): { from: number; to: number } | null {
    const start = this._starts[line - 1] ?? null;
    if (start === null || start > doc.length) {
      return null;
    }
    const { from, to, text } = doc.lineAt(start);
    return from === start && text === this.lines[line - 1] ? { from, to } : null;
  }
}
