// An error of a deployment, answered as `explain` does.

import { element, prose } from './dom.js';
import type { Answered } from './protocol.js';

export function answers(all: Answered[]): HTMLElement[] {
  if (all.length === 0) return [element('p', {}, 'No error is in this text.')];
  return all.slice(0, 10).map(answer);
}

function answer(answered: Answered): HTMLElement {
  const said = answered.message.replace(/\s+/g, ' ').slice(0, 300);
  const head = element('h2', {}, answered.code, answered.code !== '' && said !== '' && said !== answered.code ? `: ${said}` : said === answered.code ? '' : said);
  const on = answered.targets.length > 0 ? element('p', { class: 'dim' }, `on ${answered.targets[0]}`) : null;
  const races = answered.races.map((race) =>
    element(
      'div',
      { class: 'cause' },
      element('h3', {}, element('span', { class: `level ${race.level ?? 'note'}` }, race.level ?? 'off'), ` ${race.title}`),
      race.level && race.why ? element('p', {}, element('b', {}, 'Why '), 'both ', ...prose(race.why)) : null,
      race.lookFor.length > 0 ? element('p', {}, element('b', {}, 'Look for '), race.lookFor.join(', ')) : null,
      race.remedy ? element('p', {}, element('b', {}, 'Remedy '), ...prose(race.remedy)) : null,
      element('p', {}, element('a', { href: race.url, rel: 'noreferrer', target: '_blank' }, race.entry)),
    ),
  );
  const verdict = {
    races: answered.races.length === 1 ? 'This may come from this race:' : 'This may come from these races, the likeliest first:',
    common: 'So many kinds of races show this that it says nothing of one of them. What failed, and on what, says more. Some of them:',
    other: 'No race in the template:',
    unknown: 'Nothing is known of it; that is no reason to think of a race.',
  }[answered.verdict];
  const other = answered.other;
  return element(
    'article',
    { class: 'card answer', 'data-verdict': answered.verdict },
    head,
    on,
    element('p', {}, verdict),
    ...races,
    other && answered.verdict !== 'other' ? element('p', {}, 'Or no race in the template:') : null,
    other ? element('div', { class: 'cause' }, element('h3', {}, other.title), element('p', {}, ...prose(other.what)), element('p', {}, element('b', {}, 'To do '), ...prose(other.todo))) : null,
  );
}
