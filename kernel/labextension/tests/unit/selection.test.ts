// Which rows of the list are selected.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Selection } from '../../src/model/selection';

const KEYS = ['a', 'b', 'c', 'd', 'e'];

function selection() {
  const made = new Selection(() => (counted.changes += 1));
  const counted = { changes: 0 };
  const selected = () => KEYS.filter(key => made.has(key)).join('');
  return { made, counted, selected };
}

test('one row is selected alone, and told once', () => {
  const { made, counted, selected } = selection();
  made.only('b');
  made.only('b');
  assert.deepEqual([selected(), made.current, counted.changes], ['b', 'b', 1]);
});

test('a range goes from where it was begun, in both directions', () => {
  const { made, selected } = selection();
  made.only('c');
  made.extendTo('e', KEYS);
  assert.deepEqual([selected(), made.current], ['cde', 'e']);
  made.extendTo('a', KEYS);
  assert.deepEqual([selected(), made.current], ['abc', 'a']);
  made.only('d');
  assert.equal(selected(), 'd');
});

test('single rows come and go, down to none', () => {
  const { made, selected } = selection();
  made.only('a');
  made.toggle('c');
  made.toggle('e');
  assert.deepEqual([selected(), made.current], ['ace', 'e']);
  made.toggle('e');
  made.toggle('a');
  assert.deepEqual([selected(), made.current], ['c', 'c']);
  made.toggle('c');
  assert.deepEqual([selected(), made.current, made.size], ['', '', 0]);
});

test('what a list has no more is not selected any more', () => {
  const { made, selected } = selection();
  made.all(KEYS);
  made.keepOnly(['b', 'c']);
  assert.equal(selected(), 'bc');
  assert.ok(made.has(made.current));
  made.only('a');
  made.keepOnly(['b']); // one alone is that of the keys, and waits to be there again
  assert.equal(selected(), 'a');
});
