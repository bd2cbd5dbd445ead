// The messages between the page and its worker, and the parts of the tool's JSON that the page reads.

export interface SourceFile {
  path: string;
  text: string;
}

/** A place: lines and columns count from 1, columns in Unicode code points. */
export interface Point {
  file: string;
  line: number;
  column: number;
}

export interface Range extends Point {
  endLine: number;
  endColumn: number;
}

export interface Participant extends Range {
  symbol: string;
  type: string;
  loop: boolean;
  via: (Point & { symbol: string })[];
}

export interface Edit extends Range {
  insert: string;
}

export type Level = 'error' | 'warning' | 'note';

export interface Finding {
  rule: string;
  entry?: string;
  level: Level;
  confidence: string;
  root: string;
  message: string;
  when?: string;
  explanation: string;
  help: string;
  url: string;
  sharedObject: { type: string; name: string; declaredAt?: Point };
  participants: Participant[];
  pairs: [string, string][];
  environments: string[];
  notIn: string[];
  witness: { schedule: { symbol: string; startMinute: number; endMinute: number }[] };
  fix?: { description: string; edits: Edit[] };
  fingerprint: string;
  suppressed?: unknown;
  baselined?: boolean;
}

export interface Diagnostic extends Range {
  rule: string;
  level: Level;
  message: string;
  help?: string;
  fix?: { description: string; edits: Edit[] };
  fingerprint: string;
}

export interface Report {
  summary: { roots: number; files: number; errors: number; warnings: number; notes: number };
  coverage: { declarations: number; decided: { objects: number; pairs: number } };
  findings: Finding[];
  diagnostics: Diagnostic[];
}

export interface Checked {
  report: Report;
  roots: string[];
}

export interface Row {
  name: string;
  type: string;
  parent: number | null;
  status: string;
  startMinute: number | null;
  endMinute: number | null;
  assumed: boolean;
  critical: boolean;
  contested: { startMinute: number; endMinute: number }[];
}

export interface Schedule {
  totalMinutes: number;
  reliable: boolean;
  rows: Row[];
}

export interface Drawn {
  graph: string | null;
  timeline: { timelines: { now: Schedule; after: Schedule | null }[] };
}

export interface Answered {
  code: string;
  message: string;
  targets: string[];
  verdict: 'races' | 'common' | 'other' | 'unknown';
  races: {
    entry: string;
    title: string;
    level: Level | null;
    why: string;
    lookFor: string[];
    remedy: string;
    url: string;
    matched: string[];
  }[];
  other: { title: string; what: string; todo: string } | null;
}

/** What the worker is asked. Every question has one answer, in order. */
export type Question =
  | { ask: 'load'; files: SourceFile[] }
  | { ask: 'change'; path: string; text: string }
  | { ask: 'fixed' }
  | { ask: 'draw'; root: string }
  | { ask: 'explain'; pasted: string };

export interface Reply {
  id: number;
  value?: unknown;
  failed?: string;
}
