/** What the widget can do with variables, and what it tells: notes at its foot. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { type ISignal, Signal } from '@lumino/signaling';
import type { INote } from '../actions/note';
import { RowActions } from '../actions/row';
import type { VariablesModel } from '../model/model';
import type { EventParams, Variable } from '../protocol/messages';

/** The actions of one widget. */
export class WidgetActions extends RowActions {
  constructor(
    readonly model: VariablesModel,
    trans: TranslationBundle
  ) {
    super(trans);
  }

  /** What is told now, oldest first. */
  notes: readonly INote[] = [];

  /** Emitted when there are other notes. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Show that a rule has fired. */
  tell(event: EventParams): void {
    if (event.kind === 'rule') {
      this._note({ kind: 'warning', text: event.message, stays_ms: STAYS_MS });
    }
  }

  /** Remove a note. */
  dismiss(note: INote): void {
    if (this.notes.includes(note)) {
      this.notes = this.notes.filter(other => other !== note);
      this._answers.get(note)?.(false);
      this._answers.delete(note);
      this._changed.emit();
    }
  }

  protected _note(note: INote): () => void {
    this.notes = [...this.notes, note].slice(-MOST_NOTES);
    if (note.stays_ms !== undefined) {
      setTimeout(() => this.dismiss(note), note.stays_ms);
    }
    this._changed.emit();
    return () => this.dismiss(note);
  }

  protected _copy(text: string): void {
    navigator.clipboard.writeText(text).catch(() => {
      const message = this._trans.__('This page may not write to the clipboard');
      this._noteError(message);
    });
  }

  protected _confirmDelete(variable: Variable): Promise<boolean> {
    const { name, type } = variable;
    const trans = this._trans;
    return new Promise(resolve => {
      const run = () => resolve(true);
      const note: INote = {
        kind: 'warning',
        text: trans.__(
          'Delete %1? Its value, of type %2, cannot be brought back.',
          name,
          type
        ),
        action: { label: trans.__('Delete'), run }
      };
      this._answers.set(note, resolve);
      this._note(note);
    });
  }

  private readonly _answers = new Map<INote, (answer: boolean) => void>();
  private readonly _changed = new Signal<this, void>(this);
}

const MOST_NOTES = 4;
const STAYS_MS = 20_000;
