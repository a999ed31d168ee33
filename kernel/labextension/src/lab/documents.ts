/** Follows the notebook or console that the user works in; each keeps its own state. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ConsolePanel, IConsoleTracker } from '@jupyterlab/console';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { type ISignal, Signal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';
import type { EventParams } from '../protocol/messages';
import type { ICellPlace, IDocument, IDocuments } from '../tokens';
import type { IWatchOptions } from './subscription';
import { Watch } from './watch';

/** How often it is looked for a document that is being opened. */
const LOOK_MS = 50;

/** The notebooks and consoles that are open. */
export class Documents implements IDocuments {
  constructor(
    private readonly _shell: JupyterFrontEnd.IShell,
    private readonly _notebooks: INotebookTracker,
    private readonly _consoles: IConsoleTracker | null,
    private _options: IWatchOptions
  ) {
    _shell.currentChanged?.connect(this._follow, this);
    _notebooks.currentChanged.connect(this._follow, this);
    _consoles?.currentChanged.connect(this._follow, this);
    this._follow();
  }

  get current(): IDocument | null {
    return this._current;
  }

  get currentChanged(): ISignal<this, IDocument | null> {
    return this._currentChanged;
  }

  /** Emitted when a rule has fired, in any of the documents. */
  get notified(): ISignal<this, { document: IDocument; event: EventParams }> {
    return this._notified;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get isWatching(): boolean {
    return this._isWatching;
  }

  set isWatching(isWatching: boolean) {
    this._isWatching = isWatching;
    if (this._current) {
      this._current.watch.setShown(this, isWatching);
    }
  }

  of(widget: Widget): IDocument | null {
    if (this._isDisposed || widget.isDisposed) {
      return null;
    }
    if (this._notebooks.has(widget)) {
      return this._documentOfNotebook(widget as NotebookPanel);
    }
    return this._consoles?.has(widget)
      ? this._documentOfConsole(widget as ConsolePanel)
      : null;
  }

  /** The document of a path; of one that is being opened as soon as it is there, or null. */
  async find(path: string, wait_ms = 0): Promise<IDocument | null> {
    const trackers = [this._notebooks, this._consoles];
    const look = () => {
      for (const tracker of trackers) {
        const widget = tracker?.find(
          ({ sessionContext }: NotebookPanel | ConsolePanel) =>
            sessionContext.path === path
        );
        if (widget) {
          return this.of(widget);
        }
      }
      return null;
    };
    const end = Date.now() + wait_ms;
    for (let found = look(); ; found = look()) {
      if (found || Date.now() >= end) {
        return found;
      }
      await new Promise(resolve => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Change what is asked of all kernels. */
  setOptions(options: IWatchOptions): void {
    this._options = options;
    this._documents.forEach(document => document.watch.setOptions(options));
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._shell.currentChanged?.disconnect(this._follow, this);
    this._notebooks.currentChanged.disconnect(this._follow, this);
    this._consoles?.currentChanged.disconnect(this._follow, this);
    this._documents.forEach(document => document.watch.dispose());
    this._documents.clear();
    Signal.clearData(this);
  }

  /** Follow the current widget if it has a kernel of its own, else stay where we are. */
  private _follow(): void {
    const widget = this._shell.currentWidget;
    if (widget && this._notebooks.has(widget)) {
      this._setCurrent(this._documentOfNotebook(widget as NotebookPanel));
    } else if (widget && this._consoles?.has(widget)) {
      this._setCurrent(this._documentOfConsole(widget as ConsolePanel));
    } else if (!this._current || this._current.widget.isDisposed) {
      this._setCurrent(this._anyDocument());
    }
  }

  private _anyDocument(): IDocument | null {
    const notebook = this._notebooks.currentWidget;
    if (notebook && !notebook.isDisposed) {
      return this._documentOfNotebook(notebook);
    }
    const console = this._consoles?.currentWidget;
    return console && !console.isDisposed ? this._documentOfConsole(console) : null;
  }

  private _setCurrent(document: IDocument | null): void {
    if (document === this._current) {
      return;
    }
    if (this._current && !this._current.watch.isDisposed) {
      this._current.watch.setShown(this, false);
    }
    this._current = document;
    if (document) {
      document.watch.setShown(this, this._isWatching);
    }
    this._currentChanged.emit(document);
  }

  private _documentOfNotebook(panel: NotebookPanel): IDocument {
    return this._documentOf(panel, () => new NotebookDocument(panel, this._options));
  }

  private _documentOfConsole(panel: ConsolePanel): IDocument {
    return this._documentOf(panel, () => new ConsoleDocument(panel, this._options));
  }

  private _documentOf(widget: Widget, make: () => AnyDocument): IDocument {
    const known = this._documents.get(widget);
    if (known) {
      return known;
    }
    const document = make();
    this._documents.set(widget, document);
    document.watch.notified.connect((_, event) =>
      this._notified.emit({ document, event })
    );
    widget.disposed.connect(() => {
      this._documents.delete(widget);
      document.watch.dispose();
      this._follow();
    });
    return document;
  }

  private _current: IDocument | null = null;
  private _isDisposed = false;
  private _isWatching = false;
  private readonly _documents = new Map<Widget, AnyDocument>();
  private readonly _notified = new Signal<
    this,
    { document: IDocument; event: EventParams }
  >(this);
  private readonly _currentChanged = new Signal<this, IDocument | null>(this);
}

/** A document with the watch of its kernel. */
abstract class WatchedDocument<
  T extends NotebookPanel | ConsolePanel
> implements IDocument {
  constructor(
    readonly widget: T,
    options: IWatchOptions
  ) {
    this.watch = new Watch(widget.sessionContext, options);
  }

  readonly watch: Watch;

  abstract goTo(place: ICellPlace): Promise<boolean>;

  abstract insert(text: string): boolean;
}

class NotebookDocument extends WatchedDocument<NotebookPanel> {
  async goTo(place: ICellPlace): Promise<boolean> {
    const { content } = this.widget;
    const index = content.widgets.findIndex(({ model }) =>
      place.cell_id
        ? model.id === place.cell_id
        : 'executionCount' in model && model.executionCount === place.execution_count
    );
    if (index < 0) {
      return false;
    }
    content.activeCellIndex = index;
    await content.scrollToItem(index, 'smart');
    const cell = content.widgets[index];
    await cell?.ready;
    if (place.line && cell?.editor) {
      const position = { line: place.line - 1, column: 0 };
      cell.editor.setCursorPosition(position);
      cell.editor.revealPosition(position);
    }
    content.activate();
    return true;
  }

  cellAt(node: HTMLElement): ICellPlace | null {
    const cell = this.widget.content.widgets.find(widget => widget.node === node);
    if (cell?.model.type !== 'code') {
      return null;
    }
    const count = 'executionCount' in cell.model ? cell.model.executionCount : null;
    return { cell_id: cell.model.id, execution_count: count as number | null };
  }

  insert(text: string): boolean {
    const { content } = this.widget;
    const editor = content.activeCell?.editor;
    if (!editor?.replaceSelection) {
      return false;
    }
    content.mode = 'edit';
    editor.replaceSelection(text);
    editor.focus();
    return true;
  }
}

class ConsoleDocument extends WatchedDocument<ConsolePanel> {
  async goTo(place: ICellPlace): Promise<boolean> {
    const { cells } = this.widget.console;
    for (const cell of cells) {
      const { model } = cell;
      if ('executionCount' in model && model.executionCount === place.execution_count) {
        cell.node.scrollIntoView({ block: 'nearest' });
        return true;
      }
    }
    return false;
  }

  insert(text: string): boolean {
    const editor = this.widget.console.promptCell?.editor;
    if (!editor?.replaceSelection) {
      return false;
    }
    editor.replaceSelection(text);
    editor.focus();
    return true;
  }
}

type AnyDocument = NotebookDocument | ConsoleDocument;
