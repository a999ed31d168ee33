import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellLiteralOf, isEditable, literalOf } from '../../src/model/editing';
import type { VariablesModel } from '../../src/model/model';
import { openingOf } from '../../src/model/opening';
import type { IVariableRow } from '../../src/model/rows';
import type { Variable } from '../../src/protocol/messages';

type Fields = Partial<Variable>;

function variable(fields: Fields): Variable {
  return { name: 'v', path: [['name', 'v']], kind: 'object', type: 'A', ...fields };
}

/** A model of a kernel that has everything but some methods. */
function model(without: string[] = [], parent: Fields = {}): VariablesModel {
  const offers = (name: string) => !without.includes(name);
  return { offers, find: () => variable(parent) } as unknown as VariablesModel;
}

test('a value opens as what the kernel says that it is', () => {
  const cases: [Fields, string][] = [
    [{ kind: 'table', forms: ['table', 'html'] }, 'table'],
    [{ kind: 'array', dtype: 'float64', forms: ['image', 'table'] }, 'image'],
    [{ kind: 'array', dtype: 'uint8', forms: ['image', 'table'] }, 'value'],
    [{ kind: 'sequence', type: 'list', forms: ['table'], has_children: true }, 'table'],
    [{ kind: 'sequence', type: 'list' }, 'value'],
    [{ kind: 'mapping', has_children: true }, 'children'],
    [{ kind: 'object', has_children: true }, 'children'],
    [{ kind: 'object', has_children: true, forms: ['html'] }, 'value'],
    [{ kind: 'object', forms: ['image'], has_children: true }, 'value'],
    [{ kind: 'object' }, 'value'],
    [{ kind: 'text' }, 'value'],
    [{ kind: 'number' }, 'edit'],
    [{ kind: 'none' }, 'edit']
  ];
  for (const [fields, how] of cases) {
    assert.equal(openingOf(model(), variable(fields)), how, JSON.stringify(fields));
  }
});

test('what the kernel has not is not opened', () => {
  const image = variable({ kind: 'array', forms: ['image', 'table'] });
  assert.equal(openingOf(model(['value']), image), 'table');
  assert.equal(openingOf(model(['table']), image), 'value');
  assert.equal(openingOf(model(['value']), variable({ kind: 'text' })), 'edit');
});

test('children are edited but for those that cannot be', () => {
  const row = (fields: Fields): IVariableRow => ({
    row: 'variable',
    key: '',
    depth: 1,
    parent: 'p',
    origin: 'child',
    isPinned: false,
    variable: variable({ kind: 'number', type: 'int', ...fields })
  });
  const below = (...key: unknown[]) => [['name', 'v'], key];
  const item = row({ path: below('index', 0) });
  assert.equal(isEditable(model([], { type: 'list', kind: 'sequence' }), item), true);
  assert.equal(isEditable(model([], { type: 'tuple', kind: 'sequence' }), item), false);
  assert.equal(isEditable(model(['set']), item), false);
  const member = row({ path: below('member', 0) });
  assert.equal(isEditable(model([], { type: 'set', kind: 'set' }), member), false);
  const part = row({ path: below('index', 0), kind: 'array' });
  assert.equal(isEditable(model([], { type: 'ndarray', kind: 'array' }), part), false);
  assert.equal(isEditable(model([], { type: 'list', kind: 'sequence' }), part), true);
  const hidden = row({ path: below('key', 'str', 'a'), reason: 'redacted' });
  assert.equal(isEditable(model(), hidden), false);
  assert.equal(isEditable(model(), { ...item, origin: 'frame' }), false);
});

test('a field begins with what Python, or the library of the column, reads', () => {
  const number = { module: 'numpy', type: 'int64', kind: 'number' } as const;
  assert.equal(cellLiteralOf(variable({ ...number, preview: '7' }), false), '7');
  assert.equal(literalOf(variable({ ...number, preview: '7' })), '');
  assert.equal(cellLiteralOf(variable({ ...number, preview: 'nan' }), false), 'None');
  const time = variable({ kind: 'other', preview: '2020-01-02 03:04:05' });
  assert.equal(cellLiteralOf(time, true), "'2020-01-02 03:04:05'");
  assert.equal(cellLiteralOf(time, false), '');
  assert.equal(cellLiteralOf(variable({ kind: 'object', preview: 'A(1)' }), true), '');
});
