/**
 * One run of a cell, with what each line of its code has stored. It knows no editor: lines are those
 * of the code that ran, counted from 1.
 *
 * A line keeps what it stored last, also when another line stores the name afterwards. What has no
 * line, neither by the kernel nor by the text, is shown for the cell as a whole.
 */

import type { Frame, Variable } from '../protocol/messages';
import {
  type IItem,
  type ILine,
  itemOf,
  type Mark,
  SHOWN,
  textOf,
  withNumber
} from './line';
import { type IFunctionLines, Source } from './source';

const NAMES_PER_LINE = 50;

/** Which cell ran, and what. */
export interface IExecutionInfo {
  msg_id: string;
  execution_count: number | null;
  /** The cell, by the id of its model. */
  cell: string;
  code: string;
  /** Whether this is what the cell says now, and nobody saw what was run. */
  isAssumed: boolean;
}

/** Describes what is shown of a variable; asked only where it is. */
export type ItemMaker = (variable: Variable) => IItem;

/** A function of the cell, as it was seen last. */
interface IFunction {
  lines: Map<number, IItem[]>;
  isRunning: boolean;
}

/** What a cell's lines stored when it ran last. */
export class Execution {
  constructor(readonly info: IExecutionInfo) {
    this.source = new Source(info.code);
  }

  readonly source: Source;
  /** Whether nothing more is to come of the cell itself. */
  isOver = false;

  /** Take what a line of this code stored; false if it cannot be said which one. */
  store(variable: Variable, itemFor: ItemMaker, line: number | null): boolean {
    const place = this._isLine(line, variable.name) ? line : this._placeOf(variable);
    if (place === null) {
      return false;
    }
    const items = this._stored.get(place) ?? new Map<string, IItem>();
    if (items.has(variable.name) || items.size < NAMES_PER_LINE) {
      items.set(variable.name, itemFor(variable));
    }
    this._stored.set(place, items);
    return true;
  }

  /** Take a global name that a function of this cell stored; false if none, or more lines do. */
  storeGlobal(variable: Variable, itemFor: ItemMaker): boolean {
    const place = this.source.globalPlaceOf(variable.name);
    return place !== null && this.store(variable, itemFor, place);
  }

  /** Take what the cell changed at no line that is known, the newest first. */
  setRest(items: readonly IItem[], count: number): void {
    this._rest = items.slice(0, SHOWN);
    this._moreRest = count - this._rest.length;
  }

  /**
   * Begin with what the last run of the cell has shown at the lines that say the same. A store of
   * the value that is there already is told by nobody.
   */
  carry(before: Execution): void {
    before._stored.forEach((items, line) => {
      const text = before.source.lines[line - 1];
      const { lines } = this.source;
      const isThere = lines[line - 1] === text;
      const same = isThere ? line : lines.indexOf(text ?? '') + 1;
      if (same > 0) {
        this._stored.set(same, new Map(items));
      }
    });
  }

  /** Keep of what was carried what the names still hold. */
  dropCarried(variables: ReadonlyMap<string, Variable>): void {
    for (const items of this._stored.values()) {
      for (const [name, { run, count, text }] of items) {
        const now = variables.get(name);
        const isSame =
          now?.changed_by?.execution_count === count && now && textOf(now) === text;
        if (run !== this.info.msg_id && !isSame) {
          items.delete(name);
        }
      }
    }
  }

  /** Forget what was stored. */
  forgetAll(): void {
    this._stored.clear();
    this._functions.clear();
    this.setRest([], 0);
  }

  /** Forget names that are gone. */
  keepOnly(isThere: (name: string) => boolean): void {
    for (const items of this._stored.values()) {
      for (const [name, { run }] of items) {
        if (run === this.info.msg_id && !isThere(name)) {
          items.delete(name);
        }
      }
    }
  }

  /** Begin a new look at where the code is. */
  clearMarks(): void {
    this._marks.clear();
    this._functions.forEach(one => (one.isRunning = false));
  }

  /** Mark a line. Where the code is says more than where it was called. */
  mark(line: number | null | undefined, mark: Mark): void {
    if (line && line <= this.source.lines.length && this._marks.get(line) !== 'running') {
      this._marks.set(line, mark);
    }
  }

