// The line to a session: what it says of itself, and when it is opened again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Presence } from '../../src/page/api';
import {
  type ISocket,
  type LineState,
  PROBE_MS,
  RETRY_MS,
  SESSION_ENDED,
  SessionLine
} from '../../src/page/socket';

class FakeSocket implements ISocket {
  onopen: ISocket['onopen'] = null;
  onmessage: ISocket['onmessage'] = null;
  onclose: ISocket['onclose'] = null;
  isClosed = false;
  readonly sent: { method: string; id?: string; params: unknown }[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.onopen?.(undefined as never);
  }

  lose(code = 1006): void {
    this.onclose?.({ code } as CloseEvent);
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent<string>);
  }
}

/** A line with a server that is played, and a clock that is pushed. */
class PlayedServer {
  sockets: FakeSocket[] = [];
  presence: Presence | 'no answer' = 'there';
  states: LineState[] = [];
  timers: { run: () => void; delay_ms: number }[] = [];

  readonly line = new SessionLine({
    connect: () => {
      this.sockets.push(new FakeSocket());
      return this.sockets.at(-1)!;
    },
    presence: async () => {
      if (this.presence === 'no answer') {
        throw new Error('no answer');
      }
      return this.presence;
    },
    later: (run, delay_ms) => {
      const timer = { run, delay_ms };
      this.timers.push(timer);
      return () => (this.timers = this.timers.filter(other => other !== timer));
    }
  });

  constructor() {
    this.line.stateChanged.connect((_, state) => this.states.push(state));
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  /** Let the time pass that the one timer waits for; returns how long that is. */
  async pass(): Promise<number> {
    assert.equal(this.timers.length, 1);
    const { run, delay_ms } = this.timers.pop()!;
    run();
    await tick();
    return delay_ms;
  }

  async open(): Promise<void> {
    this.line.open();
    await tick();
    this.socket.open();
  }
}

const tick = () => new Promise(resolve => setImmediate(resolve));

test('a lost line is opened again, later and later', async () => {
  const server = new PlayedServer();
  await server.open();
  server.socket.lose();
  const delays: number[] = [];
  for (let i = 0; i < 6; i++) {
    delays.push(await server.pass());
    server.socket.lose();
  }
  assert.deepEqual(delays, [...RETRY_MS, RETRY_MS.at(-1), RETRY_MS.at(-1)]);
  await server.pass();
  server.socket.open();
  assert.equal(server.line.opened, 2);
  server.socket.lose();
  assert.equal(await server.pass(), RETRY_MS[0]);
  assert.deepEqual(server.states, ['connecting', 'open', 'lost', 'open', 'lost']);
});

test('a session that has gone is not made anew by opening its line', async () => {
  const server = new PlayedServer();
  await server.open();
  server.presence = 'gone';
  server.socket.lose();
  await server.pass();
  assert.equal(server.line.state, 'ended');
  assert.equal(server.sockets.length, 1);
  assert.deepEqual(server.timers, []);
});

test('a line that looks open is lost when the server does not answer', async () => {
  const server = new PlayedServer();
  await server.open();
  assert.equal(await server.pass(), PROBE_MS);
  assert.equal(server.line.state, 'open');
  server.presence = 'no answer';
  await server.pass();
  assert.equal(server.line.state, 'lost');
  assert.ok(server.socket.isClosed);
});

test('whoever knows of the network can have the line looked at', async () => {
  const server = new PlayedServer();
  await server.open();
  server.presence = 'no answer';
  server.line.check();
  await tick();
  assert.equal(server.line.state, 'lost');
  server.presence = 'there';
  server.line.check();
  await tick();
  server.socket.open();
  assert.equal(server.line.state, 'open');
  assert.equal(server.timers.length, 1);
});

test('the server’s word that the session has ended, or its silence about it', async () => {
  const told = new PlayedServer();
  await told.open();
  told.socket.lose(SESSION_ENDED);
  assert.equal(told.line.state, 'ended');
  const culled = new PlayedServer();
  await culled.open();
  culled.presence = 'gone';
  await culled.pass();
  assert.equal(culled.line.state, 'ended');
});

test('who is refused can come back with a token', async () => {
  const server = new PlayedServer();
  server.presence = 'refused';
  server.line.open();
  await tick();
  assert.equal(server.line.state, 'refused');
  server.presence = 'there';
  await server.open();
  assert.equal(server.line.state, 'open');
});

test('an answer goes to who asked, an error too, and a lost line fails what waits', async () => {
  const server = new PlayedServer();
  const received: unknown[] = [];
  server.line.received.connect((_, message) => received.push(message));
  await assert.rejects(server.line.request('history'), /no connection/);
  await server.open();
  const first = server.line.request('history', { limit: 1 });
  const second = server.line.request('interrupt');
  const third = server.line.request('execute', { code: '1' });
  const [asked, interrupted] = server.socket.sent;
  server.socket.say({ id: interrupted!.id, error: { code: -1, message: 'not now' } });
  server.socket.say({ id: asked!.id, result: { inputs: ['1'] } });
  server.socket.say({ id: 7, result: {} });
  assert.deepEqual(await first, { inputs: ['1'] });
  await assert.rejects(second, /not now/);
  assert.deepEqual(received, [{ id: 7, result: {} }]);
  server.socket.lose();
  await assert.rejects(third, /not known/);
});

test('a line that was closed says and does nothing more', async () => {
  const server = new PlayedServer();
  await server.open();
  const old = server.socket;
  server.line.close();
  assert.ok(old.isClosed);
  old.lose();
  old.say({ method: 'output', params: {} });
  assert.deepEqual(server.timers, []);
  assert.equal(server.line.state, 'closed');
});
