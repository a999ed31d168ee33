/** The code cells of a notebook or a console, with their editors as they come and go. */

import type { Cell, CodeCell } from '@jupyterlab/cells';
import type { ConsolePanel } from '@jupyterlab/console';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { EditorView } from '@codemirror/view';

/** A document with cells. */
export type CellsWidget = NotebookPanel | ConsolePanel;

/** The code cells of a document. A cell that is moved is another widget, with the same id. */
export function* codeCells(widget: CellsWidget): Iterable<CodeCell> {
  const cells: Iterable<Cell> =
    'console' in widget ? widget.console.cells : widget.content.widgets;
  for (const cell of cells) {
    if (cell.model.type === 'code') {
      yield cell as CodeCell;
    }
  }
}

/** The cell that the user is at; in a console, the one that ran last. */
export function activeCell(widget: CellsWidget): CodeCell | null {
  if ('console' in widget) {
    return [...codeCells(widget)].pop() ?? null;
  }
  const { activeCell: cell } = widget.content;
  return cell?.model.type === 'code' ? (cell as CodeCell) : null;
}

/** The cell that a message was sent for; null if it is of no cell of this document. */
export function cellOfMessage(widget: CellsWidget, msg_id: string): CodeCell | null {
  for (const cell of codeCells(widget)) {
    const future = cell.outputArea.future as typeof cell.outputArea.future | null;
    if (future?.msg.header.msg_id === msg_id) {
      return cell;
    }
  }
  return null;
}

/** The view of a cell's editor; null while the cell has none, such as one far below. */
export function viewOf(cell: CodeCell): EditorView | null {
  // An editor of JupyterLab's says which view it has; others have none of CodeMirror's.
  const editor = cell.editor as { editor?: EditorView } | null;
  return editor?.editor ?? null;
}
