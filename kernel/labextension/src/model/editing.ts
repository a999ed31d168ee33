/** Which values can be changed in the list, and the text that a field begins with. No DOM. */

import type { Variable } from '../protocol/messages';
import { isLiteral, isPythonLiteral, isWritable } from './format';
import type { VariablesModel } from './model';
import { type IVariableRow, variableOf } from './rows';

const MAX_LITERAL_CHARS = 20_000;

/** What holds items that cannot be set one by one. */
const UNCHANGEABLE: readonly string[] = ['tuple', 'set', 'frozenset'];

/**
 * Whether the value of a row may be set. What a class refuses is not known before it is tried: then
 * the kernel says why.
 */
export function isEditable(model: VariablesModel, row: IVariableRow): boolean {
  if (row.origin === 'namespace') {
    return model.offers('set');
  }
  const variable = variableOf(model, row);
  const { path, status, reason } = variable;
  if (row.origin !== 'child' || !model.offers('set', 2)) {
    return false;
  }
  const parent = model.find(path.slice(0, -1));
  const tag = path[path.length - 1]?.[0];
  const isPart = tag === 'member' || tag === 'column' || variable.kind === 'array';
  const isItem = tag === 'index' && UNCHANGEABLE.includes(parent?.type ?? '');
  const isHidden = status === 'skipped' || reason === 'redacted';
  return !isItem && !isHidden && !(isPart && parent?.kind !== 'sequence');
}

/** The literal of a value, as far as its preview has it; empty if that is not the value. */
export function literalOf(variable: Variable): string {
  return isWritable(variable) ? (variable.preview ?? '') : '';
}

/**
 * The literal of a cell of a table, which its library reads: numbers of its own are written as
 * Python's, what is missing as None, and in a column of times these are written as texts.
 */
export function cellLiteralOf(variable: Variable, isTime: boolean): string {
  const { kind, preview = '', truncated } = variable;
  const literal = literalOf(variable);
  if (literal || truncated) {
    return literal;
  }
  if (/^(nan|NaN|NaT|<NA>|None)$/.test(preview)) {
    return 'None';
  }
  if (['number', 'bool', 'text'].includes(kind) && isPythonLiteral(preview)) {
    return preview;
  }
  return isTime && /^\d{4}-\d\d-\d\d[\dT:. +-]*$/.test(preview) ? `'${preview}'` : '';
}

/** Fetch the whole literal of a long text or number; empty where there is none. */
export async function fetchLiteral(
  model: VariablesModel,
  variable: Variable
): Promise<string> {
  const isCut = variable.truncated && isLiteral({ ...variable, truncated: false });
  if (!isCut || !model.offers('value')) {
    return '';
  }
  const params = { path: variable.path, max_chars: MAX_LITERAL_CHARS };
  const { data, truncated } = await model.request('value', params);
  return truncated || data.includes('\n') ? '' : data;
}
