/** The rows of the list that are no variables. */

import * as React from 'react';
import type { IGroupRow, INoteRow } from '../model/rows';
import { useView } from './context';
import { INDENT_PX, type IRowProps, rowClass } from './row';

/** The head of a group, or of a running function. */
export const GroupRow = React.memo(function GroupRow(
  props: IRowProps & { row: IGroupRow; onToggle: (key: string) => void }
): JSX.Element {
  const { trans } = useView();
  const { row } = props;
  const frame = row.frame ? 'lv-mod-frame' : '';
  return (
    <div
      id={props.id}
      role="row"
      className={rowClass(props, 'lv-mod-group', frame)}
      style={{ top: props.top }}
      aria-rowindex={props.position + 2}
      aria-level={1}
      aria-expanded={row.isOpen}
      aria-selected={props.isSelected}
      onClick={() => props.onToggle(row.key)}
    >
      <div role="gridcell" className="lv-Cell lv-mod-wide">
        <span
          className={`lv-Caret lv-mod-button${row.isOpen ? ' lv-mod-open' : ''}`}
          aria-hidden="true"
        />
        {row.frame ? (
          <>
            <span className="lv-Function">{row.label}()</span>{' '}
            <span className="lv-Age">
              {row.frame.execution_count
                ? `In [${row.frame.execution_count}]:${row.frame.line}`
                : trans.__('line %1', row.frame.line)}
              {row.frame.thread ? ` · ${row.frame.thread}` : ''}
            </span>
          </>
        ) : (
          <>
            {row.label} <span className="lv-Age">{row.count}</span>
          </>
        )}
      </div>
    </div>
  );
});

/** More children, or why there are none. */
export const NoteRow = React.memo(function NoteRow(
  props: IRowProps & { row: INoteRow; onMore: (parent: string) => void }
): JSX.Element {
  const { trans } = useView();
  const { row } = props;
  const count = row.count.toLocaleString('en');
  const text = {
    more: trans.__('%1 more', count),
    loading: trans.__('Loading …'),
    error: row.text
  };
  return (
    <div
      id={props.id}
      role="row"
      className={rowClass(props, 'lv-mod-note')}
      style={{ top: props.top }}
      aria-rowindex={props.position + 2}
      aria-level={row.depth + 1}
      aria-selected={props.isSelected}
      onClick={() => row.row === 'more' && props.onMore(row.parent)}
    >
      <div
        role="gridcell"
        className="lv-Cell lv-mod-wide"
        style={{ paddingLeft: 22 + row.depth * INDENT_PX }}
      >
        <span className={row.row === 'more' ? 'lv-Link' : 'lv-Label'}>
          {text[row.row]}
        </span>
      </div>
    </div>
  );
});
