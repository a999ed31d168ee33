/**
 * The list: a tree grid of which only the rows in sight are drawn.
 *
 * Rows are laid out anew only when they may have changed places; all other updates draw again what
 * is in sight.
 */

import * as React from 'react';
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { CommandIDs } from '../actions/commands';
import { shownColumns, template } from '../model/columns';
import { fetchLiteral, isEditable, literalOf } from '../model/editing';
import type { VariablesModel } from '../model/model';
import { openingOf } from '../model/opening';
import {
  type ILabels,
  type ILayout,
  type IVariableRow,
  layOut,
  type Row,
  variableOf
} from '../model/rows';
import type { Point } from '../protocol/messages';
import { useView } from './context';
import { Head } from './head';
import { useRedrawIn, useSignal } from './hooks';
import { keyAction } from './keys';
import { sharedText } from './marks';
import { GroupRow, NoteRow } from './other_rows';
import { ageText, type IEdit, VariableRow } from './row';
import { HEAD_PX, type ISize, ROW_PX, scrollTo, useAnchor, useSize } from './scroll';

const SPARE_ROWS = 6;

/** What opens in a tab of its own. */
const TABS: readonly string[] = ['image', 'table', 'value'];
const FRESH_MS = 900;
const TICK_MS = 1000;
const RESORT_MS = 1000;
const CURVES_MS = 400;

/** The rows of a model, laid out again when they have to be. */
export function useLayout(model: VariablesModel, labels: ILabels): ILayout {
  const { options } = useView();
  const redrawIn = useRedrawIn();
  const last = useRef<{
    layout: ILayout;
    inputs: unknown[];
    revision: number;
    at: number;
  }>();
  const value = options.value;
  const inputs = [model, value, labels, model.structure];
  const known = last.current;
  const isSame =
    known !== undefined && inputs.every((input, i) => input === known.inputs[i]);
  // In the order of names rows keep their places; in any other one a value may move its row.
  const mayMove =
    value.sort !== 'name' || value.group === 'cell' || value.group === 'recent';
  const isLive = mayMove || value.search !== '';
  const isOld = isLive && known !== undefined && known.revision !== model.revision;
  if (isSame && isOld) {
    const wait_ms = known.at + RESORT_MS - Date.now();
    if (wait_ms > 0) {
      redrawIn(wait_ms);
      return known.layout;
    }
  }
  if (!isSame || isOld) {
    const layout = layOut(model, value, labels);
    last.current = { layout, inputs, revision: model.revision, at: Date.now() };
    return layout;
  }
  return known.layout;
}

