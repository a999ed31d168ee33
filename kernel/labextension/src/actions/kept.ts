/**
 * What can be done with kept states: keep, restore, go back, forget. The kernel is asked, and what
 * came of it is told in its words. How people are asked is the host's.
 */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { VariablesModel } from '../model/model';
import type { States } from '../model/states';
import type { StateDone, StateName } from '../protocol/messages';
import type { INote } from './note';

const STAYS_MS = 8000;

/** What these actions need of the host. */
export interface IKeptHost {
  model(): VariablesModel | null;
  note(note: INote): void;
  describe(error: unknown): string;
  trans: TranslationBundle;
}

/** What can be done with the kept states of one model. */
export class KeptActions {
  constructor(private readonly _host: IKeptHost) {}

  /** The states; null where the kernel keeps none, or nothing may be changed. */
  get states(): States | null {
    const model = this._host.model();
    return model?.states.isOffered && !model.isReadOnly ? model.states : null;
  }

  /** Keep what cells change from now on, or do not any more. */
  async keep(on: boolean): Promise<void> {
    const { trans } = this._host;
    const text = on
      ? trans.__('What each cell changes is kept from now on.')
      : trans.__('Nothing is kept from now on. What was kept stays.');
    if (await this._try(states => states.keep(on))) {
      this._host.note({ kind: 'info', text, stays_ms: STAYS_MS });
    }
  }

  /** Restore what an earlier session kept, and what no variable has now. */
  async restoreMissing(): Promise<void> {
    await this.restore(this.states?.missing ?? [], false);
  }

  /** Restore names; those that exist only if they are to be replaced. */
  async restore(names: string[], overwrite: boolean): Promise<void> {
    const found = await this._try(states => states.restore(names, overwrite));
    if (found) {
      this._tell(found.done, 'restored', this._host.trans.__('Restored'));
    }
  }

  /** Make the variables what they were before a cell, or after it; resolves to what came of it. */
  async back(cell: number, after: boolean): Promise<string> {
    const { trans } = this._host;
    const found = await this._try(states => states.back(cell, after));
    if (!found) {
      return '';
    }
    const where = after
      ? trans.__('The variables are what they were after In [%1].', cell)
      : trans.__('The variables are what they were before In [%1].', cell);
    const { done } = found;
    const text = [where, ...leftOut(done, trans), ...(done.notes ?? [])].join(' ');
    const isWhole = leftOut(done, trans).length === 0;
    const kind = isWhole ? 'info' : 'warning';
    this._host.note({ kind, text, stays_ms: isWhole ? STAYS_MS : undefined });
    return text;
  }

  /** Remove names, or all, from the archive. */
  async forget(names: string[], all: boolean): Promise<void> {
    const { trans } = this._host;
    const found = await this._try(states => states.forget(names, all));
    if (found) {
      const gone = (found.done.names ?? []).map(({ name }) => name).join(', ');
      const text = gone ? trans.__('Not kept any more: %1.', gone) : '';
      const parts = [text, ...(found.done.notes ?? [])].filter(Boolean);
      this._host.note({ kind: 'info', text: parts.join(' '), stays_ms: STAYS_MS });
    }
  }

  private _tell(done: StateDone, outcome: StateName['outcome'], word: string): void {
    const { trans } = this._host;
    const names = (done.names ?? []).filter(name => name.outcome === outcome);
    const text = names.length
      ? `${word}: ${names.map(({ name }) => name).join(', ')}.`
      : trans.__('Nothing was restored.');
    const rest = leftOut(done, trans);
    const kind = rest.length ? 'warning' : 'info';
    const stays_ms = rest.length ? undefined : STAYS_MS;
    this._host.note({ kind, text: [text, ...rest].join(' '), stays_ms });
  }

  private async _try<T>(
    ask: (states: States) => Promise<T>
  ): Promise<{ done: T } | null> {
    const { states } = this;
    if (!states) {
      return null;
    }
    try {
      return { done: await ask(states) };
    } catch (error) {
      const text = this._host.describe(error);
      this._host.note({ kind: 'error', text, stays_ms: STAYS_MS });
      return null;
    }
  }
}

/** Say which names are not what was asked for, and why. */
function leftOut(done: StateDone, trans: TranslationBundle): string[] {
  const left = (done.names ?? []).filter(({ outcome }) => outcome.startsWith('not '));
  const texts = left.map(({ name, reason }) => (reason ? `${name} (${reason})` : name));
  return texts.length ? [`${trans.__('Not restored')}: ${texts.join(', ')}.`] : [];
}
