/**
 * Lays the variables of a model out as a flat list of rows: chosen, sorted, grouped, with what is
 * open below them. Pure functions; the list draws only the rows that are in sight.
 */

import type { Frame, Variable } from '../protocol/messages';
import { type ColumnKey, COLUMNS } from './columns';
import { expressionOf, keyOf } from './format';
import { frameKey } from './frames';
import type { VariablesModel } from './model';
import { patternToRegExp, type Rank, searchRank } from './search';
import { type ISort, sortVariables } from './sorting';

export type { SortKey } from './sorting';

export type GroupKey = 'none' | 'kind' | 'cell' | 'recent';

/** What to show, and in which order. */
export interface IViewOptions extends ISort {
  group: GroupKey;
  /**
   * Words that have to occur in name, type or preview; `name:`, `type:` and `value:` ask only there,
   * and `kind:` for a kind.
   */
  search: string;
  /** Kinds that are not shown. */
  hiddenKinds: readonly string[];
  /** Patterns of names that are not shown; `*` stands for any text. */
  hiddenPatterns: readonly string[];
  /** Whether to show for now what the two above would hide. */
  isHiddenShown: boolean;
  /** The columns in their order, and those that are not wanted. */
  columns: readonly ColumnKey[];
  hiddenColumns: readonly ColumnKey[];
  /** Whether nothing may be changed from here. */
  isReadOnly: boolean;
}

export const DEFAULT_OPTIONS: IViewOptions = {
  sort: 'name',
  isDescending: false,
  group: 'none',
  search: '',
  hiddenKinds: ['module', 'function', 'class'],
  hiddenPatterns: [],
  isHiddenShown: false,
  columns: COLUMNS,
  hiddenColumns: [],
  isReadOnly: false
};

interface IRow {
  key: string;
  depth: number;
}

/** The head of a group. */
export interface IGroupRow extends IRow {
  row: 'group';
  label: string;
  count: number;
  isOpen: boolean;
  frame?: Frame;
}

/** A variable, a child of one, or a local of a running function. */
export interface IVariableRow extends IRow {
  row: 'variable';
  parent: string;
  /** The variable when the rows were laid out; `variableOf` has it as it is now. */
  variable: Variable;
  origin: 'namespace' | 'child' | 'frame';
  isPinned: boolean;
}

/** Says that there are more children, that they are on their way, or that they cannot be had. */
export interface INoteRow extends IRow {
  row: 'more' | 'loading' | 'error';
  parent: string;
  text: string;
  count: number;
}

export type Row = IGroupRow | IVariableRow | INoteRow;

/** How many variables there are, and how many of them the list has. */
export interface ICounts {
  /** How many the list has, or would have without a search. */
  listed: number;
  /** How many are hidden by their kind or name, or would be if they were not shown for now. */
  hidden: number;
}

/** The rows, and how many variables they leave out. */
export interface ILayout extends ICounts {
  rows: Row[];
  /** How many of the hidden ones the search finds: it lists them in a group of their own. */
  hiddenFound: number;
  /** How many of the others it did not find. */
  notFound: number;
}

/** What a group's head says, in the order in which the groups stand. */
export interface ILabels {
  kinds: Record<string, string>;
  cell: (executionCount: number) => string;
  beforeWatching: string;
  newestCell: string;
  lastMinutes: string;
  earlier: string;
  hidden: string;
}

const RECENT_S = 300;

/** Lay out the rows of a model. */
export function layOut(
  model: VariablesModel,
  options: IViewOptions,
  labels: ILabels
): ILayout {
  const isHidden = hiddenFilter(model, options);
  const rankOf = searchRank(options.search);
  const isFound = (variable: Variable) => rankOf(variable) !== null;
  const shown: Variable[] = [];
  const hiddenFound: Variable[] = [];
  const counts = { listed: 0, hidden: 0, hiddenFound: 0, notFound: 0 };
  for (const variable of model.variables.values()) {
    const hides = isHidden(variable);
    const finds = isFound(variable);
    counts.hidden += +hides;
    counts.hiddenFound += +(hides && finds);
    if (hides && !options.isHiddenShown) {
      if (finds && options.search !== '') {
        hiddenFound.push(variable);
      }
      continue;
    }
    counts.listed += 1;
    if (finds) {
      shown.push(variable);
    } else {
      counts.notFound += 1;
    }
  }
  sortVariables(shown, options);
  if (options.search !== '') {
    rankVariables(shown, rankOf);
  }
  const rows: Row[] = [];
  addFrames(rows, model, isFound);
  const pinned = shown.filter(variable => model.pins.has(variable.name));
  addAll(rows, model, pinned, 0);
  const rest = pinned.length > 0 ? shown.filter(v => !model.pins.has(v.name)) : shown;
  if (options.group === 'none') {
    addAll(rows, model, rest, 0);
  } else {
    addGroups(rows, model, rest, options.group, labels);
  }
  addHidden(rows, model, hiddenFound, options, labels);
  return { rows, ...counts };
}

/** Count without laying out: for those who show only the number. */
export function count(model: VariablesModel, options: IViewOptions): ICounts {
  const isHidden = hiddenFilter(model, options);
  let hidden = 0;
  for (const variable of model.variables.values()) {
    hidden += +isHidden(variable);
  }
  const { size } = model.variables;
  return { listed: options.isHiddenShown ? size : size - hidden, hidden };
}

/** The variable of a row as it is now. */
export function variableOf(model: VariablesModel, row: IVariableRow): Variable {
  if (row.origin === 'namespace') {
    return model.variables.get(row.variable.name) ?? row.variable;
  }
  return row.variable;
}

