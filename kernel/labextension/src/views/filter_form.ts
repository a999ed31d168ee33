/** The filter of one column, as a form: comparisons that are joined by “or”. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { parseFilters, parseValue } from '../model/filters';
import type { Column, Comparison, Filter } from '../protocol/messages';

type Operator = Comparison['op'];

const NO_VALUE: readonly Operator[] = ['is null', 'not null'];

/** What a row of the form says, before it is read. */
interface IRow {
  op: Operator;
  texts: string[];
}

/** Draws the form; the rows are kept while the filter of the table stays. */
export class FilterForm {
  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _apply: (tests: Comparison[]) => void
  ) {
    this.node.className = 'lv-FilterForm';
    this.node.setAttribute('aria-label', _trans.__('Filter by this column'));
    this._rows.className = 'lv-FilterRows';
    this._problem.className = 'lv-mod-wrong';
    this._problem.setAttribute('role', 'alert');
    const buttons = document.createElement('div');
    buttons.className = 'lv-PaneSorts';
    this._remove = button(_trans.__('Remove'), () => this._clear());
    const or = button(_trans.__('or …'), () => this._add());
    or.setAttribute('aria-label', _trans.__('Add a comparison with “or”'));
    const apply = document.createElement('button');
    apply.className = 'lv-Button';
    apply.type = 'submit';
    apply.textContent = _trans.__('Filter');
    buttons.append(apply, or, this._remove);
    this.node.append(this._rows, this._problem, buttons);
    this.node.addEventListener('submit', event => {
      event.preventDefault();
      this._submit();
    });
  }

  readonly node = document.createElement('form');

  /** Forget what was written: it is of another column. */
  reset(): void {
    this._known = null;
  }

  /** Show the filter of a column, unless it is shown already. */
  draw(column: Column, filter: Filter | null): void {
    this._column = column;
    const key = JSON.stringify([column.position, column.kind, filter]);
    if (key === this._known) {
      return;
    }
    this._known = key;
    this._problem.textContent = '';
    this._remove.hidden = filter === null;
    const { alternatives = [], ...first } = filter ?? { column: 0, op: '==' as const };
    this._tests = filter
      ? [first, ...alternatives].map(rowOf)
      : [{ op: column.kind === 'text' ? 'contains' : '==', texts: [''] }];
    this._drawRows();
  }

  /** Put a value into the list of those that are kept, or take it out, and filter. */
  toggle(value: string): void {
    const [only] = this._tests;
    const isList = this._tests.length === 1 && only?.op === 'in';
    const values = isList ? listed(only.texts[0] ?? '') : [];
    const next = values.includes(value)
      ? values.filter(other => other !== value)
      : [...values, value];
    this._tests = [{ op: 'in', texts: [next.map(quoted).join(', ')] }];
    this._drawRows();
    if (next.length > 0) {
      this._submit();
    } else {
      this._clear();
    }
  }

  private _submit(): void {
    const column = this._column;
    if (!column) {
      return;
    }
    try {
      const tests = this._tests.map(row => testOf(row, column, this._trans));
      this._problem.textContent = '';
      this._apply(tests);
    } catch (error) {
      this._problem.textContent = (error as Error).message;
    }
  }

  private _clear(): void {
    this._known = null;
    this._apply([]);
  }

  private _add(): void {
    this._tests.push({ op: this._tests[0]?.op ?? '==', texts: [''] });
    this._drawRows();
    this._rows.querySelector<HTMLElement>('div:last-child input')?.focus();
  }

  private _drawRows(): void {
    this._rows.replaceChildren(...this._tests.map((row, n) => this._row(row, n)));
  }

  private _row(row: IRow, place: number): HTMLElement {
    const trans = this._trans;
    const node = document.createElement('div');
    node.className = 'lv-FilterRow';
    if (place > 0) {
      const or = document.createElement('span');
      or.textContent = trans.__('or');
      node.append(or);
    }
    const select = document.createElement('select');
    select.className = 'lv-Select';
    select.setAttribute('aria-label', trans.__('Comparison'));
    for (const op of operatorsOf(this._column)) {
      select.append(new Option(op, op));
    }
    select.value = row.op;
    select.addEventListener('change', () => {
      row.op = select.value as Operator;
      row.texts = row.op === 'between' ? [row.texts[0] ?? '', ''] : row.texts.slice(0, 1);
      this._drawRows();
    });
    node.append(select);
    if (!NO_VALUE.includes(row.op)) {
      node.append(...this._inputs(row));
    }
    return node;
  }

  private _inputs(row: IRow): HTMLElement[] {
    const trans = this._trans;
    const labels: Partial<Record<Operator, string[]>> = {
      between: [trans.__('Smallest value'), trans.__('Largest value')],
      in: [trans.__('Values, with commas between them')]
    };
    return (labels[row.op] ?? [trans.__('Value')]).map((label, n) => {
      const input = document.createElement('input');
      input.className = 'lv-Filter';
      input.spellcheck = false;
      input.value = row.texts[n] ?? '';
      input.setAttribute('aria-label', label);
      input.placeholder = row.op === 'in' ? 'a, b, c' : '';
      input.addEventListener('input', () => (row.texts[n] = input.value));
      return input;
    });
  }

  private readonly _rows = document.createElement('div');
  private readonly _problem = document.createElement('p');
  private readonly _remove: HTMLButtonElement;
  private _column: Column | null = null;
  private _tests: IRow[] = [];
  private _known: string | null = null;
}

