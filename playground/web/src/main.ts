// The page: files on one side, what is found in them on the other.

import { byId, element } from './dom.js';
import { Editor } from './editor.js';
import { Engine } from './engine.js';
import { answers } from './errors.js';
import { chosen, dropped, type Taken } from './files.js';
import { cards, isShown, summary } from './findings.js';
import { graph } from './graph.js';
import type { Checked, Edit, Point, Range, SourceFile } from './protocol.js';
import { schedule } from './schedule.js';
import { LONGEST, pack, unpack } from './share.js';

interface Example {
  id: string;
  title: string;
  files: [string, string][];
}

const EMPTY: SourceFile[] = [{ path: 'main.bicep', text: '' }];

let files: SourceFile[] = [];
let open = '';
let checked: Checked | undefined;
let tab = 'findings';
let examples: Promise<Example[]> | undefined;
/** Counts questions, so that an answer to an older one is not shown. */
let turn = 0;

const engine = new Engine('worker.js', (why) => say(`The engine was started anew: ${why}.`));
const editor = new Editor(byId('editor'), (path, text) => {
  const file = files.find((one) => one.path === path);
  if (!file || file.text === text) return;
  file.text = text;
  void look(() => engine.change(path, text));
});

function say(text: string): void {
  byId('said').textContent = text;
}

async function look(ask: () => Promise<Checked>): Promise<void> {
  const mine = ++turn;
  const begin = performance.now();
  try {
    const answer = await ask();
    if (mine !== turn) return;
    checked = answer;
    byId('summary').textContent = summary(answer.report);
    document.documentElement.dataset.milliseconds = (performance.now() - begin).toFixed(1);
    show();
    document.documentElement.dataset.turn = String(mine);
  } catch (error) {
    if (mine === turn) byId('summary').textContent = `Not checked: ${(error as Error).message}`;
  }
}

async function load(all: SourceFile[], first = ''): Promise<void> {
  files = all.length > 0 ? all : EMPTY.map((file) => ({ ...file }));
  editor.reset(files);
  const main = files.find((file) => file.path === first) ?? files.find((file) => /(^|\/)main\.bicep$/.test(file.path)) ?? files[0];
  openFile(main.path);
  await look(() => engine.load(files));
}

function openFile(path: string): void {
  open = path;
  editor.show(path);
  tabs();
}

function jump(point: Point): void {
  if (files.some((file) => file.path === point.file)) openFile(point.file);
  editor.jump(point);
}

function tabs(): void {
  const list = files.map((file) =>
    element(
      'button',
      { type: 'button', role: 'tab', id: `file-${file.path}`, 'aria-controls': 'editor', 'aria-selected': String(file.path === open), tabindex: file.path === open ? '0' : '-1', click: () => openFile(file.path) },
      file.path,
    ),
  );
  byId('files').replaceChildren(...list);
  byId<HTMLButtonElement>('remove').disabled = files.length < 2;
}

/** Arrow keys in a list of tabs. */
function arrows(list: HTMLElement): void {
  list.addEventListener('keydown', (event) => {
    const all = [...list.querySelectorAll<HTMLElement>('[role=tab]')];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    const next = (to + all.length) % all.length;
    all[next].click();
    list.querySelectorAll<HTMLElement>('[role=tab]')[next].focus();
  });
}

function show(): void {
  if (!checked) return;
  mark(checked);
  for (const one of ['findings', 'graph', 'schedule', 'errors']) {
    const isOpen = one === tab;
    byId(`tab-${one}`).setAttribute('aria-selected', String(isOpen));
    byId(`tab-${one}`).tabIndex = isOpen ? 0 : -1;
    byId(one).hidden = !isOpen;
  }
  if (tab === 'findings') {
    const line = (file: string, number: number) => editor.text(file).split('\n')[number - 1] ?? '';
    const found = cards(checked.report, { jump, apply: (edits) => void apply(edits), applyAll: () => void applyAll(), line });
    byId('findings').replaceChildren(...(found.length > 0 ? found : [element('p', { class: 'clean' }, summary(checked.report))]));
  } else if (tab !== 'errors') void draw(checked);
}

async function draw(of: Checked): Promise<void> {
  const racing = of.report.findings.find(isShown)?.root;
  const isRoot = (path?: string) => path !== undefined && of.roots.includes(path);
  const root = isRoot(open) ? open : (racing ?? of.roots[0]);
  const drawn = root === undefined ? null : await engine.draw(root);
  if (of !== checked) return;
  const nothing = element('p', {}, 'Nothing is deployed here.');
  if (tab === 'graph') byId('graph').replaceChildren(drawn?.graph ? graph(drawn.graph) : drawn ? element('p', {}, 'The graph has too many boxes to be read.') : nothing);
  if (tab === 'schedule') byId('schedule').replaceChildren(drawn && drawn.timeline.timelines[0].now.rows.length > 0 ? schedule(drawn) : nothing);
}

type Marked = Range & { severity: 'error' | 'warning' | 'info'; message: string; actions: { name: string; apply: () => void }[] };

