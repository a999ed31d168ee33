/** The line above the list about kept states: what could be restored, or why nothing is kept. */

import * as React from 'react';
import type { VariablesModel } from '../model/model';
import type { IEarlier } from '../model/states';
import { useView } from './context';

/** Offer what an earlier session kept, and say so if keeping has failed. */
export function Kept({ model }: { model: VariablesModel }): JSX.Element | null {
  const { trans } = useView();
  const { states } = model;
  const failure = states.isOn ? states.known?.failure : '';
  return (
    <>
      {failure ? (
        <div className="lv-Kept lv-mod-failed" role="status">
          <span>{trans.__('Nothing is kept now: %1', failure)}</span>
        </div>
      ) : null}
      {states.offer && !model.isReadOnly ? (
        <Offer model={model} offer={states.offer} />
      ) : null}
    </>
  );
}

function Offer(props: { model: VariablesModel; offer: IEarlier }): JSX.Element {
  const { trans, actions } = useView();
  const { model, offer } = props;
  const { states } = model;
  const count = states.missing.length;
  const text = trans._n(
    '%1 variable is kept from the session before (%2).',
    '%1 variables are kept from the session before (%2).',
    count,
    timeText(offer.session.last_at ?? offer.session.started_at)
  );
  const others = offer.names.filter(({ outcome }) => outcome !== 'kept').length;
  const othersText = trans._n('%1 is not kept.', '%1 are not kept.', others);
  return (
    <div className="lv-Kept" role="status">
      <span>
        {text} {others > 0 ? othersText : ''}
      </span>
      <button
        className="lv-Button lv-mod-accept"
        title={states.missing.join(', ')}
        onClick={() => actions.restoreKept()}
      >
        {trans.__('Restore')}
      </button>
      {actions.chooseKept ? (
        <button className="lv-Button" onClick={() => actions.chooseKept?.()}>
          {trans.__('Choose …')}
        </button>
      ) : null}
      <button className="lv-Button" onClick={() => states.dismiss()}>
        {trans.__('Not now')}
      </button>
    </div>
  );
}

/** Write when something was: the time, and the day if it was not today. */
function timeText(at: number): string {
  const date = new Date(at * 1000);
  const time = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? time : `${date.toLocaleDateString()} ${time}`;
}
