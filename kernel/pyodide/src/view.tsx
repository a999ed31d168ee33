/** Shows the variables of a watch by the views of livens' panel. */

import * as React from 'react';
import { type ISignal, Signal } from '@lumino/signaling';
import { createRoot } from 'react-dom/client';
import { VariablesModel } from '../../labextension/src/model/model';
import type { EventParams } from '../../labextension/src/protocol/messages';
import { followColors } from '../../labextension/src/widget/theme';
import type { ITabs } from '../../labextension/src/widget/tabs';
import { type IShownWatch, WidgetView } from '../../labextension/src/widget/view';
import type { Watch } from './watch';

/** A watch, as the views want it. */
class ShownWatch implements IShownWatch {
  constructor(watch: Watch) {
    const { client } = watch;
    this.model.attach(client);
    this.model.phase = 'connecting';
    const onState = (_: unknown, { isComplete }: { isComplete: boolean }) => {
      if (isComplete) {
        this.model.phase = 'live';
      }
    };
    client.changed.connect(onState);
    this._offs = [
      () => client.changed.disconnect(onState),
      watch.on('event', event => {
        this.model.rules.noteFired(event);
        this._notified.emit(event);
      }),
      watch.on('ran', () => this.model.endCell()),
      watch.on('closed', () => {
        this.model.noteEnd('ended', null);
        this.model.attach(null);
        this.model.phase = 'dead';
      })
    ];
    // The watch may have its state already: it is told once more.
    client.request('refresh', {}).catch(() => undefined);
  }

  readonly model = new VariablesModel();
  readonly waitingText = '';
  readonly redrawIn_ms = null;

  get notified(): ISignal<this, EventParams> {
    return this._notified;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Load what draws tables, plots and values. */
  async tabs(): Promise<ITabs> {
    return (await import('../../labextension/src/widget/tabs')).default;
  }

  /** The watch is the program's, whatever is seen of it. */
  setShown(): void {}

  dispose(): void {
    this._isDisposed = true;
    this._offs.forEach(off => off());
    this.model.attach(null);
    Signal.clearData(this);
  }

  private readonly _offs: (() => void)[];
  private _isDisposed = false;
  private readonly _notified = new Signal<this, EventParams>(this);
}

let views = 0;

/**
 * Show the variables of a watch in an element, as the panel of JupyterLab does. The page needs the
 * style sheet `livens-pyodide/view.css`.
 *
 * @returns what takes them away; the watch goes on.
 */
export function showVariables(watch: Watch, element: HTMLElement): () => void {
  const shown = new ShownWatch(watch);
  const node = document.createElement('div');
  node.className = 'lv-Widget';
  element.append(node);
  const forgetColors = followColors(node);
  const root = createRoot(node);
  root.render(<WidgetView watch={shown} id={`lv-pyodide-${++views}`} />);
  return () => {
    root.unmount();
    forgetColors();
    node.remove();
    shown.dispose();
  };
}
