/**
 * Opens what has a tab of its own: tables, plots, values. In JupyterLab beside the notebook, in
 * Notebook 7, which has room for one document only, below it. What draws them is loaded on demand.
 */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
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

/** Opens tabs. */
export class Opener {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _actions: LabActions,
    private readonly _trans: TranslationBundle
  ) {}

  async table(variable: Variable): Promise<void> {
    await this._open('table', variable, async document => {
      const { TableView } = await import('../views/grid');
      return new TableView(document, variable.path, this._trans, this._actions.changing);
    });
  }

  async plot(variable: Variable): Promise<void> {
    await this._open('plot', variable, async document => {
      const { PlotView } = await import('../views/plot');
      const { contents } = this._app.serviceManager;
      const runs = recordsBeside(contents, document.watch.context.path);
      return new PlotView(document, variable.name, this._trans, runs);
    });
  }

  async value(variable: Variable): Promise<void> {
    await this._open('value', variable, async document => {
      const { ValueView } = await import('../views/value');
      const describe = (error: unknown) => this._actions.describe(error);
      return new ValueView(document, variable.path, this._trans, describe);
    });
  }

  /** Open what tells which variables hold the memory. */
  async memory(): Promise<void> {
    const name = this._trans.__('Memory');
    const place: Variable = { name, path: [['memory']], kind: 'other', type: '' };
    await this._open('memory', place, async document => {
      const { MemoryView } = await import('../views/memory');
      return new MemoryView(document, this._trans, chosen => {
        document.watch.model.select(keyOf([['name', chosen]]));
        void this._app.commands.execute(CommandIDs.open);
      });
    });
  }

  private async _open(
    what: string,
    variable: Variable,
    make: (document: IDocument) => Promise<Widget>
  ): Promise<void> {
    const { document } = this._actions;
    if (!document) {
      return;
    }
    const { shell } = this._app;
    const id = `livens-${what}-${document.widget.id}-${keyOf(variable.path)}`;
    const known = this._tabs.get(id);
    if (known && !known.isDisposed) {
      shell.activateById(id);
      return;
    }
    const content = await make(document);
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
    shell.activateById(id);
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
}
