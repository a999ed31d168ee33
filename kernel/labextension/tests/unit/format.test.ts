import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  expressionOf,
  formatAge,
  formatBytes,
  formatOrigin,
  formatSize,
  isLiteral,
  numberOf
} from '../../src/model/format';
import { variable } from './messages';

test('bytes are written in the unit that people use', () => {
  const written = [0, 999, 1000, 1500, 123_456, 999_999, 8e9].map(formatBytes);
  assert.deepEqual(written, [
    '0 B',
    '999 B',
    '1.0 kB',
    '1.5 kB',
    '123 kB',
    '1.0 MB',
    '8.0 GB'
  ]);
});

test('ages are written in one unit', () => {
  const written = [0, 1.6, 59.4, 59.6, 3500, 7200, 200_000].map(formatAge);
  assert.deepEqual(written, ['now', '2 s', '59 s', '1 min', '58 min', '2 h', '2 d']);
});

test('a path is written as Python reads it', () => {
  const path = [
    ['name', 'a'],
    ['key', 'str', 'it\'s "so"'],
    ['index', 3],
    ['attribute', 'b'],
    ['key', 'int', '1']
  ];
  assert.equal(expressionOf(path), `a['it\\'s "so"'][3].b[1]`);
  const member = (tag: string) => [
    ['name', 's'],
    [tag, 2]
  ];
  assert.equal(expressionOf(member('member')), 'list(s)[2]');
  assert.equal(expressionOf(member('new')), null);
});

test('sizes are shapes, lengths or bytes', () => {
  assert.equal(formatSize(variable('a', { shape: [3, 4], length: 3 })), '3 × 4');
  assert.equal(formatSize(variable('a', { length: 1234 })), '1,234');
  assert.equal(formatSize(variable('a', { nbytes: 1234 })), '1.2 kB');
  assert.equal(formatSize(variable('a')), '');
});

test('where a change was made', () => {
  assert.equal(formatOrigin({ execution_count: 3, line: 2 }), 'In [3]:2');
  assert.equal(formatOrigin({ execution_count: 3 }), 'In [3]');
  assert.equal(formatOrigin({ client: 'JupyterLab' }), 'JupyterLab');
  assert.equal(formatOrigin(null), '');
});

test('only what can be written again counts as a literal', () => {
  assert.equal(isLiteral(variable('a')), true);
  assert.equal(isLiteral(variable('a', { truncated: true })), false);
  assert.equal(isLiteral(variable('a', { preview: 'nan' })), false);
  assert.equal(isLiteral(variable('a', { kind: 'sequence' })), false);
  assert.equal(isLiteral(variable('a', { reason: 'redacted' })), false);
});

test('numbers are read from previews', () => {
  assert.equal(numberOf(variable('a', { preview: '1_000' })), 1000);
  assert.equal(numberOf(variable('a', { preview: '-2.5e-3' })), -0.0025);
  assert.equal(numberOf(variable('a', { preview: '(1+2j)' })), null);
  assert.equal(numberOf(variable('a', { preview: '' })), null);
});
