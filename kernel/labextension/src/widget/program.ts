/**
 * Loads the second part of the widget's program. anywidget takes one module, which goes over the
 * wire with each widget; the other part is three times as large, and the kernel sends it on request.
 */

import type { ITabs } from './tabs';

/** Make a module of its text, as anywidget does with the first part. */
export async function importTabs(text: string): Promise<ITabs> {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  try {
    const module = (await import(/* @vite-ignore */ url)) as { default: ITabs };
    return module.default;
  } finally {
    URL.revokeObjectURL(url);
  }
}
