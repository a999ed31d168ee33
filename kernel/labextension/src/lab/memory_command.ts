/** The command that shows what holds the kernel's memory. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandIDs } from '../actions/commands';
import type { LabActions } from './dialogs';
import type { Opener } from './opener';

/** Add the command. */
export function addMemoryCommand(
  commands: JupyterFrontEnd['commands'],
  actions: LabActions,
  opener: Opener,
  trans: TranslationBundle
): void {
  commands.addCommand(CommandIDs.showMemory, {
    label: trans.__('Show What Holds Memory'),
    isEnabled: () => actions.model?.offers('memory') === true,
    execute: () => opener.memory()
  });
}
