/** JupyterLab's commands for kept states; shown only where the kernel keeps some. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandIDs } from '../actions/commands';
import type { States } from '../model/states';
import type { LabActions } from './dialogs';
import { askForget, askRestore, showStates } from './kept_dialogs';
import { labelOf } from './palette';

/** Those that have no need of a cell. */
export const KEPT_COMMANDS = [
  CommandIDs.keep,
  CommandIDs.restoreKept,
  CommandIDs.showKept,
  CommandIDs.forgetKept
];

/** What the commands need. */
export interface IKeptCommandOptions {
  app: JupyterFrontEnd;
  actions: LabActions;
  trans: TranslationBundle;
}

/** Add the commands. */
export function addKeptCommands({ app, actions, trans }: IKeptCommandOptions): void {
  const { kept } = actions;
  const add = (
    id: string,
    label: string,
    caption: string,
    execute: (states: States) => unknown,
    isToggled?: () => boolean
  ): void => {
    const isOffered = () => kept.states !== null;
    app.commands.addCommand(id, {
      label: labelOf(label),
      caption,
      isVisible: isOffered,
      isEnabled: isOffered,
      execute: () => (kept.states ? execute(kept.states) : undefined),
      ...(isToggled ? { isToggled, isToggleable: true } : {})
    });
  };
  add(
    CommandIDs.keep,
    trans.__('Keep Variables'),
    trans.__('Keep what each cell changes, so that it outlives the kernel'),
    states => kept.keep(!states.isOn),
    () => kept.states?.isOn === true
  );
  add(
    CommandIDs.restoreKept,
    trans.__('Restore Kept Variables…'),
    trans.__('Set variables to what the session before kept of them'),
    states => askRestore(states, kept, trans)
  );
  add(
    CommandIDs.showKept,
    trans.__('Show Kept States…'),
    trans.__('Show what each cell changed, and go back to before it'),
    states => showStates(states, kept, trans)
  );
  add(
    CommandIDs.forgetKept,
    trans.__('Forget Kept States…'),
    trans.__('Remove what was kept'),
    states => askForget(states, kept, trans)
  );
  const cell = () => cellOf(app.contextMenuHitTest(isCell), actions);
  app.commands.addCommand(CommandIDs.backBeforeCell, {
    label: trans.__('Variables: Go Back to before This Cell'),
    isVisible: () => kept.states?.isOn === true,
    isEnabled: () => cell() !== null,
    execute: () => {
      const number = cell();
      return number === null ? undefined : kept.back(number, false);
    }
  });
}

function isCell(node: HTMLElement): boolean {
  return node.classList.contains('jp-Cell');
}

/** The number of the cell that was pointed at; null where it cannot be gone back to before it. */
function cellOf(node: HTMLElement | undefined, actions: LabActions): number | null {
  const place = node ? actions.document?.cellAt?.(node) : null;
  return place ? (actions.kept.states?.cellToGoBackTo(place) ?? null) : null;
}
