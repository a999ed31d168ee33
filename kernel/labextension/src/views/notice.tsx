/** What the panel says where there is nothing to list. */

import * as React from 'react';
import { CommandIDs } from '../actions/commands';
import type { Phase } from '../model/model';
import { useView } from './context';

/** Explain why there are no variables, and what to do. */
export function Notice(props: { phase: Phase }): JSX.Element | null {
  const { trans, actions } = useView();
  switch (props.phase) {
    case 'no-document':
      return (
        <Text
          title={trans.__('Nothing to watch')}
          text={trans.__('Open a notebook or a console; its variables show here, live.')}
        />
      );
    case 'no-kernel':
      return (
        <Text
          title={trans.__('No kernel')}
          text={trans.__(
            'This document has no kernel. Choose “Python 3 (livens)” to watch its variables.'
          )}
        >
          <SwitchButton />
        </Text>
      );
    case 'other-kernel':
      return (
        <Text
          title={trans.__('Not a livens kernel')}
          text={trans.__(
            'This document runs on another kernel, which does not tell of its variables. With “Python 3 (livens)” the same Python code shows its variables here while it runs.'
          )}
        >
          <SwitchButton />
          <p className="lv-Small">
            {trans.__(
              'Switching starts a new kernel: what is in memory now is gone, run the cells again.'
            )}
          </p>
          <p className="lv-Small">
            {trans.__(
              'To stay with this one, if it has IPython and livens is installed for it, show its variables below a cell:'
            )}{' '}
            <code>from livens.widget import VariablesWidget; VariablesWidget()</code>
          </p>
        </Text>
      );
    case 'dead':
      return (
        <Text
          title={trans.__('The kernel died')}
          text={trans.__('Its variables are gone. Restart the kernel to go on.')}
        >
          <button
            className="lv-Button lv-mod-accept"
            onClick={() => actions.run(CommandIDs.restartKernel)}
          >
            {trans.__('Restart the kernel')}
          </button>
        </Text>
      );
    default:
      return null;
  }
}

/** What is shown in place of an empty list: why it is empty. */
export function Empty(props: { isFiltered: boolean; hidden: number }): JSX.Element {
  const { trans, options } = useView();
  if (props.isFiltered) {
    return (
      <Text title={trans.__('Nothing found')} text="">
        <button className="lv-Button" onClick={() => options.update({ search: '' })}>
          {trans.__('Clear the search')}
        </button>
      </Text>
    );
  }
  const text =
    props.hidden > 0
      ? trans._n('%1 variable is hidden.', '%1 variables are hidden.', props.hidden)
      : trans.__('Run a cell; what it sets shows here while it runs.');
  return <Text title={trans.__('No variables yet')} text={text} />;
}

function SwitchButton(): JSX.Element {
  const { trans, actions } = useView();
  return (
    <button className="lv-Button lv-mod-accept" onClick={() => actions.switchKernel()}>
      {trans.__('Switch to Python 3 (livens)')}
    </button>
  );
}

function Text(props: {
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
