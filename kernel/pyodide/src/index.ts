/**
 * See Python's variables change while code runs in Pyodide.
 *
 * ```js
 * const watch = await livens.watch(await loadPyodide());
 * watch.on('changed', variables => console.log(variables));
 * ```
 *
 * `watch` watches the globals of a Pyodide that the program has. `createProcess` starts a Python of
 * its own in a worker, where a busy loop stops nothing else, and which can be interrupted.
 */

export type {
  EventParams,
  Subscription,
  Variable
} from '../../labextension/src/protocol/messages';
export { createProcess, Process } from './process';
export type { Output, Outcome, ProcessOptions } from './process';
export { VariableError, Watch } from './watch';
export type { WatchEvents } from './watch';
export { watch } from './embedded';
export type { IPyodide, WatchOptions } from './embedded';
