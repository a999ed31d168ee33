/** Words for values that may not be those of now. No React: tables and plots say them too. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { IEnd } from '../model/ending';
import type { VariablesModel } from '../model/model';

/** Say in a few words how a kernel ended. */
export function endText({ how, execution_count, line }: IEnd, trans: TranslationBundle) {
  const cell = `In [${execution_count}]`;
  if (execution_count === null) {
    return how === 'died' ? trans.__('kernel died') : trans.__('kernel ended');
  }
  if (line === null) {
    return how === 'died' ? trans.__('died in %1', cell) : trans.__('ended in %1', cell);
  }
  return how === 'died'
    ? trans.__('died in %1, last seen in line %2', cell, line)
    : trans.__('ended in %1, last seen in line %2', cell, line);
}

/** Say why what is shown may not be so any more; empty if it is watched, or nothing is known. */
export function staleText(model: VariablesModel, trans: TranslationBundle): string {
  const { end, phase } = model;
  if (end) {
    const text = endText(end, trans);
    return end.execution_count === null
      ? trans.__('Last known values: the %1', text)
      : trans.__('Last known values: the kernel %1', text);
  }
  switch (phase) {
    case 'restarting':
      return trans.__('Last known values: the kernel restarts');
    case 'no-kernel':
      return trans.__('Last known values: there is no kernel any more');
    case 'other-kernel':
      return trans.__('Last known values: this kernel is not watched');
    case 'connecting':
      return trans.__('Last known values: not connected to the kernel');
    default:
      return '';
  }
}
