/** The line above a plot: which curves, over which axis, and what is saved. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Axis } from '../model/curves';
import { describe } from './table_tools';

/** Where the records of earlier runs come from, beside files of the person's own. */
export interface IRunSource {
  /** The names of the records that there are. */
  list(): Promise<string[]>;
  /** The text of one of them. */
  read(name: string): Promise<string>;
}

/** What the line can ask for. */
export interface IPlotActions {
  add(name: string): void;
  remove(name: string): void;
  setAxis(axis: Axis): void;
  setLog(isLog: boolean): void;
  /** Set an earlier run behind the curves, or none; throws if it is no record. */
  setRun(run: { name: string; text: string } | null): void;
  savePNG(): void;
  saveCSV(): void;
}

/** What the line shows. */
export interface IPlotState {
  names: readonly string[];
  /** The variables that can be added. */
  others: readonly string[];
  axis: Axis;
  isLog: boolean;
  /** The earlier run that stands behind; empty if there is none. */
  run: string;
  status: string;
}

const NONE = '';
const OPEN = 'open';
const RECORD = 'record:';

/** Draws the line. */
export class PlotBar {
  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _runs: IRunSource | null,
    private readonly _actions: IPlotActions
  ) {
    const trans = _trans;
    this.node.className = 'lv-TableBar';
    this._names.className = 'lv-CurveNames';
    this._add = this._select(trans.__('Add a variable'), value => {
      this._add.value = '';
      if (value) {
        _actions.add(value);
      }
    });
    const axis = this._select(trans.__('Horizontal axis'), value =>
      _actions.setAxis(value as Axis)
    );
    axis.append(
      new Option(trans.__('Time'), 'time'),
      new Option(trans.__('Seconds since the beginning'), 'elapsed'),
      new Option(trans.__('Steps'), 'step')
    );
    this._axis = axis;
    this._log = this._button(trans.__('Log Scale'), () =>
      _actions.setLog(this._log.getAttribute('aria-pressed') !== 'true')
    );
    this._run = this._select(
      trans.__('Earlier run behind'),
      value => void this._choose(value)
    );
    this._run.addEventListener('focus', () => void this._list());
    this._run.addEventListener('mousedown', () => void this._list());
    this._file.type = 'file';
    this._file.accept = '.jsonl';
    this._file.hidden = true;
    this._file.setAttribute('aria-label', trans.__('Record of an earlier run'));
    this._file.addEventListener('change', () => void this._read());
    this._status.className = 'lv-TableStatus';
    this._status.setAttribute('role', 'status');
    const hint = document.createElement('span');
    hint.className = 'lv-Age';
    hint.textContent = trans.__('drag to zoom, double-click to zoom out');
    this.node.append(this._names, this._add, axis, this._log, this._run, this._file);
    this.node.append(this._status, hint);
    this.node.append(
      this._button(trans.__('Save PNG'), () => _actions.savePNG()),
      this._button(trans.__('Save CSV'), () => _actions.saveCSV())
    );
    this._drawRuns();
  }

  readonly node = document.createElement('div');

  /** Show what there is to tell. */
  show(state: IPlotState): void {
    const trans = this._trans;
    this._state = state;
    const key = JSON.stringify([state.names, state.others]);
    if (key !== this._known) {
      this._known = key;
      this._names.replaceChildren(...state.names.map(name => this._chip(name)));
      const choices = state.others.map(name => new Option(name, name));
      this._add.replaceChildren(new Option(trans.__('Add …'), ''), ...choices);
      this._add.disabled = choices.length === 0;
    }
    this._axis.value = state.axis;
    this._log.setAttribute('aria-pressed', String(state.isLog));
    this._drawRuns();
    this._status.textContent = this._problem || state.status;
    this._status.classList.toggle('lv-mod-wrong', this._problem !== '');
  }

  private _chip(name: string): HTMLElement {
    const chip = document.createElement('span');
    const label = document.createElement('strong');
    label.textContent = name;
    chip.append(label);
    if (this._state && this._state.names.length > 1) {
      const remove = this._button('✕', () => this._actions.remove(name));
      remove.setAttribute('aria-label', this._trans.__('Remove %1', name));
      chip.append(remove);
    }
    return chip;
  }

  /** Look for the records that there are, at most once for each time it is opened. */
  private async _list(): Promise<void> {
    if (!this._runs) {
      return;
    }
    this._records = await this._runs.list().catch(() => []);
    this._drawRuns();
  }

  private _drawRuns(): void {
    const trans = this._trans;
    const run = this._state?.run ?? '';
    const names = [...new Set([...this._records, ...(run ? [run] : [])])];
    const key = JSON.stringify([names, run]);
    if (key !== this._knownRuns) {
      this._knownRuns = key;
      this._run.replaceChildren(
        new Option(trans.__('No earlier run'), NONE),
        ...names.map(name => new Option(name, RECORD + name)),
        new Option(trans.__('Open a record …'), OPEN)
      );
    }
    this._run.value = run ? RECORD + run : NONE;
  }

  private async _choose(value: string): Promise<void> {
    if (value === OPEN) {
      this._run.value = this._state?.run ? RECORD + this._state.run : NONE;
      this._file.click();
    } else if (value === NONE) {
      this._set(null);
    } else if (this._runs) {
      const name = value.slice(RECORD.length);
      try {
        this._set({ name, text: await this._runs.read(name) });
      } catch (error) {
        this._tell(error);
      }
    }
  }

  private async _read(): Promise<void> {
    const [file] = this._file.files ?? [];
    if (file) {
      this._set({ name: file.name, text: await file.text() });
    }
    this._file.value = '';
  }

  private _set(run: { name: string; text: string } | null): void {
    try {
      this._problem = '';
      this._actions.setRun(run);
    } catch (error) {
      this._tell(error);
    }
  }

  private _tell(error: unknown): void {
    this._problem = describe(error);
    if (this._state) {
      this.show(this._state);
    }
  }

  private _select(label: string, onChange: (value: string) => void): HTMLSelectElement {
    const select = document.createElement('select');
    select.className = 'lv-Select';
    select.setAttribute('aria-label', label);
    select.title = label;
    select.addEventListener('change', () => onChange(select.value));
    return select;
  }

  private _button(label: string, onClick: () => void): HTMLButtonElement {
    const made = document.createElement('button');
    made.className = 'lv-Button';
    made.textContent = label;
    made.addEventListener('click', onClick);
    return made;
  }

  private readonly _names = document.createElement('span');
  private readonly _add: HTMLSelectElement;
  private readonly _axis: HTMLSelectElement;
  private readonly _log: HTMLButtonElement;
  private readonly _run: HTMLSelectElement;
  private readonly _file = document.createElement('input');
  private readonly _status = document.createElement('span');
  private _records: string[] = [];
  private _problem = '';
  private _known = '';
  private _knownRuns = '';
  private _state: IPlotState | null = null;
}
