import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../src/model/format';
import { VariablesModel } from '../../src/model/model';
import { SPARKLINE_POINTS } from '../../src/model/points';
import type { Variable } from '../../src/protocol/messages';
import { connect, type FakeChannel, refresh, update, variable } from './messages';

const A = keyOf([['name', 'a']]);

function start(...variables: Variable[]): {
  model: VariablesModel;
  channel: FakeChannel;
  clock: { now: number };
  changes: boolean[];
} {
  const clock = { now: 1e12 };
  const model = new VariablesModel(() => clock.now);
  const { channel, client } = connect();
  model.attach(client);
  model.phase = 'live';
  channel.say(refresh({ variables }));
  const changes: boolean[] = [];
  model.changed.connect((_, { isStructural }) => void changes.push(isStructural));
  return { model, channel, clock, changes };
}

function child(index: number, preview: string): Variable {
  const path = [
    ['name', 'a'],
    ['index', index]
  ];
  return variable(String(index), { path, preview });
}

/** Open `a`, and let the kernel answer. */
async function openA(model: VariablesModel, channel: FakeChannel, children: Variable[]) {
  model.children.expand(model.variables.get('a')!);
  const total = children.length;
  await channel.answer({ variable: variable('a'), children, start: 0, total });
}

test('a value that changes leaves the rows where they are', () => {
  const { channel, changes } = start(variable('a'), variable('b'));
  channel.say(update({ changed: [variable('a', { preview: '2' })] }));
  assert.deepEqual(changes, [false]);
});

test('names that come and go, and other kinds, lay the rows out anew', () => {
  const { channel, changes } = start(variable('a'));
  channel.say(update({ seq: 2, changed: [variable('b')] }));
  channel.say(update({ seq: 3, changed: [variable('b', { kind: 'text' })] }));
  channel.say(update({ seq: 4, removed: ['b'] }));
  assert.deepEqual(changes, [true, true, true]);
});

test('what changed is marked, what was there from the start is not', () => {
  const { model, channel, clock } = start(variable('a'));
  assert.equal(model.freshSince(A), 0);
  clock.now += 500;
  channel.say(update({ changed: [variable('a', { preview: '2' })] }));
  assert.equal(model.freshSince(A), clock.now);
});

test('what is told again and is the same is not marked', () => {
  const { model, channel, clock } = start(variable('a', { version: 3 }));
  const unevaluated = [{ name: 'a', reason: 'too large' }];
  channel.say(update({ seq: 2, unevaluated }));
  clock.now += 500;
  channel.say(update({ seq: 3, changed: [variable('a', { version: 3 })] }));
  assert.equal(model.freshSince(A), 0);
  assert.equal(model.unevaluated.size, 0);
});

test('a connection that begins anew marks what is not what it was, and nothing else', () => {
  const { model, clock } = start(
    variable('a', { version: 3 }),
    variable('b', { version: 3 }),
    variable('c', { version: 3 })
  );
  model.attach(null);
  const again = connect();
  model.attach(again.client);
  clock.now += 500;
  // Nobody looked: the kernel counts from 0 again.
  const variables = [
    variable('a'),
    variable('b', { preview: '2' }),
    variable('c', { version: 1 })
  ];
  again.channel.say(refresh({ variables }));
  const marked = ['a', 'b', 'c'].map(name => model.freshSince(keyOf([['name', name]])));
  assert.deepEqual(marked, [0, clock.now, clock.now]);
});

test('children are asked for page by page', async () => {
  const { model, channel } = start(variable('a', { has_children: true }));
  model.children.expand(model.variables.get('a')!);
  assert.deepEqual(channel.sent[0]?.params, {
    path: [['name', 'a']],
    start: 0,
    limit: 100
  });
  const page = Array.from({ length: 100 }, (_, i) => child(i, 'x'));
  await channel.answer({ variable: variable('a'), children: page, start: 0, total: 150 });
  assert.equal(model.children.get(A)?.items.length, 100);
  model.children.loadMore(A);
  assert.equal(channel.sent[1]?.params.start, 100);
  const rest = Array.from({ length: 50 }, (_, i) => child(100 + i, 'x'));
  await channel.answer({
    variable: variable('a'),
    children: rest,
    start: 100,
    total: 150
  });
  assert.equal(model.children.get(A)?.items.length, 150);
});

test('what is open stays open over a change, and marks the children that differ', async () => {
  const { model, channel, clock } = start(variable('a', { has_children: true }));
  await openA(model, channel, [child(0, 'x'), child(1, 'y')]);
  clock.now += 1000;
  channel.say(update({ changed: [variable('a', { has_children: true, version: 2 })] }));
  await new Promise(resolve => setTimeout(resolve, 1));
  assert.equal(channel.sent.length, 2);
  const after = [child(0, 'x'), child(1, 'z')];
  await channel.answer({ variable: variable('a'), children: after, start: 0, total: 2 });
  const previews = model.children.get(A)?.items.map(({ preview }) => preview);
  assert.deepEqual(previews, ['x', 'z']);
  assert.equal(model.freshSince(keyOf(after[0]!.path)), 0);
  assert.equal(model.freshSince(keyOf(after[1]!.path)), clock.now);
});

