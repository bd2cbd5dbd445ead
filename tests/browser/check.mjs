// Draws every picture of a folder in headless Chromium and says what is wrong with it.
//   node check.mjs FOLDER [SHOTS]
// *.mmd are drawn by the mermaid package with its default limits, *.svg are opened in light and dark, *.html are
// opened in both, on a phone and on a desk, and judged by axe. Screenshots go to SHOTS where it is named.
import { readdir, readFile, mkdir, access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';

const [folder, shots] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node check.mjs FOLDER [SHOTS]');
  process.exit(2);
}
const require = createRequire(import.meta.url);
const mermaidScript = require.resolve('mermaid/dist/mermaid.min.js');
const axeScript = require.resolve('axe-core/axe.min.js');
// Names in the fixtures try to run this; nothing else in a page of ours calls it.
const alarm = () => { window.alarm = 0; window.alert = () => { window.alarm += 1; }; };

const browser = await puppeteer.launch({
  executablePath: await chromium(),
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
if (shots) await mkdir(shots, { recursive: true });
let passed = 0;
let failed = 0;
try {
  const names = (await readdir(folder)).sort();
  for (const name of names) {
    const check = { '.mmd': mermaid, '.svg': svg, '.html': html }[path.extname(name)];
    if (!check) continue;
    const faults = await check(path.resolve(folder, name)).catch((error) => [String(error.message ?? error)]);
    if (faults.length === 0) passed += 1; else failed += 1;
    for (const fault of faults) console.error(`${name}: ${fault}`);
  }
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

async function chromium() {
  const known = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  for (const candidate of known.filter(Boolean)) {
    if (await access(candidate).then(() => true, () => false)) return candidate;
  }
  throw new Error('no Chromium: set CHROMIUM to its path');
}

async function open(scheme, width) {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.evaluateOnNewDocument(alarm);
  return page;
}

async function shoot(page, file, kind) {
  if (shots) await page.screenshot({ path: path.join(shots, `${path.basename(file)}.${kind}.png`), fullPage: true });
}

async function mermaid(file) {
  const page = await open('light', 1200);
  try {
    await page.setContent('<!doctype html><title>mermaid</title><main id="out"></main>');
    await page.addScriptTag({ path: mermaidScript });
    const text = await readFile(file, 'utf8');
    const fault = await page.evaluate(async (source) => {
      window.mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' });
      try {
        const { svg } = await window.mermaid.render('drawn', source);
        document.getElementById('out').innerHTML = svg;
      } catch (error) {
        return String(error.message ?? error);
      }
      if (document.querySelector('#out [aria-roledescription="error"]')) return 'mermaid drew an error';
      return document.querySelector('#out script') ? 'a script came through' : null;
    }, text);
    await shoot(page, file, 'light');
    return [fault, await alarmed(page)].filter(Boolean);
  } finally {
    await page.close();
  }
}

async function svg(file) {
  const faults = [];
  for (const scheme of ['light', 'dark']) {
    const page = await open(scheme, 1000);
    const requests = watch(page, file);
    await page.goto(pathToFileURL(file).href);
    const told = await page.evaluate(() => ({
      root: document.documentElement.localName,
      broken: document.querySelector('parsererror')?.textContent ?? null,
      title: document.querySelector('svg > title')?.textContent ?? '',
      script: document.querySelector('script, foreignObject, [onload], [onclick]') !== null,
      outside: [...document.querySelectorAll('text')].filter((text) => {
        const [box, sheet] = [text.getBoundingClientRect(), document.documentElement.getBoundingClientRect()];
        return box.left < sheet.left - 1 || box.right > sheet.right + 1;
      }).map((text) => text.textContent),
    }));
    if (told.root !== 'svg' || told.broken) faults.push(`not well-formed: ${told.broken ?? told.root}`);
    if (!told.title) faults.push('no title');
    if (told.script) faults.push('something that runs');
    for (const text of told.outside) faults.push(`text outside the picture: ${text}`);
    faults.push(...requests, ...[await alarmed(page)].filter(Boolean));
    await shoot(page, file, scheme);
    await page.close();
  }
  return [...new Set(faults)];
}

async function html(file) {
  const faults = [];
  for (const [scheme, width] of [['light', 1200], ['dark', 1200], ['light', 375], ['dark', 375]]) {
    const page = await open(scheme, width);
    const requests = watch(page, file);
    await page.goto(pathToFileURL(file).href);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wide > 1) faults.push(`${width}px: the page is ${wide}px too wide`);
    await page.addScriptTag({ path: axeScript }).catch(() => page.evaluate(require('axe-core').source));
    const { violations } = await page.evaluate(() => window.axe.run(document));
    for (const { id, help, nodes } of violations) {
      faults.push(`axe ${id} (${scheme}, ${width}px): ${help}, ${nodes.length} times, ${nodes[0].target.join(' ')}`);
    }
    faults.push(...requests, ...[await alarmed(page)].filter(Boolean));
    await shoot(page, file, `${scheme}.${width}`);
    await page.close();
  }
  return [...new Set(faults)];
}

// A self-contained page asks for nothing but itself.
function watch(page, file) {
  const faults = [];
  page.on('request', (request) => {
    const own = request.url() === pathToFileURL(file).href || request.url().startsWith('data:');
    if (!own) faults.push(`asks for ${request.url()}`);
  });
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  return faults;
}

async function alarmed(page) {
  const alarm = await page.evaluate(() => window.alarm);
  return alarm ? 'text of the template ran as a script' : null;
}
