/** A value in its own words or its own picture, which its own code makes, on request. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Path } from '../model/format';
import type { ValueParams, ValueText } from '../protocol/messages';
import type { IWatchedDocument } from './context';
import { TabView } from './tab';

type Mime = NonNullable<ValueParams['mime']>;

const MAX_CHARS = 1_000_000;

/** Shows one value; HTML in a frame that can run no script and reach no page. */
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
    void this._load();
  }

  /** The value is that of the moment at which it was asked for, until somebody asks again. */
  protected onModel(): void {
    if (this._isOwed && this.model.isConnected) {
      void this._load();
    }
  }

  private async _load(): Promise<void> {
    const mime = this._select.value as Mime;
    const { model } = this;
    this._isOwed = !model.isConnected; // it is asked for when somebody can be asked
    try {
      const params = { path: this._path, mime, max_chars: MAX_CHARS, timeout_ms: 10_000 };
      const value = await model.request('value', params);
      this._area.replaceChildren(this._show(value));
    } catch (error) {
      const message = document.createElement('p');
      message.className = 'lv-Notice';
      message.textContent = this._describe(error);
      this._area.replaceChildren(message);
    }
  }

  private _show(value: ValueText): HTMLElement {
    if (value.mime === 'image/png') {
      const image = document.createElement('img');
      image.src = `data:image/png;base64,${value.data}`;
      image.alt = this._trans.__('The image of the value');
      return image;
    }
    if (value.mime === 'text/html') {
      const frame = document.createElement('iframe');
      frame.setAttribute('sandbox', '');
      frame.title = this._trans.__('The HTML of the value');
      frame.srcdoc = value.data;
      return frame;
    }
    const text = document.createElement('pre');
    text.textContent = value.truncated ? `${value.data} …` : value.data;
    return text;
  }

  private _makeBar(): HTMLElement {
    const trans = this._trans;
    const bar = document.createElement('div');
    bar.className = 'lv-TableBar';
    this._select = document.createElement('select');
    this._select.className = 'lv-Select';
    this._select.setAttribute('aria-label', trans.__('Show as'));
    const forms: [Mime, string][] = [
      ['text/plain', trans.__('Text')],
      ['text/html', trans.__('HTML')],
      ['image/png', trans.__('Image')]
    ];
    for (const [mime, label] of forms) {
      this._select.append(new Option(label, mime));
    }
    this._select.addEventListener('change', () => void this._load());
    const again = document.createElement('button');
    again.className = 'lv-Button';
    again.textContent = trans.__('Ask again');
    again.addEventListener('click', () => void this._load());
    bar.append(this._select, again);
    return bar;
  }

  private readonly _area: HTMLElement;
  private _select!: HTMLSelectElement;
  private _isOwed = false;
}
