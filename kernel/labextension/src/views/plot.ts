/**
 * The plot of the past of variables: several of them, over time or steps, on a linear or logarithmic
 * scale, with an earlier run behind them; with zoom, and export as PNG and CSV. Loaded on demand.
 */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import {
  type Axis,
  curvesCSV,
  drawn,
  type ICurve,
  notAboveZero,
  startOf
} from '../model/curves';
import { pointsOf, readRecord } from '../model/record';
import type { Point } from '../protocol/messages';
import { onThemeChange, themeOf } from './colors';
import { type IRunSource, PlotBar } from './plot_bar';
import { curveColors } from './plot_colors';
import { save } from './saving';
import { type IWatched, TabView } from './tab';

const FETCH_MS = 500;
const LIMIT = 20_000;
const MARGIN_PX = 4;

/** What is known of the past of one variable. */
interface IPast {
  points: Point[];
  /** How many points the kernel has of it; it may have more than are here. */
  total: number;
  isKept: boolean;
}

/** An earlier run that stands behind. */
interface IRun {
  name: string;
  text: string;
}

/** The curves of some variables of one kernel. */
export class PlotView extends TabView {
  constructor(
    watched: IWatched,
    name: string,
    private readonly _trans: TranslationBundle,
    runs: IRunSource | null = null
  ) {
    super(watched, _trans);
    this.addClass('lv-Plot');
    this._pasts.set(name, { points: [], total: 0, isKept: false });
    this._bar = new PlotBar(_trans, runs, {
      add: added => this._add(added),
      remove: removed => this._remove(removed),
      setAxis: axis => this._change(() => (this._axis = axis)),
      setLog: isLog => this._change(() => (this._isLog = isLog)),
      setRun: run => this._setRun(run),
      savePNG: () => this._savePNG(),
      saveCSV: () => this._saveCSV()
    });
    this._area = document.createElement('div');
    this._area.className = 'lv-PlotArea';
    this.node.append(this._bar.node, this._area);
    onThemeChange(this.node, () => this._redraw());
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._plot?.destroy();
    this._plot = null;
    super.dispose();
  }

  /** What is drawn: the variables, then those of the earlier run. */
  get curves(): ICurve[] {
    const names = [...this._pasts.keys()];
    const now = names.map(name => {
      const { points, total } = this._pasts.get(name)!;
      return { name, points, before: Math.max(0, total - points.length), run: '' };
    });
    const { _run: run } = this;
    return run === null
      ? now
      : [
          ...now,
          ...names.map(name => {
            const points = run.record ? pointsOf(run.record, name) : [];
            return { name, points, before: 0, run: run.name };
          })
        ];
  }

  protected onResize(message: Widget.ResizeMessage): void {
    super.onResize(message);
    this._draw();
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._redraw();
  }

  protected onModel(): void {
    // What changes while an answer is waited for may not be in it.
    this._isBehind = this._timer !== 0;
    if (this._timer === 0 && this.isVisible) {
      const isFirst = [...this._pasts.values()].some(({ points }) => points.length === 0);
      this._timer = window.setTimeout(() => void this._fetch(), isFirst ? 0 : FETCH_MS);
    }
  }

  private _add(name: string): void {
    this._pasts.set(name, { points: [], total: 0, isKept: false });
    this._redraw();
    this.onModel();
  }

  private _remove(name: string): void {
    this._pasts.delete(name);
    this._redraw();
  }

  /** Set an earlier run behind, or take it away; its times are counted from its beginning. */
  private _setRun(run: IRun | null): void {
    this._change(() => {
      this._run = run && { name: run.name, record: readRecord(run.text) };
      if (run && this._axis === 'time') {
        this._axis = 'elapsed';
      }
    });
  }

  private _change(change: () => void): void {
    change();
    this._isZoomed = false;
    this._redraw();
  }

