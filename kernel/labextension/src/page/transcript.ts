/**
 * What was run in a session, by everybody, and what came of it: entries with their outputs in order.
 * State and signals, no DOM.
 *
 * A page that connects anew is told the last of it again. What it hears of an entry then takes the
 * place of what it knew, and an entry of which it hears nothing has an end that is not known.
 */

import { type ISignal, Signal } from '@lumino/signaling';
import { append, type IText } from './text';
import type { IMessage } from './socket';

/** Something that shows below an entry's code. */
export type Output =
  | { kind: 'stdout' | 'stderr' | 'error' | 'note'; content: IText }
  | {
      kind: 'display' | 'result';
      data: Readonly<Record<string, unknown>>;
      displayId: string;
    };

/**
 * `unknown`: the connection was lost while it ran. `restarted` is no execution: the kernel began
 * anew here, without the variables of before.
 */
export type EntryState =
  'waiting' | 'running' | 'done' | 'failed' | 'unknown' | 'restarted';

/** One execution. */
export interface IEntry {
  readonly key: string;
  readonly by: string;
  readonly code: string;
  readonly count: number | null;
  readonly state: EntryState;
  readonly outputs: readonly Output[];
}

/** So many entries are kept. */
export const MOST_ENTRIES = 300;

/** Who writes code and is not told of by the server: another program on the same kernel. */
const SOMEBODY = '';

type Params = Record<string, unknown>;

/** The entries of one session. */
export class Transcript {
  entries: readonly IEntry[] = [];

  /** How many messages this page has missed, as it read too slowly. */
  lost = 0;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether code runs, as far as is known. */
  get isRunning(): boolean {
    return this.entries.some(({ state }) => state === 'running');
  }

  /** Note code that has been sent; returns the key of its entry. */
  send(by: string, code: string): string {
    const key = `sent:${++this._sent}`;
    this._add({ key, by, code, count: null, state: 'waiting', outputs: [] });
    return key;
  }

  /** Note how code ended that was sent, when the server has answered. */
  answer(key: string, execution: string, error: string | null): void {
    const entry = this._find(execution) ?? this._find(key);
    if (!entry) {
      return;
    }
    const isTold = entry.outputs.some(({ kind }) => kind === 'error');
    const isEnded = entry.state === 'done' || entry.state === 'failed';
    const state = isEnded ? entry.state : error === null ? 'done' : 'failed';
    this._replace(entry, { state });
    if (error !== null && !isTold) {
      this._write(this._find(entry.key)!, 'error', error);
    }
    this._changed.emit();
  }

  /** Note that code was sent, and that no answer will come. */
  fail(key: string, reason: string): void {
    const entry = this._find(key);
    if (entry?.state === 'waiting') {
      this._replace(entry, { state: 'unknown' });
      this._write(this._find(key)!, 'note', reason);
      this._changed.emit();
    }
  }

  /** The line was lost. */
  suspend(): void {
    this._stale = new Set(this.entries.map(({ key }) => key));
  }

  /** All that is told again has been told. */
  resume(): void {
    for (const entry of this.entries) {
      if (this._stale.has(entry.key) && entry.state === 'running') {
        this._replace(entry, { state: 'unknown' });
      }
    }
    this._stale.clear();
    this._changed.emit();
  }

  /** Nothing more will come of what runs: the session has ended, or its kernel has. */
  end(): void {
    for (const entry of this.entries) {
      if (entry.state === 'running' || entry.state === 'waiting') {
        this._replace(entry, { state: 'unknown' });
      }
    }
    this._changed.emit();
  }

  /** Forget what is shown. */
  clear(): void {
    this.entries = this.entries.filter(
      ({ state }) => state === 'running' || state === 'waiting'
    );
    this._changed.emit();
  }

  /** Take a message of the session; others are none of its own. */
  receive({ method, params }: IMessage): void {
    if (method === 'lost') {
      this.lost += Number(params?.count ?? 0);
      this._changed.emit();
    } else if (method === 'session' && params?.state === 'restarted') {
      this.end();
      const key = `restart:${++this._sent}`;
      this._add({ key, by: '', code: '', count: null, state: 'restarted', outputs: [] });
      this._changed.emit();
    } else if (method !== undefined && METHODS.has(method) && params) {
      this._take(method, params);
      this._changed.emit();
    }
  }

