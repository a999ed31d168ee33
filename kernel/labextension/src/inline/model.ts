/**
 * What the cells of one document show at their lines: no DOM, no editor, no clock.
 *
 * Runs come in by `begin` and `end`, which Jupyter's own messages tell; what they stored comes in by
 * `take`, which reads the panel's model as it is then. A cell has one run, the newest. What another
 * document's cells did on the same kernel is not shown here.
 */

import type { Cell, Frame, Point, Variable } from '../protocol/messages';
import type { ICellPlace } from '../tokens';
import { Execution, type IExecutionInfo } from './execution';
import { type ILine, itemOf, numbersOfCell, SHOWN } from './line';

/** What is read of the panel's model. */
export interface IVariables {
  readonly variables: ReadonlyMap<string, Variable>;
  readonly history: ReadonlyMap<string, Point[]>;
  readonly unevaluated: ReadonlyMap<string, string>;
  readonly frames: readonly Frame[];
  readonly cell: Cell | null;
}

/** A cell of the document, with what it says now. */
export interface ICellText {
  cell: string;
  code: string;
}

/** The runs of a document's cells. */
export class InlineModel {
  /**
   * @param adopt finds a cell whose run nobody saw, such as one that began before the page was loaded.
   */
  constructor(private readonly _adopt: (place: ICellPlace) => ICellText | null) {}

  /** Whether what the kernel does now is known; else all values are those of before. */
  isLive = true;

  /** The runs that are shown, one for each cell. */
  get executions(): Iterable<Execution> {
    return this._byCell.values();
  }

  /** The runs that may show something else by now: the one that goes on, and whose functions it calls. */
  get active(): Iterable<Execution> {
    return this._running ? [this._running, ...this._called] : [];
  }

  /** The run that goes on; null if none of this document's does. */
  get running(): Execution | null {
    return this._running;
  }

  /** Note that a cell runs; what it showed before is that of before. */
  begin(info: IExecutionInfo): Execution {
    const execution = new Execution(info);
    const before = this._byCell.get(info.cell);
    if (before) {
      execution.carry(before);
      this._remove(before);
    }
    this._byCell.set(info.cell, execution);
    if (info.execution_count !== null) {
      this._byCount.set(info.execution_count, execution);
      this._foreign.delete(info.execution_count);
    }
    this._running = execution;
    this._called.clear();
    return execution;
  }

  /** Note a run that is of no cell of this document. */
  beginElsewhere(execution_count: number): void {
    this._foreign.add(execution_count);
  }

  /**
   * Note that a run is over, with what the kernel has told by then. Where nobody heard that, what the
   * run showed may be wrong: it shows nothing until `take` knows.
   */
  end(msg_id: string, told: IVariables | null): void {
    const execution = this._running;
    if (!execution || execution.info.msg_id !== msg_id) {
      return;
    }
    execution.isOver = true;
    if (told) {
      execution.dropCarried(told.variables);
    } else {
      execution.forgetAll();
      this._owed.add(execution);
    }
    this._running = null;
    this._clearMarks();
  }

  /** Whether there are runs of which nobody heard the end. */
  get isOwed(): boolean {
    return this._owed.size > 0;
  }

  /** Forget a cell that is gone. */
  forget(cell: string): void {
    const execution = this._byCell.get(cell);
    if (execution) {
      this._remove(execution);
    }
  }

  /** Forget all: the kernel is another one. */
  clear(): void {
    this._byCell.clear();
    this._byCount.clear();
    this._foreign.clear();
    this._owed.clear();
    this._running = null;
  }

  /** Take what the kernel has told. Names that the list hides are hidden here as well. */
  take(state: IVariables, isHidden: (variable: Variable) => boolean): void {
    this._owed.forEach(execution => this._store(state, execution, isHidden));
    this._owed.clear();
    const running = this._runningOf(state.cell);
    this._clearMarks();
    if (!running) {
      return;
    }
    this._takeFrames(state.frames, running.info.msg_id, isHidden);
    const isCalling = state.frames.some(({ thread }) => !thread);
    running.mark(state.cell?.line, isCalling ? 'calling' : 'running');
    running.keepOnly(name => state.variables.has(name));
    this._store(state, running, isHidden);
  }

  /** Return what the lines of a run show. */
  linesOf(execution: Execution): Map<number, ILine> {
    return execution.lines(this.isLive ? (this._running?.info.msg_id ?? null) : null);
  }

