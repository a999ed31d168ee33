/**
 * What anywidget loads: a page's end of `livens.widget.VariablesWidget`.
 *
 * All views of one widget in a page share its model, so that a second one needs nothing of the
 * kernel. The keys that are pressed in here are not the notebook's.
 */

import * as React from 'react';
import { UUID } from '@lumino/coreutils';
import { createRoot } from 'react-dom/client';
import type { IHostModel } from './channel';
import { followColors } from './theme';
import { WidgetView } from './view';
import { WidgetWatch } from './watch';

let views = 0;

/** Begin with one widget; anywidget calls it for each. */
function makeWidget() {
  let watch: WidgetWatch | null = null;

  const initialize = ({ model }: { model: IHostModel }): (() => void) => {
    const made = new WidgetWatch(model, UUID.uuid4());
    watch = made;
    const onPageHide = () => made.dispose();
    window.addEventListener('pagehide', onPageHide);
    return () => {
      window.removeEventListener('pagehide', onPageHide);
      made.dispose();
    };
  };

  const render = ({ model, el }: { model: IHostModel; el: HTMLElement }) => {
    if (!watch) {
      throw new Error('A view of livens was drawn before its widget was there');
    }
    const node = document.createElement('div');
    node.className = 'lv-Widget';
    const onHeight = () => (node.style.height = String(model.get('height')));
    onHeight();
    model.on('change:height', onHeight);
    // JupyterLab would take the keys for the notebook's: two times D deletes the cell.
    node.addEventListener('keydown', event => {
      if (!event.ctrlKey && !event.metaKey) {
        event.stopPropagation();
      }
    });
    // JupyterLab would open its own menu as well, which takes the focus from ours.
    node.addEventListener('contextmenu', event => event.stopPropagation());
    el.append(node);
    const forgetColors = followColors(node);
    const root = createRoot(node);
    root.render(<WidgetView watch={watch} id={`lv-widget-${++views}`} />);
    return () => {
      model.off('change:height', onHeight);
      forgetColors();
      root.unmount();
      node.remove();
    };
  };

  return { initialize, render };
}

export default makeWidget;
