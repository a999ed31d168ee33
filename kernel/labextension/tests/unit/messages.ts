/** Messages as a kernel would send them, and a channel that remembers what it is given. */

import { type ISignal, Signal } from '@lumino/signaling';
import { Client, type IChannel } from '../../src/protocol/client';
import type {
  KernelMessage,
  RefreshParams,
  Subscription,
  UpdateParams,
  Variable
} from '../../src/protocol/messages';
import { Replica } from '../../src/protocol/replica';

export function variable(name: string, more: Partial<Variable> = {}): Variable {
  return {
    name,
    path: [['name', name]],
    kind: 'number',
    type: 'int',
    preview: '1',
    ...more
  };
}

export function refresh(params: Partial<RefreshParams> = {}): KernelMessage {
  const variables = params.variables ?? [];
  const { length } = variables;
  const defaults = { protocol: 1, epoch: 'e1', seq: 1, start: 0, length };
  return { method: 'refresh', params: { ...defaults, ...params, variables } };
}

export function update(params: Partial<UpdateParams> = {}): KernelMessage {
  return { method: 'update', params: { epoch: 'e1', seq: 2, ...params } };
}

interface ISent {
  method: string;
  params: Record<string, unknown>;
  id: number;
}

/** The kernel's end of a channel, played by a test. */
export class FakeChannel implements IChannel {
  readonly sent: ISent[] = [];
  subscription: Subscription | null = null;
  isDisposed = false;

  async open(subscription: Subscription): Promise<void> {
    this.subscription = subscription;
  }

  send(message: object): void {
    this.sent.push(message as ISent);
  }

  /** Let the kernel say something. */
  say(...messages: unknown[]): void {
    messages.forEach(message => this._received.emit(message));
  }

  /** Let the kernel answer the newest request. */
  async answer(result: unknown): Promise<void> {
    this.say({ id: this.sent[this.sent.length - 1]!.id, result });
    await new Promise(resolve => setImmediate(resolve));
  }

  dispose(): void {
    this.isDisposed = true;
  }

  get received(): ISignal<this, unknown> {
    return this._received;
  }

  get closed(): ISignal<this, void> {
    return this._closed;
  }

  private _received = new Signal<this, unknown>(this);
  private _closed = new Signal<this, void>(this);
}

export function connect(): { channel: FakeChannel; client: Client } {
  const channel = new FakeChannel();
  return { channel, client: new Client(channel, new Replica()) };
}
