// What one person does in a session.

import { expect, test } from './page.mjs';

test('outputs stand in order: text, errors, images, HTML', async ({ join }) => {
  const ann = await join();
  await ann.run(
    [
      'import sys',
      'from IPython.display import HTML, Image, SVG, display',
      'print("first", flush=True)',
      'print("second", file=sys.stderr, flush=True)',
      `dot = bytes.fromhex("${DOT}")`,
      'display(Image(dot))',
      'display(HTML("<b>bold</b>"))',
      "display(SVG(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>\"))",
      'handle = display("not yet", display_id=True)',
      'handle.update("now")',
      '1/0'
    ].join('\n')
  );
  const entry = ann.entry('first');
  await expect(entry).toHaveAttribute('data-state', 'failed');
  const outputs = entry.locator('.lv-Output');
  await expect(outputs).toHaveCount(7);
  await expect(outputs.nth(0)).toHaveText('first');
  await expect(outputs.nth(1)).toHaveText('stderrsecond');
  await expect.poll(() => widthOf(outputs.nth(2).locator('img'))).toBe(1);
  await expect(outputs.nth(3).frameLocator('iframe').locator('b')).toHaveText('bold');
  await expect.poll(() => widthOf(outputs.nth(4).locator('img'))).toBe(9);
  await expect(outputs.nth(5)).toHaveText("'now'");
  await expect(outputs.nth(6)).toContainText('ZeroDivisionError: division by zero');

  // The newest stays in sight, also when a frame turns out to be tall.
  await ann.run('HTML("<p style=\'height: 3000px\'>tall</p>")');
  const frame = ann.entry('tall').locator('iframe');
  await expect.poll(async () => (await frame.boundingBox()).height).toBeGreaterThan(3000);
  await ann.run('"the last"');
  await expect(ann.entry('the last').locator('.lv-mod-result')).toBeInViewport();
});

test('HTML of the code reaches neither the page nor the server nor the network', async ({
  join
}) => {
  const ann = await join();
  await ann.run(`from IPython.display import HTML; HTML('''${ATTACK}''')`);
  const report = ann.page.frameLocator('iframe.lv-Html').locator('#report');
  await expect(report).toHaveText(
    'origin null; parent SecurityError; cookies SecurityError; ' +
      'storage SecurityError; fetch TypeError; top SecurityError'
  );
  expect(await ann.page.title()).not.toBe('reached');
  expect(await ann.page.evaluate(() => window.reached)).toBeUndefined();
  const frame = ann.page.locator('iframe.lv-Html');
  await expect.poll(async () => (await frame.boundingBox()).height).toBeLessThan(20_001);
  await expect(ann.line).toHaveAttribute('data-state', 'open');
});

test('history by the arrows and by search, completion by the kernel', async ({
  join
}) => {
  const ann = await join();
  const { page, input } = ann;
  await ann.run('a_long_name = 1');
  await ann.run('other = 2');
  await expect(ann.entry('other')).toHaveAttribute('data-state', 'done');
  await page.keyboard.insertText('draft');
  await page.keyboard.press('ArrowUp');
  await expect(input).toHaveText('other = 2');
  await page.keyboard.press('ArrowUp');
  await expect(input).toHaveText('a_long_name = 1');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(input).toHaveText('draft');
  await page.keyboard.press('Control+r');
  await page.getByRole('combobox', { name: 'Search earlier inputs' }).fill('LONG');
  const found = page.getByRole('listbox', { name: 'Inputs' }).getByRole('option');
  await expect(found).toHaveText(['a_long_name = 1']);
  await page.keyboard.press('Enter');
  await expect(input).toHaveText('a_long_name = 1');
  await expect(input).toBeFocused();

  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('"😀", a_lo');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('option', { name: 'a_long_name' })).toBeVisible();
  // CodeMirror takes no Enter in a list's first 75 ms: it may have come in the middle of typing.
  const seenAt = await page.evaluate(() => Date.now());
  await page.waitForFunction(at => Date.now() - at > 75, seenAt);
  await page.keyboard.press('Enter');
  await expect(input).toHaveText('"😀", a_long_name');
  await page.keyboard.press('Control+Enter');
  await expect(ann.entry('😀').locator('.lv-mod-result')).toHaveText("('😀', 1)");

  // Who comes later has the session's history too; Escape and Tab lead out of the input.
  const bob = await join({ name: 'Bob' });
  await expect(bob.entries).toHaveCount(3);
  await bob.input.click();
  await bob.page.keyboard.press('ArrowUp');
  await expect(bob.input).toHaveText('"😀", a_long_name');
  await bob.page.keyboard.press('Escape');
  await bob.page.keyboard.press('Tab');
  await expect(bob.page.getByRole('button', { name: 'Run' })).toBeFocused();
});

test('tables and plots open beside the code', async ({ join }) => {
  const ann = await join();
  const { variables } = ann;
  await expect(ann.phase).toHaveAttribute('data-phase', 'live');
  await ann.run('import numpy as np\nxs = np.arange(12.0).reshape(3, 4)\nx = 1');
  await ann.run('x = 2');
  await expect(ann.value('x')).toHaveText('2');
  const menu = async (name, item) => {
    await variables.locator(`.lv-Row[data-name="${name}"] .lv-Name`).click({
      button: 'right'
    });
    await variables.getByRole('menuitem', { name: item }).click();
  };
  await menu('xs', 'Show Table');
  await expect(variables.locator('.lv-TableStatus')).toHaveText('3 × 4');
  await ann.page.keyboard.press('Escape');
  await menu('x', 'Plot History');
  await expect(variables.locator('.lv-Plot canvas')).toBeVisible();
  await expect(variables.locator('.lv-TableStatus')).toHaveText('2 points');
});

/** A black dot, as PNG. */
const DOT =
  '89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02' +
  '0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082';

/** Each attempt tells how it failed; the document writes that into itself. */
const ATTACK = `<p id="report"></p><script>
const attempts = {
  parent: () => { parent.document.title = "reached"; },
  cookies: () => document.cookie,
  storage: () => localStorage.length,
  fetch: () => fetch("/sessions"),
  top: () => { top.location.href = "about:blank"; }
};
(async () => {
  const told = ["origin " + origin];
  for (const [name, attempt] of Object.entries(attempts)) {
    try { await attempt(); told.push(name + " worked"); }
    catch (error) { told.push(name + " " + error.name); }
  }
  parent.postMessage({ livensHeight: 1e9 }, "*");
  document.getElementById("report").textContent = told.join("; ");
})();
</script>`;

/** How wide an image is in itself; 0 if it could not be read. */
function widthOf(image) {
  return image.evaluate(node => (node.complete ? node.naturalWidth : 0));
}
