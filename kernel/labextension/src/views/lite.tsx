/** The label of a kernel that is watched from outside, and what is not seen of it. */

import * as React from 'react';
import type { VariablesModel } from '../model/model';
import { useView } from './context';

/** The label; a click says what it means. */
export function LiteButton(props: {
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
}): JSX.Element {
  const { trans } = useView();
  return (
    <button
      className="lv-Label lv-Lite"
      aria-expanded={props.isOpen}
      title={trans.__(
        'This kernel is not livens: changes are sampled, and compared at the end of each cell. Click to see what that leaves out.'
      )}
      onClick={() => props.onToggle(!props.isOpen)}
    >
      {trans.__('lite')}
    </button>
  );
}

/** What is not seen in lite mode. */
export function LiteLimits({ model }: { model: VariablesModel }): JSX.Element {
  const { trans } = useView();
  const limits = [
    trans.__(
      'A value that is replaced within about 20 ms: the kernel is looked at that often, and at the end of each cell.'
    ),
    trans.__('Which line changed a name that several lines of the cell store.'),
    trans.__(
      'The very change that makes a rule true: a rule stops the cell at the next look.'
    )
  ];
  if (!model.offers('answers-while-busy')) {
    limits.push(trans.__('What is asked while a cell runs: it is answered at the end.'));
  }
  return (
    <div className="lv-Limits" role="note">
      <p>{trans.__('This kernel is watched from outside. Not seen are:')}</p>
      <ul>
        {limits.map(text => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <p>{trans.__('The kernel “Python 3 (livens)” sees all of that.')}</p>
    </div>
  );
}