function button(label: string, onClick: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.className = 'lv-Button';
  made.type = 'button';
  made.textContent = label;
  made.addEventListener('click', onClick);
  return made;
}

/** The operators that make sense for a column. */
function operatorsOf(column: Column | null): Operator[] {
  const order: Operator[] = ['==', '!=', '<', '<=', '>', '>=', 'between', 'in'];
  const ends: Operator[] = ['is null', 'not null'];
  switch (column?.kind) {
    case 'text':
      return ['contains', ...order, ...ends];
    case 'bool':
      return ['==', '!=', 'in', ...ends];
    case 'other':
      return ends;
    default:
      return [...order, ...ends];
  }
}

function rowOf(test: Comparison): IRow {
  const values = test.values ?? [];
  if (test.op === 'between') {
    return { op: test.op, texts: values.map(written) };
  }
  if (test.op === 'in') {
    return {
      op: test.op,
      texts: [values.map(value => quoted(written(value))).join(', ')]
    };
  }
  return {
    op: test.op,
    texts: NO_VALUE.includes(test.op) ? [''] : [written(test.value)]
  };
}

function written(value: Comparison['value']): string {
  return value === true ? 'True' : value === false ? 'False' : String(value ?? '');
}

/** Write one of the values of a list so that it is read as one. */
function quoted(text: string): string {
  const isPlain = !/[,'"()]|^\s|\s$|^$/.test(text);
  return isPlain ? text : text.includes("'") ? `"${text}"` : `'${text}'`;
}

/** Read the values of a list. */
function listed(text: string): string[] {
  const column: Column = { position: 0, label: 'x', dtype: '', kind: 'text' };
  try {
    return (parseFilters(`x in (${text})`, [column])[0]?.values ?? []).map(String);
  } catch {
    return [];
  }
}

/** Read one row of the form. */
function testOf(
  { op, texts }: IRow,
  column: Column,
  trans: TranslationBundle
): Comparison {
  const { position } = column;
  if (NO_VALUE.includes(op)) {
    return { column: position, op };
  }
  const values = op === 'in' ? listed(texts[0] ?? '') : texts.map(text => text.trim());
  const isText = column.kind === 'text' && op !== 'in';
  if (values.length === 0 || (!isText && values.some(text => text === ''))) {
    throw new Error(trans.__('Expected a value after “%1”', op));
  }
  const read = values.map(text => parseValue(text, column));
  return op === 'in' || op === 'between'
    ? { column: position, op, values: read }
    : { column: position, op, value: read[0] };
}
