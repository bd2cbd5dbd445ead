// Uses the site as a person would, and looks at what comes of it: drive.mjs SITE [SCREENSHOTS]
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const [built, shots] = process.argv.slice(2);
const require = createRequire(path.join(process.env.MODULES, 'x.js'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const KINDS = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json' };
/** Paths that fail once. */
const broken = new Set();
const server = createServer((request, answer) => {
  const asked = new URL(request.url, 'http://127.0.0.1').pathname.replace(/\/$/, '/index.html');
  try {
    if (broken.delete(asked)) throw new Error('broken');
    const body = readFileSync(path.join(built, path.normalize(asked)));
    answer.writeHead(200, { 'content-type': KINDS[path.extname(asked)] ?? 'application/octet-stream' }).end(body);
  } catch {
    answer.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const site = `http://127.0.0.1:${server.address().port}/`;
const address = `${site}playground/`;

const HUB = `resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: 'hub'
}
resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: 'vpn'
  location: 'westeurope'
  properties: {
    virtualHub: { id: hub.id }
  }
}
resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
  name: 'er'
  location: 'westeurope'
  properties: {
    virtualHub: { id: hub.id }
    autoScaleConfiguration: { bounds: { min: 1 } }
  }
}
`;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
const asked = [];
let checks = 0;
const ok = (what) => console.log(`${String(++checks).padStart(3)}  ${what}`);

async function surroundings(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  context.on('request', (request) => asked.push(request.url()));
  const page = await context.newPage();
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  return { context, page, wrong };
}

/** Waits until what is shown is about the last change, also of another document. */
async function settled(page, act) {
  await page.evaluate(() => delete document.documentElement.dataset.turn);
  await act();
  await page.waitForFunction(() => document.documentElement.dataset.turn !== undefined, undefined, { timeout: 30_000 });
}

async function write(page, text) {
  await page.locator('.cm-content').click();
  await page.keyboard.press('ControlOrMeta+a');
  await settled(page, () => page.keyboard.insertText(text));
}

const summary = (page) => page.locator('#summary').textContent();
const text = (page) => page.evaluate(() => document.querySelector('.cm-content').innerText);

async function accessible(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  const said = violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => `${node.html.slice(0, 120)} ${node.failureSummary}`).join(' | ')}`);
  assert.deepEqual(said, [], what);
  ok(`accessible: ${what}`);
}

async function shot(page, name) {
  if (shots) await page.screenshot({ path: path.join(shots, `${name}.png`) });
}

// A race is typed, is shown, is fixed, and is no longer shown.
const { context, page, wrong } = await surroundings();
await settled(page, () => page.goto(address));
assert.match(await summary(page), /error/);
ok('the example of the first page races');
await shot(page, 'desk-light');
await write(page, HUB);
assert.equal(await page.locator('.card[data-rule=hub-gateways]').count(), 1);
assert.ok((await page.locator('.cm-lintRange-error').count()) >= 2);
ok('a race that is typed is a card and underlined at both writers');
await accessible(page, 'findings');
await settled(page, () => page.locator('.apply').first().click());
assert.match(await summary(page), /^No race found: /);
assert.match(await text(page), /dependsOn: \[\s*vpn\s*\]/);
ok('its remedy is applied, and nothing is left');
await page.locator('.cm-content').click();
await settled(page, () => page.keyboard.press('ControlOrMeta+z'));
assert.match(await summary(page), /1 error/);
ok('the remedy is undone as one step');

// The views.
for (const [tab, selector] of [['graph', '.graph svg'], ['schedule', '.chart li'], ['errors', '#pasted']]) {
  await page.locator(`#tab-${tab}`).click();
  await page.locator(selector).first().waitFor();
  await accessible(page, tab);
  await shot(page, `desk-light-${tab}`);
}
await page.locator('#tab-schedule').click();
await page.locator('#moment').focus();
for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowRight');
assert.match(await page.locator('#moment-said').textContent(), /^At 0:05: vpn, er; at once on one object: vpn, er\. After the remedy: vpn\.$/);
ok('the moment says who runs, and who races');
await page.locator('#tab-graph').click();
const box = () => page.locator('.graph svg').getAttribute('viewBox');
const all = await box();
await page.locator('.graph').focus();
await page.keyboard.press('+');
assert.notEqual(await box(), all);
await page.keyboard.press('0');
assert.equal(await box(), all);
ok('the graph is enlarged and shown whole by keys');
await page.locator('#tab-findings').focus();
await page.keyboard.press('ArrowRight');
assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-graph');
ok('arrows move between the views');

// An error is answered.
await page.locator('#tab-errors').click();
await page.locator('#pasted').fill('{"code":"AnotherOperationInProgress","message":"Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: https://example.invalid/ ","target":"/subscriptions/0/resourceGroups/g/providers/Microsoft.Network/virtualHubs/hub"}');
await page.locator('.answer').first().waitFor();
assert.equal(await page.locator('.answer').first().getAttribute('data-verdict'), 'races');
ok('an error of a race is answered with races');
await page.locator('#pasted').fill('QuotaExceeded: Operation could not be completed as it results in exceeding approved Total Regional Cores quota.');
await page.locator('.answer[data-verdict=other]').first().waitFor();
ok('an error that is no race is answered with what it is');
await page.locator('#tab-findings').click();

// A shared address.
await page.locator('#share').click();
await page.waitForFunction(() => location.hash.startsWith('#code='));
const shared = page.url();
const other = await context.newPage();
await settled(other, () => other.goto(shared));
assert.equal(await text(other), await text(page));
ok(`an address holds the files (${shared.length} characters)`);
await other.goto(`${address}#code=9.AAAA`);
await other.reload();
await other.locator('#said:not(:empty)').waitFor();
assert.match(await other.locator('#said').textContent(), /newer playground/);
ok('an address of another form says so');
await other.close();

// A folder.
const folder = mkdtempSync(path.join(tmpdir(), 'folder-'));
mkdirSync(path.join(folder, 'modules'));
writeFileSync(path.join(folder, 'main.bicep'), HUB.replace(/resource er[^]*/, "module er 'modules/er.bicep' = {\n  name: 'er'\n  params: { hub: hub.id }\n}\n"));
writeFileSync(path.join(folder, 'modules/er.bicep'), "param hub string\nresource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {\n  name: 'er'\n  location: 'x'\n  properties: {\n    virtualHub: { id: hub }\n  }\n}\n");
writeFileSync(path.join(folder, 'picture.png'), 'no text');
await settled(page, () => page.locator('#folder').setInputFiles(folder));
assert.match(await summary(page), /1 error/);
assert.deepEqual(await page.locator('#files [role=tab]').allTextContents(), ['main.bicep', 'modules/er.bicep']);
ok('a folder is opened with its modules');
await write(page, '');
{
  // Drops the folder as from a file manager.
  const session = await context.newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver']) await session.send('Input.dispatchDragEvent', { type, x: 300, y: 400, data });
  await settled(page, () => session.send('Input.dispatchDragEvent', { type: 'drop', x: 300, y: 400, data }));
}
assert.match(await summary(page), /1 error/);
assert.deepEqual(await page.locator('#files [role=tab]').allTextContents(), ['main.bicep', 'modules/er.bicep']);
ok('a folder that is dropped is opened as well');
const times = [];
await page.locator('.cm-content').click();
for (let letter = 0; letter < 30; letter++) {
  await settled(page, () => page.keyboard.insertText(letter % 2 === 0 ? '/' : '/\n'));
  times.push(Number(await page.evaluate(() => document.documentElement.dataset.milliseconds)));
}
times.sort((a, b) => a - b);
console.log(`     a key stroke to its findings: median ${times[15]} ms, 29 of 30 within ${times[28]} ms`);
rmSync(folder, { recursive: true });

// Without a network.
await page.evaluate(() => navigator.serviceWorker.ready);
await page.waitForFunction(async () => (await caches.keys()).length === 1 && (await (await caches.open((await caches.keys())[0])).keys()).length > 5);
await context.setOffline(true);
await settled(page, () => page.goto(`${address}#example=vnet-subnets`));
await settled(page, () => page.reload());
assert.match(await summary(page), /error|warning|No race/);
assert.equal(await page.evaluate(() => document.querySelector('#examples').value), 'vnet-subnets');
ok('it is opened again without a network');
await context.setOffline(false);
assert.deepEqual(wrong, []);
ok('nothing was said on the console');
await context.close();

// An engine that fails to load once is started again.
{
  const { context, page } = await surroundings({ serviceWorkers: 'block' });
  broken.add('/playground/engine.wasm');
  await page.goto(address);
  await page.locator('#said:not(:empty)').waitFor();
  await write(page, HUB);
  assert.match(await summary(page), /1 error/);
  ok('an engine that fails is started anew');
  await context.close();
}

// The other pages of the site.
{
  const { context, page, wrong } = await surroundings();
  for (const name of ['index', 'rules/catalog', 'rules/hub-gateways', 'ci', 'errors']) {
    await page.goto(`${site}${name}.html`);
    await accessible(page, `${name}.html`);
    await shot(page, `site-${name.replace('/', '-')}`);
  }
  await page.locator('#wanted').fill('ruleCollectionGroups');
  assert.match(await page.locator('#count').textContent(), /^[1-9]\d* of \d+$/);
  await page.locator('#pasted').fill('AnotherOperationInProgress on virtualHubs/hub: Another operation on this or dependent resource is in progress. Microsoft.Network/virtualHubs');
  await page.locator('.answer').first().waitFor();
  assert.equal(await page.locator('.answer').first().getAttribute('data-verdict'), 'races');
  await accessible(page, 'errors.html with an answer');
  await page.goto(`${site}rules/hub-gateways.html`);
  await page.locator('.try a').click();
  await page.locator('.card').first().waitFor();
  assert.equal(new URL(page.url()).hash, '#example=hub-gateways');
  ok('errors are answered, entries are found, and a rule opens in the playground');
  assert.deepEqual(wrong, []);
  await context.close();
}

// A phone in dark mode.
for (const [name, options] of [
  ['phone-dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, isMobile: true }],
  ['phone-light', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
  ['desk-dark', { colorScheme: 'dark' }],
]) {
  const { context, page, wrong } = await surroundings({ serviceWorkers: 'block', ...options });
  await settled(page, () => page.goto(address));
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= options.viewport?.width || !options.viewport, 'wider than the screen');
  await shot(page, name);
  await accessible(page, name);
  await page.locator('#tab-schedule').click();
  await page.locator('.chart li').first().waitFor();
  await accessible(page, `${name}, schedule`);
  await page.locator('#schedule').scrollIntoViewIfNeeded();
  await shot(page, `${name}-schedule`);
  assert.deepEqual(wrong, []);
  await context.close();
}

// The report is the same as that of the command line.
{
  const { context, page } = await surroundings({ serviceWorkers: 'block' });
  await page.goto(address);
  await page.evaluate(() => {
    const worker = new Worker('worker.js', { type: 'module' });
    const open = new Map();
    worker.onmessage = ({ data }) => open.get(data.id)(data.value ?? data.failed);
    let last = 0;
    window.ask = (question) => new Promise((done) => (open.set(++last, done), worker.postMessage({ id: last, question })));
  });
  const walk = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? walk(path.join(folder, entry.name)) : [path.join(folder, entry.name)]));
  for (const folder of ['fixtures', process.env.TREE].filter(Boolean)) {
    const all = walk(folder).filter((file) => /\.(bicep|bicepparam|json|jsonc|txt|ya?ml)$/.test(file));
    const files = all.map((file) => ({ path: path.relative(folder, file), text: readFileSync(file, 'utf8') }));
    const answered = await page.evaluate((files) => window.ask({ ask: 'load', files }), files);
    const options = ['--no-config', '--format', 'json', '--level', 'note', '--fail-on', 'never', '.'];
    // The command line runs without restored modules, because the page has none.
    const run = spawnSync(path.resolve(process.env.LINT), options, { cwd: folder, maxBuffer: 1 << 28, env: { ...process.env, HOME: built } });
    const by = (report) => new Map(report.findings.map(({ url, ...finding }) => [finding.fingerprint, finding]));
    const [mine, its] = [by(answered.report), by(JSON.parse(run.stdout.toString()))];
    assert.deepEqual([...mine.keys()].sort(), [...its.keys()].sort());
    for (const [key, finding] of mine) assert.deepEqual(finding, its.get(key));
    assert.ok(mine.size > 0);
    const templates = files.filter((file) => file.path.endsWith('.bicep')).length;
    ok(`the same ${mine.size} findings of ${templates} templates as on the command line`);
  }
  await context.close();
}

// All requests went to this machine.
assert.deepEqual([...new Set(asked.filter((url) => !url.startsWith(site) && !url.startsWith('data:') && !url.startsWith('blob:')))], []);
ok(`${asked.length} requests, all to this machine`);

const playground = path.join(built, 'playground');
const weigh = (file) => gzipSync(readFileSync(path.join(playground, file)), { level: 9 }).length;
const first = readdirSync(playground).filter((file) => statSync(path.join(playground, file)).isFile());
const bytes = first.reduce((sum, file) => sum + weigh(file), 0);
console.log(`     the first load: ${bytes} bytes compressed (${first.map((file) => `${file} ${weigh(file)}`).join(', ')})`);
assert.ok(bytes < 1_500_000);
await browser.close();
server.close();
