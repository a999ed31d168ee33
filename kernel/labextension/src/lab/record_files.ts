/** Records in JupyterLab's file browser: a double click plays them. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  ABCWidgetFactory,
  type DocumentRegistry,
  DocumentWidget
} from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { BoxPanel, type Widget } from '@lumino/widgets';
import { variablesIcon } from './icons';
import { RECORD_ENDING } from './records';

const FILE_TYPE = 'livens-record';
const FACTORY = 'Livens Player';

/** Makes the content of a tab of the text of a record. */
export type MakePlayer = (text: string, path: string) => Promise<Widget>;

/** Have records opened by a player. */
export function addRecordFiles(
  app: JupyterFrontEnd,
  trans: TranslationBundle,
  make: MakePlayer
): void {
  const { docRegistry } = app;
  docRegistry.addFileType({
    name: FILE_TYPE,
    displayName: trans.__('Record of a Run'),
    extensions: [RECORD_ENDING],
    mimeTypes: ['application/jsonl'],
    fileFormat: 'text',
    contentType: 'file',
    icon: variablesIcon
  });
  docRegistry.addWidgetFactory(
    new PlayerFactory(
      {
        name: FACTORY,
        label: trans.__('Livens Player'),
        fileTypes: [FILE_TYPE],
        defaultFor: [FILE_TYPE],
        readOnly: true
      },
      make
    )
  );
}

class PlayerFactory extends ABCWidgetFactory<DocumentWidget> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions<DocumentWidget>,
    private readonly _make: MakePlayer
  ) {
    super(options);
  }

  protected createNewWidget(context: DocumentRegistry.Context): DocumentWidget {
    const content = new PlayerTab(context, this._make);
    return new DocumentWidget({ content, context });
  }
}

/** A tab that is empty until its file has been read. */
class PlayerTab extends BoxPanel {
  constructor(context: DocumentRegistry.Context, make: MakePlayer) {
    super();
    this.addClass('lv-PlayerTab');
    void context.ready.then(async () => {
      const player = await make(context.model.toString(), context.path);
      if (this.isDisposed) {
        player.dispose();
      } else {
        this.addWidget(player);
      }
    });
  }
}
