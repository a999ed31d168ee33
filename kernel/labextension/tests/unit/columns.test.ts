// Which columns the list has, and in which order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedOrder, COLUMNS, moved, shownColumns } from '../../src/model/columns';

test('there are as many columns as there is room for, the value first', () => {
  const shown = (width: number, hidden: Parameters<typeof shownColumns>[1] = []) =>
    shownColumns(COLUMNS, hidden, width).join(' ');
  assert.equal(shown(250), 'name value');
  assert.equal(shown(380), 'name value size');
  assert.equal(shown(480), 'name value size changed');
  assert.equal(shown(620), 'name type value size changed');
  // What is hidden leaves its room to others.
  assert.equal(shown(480, ['size']), 'name value changed');
  assert.equal(shown(560, ['size']), 'name type value changed');
  assert.equal(shown(50, ['value']), 'name size');
  assert.equal(shown(900, ['type', 'value', 'size', 'changed']), 'name');
});

test('a column takes the place of another one; names stay in front', () => {
  assert.equal(moved(COLUMNS, 'changed', 'type').join(), 'name,changed,type,value,size');
  assert.equal(moved(COLUMNS, 'type', 'size').join(), 'name,value,size,type,changed');
  assert.equal(moved(COLUMNS, 'name', 'size'), COLUMNS);
  assert.equal(moved(COLUMNS, 'size', 'name'), COLUMNS);
});

test('an order that was kept is taken if it is one', () => {
  const order = ['name', 'changed', 'type', 'value', 'size'];
  assert.equal(checkedOrder(order), order);
  for (const wrong of [
    null,
    'name',
    [],
    ['name'],
    [...order].reverse(),
    [...order, 'x']
  ]) {
    assert.equal(checkedOrder(wrong), COLUMNS);
  }
});
