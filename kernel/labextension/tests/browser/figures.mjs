// What the tests measured, for docs/performance.md: a line of JSON for each figure, in the file that
// LIVENS_FIGURES names (`make bench-panel`), and in any case on the terminal.

import { appendFileSync } from 'node:fs';

/** Tell a figure: what was measured, in what unit, and what it must not exceed. */
export function tell(measure, figure, unit, value, must = null) {
  const line = JSON.stringify({ measure, case: figure, unit, value, must });
  process.stdout.write(`${line}\n`);
  if (process.env.LIVENS_FIGURES) {
    appendFileSync(process.env.LIVENS_FIGURES, `${line}\n`);
  }
}
