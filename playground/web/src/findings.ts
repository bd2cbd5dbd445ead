// Findings as cards: the writers, when and why they race, and the remedy.

import { clock, element, prose } from './dom.js';
import type { Diagnostic, Edit, Finding, Point, Report } from './protocol.js';

export interface Actions {
  jump: (point: Point) => void;
  apply: (edits: Edit[]) => void;
  applyAll: () => void;
  line: (file: string, line: number) => string;
}

export function isShown(finding: Finding): boolean {
  return !finding.suppressed && !finding.baselined;
}

export function summary(report: Report): string {
  const { errors, warnings, notes } = report.summary;
  const { objects, pairs } = report.coverage.decided;
  const many = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  const found = [errors && many(errors, 'error'), warnings && many(warnings, 'warning'), notes && many(notes, 'note')].filter(Boolean);
  const looked = `${many(report.coverage.declarations, 'declaration')}, ${many(objects, 'shared object')} and ${many(pairs, 'pair')} decided`;
  return found.length > 0 ? found.join(', ') : `No race found: ${looked}`;
}

export function cards(report: Report, actions: Actions): HTMLElement[] {
  const findings = report.findings.filter(isShown);
  const order = { error: 0, warning: 1, note: 2 };
  findings.sort((a, b) => order[a.level] - order[b.level]);
  const fixable = findings.filter((finding) => finding.fix);
  const all = element('button', { type: 'button', class: 'primary', id: 'fix-all', click: actions.applyAll }, `Order all of them`);
  const shown: HTMLElement[] = [];
  if (fixable.length > 1) shown.push(element('p', {}, all));
  shown.push(...findings.map((finding) => card(finding, actions)));
  shown.push(...report.diagnostics.map((diagnostic) => note(diagnostic, actions)));
  return shown;
}

function place(point: Point, text: string, actions: Actions): HTMLElement {
  const label = `${point.file}:${point.line}`;
  return element('button', { type: 'button', class: 'place', title: `Show ${label}`, click: () => actions.jump(point) }, text === '' ? label : text);
}

function card(finding: Finding, actions: Actions): HTMLElement {
  const id = finding.entry ?? finding.rule;
  const writers = finding.participants.map((writer) => {
    const through = writer.via.flatMap((via) => [', through ', place(via, via.symbol, actions)]);
    return element('li', {}, place(writer, writer.symbol, actions), element('span', { class: 'type' }, ` ${writer.type}`), ...through);
  });
  const children: (Node | null)[] = [
    element('h2', {}, element('span', { class: `level ${finding.level}` }, finding.level), ' ', ...prose(finding.message)),
    finding.when ? element('p', {}, element('b', {}, 'When '), ...prose(finding.when)) : null,
    element('p', {}, element('b', {}, 'Why '), ...prose(finding.explanation)),
    element('ul', { class: 'writers', 'aria-label': 'Writers' }, ...writers),
    steps(finding),
    element('p', {}, element('b', {}, 'Remedy '), ...prose(finding.help)),
    finding.fix ? difference(finding.fix.edits, actions) : null,
  ];
  const fix = finding.fix;
  const buttons = element(
    'p',
    { class: 'buttons' },
    fix ? element('button', { type: 'button', class: 'primary apply', click: () => actions.apply(fix.edits) }, 'Apply') : null,
    element('a', { href: finding.url, rel: 'noreferrer', target: '_blank' }, id),
  );
  return element('article', { class: 'card', 'data-rule': finding.rule }, ...children.filter((child) => child !== null), buttons);
}

/** The schedule of the witness, moment by moment. */
function steps(finding: Finding): HTMLElement | null {
  const moments = new Map<number, string[]>();
  const at = (minute: number) => moments.get(minute) ?? moments.set(minute, []).get(minute)!;
  for (const { symbol, startMinute, endMinute } of finding.witness.schedule) {
    at(startMinute).push(`\`${symbol}\` begins`);
    at(endMinute).push(`\`${symbol}\` would end`);
  }
  if (moments.size === 0) return null;
  const begins = Math.max(...finding.witness.schedule.map((one) => one.startMinute));
  at(begins).push(`all write \`${finding.sharedObject.name}\` now: Azure may fail one of them`);
  const sorted = [...moments].sort(([a], [b]) => a - b);
  const items = sorted.map(([minute, said]) => element('li', {}, element('b', {}, clock(minute)), ' ', ...prose(said.join('; '))));
  return element('details', {}, element('summary', {}, 'Step by step'), element('ol', { class: 'steps' }, ...items));
}

function difference(edits: Edit[], actions: Actions): HTMLElement {
  const lines = edits.map((edit) => {
    const before = actions.line(edit.file, edit.line);
    const new_ = edit.insert.replace(/^\n|\n$/g, '').split('\n').map((line) => element('ins', {}, `+ ${line}\n`));
    return element('div', {}, element('span', { class: 'dim' }, `${edit.file}:${edit.line}\n`), `  ${before}\n`, ...new_);
  });
  return element('pre', { class: 'diff', tabindex: '0', 'aria-label': 'What the remedy writes' }, ...lines);
}

function note(diagnostic: Diagnostic, actions: Actions): HTMLElement {
  return element(
    'article',
    { class: 'card', 'data-rule': diagnostic.rule },
    element('h2', {}, element('span', { class: `level ${diagnostic.level}` }, diagnostic.level), ' ', ...prose(diagnostic.message)),
    element('p', {}, place(diagnostic, '', actions), diagnostic.help ? ': ' : '', ...prose(diagnostic.help ?? '')),
  );
}
