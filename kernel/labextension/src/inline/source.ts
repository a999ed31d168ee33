/**
 * What the text of a cell says of its names: which lines store one, and which change what it holds.
 *
 * The kernel tells the line of most stores. Where it does not (a store in a function, a change in
 * place, a stock kernel), the text does, if there is one line only that it can be. This reads no
 * grammar: strings and comments are blanked, and the rest is matched line by line.
 */

/** Text that is no code: strings of all kinds, and comments. */
const NO_CODE =
  /"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|#[^\n]*/g;

/** A function in a cell: its lines, counted from 1. */
export interface IFunctionLines {
  first: number;
  last: number;
}

/** The code of a cell, by lines that are counted from 1. */
export class Source {
  constructor(readonly code: string) {
    this.lines = code.split('\n');
  }

  readonly lines: readonly string[];

  /** Whether a line has a name in it. */
  mentions(line: number, name: string): boolean {
    return word(name).test(this._bare[line - 1] ?? '');
  }

  /** The lines that store a name, among all or some. */
  stores(name: string, among: IFunctionLines = this._all): number[] {
    return this._find(text => storesName(text, name), among);
  }

  /** The one line that a change of a name can have been made at; null if there is none, or more. */
  placeOf(name: string, isInPlace: boolean): number | null {
    if (!this.code.includes(name)) {
      return null; // names that code makes up may be many
    }
    const stores = this.stores(name);
    if (!isInPlace && stores.length === 1) {
      return stores[0]!;
    }
    if (!isInPlace && stores.length > 1) {
      return null;
    }
    const touches = this._find(text => touchesName(text, name), this._all);
    return touches.length === 1 ? touches[0]! : null;
  }

  /** The one line at which a function stores a global name; null if there is none, or more. */
  globalPlaceOf(name: string): number | null {
    const declares = new RegExp(`^\\s*global\\b.*${boundary(name)}`, 'u');
    return this._bare.some(text => declares.test(text))
      ? this.placeOf(name, false)
      : null;
  }

  /** The innermost function of that name around a line; null if there is none. */
  functionAt(line: number, name: string): IFunctionLines | null {
    const head = new RegExp(`^\\s*(?:async\\s+)?def\\s+${boundary(name)}`, 'u');
    let indent = Infinity;
    for (let i = line; i >= 1; i--) {
      const text = this._bare[i - 1] ?? '';
      const own = indentOf(text);
      if (own < indent) {
        if (head.test(text)) {
          const last = this._lastOf(i, own);
          return line <= last ? { first: i, last } : null;
        }
        indent = own;
      }
    }
    return null;
  }

  /** The last line that is not empty; 0 if all are. */
  get lastLine(): number {
    for (let i = this.lines.length; i >= 1; i--) {
      if (this.lines[i - 1]!.trim()) {
        return i;
      }
    }
    return 0;
  }

  private _find(
    isIt: (text: string) => boolean,
    { first, last }: IFunctionLines
  ): number[] {
    const found: number[] = [];
    for (let line = first; line <= last; line++) {
      if (isIt(this._bare[line - 1] ?? '')) {
        found.push(line);
      }
    }
    return found;
  }

  private _lastOf(first: number, indent: number): number {
    let last = first;
    for (let line = first + 1; line <= this._bare.length; line++) {
      const own = indentOf(this._bare[line - 1]!);
      if (own <= indent) {
        break;
      }
      last = own === Infinity ? last : line;
    }
    return last;
  }

  private get _all(): IFunctionLines {
    return { first: 1, last: this.lines.length };
  }

  /** The lines without strings and comments; made when somebody first asks. */
  private get _bare(): readonly string[] {
    this._bareLines ??= this.code
      .replace(NO_CODE, text => text.replace(/[^\n]/g, ' '))
      .split('\n');
    return this._bareLines;
  }

  private _bareLines: readonly string[] | null = null;
}

/** How far a line is indented; endless for an empty one, which ends no block. */
function indentOf(text: string): number {
  const indent = text.search(/\S/);
  return indent < 0 ? Infinity : indent;
}

/** A pattern of a name that stands alone, and is no attribute. */
function boundary(name: string): string {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return `(?<![\\p{L}\\p{N}_.])${escaped}(?![\\p{L}\\p{N}_])`;
}

function word(name: string): RegExp {
  return new RegExp(boundary(name), 'u');
}

function storesName(text: string, name: string): boolean {
  const one = boundary(name);
  if (!word(name).test(text)) {
    return false;
  }
  const whole = `${one}(?!\\s*[.\\[(])`;
  const patterns = [
    `${one}\\s*:=`,
    `\\bas\\s+${one}`,
    `^\\s*(?:async\\s+)?def\\s+${one}`,
    `^\\s*class\\s+${one}`,
    `^\\s*(?:async\\s+)?for\\s(?:(?!\\sin\\s).)*?${whole}.*?\\sin\\s`,
    `^\\s*import\\s(?:.*[,\\s])?${one}(?!\\s+as\\b)`,
    `^\\s*from\\s.*\\simport\\s.*${one}(?!\\s+as\\b)`
  ];
  return (
    patterns.some(pattern => new RegExp(pattern, 'u').test(text)) ||
    new RegExp(whole, 'u').test(targetsOf(text))
  );
}

/** Whether a line changes what a name holds: an item, an attribute, a method. */
function touchesName(text: string, name: string): boolean {
  return new RegExp(`${boundary(name)}\\s*[.\\[]`, 'u').test(text);
}

/** What is left of the last `=` of an assignment, without the items that it stores in. */
function targetsOf(text: string): string {
  let depth = 0;
  let end = -1;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    depth += '([{'.includes(char) ? 1 : ')]}'.includes(char) ? -1 : 0;
    if (char === '=' && depth === 0 && isAssignment(text, i)) {
      end = i;
    }
  }
  return end < 0
    ? ''
    : text.slice(0, end).replace(/([\p{L}\p{N}_)\]])\s*\[[^\]]*\]/gu, '$1[');
}

function isAssignment(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 2), at);
  const isShift = before === '>>' || before === '<<';
  return text[at + 1] !== '=' && (isShift || !/[=!<>:]$/.test(before));
}
