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
import { useSignal } from './hooks';
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
        <Body documents={this._documents} labels={this._labels} id={this.id} />
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
    this._documents.isWatching = true;
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._documents.isWatching = this.isVisible;
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._documents.isWatching = false;
  }

  protected onBeforeDetach(message: Message): void {
    this._documents.isWatching = false;
    super.onBeforeDetach(message);
  }

  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this._focus();
    this._target = '.lv-List';
  }

  private _focus(): void {
    this.node.querySelector<HTMLElement>(this._target)?.focus();
  }

  private _target = '.lv-List';

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
