/** One look at the variables of a Python: they are told as they change, and can be set. */

import { type ISignal, Signal } from '@lumino/signaling';
import {
  Client,
  type IChannel,
  type IMethods,
  RequestError
} from '../../labextension/src/protocol/client';
import type { Subscription, Variable } from '../../labextension/src/protocol/messages';
import { Replica } from '../../labextension/src/protocol/replica';

/** What a `Watch` tells, by the name of the event. */
export interface WatchEvents {
  /** Variables that are new or not what they were. */
  changed: Variable[];
  /** Names that are gone. */
  removed: string[];
  /** What a person may want to know, a rule that fired for one. */
  event: unknown;
}

/** A request that Python refused: `message` says why, `remedy` what would help. */
export { RequestError as VariableError };

/** Carries the messages of a watch as JSON text. */
export class TextChannel implements IChannel {
  constructor(
    private readonly _open: (subscription: string, told: (text: string) => void) => void,
    private readonly _send: (text: string) => void,
    private readonly _close: () => void
  ) {}

  get received(): ISignal<this, unknown> {
    return this._received;
  }

  get closed(): ISignal<this, void> {
    return this._closed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  async open(subscription: Subscription): Promise<void> {
    this._open(JSON.stringify(subscription), text =>
      this._received.emit(JSON.parse(text))
    );
  }

  send(message: object): void {
    if (!this._isDisposed) {
      this._send(JSON.stringify(message));
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._close();
      Signal.clearData(this);
    }
  }

  private _isDisposed = false;
  private readonly _received = new Signal<this, unknown>(this);
  private readonly _closed = new Signal<this, void>(this);
}

type Listener = (value: never) => void;

/** The variables of a Python, kept up to date. */
export class Watch {
  /** Made by `watch` and by `Process.watch`. */
  constructor(channel: IChannel) {
    const client = (this._client = new Client(channel, new Replica()));
    client.changed.connect((_, change) => {
      const variables = change.changed.map(name => this.get(name)!).filter(Boolean);
      if (variables.length > 0) {
        this._emit('changed', variables);
      }
      if (change.removed.length > 0) {
        this._emit('removed', change.removed);
      }
      this._arrived();
    });
    client.notified.connect((_, event) => this._emit('event', event));
  }

  /** Subscribe; resolves when the first state is here. */
  async open(subscription: Subscription = {}): Promise<this> {
    await this._client.open(subscription);
    await this._hasArrived;
    return this;
  }

  /** The variables by name. */
  get variables(): ReadonlyMap<string, Variable> {
    return this._client.replica.variables;
  }

  /** The variable of a name; undefined if there is none. */
  get(name: string): Variable | undefined {
    return this.variables.get(name);
  }

  /**
   * Give a name a value, when no code runs.
   *
   * @param value - anything that JSON has.
   */
  async set(name: string, value: unknown): Promise<void> {
    await this.request('set', { name, value, when_busy: 'queue' } as never);
  }

  /** Delete a name, when no code runs. */
  async delete(name: string): Promise<void> {
    await this.request('delete', { name, when_busy: 'queue' } as never);
  }

  /** Ask anything of the protocol: `inspect`, `table`, `history`, `rule.add`, … */
  request<M extends keyof IMethods>(
    method: M,
    params: IMethods[M][0]
  ): Promise<IMethods[M][1]> {
    return this._client.request(method, params);
  }

  /** Be told of an event; returns what ends that. */
  on<E extends keyof WatchEvents>(
    event: E,
    listener: (value: WatchEvents[E]) => void
  ): () => void {
    const listeners = this._listeners.get(event) ?? new Set<Listener>();
    this._listeners.set(event, listeners.add(listener as Listener));
    return () => listeners.delete(listener as Listener);
  }

  /** End it: after the last watch nothing is looked at any more. */
  close(): void {
    this._client.dispose();
    this._listeners.clear();
  }

  private _emit<E extends keyof WatchEvents>(event: E, value: WatchEvents[E]): void {
    for (const listener of this._listeners.get(event) ?? []) {
      listener(value as never);
    }
  }

  private readonly _client: Client;
  private readonly _listeners = new Map<keyof WatchEvents, Set<Listener>>();
  private _arrived!: () => void;
  private readonly _hasArrived = new Promise<void>(resolve => (this._arrived = resolve));
}
