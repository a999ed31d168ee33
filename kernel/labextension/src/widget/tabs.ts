/**
 * What draws tables, plots and values: the second part of the widget's program, which a page loads
 * when it needs it (`program.ts`). All of Lumino's widgets are in here and nowhere else.
 */

import type { TranslationBundle } from '@jupyterlab/translation';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { Path } from '../model/format';
import type { IWatchedDocument } from '../views/context';
import { TableView } from '../views/grid';
import { PlotView } from '../views/plot';
import { ValueView } from '../views/value';

/** Puts a view into an element; returns what takes it away. */
export type Attach = (host: HTMLElement) => () => void;

/** What the first part calls. */
export interface ITabs {
  table(...args: ConstructorParameters<typeof TableView>): Attach;
  plot(document: IWatchedDocument, name: string, trans: TranslationBundle): Attach;
  value(
    document: IWatchedDocument,
    path: Path,
    trans: TranslationBundle,
    describe: (error: unknown) => string
  ): Attach;
}

function attach(content: Widget): Attach {
  return host => {
    Widget.attach(content, host);
    const resize = () =>
      MessageLoop.sendMessage(content, Widget.ResizeMessage.UnknownSize);
    const observer = new ResizeObserver(resize);
    observer.observe(host);
    return () => {
      observer.disconnect();
      content.dispose();
    };
  };
}

const tabs: ITabs = {
  table: (...args) => attach(new TableView(...args)),
  plot: (...args) => attach(new PlotView(...args)),
  value: (...args) => attach(new ValueView(...args))
};

export default tabs;
