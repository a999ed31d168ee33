import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  curvesCSV,
  drawn,
  type ICurve,
  notAboveZero,
  startOf
} from '../../src/model/curves';
import { LONGEST_PAUSE_S } from '../../src/model/playback';
import { curvesIn, pointsOf, readRecord } from '../../src/model/record';
import { Player } from '../../src/player/watch';
import { variable } from './messages';

const HEADER = {
  type: 'header',
  format: 'livens.record',
  version: 1,
  notebook: 'a.ipynb'
};

/** A cell that stores `x` three times, a pause of a minute, and one that deletes it. */
const LINES = [
  HEADER,
  { type: 'cell-started', number: 1, index: 0, at: 100 },
  ...[1, 2, 3].map(n => ({
    type: 'changes',
    at: 100 + n,
    number: 1,
    changed: [variable('x', { preview: String(n), changed_at: 100 + n })],
    points: { x: [[100 + n, n, 1, null, null]] }
  })),
  { type: 'cell-ended', number: 1, at: 103.5, status: 'ok', execution_count: 7 },
  { type: 'cell-started', number: 2, index: 1, at: 163.5 },
  { type: 'changes', at: 164, number: 2, changed: [variable('y')], removed: ['x'] },
  { type: 'cell-ended', number: 2, at: 164.5, status: 'ok', execution_count: 8 },
  { type: 'footer', at: 165, status: 'ok' }
];

const TEXT = LINES.map(line => JSON.stringify(line)).join('\n');

function player(): Player {
  return new Player(readRecord(TEXT), () => Promise.reject(new Error('not here')));
}

function previews({ model }: Player): Record<string, string | undefined> {
  return Object.fromEntries([...model.variables].map(([name, v]) => [name, v.preview]));
}

test('any moment of a record can be shown, forwards and backwards', () => {
  const one = player();
  assert.deepEqual(previews(one), {});
  one.seek(2.5);
  assert.deepEqual(previews(one), { x: '2' });
  assert.equal(one.model.cell?.execution_count, 7);
  one.seek(65);
  assert.deepEqual(previews(one), { y: '1' });
  assert.equal(one.playback.isOver, true);
  assert.equal(one.model.cell, null);
  one.seek(1);
  assert.deepEqual(previews(one), { x: '1' });
  assert.deepEqual(
    one.playback.pointsOf('x').map(([, value]) => value),
    [1]
  );
  one.dispose();
});

test('it plays line by line, and leaves long pauses out', async () => {
  const one = player();
  one.playback.advance(1.2);
  assert.deepEqual(previews(one), { x: '1' });
  one.playback.advance(1);
  assert.deepEqual(previews(one), { x: '2' });
  one.playback.advance(1.6);
  assert.equal(one.playback.cell, null);
  assert.equal(one.playback.at, 163.5 - LONGEST_PAUSE_S);
  assert.deepEqual(previews(one), { x: '3' });
  const history = await one.model.request('history', { name: 'x', since: 101.5 });
  assert.deepEqual(
    history.points.map(([, value]) => value),
    [2, 3]
  );
  await assert.rejects(one.model.request('delete', { names: ['x'] }), /no kernel/);
  one.playback.advance(5);
  assert.deepEqual(previews(one), { y: '1' });
  assert.equal(one.playback.status, 'ok');
  assert.equal(one.model.away.absence, null);
  one.dispose();
});

test('a record that was cut off is read as far as it goes, and what is none is refused', () => {
  const cut = readRecord(TEXT.slice(0, -20));
  assert.equal(cut.lines.length, LINES.length - 2);
  assert.match(cut.problem, /Line 10 cannot be read/);
  assert.throws(() => readRecord(''), /no record/);
  assert.throws(() => readRecord('{"type":"header"}'), /no record/);
  assert.throws(
    () => readRecord(JSON.stringify({ ...HEADER, version: 2 })),
    /of version 2/
  );
  assert.deepEqual(curvesIn(cut), ['x']);
});

test('curves are placed by time, by seconds since the beginning and by steps', () => {
  const record = readRecord(TEXT);
  const now: ICurve = {
    name: 'x',
    points: [
      [500, 1, 1],
      [501, 0, 1],
      [501, true, 1],
      [502, 'nan', 1]
    ],
    before: 10,
    run: ''
  };
  const earlier = { name: 'x', points: pointsOf(record, 'x'), before: 0, run: 'r' };
  const both = [now, earlier];
  assert.deepEqual(drawn(now, 'step', false, 0), [
    [11, 12, 13],
    [1, 0, 1]
  ]);
  assert.deepEqual(drawn(earlier, 'elapsed', false, startOf(both, 'r')), [
    [0, 1, 2],
    [1, 2, 3]
  ]);
  const [xs, ys] = drawn(now, 'time', true, 0);
  assert.deepEqual(ys, [1, null, 1]);
  assert.ok(xs[2]! > xs[1]!); // two values of one moment are both there
  assert.equal(notAboveZero(both), 1);
  assert.equal(curvesCSV([now]).split('\n')[0], 'time,value,execution_count');
  assert.equal(curvesCSV(both).split('\n')[5]?.slice(0, 4), 'x,r,');
});
