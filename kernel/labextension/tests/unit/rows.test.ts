import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VariablesModel } from '../../src/model/model';
import {
  count,
  DEFAULT_OPTIONS,
  type ILabels,
  type IViewOptions,
  layOut
} from '../../src/model/rows';
import { patternToRegExp, searchFilter } from '../../src/model/search';
import type { Variable } from '../../src/protocol/messages';
import { connect, refresh, variable } from './messages';

const LABELS: ILabels = {
  kinds: { table: 'Data', number: 'Numbers', text: 'Numbers' },
  cell: count => `In [${count}]`,
  beforeWatching: 'before',
  newestCell: 'newest',
  lastMinutes: 'minutes',
  hidden: 'hidden',
  earlier: 'earlier'
};

function model(...variables: Variable[]): VariablesModel {
  const made = new VariablesModel(() => 1_000_000);
  const { channel, client } = connect();
  made.attach(client);
  channel.say(refresh({ variables }));
  return made;
}

function shown(made: VariablesModel, options: Partial<IViewOptions> = {}): string[] {
  const { rows } = layOut(
    made,
    { ...DEFAULT_OPTIONS, hiddenKinds: [], ...options },
    LABELS
  );
  return rows.map(row => (row.row === 'variable' ? row.variable.name : row.key));
}

test('names are in order, whatever their case', () => {
  assert.deepEqual(shown(model(variable('b'), variable('A'), variable('c'))), [
    'A',
    'b',
    'c'
  ]);
});

test('numbers sort by value, and text comes after them either way', () => {
  const made = model(
    variable('text', { kind: 'text', preview: "'x'" }),
    variable('ten', { preview: '10' }),
    variable('nine', { preview: '9' })
  );
  assert.deepEqual(shown(made, { sort: 'value' }), ['nine', 'ten', 'text']);
  assert.deepEqual(shown(made, { sort: 'value', isDescending: true }), [
    'ten',
    'nine',
    'text'
  ]);
});

test('sizes sort by bytes, or by what there is to count', () => {
  const made = model(
    variable('none'),
    variable('small', { length: 3 }),
    variable('large', { nbytes: 1000 })
  );
  assert.deepEqual(shown(made, { sort: 'size', isDescending: true }), [
    'large',
    'small',
    'none'
  ]);
});

test('search finds names, types and values, and single fields', () => {
  const made = model(
    variable('loss', { preview: '0.5', type: 'float' }),
    variable('text', { kind: 'text', type: 'str', preview: "'loss'" }),
    variable('other')
  );
  assert.deepEqual(shown(made, { search: 'LOSS' }), ['loss', 'text']);
  assert.deepEqual(shown(made, { search: 'name:loss' }), ['loss']);
  assert.deepEqual(shown(made, { search: 'loss type:str' }), ['text']);
  assert.equal(searchFilter('value:0.5')(variable('x', { preview: '0.5' })), true);
});

test('rules hide kinds and patterns, and say how many; a pin shows it all the same', () => {
  const made = model(
    variable('np', { kind: 'module' }),
    variable('tmp_1'),
    variable('x'),
    variable('tmp_2')
  );
  const options = { ...DEFAULT_OPTIONS, hiddenPatterns: ['tmp_*'] };
  assert.equal(layOut(made, options, LABELS).hidden, 3);
  made.togglePin('tmp_2');
  assert.equal(layOut(made, options, LABELS).hidden, 2);
  assert.deepEqual(shown(made, options), ['tmp_2', 'x']);
});

test('groups stand in their order, closed ones show no variables', () => {
  const made = model(
    variable('a', { changed_by: { execution_count: 1 } }),
    variable('b', { changed_by: { execution_count: 2 } }),
    variable('c')
  );
  const open = ['group:2', 'b', 'group:1', 'a', 'group:before', 'c'];
  assert.deepEqual(shown(made, { group: 'cell' }), open);
  made.toggleGroup('group:2');
  assert.deepEqual(shown(made, { group: 'cell' }).slice(0, 2), ['group:2', 'group:1']);
});

