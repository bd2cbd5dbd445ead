// Colours for Bicep. The engine has the grammar; this file recognises only words, strings and comments.

import { StreamLanguage } from '@codemirror/language';

const KEYWORDS = new Set(
  ('targetScope metadata param var resource module output type func import using extends provider extension existing for in if ' +
    'as with assert none').split(' '),
);
const CONSTANTS = new Set(['true', 'false', 'null']);

interface State {
  /** What stands open: texts, and holes in them. */
  open: ('text' | 'lines' | 'hole' | 'comment')[];
}

export const bicep = StreamLanguage.define<State>({
  name: 'bicep',
  startState: () => ({ open: [] }),
  copyState: (state) => ({ open: [...state.open] }),
  token(stream, state) {
    const inside = state.open.at(-1);
    if (inside === 'comment') {
      if (stream.skipTo('*/')) {
        stream.match('*/');
        state.open.pop();
      } else stream.skipToEnd();
      return 'comment';
    }
    if (inside === 'lines') {
      if (stream.skipTo("'''")) {
        stream.match(/^'{3,}/);
        state.open.pop();
      } else stream.skipToEnd();
      return 'string';
    }
    if (inside === 'text') {
      while (!stream.eol()) {
        if (stream.match('${')) {
          state.open.push('hole');
          return 'string';
        }
        const next = stream.next();
        if (next === '\\') stream.next();
        else if (next === "'") {
          state.open.pop();
          return 'string';
        }
      }
      // A string ends at the end of its line.
      state.open.pop();
      return 'string';
    }
    if (stream.eatSpace()) return null;
    if (stream.match('//') || stream.match('#')) {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.match('/*')) {
      state.open.push('comment');
      return 'comment';
    }
    if (stream.match("'''")) {
      state.open.push('lines');
      return 'string';
    }
    if (stream.match("'")) {
      state.open.push('text');
      return 'string';
    }
    if (inside === 'hole' && stream.match('}')) {
      state.open.pop();
      return 'string';
    }
    if (stream.match(/^@[\w.]+/)) return 'meta';
    if (stream.match(/^\d+/)) return 'number';
    const word = stream.match(/^[A-Za-z_]\w*/) as RegExpMatchArray | null;
    if (word) {
      if (CONSTANTS.has(word[0])) return 'atom';
      if (KEYWORDS.has(word[0])) return 'keyword';
      if (stream.match(/^\s*\(/, false)) return 'variableName.function';
      return stream.match(/^\s*:/, false) ? 'propertyName' : 'variableName';
    }
    stream.next();
    return null;
  },
  languageData: { commentTokens: { line: '//', block: { open: '/*', close: '*/' } }, closeBrackets: { brackets: ['(', '[', '{', "'"] } },
});
