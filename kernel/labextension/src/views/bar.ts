/** The line above a table: a filter, how much there is, and what the kernel is doing. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { formatCount } from '../model/format';
import type { IWork } from '../model/tables';

/** What the line can ask for. */
export interface IBarActions {
  filter(text: string): void;
  cancel(): void;
  useSample(isSample: boolean): void;
  clear(): void;
}

/** What the line tells. */
export interface IBarState {
  text: string;
  isWrong: boolean;
  isFilterWrong: boolean;
  work: IWork | null;
  /** How many rows the kernel works on. */
  rows: number;
  isSampled: boolean;
  /** Whether the kernel can end its work. */
  canCancel: boolean;
  /** Whether sorting and filters may be taken away. */
  canClear: boolean;
}

/** Draws the line; it holds no state but the text of the filter. */
export class TableBar {
  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _actions: IBarActions
  ) {
    const { node } = this;
    node.className = 'lv-TableBar';
    this._input = this._makeFilter();
    this._status.className = 'lv-TableStatus';
    this._status.setAttribute('role', 'status');
    this._progress.className = 'lv-Progress';
    this._progress.setAttribute('aria-label', _trans.__('Progress'));
    this._cancel = this._button(_trans.__('Cancel'), () => {
      this._filterText = null; // it is not what the rows are filtered by
      _actions.cancel();
    });
    this._sample = this._button(_trans.__('Use a Sample'), () =>
      _actions.useSample(true)
    );
    this._all = this._button(_trans.__('Use All Rows'), () => _actions.useSample(false));
    this._clear = this._button(_trans.__('Show Unsorted'), () => _actions.clear());
    node.append(this._input, this._status, this._progress);
    node.append(this._cancel, this._sample, this._all, this._clear);
  }

  readonly node = document.createElement('div');

  /** Show the filters that are set, without asking for them. */
  showFilter(text: string): void {
    this._input.value = text;
    this._filterText = text;
  }

  /** Empty the filter. */
  clearFilter(): void {
    this._input.value = '';
    this._filterText = '';
  }

  /** Show what there is to tell. */
  show(state: IBarState): void {
    const { work } = state;
    this._status.textContent = work ? this._workText(work, state.rows) : state.text;
    this._status.title = this._status.textContent;
    this._status.classList.toggle('lv-mod-wrong', !work && state.isWrong);
    this._input.setCustomValidity(state.isFilterWrong ? state.text : '');
    this._input.setAttribute('aria-invalid', String(state.isFilterWrong));
    this._progress.hidden = work === null;
    this._progress.value = work?.done ?? 0;
    this._cancel.hidden = work === null || !state.canCancel;
    this._sample.hidden = work === null || state.isSampled;
    this._all.hidden = work !== null || !state.isSampled;
    this._clear.hidden = work !== null || !state.canClear;
  }

  private _workText({ doing, done }: IWork, rows: number): string {
    const trans = this._trans;
    const words = {
      filtering: trans.__('Filtering %1 rows', formatCount(rows)),
      sorting: trans.__('Sorting %1 rows', formatCount(rows)),
      'summing up': trans.__('Summing up %1 rows', formatCount(rows)),
      '': ''
    };
    return `${words[doing]} … ${Math.floor(done * 100)} %`;
  }

  private _makeFilter(): HTMLInputElement {
    const trans = this._trans;
    const input = document.createElement('input');
    input.className = 'lv-Filter';
    input.spellcheck = false;
    input.placeholder = trans.__('Filter, such as: price > 10 and name contains ada');
    input.setAttribute('aria-label', trans.__('Filter rows'));
    const filter = () => {
      if (input.value !== this._filterText) {
        this._filterText = input.value;
        this._actions.filter(input.value);
      }
    };
    input.addEventListener('keydown', event => event.key === 'Enter' && filter());
    input.addEventListener('change', filter);
    return input;
  }

  private _button(label: string, onClick: () => void): HTMLButtonElement {
    const button = document.createElement('button');
    button.className = 'lv-Button';
    button.textContent = label;
    button.hidden = true;
    button.addEventListener('click', onClick);
    return button;
  }

  private readonly _input: HTMLInputElement;
  private readonly _status = document.createElement('span');
  private readonly _progress = document.createElement('progress');
  private readonly _cancel: HTMLButtonElement;
  private readonly _sample: HTMLButtonElement;
  private readonly _all: HTMLButtonElement;
  private readonly _clear: HTMLButtonElement;
  /** What was last asked for. */
  private _filterText: string | null = '';
}
