/** What other extensions may ask for. */

import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Token } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';
import type { Watch } from './lab/watch';
import type { VariablesModel } from './model/model';

/** A notebook or a console whose kernel is watched. */
export interface IDocument {
  readonly widget: Widget;
  readonly watch: Watch;
  /** Go to the cell with that id or number, and to the line where one is given. */
  goTo(place: ICellPlace): Promise<boolean>;
  /** Put a text where the cursor is. */
  insert(text: string): boolean;
}

/** A cell, and a line in it counted from 1. */
export interface ICellPlace {
  cell_id?: string | null;
  execution_count?: number | null;
  line?: number | null;
}

/** Follows the notebook or console that the user works in. */
export interface IDocuments extends IDisposable {
  /** The one that is followed; null if there is none. */
  readonly current: IDocument | null;
  /** Emitted when another one is followed. */
  readonly currentChanged: ISignal<IDocuments, IDocument | null>;
  /** Whether somebody looks; nothing is asked of any kernel while nobody does. */
  isWatching: boolean;
}

/** The variables of the kernels that JupyterLab's notebooks and consoles run on. */
export interface ILivens {
  readonly documents: IDocuments;
  /** The variables of the document that is followed. */
  readonly model: VariablesModel | null;
}

export const ILivens = new Token<ILivens>(
  'livens:ILivens',
  'The variables of the kernels that notebooks and consoles run on, live.'
);
