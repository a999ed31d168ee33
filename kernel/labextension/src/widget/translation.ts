/** The texts of the views as they stand in the code, for where there is no translator. */

import type { TranslationBundle } from '@jupyterlab/translation';

const fill = (text: string, values: unknown[]): string =>
  text.replace(/%(\d+)/g, (_, n: string) => String(values[Number(n) - 1]));

const one = (text: string, ...values: unknown[]): string => fill(text, values);

const many = (single: string, plural: string, n: number, ...values: unknown[]): string =>
  fill(n === 1 ? single : plural, [n, ...values]);

export const untranslated: TranslationBundle = {
  __: one,
  _n: many,
  _p: (_context, text, ...values) => fill(text, values),
  _np: (_context, single, plural, n, ...values) => many(single, plural, n, ...values),
  gettext: one,
  ngettext: many,
  pgettext: (_context, text, ...values) => fill(text, values),
  npgettext: (_context, single, plural, n, ...values) =>
    many(single, plural, n, ...values),
  dcnpgettext: (_domain, _context, single, plural, n, ...values) =>
    many(single, plural, n, ...values)
};
