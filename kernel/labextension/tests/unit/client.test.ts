import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode, RequestError } from '../../src/protocol/client';
import { connect, refresh, update, variable } from './messages';

test('an answer finds its request, whatever came first', async () => {
  const { channel, client } = connect();
  const first = client.request('inspect', { path: [['name', 'a']] });
  const second = client.request('history', { name: 'a' });
  channel.say({ id: 2, result: { name: 'a', points: [], total: 0 } });
  channel.say({
    id: 1,
    result: { variable: variable('a'), children: [], start: 0, total: 0 }
  });
  assert.equal((await second).total, 0);
  assert.equal((await first).variable.name, 'a');
  client.dispose();
});

test('a refusal says what the kernel said', async () => {
  const { channel, client } = connect();
  const asked = client.request('delete', { names: ['nope'] });
  const error = {
    code: -32001,
    message: "No variable 'nope'",
    data: { remedy: 'Look again.' }
  };
  channel.say({ id: 1, error });
  await assert.rejects(asked, (failure: RequestError) => {
    assert.equal(failure.info.code, ErrorCode.VariableNotFound);
    assert.equal(failure.remedy, 'Look again.');
    return true;
  });
  client.dispose();
});

test('what waits for a cell to end is waited for, everything else a while only', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { channel, client } = connect();
  const names = ['a'];
  const queued = client.request('delete', { names, when_busy: 'queue' });
  const lost = client.request('delete', { names });
  t.mock.timers.tick(100_000);
  await assert.rejects(lost, RequestError);
  channel.say({ id: 1, result: { names } });
  assert.deepEqual((await queued).names, names);
  client.dispose();
});

test('a gap is asked about once, and again only after the refresh has come', () => {
  const { channel, client } = connect();
  channel.say(refresh({ variables: [] }));
  channel.say(update({ seq: 5 }), update({ seq: 6 }), update({ seq: 7 }));
  const methods = () => channel.sent.map(({ method }) => method);
  assert.deepEqual(methods(), ['refresh']);
  channel.say(refresh({ seq: 8, variables: [variable('a')] }), update({ seq: 11 }));
  assert.deepEqual(methods(), ['refresh', 'refresh']);
  client.request('rule.list', {}).catch(() => undefined);
  client.dispose();
});

test('what is no message of the protocol changes nothing', () => {
  const { channel, client } = connect();
  channel.say(refresh({ variables: [variable('a')] }));
  channel.say(
    null,
    'text',
    3,
    [],
    {},
    { id: 99, result: {} },
    { method: 'news', params: {} }
  );
  assert.deepEqual([...client.replica.variables.keys()], ['a']);
  assert.deepEqual(channel.sent, []);
  client.dispose();
});

test('events are told, and count as messages', () => {
  const { channel, client } = connect();
  const told: string[] = [];
  client.notified.connect((_, event) => void told.push(event.message));
  const params = { epoch: 'e1', seq: 2, kind: 'rule', name: 'a', message: 'a > 1' };
  channel.say(
    refresh({ variables: [] }),
    { method: 'event', params },
    update({ seq: 3 })
  );
  assert.deepEqual(told, ['a > 1']);
  assert.equal(client.replica.needsRefresh, false);
  client.dispose();
});

test('closing ends the requests that are open, and closes the channel', async () => {
  const { channel, client } = connect();
  const asked = client.request('rule.list', {});
  client.dispose();
  await assert.rejects(asked, RequestError);
  await assert.rejects(client.request('rule.list', {}), RequestError);
  assert.equal(channel.isDisposed, true);
});
