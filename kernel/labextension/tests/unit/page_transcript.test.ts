// What is shown of the code that everybody runs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_CHARACTERS } from '../../src/page/text';
import { type IEntry, MOST_ENTRIES, Transcript } from '../../src/page/transcript';

function say(transcript: Transcript, method: string, params: object = {}): void {
  const whole = { execution: 'e1', by: 'ann', ...params };
  transcript.receive({ method, params: whole });
}

function start(transcript: Transcript, params: object = {}): void {
  say(transcript, 'started', { code: 'x', execution_count: 1, ...params });
}

function texts(entry: IEntry): string[] {
  return entry.outputs.map(output =>
    'content' in output ? `${output.kind}: ${output.content.text}` : output.kind
  );
}

const states = (transcript: Transcript) => transcript.entries.map(({ state }) => state);

test('outputs stand in their order, and what belongs together is one', () => {
  const transcript = new Transcript();
  start(transcript);
  say(transcript, 'output', { stream: 'stdout', content: 'a' });
  say(transcript, 'output', { stream: 'stdout', content: 'b\n' });
  say(transcript, 'output', { stream: 'stderr', content: 'c' });
  say(transcript, 'display', { data: { 'text/plain': 'd' } });
  say(transcript, 'error', { name: 'E', content: 'traceback' });
  say(transcript, 'complete', { returnCode: 1 });
  const [entry] = transcript.entries;
  assert.deepEqual(texts(entry!), [
    'stdout: ab\n',
    'stderr: c',
    'display',
    'error: traceback'
  ]);
  assert.deepEqual(states(transcript), ['failed']);
  assert.equal(entry!.by, 'ann');
});

test('what was sent waits until it begins, and is then the same entry', () => {
  const transcript = new Transcript();
  start(transcript);
  const key = transcript.send('bob', 'y');
  assert.deepEqual(states(transcript), ['running', 'waiting']);
  say(transcript, 'complete', { returnCode: 0 });
  start(transcript, { execution: 'e2', by: 'bob', code: 'y', execution_count: 2 });
  assert.deepEqual(states(transcript), ['done', 'running']);
  assert.equal(transcript.entries.length, 2);
  transcript.answer(key, 'e2', null);
  assert.deepEqual(states(transcript), ['done', 'done']);
});

test('an answer tells why code failed that said nothing itself', () => {
  const transcript = new Transcript();
  const key = transcript.send('bob', 'y');
  transcript.answer(key, '', 'It did not begin in time');
  assert.deepEqual(texts(transcript.entries[0]!), ['error: It did not begin in time']);
  assert.deepEqual(states(transcript), ['failed']);
});

test('code whose answer will not come has an end that is not known', () => {
  const transcript = new Transcript();
  const key = transcript.send('bob', 'y');
  transcript.fail(key, 'The connection was lost');
  assert.deepEqual(states(transcript), ['unknown']);
  assert.deepEqual(texts(transcript.entries[0]!), ['note: The connection was lost']);
});

test('what is told again after a lost line takes the place of what was known', () => {
  const transcript = new Transcript();
  start(transcript);
  say(transcript, 'output', { stream: 'stdout', content: 'a' });
  start(transcript, { execution: 'e2' });
  transcript.suspend();
  start(transcript);
  say(transcript, 'output', { stream: 'stdout', content: 'a' });
  say(transcript, 'output', { stream: 'stdout', content: 'b' });
  transcript.resume();
  assert.deepEqual(states(transcript), ['running', 'unknown']);
  assert.deepEqual(texts(transcript.entries[0]!), ['stdout: ab']);
});

test('an entry whose beginning is not kept says so', () => {
  const transcript = new Transcript();
  say(transcript, 'output', { stream: 'stdout', content: 'tail' });
  assert.match(texts(transcript.entries[0]!).join(), /^note: .*beginning.*stdout: tail$/);
});

test('a kernel that is started anew ends what ran', () => {
  const transcript = new Transcript();
  start(transcript);
  transcript.receive({ method: 'session', params: { state: 'restarted' } });
  assert.deepEqual(states(transcript), ['unknown', 'restarted']);
  assert.equal(transcript.isRunning, false);
});

test('a display is replaced by its update, and cleared at once or with the next', () => {
  const transcript = new Transcript();
  const plain = () =>
    transcript.entries[0]!.outputs.map(output =>
      'data' in output ? output.data['text/plain'] : output.content.text
    );
  start(transcript);
  say(transcript, 'display', { data: { 'text/plain': '1' }, display_id: 'd' });
  say(transcript, 'display', { data: { 'text/plain': 'x' } });
  say(transcript, 'display', {
    data: { 'text/plain': '2' },
    display_id: 'd',
    is_update: true
  });
  assert.deepEqual(plain(), ['2', 'x']);
  say(transcript, 'clear', { wait: true });
  assert.deepEqual(plain(), ['2', 'x']);
  say(transcript, 'output', { stream: 'stdout', content: 'next' });
  assert.deepEqual(plain(), ['next']);
  say(transcript, 'clear', { wait: false });
  assert.deepEqual(plain(), []);
});

test('old entries go, long texts lose their beginning, and missed messages are counted', () => {
  const transcript = new Transcript();
  for (let i = 0; i <= MOST_ENTRIES; i++) {
    start(transcript, { execution: `e${i}`, execution_count: i });
  }
  assert.equal(transcript.entries.length, MOST_ENTRIES);
  assert.equal(transcript.entries[0]!.count, 1);
  const [output] = (() => {
    say(transcript, 'output', {
      execution: 'e1',
      stream: 'stdout',
      content: 'line\n'.repeat(MOST_CHARACTERS / 4)
    });
    return transcript.entries[0]!.outputs;
  })();
  assert.ok('content' in output! && output.content.isCut);
  assert.ok(output.content.text.length <= MOST_CHARACTERS);
  assert.ok(output.content.text.startsWith('line\n'));
  transcript.receive({ method: 'lost', params: { count: 3 } });
  assert.equal(transcript.lost, 3);
});

test('what is cleared from view is what has ended', () => {
  const transcript = new Transcript();
  start(transcript);
  say(transcript, 'complete', { returnCode: 0 });
  start(transcript, { execution: 'e2' });
  transcript.clear();
  assert.deepEqual(states(transcript), ['running']);
});
