/** What all the views are handed. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { createContext, useContext } from 'react';
import type { Path } from '../model/format';
import type { ViewOptions } from '../model/options';
import type { IVariableRow } from '../model/rows';
import type { ICellPlace } from '../tokens';
import type { IWatched } from './tab';

/** A document as its views need it; the widget has one without JupyterLab. */
export interface IWatchedDocument extends IWatched {
  readonly widget: {
    readonly title: { readonly label: string; readonly caption: string };
  };
}

/** What the views ask of their host; `lab/dialogs.ts` and `widget/actions.ts` carry it out. */
export interface IActions {
  /** Go to a cell; missing where the host has no way there. */
  goTo?(place: ICellPlace): void;
  /** Set a variable, or what is below it; resolves to an empty text, or to what is wrong. */
  set(name: string, expression: string, path?: Path): Promise<string>;
  /** Take the last change back. */
  undo(): void;
  rename(name: string, to: string): Promise<string>;
  remove(name: string): void;
  /** Add a rule; resolves as `set` does. */
  addRule(condition: string, action: 'notify' | 'stop'): Promise<string>;
  /** Run one of the commands for the selected row. */
  run(command: string): void;
  /** Whether a command can be run now. */
  canRun(command: string): boolean;
  labelOf(command: string): string;
  openMenu(x: number, y: number): void;
  openFilterMenu(x: number, y: number): void;
  switchKernel(): void;
  /** Load livens into the kernel, which has it not. */
  watchKernel?(): void;
  /** Put a text into the clipboard. */
  copy?(text: string): void;
  /** Restore what an earlier session kept and no variable has; where some has, ask. */
  restoreKept(): void;
  /** Let people choose what to restore; missing where the host has no dialogs. */
  chooseKept?(): void;
}

/** What the views share. */
export interface IViewContext {
  trans: TranslationBundle;
  options: ViewOptions;
  actions: IActions;
  /** Start to edit a row's name or value; the list sets it. */
  edit: { start: (row: IVariableRow, field: 'name' | 'value') => void };
}

export const ViewContext = createContext<IViewContext | null>(null);

export function useView(): IViewContext {
  const context = useContext(ViewContext);
  if (!context) {
    throw new Error('A view of livens was drawn outside of its panel');
  }
  return context;
}
