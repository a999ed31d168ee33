/** What the tabs have in common: the kernel is watched while one of them is seen. */

import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { VariablesModel } from '../model/model';

/** What a tab draws. */
export interface IWatched {
  readonly watch: {
    readonly model: VariablesModel;
    readonly isDisposed: boolean;
    /** Note whether a view is shown. */
    setShown(view: object, isShown: boolean): void;
  };
}

/** A tab that draws something of a model, anew when the model changes, and only while it is seen. */
export abstract class TabView extends Widget {
  constructor(private readonly _document: IWatched) {
    super();
    this.model.changed.connect(this.onModel, this);
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    if (!this._document.watch.isDisposed) {
      this.model.changed.disconnect(this.onModel, this);
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
    this.onModel();
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._setShown(true);
    this.onModel();
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._setShown(false);
  }

  private _setShown(isShown: boolean): void {
    if (!this._document.watch.isDisposed) {
      this._document.watch.setShown(this, isShown);
    }
  }
}
