/** What is for arrays, and for numbers of any table: the slice of an array, and the heat map. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { CellRenderer } from '@lumino/datagrid';
import type { Widget } from '@lumino/widgets';
import type { Path } from '../model/format';
import type { VariablesModel } from '../model/model';
import type { TableModel } from '../model/tables';
import { heatColor, type Range, rangeOf } from './heat';
import { firstSlice, hasSlice, Slicer } from './slicer';

/** Holds the slicer and the heat map of one table. */
export class ArrayTools {
  constructor(
    private readonly _table: TableModel,
    trans: TranslationBundle,
    private readonly _repaint: () => void
  ) {
    this._slicer = new Slicer(trans, slice => void _table.showSlice(slice));
    this.slicer = this._slicer.node;
    this.button = document.createElement('button');
    this.button.className = 'lv-Button';
    this.button.textContent = trans.__('Heat Map');
    this.button.title = trans.__('Colour numbers by their size');
    this.button.setAttribute('aria-pressed', 'false');
    this.button.addEventListener('click', () => this._toggle());
  }

  /** The line of the slicer, and the widget around it. */
  readonly slicer: HTMLElement;
  place: Widget | null = null;
  /** Shows and hides the heat map. */
  readonly button: HTMLButtonElement;

  dispose(): void {
    this._abort?.abort();
  }

  /** Note what the variable is now: an array of other dimensions has other slices. */
  note(model: VariablesModel, path: Path): void {
    const variable = model.find(path);
    const isArray = variable?.kind === 'array' && model.offers('table', 2);
    this._isArray = isArray && model.offers('statistics');
    const shape = isArray ? (variable.shape ?? []) : [];
    const { requests } = this._table;
    if (requests.slice && hasSlice(shape, requests.slice)) {
      // It stays.
    } else if (variable) {
      requests.slice = firstSlice(shape);
    }
    this._shape = shape;
    this.draw();
  }

  /** Draw what may have changed. */
  draw(): void {
    const { slice } = this._table;
    this._slicer.draw(this._shape, slice);
    if (this.place && this.place.isHidden !== (slice === null)) {
      this.place.setHidden(slice === null);
    }
    if (this._isOn && this._isArray) {
      void this._askRange();
    }
  }

  /** The colour behind a cell; empty where there is none. */
  color(config: CellRenderer.CellConfig): string {
    if (!this._isOn || config.region !== 'body') {
      return '';
    }
    const column = this._table.columns.get(config.column);
    const range = this._isArray ? this._range : column ? rangeOf(column) : null;
    return range ? heatColor(config.value, range) : '';
  }

  private _toggle(): void {
    this._isOn = !this._isOn;
    this.button.setAttribute('aria-pressed', String(this._isOn));
    this.button.classList.toggle('lv-mod-on', this._isOn);
    this.draw();
    this._repaint();
  }

  /** Ask between which numbers those of the array, or of the slice, are. */
  private async _askRange(): Promise<void> {
    const { version, slice, isLoaded, isLoading } = this._table;
    const key = JSON.stringify([version, slice]);
    if (key === this._known || !isLoaded || isLoading) {
      return;
    }
    this._known = key;
    this._abort?.abort();
    const abort = new AbortController();
    this._abort = abort;
    try {
      const { requests, shown } = this._table;
      const { signal } = abort;
      const { min, max } = await requests.statistics(shown, null, { signal });
      if (this._abort === abort) {
        const column = { position: 0, label: '', dtype: '', kind: 'number' as const };
        this._range = rangeOf({ ...column, min, max });
        this._repaint();
      }
    } catch {
      this._range = null; // it has no numbers, or none that are known
    }
  }

  private readonly _slicer: Slicer;
  private _shape: readonly number[] = [];
  private _isArray = false;
  private _isOn = false;
  private _range: Range | null = null;
  private _known = '';
  private _abort: AbortController | null = null;
}
