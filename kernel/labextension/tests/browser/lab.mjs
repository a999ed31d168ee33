// What the tests do in JupyterLab, in the words of the tests.

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test as base } from '@playwright/test';
import { addressOf, homeOf } from './servers.mjs';

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
  writeFileSync(join(homeOf(), name), JSON.stringify(NOTEBOOK));
}

/** Give the server the settings that a test begins with, whatever the last one chose. */
function writeSettings(theme) {
  const settings = join(homeOf(), 'settings');
  rmSync(settings, { recursive: true, force: true });
  const folder = join(settings, '@jupyterlab/apputils-extension');
  mkdirSync(folder, { recursive: true });
  const write = (plugin, choices) =>
    writeFileSync(join(folder, `${plugin}.jupyterlab-settings`), JSON.stringify(choices));
  // Whether to fetch news is asked of every new user, in front of the panel.
  write('notification', { fetchNews: 'false', checkForUpdates: false });
  write('themes', { theme });
}

/** Wait until an element has shown so many texts, one after the other. */
export async function seesChanges(element, times) {
  const seen = new Set();
  await expect
    .poll(async () => seen.add(await element.textContent()).size, { intervals: [100] })
    .toBeGreaterThan(times);
}

let loops = 0;

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

  /** Wait until nothing is marked as changed any more, and all that fades has faded. */
  async faded() {
    await expect(this.page.locator('.lv-mod-fresh')).toHaveCount(0);
    await this.page.waitForFunction(() =>
      document
        .getAnimations()
        .every(animation => animation.effect.getComputedTiming().endTime === Infinity)
    );
  }

  /** Give the panel a width, in pixels. */
  async panelWidth(width_px) {
    await this.page.evaluate(width_px => {
      const split = window.jupyterapp.shell._hsplitPanel;
      const total = split.node.clientWidth;
      const others = (1 - width_px / total) / 2;
      split.setRelativeSizes(
        split.widgets.map((_, i) => (i === 2 ? width_px / total : others))
      );
    }, width_px);
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

  /**
   * Run a cell whose body is run again and again, until `end` is called; returns at once. So it runs
   * as long as there is something to look at, on a slow machine as on a fast one.
   */
  async loop(body, { before = '', after = '' } = {}) {
    this._endOfLoop = join(homeOf(), `end-${(loops += 1)}`);
    rmSync(this._endOfLoop, { force: true });
    const lines = [...body.split('\n'), 'time.sleep(0.01)'].map(line => `    ${line}`);
    const head = `while not os.path.exists(${JSON.stringify(this._endOfLoop)}):`;
    await this.start(['import os, time', before, head, ...lines, after].join('\n'));
  }

  /** Have the cell of `loop` end. */
  endLoop() {
    writeFileSync(this._endOfLoop, '');
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

  /** Send a signal to the process of the kernel. */
  async signal(number) {
    const id = await this.page.evaluate(
      () => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id
    );
    const found = execFileSync('pgrep', ['-f', `kernel-${id}.json`], {
      encoding: 'utf-8'
    });
    process.kill(Number(found.split('\n')[0]), number);
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

/** A test with a page, and no kernel left behind. */
export const plain = base.extend({
  baseURL: async ({}, use, { parallelIndex }) => {
    await use(addressOf(parallelIndex));
  },
  theme: ['JupyterLab Light', { option: true }],
  page: async ({ page, theme }, use) => {
    writeSettings(theme);
    page.on('dialog', dialog => dialog.accept());
    await use(page);
    const sessions = await (await page.request.get('/api/sessions')).json();
    await Promise.all(
      sessions.map(({ id }) => page.request.delete(`/api/sessions/${id}`))
    );
  }
});

/** A test in JupyterLab with the panel open, in which the page may raise no error. */
export const test = plain.extend({
  lab: async ({ page }, use) => {
    const problems = [];
    page.on('pageerror', error => problems.push(error.stack || String(error)));
    const lab = new Lab(page);
    await lab.open();
    await use(lab);
    expect(problems).toEqual([]);
  }
});

export { expect };
