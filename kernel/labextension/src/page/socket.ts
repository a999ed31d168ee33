/**
 * The line to one session: a WebSocket that is opened again when it is lost.
 *
 * Whether the line stands is never guessed. A line that looks open may be dead, and the server does
 * not tell when a session was ended by culling. So the server is asked every few seconds; while it
 * does not answer the line counts as lost. A lost line is opened again only if the session is still
 * there, since opening it would make a new one of the same name.
 */

import { type ISignal, Signal } from '@lumino/signaling';
import type { Presence } from './api';

/** `refused`: the server wants a token. `ended`: there is no such session any more. */
export type LineState = 'connecting' | 'open' | 'lost' | 'ended' | 'refused' | 'closed';

/** What is needed of a WebSocket. */
export interface ISocket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: MessageEvent<string>) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface ILineOptions {
  /** Open a WebSocket. */
  connect: () => ISocket;
  /** Ask the server for the session; rejects if the server does not answer. */
  presence: () => Promise<Presence>;
  /** Call a function later; returns what prevents it. */
  later?: (run: () => void, delay_ms: number) => () => void;
}

/** A message of the server's. */
export interface IMessage {
  id?: unknown;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { code: number; message: string };
}

/** With this code the server closes the socket of a session that has ended. */
export const SESSION_ENDED = 4404;

/** How long until a lost line is opened again, the first time and so on. */
export const RETRY_MS = [300, 1000, 2000, 5000];

/** How often the server is asked whether the session is there. */
export const PROBE_MS = 5000;

/** A session's line. */
export class SessionLine {
  constructor(private readonly _options: ILineOptions) {}

  get state(): LineState {
    return this._state;
  }

  /** How often the line has been open. */
  get opened(): number {
    return this._opened;
  }

  get stateChanged(): ISignal<this, LineState> {
    return this._stateChanged;
  }

  /** Each message that is no answer to `request`. */
  get received(): ISignal<this, IMessage> {
    return this._received;
  }

  /** Open the line, now. */
  open(): void {
    this._cancelTimer();
    if (this._state !== 'lost') {
      this._setState('connecting');
    }
    void this._attempt();
  }

  /** Look now whether the line stands, or can be opened again. */
  check(): void {
    if (this._state === 'open') {
      this._cancelTimer();
      void this._probe();
    } else if (this._state === 'lost') {
      this._cancelTimer();
      void this._attempt();
    }
  }

  /** Close it for good. */
  close(): void {
    this._end('closed');
  }

  /** Send a message; returns whether the line stands. */
  send(message: object): boolean {
    if (this._state !== 'open' || !this._socket) {
      return false;
    }
    this._socket.send(JSON.stringify(message));
    return true;
  }

  /** Ask for something. */
  request<T>(method: string, params: object = {}): Promise<T> {
    const id = `page:${++this._lastId}`;
    return new Promise((resolve, reject) => {
      this._asked.set(id, { resolve: resolve as (result: unknown) => void, reject });
      if (!this.send({ method, params, id })) {
        this._asked.delete(id);
        reject(new Error('There is no connection to the session'));
      }
    });
  }

  private async _attempt(): Promise<void> {
    const attempt = ++this._attempts;
    let presence: Presence;
    try {
      presence = await this._options.presence();
    } catch {
      if (attempt === this._attempts && !this._isOver) {
        this._lose();
      }
      return;
    }
    if (attempt !== this._attempts || this._isOver) {
      return;
    }
    if (presence !== 'there') {
      this._end(presence === 'gone' ? 'ended' : 'refused');
      return;
    }
    this._connect();
  }

  private _connect(): void {
    const socket = this._options.connect();
    this._socket = socket;
    socket.onopen = () => {
      if (socket === this._socket) {
        this._failures = 0;
        this._opened += 1;
        this._setState('open');
        this._probeLater();
      }
    };
    socket.onmessage = ({ data }) => {
      if (socket === this._socket) {
        this._take(JSON.parse(data) as IMessage);
      }
    };
    socket.onclose = ({ code }) => {
      if (socket === this._socket && code === SESSION_ENDED) {
        this._end('ended');
      } else if (socket === this._socket) {
        this._lose();
      }
    };
  }

  private _take(message: IMessage): void {
    const asked = this._asked.get(message.id as string);
    if (message.method === undefined && asked) {
      this._asked.delete(message.id as string);
      if (message.error) {
        asked.reject(new Error(message.error.message));
      } else {
        asked.resolve(message.result);
      }
    } else {
      this._received.emit(message);
    }
  }

  private _probeLater(): void {
    this._cancelTimer = this._later(() => void this._probe(), PROBE_MS);
  }

  private async _probe(): Promise<void> {
    const socket = this._socket;
    let presence: Presence | null = null;
    try {
      presence = await this._options.presence();
    } catch {
      // The server does not answer.
    }
    if (socket !== this._socket || this._state !== 'open') {
      return;
    }
    if (presence === 'there') {
      this._probeLater();
    } else if (presence === null) {
      this._lose();
    } else {
      this._end(presence === 'gone' ? 'ended' : 'refused');
    }
  }

  private _lose(): void {
    this._drop();
    const delay_ms = RETRY_MS[Math.min(this._failures++, RETRY_MS.length - 1)]!;
    this._cancelTimer();
    this._cancelTimer = this._later(() => void this._attempt(), delay_ms);
    this._setState('lost');
    this._failAll('The connection was lost: whether the server did it is not known');
  }

  private _end(state: 'closed' | 'ended' | 'refused'): void {
    if (this._isOver) {
      return;
    }
    this._isOver = state !== 'refused';
    this._cancelTimer();
    this._drop();
    this._setState(state);
    this._failAll('The connection has ended');
  }

  private _drop(): void {
    const socket = this._socket;
    this._socket = null;
    this._attempts += 1;
    socket?.close();
  }

  private _failAll(reason: string): void {
    const asked = [...this._asked.values()];
    this._asked.clear();
    asked.forEach(({ reject }) => reject(new Error(reason)));
  }

  private _setState(state: LineState): void {
    if (state !== this._state) {
      this._state = state;
      this._stateChanged.emit(state);
    }
  }

  private _later(run: () => void, delay_ms: number): () => void {
    if (this._options.later) {
      return this._options.later(run, delay_ms);
    }
    const timer = setTimeout(run, delay_ms);
    return () => clearTimeout(timer);
  }

  private _state: LineState = 'closed';
  private _isOver = false;
  private _opened = 0;
  private _failures = 0;
  private _attempts = 0;
  private _lastId = 0;
  private _socket: ISocket | null = null;
  private _cancelTimer: () => void = () => undefined;
  private readonly _asked = new Map<
    string,
    { resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();
  private readonly _stateChanged = new Signal<this, LineState>(this);
  private readonly _received = new Signal<this, IMessage>(this);
}
