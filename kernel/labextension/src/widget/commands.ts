/** The commands of one widget: what JupyterLab's registry does, as far as the views ask for it. */

import type { CommandRegistry } from '@lumino/commands';
import type { ICommandTable } from '../actions/commands';

type Options = CommandRegistry.ICommandOptions;
type Args = Parameters<Options['execute']>[0];

/** A table of commands. */
export class Commands implements ICommandTable {
  addCommand(id: string, options: Options): void {
    this._commands.set(id, options);
  }

  canRun(id: string, args: Args = {}): boolean {
    const options = this._commands.get(id);
    return options !== undefined && (options.isEnabled?.(args) ?? true);
  }

  run(id: string, args: Args = {}): void {
    if (this.canRun(id, args)) {
      this._commands.get(id)!.execute(args);
    }
  }

  labelOf(id: string, args: Args = {}): string {
    const label = this._commands.get(id)?.label ?? id;
    return typeof label === 'function' ? label(args) : label;
  }

  /** Whether a command is switched on; undefined if it is none that can be. */
  isToggled(id: string, args: Args = {}): boolean | undefined {
    return this._commands.get(id)?.isToggled?.(args);
  }

  private readonly _commands = new Map<string, Options>();
}
