/** The plot of a variable's history, with zoom, and export as PNG and CSV. Loaded on demand. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Point } from '../protocol/messages';
import { onThemeChange, themeOf } from './colors';
import { type IWatched, TabView } from './tab';

const FETCH_MS = 500;
const LIMIT = 20_000;
const MARGIN_PX = 4;

/** The curve of one variable. */
export class PlotView extends TabView {
  constructor(
    watched: IWatched,
    private readonly _name: string,
    private readonly _trans: TranslationBundle
  ) {
    super(watched, _trans);
    this.addClass('lv-Plot');
    this._bar = this._makeBar();
    this._area = document.createElement('div');
    this._area.className = 'lv-PlotArea';
    this.node.append(this._bar, this._area);
    onThemeChange(this.node, () => this._applyTheme());
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._plot?.destroy();
    this._plot = null;
    super.dispose();
  }

  /** The points as comma-separated values, with a head. */
  toCSV(): string {
    const lines = this._points.map(([at, value, count]) => {
      const time = new Date(at * 1000).toISOString();
      return `${time},${String(value ?? '')},${count ?? ''}`;
    });
    return ['time,value,execution_count', ...lines, ''].join('\n');
  }

  protected onResize(message: Widget.ResizeMessage): void {
    super.onResize(message);
    this._draw();
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._applyTheme();
  }

  /** Draw anew in the colours of the theme, and keep what is zoomed to. */
  private _applyTheme(): void {
    if (!this._plot || this.isDisposed) {
      return;
    }
    const { x } = this._plot.scales;
    const [min, max] = [x?.min, x?.max];
    this._plot.destroy();
    this._plot = null;
    this._draw();
    if (this._isZoomed && min !== undefined && max !== undefined) {
      (this._plot as uPlot | null)?.setScale('x', { min, max });
    }
  }

  protected onModel(): void {
    // What changes while an answer is waited for may not be in it.
    this._isBehind = this._timer !== 0;
    if (this._timer === 0 && this.isVisible) {
      this._timer = window.setTimeout(
        () => void this._fetch(),
        this._points.length ? FETCH_MS : 0
      );
    }
  }

  /** Ask for what is new; a kernel that keeps no history has at least its sparkline. */
  private async _fetch(): Promise<void> {
    this._isBehind = false;
    if (!this.model.isConnected) {
      this._timer = 0; // a comm that is not open yet loses what is asked; it is asked then
      this._draw();
      return;
    }
    const last = this._points[this._points.length - 1];
    const since = this._isKept ? (last?.[0] ?? 0) : 0;
    try {
      const params = { name: this._name, since, limit: LIMIT };
      const { points } = await this.model.request('history', params);
      this._points = [...(this._isKept ? this._points : []), ...points].slice(-LIMIT);
      this._isKept = true;
    } catch {
      if (!this._isKept) {
        this._points = [...(this.model.history.get(this._name) ?? [])];
      }
    }
    this._timer = 0;
    this._draw();
    if (this._isBehind && !this.isDisposed) {
      this.onModel();
    }
  }

  private _draw(): void {
    if (!this.isVisible || this.isDisposed) {
      return;
    }
    const points = this._points.filter(([, value]) => typeof value === 'number');
    const data: uPlot.AlignedData = [
      points.map(([at]) => at),
      points.map(([, value]) => value as number)
    ];
    const size = { width: this._area.clientWidth, height: this._area.clientHeight };
    if (size.width === 0 || size.height === 0) {
      return;
    }
    this._showStatus(points.length);
    this._plot ??= this._makePlot(size, data);
    const legend = this._area.querySelector<HTMLElement>('.u-legend');
    const height = size.height - (legend?.offsetHeight ?? 0) - MARGIN_PX;
    if (size.width !== this._plot.width || height !== this._plot.height) {
      this._plot.setSize({ width: size.width, height });
    }
    this._plot.setData(data, !this._isZoomed);
  }

  /** Say how much is drawn, and whether it is all of the past and no more. */
  private _showStatus(count: number): void {
    const trans = this._trans;
    const { variables, isConnected } = this.model;
    // Of the kernel and the connection the tab says it.
    const isGone = isConnected && !variables.has(this._name);
    const points = trans._n('%1 point', '%1 points', count);
    const gone = trans.__('%1 is gone', this._name);
    this._status.textContent = isGone ? `${points}, ${gone}` : points;
    this.toggleClass('lv-mod-old', isGone);
  }

  private _makePlot(
    size: { width: number; height: number },
    data: uPlot.AlignedData
  ): uPlot {
    const read = themeOf(this.node);
    const axis = {
      stroke: read('--jp-ui-font-color1'),
      grid: { stroke: read('--jp-border-color2'), width: 1 },
      ticks: { stroke: read('--jp-border-color2'), width: 1 }
    };
    const color = read('--jp-brand-color1');
    return new uPlot(
      {
        width: size.width,
        height: size.height,
        axes: [axis, axis],
        series: [
          {},
          { label: this._name, stroke: color, width: 1.5, points: { show: false } }
        ],
        hooks: {
          setSelect: [() => (this._isZoomed = true)],
          ready: [
            plot => plot.over.addEventListener('dblclick', () => (this._isZoomed = false))
          ]
        }
      },
      data,
      this._area
    );
  }

  private _makeBar(): HTMLElement {
    const trans = this._trans;
    const bar = document.createElement('div');
    bar.className = 'lv-TableBar';
    const button = (label: string, onClick: () => void) => {
      const made = document.createElement('button');
      made.className = 'lv-Button';
      made.textContent = label;
      made.addEventListener('click', onClick);
      return made;
    };
    const title = document.createElement('strong');
    title.textContent = this._name;
    this._status = document.createElement('span');
    this._status.className = 'lv-TableStatus';
    const hint = document.createElement('span');
    hint.className = 'lv-Age';
    hint.textContent = trans.__('drag to zoom, double-click to zoom out');
    bar.append(
      title,
      this._status,
      hint,
      button(trans.__('Save PNG'), () => this._savePNG()),
      button(trans.__('Save CSV'), () => this._saveCSV())
    );
    return bar;
  }

  private _savePNG(): void {
    this._plot?.ctx.canvas.toBlob(blob => blob && save(`${this._name}.png`, blob));
  }

  private _saveCSV(): void {
    save(`${this._name}.csv`, new Blob([this.toCSV()], { type: 'text/csv' }));
  }

  private readonly _bar: HTMLElement;
  private readonly _area: HTMLElement;
  private _status!: HTMLElement;
  private _plot: uPlot | null = null;
  private _points: Point[] = [];
  private _isKept = false;
  private _isZoomed = false;
  private _timer = 0;
  private _isBehind = false;
}

/** Hand a file to the browser. */
function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
