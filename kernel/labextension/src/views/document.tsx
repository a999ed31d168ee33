/** The variables of one document: title, search, rules, list, foot. The widget draws the same. */

import * as React from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ILabels } from '../model/rows';
import { WhileAway } from './away';
import { type IWatchedDocument, useView } from './context';
import { Details } from './details';
import { Ended } from './ended';
import { Controls, Title } from './header';
import { useSignal } from './hooks';
import { Kept } from './kept';
import { useLayout, VariableList } from './list';
import { Counts, Empty, Notice } from './notice';
import { Rules } from './rules';

/** Draw a document. */
export function DocumentView(props: {
  document: IWatchedDocument;
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
  const { phase, end } = model;
  const isLost = end !== null && model.variables.size > 0;
  const hasNothing =
    !isLost && (phase === 'no-kernel' || phase === 'other-kernel' || phase === 'dead');
  const isStale = phase !== 'live' || end !== null;
  return (
    <>
      <Title document={document} />
      {hasNothing ? (
        <Notice phase={phase} loading={document.watch.loading} />
      ) : (
        <div
          className={`lv-Live${isStale ? ' lv-mod-old' : ''}${end ? ' lv-mod-ended' : ''}`}
          aria-busy={isStale && !end}
        >
          <Controls
            model={model}
            layout={layout}
            areRulesShown={areRulesShown}
            onToggleRules={() => setRulesShown(!areRulesShown)}
          />
          {end ? <Ended model={model} end={end} /> : null}
          <Kept model={model} />
          <WhileAway model={model} />
          {areRulesShown && model.offers('rule.add') ? <Rules model={model} /> : null}
          <VariableList model={model} layout={layout} idPrefix={`${props.id}-row`} />
          {layout.rows.length === 0 && !isStale ? (
            <Empty layout={layout} />
          ) : (
            <Counts layout={layout} />
          )}
          <Details model={model} layout={layout} />
        </div>
      )}
    </>
  );
}

/** The words for groups of variables. */
export function makeLabels(trans: TranslationBundle): ILabels {
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
    earlier: trans.__('Earlier'),
    hidden: trans.__('Found, but usually hidden')
  };
}
