/** The top of the panel: which document, what its kernel does, search and grouping. */

import * as React from 'react';
import { bellIcon, filterIcon, searchIcon } from '@jupyterlab/ui-components';
import type { VariablesModel } from '../model/model';
import type { GroupKey, ILayout } from '../model/rows';
import { type IWatchedDocument, useView } from './context';

import { useSignal } from './hooks';
import { LiteButton, LiteLimits } from './lite';
import { endText } from './stale';

/** Name the document, and say what its kernel does. */
export function Title(props: { document: IWatchedDocument }): JSX.Element {
  const { trans } = useView();
  const { widget, watch } = props.document;
  useSignal(watch.model.changed);
  const { phase, cell, mode, end, states } = watch.model;
  const words: Record<string, string> = {
    'no-kernel': trans.__('no kernel'),
    connecting: trans.__('connecting …'),
    live: trans.__('live'),
    paused: trans.__('paused'),
    'other-kernel': trans.__('not a livens kernel'),
    restarting: trans.__('restarting …'),
    dead: trans.__('kernel ended')
  };
  const isRunning = phase === 'live' && cell !== null && !end;
  const number = cell?.execution_count ?? '*';
  const running = cell?.line
    ? trans.__('In [%1], line %2', number, cell.line)
    : trans.__('In [%1]', number);
  const [isOpen, setOpen] = React.useState(false);
  const title = (
    <div className="lv-Title">
      <span className="lv-Document" title={widget.title.caption}>
        {widget.title.label}
      </span>
      {mode === 'lite' ? <LiteButton isOpen={isOpen} onToggle={setOpen} /> : null}
      {watch.model.isReadOnly ? (
        <span
          className="lv-Label lv-ReadOnly"
          title={trans.__('Nothing can be changed in the kernel from this panel')}
        >
          {trans.__('read-only')}
        </span>
      ) : null}
      {states.isOn ? (
        <span
          className="lv-Label lv-Keeping"
          title={trans.__(
            'What each cell changes is kept in %1. A variable that is not has the mark ⊘.',
            states.known?.file ?? ''
          )}
        >
          {trans.__('keeping')}
        </span>
      ) : null}
      <span
        className={`lv-Phase lv-mod-${isRunning ? 'running' : end ? 'dead' : phase}`}
        data-phase={end?.how ?? phase}
        title={end ? endText(end, trans) : undefined}
      >
        <span className="lv-Dot" aria-hidden="true" />
        {end ? endText(end, trans) : isRunning ? running : (words[phase] ?? '')}
      </span>
    </div>
  );
  return (
    <>
      {title}
      {mode === 'lite' && isOpen ? <LiteLimits model={watch.model} /> : null}
    </>
  );
}

/** Search, and choose what to show. */
export function Controls(props: {
  model: VariablesModel;
  layout: ILayout;
  areRulesShown: boolean;
  onToggleRules: () => void;
}): JSX.Element {
  const { trans, options, actions } = useView();
  useSignal(options.changed);
  const { search, group } = options.value;
  const groups: [GroupKey, string][] = [
    ['none', trans.__('No groups')],
    ['kind', trans.__('By kind')],
    ['cell', trans.__('By cell')],
    ['recent', trans.__('Recent first')]
  ];
  const { hidden } = props.layout;
  const hiddenText = trans._n('%1 variable hidden', '%1 variables hidden', hidden);
  return (
    <div className="lv-Controls">
      <div className="lv-Search">
        <searchIcon.react tag="span" className="lv-SearchIcon" aria-hidden="true" />
        <input
          type="search"
          value={search}
          placeholder={trans.__('Search name, type, value')}
          aria-label={trans.__('Search variables by name, type or value')}
          spellCheck={false}
          onChange={event => options.update({ search: event.target.value })}
          onKeyDown={event => {
            if (event.key === 'Escape' && search) {
              event.stopPropagation();
              options.update({ search: '' });
            }
          }}
        />
      </div>
      <select
        className="lv-Select"
        value={group}
        aria-label={trans.__('Group variables')}
        title={trans.__('Group variables')}
        onChange={event => options.update({ group: event.target.value as GroupKey })}
      >
        {groups.map(([key, label]) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </select>
      <button
        className="lv-Button lv-mod-icon"
        aria-label={trans.__('Choose what to hide (%1)', hiddenText)}
        title={trans.__('Choose what to hide (%1)', hiddenText)}
        aria-haspopup="menu"
        onClick={event => {
          const { left, bottom } = event.currentTarget.getBoundingClientRect();
          actions.openFilterMenu(left, bottom);
        }}
      >
        <filterIcon.react tag="span" width="16px" height="16px" aria-hidden="true" />
      </button>
      {props.model.offers('rule.add') ? (
        <button
          className={`lv-Button lv-mod-icon${props.model.rules.isNeeded ? ' lv-mod-on' : ''}`}
          aria-label={trans.__('Rules')}
          title={trans.__('Rules: notify or stop the cell when a condition becomes true')}
          aria-expanded={props.areRulesShown}
          onClick={props.onToggleRules}
        >
          <bellIcon.react tag="span" width="16px" height="16px" aria-hidden="true" />
        </button>
      ) : null}
    </div>
  );
}
