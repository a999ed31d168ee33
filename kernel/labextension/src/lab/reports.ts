/** Reports of records: livens' part of the server writes them, in a tab beside the player. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { variablesIcon } from './icons';

/** Opens the report of a record; rejects with what is wrong. */
export async function openReport(
  app: JupyterFrontEnd,
  trans: TranslationBundle,
  text: string,
  path: string
): Promise<void> {
  const settings = app.serviceManager.serverSettings;
  const url = `${settings.baseUrl}livens/report`;
  const init = { method: 'POST', body: text, headers: { 'Content-Type': 'text/plain' } };
  const answer = await ServerConnection.makeRequest(url, init, settings);
  if (!answer.ok) {
    throw new Error(await reasonOf(answer, trans, path));
  }
  const frame = document.createElement('iframe');
  // Its script draws curves. It has no origin, so that it reaches nothing of this page.
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.title = trans.__('Report of %1', path);
  frame.srcdoc = await answer.text();
  const content = new Widget({ node: document.createElement('div') });
  content.addClass('lv-Report');
  content.node.append(frame);
  const tab = new MainAreaWidget({ content });
  tab.id = `livens-report-${path}`;
  tab.title.label = trans.__('Report of %1', path.split('/').pop() ?? path);
  tab.title.icon = variablesIcon;
  tab.title.closable = true;
  tab.toolbar.hide();
  const known = [...app.shell.widgets('main')].find(({ id }) => id === tab.id);
  known?.dispose();
  app.shell.add(tab, 'main', { mode: 'tab-after' });
  app.shell.activateById(tab.id);
}

async function reasonOf(
  answer: Response,
  trans: TranslationBundle,
  path: string
): Promise<string> {
  if (answer.status === 404 || answer.status === 405) {
    return trans.__(
      'This server writes no reports: install livens[server] there, or run “jupyter livens report %1”',
      path
    );
  }
  const body = await answer.text();
  try {
    return String((JSON.parse(body) as { message?: string }).message ?? body);
  } catch {
    return body || answer.statusText;
  }
}
