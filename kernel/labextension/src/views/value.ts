/**
 * A value as what it is: an image, HTML, the lines of a text, or what its own code writes, on
 * request. While its code runs, the tab says how long that takes, and can stop it.
 */

import type { TranslationBundle } from '@jupyterlab/translation';
import { formatShape, type Path } from '../model/format';
import { ErrorCode } from '../protocol/client';
import type { ValueParams, ValueText } from '../protocol/messages';
import { codeOf } from '../model/requests';
import { onThemeChange } from './colors';
import type { IWatchedDocument } from './context';
import { htmlFrame } from './html_frame';
import { TabView } from './tab';

type Mime = NonNullable<ValueParams['mime']>;

const MAX_CHARS = 1_000_000;

/** How long the value's code may run; it can be stopped before. */
const TIMEOUT_MS = 60_000;

/** From when on it is told that something is waited for. */
const PATIENCE_MS = 300;

/** Shows one value. */
export class ValueView extends TabView {
  constructor(
    watched: IWatchedDocument,
    private readonly _path: Path,
    private readonly _trans: TranslationBundle,
    private readonly _describe: (error: unknown) => string
  ) {
    super(watched, _trans);
    this.addClass('lv-ValueView');
    this._area = document.createElement('div');
    this._area.className = 'lv-ValueArea';
    this._area.tabIndex = 0;
    this._area.setAttribute('role', 'region');
    this._area.setAttribute('aria-label', _trans.__('Value'));
    this.node.append(this._makeBar(), this._area);
    onThemeChange(this.node, () => this._drawAgain());
    this._showForms(['text/plain', 'text/html', 'image/png'], 'text/plain');
    this._loadFirst();
  }

  dispose(): void {
    this._abort?.abort();
    window.clearInterval(this._clock);
    super.dispose();
  }

  /** The value is that of the moment at which it was asked for, until somebody asks again. */
  protected onModel(): void {
    if (this._isOwed && this.model.isConnected) {
      this._loadFirst();
    }
  }

  private _loadFirst(): void {
    void this._load(this.model.offers('value', 2) ? 'best' : 'text/plain');
  }

  private async _load(mime: Mime): Promise<void> {
    this._abort?.abort();
    const abort = new AbortController();
    this._abort = abort;
    this._asked = mime;
    this._wait(abort);
    this._isOwed = !this.model.isConnected; // it is asked for when somebody can be asked
    try {
      const limits = { max_chars: MAX_CHARS, timeout_ms: TIMEOUT_MS };
      const params = { path: this._path, mime, ...limits };
      const value = await this.model.request('value', params, { signal: abort.signal });
      if (this._abort === abort) {
        this._take(value);
      }
    } catch (error) {
      if (this._abort === abort) {
        this._tell(error);
      }
    } finally {
      if (this._abort === abort) {
        this._abort = null;
        this._endWait();
      }
    }
  }

  private _take(value: ValueText): void {
    this._value = value;
    const form = value.mime.startsWith('image/') ? 'image/png' : (value.mime as Mime);
    if (value.forms?.length) {
      this._showForms(value.forms as Mime[], form);
    }
    this._select.value = form;
    this._area.replaceChildren(this._show(value));
  }

  /** Draw in the colours of another theme, what has no style sheet of the page. */
  private _drawAgain(): void {
    if (this._value?.mime === 'text/html') {
      this._area.replaceChildren(this._show(this._value));
    }
  }

  private _tell(error: unknown): void {
    const message = document.createElement('p');
    message.className = 'lv-Notice';
    message.textContent =
      codeOf(error) === ErrorCode.Cancelled
        ? this._trans.__('Stopped: the value has not told what it is.')
        : this._describe(error);
    this._value = null;
    this._status.textContent = '';
    this._area.replaceChildren(message);
  }

  private _show(value: ValueText): HTMLElement {
    const trans = this._trans;
    this._status.textContent = '';
    if (value.mime.startsWith('image/')) {
      const image = document.createElement('img');
      image.addEventListener('load', () => this._showSize(image, value.size ?? []));
      image.src = `data:${value.mime};base64,${value.data}`;
      image.alt = trans.__('The image of the value');
      return image;
    }
    if (value.mime === 'text/html') {
      return htmlFrame(value.data, trans.__('The HTML of the value'), this.node);
    }
    const text = document.createElement('pre');
    text.textContent = value.truncated ? `${value.data} …` : value.data;
    return text;
  }

  private _showSize(image: HTMLImageElement, size: readonly number[]): void {
    const { naturalWidth, naturalHeight } = image;
    const [width = naturalWidth, height = naturalHeight] = size;
    const whole = formatShape([width, height]);
    const shown = formatShape([naturalWidth, naturalHeight]);
    this._status.textContent =
      whole === shown
        ? this._trans.__('%1 pixels', whole)
        : this._trans.__('%1 pixels, shown with %2', whole, shown);
  }

  /** Tell how long it takes, from a moment on, with a way to end it. */
  private _wait(abort: AbortController): void {
    this._endWait();
    const started = Date.now();
    this._clock = window.setInterval(() => {
      const waited_ms = Date.now() - started;
      if (this._abort === abort && waited_ms >= PATIENCE_MS) {
        const seconds = Math.floor(waited_ms / 1000);
        this._progress.hidden = false;
        this._stop.hidden = !this.model.offers('cancel');
        this._status.textContent = this._trans.__(
          'The value’s own code runs for %1 s',
          seconds
        );
      }
    }, PATIENCE_MS);
  }

  private _endWait(): void {
    window.clearInterval(this._clock);
    this._progress.hidden = true;
    this._stop.hidden = true;
  }

  private _showForms(forms: readonly Mime[], selected: Mime): void {
    const trans = this._trans;
    const labels: Partial<Record<Mime, string>> = {
      'image/png': trans.__('Image'),
      'text/html': trans.__('HTML'),
      lines: trans.__('Lines'),
      'text/plain': trans.__('Text')
    };
    this._select.replaceChildren(...forms.map(form => new Option(labels[form], form)));
    this._select.value = selected;
  }

  private _makeBar(): HTMLElement {
    const trans = this._trans;
    const bar = document.createElement('div');
    bar.className = 'lv-TableBar';
    this._select.className = 'lv-Select';
    this._select.setAttribute('aria-label', trans.__('Show as'));
    const load = () => void this._load(this._select.value as Mime);
    this._select.addEventListener('change', load);
    const again = document.createElement('button');
    again.className = 'lv-Button';
    again.textContent = trans.__('Ask again');
    again.addEventListener('click', () => void this._load(this._asked));
    this._status.className = 'lv-TableStatus';
    this._status.setAttribute('role', 'status');
    this._progress.setAttribute('aria-label', trans.__('The value’s own code runs'));
    this._stop.className = 'lv-Button';
    this._stop.textContent = trans.__('Stop');
    this._stop.addEventListener('click', () => this._abort?.abort());
    this._endWait();
    bar.append(this._select, again, this._progress, this._stop, this._status);
    return bar;
  }

  private readonly _area: HTMLElement;
  private readonly _select = document.createElement('select');
  private readonly _status = document.createElement('span');
  private readonly _progress = document.createElement('progress');
  private readonly _stop = document.createElement('button');
  private _abort: AbortController | null = null;
  private _asked: Mime = 'best';
  private _value: ValueText | null = null;
  private _clock = 0;
  private _isOwed = false;
}
