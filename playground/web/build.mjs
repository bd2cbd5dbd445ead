// Builds the page: node build.mjs ENGINE OUT. ENGINE is the folder that wasm-bindgen wrote (engine.js, engine_bg.wasm).
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const fixtures = path.join(here, '../../fixtures');
const [engine, out] = process.argv.slice(2).map((argument) => path.resolve(argument));
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await mkdir(path.join(here, 'build'), { recursive: true });
for (const name of ['engine.js', 'engine.d.ts']) await cp(path.join(engine, name), path.join(here, 'build', name));

const shared = { bundle: true, format: 'esm', target: 'es2022', minify: true, logLevel: 'warning', absWorkingDir: here };
await build({ ...shared, entryPoints: ['src/main.ts', 'src/search.ts', 'src/worker.ts'], outdir: out });
await build({ ...shared, entryPoints: ['style.css'], outdir: out });
await cp(path.join(here, 'index.html'), path.join(out, 'index.html'));
await cp(path.join(engine, 'engine_bg.wasm'), path.join(out, 'engine.wasm'));
await writeFile(path.join(out, 'examples.json'), JSON.stringify(await examples()));

// What is kept for later, under a name that changes with any of it.
const files = (await readdir(out)).sort();
const hash = createHash('sha256');
for (const file of files) hash.update(await readFile(path.join(out, file)));
const define = { FILES: JSON.stringify(['./', ...files]), VERSION: JSON.stringify(hash.digest('hex').slice(0, 16)) };
await build({ ...shared, format: 'iife', entryPoints: ['src/service-worker.ts'], outdir: out, define });

/** The hub's story, and the racy story of each entry. */
async function examples() {
  const text = (...parts) => readFile(path.join(fixtures, ...parts), 'utf8');
  const modules = await readdir(path.join(fixtures, 'hub/modules'));
  const hub = async (id, title, folder) => ({
    id,
    title,
    files: [
      ['main.bicep', (await text('hub', folder, 'main.bicep')).replaceAll("'../modules/", "'modules/")],
      ...(await Promise.all(modules.map(async (name) => [`modules/${name}`, await text('hub/modules', name)]))),
    ],
  });
  const all = [
    await hub('hub', 'A Virtual WAN hub: all gateways at once', 'all-parallel'),
    await hub('hub-partly', 'A Virtual WAN hub: partly ordered', 'partly-ordered'),
    await hub('hub-ordered', 'A Virtual WAN hub: ordered', 'ordered'),
  ];
  for (const id of (await readdir(path.join(fixtures, 'catalog'))).sort()) {
    const names = (await readdir(path.join(fixtures, 'catalog', id))).filter((name) => name !== 'ordered.bicep');
    if (!names.includes('racy.bicep')) continue;
    names.sort((a, b) => Number(b === 'racy.bicep') - Number(a === 'racy.bicep') || a.localeCompare(b));
    const files = await Promise.all(names.map(async (name) => [name === 'racy.bicep' ? 'main.bicep' : name, await text('catalog', id, name)]));
    all.push({ id, title: id, files });
  }
  return all;
}
