/** Puts livens' Python package into a Pyodide. */

/** What is used of a Pyodide. */
export interface IPyodide {
  unpackArchive(data: Uint8Array, format: string, options?: object): void;
  runPython(code: string, options?: object): any;
  runPythonAsync(code: string, options?: object): Promise<any>;
  pyimport(name: string): any;
  toPy(value: unknown): any;
  globals: any;
}

const installed = new WeakSet<object>();

/** Whether this is Node. */
export const isNode =
  typeof process !== 'undefined' && typeof process.versions?.node === 'string';

/**
 * Put the package into a Pyodide, once.
 *
 * @param archive - where `livens-python.zip` is; by default beside this module.
 */
export async function install(
  pyodide: IPyodide,
  archive: string | URL = new URL('livens-python.zip', import.meta.url)
): Promise<void> {
  if (!installed.has(pyodide)) {
    pyodide.unpackArchive(await read(new URL(archive, import.meta.url)), 'zip', {
      extractDir: '/lib/livens-python'
    });
    pyodide.runPython(
      'import sys; "/lib/livens-python" in sys.path or sys.path.append("/lib/livens-python")',
      { globals: pyodide.toPy({}) }
    );
    installed.add(pyodide);
  }
}

async function read(url: URL): Promise<Uint8Array> {
  if (isNode && url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url} could not be loaded: HTTP ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}
