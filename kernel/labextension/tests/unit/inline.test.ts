import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Execution } from '../../src/inline/execution';
import { type ILine, keyOfLine, spokenItems, textOf } from '../../src/inline/line';
import { type ICellText, InlineModel, type IVariables } from '../../src/inline/model';
import type { Frame, Origin, Variable } from '../../src/protocol/messages';
import type { ICellPlace } from '../../src/tokens';
import { variable } from './messages';

const NOTHING: IVariables = {
  variables: new Map(),
  history: new Map(),
  unevaluated: new Map(),
  frames: [],
  cell: null
};

/** A state of the panel's model: what is there is what the kernel told. */
function state(variables: Variable[], more: Partial<IVariables> = {}): IVariables {
  return { ...NOTHING, variables: new Map(variables.map(v => [v.name, v])), ...more };
}

function stored(name: string, preview: string, by: Origin, more: Partial<Variable> = {}) {
  return variable(name, { preview, changed_by: by, ...more });
}

function begin(
  model: InlineModel,
  code: string,
  count = 1,
  cell = `c${count}`
): Execution {
  return model.begin({
    msg_id: `m${count}`,
    execution_count: count,
    cell,
    code,
    isAssumed: false
  });
}

const running = (count: number, line?: number) => ({
  msg_id: `m${count}`,
  running: true,
  execution_count: count,
  cell_id: `c${count}`,
  line
});

/** What the lines show, in words: `> ` where the code is, `- ` where it is called, `(…)` if past. */
function shown(model: InlineModel, execution: Execution): Record<number, string> {
  const write = ([number, line]: [number, ILine]): [number, string] => {
    const items = line.items.map(({ name, text }) => `${name}=${text}`);
    const more = line.more ? [`+${line.more}`] : [];
    const rest = line.ofCell.map(({ name, text }) => `^${name}=${text}`);
    const moreRest = line.moreOfCell ? [`^+${line.moreOfCell}`] : [];
    const text = [...items, ...more, ...rest, ...moreRest].join(' ');
    const mark = { running: '> ', calling: '- ', none: '' }[line.mark ?? 'none'];
    return [number, mark + (line.isPast && text ? `(${text})` : text)];
  };
  return Object.fromEntries([...model.linesOf(execution)].map(write));
}

function numbersAt(model: InlineModel, execution: Execution, line: number) {
  return model
    .linesOf(execution)
    .get(line)
    ?.items.map(({ numbers }) => numbers);
}

const nobody = () => null;
const all = () => false;

test('the line that stores shows what it stored, with the curve of this run', () => {
  const model = new InlineModel(nobody);
  const run = begin(model, 'step = 0\nfor step in range(9):\n    loss = 1 / step', 2);
  const by = { execution_count: 2, line: 3 };
  model.take(
    state(
      [
        stored('loss', '0.5', by),
        stored('step', '2', { execution_count: 2, line: 2 }),
        stored('old', '7', { execution_count: 1, line: 1 }),
        stored('theirs', '8', { execution_count: 2, line: 1, client: 'another' }),
        variable('unknown')
      ],
      {
        cell: running(2, 3),
        history: new Map([
          [
            'loss',
            [
              [1, 9, 1],
              [2, 1, 2],
              [3, 0.5, 2]
            ]
          ]
        ])
      }
    ),
    all
  );
  assert.deepEqual(shown(model, run), { 2: 'step=2', 3: '> loss=0.5' });
  assert.deepEqual(numbersAt(model, run, 3), [[1, 0.5]]);
});

test('a line keeps what it stored when another line stores the name, and after the end', () => {
  const model = new InlineModel(nobody);
  const run = begin(model, 'x = 0\nx = 5\ny = 1');
  const at = (line: number) => ({ execution_count: 1, line });
  model.take(state([stored('x', '0', at(1))], { cell: running(1) }), all);
  model.take(state([stored('x', '5', at(2)), stored('y', '1', at(3))]), all);
  assert.deepEqual(shown(model, run), { 1: 'x=0', 2: 'x=5', 3: 'y=1' });
  model.end('other', NOTHING);
  assert.equal(model.running, run);
  model.end('m1', NOTHING);
  assert.deepEqual(shown(model, run), { 1: '(x=0)', 2: '(x=5)', 3: '(y=1)' });
  // What another cell stores afterwards does not change what these lines stored.
  begin(model, 'x = 9', 2);
  model.take(state([stored('x', '9', { execution_count: 2, line: 1 })]), all);
  assert.equal(shown(model, run)[2], '(x=5)');
});

