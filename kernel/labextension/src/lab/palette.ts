/** How our commands are found in the palette: by the product's name, with which all of them begin. */

import type { ICommandPalette } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

type Args = Readonly<Record<string, unknown>>;

const IN_PALETTE = { isPalette: true };

/** Return the label of a command: in the palette with the product's name, elsewhere without it. */
export function labelOf(label: string): (args: Args) => string {
  return args => (args['isPalette'] ? `livens: ${label}` : label);
}

/** Put commands into the palette. */
export function addToPalette(
  palette: ICommandPalette | null,
  commands: readonly string[],
  trans: TranslationBundle
): void {
  const category = trans.__('Variables');
  for (const command of commands) {
    palette?.addItem({ command, category, args: IN_PALETTE });
  }
}
