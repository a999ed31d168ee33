// Take the pictures for docs/: `node tests/browser/pictures.mjs URL FOLDER`, with `make lab` running
// at that address (ARGS="--no-browser --LabApp.expose_app_in_browser=True").

import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { Lab } from './lab.mjs';

const [url, folder] = process.argv.slice(2);
const executablePath = process.env.LIVENS_CHROMIUM ?? '/usr/bin/chromium';
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
const browser = await chromium.launch({ executablePath, args });
const page = await browser.newPage({
  baseURL: url,
  viewport: { width: 1180, height: 640 }
});
const lab = new Lab(page);
const shoot = name => page.screenshot({ path: join(folder, name) });

const CELL = `import math, random, time

config = {"rate": 0.02, "layers": [64, 32], "name": "spirals"}

def train(epochs):
    for epoch in range(epochs):
        global loss, accuracy
        loss = math.exp(-epoch / 60) + random.random() / 20
        accuracy = 1 - loss / 2
        time.sleep(0.02)

train(240)`;

await page.goto('/lab/workspaces/pictures');
await lab.ready();
await lab.command('application:toggle-left-area');
await lab.openPanel();
await lab.notebook();
await lab.run('import numpy as np, pandas as pd\nrng = np.random.default_rng(0)');
await lab.run(`samples = pd.DataFrame({
    "price": rng.normal(100, 15, 100_000).round(2),
    "name": rng.choice(["ada", "grace", "linus"], 100_000),
    "count": rng.integers(0, 9, 100_000),
})
weights = rng.normal(size=(20, 30))`);
await lab.start(CELL);
await page.waitForTimeout(2500);
await lab.row('config').locator('.lv-Caret').click();
await lab.row('loss').click();
await page.waitForTimeout(600);
await shoot('panel.png');
await lab.theme('JupyterLab Dark');
await page.waitForTimeout(900);
await shoot('panel-dark.png');
await lab.idle();
await lab.theme('JupyterLab Light');
await lab.row('samples').click();
await lab.command('livens:show-table');
await page.waitForTimeout(1500);
await shoot('panel-table.png');
await lab.row('loss').click();
await lab.command('livens:show-plot');
await page.waitForTimeout(1500);
await shoot('panel-plot.png');
await page.evaluate(() => window.jupyterapp.serviceManager.sessions.shutdownAll());

// Values at the lines of a cell.
await page.setViewportSize({ width: 760, height: 420 });
await page.goto('/lab/workspaces/inline');
await lab.ready();
await lab.command('application:toggle-left-area');
await lab.command('application:toggle-right-area');
await page.evaluate(async () => {
  const { commands } = window.jupyterapp;
  const panel = await commands.execute('notebook:create-new', { kernelName: 'livens' });
  await panel.sessionContext.ready;
});
await page.waitForTimeout(2000);
await lab.execute('import math, random, time');
await lab.start(`def step(epoch):
    noise = random.random() / 20
    time.sleep(0.03)
    return math.exp(-epoch / 60) + noise

rate, names = 0.02, ["ada", "grace"]
for epoch in range(240):
    loss = step(epoch)
    accuracy = 1 - loss / 2`);
await page.waitForTimeout(3000);
await shoot('panel-inline.png');
await page.evaluate(() => window.jupyterapp.serviceManager.sessions.shutdownAll());

// A curve that draws itself; `animate.py` makes one animation of these.
await page.setViewportSize({ width: 960, height: 560 });
await page.goto('/lab/workspaces/live');
await lab.ready();
await lab.command('application:toggle-left-area');
await lab.openPanel();
await lab.notebook();
await lab.execute('import math, random, time');
await lab.start(`def train(epochs):
    global loss
    for epoch in range(epochs):
        loss = math.exp(-epoch / 60) + random.random() / 20
        time.sleep(0.03)

train(240)`);
await lab.row('loss').click();
await page.mouse.move(300, 200);
await lab.command('livens:show-plot');
await lab.page.locator('.lv-Plot canvas').waitFor();
for (let frame = 0; frame < 18; frame++) {
  await page.waitForTimeout(300);
  await shoot(`live-${String(frame).padStart(2, '0')}.png`);
}
await page.evaluate(() => window.jupyterapp.serviceManager.sessions.shutdownAll());
await browser.close();
