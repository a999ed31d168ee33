/** What the keys do in the list. */

import type { VariablesModel } from '../model/model';
import { type Row, variableOf } from '../model/rows';

export type KeyAction =
  number | 'edit' | 'rename' | 'open' | 'menu' | 'delete' | 'undo' | 'all' | 'handled';

/**
 * Return what a key asks for in the list: the row to go to, by its index, or something to do with
 * the selected row; null for other keys. Rows that a key opens or closes are `handled` already.
 */
export function keyAction(state: {
  event: Pick<KeyboardEvent, 'key' | 'shiftKey'> &
    Partial<Pick<KeyboardEvent, 'ctrlKey' | 'metaKey'>>;
  rows: Row[];
  selectedIndex: number;
  /** How many rows there are in sight. */
  page: number;
  model: VariablesModel;
}): KeyAction | null {
  const { event, rows, selectedIndex: at, page, model } = state;
  const row = rows[at];
  switch (event.key) {
    case 'ArrowDown':
      return at + 1;
    case 'ArrowUp':
      return at - 1;
    case 'PageDown':
      return at + page;
    case 'PageUp':
      return at - page;
    case 'Home':
      return 0;
    case 'End':
      return rows.length - 1;
    case 'ArrowRight':
      return open(model, row) ? 'handled' : at + 1;
    case 'ArrowLeft':
      return close(model, rows, row);
    case 'Enter':
      if (row?.row === 'more') {
        model.children.loadMore(row.parent);
        return 'handled';
      }
      if (row?.row === 'variable') {
        return 'open';
      }
      return open(model, row) || close(model, rows, row) === 'handled' ? 'handled' : null;
    case 'F2':
      return event.shiftKey ? 'edit' : 'rename';
    case 'Delete':
      return 'delete';
    case 'ContextMenu':
      return 'menu';
    case 'a':
      return event.ctrlKey || event.metaKey ? 'all' : null;
    case 'z':
      return event.ctrlKey || event.metaKey ? 'undo' : null;
    case 'F10':
      return event.shiftKey ? 'menu' : null;
    default:
      return null;
  }
}

/** Open a row; false if it cannot be opened or is open. */
function open(model: VariablesModel, row: Row | undefined): boolean {
  if (row?.row === 'group' && !row.isOpen) {
    model.toggleGroup(row.key);
    return true;
  }
  if (
    row?.row === 'variable' &&
    row.origin !== 'frame' &&
    !model.children.isExpanded(row.key)
  ) {
    const variable = variableOf(model, row);
    model.children.expand(variable);
    return variable.has_children === true;
  }
  return false;
}

/** Close a row, or go to the one above that can be closed. */
function close(
  model: VariablesModel,
  rows: Row[],
  row: Row | undefined
): number | 'handled' | null {
  if (row?.row === 'group' && row.isOpen) {
    model.toggleGroup(row.key);
    return 'handled';
  }
  if (row && model.children.isExpanded(row.key)) {
    model.children.collapse(row.key);
    return 'handled';
  }
  const parent = row && 'parent' in row && row.parent ? row.parent : null;
  return parent === null ? null : rows.findIndex(({ key }) => key === parent);
}
