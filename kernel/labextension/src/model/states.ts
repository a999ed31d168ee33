/**
 * What is kept of one kernel's variables beyond the kernel: which are not kept, to which cells it can
 * be gone back, and what an earlier kernel of the notebook kept. The kernel is asked when a
 * connection begins, and while its cells are kept, after each cell; nobody tells of it.
 */

import { type ISignal, Signal } from '@lumino/signaling';
import type { Client, IMethods } from '../protocol/client';
import type {
  StateCell,
  StateDone,
  StateList,
  StateName,
  StateSession
} from '../protocol/messages';
import type { IChange } from '../protocol/replica';

/** What an earlier session kept. */
export interface IEarlier {
  session: StateSession;
  names: readonly StateName[];
}

/** What the states need of the model that has them. */
export interface IStatesHost {
  request<M extends keyof IMethods>(
    method: M,
    params: IMethods[M][0]
  ): Promise<IMethods[M][1]>;
  /** The connection; null if there is none. */
  client(): Client | null;
  /** Called when there is something else to show. */
  changed(): void;
}

/** So long after a cell it is asked what is kept; what is not kept yet is asked for again. */
const SOON_MS = 500;
/** So long after the last change of a cell that may still run. */
const WHILE_RUNNING_MS = 2000;
const LONGEST_PAUSE_MS = 16_000;

/** So many cells are asked for when a connection begins, and after a cell. */
const ALL_CELLS = 1000;
const NEW_CELLS = 20;

/** The kept states of one kernel. */
export class States {
  constructor(private readonly _host: IStatesHost) {}

  /** Emitted when there is something else to show. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is known of this session; null if nothing was asked. */
  known: StateList | null = null;

  /** What an earlier session kept; null if there is none that has ended. */
  earlier: IEarlier | null = null;

  /** What cells changed, the oldest first. */
  get cells(): readonly StateCell[] {
    return [...this._cells.values()];
  }

  /** Whether the kernel can keep its variables. */
  get isOffered(): boolean {
    return this._host.client()?.replica.offers('state.list') === true;
  }

  get isOn(): boolean {
    return this.known?.is_on === true;
  }

  /** What is known of a variable; undefined where nothing is kept. */
  of(name: string): StateName | undefined {
    return this.isOn ? this._names.get(name) : undefined;
  }

  /** Why a variable is not kept; empty where it is, may be soon, or where nothing is. */
  whyNotKept(name: string): string {
    const found = this.of(name);
    return found?.outcome === 'not kept' && !found.is_pending ? (found.reason ?? '') : '';
  }

  /** What to offer after a restart: kept before, and not there now. Null if there is nothing. */
  get offer(): IEarlier | null {
    return this._isDismissed || this.missing.length === 0 ? null : this.earlier;
  }

  /** The names that an earlier session kept, and that no variable has now. */
  get missing(): string[] {
    return this._kept.filter(name => !this.exists(name));
  }

  /** The names that an earlier session kept, and that variables have now. */
  get conflicts(): string[] {
    return this._kept.filter(name => this.exists(name));
  }

  /** Whether the kernel has a variable of a name now. */
  exists(name: string): boolean {
    return this._host.client()?.replica.variables.has(name) === true;
  }

  /** Whether it can be gone back to before a cell: its number, or null. */
  cellToGoBackTo(place: {
    cell_id?: string | null;
    execution_count?: number | null;
  }): number | null {
    const { cell_id, execution_count } = place;
    const found = [...this._cells.values()].filter(
      ({ kind, cell }) => kind === 'cell' && cell !== null && cell !== undefined
    );
    const own = found.filter(
      cell => cell.cell_id === cell_id || (!cell.cell_id && cell.cell === execution_count)
    );
    return this.isOn ? (own[own.length - 1]?.cell ?? null) : null;
  }

  /** Do not offer what an earlier session kept any more. */
  dismiss(): void {
    this._isDismissed = true;
    this._tell();
  }

  /** Note what a connection tells: a new one is asked, and so it is after each cell. */
  noteChange(client: Client, { isComplete, updates }: IChange): void {
    const { epoch } = client.replica;
    if (isComplete && (client !== this._client || epoch !== this._epoch)) {
      this._begin(client, epoch);
    } else if (this.isOn && updates.length > 0) {
      // A cell may end without another change to tell of.
      const isRunning = updates.every(({ cell }) => cell?.running);
      this._pause_ms = isRunning ? WHILE_RUNNING_MS : SOON_MS;
      this.loadSoon();
    }
  }

