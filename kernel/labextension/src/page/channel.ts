/** Carries the messages of `livens.variables` over the line of a session. */

import { type ISignal, Signal } from '@lumino/signaling';
import type { IChannel } from '../protocol/client';
import type { Subscription } from '../protocol/messages';
import type { IMessage, SessionLine } from './socket';

/** What a kernel sends without being asked. */
const PUSHES = new Set(['refresh', 'update', 'event', 'progress']);

/** One subscription. */
export class LineChannel implements IChannel {
  constructor(private readonly _line: SessionLine) {
    _line.received.connect(this._onMessage, this);
    _line.stateChanged.connect(this._onState, this);
  }

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
    this._line.send({ method: 'subscribe', params: subscription });
  }

  send(message: object): void {
    this._line.send(message);
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._line.received.disconnect(this._onMessage, this);
      this._line.stateChanged.disconnect(this._onState, this);
      Signal.clearData(this);
    }
  }

  private _onMessage(_: unknown, message: IMessage): void {
    if (message.method === 'unsubscribed') {
      this._closed.emit();
    } else if (message.method !== undefined && PUSHES.has(message.method)) {
      this._received.emit(message);
    } else if (message.method === undefined && typeof message.id === 'number') {
      this._received.emit(message);
    }
  }

  private _onState(): void {
    if (this._line.state !== 'open') {
      this._closed.emit();
    }
  }

  private _isDisposed = false;
  private readonly _received = new Signal<this, unknown>(this);
  private readonly _closed = new Signal<this, void>(this);
}
