/**
 * What a kernel's messages tell of its process: which one it is, and which cell runs. They need no
 * connection of ours.
 *
 * A kernel keeps its id over a restart. Its process has a session of its own, which is in all that it
 * sends. Statuses alone do not tell one process from the next: one that is about to end says that it
 * is busy with that, and idle again.
 */

import type { KernelMessage } from '@jupyterlab/services';

/** The cell that runs. */
export interface IRunning {
  msg_id?: string;
  execution_count: number | null;
  namesLivens: boolean;
}

/** What is known of the process of a kernel. */
export class Process {
  /** The cell that runs; undefined until something was heard: the page may have been loaded in a run. */
  running: IRunning | null | undefined;

  /** The number of the cell that runs; null if none does, undefined if that is not known. */
  get runningCell(): number | null | undefined {
    return this.running && this.running.execution_count;
  }

  /** Whether a message is the first of a process that took the place of another one. */
  isFirstOfAnother({ header, content }: KernelMessage.IMessage): boolean {
    if (header.msg_type !== 'status') {
      return false; // the server writes into the output, by a session of its own
    }
    const { execution_state } = content as KernelMessage.IStatusMsg['content'];
    if (!['starting', 'busy', 'idle'].includes(execution_state)) {
      return false; // so does it where a process has died
    }
    const isNew = !this._sessions.has(header.session);
    this._sessions.add(header.session);
    return isNew && this._sessions.size > 1;
  }

  /** Note what a message says of cells; return the cell whose end it tells. */
  noteCell(message: KernelMessage.IMessage): IRunning | null {
    const { msg_id } = message.parent_header as { msg_id?: string };
    if (message.header.msg_type === 'execute_input') {
      const { code, execution_count } =
        message.content as KernelMessage.IExecuteInputMsg['content'];
      const namesLivens = code.includes('livens') || code.includes('%state');
      this.running = { msg_id, execution_count, namesLivens };
      return null;
    }
    const { running } = this;
    if (message.header.msg_type !== 'status' || !running || running.msg_id !== msg_id) {
      return null;
    }
    const status = message.content as KernelMessage.IStatusMsg['content'];
    if (status.execution_state !== 'idle') {
      return null;
    }
    this.running = null;
    return running;
  }

  /** Forget all: it is another kernel. */
  forget(): void {
    this.running = null;
    this._sessions.clear();
  }

  private readonly _sessions = new Set<string>();
}
