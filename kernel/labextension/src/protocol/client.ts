/**
 * One conversation with a kernel: a subscription, requests and their answers.
 *
 * What carries the messages is handed in (`IChannel`), so that the tests need no kernel. Nothing
 * in here waits for the status of a message: the kernel answers requests while a cell runs, and
 * then it says no busy and idle for them (jupyterlab's `.done` would never resolve).
 */

import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';
import type {
  DeleteParams,
  Deleted,
  ErrorInfo,
  EventParams,
  History,
  HistoryParams,
  InspectParams,
  Inspection,
  KernelMessage,
  Memory,
  MemoryParams,
  ProgressParams,
  RenameParams,
  Renamed,
  RuleAddParams,
  RuleAdded,
  RuleRemoveParams,
  RuleRemoved,
  Rules,
  SetDone,
  SetParams,
  SharedNames,
  StateBackParams,
  StateDone,
  StateForgetParams,
  StateKeepParams,
  StateList,
  StateListParams,
  StateRestoreParams,
  Statistics,
  StatisticsParams,
  Subscribed,
  Subscription,
  Table,
  TableCode,
  TableCodeParams,
  TableParams,
  Undone,
  UndoParams,
  ValueParams,
  ValueText
} from './messages';
import { type IChange, Replica } from './replica';

/** What carries the messages of one comm. */
export interface IChannel extends IDisposable {
  /** Open the comm. */
  open(subscription: Subscription): Promise<void>;
  /** Send one message; what cannot be sent is lost. */
  send(message: object): void;
  /** The data of each message of the kernel's. */
  readonly received: ISignal<this, unknown>;
  /** Emitted when the kernel closed the comm. */
  readonly closed: ISignal<this, void>;
}

/** The params and the result of each method. */
export interface IMethods {
  refresh: [Record<string, never>, Subscribed];
  subscribe: [Subscription, Subscribed];
  inspect: [InspectParams, Inspection];
  table: [TableParams, Table];
  statistics: [StatisticsParams, Statistics];
  'table.code': [TableCodeParams, TableCode];
  memory: [MemoryParams, Memory];
  value: [ValueParams, ValueText];
  history: [HistoryParams, History];
  set: [SetParams, SetDone];
  rename: [RenameParams, Renamed];
  delete: [DeleteParams, Deleted];
  undo: [UndoParams, Undone];
  'rule.add': [RuleAddParams, RuleAdded];
  'rule.remove': [RuleRemoveParams, RuleRemoved];
  'rule.list': [Record<string, never>, Rules];
  'state.list': [StateListParams, StateList];
  'state.keep': [StateKeepParams, StateList];
  'state.restore': [StateRestoreParams, StateDone];
  'state.back': [StateBackParams, StateDone];
  'state.forget': [StateForgetParams, StateDone];
  'sharing.list': [Record<string, never>, SharedNames];
}

/** The codes of `docs/protocol.md` that somebody here asks for. */
export enum ErrorCode {
  InvalidParams = -32602,
  UnknownMethod = -32601,
  VariableNotFound = -32001,
  KernelBusy = -32002,
  NotAllowed = -32003,
  Cancelled = -32008,
  NoAnswer = -1
}

/** A request that the kernel refused, or did not answer. */
export class RequestError extends Error {
  constructor(readonly info: ErrorInfo) {
    super(info.message);
    this.name = 'RequestError';
  }

  /** What would help, in a sentence; may be empty. */
  get remedy(): string {
    return this.info.data?.remedy ?? '';
  }
}

const ANSWER_MS = 70_000;
const NO_ANSWER: ErrorInfo = {
  code: ErrorCode.NoAnswer,
  message: 'The kernel did not answer'
};
const CLOSED: ErrorInfo = {
  code: ErrorCode.NoAnswer,
  message: 'The connection was closed'
};

const CANCELLED: ErrorInfo = {
  code: ErrorCode.Cancelled,
  message: 'The request was cancelled'
};

/** How to go on while a request is answered. */
export interface IRequestOptions {
  /** Told how far the kernel is; the params have to ask for it. */
  onProgress?: (progress: ProgressParams) => void;
  /** Ends the request, and the kernel's work on it. */
  signal?: AbortSignal;
}

