/** The heads of columns: what draws them, and what happens where they are clicked. */

import {
  BasicMouseHandler,
  CellRenderer,
  type DataGrid,
  type GraphicsContext,
  TextRenderer
} from '@lumino/datagrid';
import { endsText } from '../model/format';
import type { Column } from '../protocol/messages';

const EDGE_PX = 6;
/** How wide the sign at the right of a label is that opens the pane. */
const SIGN_PX = 20;

/** Sorts by the column whose head is clicked, or opens the pane of it; edges still resize. */
export class SortingMouseHandler extends BasicMouseHandler {
  constructor(
    private readonly _sort: (column: number) => void,
    private readonly _open: (column: number) => void
  ) {
    super();
  }

  onMouseDown(grid: DataGrid, event: MouseEvent): void {
    const hit = grid.hitTest(event.clientX, event.clientY);
    const isEdge = hit.x < EDGE_PX || hit.x > hit.width - EDGE_PX;
    if (hit.region === 'column-header' && event.button === 0 && !isEdge) {
      const isSign = hit.x > hit.width - SIGN_PX;
      (isSign ? this._open : this._sort)(hit.column);
      return;
    }
    super.onMouseDown(grid, event);
  }

  onContextMenu(grid: DataGrid, event: MouseEvent): void {
    const hit = grid.hitTest(event.clientX, event.clientY);
    if (hit.region === 'column-header') {
      event.preventDefault();
      event.stopPropagation();
      this._open(hit.column);
    }
  }
}

/** Draws the label of a column, and at its right the sign that opens the pane. */
export class LabelRenderer extends TextRenderer {
  paint(gc: GraphicsContext, config: CellRenderer.CellConfig): void {
    super.paint(gc, { ...config, width: config.width - SIGN_PX });
    const { x, y, width, height } = config;
    this.drawBackground(gc, { ...config, x: x + width - SIGN_PX, width: SIGN_PX });
    gc.fillStyle = CellRenderer.resolveOption(this.textColor, config);
    const middle = y + height / 2;
    for (const up of [-4, 0, 4]) {
      gc.fillRect(x + width - SIGN_PX / 2 - 1, middle + up - 1, 2, 2);
    }
  }
}

/** Draws how the values of a column are spread. */
export class HistogramRenderer extends CellRenderer {
  constructor(
    private readonly _color: string,
    private readonly _textColor: string,
    private readonly _background: string
  ) {
    super();
  }

  paint(gc: GraphicsContext, config: CellRenderer.CellConfig): void {
    const { x, y, width, height } = config;
    gc.fillStyle = this._background;
    gc.fillRect(x, y, width, height);
    const column = config.value as Column | '';
    if (!column) {
      return;
    }
    const counts = column.histogram?.counts ?? [];
    const highest = Math.max(...counts, 1);
    if (counts.length > 0) {
      const bar = (width - 8) / counts.length;
      gc.fillStyle = this._color;
      counts.forEach((count, i) => {
        const tall = Math.max(count > 0 ? 1 : 0, (count / highest) * (height - 4));
        gc.fillRect(x + 4 + i * bar, y + height - 2 - tall, Math.max(1, bar - 1), tall);
      });
    } else if (endsText(column)) {
      gc.fillStyle = this._textColor;
      gc.font = '10px sans-serif';
      gc.textBaseline = 'middle';
      gc.fillText(endsText(column), x + 6, y + height / 2);
    }
  }
}
