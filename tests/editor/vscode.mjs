// Acts as a user of VS Code in a browser: opens the hub story, sees both writers underlined, hovers, fixes the race with the light
// bulb, sees that it is gone, and opens timeline and graph.
//   CHROMIUM=… node vscode.mjs ADDRESS FOLDER SCREENSHOTS

import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const [address, folder, shots] = process.argv.slice(2);
fs.mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1360, height: 820 } });
// Slow machines need longer.
page.setDefaultTimeout(90_000);
const shot = (name) => page.screenshot({ path: path.join(shots, `${name}.png`) });

function hold(is, what) {
  if (!is) {
    throw new Error(what);
  }
}

/** A command of the palette. */
async function command(name) {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget input');
  await input.waitFor();
  await input.fill(`>${name}`);
  await page.locator('.quick-input-list .monaco-list-row').first().waitFor();
  await page.keyboard.press('Enter');
}

try {
  await page.goto(`${address}/?folder=${encodeURIComponent(folder)}`);
  await page.locator('.explorer-folders-view').waitFor();
  await page.locator('.explorer-folders-view').getByText('main.bicep', { exact: true }).dblclick();
  await page.locator('.monaco-editor .view-line').first().waitFor();

  // Both writers are underlined.
  const underlined = page.locator('.monaco-editor .squiggly-error');
  await underlined.nth(1).waitFor();
  hold((await underlined.count()) === 2, `${await underlined.count()} places are underlined, not 2`);
  await page.locator('.monaco-editor').getByText('critical path').first().waitFor();
  await page.locator('.monaco-editor .codelens-decoration').first().waitFor();
  await shot('race');

  // The hover shows the reason. The text covers the underline, so the mouse is moved to the position of the underline.
  const box = await underlined.nth(1).boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 8 });
  const hover = page.locator('.monaco-hover-content').first();
  await hover.waitFor();
  const text = await hover.innerText();
  hold(text.includes('may deploy at the same time'), `the hover says: ${text}`);
  await shot('hover');
  await page.keyboard.press('Escape');

  // The light bulb.
  await page.locator('.view-line').filter({ hasText: 'module er' }).click();
  await page.keyboard.press('Control+.');
  const action = page.locator('.action-widget .monaco-list-row').filter({ hasText: /wait for/ }).first();
  await action.waitFor();
  await shot('light-bulb');
  await action.click();
  await page.locator('.view-line').filter({ hasText: 'dependsOn' }).first().waitFor();
  await underlined.first().waitFor({ state: 'detached' });
  await shot('mended');

  // After an undo the race is there again, and the timeline shows both schedules.
  await page.locator('.view-line').filter({ hasText: 'module er' }).click();
  await page.keyboard.press('Control+z');
  await underlined.nth(1).waitFor();
  await page.locator('.codelens-decoration').filter({ hasText: '2 writers of virtual hub hub, 1 race' }).waitFor();
  for (const [name, kind] of [['Show Predicted Timeline', 'timeline'], ['Show Deployment Graph', 'graph']]) {
    await page.locator('.view-line').filter({ hasText: 'module er' }).first().click();
    await command(`Bicep Races: ${name}`);
    const frame = page.frameLocator('iframe.webview.ready').last().frameLocator('iframe#active-frame');
    await frame.locator('svg').waitFor();
    await shot(kind);
    await page.keyboard.press('Control+F4');
  }
  console.log('vscode: the race was seen, explained, mended and drawn');
} catch (error) {
  await shot('failed');
  console.error(`vscode: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
