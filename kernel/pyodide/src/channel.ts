/** Carries the messages of a watch as JSON text, whatever carries the text. */

import { type ISignal, Signal } from '@lumino/signaling';
import type { IChannel } from '../../labextension/src/protocol/client';
import type { Subscription } from '../../labextension/src/protocol/messages';

/** A channel of three functions; the one that opens is given what takes the answers. */
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
    this._open(JSON.stringify(subscription), text => {
      if (!this._isDisposed) {
        this._received.emit(JSON.parse(text));
      }
    });
  }

  send(message: object): void {
    if (!this._isDisposed) {
      this._send(JSON.stringify(message));
    }
  }

  /** The other end is gone. */
  lose(): void {
    if (!this._isDisposed) {
      this._closed.emit();
      this.dispose();
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