  /** Draw anew, in the colours of the theme, and keep what is zoomed to. */
  private _redraw(): void {
    if (this.isDisposed) {
      return;
    }
    const { x } = this._plot?.scales ?? {};
    const [min, max] = [x?.min, x?.max];
    this._plot?.destroy();
    this._plot = null;
    this._draw();
    if (this._isZoomed && min !== undefined && max !== undefined) {
      (this._plot as uPlot | null)?.setScale('x', { min, max });
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
    await Promise.all([...this._pasts.keys()].map(name => this._fetchOne(name)));
    this._timer = 0;
    this._draw();
    if (this._isBehind && !this.isDisposed) {
      this.onModel();
    }
  }

  private async _fetchOne(name: string): Promise<void> {
    const past = this._pasts.get(name)!;
    const last = past.points[past.points.length - 1];
    const since = past.isKept ? (last?.[0] ?? 0) : 0;
    try {
      const params = { name, since, limit: LIMIT };
      const { points, total } = await this.model.request('history', params);
      past.points = [...(past.isKept ? past.points : []), ...points].slice(-LIMIT);
      past.total = Math.max(total, past.points.length);
      past.isKept = true;
    } catch {
      if (!past.isKept) {
        past.points = [...(this.model.history.get(name) ?? [])];
      }
    }
  }

  private _draw(): void {
    if (!this.isVisible || this.isDisposed) {
      return;
    }
    const { curves } = this;
    const data = uPlot.join(
      curves.map(
        curve =>
          drawn(
            curve,
            this._axis,
            this._isLog,
            startOf(curves, curve.run)
          ) as uPlot.AlignedData
      )
    );
    this._showBar(curves);
    const size = { width: this._area.clientWidth, height: this._area.clientHeight };
    if (size.width === 0 || size.height === 0) {
      return;
    }
    this._plot ??= this._makePlot(size, data, curves);
    const legend = this._area.querySelector<HTMLElement>('.u-legend');
    const height = size.height - (legend?.offsetHeight ?? 0) - MARGIN_PX;
    if (size.width !== this._plot.width || height !== this._plot.height) {
      this._plot.setSize({ width: size.width, height });
    }
    this._plot.setData(data, !this._isZoomed);
  }

  /** Say how much is drawn, and whether it is all of the past and no more. */
  private _showBar(curves: readonly ICurve[]): void {
    const trans = this._trans;
    const { variables, isConnected } = this.model;
    const isNumber = ([, value]: Point) =>
      typeof value === 'number' || typeof value === 'boolean';
    const count = curves.reduce(
      (sum, { points }) => sum + points.filter(isNumber).length,
      0
    );
    // Of the kernel and the connection the tab says it.
    const gone = isConnected
      ? [...this._pasts.keys()].filter(name => !variables.has(name))
      : [];
    const hidden = this._isLog ? notAboveZero(curves) : 0;
    const run = this._run;
    const parts = [
      trans._n('%1 point', '%1 points', count),
      ...gone.map(name => trans.__('%1 is gone', name)),
      hidden ? trans._n('%1 is not above 0', '%1 are not above 0', hidden) : '',
      ...curves
        .filter(({ run: of, points }) => of !== '' && points.length === 0)
        .map(({ name }) => trans.__('%1 is not in %2', name, run?.name ?? '')),
      run?.record?.problem ?? ''
    ];
    this._bar.show({
      names: [...this._pasts.keys()],
      others: [...variables.values()]
        .filter(
          ({ name, kind }) => /^(number|bool)$/.test(kind) && !this._pasts.has(name)
        )
        .map(({ name }) => name),
      axis: this._axis,
      isLog: this._isLog,
      run: run?.name ?? '',
      status: parts.filter(part => part !== '').join(', ')
    });
    this.toggleClass('lv-mod-old', gone.length > 0);
  }

  private _makePlot(
    size: { width: number; height: number },
    data: uPlot.AlignedData,
    curves: readonly ICurve[]
  ): uPlot {
    const trans = this._trans;
    const read = themeOf(this.node);
    const axis = {
      stroke: read('--jp-ui-font-color1'),
      grid: { stroke: read('--jp-border-color2'), width: 1 },
      ticks: { stroke: read('--jp-border-color2'), width: 1 }
    };
    const colors = curveColors(read('--jp-brand-color1'), [...this._pasts.keys()]);
    const isTime = this._axis === 'time';
    const labels = { time: '', elapsed: trans.__('Seconds'), step: trans.__('Step') };
    const series = curves.map(({ name, run }) => ({
      label: run ? `${name} (${run})` : name,
      stroke: colors.get(name)! + (run ? '99' : ''),
      width: 1.5,
      dash: run ? [6, 4] : undefined,
      points: { show: false },
      spanGaps: true
    }));
    return new uPlot(
      {
        width: size.width,
        height: size.height,
        scales: { x: { time: isTime }, y: { distr: this._isLog ? 3 : 1 } },
        axes: [{ ...axis, label: labels[this._axis] || undefined, labelSize: 18 }, axis],
        series: [{ label: isTime ? trans.__('Time') : labels[this._axis] }, ...series],
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

  private get _fileName(): string {
    return [...this._pasts.keys()].join('-') || 'plot';
  }

  private _savePNG(): void {
    this._plot?.ctx.canvas.toBlob(blob => blob && save(`${this._fileName}.png`, blob));
  }

  private _saveCSV(): void {
    const text = curvesCSV(this.curves);
    save(`${this._fileName}.csv`, new Blob([text], { type: 'text/csv' }));
  }

  private readonly _bar: PlotBar;
  private readonly _area: HTMLElement;
  private readonly _pasts = new Map<string, IPast>();
  private _run: { name: string; record: ReturnType<typeof readRecord> } | null = null;
  private _axis: Axis = 'time';
  private _isLog = false;
  private _plot: uPlot | null = null;
  private _isZoomed = false;
  private _timer = 0;
  private _isBehind = false;
}
