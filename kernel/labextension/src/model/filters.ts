/**
 * Filters of a table, as people write them:
 *
 *     age > 30 and (name contains ada or name is null) and city in (Ulm, 'New York')
 *     and price between 1 and 5
 *
 * All parts that are joined by `and` have to hold, and of those joined by `or` one. Where both are
 * in one filter, those joined by `or` are in parentheses.
 */

import type { Column, Comparison, Filter } from '../protocol/messages';

type Value = string | number | boolean;
type Operator = Comparison['op'];

const OPERATORS: readonly Operator[] = [
  '==',
  '!=',
  '<=',
  '>=',
  '<',
  '>',
  'contains',
  'is null',
  'not null',
  'in',
  'between'
];

/** How Python writes values that are missing, which are equal to nothing. */
const MISSING = ['nan', 'NaN', 'None', 'NaT', '<NA>'];

/** What no value may contain that is written without quotes. */
const NEEDS_QUOTES = /^$|^\s|\s$|['"(),]|\b(and|or)\b/i;

/**
 * Read a filter.
 *
 * @throws Error which names the part that is not understood.
 */
export function parseFilters(text: string, columns: readonly Column[]): Filter[] {
  return new Parser(text, columns).filters();
}

/** Write filters as they are read; columns by their labels. */
export function filterText(
  filters: readonly Filter[],
  columns: readonly Column[]
): string {
  const parts = filters.map(filter => {
    const { alternatives = [], ...first } = filter;
    const tests = [first, ...alternatives].map(one => comparisonText(one, columns));
    const joined = tests.join(' or ');
    return tests.length > 1 && filters.length > 1 ? `(${joined})` : joined;
  });
  return parts.join(' and ');
}

function comparisonText(one: Comparison, columns: readonly Column[]): string {
  const column = columns.find(({ position }) => position === one.column);
  const label = column?.label ?? String(one.column);
  const write = (value: Comparison['value']): string => valueText(value, column);
  switch (one.op) {
    case 'is null':
    case 'not null':
      return `${label} ${one.op}`;
    case 'in':
      return `${label} in (${(one.values ?? []).map(write).join(', ')})`;
    case 'between':
      return `${label} between ${(one.values ?? []).map(write).join(' and ')}`;
    default:
      return `${label} ${one.op} ${write(one.value)}`;
  }
}

function valueText(value: Comparison['value'], column: Column | undefined): string {
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  const text = String(value);
  const isMisread = column?.kind !== 'text' && MISSING.includes(text);
  if (!NEEDS_QUOTES.test(text) && !isMisread) {
    return text;
  }
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}

class Parser {
  constructor(
    private readonly _text: string,
    columns: readonly Column[]
  ) {
    this._columns = [...columns].sort((a, b) => b.label.length - a.label.length);
  }

  filters(): Filter[] {
    this._skip();
    if (this._isAtEnd()) {
      return [];
    }
    const parts = [this._part()];
    const joints = new Set<string>();
    for (let joint = this._joint(); joint; joint = this._joint()) {
      joints.add(joint);
      parts.push(this._part());
    }
    if (!this._isAtEnd()) {
      throw new Error(`Expected “and” or “or” before “${this._rest()}”`);
    }
    if (joints.has('or') && (joints.size > 1 || parts.some(part => part.length > 1))) {
      throw new Error('Put parentheses around the parts that are joined by “or”');
    }
    return joints.has('or') ? [either(parts.flat())] : parts.map(either);
  }

  /** Read one comparison, or those in parentheses. */
  private _part(): Comparison[] {
    this._skip();
    if (this._text[this._at] !== '(' || this._column()) {
      return [this._comparison(false)];
    }
    this._at += 1;
    const found = [this._comparison(true)];
    for (let joint = this._joint(); joint; joint = this._joint()) {
      if (joint === 'and') {
        throw new Error('Within parentheses comparisons are joined by “or” only');
      }
      found.push(this._comparison(true));
    }
    this._need(')');
    return found;
  }

  private _comparison(isInside: boolean): Comparison {
    this._skip();
    const named = this._column();
    if (!named) {
      throw new Error(`“${this._rest()}” does not begin with the name of a column`);
    }
    this._at += named.label.length;
    this._skip();
    const op = OPERATORS.find(operator => this._startsWith(operator));
    if (!op) {
      throw new Error(`Expected one of ${OPERATORS.join(' ')} after “${named.label}”`);
    }
    this._at += op.length;
    const end = isInside ? /\s+(?:and|or)\s|\)|$/iy : /\s+(?:and|or)\s|$/iy;
    switch (op) {
      case 'is null':
      case 'not null':
        return { column: named.position, op };
      case 'in':
        return { column: named.position, op, values: this._list(named) };
      case 'between': {
        const low = this._value(named, op, /\s+and\s|$/iy);
        if (this._joint() !== 'and') {
          throw new Error(`Expected “and” and the largest value of “${named.label}”`);
        }
        const high = this._value(named, op, end);
        return { column: named.position, op, values: [low, high] };
      }
      default:
        return this._plain(named, op, end);
    }
  }

  private _plain(named: Column, op: Operator, end: RegExp): Comparison {
    const isQuoted = /^\s*['"]/.test(this._text.slice(this._at));
    const value = this._value(named, op, end);
    const isMissing =
      !isQuoted && named.kind !== 'text' && MISSING.includes(String(value));
    if (isMissing && (op === '==' || op === '!=')) {
      return { column: named.position, op: op === '==' ? 'is null' : 'not null' };
    }
    return { column: named.position, op, value };
  }

  private _list(named: Column): Value[] {
    this._need('(');
    const values: Value[] = [];
    do {
      values.push(this._value(named, 'in', /[,)]|$/y));
      this._skip();
    } while (this._text[this._at] === ',' && (this._at += 1));
    this._need(')');
    return values;
  }

  /** Read a value up to what ends it. */
  private _value(named: Column, op: Operator, end: RegExp): Value {
    this._skip();
    const quoted = /(['"])(.*?)\1(?=\s|[,)]|$)/y;
    quoted.lastIndex = this._at;
    const found = quoted.exec(this._text);
    if (found) {
      this._at = quoted.lastIndex;
      return found[2] ?? '';
    }
    const start = this._at;
    for (; this._at < this._text.length; this._at++) {
      end.lastIndex = this._at;
      if (end.test(this._text)) {
        break;
      }
    }
    const text = this._text.slice(start, this._at).trim();
    if (text === '') {
      throw new Error(`Expected a value after “${named.label} ${op}”`);
    }
    return parseValue(text, named);
  }

  /** Read `and` or `or`; empty where there is neither. */
  private _joint(): string {
    const joint = /\s*\b(and|or)\b\s*/iy;
    joint.lastIndex = this._at;
    const found = joint.exec(this._text);
    this._at = found ? joint.lastIndex : this._at;
    this._skip();
    return found?.[1]?.toLowerCase() ?? '';
  }

  private _column(): Column | undefined {
    return this._columns.find(({ label }) => {
      const isThere = label !== '' && this._text.startsWith(label, this._at);
      return isThere && !/^[\w.]/.test(this._text.slice(this._at + label.length));
    });
  }

  private _startsWith(operator: string): boolean {
    const rest = this._text.slice(this._at);
    const next = rest[operator.length] ?? '';
    const isWord = /\w$/.test(operator);
    return rest.startsWith(operator) && !(isWord && /\w/.test(next));
  }

  private _need(sign: string): void {
    this._skip();
    if (this._text[this._at] !== sign) {
      throw new Error(`Expected “${sign}” before “${this._rest()}”`);
    }
    this._at += 1;
    this._skip();
  }

  private _skip(): void {
    while (/\s/.test(this._text[this._at] ?? '')) {
      this._at += 1;
    }
  }

  private _isAtEnd(): boolean {
    return this._at >= this._text.length;
  }

  private _rest(): string {
    return this._text.slice(this._at).trim() || 'the end';
  }

  private readonly _columns: readonly Column[];
  private _at = 0;
}

function either([first, ...alternatives]: Comparison[]): Filter {
  return alternatives.length > 0 ? { ...first!, alternatives } : first!;
}

/** Read a value as people write it. */
export function parseValue(text: string, column: Column): Value {
  if (column.kind === 'bool' && /^(true|false)$/i.test(text)) {
    return text.toLowerCase() === 'true';
  }
  // A number that JavaScript would round is read by the kernel.
  const number = column.kind === 'number' ? Number(text) : NaN;
  return String(number) === text ? number : text;
}
