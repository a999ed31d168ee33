// Addresses, texts, inputs and requests of the page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, sessionOf, socketAddressOf } from '../../src/page/address';
import { Api, cookieOf, HttpError } from '../../src/page/api';
import { Inputs } from '../../src/page/inputs';
import { append, fromCharacters, toCharacters } from '../../src/page/text';

test('an address names a session, and a link has a token only if it is given one', () => {
  const here = 'http://h:1/livens/?session=a.b-c_1&token=t#x';
  assert.equal(sessionOf(here), 'a.b-c_1');
  assert.equal(sessionOf('http://h:1/?session=a/b'), null);
  assert.equal(sessionOf('http://h:1/'), null);
  assert.equal(addressOf(here, 'other'), 'http://h:1/livens/?session=other');
  assert.equal(addressOf(here, null), 'http://h:1/livens/');
  assert.equal(addressOf(here, 'o', 's+t'), 'http://h:1/livens/?session=o&token=s%2Bt');
});

test('a socket is opened below the same root, without making a session', () => {
  assert.equal(
    socketAddressOf('https://h/base/', 'a', 'Ann & Bob'),
    'wss://h/base/sessions/a/socket?make=false&client=Ann+%26+Bob'
  );
});

function shown(...chunks: string[]): string {
  return chunks.reduce((before, more) => append(before, more), { text: '', isCut: false })
    .text;
}

test('colours are dropped, and a progress bar writes over itself', () => {
  assert.equal(shown('\u001b[31mred\u001b[0m'), 'red');
  assert.equal(shown('10%\r', '20%\r', '100%\n', 'done'), '100%\ndone');
  assert.equal(shown('long line\rab'), 'abng line');
  assert.equal(shown('a\r\nb'), 'a\nb');
});

test('places are counted as Python counts them', () => {
  assert.equal(toCharacters('😀ab', 3), 2);
  assert.equal(fromCharacters('😀ab', 2), 3);
});

test('a walk through the inputs ends at what was being written', () => {
  const inputs = new Inputs();
  inputs.load(['a', 'b', 'b']);
  assert.equal(inputs.forward(), null);
  assert.equal(inputs.back('draft'), 'b');
  assert.equal(inputs.back('b'), 'a');
  assert.equal(inputs.back('a'), null);
  assert.equal(inputs.forward(), 'b');
  assert.equal(inputs.forward(), 'draft');
  assert.equal(inputs.forward(), null);
});

test('inputs are found by what is in them, newest first, each once', () => {
  const inputs = new Inputs();
  inputs.load(['Loss = 1', 'x = 2', 'loss = 3', 'Loss = 1']);
  assert.deepEqual(inputs.search('loss'), ['Loss = 1', 'loss = 3']);
  assert.deepEqual(inputs.search('nothing'), []);
});

type Answer = { status: number; body?: object };

function apiWith(answers: Answer[], asked: [string, RequestInit][] = []): Api {
  const fetch = async (url: URL, init: RequestInit) => {
    asked.push([url.pathname + url.search, init]);
    const { status, body } = answers.shift() ?? assert.fail('too many questions');
    const text = status === 204 ? null : JSON.stringify(body ?? {});
    return new Response(text, { status });
  };
  return new Api('http://h/r/', fetch as never, () => '_xsrf=2%7Ca; other=1');
}

test('a session is there, gone, or not to be told of; silence is none of these', async () => {
  const api = apiWith([
    { status: 200 },
    { status: 404 },
    { status: 403 },
    { status: 500 }
  ]);
  assert.equal(await api.presenceOf('a'), 'there');
  assert.equal(await api.presenceOf('a'), 'gone');
  assert.equal(await api.presenceOf('a'), 'refused');
  await assert.rejects(api.presenceOf('a'), HttpError);
});

test('requests have the proof that they come from the page, and say what went wrong', async () => {
  const asked: [string, RequestInit][] = [];
  const api = apiWith(
    [{ status: 204 }, { status: 429, body: { message: 'too many' } }],
    asked
  );
  await api.endSession('a b');
  const [path, { method, headers }] = asked[0]!;
  assert.deepEqual([method, path], ['DELETE', '/r/sessions/a%20b']);
  assert.equal((headers as Record<string, string>)['X-XSRFToken'], '2|a');
  await assert.rejects(api.makeSession('a'), { status: 429, message: 'too many' });
  assert.equal(cookieOf('a=1', '_xsrf'), '');
});
