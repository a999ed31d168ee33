/** A data grid for a frame or an array: pages on request, sorted and filtered by the kernel. */

import type { TranslationBundle } from '@jupyterlab/translation';
import {
  BasicKeyHandler,
  BasicSelectionModel,
  type CellRenderer,
  DataGrid,
  TextRenderer
} from '@lumino/datagrid';
import type { Message } from '@lumino/messaging';
import { BoxLayout, BoxPanel, Widget } from '@lumino/widgets';
import { parseFilters } from '../model/filters';
import { expressionOf, formatCount, formatShape, type Path } from '../model/format';
import { HEAD_ROWS } from '../model/heads';
import { TableModel } from '../model/tables';
import { TableBar } from './bar';
import { CellEditor, type IChanging } from './cell_editor';
import { onThemeChange, themeOf } from './colors';
import { ArrayTools } from './array_tools';
import { GoTo } from './go_to';
import { HistogramRenderer, LabelRenderer, SortingMouseHandler } from './grid_heads';
import { type IWatched, TabView } from './tab';
import { TableTools } from './table_tools';

const RELOAD_MS = 400;
const HEAD_PX = 22;
const LETTER_PX = 7.3;
const SMALL_LETTER_PX = 6.1;
const NARROWEST_PX = 72;
const WIDEST_PX = 260;
const NARROWEST_LABEL_PX = 48;
const FIT_ROWS = 40;
const PANE_PX = 280;

/** The grid, with a line above it to filter and to tell how much there is. */
export class TableView extends TabView {
  constructor(
    watched: IWatched,
    private readonly _path: Path,
    private readonly _trans: TranslationBundle,
    changing?: IChanging
  ) {
    super(watched, _trans);
    this.addClass('lv-Table');
    const { model } = this;
    const isSecond = () => model.offers('table', 2);
    this._table = new TableModel(model.request.bind(model), _path, isSecond);
    this._bar = new TableBar(_trans, {
      filter: text => this._filter(text),
      cancel: () => this._table.cancel(),
      useSample: isSample => void this._table.useSample(isSample),
      clear: () => this._clear()
    });
    this._grid = this._makeGrid();
    this._tools = this._makeTools();
    this._arrays = new ArrayTools(this._table, _trans, () => this._applyTheme());
    this._bar.node.append(this._arrays.button, this._tools.node);
    if (this.model.offers('table', 2)) {
      this._bar.node.append(new GoTo(_trans, text => this._goTo(text)).node);
    }
    this._editor = changing && this._makeEditor(changing);
    this._table.told = () => this._showStatus();
    this._table.changed.connect(() => this._showStatus());
    this.layout = this._makeLayout();
    onThemeChange(this.node, () => this._applyTheme());
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._editor?.dispose();
    this._table.dispose();
    this._tools.dispose();
    this._arrays.dispose();
    super.dispose();
  }

  protected onAfterAttach(message: Message): void {
    this._applyTheme();
    super.onAfterAttach(message);
  }

