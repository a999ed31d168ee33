/**
 * Keeps the model of one document connected to the document's kernel, while somebody looks.
 *
 * Nobody looking: no comm, no subscription. A kernel that restarts, dies, is exchanged or comes
 * back after the network was gone gets a new connection; a kernel that does not answer is asked
 * again, each time after a longer pause.
 *
 * A kernel of another name may have loaded livens (`%load_ext livens`): nothing says so but the
 * comm, which it refuses where it has not. It is tried when somebody begins to look, and after each
 * cell that names livens. Whoever looks may have it loaded (`load`); then it is loaded again when that
 * kernel has been restarted.
 *
 * That a kernel *died* is said only where the server tells that it starts it again, which it does
 * where nobody asked for an end. A kernel that is gone has *ended*.
 */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';
import { Loading } from '../model/loading';
import { VariablesModel } from '../model/model';
import { IMPLEMENTATION, infoOf, KernelChannel } from '../protocol/channel';
import { Client } from '../protocol/client';
import type { EventParams } from '../protocol/messages';
import { Replica } from '../protocol/replica';
import type { IWatch } from '../tokens';
import { load } from './loader';
import { Process } from './process';
import { type IWatchOptions, subscriptionOf } from './subscription';

const FIRST_STATE_MS = 4000;
const LONGEST_PAUSE_MS = 30_000;
const REOPEN_MS = 300;
const RESTART_MS = 8000;

/** A kernel that answers beside a cell says idle and, right after it, busy once more. */
const IDLE_MS = 200;

/** Watches the kernel of one notebook or console. */
export class Watch implements IWatch {
  constructor(
    readonly context: ISessionContext,
    private _options: IWatchOptions
  ) {
    this.model.isReadOnly = _options.isReadOnly;
    context.kernelChanged.connect(this._onKernelChanged, this);
    context.statusChanged.connect(this._onStatus, this);
    context.connectionStatusChanged.connect(this._onConnectionStatus, this);
    context.iopubMessage.connect(this._onMessage, this);
    window.addEventListener('pagehide', this._onPageHide);
  }

  readonly model = new VariablesModel();

  /** How far livens is on its way into a kernel that has it not. */
  readonly loading = new Loading();

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
        .request('subscribe', subscriptionOf(this._options, this.isShown))
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
    this.model.isReadOnly = options.isReadOnly;
    if (this._client && this.model.phase === 'live') {
      this._client
        .request('subscribe', subscriptionOf(this._options, this.isShown))
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

  /** Load livens into the kernel, which has it not, and watch it. */
  async load(): Promise<void> {
    const { kernel, loading } = this;
    if (
      !kernel ||
      loading.state.phase === 'waiting' ||
      loading.state.phase === 'loading'
    ) {
      return;
    }
    this._isToBeLoaded = false;
    const { isLoaded, text } = await load(kernel, loading);
    if (kernel !== this.kernel || this._isDisposed) {
      loading.state = { phase: 'none' };
    } else if (isLoaded) {
      this._textOfLoading = text;
      this.reconnect();
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
    this.loading.isPossible = info.language_info.name === 'python';
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
    if (this._isToBeLoaded) {
      void this.load();
    } else if (this._textOfLoading !== null) {
      const failure = { why: 'silent', text: this._textOfLoading } as const;
      this.loading.state = { phase: 'failed', failure };
      this._textOfLoading = null;
    } else {
      this._loadedId = ''; // `%unload_ext livens`
    }
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
        this._noteLoaded(kernel);
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
    await client.open(subscriptionOf(this._options, this.isShown));
  }

  /** The kernel tells of its variables: if it was loaded for that, it has worked. */
  private _noteLoaded(kernel: Kernel.IKernelConnection): void {
    if (this._textOfLoading !== null) {
      this._loadedId = kernel.id;
      this._textOfLoading = null;
      this.loading.state = { phase: 'none' };
    }
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

  private _onKernelChanged(): void {
    this._pause_ms = FIRST_STATE_MS;
    this._isRestarting = false;
    this._isRefused = false;
    this._process.forget();
    this._isToBeLoaded = false;
    this._textOfLoading = null;
    this.loading.state = { phase: 'none' };
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
      this.model.noteEnd('died', this._process.runningCell);
    } else if (status === 'dead' && !this._hasDied) {
      this.model.noteEnd('ended', this._process.runningCell);
    }
    if (status === 'dead' || this._isRestarting) {
      this._onNoKernel(status);
    }
  }

  /** The kernel has no process, or is about to have another one, which tells that itself. */
  private _onNoKernel(status: Kernel.Status): void {
    if (status === 'idle' || status === 'busy') {
      return; // it may be the old process that says so
    }
    this._disconnect();
    if (status === 'dead') {
      this.model.phase = 'dead';
    } else if (this._isNeeded) {
      this.model.phase = 'restarting';
      // Where it did not come to a restart, the process is the one that it was.
      this._retryTimer = window.setTimeout(() => {
        this._isRestarting = false;
        this.reconnect();
      }, RESTART_MS);
    }
  }

  private _onNewProcess(): void {
    this._isRestarting = false;
    this._process.running = null;
    if (!this._hasDied) {
      this.model.forgetEnd(); // somebody wanted it to begin anew
    }
    this._hasDied = false;
    this._isToBeLoaded = this._loadedId !== '' && this._loadedId === this.kernel?.id;
    this.reconnect();
  }

  /** Watch another process, and try a kernel again that may have loaded livens by a cell. */
  private _onMessage(_: ISessionContext, message: KernelMessage.IMessage): void {
    if (this._process.isFirstOfAnother(message)) {
      this._onNewProcess();
    }
    const ended = this._process.noteCell(message);
    if (ended?.namesLivens && this._isRefused) {
      this.reconnect();
    } else if (ended?.namesLivens) {
      this.model.states.loadSoon(); // it may have switched keeping on or off
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
  /** What was written when livens was loaded; null once the kernel has told something, or refused. */
  private _textOfLoading: string | null = null;
  /** The kernel that livens was loaded into for who looks. */
  private _loadedId = '';
  private _isToBeLoaded = false;
  private readonly _process = new Process();
  private _wasCut = false;
  private _attempt = 0;
  private _retryTimer = 0;
  private _idleTimer = 0;
  private _pause_ms = FIRST_STATE_MS;
  private _kernelId = '';
}
