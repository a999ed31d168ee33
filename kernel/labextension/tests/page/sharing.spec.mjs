// Several browsers in one session.

import { expect, test } from './page.mjs';

const LOOP = [
  'import time',
  'step = 0',
  'while True:',
  '    step += 1',
  '    if step % 20 == 0: print("step", step)',
  '    time.sleep(0.01)'
].join('\n');

test('two browsers see each other’s outputs and variables while code runs', async ({
  join
}) => {
  const ann = await join({ name: 'Ann' });
  const bob = await join({ name: 'Bob' });
  await expect(bob.phase).toHaveAttribute('data-phase', 'live');
  await ann.run(LOOP);
  for (const repl of [ann, bob]) {
    await expect(repl.entry('step += 1')).toHaveAttribute('data-state', 'running');
    await expect(repl.line).toContainText('code runs');
    await seesChanges(repl.value('step'), 3);
    await seesChanges(repl.entry('step += 1').locator('.lv-mod-stdout'), 2);
  }
  await expect(bob.entry('step += 1').locator('.lv-By')).toHaveText('Ann');
  await expect(ann.entry('step += 1').locator('.lv-By')).toHaveText('Ann (you)');
  await bob.run('step = "Bob was here"');
  await expect(bob.entry('Bob was here')).toHaveAttribute('data-state', 'waiting');
  await bob.page.getByRole('button', { name: 'Interrupt' }).click();
  for (const repl of [ann, bob]) {
    await expect(repl.entry('step += 1').locator('.lv-mod-error')).toContainText(
      'KeyboardInterrupt'
    );
    await expect(repl.entry('step += 1')).toHaveAttribute('data-state', 'failed');
    await expect(repl.entry('Bob was here')).toHaveAttribute('data-state', 'done');
    await expect(repl.value('step')).toHaveText("'Bob was here'");
  }
  // Who comes late is told the last of it, and once.
  const eve = await join({ name: 'Eve' });
  await expect(eve.entries).toHaveCount(2);
  await expect(eve.value('step')).toHaveText("'Bob was here'");
});

test('a lost line is told, and what went on meanwhile is there when it is back', async ({
  join
}) => {
  const ann = await join({ name: 'Ann' });
  const bob = await join({ name: 'Bob' });
  await expect(ann.phase).toHaveAttribute('data-phase', 'live');
  await ann.run('print("before")\nx = 1');
  await expect(ann.entry('before')).toHaveAttribute('data-state', 'done');
  await ann.page.context().setOffline(true);
  await expect(ann.line).toContainText('connection lost');
  await expect(ann.phase).not.toHaveAttribute('data-phase', 'live');
  await bob.run('x = 2');
  await expect(bob.value('x')).toHaveText('2');
  await expect(ann.value('x')).toHaveText('1');
  await ann.page.context().setOffline(false);
  await expect(ann.line).toContainText('connected again');
  await expect(ann.phase).toHaveAttribute('data-phase', 'live');
  await expect(ann.value('x')).toHaveText('2');
  await expect(ann.entries).toHaveCount(2);
  await expect(ann.entry('before').locator('.lv-mod-stdout')).toHaveText('before');
});

test('a session that ends says so to all, and none is made by looking at it', async ({
  join
}) => {
  const ann = await join({ name: 'Ann' });
  const bob = await join({ name: 'Bob' });
  await expect(bob.phase).toHaveAttribute('data-phase', 'live');
  await ann.run('x = 1');
  await expect(bob.value('x')).toHaveText('1');
  await ann.page.getByRole('button', { name: 'End', exact: true }).click();
  await ann.page.getByRole('button', { name: 'End the session' }).click();
  for (const repl of [ann, bob]) {
    await expect(repl.line).toHaveText('session ended');
    await expect(repl.page.getByRole('alert').first()).toContainText('has ended');
    await expect(repl.phase).toHaveAttribute('data-phase', 'ended');
    await expect(repl.input).toHaveCount(0);
  }
  const eve = await join({ name: 'Eve', make: false });
  await expect(eve.page.getByRole('alert').first()).toContainText('There is no session');
  await eve.page.getByRole('button', { name: 'Start one of this name' }).click();
  await expect(eve.phase).toHaveAttribute('data-phase', 'live');
  await eve.run('"x" in globals()');
  await expect(eve.entry('globals').locator('.lv-mod-result')).toHaveText('False');
});

test('a kernel that is started again leaves no page with what is gone', async ({
  join
}) => {
  const ann = await join({ name: 'Ann' });
  await expect(ann.phase).toHaveAttribute('data-phase', 'live');
  await ann.run('gone = 1');
  await expect(ann.value('gone')).toHaveText('1');
  await ann.run('import os, signal; os.kill(os.getpid(), signal.SIGKILL)');
  await expect(ann.page.locator('.lv-Restarted')).toBeVisible();
  await expect(ann.phase).toHaveAttribute('data-phase', 'died');
  await ann.run('new = 2');
  await expect(ann.value('new')).toHaveText('2');
  await expect(ann.value('gone')).toHaveCount(0);
  await expect(ann.phase).toHaveAttribute('data-phase', 'live');
});

/** Wait until the text of something has changed so often. */
async function seesChanges(locator, times) {
  for (let i = 0; i < times; i++) {
    const before = await locator.textContent();
    await expect(locator).not.toHaveText(before);
  }
}
