// Draws every picture of a folder in headless Chromium and prints its faults.
//   node check.mjs FOLDER [SHOTS]
// *.mmd and the drawings in *.md are drawn by the mermaid package with its default limits; *.svg are opened in light and
// dark mode; *.html are opened in both modes, as wide as a phone and as a desktop, and checked by axe. Screenshots go to
// SHOTS if it is given.
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
// Names in the fixtures try to call `alert`; nothing else in the tool's pages calls it.
const alarm = () => { window.alarm = 0; window.alert = () => { window.alarm += 1; }; };

const browser = await puppeteer.launch({
  executablePath: await chromium(),
  headless: true,
  // Only the whole run has a time limit, because a slow page may be the fault of a busy machine.
  protocolTimeout: 0,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
if (shots) await mkdir(shots, { recursive: true });
let passed = 0;
let failed = 0;
try {
  const queue = (await readdir(folder)).sort();
  const work = async () => {
    for (let name = queue.shift(); name; name = queue.shift()) await judge(name);
  };
  await Promise.all([work(), work()]);
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

async function judge(name) {
  const check = { '.mmd': mermaid, '.md': markdown, '.svg': svg, '.html': html }[path.extname(name)];
  if (!check) return;
  const start = Date.now();
  const faults = await check(path.resolve(folder, name)).catch((error) => [String(error.message ?? error)]);
  const seconds = (Date.now() - start) / 1000;
  if (seconds > 10) console.log(`${name}: ${seconds.toFixed(0)} seconds`);
  if (faults.length === 0) passed += 1; else failed += 1;
  for (const fault of faults) console.error(`${name}: ${fault}`);
}

async function chromium() {
  const known = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  for (const candidate of known.filter(Boolean)) {
    if (await access(candidate).then(() => true, () => false)) return candidate;
  }
  throw new Error('no Chromium: set CHROMIUM to its path');
}

async function open(scheme, width) {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.evaluateOnNewDocument(alarm);
  return page;
}

async function shoot(page, file, kind) {
  if (!shots) return;
  // Only the beginning of a very long page.
  const [width, height] = await page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return [scrollWidth, Math.min(scrollHeight, 12000)];
  });
  const clip = { x: 0, y: 0, width: Math.max(width, 1), height: Math.max(height, 1) };
  await page.screenshot({ path: path.join(shots, `${path.basename(file)}.${kind}.png`), clip, captureBeyondViewport: true });
}

async function mermaid(file) {
  return drawn(file, [await readFile(file, 'utf8')]);
}

// Draws each drawing of a Markdown file, as a viewer of Markdown would.
async function markdown(file) {
  const text = await readFile(file, 'utf8');
  const drawings = [...text.matchAll(/^```mermaid\n(.*?)^```$/gms)].map(([, drawing]) => drawing);
  const faults = await drawn(file, drawings);
  if (text.length > 65536) faults.push(`${text.length} characters, more than a comment holds`);
  return faults;
}

async function drawn(file, texts) {
  const page = await open('light', 1200);
  try {
    await page.setContent('<!doctype html><title>mermaid</title><main id="out"></main>');
    await page.addScriptTag({ path: mermaidScript });
    const faults = await page.evaluate(async (sources) => {
      window.mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' });
      const faults = [];
      for (const [at, source] of sources.entries()) {
        try {
          const { svg } = await window.mermaid.render(`drawn${at}`, source);
          document.getElementById('out').insertAdjacentHTML('beforeend', svg);
        } catch (error) {
          faults.push(`drawing ${at}: ${error.message ?? error}`);
        }
      }
      if (document.querySelector('#out [aria-roledescription="error"]')) faults.push('mermaid drew an error');
      if (document.querySelector('#out script')) faults.push('a script came through');
      return faults;
    }, texts);
    await shoot(page, file, 'light');
    return [...faults, await alarmed(page)].filter(Boolean);
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
  const axe = await readFile(axeScript, 'utf8');
  const views = [['light', 1200], ['dark', 1200], ['light', 375], ['dark', 375]];
  // A very long page is opened only once, because that takes long enough.
  for (const [scheme, width] of path.basename(file).startsWith('many') ? views.slice(3) : views) {
    const page = await open(scheme, width);
    const requests = watch(page, file);
    const start = Date.now();
    await page.goto(pathToFileURL(file).href);
    const seconds = (Date.now() - start) / 1000;
    if (seconds > 30) faults.push(`the page takes ${seconds} seconds to open`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wide > 1) faults.push(`${width}px: the page is ${wide}px too wide`);
    await shoot(page, file, `${scheme}.${width}`);
    // Through the debugger, because the page's own policy allows no other script.
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document));
    for (const { id, help, nodes } of violations) {
      faults.push(`axe ${id} (${scheme}, ${width}px): ${help}, ${nodes.length} times, ${nodes[0].target.join(' ')}`);
    }
    faults.push(...await filters(page), ...await closed(page));
    faults.push(...requests, ...[await alarmed(page)].filter(Boolean));
    await page.close();
  }
  faults.push(...await onPaper(file), ...await withoutScript(file));
  return [...new Set(faults)];
}

