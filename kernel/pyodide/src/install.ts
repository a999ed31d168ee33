/** Puts livens' Python package into a Pyodide. */

import { addressOf, read } from './address';

/** What is used of a Pyodide. */
export interface IPyodide {
  unpackArchive(data: Uint8Array, format: string, options?: object): void;
  runPython(code: string, options?: object): any;
  pyimport(name: string): any;
  toPy(value: unknown): any;
}

const installed = new WeakSet<object>();

/**
 * Put the package into a Pyodide, once.
 *
 * @param archive - where `livens-python.zip` is; by default beside this module.
 */
export async function install(pyodide: IPyodide, archive?: string | URL): Promise<void> {
  if (!installed.has(pyodide)) {
    const url = await addressOf(archive, new URL('livens-python.zip', import.meta.url));
    pyodide.unpackArchive(await read(url), 'zip', { extractDir: FOLDER });
    evaluate(
      pyodide,
      `import sys; "${FOLDER}" in sys.path or sys.path.append("${FOLDER}")`
    );
    installed.add(pyodide);
  }
}

/**
 * Run code of ours, which leaves nothing in the program's namespace.
 *
 * @param given - what the code finds in its own.
 */
export function evaluate(pyodide: IPyodide, code: string, given: object = {}): any {
  const globals = pyodide.toPy({ __name__: 'livens_pyodide', ...given });
  try {
    return pyodide.runPython(code, { globals });
  } finally {
    globals.destroy();
  }
}

const FOLDER = '/lib/livens-python';
