import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VariablesModel } from '../../src/model/model';
import { connect, type FakeChannel, refresh } from './messages';

function start(): {
  model: VariablesModel;
  channel: FakeChannel;
  clock: { now: number };
} {
  const clock = { now: 1e12 };
  const model = new VariablesModel(() => clock.now);
  const { channel, client } = connect();
  model.attach(client);
  model.phase = 'live';
  channel.say(refresh());
  void model.rules.restore(client);
  return { model, channel, clock };
}

const RULE = { id: 'r1', condition: 'a > 1', action: 'notify' as const };

async function add({ model, channel }: ReturnType<typeof start>, more: object = {}) {
  const adding = model.rules.add('a > 1', 'notify');
  await channel.answer({ rule: RULE, notes: [], ...more });
  await adding;
  return model.rules.own[0]!;
}

function fired(times = 1, id = 'r1') {
  const rule = { ...RULE, id };
  const origin = { execution_count: 4, line: 2 };
  const event = { kind: 'rule' as const, name: 'a', message: 'a > 1: a = 2' };
  return { ...event, epoch: 'e1', seq: 2, rule, origin, times };
}

test('rules of others are told apart from those that were added here', async () => {
  const started = start();
  const { model, channel } = started;
  await add(started);
  const loading = model.rules.load();
  const other = { id: 'r2', condition: 'a > 2', action: 'stop', client: '%watch' };
  const states = { r2: { times: 3, holds: true } };
  await channel.answer({ rules: [{ id: 'r1', condition: 'a > 1' }, other], states });
  await loading;
  assert.deepEqual(model.rules.others, [other]);
  assert.deepEqual(model.rules.stateOf('r2'), { times: 3, holds: true });
  model.rules.noteFired(fired(2, 'r2'));
  assert.equal(model.rules.stateOf('r2')?.times, 5);
});

test('a rule that was removed does not come back by an answer on its way', async () => {
  const started = start();
  const { model, channel } = started;
  const rule = await add(started);
  const loading = model.rules.load();
  const asked = channel.sent[channel.sent.length - 1]!.id;
  void model.rules.remove(rule);
  channel.say({ id: asked, result: { rules: [RULE], states: { r1: {} } } });
  await loading;
  assert.deepEqual(model.rules.others, []);
});

test('what was noted of a new rule goes when it is no longer so', async () => {
  const started = start();
  const { model, channel } = started;
  const reason = "there is no variable 'a'";
  const rule = await add(started, { notes: [`${reason} yet`], state: { reason } });
  const load = async (state: object) => {
    const loading = model.rules.load();
    await channel.answer({ rules: [RULE], states: { r1: state } });
    await loading;
  };
  await load({ reason });
  assert.deepEqual(rule.notes, [`${reason} yet`]);
  await load({ reason: "'a' is a text" });
  assert.deepEqual([rule.notes, rule.state.reason], [[], "'a' is a text"]);
  await load({});
  assert.deepEqual([rule.notes, rule.state.reason], [[], undefined]);
});

test('how often, when and where a rule fired is kept', async () => {
  const started = start();
  const { model, clock } = started;
  const rule = await add(started);
  model.rules.noteFired(fired());
  clock.now += 5000;
  model.rules.noteFired(fired(3));
  assert.equal(rule.state.times, 4);
  assert.equal(rule.state.fired_at, clock.now / 1000);
  assert.equal(rule.state.fired_by?.line, 2);
  assert.equal(rule.state.holds, true);
});

test('a rule is switched off and on, and keeps what it did', async () => {
  const started = start();
  const { model, channel } = started;
  const rule = await add(started);
  model.rules.noteFired(fired(2));
  const loading = model.rules.load();
  await channel.answer({ rules: [RULE], states: { r1: { times: 2 } } });
  await loading;
  const off = model.rules.toggle(rule);
  await channel.answer({ id: 'r1' });
  await off;
  assert.equal(channel.sent[channel.sent.length - 1]?.method, 'rule.remove');
  assert.deepEqual([rule.isOn, rule.id, rule.state.times], [false, '', 2]);
  assert.equal(model.rules.isNeeded, false);
  assert.deepEqual(model.rules.others, []);
  const on = model.rules.toggle(rule);
  await channel.answer({ rule: { ...RULE, id: 'r2' }, notes: [], state: {} });
  await on;
  assert.deepEqual([rule.isOn, rule.id, rule.state.times], [true, 'r2', 2]);
  model.rules.noteFired(fired(1, 'r2'));
  assert.equal(rule.state.times, 3);
});

test('a new connection gets the rules that are on; another process counts anew', async () => {
  const started = start();
  const { model } = started;
  const rule = await add(started);
  model.rules.noteFired(fired(2));
  for (const [epoch, times] of [
    ['e1', 2],
    ['e2', 0]
  ] as const) {
    const { channel, client } = connect();
    model.attach(client);
    channel.say(refresh({ epoch }));
    const restoring = model.rules.restore(client);
    await channel.answer({ rule: RULE, notes: [], state: {} });
    await restoring;
    assert.equal(rule.state.times, times);
  }
  const { channel, client } = connect();
  channel.say(refresh({ epoch: 'e2' }));
  const restoring = model.rules.restore(client);
  channel.say({ id: 1, error: { code: -32007, message: 'no condition' } });
  await restoring;
  assert.deepEqual([rule.id, rule.error], ['', 'no condition']);
});
