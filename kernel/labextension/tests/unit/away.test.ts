import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserStore } from '../../src/lab/seen';
import type { IAbsence } from '../../src/model/away';
import { VariablesModel } from '../../src/model/model';
import type { Variable } from '../../src/protocol/messages';
import { connect, refresh, update, variable } from './messages';

const AT = 1e6;

/** A model with a clock, which connects to a kernel process. */
function begin(epoch: string) {
  const clock = { now: AT * 1000 };
  const model = new VariablesModel(() => clock.now);
  const join = (variables: Variable[], of = epoch) => {
    const { channel, client } = connect();
    model.attach(client);
    model.phase = 'live';
    channel.say(refresh({ variables, epoch: of }));
    return channel;
  };
  const leave = () => {
    model.attach(null);
    model.phase = 'connecting';
  };
  const told = (): IAbsence | null => model.away.absence;
  return { clock, model, told, join, leave };
}

function changed(name: string, after: number, count: number, preview = '1'): Variable {
  const changed_by = { execution_count: count };
  return variable(name, { changed_at: AT + after, changed_by, preview });
}

test('who comes back is told what changed meanwhile, with the course of numbers', async () => {
  const { clock, model, told, join, leave } = begin('away-1');
  join([changed('a', -5, 1), changed('gone', -5, 1), changed('same', -5, 1)]);
  assert.equal(told(), null);
  leave();
  clock.now += 60_000;
  const words = { ...changed('words', 20, 4), kind: 'sequence' as const, preview: '[]' };
  const channel = join([changed('a', 30, 3, '7'), changed('same', -5, 1), words]);
  const absence = told();
  assert.equal(absence?.seconds, 60);
  assert.deepEqual(absence?.cells, [3, 4]);
  assert.deepEqual(
    absence?.changed.map(({ name }) => name),
    ['a', 'words']
  );
  assert.deepEqual(absence?.removed, ['gone']);
  const asked = channel.sent[channel.sent.length - 1]!;
  assert.deepEqual([asked.method, asked.params.name], ['history', 'a']);
  const points = [
    [AT - 90, 2, 1],
    [AT - 5, 3, 1], // what it was when somebody looked last
    [AT + 10, 5, 3],
    [AT + 30, 7, 3]
  ];
  await channel.answer({ name: 'a', points, total: 9 });
  assert.deepEqual(
    told()?.courses.map(({ name, count, points }) => [name, count, points[0]?.[1]]),
    [['a', 2, 3]]
  );
  model.away.dismiss();
  assert.equal(told(), null);
  // The same connection tells its whole state once more: nobody was away.
  channel.say(refresh({ variables: [changed('a', 70, 5)], epoch: 'away-1', seq: 9 }));
  assert.equal(told(), null);
});

test('nothing is told of another process, of a pause, or where nothing changed', () => {
  const other = begin('away-2');
  other.join([changed('a', -5, 1)]);
  other.leave();
  other.clock.now += 60_000;
  other.join([changed('a', 30, 3)], 'away-3');
  assert.equal(other.told(), null);

  const paused = begin('away-4');
  paused.join([changed('a', -5, 1)]);
  paused.model.attach(null);
  paused.model.phase = 'paused';
  paused.clock.now += 60_000;
  paused.join([changed('a', 30, 3)]);
  assert.equal(paused.told(), null);

  const quiet = begin('away-5');
  const channel = quiet.join([changed('a', -5, 1)]);
  channel.say(update({ epoch: 'away-5', changed: [changed('a', 0, 2)] }));
  quiet.leave();
  quiet.clock.now += 60_000;
  quiet.join([changed('a', 0, 2)]);
  assert.equal(quiet.told(), null);
});

test('a browser remembers more than a page, and not for ever', () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => {
      kept.set(key, text);
      Object.assign(storage, { [key]: text });
    },
    removeItem: (key: string) => {
      kept.delete(key);
      delete (storage as Record<string, unknown>)[key];
    }
  } as unknown as Storage;
  for (let n = 0; n < 50; n++) {
    browserStore(storage).set(`e${n}`, 1000 + n, true);
  }
  assert.equal(browserStore(storage).get('e49'), 1049);
  assert.equal(browserStore(storage).get('e1'), null);
  const often = browserStore(storage);
  often.set('e49', 2000, false);
  often.set('e49', 2001, false); // so soon it is not written again
  assert.equal(often.get('e49'), 2000);
  often.set('e49', 2002, true);
  assert.equal(often.get('e49'), 2002);
  assert.equal(kept.size, 30);
  const refusing = { ...storage, setItem: () => assert.fail('full') } as Storage;
  browserStore(refusing).set('e99', 5, true);
});
