import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Replica } from '../../src/protocol/replica';
import { refresh, update, variable } from './messages';

function previews(replica: Replica): Record<string, string | undefined> {
  return Object.fromEntries([...replica.variables].map(([name, v]) => [name, v.preview]));
}

test('a refresh and the updates that follow make the state', () => {
  const replica = new Replica();
  replica.apply(refresh({ variables: [variable('a'), variable('b')] }));
  const change = replica.apply(update({ changed: [variable('c')], removed: ['a'] }));
  assert.deepEqual(change?.changed, ['c']);
  assert.deepEqual(change?.removed, ['a']);
  assert.deepEqual(previews(replica), { b: '1', c: '1' });
});

test('after a gap nothing is believed until a refresh comes', () => {
  const replica = new Replica();
  replica.apply(refresh({ variables: [variable('a')] }));
  assert.equal(replica.apply(update({ seq: 3, changed: [variable('lost')] })), null);
  assert.equal(replica.needsRefresh, true);
  assert.equal(replica.apply(update({ seq: 4, removed: ['a'] })), null);
  assert.deepEqual(previews(replica), { a: '1' });
  replica.apply(refresh({ seq: 5, variables: [variable('b')] }));
  assert.equal(replica.needsRefresh, false);
  assert.deepEqual(previews(replica), { b: '1' });
});

test('a message that came before is not applied twice, nor is an older one', () => {
  const replica = new Replica();
  replica.apply(refresh({ variables: [variable('a')] }));
  replica.apply(update({ seq: 2, changed: [variable('a', { preview: '2' })] }));
  const again = update({ seq: 2, changed: [variable('a', { preview: '9' })] });
  assert.equal(replica.apply(again), null);
  assert.equal(replica.apply(refresh({ seq: 1, variables: [] })), null);
  assert.equal(replica.needsRefresh, false);
  assert.deepEqual(previews(replica), { a: '2' });
});

test('messages in the wrong order are a gap', () => {
  const replica = new Replica();
  replica.apply(refresh({ variables: [] }));
  replica.apply(update({ seq: 3, changed: [variable('late')] }));
  replica.apply(update({ seq: 2, changed: [variable('early')] }));
  assert.equal(replica.needsRefresh, true);
  assert.deepEqual(previews(replica), {});
});

test('another epoch is another process, whose refresh is waited for', () => {
  const replica = new Replica();
  replica.apply(refresh({ variables: [variable('a')] }));
  replica.apply(update({ epoch: 'e2', seq: 2, changed: [variable('b')] }));
  assert.equal(replica.needsRefresh, true);
  replica.apply(refresh({ epoch: 'e2', seq: 1, variables: [variable('c')] }));
  assert.deepEqual(previews(replica), { c: '1' });
});

test('a refresh in parts takes its place when the last has come, with updates in between', () => {
  const replica = new Replica();
  replica.apply(refresh({ variables: [variable('old')] }));
  const length = 3;
  replica.apply(refresh({ seq: 2, length, variables: [variable('a'), variable('b')] }));
  assert.deepEqual(previews(replica), { old: '1' });
  replica.apply(
    update({ seq: 3, changed: [variable('a', { preview: '7', version: 5 })] })
  );
  const change = replica.apply(
    refresh({ seq: 4, length, start: 2, variables: [variable('c')] })
  );
  assert.equal(change?.isComplete, true);
  assert.deepEqual(change?.removed, ['old']);
  assert.deepEqual(previews(replica), { a: '7', b: '1', c: '1' });
});

test('a part that is missing is a gap', () => {
  const replica = new Replica();
  replica.apply(refresh({ length: 3, variables: [variable('a')] }));
  assert.equal(replica.apply(refresh({ seq: 2, start: 2, length: 3 })), null);
  assert.equal(replica.needsRefresh, true);
});

test('methods that are not known yet are ignored', () => {
  const replica = new Replica();
  replica.apply(refresh({ variables: [variable('a')] }));
  assert.equal(replica.apply({ method: 'news', params: {} } as never), null);
  assert.equal(replica.apply({ id: 3, result: {} }), null);
  assert.equal(replica.needsRefresh, false);
});

test('what a kernel says that it can do is offered; an older one has all of revision 1', () => {
  const replica = new Replica();
  replica.apply(refresh({ capabilities: { table: 1, inspect: 2 } }));
  const offered = ['table', 'inspect', 'value'].filter(name => replica.offers(name));
  assert.deepEqual(offered, ['table', 'inspect']);
  assert.equal(replica.offers('inspect', 2), true);
  assert.equal(replica.offers('table', 2), false);
  replica.apply(refresh({ epoch: 'e2' }));
  assert.equal(replica.offers('value'), true);
  assert.equal(replica.offers('value', 2), false);
});

test('the parts of a refresh that follow say nothing anew', () => {
  const replica = new Replica();
  const first = { variables: [variable('a')], length: 2, capabilities: { list: 1 } };
  replica.apply(refresh(first));
  replica.apply(refresh({ seq: 2, start: 1, length: 2, variables: [variable('b')] }));
  assert.equal(replica.variables.size, 2);
  assert.equal(replica.offers('value'), false);
});
