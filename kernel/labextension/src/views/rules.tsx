/** The rules: what is to be told, and what is to stop the cell. */

import * as React from 'react';
import { useEffect, useState } from 'react';
import { closeIcon } from '@jupyterlab/ui-components';
import type { VariablesModel } from '../model/model';
import { useView } from './context';

/** List the rules, and add some. */
export function Rules(props: { model: VariablesModel }): JSX.Element {
  const { trans, actions } = useView();
  const { model } = props;
  const [condition, setCondition] = useState('');
  const [action, setAction] = useState<'notify' | 'stop'>('notify');
  const [error, setError] = useState('');
  const add = async () => {
    if (condition.trim() !== '') {
      const problem = await actions.addRule(condition.trim(), action);
      setError(problem);
      if (!problem) {
        setCondition('');
      }
    }
  };
  // Besides clients cells add rules; asking more often would keep the kernel from being idle.
  const isRunning = model.cell !== null;
  const { isConnected, newestCell } = model;
  useEffect(() => {
    if (isConnected) {
      void model.loadRules();
    }
  }, [model, isConnected, isRunning, newestCell]);
  const words = {
    notify: trans.__('Notify when'),
    stop: trans.__('Stop the cell when'),
    call: trans.__('Call a function when')
  };
  return (
    <section className="lv-Rules" aria-label={trans.__('Rules')}>
      <form
        className="lv-RuleForm"
        onSubmit={event => {
          event.preventDefault();
          void add();
        }}
      >
        <select
          className="lv-Select"
          value={action}
          aria-label={trans.__('What the rule does')}
          onChange={event => setAction(event.target.value as 'notify' | 'stop')}
        >
          <option value="notify">{words.notify}</option>
          <option value="stop">{words.stop}</option>
        </select>
        <input
          className={`lv-Editor${error ? ' lv-mod-wrong' : ''}`}
          value={condition}
          placeholder="loss < 0.1"
          spellCheck={false}
          aria-label={trans.__('Condition of the rule')}
          aria-invalid={error !== ''}
          onChange={event => {
            setCondition(event.target.value);
            setError('');
          }}
        />
        <button className="lv-Button" type="submit">
          {trans.__('Add')}
        </button>
      </form>
      {error ? (
        <p className="lv-Wrong" role="alert">
          {error}
        </p>
      ) : null}
      <ul>
        {model.rules.map(rule => (
          <li key={`${rule.action} ${rule.condition}`}>
            <span className="lv-Age">{words[rule.action]}</span>{' '}
            <code>{rule.condition}</code>
            <button
              className="lv-Button lv-mod-icon lv-mod-flat"
              aria-label={trans.__('Remove the rule %1', rule.condition)}
              onClick={() => void model.removeRule(rule)}
            >
              <closeIcon.react tag="span" width="12px" height="12px" aria-hidden="true" />
            </button>
            {rule.notes.map(note => (
              <p key={note} className="lv-Age">
                {note}
              </p>
            ))}
          </li>
        ))}
        {model.otherRules.map(rule => (
          <li key={rule.id} className="lv-mod-other">
            <span className="lv-Age">{words[rule.action ?? 'notify']}</span>{' '}
            <code>{rule.condition}</code>{' '}
            <span className="lv-Label">{rule.client || trans.__('added by code')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
