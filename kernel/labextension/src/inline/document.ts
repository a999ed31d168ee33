/**
 * Shows one document's values in its cells: hears what runs, asks its model what to show, and paints.
 *
 * Which cell runs is told by Jupyter's own messages, which come in order with those of livens. So
 * when a run is said to be over, all that it stored has been told.
 */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { CodeCell } from '@jupyterlab/cells';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { EditorView } from '@codemirror/view';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ViewOptions } from '../model/options';
import { hiddenFilter } from '../model/rows';
import type { ICellPlace, IDocument } from '../tokens';
import { activeCell, cellOfMessage, type CellsWidget, codeCells, viewOf } from './cells';
import type { Execution } from './execution';
import { hide, showLines, showRun, shows } from './extension';
import type { ILine } from './line';
import { type ICellText, InlineModel } from './model';
import { Pace } from './pace';

/** The values in the cells of one notebook or console. */
export class InlineDocument implements IDisposable {
  constructor(
    readonly widget: CellsWidget,
    private readonly _document: IDocument,
    private readonly _options: ViewOptions
  ) {
    const { context, model } = _document.watch;
    context.iopubMessage.connect(this._onMessage, this);
    context.statusChanged.connect(this._onStatus, this);
    context.kernelChanged.connect(this._clear, this);
    model.changed.connect(this._onChanged, this);
    if (!('console' in widget)) {
      widget.content.cellInViewportChanged.connect(this.refresh, this);
    }
    this.refresh(); // a cell may be running
  }

  readonly model = new InlineModel(place => this._adopt(place));

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Paint anew: editors may have come into sight that show nothing yet. */
  refresh(): void {
    this._isWhole = true;
    this._pace.ask();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._pace.dispose();
    this._hideAll();
    Signal.disconnectReceiver(this);
    Signal.clearData(this);
  }

  /** What the lines of the active cell show, in their order. */
  get linesOfActiveCell(): [number, ILine][] {
    const cell = activeCell(this.widget)?.model.id;
    const found = [...this.model.executions].find(({ info }) => info.cell === cell);
    return found ? [...this.model.linesOf(found)].sort(([a], [b]) => a - b) : [];
  }

  // -- what is told ---------------------------------------------------------------------------

  private _onMessage(_: ISessionContext, message: KernelMessage.IMessage): void {
    const { msg_id } = message.parent_header as { msg_id?: string };
    const { msg_type } = message.header;
    if (!msg_id || (msg_type !== 'execute_input' && msg_type !== 'status')) {
      return;
    }
    if (msg_type === 'execute_input') {
      this._onInput(msg_id, message.content as KernelMessage.IExecuteInputMsg['content']);
    } else if (
      (message.content as { execution_state: string }).execution_state === 'idle'
    ) {
      this._onIdle(msg_id);
    }
  }

  private _onInput(
    msg_id: string,
    { code, execution_count }: KernelMessage.IExecuteInputMsg['content']
  ): void {
    const cell = cellOfMessage(this.widget, msg_id);
    if (!cell) {
      this.model.beginElsewhere(execution_count ?? 0);
      return;
    }
    const info = { msg_id, execution_count, cell: cell.model.id, code, isAssumed: false };
    this._anchor(viewOf(cell), this.model.begin(info));
    this.refresh();
  }

  private _onIdle(msg_id: string): void {
    if (this.model.running?.info.msg_id === msg_id) {
      this.model.end(msg_id, this._take() ? this._document.watch.model : null);
      this.refresh();
    }
  }

  private _onStatus(_: ISessionContext, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this._clear();
    }
  }

  private _onChanged(): void {
    if (this.model.isOwed) {
      this.refresh();
    } else if (this._hasNews) {
      this._pace.ask();
    }
  }

  private get _hasNews(): boolean {
    const { running, isOwed } = this.model;
    return isOwed || running !== null || this._document.watch.model.cell !== null;
  }

  /** Take what the kernel has told; false if nobody knows now what it would tell. */
  private _take(): boolean {
    const { model } = this._document.watch;
    const isLive = model.phase === 'live' && !model.end;
    this.model.isLive = isLive;
    if (isLive) {
      this.model.take(model, hiddenFilter(model, this._options.value));
    }
    return isLive;
  }

  /** The cell of a run that nobody saw, by its id, or by that of what it changed. */
  private _adopt(place: ICellPlace): ICellText | null {
    const count = place.execution_count;
    const id = place.cell_id ?? this._cellIdOf(count ?? null);
    for (const { model } of codeCells(this.widget)) {
      if (id ? model.id === id : count && model.executionCount === count) {
        return { cell: model.id, code: model.sharedModel.getSource() };
      }
    }
    return null;
  }

  private _cellIdOf(execution_count: number | null): string | null {
    for (const { changed_by: origin } of this._document.watch.model.variables.values()) {
      if (origin?.cell_id && origin.execution_count === execution_count) {
        return origin.cell_id;
      }
    }
    return null;
  }

  // -- what is drawn --------------------------------------------------------------------------

  private _paint(): void {
    if (this._isDisposed || !this.widget.isVisible) {
      return;
    }
    const { running } = this.model;
    if (this._hasNews) {
      this._take();
    }
    const cells = new Map<string, CodeCell>();
    for (const cell of codeCells(this.widget)) {
      cells.set(cell.model.id, cell);
    }
    const { executions, active } = this.model;
    const isWhole = this._isWhole || running !== this.model.running;
    this._isWhole = false;
    for (const execution of [...(isWhole ? executions : active)]) {
      const cell = cells.get(execution.info.cell);
      if (cell) {
        this._paintCell(viewOf(cell), execution);
      } else {
        this.model.forget(execution.info.cell);
      }
    }
  }

  private _paintCell(view: EditorView | null, execution: Execution): void {
    if (!view) {
      return; // the cell is far away, and is painted when it comes
    }
    if (view.composing) {
      this.refresh(); // an input method writes: nothing may move
      return;
    }
    this._anchor(view, execution);
    showLines(view, this.model.linesOf(execution));
  }

  private _anchor(view: EditorView | null, execution: Execution): void {
    if (view && !shows(view, execution)) {
      showRun(view, execution, execution.source.code);
    }
  }

  private _clear(): void {
    this.model.clear();
    this._hideAll();
  }

  private _hideAll(): void {
    for (const cell of this.widget.isDisposed ? [] : codeCells(this.widget)) {
      const view = viewOf(cell);
      if (view) {
        hide(view);
      }
    }
  }

  private readonly _pace = new Pace(() => this._paint());
  /** Whether all cells are to be painted, and not only those that the run is in. */
  private _isWhole = true;
  private _isDisposed = false;
}
