/**
 * Plays a record: which variables there were at a moment of a run, and what changed at which time.
 * No DOM and no clock: who plays says how much time has passed.
 */

import type {
  Cell,
  Point,
  RefreshParams,
  UpdateParams,
  Variable
} from '../protocol/messages';
import {
  type ICellLine,
  type IFooter,
  type IRecord,
  isChanges,
  type Line
} from './record';

/** Longer pauses of the run are cut to this. */
export const LONGEST_PAUSE_S = 2;

/** What a replay can do; see `livens.recording.playback`. */
const CAPABILITIES = Object.fromEntries(
  ['subscribe', 'refresh', 'history', 'answers-while-busy', 'cells', 'lines'].map(
    name => [name, 1]
  )
);

type Message =
  | { method: 'refresh'; params: RefreshParams }
  | { method: 'update'; params: UpdateParams };

/** Plays one record; `told` gets what a kernel would have sent. */
export class Playback {
  constructor(
    readonly record: IRecord,
    private readonly _told: (message: Message) => void,
    private readonly _now: () => number = () => Date.now() / 1000
  ) {
    this._lines = record.lines.filter(line => typeof line.at === 'number');
    for (const line of this._lines) {
      if (line.type === 'cell-ended') {
        const { number, execution_count } = line as ICellLine;
        this._counts.set(number, execution_count ?? null);
      }
    }
    this.begin = this._lines[0]?.at ?? 0;
    this.end = this._lines[this._lines.length - 1]?.at ?? 0;
    this.at = this.begin;
  }

  /** When the run began and ended, in seconds since the epoch. */
  readonly begin: number;
  readonly end: number;
  /** The moment of the run that is shown. */
  at: number;

  get isOver(): boolean {
    return this._position >= this._lines.length;
  }

  /** How the run ended; empty where the record does not say. */
  get status(): string {
    const footer = this.record.lines.find(({ type }) => type === 'footer');
    return (footer as IFooter | undefined)?.status ?? '';
  }

  /** The cell that runs at the moment, counted from 1; null between cells. */
  get cell(): number | null {
    return this._running;
  }

  /** Go on by some seconds of the run; its long pauses are left out. */
  advance(seconds: number): void {
    this.at = Math.min(this.end, this.at + seconds);
    while (!this.isOver && this._lines[this._position]!.at! <= this.at) {
      this._play(this._lines[this._position]!, true);
      this._position += 1;
    }
    const next = this._lines[this._position]?.at;
    if (next !== undefined && next - this.at > LONGEST_PAUSE_S) {
      this.at = next - LONGEST_PAUSE_S;
    }
  }

  /** Show another moment of the run. */
  seek(at: number): void {
    this.at = Math.min(this.end, Math.max(this.begin, at));
    this._position = 0;
    this._running = null;
    this._variables.clear();
    this._points.clear();
    while (!this.isOver && this._lines[this._position]!.at! <= this.at) {
      this._play(this._lines[this._position]!, false);
      this._position += 1;
    }
    this.tellAll();
  }

  /** Tell the whole state, as to somebody who comes. */
  tellAll(): void {
    this._epoch += 1;
    this._seq = 1;
    const variables = [...this._variables.values()].map(variable =>
      this._shown(variable)
    );
    const whole = { protocol: 1, start: 0, length: variables.length };
    const state = { ...whole, variables, capabilities: CAPABILITIES };
    this._told({ method: 'refresh', params: { ...this._place(), ...state } });
    const points = Object.fromEntries(this._points);
    this._seq += 1;
    this._told({
      method: 'update',
      params: { ...this._place(), cell: this._cellNow(true), points }
    });
  }

  /** The points of a variable until now, as the kernel had them. */
  pointsOf(name: string): readonly Point[] {
    return this._points.get(name) ?? [];
  }

  /** The variable at this moment; undefined where there is none. */
  find(name: string): Variable | undefined {
    return this._variables.get(name);
  }

  private _play(line: Line, isTold: boolean): void {
    if (line.type === 'cell-started') {
      this._running = (line as ICellLine).number;
      if (isTold) {
        this._tell({ cell: this._cellNow(true) });
      }
    } else if (line.type === 'cell-ended') {
      const cell = this._cellNow(false);
      this._running = null;
      if (isTold) {
        this._tell({ cell });
      }
    } else if (isChanges(line)) {
      line.changed?.forEach(variable => this._variables.set(variable.name, variable));
      line.removed?.forEach(name => this._variables.delete(name));
      for (const [name, news] of Object.entries(line.points ?? {})) {
        this._points.set(name, [...(this._points.get(name) ?? []), ...news]);
      }
      if (isTold) {
        const { changed = [], removed = [], unevaluated = [] } = line;
        const shown = changed.map(variable => this._shown(variable));
        const { origins = {}, points = {} } = line;
        const cell = this._cellNow(true);
        this._tell({ changed: shown, removed, unevaluated, origins, points, cell });
      }
    }
  }

  private _tell(params: Partial<UpdateParams>): void {
    this._seq += 1;
    this._told({ method: 'update', params: { ...this._place(), ...params } });
  }

  private _place(): { epoch: string; seq: number } {
    return { epoch: `replay-${this._epoch}`, seq: this._seq };
  }

  private _cellNow(running: boolean): Cell | null {
    const number = this._running;
    return number === null
      ? null
      : {
          msg_id: `replay-${number}`,
          running,
          execution_count: this._counts.get(number) ?? null
        };
  }

  /** A variable as if it were of now; what is below it only the kernel could show. */
  private _shown(variable: Variable): Variable {
    const { changed_at } = variable;
    const shift = this._now() - this.at;
    const time = typeof changed_at === 'number' ? { changed_at: changed_at + shift } : {};
    return { ...variable, ...time, has_children: false };
  }

  private readonly _lines: Line[];
  private readonly _counts = new Map<number, number | null>();
  private readonly _variables = new Map<string, Variable>();
  private readonly _points = new Map<string, Point[]>();
  private _position = 0;
  private _running: number | null = null;
  private _epoch = 0;
  private _seq = 0;
}