// Every choice of the filter shows exactly as many findings as it says; a search for words shows the right findings.
async function filters(page) {
  return page.evaluate(async () => {
    const faults = [];
    const form = document.getElementById('filter');
    const all = [...document.querySelectorAll('.one')];
    if (all.length === 0) return form.hidden ? [] : ['a filter without anything to filter'];
    if (form.hidden) return ['the filter did not start'];
    const shown = () => all.filter((one) => one.checkVisibility()).length;
    for (const select of form.querySelectorAll('select')) {
      for (const option of select.options) {
        select.value = option.value;
        select.dispatchEvent(new Event('change', { bubbles: true }));
        const said = option.value === '' ? all.length : Number(/\((\d+)\)$/.exec(option.textContent)[1]);
        if (shown() !== said || said === 0) faults.push(`filter ${select.id} ${option.textContent}: ${shown()} shown`);
      }
      select.value = '';
      select.dispatchEvent(new Event('change', { bubbles: true }));
    }
    const type = (words) => {
      form.elements.text.value = words;
      form.elements.text.dispatchEvent(new Event('input', { bubbles: true }));
    };
    type('no finding says these words');
    if (shown() !== 0) faults.push('words that stand nowhere leave something');
    // A link opens its finding, even if a filter hides it.
    const last = all.at(-1);
    location.hash = last.id;
    await new Promise((done) => { window.addEventListener('hashchange', () => setTimeout(done), { once: true }); });
    if (!last.checkVisibility() || !last.querySelector('details').open) faults.push('a link does not open its finding');
    type(last.querySelector('h3').textContent.toUpperCase());
    if (!last.checkVisibility()) faults.push('the own words of a finding do not find it');
    type('');
    if (shown() !== all.length) faults.push('without words not everything is shown');
    document.getElementById('close').click();
    if (document.querySelector('.one > details[open]')) faults.push('not everything was closed');
    document.getElementById('open').click();
    if (document.querySelector('.one > details:not([open])')) faults.push('not everything was opened');
    return [...faults, ...copies(), ...await moves()];

    // The button to copy copies a complete diff, or selects it if the browser refuses to copy.
    function copies() {
      const button = document.querySelector('.copy');
      if (!button) return [];
      const diff = button.closest('.remedy').querySelector('.diff').textContent;
      const isWhole = /^--- a\/.+\n\+\+\+ b\/.+\n@@ /.test(diff) && /^\+/m.test(diff);
      return [button.hidden ? 'a button to copy is hidden' : null, isWhole ? null : `no diff: ${diff}`].filter(Boolean);
    }

    // A picture that is wider than its frame shows a hint, and no other picture does.
    async function moves() {
      await new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
      return [...document.querySelectorAll('div.sheet')].filter((sheet) => sheet.checkVisibility()).flatMap((sheet) => {
        const isWide = sheet.scrollWidth > sheet.clientWidth + 1;
        const isTold = sheet.parentElement.querySelector('.hint').checkVisibility();
        return isWide === isTold ? [] : [`a picture ${isWide ? 'hides' : 'claims'} that it can be moved`];
      });
    }
  });
}

// The page's policy blocks scripts and images that are added to the page.
async function closed(page) {
  return page.evaluate(async () => {
    const faults = [];
    const script = document.createElement('script');
    script.textContent = 'window.alarm += 1';
    document.body.append(script);
    const image = document.createElement('img');
    const loaded = new Promise((done) => { image.onload = () => done(true); image.onerror = () => done(false); });
    image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=';
    document.body.append(image);
    if (await loaded) faults.push('the policy let an image in');
    image.remove();
    return faults;
  });
}

// In print everything is unfolded and nothing is cut off.
async function onPaper(file) {
  const page = await open('light', 794);
  await page.goto(pathToFileURL(file).href);
  await page.emulateMediaType('print');
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  const told = await page.evaluate(() => ({
    folded: document.querySelectorAll('details:not([open])').length,
    wide: document.documentElement.scrollWidth - window.innerWidth,
    filter: document.getElementById('filter').checkVisibility(),
  }));
  await shoot(page, file, 'print');
  if (shots && !path.basename(file).startsWith('many')) await page.pdf({ path: path.join(shots, `${path.basename(file)}.pdf`), format: 'A4' });
  await page.close();
  const faults = [];
  if (told.folded > 0) faults.push(`print: ${told.folded} stay folded`);
  if (told.wide > 1) faults.push(`print: ${told.wide}px too wide`);
  if (told.filter) faults.push('print: the filter is shown');
  return faults;
}

async function withoutScript(file) {
  const page = await open('light', 800);
  await page.setJavaScriptEnabled(false);
  await page.goto(pathToFileURL(file).href);
  const hidden = await page.$$eval('.one', (all) => all.filter((one) => !one.checkVisibility()).length);
  const filter = await page.$eval('#filter', (form) => form.checkVisibility());
  await page.close();
  const faults = hidden > 0 ? [`without script ${hidden} findings are hidden`] : [];
  return filter ? [...faults, 'without script there is a filter that does nothing'] : faults;
}

// A self-contained page requests nothing but itself.
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
