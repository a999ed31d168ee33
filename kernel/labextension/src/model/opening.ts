/** As what a value opens: by a click, by Enter, or by a command. No DOM. */

import type { Variable } from '../protocol/messages';
import type { VariablesModel } from './model';

/**
 * A table or the value has a tab of its own; children open below the row. A number is edited: all of
 * it is in sight already.
 */
export type Opening = 'image' | 'table' | 'value' | 'children' | 'edit';

const EDITED: readonly string[] = ['number', 'bool', 'none'];
const TREES: readonly string[] = [
  'mapping',
  'sequence',
  'set',
  'object',
  'module',
  'class'
];

/** Pixels enough to see whether an array is an image at all. */
const SEEN_PX = 16;

/** Return as what a value opens, in a kernel that says what it can be shown as. */
export function openingOf(model: VariablesModel, variable: Variable): Opening {
  const { kind, forms = [] } = variable;
  const hasTable = isTable(model, variable);
  const hasValue = model.offers('value');
  if (forms[0] === 'image' && hasValue) {
    return hasTable && !/^uint8$/.test(variable.dtype ?? '') ? 'image' : 'value';
  }
  if (hasTable) {
    return 'table';
  }
  if (EDITED.includes(kind)) {
    return 'edit';
  }
  const hasHtml = forms.includes('html') && hasValue;
  const isTree = TREES.includes(kind) && variable.has_children;
  return isTree && !hasHtml ? 'children' : hasValue ? 'value' : 'edit';
}

/** Whether the kernel can send a variable as a table, as it says itself. */
export function isTable(model: VariablesModel, { forms }: Variable): boolean {
  return model.offers('table') && forms?.includes('table') === true;
}

/** Ask the kernel whether an array of numbers is an image; its code need not run for that. */
export async function isImage(
  model: VariablesModel,
  variable: Variable
): Promise<boolean> {
  const { path } = variable;
  const params = { path, mime: 'image/png' as const, passive: true, max_px: SEEN_PX };
  try {
    await model.request('value', params);
    return true;
  } catch {
    return false;
  }
}
