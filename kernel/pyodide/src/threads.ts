/** Starts a worker, in a page or under Node. */

import { isNode } from './address';
import type { FromWorker, ToWorker } from './messages';

/** A worker, as a process sees it. */
export interface IWorker {
  post(message: ToWorker): void;
  end(): void;
}

/**
 * Start a worker.
 *
 * @param take - gets its messages.
 * @param fail - told why it ended, if nobody ended it.
 */
export async function startWorker(
  url: URL,
  take: (message: FromWorker) => void,
  fail: (error: Error) => void
): Promise<IWorker> {
  if (isNode) {
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker(url);
    worker.on('message', take);
    worker.on('error', fail);
    worker.on('exit', code => fail(new Error(`The worker ended with code ${code}`)));
    return {
      post: message => worker.postMessage(message),
      end: () => void worker.terminate()
    };
  }
  const worker = new Worker(url, { type: 'module' });
  worker.addEventListener('message', event => take(event.data));
  worker.addEventListener('messageerror', () =>
    fail(new Error('A message of the worker cannot be read'))
  );
  // A module that cannot be loaded has no message.
  worker.addEventListener('error', event =>
    fail(new Error(event.message || `The worker ${url} cannot be loaded`))
  );
  return {
    post: message => worker.postMessage(message),
    end: () => worker.terminate()
  };
}
