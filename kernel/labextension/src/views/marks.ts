/** Words for how a variable is kept and shared. No React. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { VariablesModel } from '../model/model';
import type { Variable } from '../protocol/messages';

/** Say what is known of a variable's being kept; empty where nothing is. */
export function keptText(
  { states }: VariablesModel,
  name: string,
  trans: TranslationBundle
): string {
  const found = states.of(name);
  if (!found) {
    return '';
  }
  if (found.outcome !== 'kept') {
    return found.is_pending
      ? trans.__('not kept yet')
      : trans.__('not kept: %1', found.reason ?? '');
  }
  return found.cell ? trans.__('kept after In [%1]', found.cell) : trans.__('kept');
}

/** Say by which store a variable is shared, and who wrote it last; empty if it is not shared. */
export function sharedText(
  { sharing }: VariablesModel,
  { name, changed_by }: Variable,
  trans: TranslationBundle
): string {
  const found = sharing.of(name);
  if (!found) {
    return '';
  }
  if (found.reason) {
    return trans.__('not shared by %1: %2', found.store, found.reason);
  }
  const parts = [
    trans.__('shared by %1', found.store),
    changed_by?.store && changed_by.client
      ? trans.__('written last by %1', changed_by.client)
      : trans.__('written last here'),
    found.policy === 'read' ? trans.__('only read') : '',
    found.policy === 'write' ? trans.__('only written') : '',
    found.is_unwritten ? trans.__('not written yet') : '',
    found.is_waiting ? trans.__('a newer value waits') : '',
    found.away
  ];
  return parts.filter(Boolean).join(', ');
}
