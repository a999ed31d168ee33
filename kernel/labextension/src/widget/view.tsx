/** The widget as a page shows it: the panel's views of one document, in the output of a cell. */

import * as React from 'react';
import type { ISignal } from '@lumino/signaling';
import { useEffect, useMemo, useRef, useState } from 'react';
import {
  addKindCommand,
  addRowCommands,
  CommandIDs,
  HIDEABLE,
  ROW_MENU
} from '../actions/commands';
import { expressionOf } from '../model/format';
import { ViewOptions } from '../model/options';
import type { EventParams, Variable } from '../protocol/messages';
import {
  type IActions,
  type IViewContext,
  type IWatchedDocument,
  ViewContext
} from '../views/context';
import { DocumentView, makeLabels } from '../views/document';
import { useRedrawIn, useSignal } from '../views/hooks';
import { WidgetActions } from './actions';
import { Commands } from './commands';
import { type IItem, type IMenuState, Menu } from './menu';
import { type ISheet, Sheet } from './sheet';
import type { Attach, ITabs } from './tabs';
import { untranslated } from './translation';

const labels = makeLabels(untranslated);

/** What a view of the widget is made of; each has its own menus and notes. */
interface IParts {
  document: IWatchedDocument;
  actions: WidgetActions;
  commands: Commands;
  view: IViewContext;
}

/** Whose variables are shown; the widget's comm brings them, or the socket of a page. */
export interface IShownWatch extends WatchOf<IWatchedDocument> {
  /** Emitted when a rule has fired, or a variable was set aside. */
  readonly notified: ISignal<unknown, EventParams>;
  /** What is waited for; empty if nothing is. */
  readonly waitingText: string;
  /** After how long that may be another text; null if a change of the model tells. */
  readonly redrawIn_ms: number | null;
  /** Load the part of the program that draws tables, plots and values. */
  tabs(): Promise<ITabs>;
}

type WatchOf<T extends { watch: unknown }> = T['watch'];

/** Draw the widget. */
export function WidgetView(props: { watch: IShownWatch; id: string }): JSX.Element {
  const { watch, id } = props;
  const root = useRef<HTMLDivElement>(null);
  const [menu, setMenu] = useState<IMenuState | null>(null);
  const [sheet, setSheet] = useState<ISheet | null>(null);
  const parts = useMemo(() => makeParts(watch, root, setMenu, setSheet), [watch]);
  useEffect(() => {
    const { actions } = parts;
    const tell = (_: unknown, event: Parameters<typeof actions.tell>[0]) =>
      actions.tell(event);
    watch.notified.connect(tell);
    watch.setShown(root, true);
    return () => {
      watch.notified.disconnect(tell);
      watch.setShown(root, false);
    };
  }, [watch, parts]);
  return (
    <ViewContext.Provider value={parts.view}>
      <div className="lv-Panel" ref={root}>
        <Waiting watch={watch} />
        <div className="lv-Body">
          <DocumentView document={parts.document} labels={labels} id={id} />
          {sheet ? <Sheet sheet={sheet} onClose={() => setSheet(null)} /> : null}
        </div>
        <Notes actions={parts.actions} />
        {menu ? <Menu menu={menu} onClose={() => setMenu(null)} /> : null}
      </div>
    </ViewContext.Provider>
  );
}

/** What is shown while an answer is to come: when it will, or that none will. */
function Waiting({ watch }: { watch: IShownWatch }): JSX.Element {
  useSignal(watch.model.changed);
  const redrawIn = useRedrawIn();
  const { redrawIn_ms, waitingText: text } = watch;
  if (redrawIn_ms !== null) {
    redrawIn(redrawIn_ms);
  }
  return (
    <p className="lv-Waiting" role="status" hidden={text === ''}>
      {text}
    </p>
  );
}

