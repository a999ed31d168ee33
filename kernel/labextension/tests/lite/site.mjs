// What the tests do in a JupyterLite site.

import { expect, test as base } from '@playwright/test';
import { Lab } from '../browser/lab.mjs';

export { expect };

const CONFIG = '**/jupyter-lite.json';
const KERNEL = '@jupyterlite/pyodide-kernel-extension:kernel';

/** A page with JupyterLite in it. */
export class Site extends Lab {
  async open({ panel = true } = {}) {
    await this.page.goto('/lab/index.html');
    await this.ready();
    if (panel) {
      await this.openPanel();
    }
  }

  /** Begin a notebook with JupyterLite's kernel for Python. */
  async python() {
    await this.notebook('python');
  }

  /** Open one of the site's notebooks, and wait for its kernel. */
  async example(path) {
    await this.page.evaluate(async path => {
      const panel = await window.jupyterapp.commands.execute('docmanager:open', { path });
      await panel.context.ready;
      await panel.sessionContext.ready;
    }, path);
  }

  /** Bring a notebook to the front, at its last cell. */
  async notebookTab(path) {
    await this.page.evaluate(path => {
      const { shell } = window.jupyterapp;
      const panel = [...shell.widgets('main')].find(w => w.context?.path === path);
      shell.activateById(panel.id);
      panel.content.activeCellIndex = panel.content.widgets.length - 1;
    }, path);
  }

  /** Note all that is told and shown of a variable from now on, for `told` and `shown`. */
  async note(name) {
    await this.list.evaluate((list, name) => {
      const add = (values, text) => {
        if (text !== undefined && text !== values.at(-1)) {
          values.push(text);
        }
      };
      window.noted = { told: [], shown: [] };
      const { told, shown } = window.noted;
      const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
      kernel.iopubMessage.connect((_, { content }) => {
        for (const variable of content.data?.params?.changed ?? []) {
          add(told, variable.name === name ? variable.preview : undefined);
        }
      });
      const preview = `.lv-Row[data-name="${name}"] .lv-Preview`;
      new MutationObserver(() =>
        add(shown, list.querySelector(preview)?.textContent)
      ).observe(list, { subtree: true, childList: true, characterData: true });
    }, name);
  }

  /** Return what was noted. */
  noted() {
    return this.page.evaluate(() => window.noted);
  }
}

/** Take the package that loads livens in each kernel out of what the site says. */
export async function withoutLoader(page) {
  await page.route(CONFIG, async route => {
    const response = await route.fetch();
    const config = await response.json();
    const kernel = config['jupyter-config-data'].litePluginSettings?.[KERNEL];
    if (kernel) {
      const { packages } = kernel.loadPyodideOptions;
      kernel.loadPyodideOptions.packages = packages.filter(
        name => name !== 'livens-lite'
      );
    }
    await route.fulfill({ response, json: config });
  });
}

/** A test in which nothing may ask another host for anything, and the page may raise no error. */
export const test = base.extend({
  site: async ({ page, context, baseURL }, use) => {
    const others = [];
    const problems = [];
    context.on('request', request => {
      const url = request.url();
      if (/^(http|ws)/.test(url) && !url.startsWith(`${baseURL}/`)) {
        others.push(url);
      }
    });
    page.on('pageerror', error => problems.push(error.stack || String(error)));
    await use(new Site(page));
    expect(others).toEqual([]);
    expect(problems).toEqual([]);
  }
});
