/** What notices are made of. */

import * as React from 'react';
import { useView } from './context';

/** The button that starts the livens kernel in place of the one that runs. */
export function SwitchButton(props: { isFirst?: boolean }): JSX.Element | null {
  const { trans, actions, options } = useView();
  if (options.value.isReadOnly) {
    return null;
  }
  return (
    <button
      className={`lv-Button${props.isFirst !== false ? ' lv-mod-accept' : ''}`}
      onClick={() => actions.switchKernel()}
    >
      {trans.__('Switch to Python 3 (livens)')}
    </button>
  );
}

/** A title, a text, and what to do. */
export function Text(props: {
  title: string;
  text: string;
  children?: React.ReactNode;
}): JSX.Element {
  return (
    <div className="lv-Notice" role="status">
      <h3>{props.title}</h3>
      {props.text ? <p>{props.text}</p> : null}
      {props.children}
    </div>
  );
}
