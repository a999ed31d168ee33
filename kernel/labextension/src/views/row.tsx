/** One row of the list. */

import * as React from 'react';
import { CommandIDs } from '../actions/commands';
import { formatAge, formatSize, formatType, isWritable } from '../model/format';
import type { ColumnKey } from '../model/columns';
import type { IVariableRow } from '../model/rows';
import type { Point, Variable } from '../protocol/messages';
import { type IViewContext, useView } from './context';
import { ChangedBy } from './changed_by';
import { Sparkline } from './sparkline';

const NO_POINTS: readonly Point[] = [];
export const INDENT_PX = 14;

/** A sign for each kind, so that a row says at a glance what it holds. */
const SIGNS: Record<Variable['kind'], string> = {
  number: '#',
  bool: '?',
  text: '“',
  bytes: '01',
  sequence: '[ ]',
  mapping: '{ }',
  set: '{·}',
  table: '▦',
  array: '▤',
  tensor: '▥',
  object: '◆',
  function: 'ƒ',
  class: 'C',
  module: 'M',
  lazy: '…',
  none: '∅',
  other: '·'
};

/** Which part of a row is being edited. */
export interface IEdit {
  key: string;
  field: 'name' | 'value';
  text: string;
  /** What the field began with. */
  original: string;
  error: string;
}

export interface IRowProps {
  id: string;
  top: number;
  position: number;
  isSelected: boolean;
}

interface IVariableRowProps extends IRowProps {
  row: IVariableRow;
  /** The columns that are shown, in their order. */
  columns: readonly ColumnKey[];
  variable: Variable;
  isFresh: boolean;
  isExpanded: boolean;
  age: string;
  points?: readonly Point[];
  unevaluated: string;
  /** Why it is not kept; empty if it is, or nothing is. */
  notKept: string;
  /** By which store it is shared, and by whom it was written; empty if it is not. */
  shared: string;
  /** Whether it opens in a tab of its own. */
  canOpen: boolean;
  edit: IEdit | null;
  onSelect: (row: IVariableRow, event: React.MouseEvent) => void;
  onToggle: (row: IVariableRow) => void;
  /** Open it as what it is. */
  onOpen: (row: IVariableRow) => void;
  onEdit: (edit: IEdit | null) => void;
  onCommit: (row: IVariableRow, edit: IEdit) => void;
}

/** The classes of a row; empty ones are left out. */
export function rowClass({ isSelected }: IRowProps, ...names: string[]): string {
  const selected = isSelected ? 'lv-mod-selected' : '';
  return ['lv-Row', ...names, selected].filter(Boolean).join(' ');
}

/** A variable, a child of one, or a local. */
export const VariableRow = React.memo(function VariableRow(
  props: IVariableRowProps
): JSX.Element {
  const view = useView();
  const { row, variable, edit } = props;
  const status = props.unevaluated ? 'unevaluated' : (variable.status ?? 'current');
  const fresh = props.isFresh ? 'lv-mod-fresh' : '';
  const wrong = edit?.error ? 'lv-mod-wrong' : '';
  return (
    <div
      id={props.id}
      role="row"
      className={rowClass(props, `lv-mod-${status}`, fresh, wrong)}
      style={{ top: props.top }}
      aria-rowindex={props.position + 2}
      aria-level={row.depth + 1}
      aria-selected={props.isSelected}
      aria-expanded={
        variable.has_children && row.origin !== 'frame' ? props.isExpanded : undefined
      }
      data-name={variable.name}
      onMouseDown={event => props.onSelect(row, event)}
      onContextMenu={event => {
        event.preventDefault();
        view.actions.openMenu(event.clientX, event.clientY);
      }}
    >
      {props.columns.map(column => (
        <ColumnCell key={column} {...props} column={column} view={view} />
      ))}
    </div>
  );
});

/** The cell of a row in one column. */
function ColumnCell(
  props: IVariableRowProps & { column: ColumnKey; view: IViewContext }
): JSX.Element {
  const { row, variable, edit, column, view } = props;
  switch (column) {
    case 'name':
      return (
        <NameCell
          row={row}
          name={variable.name}
          kind={variable.kind}
          type={formatType(variable)}
          hasChildren={variable.has_children === true}
          isExpanded={props.isExpanded}
          notKept={props.notKept}
          shared={props.shared}
          edit={edit?.field === 'name' ? edit : null}
          onToggle={props.onToggle}
          onOpen={props.onOpen}
          onEdit={props.onEdit}
          onCommit={props.onCommit}
        />
      );
    case 'type':
      return <TextCell column="type" text={formatType(variable)} />;
    case 'value':
      return <ValueCell {...props} />;
    case 'size':
      return <TextCell column="size" text={formatSize(variable)} />;
    case 'changed':
      return (
        <div role="gridcell" className="lv-Cell lv-mod-changed">
          <ChangedBy variable={variable} age={props.age} view={view} />
        </div>
      );
  }
}

/** The value, or the field in which it is edited. */
function ValueCell(props: IVariableRowProps & { view: IViewContext }): JSX.Element {
  const { row, variable, edit, view } = props;
  const isEasy = isWritable(variable) && !view.options.value.isReadOnly;
  return (
    <div
      role="gridcell"
      className="lv-Cell lv-mod-value"
      onDoubleClick={() => (isEasy ? view.edit.start(row, 'value') : props.onOpen(row))}
    >
      {edit?.field === 'value' ? (
        <Editor
          {...props}
          edit={edit}
          label={view.trans.__('New value of %1', variable.name)}
        />
      ) : (
        <Value {...props} view={view} />
      )}
      {props.canOpen && !edit ? (
        <button
          className="lv-Open"
          tabIndex={-1}
          aria-label={view.trans.__('Open %1', variable.name)}
          title={view.trans.__('Open (Enter)')}
          onClick={() => view.actions.run(CommandIDs.openValue)}
          onDoubleClick={event => event.stopPropagation()}
        >
          ⤢
        </button>
      ) : null}
    </div>
  );
}

