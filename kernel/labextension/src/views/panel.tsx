/** The panel: a Lumino widget that draws the document that is followed. */

import * as React from 'react';
import { ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import type { ViewOptions } from '../options';
import type { ILabels } from '../rows';
import type { IDocument, IDocuments } from '../tokens';
import { type IActions, type IViewContext, useView, ViewContext } from './context';
import { Details } from './details';
import { Controls, Title } from './header';
import { useSignal } from './hooks';
import { useLayout, VariableList } from './list';
import { Empty, Notice } from './notice';
import { Rules } from './rules';

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

function DocumentView(props: {
  document: IDocument;
  labels: ILabels;
  id: string;
}): JSX.Element {
  const { document, labels } = props;
  const { model } = document.watch;
  const { options } = useView();
  useSignal(model.changed);
  useSignal(options.changed);
  const layout = useLayout(model, labels);
  const [areRulesShown, setRulesShown] = React.useState(false);
  const { phase } = model;
  const hasNothing =
    phase === 'no-kernel' || phase === 'other-kernel' || phase === 'dead';
  const isStale = phase !== 'live';
  return (
    <>
      <Title document={document} />
      {hasNothing ? (
        <Notice phase={phase} />
      ) : (
        <div className={`lv-Live${isStale ? ' lv-mod-old' : ''}`} aria-busy={isStale}>
          <Controls
            model={model}
            layout={layout}
            areRulesShown={areRulesShown}
            onToggleRules={() => setRulesShown(!areRulesShown)}
          />
          {areRulesShown ? <Rules model={model} /> : null}
          <VariableList model={model} layout={layout} idPrefix={`${props.id}-row`} />
          {layout.rows.length === 0 && phase === 'live' ? (
            <Empty isFiltered={layout.notFound > 0} hidden={layout.hidden} />
          ) : null}
          <Details model={model} layout={layout} />
        </div>
      )}
    </>
  );
}

function makeLabels(trans: TranslationBundle): ILabels {
  const numbers = trans.__('Numbers and text');
  const data = trans.__('Data');
  const containers = trans.__('Containers');
  const code = trans.__('Functions, classes, modules');
  const others = trans.__('Objects');
  return {
    kinds: {
      table: data,
      array: data,
      tensor: data,
      lazy: data,
      number: numbers,
      bool: numbers,
      text: numbers,
      bytes: numbers,
      none: numbers,
      sequence: containers,
      mapping: containers,
      set: containers,
      object: others,
      other: others,
      function: code,
      class: code,
      module: code
    },
    cell: count => `In [${count}]`,
    beforeWatching: trans.__('Before watching'),
    newestCell: trans.__('By the newest cell'),
    lastMinutes: trans.__('In the last five minutes'),
    earlier: trans.__('Earlier')
  };
}
