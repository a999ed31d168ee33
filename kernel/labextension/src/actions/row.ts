/**
 * What can be done with a variable: the kernel is asked, and what came of it is told in its words.
 * How it is told, and how people are asked, is the host's: JupyterLab's (`lab/dialogs.ts`), or a
 * widget's (`widget/actions.ts`).
 */

import type { TranslationBundle } from '@jupyterlab/translation';
import { expressionOf, formatBytes, keyOf, type Path } from '../model/format';
import { isRestorable, type VariablesModel } from '../model/model';
import { expressionOfRow, type IVariableRow, variableOf } from '../model/rows';
import { ErrorCode, RequestError } from '../protocol/client';
import type { Variable } from '../protocol/messages';
import { KeptActions } from './kept';
import type { INote } from './note';

const ERROR_STAYS_MS = 6000;

/** How long a change can be taken back; so long the kernel keeps what was there. */
const UNDO_S = 15;

/** From this size on people delete a variable to have its memory. */
const LARGE_BYTES = 10_000_000;

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

  /** What a field for a value needs. */
  readonly changing = {
    set: (name: string, expression: string, path: Path) =>
      this.set(name, expression, path),
    undo: () => void this.undo(),
    describe: (error: unknown) => this.describe(error)
  };

  abstract get model(): VariablesModel | null;

  /** Show a note; returns what takes it away. */
  protected abstract _note(note: INote): () => void;

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

  /** The variables that are selected, those of the namespace only. */
  get selectedNames(): string[] {
    const { model } = this;
    return model
      ? [...model.variables.values()].filter(isSelectedIn(model)).map(v => v.name)
      : [];
  }

  /** Set a variable, or what is below it; resolves to an empty text, or to what is wrong. */
  async set(name: string, expression: string, path: Path = []): Promise<string> {
    const model = this.model!;
    const below = path.length > 1 ? { path } : {};
    const label = path.length > 1 ? (expressionOf(path) ?? name) : name;
    return this._changeWithUndo(this._trans.__('Changed %1', label), when_busy =>
      model.request('set', {
        name,
        expression,
        when_busy,
        ...below,
        ...keep(model, 'set')
      })
    );
  }

  /** Rename a variable; resolves as `set` does. */
  async rename(name: string, to: string): Promise<string> {
    if (name === to) {
      return '';
    }
    const model = this.model!;
    return this._changeWithUndo(this._trans.__('Renamed %1', name), when_busy =>
      model.request('rename', { name, to, when_busy, ...keep(model, 'rename') })
    );
  }

  /** Delete a variable: with a way back where there is one, else after a question. */
  async remove(name: string): Promise<void> {
    const { model } = this;
    const variable = model?.variables.get(name);
    if (!model || !variable) {
      return;
    }
    const canKeep = canTakeBack(model, 'delete');
    const canRestore = canKeep || isRestorable(variable);
    if (!canRestore && !(await this._confirmDelete(variable))) {
      return;
    }
    const text = this._deletedText(variable, canKeep);
    const error = await this._changeWithUndo(
      text,
      when_busy =>
        model.request('delete', { names: [name], when_busy, ...keep(model, 'delete') }),
      () => this._offerToSetAgain(model, variable, text)
    );
    if (error) {
      this._noteError(error);
    }
  }

  /** Delete the variables that are selected: at once where the kernel keeps them for a while. */
  async removeSelected(): Promise<void> {
    const model = this.model!;
    const names = this.selectedNames;
    if (names.length < 2 || !canTakeBack(model, 'delete')) {
      for (const name of names) {
        await this.remove(name);
      }
      return;
    }
    const text = this._trans.__('Deleted %1 variables', names.length);
    const error = await this._changeWithUndo(text, when_busy =>
      model.request('delete', { names, when_busy, ...keep(model, 'delete') })
    );
    if (error) {
      this._noteError(error);
    }
  }

  /** Take the last change back that can be; says why if it cannot. */
  async undo(): Promise<void> {
    const model = this.model!;
    const last = this._undos[this._undos.length - 1];
    if (last === undefined) {
      const text = this._trans.__('There is no change of the last seconds to take back.');
      this._note({ kind: 'info', text, stays_ms: 4000 });
      return;
    }
    await this._takeBack(model, last.id);
  }

  /** Add a rule; resolves as `set` does. */
  async addRule(condition: string, action: 'notify' | 'stop'): Promise<string> {
    return this._try(() => this.model!.rules.add(condition, action));
  }

  /** Copy the name of a row; where several variables are selected, their names, a line each. */
  copyName(row: IVariableRow): void {
    const names = this.selectedNames;
    this._copy(names.length > 1 ? names.join('\n') : row.variable.name);
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

  /** Change something, and offer to take it back; resolves as `set` does. */
  private async _changeWithUndo(
    text: string,
    ask: Ask<IUndoable>,
    otherwise: () => void = () => undefined
  ): Promise<string> {
    const model = this.model!;
    return this._change(ask, ({ undo }) =>
      undo ? this._offerUndo(model, text, undo) : otherwise()
    );
  }

  /**
   * Change something; while a cell runs nothing is changed, but it may be when the cell ends. What
   * is to be done after it gets the answer. Resolves as `set` does.
   */
  private async _change<T>(ask: Ask<T>, then: (answer: T) => void): Promise<string> {
    try {
      then(await ask('refuse'));
      return '';
    } catch (error) {
      if (error instanceof RequestError && error.info.code === ErrorCode.KernelBusy) {
        this._offerLater(() => ask('queue').then(then));
        return '';
      }
      return this.describe(error);
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

  /** Offer to bring back what was there, which the kernel keeps for so long. */
  private _offerUndo(model: VariablesModel, text: string, id: string): void {
    const run = () => void this._takeBack(model, id);
    const dismiss = this._noteUndo(text, UNDO_S * 1000, run);
    this._undos.push({ id, dismiss });
    setTimeout(() => this._forgetUndo(id), UNDO_S * 1000);
  }

  /** Offer to write the value again: a kernel that keeps nothing gives back no object. */
  private _offerToSetAgain(
    model: VariablesModel,
    variable: Variable,
    text: string
  ): void {
    const { name, preview = '' } = variable;
    this._noteUndo(text, 8000, () => {
      model
        .request('set', { name, expression: preview })
        .catch(error => this.tellError(error));
    });
  }

  /** What is told of a deletion: also when its memory is free, where that matters. */
  private _deletedText({ name, nbytes }: Variable, isKept: boolean): string {
    const trans = this._trans;
    return isKept && (nbytes ?? 0) >= LARGE_BYTES
      ? trans.__(
          'Deleted %1. Its %2 are free in %3 s',
          name,
          formatBytes(nbytes!),
          UNDO_S
        )
      : trans.__('Deleted %1', name);
  }

  private _noteUndo(text: string, stays_ms: number, run: () => void): () => void {
    const action = { label: this._trans.__('Undo'), run };
    return this._note({ kind: 'info', text, stays_ms, action });
  }

  private async _takeBack(model: VariablesModel, id: string): Promise<void> {
    this._forgetUndo(id);
    const error = await this._change(
      when_busy => model.request('undo', { id, when_busy }),
      () => undefined
    );
    if (error) {
      this._noteError(error);
    }
  }

  private _forgetUndo(id: string): void {
    const kept = this._undos.find(other => other.id === id);
    this._undos = this._undos.filter(other => other !== kept);
    kept?.dismiss(); // it offers what cannot be done any more
  }

  /** The changes that can be taken back, the oldest first. */
  private _undos: { id: string; dismiss: () => void }[] = [];
}

function isSelectedIn({ selection }: VariablesModel): (variable: Variable) => boolean {
  return ({ path }) => selection.has(keyOf(path));
}

type Ask<T> = (when_busy: 'queue' | 'refuse') => Promise<T>;

/** The answer to a change; with an id if it can be taken back. */
interface IUndoable {
  undo?: string;
}

type Changing = 'set' | 'delete' | 'rename';

/** Whether the kernel can keep what a change replaces. */
function canTakeBack(model: VariablesModel, method: Changing): boolean {
  return model.offers('undo') && model.offers(method, 2);
}

function keep(model: VariablesModel, method: Changing): { keep_s?: number } {
  return canTakeBack(model, method) ? { keep_s: UNDO_S } : {};
}
