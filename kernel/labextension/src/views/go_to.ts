/** A field that leads to a row or a column of a table: by its label, a part of it, or its number. */

import type { TranslationBundle } from '@jupyterlab/translation';

/** Goes to what a text names; resolves to an empty text, or to what is wrong. */
export type Go = (text: string) => Promise<string>;

/** The field, with what is wrong beside it. */
export class GoTo {
  constructor(trans: TranslationBundle, go: Go) {
    const { node, _field: field, _problem: problem } = this;
    node.className = 'lv-GoTo';
    field.className = 'lv-Filter';
    field.spellcheck = false;
    field.placeholder = trans.__('Go to row or column');
    field.setAttribute('aria-label', trans.__('Go to row or column'));
    problem.className = 'lv-Wrong';
    problem.setAttribute('role', 'status');
    const tell = (text: string) => {
      problem.textContent = text;
      field.setAttribute('aria-invalid', String(text !== ''));
    };
    field.addEventListener('input', () => tell(''));
    field.addEventListener('keydown', event => {
      const text = field.value.trim();
      if (event.key === 'Enter' && text !== '') {
        void go(text).then(tell);
      }
    });
    node.append(field, problem);
  }

  readonly node = document.createElement('span');

  private readonly _field = document.createElement('input');
  private readonly _problem = document.createElement('span');
}
