/**
 * Carries the messages to the kernel as the custom messages of a widget (`livens/widget.py`).
 *
 * The comm is the widget's, and all pages that show it share it: this one puts its name into the
 * ids of its requests, and takes only the answers that have it. In most hosts what is sent while a
 * cell runs waits for its end; whoever asks can see how long an answer has been due (`waitingSince`).
 */

import { type ISignal, Signal } from '@lumino/signaling';
import type { IChannel } from '../protocol/client';

/** What anywidget hands to a page, as far as it is needed. */
export interface IHostModel {
  get(name: string): unknown;
  send(content: object): void;
  on(event: string, callback: (content: never) => void): void;
  off(event: string, callback: (content: never) => void): void;
}

interface IMessage {
  id?: unknown;
  method?: string;
  params?: { text?: string; id?: unknown };
}

/** A widget's comm. */
export class WidgetChannel implements IChannel {
  constructor(
    private readonly _host: IHostModel,
    readonly viewer: string,
    private readonly _now: () => number = () => Date.now()
  ) {
    _host.on('msg:custom', this._onMessage);
    ENDS.forEach(event => _host.on(event, this._onEnd));
  }

  get received(): ISignal<this, unknown> {
    return this._received;
  }

  get closed(): ISignal<this, void> {
    return this._closed;
  }

  /** Emitted when the kernel says that a cell is over. */
  get cellEnded(): ISignal<this, void> {
    return this._cellEnded;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** When the oldest question without an answer was asked; null if there is none. */
  get waitingSince(): number | null {
    const [oldest] = this._asked.values();
    return oldest ?? null;
  }

  /** Ask the kernel to send to this page, which shows the widget from now on. */
  async open(): Promise<void> {
    this._asked.set(OPENING, this._now());
    this._host.send({ method: 'widget.open', params: { viewer: this.viewer } });
  }

  send(message: object): void {
    const { id, ...rest } = message as IMessage;
    if (rest.method === 'cancel') {
      const own = `${this.viewer}:${rest.params?.id}`;
      this._asked.delete(own);
      this._host.send({ method: 'cancel', params: { id: own } });
      return;
    }
    const own = `${this.viewer}:${id}`;
    this._asked.set(own, this._now());
    this._host.send({ ...rest, id: own });
  }

  /** Ask for the part of the program that draws tables, plots and values. */
  program(): Promise<string> {
    this._asked.set(PROGRAM, this._now());
    this._host.send({ method: PROGRAM, params: { viewer: this.viewer } });
    return new Promise(resolve => (this._onProgram = resolve));
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._host.off('msg:custom', this._onMessage);
    ENDS.forEach(event => this._host.off(event, this._onEnd));
    if (!this._isEnded) {
      this._host.send({ method: 'widget.close', params: { viewer: this.viewer } });
    }
    Signal.clearData(this);
  }

  private readonly _onMessage = (content: unknown): void => {
    const message = content as IMessage | null;
    if (typeof message !== 'object' || message === null) {
      return;
    }
    if (message.method === 'widget.idle') {
      this._cellEnded.emit();
    } else if (message.method === PROGRAM) {
      this._asked.delete(PROGRAM);
      this._onProgram(message.params?.text ?? '');
    } else if (message.method === 'progress') {
      this._onProgress(message);
    } else if (message.method !== undefined) {
      if (message.method === 'refresh') {
        this._asked.delete(OPENING);
      }
      this._received.emit(message);
    } else if (typeof message.id === 'string' && this._asked.delete(message.id)) {
      this._received.emit({ ...message, id: this._numberOf(message.id) });
    }
  };

  /** Hand on how far the kernel is with a request of this page. */
  private _onProgress({ method, params }: IMessage): void {
    if (typeof params?.id === 'string' && this._asked.has(params.id)) {
      const id = this._numberOf(params.id);
      this._received.emit({ method, params: { ...params, id } });
    }
  }

  private _numberOf(id: string): number {
    return Number(id.slice(this.viewer.length + 1));
  }

  private readonly _onEnd = (): void => {
    this._isEnded = true;
    this._asked.clear();
    this._closed.emit();
  };

  private _onProgram: (text: string) => void = () => undefined;
  private _isDisposed = false;
  private _isEnded = false;
  private readonly _asked = new Map<string, number>();
  private readonly _received = new Signal<this, unknown>(this);
  private readonly _closed = new Signal<this, void>(this);
  private readonly _cellEnded = new Signal<this, void>(this);
}

const OPENING = 'open';
const PROGRAM = 'widget.program';

/** What a widget's model says when its comm is gone: closed, or the kernel was restarted. */
const ENDS = ['comm:close', 'comm_live_update', 'destroy'];
