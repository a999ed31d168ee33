/** The head of the list: sorts by a column, and moves columns by mouse and by Alt and the arrows. */

import * as React from 'react';
import type { ColumnKey } from '../model/columns';
import { useView } from './context';
import { useSignal } from './hooks';

/** What a drag carries that is a column of ours. */
const COLUMN_TYPE = 'application/x-livens-column';

/** Draw the heads of the columns that there is room for. */
export function Head({ columns }: { columns: readonly ColumnKey[] }): JSX.Element {
  const { options } = useView();
  useSignal(options.changed);
  return (
    <div role="rowgroup" className="lv-Head">
      <div role="row" className="lv-HeadRow" aria-rowindex={1}>
        {columns.map((key, at) => (
          <ColumnHead key={key} column={key} columns={columns} at={at} />
        ))}
      </div>
    </div>
  );
}

function ColumnHead(props: {
  column: ColumnKey;
  columns: readonly ColumnKey[];
  at: number;
}): JSX.Element {
  const { trans, options, actions } = useView();
  const { column, columns, at } = props;
  const { sort, isDescending } = options.value;
  const [isTarget, setTarget] = React.useState(false);
  const labels: Record<ColumnKey, string> = {
    name: trans.__('Name'),
    type: trans.__('Type'),
    value: trans.__('Value'),
    size: trans.__('Size'),
    changed: trans.__('Changed by')
  };
  const isMovable = at > 0;
  const accepts = (event: React.DragEvent) =>
    isMovable && event.dataTransfer.types.includes(COLUMN_TYPE);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const to = columns[at + (step ?? 0)];
    if (event.altKey && step && to) {
      event.preventDefault();
      event.stopPropagation();
      options.moveColumn(column, to);
    }
  };
  return (
    <div
      role="columnheader"
      className={`lv-Cell lv-mod-${column}${isTarget ? ' lv-mod-target' : ''}`}
      aria-sort={sort !== column ? 'none' : isDescending ? 'descending' : 'ascending'}
      draggable={isMovable}
      onDragStart={event => event.dataTransfer.setData(COLUMN_TYPE, column)}
      onDragOver={event => {
        if (accepts(event)) {
          event.preventDefault();
          setTarget(true);
        }
      }}
      onDragLeave={() => setTarget(false)}
      onDrop={event => {
        setTarget(false);
        if (accepts(event)) {
          event.preventDefault();
          options.moveColumn(
            event.dataTransfer.getData(COLUMN_TYPE) as ColumnKey,
            column
          );
        }
      }}
      onContextMenu={event => {
        event.preventDefault();
        actions.openFilterMenu(event.clientX, event.clientY);
      }}
    >
      <button
        className="lv-HeadButton"
        title={
          isMovable
            ? trans.__('Sort by “%1”; drag or Alt+arrow moves the column', labels[column])
            : trans.__('Sort by “%1”', labels[column])
        }
        onClick={() => options.sortBy(column)}
        onKeyDown={onKeyDown}
      >
        {labels[column]}
        <span aria-hidden="true">
          {sort !== column ? '' : isDescending ? ' ↓' : ' ↑'}
        </span>
      </button>
    </div>
  );
}