  private _store(
    state: IVariables,
    running: Execution,
    isHidden: (variable: Variable) => boolean
  ): void {
    const { execution_count, msg_id } = running.info;
    const rest: Variable[] = [];
    const itemFor = (variable: Variable) => {
      const { name, status } = variable;
      const isStale = status === 'stale' || state.unevaluated.has(name);
      const numbers = numbersOfCell(state.history.get(name), execution_count);
      return itemOf(variable, { numbers, isStale, run: msg_id, count: execution_count });
    };
    for (const variable of state.variables.values()) {
      const origin = variable.changed_by;
      if (
        !origin ||
        origin.client ||
        origin.execution_count !== execution_count ||
        isHidden(variable)
      ) {
        continue;
      }
      const line = origin.line ?? null;
      const isStored =
        running.store(variable, itemFor, line) ||
        [...this._called].some(other => other.storeGlobal(variable, itemFor));
      if (!isStored) {
        rest.push(variable);
      }
    }
    running.setRest(newest(rest, SHOWN).map(itemFor), rest.length);
  }

  private _takeFrames(
    frames: readonly Frame[],
    run: string,
    isHidden: (variable: Variable) => boolean
  ): void {
    const threads = new Set<string>();
    for (const frame of frames) {
      const thread = frame.thread ?? '';
      const isInnermost = !threads.has(thread);
      threads.add(thread);
      const { execution_count: count, file } = frame;
      const execution =
        file || !count ? null : this._executionOf({ execution_count: count });
      const variables = frame.variables?.filter(variable => !isHidden(variable));
      if (execution?.takeFrame({ ...frame, variables }, run)) {
        execution.mark(frame.line, isInnermost ? 'running' : 'calling');
        this._called.add(execution);
      }
    }
  }

  /** The run that goes on, by what the kernel says of it. */
  private _runningOf(cell: Cell | null): Execution | null {
    if (!cell || this._running?.info.msg_id === cell.msg_id) {
      return this._running;
    }
    const { execution_count = null, cell_id, msg_id } = cell;
    if (execution_count !== null && this._byCount.get(execution_count)?.isOver) {
      return null; // what the kernel says is older than what Jupyter's own messages say
    }
    const text = this._adoptable({ execution_count, cell_id });
    return text
      ? this.begin({ ...text, msg_id, execution_count, isAssumed: true })
      : null;
  }

  /** The run of a number; of one that nobody saw, a run that is over. */
  private _executionOf(place: ICellPlace): Execution | null {
    const { execution_count = null } = place;
    const known = execution_count === null ? null : this._byCount.get(execution_count);
    if (known || execution_count === null) {
      return known ?? null;
    }
    const text = this._adoptable(place);
    if (!text) {
      return null;
    }
    const info = { ...text, msg_id: '', execution_count, isAssumed: true };
    const execution = new Execution(info);
    execution.isOver = true;
    this._byCell.set(text.cell, execution);
    this._byCount.set(execution_count, execution);
    return execution;
  }

  /** A cell of which no newer run is known. */
  private _adoptable(place: ICellPlace): ICellText | null {
    if (this._foreign.has(place.execution_count ?? -1)) {
      return null;
    }
    const text = this._adopt(place);
    return text && !this._byCell.has(text.cell) ? text : null;
  }

  private _clearMarks(): void {
    for (const execution of this._byCell.values()) {
      execution.clearMarks();
    }
  }

  private _remove(execution: Execution): void {
    const { cell, execution_count } = execution.info;
    this._byCell.delete(cell);
    this._owed.delete(execution);
    this._called.delete(execution);
    if (execution_count !== null) {
      this._byCount.delete(execution_count);
    }
    if (this._running === execution) {
      this._running = null;
    }
  }

  private readonly _byCell = new Map<string, Execution>();
  private readonly _byCount = new Map<number, Execution>();
  /** The numbers of runs that are of no cell of this document. */
  private readonly _foreign = new Set<number>();
  /** The runs whose end nobody heard. */
  private readonly _owed = new Set<Execution>();
  /** The cells whose functions the run has been in. */
  private readonly _called = new Set<Execution>();
  private _running: Execution | null = null;
}

/** The variables that changed last, the newest first. */
function newest(variables: readonly Variable[], most: number): Variable[] {
  const found: Variable[] = [];
  for (const variable of variables) {
    const at = variable.changed_at ?? 0;
    const place = found.findIndex(other => (other.changed_at ?? 0) < at);
    found.splice(place < 0 ? found.length : place, 0, variable);
    found.length = Math.min(found.length, most);
  }
  return found;
}
