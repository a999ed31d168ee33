/**
 * The commands for variables, the same in JupyterLab and in a widget. The names of JupyterLab's own
 * are here too, so that views can run them.
 */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { isEditable } from '../model/editing';
import { expressionOf } from '../model/format';
import { isImage, isTable, openingOf } from '../model/opening';
import type { ViewOptions } from '../model/options';
import type { IVariableRow } from '../model/rows';
import type { Variable } from '../protocol/messages';
import type { ICellPlace } from '../tokens';
import type { RowActions } from './row';

export namespace CommandIDs {
  export const open = 'livens:open';
  export const search = 'livens:search';
  export const goTo = 'livens:go-to-cell';
  export const edit = 'livens:edit';
  export const rename = 'livens:rename';
  export const remove = 'livens:delete';
  export const insert = 'livens:insert-name';
  export const copyName = 'livens:copy-name';
  export const copyValue = 'livens:copy-value';
  export const copyExpression = 'livens:copy-expression';
  export const pin = 'livens:pin';
  export const refresh = 'livens:refresh';
  export const restartKernel = 'livens:restart-kernel';
  export const switchKernel = 'livens:switch-kernel';
  export const watchKernel = 'livens:watch-kernel';
  export const toggleColumn = 'livens:toggle-column';
  export const toggleReadOnly = 'livens:toggle-read-only';
  export const toggleKind = 'livens:toggle-kind';
  export const openValue = 'livens:open-value';
  export const showTable = 'livens:show-table';
  export const showPlot = 'livens:show-plot';
  export const showValue = 'livens:show-value';
  export const openTab = 'livens:open-tab';
  export const showMemory = 'livens:show-memory';
  export const togglePrivate = 'livens:toggle-private';
  export const keep = 'livens:keep-variables';
  export const restoreKept = 'livens:restore-kept';
  export const showKept = 'livens:show-kept';
  export const forgetKept = 'livens:forget-kept';
  export const backBeforeCell = 'livens:back-before-cell';
  export const toggleInline = 'livens:toggle-inline-values';
  export const readInline = 'livens:read-inline-values';
}

/** What the menu of a row has, in groups. */
export const ROW_MENU: string[][] = [
  [CommandIDs.openValue, CommandIDs.showTable, CommandIDs.showPlot, CommandIDs.showValue],
  [CommandIDs.edit, CommandIDs.rename, CommandIDs.remove],
  [CommandIDs.goTo, CommandIDs.insert, CommandIDs.pin],
  [CommandIDs.copyName, CommandIDs.copyValue, CommandIDs.copyExpression]
];

/** The kinds that can be hidden, in the words of the menu. */
export const HIDEABLE: [string, string][] = [
  ['module', 'Modules'],
  ['function', 'Functions'],
  ['class', 'Classes'],
  ['none', 'None'],
  ['object', 'Objects']
];

/** Where commands are added to: JupyterLab's registry, or a widget's. */
export interface ICommandTable {
  addCommand(id: string, options: CommandRegistry.ICommandOptions): unknown;
}

/** What the commands for a row need. */
export interface IRowCommandOptions {
  commands: ICommandTable;
  actions: RowActions;
  trans: TranslationBundle;
  /** Start to edit a row in the list. */
  edit: (row: IVariableRow, field: 'name' | 'value') => void;
  /** Opens what has a tab of its own. */
  opener: Record<'table' | 'plot' | 'value', (variable: Variable) => Promise<void>>;
  /** Put what leads to a row where the cursor is; missing where the host has no way there. */
  insert?: (row: IVariableRow) => void;
  /** Go to a cell; missing as above. */
  goTo?: (place: ICellPlace) => unknown;
}

/** What the command for the menu of kinds needs. */
export interface IKindCommandOptions {
  commands: ICommandTable;
  options: ViewOptions;
  trans: TranslationBundle;
}

