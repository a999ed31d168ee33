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
import type {
  Cell,
  ErrorInfo,
  Frame,
  Point,
  Rule,
  UpdateParams,
  Variable
} from '../protocol/messages';
import { type IChange, isDifferent } from '../protocol/replica';
import { OpenChildren } from './children';
import { isLiteral, keyOf, numberOf, type Path } from './format';

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

/** A rule that was added here. */
export interface IRule {
  condition: string;
  action: 'notify' | 'stop';
  /** The kernel's name for it; empty while the kernel does not know of it. */
  id: string;
  /** What may not be meant, in the words of the kernel. */
  notes: string[];
}

/** What somebody who draws the model should know of a change. */
export interface IModelChange {
  /** Whether rows came or went, or may stand elsewhere; false if only what they show differs. */
  isStructural: boolean;
}

/** How many points of a variable are kept for its sparkline. */
export const SPARKLINE_POINTS = 60;

const FRAME_ROWS = 200;
const SKEW_S = 2;

/** Why a request cannot even be sent. */
const NOT_CONNECTED: ErrorInfo = {
  code: -1,
  message: 'The panel is not connected to a livens kernel'
};

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
  readonly history = new Map<string, Point[]>();
  /** Why a variable could not be compared, by name. */
  readonly unevaluated = new Map<string, string>();
  /** The names at the top of the list. */
  readonly pins = new Set<string>();
  /** The groups that are closed. */
  readonly closedGroups = new Set<string>();
  /** What is to be told, or to stop the cell; a new connection is asked for the same. */
  rules: IRule[] = [];
  /** All the rules that the kernel knew of when it was last asked. */
  knownRules: readonly Rule[] = [];
  /** The running functions. */
  frames: Frame[] = [];
  /** The cell that runs. */
  cell: Cell | null = null;
  /** The number of the newest cell that changed something. */
  newestCell = 0;
  /** The key of the row that is selected. */
  selected = '';
  /** Where the list is scrolled to. */
  scrollTop = 0;
  /** Counts the changes after which rows have to be laid out anew. */
  structure = 0;
  /** Counts all changes. */
  revision = 0;
  /** Counts the connections: nobody tells what changed between two of them. */
  connection = 0;

  get phase(): Phase {
    return this._phase;
  }

  set phase(phase: Phase) {
    if (phase !== this._phase) {
      this._phase = phase;
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

  /** Whether requests can be sent. */
  get isConnected(): boolean {
    return this._client !== null && this._phase === 'live';
  }

  /** Listen to a client, or to none. What was known stays until the new one's state comes. */
  attach(client: Client | null): void {
    this._client?.changed.disconnect(this._onChange, this);
    this._client = client;
    this.connection += client ? 1 : 0;
    client?.changed.connect(this._onChange, this);
    if (!client) {
      this.cell = null;
      this.frames = [];
    }
    this._emit(true);
  }

  /** Note that no cell runs: the last one may have ended without a change to tell of. */
  endCell(): void {
    if (this.cell || this.frames.length > 0) {
      this.cell = null;
      this.frames = [];
      this._emit(true);
    }
  }

  /** Forget everything: another kernel process knows none of it. */
  clear(): void {
    this.variables = new Map();
    this.history.clear();
    this.unevaluated.clear();
    this._freshSince.clear();
    this.frames = [];
    this.cell = null;
    this.newestCell = 0;
    this.knownRules = [];
    this._epoch = '';
    this._hasPoints = false;
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
    return this._client.request(method, params, options);
  }

  /** Find a variable, at the top or below. */
  find(path: Path): Variable | undefined {
    if (path.length === 1) {
      return this.variables.get(String(path[0]?.[1]));
    }
    return this.children.find(path);
  }

  // -- rules ----------------------------------------------------------------------------------

  /** Add a rule; rejects with what is wrong with it. */
  async addRule(condition: string, action: 'notify' | 'stop'): Promise<void> {
    const { rule, notes } = await this.request('rule.add', { condition, action });
    this.rules = [...this.rules, { condition, action, id: rule.id, notes }];
    this._emit(false);
  }

  /** Remove a rule. */
  async removeRule(rule: IRule): Promise<void> {
    this.rules = this.rules.filter(other => other !== rule);
    this._emit(false);
    if (rule.id && this._client) {
      await this.request('rule.remove', { id: rule.id }).catch(() => undefined);
    }
  }

  /** The rules of other clients and of code, as far as they were asked for. */
  get otherRules(): Rule[] {
    const own = new Set(this.rules.map(({ id }) => id));
    return this.knownRules.filter(({ id }) => !own.has(id));
  }

  /** Ask for the rules of everybody: nobody tells when another client adds one. */
  async loadRules(): Promise<void> {
    const answer = await this.request('rule.list', {}).catch(() => null);
    this.knownRules = answer?.rules ?? [];
    this._emit(false);
  }

  // -- what to show ---------------------------------------------------------------------------

  /** When a row last showed something new, in the clock of this model; 0 if it never did. */
  freshSince(key: string): number {
    return this._freshSince.get(key) ?? 0;
  }

  /** How long ago a variable changed, in seconds, by the kernel's clock. */
  ageOf(variable: Variable): number | null {
    if (variable.changed_at === undefined || variable.changed_at === null) {
      return null;
    }
    return Math.max(0, this._now() / 1000 - this._skew - variable.changed_at);
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

  /** Select a row. */
  select(key: string): void {
    if (key !== this.selected) {
      this.selected = key;
      this._emit(false);
    }
  }

  // -- changes --------------------------------------------------------------------------------

  private _onChange(client: Client, change: IChange): void {
    const { replica } = client;
    const isNewProcess = this._epoch !== '' && this._epoch !== replica.epoch;
    if (isNewProcess) {
      this.history.clear();
      this.unevaluated.clear();
      this.newestCell = 0;
    }
    this._epoch = replica.epoch;
    const before = this.variables;
    const isStructural = this._isStructural(replica.variables, change);
    this.variables = replica.variables;
    const { changed, removed } = change.isComplete ? this._compare(before) : change;
    this._markFresh(changed, change.isComplete);
    removed.forEach(name => this._forget(name));
    change.updates.forEach(update => this._onUpdate(update));
    const hasFrames = change.updates.some(update => update.frames !== undefined);
    this.children.reinspect(change);
    this._noteLayoutKeys(change);
    this._emit(isStructural || hasFrames || removed.length > 0);
  }

  /** Whether rows come, go or may change places. */
  private _isStructural(now: ReadonlyMap<string, Variable>, change: IChange): boolean {
    if (change.isComplete) {
      return true;
    }
    return change.changed.some(name => {
      const variable = now.get(name);
      return (
        variable !== undefined && this._layoutKeys.get(name) !== layoutKeyOf(variable)
      );
    });
  }

  private _noteLayoutKeys(change: IChange): void {
    if (change.isComplete) {
      this._layoutKeys.clear();
    }
    for (const name of change.isComplete ? this.variables.keys() : change.changed) {
      const variable = this.variables.get(name);
      if (variable) {
        this._layoutKeys.set(name, layoutKeyOf(variable));
      }
    }
  }

  /** Compare a whole new state with what was known, which may be of an earlier connection. */
  private _compare(before: ReadonlyMap<string, Variable>): {
    changed: string[];
    removed: string[];
  } {
    const isFirst = before.size === 0; // nothing is news in the first state
    const changed = isFirst
      ? []
      : [...this.variables.values()].filter(v => isDifferent(before.get(v.name), v));
    return {
      changed: changed.map(({ name }) => name),
      removed: [...before.keys()].filter(name => !this.variables.has(name))
    };
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
    this.history.delete(name);
    this.unevaluated.delete(name);
    this._layoutKeys.delete(name);
    if (this.children.isExpanded(key)) {
      this.children.collapse(key);
    }
  }

  private _onUpdate(update: UpdateParams): void {
    const { changed = [], unevaluated = [], points = {} } = update;
    changed.forEach(variable => this.unevaluated.delete(variable.name));
    unevaluated.forEach(({ name, reason }) => this.unevaluated.set(name, reason));
    this._hasPoints = this._hasPoints || Object.keys(points).length > 0;
    if (this._hasPoints) {
      Object.entries(points).forEach(([name, news]) => this._addPoints(name, news));
    } else {
      changed.forEach(variable => this._addPointOfPreview(variable));
    }
    if (update.frames) {
      this._onFrames(update.frames);
    }
    this.cell = update.cell?.running ? update.cell : null;
    if (!this.cell && update.cell) {
      this.frames = [];
    }
    this.newestCell = Math.max(this.newestCell, update.cell?.execution_count ?? 0);
  }

  /** Make a point of a preview: a kernel that keeps no history still gets its sparklines. */
  private _addPointOfPreview(variable: Variable): void {
    const value = numberOf(variable);
    if (value !== null) {
      this._addPoints(variable.name, [
        [variable.changed_at ?? this._now() / 1000, value]
      ]);
    }
  }

  private _addPoints(name: string, news: Point[]): void {
    const points = [...(this.history.get(name) ?? []), ...news];
    this.history.set(name, points.slice(-SPARKLINE_POINTS));
  }

  private _onFrames(frames: Frame[]): void {
    const now = this._now();
    const before = new Map(
      this.frames.flatMap(frame =>
        (frame.variables ?? []).map(v => [frameKey(frame, v), v])
      )
    );
    for (const frame of frames) {
      for (const variable of (frame.variables ?? []).slice(0, FRAME_ROWS)) {
        const key = frameKey(frame, variable);
        if (before.size > 0 && isDifferent(before.get(key), variable)) {
          this._freshSince.set(key, now);
        }
      }
    }
    this.frames = frames;
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
  private _epoch = '';
  /** By how many seconds the kernel's clock is behind; 0 where that may be the way of a message. */
  private _skew = 0;
  private _hasPoints = false;
  private readonly _layoutKeys = new Map<string, string>();
  private readonly _freshSince = new Map<string, number>();
  private readonly _changed = new Signal<this, IModelChange>(this);
}

/** Name a local of a running function. */
export function frameKey(frame: Frame, variable: Variable): string {
  return `frame:${frame.thread ?? ''}:${frame.function}:${variable.name}`;
}

/** What decides where a row stands: rows whose shape stays are only drawn again. */
function layoutKeyOf(variable: Variable): string {
  return `${variable.kind}${variable.has_children ? '+' : ''}`;
}

/** Whether deleting a variable can be taken back: its value can be written again. */
export function isRestorable(variable: Variable): boolean {
  return isLiteral(variable);
}
