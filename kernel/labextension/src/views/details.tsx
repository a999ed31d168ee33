/** The foot of the panel: all that is known of the selected variable, and what can be done. */

import * as React from 'react';
import { CommandIDs } from '../actions/commands';
import { formatBytes, formatOrigin, formatSize } from '../model/format';
import type { VariablesModel } from '../model/model';
import { type ILayout, type IVariableRow, variableOf } from '../model/rows';
import type { Variable } from '../protocol/messages';
import { useView } from './context';
import { useSignal } from './hooks';
import { keptText, sharedText } from './marks';
import { ageText } from './row';
import { Thumbnail } from './thumbnail';

/** The commands that stand as buttons, where they can be run. */
const COMMANDS = [
  CommandIDs.showTable,
  CommandIDs.showPlot,
  CommandIDs.showValue,
  CommandIDs.edit,
  CommandIDs.insert,
  CommandIDs.remove
];

/** Describe the selected row. */
export function Details(props: {
  model: VariablesModel;
  layout: ILayout;
}): JSX.Element | null {
  const { model, layout } = props;
  const { trans, actions } = useView();
  useSignal(model.changed);
  const row = layout.rows.find(({ key }) => key === model.selected);
  if (row?.row !== 'variable') {
    return null;
  }
  const variable = variableOf(model, row);
  return (
    <section className="lv-Details" aria-label={trans.__('Selected variable')}>
      <div className="lv-DetailsHead">
        <strong>{variable.name}</strong>
        <span>{typeText(variable)}</span>
      </div>
      <Thumbnail model={model} variable={variable} />
      <pre className="lv-DetailsValue" tabIndex={0} aria-label={trans.__('Value')}>
        {variable.preview || variable.reason}
      </pre>
      <Facts model={model} row={row} variable={variable} />
      <div className="lv-Buttons">
        {COMMANDS.filter(command => actions.canRun(command)).map(command => (
          <button
            key={command}
            className="lv-Button"
            onClick={() => actions.run(command)}
          >
            {actions.labelOf(command)}
          </button>
        ))}
      </div>
    </section>
  );
}

function typeText(variable: Variable): string {
  return variable.module ? `${variable.module}.${variable.type}` : variable.type;
}

function Facts(props: {
  model: VariablesModel;
  row: IVariableRow;
  variable: Variable;
}): JSX.Element {
  const { trans, actions } = useView();
  const { model, row, variable } = props;
  const origin = variable.changed_by;
  const age = ageText(model.ageOf(variable));
  const facts = [
    formatSize(variable),
    variable.dtype ?? '',
    variable.device ?? '',
    variable.nbytes ? formatBytes(variable.nbytes) : '',
    variable.truncated ? trans.__('preview shortened') : '',
    variable.status === 'stale' ? trans.__('stale: %1', variable.reason ?? '') : '',
    row.origin === 'namespace' ? (model.unevaluated.get(variable.name) ?? '') : '',
    row.origin === 'namespace' ? keptText(model, variable.name, trans) : '',
    row.origin === 'namespace' ? sharedText(model, variable, trans) : '',
    row.origin === 'frame' ? trans.__('local of a running function') : ''
  ];
  return (
    <div className="lv-Facts">
      {[...new Set(facts)].filter(Boolean).map(fact => (
        <span key={fact}>{fact}</span>
      ))}
      {origin && formatOrigin(origin) ? (
        <span>
          {trans.__('changed by')}{' '}
          {origin.execution_count && actions.goTo ? (
            <button className="lv-LinkButton" onClick={() => actions.goTo?.(origin)}>
              {formatOrigin(origin)}
            </button>
          ) : (
            formatOrigin(origin)
          )}{' '}
          {origin.store ? `${trans.__('by the store %1', origin.store)} ` : ''}
          {age}
        </span>
      ) : null}
    </div>
  );
}
