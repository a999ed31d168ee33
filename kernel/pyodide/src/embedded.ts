/** Watches the globals of a Pyodide that the program itself has, in the same thread. */

import type { Subscription } from '../../labextension/src/protocol/messages';
import { install, type IPyodide } from './install';
import { TextChannel, Watch } from './watch';

/** How to watch. */
export interface WatchOptions {
  /** Where `livens-python.zip` is; by default beside this module. */
  archive?: string | URL;
  /** What to be told; everything by default. */
  subscription?: Subscription;
}

const embeddings = new WeakMap<object, any>();

/**
 * Watch the globals of a Pyodide: what `pyodide.runPython` stores.
 *
 * Python and the program share one thread. While code computes, its loops at the top level lend a
 * moment ten times a second; but this page shows nothing before it has ended. For code that may take
 * long, see `createProcess`.
 */
export async function watch(
  pyodide: IPyodide,
  { archive, subscription = {} }: WatchOptions = {}
): Promise<Watch> {
  await install(pyodide, archive);
  let embedding = embeddings.get(pyodide);
  if (!embedding) {
    const module = pyodide.pyimport('livens.kernel.embedding');
    const main = pyodide.runPython('import __main__; __main__.__dict__', {
      globals: pyodide.toPy({})
    });
    embedding = module.Embedding(main);
    embeddings.set(pyodide, embedding);
    module.destroy();
  }
  let connection: any;
  const channel = new TextChannel(
    (text, told) => (connection = embedding.connect(told, text)),
    text => connection?.receive(text),
    () => {
      connection?.close();
      connection?.destroy();
      connection = undefined;
    }
  );
  return new Watch(channel).open(subscription);
}
