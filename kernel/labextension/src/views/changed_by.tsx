/** The cell of a row that says by what its variable was changed. */

import * as React from 'react';
import { formatOrigin } from '../model/format';
import type { Variable } from '../protocol/messages';
import type { IViewContext } from './context';

/** Where a variable was changed, and how long ago; a click goes there. */
export const ChangedBy = React.memo(function ChangedBy(props: {
  variable: Variable;
  age: string;
  view: IViewContext;
}): JSX.Element | null {
  const { changed_by: origin } = props.variable;
  const { goTo } = props.view.actions;
  const text = formatOrigin(origin);
  if (!text || !origin) {
    return props.age ? <span className="lv-Age">{props.age}</span> : null;
  }
  if (!goTo || (!origin.execution_count && !origin.cell_id)) {
    return (
      <span>
        {text} <span className="lv-Age">{props.age}</span>
      </span>
    );
  }
  return (
    <>
      <a
        className="lv-Link"
        tabIndex={-1}
        role="button"
        title={props.view.trans.__('Go to the cell that changed it')}
        onClick={() => goTo(origin)}
      >
        {text}
      </a>
      <span className="lv-Age">{props.age}</span>
    </>
  );
}, isSameOrigin);

function isSameOrigin(
  before: { variable: Variable; age: string },
  now: { variable: Variable; age: string }
): boolean {
  const [a, b] = [before.variable.changed_by, now.variable.changed_by];
  return (
    before.age === now.age &&
    a?.cell_id === b?.cell_id &&
    a?.execution_count === b?.execution_count &&
    a?.line === b?.line &&
    a?.client === b?.client &&
    a?.store === b?.store
  );
}