  /** Ask what is kept in a moment, however often this is called until then. */
  loadSoon(): void {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this.load(), this._pause_ms);
  }

  /** Ask what is kept now. */
  async load(limit = NEW_CELLS): Promise<void> {
    const client = this._host.client();
    clearTimeout(this._timer);
    if (!client || !this.isOffered) {
      return;
    }
    const found = await this._host.request('state.list', { limit }).catch(() => null);
    if (found && client === this._host.client()) {
      this._take(found);
    } else if (this.isOn && client === this._host.client()) {
      this._loadLater();
    }
  }

  /** Keep what cells change from now on, or do not any more; also if the kernel is restarted. */
  async keep(on: boolean): Promise<void> {
    this._take(await this._host.request('state.keep', { on }));
    await this.load(ALL_CELLS);
  }

  /** Set variables to what an earlier session kept. */
  async restore(names: string[], overwrite: boolean): Promise<StateDone> {
    const session = this.earlier?.session.session;
    const params = { names: names.map(literally), session, overwrite };
    const done = await this._andLoad(this._host.request('state.restore', params));
    this.dismiss();
    return done;
  }

  /** Make the variables what they were before a cell, or after it. */
  async back(cell: number, after: boolean): Promise<StateDone> {
    return this._andLoad(this._host.request('state.back', { cell, after }));
  }

  /** Remove names, or all, from the archive. */
  async forget(names: string[], all: boolean): Promise<StateDone> {
    const done = await this._host.request('state.forget', { names, all });
    this._forgetKnown();
    await this.load(ALL_CELLS);
    await this._loadEarlier();
    return done;
  }

  /** Forget what was known of a kernel: another process knows none of it. */
  forgetKernel(): void {
    clearTimeout(this._timer);
    this._client = null;
    this._epoch = '';
    this._wasOn = false;
    this._forgetKnown();
  }

  private async _andLoad(request: Promise<StateDone>): Promise<StateDone> {
    const done = await request;
    await this.load();
    return done;
  }

  private _begin(client: Client, epoch: string): void {
    const isSameProcess = epoch === this._epoch;
    const wasOn = this._wasOn && !isSameProcess;
    this._client = client;
    this._epoch = epoch;
    if (!isSameProcess) {
      this._forgetKnown();
      this._isDismissed = false;
    }
    if (this.isOffered) {
      void this._askAll(client, wasOn);
    }
  }

  /** Ask a new connection; a kernel that was started again goes on to keep what the last one kept. */
  private async _askAll(client: Client, wasOn: boolean): Promise<void> {
    await this.load(ALL_CELLS);
    await this._loadEarlier();
    if (wasOn && client === this._host.client() && this.known?.is_on === false) {
      await this.keep(true).catch(() => undefined);
    }
  }

  /** Ask what the session before this one kept. */
  private async _loadEarlier(): Promise<void> {
    const session = this.known?.earlier?.find(({ is_running }) => !is_running);
    const params = { session: session?.session, limit: 1 };
    const found =
      session && (await this._host.request('state.list', params).catch(() => null));
    this.earlier = found ? { session, names: found.names ?? [] } : null;
    this._tell();
  }

  private _take(found: StateList): void {
    if (found.session !== this.known?.session) {
      this._cells.clear();
    }
    this.known = found;
    this._wasOn = found.is_on;
    this._names = new Map((found.names ?? []).map(name => [name.name, name]));
    for (const cell of found.cells ?? []) {
      this._cells.set(cell.commit, cell);
    }
    if ((found.names ?? []).some(({ is_pending }) => is_pending)) {
      this._loadLater();
    }
    this._tell();
  }

  private _loadLater(): void {
    this._pause_ms = Math.min(2 * this._pause_ms, LONGEST_PAUSE_MS);
    this.loadSoon();
  }

  private _tell(): void {
    this._changed.emit();
    this._host.changed();
  }

  private _forgetKnown(): void {
    this.known = null;
    this.earlier = null;
    this._names.clear();
    this._cells.clear();
  }

  private get _kept(): string[] {
    const names = this.earlier?.names ?? [];
    return names.filter(({ outcome }) => outcome === 'kept').map(({ name }) => name);
  }

  private readonly _changed = new Signal<this, void>(this);
  private _names = new Map<string, StateName>();
  private readonly _cells = new Map<number, StateCell>();
  private _client: Client | null = null;
  private _epoch = '';
  /** Whether the process before this one kept its variables when it was asked last. */
  private _wasOn = false;
  private _isDismissed = false;
  private _pause_ms = SOON_MS;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}

/** Write a name so that it matches nothing but itself where patterns are read. */
function literally(name: string): string {
  return name.replace(/[*?[]/g, '[$&]');
}
