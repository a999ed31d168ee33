import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeptActions } from '../../src/actions/kept';
import { VariablesModel } from '../../src/model/model';
import type { StateList, StateSession } from '../../src/protocol/messages';
import { untranslated } from '../../src/widget/translation';
import { connect, type FakeChannel, refresh, update, variable } from './messages';

const OFFERS = { list: 1, 'state.list': 1, 'state.restore': 1 };
const BEFORE: StateSession = {
  session: 3,
  name: '',
  notebook: 'a.ipynb',
  python: '3.11',
  started_at: 1
};

function listOf(more: Partial<StateList> = {}): StateList {
  return { is_on: true, file: 'archive.sqlite', session: 4, ...more };
}

/** A model whose kernel has variables and can do so much. */
function start(
  names: string[],
  capabilities: Record<string, number> = OFFERS
): { model: VariablesModel; channel: FakeChannel } {
  const { client, channel } = connect();
  const model = new VariablesModel();
  model.attach(client);
  model.phase = 'live';
  channel.say(refresh({ variables: names.map(name => variable(name)), capabilities }));
  return { model, channel };
}

/** Answer what is asked when a connection begins: of this session, and of the one before. */
async function answerFirst(
  channel: FakeChannel,
  own: Partial<StateList>,
  kept: string[] = []
): Promise<void> {
  const earlier = kept.length ? [BEFORE] : [];
  await channel.answer(listOf({ earlier, ...own }));
  if (kept.length) {
    const names = kept.map(name => ({ name, outcome: 'kept' as const }));
    const refused = { name: 'gen', outcome: 'not kept' as const, reason: 'a generator' };
    await channel.answer(listOf({ names: [...names, refused] }));
  }
}

const asked = (channel: FakeChannel) =>
  channel.sent.filter(({ method }) => method.startsWith('state.'));

test('a kernel that keeps nothing is asked nothing, nor is one older than capabilities', () => {
  const older: Record<string, number>[] = [{ list: 1 }, {}];
  for (const capabilities of older) {
    const { model, channel } = start(['x'], capabilities);
    assert.equal(model.states.isOffered, false);
    assert.deepEqual(asked(channel), []);
  }
});

test('what the session before kept, and no variable has, is offered until it is there', async () => {
  const { model, channel } = start(['x']);
  await answerFirst(channel, { is_on: false }, ['x', 'y', 'z*']);
  const { states } = model;
  assert.deepEqual(
    asked(channel).map(({ params }) => params.session),
    [undefined, 3]
  );
  assert.deepEqual(states.offer?.session, BEFORE);
  assert.deepEqual([states.missing, states.conflicts], [['y', 'z*'], ['x']]);
  channel.say(update({ changed: [variable('y'), variable('z*')] }));
  assert.equal(states.offer, null);
});

test('it is not offered any more when somebody does not want it', async () => {
  const { model, channel } = start([]);
  await answerFirst(channel, {}, ['x']);
  assert.notEqual(model.states.offer, null);
  model.states.dismiss();
  assert.equal(model.states.offer, null);
});

test('a session that still runs is none to restore', async () => {
  const { model, channel } = start([]);
  await channel.answer(listOf({ earlier: [{ ...BEFORE, is_running: true }] }));
  assert.equal(asked(channel).length, 1);
  assert.equal(model.states.offer, null);
});

test('names are restored as they are, not as patterns, and of the session that was shown', async () => {
  const { model, channel } = start(['x']);
  await answerFirst(channel, {}, ['x', 'y', 'z*']);
  const restored = model.states.restore(model.states.missing, false);
  const { method, params } = channel.sent[channel.sent.length - 1]!;
  assert.equal(method, 'state.restore');
  assert.deepEqual(params, { names: ['y', 'z[*]'], session: 3, overwrite: false });
  await channel.answer({ names: [{ name: 'y', outcome: 'restored' }] });
  await channel.answer(listOf());
  assert.equal((await restored).names?.length, 1);
  assert.equal(model.states.offer, null);
});

test('a variable is marked with why it is not kept, not while it may be soon', async () => {
  const { model, channel } = start(['x', 'gen', 'big']);
  await answerFirst(channel, {
    names: [
      { name: 'x', outcome: 'kept', cell: 1 },
      { name: 'gen', outcome: 'not kept', reason: 'a generator' },
      { name: 'big', outcome: 'not kept', reason: 'not kept yet', is_pending: true }
    ]
  });
  const { states } = model;
  assert.deepEqual(
    ['x', 'gen', 'big'].map(name => states.whyNotKept(name)),
    ['', 'a generator', '']
  );
  assert.equal(states.of('x')?.cell, 1);
  model.clear();
  assert.equal(states.of('x'), undefined);
});

