/** The plugins of the extension. */

import {
  type ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IConsoleTracker } from '@jupyterlab/console';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from './actions/commands';
import { addCommands, makeFilterMenu, makeRowMenu } from './lab/commands';
import { addInlineCommands, followSetting } from './inline/commands';
import { InlineTracker } from './inline/tracker';
import { LabActions } from './lab/dialogs';
import { addKeptCommands, KEPT_COMMANDS } from './lab/kept_commands';
import { DocumentStates } from './lab/document_states';
import { Documents } from './lab/documents';
import { variablesIcon } from './lab/icons';
import { addMemoryCommand } from './lab/memory_command';
import { Opener } from './lab/opener';
import { addToPalette } from './lab/palette';
import { keepOptions } from './lab/persistence';
import { addRecordFiles } from './lab/record_files';
import { openReport } from './lab/reports';
import { browserStore } from './lab/seen';
import { readSettings } from './lab/settings';
import { StatusItem, StatusModel } from './lab/status';
import { Away } from './model/away';
import { ViewOptions } from './model/options';
import { ILivens } from './tokens';
import type { IActions } from './views/context';
import { VariablesPanel } from './views/panel';

const PANEL_ID = 'livens-variables';

const panel: JupyterFrontEndPlugin<ILivens> = {
  id: 'livens:panel',
  description:
    'The panel that shows the variables of the active notebook or console, live.',
  autoStart: true,
  provides: ILivens,
  requires: [INotebookTracker],
  optional: [
    IConsoleTracker,
    ISettingRegistry,
    IStateDB,
    ITranslator,
    ICommandPalette,
    ILayoutRestorer
  ],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    consoles: IConsoleTracker | null,
    settingRegistry: ISettingRegistry | null,
    state: IStateDB | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ): ILivens => {
    const trans = (translator ?? nullTranslator).load('livens');
    const options = new ViewOptions();
    const settings = readSettings(settingRegistry, panel.id, options);
    Away.store = browserStore(window.localStorage);
    const documents = new Documents(app.shell, notebooks, consoles, settings.watch);
    settings.changed.connect(() => documents.setOptions(settings.watch));
    void keepOptions(state, options).then(
      () => state && new DocumentStates(state, documents, options)
    );

    const actions = new LabActions(documents, trans);
    documents.notified.connect((_, { document, event }) => actions.tell(document, event));
    const { commands } = app;
    const rowMenu = makeRowMenu(commands);
    const filterMenu = makeFilterMenu(commands);
    const viewActions: IActions = {
      goTo: place => void actions.goTo(place),
      set: (name, expression, path) => actions.set(name, expression, path),
      undo: () => void actions.undo(),
      rename: (name, to) => actions.rename(name, to),
      remove: name => void actions.remove(name),
      addRule: (condition, action) => actions.addRule(condition, action),
      run: command => void commands.execute(command),
      canRun: command => commands.hasCommand(command) && commands.isEnabled(command),
      labelOf: command => commands.label(command),
      openMenu: (x, y) => rowMenu.open(x, y),
      openFilterMenu: (x, y) => filterMenu.open(x, y),
      switchKernel: () => void actions.switchKernel(),
      watchKernel: () => void actions.watchKernel(),
      copy: text => actions.copy(text),
      restoreKept: () => void actions.restoreKept(),
      chooseKept: () => void actions.chooseKept()
    };
    const widget = new VariablesPanel({
      documents,
      options,
      actions: viewActions,
      trans
    });
    widget.id = PANEL_ID;
    widget.title.icon = variablesIcon;
    widget.title.caption = trans.__('Variables');
    app.shell.add(widget, 'right', { rank: 250, type: 'Variables' });
    restorer?.add(widget, PANEL_ID);

    const opener = new Opener(app, actions, trans);
    if (restorer) {
      opener.restore(restorer);
    }
    addMemoryCommand(commands, actions, opener, trans);
    addCommands({
      commands,
      panel: widget,
      actions,
      opener,
      options,
      trans,
      open: () => app.shell.activateById(PANEL_ID),
      isPrivateShown: () => settings.watch.withPrivate,
      togglePrivate: () => settings.togglePrivate(),
      toggleReadOnly: () => settings.toggleReadOnly()
    });
    addKeptCommands({ app, actions, trans });
    const { open, search, refresh, watchKernel, showMemory, toggleReadOnly } = CommandIDs;
    addToPalette(
      palette,
      [open, search, refresh, watchKernel, showMemory, toggleReadOnly, ...KEPT_COMMANDS],
      trans
    );
    return {
      documents,
      options,
      get model() {
        return documents.current?.watch.model ?? null;
      }
    };
  }
};

const status: JupyterFrontEndPlugin<void> = {
  id: 'livens:status',
  description: 'The number of variables and the memory of the kernel, in the status bar.',
  autoStart: true,
  requires: [ILivens],
  optional: [IStatusBar, ITranslator], // Notebook 7's pages of consoles have no status bar
  activate: (
    app: JupyterFrontEnd,
    livens: ILivens,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    if (!statusBar) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('livens');
    const open = () => void app.commands.execute(CommandIDs.open);
    const item = new StatusItem(
      new StatusModel(livens.documents, livens.options),
      trans,
      open
    );
    statusBar.registerStatusItem('livens:status', { item, align: 'left', rank: 100 });
  }
};

const inline: JupyterFrontEndPlugin<void> = {
  id: 'livens:inline',
  description: 'The values that a cell stores, at its lines, while it runs.',
  autoStart: true,
  requires: [ILivens, INotebookTracker],
  optional: [IConsoleTracker, ISettingRegistry, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    { documents, options }: ILivens,
    notebooks: INotebookTracker,
    consoles: IConsoleTracker | null,
    settingRegistry: ISettingRegistry | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('livens');
    const { commands, shell } = app;
    const tracker = new InlineTracker(documents, options, notebooks, consoles);
    shell.currentChanged?.connect(() => tracker.update());
    if ('layoutModified' in shell) {
      (shell as ILabShell).layoutModified.connect(() => tracker.update());
    }
    const setOn = followSetting(settingRegistry, inline.id, tracker, () =>
      commands.notifyCommandChanged(CommandIDs.toggleInline)
    );
    addInlineCommands({ commands, tracker, documents, setOn, trans });
    addToPalette(palette, [CommandIDs.toggleInline, CommandIDs.readInline], trans);
  }
};

const records: JupyterFrontEndPlugin<void> = {
  id: 'livens:records',
  description: 'Plays records of runs, which a double click in the file browser opens.',
  autoStart: true,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): void => {
    const trans = (translator ?? nullTranslator).load('livens');
    addRecordFiles(app, trans, async (text, path) => {
      const { PlayerWidget } = await import('./player/view');
      return new PlayerWidget(text, trans, () => openReport(app, trans, text, path));
    });
  }
};

export default [panel, status, inline, records];
export { ILivens } from './tokens';
