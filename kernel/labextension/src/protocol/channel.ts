/**
 * Carries the messages of a comm to a kernel, so that it answers while a cell runs.
 *
 * The messages go to a subshell, by JupyterLab's own comm. Where there is none they go to the
 * control channel, which a livens kernel reads for this target as well:
 *
 * - a page that was loaded while a cell runs does not know yet what the kernel can do: the kernel
 *   tells it on the main shell, when the cell has ended;
 * - the user may have switched subshells off in JupyterLab's settings, and Lab 4.3 has none;
 * - only the first connection of a page to a kernel may have comms.
 *
 * Goodbye is always said on control: with the comm its subshell ends, and what waits there is lost.
 * Messages are read from `iopubMessage`, which every connection has.
 */

import { type Kernel, KernelMessage } from '@jupyterlab/services';
import { UUID } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';
import type { IChannel } from './client';
import type { Subscription } from './messages';

export const TARGET = 'livens.variables';

/** What our kernel calls itself. */
export const IMPLEMENTATION = 'livens';

const SUBSHELL_MS = 1500;
const INFO_MS = 400;

/** What the comms of JupyterLab 4.4 can do, and do not declare. */
type IShellComm = Kernel.IComm & { readonly subshellStarted?: Promise<void> };

type CommMessageType = 'comm_open' | 'comm_msg' | 'comm_close';

/** One comm of a kernel. */
export class KernelChannel implements IChannel {
  constructor(
    private readonly _kernel: Kernel.IKernelConnection,
    readonly commId: string = UUID.uuid4()
  ) {
    _kernel.iopubMessage.connect(this._onMessage, this);
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
    const comm = await this._commOnSubshell();
    if (this._isDisposed || this._kernel.isDisposed) {
      comm?.dispose();
      return;
    }
    this._comm = comm;
    this._isOpen = true;
    if (comm) {
      comm.open(subscription as never);
    } else {
      this._control('comm_open', { target_name: TARGET, data: subscription });
    }
  }

  send(message: object): void {
    if (!this._isOpen || this._kernel.isDisposed || this._kernel.status === 'dead') {
      return;
    }
    if (this._comm && !this._comm.isDisposed) {
      this._comm.send(message as never);
    } else {
      this._control('comm_msg', { data: message });
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._kernel.iopubMessage.disconnect(this._onMessage, this);
    if (this._isOpen && !this._kernel.isDisposed && this._kernel.status !== 'dead') {
      this._control('comm_close', { data: {} });
    }
    this._comm?.dispose();
    Signal.clearData(this);
  }

  /** Return a comm whose subshell runs; null where there is none to be had soon. */
  private async _commOnSubshell(): Promise<Kernel.IComm | null> {
    const kernel = this._kernel;
    if (!kernel.handleComms || kernel.commsOverSubshells === 'disabled') {
      return null;
    }
    if (!(await waitAtMost(INFO_MS, kernel.info)) || !kernel.supportsSubshells) {
      return null;
    }
    const comm: IShellComm = kernel.createComm(TARGET, this.commId);
    const hasStarted = await waitAtMost(
      SUBSHELL_MS,
      comm.subshellStarted?.then(() => true)
    );
    if (!hasStarted) {
      comm.dispose();
      return null;
    }
    return comm;
  }

  private _control(msgType: CommMessageType, content: object): void {
    const message = controlMessage(this._kernel, msgType, {
      comm_id: this.commId,
      ...content
    });
    this._kernel.sendControlMessage(message, false, true);
  }

  private _onMessage(
    _: Kernel.IKernelConnection,
    message: KernelMessage.IIOPubMessage
  ): void {
    const content = message.content as { comm_id?: string; data?: unknown };
    if (content.comm_id !== this.commId) {
      return;
    }
    if (message.header.msg_type === 'comm_msg') {
      this._received.emit(content.data);
    } else if (message.header.msg_type === 'comm_close') {
      this._isOpen = false;
      this._closed.emit();
    }
  }

  private _comm: Kernel.IComm | null = null;
  private _isOpen = false;
  private _isDisposed = false;
  private _received = new Signal<this, unknown>(this);
  private _closed = new Signal<this, void>(this);
}

/** What a kernel is; asked on control, which answers while a cell runs. */
export async function infoOf(
  kernel: Kernel.IKernelConnection
): Promise<KernelMessage.IInfoReply> {
  await Promise.race([connected(kernel), kernel.info]);
  const known = await waitAtMost(INFO_MS, kernel.info);
  if (known) {
    return known;
  }
  const message = controlMessage(kernel, 'kernel_info_request');
  const future = kernel.sendControlMessage(message, true);
  const asked = future.done as Promise<unknown> as Promise<KernelMessage.IInfoReplyMsg>;
  return Promise.race([
    asked.then(reply => reply.content as KernelMessage.IInfoReply),
    kernel.info
  ]);
}

/** Make a message for the control channel, of any type: JupyterLab declares only a few. */
export function controlMessage(
  kernel: Kernel.IKernelConnection,
  msgType: string,
  content: object = {}
): KernelMessage.IControlMessage {
  return KernelMessage.createMessage({
    msgType: msgType as never,
    channel: 'control' as never,
    username: kernel.username,
    session: kernel.clientId,
    content: content as never
  }) as KernelMessage.IMessage as KernelMessage.IControlMessage;
}

/** Wait until a kernel is connected: before that JupyterLab refuses to ask what it is. */
function connected(kernel: Kernel.IKernelConnection): Promise<void> {
  return new Promise(resolve => {
    const onStatus = () => {
      if (kernel.connectionStatus === 'connected') {
        kernel.connectionStatusChanged.disconnect(onStatus);
        resolve();
      }
    };
    kernel.connectionStatusChanged.connect(onStatus);
    onStatus();
  });
}

/** Wait for a promise so long; undefined if it takes longer or fails. */
async function waitAtMost<T>(
  limit_ms: number,
  promise?: Promise<T>
): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), limit_ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
