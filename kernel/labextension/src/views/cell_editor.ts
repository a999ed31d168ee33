/**
 * A field over a cell of the grid: begins with the literal of the value, sets it in the kernel, and
 * says below itself what is wrong.
 */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { DataGrid } from '@lumino/datagrid';
import { cellLiteralOf } from '../model/editing';
import { type Path } from '../model/format';
import type { VariablesModel } from '../model/model';

const FIELD_PX = 24;
const NARROWEST_PX = 140;

/** Sets what a path leads to; resolves to an empty text, or to what is wrong. */
export type SetValue = (name: string, expression: string, path: Path) => Promise<string>;

/** Who changes values. */
export interface IChanging {
  set: SetValue;
  /** Take the last change back. */
  undo: () => void;
  /** Return in words why a request failed. */
  describe: (error: unknown) => string;
}

/** What the field needs of the table that it is for. */
export interface IEditedTable extends IChanging {
  grid: DataGrid;
  model: () => VariablesModel;
  /** The path of a cell by its place in the grid; null where none can be set. */
  pathOf: (row: number, column: number) => Path | null;
  /** Whether a column holds nothing but times. */
  isTime: (column: number) => boolean;
  trans: TranslationBundle;
}

/** Opens the field: by a double click, and by Enter or F2 on the selected cell. */
export class CellEditor {
  constructor(private readonly _table: IEditedTable) {
    const { node } = _table.grid;
    node.addEventListener('dblclick', this, true); // the grid lets none through
    node.addEventListener('keydown', this, true);
    node.addEventListener('wheel', this, { passive: true });
  }

  handleEvent(event: Event): void {
    const { grid } = this._table;
    if (event.type === 'wheel') {
      this.close();
    } else if (event instanceof KeyboardEvent) {
      const cell = grid.selectionModel;
      if (event.key === 'z' && (event.ctrlKey || event.metaKey) && !this._box) {
        event.preventDefault();
        event.stopPropagation();
        this._table.undo();
        return;
      }
      const isKey = event.key === 'Enter' || event.key === 'F2';
      if (isKey && !this._box && cell && cell.cursorRow >= 0) {
        event.preventDefault();
        event.stopPropagation();
        this._open(cell.cursorRow, cell.cursorColumn);
      }
    } else if (event instanceof MouseEvent) {
      const hit = grid.hitTest(event.clientX, event.clientY);
      if (hit.region === 'body') {
        this._open(hit.row, hit.column);
      }
    }
  }

  /** Close the field; what was typed is dropped. */
  close(): void {
    const box = this._box;
    this._box = null;
    box?.remove();
  }

  dispose(): void {
    this.close();
    const { node } = this._table.grid;
    node.removeEventListener('dblclick', this, true);
    node.removeEventListener('keydown', this, true);
    node.removeEventListener('wheel', this);
  }

  private _open(row: number, column: number): void {
    const { trans, pathOf } = this._table;
    this.close();
    const path = pathOf(row, column);
    if (path === null) {
      return;
    }
    const box = document.createElement('div');
    box.className = 'lv-CellEditor';
    this._place(box, row, column);
    const field = document.createElement('input');
    field.className = 'lv-Editor';
    field.spellcheck = false;
    field.placeholder = trans.__('A Python expression');
    field.setAttribute('aria-label', trans.__('New value of row %1', row));
    const error = document.createElement('div');
    error.className = 'lv-EditError';
    error.setAttribute('role', 'alert');
    error.hidden = true;
    box.append(field, error);
    field.addEventListener('keydown', event => {
      event.stopPropagation();
      if (event.key === 'Escape') {
        this._leave();
      } else if (event.key === 'Enter') {
        void this._commit(box, field, error, path);
      }
    });
    field.addEventListener('input', () => this._say(field, error, ''));
    field.addEventListener('blur', () => this._box === box && this.close());
    this._table.grid.node.append(box);
    this._box = box;
    field.focus();
    void this._fill(field, error, path, this._table.isTime(column));
  }

  /** Put the box over its cell. */
  private _place(box: HTMLElement, row: number, column: number): void {
    const { grid } = this._table;
    const left = grid.headerWidth + grid.columnOffset('body', column) - grid.scrollX;
    const top = grid.headerHeight + grid.rowOffset('body', row) - grid.scrollY;
    const width = Math.max(NARROWEST_PX, grid.columnSize('body', column));
    const most = grid.node.clientWidth - width;
    Object.assign(box.style, {
      left: `${Math.max(0, Math.min(left, most))}px`,
      top: `${Math.max(0, Math.min(top, grid.node.clientHeight - FIELD_PX))}px`,
      width: `${width}px`
    });
  }

  /** Begin with the value that is there now, as Python reads it. */
  private async _fill(
    field: HTMLInputElement,
    error: HTMLElement,
    path: Path,
    isTime: boolean
  ): Promise<void> {
    try {
      const params = { path, limit: 1 };
      const { variable } = await this._table.model().request('inspect', params);
      this._original = cellLiteralOf(variable, isTime);
      if (field.value === '' && this._original) {
        field.value = this._original;
        field.select();
      }
    } catch (problem) {
      this._say(field, error, this._table.describe(problem));
    }
  }

  private async _commit(
    box: HTMLElement,
    field: HTMLInputElement,
    error: HTMLElement,
    path: Path
  ): Promise<void> {
    const isSame = field.value === this._original && field.value !== '';
    const name = String(path[0]?.[1] ?? '');
    const problem = isSame ? '' : await this._table.set(name, field.value, path);
    if (this._box === box) {
      this._say(field, error, problem);
      if (!problem) {
        this._leave();
      }
    }
  }

  private _say(field: HTMLInputElement, error: HTMLElement, text: string): void {
    error.textContent = text;
    error.hidden = text === '';
    field.classList.toggle('lv-mod-wrong', text !== '');
    field.setAttribute('aria-invalid', String(text !== ''));
  }

  private _leave(): void {
    this.close();
    this._table.grid.node.focus();
  }

  private _box: HTMLElement | null = null;
  private _original = '';
}
