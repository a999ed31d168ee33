/** What the panel shows and how: one for all documents, kept over a reload of the page. */

import { type ISignal, Signal } from '@lumino/signaling';
import { type ColumnKey, moved } from './columns';
import { DEFAULT_OPTIONS, type IViewOptions, type SortKey } from './rows';

/** The options of the list, with a signal. */
export class ViewOptions {
  get value(): IViewOptions {
    return this._value;
  }

  /** Emitted when an option has changed. */
  get changed(): ISignal<this, IViewOptions> {
    return this._changed;
  }

  /** Change some of the options. */
  update(options: Partial<IViewOptions>): void {
    this._value = { ...this._value, ...options };
    this._changed.emit(this._value);
  }

  /** Sort by a column; by the same one again: the other way round. */
  sortBy(sort: SortKey): void {
    const isSame = sort === this._value.sort;
    const startsDescending = sort === 'changed' || sort === 'size';
    this.update({
      sort,
      isDescending: isSame ? !this._value.isDescending : startsDescending
    });
  }

  /** Have a column take the place of another one. */
  moveColumn(key: ColumnKey, to: ColumnKey): void {
    this.update({ columns: moved(this._value.columns, key, to) });
  }

  /** Hide a column, or show it again. */
  toggleColumn(key: ColumnKey): void {
    const { hiddenColumns } = this._value;
    const rest = hiddenColumns.filter(hidden => hidden !== key);
    const isHidden = rest.length < hiddenColumns.length;
    this.update({ hiddenColumns: isHidden ? rest : [...rest, key] });
  }

  private _value: IViewOptions = DEFAULT_OPTIONS;
  private readonly _changed = new Signal<this, IViewOptions>(this);
}
