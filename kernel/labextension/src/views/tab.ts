/**
 * What the tabs have in common: the kernel is watched while one of them is seen, and where what is
 * shown is only what was known last, a line says why.
 */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { Loading } from '../model/loading';
import type { VariablesModel } from '../model/model';
import { staleText } from './stale';

/** What a tab draws. */
export interface IWatched {
  readonly watch: {
    readonly model: VariablesModel;
    readonly isDisposed: boolean;
    /** Note whether a view is shown. */
    setShown(view: object, isShown: boolean): void;
    /** How far livens is on its way into a kernel that has it not; missing where it cannot be loaded. */
    readonly loading?: Loading;
  };
}

/** A tab that draws something of a model, anew when the model changes, and only while it is seen. */
export abstract class TabView extends Widget {
  constructor(
    private readonly _document: IWatched,
    private readonly _words: TranslationBundle
  ) {
    super();
    this._stale.className = 'lv-Stale';
    this._stale.setAttribute('role', 'status');
    this._stale.hidden = true;
    this.node.append(this._stale);
    this.model.changed.connect(this._onChange, this);
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    if (!this._document.watch.isDisposed) {
      this.model.changed.disconnect(this._onChange, this);
    }
    this._setShown(false);
    super.dispose();
  }

  protected get model(): VariablesModel {
    return this._document.watch.model;
  }

  /** The model has changed, or the tab has come into sight. */
  protected abstract onModel(): void;

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._setShown(this.isVisible);
    this._onChange();
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._setShown(true);
    this._onChange();
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._setShown(false);
  }

  private _onChange(): void {
    const text = staleText(this.model, this._words);
    if (text !== this._stale.textContent) {
      this._stale.textContent = text;
      this._stale.hidden = text === '';
      this.toggleClass('lv-mod-stale', text !== '');
    }
    this.onModel();
  }

  private _setShown(isShown: boolean): void {
    if (!this._document.watch.isDisposed) {
      this._document.watch.setShown(this, isShown);
    }
  }

  private readonly _stale = document.createElement('p');
}
