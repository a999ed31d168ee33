import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTabular } from '../../src/actions/commands';
import { isInPlace, moved, NOT_ARRANGED } from '../../src/model/arrangement';
import { FigureLoader } from '../../src/model/figures';
import { parseFilters } from '../../src/model/filters';
import {
  endsText,
  figuresText,
  isPythonLiteral,
  isWritable
} from '../../src/model/format';
import type { Column, Table, Variable } from '../../src/protocol/messages';
import { connect, variable } from './messages';

function column(position: number, label: string, more: Partial<Column> = {}): Column {
  return { position, label, dtype: 'int64', kind: 'number', ...more };
}

const COLUMNS = [
  column(0, 'n'),
  column(1, 'n two', { kind: 'text', dtype: 'str' }),
  column(2, 'ok', { kind: 'bool', dtype: 'bool' })
];

test('filters are read as people write them, and numbers as they are', () => {
  const read = (text: string) =>
    parseFilters(text, COLUMNS).map(({ column, op, value }) => [column, op, value]);
  assert.deepEqual(read('n > 1.5 and n two contains "a b" and ok == True'), [
    [0, '>', 1.5],
    [1, 'contains', 'a b'],
    [2, '==', true]
  ]);
  assert.deepEqual(read('n == 9007199254740993 and n < 1.0'), [
    [0, '==', '9007199254740993'],
    [0, '<', '1.0']
  ]);
  assert.deepEqual(read('n == nan and ok != None and n two == nan'), [
    [0, 'is null', undefined],
    [2, 'not null', undefined],
    [1, '==', 'nan']
  ]);
  assert.throws(() => read('nope > 1'), /name of a column/);
});

test('figures of a sample say so', () => {
  assert.equal(figuresText(column(0, 'n')), 'int64');
  assert.equal(figuresText(column(0, 'n', { nulls: 142_858 })), 'int64 · 142,858 null');
  const sampled = column(0, 'n', { nulls: 71_429, sampled: 500_000 });
  assert.equal(figuresText(sampled), 'int64 · 71,429 of 500,000 null');
});

test('the ends of a column are written as Python writes them', () => {
  const float = { dtype: 'float64' };
  const ends = (min: Column['min'], max: Column['max'], more = {}) =>
    endsText(column(0, 'n', { min, max, ...more }));
  assert.equal(ends(false, true), 'False … True');
  assert.equal(ends(1, 123456789.12345679, float), '1.0 … 123456789.12345679');
  assert.equal(ends(1e-7, 1e22, float), '1e-07 … 1e+22');
  assert.equal(ends(-0, 1e16, float), '-0.0 … 1e+16');
  assert.equal(ends('a', 'b'), 'a … b');
  assert.equal(ends(null, null), '');
});

test('only what the kernel reads as a table is offered as one', () => {
  const offered = (module: string, type: string, shape: number[], dtype = 'float64') =>
    isTabular(variable('a', { module, type, shape, dtype }));
  assert.equal(offered('numpy', 'ndarray', [3]), true);
  assert.equal(offered('numpy', 'ndarray', [3, 4]), true);
  assert.equal(offered('numpy', 'ndarray', [2, 3, 4]), false);
  const cube = variable('a', { module: 'numpy', type: 'ndarray', shape: [2, 3, 4] });
  assert.equal(isTabular(cube, true), true); // a kernel that has slices
  assert.equal(offered('numpy', 'ndarray', []), false);
  assert.equal(offered('numpy', 'ndarray', [3], "[('a', '<i4')]"), true);
  assert.equal(offered('numpy', 'ndarray', [3, 2], "[('a', '<i4')]"), false);
  assert.equal(offered('numpy', 'memmap', [3]), false);
  assert.equal(offered('torch', 'Tensor', [3, 4]), false);
  assert.equal(offered('xarray.core.dataset', 'Dataset', [3, 4]), false);
  assert.equal(offered('geopandas.geodataframe', 'GeoDataFrame', [3, 4]), false);
  assert.equal(offered('pandas', 'DataFrame', [3, 4]), true);
  assert.equal(offered('polars.dataframe.frame', 'DataFrame', [3, 4]), true);
  assert.equal(isTabular(variable('a')), false);
  const list = (preview: string) => isTabular(variable('a', { type: 'list', preview }));
  assert.equal(list("[{'x': 1.5, 'y': …"), true);
  assert.equal(list('[{"it\'s": 1}]'), true);
  assert.equal(list("[{'x', 'y'}]"), false);
  assert.equal(list('[1, 2]'), false);
  assert.equal(list('[]'), false);
});

