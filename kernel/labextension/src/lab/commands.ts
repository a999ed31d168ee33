/** The commands of JupyterLab's panel, for the palette, shortcuts and other extensions; its menus. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MenuSvg } from '@jupyterlab/ui-components';
import type { Menu } from '@lumino/widgets';
import {
  addKindCommand,
  addRowCommands,
  CommandIDs,
  HIDEABLE,
  type IKindCommandOptions,
  type IRowCommandOptions,
  ROW_MENU
} from '../actions/commands';
import { type ColumnKey, HIDEABLE_COLUMNS } from '../model/columns';
import type { VariablesPanel } from '../views/panel';
import type { LabActions } from './dialogs';
import { labelOf } from './palette';

/** What the commands need. */
export interface ICommandOptions
  extends Omit<IRowCommandOptions, 'edit' | 'insert' | 'goTo'>, IKindCommandOptions {
  commands: JupyterFrontEnd['commands'];
  panel: VariablesPanel;
  actions: LabActions;
  /** Show the panel. */
  open: () => void;
  isPrivateShown: () => boolean;
  togglePrivate: () => void;
  toggleReadOnly: () => void;
}

/** Add the commands. */
export function addCommands(options: ICommandOptions): void {
  const { actions, panel } = options;
  addPanelCommands(options);
  addRowCommands({
    ...options,
    edit: (row, field) => panel.view.edit.start(row, field),
    insert: row => actions.insert(row),
    goTo: place => actions.goTo(place)
  });
  addKindCommand(options);
}

function addPanelCommands(options: ICommandOptions): void {
  const { commands, panel, actions, trans, open } = options;
  const isEnabled = () => actions.document !== null;
  const isReadOnly = () => options.options.value.isReadOnly;
  const mayChange = () => isEnabled() && !isReadOnly();
  commands.addCommand(CommandIDs.open, {
    label: labelOf(trans.__('Show Variables')),
    caption: trans.__('Show the variables of the active notebook or console, live'),
    execute: open
  });
  commands.addCommand(CommandIDs.search, {
    label: labelOf(trans.__('Search Variables')),
    execute: () => {
      open();
      panel.focusSearch();
    }
  });
  commands.addCommand(CommandIDs.refresh, {
    label: labelOf(trans.__('Fetch All Variables Anew')),
    isEnabled,
    execute: () => actions.document?.watch.reconnect()
  });
  commands.addCommand(CommandIDs.restartKernel, {
    label: trans.__('Restart the Kernel'),
    isEnabled: mayChange,
    execute: () => actions.restartKernel()
  });
  commands.addCommand(CommandIDs.switchKernel, {
    label: trans.__('Switch to Python 3 (livens)'),
    isEnabled: mayChange,
    execute: () => actions.switchKernel()
  });
  commands.addCommand(CommandIDs.watchKernel, {
    label: labelOf(trans.__('Watch This Kernel')),
    caption: trans.__('Load livens into a kernel that runs, and show its variables'),
    isEnabled: () => actions.canWatchKernel && !isReadOnly(),
    execute: () => {
      open();
      void actions.watchKernel();
    }
  });
  commands.addCommand(CommandIDs.togglePrivate, {
    label: trans.__('Private Names (_name)'),
    isToggled: () => options.isPrivateShown(),
    execute: () => options.togglePrivate()
  });
  const columns: Partial<Record<ColumnKey, string>> = {
    type: trans.__('Column “Type”'),
    value: trans.__('Column “Value”'),
    size: trans.__('Column “Size”'),
    changed: trans.__('Column “Changed by”')
  };
  commands.addCommand(CommandIDs.toggleColumn, {
    label: args => columns[args['column'] as ColumnKey] ?? '',
    isToggleable: true,
    isToggled: args =>
      !options.options.value.hiddenColumns.includes(args['column'] as ColumnKey),
    execute: args => options.options.toggleColumn(args['column'] as ColumnKey)
  });
  commands.addCommand(CommandIDs.toggleReadOnly, {
    label: labelOf(trans.__('Read-Only')),
    caption: trans.__('Have nothing be changed from the panel, as on a shared screen'),
    isToggleable: true,
    isToggled: isReadOnly,
    execute: () => options.toggleReadOnly()
  });
}

/** Make the menu of a row. */
export function makeRowMenu(commands: JupyterFrontEnd['commands']): Menu {
  const menu = new MenuSvg({ commands }); // Lumino's own draws no check marks
  ROW_MENU.forEach((group, i) => {
    if (i > 0) {
      menu.addItem({ type: 'separator' });
    }
    group.forEach(command => menu.addItem({ command }));
  });
  return menu;
}

/** Make the menu of what can be hidden. */
export function makeFilterMenu(commands: JupyterFrontEnd['commands']): Menu {
  const menu = new MenuSvg({ commands });
  for (const [kind] of HIDEABLE) {
    menu.addItem({ command: CommandIDs.toggleKind, args: { kind } });
  }
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIDs.togglePrivate });
  menu.addItem({ type: 'separator' });
  for (const column of HIDEABLE_COLUMNS) {
    menu.addItem({ command: CommandIDs.toggleColumn, args: { column } });
  }
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIDs.toggleInline });
  menu.addItem({ command: CommandIDs.toggleReadOnly });
  return menu;
}
