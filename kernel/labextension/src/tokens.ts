/** What other extensions may ask for. */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Token } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';
import type { Loading } from './model/loading';
import type { VariablesModel } from './model/model';
import type { ViewOptions } from './model/options';
import type { EventParams } from './protocol/messages';

/** Keeps the model of a document connected to the document's kernel, while a view is shown. */
export interface IWatch extends IDisposable {
  readonly model: VariablesModel;
  readonly context: ISessionContext;
  readonly kernel: Kernel.IKernelConnection | null;
  /** Emitted when a rule has fired, or a variable was set aside. */
  readonly notified: ISignal<IWatch, EventParams>;
  /** Note whether a view is shown; the kernel is watched while one of them is. */
  setShown(view: object, isShown: boolean): void;
  /** Connect anew, and have the whole state sent. */
  reconnect(): void;
  /** How far livens is on its way into a kernel that has it not. */
  readonly loading: Loading;
  /** Load livens into the kernel, which has it not, and watch it. */
  load(): Promise<void>;
}

/** A notebook or a console whose kernel is watched. */
export interface IDocument {
  readonly widget: Widget;
  readonly watch: IWatch;
  /** Go to the cell with that id or number, and to the line where one is given. */
  goTo(place: ICellPlace): Promise<boolean>;
  /** Put a text where the cursor is. */
  insert(text: string): boolean;
  /** The cell that an element of the document belongs to; missing where there are no cells. */
  cellAt?(node: HTMLElement): ICellPlace | null;
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
  /** The document of a notebook or a console, which may be another than the one that is followed. */
  of(widget: Widget): IDocument | null;
}

/** The variables of the kernels that JupyterLab's notebooks and consoles run on. */
export interface ILivens {
  readonly documents: IDocuments;
  /** The variables of the document that is followed. */
  readonly model: VariablesModel | null;
  /** What the list shows, and how. */
  readonly options: ViewOptions;
}

export const ILivens = new Token<ILivens>(
  'livens:ILivens',
  'The variables of the kernels that notebooks and consoles run on, live.'
);
