/** The worker of a process: Pyodide, and livens' `Process` in it. */

import { install, isNode, type IPyodide } from './install';
import type { FromWorker, ToWorker } from './messages';

type Port = {
  post(message: FromWorker): void;
  listen(take: (message: ToWorker) => void): void;
};

async function port(): Promise<Port> {
  if (isNode) {
    const { parentPort } = await import('node:worker_threads');
    return {
      post: message => parentPort!.postMessage(message),
      listen: take => void parentPort!.on('message', take)
    };
  }
  const scope = self as unknown as Worker;
  return {
    post: message => scope.postMessage(message),
    listen: take => scope.addEventListener('message', event => take(event.data))
  };
}

/** Give the worker's Python its output, whole characters at once. */
function stream(post: Port['post'], name: 'stdout' | 'stderr'): object {
  const decoder = new TextDecoder();
  return {
    write: (bytes: Uint8Array) => {
      const text = decoder.decode(bytes, { stream: true });
      if (text) {
        post({ type: 'output', stream: name, text });
      }
      return bytes.length;
    },
    isatty: false
  };
}

async function start(
  post: Port['post'],
  { indexURL, pyodideURL, archive, signals, packages }: Extract<ToWorker, { type: 'start' }>
): Promise<any> {
  const { loadPyodide } = await import(/* @vite-ignore */ pyodideURL);
  const pyodide: IPyodide & Record<string, any> = await loadPyodide({ indexURL });
  if (packages.length > 0) {
    await pyodide.loadPackage(packages);
  }
  await install(pyodide, archive);
  pyodide.setStdout(stream(post, 'stdout'));
  pyodide.setStderr(stream(post, 'stderr'));
  pyodide.setStdin({ error: true });
  if (signals) {
    pyodide.setInterruptBuffer(new Uint8Array(signals));
  }
  const python = pyodide.runPython(
    `
from livens.kernel.embedding import Process
process = Process(has_ticks=${signals ? 'True' : 'False'})
if ${signals ? 'True' : 'False'}:
    import signal
    signal.signal(signal.SIGUSR1, lambda number, frame: process.look())
process
`,
    { globals: pyodide.toPy({ __name__: 'livens_worker' }) }
  );
  return python;
}

async function main(): Promise<void> {
  const { post, listen } = await port();
  const connections = new Map<number, any>();
  let python: any;
  let last: Promise<unknown> = Promise.resolve();
  const run = async (id: number, code: string) => {
    const outcome = JSON.parse(await python.run(code, `run-${id}`));
    post({ type: 'ran', id, outcome });
  };
  listen(message => {
    switch (message.type) {
      case 'start':
        start(post, message).then(
          started => {
            python = started;
            post({ type: 'ready' });
          },
          error => post({ type: 'failed', message: String(error?.message ?? error) })
        );
        break;
      case 'run':
        last = last.then(() => run(message.id, message.code));
        break;
      case 'open': {
        const { watch } = message;
        const told = (text: string) => post({ type: 'told', watch, text });
        connections.set(watch, python.connect(told, message.subscription));
        break;
      }
      case 'request':
        connections.get(message.watch)?.receive(message.text);
        break;
      case 'close': {
        const connection = connections.get(message.watch);
        connections.delete(message.watch);
        connection?.close();
        connection?.destroy();
      }
    }
  });
}

void main();
