/** What the tabs have in common: the kernel is watched while one of them is seen. */

import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { VariablesModel } from '../model/model';

/** What a tab looks at. */
export interface ILookedAt {
  readonly watch: {
    readonly model: VariablesModel;
    readonly isDisposed: boolean;
    /** Tell whether a view looks. */
    setLooking(view: object, isLooking: boolean): void;
  };
}

/** A tab that draws something of a model, anew when the model changes, and only while it is seen. */
export abstract class LookingView extends Widget {
  constructor(private readonly _document: ILookedAt) {
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
    this._setLooking(false);
    super.dispose();
  }

  protected get model(): VariablesModel {
    return this._document.watch.model;
  }

  /** The model has changed, or the tab has come into sight. */
  protected abstract onModel(): void;

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._setLooking(this.isVisible);
    this.onModel();
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._setLooking(true);
    this.onModel();
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._setLooking(false);
  }

  private _setLooking(isLooking: boolean): void {
    if (!this._document.watch.isDisposed) {
      this._document.watch.setLooking(this, isLooking);
    }
  }
}
