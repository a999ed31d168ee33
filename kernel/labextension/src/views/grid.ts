/** A data grid for a frame or an array: pages on request, sorted and filtered by the kernel. */

import type { TranslationBundle } from '@jupyterlab/translation';
import {
  BasicKeyHandler,
  BasicMouseHandler,
  BasicSelectionModel,
  CellRenderer,
  DataGrid,
  type GraphicsContext,
  TextRenderer
} from '@lumino/datagrid';
import type { Message } from '@lumino/messaging';
import { BoxLayout, Widget } from '@lumino/widgets';
import { expressionOf, formatSize, type Path } from '../model/format';
import { HEAD_ROWS, parseFilters, TableModel } from '../model/tables';
import type { Column } from '../protocol/messages';
import { type IWatched, TabView } from './tab';

const RELOAD_MS = 400;
const HEAD_PX = 22;
const EDGE_PX = 6;
const LETTER_PX = 7.3;
const NARROWEST_PX = 72;
const WIDEST_PX = 260;
const FIT_ROWS = 40;

/** The grid, with a line above it to filter and to tell how much there is. */
export class TableView extends TabView {
  constructor(
    watched: IWatched,
    private readonly _path: Path,
    private readonly _trans: TranslationBundle
  ) {
    super(watched, _trans);
    this.addClass('lv-Table');
    const { model } = this;
    this._table = new TableModel(model.request.bind(model), _path);
    this._table.failed = () => this._showStatus();
    this._table.changed.connect(() => this._showStatus());
    this._bar = new Widget({ node: this._makeBar() });
    this._grid = this._makeGrid();
    const layout = new BoxLayout({ direction: 'top-to-bottom', spacing: 0 });
    layout.addWidget(this._bar);
    layout.addWidget(this._grid);
    BoxLayout.setStretch(this._bar, 0);
    BoxLayout.setSizeBasis(this._bar, 34);
    BoxLayout.setStretch(this._grid, 1);
    this.layout = layout;
  }

  dispose(): void {
    clearTimeout(this._timer);
    super.dispose();
  }

  protected onAfterAttach(message: Message): void {
    this._applyTheme();
    super.onAfterAttach(message);
  }

  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this._grid.node.focus();
  }

  /** Load anew when the variable is not what it was. */
  protected onModel(): void {
    const { model } = this;
    if (!model.isConnected || !this.isVisible) {
      return;
    }
    const variable = model.variables.get(String(this._path[0]?.[1]));
    const version = `${variable?.version}/${variable?.changed_at}`;
    if (version !== this._version && this._timer === 0) {
      const isFirst = this._version === '';
      this._timer = window.setTimeout(
        () => {
          this._version = version;
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

  private _makeBar(): HTMLElement {
    const trans = this._trans;
    const bar = document.createElement('div');
    bar.className = 'lv-TableBar';
    const input = document.createElement('input');
    input.className = 'lv-Filter';
    input.spellcheck = false;
    input.placeholder = trans.__('Filter, such as: price > 10 and name contains ada');
    input.setAttribute('aria-label', trans.__('Filter rows'));
    input.addEventListener('keydown', event => {
      if (event.key === 'Enter') {
        this._filter(input);
      }
    });
    input.addEventListener('change', () => this._filter(input));
    this._status = document.createElement('span');
    this._status.className = 'lv-TableStatus';
    this._status.setAttribute('role', 'status');
    bar.append(input, this._status);
    return bar;
  }

  private _filter(input: HTMLInputElement): void {
    if (input.value === this._filterText) {
      return;
    }
    this._filterText = input.value;
    try {
      const filters = parseFilters(input.value, [...this._table.columns.values()]);
      input.setCustomValidity('');
      this._problem = '';
      void this._table.filterBy(filters).then(() => this._showStatus());
    } catch (error) {
      this._problem = (error as Error).message;
      input.setCustomValidity(this._problem);
    }
    input.setAttribute('aria-invalid', String(this._problem !== ''));
    this._showStatus();
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
      column => void this._table.sortBy(column)
    );
    grid.selectionModel = new BasicSelectionModel({ dataModel: this._table });
    return grid;
  }

  /** Draw in the colours of the theme, which a canvas cannot read by itself. */
  private _applyTheme(): void {
    const css = getComputedStyle(this.node);
    const read = (name: string) => css.getPropertyValue(name).trim();
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
    const body = new TextRenderer({
      font,
      textColor,
      horizontalAlignment: isRight,
      format: ({ value }) => cellText(value)
    });
    const bold = new TextRenderer({ font: `bold ${font}`, textColor });
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
      'column-header': ({ row }: CellRenderer.CellConfig) =>
        row === 0 ? bold : row < HEAD_ROWS - 1 ? small : bars
    });
  }

  /** Make the columns as wide as the first rows need, once for each table. */
  private _fitColumns(): void {
    const { columns, shape } = this._table;
    for (const [position, column] of columns) {
      if (this._fitted.has(position) || position >= shape[1]) {
        continue;
      }
      this._fitted.add(position);
      const texts = [
        `${column.label}  `,
        this._table.data('column-header', 1, position) as string
      ];
      for (let row = 0; row < Math.min(FIT_ROWS, this._table.total); row++) {
        texts.push(cellText(this._table.data('body', row, position)));
      }
      const longest = Math.max(...texts.map(text => text.length));
      const width = Math.min(WIDEST_PX, Math.max(NARROWEST_PX, 20 + longest * LETTER_PX));
      this._grid.resizeColumn('body', position, width);
    }
  }

  private _showStatus(): void {
    this._fitColumns();
    const trans = this._trans;
    const { total, shape, sampled, error, filters } = this._table;
    const size = formatSize({
      name: '',
      path: [],
      kind: 'table',
      type: '',
      shape: [...shape]
    });
    const parts = [size];
    if (filters.length > 0) {
      parts.unshift(trans.__('%1 rows of', total.toLocaleString('en')));
    }
    if (sampled !== null) {
      parts.push(trans.__('(of a sample of %1 rows)', sampled.toLocaleString('en')));
    }
    this._status.textContent = this._problem || error || parts.join(' ');
    this._status.classList.toggle('lv-mod-wrong', (this._problem || error) !== '');
  }

  private readonly _table: TableModel;
  private readonly _bar: Widget;
  private readonly _grid: DataGrid;
  private _status!: HTMLElement;
  private readonly _fitted = new Set<number>();
  private _filterText = '';
  private _problem = '';
  private _version = '';
  private _timer = 0;
}

