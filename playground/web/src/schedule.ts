// The schedule: a bar for each declaration, as it is and after the remedy, with a moment that can be moved.

import { clock, element } from './dom.js';
import type { Drawn, Row, Schedule } from './protocol.js';

/** The moment that was chosen last: it stays while the text changes. */
let chosen = 0;

export function schedule(drawn: Drawn): HTMLElement {
  const { now, after } = drawn.timeline.timelines[0];
  const longest = Math.max(now.totalMinutes, after?.totalMinutes ?? 0, 1);
  const said = element('output', { id: 'moment-said', for: 'moment' });
  const range = element('input', { id: 'moment', type: 'range', min: '0', max: String(longest), step: '1', value: String(Math.min(chosen, longest)) });
  const charts = [chart(after ? 'As it is' : 'Predicted', now, longest), after ? chart('After the remedy', after, longest) : null];
  const whole = element('div', { class: 'schedules' });
  const move = () => {
    const minute = Number(range.value);
    chosen = minute;
    whole.style.setProperty('--moment', String(minute / longest));
    said.textContent = `At ${clock(minute)}: ${told(now, minute)}${after ? `. After the remedy: ${told(after, minute)}` : ''}.`;
  };
  range.addEventListener('input', move);
  whole.append(
    element('p', { class: 'slider' }, element('label', { for: 'moment' }, 'Moment '), range, said),
    ...charts.filter((one) => one !== null),
    element('p', { class: 'dim' }, 'Minutes are typical ones; a bar with a dashed edge is a guess.'),
  );
  move();
  return whole;
}

function runs(row: Row, minute: number): boolean {
  return row.startMinute !== null && row.endMinute !== null && row.startMinute <= minute && minute < row.endMinute;
}

function told(schedule: Schedule, minute: number): string {
  const leaf = (at: number) => !schedule.rows.some((row) => row.parent === at);
  const running = schedule.rows.filter((row, at) => leaf(at) && runs(row, minute));
  if (running.length === 0) return minute >= schedule.totalMinutes ? 'all is done' : 'nothing runs';
  const racing = running.filter((row) => row.contested.some((span) => span.startMinute <= minute && minute < span.endMinute));
  const names = running.slice(0, 6).map((row) => row.name).join(', ') + (running.length > 6 ? ` and ${running.length - 6} more` : '');
  return racing.length > 0 ? `${names}; at once on one object: ${racing.map((row) => row.name).join(', ')}` : names;
}

function depth(rows: Row[], at: number): number {
  let deep = 0;
  for (let row = rows[at]; row.parent !== null; row = rows[row.parent]) deep += 1;
  return deep;
}

function chart(title: string, schedule: Schedule, longest: number): HTMLElement {
  const rows = schedule.rows.map((row, at) => {
    const [start, end] = [row.startMinute ?? 0, row.endMinute ?? 0];
    const bar = element('span', { class: `bar${row.critical ? ' critical' : ''}${row.assumed ? ' assumed' : ''}` });
    bar.style.left = `${(100 * start) / longest}%`;
    bar.style.width = `${(100 * (end - start)) / longest}%`;
    const contested = row.contested.map((span) => {
      const part = element('span', { class: 'bar contested' });
      part.style.left = `${(100 * span.startMinute) / longest}%`;
      part.style.width = `${(100 * (span.endMinute - span.startMinute)) / longest}%`;
      return part;
    });
    const isRun = row.startMinute !== null;
    const words = isRun ? `${clock(start)} to ${clock(end)}` : 'is not deployed';
    const name = element('span', { class: 'name', title: row.type }, row.name);
    name.style.paddingInlineStart = `${depth(schedule.rows, at)}em`;
    const said = `${words}${row.critical ? ', on the critical path' : ''}${contested.length > 0 ? ', races' : ''}`;
    return element(
      'li',
      {},
      name,
      element('span', { class: 'track', 'aria-hidden': 'true' }, isRun ? bar : null, ...contested),
      element('span', { class: 'time' }, isRun ? `${clock(start)}–${clock(end)}` : '—'),
      element('span', { class: 'hidden' }, said),
    );
  });
  const total = schedule.reliable ? clock(schedule.totalMinutes) : `${clock(schedule.totalMinutes)}, if nothing fails`;
  return element('section', {}, element('h2', {}, `${title}: ${total}`), element('ol', { class: 'chart' }, ...rows));
}
