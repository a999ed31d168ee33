// The panel's client as a program that `livens-conformance` can try: lines of JSON, see
// tests/conformance/livens_conformance/client_checks.py. `jlpm test` compiles what it imports.

import { createInterface } from 'node:readline';
import { Signal } from '@lumino/signaling';
import client from '../../.unit/src/protocol/client.js';
import replica from '../../.unit/src/protocol/replica.js';

const { Client } = client;
const { Replica } = replica;

function write(message) {
  process.stdout.write(JSON.stringify(message) + '\n');
}

/** Carries the messages of one comm over standard input and output. */
class Channel {
  constructor() {
    this.received = new Signal(this);
    this.closed = new Signal(this);
    this.isDisposed = false;
  }

  async open(subscription) {
    write({ type: 'open', data: subscription });
  }

  send(data) {
    write({ type: 'send', data });
  }

  dispose() {
    this.isDisposed = true;
    Signal.clearData(this);
  }
}

const channel = new Channel();
const tried = new Client(channel, new Replica());

function previews() {
  return Object.fromEntries(
    [...tried.replica.variables].map(([name, { preview }]) => [name, preview])
  );
}

const lines = createInterface({ input: process.stdin });
lines.on('line', line => {
  const message = JSON.parse(line);
  if (message.type === 'told') {
    channel.received.emit(message.data);
  } else if (message.type === 'restarted') {
    void tried.open({});
  } else {
    write({ type: 'shown', id: message.id, variables: previews() });
  }
});
lines.on('close', () => process.exit(0));
void tried.open({});
