/** One look at the variables of a Python: they are told as they change, and can be set. */

import {
  Client,
  type IChannel,
  type IMethods,
  RequestError
} from '../../labextension/src/protocol/client';
import type {
  EventParams,
  Subscription,
  Variable
} from '../../labextension/src/protocol/messages';
import { Replica } from '../../labextension/src/protocol/replica';
import type { Outcome } from './messages';

/** What a `Watch` tells, by the name of the event. */
export interface WatchEvents {
  /** Variables that are new or not what they were. */
  changed: Variable[];
  /** Names that are gone. */
  removed: string[];
  /** What a person may want to know, a rule that fired for one. */
  event: EventParams;
  /** A run of the process has ended: what it changed was told before. */
  ran: Outcome;
  /** The process has ended: nothing will be told any more. */
  closed: undefined;
}

/** A request that Python refused: `message` says why, `remedy` what would help. */
export { RequestError as VariableError };

type Listener = (value: never) => void;

/** The variables of a Python, kept up to date. */
export class Watch {
  /** Made by `watch` and by `Process.watch`. */
  constructor(channel: IChannel) {
    const client = (this.client = new Client(channel, new Replica()));
    client.changed.connect((_, change) => {
      if (change.isComplete) {
        this._opening?.resolve();
      }
      const variables = change.changed.map(name => this.get(name)!).filter(Boolean);
      if (variables.length > 0) {
        this.emit('changed', variables);
      }
      if (change.removed.length > 0) {
        this.emit('removed', change.removed);
      }
    });
    client.notified.connect((_, event) => this.emit('event', event));
    channel.closed.connect(() => {
      this._opening?.reject(new Error('The process has ended'));
      client.dispose();
      this.emit('closed', undefined);
      this._listeners.clear();
    });
  }

  /** What carries the protocol: for programs that know it, as the panel's views do. */
  readonly client: Client;

  /** Subscribe; resolves when the first state is here. */
  async open(subscription: Subscription = {}): Promise<this> {
    const opened = new Promise<void>((resolve, reject) => {
      this._opening = { resolve, reject };
    });
    await Promise.all([opened, this.client.open(subscription)]);
    return this;
  }

  /** The variables by name. */
  get variables(): ReadonlyMap<string, Variable> {
    return this.client.replica.variables;
  }

  /** The variable of a name; undefined if there is none. */
  get(name: string): Variable | undefined {
    return this.variables.get(name);
  }

  /** Whether nothing is told any more. */
  get isClosed(): boolean {
    return this.client.isDisposed;
  }

  /**
   * Give a name a value, when no code runs.
   *
   * @param value - anything that JSON has.
   */
  async set(name: string, value: unknown): Promise<void> {
    const json = JSON.stringify(value);
    if (json === undefined) {
      throw new TypeError(`${name} cannot be set to ${String(value)}: JSON has none`);
    }
    const expression = `__import__("json").loads(${JSON.stringify(json)})`;
    await this.request('set', { name, expression, when_busy: 'queue' });
  }

  /** Delete a name, when no code runs. */
  async delete(name: string): Promise<void> {
    await this.request('delete', { names: [name], when_busy: 'queue' });
  }

  /** Ask anything of the protocol: `inspect`, `table`, `history`, `rule.add`, … */
  request<M extends keyof IMethods>(
    method: M,
    params: IMethods[M][0]
  ): Promise<IMethods[M][1]> {
    return this.client.request(method, params);
  }

  /** Be told of an event; returns what ends that. */
  on<E extends keyof WatchEvents>(
    event: E,
    listener: (value: WatchEvents[E]) => void
  ): () => void {
    const listeners = this._listeners.get(event) ?? new Set<Listener>();
    this._listeners.set(event, listeners.add(listener as Listener));
    return () => void listeners.delete(listener as Listener);
  }

  /** End it: after the last watch nothing is looked at any more. */
  close(): void {
    this.client.dispose();
    this._listeners.clear();
  }

  /** Tell the listeners of an event. */
  emit<E extends keyof WatchEvents>(event: E, value: WatchEvents[E]): void {
    for (const listener of [...(this._listeners.get(event) ?? [])]) {
      listener(value as never);
    }
  }

  private readonly _listeners = new Map<keyof WatchEvents, Set<Listener>>();
  private _opening: { resolve: () => void; reject: (error: Error) => void } | undefined;
}