/** The list of variables. */
export function VariableList(props: {
  model: VariablesModel;
  layout: ILayout;
  idPrefix: string;
}): JSX.Element {
  const { model, layout, idPrefix } = props;
  const view = useView();
  const { trans } = view;
  useSignal(model.changed);
  const redrawIn = useRedrawIn();
  const grid = useRef<HTMLDivElement>(null);
  const [scrollTop, setScrollTop] = useState(model.scrollTop);
  const [{ height, width }, setSize] = useState<ISize>({ height: 400, width: 320 });
  const { rows } = layout;

  useSize(grid, setSize);
  useAnchor(grid, model, rows, setScrollTop);

  const selectedIndex = useMemo(
    () => rows.findIndex(row => row.key === model.selected),
    [rows, model.selected]
  );
  const lastIndex = useRef(-1);
  if (selectedIndex >= 0) {
    lastIndex.current = selectedIndex;
  }
  const first = Math.max(0, Math.floor(scrollTop / ROW_PX) - SPARE_ROWS);
  const last = Math.min(
    rows.length,
    Math.ceil((scrollTop + height) / ROW_PX) + SPARE_ROWS
  );

  const { onToggle, onToggleGroup, onMore } = useRowHandlers(model);
  const { edit, setEdit, startEdit, onCommit } = useEditing(model, grid);

  const onOpen = useCallback(
    (row: Row | undefined) => {
      if (row?.row !== 'variable' || row.origin === 'frame') {
        return;
      }
      const how = openingOf(model, variableOf(model, row));
      if (how === 'children' || model.children.isExpanded(row.key)) {
        onToggle(row);
      } else if (how === 'edit') {
        startEdit(row, 'value');
      } else {
        view.actions.run(CommandIDs.openValue);
      }
    },
    [model, view, onToggle, startEdit]
  );
  const keysOfRows = useRef<readonly string[]>([]);
  keysOfRows.current = useMemo(() => rows.map(({ key }) => key), [rows]);
  useLayoutEffect(() => model.selection.keepOnly(keysOfRows.current), [model, rows]);
  const move = (index: number, extends_: boolean) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row) {
      if (extends_) {
        model.selection.extendTo(row.key, keysOfRows.current);
      } else {
        model.select(row.key);
      }
      scrollTo(grid.current, rows.indexOf(row));
    }
  };
  const onSelect = useCallback(
    (row: Row, event: React.MouseEvent) => {
      const { selection } = model;
      if (event.shiftKey) {
        event.preventDefault(); // or the page would select text
        grid.current?.focus();
        selection.extendTo(row.key, keysOfRows.current);
      } else if (event.ctrlKey || event.metaKey) {
        selection.toggle(row.key);
      } else if (event.button === 0 || !selection.has(row.key)) {
        selection.only(row.key);
      }
    },
    [model]
  );
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.target !== grid.current || event.altKey) {
      return;
    }
    // Keys come faster than rows are drawn: what counts is what is selected now.
    const at = rows.findIndex(row => row.key === model.selected);
    // They go on from where the selected row was, if it is gone.
    const from = at >= 0 ? at : lastIndex.current - 1;
    const page = Math.max(1, Math.floor((height - HEAD_PX) / ROW_PX) - 1);
    const action = keyAction({ event, rows, selectedIndex: from, page, model });
    if (action !== null) {
      event.preventDefault();
      event.stopPropagation();
      if (typeof action === 'number') {
        move(action, event.shiftKey);
      } else if (action === 'edit' || action === 'rename') {
        const row = rows[at];
        if (row?.row === 'variable') {
          startEdit(row, action === 'edit' ? 'value' : 'name');
        }
      } else if (action === 'open') {
        onOpen(rows[at]);
      } else if (action === 'menu') {
        openMenuAt(grid.current, at, view.actions.openMenu);
      } else if (action === 'delete') {
        view.actions.run(CommandIDs.remove);
      } else if (action === 'all') {
        model.selection.all(keysOfRows.current);
      } else if (action === 'undo') {
        view.actions.undo();
      }
    }
  };

  const { columns: order, hiddenColumns } = view.options.value;
  const columns = useMemo(
    () => shownColumns(order, hiddenColumns, width),
    [order, hiddenColumns, width]
  );
  const now = Date.now();
  const pointsOf = useCurves(model, now, redrawIn);
  redrawIn(TICK_MS);
  const drawn = rows.slice(first, last).map((row, i) => {
    const position = first + i;
    const common = {
      key: row.key,
      id: `${idPrefix}-${position}`,
      top: position * ROW_PX,
      position,
      isSelected: model.selection.has(row.key)
    };
    if (row.row === 'group') {
      return <GroupRow {...common} row={row} onToggle={onToggleGroup} />;
    }
    if (row.row !== 'variable') {
      return <NoteRow {...common} row={row} onMore={onMore} />;
    }
    const variable = variableOf(model, row);
    const freshFor_ms = model.freshSince(row.key) + FRESH_MS - now;
    if (freshFor_ms > 0) {
      redrawIn(freshFor_ms);
    }
    const isTop = row.origin === 'namespace';
    return (
      <VariableRow
        {...common}
        row={row}
        columns={columns}
        variable={variable}
        isFresh={freshFor_ms > 0}
        isExpanded={row.origin !== 'frame' && model.children.isExpanded(row.key)}
        age={row.origin === 'frame' ? '' : ageText(model.ageOf(variable))}
        points={isTop && variable.kind === 'number' ? pointsOf(variable.name) : undefined}
        notKept={isTop ? model.states.whyNotKept(variable.name) : ''}
        shared={isTop ? sharedText(model, variable, trans) : ''}
        unevaluated={isTop ? (model.unevaluated.get(variable.name) ?? '') : ''}
        canOpen={row.origin !== 'frame' && TABS.includes(openingOf(model, variable))}
        edit={edit?.key === row.key ? edit : null}
        onSelect={onSelect}
        onToggle={onToggle}
        onOpen={onOpen}
        onEdit={setEdit}
        onCommit={onCommit}
      />
    );
  });
  const isSelectedDrawn = selectedIndex >= first && selectedIndex < last;
  return (
    <div
      ref={grid}
      className="lv-List"
      role="treegrid"
      tabIndex={0}
      style={{ '--lv-columns': template(columns) } as React.CSSProperties}
      aria-label={trans.__('Variables')}
      aria-rowcount={rows.length + 1}
      aria-readonly="true"
      aria-multiselectable="true"
      aria-activedescendant={isSelectedDrawn ? `${idPrefix}-${selectedIndex}` : undefined}
      onKeyDown={onKeyDown}
      onScroll={event => {
        model.scrollTop = event.currentTarget.scrollTop;
        setScrollTop(event.currentTarget.scrollTop);
      }}
    >
      <Head columns={columns} />
      <div role="rowgroup" className="lv-Rows" style={{ height: rows.length * ROW_PX }}>
        {drawn}
      </div>
    </div>
  );
}