test('a variable that is deleted takes what was open below it along', async () => {
  const { model, channel } = start(variable('a', { has_children: true }));
  await openA(model, channel, [child(0, 'x')]);
  channel.say(update({ removed: ['a'] }));
  assert.equal(model.children.size, 0);
});

test('what is open, selected and pinned outlives a connection', async () => {
  const { model, channel } = start(variable('a', { has_children: true }));
  await openA(model, channel, [child(0, 'x')]);
  model.select(A);
  model.togglePin('a');
  model.attach(null);
  assert.equal(model.variables.size, 1);
  const { channel: second, client } = connect();
  model.attach(client);
  second.say(
    refresh({ epoch: 'e2', variables: [variable('a', { has_children: true })] })
  );
  assert.equal(model.children.isExpanded(A), true);
  assert.equal(model.selected, A);
  assert.equal(model.pins.has('a'), true);
});

test('points are kept, the newest of them; without any the previews stand in', () => {
  const { model, channel } = start(variable('a'));
  channel.say(update({ changed: [variable('a', { preview: '2', changed_at: 5 })] }));
  assert.deepEqual(model.history.get('a'), [[5, 2]]);
  const points = Array.from({ length: 100 }, (_, i) => [i, i]);
  channel.say(update({ seq: 3, points: { a: points as never } }));
  assert.equal(model.history.get('a')?.length, SPARKLINE_POINTS);
  assert.deepEqual(model.history.get('a')?.at(-1), [99, 99]);
  channel.say(update({ seq: 4, changed: [variable('a', { preview: '7' })] }));
  assert.deepEqual(model.history.get('a')?.at(-1), [99, 99]);
});

test('ages are told by the clock of the kernel', () => {
  const { model, channel, clock } = start(variable('a'));
  const changed = variable('a', { preview: '2', changed_at: clock.now / 1000 - 3600 });
  channel.say(update({ changed: [changed] }));
  clock.now += 5000;
  assert.ok(Math.abs(model.ageOf(changed)! - 5) < 0.01);
});

test('the cell and its functions are shown until the cell ends', () => {
  const { model, channel } = start();
  const cell = { msg_id: 'm', running: true, execution_count: 3 };
  const frames = [{ function: 'train', file: '', line: 2, variables: [variable('i')] }];
  channel.say(update({ seq: 2, cell, frames }), update({ seq: 3, cell }));
  assert.equal(model.frames.length, 1);
  assert.equal(model.newestCell, 3);
  channel.say(update({ seq: 4, cell: { ...cell, running: false }, frames: [] }));
  assert.equal(model.cell, null);
  assert.deepEqual(model.frames, []);
});

test('what could not be compared is said until the variable changes', () => {
  const { model, channel } = start(variable('a'));
  channel.say(update({ unevaluated: [{ name: 'a', reason: 'too large' }] }));
  assert.equal(model.unevaluated.get('a'), 'too large');
  channel.say(update({ seq: 3, changed: [variable('a', { preview: '2' })] }));
  assert.equal(model.unevaluated.has('a'), false);
});

const RUNNING = { msg_id: 'm', execution_count: 3, running: true, line: 2 };

/** A model whose kernel died in a cell, and the new process that has nothing. */
function die(...variables: Variable[]) {
  const started = start(...variables);
  const { model, channel } = started;
  channel.say(update({ changed: [variable('a', { preview: '2' })], cell: RUNNING }));
  model.attach(null);
  model.noteEnd('died', 3);
  const next = connect();
  model.attach(next.client);
  next.channel.say(refresh({ epoch: 'e2' }));
  return { ...started, next: next.channel };
}

test('the values of a kernel that died stay until the new one has some', async () => {
  const { model, next } = die(variable('a'), variable('b'));
  assert.deepEqual(model.end, { how: 'died', execution_count: 3, line: 2 });
  assert.equal(model.variables.get('a')?.preview, '2');
  assert.equal(model.isConnected, false);
  await assert.rejects(model.request('inspect', { path: [['name', 'a']] }), /has ended/);
  model.children.expand(variable('b', { has_children: true }));
  next.say(update({ epoch: 'e2', changed: [variable('c')] }));
  assert.equal(model.end, null);
  assert.deepEqual([...model.variables.keys()], ['c']);
  assert.equal(model.children.size, 0);
  assert.equal(model.isConnected, true);
});

test('the values of a kernel that died go when a cell runs, or when they are not wanted', () => {
  const ran = die(variable('a'));
  const cell = { ...RUNNING, execution_count: 1 };
  ran.next.say(update({ epoch: 'e2', cell }));
  assert.deepEqual([ran.model.end, ran.model.variables.size], [null, 0]);
  const cleared = die(variable('a'));
  cleared.model.forgetEnd();
  assert.deepEqual([cleared.model.end, cleared.model.variables.size], [null, 0]);
});

test('where a kernel ended is only said as far as it is known', () => {
  const idle = start(variable('a')).model;
  idle.noteEnd('ended', null);
  assert.deepEqual(idle.end, { how: 'ended', execution_count: null, line: null });
  const { model, channel } = start(variable('a'));
  channel.say(update({ cell: RUNNING }));
  model.noteEnd('died', 4); // the line was that of another cell
  assert.deepEqual(model.end, { how: 'died', execution_count: 4, line: null });
  model.noteEnd('died', null); // it could not be started again
  assert.equal(model.end?.execution_count, 4);
});
