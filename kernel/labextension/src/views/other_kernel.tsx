/** What the panel says of a kernel that tells nothing of its variables, and what can be done. */

import * as React from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  type Failure,
  installCommand,
  isTooOld,
  type Loading,
  OLDEST_PYTHON
} from '../model/loading';
import { useView } from './context';
import { useSignal } from './hooks';
import { SwitchButton, Text } from './notice_text';

/** Offer to load livens into the kernel, where it runs Python, or to start another one. */
export function OtherKernel({ loading }: { loading?: Loading }): JSX.Element {
  const { trans, actions, options } = useView();
  useSignal(loading?.changed ?? null);
  const mayLoad = actions.watchKernel !== undefined && !options.value.isReadOnly;
  const isPossible = loading?.isPossible === true && mayLoad;
  return (
    <Text
      title={trans.__('Not a livens kernel')}
      text={
        isPossible
          ? trans.__(
              'This kernel does not tell of its variables yet. It can be watched as it is: nothing is restarted, and nothing in memory is lost.'
            )
          : trans.__(
              'This document runs on another kernel, which does not tell of its variables. With “Python 3 (livens)” Python code shows its variables here while it runs.'
            )
      }
    >
      {isPossible ? <WatchButton loading={loading} /> : null}
      <p className="lv-Small">
        {isPossible
          ? trans.__(
              'With the kernel “Python 3 (livens)” the panel sees more: each change at once, and its line. Switching starts a new kernel: what is in memory now is gone, run the cells again.'
            )
          : trans.__(
              'Switching starts a new kernel: what is in memory now is gone, run the cells again.'
            )}
      </p>
      <SwitchButton isFirst={!isPossible} />
    </Text>
  );
}

/** The button that has the kernel watched, and what has come of it so far. */
function WatchButton({ loading }: { loading: Loading }): JSX.Element {
  const { trans, actions } = useView();
  const { state } = loading;
  const isOnItsWay = state.phase === 'waiting' || state.phase === 'loading';
  return (
    <>
      <button
        className="lv-Button lv-mod-accept"
        aria-disabled={isOnItsWay}
        onClick={() => !isOnItsWay && actions.watchKernel?.()}
      >
        {state.phase === 'failed' ? trans.__('Try Again') : trans.__('Watch this kernel')}
      </button>
      <div className="lv-Loading" role="status">
        {state.phase === 'waiting'
          ? trans.__('A cell is running. The kernel is watched as soon as it is free.')
          : state.phase === 'loading'
            ? trans.__('Loading livens …')
            : null}
      </div>
      {state.phase === 'failed' ? <Failed failure={state.failure} /> : null}
    </>
  );
}

/** Why it did not work, and the remedy. */
function Failed({ failure }: { failure: Failure }): JSX.Element {
  const { trans, actions } = useView();
  const python = failure.why === 'missing' ? failure.python : null;
  const canInstall = failure.why === 'missing' && !(python && isTooOld(python));
  const command = installCommand(python);
  return (
    <div className="lv-LoadFailed" role="alert">
      <p>{reasonOf(failure, trans)}</p>
      {canInstall ? (
        <>
          <p>
            {command.startsWith('%')
              ? trans.__('Run this in a cell, then try again:')
              : trans.__(
                  'It has no pip. Run this in a terminal of its machine, then try again:'
                )}
          </p>
          <p className="lv-Command">
            <code>{command}</code>
            {actions.copy ? (
              <button className="lv-Button" onClick={() => actions.copy?.(command)}>
                {trans.__('Copy')}
              </button>
            ) : null}
          </p>
        </>
      ) : null}
    </div>
  );
}

function reasonOf(failure: Failure, trans: TranslationBundle): string {
  switch (failure.why) {
    case 'missing': {
      const { python } = failure;
      if (python && isTooOld(python)) {
        return trans.__(
          'livens needs Python %1 or newer. This kernel runs Python %2: %3',
          OLDEST_PYTHON.join('.'),
          python.version.join('.'),
          python.executable
        );
      }
      return python
        ? trans.__(
            'livens is not installed for the Python of this kernel, %1.',
            python.executable
          )
        : trans.__('livens is not installed for the Python of this kernel.');
    }
    case 'no-ipython':
      return trans.__('This kernel has no IPython, which livens needs.');
    case 'silent':
      return [
        trans.__('Something called livens was loaded, and does not tell of variables.'),
        failure.text.trim()
      ].join(' ');
    case 'error':
      return trans.__('livens could not be loaded: %1', failure.text);
  }
}
