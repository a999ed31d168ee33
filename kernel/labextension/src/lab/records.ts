/** The records beside a document, which JupyterLab's server reads. */

import type { Contents } from '@jupyterlab/services';
import type { IRunSource } from '../views/plot_bar';

/** How the names of records end. */
export const RECORD_ENDING = '.livens.jsonl';

/** Return the records that are in the folder of a document. */
export function recordsBeside(contents: Contents.IManager, document: string): IRunSource {
  const folder = document.split('/').slice(0, -1).join('/');
  return {
    list: async () => {
      const { content } = await contents.get(folder, { content: true });
      const names = (content as Contents.IModel[]).map(({ name }) => name);
      return names.filter(name => name.endsWith(RECORD_ENDING)).sort();
    },
    read: name => readText(contents, folder ? `${folder}/${name}` : name)
  };
}

/** Return the text of a file. */
export async function readText(
  contents: Contents.IManager,
  path: string
): Promise<string> {
  const { content } = await contents.get(path, {
    type: 'file',
    format: 'text',
    content: true
  });
  return String(content);
}
