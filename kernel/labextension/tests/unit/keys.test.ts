import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VariablesModel } from '../../src/model/model';
import { DEFAULT_OPTIONS, layOut } from '../../src/model/rows';
import { keyAction } from '../../src/views/keys';
import { connect, refresh, variable } from './messages';

const LABELS = {
  kinds: {},
  cell: String,
  beforeWatching: '',
  newestCell: '',
  lastMinutes: '',
  hidden: '',
  earlier: ''
};

/** A list of `a` and `b`, where `b` has a child; returns what a key does with the row at `at`. */
async function list(): Promise<(key: string, at: number, shiftKey?: boolean) => unknown> {
  const model = new VariablesModel(() => 0);
  const { channel, client } = connect();
  model.attach(client);
  model.phase = 'live';
  const parent = variable('b', { kind: 'sequence', has_children: true });
  channel.say(refresh({ variables: [variable('a'), parent] }));
  const press = (key: string, at: number, shiftKey = false): unknown => {
    const { rows } = layOut(model, DEFAULT_OPTIONS, LABELS);
    return keyAction({
      event: { key, shiftKey },
      rows,
      selectedIndex: at,
      page: 9,
      model
    });
  };
  assert.equal(press('ArrowRight', 1), 'handled');
  const path = [...parent.path, ['index', 0]];
  await channel.answer({
    variable: parent,
    children: [variable('0', { path })],
    start: 0,
    total: 1
  });
  return press;
}

test('arrows and pages go to a row by its index', async () => {
  const press = await list();
  const keys = ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'];
  assert.deepEqual(
    keys.map(key => press(key, 1)),
    [2, 0, 10, -8, 0, 2]
  );
});

test('the arrow to the left goes to the parent, then closes it', async () => {
  const press = await list();
  assert.equal(press('ArrowRight', 1), 2); // it is open: on to its first child
  assert.equal(press('ArrowLeft', 2), 1);
  assert.equal(press('ArrowLeft', 1), 'handled');
  assert.equal(press('End', 0), 1);
  assert.equal(press('ArrowLeft', 0), null);
});

test('Enter opens a value as what it is, which the list knows', async () => {
  const press = await list();
  assert.equal(press('Enter', 0), 'open');
  assert.equal(press('Enter', 1), 'open');
});

test('function keys edit, rename and open the menu; others are left alone', async () => {
  const press = await list();
  assert.equal(press('F2', 0), 'rename');
  assert.equal(press('F2', 0, true), 'edit');
  assert.equal(press('Delete', 0), 'delete');
  assert.equal(press('F10', 0, true), 'menu');
  assert.equal(press('F10', 0), null);
  assert.equal(press('x', 0), null);
});
