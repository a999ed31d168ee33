/**
 * What the panel knows of one document's kernel: the variables, what is open below them, where
 * they come from. State and signals, no DOM, no kernel; the time comes in as a function.
 *
 * The state outlives connections: a paused or restarted kernel gives its model a new client, and
 * expansion, selection and scroll stay.
 */

import { type ISignal, Signal } from '@lumino/signaling';
import {
  type Client,
  type IMethods,
  type IRequestOptions,
  RequestError
} from '../protocol/client';
import type { Cell, Frame, Point, UpdateParams, Variable } from '../protocol/messages';
import type { IChange } from '../protocol/replica';
import { Away } from './away';
import { OpenChildren } from './children';
import { compareStates } from './comparing';
import { ENDED, endOf, type IEnd, NOT_CONNECTED } from './ending';
import { isLiteral, keyOf, type Path } from './format';
import { freshLocals } from './frames';
import { LayoutKeys } from './layout_keys';
import { PointsByName } from './points';
import { isChanging, READ_ONLY } from './read_only';
import { Selection } from './selection';
import { Rules } from './rules';
import { Sharing } from './sharing';
import { type IStatesHost, States } from './states';

/** Where the model is. */
export type Phase =
  | 'no-document'
  | 'no-kernel'
  | 'connecting'
  | 'live'
  | 'paused'
  | 'other-kernel'
  | 'restarting'
  | 'dead';

/** What somebody who draws the model should know of a change. */
export interface IModelChange {
  /** Whether rows came or went, or may stand elsewhere; false if only what they show differs. */
  isStructural: boolean;
}

const SKEW_S = 2;

/** The variables of one kernel. */
export class VariablesModel {
  constructor(private readonly _now: () => number = () => Date.now()) {}

  /** The variables by name. */
  variables: ReadonlyMap<string, Variable> = new Map();
  /** What is open below the variables. */
  readonly children = new OpenChildren({
    now: () => this._now(),
    client: () => this._client,
    markFresh: (key, at) => this._freshSince.set(key, at),
    changed: () => this._emit(true)
  });
  /** The newest points of each variable, oldest first. */
  get history(): ReadonlyMap<string, Point[]> {
    return this._points.byName;
  }
  /** Why a variable could not be compared, by name. */
  readonly unevaluated = new Map<string, string>();
  /** The names at the top of the list. */
  readonly pins = new Set<string>();
  /** The groups that are closed. */
  readonly closedGroups = new Set<string>();
  /** What is to be told, or to stop the cell. */
  readonly rules = new Rules({
    now: () => this._now(),
    request: (method, params) => this.request(method, params),
    isConnected: () => this.isConnected,
    changed: () => this._emit(false)
  });
  /** What is kept of the variables beyond the kernel, and what could be restored. */
  readonly states = new States(this._statesHost());
  /** Which variables are shared with other programs. */
  readonly sharing = new Sharing(this._statesHost());
  /** What happened while nobody was connected. */
  readonly away = new Away({
    request: (method, params) => this.request(method, params),
    kernelNow: () => this._now() / 1000 - this._skew,
    changed: () => this._emit(false)
  });
  /** The running functions. */
  frames: Frame[] = [];
  /** The cell that runs. */
  cell: Cell | null = null;
  /** How the kernel process ended that the variables are of; null while it runs. */
  end: IEnd | null = null;
  /** The number of the newest cell that changed something. */
  newestCell = 0;
  /** The rows that are selected. */
  readonly selection = new Selection(() => this._emit(false));
  /** Where the list is scrolled to. */
  scrollTop = 0;
  /** Counts the changes after which rows have to be laid out anew. */
  structure = 0;
  /** Count all changes, and the connections: nobody tells what changed between two of them. */
  revision = 0;
  connection = 0;

  get phase(): Phase {
    return this._phase;
  }

  set phase(phase: Phase) {
    if (phase !== this._phase) {
      this._phase = phase;
      if (phase === 'paused') {
        this.away.notePause();
      }
      this._emit(true);
    }
  }

  /** Emitted when something has changed. */
  get changed(): ISignal<this, IModelChange> {
    return this._changed;
  }

  /** How the kernel is watched; see `Replica.mode`. */
  get mode(): 'full' | 'lite' {
    return this._client?.replica.mode ?? 'full';
  }