/** What there is to tell. */
function Notes({ actions }: { actions: WidgetActions }): JSX.Element {
  useSignal(actions.changed);
  return (
    <div className="lv-Notes" role="log" aria-label={untranslated.__('Notes')}>
      {actions.notes.map((note, i) => (
        <div key={i} className={`lv-Note lv-mod-${note.kind}`}>
          <span>{note.text}</span>
          {note.action ? (
            <button
              className="lv-Button"
              onClick={() => {
                note.action?.run();
                actions.dismiss(note);
              }}
            >
              {note.action.label}
            </button>
          ) : null}
          <button className="lv-Button" onClick={() => actions.dismiss(note)}>
            {note.action && note.kind === 'warning'
              ? untranslated.__('Cancel')
              : untranslated.__('Close')}
          </button>
        </div>
      ))}
    </div>
  );
}

function makeParts(
  watch: IShownWatch,
  root: React.RefObject<HTMLElement>,
  setMenu: (menu: IMenuState | null) => void,
  setSheet: React.Dispatch<React.SetStateAction<ISheet | null>>
): IParts {
  const title = {
    label: untranslated.__('Variables'),
    caption: untranslated.__('Variables')
  };
  const document: IWatchedDocument = { widget: { title }, watch };
  const actions = new WidgetActions(watch.model, untranslated);
  const options = new ViewOptions();
  const commands = new Commands();
  const open = (label: string, x: number, y: number, items: (IItem | null)[]) => {
    const { left, top } = root.current!.getBoundingClientRect();
    setMenu({ label, x: x - left, y: y - top, items });
  };
  const viewActions: IActions = {
    set: (name, expression, path) => actions.set(name, expression, path),
    undo: () => void actions.undo(),
    rename: (name, to) => actions.rename(name, to),
    remove: name => void actions.remove(name),
    addRule: (condition, action) => actions.addRule(condition, action),
    run: command => commands.run(command),
    canRun: command => commands.canRun(command),
    labelOf: command => commands.labelOf(command),
    openMenu: (x, y) => open(untranslated.__('Variable'), x, y, rowItems(commands)),
    openFilterMenu: (x, y) => open(untranslated.__('Show'), x, y, kindItems(commands)),
    switchKernel: () => undefined,
    restoreKept: () => void actions.kept.restoreMissing()
  };
  const view: IViewContext = {
    trans: untranslated,
    options,
    actions: viewActions,
    edit: { start: () => undefined }
  };
  const show = async (variable: Variable, make: (tabs: ITabs) => Attach) => {
    const sheet: ISheet = { title: expressionOf(variable.path) ?? variable.name };
    setSheet(() => sheet);
    try {
      const attach = make(await watch.tabs());
      setSheet(shown => (shown === sheet ? { ...sheet, attach } : shown));
    } catch (error) {
      setSheet(shown => (shown === sheet ? null : shown));
      actions.tellError(error);
    }
  };
  const describe = (error: unknown) => actions.describe(error);
  addRowCommands({
    commands,
    actions,
    edit: (row, field) => view.edit.start(row, field),
    trans: untranslated,
    opener: {
      table: variable =>
        show(variable, tabs =>
          tabs.table(document, variable.path, untranslated, actions.changing)
        ),
      plot: variable =>
        show(variable, tabs => tabs.plot(document, variable.name, untranslated)),
      value: variable =>
        show(variable, tabs =>
          tabs.value(document, variable.path, untranslated, describe)
        )
    }
  });
  addKindCommand({ commands, options, trans: untranslated });
  return { document, actions, commands, view };
}

function rowItems(commands: Commands): (IItem | null)[] {
  const groups = ROW_MENU.map(group => group.filter(id => commands.canRun(id)));
  return groups
    .filter(group => group.length > 0)
    .flatMap((group, i) => [
      ...(i > 0 ? [null] : []),
      ...group.map(id => ({
        label: commands.labelOf(id),
        isChecked: commands.isToggled(id),
        run: () => commands.run(id)
      }))
    ]);
}

function kindItems(commands: Commands): IItem[] {
  return HIDEABLE.map(([kind]) => ({
    label: commands.labelOf(CommandIDs.toggleKind, { kind }),
    isChecked: commands.isToggled(CommandIDs.toggleKind, { kind }),
    run: () => commands.run(CommandIDs.toggleKind, { kind })
  }));
}
