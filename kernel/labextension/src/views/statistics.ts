/** What is told of a column, as a list of figures, a histogram and the most frequent values. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { formatCount } from '../model/format';
import type { Column, Histogram, Statistics, TopValue } from '../protocol/messages';

const DIGITS = 6;

/** Called with a value that is chosen, as filters are written. */
type Choose = ((value: string) => void) | null;

/** Draw what is told of a column. */
export function statisticsNode(
  found: Statistics,
  column: Column | undefined,
  trans: TranslationBundle,
  choose: Choose
): HTMLElement {
  const node = document.createElement('div');
  node.append(figuresNode(figuresOf(found, trans)));
  if (found.reason) {
    const reason = document.createElement('p');
    reason.textContent = trans.__('There is no more to tell: %1', found.reason);
    node.append(reason);
  }
  if (found.histogram) {
    node.append(histogramNode(found.histogram, found.edges ?? [], column, trans));
  }
  if (found.top && found.top.length > 0 && found.top[0]!.count > 0) {
    node.append(topNode(found.top, found.rows, trans, choose));
  }
  return node;
}

/** The figures in words, in their order. */
export function figuresOf(
  found: Statistics,
  trans: TranslationBundle
): [string, string][] {
  const { rows, nulls } = found;
  const share = rows > 0 ? ` (${((nulls / rows) * 100).toFixed(1)} %)` : '';
  const all: [string, string | null][] = [
    [trans.__('Rows'), formatCount(rows)],
    [trans.__('Missing'), formatCount(nulls) + (nulls > 0 ? share : '')],
    [trans.__('Different values'), count(found.unique)],
    [trans.__('Mean'), written(found.mean)],
    [trans.__('Standard deviation'), written(found.std)],
    [trans.__('Smallest'), written(found.min)],
    ...(found.quantiles ?? []).map(({ part, value }): [string, string | null] => [
      part === 0.5 ? trans.__('Median') : trans.__('%1 %', Math.round(part * 100)),
      written(value)
    ]),
    [trans.__('Largest'), written(found.max)],
    [trans.__('Zeros'), count(found.zeros)],
    [trans.__('Negative'), count(found.negatives)],
    [trans.__('Infinite'), found.infinities ? count(found.infinities) : null],
    [trans.__('Shortest text'), count(found.shortest)],
    [trans.__('Mean length'), written(found.mean_length)],
    [trans.__('Longest text'), count(found.longest)]
  ];
  return all.filter((pair): pair is [string, string] => pair[1] !== null);
}

function count(number: number | null | undefined): string | null {
  return number === null || number === undefined ? null : formatCount(number);
}

function written(value: unknown): string | null {
  if (value === null || value === undefined) {
    return null;
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  return typeof value === 'number'
    ? String(Number(value.toPrecision(DIGITS)))
    : String(value);
}

function figuresNode(figures: [string, string][]): HTMLElement {
  const list = document.createElement('dl');
  for (const [name, value] of figures) {
    const term = document.createElement('dt');
    term.textContent = name;
    const text = document.createElement('dd');
    text.textContent = value;
    text.title = value;
    list.append(term, text);
  }
  return list;
}

function histogramNode(
  { edges, counts }: Histogram,
  texts: readonly string[],
  column: Column | undefined,
  trans: TranslationBundle
): HTMLElement {
  const figure = document.createElement('figure');
  const bars = document.createElement('div');
  bars.className = 'lv-Bars';
  const edge = (n: number) => texts[n] ?? written(edges[n]) ?? '';
  const highest = Math.max(...counts, 1);
  const ends = trans.__('%1 to %2', edge(0), edge(edges.length - 1));
  const what =
    column?.kind === 'text' ? trans.__('Lengths of the texts') : trans.__('Histogram');
  bars.setAttribute('role', 'img');
  bars.setAttribute('aria-label', `${what}: ${ends}`);
  counts.forEach((number, n) => {
    const bar = document.createElement('span');
    bar.style.height = `${number > 0 ? Math.max(3, (number / highest) * 100) : 0}%`;
    const place = document.createElement('span');
    place.className = 'lv-BarPlace';
    place.title = `${edge(n)} … ${edge(n + 1)}: ${formatCount(number)}`;
    place.append(bar);
    bars.append(place);
  });
  const caption = document.createElement('figcaption');
  caption.textContent = column?.kind === 'text' ? `${what}: ${ends}` : ends;
  figure.append(bars, caption);
  return figure;
}

function topNode(
  top: readonly TopValue[],
  rows: number,
  trans: TranslationBundle,
  choose: Choose
): HTMLElement {
  const node = document.createElement('div');
  const head = document.createElement('h3');
  head.textContent = trans.__('Most frequent values');
  const list = document.createElement('ul');
  list.className = 'lv-Top';
  for (const { value, count: number } of top) {
    const text = filterValue(value);
    const item = document.createElement('li');
    const name = document.createElement(choose ? 'button' : 'span');
    name.textContent = text === '' ? trans.__('(empty)') : text;
    name.title = text;
    if (choose) {
      name.className = 'lv-Button';
      name.setAttribute('aria-label', trans.__('Keep rows with %1', name.textContent));
      name.addEventListener('click', () => choose(text));
    }
    const times = document.createElement('span');
    times.textContent = formatCount(number);
    const share = document.createElement('span');
    share.className = 'lv-Share';
    share.style.width = `${(number / Math.max(rows, 1)) * 100}%`;
    item.append(share, name, times);
    list.append(item);
  }
  node.append(head, list);
  return node;
}

/** A value as filters read it, with every digit. */
function filterValue(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}
