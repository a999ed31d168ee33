/** Watches the globals of a Pyodide that the program itself has, in the same thread. */

import type { Subscription } from '../../labextension/src/protocol/messages';
import { TextChannel } from './channel';
import { evaluate, install, type IPyodide } from './install';
import { Watch } from './watch';

export type { IPyodide };

/** How to watch. */
export interface WatchOptions {
  /** Where `livens-python.zip` is; by default beside this module. */
  archive?: string | URL;
  /** What to be told; everything by default. */
  subscription?: Subscription;
}

/**
 * Watch the globals of a Pyodide: what `pyodide.runPython` stores.
 *
 * Python and the program share one thread. While code computes it lends a moment ten times a
 * second; but this page shows nothing before it has ended. For code that may take long, see
 * `createProcess`.
 */
export async function watch(
  pyodide: IPyodide,
  { archive, subscription = {} }: WatchOptions = {}
): Promise<Watch> {
  await install(pyodide, archive);
  const embedding = embeddingOf(pyodide);
  let connection: any;
  const channel = new TextChannel(
    (text, told) => (connection = embedding.connect(told, text)),
    text => connection?.receive(text),
    () => {
      connection?.close();
      connection?.destroy();
      connection = undefined;
      release(pyodide);
    }
  );
  return new Watch(channel).open(subscription);
}

interface IUse {
  embedding: any;
  watches: number;
}

const uses = new WeakMap<object, IUse>();

/** The one that watches a Pyodide's globals: made for the first, and gone with the last. */
function embeddingOf(pyodide: IPyodide): any {
  let use = uses.get(pyodide);
  if (!use) {
    const embedding = evaluate(
      pyodide,
      'import __main__\nfrom livens.kernel.embedding import Embedding\nEmbedding(__main__.__dict__)'
    );
    use = { embedding, watches: 0 };
    uses.set(pyodide, use);
  }
  use.watches += 1;
  return use.embedding;
}

function release(pyodide: IPyodide): void {
  const use = uses.get(pyodide)!;
  use.watches -= 1;
  if (use.watches === 0) {
    uses.delete(pyodide);
    use.embedding.destroy();
  }
}