test('nothing is marked while keeping is off', async () => {
  const { model, channel } = start(['gen']);
  const names = [{ name: 'gen', outcome: 'not kept' as const, reason: 'a generator' }];
  await answerFirst(channel, { is_on: false, names });
  assert.equal(model.states.whyNotKept('gen'), '');
});

test('what is kept is asked again when a cell is quiet, once for many messages', async t => {
  const { model, channel } = start(['x']);
  await answerFirst(channel, {});
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const count = () => asked(channel).length;
  const before = count();
  const running = { msg_id: 'm', execution_count: 1, running: true, started_at: 0 };
  channel.say(update({ seq: 2, changed: [variable('x')], cell: running }));
  t.mock.timers.tick(1500);
  channel.say(update({ seq: 3, changed: [variable('x')], cell: running }));
  t.mock.timers.tick(1500);
  assert.equal(count(), before);
  // It may have ended without another change to tell of.
  t.mock.timers.tick(1000);
  assert.equal(count(), before + 1);
  const ended = { ...running, running: false };
  channel.say(update({ seq: 4, changed: [variable('x')], cell: ended }));
  channel.say(update({ seq: 5, changed: [variable('y')], cell: ended }));
  t.mock.timers.tick(600);
  assert.equal(count(), before + 2);
  model.states.forgetKernel();
});

test('what was not answered is asked again', async t => {
  const { model, channel } = start(['x']);
  await answerFirst(channel, {});
  t.mock.timers.enable({ apis: ['setTimeout'] });
  void model.states.load();
  const { id } = channel.sent[channel.sent.length - 1]!;
  const before = asked(channel).length;
  channel.say({ id, error: { code: -1, message: 'no answer' } });
  await new Promise(resolve => setImmediate(resolve));
  t.mock.timers.tick(5000);
  assert.equal(asked(channel).length, before + 1);
  model.states.forgetKernel();
});

test('it can be gone back to before cells that are kept, found by their id', async () => {
  const { model, channel } = start(['x']);
  const cells = [
    { commit: 1, kind: 'cell' as const, at: 1, cell: 1, cell_id: 'a' },
    { commit: 2, kind: 'between' as const, at: 2 },
    { commit: 3, kind: 'cell' as const, at: 3, cell: 2, cell_id: 'a' },
    { commit: 4, kind: 'cell' as const, at: 4, cell: 3 }
  ];
  await answerFirst(channel, { cells });
  const find = (cell_id: string, execution_count: number | null) =>
    model.states.cellToGoBackTo({ cell_id, execution_count });
  assert.deepEqual(
    [find('a', 2), find('b', 3), find('b', 9), find('b', null)],
    [2, 3, null, null]
  );
});

test('a kernel that is started again goes on to keep, if the last one did', async () => {
  for (const wasOn of [true, false]) {
    const { model, channel } = start(['x']);
    await answerFirst(channel, { is_on: wasOn });
    channel.say(refresh({ epoch: 'e2', capabilities: OFFERS }));
    await answerFirst(channel, { is_on: false, session: 5 });
    const last = channel.sent[channel.sent.length - 1]!;
    assert.equal(last.method === 'state.keep', wasOn);
    assert.equal(last.params.on, wasOn ? true : undefined);
    model.states.forgetKernel();
  }
});

test('what came of it is told in words, errors as well', async () => {
  const { model, channel } = start([]);
  await answerFirst(channel, {}, ['x', 'y']);
  const told: string[] = [];
  const kept = new KeptActions({
    model: () => model,
    note: ({ kind, text }) => void told.push(`${kind}: ${text}`),
    describe: error => String((error as Error).message),
    trans: untranslated
  });
  const restored = kept.restoreMissing();
  const names = [
    { name: 'x', outcome: 'restored' },
    { name: 'y', outcome: 'not restored', reason: 'Python differs' }
  ];
  await channel.answer({ names });
  await channel.answer(listOf());
  await restored;
  const back = kept.back(2, false);
  const { id } = channel.sent[channel.sent.length - 1]!;
  channel.say({ id, error: { code: -32002, message: 'a cell is running' } });
  assert.equal(await back, '');
  assert.deepEqual(told, [
    'warning: Restored: x. Not restored: y (Python differs).',
    'error: a cell is running'
  ]);
});