/** Return what rows call when they are clicked; the same functions as long as the model stays. */
function useRowHandlers(model: VariablesModel) {
  const onToggle = useCallback(
    (row: IVariableRow) => {
      if (model.children.isExpanded(row.key)) {
        model.children.collapse(row.key);
      } else {
        model.children.expand(variableOf(model, row));
      }
    },
    [model]
  );
  const onToggleGroup = useCallback(
    (key: string) => {
      model.select(key);
      model.toggleGroup(key);
    },
    [model]
  );
  const onMore = useCallback((key: string) => model.children.loadMore(key), [model]);
  return { onToggle, onToggleGroup, onMore };
}

/** Keep which row is being edited, and what was typed. */
function useEditing(model: VariablesModel, grid: React.RefObject<HTMLElement>) {
  const view = useView();
  const [edit, setEdit] = useState<IEdit | null>(null);
  const startEdit = useCallback(
    (row: IVariableRow, field: 'name' | 'value') => {
      const canRename = row.origin === 'namespace' && model.offers('rename');
      if (field === 'name' ? !canRename : !isEditable(model, row)) {
        return;
      }
      const variable = variableOf(model, row);
      const text = field === 'name' ? variable.name : literalOf(variable);
      model.select(row.key);
      const begun = { key: row.key, field, text, original: text, error: '' };
      setEdit(begun);
      if (field === 'value' && text === '') {
        const fill = (literal: string) =>
          setEdit(now =>
            literal && now?.key === row.key && now.text === '' && now.original === ''
              ? { ...now, text: literal, original: literal }
              : now
          );
        fetchLiteral(model, variable).then(fill, () => undefined);
      }
    },
    [model]
  );
  view.edit.start = startEdit;
  const onCommit = useCallback(
    async (row: IVariableRow, edited: IEdit) => {
      const { field, text, original } = edited;
      const { name } = row.variable;
      const { set, rename } = view.actions;
      // The same text again would make another object of the same value.
      const isSame = text === original && text !== '';
      const { path } = row.variable;
      const root = String(path[0]?.[1] ?? name);
      const change = () =>
        field === 'name' ? rename(name, text) : set(root, text, path);
      const error = isSame ? '' : await change();
      setEdit(error ? { ...edited, error } : null);
      if (!error) {
        grid.current?.focus();
      }
    },
    [view.actions]
  );
  return { edit, setEdit, startEdit, onCommit };
}

/**
 * Return the points of a variable as they were when all curves were last drawn: the eye reads a
 * curve more slowly than a number, and drawing it takes longer.
 */
function useCurves(
  model: VariablesModel,
  now: number,
  redrawIn: (delay_ms: number) => void
): (name: string) => readonly Point[] | undefined {
  const drawn = useRef({ model, at: 0, points: new Map<string, readonly Point[]>() });
  if (drawn.current.model !== model || now >= drawn.current.at + CURVES_MS) {
    drawn.current = { model, at: now, points: new Map() };
  }
  const { at, points } = drawn.current;
  return name => {
    const newest = model.history.get(name);
    const known = points.get(name);
    if (known === undefined && newest !== undefined) {
      points.set(name, newest);
    } else if (known !== newest) {
      redrawIn(at + CURVES_MS - now);
    }
    return known ?? newest;
  };
}

function openMenuAt(
  grid: HTMLElement | null,
  index: number,
  open: (x: number, y: number) => void
): void {
  if (grid && index >= 0) {
    const { left, top } = grid.getBoundingClientRect();
    open(left + 40, top + HEAD_PX + (index + 1) * ROW_PX - grid.scrollTop);
  }
}
