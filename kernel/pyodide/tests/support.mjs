// What the tests share.

import { readFileSync } from 'node:fs';

const archive = new URL('../dist/livens-python.zip', import.meta.url);

/** Put the Python package, as it is published, into a Pyodide. */
export function unpackLivens(pyodide) {
  const extractDir = '/lib/livens';
  pyodide.unpackArchive(new Uint8Array(readFileSync(archive)), 'zip', { extractDir });
  pyodide.runPython(`import sys; sys.path.append("${extractDir}"); del sys`);
}

/** Resolves when a condition holds for what a watch tells. */
export function until(watch, holds) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (holds(watch)) {
        offs.forEach(off => off());
        resolve();
      }
    };
    const offs = [
      watch.on('changed', look),
      watch.on('removed', look),
      watch.on('closed', () => reject(new Error('The process has ended')))
    ];
    look();
  });
}

/** The previews of a variable that are told from now on; `off` ends that. */
export function previewsOf(watch, name) {
  const seen = [];
  const off = watch.on('changed', variables =>
    variables.filter(v => v.name === name).forEach(v => seen.push(v.preview))
  );
  return { seen, off };
}
