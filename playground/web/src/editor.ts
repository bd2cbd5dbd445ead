// The editor: one at a time, with the state of every file kept.

import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, defaultHighlightStyle, foldGutter, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic as Mark, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, type Extension, type Text } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { bicep } from './bicep.js';
import type { Point, Range } from './protocol.js';

/** What is coloured, and its colours on a dark and on a light sheet. */
const COLOURS = [
  [tags.keyword, '#ff9d94', '#a40e26'],
  [tags.string, '#a5d6ff', '#0a3069'],
  [tags.comment, '#a3adb8', '#57606a'],
  [tags.number, '#79c0ff', '#0550ae'],
  [tags.atom, '#79c0ff', '#0550ae'],
  [tags.propertyName, '#7ee787', '#116329'],
  [tags.function(tags.variableName), '#d2a8ff', '#6639ba'],
  [tags.meta, '#ffa657', '#8a4600'],
] as const;
const DARK = HighlightStyle.define(COLOURS.map(([tag, color]) => ({ tag, color })), { themeType: 'dark' });
const LIGHT = HighlightStyle.define(COLOURS.map(([tag, , color]) => ({ tag, color })), { themeType: 'light' });

/** The offset of a place of the engine's: columns count code points, an editor counts UTF-16 units. */
export function offset(text: Text, point: { line: number; column: number }): number {
  if (point.line > text.lines) return text.length;
  const line = text.line(Math.max(1, point.line));
  let units = 0;
  let left = point.column - 1;
  for (const char of line.text) {
    if (left-- <= 0) break;
    units += char.length;
  }
  return line.from + Math.min(units, line.length);
}

export class Editor {
  readonly #view: EditorView;
  readonly #states = new Map<string, EditorState>();
  readonly #theme = new Compartment();
  #open = '';
  #isDark: MediaQueryList = matchMedia('(prefers-color-scheme: dark)');

  constructor(parent: HTMLElement, private readonly onChange: (path: string, text: string) => void) {
    this.#view = new EditorView({ parent, state: EditorState.create({ extensions: this.#extensions('') }) });
    this.#isDark.addEventListener('change', () => {
      for (const [path, state] of this.#states) {
        this.#states.set(path, state.update({ effects: this.#theme.reconfigure(this.#colours()) }).state);
      }
      this.#view.dispatch({ effects: this.#theme.reconfigure(this.#colours()) });
    });
  }

  /** Replaces all files. */
  reset(files: { path: string; text: string }[]): void {
    this.#states.clear();
    this.#open = '';
    for (const { path, text } of files) this.#states.set(path, this.#state(path, text));
  }

  /** Shows a file. */
  show(path: string): void {
    if (path === this.#open) return;
    this.#keep();
    const state = this.#states.get(path) ?? this.#state(path, '');
    this.#open = path;
    this.#view.setState(state.update({ effects: this.#theme.reconfigure(this.#colours()) }).state);
  }

  /** Shows a place in the open file, and takes the focus there. */
  jump(point: Point): void {
    const at = offset(this.#view.state.doc, point);
    this.#view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    this.#view.focus();
  }

  /** Gives a file another text, as an edit that can be undone. */
  write(path: string, text: string): void {
    this.#keep();
    const state = this.#states.get(path);
    const old = state?.doc.toString() ?? '';
    if (old === text && state) return;
    // Replaces only the part that differs, so that the cursor keeps its place.
    let from = 0;
    while (from < old.length && from < text.length && old[from] === text[from]) from++;
    let end = 0;
    while (end < old.length - from && end < text.length - from && old[old.length - 1 - end] === text[text.length - 1 - end]) end++;
    const changes = { from, to: old.length - end, insert: text.slice(from, text.length - end) };
    if (path === this.#open) this.#view.dispatch({ changes });
    else this.#states.set(path, state ? state.update({ changes }).state : this.#state(path, text));
  }

  /** Underlines. */
  mark(marks: Map<string, (Range & { severity: Mark['severity']; message: string; actions: { name: string; apply: () => void }[] })[]>): void {
    this.#keep();
    for (const [path, state] of this.#states) {
      const own: Mark[] = (marks.get(path) ?? []).map((mark) => {
        const from = offset(state.doc, mark);
        const to = Math.max(from, offset(state.doc, { line: mark.endLine, column: mark.endColumn }));
        return { from, to, severity: mark.severity, message: mark.message, actions: mark.actions, source: 'bicep-race-lint' };
      });
      const changed = state.update(setDiagnostics(state, own));
      this.#states.set(path, changed.state);
      if (path === this.#open) this.#view.dispatch(setDiagnostics(this.#view.state, own));
    }
  }

  text(path: string): string {
    this.#keep();
    return this.#states.get(path)?.doc.toString() ?? '';
  }

  #keep(): void {
    if (this.#open !== '') this.#states.set(this.#open, this.#view.state);
  }

  #state(path: string, text: string): EditorState {
    return EditorState.create({ doc: text, extensions: this.#extensions(path) });
  }

  #colours(): Extension {
    const dark = this.#isDark.matches;
    return [syntaxHighlighting(dark ? DARK : LIGHT), EditorView.theme({}, { dark })];
  }

  #extensions(path: string): Extension {
    return [
      lineNumbers(),
      foldGutter(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      highlightActiveLine(),
      lintGutter(),
      syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
      this.#theme.of(this.#colours()),
      path.endsWith('.bicep') || path.endsWith('.bicepparam') ? bicep : [],
      // Tab indents; Escape and then Tab leaves the editor, as the line below it says.
      keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
      EditorState.tabSize.of(2),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': path === '' ? 'Editor' : `Text of ${path}`, 'aria-describedby': 'keys', tabindex: '0' }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && path !== '') this.onChange(path, update.state.doc.toString());
      }),
    ];
  }
}