test('what can be edited is written as it is, and nothing else', () => {
  const texts = ['[1, 2]', "{'a': [1.5, -2, None], 'b': (True,)}", '()', '[b"a\'b", 1j]'];
  texts.forEach(text => assert.equal(isPythonLiteral(text), true, text));
  const others = ['[nan]', '[1, …]', '[<A>]', '[1', "['a]", '[1] + [2]', 'f()', '[1,,2]'];
  others.forEach(text => assert.equal(isPythonLiteral(text), false, text));
  const list = (more: Partial<Variable>) =>
    isWritable(
      variable('a', { kind: 'sequence', type: 'list', preview: '[1]', ...more })
    );
  assert.equal(list({}), true);
  assert.equal(list({ truncated: true }), false);
  assert.equal(list({ type: 'deque', module: 'collections' }), false);
  assert.equal(
    isWritable(variable('a', { kind: 'set', type: 'set', preview: 'set()' })),
    true
  );
  assert.equal(isWritable(variable('a', { preview: 'nan' })), false);
});

test('an order follows its columns by their labels', () => {
  const labels = new Map([
    [0, 'n'],
    [2, 'ok']
  ]);
  const shown = {
    ...NOT_ARRANGED,
    sort: [{ column: 2, descending: true }],
    filters: [{ column: 0, op: '>' as const, value: 1 }],
    labels
  };
  assert.equal(isInPlace(shown, COLUMNS), true);
  const now = [column(0, 'new'), column(1, 'n'), column(2, 'n two'), column(3, 'ok')];
  assert.equal(isInPlace(shown, now), false);
  const there = moved(shown, now);
  assert.deepEqual(there.sort, [{ column: 3, descending: true }]);
  assert.deepEqual(there.filters, [{ column: 1, op: '>', value: 1 }]);
  assert.equal(isInPlace(there, now), true);
  assert.throws(
    () => moved(shown, now.slice(0, 3)),
    /“ok”, by which the rows were sorted/
  );
  assert.throws(() => moved(shown, [...now, column(4, 'n')]), /“n”.*filtered/);
});

test('figures are asked for once, and again for another state', async () => {
  const asked: number[][] = [];
  const stored: (Table | null)[] = [];
  let answer: (table: Table) => void = () => undefined;
  const loader = new FigureLoader(
    columns => {
      asked.push(columns);
      return [new Promise(resolve => (answer = resolve)), new AbortController()];
    },
    figures => void stored.push(figures)
  );
  const settle = () => new Promise(resolve => setImmediate(resolve));
  const table = (nulls: number) => ({ columns: [{ nulls }] }) as unknown as Table;
  loader.restart(1, ['all']);
  loader.want(0, 2);
  loader.want(0, 2);
  assert.deepEqual(asked, [[0, 1]]);
  answer(table(1));
  await settle();
  loader.restart(1, ['all']);
  assert.deepEqual([asked.length, stored.length], [1, 1]);
  loader.restart(1, ['some']); // other filters: nothing of the old ones stays
  assert.deepEqual([asked.length, stored[1]], [2, null]);
  answer(table(2));
  await settle();
  assert.deepEqual(stored[2], table(2));
  loader.dispose();
});

test('a request is cancelled, and its progress is told', async () => {
  const { channel, client } = connect();
  const told: number[] = [];
  const abort = new AbortController();
  const asking = client.request(
    'table',
    { path: [['name', 'a']], progress: true },
    { onProgress: ({ done }) => void told.push(done), signal: abort.signal }
  );
  const { id } = channel.sent[0]!;
  channel.say({ method: 'progress', params: { id, doing: 'sorting', done: 0.5 } });
  channel.say({ method: 'progress', params: { id: 999, doing: 'sorting', done: 0.7 } });
  assert.deepEqual(told, [0.5]);
  abort.abort();
  await assert.rejects(asking, /cancelled/);
  assert.deepEqual(channel.sent[1], { method: 'cancel', params: { id } });
  channel.say({ id, error: { code: -32008, message: 'late' } });
  await assert.rejects(client.request('rule.list', {}, { signal: abort.signal }));
  assert.equal(channel.sent.length, 2);
});

test('alternatives follow their columns too', () => {
  const filter = {
    column: 0,
    op: '==' as const,
    value: 1,
    alternatives: [{ column: 1, op: 'is null' as const }]
  };
  const labels = new Map([
    [0, 'n'],
    [1, 'n two']
  ]);
  const arranged = { ...NOT_ARRANGED, filters: [filter], labels };
  const found = moved(arranged, [column(3, 'n two'), column(5, 'n')]);
  assert.deepEqual(found.filters, [
    { ...filter, column: 5, alternatives: [{ column: 3, op: 'is null' }] }
  ]);
  assert.deepEqual([...found.labels.keys()].sort(), [3, 5]);
  assert.throws(() => moved(arranged, [column(0, 'n')]), /Column “n two”/);
});
