// The search of the site: for an error the engine gives an answer; for a word the list shows only the entries that contain it.

import { byId } from './dom.js';
import { Engine } from './engine.js';
import { answers } from './errors.js';

const engine = new Engine('playground/worker.js', (why) => {
  byId('answers').textContent = `It could not be answered: ${why}.`;
});
const pasted = byId<HTMLTextAreaElement>('pasted');
const wanted = byId<HTMLInputElement>('wanted');
const rows = [...document.querySelectorAll<HTMLTableRowElement>('#entries tbody tr')];

async function explain(): Promise<void> {
  const text = pasted.value.trim();
  const found = text === '' ? [] : answers(await engine.explain(text));
  if (text === pasted.value.trim()) byId('answers').replaceChildren(...found);
}

function filter(): void {
  const words = wanted.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const text = `${row.textContent ?? ''} ${row.dataset.codes ?? ''}`.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    if (!row.hidden) shown += 1;
  }
  byId('count').textContent = `${shown} of ${rows.length}`;
}

pasted.addEventListener('input', () => void explain());
wanted.addEventListener('input', filter);
filter();