function mark({ report }: Checked): void {
  const marks = new Map<string, Marked[]>();
  const severity = { error: 'error', warning: 'warning', note: 'info' } as const;
  const add = (range: Range, one: Omit<Marked, keyof Range>) => marks.set(range.file, [...(marks.get(range.file) ?? []), { ...range, ...one }]);
  for (const finding of report.findings.filter(isShown)) {
    const fix = finding.fix;
    const actions = fix ? [{ name: 'Order them', apply: () => void apply(fix.edits) }] : [];
    const message = `${finding.message}\n${finding.help}`;
    for (const writer of finding.participants) add(writer, { severity: severity[finding.level], message, actions });
  }
  for (const diagnostic of report.diagnostics) {
    add(diagnostic, { severity: severity[diagnostic.level], message: diagnostic.message, actions: [] });
  }
  editor.mark(marks);
}

/** Applies some edits, the last in a file first, so that the places of the others stay. */
async function apply(edits: Edit[]): Promise<void> {
  const sorted = [...edits].sort((a, b) => b.line - a.line || b.column - a.column);
  for (const edit of sorted) {
    const lines = editor.text(edit.file).split('\n');
    const points = [...lines[edit.line - 1]];
    lines[edit.line - 1] = points.slice(0, edit.column - 1).join('') + edit.insert + points.slice(edit.column - 1).join('');
    await write(edit.file, lines.join('\n'));
  }
}

async function applyAll(): Promise<void> {
  for (const file of await engine.fixed()) await write(file.path, file.text);
}

async function write(path: string, text: string): Promise<void> {
  const isOpen = path === open;
  editor.write(path, text);
  const file = files.find((one) => one.path === path);
  // The editor reports a change of the open file itself.
  if (!isOpen && file && file.text !== text) {
    file.text = text;
    await look(() => engine.change(path, text));
  }
}

function known(): Promise<Example[]> {
  examples ??= fetch('examples.json').then((answer) => answer.json() as Promise<Example[]>);
  return examples;
}

async function example(id: string): Promise<boolean> {
  const found = (await known()).find((one) => one.id === id);
  if (!found) return false;
  await load(found.files.map(([path, text]) => ({ path, text })));
  byId<HTMLSelectElement>('examples').value = id;
  return true;
}

async function fromAddress(): Promise<void> {
  try {
    const shared = await unpack(location.hash);
    if (shared) return await load(shared.files, shared.open);
  } catch (error) {
    say(`The address cannot be opened: ${(error as Error).message}.`);
  }
  const named = /^#example=([\w-]+)$/.exec(location.hash)?.[1];
  const pasted = /^#error=(.+)$/.exec(location.hash)?.[1];
  if (!(named && (await example(named)))) await example('hub');
  if (pasted !== undefined) {
    byId<HTMLTextAreaElement>('pasted').value = decodeURIComponent(pasted);
    choose('errors');
    await explain();
  }
}

async function share(): Promise<void> {
  const fragment = await pack(files, open);
  if (fragment.length > LONGEST) {
    say(`These files are too many for an address (${fragment.length} characters, ${LONGEST} is the most).`);
    return;
  }
  history.replaceState(null, '', fragment);
  try {
    await navigator.clipboard.writeText(location.href);
    say('The address is copied. The files are in it; nothing was sent.');
  } catch {
    say('The address of the page has the files in it now; nothing was sent.');
  }
}

async function explain(): Promise<void> {
  const pasted = byId<HTMLTextAreaElement>('pasted').value.trim();
  byId('answers').replaceChildren(...(pasted === '' ? [] : answers(await engine.explain(pasted))));
}

async function took(taken: Taken): Promise<void> {
  if (taken.files.length === 0) {
    say('There is no template in that: files that end in .bicep, .bicepparam or .json are read.');
    return;
  }
  await load(taken.files);
  say(`${taken.files.length} files are opened; they stay on this machine.${taken.leftOut === '' ? '' : ` ${taken.leftOut}.`}`);
}

function choose(name: string): void {
  if (tab === name) return;
  tab = name;
  show();
}

for (const name of ['findings', 'graph', 'schedule', 'errors']) byId(`tab-${name}`).addEventListener('click', () => choose(name));
arrows(byId('files'));
arrows(byId('tabs'));
byId('share').addEventListener('click', () => void share());
byId('pasted').addEventListener('input', () => void explain());
byId('add').addEventListener('click', () => {
  const path = prompt('Name of the file', 'module.bicep')?.trim().replace(/^\/+/, '');
  if (!path) return;
  if (!files.some((file) => file.path === path)) files.push({ path, text: '' });
  openFile(path);
  void look(() => engine.load(files));
});
byId('remove').addEventListener('click', () => {
  const text = files.find((file) => file.path === open)?.text ?? '';
  if (files.length < 2 || (text !== '' && !confirm(`Remove ${open}?`))) return;
  files = files.filter((file) => file.path !== open);
  void load(files);
});
byId('examples').addEventListener('change', () => {
  const id = byId<HTMLSelectElement>('examples').value;
  if (id !== '') {
    history.replaceState(null, '', `#example=${id}`);
    void example(id);
  }
});
byId<HTMLInputElement>('folder').addEventListener('change', (event) => {
  const list = (event.target as HTMLInputElement).files;
  if (list) void chosen(list).then(took);
});
byId('choose').addEventListener('click', () => byId('folder').click());
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  if (event.dataTransfer) void dropped(event.dataTransfer.items).then(took);
});
addEventListener('hashchange', () => void fromAddress());

void known().then((all) => {
  const options = all.map((one) => element('option', { value: one.id }, one.title));
  byId('examples').append(...options);
});
void fromAddress();
if ('serviceWorker' in navigator) void navigator.serviceWorker.register('service-worker.js').catch(() => undefined);
