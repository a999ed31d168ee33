/** What the panel says where there is nothing to list. */

import * as React from 'react';
import { CommandIDs } from '../actions/commands';
import type { Phase } from '../model/model';
import type { ILayout } from '../model/rows';
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
              'To stay with this one, if it has IPython and livens is installed for it, run this in a cell:'
            )}{' '}
            <code>%load_ext livens</code>
          </p>
          <p className="lv-Small">
            {trans.__('If it has been loaded already by other code:')}{' '}
            <button
              className="lv-LinkButton"
              onClick={() => actions.run(CommandIDs.refresh)}
            >
              {trans.__('Ask the kernel again')}
            </button>
          </p>
        </Text>
      );
    case 'dead':
      return (
        <Text
          title={trans.__('The kernel does not run any more')}
          text={trans.__(
            'Nothing is known of its variables. Restart the kernel to go on.'
          )}
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
export function Empty(props: { layout: ILayout }): JSX.Element {
  const { trans, options } = useView();
  const { hidden, hiddenFound } = props.layout;
  if (options.value.search !== '') {
    const text = trans._n(
      '%1 variable that fits is hidden.',
      '%1 variables that fit are hidden.',
      hiddenFound
    );
    return (
      <Text
        title={
          hiddenFound > 0 ? trans.__('Nothing else found') : trans.__('Nothing found')
        }
        text={hiddenFound > 0 ? text : ''}
      >
        {hiddenFound > 0 ? <ShowHidden /> : null}
        <button className="lv-Button" onClick={() => options.update({ search: '' })}>
          {trans.__('Clear the search')}
        </button>
      </Text>
    );
  }
  if (hidden > 0) {
    const text = trans._n('%1 variable is hidden.', '%1 variables are hidden.', hidden);
    return (
      <Text title={trans.__('Nothing to list')} text={text}>
        <ShowHidden />
      </Text>
    );
  }
  return (
    <Text
      title={trans.__('No variables yet')}
      text={trans.__('Run a cell; what it sets shows here while it runs.')}
    />
  );
}

/** The line below the list: how many variables it has, and how many are hidden. */
export function Counts(props: { layout: ILayout }): JSX.Element | null {
  const { trans, options } = useView();
  const { listed, hidden, hiddenFound } = props.layout;
  const { search, isHiddenShown } = options.value;
  if (hidden === 0) {
    return null;
  }
  const listedText = trans._n('%1 variable', '%1 variables', listed);
  const text = isHiddenShown
    ? trans.__('%1, %2 of them usually hidden', listedText, hidden)
    : search !== ''
      ? trans._n('%1 more is hidden', '%1 more are hidden', hiddenFound)
      : trans.__('%1, %2 hidden', listedText, hidden);
  if (search !== '' && hiddenFound === 0) {
    return null;
  }
  return (
    <div className="lv-Counts" role="status">
      <span>{text}</span>
      <ShowHidden />
    </div>
  );
}

/** The button that shows what is hidden, and hides it again. */
function ShowHidden(): JSX.Element {
  const { trans, options } = useView();
  const { isHiddenShown } = options.value;
  return (
    <button
      className="lv-Button"
      onClick={() => options.update({ isHiddenShown: !isHiddenShown })}
    >
      {isHiddenShown ? trans.__('Hide them') : trans.__('Show them')}
    </button>
  );
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
