/** Where the files of this module, and those of Pyodide, are. */

/** Whether this is Node. */
export const isNode =
  typeof process !== 'undefined' && typeof process.versions?.node === 'string';

/**
 * The address of a file: as the program gave it, relative to its page or to its folder; by default
 * beside this module.
 */
export async function addressOf(
  given: string | URL | undefined,
  ours: URL
): Promise<URL> {
  return given === undefined ? ours : new URL(given, await base());
}

/** The address of Pyodide's module; under Node the package `pyodide` by default. */
export async function pyodideAddress(given: string | URL | undefined): Promise<URL> {
  if (given !== undefined) {
    return new URL(given, await base());
  }
  if (!isNode) {
    throw new Error(
      'Say where Pyodide is: createProcess({ pyodideURL: "…/pyodide.mjs" })'
    );
  }
  const { createRequire } = await import('node:module');
  const { pathToFileURL } = await import('node:url');
  const here = createRequire(import.meta.url);
  // The program's own Pyodide, wherever this module lies.
  const there = createRequire(new URL('program.js', await base()));
  for (const require of [there, here]) {
    try {
      return new URL('pyodide.mjs', pathToFileURL(require.resolve('pyodide')));
    } catch {
      // not there
    }
  }
  throw new Error('The package `pyodide` is not installed: npm install pyodide');
}

/** Read a file. */
export async function read(url: URL): Promise<Uint8Array> {
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

async function base(): Promise<string> {
  if (!isNode) {
    return location.href;
  }
  const { pathToFileURL } = await import('node:url');
  return pathToFileURL(`${process.cwd()}/`).href;
}
