/** Opens a row as what it is: what a double click does. */

import { CommandIDs } from '../actions/commands';
import type { IVariableRow } from '../model/rows';
import type { IViewContext } from './context';

/** What a value can be opened as, the fullest first. */
const AS = [CommandIDs.showTable, CommandIDs.showPlot, CommandIDs.showValue];

/** Open a row, which is selected: as a table, as a curve, or its value; locals cannot be asked for. */
export function openRow({ actions }: IViewContext, row: IVariableRow): void {
  const command = AS.find(command => actions.canRun(command));
  if (row.origin !== 'frame' && command) {
    actions.run(command);
  }
}
