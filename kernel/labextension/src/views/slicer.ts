/** Chooses which part of an array of more than two dimensions is shown: two axes, and positions. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Slice } from '../protocol/messages';

/** The slice that an array of a shape begins with: its last two axes. */
export function firstSlice(shape: readonly number[]): Slice | null {
  const count = shape.length;
  return count > 2 && shape.every(length => length > 0)
    ? { rows: count - 2, columns: count - 1, at: shape.map(() => 0) }
    : null;
}

/** Whether an array of a shape has a slice. */
export function hasSlice(shape: readonly number[], { at }: Slice): boolean {
  return at.length === shape.length && at.every((place, axis) => place < shape[axis]!);
}

/** A line with a choice of the two axes, and a slider for each of the others. */
export class Slicer {
  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _choose: (slice: Slice) => void
  ) {
    this.node.className = 'lv-Slicer';
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', _trans.__('Slice of the array'));
    this.node.hidden = true;
  }

  readonly node = document.createElement('div');

  /** Show a slice of an array; it stays as it is while somebody moves a slider. */
  draw(shape: readonly number[], slice: Slice | null): void {
    this.node.hidden = slice === null;
    const key = JSON.stringify([shape, slice]);
    if (!slice || key === this._known) {
      return;
    }
    const axes = JSON.stringify([shape, slice.rows, slice.columns]);
    this._known = key;
    this._slice = slice;
    if (axes !== this._axes) {
      this._axes = axes;
      this._make(shape, slice);
    }
    for (const [axis, inputs] of this._inputs) {
      for (const input of inputs) {
        if (input !== document.activeElement || input.type === 'number') {
          input.value = String(slice.at[axis]);
        }
      }
    }
  }

  private _make(shape: readonly number[], slice: Slice): void {
    const trans = this._trans;
    this._inputs.clear();
    const parts: HTMLElement[] = [
      this._axisChoice(shape, trans.__('Rows'), 'rows', slice),
      this._axisChoice(shape, trans.__('Columns'), 'columns', slice)
    ];
    shape.forEach((length, axis) => {
      if (axis !== slice.rows && axis !== slice.columns) {
        parts.push(this._position(axis, length));
      }
    });
    this.node.replaceChildren(...parts);
  }

  private _axisChoice(
    shape: readonly number[],
    label: string,
    what: 'rows' | 'columns',
    slice: Slice
  ): HTMLElement {
    const node = document.createElement('label');
    const select = document.createElement('select');
    select.className = 'lv-Select';
    shape.forEach((length, axis) => {
      const text = this._trans.__('axis %1 (%2)', axis, length);
      select.append(new Option(text, String(axis)));
    });
    select.value = String(slice[what]);
    select.addEventListener('change', () => {
      const other = what === 'rows' ? 'columns' : 'rows';
      const before = this._slice![what];
      const next = { ...this._slice!, [what]: Number(select.value) };
      if (next[other] === next[what]) {
        next[other] = before; // the two change places
      }
      this._choose(next);
    });
    node.append(label, select);
    return node;
  }

  private _position(axis: number, length: number): HTMLElement {
    const trans = this._trans;
    const node = document.createElement('label');
    const name = document.createElement('span');
    name.textContent = trans.__('axis %1', axis);
    const slider = document.createElement('input');
    const number = document.createElement('input');
    slider.type = 'range';
    number.type = 'number';
    slider.setAttribute('aria-label', trans.__('Position on axis %1', axis));
    number.setAttribute('aria-label', trans.__('Position on axis %1, as a number', axis));
    number.className = 'lv-Filter';
    for (const input of [slider, number]) {
      input.min = '0';
      input.max = String(length - 1);
      input.addEventListener('input', () => this._move(axis, length, input));
    }
    const of = document.createElement('span');
    of.textContent = trans.__('of %1', length);
    node.append(name, slider, number, of);
    this._inputs.set(axis, [slider, number]);
    return node;
  }

  private _move(axis: number, length: number, input: HTMLInputElement): void {
    const place = Number(input.value);
    if (input.value === '' || !Number.isInteger(place) || place < 0 || place >= length) {
      return;
    }
    const at = [...this._slice!.at];
    at[axis] = place;
    this._choose({ ...this._slice!, at });
  }

  private readonly _inputs = new Map<number, HTMLInputElement[]>();
  private _slice: Slice | null = null;
  private _known = '';
  private _axes = '';
}