// -- choosing --------------------------------------------------------------------------------

/** What says which variables the list leaves out. */
export function hiddenFilter(
  model: VariablesModel,
  options: IViewOptions
): (variable: Variable) => boolean {
  const kinds = new Set(options.hiddenKinds);
  const patterns = options.hiddenPatterns.map(patternToRegExp);
  return ({ kind, name }) =>
    (kinds.has(kind) || patterns.some(pattern => pattern.test(name))) &&
    !model.pins.has(name);
}

/** Put first what a search finds by its name; what fits as well stays in order. */
function rankVariables(variables: Variable[], rankOf: Rank): void {
  const ranks = new Map(variables.map(variable => [variable, rankOf(variable) ?? 0]));
  variables.sort((a, b) => ranks.get(a)! - ranks.get(b)!);
}

// -- grouping --------------------------------------------------------------------------------

function addGroups(
  rows: Row[],
  model: VariablesModel,
  variables: Variable[],
  group: GroupKey,
  labels: ILabels
): void {
  const groups = new Map<
    string,
    { rank: number; label: string; variables: Variable[] }
  >();
  for (const variable of variables) {
    const { key, rank, label } = groupOf(model, variable, group, labels);
    const found = groups.get(key) ?? { rank, label, variables: [] };
    found.variables.push(variable);
    groups.set(key, found);
  }
  const sorted = [...groups].sort(([, a], [, b]) => a.rank - b.rank);
  for (const [name, { label, variables: members }] of sorted) {
    addGroup(rows, model, name, label, members);
  }
}

/** Add what a search has found of what is hidden, below all else. */
function addHidden(
  rows: Row[],
  model: VariablesModel,
  found: Variable[],
  options: IViewOptions,
  labels: ILabels
): void {
  if (found.length === 0) {
    return;
  }
  sortVariables(found, options);
  rankVariables(found, searchRank(options.search));
  addGroup(rows, model, 'hidden', labels.hidden, found);
}

function addGroup(
  rows: Row[],
  model: VariablesModel,
  name: string,
  label: string,
  members: Variable[]
): void {
  const key = `group:${name}`;
  const isOpen = !model.closedGroups.has(key);
  rows.push({ row: 'group', key, depth: 0, label, count: members.length, isOpen });
  if (isOpen) {
    addAll(rows, model, members, 1);
  }
}

function groupOf(
  model: VariablesModel,
  variable: Variable,
  group: GroupKey,
  labels: ILabels
): { key: string; rank: number; label: string } {
  if (group === 'kind') {
    const kinds = Object.keys(labels.kinds);
    const label = labels.kinds[variable.kind] ?? variable.kind;
    return {
      key: label,
      rank: kinds.findIndex(kind => labels.kinds[kind] === label),
      label
    };
  }
  const count = variable.changed_by?.execution_count ?? 0;
  if (group === 'cell') {
    return count > 0
      ? { key: String(count), rank: -count, label: labels.cell(count) }
      : { key: 'before', rank: 1, label: labels.beforeWatching };
  }
  if (count > 0 && count === model.newestCell) {
    return { key: 'newest', rank: 0, label: labels.newestCell };
  }
  const age = model.ageOf(variable);
  return age !== null && age < RECENT_S
    ? { key: 'minutes', rank: 1, label: labels.lastMinutes }
    : { key: 'earlier', rank: 2, label: labels.earlier };
}

// -- rows ------------------------------------------------------------------------------------

function addAll(
  rows: Row[],
  model: VariablesModel,
  variables: Variable[],
  depth: number
): void {
  for (const variable of variables) {
    addVariable(rows, model, variable, depth, '');
  }
}

function addVariable(
  rows: Row[],
  model: VariablesModel,
  variable: Variable,
  depth: number,
  parent: string
): void {
  const key = keyOf(variable.path);
  const origin = parent ? 'child' : 'namespace';
  const isPinned = !parent && model.pins.has(variable.name);
  rows.push({ row: 'variable', key, depth, parent, variable, origin, isPinned });
  const open = model.children.get(key);
  if (!open) {
    return;
  }
  const note = { parent: key, depth: depth + 1, count: open.total - open.items.length };
  for (const child of open.items) {
    addVariable(rows, model, child, depth + 1, key);
  }
  if (open.error) {
    rows.push({ ...note, row: 'error', key: `${key}:error`, text: open.error });
  } else if (open.isLoading) {
    rows.push({ ...note, row: 'loading', key: `${key}:loading`, text: '' });
  } else if (note.count > 0) {
    rows.push({ ...note, row: 'more', key: `${key}:more`, text: '' });
  }
}

function addFrames(
  rows: Row[],
  model: VariablesModel,
  isFound: (variable: Variable) => boolean
): void {
  model.frames.forEach((frame, position) => {
    const key = `group:frame:${frame.thread ?? ''}:${frame.function}:${position}`;
    const locals = (frame.variables ?? []).filter(isFound);
    const isOpen = !model.closedGroups.has(key);
    const label = frame.function;
    rows.push({
      row: 'group',
      key,
      depth: 0,
      label,
      count: locals.length,
      isOpen,
      frame
    });
    if (isOpen) {
      for (const variable of locals) {
        const row = { key: frameKey(frame, variable), depth: 1, parent: key, variable };
        rows.push({ row: 'variable', ...row, origin: 'frame', isPinned: false });
      }
    }
  });
}

/** What to put into a cell for a row. */
export function expressionOfRow(row: IVariableRow): string | null {
  return row.origin === 'frame' ? row.variable.name : expressionOf(row.variable.path);
}
