// What the tests measured, for docs/performance.md: a line of JSON for each figure, in the file that
// LIVENS_FIGURES names (`make bench-panel`), and in any case on the terminal. How fast a machine is
// decides no test: limits of time hold only where figures are asked for.

import { appendFileSync } from 'node:fs';
import { expect } from '@playwright/test';

/** Whether this run measures: alone on the machine, and for as long as figures need. */
export const isMeasured = Boolean(process.env.LIVENS_FIGURES);

/** Tell a figure: what was measured, in what unit, and what it must not exceed. */
export function tell(measure, figure, unit, value, must = null) {
  const line = JSON.stringify({ measure, case: figure, unit, value, must });
  process.stdout.write(`${line}\n`);
  if (isMeasured) {
    appendFileSync(process.env.LIVENS_FIGURES, `${line}\n`);
  }
}

/** Fail a run that measures if a figure is far from its goal. */
export function limit(value, most) {
  if (isMeasured) {
    expect.soft(value).toBeLessThan(most);
  }
}