/** Add the commands for the selected row. */
export function addRowCommands(given: IRowCommandOptions): void {
  const { commands, actions, edit, opener, trans, insert, goTo } = given;
  const add = (
    id: string,
    label: string,
    execute: (row: IVariableRow) => unknown,
    applies: (row: IVariableRow) => boolean = () => true,
    more: Partial<CommandRegistry.ICommandOptions> = {}
  ): void => {
    const isEnabled = () => {
      const row = actions.selected;
      return row !== null && applies(row);
    };
    const run = () => {
      const row = actions.selected;
      return row && applies(row) ? execute(row) : undefined;
    };
    commands.addCommand(id, { label, isEnabled, execute: run, ...more });
  };
  const isTop = (row: IVariableRow) => row.origin === 'namespace';
  const offers = (method: string) => actions.model?.offers(method) === true;
  const canBe = (method: string) => (row: IVariableRow) =>
    isTop(row) && actions.model?.isConnected === true && offers(method);
  const canAsk = (method: string) => actions.model?.end === null && offers(method);
  const hasTable = (variable: Variable) => {
    const { model } = actions;
    const hasSlices = model?.offers('table', 2);
    return model?.offers('forms')
      ? isTable(model, variable)
      : isTabular(variable, hasSlices);
  };
  const open = async (row: IVariableRow): Promise<void> => {
    const { variable } = row;
    const model = actions.model!;
    const how =
      !model.offers('forms') && hasTable(variable)
        ? 'table' // an older kernel does not say so itself
        : openingOf(model, variable);
    if (how === 'table' || (how === 'image' && !(await isImage(model, variable)))) {
      await opener.table(variable);
    } else {
      await opener.value(variable);
    }
  };
  const canOpen = ({ variable }: IVariableRow) => {
    const { model } = actions;
    const ways = ['image', 'table', 'value'];
    return model?.end === null && ways.includes(openingOf(model, variable));
  };
  const hasExpression = ({ variable }: IVariableRow) =>
    expressionOf(variable.path) !== null;
  if (goTo) {
    add(
      CommandIDs.goTo,
      trans.__('Go to the Cell That Changed It'),
      row => goTo(row.variable.changed_by ?? {}),
      ({ variable }) => !!variable.changed_by?.execution_count
    );
  }
  const canEdit = (row: IVariableRow) =>
    actions.model?.isConnected === true && isEditable(actions.model, row);
  add(CommandIDs.edit, trans.__('Edit Value'), row => edit(row, 'value'), canEdit);
  add(CommandIDs.rename, trans.__('Rename'), row => edit(row, 'name'), canBe('rename'));
  add(
    CommandIDs.remove,
    trans.__('Delete'),
    () => actions.removeSelected(),
    canBe('delete'),
    { label: () => manyLabel(trans.__('Delete'), actions, trans) }
  );
  if (insert) {
    const canInsert = (row: IVariableRow) =>
      hasExpression(row) && actions.model?.isReadOnly === false;
    add(CommandIDs.insert, trans.__('Insert at Cursor'), insert, canInsert);
  }
  const copyName = trans.__('Copy Name');
  add(CommandIDs.copyName, copyName, row => actions.copyName(row), undefined, {
    label: () => manyLabel(copyName, actions, trans)
  });
  add(CommandIDs.copyValue, trans.__('Copy Value'), row => actions.copyValue(row));
  add(
    CommandIDs.copyExpression,
    trans.__('Copy Expression'),
    row => actions.copyExpression(row),
    hasExpression
  );
  add(CommandIDs.openValue, trans.__('Open'), open, canOpen);
  add(
    CommandIDs.showTable,
    trans.__('Show Table'),
    row => opener.table(row.variable),
    ({ variable }) => canAsk('table') && hasTable(variable)
  );
  add(
    CommandIDs.showPlot,
    trans.__('Plot History'),
    row => opener.plot(row.variable),
    row => canAsk('history') && isTop(row) && hasHistory(row.variable)
  );
  add(
    CommandIDs.showValue,
    trans.__('Show Value'),
    row => opener.value(row.variable),
    () => canAsk('value')
  );
  add(
    CommandIDs.pin,
    trans.__('Pin to the Top'),
    row => actions.model?.togglePin(row.variable.name),
    isTop,
    {
      isToggled: () =>
        actions.model?.pins.has(actions.selected?.variable.name ?? '') ?? false
    }
  );
}

/** The label of what is done with all variables that are selected. */
function manyLabel(label: string, actions: RowActions, trans: TranslationBundle): string {
  const { length } = actions.selectedNames;
  return length > 1 ? trans.__('%1 (%2 Variables)', label, length) : label;
}

/** Add the command that shows and hides a kind. */
export function addKindCommand({ commands, options, trans }: IKindCommandOptions): void {
  const labels = new Map(HIDEABLE);
  commands.addCommand(CommandIDs.toggleKind, {
    label: args => trans.__(labels.get(String(args.kind)) ?? ''),
    isToggled: args => !options.value.hiddenKinds.includes(String(args.kind)),
    execute: args => {
      const kind = String(args.kind);
      const { hiddenKinds } = options.value;
      const kept = hiddenKinds.filter(hidden => hidden !== kind);
      options.update({
        hiddenKinds: kept.length < hiddenKinds.length ? kept : [...hiddenKinds, kind]
      });
    }
  });
}

/** The classes that the kernel reads as tables; see `livens.values.tables.opening`. */
const TABLES: Record<string, readonly string[]> = {
  pandas: [
    'DataFrame',
    'Series',
    'Index',
    'RangeIndex',
    'MultiIndex',
    'DatetimeIndex',
    'TimedeltaIndex',
    'PeriodIndex',
    'CategoricalIndex',
    'IntervalIndex'
  ],
  polars: ['DataFrame', 'Series'],
  pyarrow: ['Table'],
  numpy: ['ndarray']
};

/** How many dimensions an array of numpy may have. */
const MOST_DIMENSIONS = 64;

/** How a list of dicts begins whose keys are texts. */
const OF_DICTS = /^\[\{(?:'[^']*'|"[^"]*"): /;

/** Whether the kernel can send a variable as a table. */
export function isTabular(
  { type, module, shape, dtype, preview }: Variable,
  hasSlices = false
): boolean {
  const library = (module ?? '').split('.')[0] ?? '';
  if (!library && type === 'list') {
    return OF_DICTS.test(preview ?? '');
  }
  if (!TABLES[library]?.includes(type)) {
    return false;
  }
  if (library !== 'numpy') {
    return true;
  }
  // Records are rows of fields: they need no second dimension, and have no place for one.
  const isOfRecords = /^[[{(]|^records/.test(dtype ?? '');
  const dimensions = shape?.length ?? 0;
  const most = hasSlices ? MOST_DIMENSIONS : 2;
  return dimensions === 1 || (dimensions > 1 && dimensions <= most && !isOfRecords);
}

/** Whether a variable's past is a curve. */
function hasHistory({ kind }: Variable): boolean {
  return kind === 'number' || kind === 'bool';
}
