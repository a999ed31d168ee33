/**
 * Shows values in the cells of all notebooks and consoles in sight, while that is switched on.
 *
 * A kernel is watched for it while its document is in sight, if it is a livens kernel. One of another
 * name is not asked for this alone: its values are shown while the panel watches it, and from then on.
 */

import type { IConsoleTracker } from '@jupyterlab/console';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { ViewOptions } from '../model/options';
import { IMPLEMENTATION, infoOf } from '../protocol/channel';
import type { IDocument, IDocuments } from '../tokens';
import type { CellsWidget } from './cells';
import { InlineDocument } from './document';

/** The notebooks and consoles whose cells show values. */
export class InlineTracker {
  constructor(
    private readonly _documents: IDocuments,
    private readonly _options: ViewOptions,
    notebooks: INotebookTracker,
    consoles: IConsoleTracker | null
  ) {
    for (const tracker of [notebooks, consoles]) {
      tracker?.forEach((widget: CellsWidget) => this._add(widget));
      tracker?.widgetAdded.connect((_: unknown, widget: CellsWidget) =>
        this._add(widget)
      );
    }
  }

  get isOn(): boolean {
    return this._isOn;
  }

  set isOn(isOn: boolean) {
    if (isOn !== this._isOn) {
      this._isOn = isOn;
      this.update();
    }
  }

  /** Begin or end with each document: call it when one may have come into sight or gone out of it. */
  update(): void {
    this._widgets.forEach(widget => this._updateOne(widget));
  }

  /** The values in the cells of a document; undefined if they are not shown. */
  of(document: IDocument | null): InlineDocument | undefined {
    return document ? this._shown.get(document.widget as CellsWidget) : undefined;
  }

  private _add(widget: CellsWidget): void {
    this._widgets.add(widget);
    const { sessionContext } = widget;
    const update = () => this._updateOne(widget);
    sessionContext.statusChanged.connect(update);
    sessionContext.kernelChanged.connect(update);
    widget.disposed.connect(() => {
      this._hide(widget);
      this._widgets.delete(widget);
    });
    void widget.revealed.then(update, () => undefined);
  }

  private _updateOne(widget: CellsWidget): void {
    if (!this._isOn || widget.isDisposed) {
      this._hide(widget);
      return;
    }
    const shown = this._shown.get(widget);
    if (!shown && !widget.isVisible) {
      return; // nobody has seen it so far
    }
    const document = this._documents.of(widget);
    if (!document) {
      return;
    }
    if (shown) {
      shown.refresh();
    } else {
      this._shown.set(widget, new InlineDocument(widget, document, this._options));
    }
    void this._watch(widget, document);
  }

  /** Have the kernel watched while its document is in sight. */
  private async _watch(widget: CellsWidget, { watch }: IDocument): Promise<void> {
    const { kernel, model } = watch;
    if (!widget.isVisible || !kernel) {
      watch.setShown(this, false);
      return;
    }
    const isWatched = model.phase === 'live' || (await this._isOurs(kernel));
    if (isWatched && this._isOn && widget.isVisible && !watch.isDisposed) {
      watch.setShown(this, true);
    }
  }

  private _hide(widget: CellsWidget): void {
    const shown = this._shown.get(widget);
    if (shown) {
      this._shown.delete(widget);
      shown.dispose();
      this._documents.of(widget)?.watch.setShown(this, false);
    }
  }

  /** Ask each kernel once. */
  private _isOurs(kernel: Kernel.IKernelConnection): Promise<boolean> {
    let answer = this._answers.get(kernel);
    if (!answer) {
      answer = infoOf(kernel).then(
        info => info.implementation === IMPLEMENTATION,
        () => false
      );
      this._answers.set(kernel, answer);
    }
    return answer;
  }

  private readonly _answers = new WeakMap<Kernel.IKernelConnection, Promise<boolean>>();
  private readonly _widgets = new Set<CellsWidget>();
  private readonly _shown = new Map<CellsWidget, InlineDocument>();
  private _isOn = false;
}
