/**
 * Carries out what people ask for in JupyterLab's panel: with its dialogs, its notifications and its
 * clipboard.
 */

import { Clipboard, Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { INote } from '../actions/note';
import { RowActions } from '../actions/row';
import type { VariablesModel } from '../model/model';
import { expressionOfRow, type IVariableRow } from '../model/rows';
import type { EventParams, Variable } from '../protocol/messages';
import type { ICellPlace, IDocument } from '../tokens';
import type { Documents } from './documents';
import { askRestore } from './kept_dialogs';

/** JupyterLab keeps what has gone in its list of notifications. */
const STAYS_MS = 20_000;

/** What can be done with the variables of the document that is followed. */
export class LabActions extends RowActions {
  constructor(
    private readonly _documents: Documents,
    trans: TranslationBundle
  ) {
    super(trans);
  }

  get document(): IDocument | null {
    return this._documents.current;
  }

  /** The document of a path, as soon as it is there; null if it does not come. */
  find(path: string, wait_ms: number): Promise<IDocument | null> {
    return this._documents.find(path, wait_ms);
  }

  get model(): VariablesModel | null {
    return this.document?.watch.model ?? null;
  }

  /** Go to a cell. */
  async goTo(place: ICellPlace): Promise<void> {
    if (!(await this.document?.goTo(place))) {
      Notification.info(this._trans.__('That cell is no longer in this document.'), {
        autoClose: 4000
      });
    }
  }

  /** Show that a rule has fired, with a way to where it did. */
  tell(document: IDocument, event: EventParams): void {
    if (event.kind !== 'rule') {
      return;
    }
    const { origin } = event;
    const label = this._trans.__('Go to the cell');
    const callback = () => void document.goTo(origin ?? {});
    const actions = origin?.execution_count ? [{ label, callback }] : [];
    const text = `${document.widget.title.label}: ${event.message}`;
    Notification.warning(text, { autoClose: STAYS_MS, actions });
  }

  /** Put a name, or what leads to a child, where the cursor is. */
  insert(row: IVariableRow): void {
    const expression = expressionOfRow(row);
    if (expression !== null) {
      this.document?.insert(expression);
    }
  }

  /** Run the document on the livens kernel. */
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
        ),
        { autoClose: STAYS_MS }
      );
      return;
    }
    await context.changeKernel({ name });
  }

  /** Load livens into the kernel of the document, which has it not. */
  async watchKernel(): Promise<void> {
    await this.document?.watch.load();
  }

  /** Whether the kernel of the document has no livens, and may have it loaded. */
  get canWatchKernel(): boolean {
    const watch = this.document?.watch;
    return watch?.model.phase === 'other-kernel' && watch.loading.isPossible;
  }

  /** Put a text into the clipboard. */
  copy(text: string): void {
    this._copy(text);
  }

  async restartKernel(): Promise<void> {
    await this.document?.watch.context.restartKernel();
  }

  /** Restore what an earlier session kept; where some of it exists, let people choose. */
  async restoreKept(): Promise<void> {
    const { states } = this.kept;
    if (states && states.conflicts.length > 0) {
      await this.chooseKept();
    } else {
      await this.kept.restoreMissing();
    }
  }

  /** Let people choose what to restore. */
  async chooseKept(): Promise<void> {
    const { states } = this.kept;
    if (states) {
      await askRestore(states, this.kept, this._trans);
    }
  }

  protected async _confirmDelete(variable: Variable): Promise<boolean> {
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

  protected _note({ text, kind, stays_ms, action }: INote): () => void {
    const actions = action ? [{ label: action.label, callback: action.run }] : [];
    const id = Notification[kind](text, { autoClose: stays_ms ?? STAYS_MS, actions });
    return () => Notification.dismiss(id);
  }

  protected _copy(text: string): void {
    Clipboard.copyToSystem(text);
  }
}
