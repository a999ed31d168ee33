/**
 * Keeps the model of one widget connected while a view of it is shown. No DOM; what the page shows
 * goes on when the kernel is gone, and says so.
 */

import { type ISignal, Signal } from '@lumino/signaling';
import { VariablesModel } from '../model/model';
import { Client } from '../protocol/client';
import type { EventParams } from '../protocol/messages';
import { Replica } from '../protocol/replica';
import { type IHostModel, WidgetChannel } from './channel';
import { importTabs } from './program';
import type { ITabs } from './tabs';
import { untranslated } from './translation';

/** An answer may come with the end of a cell that runs for days: the longest time there is. */
const ANSWER_MS = 2 ** 31 - 1;

/** So long an answer may be due before the view says what it waits for. */
export const WAITS_MS = 1200;

/** Watches by the comm of a widget. */
export class WidgetWatch {
  constructor(
    private readonly _host: IHostModel,
    private readonly _viewer: string,
    private readonly _now: () => number = () => Date.now()
  ) {
    this.model.phase = 'paused';
  }

  readonly model = new VariablesModel();

  /** Whether the comm is gone for good: the widget was closed, or the kernel restarted. */
  isOver = false;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Emitted when a rule has fired, or a variable was set aside. */
  get notified(): ISignal<this, EventParams> {
    return this._notified;
  }

  /** Whether an answer is due for so long that it will come when the running cell has ended. */
  get isWaiting(): boolean {
    const since = this._channel?.waitingSince ?? null;
    return !this.isOver && since !== null && this._now() - since >= WAITS_MS;
  }

  get waitingText(): string {
    return this.isOver
      ? untranslated.__(
          'The connection has ended. Run the cell again to show the variables.'
        )
      : this.isWaiting
        ? untranslated.__('Answers come when the running cell has ended.')
        : '';
  }

  get redrawIn_ms(): number | null {
    return this.isOver ? null : WAITS_MS / 2;
  }

  /** Load the part of the program that draws tables, plots and values; it is asked for once. */
  async tabs(): Promise<ITabs> {
    return importTabs(await this.program());
  }

  /** That part of the program. */
  program(): Promise<string> {
    if (!this._program && this._channel) {
      this._program = this._channel.program();
    }
    return this._program ?? Promise.reject(new Error('There is no kernel to ask'));
  }

  setShown(view: object, isShown: boolean): void {
    if (isShown) {
      this._views.add(view);
    } else {
      this._views.delete(view);
    }
    if (this._views.size > 0 && !this._client && !this.isOver) {
      this._connect();
    } else if (this._views.size === 0 && !this.model.rules.isNeeded) {
      this._disconnect();
    }
  }

  /** Disconnect, whatever is shown: the page is closed. */
  dispose(): void {
    this._isDisposed = true;
    this._disconnect();
    Signal.clearData(this);
  }

  private _connect(): void {
    const channel = new WidgetChannel(this._host, this._viewer, this._now);
    const client = new Client(channel, new Replica(), ANSWER_MS);
    this._channel = channel;
    this._client = client;
    channel.cellEnded.connect(() => this.model.endCell());
    channel.closed.connect(() => this._onClosed());
    client.changed.connect((_, { isComplete }) => {
      if (isComplete) {
        this.model.phase = 'live';
      }
    });
    client.notified.connect((_, event) => {
      this.model.rules.noteFired(event);
      this._notified.emit(event);
    });
    this.model.attach(client);
    this.model.phase = 'connecting';
    void client.open({});
  }

  private _onClosed(): void {
    this.isOver = true;
    this._disconnect();
  }

  private _disconnect(): void {
    const client = this._client;
    this._client = null;
    this._channel = null;
    this._program = null;
    if (client) {
      this.model.attach(null);
      this.model.phase = 'paused';
      client.dispose();
    }
  }

  private _client: Client | null = null;
  private _channel: WidgetChannel | null = null;
  private _program: Promise<string> | null = null;
  private _isDisposed = false;
  private readonly _views = new Set<object>();
  private readonly _notified = new Signal<this, EventParams>(this);
}
