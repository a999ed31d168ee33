/** Carries out what people ask for in the panel; errors of the kernel are told in its words. */

import { Clipboard, Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ErrorCode, RequestError } from './client';
import { isRestorable, type VariablesModel } from './model';
import type { EventParams, Variable } from './protocol';
import { expressionOfRow, type IVariableRow, variableOf } from './rows';
import type { ICellPlace, IDocument, IDocuments } from './tokens';

/** What can be done with variables. */
export class Actions {
  constructor(
    private readonly _documents: IDocuments,
    private readonly _trans: TranslationBundle
  ) {}

  get document(): IDocument | null {
    return this._documents.current;
  }

  get model(): VariablesModel | null {
    return this.document?.watch.model ?? null;
  }

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

  /** Go to a cell. */
  async goTo(place: ICellPlace): Promise<void> {
    if (!(await this.document?.goTo(place))) {
      Notification.info(this._trans.__('That cell is no longer in this document.'), {
        autoClose: 4000
      });
    }
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
      Notification.error(error, { autoClose: 6000 });
    } else if (isDone && canRestore) {
      this._offerUndo(model, variable);
    }
  }

  /** Add a rule; resolves as `set` does. */
  async addRule(condition: string, action: 'notify' | 'stop'): Promise<string> {
    return this._try(() => this.model!.addRule(condition, action));
  }

  /** Tell that a rule has fired, with a way to where it did. */
  tell(document: IDocument, event: EventParams): void {
    if (event.kind !== 'rule') {
      return;
    }
    const { origin } = event;
    const label = this._trans.__('Go to the cell');
    const callback = () => void document.goTo(origin ?? {});
    const actions = origin?.execution_count ? [{ label, callback }] : [];
    const text = `${document.widget.title.label}: ${event.message}`;
    Notification.warning(text, { autoClose: false, actions });
  }

  /** Put a name, or what leads to a child, where the cursor is. */
  insert(row: IVariableRow): void {
    const expression = expressionOfRow(row);
    if (expression !== null) {
      this.document?.insert(expression);
    }
  }

  copyName(row: IVariableRow): void {
    Clipboard.copyToSystem(row.variable.name);
  }

  copyExpression(row: IVariableRow): void {
    Clipboard.copyToSystem(expressionOfRow(row) ?? row.variable.name);
  }

  /** Copy the value's own text, which is asked of the kernel: a preview is shortened. */
  async copyValue(row: IVariableRow): Promise<void> {
    const { model } = this;
    if (!model) {
      return;
    }
    const variable = variableOf(model, row);
    const { path } = variable;
    try {
      const value = await model.request('value', { path, max_chars: 1_000_000 });
      Clipboard.copyToSystem(value.data);
    } catch {
      Clipboard.copyToSystem(variable.preview ?? '');
    }
  }

  /** Have the document run on the livens kernel. */
  async switchKernel(): Promise<void> {
    const context = this.document?.watch.context;
    if (!context) {
      return;
    }
    await context.specsManager.ready;
    const specs = context.specsManager.specs?.kernelspecs ?? {};
    const name = Object.keys(specs).find(
      key => key === 'livens' || /\(livens\)/.test(specs[key]?.display_name ?? '')
    );
    if (!name) {
      Notification.error(
        this._trans.__(
          'The kernel “Python 3 (livens)” is not installed on this server. Install it with: pip install livens'
        )
      );
      return;
    }
    await context.changeKernel({ name });
  }

  async restartKernel(): Promise<void> {
    await this.document?.watch.context.restartKernel();
  }

  /** Tell why a request failed. */
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
    const callback = () => {
      ask().catch(error => {
        // Without an answer it is done all the same: the kernel has it in its queue.
        if (!(error instanceof RequestError) || error.info.code !== ErrorCode.NoAnswer) {
          Notification.error(this.describe(error), { autoClose: 6000 });
        }
      });
      Notification.info(trans.__('It will be done when the cell ends.'), {
        autoClose: 4000
      });
    };
    Notification.info(trans.__('A cell is running: nothing was changed.'), {
      autoClose: 15_000,
      actions: [{ label: trans.__('Change It When the Cell Ends'), callback }]
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

  private async _confirmDelete(variable: Variable): Promise<boolean> {
    const trans = this._trans;
    const result = await showDialog({
      title: trans.__('Delete %1?', variable.name),
      body: trans.__('Its value, of type %1, cannot be brought back.', variable.type),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Delete') })
      ]
    });
    return result.button.accept;
  }

  private _offerUndo(model: VariablesModel, variable: Variable): void {
    const trans = this._trans;
    const { name, preview = '' } = variable;
    Notification.info(trans.__('Deleted %1', name), {
      autoClose: 8000,
      actions: [
        {
          label: trans.__('Undo'),
          callback: () => {
            model.request('set', { name, expression: preview }).catch(error => {
              Notification.error(this.describe(error), { autoClose: 6000 });
            });
          }
        }
      ]
    });
  }
}
