/**
 * What can be done with a variable: the kernel is asked, and what came of it is told in its words.
 * How it is told, and how people are asked, is the host's: JupyterLab's (`lab/dialogs.ts`), or a
 * widget's (`widget/actions.ts`).
 */

import type { TranslationBundle } from '@jupyterlab/translation';
import { isRestorable, type VariablesModel } from '../model/model';
import { expressionOfRow, type IVariableRow, variableOf } from '../model/rows';
import { ErrorCode, RequestError } from '../protocol/client';
import type { Variable } from '../protocol/messages';
import { KeptActions } from './kept';
import type { INote } from './note';

const ERROR_STAYS_MS = 6000;

/** What can be done with the variables of one model. */
export abstract class RowActions {
  constructor(protected readonly _trans: TranslationBundle) {
    this.kept = new KeptActions({
      model: () => this.model,
      note: note => this._note(note),
      describe: error => this.describe(error),
      trans: _trans
    });
  }

  /** What can be done with kept states. */
  readonly kept: KeptActions;

  abstract get model(): VariablesModel | null;

  /** Show a note. */
  protected abstract _note(note: INote): void;

  /** Put a text into the clipboard. */
  protected abstract _copy(text: string): void;

  /** Ask whether to delete what cannot be brought back. */
  protected abstract _confirmDelete(variable: Variable): Promise<boolean>;

  /** The row that is selected, wherever it is; null if it is no variable. */
  get selected(): IVariableRow | null {
    const { model } = this;
    if (!model || !model.selected.startsWith('[')) {
      return null;
    }
    const path = JSON.parse(model.selected) as unknown[][];
    const variable = model.find(path);
    const origin = path.length === 1 ? 'namespace' : 'child';
    return variable
      ? {
          row: 'variable',
          key: model.selected,
          depth: 0,
          parent: '',
          variable,
          origin,
          isPinned: false
        }
      : null;
  }

  /** Set a variable; resolves to an empty text, or to what is wrong. */
  async set(name: string, expression: string): Promise<string> {
    const model = this.model!;
    const { error } = await this._change(when_busy =>
      model.request('set', { name, expression, when_busy })
    );
    return error;
  }

  /** Rename a variable; resolves as `set` does. */
  async rename(name: string, to: string): Promise<string> {
    if (name === to) {
      return '';
    }
    const model = this.model!;
    const { error } = await this._change(when_busy =>
      model.request('rename', { name, to, when_busy })
    );
    return error;
  }

  /** Delete a variable: with a way back where there is one, else after a question. */
  async remove(name: string): Promise<void> {
    const { model } = this;
    const variable = model?.variables.get(name);
    if (!model || !variable) {
      return;
    }
    const canRestore = isRestorable(variable);
    if (!canRestore && !(await this._confirmDelete(variable))) {
      return;
    }
    const { isDone, error } = await this._change(when_busy =>
      model.request('delete', { names: [name], when_busy })
    );
    if (error) {
      this._noteError(error);
    } else if (isDone && canRestore) {
      this._offerUndo(model, variable);
    }
  }

  /** Add a rule; resolves as `set` does. */
  async addRule(condition: string, action: 'notify' | 'stop'): Promise<string> {
    return this._try(() => this.model!.rules.add(condition, action));
  }

  copyName(row: IVariableRow): void {
    this._copy(row.variable.name);
  }

  copyExpression(row: IVariableRow): void {
    this._copy(expressionOfRow(row) ?? row.variable.name);
  }

  /** Copy the value's own text, which is asked of the kernel: a preview is shortened. */
  async copyValue(row: IVariableRow): Promise<void> {
    const { model } = this;
    if (!model) {
      return;
    }
    const variable = variableOf(model, row);
    const { path } = variable;
    if (!model.offers('value')) {
      this._copy(variable.preview ?? '');
      return;
    }
    try {
      const value = await model.request('value', { path, max_chars: 1_000_000 });
      this._copy(value.data);
    } catch {
      this._copy(variable.preview ?? '');
    }
  }

  /** Show what went wrong. */
  tellError(error: unknown): void {
    this._noteError(this.describe(error));
  }

  protected _noteError(text: string): void {
    this._note({ kind: 'error', text, stays_ms: ERROR_STAYS_MS });
  }

  /** Return in words why a request failed. */
  describe(error: unknown): string {
    if (!(error instanceof RequestError)) {
      return error instanceof Error ? error.message : String(error);
    }
    if (error.info.code === ErrorCode.KernelBusy) {
      return this._trans.__('A cell is running. Wait for its end, or interrupt it.');
    }
    return error.remedy ? `${error.message}. ${error.remedy}` : error.message;
  }

  /** Change something; while a cell runs nothing is changed, but it may be when the cell ends. */
  private async _change(
    ask: (when_busy: 'queue' | 'refuse') => Promise<unknown>
  ): Promise<{ isDone: boolean; error: string }> {
    try {
      await ask('refuse');
      return { isDone: true, error: '' };
    } catch (error) {
      if (error instanceof RequestError && error.info.code === ErrorCode.KernelBusy) {
        this._offerLater(() => ask('queue'));
        return { isDone: false, error: '' };
      }
      return { isDone: false, error: this.describe(error) };
    }
  }

  private _offerLater(ask: () => Promise<unknown>): void {
    const trans = this._trans;
    const run = () => {
      ask().catch(error => {
        // Without an answer it is done all the same: the kernel has it in its queue.
        if (!(error instanceof RequestError) || error.info.code !== ErrorCode.NoAnswer) {
          this.tellError(error);
        }
      });
      const text = trans.__('It will be done when the cell ends.');
      this._note({ kind: 'info', text, stays_ms: 4000 });
    };
    this._note({
      kind: 'info',
      text: trans.__('A cell is running: nothing was changed.'),
      stays_ms: 15_000,
      action: { label: trans.__('Change It When the Cell Ends'), run }
    });
  }

  private async _try(ask: () => Promise<unknown>): Promise<string> {
    try {
      await ask();
      return '';
    } catch (error) {
      return this.describe(error);
    }
  }

  private _offerUndo(model: VariablesModel, variable: Variable): void {
    const trans = this._trans;
    const { name, preview = '' } = variable;
    const undo = () => {
      model
        .request('set', { name, expression: preview })
        .catch(error => this.tellError(error));
    };
    this._note({
      kind: 'info',
      text: trans.__('Deleted %1', name),
      stays_ms: 8000,
      action: { label: trans.__('Undo'), run: undo }
    });
  }
}
