/**
 * Keeps the model of one document connected to the document's kernel, while somebody looks.
 *
 * Nobody looking: no comm, no subscription. A kernel that restarts, dies, is exchanged or comes
 * back after the network was gone gets a new connection; a kernel that does not answer is asked
 * again, each time after a longer pause.
 *
 * A kernel of another name may have loaded livens (`%load_ext livens`): nothing says so but the
 * comm, which it refuses where it has not. It is tried when somebody begins to look, and after each
 * cell that names livens.
 *
 * That a kernel *died* is said only where the server tells that it starts it again, which it does
 * where nobody asked for an end. A kernel that is gone has *ended*.
 */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';
import { VariablesModel } from '../model/model';
import { SPARKLINE_POINTS } from '../model/points';
import { IMPLEMENTATION, infoOf, KernelChannel } from '../protocol/channel';
import { Client } from '../protocol/client';
import type { EventParams, Subscription } from '../protocol/messages';
import { Replica } from '../protocol/replica';
import type { IWatch } from '../tokens';

const FIRST_STATE_MS = 4000;
const LONGEST_PAUSE_MS = 30_000;
const REOPEN_MS = 300;

/** A kernel that answers beside a cell says idle and, right after it, busy once more. */
const IDLE_MS = 200;

const CLIENT = 'JupyterLab';

/** Matches no variable: a connection that is only there for rules. */
const NO_NAME = '__nothing__';
const RULES_ONLY_MS = 1000;

/** What the settings say of a subscription. */
export interface IWatchOptions {
  interval_ms: number;
  withPrivate: boolean;
  withFrames: boolean;
}

/** The cell that runs, as Jupyter's own messages tell, which need no connection of ours. */
interface IRunning {
  msg_id?: string;
  execution_count: number | null;
  namesLivens: boolean;
}

/** Watches the kernel of one notebook or console. */
export class Watch implements IWatch {
  constructor(
    readonly context: ISessionContext,
    private _options: IWatchOptions
  ) {
    context.kernelChanged.connect(this._onKernelChanged, this);
    context.statusChanged.connect(this._onStatus, this);
    context.connectionStatusChanged.connect(this._onConnectionStatus, this);
    context.iopubMessage.connect(this._onMessage, this);
    window.addEventListener('pagehide', this._onPageHide);
  }

  readonly model = new VariablesModel();

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Emitted when a rule has fired, or a variable was set aside. */
  get notified(): ISignal<this, EventParams> {
    return this._notified;
  }

  get kernel(): Kernel.IKernelConnection | null {
    return this.context.session?.kernel ?? null;
  }

  setShown(view: object, isShown: boolean): void {
    const wasShown = this.isShown;
    if (isShown) {
      this._views.add(view);
    } else {
      this._views.delete(view);
    }
    if (wasShown !== this.isShown && !this._isDisposed) {
      this._onShownChanged();
    }
  }

  /** Whether a view is shown. */
  get isShown(): boolean {
    return this._views.size > 0;
  }

  /** Rules hold while nobody looks, and they end with the connection. */
  private get _isNeeded(): boolean {
    return this.isShown || this.model.rules.isNeeded;
  }

  private _onShownChanged(): void {
    if (this._client && this._isNeeded && this.model.phase !== 'connecting') {
      this.model.attach(this.isShown ? this._client : null);
      this._client
        .request('subscribe', this._subscription())
        .catch(() => this._connect());
      this.model.phase = this.isShown ? 'connecting' : 'paused';
    } else if (this._isNeeded) {
      void this._connect();
    } else {
      this._disconnect();
      if (this.model.phase === 'live' || this.model.phase === 'connecting') {
        this.model.phase = 'paused';
      }
    }
  }

  /** Change the subscription. */
  setOptions(options: IWatchOptions): void {
    this._options = options;
    if (this._client && this.model.phase === 'live') {
      this._client
        .request('subscribe', this._subscription())
        .catch(() => this._connect());
    }
  }

