/**
 * The item in the status bar: how many variables the list has, and how much memory the kernel has.
 *
 * The number is that of the list, and known while the panel is open. The memory is asked of the kernel on control, and
 * only when it has been idle for a while: an answer in a cell would pass for the end of the cell.
 */

import * as React from 'react';
import { VDomModel, VDomRenderer } from '@jupyterlab/apputils';
import { TextItem } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Poll } from '@lumino/polling';
import { formatBytes } from '../model/format';
import type { IModelChange } from '../model/model';
import type { ViewOptions } from '../model/options';
import { count, type ICounts } from '../model/rows';
import { controlMessage } from '../protocol/channel';
import type { IDocuments } from '../tokens';

const INTERVAL_MS = 10_000;
const LONGEST_MS = 120_000;
const QUIET_MS = 2000;

/** What the item shows. */
export class StatusModel extends VDomModel {
  constructor(
    private readonly _documents: IDocuments,
    private readonly _options: ViewOptions
  ) {
    super();
    _options.changed.connect(this._onOptions, this);
    _documents.currentChanged.connect(this._onDocument, this);
    this._poll = new Poll({
      factory: () => this._askMemory(),
      frequency: { interval: INTERVAL_MS, backoff: true, max: LONGEST_MS },
      name: 'livens:memory',
      standby: 'when-hidden'
    });
    this._onDocument();
  }

  /** The memory of the kernel in bytes; null while it is not known. */
  memory: number | null = null;

  /** How many variables the list has and how many are hidden; null while nobody looks. */
  get counts(): ICounts | null {
    const model = this._documents.current?.watch.model;
    return model?.phase === 'live' && !model.end
      ? count(model, this._options.value)
      : null;
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._poll.dispose();
      this._documents.currentChanged.disconnect(this._onDocument, this);
      this._options.changed.disconnect(this._onOptions, this);
      super.dispose();
    }
  }

  private _onDocument(): void {
    this._stop();
    this.memory = null;
    const watch = this._documents.current?.watch;
    if (watch) {
      const onModel = (_: unknown, { isStructural }: IModelChange) => {
        if (isStructural) {
          this._onOptions();
        }
      };
      let quiet = 0;
      const onStatus = () => {
        this._idleSince = watch.kernel?.status === 'idle' ? Date.now() : Infinity;
        clearTimeout(quiet);
        quiet = window.setTimeout(() => void this._poll.refresh(), QUIET_MS);
      };
      watch.model.changed.connect(onModel);
      watch.context.statusChanged.connect(onStatus);
      this._stop = () => {
        watch.model.changed.disconnect(onModel);
        watch.context.statusChanged.disconnect(onStatus);
        clearTimeout(quiet);
      };
      onStatus();
    }
    this.stateChanged.emit();
  }

  /** Tell of another number; whatever else may have changed is not drawn here. */
  private _onOptions(): void {
    const counts = this.counts;
    const known = counts ? `${counts.listed} ${counts.hidden}` : '';
    if (known !== this._known) {
      this._known = known;
      this.stateChanged.emit();
    }
  }

  private async _askMemory(): Promise<void> {
    const kernel = this._documents.current?.watch.kernel;
    const isQuiet = Date.now() - this._idleSince >= QUIET_MS;
    if (!kernel || kernel.isDisposed || kernel.status !== 'idle' || !isQuiet) {
      return;
    }
    const message = controlMessage(kernel, 'usage_request');
    const future = kernel.sendControlMessage(message, true);
    const reply = (await future.done) as unknown as {
      content: { kernel_memory?: number };
    };
    const { kernel_memory: memory } = reply.content;
    if (memory !== undefined && memory !== this.memory) {
      this.memory = memory;
      this.stateChanged.emit();
    }
  }

  private readonly _poll: Poll;
  private _idleSince = Infinity;
  private _known = '';
  private _stop: () => void = () => undefined;
}

/** The item; a click opens the panel. */
export class StatusItem extends VDomRenderer<StatusModel> {
  constructor(
    model: StatusModel,
    private readonly _trans: TranslationBundle,
    private readonly _open: () => void
  ) {
    super(model);
    this.addClass('jp-mod-highlighted');
  }

  protected render(): JSX.Element | null {
    const { counts, memory } = this.model;
    const trans = this._trans;
    const parts = [
      counts === null ? '' : trans._n('%1 variable', '%1 variables', counts.listed),
      memory === null ? '' : formatBytes(memory)
    ].filter(Boolean);
    if (parts.length === 0) {
      return null;
    }
    const hidden = counts?.hidden
      ? trans._n('%1 variable is hidden', '%1 variables are hidden', counts.hidden)
      : '';
    const title = trans.__(
      'Variables in the list and memory of the kernel; click to show the list'
    );
    return (
      <TextItem
        source={parts.join(' · ')}
        title={[title, hidden].filter(Boolean).join('\n')}
        onClick={this._open}
      />
    );
  }
}
