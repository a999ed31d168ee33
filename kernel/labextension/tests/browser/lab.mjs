// What the tests do in JupyterLab, in the words of the tests.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test as base } from '@playwright/test';

const NOTEBOOK = {
  cells: [
    {
      cell_type: 'code',
      id: 'first',
      metadata: {},
      source: '',
      outputs: [],
      execution_count: null
    }
  ],
  metadata: { kernelspec: { name: 'livens', display_name: '', language: 'python' } },
  nbformat: 4,
  nbformat_minor: 5
};

/** Write a notebook with one empty cell where the server finds it. */
export function writeNotebook(name) {
  writeFileSync(join(process.env.LIVENS_HOME, name), JSON.stringify(NOTEBOOK));
}

/** A page with JupyterLab in it. */
export class Lab {
  constructor(page) {
    this.page = page;
    this.panel = page.locator('.lv-Panel');
    this.list = this.panel.getByRole('treegrid');
  }

  /** Load JupyterLab in a workspace of this test's own, with the panel open. */
  async open({ workspace = `w${Date.now()}`, panel = true } = {}) {
    this.workspace = workspace;
    await this.page.goto(`/lab/workspaces/${workspace}`);
    await this.ready();
    if (panel) {
      await this.openPanel();
    }
  }

  async ready() {
    await this.page.waitForFunction(() => window.jupyterapp?.restored);
    await this.page.evaluate(() => window.jupyterapp.restored);
    await this.splashGone();
  }

  /**
   * Wait until JupyterLab's splash has faded. Each loading of a theme shows it, and takes it away
   * 200 ms after its end: for two within that time JupyterLab removes it twice, an error of the page.
   */
  splashGone() {
    return expect(this.page.locator('#jupyterlab-splash')).toHaveCount(0);
  }

  async theme(theme) {
    await this.command('apputils:change-theme', { theme });
    await expect(this.page.locator('body')).toHaveAttribute('data-jp-theme-name', theme);
    await this.splashGone();
  }

  async openPanel() {
    await this.command('livens:open');
    await expect(this.panel).toBeVisible();
  }

  command(id, args = {}) {
    return this.page.evaluate(
      ([id, args]) => void window.jupyterapp.commands.execute(id, args),
      [id, args]
    );
  }

  /** Make a notebook and wait until its kernel is there. */
  async notebook(kernelName = 'livens') {
    await this.page.evaluate(async kernelName => {
      const { commands } = window.jupyterapp;
      const panel = await commands.execute('notebook:create-new', { kernelName });
      await panel.sessionContext.ready;
    }, kernelName);
    if (kernelName === 'livens') {
      await expect(this.phase).toHaveAttribute('data-phase', 'live');
    }
  }

  get phase() {
    return this.panel.locator('.lv-Phase');
  }

  /** Write code into the active cell and run it; returns at once. */
  async start(code) {
    await this.page.evaluate(code => {
      const { shell, commands } = window.jupyterapp;
      const cell = shell.currentWidget.content.activeCell;
      cell.model.sharedModel.setSource(code);
      void commands.execute('notebook:run-cell-and-insert-below');
    }, code);
  }

  /** Write code into the active cell, run it, and wait for its end. */
  async run(code) {
    await this.start(code);
    await this.idle();
  }

  /** Wait until the kernel has nothing to do, and no cell is marked as running. */
  async idle() {
    await this.page.waitForFunction(() => {
      const panel = window.jupyterapp.shell.currentWidget;
      const marks = [...panel.node.querySelectorAll('.jp-InputPrompt')];
      return (
        panel.sessionContext.session?.kernel?.status === 'idle' &&
        !marks.some(mark => mark.textContent.includes('[*]'))
      );
    });
  }

  row(name) {
    return this.list.locator(`.lv-Row[data-name="${name}"]`);
  }

  value(name) {
    return this.row(name).locator('.lv-Preview');
  }

  search(text) {
    return this.panel.getByRole('searchbox').fill(text);
  }

  scroll(top) {
    return this.list.evaluate((node, top) => {
      node.scrollTop = top;
      return new Promise(resolve =>
        requestAnimationFrame(() => requestAnimationFrame(resolve))
      );
    }, top);
  }

  /** Choose from the menu of a row. */
  async menu(name, item) {
    await this.row(name).locator('.lv-Name').click({ button: 'right' });
    await this.choose(item);
  }

  choose(item) {
    return this.page.locator('.lm-Menu-item', { hasText: item }).click();
  }

  /** Run code in the kernel of the notebook, without its cells. */
  async execute(code) {
    await this.page.evaluate(async code => {
      const panel = [...window.jupyterapp.shell.widgets('main')].find(
        w => w.sessionContext
      );
      await panel.sessionContext.session.kernel.requestExecute({ code }).done;
    }, code);
  }

  /** The names of the rows that are drawn, from the top. */
  names() {
    return this.list.evaluate(node =>
      [...node.querySelectorAll('.lv-Row[data-name]')]
        .map(row => [Number(row.getAttribute('aria-rowindex')), row.dataset.name])
        .sort(([a], [b]) => a - b)
        .map(([, name]) => name)
    );
  }
}

export const test = base.extend({
  lab: async ({ page }, use) => {
    const problems = [];
    page.on('dialog', dialog => dialog.accept());
    page.on('pageerror', error => problems.push(error.stack || String(error)));
    const lab = new Lab(page);
    await lab.open();
    await use(lab);
    expect(problems).toEqual([]);
    await page.evaluate(() => window.jupyterapp.serviceManager.sessions.shutdownAll());
  }
});

export { expect };
