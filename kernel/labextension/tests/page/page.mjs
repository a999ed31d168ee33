// What the tests of the page share: a session of its own for each, and browsers that are in it.

import { expect, test as base } from '@playwright/test';
import { address, token } from './server.mjs';

export { expect };

/** The page in one browser. */
export class Repl {
  constructor(page) {
    this.page = page;
    this.input = page.getByRole('textbox', { name: 'Python code' });
    this.entries = page.getByRole('article');
    this.line = page.locator('.lv-Line');
    this.variables = page.getByRole('complementary', { name: 'Variables' });
    this.phase = this.variables.locator('.lv-Phase');
  }

  /** Write code and run it. */
  async run(code) {
    await this.input.click();
    await this.page.keyboard.insertText(code);
    await this.page.keyboard.press('Shift+Enter');
  }

  /** The entry of some code. */
  entry(code) {
    return this.entries.filter({ has: this.page.locator('.lv-Code', { hasText: code }) });
  }

  value(name) {
    return this.variables.locator(`.lv-Row[data-name="${name}"] .lv-Preview`);
  }
}

export const test = base.extend({
  /** Open a browser of its own in the session; what its policy forbids fails the test. */
  join: async ({ browser }, use, { testId }) => {
    const id = `page-${testId}`;
    const contexts = [];
    const violations = [];
    const join = async ({ name = 'Ann', session = id, make = true, ...options } = {}) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      await context.addInitScript(name => {
        localStorage.setItem('livens.name', name);
        addEventListener('securitypolicyviolation', event =>
          console.error(`forbidden: ${event.violatedDirective} ${event.blockedURI}`)
        );
      }, name);
      const page = await context.newPage();
      page.on('console', message => {
        if (message.text().startsWith('forbidden:')) {
          violations.push(message.text());
        }
      });
      if (make) {
        await page.request.post(`${address}/sessions/${session}?token=${token}`);
      }
      await page.goto(`${address}/?session=${session}&token=${token}`);
      return new Repl(page);
    };
    join.id = id;
    await use(join);
    expect(violations).toEqual([]);
    await Promise.all(contexts.map(context => context.close()));
    await fetch(`${address}/sessions/${id}?token=${token}`, { method: 'DELETE' });
  }
});
