/** Plays a record to a model, in place of a kernel: at which speed, and where it is. No DOM. */

import { type ISignal, Signal } from '@lumino/signaling';
import { VariablesModel } from '../model/model';
import { Playback } from '../model/playback';
import type { IRecord } from '../model/record';
import { Client, ErrorCode, type IChannel } from '../protocol/client';
import type { EventParams, HistoryParams, Subscription } from '../protocol/messages';
import { Replica } from '../protocol/replica';
import type { ITabs } from '../widget/tabs';
import type { IShownWatch } from '../widget/view';

const TICK_MS = 50;

/** The speeds that there are to choose from. */
export const SPEEDS: readonly number[] = [0.25, 0.5, 1, 2, 5, 20];

/** Answers what a model asks of a kernel, as far as the record has it. */
class RecordChannel implements IChannel {
  playback: Playback | null = null;

  get received(): ISignal<this, unknown> {
    return this._received;
  }

  get closed(): ISignal<this, void> {
    return this._closed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  open(_: Subscription): Promise<void> {
    return Promise.resolve();
  }

  send(request: { method: string; params: unknown; id?: unknown }): void {
    queueMicrotask(() => this.tell({ id: request.id, ...this._answer(request) }));
  }

  tell(message: unknown): void {
    if (!this._isDisposed) {
      this._received.emit(message);
    }
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _answer({ method, params }: { method: string; params: unknown }): object {
    const { playback } = this;
    if (method === 'history' && playback) {
      const { name, since = 0, limit = 1000 } = params as HistoryParams;
      const points = playback.pointsOf(name);
      const news = points.filter(([at]) => at > since).slice(-limit);
      return { result: { name, points: news, total: points.length } };
    }
    if (method === 'refresh') {
      playback?.tellAll();
      return { result: {} };
    }
    const message = 'This is a replay of a record: it has no kernel';
    return { error: { code: ErrorCode.NotAllowed, message } };
  }

  private readonly _received = new Signal<this, unknown>(this);
  private readonly _closed = new Signal<this, void>(this);
  private _isDisposed = false;
}

/** Plays one record; begins paused at its beginning. */
export class Player implements IShownWatch {
  constructor(
    readonly record: IRecord,
    private readonly _loadTabs: () => Promise<ITabs>
  ) {
    this.playback = new Playback(record, message => this._channel.tell(message));
    this._channel.playback = this.playback;
    this.model.away.isOn = false;
    this.model.attach(this._client);
    this.model.phase = 'live';
    this.playback.tellAll();
  }

  readonly model = new VariablesModel();
  readonly playback: Playback;
  readonly waitingText = '';
  readonly redrawIn_ms = null;
  /** How many seconds of the run pass in one second. */
  speed = 1;

  /** Emitted when it plays or pauses, or shows another moment. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get notified(): ISignal<this, EventParams> {
    return this._notified;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get isPlaying(): boolean {
    return this._timer !== null;
  }

  tabs(): Promise<ITabs> {
    return this._loadTabs();
  }

  setShown(): void {
    // A player that nobody sees plays on: nothing has to be connected.
  }

  /** Play on, from the beginning where it is at the end. */
  play(): void {
    if (this.isPlaying || this._isDisposed) {
      return;
    }
    if (this.playback.isOver) {
      this.playback.seek(this.playback.begin);
    }
    let before = performance.now();
    this._timer = setInterval(() => {
      const now = performance.now();
      this.playback.advance(((now - before) / 1000) * this.speed);
      before = now;
      if (this.playback.isOver) {
        this.pause();
      }
      this._changed.emit();
    }, TICK_MS);
    this._changed.emit();
  }

  pause(): void {
    if (this._timer !== null) {
      clearInterval(this._timer);
      this._timer = null;
      this._changed.emit();
    }
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    this._changed.emit();
  }

  /** Show the moment so many seconds after the beginning. */
  seek(seconds: number): void {
    this.playback.seek(this.playback.begin + seconds);
    this._changed.emit();
  }

  dispose(): void {
    this.pause();
    this._isDisposed = true;
    this._client.dispose();
    Signal.clearData(this);
  }

  private readonly _channel = new RecordChannel();
  private readonly _client = new Client(this._channel, new Replica());
  private readonly _changed = new Signal<this, void>(this);
  private readonly _notified = new Signal<this, EventParams>(this);
  private _timer: ReturnType<typeof setInterval> | null = null;
  private _isDisposed = false;
}
