// What watching costs in Pyodide: a table of figures, or with `--strict` a failure above the limits.

import { readFileSync } from 'node:fs';
import { loadPyodide } from 'pyodide';
import { unpackLivens } from '../support.mjs';

const LIMITS = {
  'rounds of 5 µs': 1.05,
  'rounds of 8 ms': 1.05,
  'a function with a loop': 1.05,
  'calls of functions': 1.05
};
const BARE = 1.6;

const pyodide = await loadPyodide();
unpackLivens(pyodide);
const code = readFileSync(new URL('cost.py', import.meta.url), 'utf8');
const figures = JSON.parse(await pyodide.runPythonAsync(code));

const failed = [];
for (const [way, { loops, 'x = k': store }] of Object.entries(figures)) {
  console.log(`\nMoments by ${way}:`);
  for (const [name, { unwatched_s, ratio, updates }] of Object.entries(loops)) {
    const ms = (1000 * unwatched_s).toFixed(0).padStart(5);
    console.log(
      `${name.padEnd(28)}${ms} ms  ${ratio.toFixed(2)}x  ${updates.toFixed(1)} updates`
    );
    if (way === 'signals' && ratio > (LIMITS[name] ?? BARE)) {
      failed.push(`${name}: ${ratio.toFixed(2)}x`);
    }
  }
  const { unwatched_ms, watched_ms, longest_watched_ms } = store;
  console.log(
    `x = k: ${unwatched_ms.toFixed(2)} ms, watched ${watched_ms.toFixed(2)} ms, ` +
      `the longest of 200 ${longest_watched_ms.toFixed(1)} ms`
  );
  if (watched_ms > 5) {
    failed.push(`x = k: ${watched_ms.toFixed(2)} ms`);
  }
}
if (process.argv.includes('--strict') && failed.length > 0) {
  console.error(`Too slow: ${failed.join('; ')}`);
  process.exit(1);
}
process.exit(0);
