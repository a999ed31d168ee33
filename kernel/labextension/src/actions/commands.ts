/** The commands of the panel: for its menus, the palette, shortcuts and other extensions. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { Actions } from '../lab/dialogs';
import { expressionOf } from '../model/format';
import type { ViewOptions } from '../model/options';
import type { IVariableRow } from '../model/rows';
import type { Variable } from '../protocol/messages';
import type { ICellPlace } from '../tokens';
import type { IViewContext } from '../views/context';
import type { VariablesPanel } from '../views/panel';
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
  export const toggleKind = 'livens:toggle-kind';
  export const showTable = 'livens:show-table';
  export const showPlot = 'livens:show-plot';
  export const showValue = 'livens:show-value';
  export const togglePrivate = 'livens:toggle-private';
}

/** What the menu of a row has, in groups. */
export const ROW_MENU: string[][] = [
  [CommandIDs.showTable, CommandIDs.showPlot, CommandIDs.showValue],
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
  app: { readonly commands: ICommandTable };
  panel: { readonly view: IViewContext };
  actions: RowActions;
  trans: TranslationBundle;
  /** Opens what has a tab of its own. */
  opener: Record<'table' | 'plot' | 'value', (variable: Variable) => Promise<void>>;
  /** Put what leads to a row where the cursor is; missing where the host has no way there. */
  insert?: (row: IVariableRow) => void;
  /** Go to a cell; missing as above. */
  goTo?: (place: ICellPlace) => unknown;
}

/** What the command for the menu of kinds needs. */
export interface IKindCommandOptions {
  app: { readonly commands: ICommandTable };
  options: ViewOptions;
  trans: TranslationBundle;
}

/** What the commands need. */
export interface ICommandOptions extends IRowCommandOptions, IKindCommandOptions {
  app: JupyterFrontEnd;
  panel: VariablesPanel;
  actions: Actions;
  /** Show the panel. */
  open: () => void;
  isPrivateShown: () => boolean;
  togglePrivate: () => void;
}

/** Add the commands. */
export function addCommands(options: ICommandOptions): void {
  addPanelCommands(options);
  const { actions } = options;
  const insert = (row: IVariableRow) => actions.insert(row);
  addRowCommands({ ...options, insert, goTo: place => actions.goTo(place) });
  addKindCommand(options);
  addPrivateCommand(options);
}

function addPanelCommands({ app, panel, actions, trans, open }: ICommandOptions): void {
  const { commands } = app;
  commands.addCommand(CommandIDs.open, {
    label: trans.__('Show Variables'),
    caption: trans.__('Show the variables of the active notebook or console, live'),
    execute: open
  });
  commands.addCommand(CommandIDs.search, {
    label: trans.__('Search Variables'),
    execute: () => {
      open();
      panel.focusSearch();
    }
  });
  commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Fetch All Variables Anew'),
    isEnabled: () => actions.document !== null,
    execute: () => actions.document?.watch.reconnect()
  });
  commands.addCommand(CommandIDs.restartKernel, {
    label: trans.__('Restart the Kernel'),
    isEnabled: () => actions.document !== null,
    execute: () => actions.restartKernel()
  });
  commands.addCommand(CommandIDs.switchKernel, {
    label: trans.__('Switch to Python 3 (livens)'),
    isEnabled: () => actions.document !== null,
    execute: () => actions.switchKernel()
  });
}

/** Add the commands for the selected row. */
export function addRowCommands(given: IRowCommandOptions): void {
  const { app, panel, actions, opener, trans, insert, goTo } = given;
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
    app.commands.addCommand(id, { label, isEnabled, execute: run, ...more });
  };
  const isTop = (row: IVariableRow) => row.origin === 'namespace';
  const isConnected = (row: IVariableRow) =>
    isTop(row) && actions.model?.isConnected === true;
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
  add(
    CommandIDs.edit,
    trans.__('Edit Value'),
    row => panel.view.edit.start(row, 'value'),
    isConnected
  );
  add(
    CommandIDs.rename,
    trans.__('Rename'),
    row => panel.view.edit.start(row, 'name'),
    isConnected
  );
  add(
    CommandIDs.remove,
    trans.__('Delete'),
    row => actions.remove(row.variable.name),
    isConnected
  );
  if (insert) {
    add(CommandIDs.insert, trans.__('Insert at Cursor'), insert, hasExpression);
  }
  add(CommandIDs.copyName, trans.__('Copy Name'), row => actions.copyName(row));
  add(CommandIDs.copyValue, trans.__('Copy Value'), row => actions.copyValue(row));
  add(
    CommandIDs.copyExpression,
    trans.__('Copy Expression'),
    row => actions.copyExpression(row),
    hasExpression
  );
  add(
    CommandIDs.showTable,
    trans.__('Show Table'),
    row => opener.table(row.variable),
    ({ variable }) => isTabular(variable)
  );
  add(
    CommandIDs.showPlot,
    trans.__('Plot History'),
    row => opener.plot(row.variable),
    row => isTop(row) && hasHistory(row.variable)
  );
  add(CommandIDs.showValue, trans.__('Show Value'), row => opener.value(row.variable));
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

/** Add the command that shows and hides a kind. */
export function addKindCommand({ app, options, trans }: IKindCommandOptions): void {
  const labels = new Map(HIDEABLE);
  app.commands.addCommand(CommandIDs.toggleKind, {
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

function addPrivateCommand(given: ICommandOptions): void {
  given.app.commands.addCommand(CommandIDs.togglePrivate, {
    label: given.trans.__('Private Names (_name)'),
    isToggled: () => given.isPrivateShown(),
    execute: () => given.togglePrivate()
  });
}

/** Whether the kernel can send a variable as a table. */
function isTabular({ kind, shape }: Variable): boolean {
  return (
    kind === 'table' ||
    ((kind === 'array' || kind === 'tensor') && (shape?.length ?? 0) > 0)
  );
}

/** Whether a variable's past is a curve. */
function hasHistory({ kind }: Variable): boolean {
  return kind === 'number' || kind === 'bool';
}
