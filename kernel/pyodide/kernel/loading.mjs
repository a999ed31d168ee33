/** Loads Pyodide so that it finds no Node around it. */

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { hideNode, shutNodeAway } from './confinement.mjs';

/**
 * Read Pyodide's files, and shut Node away from all that runs in this thread from then on.
 *
 * @param folder - where Pyodide is.
 * @param report - gets the errors that nobody catches.
 * @returns what loads Pyodide.
 */
export async function shutIn(folder, report) {
  const names = ['pyodide.asm.wasm', 'python_stdlib.zip'];
  const files = new Map(names.map(name => [name, readFileSync(`${folder}/${name}`)]));
  const lock = JSON.parse(readFileSync(`${folder}/pyodide-lock.json`, 'utf8'));
  const url = name => pathToFileURL(`${folder}/${name}`).href;
  // Else it would take Node's file system, its sockets and its processes.
  hideNode(files);
  const { loadPyodide } = await import(url('pyodide.mjs'));
  const { default: createPyodideModule } = await import(url('pyodide.asm.mjs'));
  shutNodeAway(report);
  return async () => {
    const pyodide = await loadPyodide({
      indexURL: 'file:///pyodide/',
      createPyodideModule,
      // There is nothing from which its other packages could come.
      lockFileContents: { info: lock.info, packages: {} },
      stdin: () => null,
      env: { HOME: '/home/pyodide', IPYTHONDIR: '/home/pyodide/.ipython' }
    });
    files.clear();
    // It would load Node's own network, which is emptied, and fail; but nothing may even ask.
    delete pyodide._api.initializeNodeSockFS;
    return pyodide;
  };
}