  /** Whether nothing may be changed in the kernel from here. */
  get isReadOnly(): boolean {
    return this._isReadOnly;
  }

  set isReadOnly(isReadOnly: boolean) {
    this._isReadOnly = isReadOnly;
    this._emit(true);
  }

  /** Whether the kernel has a method or a feature, and it may be used; see `Replica.offers`. */
  offers(name: string, revision = 1): boolean {
    if (this._isReadOnly && isChanging(name)) {
      return false;
    }
    return this._client?.replica.offers(name, revision) ?? true;
  }

  /** Whether requests can be sent that are about what is shown. */
  get isConnected(): boolean {
    return this._client !== null && this._phase === 'live' && this.end === null;
  }

  /**
   * Note that the kernel process has ended; what was known stays, as what was known last. The cell
   * that ran is null if none did, and undefined if only the kernel's messages may tell.
   */
  noteEnd(how: IEnd['how'], execution_count?: number | null): void {
    this.end = endOf(how, execution_count, this._seen, this.end);
    this._emit(true);
  }

  /** Show what the new kernel process has, which may be nothing. */
  forgetEnd(): void {
    if (this.end) {
      this.end = null;
      this._seen = null;
      this._takeNewProcess();
      [...this.variables.keys()].forEach(name => this._forget(name));
      this.variables = this._client?.replica.variables ?? new Map();
      this._emit(true);
    }
  }

  /** Listen to a client, or to none. What was known stays until the new one's state comes. */
  attach(client: Client | null): void {
    this._client?.changed.disconnect(this._onChange, this);
    this._client = client;
    this.connection += client ? 1 : 0;
    client?.changed.connect(this._onChange, this);
    if (!client) {
      this.away.noteSeen(true);
      this.cell = null;
      this.frames = [];
    }
    this._emit(true);
  }

  /** Note that no cell runs: the last one may have ended without a change to tell of. */
  endCell(): void {
    this._seen = null;
    if (this.cell || this.frames.length > 0) {
      this.cell = null;
      this.frames = [];
      this._emit(true);
    }
  }

  /** Forget everything: another kernel process knows none of it. */
  clear(): void {
    this.variables = new Map();
    this._points.clear();
    this.unevaluated.clear();
    this._freshSince.clear();
    this.frames = [];
    this.cell = null;
    this.newestCell = 0;
    this.rules.forgetKernel();
    this.states.forgetKernel();
    this.sharing.forgetKernel();
    this.end = null;
    this._seen = null;
    this._epoch = '';
    this._emit(true);
  }

  /** Ask the kernel for something. */
  request<M extends keyof IMethods>(
    method: M,
    params: IMethods[M][0],
    options?: IRequestOptions
  ): Promise<IMethods[M][1]> {
    if (!this._client) {
      return Promise.reject(new RequestError(NOT_CONNECTED));
    }
    if (this._isReadOnly && isChanging(method)) {
      return Promise.reject(new RequestError(READ_ONLY));
    }
    if (this.end && !/^(rule|state|sharing)\./.test(method)) {
      return Promise.reject(new RequestError(ENDED));
    }
    return this._client.request(method, params, options);
  }

  /** Find a variable, at the top or below. */
  find(path: Path): Variable | undefined {
    if (path.length === 1) {
      return this.variables.get(String(path[0]?.[1]));
    }
    return this.children.find(path);
  }

  // -- what to show ---------------------------------------------------------------------------

  /** When a row last showed something new, in the clock of this model; 0 if it never did. */
  freshSince(key: string): number {
    return this._freshSince.get(key) ?? 0;
  }

  /** How long ago a variable changed, in seconds, by the kernel's clock. */
  ageOf(variable: Variable): number | null {
    return this.secondsSince(variable.changed_at);
  }

  /** How long ago something was, in seconds, by the kernel's clock; null if that is not known. */
  secondsSince(at: number | null | undefined): number | null {
    return at === undefined || at === null
      ? null
      : Math.max(0, this._now() / 1000 - this._skew - at);
  }

  /** Toggle whether a variable stands at the top. */
  togglePin(name: string): void {
    if (!this.pins.delete(name)) {
      this.pins.add(name);
    }
    this._emit(true);
  }

  /** Open or close a group. */
  toggleGroup(group: string): void {
    if (!this.closedGroups.delete(group)) {
      this.closedGroups.add(group);
    }
    this._emit(true);
  }