test('patterns mean what they say, dots and brackets as well', () => {
  assert.equal(patternToRegExp('a.b').test('axb'), false);
  assert.equal(patternToRegExp('df*').test('df_clean'), true);
  assert.equal(patternToRegExp('x?').test('x'), false);
  assert.equal(patternToRegExp('[a]').test('a'), false);
});

function counts(made: VariablesModel, options: Partial<IViewOptions>) {
  const all = { ...DEFAULT_OPTIONS, ...options };
  const { rows, ...layout } = layOut(made, all, LABELS);
  const { listed, hidden } = count(made, all);
  assert.deepEqual({ listed, hidden }, { listed: layout.listed, hidden: layout.hidden });
  return { ...layout, rows: rows.length };
}

test('what is hidden is counted, also what a search would find of it', () => {
  const made = model(
    variable('x'),
    variable('func', { kind: 'function', type: 'function' }),
    variable('other', { kind: 'function', type: 'function' })
  );
  const nothing = { listed: 1, hidden: 2, hiddenFound: 2, notFound: 0, rows: 1 };
  assert.deepEqual(counts(made, {}), nothing);
  const found = { listed: 1, hidden: 2, hiddenFound: 1, notFound: 1, rows: 2 };
  assert.deepEqual(counts(made, { search: 'oth' }), found);
  const shownAll = { listed: 3, hidden: 2, hiddenFound: 1, notFound: 2, rows: 1 };
  assert.deepEqual(counts(made, { search: 'oth', isHiddenShown: true }), shownAll);
  made.togglePin('func');
  assert.deepEqual(counts(made, {}), {
    ...nothing,
    listed: 2,
    hidden: 1,
    hiddenFound: 1,
    rows: 2
  });
  const byName = counts(made, { hiddenPatterns: ['x'], hiddenKinds: [] });
  assert.deepEqual(byName, {
    listed: 2,
    hidden: 1,
    hiddenFound: 1,
    notFound: 0,
    rows: 2
  });
});

test('what a search finds of what is hidden comes last, under a head that says so', () => {
  const made = model(
    variable('other', { kind: 'function', type: 'function' }),
    variable('an_other', { kind: 'module', type: 'module' }),
    variable('mother')
  );
  const heads = (options: Partial<IViewOptions>) =>
    layOut(made, { ...DEFAULT_OPTIONS, ...options }, LABELS).rows.map(row =>
      row.row === 'group'
        ? `${row.label} ${row.count}`
        : row.row === 'variable'
          ? row.variable.name
          : row.key
    );
  assert.deepEqual(heads({ search: 'other' }), [
    'mother',
    'hidden 2',
    'other',
    'an_other'
  ]);
  assert.deepEqual(heads({}), ['mother']);
  assert.deepEqual(heads({ search: 'other', isHiddenShown: true }), [
    'other',
    'an_other',
    'mother'
  ]);
  made.toggleGroup('group:hidden');
  assert.deepEqual(heads({ search: 'other' }), ['mother', 'hidden 2']);
});

test('what a search finds by its name comes first, whatever the order', () => {
  const made = model(
    variable('big_dict', { kind: 'mapping', type: 'dict', preview: '{}' }),
    variable('a', { kind: 'text', type: 'str', preview: "'p'" }),
    variable('zip_p', { preview: '3' }),
    variable('price', { preview: '1' }),
    variable('pool', { preview: '2' })
  );
  assert.deepEqual(shown(made, { search: 'p' }), ['pool', 'price', 'zip_p', 'a']);
  assert.deepEqual(shown(made, { search: 'P', sort: 'value' }), [
    'price',
    'pool',
    'zip_p',
    'a'
  ]);
  assert.deepEqual(shown(made, { search: 'mapp' }), []); // a kind is found by who asks for it
  assert.deepEqual(shown(made, { search: 'kind:mapp' }), ['big_dict']);
  assert.deepEqual(shown(made, { search: 'kind:' }), []);
  assert.deepEqual(shown(made, { search: 'dict' }), ['big_dict']);
  assert.deepEqual(shown(made, { search: 'type:p' }), []);
  assert.deepEqual(shown(made, { search: 'name:p value:3' }), ['zip_p']);
});
