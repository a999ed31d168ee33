// Who is let in, by which link; and whether everybody can use the page.

import { violations } from '../browser/axe.mjs';
import { expect, Repl, test } from './page.mjs';
import { address, token } from './server.mjs';

test('without a token the page asks for it, and keeps it out of the address', async ({
  browser,
  join
}) => {
  const ann = await join();
  await expect(ann.line).toHaveText('connected');
  expect(ann.page.url()).toBe(`${address}/?session=${join.id}`);

  // The link has no token unless somebody asks for it.
  await ann.page.getByRole('button', { name: 'Share' }).click();
  const link = ann.page.getByRole('textbox', { name: 'Link' });
  await expect(link).toHaveValue(`${address}/?session=${join.id}`);
  await ann.page.getByRole('checkbox', { name: /With the token/ }).check();
  await expect(link).toHaveValue(`${address}/?session=${join.id}&token=${token}`);

  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${address}/?session=${join.id}`);
  const field = page.getByLabel('Token');
  await field.fill('wrong');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('does not know this token');
  expect(await violations(page, 'body')).toEqual([]);
  await field.fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(new Repl(page).line).toHaveText('connected');
  expect(page.url()).toBe(`${address}/?session=${join.id}`);
  const scriptsKnow = await page.evaluate(() =>
    JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])
  );
  expect(scriptsKnow).not.toContain(token);
  await context.close();
});

test('sessions are started, joined and ended from the list', async ({ join }) => {
  const { page } = await join();
  await page.getByRole('button', { name: 'Sessions' }).click();
  await expect(page.getByRole('link', { name: join.id })).toBeVisible();
  expect(await violations(page, 'body')).toEqual([]);
  await page.getByLabel('Name of a new session').fill('not / allowed');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('1 to 64 letters');
  await page.getByRole('link', { name: join.id }).click();
  await expect(new Repl(page).line).toHaveText('connected');
  await page.goBack();
  await page.getByRole('button', { name: `End ${join.id}` }).click();
  await page.getByRole('button', { name: 'End the session' }).click();
  await expect(page.getByRole('link', { name: join.id })).toHaveCount(0);
  await page.getByLabel('Name of a new session').fill(join.id);
  await page.keyboard.press('Enter');
  const repl = new Repl(page);
  await repl.run('1 + 1');
  await expect(repl.entry('1 + 1').locator('.lv-mod-result')).toHaveText('2');
});

const LOOKS = [
  { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 800 } }
];

for (const look of LOOKS) {
  const { colorScheme, viewport } = look;
  test(`axe finds nothing, ${colorScheme}, ${viewport.width} px wide`, async ({
    join
  }) => {
    const ann = await join(look);
    const { page } = ann;
    await ann.run(
      'import sys\ntree = {"a": [1, 2.5]}  # a comment\nprint("out"); "text"'
    );
    await ann.run('print("err", file=sys.stderr)\n1/0');
    await expect(ann.entry('1/0')).toHaveAttribute('data-state', 'failed');
    await ann.variables.locator('.lv-Row[data-name="tree"] .lv-Caret').click();
    await expect(ann.value("'a'")).toBeVisible();
    await expect.poll(() => violations(page, 'body')).toEqual([]);
    const ground = await page.evaluate(
      () => getComputedStyle(document.querySelector('.lv-Panel')).backgroundColor
    );
    expect(ground).toBe(
      colorScheme === 'dark' ? 'rgb(30, 30, 30)' : 'rgb(255, 255, 255)'
    );
    // Nothing is wider than the screen.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(
      viewport.width
    );
    await page.getByRole('button', { name: 'History' }).click();
    await expect(page.getByRole('option').first()).toBeVisible();
    expect(await violations(page, 'dialog')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Share' }).click();
    expect(await violations(page, 'dialog')).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    if (process.env.LIVENS_PICTURES) {
      const name = `page-${colorScheme}-${viewport.width}.png`;
      await page.screenshot({ path: `${process.env.LIVENS_PICTURES}/${name}` });
    }
  });
}
