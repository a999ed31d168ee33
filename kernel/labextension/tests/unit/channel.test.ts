import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { infoOf } from '../../src/protocol/channel';

const INFO = { implementation: 'livens' };

/** A kernel that is being started: JupyterLab refuses to ask it anything until it is connected. */
class StartingKernel {
  connectionStatus: Kernel.ConnectionStatus = 'connecting';
  asked = 0;
  readonly connectionStatusChanged = new Signal<this, Kernel.ConnectionStatus>(this);
  readonly info = new Promise<typeof INFO>(resolve => (this.tellInfo = resolve));
  tellInfo!: (info: typeof INFO) => void;

  connect(): void {
    this.connectionStatus = 'connected';
    this.connectionStatusChanged.emit('connected');
  }

  sendControlMessage(): { done: Promise<{ content: typeof INFO }> } {
    assert.equal(this.connectionStatus, 'connected');
    this.asked += 1;
    return { done: Promise.resolve({ content: INFO }) };
  }

  get asConnection(): Kernel.IKernelConnection {
    return this as unknown as Kernel.IKernelConnection;
  }
}

test('a kernel that takes long to start is waited for, and need not be asked', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const kernel = new StartingKernel();
  const info = infoOf(kernel.asConnection);
  t.mock.timers.tick(60_000);
  await new Promise(resolve => setImmediate(resolve));
  kernel.connect();
  kernel.tellInfo(INFO);
  assert.equal((await info).implementation, 'livens');
  assert.equal(kernel.asked, 0);
});

test('a kernel that is busy in a cell is asked on control', async () => {
  const kernel = new StartingKernel();
  kernel.connect();
  assert.equal((await infoOf(kernel.asConnection)).implementation, 'livens');
  assert.equal(kernel.asked, 1);
});
