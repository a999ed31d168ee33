import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterText, parseFilters } from '../../src/model/filters';
import type { Column } from '../../src/protocol/messages';

function column(position: number, label: string, kind: Column['kind']): Column {
  return { position, label, dtype: '', kind };
}

const COLUMNS = [
  column(0, 'n', 'number'),
  column(1, 'n two', 'text'),
  column(2, 'ok', 'bool'),
  column(3, 'when', 'time'),
  column(4, "('a', 1)", 'number'),
  column(5, 'order', 'number')
];

const read = (text: string) => parseFilters(text, COLUMNS);

test('or, in and between are read, and written as they are read', () => {
  const cases: [string, unknown][] = [
    [
      'n < 1 or n > 5',
      [{ column: 0, op: '<', value: 1, alternatives: [{ column: 0, op: '>', value: 5 }] }]
    ],
    ['n in (1, 2, 3)', [{ column: 0, op: 'in', values: [1, 2, 3] }]],
    [
      "n two in (a b, 'c, d', \"it's\")",
      [{ column: 1, op: 'in', values: ['a b', 'c, d', "it's"] }]
    ],
    ['n between 1 and 5', [{ column: 0, op: 'between', values: [1, 5] }]],
    [
      'when between 2024-01-01 and 2024-02-01T10:00 and ok == True',
      [
        { column: 3, op: 'between', values: ['2024-01-01', '2024-02-01T10:00'] },
        { column: 2, op: '==', value: true }
      ]
    ],
    [
      '(n == 1 or n two is null or n between 3 and 4) and order > 2',
      [
        {
          column: 0,
          op: '==',
          value: 1,
          alternatives: [
            { column: 1, op: 'is null' },
            { column: 0, op: 'between', values: [3, 4] }
          ]
        },
        { column: 5, op: '>', value: 2 }
      ]
    ],
    ["('a', 1) > 2", [{ column: 4, op: '>', value: 2 }]],
    [
      "n two contains 'salt and pepper'",
      [{ column: 1, op: 'contains', value: 'salt and pepper' }]
    ],
    ['n two == a b', [{ column: 1, op: '==', value: 'a b' }]],
    ["n two == 'f(x)'", [{ column: 1, op: '==', value: 'f(x)' }]],
    ['', []]
  ];
  for (const [text, wanted] of cases) {
    assert.deepEqual(read(text), wanted, text);
    assert.equal(filterText(read(text), COLUMNS), text);
  }
});

test('what is not understood is named', () => {
  const wrong: [string, RegExp][] = [
    ['n > 1 or n < 0 and ok == True', /parentheses/],
    ['(n > 1 or n < 0) or ok == True', /parentheses/],
    ['(n > 1 and n < 3)', /joined by “or” only/],
    ['(n > 1 or n < 0', /Expected “\)”/],
    ['n in 1, 2', /Expected “\(”/],
    ['n in (1, 2', /Expected “\)”/],
    ['n in ()', /Expected a value/],
    ['n between 1', /Expected “and”/],
    ['n between 1 and', /Expected (a value|“and”)/],
    ['nope > 1', /name of a column/],
    ['n inside 3', /Expected one of/],
    ['n >', /Expected a value/]
  ];
  for (const [text, why] of wrong) {
    assert.throws(() => read(text), why, text);
  }
});