/** Write a value of a table so that it fits. */
function cellText(value: unknown): string {
  if (value === undefined) {
    return '';
  }
  if (typeof value === 'number' && !Number.isInteger(value)) {
    return String(Number(value.toPrecision(8)));
  }
  return value === null ? 'null' : String(value);
}

/** Sorts by the column whose head is clicked; edges still resize. */
class SortingMouseHandler extends BasicMouseHandler {
  constructor(private readonly _sort: (column: number) => void) {
    super();
  }

  onMouseDown(grid: DataGrid, event: MouseEvent): void {
    const hit = grid.hitTest(event.clientX, event.clientY);
    const isEdge = hit.x < EDGE_PX || hit.x > hit.width - EDGE_PX;
    if (hit.region === 'column-header' && event.button === 0 && !isEdge) {
      this._sort(hit.column);
      return;
    }
    super.onMouseDown(grid, event);
  }
}

/** Draws how the values of a column are spread. */
class HistogramRenderer extends CellRenderer {
  constructor(
    private readonly _color: string,
    private readonly _textColor: string,
    private readonly _background: string
  ) {
    super();
  }

  paint(gc: GraphicsContext, config: CellRenderer.CellConfig): void {
    const { x, y, width, height } = config;
    gc.fillStyle = this._background;
    gc.fillRect(x, y, width, height);
    const column = config.value as Column | '';
    if (!column) {
      return;
    }
    const counts = column.histogram?.counts ?? [];
    const highest = Math.max(...counts, 1);
    if (counts.length > 0) {
      const bar = (width - 8) / counts.length;
      gc.fillStyle = this._color;
      counts.forEach((count, i) => {
        const tall = Math.max(count > 0 ? 1 : 0, (count / highest) * (height - 4));
        gc.fillRect(x + 4 + i * bar, y + height - 2 - tall, Math.max(1, bar - 1), tall);
      });
    } else if (column.min !== undefined && column.min !== null) {
      gc.fillStyle = this._textColor;
      gc.font = '10px sans-serif';
      gc.textBaseline = 'middle';
      gc.fillText(`${column.min} … ${column.max}`, x + 6, y + height / 2);
    }
  }
}
