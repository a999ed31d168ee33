/** What can be done with a table as a whole and with its columns: the pane, code, a file. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { csvLines } from '../model/csv';
import { filterText } from '../model/filters';
import { expressionOf, formatCount, type Path } from '../model/format';
import type { VariablesModel } from '../model/model';
import type { TableModel } from '../model/tables';
import { RequestError } from '../protocol/client';
import type { Column, Comparison, Filter } from '../protocol/messages';
import { ColumnPane } from './column_pane';
import { save } from './saving';

/** What the tools ask of the view. */
export interface IToolsHost {
  model: VariablesModel;
  table: TableModel;
  path: Path;
  trans: TranslationBundle;
  /** Show the text of the filters that are set, or of none. */
  showFilter(text: string): void;
  /** Tell something in the line above the table; an empty text ends it. */
  tell(text: string): void;
  /** The column that the cursor is in. */
  cursor(): number;
  focus(): void;
}

/** The buttons in the line above a table, and the pane beside it. */
export class TableTools {
  constructor(private readonly _host: IToolsHost) {
    const { trans, table } = _host;
    this.node.className = 'lv-TableTools';
    this._column = this._button(
      trans.__('Column'),
      trans.__('Figures, filter and order of a column'),
      () => this.toggle()
    );
    this._code = this._button(
      trans.__('Copy as pandas Code'),
      trans.__('Copy code that has the rows as they are shown'),
      () => void this._copyCode()
    );
    this._csv = this._button(
      trans.__('Save CSV'),
      trans.__('Save all rows that are shown, in their order'),
      () => void this._saveCSV()
    );
    this.pane = new ColumnPane(trans, {
      statistics: (column, signal) =>
        table.requests.statistics(table.shown, column, { signal }),
      filter: (column, tests) => this._filter(column, tests),
      sort: (column, isDescending) => void table.sortBy(column.position, isDescending),
      close: () => this._close(),
      describe
    });
    this.pane.onChoose = () => this.draw();
  }

  readonly node = document.createElement('span');
  readonly pane: ColumnPane;

  dispose(): void {
    this._abort?.abort();
    this.pane.dispose();
  }

  /** Show the pane, or hide it. */
  toggle(): void {
    if (this.pane.isHidden) {
      this.open(this._host.cursor());
    } else {
      this._close();
    }
  }

  /** Tell of a column in the pane. */
  open(column: number | null): void {
    this.pane.choose(column);
    this.draw();
    this.pane.node.focus();
  }

  /** Draw what may have changed. */
  draw(): void {
    const { model, table } = this._host;
    const isLive = model.isConnected && !table.isOld && table.isLoaded;
    const isSecond = model.offers('table', 2);
    this._column.disabled = !table.isLoaded;
    this._column.setAttribute('aria-expanded', String(!this.pane.isHidden));
    this._code.hidden = !model.offers('table.code') || !this._isOfPandas();
    this._code.disabled = !isLive;
    this._csv.hidden = !isSecond;
    this._csv.disabled = !isLive && !this._abort;
    const { column } = this.pane;
    const [key] = table.sort;
    this.pane.draw({
      columns: this._columns(),
      isArray: this._variable()?.kind === 'array',
      isDescending: key && key.column === column ? (key.descending ?? false) : null,
      filter: column === null ? null : (this._filterOf(column) ?? null),
      version: JSON.stringify([table.version, table.slice, table.filters]),
      canFilter: isSecond && isLive,
      canSumUp: model.offers('statistics') && isLive
    });
  }

  private _variable() {
    return this._host.model.find(this._host.path);
  }

  private _isOfPandas(): boolean {
    const { module = '', type = '' } = this._variable() ?? {};
    return (
      module.split('.')[0] === 'pandas' &&
      (type === 'DataFrame' || type === 'Series') &&
      expressionOf(this._host.path) !== null
    );
  }

  private _columns(): Column[] {
    const { columns } = this._host.table;
    return [...columns.values()].sort((a, b) => a.position - b.position);
  }

  /** The filter that is about one column and no other. */
  private _filterOf(column: number): Filter | undefined {
    return this._host.table.filters.find(filter => isAbout(filter, column));
  }

  private _filter({ position }: Column, tests: Comparison[]): void {
    const { table } = this._host;
    const others = table.filters.filter(filter => !isAbout(filter, position));
    const [first, ...alternatives] = tests;
    const own = first
      ? [alternatives.length > 0 ? { ...first, alternatives } : first]
      : [];
    const filters = [...others, ...own];
    this._host.showFilter(filterText(filters, this._columns()));
    void table.filterBy(filters);
  }

  private _close(): void {
    this.pane.hide();
    this.draw();
    this._host.focus();
  }

  private async _copyCode(): Promise<void> {
    const { table, path, trans, tell } = this._host;
    try {
      const code = await table.requests.code(table.shown, expressionOf(path) ?? '');
      await navigator.clipboard.writeText(code);
      tell(trans.__('Copied: %1', code));
    } catch (error) {
      tell(describe(error));
    }
  }

  private async _saveCSV(): Promise<void> {
    const { table, path, trans, tell } = this._host;
    if (this._abort) {
      this._abort.abort();
      return;
    }
    const abort = new AbortController();
    this._abort = abort;
    this._csv.textContent = trans.__('Stop');
    const name = expressionOf(path) ?? 'table';
    try {
      const lines = await csvLines(table, abort.signal, (rows, total) =>
        tell(trans.__('Saving %1 of %2 rows', formatCount(rows), formatCount(total)))
      );
      const content = lines.map(line => `${line}\r\n`);
      save(`${name}.csv`, new Blob(content, { type: 'text/csv;charset=utf-8' }));
      tell(trans.__('Saved %1 rows', formatCount(lines.length - 1)));
    } catch (error) {
      tell(abort.signal.aborted ? trans.__('Nothing was saved') : describe(error));
    } finally {
      this._abort = null;
      this._csv.textContent = trans.__('Save CSV');
    }
  }

  private _button(label: string, title: string, onClick: () => void): HTMLButtonElement {
    const button = document.createElement('button');
    button.className = 'lv-Button';
    button.textContent = label;
    button.title = title;
    button.addEventListener('click', onClick);
    this.node.append(button);
    return button;
  }

  private readonly _column: HTMLButtonElement;
  private readonly _code: HTMLButtonElement;
  private readonly _csv: HTMLButtonElement;
  private _abort: AbortController | null = null;
}

/** Whether a filter is about one column only. */
function isAbout({ column, alternatives = [] }: Filter, position: number): boolean {
  return [column, ...alternatives.map(one => one.column)].every(one => one === position);
}

/** Return in words why something could not be done. */
export function describe(error: unknown): string {
  if (error instanceof RequestError && error.remedy) {
    return `${error.message}. ${error.remedy}`;
  }
  return error instanceof Error ? error.message : String(error);
}
