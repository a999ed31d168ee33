/** The commands and the setting of the values in cells. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { CommandIDs } from '../actions/commands';
import type { IDocuments } from '../tokens';
import { type ILine, spokenItems } from './line';
import { LiveRegion } from './live_region';
import type { InlineTracker } from './tracker';

/** What the commands need. */
export interface IInlineCommandOptions {
  commands: CommandRegistry;
  tracker: InlineTracker;
  documents: IDocuments;
  /** Switch on or off, and keep that. */
  setOn: (isOn: boolean) => void;
  trans: TranslationBundle;
}

/** Add the commands. In the palette their names begin with the product's. */
export function addInlineCommands(options: IInlineCommandOptions): void {
  const { commands, tracker, documents, setOn, trans } = options;
  const region = new LiveRegion();
  commands.addCommand(CommandIDs.toggleInline, {
    label: args =>
      args['isPalette']
        ? trans.__('livens: Values in Cells')
        : trans.__('Values in Cells'),
    caption: trans.__('While a cell runs, show at each line what it stored'),
    isToggleable: true,
    isToggled: () => tracker.isOn,
    execute: () => setOn(!tracker.isOn)
  });
  commands.addCommand(CommandIDs.readInline, {
    label: trans.__('livens: Read the Values in This Cell'), // it is found in the palette only
    caption: trans.__('Have a screen reader say what the lines of the cell show'),
    isEnabled: () => tracker.of(documents.current) !== undefined,
    execute: () => {
      const lines = tracker.of(documents.current)?.linesOfActiveCell ?? [];
      const words = lines.map(([number, line]) => spoken(number, line, trans));
      region.say(words.join('; ') || trans.__('No values in this cell'));
    }
  });
}

/** Say what a line shows. */
function spoken(number: number, line: ILine, trans: TranslationBundle): string {
  const items = spokenItems(line);
  const head =
    line.mark === 'running'
      ? trans.__('Line %1 runs', number)
      : trans.__('Line %1', number);
  return items ? `${head}: ${items}` : head;
}

/** Switch on as the setting says, now and when it changes; return what changes it. */
export function followSetting(
  registry: ISettingRegistry | null,
  id: string,
  tracker: InlineTracker,
  changed: () => void
): (isOn: boolean) => void {
  let settings: ISettingRegistry.ISettings | null = null;
  let writing = 0;
  const show = (isOn: boolean) => {
    tracker.isOn = isOn;
    changed();
  };
  const read = () => {
    if (writing === 0) {
      show(settings?.composite['show'] !== false);
    }
  };
  if (!registry) {
    show(true);
  }
  registry
    ?.load(id)
    .then(loaded => {
      settings = loaded;
      settings.changed.connect(read);
      read();
    })
    .catch(error => console.error(`The settings of ${id} cannot be read`, error));
  return isOn => {
    show(isOn);
    // What is read while this is written may be what was chosen before.
    writing += 1;
    Promise.resolve(settings?.set('show', isOn))
      .catch(() => undefined) // settings that nobody may write: chosen for this page only
      .finally(() => (writing -= 1));
  };
}