  protected onAfterShow(message: Message): void {
    this._applyTheme();
    super.onAfterShow(message);
  }

  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this._grid.node.focus();
  }

  /** Load anew when the variable is not what it was. */
  protected onModel(): void {
    const { model } = this;
    this._showStatus();
    if (!model.isConnected || !this.isVisible) {
      return;
    }
    this._arrays.note(model, this._path);
    const variable = model.variables.get(String(this._path[0]?.[1]));
    const state = variable ? `${variable.version}/${variable.changed_at}` : 'gone';
    const version = `${model.connection}/${state}`;
    if (version !== this._version && this._timer === 0) {
      const isFirst = this._version === '';
      this._timer = window.setTimeout(
        () => {
          if (!this.model.isConnected) {
            this._timer = 0; // a comm that is not open yet loses what is asked; it is asked then
            return;
          }
          this._version = version;
          this._told = '';
          // Where the kernel answers at the end of a cell, questions must not pile up.
          void this._table.reload().then(() => {
            this._timer = 0;
            this.onModel();
          });
        },
        isFirst ? 0 : RELOAD_MS
      );
    }
  }

  private _makeLayout(): BoxLayout {
    const layout = new BoxLayout({ direction: 'top-to-bottom', spacing: 0 });
    const body = new BoxPanel({ direction: 'left-to-right', spacing: 0 });
    body.addWidget(this._grid);
    body.addWidget(this._tools.pane);
    BoxLayout.setStretch(this._grid, 1);
    BoxLayout.setStretch(this._tools.pane, 0);
    BoxLayout.setSizeBasis(this._tools.pane, PANE_PX);
    const heads = [this._bar.node, this._arrays.slicer].map(node => new Widget({ node }));
    for (const head of heads) {
      layout.addWidget(head);
      BoxLayout.setStretch(head, 0);
      BoxLayout.setSizeBasis(head, 34);
    }
    this._arrays.place = heads[1]!;
    layout.addWidget(body);
    BoxLayout.setStretch(body, 1);
    return layout;
  }

  private _makeTools(): TableTools {
    return new TableTools({
      model: this.model,
      table: this._table,
      path: this._path,
      trans: this._trans,
      showFilter: text => {
        this._problem = '';
        this._bar.showFilter(text);
      },
      tell: text => {
        this._told = text;
        this._showStatus();
      },
      cursor: () => {
        const selection = this._grid.selectionModel;
        const column = selection && !selection.isEmpty ? selection.cursorColumn : 0;
        return Math.max(0, column);
      },
      focus: () => this._grid.node.focus()
    });
  }

  private _filter(text: string): void {
    this._told = '';
    try {
      const filters = parseFilters(text, [...this._table.columns.values()]);
      this._problem = '';
      void this._table.filterBy(filters);
    } catch (error) {
      this._problem = (error as Error).message;
    }
    this._showStatus();
  }

  private _clear(): void {
    this._bar.clearFilter();
    this._problem = '';
    void this._table.clear();
  }

  /** Show and select a row or a column; resolves to an empty text, or to what is wrong. */
  private async _goTo(text: string): Promise<string> {
    const trans = this._trans;
    try {
      const { row, column } = await this._table.find(text);
      if (row < 0 && column < 0) {
        return trans.__('No row or column “%1”', text);
      }
      const last = column < 0 ? this._table.shape[1] - 1 : column;
      const [r, c] = [Math.max(0, row), Math.max(0, column)];
      const bottom = row < 0 ? this._table.total - 1 : row;
      this._grid.scrollToCell(r, c);
      this._grid.selectionModel?.select({
        ...{ r1: r, c1: c, r2: bottom, c2: last },
        ...{ cursorRow: r, cursorColumn: c, clear: 'all' }
      });
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  private _makeEditor(changing: IChanging): CellEditor {
    return new CellEditor({
      ...changing,
      grid: this._grid,
      trans: this._trans,
      model: () => this.model,
      isTime: column => /^datetime64/.test(this._table.columns.get(column)?.dtype ?? ''),
      pathOf: (row, column) => {
        const canSet = this.model.isConnected && this.model.offers('set', 2);
        return canSet ? this._table.cellPath(row, column) : null;
      }
    });
  }

  private _makeGrid(): DataGrid {
    const grid = new DataGrid({
      defaultSizes: {
        rowHeight: 22,
        columnWidth: 120,
        rowHeaderWidth: 72,
        columnHeaderHeight: HEAD_PX
      },
      headerVisibility: 'all'
    });
    grid.addClass('lv-Grid');
    grid.node.tabIndex = 0;
    grid.node.setAttribute('role', 'region');
    grid.node.setAttribute(
      'aria-label',
      this._trans.__('Table %1', expressionOf(this._path) ?? '')
    );
    grid.dataModel = this._table;
    grid.keyHandler = new BasicKeyHandler();
    grid.mouseHandler = new SortingMouseHandler(
      column => void this._table.sortBy(column),
      column => this._tools.open(column)
    );
    grid.selectionModel = new BasicSelectionModel({ dataModel: this._table });
    return grid;
  }

  /** Draw in the colours of the theme, which a canvas cannot read by itself. */
  private _applyTheme(): void {
    const read = themeOf(this.node);
    const font = `12px ${read('--jp-code-font-family') || 'monospace'}`;
    const textColor = read('--jp-ui-font-color1');
    const dim = read('--jp-ui-font-color2');
    const line = read('--jp-border-color2');
    const headColor = read('--jp-layout-color2');
    this._grid.style = {
      ...DataGrid.defaultStyle,
      voidColor: read('--jp-layout-color1'),
      backgroundColor: read('--jp-layout-color1'),
      headerBackgroundColor: headColor,
      gridLineColor: line,
      headerGridLineColor: line,
      selectionFillColor: 'rgba(33, 150, 243, 0.2)',
      selectionBorderColor: read('--jp-brand-color1'),
      headerSelectionFillColor: 'rgba(33, 150, 243, 0.12)',
      headerSelectionBorderColor: read('--jp-brand-color1'),
      cursorFillColor: 'rgba(33, 150, 243, 0.25)',
      cursorBorderColor: read('--jp-brand-color1')
    };
    const isRight = ({ metadata }: CellRenderer.CellConfig) =>
      metadata.type === 'number' ? 'right' : 'left';
    const isMissing = ({ metadata }: CellRenderer.CellConfig) =>
      metadata.isMissing === true;
    const body = new TextRenderer({
      backgroundColor: config => this._arrays.color(config),
      font: config => (isMissing(config) ? `italic ${font}` : font),
      textColor: config => (isMissing(config) ? dim : textColor),
      horizontalAlignment: isRight
    });
    const bold = new TextRenderer({ font: `bold ${font}`, textColor });
    const label = new LabelRenderer({ font: `bold ${font}`, textColor });
    const small = new TextRenderer({
      font: font.replace('12px', '10px'),
      textColor: dim
    });
    const bars = new HistogramRenderer(read('--jp-brand-color1'), dim, headColor);
    const side = new TextRenderer({ font, textColor: dim });
    this._grid.cellRenderers.update({
      body,
      'row-header': side,
      'corner-header': side,
      'column-header': ({ row }: CellRenderer.CellConfig) => {
        const kind = this._table.heads.kindOf(row);
        return kind < 0 ? bold : kind === 0 ? label : kind < HEAD_ROWS - 1 ? small : bars;
      }
    });
  }

  /** Make the columns as wide as the first rows and their head need. */
  private _fitColumns(): void {
    const { columns, shape, heads } = this._table;
    this._fitLabels();
    for (const [position, column] of columns) {
      const head = this._table.data('column-header', heads.count - 2, position) as string;
      const key = `${column.label}/${head.length}`;
      if (this._fitted.get(position) === key || position >= shape[1]) {
        continue;
      }
      this._fitted.set(position, key);
      const texts = [`${column.levels?.at(-1) ?? column.label}     `];
      for (let row = 0; row < Math.min(FIT_ROWS, this._table.total); row++) {
        texts.push(String(this._table.data('body', row, position)));
      }
      const longest = Math.max(...texts.map(text => text.length));
      const width = Math.max(
        NARROWEST_PX,
        20 + longest * LETTER_PX,
        20 + head.length * SMALL_LETTER_PX
      );
      this._grid.resizeColumn('body', position, Math.min(WIDEST_PX, width));
    }
  }

  /** Make the labels of the rows, and each of their levels, as wide as the first ones need. */
  private _fitLabels(): void {
    const { heads, total } = this._table;
    for (let level = 0; level < heads.rowLevels; level++) {
      let longest = heads.names[level]?.length ?? 0;
      for (let row = 0; row < Math.min(FIT_ROWS, total); row++) {
        const text = String(this._table.data('row-header', row, level));
        longest = Math.max(longest, text.length);
      }
      const digits = heads.rowLevels === 1 ? String(total).length : 0;
      const width = 18 + Math.max(longest, digits) * LETTER_PX;
      const px = Math.min(WIDEST_PX, Math.max(NARROWEST_LABEL_PX, Math.ceil(width)));
      if (px > this._grid.columnSize('row-header', level)) {
        this._grid.resizeColumn('row-header', level, px);
      }
    }
  }

  private _showStatus(): void {
    if (this.isDisposed) {
      return;
    }
    const trans = this._trans;
    const table = this._table;
    const { total, shape, sampled, filters } = table;
    this._fitColumns();
    const size = formatShape(shape);
    const parts = table.isLoaded ? [size] : [];
    if (filters.length > 0) {
      // `_n` writes the number itself as %1, without its commas.
      const rows = trans._n('%2 row of', '%2 rows of', total, formatCount(total));
      parts.unshift(rows);
    }
    if (sampled !== null) {
      parts.push(trans.__('(of a sample of %1 rows)', formatCount(sampled)));
    }
    const reason = this._reason();
    const problem = this._problem || reason || table.error;
    this._bar.show({
      text: problem || this._told || parts.join(' '),
      isWrong: problem !== '',
      isFilterWrong: this._problem !== '',
      work: reason || !this.model.isConnected ? null : table.work,
      rows: shape[0],
      isSampled: sampled !== null,
      canCancel: this.model.offers('cancel'),
      canClear:
        this.model.isConnected &&
        table.isOld &&
        (table.sort.length > 0 || filters.length > 0)
    });
    this._tools.draw();
    this._arrays.draw();
    this.toggleClass('lv-mod-old', table.isLoaded && table.isOld);
    this.toggleClass('lv-mod-loading', table.isLoaded && table.isLoading);
    this.toggleClass('lv-mod-empty', !table.isLoaded && problem !== '');
  }

  /** Why the cells are not those of the table; the tab says it of the kernel and the connection. */
  private _reason(): string {
    if (!this.model.isConnected || !this._table.isOld) {
      return '';
    }
    const trans = this._trans;
    const why = this._table.error || trans.__('Cancelled');
    return trans.__('%1. These are the last known values.', why);
  }

  private readonly _table: TableModel;
  private readonly _bar: TableBar;
  private readonly _grid: DataGrid;
  private readonly _editor: CellEditor | undefined;
  private readonly _fitted = new Map<number, string>();
  private readonly _tools: TableTools;
  private readonly _arrays: ArrayTools;
  private _problem = '';
  /** What was done last with the whole table. */
  private _told = '';
  private _version = '';
  private _timer = 0;
}
