/** Keeps what people chose in the panel over a reload of the page. */

import type { IStateDB } from '@jupyterlab/statedb';
import { Debouncer } from '@lumino/polling';
import { checkedOrder } from '../model/columns';
import type { ViewOptions } from '../model/options';

const KEY = 'livens:view';
const SAVE_MS = 500;

/** Restore the options, then save them whenever they change. The search is not kept. */
export async function keepOptions(
  state: IStateDB | null,
  options: ViewOptions
): Promise<void> {
  if (!state) {
    return;
  }
  const saved = await state.fetch(KEY).catch(() => undefined);
  if (saved && typeof saved === 'object' && !Array.isArray(saved)) {
    const { sort, isDescending, group, columns, hiddenColumns } = {
      ...options.value,
      ...saved
    };
    const order = { columns: checkedOrder(columns), hiddenColumns };
    options.update({ sort, isDescending, group, ...order });
  }
  const saver = new Debouncer(async () => {
    const { sort, isDescending, group, columns, hiddenColumns } = options.value;
    const order = { columns: [...columns], hiddenColumns: [...hiddenColumns] };
    await state.save(KEY, { sort, isDescending, group, ...order });
  }, SAVE_MS);
  options.changed.connect(() => void saver.invoke());
}
