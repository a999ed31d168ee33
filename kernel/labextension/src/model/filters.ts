/** Filters of a table, as people write them. */

import type { Column, Filter } from '../protocol/messages';

const OPERATORS = [
  '==',
  '!=',
  '<=',
  '>=',
  '<',
  '>',
  'contains',
  'is null',
  'not null'
] as const;

/** How Python writes values that are missing, which are equal to nothing. */
const MISSING = ['nan', 'NaN', 'None', 'NaT', '<NA>'];

/**
 * Read a filter as people write it: `age > 30 and name contains ada`.
 *
 * @throws Error which names the part that is not understood.
 */
export function parseFilters(text: string, columns: readonly Column[]): Filter[] {
  const parts = text.trim() === '' ? [] : text.split(/\s+and\s+/i);
  return parts.map(part => parseFilter(part.trim(), columns));
}

function parseFilter(part: string, columns: readonly Column[]): Filter {
  const named = [...columns]
    .sort((a, b) => b.label.length - a.label.length)
    .find(
      ({ label }) => part.startsWith(label) && !/^[\w.]/.test(part.slice(label.length))
    );
  if (!named) {
    throw new Error(`“${part}” does not begin with the name of a column`);
  }
  const rest = part.slice(named.label.length).trim();
  const op = OPERATORS.find(operator => rest.startsWith(operator));
  if (!op) {
    throw new Error(`Expected one of ${OPERATORS.join(' ')} after “${named.label}”`);
  }
  const value = rest.slice(op.length).trim();
  if (op === 'is null' || op === 'not null') {
    return { column: named.position, op };
  }
  if (named.kind !== 'text' && MISSING.includes(value) && (op === '==' || op === '!=')) {
    return { column: named.position, op: op === '==' ? 'is null' : 'not null' };
  }
  if (value === '') {
    throw new Error(`Expected a value after “${named.label} ${op}”`);
  }
  return { column: named.position, op, value: parseValue(value, named) };
}

function parseValue(text: string, column: Column): string | number | boolean {
  const quoted = /^(['"])(.*)\1$/.exec(text);
  if (quoted) {
    return quoted[2] ?? '';
  }
  if (column.kind === 'bool' && /^(true|false)$/i.test(text)) {
    return text.toLowerCase() === 'true';
  }
  // A number that JavaScript would round is read by the kernel.
  const number = column.kind === 'number' ? Number(text) : NaN;
  return String(number) === text ? number : text;
}
