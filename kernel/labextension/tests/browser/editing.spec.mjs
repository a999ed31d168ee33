import { violations } from './axe.mjs';
import { expect, test } from './lab.mjs';

test('what is below a variable is edited, and what is wrong stands below the field', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run(
    [
      'import dataclasses',
      '@dataclasses.dataclass(frozen=True)',
      'class Frozen:\n    lr: float = 0.1',
      'config = {"lr": 0.1, "sizes": [1, 2], "fixed": (1, 2), "frozen": Frozen()}',
      'same = config'
    ].join('\n')
  );
  const edit = async (row, value) => {
    await row.locator('.lv-Preview').dblclick();
    const field = lab.panel.getByLabel(/^New value of/);
    const before = await field.inputValue();
    await field.fill(value);
    await page.keyboard.press('Enter');
    return before;
  };
  await lab.row('config').locator('.lv-Caret').click();
  expect(await edit(lab.row("'lr'"), "config['lr'] / 2")).toBe('0.1');
  await expect(lab.value("'lr'")).toHaveText('0.05');
  await expect(lab.value('same')).toContainText('0.05');
  await lab.row("'sizes'").locator('.lv-Caret').click();
  await edit(lab.row('1'), '1 / 0');
  await expect(lab.row('1').getByRole('alert')).toContainText('ZeroDivisionError');
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await edit(lab.row('1'), '20');
  await expect(lab.value('1')).toHaveText('20');
  await lab.row("'sizes'").locator('.lv-Caret').click();
  await lab.row("'frozen'").locator('.lv-Caret').click();
  await edit(lab.row('lr'), '1.0');
  await expect(lab.row('lr').getByRole('alert')).toContainText('FrozenInstanceError');
  await page.keyboard.press('Escape');
  await lab.row("'fixed'").locator('.lv-Caret').click();
  await lab.value('0').dblclick();
  await expect(lab.panel.getByLabel(/^New value of/)).toHaveCount(0); // a tuple's item
  await lab.run('assert same is config and config["sizes"] == [1, 20]\nok = True');
  await expect(lab.value('ok')).toHaveText('True');
});

test('an edit, a new name and a deletion are taken back, with the same object', async ({
  lab,
  page
}) => {
  await lab.notebook();
  await lab.run('items = [object(), 2]\nbefore = id(items)\nd = {"k": items}');
  await lab.menu('items', 'Delete');
  await expect(lab.row('items')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(lab.row('items')).toBeVisible();
  await lab.run('assert id(items) == before\nfirst = True');
  await expect(lab.value('first')).toHaveText('True');
  await lab.row('d').locator('.lv-Caret').click();
  await lab.row("'k'").click();
  await page.keyboard.press('Shift+F2');
  await lab.panel.getByLabel("New value of 'k'").fill('None');
  await page.keyboard.press('Enter');
  await expect(lab.value("'k'")).toHaveText('None');
  await lab.list.focus();
  await page.keyboard.press('Control+z');
  await expect(lab.value("'k'")).toContainText('object');
  await lab.run('assert d["k"] is items\nsecond = True');
  await expect(lab.value('second')).toHaveText('True');
  await lab.row('before').click();
  await page.keyboard.press('F2');
  await lab.panel.getByLabel('New name of before').fill('after');
  await page.keyboard.press('Enter');
  await expect(lab.row('after')).toBeVisible();
  await lab.list.focus();
  await page.keyboard.press('Control+z');
  await expect(lab.row('before')).toBeVisible();
  await lab.value('before').dblclick();
  await lab.panel.getByLabel('New value of before').fill('5');
  await page.keyboard.press('Enter');
  await expect(lab.value('before')).toHaveText('5');
  await lab.run('before = 6');
  const toast = page.locator('.Toastify__toast', { hasText: 'Changed before' });
  await toast.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('.Toastify')).toContainText('another value since');
  await expect(lab.value('before')).toHaveText('6');
});

test('cells of a frame are edited, sorted and filtered too', async ({ lab, page }) => {
  await lab.notebook();
  await lab.run(
    'import pandas as pd\ndf = pd.DataFrame({"n": [3, 1, 2], "s": ["c", "a", "b"]})\nkeep = df'
  );
  await lab.menu('df', 'Show Table');
  const table = page.locator('.lv-Table');
  const grid = table.locator('.lv-Grid');
  await expect(table.locator('.lv-TableStatus')).toContainText('3 × 2');
  /** Open the field over a cell: places in the grid, not in the frame. */
  const open = async (row, column) => {
    const at = await page.evaluate(
      ([row, column]) => {
        const panel = [...window.jupyterapp.shell.widgets('main')].find(w =>
          w.content?.hasClass('lv-Table')
        );
        const grid = panel.content._grid;
        return {
          x: grid.headerWidth + grid.columnOffset('body', column) + 10,
          y: grid.headerHeight + grid.rowOffset('body', row) + 10
        };
      },
      [row, column]
    );
    await grid.dblclick({ position: at });
    const field = table.getByLabel(/^New value of row/);
    await expect(field).not.toHaveValue('');
    return field;
  };
  const head = column => ({ x: column, y: 8 });
  let field = await open(1, 0);
  await expect(field).toHaveValue('1');
  await field.fill('1.5');
  await page.keyboard.press('Enter');
  await expect(table.getByRole('alert')).toContainText(
    '1.5 would become 1 in an array of int64'
  );
  await field.fill('10');
  await page.keyboard.press('Enter');
  await expect(field).toHaveCount(0);
  await grid.click({ position: head(100) });
  await expect
    .poll(() =>
      page.evaluate(() => {
        const panel = [...window.jupyterapp.shell.widgets('main')].find(w =>
          w.content?.hasClass('lv-Table')
        );
        return panel.content._grid.dataModel.data('body', 0, 0);
      })
    )
    .toBe('2');
  field = await open(0, 1); // the first as it is sorted is the last of the frame
  await expect(field).toHaveValue("'b'");
  await field.fill("'changed'");
  await page.keyboard.press('Enter');
  await expect(field).toHaveCount(0);
  field = await open(0, 1);
  await field.fill("'again'");
  await page.keyboard.press('Enter');
  await expect(field).toHaveCount(0);
  await expect(grid).toBeFocused();
  await page.keyboard.press('Control+z');
  await expect
    .poll(async () => {
      const inside = await open(0, 1);
      const text = await inside.inputValue();
      await page.keyboard.press('Escape');
      return text;
    })
    .toBe("'changed'");
  await lab.execute(
    'assert keep is df and df["n"].tolist() == [3, 10, 2]\nassert df["s"].tolist() == ["c", "a", "changed"]\nok = True'
  );
  await expect(lab.value('ok')).toHaveText('True');
});
