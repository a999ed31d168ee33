/**
 * What can be told of a column, and done with it: its figures, its most frequent values, a filter.
 * It stands beside the grid; of an array it also tells of all values at once.
 */

import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { formatCount } from '../model/format';
import type { Column, Comparison, Filter, Statistics } from '../protocol/messages';
import { FilterForm } from './filter_form';
import { statisticsNode } from './statistics';

/** What the pane asks for. */
export interface IPaneActions {
  /** Ask for what can be told of a column, or of all values. */
  statistics(column: number | null, signal: AbortSignal): Promise<Statistics>;
  /** Keep the rows for which one of some comparisons holds; none keeps all of them. */
  filter(column: Column, tests: Comparison[]): void;
  sort(column: Column, isDescending: boolean | null): void;
  close(): void;
  describe(error: unknown): string;
}

/** What the pane is drawn from. */
export interface IPaneState {
  /** The columns that there is to choose from. */
  columns: readonly Column[];
  /** Whether all values can be summed up in one. */
  isArray: boolean;
  /** How it is sorted by the column: null if it is not. */
  isDescending: boolean | null;
  /** The filter of the column alone, if there is one. */
  filter: Filter | null;
  /** What the figures are of: they are asked for again when it differs. */
  version: string;
  canFilter: boolean;
  canSumUp: boolean;
}

const ALL = 'all';

/** The pane; hidden until somebody asks for a column. */
export class ColumnPane extends Widget {
  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _actions: IPaneActions
  ) {
    super();
    this.addClass('lv-ColumnPane');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _trans.__('Column'));
    this.node.tabIndex = -1;
    this._form = new FilterForm(_trans, tests => {
      const column = this._column();
      if (column) {
        this._actions.filter(column, tests);
      }
    });
    this._figures.className = 'lv-Figures';
    this._status.className = 'lv-PaneStatus';
    this._status.setAttribute('role', 'status');
    this.node.append(this._makeHead(), this._form.node, this._status, this._figures);
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        this._actions.close();
      }
    });
    this.hide();
  }

  /** The column that is told of; null for all values. */
  column: number | null = null;

  dispose(): void {
    this._abort?.abort();
    super.dispose();
  }

  /** Tell of a column. */
  choose(column: number | null): void {
    if (column !== this.column || this.isHidden) {
      this.column = column;
      this._known = '';
      this._form.reset();
    }
    this.show();
  }

  /** Draw what there is; figures come when they are there. */
  draw(state: IPaneState): void {
    if (this.isHidden) {
      return;
    }
    this._state = state;
    this._drawSelect(state);
    const column = this._column();
    this._sorts.hidden = column === undefined;
    this._up.setAttribute('aria-pressed', String(state.isDescending === false));
    this._down.setAttribute('aria-pressed', String(state.isDescending === true));
    this._form.node.hidden = column === undefined || !state.canFilter;
    if (column && state.canFilter) {
      this._form.draw(column, state.filter);
    }
    const key = JSON.stringify([this.column, state.version]);
    if (key !== this._known && state.canSumUp) {
      this._known = key;
      void this._load();
    }
  }

  private _column(): Column | undefined {
    return this._state?.columns.find(({ position }) => position === this.column);
  }

  private async _load(): Promise<void> {
    const trans = this._trans;
    this._abort?.abort();
    const abort = new AbortController();
    this._abort = abort;
    this._status.textContent = trans.__('Summing up …');
    this._figures.classList.add('lv-mod-old');
    try {
      const found = await this._actions.statistics(this.column, abort.signal);
      if (this._abort === abort) {
        this._status.textContent = found.sampled
          ? trans.__('Of a sample of %1 rows', formatCount(found.sampled))
          : '';
        this._show(found);
      }
    } catch (error) {
      if (this._abort === abort) {
        this._figures.replaceChildren();
        this._status.textContent = this._actions.describe(error);
      }
    }
  }

  private _show(found: Statistics): void {
    const column = this._column();
    const canFilter = column !== undefined && this._state?.canFilter === true;
    const choose = canFilter ? (value: string) => this._form.toggle(value) : null;
    this._figures.classList.remove('lv-mod-old');
    this._figures.replaceChildren(statisticsNode(found, column, this._trans, choose));
  }

  private _drawSelect({ columns, isArray }: IPaneState): void {
    const options: [string, string][] = columns.map(({ position, label }) => [
      String(position),
      label || String(position)
    ]);
    if (isArray) {
      options.unshift([ALL, this._trans.__('All values')]);
    }
    const key = JSON.stringify(options);
    if (key !== this._options) {
      this._options = key;
      this._select.replaceChildren(
        ...options.map(([value, label]) => new Option(label, value))
      );
    }
    this._select.value = this.column === null ? ALL : String(this.column);
    this._type.textContent = this._column()?.dtype ?? '';
  }

  private _makeHead(): HTMLElement {
    const trans = this._trans;
    const head = document.createElement('div');
    head.className = 'lv-PaneHead';
    this._select.className = 'lv-Select';
    this._select.setAttribute('aria-label', trans.__('Column'));
    this._select.addEventListener('change', () => {
      const { value } = this._select;
      this.choose(value === ALL ? null : Number(value));
      if (this._state) {
        this._onChoose(this._state);
      }
    });
    this._type.className = 'lv-Age';
    const close = this._button('✕', () => this._actions.close());
    close.setAttribute('aria-label', trans.__('Close'));
    close.title = trans.__('Close');
    this._up = this._button(trans.__('Sort Up'), () => this._sort(false));
    this._down = this._button(trans.__('Sort Down'), () => this._sort(true));
    this._sorts.className = 'lv-PaneSorts';
    this._sorts.append(this._up, this._down);
    head.append(this._select, this._type, close, this._sorts);
    return head;
  }

  /** Set by the view: draws again with the state of the column that was chosen. */
  onChoose: () => void = () => undefined;

  private _onChoose(state: IPaneState): void {
    this._state = state;
    this.onChoose();
  }

  private _sort(isDescending: boolean): void {
    const column = this._column();
    if (column) {
      const isSo = this._state?.isDescending === isDescending;
      this._actions.sort(column, isSo ? null : isDescending);
    }
  }

  private _button(label: string, onClick: () => void): HTMLButtonElement {
    const button = document.createElement('button');
    button.className = 'lv-Button';
    button.textContent = label;
    button.addEventListener('click', onClick);
    return button;
  }

  private readonly _form: FilterForm;
  private readonly _select = document.createElement('select');
  private readonly _type = document.createElement('span');
  private readonly _sorts = document.createElement('div');
  private readonly _status = document.createElement('p');
  private readonly _figures = document.createElement('div');
  private _up!: HTMLButtonElement;
  private _down!: HTMLButtonElement;
  private _state: IPaneState | null = null;
  private _abort: AbortController | null = null;
  private _known = '';
  private _options = '';
}