interface ICall {
  onProgress?: IRequestOptions['onProgress'];
  resolve: (result: never) => void;
  reject: (error: RequestError) => void;
  timer?: ReturnType<typeof setTimeout>;
}

/** A client of the kernel's variables. */
export class Client implements IDisposable {
  constructor(
    private readonly _channel: IChannel,
    readonly replica: Replica,
    private readonly _answer_ms = ANSWER_MS
  ) {
    _channel.received.connect((_, data) => this._receive(data));
  }

  /** Emitted when the replica has changed. */
  get changed(): ISignal<this, IChange> {
    return this._changed;
  }

  /** Emitted for what a person may want to know. */
  get notified(): ISignal<this, EventParams> {
    return this._notified;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Subscribe; the state comes as a change. */
  async open(subscription: Subscription): Promise<void> {
    this.replica.reset();
    await this._channel.open(subscription);
  }

  /**
   * Ask for something. What is queued behind a cell is waited for, however long that takes; and so
   * is what the kernel tells the progress of.
   */
  request<M extends keyof IMethods>(
    method: M,
    params: IMethods[M][0],
    { onProgress, signal }: IRequestOptions = {}
  ): Promise<IMethods[M][1]> {
    if (this._isDisposed) {
      return Promise.reject(new RequestError(CLOSED));
    }
    if (signal?.aborted) {
      return Promise.reject(new RequestError(CANCELLED));
    }
    const id = ++this._lastId;
    return new Promise((resolve, reject) => {
      const isQueued = 'when_busy' in params && params.when_busy === 'queue';
      const timer = isQueued ? undefined : this._startTimer(id);
      this._calls.set(id, { onProgress, resolve, reject, timer });
      signal?.addEventListener('abort', () => this._cancel(id), { once: true });
      this._channel.send({ method, params, id });
    });
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    [...this._calls.keys()].forEach(id => this._failCall(id, CLOSED));
    this._channel.dispose();
    Signal.clearData(this);
  }

  private _receive(data: unknown): void {
    if (this._isDisposed || typeof data !== 'object' || data === null) {
      return;
    }
    const message = data as KernelMessage;
    if ('method' in message) {
      this._apply(message);
    } else if ('error' in message && message.error) {
      this._failCall(message.id, message.error);
    } else if ('result' in message) {
      this._takeCall(message.id)?.resolve(message.result as never);
    }
  }

  private _startTimer(id: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => this._failCall(id, NO_ANSWER), this._answer_ms);
  }

  /** Nobody waits for an answer any more; the kernel need not work for it. */
  private _cancel(id: number): void {
    if (this._calls.has(id)) {
      if (this.replica.offers('cancel')) {
        this._channel.send({ method: 'cancel', params: { id } });
      }
      this._failCall(id, CANCELLED);
    }
  }

  private _tell(progress: ProgressParams): void {
    const id = Number(progress.id);
    const call = this._calls.get(id);
    if (call) {
      clearTimeout(call.timer);
      call.timer = this._startTimer(id);
      call.onProgress?.(progress);
    }
  }

  private _apply(message: KernelMessage): void {
    if ('method' in message && message.method === 'progress') {
      this._tell(message.params);
      return;
    }
    const change = this.replica.apply(message);
    if (this.replica.needsRefresh) {
      this._askRefresh();
    } else {
      this._isRefreshAsked = false;
    }
    if (change) {
      this._changed.emit(change);
    }
    if ('method' in message && message.method === 'event') {
      this._notified.emit(message.params);
    }
  }

  /** Ask once: each message until the refresh comes shows the gap again. */
  private _askRefresh(): void {
    if (!this._isRefreshAsked) {
      this._isRefreshAsked = true;
      this.request('refresh', {}).catch(() => (this._isRefreshAsked = false));
    }
  }

  private _takeCall(id: unknown): ICall | undefined {
    const call = this._calls.get(id as number);
    if (call) {
      clearTimeout(call.timer);
      this._calls.delete(id as number);
    }
    return call;
  }

  private _failCall(id: unknown, error: ErrorInfo): void {
    this._takeCall(id)?.reject(new RequestError(error));
  }

  private _calls = new Map<number, ICall>();
  private _lastId = 0;
  private _isRefreshAsked = false;
  private _isDisposed = false;
  private _changed = new Signal<this, IChange>(this);
  private _notified = new Signal<this, EventParams>(this);
}
