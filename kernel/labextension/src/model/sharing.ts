/** Which variables of one kernel are shared with other programs; asked for after each cell. */

import type { Client } from '../protocol/client';
import type { SharedVariable } from '../protocol/messages';
import type { IChange } from '../protocol/replica';
import type { IStatesHost } from './states';

/** So long after a cell it is asked what is shared, and after a change of one that may still run. */
const SOON_MS = 500;
const WHILE_RUNNING_MS = 2000;

/** What is shared. */
export class Sharing {
  constructor(private readonly _host: IStatesHost) {}

  /** How a variable is shared; undefined if it is not. */
  of(name: string): SharedVariable | undefined {
    return this._variables.get(name);
  }

  /** Note what a connection tells: a new one is asked, and so it is after each cell. */
  noteChange(client: Client, { isComplete, updates }: IChange): void {
    if (!client.replica.offers('sharing.list')) {
      return;
    }
    if (isComplete && client !== this._client) {
      this._client = client;
      void this.load();
    } else if (updates.length > 0) {
      // A cell may end without another change to tell of.
      const isRunning = updates.every(({ cell }) => cell?.running);
      clearTimeout(this._timer);
      const pause_ms = isRunning ? WHILE_RUNNING_MS : SOON_MS;
      this._timer = setTimeout(() => void this.load(), pause_ms);
    }
  }

  /** Ask what is shared now. */
  async load(): Promise<void> {
    const client = this._host.client();
    clearTimeout(this._timer);
    const found =
      client && (await this._host.request('sharing.list', {}).catch(() => null));
    const isNews = this._variables.size > 0 || !!found?.variables?.length;
    if (found && isNews && client === this._host.client()) {
      this._variables = new Map((found.variables ?? []).map(each => [each.name, each]));
      this._host.changed();
    }
  }

  /** Forget what was known of a kernel: another process shares nothing. */
  forgetKernel(): void {
    clearTimeout(this._timer);
    this._client = null;
    this._variables = new Map();
  }

  private _variables: ReadonlyMap<string, SharedVariable> = new Map();
  private _client: Client | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
