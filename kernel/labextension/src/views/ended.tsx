/** The line above the values of a kernel that has ended: what is known, and what may be done. */

import * as React from 'react';
import { CommandIDs } from '../actions/commands';
import type { IEnd } from '../model/ending';
import type { VariablesModel } from '../model/model';
import { useView } from './context';
import { staleText } from './stale';

/** The line above the list of a kernel that has ended. */
export function Ended(props: { model: VariablesModel; end: IEnd }): JSX.Element {
  const { trans, actions } = useView();
  const { model, end } = props;
  const isGone = model.phase === 'dead';
  const restart = CommandIDs.restartKernel;
  return (
    <div className="lv-Ended" role="status">
      <span>
        {staleText(model, trans)}.{' '}
        {isGone
          ? trans.__('It does not run any more.')
          : end.how === 'died' && model.phase === 'live'
            ? trans.__('A new one was started, without any variables.')
            : ''}
      </span>
      {isGone && actions.canRun(restart) ? (
        <button className="lv-Button lv-mod-accept" onClick={() => actions.run(restart)}>
          {actions.labelOf(restart)}
        </button>
      ) : null}
      <button className="lv-Button" onClick={() => model.forgetEnd()}>
        {trans.__('Clear')}
      </button>
    </div>
  );
}
