import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Text, ChangeSet } from '@codemirror/state';
import { Anchors } from '../../src/inline/anchors';
import { Source } from '../../src/inline/source';

/** The lines of a code that store a name. */
function stores(code: string, name: string): number[] {
  return new Source(code).stores(name);
}

test('a line that binds a name stores it, however it is written', () => {
  const forms = [
    'x = 1',
    'x: int = 1',
    'x += 1',
    'x //= 2',
    'x >>= 1',
    'a = x = 1',
    'a, x = 1, 2',
    '(a, *x) = 1, 2',
    '[x, a] = 1, 2',
    'if a: x = 1',
    'for x in range(3):',
    'for i, (x, y) in pairs:',
    'async for x in stream():',
    'if (x := f()) > 1:',
    'with open(p) as x:',
    'except ValueError as x:',
    'import x',
    'import a, x',
    'import x.y',
    'import a as x',
    'from a import b, x',
    'from a import b as x',
    'def x(a):',
    'async def x(a):',
    'class x(Base):'
  ];
  const missed = forms.filter(form => stores(form, 'x').length !== 1);
  assert.deepEqual(missed, []);
});

test('a line that only reads, compares or changes a name does not store it', () => {
  const forms = [
    'f(x)',
    'f(x=1)',
    'y = x',
    'y = x == 1',
    'if x == 1: pass',
    'if x <= 1 or x >= 2 or x != 3: pass',
    'x.y = 1',
    'x[0] = 1',
    'd[x] = 1',
    'd[x][1] = 1',
    'a.x = 1',
    'for a in x:',
    'xs = 1',
    '_x = 1',
    'print("x = 1")',
    '# x = 1',
    'y = 1  # then x = 2',
    'import x as a',
    'from x import a',
    'del x'
  ];
  const wrong = forms.filter(form => stores(form, 'x').length > 0);
  assert.deepEqual(wrong, []);
});

test('strings over several lines are no code, and names may have any letters', () => {
  const code = ['"""', 'x = 1', '"""', "t = '''", 'x = 2', "'''; größe = 3"].join('\n');
  assert.deepEqual(stores(code, 'x'), []);
  assert.deepEqual(stores(code, 'größe'), [6]);
  assert.deepEqual(stores(code, 'größ'), []);
  assert.deepEqual(stores('a$b = 1', 'a$'), []);
});

test('a change has a place where one line only can have made it', () => {
  const source = new Source(
    [
      'xs = []',
      'd = {}',
      'for i in range(3):',
      '    xs.append(i)',
      '    d[i] = 1; d[0] = 2'
    ].join('\n')
  );
  assert.equal(source.placeOf('xs', false), 1);
  assert.equal(source.placeOf('xs', true), 4);
  assert.equal(source.placeOf('d', true), 5);
  assert.equal(source.placeOf('i', true), null);
  assert.equal(source.placeOf('nowhere', false), null);
  assert.equal(
    new Source('if a:\n    x = 1\nelse:\n    x = 2').placeOf('x', false),
    null
  );
});

test('a function is found around a line, also a method, and not one of another name', () => {
  const source = new Source(
    [
      'def f(a):',
      '    def g(b):',
      '        return b',
      '',
      '    c = g(a)',
      '    return c',
      '',
      'class A:',
      '    def f(self): return 1'
    ].join('\n')
  );
  assert.deepEqual(source.functionAt(5, 'f'), { first: 1, last: 6 });
  assert.deepEqual(source.functionAt(3, 'g'), { first: 2, last: 3 });
  assert.deepEqual(source.functionAt(3, 'f'), { first: 1, last: 6 });
  assert.deepEqual(source.functionAt(9, 'f'), { first: 9, last: 9 });
  assert.equal(source.functionAt(5, 'g'), null);
  assert.equal(source.functionAt(5, 'h'), null);
  assert.equal(source.functionAt(8, 'f'), null);
});

// -- where lines are while the text is edited --------------------------------------------------

const CODE = 'a = 1\nb = 2\nb = 2\nc = 3';
const doc = Text.of(CODE.split('\n'));

/** Where the lines of CODE are after an edit, as what is there. */
function after(from: number, to: number, insert: string): (string | null)[] {
  const changes = ChangeSet.of({ from, to, insert }, doc.length);
  const now = changes.apply(doc);
  const anchors = Anchors.in(doc, CODE).map(changes.desc);
  return [1, 2, 3, 4].map(line => {
    const place = anchors.placeOf(now, line);
    return (
      place &&
      `${now.lineAt(place.from).number}: ${now.sliceString(place.from, place.to)}`
    );
  });
}

test('lines follow what is typed above them, and one that is edited is no more', () => {
  assert.deepEqual(after(0, 0, 'z = 0\n'), [
    '2: a = 1',
    '3: b = 2',
    '4: b = 2',
    '5: c = 3'
  ]);
  assert.deepEqual(after(5, 5, '\n'), ['1: a = 1', '3: b = 2', '4: b = 2', '5: c = 3']);
  assert.deepEqual(after(5, 5, '0'), [null, '2: b = 2', '3: b = 2', '4: c = 3']);
  assert.deepEqual(after(2, 3, '+='), [null, '2: b = 2', '3: b = 2', '4: c = 3']);
  // Of two lines that say the same, the one that is deleted shows nothing.
  assert.deepEqual(after(6, 12, ''), ['1: a = 1', null, '2: b = 2', '3: c = 3']);
  assert.deepEqual(after(0, doc.length, 'new'), [null, null, null, null]);
});

test('a line says its value again when what was typed is taken back', () => {
  const typed = ChangeSet.of({ from: 11, insert: '0' }, doc.length);
  const undone = ChangeSet.of({ from: 11, to: 12 }, doc.length + 1);
  const now = undone.apply(typed.apply(doc));
  const anchors = Anchors.in(doc, CODE).map(typed.desc).map(undone.desc);
  assert.deepEqual(anchors.placeOf(now, 2), { from: 6, to: 11 });
});

test('code that ran is found in a text that was edited before it began', () => {
  const edited = Text.of(['a = 1', 'b = 20', 'new', 'b = 2', 'c = 3']);
  const anchors = Anchors.in(edited, CODE);
  const numbers = [1, 2, 3, 4].map(line => {
    const place = anchors.placeOf(edited, line);
    return place && edited.lineAt(place.from).number;
  });
  assert.deepEqual(numbers, [1, null, 4, 5]);
});