test('the next run of a cell takes the place of the last one; a deleted name is gone', () => {
  const model = new InlineModel(nobody);
  begin(model, 'x = 1', 1, 'cell');
  model.take(state([stored('x', '1', { execution_count: 1, line: 1 })]), all);
  const again = begin(model, 'x = 2\ndel x', 2, 'cell');
  assert.deepEqual([...model.executions], [again]);
  assert.deepEqual(shown(model, again), {});
  model.take(state([stored('x', '2', { execution_count: 2, line: 1 })]), all);
  assert.deepEqual(shown(model, again), { 1: 'x=2' });
  model.take(state([]), all);
  assert.deepEqual(shown(model, again), {});
  model.clear();
  assert.deepEqual([...model.executions], []);
});

test('where the kernel tells no line the text does, if it can be one only', () => {
  const model = new InlineModel(nobody);
  const code = 'a = 1\nif a:\n    b = 1\nelse:\n    b = 2\nxs = []\nxs.append(1)\n';
  const run = begin(model, code);
  const by = { execution_count: 1 };
  const variables = [
    stored('a', '1', by),
    stored('b', '2', by, { changed_at: 5 }),
    stored('xs', '[1]', by, { change: 'len 0 → 1' }),
    ...[1, 2, 3, 4].map(n => stored(`made_up_${n}`, '0', by, { changed_at: n }))
  ];
  model.take(state(variables), all);
  assert.deepEqual(shown(model, run), {
    1: 'a=1',
    7: 'xs=[1] ^b=2 ^made_up_4=0 ^made_up_3=0 ^+2'
  });
  model.end('m1', NOTHING);
  assert.equal(shown(model, run)[7], '(xs=[1] ^b=2 ^made_up_4=0 ^made_up_3=0 ^+2)');
});

test('a line shows three names in the order of its text, and hides what the list hides', () => {
  const model = new InlineModel(nobody);
  const run = begin(model, 'd, c, b, a, m = 1, 2, 3, 4, 5');
  const by = { execution_count: 1, line: 1 };
  const variables = ['a', 'b', 'c', 'd', 'm'].map(name => stored(name, '1', by));
  model.take(state(variables), ({ name }) => name === 'm');
  assert.deepEqual(shown(model, run), { 1: 'd=1 c=1 b=1 +1' });
});

test('what a line stored stays while the cell runs again, and after that if it is still so', () => {
  const model = new InlineModel(nobody);
  const at = (line: number, count = 1) => ({ execution_count: count, line });
  begin(model, 'x = 1\ny = 2\nz = 3', 1, 'cell');
  const before = [
    stored('x', '1', at(1)),
    stored('y', '2', at(2)),
    stored('z', '3', at(3))
  ];
  model.take(state(before), all);
  model.end('m1', state(before));
  const again = begin(model, '# new\nx = 1\ny = 4\nz = 3', 2, 'cell');
  assert.deepEqual(shown(model, again), { 2: '(x=1)', 4: '(z=3)' });
  // A value that is there already is stored without a word; z was changed elsewhere.
  const now = [before[0]!, stored('y', '4', at(3, 2)), stored('z', '9', at(1, 7))];
  model.take(state(now), all);
  assert.deepEqual(shown(model, again), { 2: '(x=1)', 3: 'y=4', 4: '(z=3)' });
  model.end('m2', state(now));
  assert.deepEqual(shown(model, again), { 2: '(x=1)', 3: '(y=4)' });
});

const TRAIN =
  'def train(n):\n    global loss\n    for e in range(n):\n        loss = e\n        acc = loss';

function frame(
  line: number,
  locals: Record<string, string>,
  more: Partial<Frame> = {}
): Frame {
  const variables = Object.entries(locals).map(([name, preview]) =>
    variable(name, { preview })
  );
  return { function: 'train', file: '', line, execution_count: 1, variables, ...more };
}

test('functions above the running line show their locals where they store them', () => {
  const model = new InlineModel(nobody);
  const define = begin(model, TRAIN, 1);
  model.end('m1', NOTHING);
  const call = begin(model, 'x = 1\ntrain(6)', 2);
  const variables = [stored('loss', '2', { execution_count: 2 })];
  const look = (frames: Frame[]) =>
    model.take(state(variables, { cell: running(2, 2), frames }), all);
  look([frame(5, { n: '6', e: '2', acc: '1' })]);
  look([frame(5, { n: '6', e: '3', acc: '2', other: '7' })]);
  assert.deepEqual(shown(model, call), { 2: '- ' });
  assert.deepEqual(shown(model, define), {
    1: 'n=6',
    3: 'e=3',
    4: 'loss=2',
    5: '> acc=2 other=7'
  });
  assert.deepEqual(numbersAt(model, define, 3), [[2, 3]]);
  look([]);
  assert.equal(shown(model, define)[3], '(e=3)');
  model.end('m2', NOTHING);
  assert.deepEqual(shown(model, call), {});
  assert.equal(shown(model, define)[4], '(loss=2)');
});