type IEditing = Pick<IVariableRowProps, 'row' | 'onEdit' | 'onCommit'>;

/** What stays while a value changes has no part in drawing it. */
const NameCell = React.memo(function NameCell(
  props: IEditing & {
    name: string;
    kind: Variable['kind'];
    type: string;
    hasChildren: boolean;
    isExpanded: boolean;
    notKept: string;
    shared: string;
    edit: IEdit | null;
    onToggle: (row: IVariableRow) => void;
    onOpen: (row: IVariableRow) => void;
  }
): JSX.Element {
  const view = useView();
  const { row, name, edit } = props;
  return (
    <div
      role="gridcell"
      className="lv-Cell lv-mod-name"
      style={{ paddingLeft: 4 + row.depth * INDENT_PX }}
      title={`${name}: ${props.type}`}
    >
      {props.hasChildren && row.origin !== 'frame' ? (
        <span
          className={`lv-Caret lv-mod-button${props.isExpanded ? ' lv-mod-open' : ''}`}
          aria-hidden="true"
          onClick={() => props.onToggle(row)}
        />
      ) : (
        <span className="lv-Caret" aria-hidden="true" />
      )}
      <span className={`lv-Sign lv-kind-${props.kind}`} aria-hidden="true">
        {SIGNS[props.kind] ?? '·'}
      </span>
      {edit ? (
        <Editor {...props} edit={edit} label={view.trans.__('New name of %1', name)} />
      ) : (
        <span className="lv-Name" onDoubleClick={() => props.onOpen(row)}>
          {row.isPinned ? (
            <span className="lv-Pin" role="img" aria-label={view.trans.__('pinned')}>
              ●
            </span>
          ) : null}
          {name}
        </span>
      )}
      {props.shared ? <Mark sign="⇄" text={props.shared} /> : null}
      {props.notKept ? (
        <Mark sign="⊘" text={view.trans.__('not kept: %1', props.notKept)} />
      ) : null}
    </div>
  );
});

/** A small sign behind a name, which says what it means to who points at it. */
function Mark({ sign, text }: { sign: string; text: string }): JSX.Element {
  return (
    <span className="lv-Mark" role="img" aria-label={text} title={text}>
      {sign}
    </span>
  );
}

const TextCell = React.memo(function TextCell(props: {
  column: 'type' | 'size';
  text: string;
}): JSX.Element {
  const { column, text } = props;
  return (
    <div role="gridcell" className={`lv-Cell lv-mod-${column}`} onMouseEnter={showWhole}>
      {text}
    </div>
  );
});

/** Show the whole text as a tip; most texts change more often than anybody points at them. */
function showWhole({ currentTarget }: React.MouseEvent<HTMLElement>): void {
  currentTarget.title = currentTarget.textContent ?? '';
}

/** The preview, with a word where it is not the whole truth. */
function Value(props: IVariableRowProps & { view: IViewContext }): JSX.Element {
  const { variable, view } = props;
  const { trans } = view;
  const preview = variable.preview ?? '';
  if (variable.status === 'skipped' || variable.reason === 'redacted') {
    const word =
      variable.reason === 'redacted' ? trans.__('redacted') : trans.__('skipped');
    return (
      <span className="lv-Label" title={variable.reason}>
        {word}
        {variable.reason && variable.reason !== 'redacted' ? `: ${variable.reason}` : ''}
      </span>
    );
  }
  return (
    <>
      <span className="lv-Preview" onMouseEnter={showWhole}>
        {preview}
      </span>
      {variable.change ? (
        <span className="lv-Change" onMouseEnter={showWhole}>
          {variable.change}
        </span>
      ) : null}
      {props.unevaluated ? (
        <span className="lv-Label" title={props.unevaluated}>
          {trans.__('not compared')}
        </span>
      ) : variable.status === 'stale' ? (
        <span className="lv-Label" title={variable.reason}>
          {trans.__('stale')}
        </span>
      ) : null}
      <Sparkline points={props.points ?? NO_POINTS} />
    </>
  );
}

/** Scroll to what stands below the last row in sight. */
function showBelow(error: HTMLElement | null): void {
  error?.scrollIntoView({ block: 'nearest' });
}

function Editor(props: IEditing & { edit: IEdit; label: string }): JSX.Element {
  const { row, edit, onEdit, onCommit } = props;
  const { trans } = useView();
  const errorId = React.useId();
  return (
    <>
      <input
        className={`lv-Editor${edit.error ? ' lv-mod-wrong' : ''}`}
        aria-label={props.label}
        aria-invalid={edit.error !== ''}
        aria-describedby={edit.error ? errorId : undefined}
        placeholder={edit.field === 'value' ? trans.__('A Python expression') : undefined}
        autoFocus
        spellCheck={false}
        value={edit.text}
        onChange={event => onEdit({ ...edit, text: event.target.value, error: '' })}
        onFocus={event => event.target.select()}
        onBlur={() => onEdit(null)}
        onKeyDown={event => {
          event.stopPropagation();
          if (event.key === 'Escape') {
            onEdit(null);
          } else if (event.key === 'Enter') {
            onCommit(row, edit);
          }
        }}
      />
      {edit.error ? (
        <div id={errorId} className="lv-EditError" role="alert" ref={showBelow}>
          {edit.error}
        </div>
      ) : null}
    </>
  );
}

/** The age of a variable as its row shows it. */
export function ageText(age: number | null): string {
  return age === null ? '' : formatAge(age);
}
