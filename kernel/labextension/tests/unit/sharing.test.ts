import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VariablesModel } from '../../src/model/model';
import { sharedText } from '../../src/views/marks';
import { untranslated } from '../../src/widget/translation';
import { connect, refresh, update, variable } from './messages';

const STORE = 'sqlite:///shared.db';

function start(capabilities: Record<string, number>) {
  const { client, channel } = connect();
  const model = new VariablesModel();
  model.attach(client);
  model.phase = 'live';
  channel.say(refresh({ variables: [variable('x'), variable('y')], capabilities }));
  return { model, channel };
}

function textOf(model: VariablesModel, name: string): string {
  return sharedText(model, model.variables.get(name)!, untranslated);
}

test('what is shared is marked with the store and who wrote it last', async () => {
  const { model, channel } = start({ list: 1, 'sharing.list': 1 });
  const shared = { store: STORE, policy: 'both' };
  const variables = [
    { name: 'x', ...shared },
    { name: 'y', ...shared, reason: 'it is a generator' }
  ];
  await channel.answer({ variables });
  assert.equal(textOf(model, 'x'), `shared by ${STORE}, written last here`);
  assert.equal(textOf(model, 'y'), `not shared by ${STORE}: it is a generator`);
  const changed_by = { client: 'a program', store: STORE };
  channel.say(update({ changed: [variable('x', { preview: '2', changed_by })] }));
  assert.equal(textOf(model, 'x'), `shared by ${STORE}, written last by a program`);
  model.clear();
  assert.equal(model.sharing.of('x'), undefined);
});

test('a store that is away, and what waits, is said', async () => {
  const { model, channel } = start({ list: 1, 'sharing.list': 1 });
  const shared = { store: STORE, policy: 'read', away: 'no file', is_waiting: true };
  await channel.answer({ variables: [{ name: 'x', ...shared, is_unwritten: true }] });
  assert.equal(
    textOf(model, 'x'),
    `shared by ${STORE}, written last here, only read, not written yet, a newer value waits, no file`
  );
  assert.equal(textOf(model, 'y'), '');
});

test('a kernel that shares nothing is not asked', () => {
  const older: Record<string, number>[] = [{ list: 1 }, {}];
  for (const capabilities of older) {
    const { channel } = start(capabilities);
    assert.deepEqual(channel.sent, []);
  }
});

test('it is asked again after a cell, and another store is marked', async t => {
  const { model, channel } = start({ list: 1, 'sharing.list': 1 });
  await channel.answer({});
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const cell = { msg_id: 'm', execution_count: 1, running: false, started_at: 0 };
  channel.say(update({ changed: [variable('x')], cell }));
  t.mock.timers.tick(1000);
  assert.equal(channel.sent.length, 2);
  t.mock.timers.reset();
  await channel.answer({ variables: [{ name: 'x', store: STORE, policy: 'write' }] });
  assert.match(textOf(model, 'x'), /only written/);
  model.clear();
});
