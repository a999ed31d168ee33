/**
 * Keeps the model of one session connected while its line stands. No DOM; what the page shows of
 * the variables stays when the line is lost, and says so.
 */

import { type ISignal, Signal } from '@lumino/signaling';
import { VariablesModel } from '../model/model';
import { Client } from '../protocol/client';
import type { EventParams } from '../protocol/messages';
import { Replica } from '../protocol/replica';
import type { ITabs } from '../widget/tabs';
import { LineChannel } from './channel';
import type { SessionLine } from './socket';

/** Watches over the line of a session. */
export class SessionWatch {
  constructor(
    private readonly _line: SessionLine,
    private readonly _importTabs: () => Promise<ITabs>
  ) {
    this.model.phase = 'connecting';
    _line.stateChanged.connect(this._onState, this);
    this._onState();
  }

  readonly model = new VariablesModel();

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Emitted when a rule has fired, or a variable was set aside. */
  get notified(): ISignal<this, EventParams> {
    return this._notified;
  }

  /** The page says elsewhere what it waits for. */
  readonly waitingText = '';
  readonly redrawIn_ms = null;

  tabs(): Promise<ITabs> {
    return this._importTabs();
  }

  /** The line carries more than variables: it stays, whatever is seen of them. */
  setShown(): void {}

  dispose(): void {
    this._isDisposed = true;
    this._line.stateChanged.disconnect(this._onState, this);
    this._disconnect();
    Signal.clearData(this);
  }

  private _onState(): void {
    switch (this._line.state) {
      case 'open':
        this._connect();
        break;
      case 'ended':
        this._disconnect();
        this.model.noteEnd('ended', null);
        this.model.phase = 'dead';
        break;
      default:
        this._disconnect();
        this.model.phase = 'connecting';
    }
  }

  private _connect(): void {
    this._disconnect();
    const channel = new LineChannel(this._line);
    const client = new Client(channel, new Replica());
    this._client = client;
    client.changed.connect((_, { isComplete }) => {
      if (isComplete) {
        this.model.phase = 'live';
      }
    });
    client.notified.connect((_, event) => {
      this.model.rules.noteFired(event);
      this._notified.emit(event);
    });
    channel.closed.connect(() => {
      if (client === this._client && this._line.state === 'open') {
        this._onClosed();
      }
    });
    this.model.attach(client);
    this.model.phase = 'connecting';
    void client.open({});
  }

  /** The kernel ended the subscription: its process has ended, or it never knew what was asked. */
  private _onClosed(): void {
    if (this.model.phase === 'live') {
      this.model.noteEnd('died', undefined);
      this._connect();
    } else {
      this._disconnect();
      this.model.phase = 'other-kernel';
    }
  }

  private _disconnect(): void {
    const client = this._client;
    this._client = null;
    if (client) {
      this.model.attach(null);
      client.dispose();
    }
  }

  private _client: Client | null = null;
  private _isDisposed = false;
  private readonly _notified = new Signal<this, EventParams>(this);
}
