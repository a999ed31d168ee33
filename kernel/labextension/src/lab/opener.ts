/**
 * Opens what has a tab of its own: tables, plots, values. In JupyterLab beside the notebook, in
 * Notebook 7, which has room for one document only, below it. What draws them is loaded on demand.
 */

import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import { CommandIDs } from '../actions/commands';
import { expressionOf, keyOf } from '../model/format';
import type { Variable } from '../protocol/messages';
import type { IDocument } from '../tokens';
import type { LabActions } from './dialogs';
import { variablesIcon } from './icons';
import { recordsBeside } from './records';

/** How long a document may take to be there again when the page is loaded: all wait for it. */
const WAIT_MS = 3000;

/** What a tab shows. */
interface ITab {
  what: 'table' | 'plot' | 'value' | 'memory';
  variable: Pick<Variable, 'path' | 'name'>;
}

/** What is kept of a tab. */
interface ITabArgs {
  /** The path of its document. */
  document: string;
  tab: ITab;
}

/** Opens tabs. */
export class Opener {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _actions: LabActions,
    private readonly _trans: TranslationBundle
  ) {}

  table(variable: Variable): Promise<void> {
    return this._openHere({ what: 'table', variable });
  }

  plot(variable: Variable): Promise<void> {
    return this._openHere({ what: 'plot', variable });
  }

  value(variable: Variable): Promise<void> {
    return this._openHere({ what: 'value', variable });
  }

  /** Open the tabs again that were open when the page was left, where their documents are. */
  restore(restorer: ILayoutRestorer): void {
    const command = CommandIDs.openTab;
    this._app.commands.addCommand(command, {
      label: this._trans.__('Open a Variable'),
      execute: async args => {
        const { document: path, tab } = args as unknown as ITabArgs;
        const document = await this._actions.find(path, WAIT_MS);
        if (document) {
          await this._open(document, tab);
        }
      }
    });
    void restorer.restore(this._tracker, {
      command,
      args: widget => this._args.get(widget) as never,
      name: widget => widget.id
    });
  }

  /** Open what tells which variables hold the memory. */
  memory(): Promise<void> {
    const name = this._trans.__('Memory');
    return this._openHere({ what: 'memory', variable: { name, path: [['memory']] } });
  }

  private async _openHere(tab: ITab): Promise<void> {
    const { document } = this._actions;
    if (document) {
      await this._open(document, tab);
      this._app.shell.activateById(idOf(document, tab));
    }
  }

  private async _make(document: IDocument, { what, variable }: ITab): Promise<Widget> {
    const { path, name } = variable;
    switch (what) {
      case 'table': {
        const { TableView } = await import('../views/grid');
        return new TableView(document, path, this._trans, this._actions.changing);
      }
      case 'plot': {
        const { PlotView } = await import('../views/plot');
        const { contents } = this._app.serviceManager;
        const runs = recordsBeside(contents, document.watch.context.path);
        return new PlotView(document, name, this._trans, runs);
      }
      case 'value': {
        const { ValueView } = await import('../views/value');
        const describe = (error: unknown) => this._actions.describe(error);
        return new ValueView(document, path, this._trans, describe);
      }
      case 'memory': {
        const { MemoryView } = await import('../views/memory');
        return new MemoryView(document, this._trans, chosen => {
          document.watch.model.select(keyOf([['name', chosen]]));
          void this._app.commands.execute(CommandIDs.open);
        });
      }
    }
  }

  private async _open(document: IDocument, given: ITab): Promise<void> {
    const { shell } = this._app;
    const { variable } = given;
    const id = idOf(document, given);
    const known = this._tabs.get(id);
    if (known && !known.isDisposed) {
      return;
    }
    const content = await this._make(document, given);
    const tab = new MainAreaWidget({ content });
    tab.id = id;
    tab.title.label = expressionOf(variable.path) ?? variable.name;
    tab.title.caption = `${document.widget.title.label}: ${tab.title.label}`;
    tab.title.icon = variablesIcon;
    tab.title.closable = true;
    tab.toolbar.hide();
    this._tabs.set(id, tab);
    document.widget.disposed.connect(() => tab.dispose());
    const isLab = 'mode' in shell; // Notebook 7's shell has no modes
    content.toggleClass('lv-mod-below', !isLab); // that has an area below, without a height of its own
    shell.add(tab, isLab ? 'main' : 'down', this._place(document, id));
    const { path, name } = variable;
    this._args.set(tab, {
      document: document.watch.context.path,
      tab: { what: given.what, variable: { path, name } }
    });
    void this._tracker.add(tab);
  }

  /** Below the document, or beside the tabs that are there already. */
  private _place(document: IDocument, id: string): DocumentRegistry.IOpenOptions {
    const others = [...this._tabs.values()].filter(
      tab => tab.id !== id && tab.isAttached
    );
    const last = others[others.length - 1];
    return last
      ? { mode: 'tab-after', ref: last.id }
      : { mode: 'split-bottom', ref: document.widget.id };
  }

  private readonly _tabs = new Map<string, Widget>();
  // It takes all that is kept under this name for tabs, so that nothing else may be.
  private readonly _tracker = new WidgetTracker<MainAreaWidget>({
    namespace: 'livens-tabs'
  });
  private readonly _args = new WeakMap<Widget, ITabArgs>();
}

/** The same for the same value of the same document, also after the page was loaded anew. */
function idOf({ watch }: IDocument, { what, variable }: ITab): string {
  return `livens-${what}-${watch.context.path}-${keyOf(variable.path)}`;
}
