/** The panel: a Lumino widget that draws the document that is followed. */

import * as React from 'react';
import { ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import type { ViewOptions } from '../model/options';
import type { ILabels } from '../model/rows';
import type { IDocuments } from '../tokens';
import { type IActions, type IViewContext, ViewContext } from './context';
import { DocumentView, makeLabels } from './document';
import { Sight, SightContext, useSignal } from './hooks';
import { Notice } from './notice';

/** The variables of the document that is followed. */
export class VariablesPanel extends ReactWidget {
  constructor(options: {
    documents: IDocuments;
    options: ViewOptions;
    actions: IActions;
    trans: TranslationBundle;
  }) {
    super();
    this.addClass('lv-Panel');
    this.addClass('lv-mod-opening');
    this.node.tabIndex = -1; // has the focus as long as what is to have it is not drawn
    this._documents = options.documents;
    const { trans } = options;
    this._labels = makeLabels(trans);
    const start = () => undefined;
    this.view = {
      trans,
      options: options.options,
      actions: options.actions,
      edit: { start }
    };
  }

  /** What the views share. */
  readonly view: IViewContext;

  render(): JSX.Element {
    return (
      <ViewContext.Provider value={this.view}>
        <SightContext.Provider value={this._sight}>
          <Body documents={this._documents} labels={this._labels} id={this.id} />
        </SightContext.Provider>
      </ViewContext.Provider>
    );
  }

  /** Put the cursor into the search field, also if the panel is just being activated. */
  focusSearch(): void {
    this._target = '.lv-Search input';
    this._focus();
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._setSeen(true);
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    document.addEventListener('pointerdown', this._allowNarrow, true);
    this._setSeen(this.isVisible);
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._setSeen(false);
  }

  protected onBeforeDetach(message: Message): void {
    document.removeEventListener('pointerdown', this._allowNarrow, true);
    this._setSeen(false);
    this._drawn?.disconnect();
    super.onBeforeDetach(message);
  }

  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this._focus();
    this._target = '.lv-List';
  }

  /**
   * Let the panel be as narrow as somebody wants it who drags its border. Until then it has room for
   * curves, which the 250 pixels have not with which JupyterLab opens it.
   */
  private readonly _allowNarrow = ({ target }: PointerEvent) => {
    if (target instanceof Element && target.closest('.lm-SplitPanel-handle')) {
      this.removeClass('lv-mod-opening');
      this.parent?.fit();
    }
  };

  /** Watch while somebody looks; the cells of a document may have its kernel watched besides. */
  private _setSeen(isSeen: boolean): void {
    this._documents.isWatching = isSeen;
    this._sight.isSeen = isSeen;
  }

  /** Focus the target; where it is not drawn yet, as soon as it is, unless somebody went on. */
  private _focus(): void {
    const target = this._target;
    const find = () => this.node.querySelector<HTMLElement>(target);
    this._drawn?.disconnect();
    (find() ?? this.node).focus();
    if (!find()) {
      this._drawn = new MutationObserver(() => {
        const hasGoneOn = document.activeElement !== this.node;
        if (hasGoneOn || find()) {
          this._drawn?.disconnect();
        }
        if (!hasGoneOn) {
          find()?.focus();
        }
      });
      this._drawn.observe(this.node, { childList: true, subtree: true });
    }
  }

  private _target = '.lv-List';
  private _drawn: MutationObserver | null = null;
  private readonly _sight = new Sight();

  private readonly _documents: IDocuments;
  private readonly _labels: ILabels;
}

function Body(props: {
  documents: IDocuments;
  labels: ILabels;
  id: string;
}): JSX.Element {
  const { documents } = props;
  useSignal(documents.currentChanged);
  const document = documents.current;
  if (!document) {
    return <Notice phase="no-document" />;
  }
  return <DocumentView document={document} labels={props.labels} id={props.id} />;
}
