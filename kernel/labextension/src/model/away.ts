/**
 * What happened in a kernel while nobody was connected: told once, when somebody comes back.
 *
 * The kernel keeps when each variable changed, by which cell, and the history of numbers. So all
 * that has to be remembered here is when somebody looked last, by the clock of the kernel. It is
 * remembered by the epoch, which names one kernel process: of another process nothing is told.
 */

import type { IMethods } from '../protocol/client';
import type { Cell, Point, Variable } from '../protocol/messages';
import { numberOf } from './format';

/** Shorter absences are not told: a connection that was lost for a moment. */
const SHORTEST_S = 2;
const MOST_CURVES = 5;
const POINTS = 2000;

/** Keeps when kernels were looked at last, longer than a page lives. */
export interface ISeenStore {
  get(epoch: string): number | null;
  /** Note a time; the last one of a connection is written in any case. */
  set(epoch: string, at: number, isLast: boolean): void;
}

/** What a number did meanwhile. */
export interface ICourse {
  name: string;
  points: readonly Point[];
  /** How many values it had meanwhile, as far as the kernel keeps them. */
  count: number;
}

/** What happened meanwhile. */
export interface IAbsence {
  /** How many seconds nobody was connected. */
  seconds: number;
  /** The cells that changed something, by their numbers. */
  cells: readonly number[];
  /** The cell that is still running. */
  running: Cell | null;
  changed: readonly Variable[];
  /** The names that were known before and are gone; empty where nothing was known. */
  removed: readonly string[];
  courses: readonly ICourse[];
}

/** What is known now. */
interface IState {
  readonly connection: number;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly cell: Cell | null;
}

/** What this asks of the model. */
export interface IAwayHost {
  request<M extends 'history'>(
    method: M,
    params: IMethods[M][0]
  ): Promise<IMethods[M][1]>;
  /** The time of the kernel now, in seconds. */
  kernelNow(): number;
  changed(): void;
}

/** Tells what happened while nobody was connected. */
export class Away {
  constructor(private readonly _host: IAwayHost) {}

  /** Where it is remembered when kernels were looked at; a host may set one that lasts. */
  static store: ISeenStore = memoryStore();

  /** Whether anything is told: what is played from a file is no kernel. */
  isOn = true;
  /** What there is to tell; null if nothing, or if it was read. */
  absence: IAbsence | null = null;

  /** Note that something has come: the whole state, on a connection that is new or not, or news. */
  noteChange(
    epoch: string,
    isComplete: boolean,
    before: ReadonlyMap<string, Variable>,
    now: IState
  ): void {
    if (!this.isOn) {
      return;
    }
    const isReturn = isComplete && this._connection !== now.connection && !this._isPaused;
    const seen = isReturn ? Away.store.get(epoch) : null;
    this._epoch = epoch;
    if (isComplete) {
      this._connection = now.connection;
      this._isPaused = false;
    }
    if (seen !== null) {
      this._tell(seen, before, now);
    }
    this.noteSeen();
  }

  /** Note that somebody looks, or looked until now. */
  noteSeen(isLast = false): void {
    if (this._epoch !== '' && this.isOn) {
      Away.store.set(this._epoch, this._host.kernelNow(), isLast);
    }
  }

  /** Note that somebody chose not to look: what happens then is no surprise. */
  notePause(): void {
    this._isPaused = true;
  }

  /** Say no more of it. */
  dismiss(): void {
    this.absence = null;
    this._host.changed();
  }

  private _tell(
    seen: number,
    before: ReadonlyMap<string, Variable>,
    { variables, cell: running }: IState
  ): void {
    const seconds = this._host.kernelNow() - seen;
    const changed = [...variables.values()].filter(
      ({ changed_at }) => (changed_at ?? 0) > seen
    );
    const removed = [...before.keys()].filter(name => !variables.has(name));
    if (seconds < SHORTEST_S || changed.length + removed.length === 0) {
      return;
    }
    changed.sort((a, b) => (b.changed_at ?? 0) - (a.changed_at ?? 0));
    const counts = changed.map(({ changed_by }) => changed_by?.execution_count ?? 0);
    const cells = [...new Set(counts)].filter(count => count > 0).sort((a, b) => a - b);
    this.absence = { seconds, cells, running, changed, removed, courses: [] };
    const numbers = changed.filter(variable => numberOf(variable) !== null);
    void this._askCourses(this.absence, numbers.slice(0, MOST_CURVES), seen);
  }

  private async _askCourses(
    absence: IAbsence,
    numbers: readonly Variable[],
    since: number
  ): Promise<void> {
    const found = await Promise.all(
      numbers.map(async ({ name }): Promise<ICourse | null> => {
        try {
          const all = await this._host.request('history', { name, limit: POINTS });
          return courseOf(name, all.points, since);
        } catch {
          return null; // a kernel that keeps no history
        }
      })
    );
    if (this.absence === absence) {
      const courses = found.filter(
        (one): one is ICourse => one !== null && one.count > 0
      );
      this.absence = { ...absence, courses };
      this._host.changed();
    }
  }

  private _epoch = '';
  private _isPaused = false;
  private _connection = 0;
}

/** What is known of a number since then, from the value that it had when somebody looked last. */
function courseOf(name: string, points: readonly Point[], since: number): ICourse {
  const first = points.findIndex(([at]) => at > since);
  if (first < 0) {
    return { name, points: [], count: 0 };
  }
  return {
    name,
    points: points.slice(Math.max(0, first - 1)),
    count: points.length - first
  };
}

function memoryStore(): ISeenStore {
  const seen = new Map<string, number>();
  return {
    get: epoch => seen.get(epoch) ?? null,
    set: (epoch, at) => void seen.set(epoch, at)
  };
}