test('frames of files, of changed cells and of deeper calls of a function show nothing', () => {
  const model = new InlineModel(nobody);
  const define = begin(model, TRAIN, 1);
  begin(model, 'train(6)', 2);
  const frames = [
    frame(4, { e: '9' }, { file: '/tmp/a.py' }),
    frame(4, { e: '8' }, { function: 'other' }),
    frame(40, { e: '7' }),
    frame(4, { e: '1' }),
    frame(5, { e: '2' })
  ];
  model.take(state([], { cell: running(2, 1), frames }), all);
  assert.deepEqual(shown(model, define), { 3: 'e=1', 4: '- ', 5: '- ' });
});

test('a run that nobody saw begin is taken from the cell, where its text fits', () => {
  const cells: Record<string, ICellText> = { c7: { cell: 'c7', code: 'x = 1\nz = 3' } };
  const adopt = ({ cell_id }: ICellPlace) => cells[cell_id ?? ''] ?? null;
  const model = new InlineModel(adopt);
  const at = (line: number) => ({ execution_count: 7, line });
  const variables = [stored('x', '1', at(1)), stored('y', '2', at(2))];
  model.take(state(variables, { cell: running(7, 2) }), all);
  const [run] = model.executions;
  assert.deepEqual(shown(model, run!), { 1: 'x=1', 2: '> ^y=2' });
  // The cell of another document with the same id is another cell.
  const other = new InlineModel(adopt);
  other.beginElsewhere(7);
  other.take(state(variables, { cell: running(7, 2) }), all);
  assert.deepEqual([...other.executions], []);
});

test('what is not live is past, and an end that nobody heard is asked for', () => {
  const model = new InlineModel(nobody);
  const run = begin(model, 'x = 1\ny = 2\nz = 3');
  const at = (line: number, count = 1) => ({ execution_count: count, line });
  const variables = [stored('x', '1', at(1)), stored('y', '2', at(2))];
  model.take(state(variables), all);
  model.isLive = false;
  assert.deepEqual(shown(model, run), { 1: '(x=1)', 2: '(y=2)' });
  model.end('m1', null);
  assert.deepEqual(shown(model, run), {});
  assert.ok(model.isOwed);
  model.isLive = true;
  model.take(state([stored('x', '5', at(1, 2)), stored('y', '8', at(2))]), all);
  assert.deepEqual(shown(model, run), { 2: '(y=8)' });
  assert.ok(!model.isOwed);
});

test('values are cut, in one line, and say what they are not', () => {
  assert.equal(textOf(variable('x', { preview: "'a\n  b'" })), "'a b'");
  assert.equal(textOf(variable('x', { preview: 'y'.repeat(200) })).length, 48);
  assert.equal(textOf(variable('x', { preview: '[1, …', truncated: true })), '[1, …');
  const number = (preview: string) => textOf(variable('x', { preview }));
  const numbers = ['0.30706531', '-12345.6789012', '0.5', '1e-07', '123456789'];
  assert.deepEqual(numbers.map(number), [
    '0.30707',
    '-12345.68',
    '0.5',
    '1e-07',
    '123456789'
  ]);
  assert.equal(number('0.0000000123'), '0.0000000123');
  assert.equal(textOf(variable('x', { preview: '', reason: 'redacted' })), 'redacted');
  const late = { status: 'skipped' as const, preview: '', reason: 'took too long' };
  assert.equal(textOf(variable('x', late)), 'took too long');
});

test('a value that may be another one by now is marked, and lines can be heard', () => {
  const model = new InlineModel(nobody);
  const run = begin(model, 'x = 1');
  const variables = [stored('x', '1', { execution_count: 1, line: 1 })];
  model.take(state(variables), all);
  const line = () => model.linesOf(run).get(1)!;
  const before = keyOfLine(line());
  model.take(state(variables, { unevaluated: new Map([['x', 'too large']]) }), all);
  assert.ok(line().items[0]!.isStale);
  assert.notEqual(keyOfLine(line()), before);
  assert.equal(spokenItems(line()), 'x = 1');
});
