// Which process of a kernel speaks, and which cell it runs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Process } from '../../src/lab/process';

type Message = Parameters<Process['noteCell']>[0];

function message(
  session: string,
  msg_type: string,
  content: object,
  msg_id = ''
): Message {
  return {
    header: { session, msg_type },
    parent_header: { msg_id },
    content
  } as unknown as Message;
}

const status = (session: string, execution_state: string, msg_id = '') =>
  message(session, 'status', { execution_state }, msg_id);

test('a process that is about to end is not taken for the next one', () => {
  const process = new Process();
  const first = (...given: Parameters<typeof status>) =>
    process.isFirstOfAnother(status(...given));
  assert.equal(first('old', 'idle'), false);
  assert.equal(first('old', 'busy'), false); // with its own end
  assert.equal(first('old', 'idle'), false);
  assert.equal(first('new', 'starting'), true);
  assert.equal(first('new', 'busy'), false);
  assert.equal(first('old', 'idle'), false); // what comes late
  assert.equal(first('newer', 'busy'), true); // its start was not heard
});

test('what the server says by itself is of no process', () => {
  const process = new Process();
  assert.equal(process.isFirstOfAnother(status('kernel', 'idle')), false);
  assert.equal(process.isFirstOfAnother(status('server', 'restarting')), false);
  assert.equal(process.isFirstOfAnother(status('server', 'dead')), false);
  const limited = message('server', 'stream', { text: 'IOPub message rate exceeded' });
  assert.equal(process.isFirstOfAnother(limited), false);
  assert.equal(process.isFirstOfAnother(status('next', 'idle')), true);
});

test('another kernel is not another process of the last one', () => {
  const process = new Process();
  process.isFirstOfAnother(status('one', 'idle'));
  process.forget();
  assert.equal(process.isFirstOfAnother(status('other', 'idle')), false);
});

test('the end of a cell is told once, by its own idle', () => {
  const process = new Process();
  assert.equal(process.runningCell, undefined); // nobody knows
  const input = { code: 'import livens', execution_count: 3 };
  assert.equal(process.noteCell(message('k', 'execute_input', input, 'cell')), null);
  assert.equal(process.runningCell, 3);
  assert.equal(process.noteCell(status('k', 'idle', 'other')), null);
  assert.equal(process.noteCell(status('k', 'busy', 'cell')), null);
  assert.equal(process.noteCell(status('k', 'idle', 'cell'))?.namesLivens, true);
  assert.equal(process.runningCell, null);
  assert.equal(process.noteCell(status('k', 'idle', 'cell')), null);
});
