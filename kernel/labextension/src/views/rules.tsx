/** The rules: what is to be told, and what is to stop the cell; what each of them has done. */

import * as React from 'react';
import { useEffect, useReducer, useState } from 'react';
import { closeIcon } from '@jupyterlab/ui-components';
import { formatOrigin } from '../model/format';
import type { VariablesModel } from '../model/model';
import type { IRule } from '../model/rules';
import type { Rule, RuleState } from '../protocol/messages';
import { useView } from './context';
import { useRedrawIn } from './hooks';
import { ageText } from './row';

const TICK_MS = 1000;

/** List the rules, and add some. */
export function Rules(props: { model: VariablesModel }): JSX.Element {
  const { trans } = useView();
  const { model } = props;
  const { rules } = model;
  const redrawIn = useRedrawIn();
  redrawIn(TICK_MS);
  // Besides clients cells add rules; asking more often would keep the kernel from being idle.
  const isRunning = model.cell !== null;
  const { isConnected, newestCell, structure } = model;
  useEffect(() => {
    if (isConnected) {
      void rules.load();
    }
  }, [rules, isConnected, isRunning, newestCell]);
  useEffect(() => void rules.loadIfWaiting(), [rules, structure]);
  return (
    <section className="lv-Rules" aria-label={trans.__('Rules')}>
      <RuleForm canStop={model.offers('stop')} />
      <ul>
        {rules.own.map(rule => (
          <OwnRule key={`${rule.action} ${rule.condition}`} model={model} rule={rule} />
        ))}
        {rules.others.map(rule => (
          <OtherRule key={rule.id} model={model} rule={rule} />
        ))}
      </ul>
    </section>
  );
}

function useWords(): Record<NonNullable<Rule['action']>, string> {
  const { trans } = useView();
  return {
    notify: trans.__('Notify when'),
    stop: trans.__('Stop the cell when'),
    call: trans.__('Call a function when')
  };
}

function RuleForm({ canStop }: { canStop: boolean }): JSX.Element {
  const { trans, actions } = useView();
  const words = useWords();
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
  return (
    <>
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
          {canStop ? <option value="stop">{words.stop}</option> : null}
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
    </>
  );
}

function OwnRule(props: { model: VariablesModel; rule: IRule }): JSX.Element {
  const { trans } = useView();
  const { model, rule } = props;
  const words = useWords();
  const [, draw] = useReducer((count: number) => count + 1, 0);
  return (
    <li className={rule.isOn ? undefined : 'lv-mod-off'}>
      <input
        type="checkbox"
        checked={rule.isOn}
        aria-label={trans.__('Use the rule %1', rule.condition)}
        title={rule.isOn ? trans.__('Switch off') : trans.__('Switch on')}
        onChange={() => {
          void model.rules.toggle(rule);
          draw(); // at once, or React puts the box back as it was
        }}
      />
      <span className="lv-Age">{words[rule.action]}</span> <code>{rule.condition}</code>
      <button
        className="lv-Button lv-mod-icon lv-mod-flat"
        aria-label={trans.__('Remove the rule %1', rule.condition)}
        onClick={() => void model.rules.remove(rule)}
      >
        <closeIcon.react tag="span" width="12px" height="12px" aria-hidden="true" />
      </button>
      <State model={model} state={rule.state} rule={rule} />
    </li>
  );
}

function OtherRule(props: { model: VariablesModel; rule: Rule }): JSX.Element {
  const { trans } = useView();
  const { model, rule } = props;
  const words = useWords();
  const state = model.rules.stateOf(rule.id);
  return (
    <li className="lv-mod-other">
      <span className="lv-Age">{words[rule.action ?? 'notify']}</span>{' '}
      <code>{rule.condition}</code>{' '}
      <span className="lv-Label">{rule.client || trans.__('added by code')}</span>
      {state ? <State model={model} state={state} /> : null}
    </li>
  );
}

/** What a rule has done, and whether it may fire. */
function State(props: {
  model: VariablesModel;
  state: RuleState;
  rule?: IRule;
}): JSX.Element {
  const { trans, actions } = useView();
  const { model, state, rule } = props;
  const times = state.times ?? 0;
  const origin = state.fired_by;
  const place = formatOrigin(origin);
  const age = ageText(model.secondsSince(state.fired_at));
  return (
    <p className="lv-Age lv-RuleState" data-times={times}>
      {times > 0 ? (
        <span className="lv-Fired">
          {trans._n('fired once', 'fired %1 times', times)}
          {place ? trans.__(', last by ') : ''}
          {origin?.execution_count && actions.goTo ? (
            <button className="lv-LinkButton" onClick={() => actions.goTo?.(origin)}>
              {place}
            </button>
          ) : (
            place
          )}
          {age === 'now' ? trans.__(', just now') : age ? trans.__(', %1 ago', age) : ''}
          {' · '}
        </span>
      ) : null}
      <span>{useStatus(state, rule)}</span>
    </p>
  );
}

/** Say whether a rule may fire, and when. */
function useStatus(state: RuleState, rule?: IRule): string {
  const { trans } = useView();
  if (rule && !rule.isOn) {
    return trans.__('off');
  }
  if (rule?.error) {
    return trans.__('not in the kernel: %1', rule.error);
  }
  if (rule && rule.id === '') {
    return trans.__('not in the kernel yet');
  }
  if (state.reason) {
    const why = rule?.notes.length ? rule.notes.join('; ') : state.reason;
    return trans.__('armed, but cannot be worked out now: %1', why);
  }
  return state.holds
    ? trans.__('true now: fires when it becomes true again')
    : trans.__('armed');
}