  /** Take a running function of this cell's; false if there is none at its line. */
  takeFrame(frame: Frame, run: string): boolean {
    const name = frame.function.slice(frame.function.lastIndexOf('.') + 1);
    const isNamed = !name.startsWith('<');
    const lines = isNamed ? this.source.functionAt(frame.line, name) : null;
    if (isNamed && !lines) {
      return false; // the cell was changed since, or this is another cell
    }
    const key = `${name}:${lines?.first ?? frame.line}`;
    if (this._functions.get(key)?.isRunning) {
      return true; // it calls itself: the innermost one is shown
    }
    const placed = new Map<number, IItem[]>();
    for (const variable of frame.variables ?? []) {
      const place = this._placeOfLocal(variable.name, lines) ?? frame.line;
      const item = this._localOf(variable, key, run);
      placed.set(place, [...(placed.get(place) ?? []), item]);
    }
    this._functions.set(key, { lines: placed, isRunning: true });
    return true;
  }

  /** Return what the lines show, while a run is going on or after all. */
  lines(running: string | null): Map<number, ILine> {
    const numbers = new Set([...this._stored.keys(), ...this._marks.keys()]);
    this._functions.forEach(one => [...one.lines.keys()].forEach(n => numbers.add(n)));
    const { lastLine } = this.source;
    if (this._rest.length > 0 && lastLine > 0) {
      numbers.add(lastLine);
    }
    const found = new Map<number, ILine>();
    for (const number of numbers) {
      const line = this._line(number, running, number === lastLine);
      if (line.items.length > 0 || line.ofCell.length > 0 || line.mark) {
        found.set(number, line);
      }
    }
    return found;
  }

  private _line(number: number, running: string | null, isLast: boolean): ILine {
    const stored = [...(this._stored.get(number)?.values() ?? [])];
    const locals: IItem[] = [];
    let isLive = stored.some(item => item.run === running);
    for (const { lines, isRunning } of this._functions.values()) {
      const own = lines.get(number) ?? [];
      locals.push(...own);
      isLive = isLive || (isRunning && own.length > 0);
    }
    const ofCell = isLast ? this._rest : [];
    const items = this._inOrder(number, [...stored, ...locals]);
    return {
      items: items.slice(0, SHOWN),
      more: Math.max(0, items.length - SHOWN),
      ofCell,
      moreOfCell: isLast ? this._moreRest : 0,
      mark: this._marks.get(number) ?? null,
      isPast: !isLive && !(ofCell.length > 0 && this.info.msg_id === running)
    };
  }

  /** In the order of the line's own text, so that nothing changes places. */
  private _inOrder(number: number, items: IItem[]): IItem[] {
    if (items.length < 2) {
      return items;
    }
    const text = this.source.lines[number - 1] ?? '';
    const at = ({ name }: IItem) => text.indexOf(name) >>> 0; // what is not there comes last
    return items.sort((a, b) => at(a) - at(b));
  }

  /** Whether a line that the kernel told can be shown; of a text that was assumed, if it fits. */
  private _isLine(line: number | null, name: string): boolean {
    return (
      line !== null &&
      line <= this.source.lines.length &&
      (!this.info.isAssumed || this.source.mentions(line, name))
    );
  }

  private _placeOf({ name, change }: Variable): number | null {
    const key = `${change ? '.' : ''}${name}`;
    let place = this._places.get(key);
    if (place === undefined) {
      place = this.source.placeOf(name, !!change);
      this._places.set(key, place);
    }
    return place;
  }

  private _placeOfLocal(name: string, lines: IFunctionLines | null): number | null {
    if (!lines) {
      return null;
    }
    const key = `${lines.first}:${name}`;
    let place = this._places.get(key);
    if (place === undefined) {
      place = this._findLocal(name, lines);
      this._places.set(key, place);
    }
    return place;
  }

  private _findLocal(name: string, lines: IFunctionLines): number | null {
    const stores = this.source.stores(name, { ...lines, first: lines.first + 1 });
    if (stores.length > 0) {
      return stores.length === 1 ? stores[0]! : null;
    }
    return this.source.mentions(lines.first, name) ? lines.first : null;
  }

  private _localOf(variable: Variable, key: string, run: string): IItem {
    if (run !== this._numbersOf) {
      this._numbers.clear();
      this._numbersOf = run;
    }
    const name = `${key}:${variable.name}`;
    const numbers = withNumber(this._numbers.get(name) ?? [], variable);
    this._numbers.set(name, numbers);
    const isStale = variable.status === 'stale';
    return itemOf(variable, { numbers, isStale, run, count: null });
  }

  private readonly _stored = new Map<number, Map<string, IItem>>();
  private readonly _functions = new Map<string, IFunction>();
  private readonly _marks = new Map<number, Mark>();
  private readonly _places = new Map<string, number | null>();
  /** What the numbers among the locals were in a run, by function and name. */
  private readonly _numbers = new Map<string, number[]>();
  private _numbersOf = '';
  private _rest: readonly IItem[] = [];
  private _moreRest = 0;
}