  /** Select a row alone. */
  select(key: string): void {
    this.selection.only(key);
  }

  /** The key of the row that keys act on. */
  get selected(): string {
    return this.selection.current;
  }

  // -- changes --------------------------------------------------------------------------------

  private _onChange(client: Client, told: IChange): void {
    const { replica } = client;
    let change = told;
    this.states.noteChange(client, told);
    this.sharing.noteChange(client, told);
    if (this.end) {
      const isAtWork = told.updates.some(({ cell }) => cell?.running);
      if (replica.variables.size === 0 && !isAtWork) {
        return; // the new process has nothing yet: what was known of the old one stays
      }
      this.end = null;
      change = { ...told, isComplete: true };
    }
    const isNewProcess = this._epoch !== '' && this._epoch !== replica.epoch;
    if (isNewProcess) {
      this._takeNewProcess();
    }
    this._epoch = replica.epoch;
    const before = this.variables;
    const isStructural = this._layout.differs(replica.variables, change);
    this.variables = replica.variables;
    const { changed, removed } = change.isComplete
      ? compareStates(before, this.variables)
      : change;
    this._markFresh(changed, change.isComplete);
    removed.forEach(name => this._forget(name));
    change.updates.forEach(update => this._onUpdate(update));
    const hasFrames = change.updates.some(update => update.frames !== undefined);
    if (change.isComplete) {
      this.children.openWanted(this.variables);
    }
    this.children.reinspect(change);
    this._layout.note(replica.variables, change);
    this.away.noteChange(this._epoch, change.isComplete, before, this);
    this._emit(isStructural || hasFrames || removed.length > 0);
  }

  /** Forget what another process knows nothing of. */
  private _takeNewProcess(): void {
    this._points.clear();
    this.unevaluated.clear();
    this.newestCell = 0;
  }

  private _markFresh(changed: string[], isComplete: boolean): void {
    const now = this._now();
    let newest = 0;
    for (const name of changed) {
      this._freshSince.set(keyOf([['name', name]]), now);
      newest = Math.max(newest, this.variables.get(name)?.changed_at ?? 0);
    }
    if (newest > 0 && !isComplete) {
      const skew = now / 1000 - newest;
      this._skew = Math.abs(skew) > SKEW_S ? skew : 0;
    }
  }

  private _forget(name: string): void {
    const key = keyOf([['name', name]]);
    this._freshSince.delete(key);
    this._points.delete(name);
    this.unevaluated.delete(name);
    this._layout.forget(name);
    if (this.children.isExpanded(key)) {
      this.children.collapse(key);
    }
  }

  private _onUpdate(update: UpdateParams): void {
    const { changed = [], unevaluated = [], points = {} } = update;
    changed.forEach(variable => this.unevaluated.delete(variable.name));
    unevaluated.forEach(({ name, reason }) => this.unevaluated.set(name, reason));
    this._points.add(points, changed);
    if (update.frames) {
      freshLocals(this.frames, update.frames).forEach(key =>
        this._freshSince.set(key, this._now())
      );
      this.frames = update.frames;
    }
    this.cell = update.cell?.running ? update.cell : null;
    this._seen = this.cell;
    if (!this.cell && update.cell) {
      this.frames = [];
    }
    this.newestCell = Math.max(this.newestCell, update.cell?.execution_count ?? 0);
  }

  private _statesHost(): IStatesHost {
    return {
      request: (method, params) => this.request(method, params),
      client: () => this._client,
      changed: () => this._emit(false)
    };
  }

  private _emit(isStructural: boolean): void {
    this.revision += 1;
    if (isStructural) {
      this.structure += 1;
    }
    this._changed.emit({ isStructural });
  }

  private _client: Client | null = null;
  private _phase: Phase = 'no-kernel';
  private _isReadOnly = false;
  private _epoch = '';
  /** The cell that was last told to run, also after the connection was cut. */
  private _seen: Cell | null = null;
  /** By how many seconds the kernel's clock is behind; 0 where that may be the way of a message. */
  private _skew = 0;
  private readonly _points = new PointsByName(() => this._now());
  private readonly _layout = new LayoutKeys();
  private readonly _freshSince = new Map<string, number>();
  private readonly _changed = new Signal<this, IModelChange>(this);
}

/** Whether deleting a variable can be taken back: its value can be written again. */
export function isRestorable(variable: Variable): boolean {
  return isLiteral(variable);
}
