/** What holds the kernel's memory: the variables, the largest first, beside the process's own. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { formatBytes, formatCount } from '../model/format';
import type { HeldMemory, Memory } from '../protocol/messages';
import { type IWatched, TabView } from './tab';
import { describe } from './table_tools';

const LIMIT = 200;
const TIMEOUT_MS = 20_000;

/** A table of the largest variables, which is measured when somebody asks. */
export class MemoryView extends TabView {
  constructor(
    watched: IWatched,
    private readonly _trans: TranslationBundle,
    private readonly _select: (name: string) => void
  ) {
    super(watched, _trans);
    this.addClass('lv-Memory');
    const bar = document.createElement('div');
    bar.className = 'lv-TableBar';
    this._status.className = 'lv-TableStatus';
    this._status.setAttribute('role', 'status');
    this._again.className = 'lv-Button';
    this._again.textContent = _trans.__('Measure Again');
    this._again.addEventListener('click', () => void this._measure());
    bar.append(this._again, this._status);
    this._area.className = 'lv-MemoryArea';
    this._area.tabIndex = 0;
    this._area.setAttribute('role', 'region');
    this._area.setAttribute('aria-label', _trans.__('Memory'));
    this.node.append(bar, this._area);
  }

  /** It is measured once there is a connection; after that only when somebody asks. */
  protected onModel(): void {
    this._again.disabled = !this.model.isConnected;
    if (this.model.isConnected && this.isVisible && !this._isMeasured) {
      void this._measure();
    }
  }

  private async _measure(): Promise<void> {
    const trans = this._trans;
    this._isMeasured = true;
    this._status.textContent = trans.__('Measuring …');
    this._area.classList.add('lv-mod-old');
    try {
      const params = { limit: LIMIT, timeout_ms: TIMEOUT_MS };
      const found = await this.model.request('memory', params);
      this._area.replaceChildren(this._table(found));
      this._area.classList.remove('lv-mod-old');
      this._status.textContent = this._summary(found);
    } catch (error) {
      this._status.textContent = describe(error);
    }
  }

  private _summary({ process_bytes, peak_bytes, total, unmeasured = 0 }: Memory): string {
    const trans = this._trans;
    const parts = [trans._n('%1 variable', '%1 variables', total)];
    if (process_bytes) {
      parts.push(trans.__('the process has %1', formatBytes(process_bytes)));
    }
    if (peak_bytes) {
      parts.push(trans.__('at most it had %1', formatBytes(peak_bytes)));
    }
    if (unmeasured > 0) {
      parts.push(trans.__('%1 not measured in time', formatCount(unmeasured)));
    }
    return parts.join('; ');
  }

  private _table({ variables, process_bytes }: Memory): HTMLElement {
    const trans = this._trans;
    const table = document.createElement('table');
    const head = table.createTHead().insertRow();
    for (const label of [
      trans.__('Variable'),
      trans.__('Type'),
      trans.__('Memory'),
      trans.__('Part of the process'),
      trans.__('Note')
    ]) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.textContent = label;
      head.append(cell);
    }
    const body = table.createTBody();
    const largest = Math.max(1, ...variables.map(({ nbytes }) => nbytes));
    for (const one of variables) {
      body.append(this._row(one, largest, process_bytes ?? null));
    }
    return table;
  }

  private _row(one: HeldMemory, largest: number, process: number | null): HTMLElement {
    const trans = this._trans;
    const { name, type, nbytes, is_all = true, same_as = [] } = one;
    const row = document.createElement('tr');
    const button = document.createElement('button');
    button.className = 'lv-Button';
    button.textContent = name;
    button.title = trans.__('Show %1 in the list', name);
    button.addEventListener('click', () => this._select(name));
    row.insertCell().append(button);
    row.insertCell().textContent = type;
    const size = row.insertCell();
    size.className = 'lv-MemorySize';
    const bar = document.createElement('span');
    bar.className = 'lv-Share';
    bar.style.width = `${(nbytes / largest) * 100}%`;
    const text = document.createElement('span');
    const bytes = formatBytes(nbytes);
    text.textContent = is_all ? bytes : trans.__('at least %1', bytes);
    size.append(bar, text);
    row.insertCell().textContent =
      process === null ? '' : `${((nbytes / process) * 100).toFixed(1)} %`;
    row.insertCell().textContent =
      same_as.length > 0 ? trans.__('the same object as %1', same_as.join(', ')) : '';
    return row;
  }

  private readonly _status = document.createElement('span');
  private readonly _again = document.createElement('button');
  private readonly _area = document.createElement('div');
  private _isMeasured = false;
}