  private _take(method: string, params: Params): void {
    const entry = this._entryOf(method, params);
    switch (method) {
      case 'started':
        break;
      case 'output':
        this._write(
          entry,
          params.stream === 'stderr' ? 'stderr' : 'stdout',
          String(params.content)
        );
        break;
      case 'error':
        this._write(entry, 'error', String(params.content));
        this._replace(this._find(entry.key)!, { state: 'failed' });
        break;
      case 'complete':
        this._replace(entry, { state: params.returnCode === 0 ? 'done' : 'failed' });
        break;
      case 'clear':
        if (params.wait === true) {
          this._clearing.add(entry.key);
        } else {
          this._replace(entry, { outputs: [] });
        }
        break;
      default:
        this._show(entry, method as 'display' | 'result', params);
    }
  }

  /** The entry that a message is of; what is told again begins it anew. */
  private _entryOf(method: string, params: Params): IEntry {
    const key = String(params.execution);
    const by = String(params.by ?? SOMEBODY);
    const code = String(params.code ?? '');
    const count = (params.execution_count as number | null) ?? null;
    const known = this._find(key);
    if (known && this._stale.delete(key)) {
      const isCut = method !== 'started';
      const outputs: Output[] = isCut ? [CUT] : [];
      return this._replace(known, { state: 'running', outputs });
    }
    if (known) {
      const isOutput = method !== 'complete' && method !== 'clear';
      const isCleared = isOutput && this._clearing.delete(key);
      return isCleared ? this._replace(known, { outputs: [] }) : known;
    }
    if (method !== 'started') {
      const entry = {
        key,
        by,
        code: '',
        count,
        state: 'running',
        outputs: [CUT]
      } as const;
      return this._add(entry);
    }
    const entry = { key, by, code, count, state: 'running', outputs: [] } as const;
    const sent = this.entries.find(
      other => other.state === 'waiting' && other.by === by && other.code === code
    );
    return sent ? this._replace(sent, entry) : this._add(entry);
  }

  private _write(
    entry: IEntry,
    kind: 'stdout' | 'stderr' | 'error' | 'note',
    more: string
  ): void {
    const last = entry.outputs.at(-1);
    const isSame = last !== undefined && last.kind === kind && kind !== 'error';
    const before = isSame ? last.content : { text: '', isCut: false };
    const output: Output = { kind, content: append(before, more) };
    const kept = isSame ? entry.outputs.slice(0, -1) : entry.outputs;
    this._replace(entry, { outputs: [...kept, output] });
  }

  private _show(entry: IEntry, kind: 'display' | 'result', params: Params): void {
    const displayId = String(params.display_id ?? '');
    const data = params.data as Record<string, unknown>;
    const output: Output = { kind, data, displayId };
    if (params.is_update === true && displayId !== '') {
      this.entries = this.entries.map(other => ({
        ...other,
        outputs: other.outputs.map(shown =>
          'displayId' in shown && shown.displayId === displayId
            ? { ...shown, data }
            : shown
        )
      }));
      return;
    }
    this._replace(entry, { outputs: [...entry.outputs, output] });
  }

  private _find(key: string): IEntry | undefined {
    return this.entries.find(entry => entry.key === key);
  }

  private _add(entry: IEntry): IEntry {
    this.entries = [...this.entries, entry].slice(-MOST_ENTRIES);
    return entry;
  }

  private _replace(entry: IEntry, more: Partial<IEntry>): IEntry {
    const next = { ...entry, ...more };
    this.entries = this.entries.map(other => (other.key === entry.key ? next : other));
    return next;
  }

  private _sent = 0;
  private _stale = new Set<string>();
  /** The entries whose outputs go when the next one comes. */
  private readonly _clearing = new Set<string>();
  private readonly _changed = new Signal<this, void>(this);
}

const METHODS = new Set([
  'started',
  'output',
  'display',
  'result',
  'error',
  'complete',
  'clear'
]);

const CUT: Output = {
  kind: 'note',
  content: { text: 'The beginning is not kept any more.', isCut: false }
};