  /** Connect anew, and have the whole state sent. */
  reconnect(): void {
    this._pause_ms = FIRST_STATE_MS;
    this._isRefused = false;
    if (this._isNeeded) {
      void this._connect();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearTimeout(this._idleTimer);
    this._disconnect();
    window.removeEventListener('pagehide', this._onPageHide);
    Signal.clearData(this);
  }

  private async _connect(): Promise<void> {
    this._disconnect();
    const attempt = this._attempt;
    const kernel = this.kernel;
    if (!this._isNeeded || this._isDisposed) {
      return;
    }
    if (!kernel || kernel.isDisposed) {
      this.model.phase = 'no-kernel';
      return;
    }
    if (kernel.status === 'dead') {
      this.model.phase = 'dead';
      return;
    }
    if (this._isRefused) {
      this.model.phase = 'other-kernel';
      return;
    }
    this.model.phase = 'connecting';
    this._retryTimer = window.setTimeout(() => this._tryAgain(), this._pause_ms);
    const info = await infoOf(kernel).catch(() => null);
    if (attempt !== this._attempt || !info) {
      return;
    }
    this._isOurs = info.implementation === IMPLEMENTATION;
    if (!this._isOurs && info.language_info.name !== 'python') {
      this._refused();
      return;
    }
    this._forgetOtherKernel(kernel);
    await this._open(kernel);
  }

  /** The kernel has no livens in it. */
  private _refused(): void {
    this._disconnect();
    this._isRefused = true;
    if (!this.model.end) {
      this.model.clear();
    }
    this.model.phase = 'other-kernel';
  }

  private async _open(kernel: Kernel.IKernelConnection): Promise<void> {
    const channel = new KernelChannel(kernel);
    const client = new Client(channel, new Replica());
    this._client = client;
    channel.closed.connect(() => {
      if (this._client === client && !this._isOurs) {
        this._refused();
      } else if (this._client === client) {
        this._retryTimer = window.setTimeout(() => void this._connect(), REOPEN_MS);
      }
    });
    client.changed.connect((_, change) => {
      if (change.isComplete) {
        clearTimeout(this._retryTimer);
        this._pause_ms = FIRST_STATE_MS;
        this.model.phase = this.isShown ? 'live' : 'paused';
        void this.model.rules.restore(client);
      }
    });
    client.notified.connect((_, event) => {
      this.model.rules.noteFired(event);
      this._notified.emit(event);
    });
    if (this.isShown) {
      this.model.attach(client);
    }
    await client.open(this._subscription());
  }

  private _tryAgain(): void {
    if (!this._isOurs && this._client) {
      this._refused(); // who has no livens need not answer
      return;
    }
    this._pause_ms = Math.min(2 * this._pause_ms, LONGEST_PAUSE_MS);
    void this._connect();
  }

  private _disconnect(): void {
    this._attempt += 1;
    clearTimeout(this._retryTimer);
    const client = this._client;
    this._client = null;
    if (client) {
      this.model.attach(null);
      client.dispose();
    }
  }

  /** Another kernel has other variables; a restarted one keeps its id. */
  private _forgetOtherKernel(kernel: Kernel.IKernelConnection): void {
    if (this._kernelId !== '' && this._kernelId !== kernel.id) {
      this.model.clear();
    }
    this._kernelId = kernel.id;
  }

  private _subscription(): Subscription {
    if (!this.isShown) {
      return { names: [NO_NAME], interval_ms: RULES_ONLY_MS, client: CLIENT };
    }
    const { interval_ms, withPrivate, withFrames } = this._options;
    return {
      names: withPrivate ? ['*', '_*'] : ['*'],
      interval_ms,
      history: SPARKLINE_POINTS,
      frames: withFrames ? 'all' : 'none',
      client: CLIENT
    };
  }

  private _onKernelChanged(): void {
    this._pause_ms = FIRST_STATE_MS;
    this._isRestarting = false;
    this._isRefused = false;
    this._running = null;
    this.model.forgetEnd();
    void this._connect();
  }

  private _onStatus(_: ISessionContext, status: Kernel.Status): void {
    clearTimeout(this._idleTimer);
    if (status === 'idle') {
      this._idleTimer = window.setTimeout(() => this.model.endCell(), IDLE_MS);
    }
    if (status === 'restarting') {
      this._hasDied = false; // or it is told next
      this._isRestarting = true;
    } else if (status === 'autorestarting') {
      this._hasDied = true;
      this._isRestarting = true;
      this.model.noteEnd('died', this._runningCell);
    } else if (status === 'dead' && !this._hasDied) {
      this.model.noteEnd('ended', this._runningCell);
    }
    if (status === 'dead' || this._isRestarting) {
      this._onNoKernel(status);
    }
  }

  /** The number of the cell that runs; null if none does, undefined if that is not known. */
  private get _runningCell(): number | null | undefined {
    return this._running && this._running.execution_count;
  }

  private _onNoKernel(status: Kernel.Status): void {
    if (status === 'idle' || status === 'busy') {
      this._isRestarting = false;
      this._running = null;
      if (!this._hasDied) {
        this.model.forgetEnd(); // somebody wanted it to begin anew
      }
      this.reconnect();
      return;
    }
    this._disconnect();
    if (status === 'dead') {
      this.model.phase = 'dead';
    } else if (this._isNeeded) {
      this.model.phase = 'restarting';
    }
  }

  /** Note which cell runs, and try a kernel again that may have loaded livens by it. */
  private _onMessage(_: ISessionContext, message: KernelMessage.IMessage): void {
    const { msg_id } = message.parent_header as { msg_id?: string };
    if (message.header.msg_type === 'execute_input') {
      const { code, execution_count } =
        message.content as KernelMessage.IExecuteInputMsg['content'];
      const namesLivens = code.includes('livens') || code.includes('%state');
      this._running = { msg_id, execution_count, namesLivens };
      return;
    }
    const running = this._running;
    if (message.header.msg_type !== 'status' || !running || running.msg_id !== msg_id) {
      return;
    }
    const status = message.content as KernelMessage.IStatusMsg['content'];
    if (status.execution_state === 'idle') {
      this._running = null;
      if (running.namesLivens && this._isRefused) {
        this.reconnect();
      } else if (running.namesLivens) {
        this.model.states.loadSoon(); // it may have switched keeping on or off
      }
    }
  }

  /** While there is no connection nothing is live; what the kernel said meanwhile may be lost. */
  private _onConnectionStatus(_: ISessionContext, status: Kernel.ConnectionStatus): void {
    const isCut = status !== 'connected';
    if (isCut && this.model.phase === 'live') {
      this.model.phase = 'connecting';
    } else if (!isCut && this._wasCut && this._isNeeded && !this._isRestarting) {
      this.reconnect();
    }
    this._wasCut = isCut;
  }

  private _onPageHide = (): void => this._disconnect();

  private _client: Client | null = null;
  private readonly _notified = new Signal<this, EventParams>(this);
  private readonly _views = new Set<object>();
  private _isDisposed = false;
  private _isRestarting = false;
  private _hasDied = false;
  private _isOurs = false;
  private _isRefused = false;
  /** Undefined until something of it was heard: the page may have been loaded in a run. */
  private _running: IRunning | null | undefined;
  private _wasCut = false;
  private _attempt = 0;
  private _retryTimer = 0;
  private _idleTimer = 0;
  private _pause_ms = FIRST_STATE_MS;
  private _kernelId = '';
}
