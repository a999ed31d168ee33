/** What the panel says where there is nothing to list. */

import * as React from 'react';
import { CommandIDs } from '../actions/commands';
import type { Loading } from '../model/loading';
import type { Phase } from '../model/model';
import type { ILayout } from '../model/rows';
import { useView } from './context';
import { OtherKernel } from './other_kernel';
import { SwitchButton, Text } from './notice_text';

/** Explain why there are no variables, and what to do. */
export function Notice(props: { phase: Phase; loading?: Loading }): JSX.Element | null {
  const { trans, actions, options } = useView();
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
      return <OtherKernel loading={props.loading} />;
    case 'dead':
      return (
        <Text
          title={trans.__('The kernel does not run any more')}
          text={trans.__(
            'Nothing is known of its variables. Restart the kernel to go on.'
          )}
        >
          {options.value.isReadOnly ? null : (
            <button
              className="lv-Button lv-mod-accept"
              onClick={() => actions.run(CommandIDs.restartKernel)}
            >
              {trans.__('Restart the kernel')}
            </button>
          )}
        </Text>
      );
    default:
      return null;
  }
}

/** What is shown in place of an empty list: why it is empty. */
export function Empty(props: { layout: ILayout }): JSX.Element {
  const { trans, options } = useView();
  const { hidden } = props.layout;
  if (options.value.search !== '') {
    return (
      <Text title={trans.__('Nothing found')} text="">
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
  const { listed, hidden, hiddenFound, notFound } = props.layout;
  const { search, isHiddenShown } = options.value;
  if (hidden === 0 || (search !== '' && hiddenFound === 0)) {
    return null;
  }
  const listedText = trans._n('%1 variable', '%1 variables', listed);
  if (search !== '') {
    const found = isHiddenShown ? listed - notFound : listed - notFound + hiddenFound;
    return (
      <div className="lv-Counts" role="status">
        <span>{trans.__('%1 found, %2 of them usually hidden', found, hiddenFound)}</span>
      </div>
    );
  }
  const text = isHiddenShown
    ? trans.__('%1, %2 of them usually hidden', listedText, hidden)
    : trans.__('%1, %2 hidden', listedText, hidden);
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
