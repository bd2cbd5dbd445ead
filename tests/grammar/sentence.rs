//! Draws random sentences from the grammar.

use std::collections::BTreeSet;

use crate::ebnf::{Grammar, Term, is_token};

/// Below this depth, the shortest alternative is chosen.
const DEPTH: u32 = 30;
/// Number of pieces after which only the shortest alternatives are chosen.
const PIECES: usize = 300;
/// Names, among them words that are keywords in other places.
const NAMES: &[&str] =
    &["a", "hub_1", "_x", "param", "in", "as", "from", "with", "existing", "none", "if", "type"];

/// A sentence being drawn.
pub(crate) struct Draw<'g> {
    grammar: &'g Grammar,
    state: u64,
    text: String,
    pieces: usize,
    depth: u32,
    /// Inside `${ }`: no line ends, and literals only in the body of a lambda.
    hole: u32,
    literals: bool,
    /// The productions used so far.
    pub(crate) drawn: BTreeSet<String>,
}

impl<'g> Draw<'g> {
    pub(crate) fn new(grammar: &'g Grammar, seed: u64) -> Self {
        let state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        Self {
            grammar,
            state,
            text: String::new(),
            pieces: 0,
            depth: 0,
            hole: 0,
            literals: true,
            drawn: BTreeSet::new(),
        }
    }

    /// A whole file.
    pub(crate) fn file(&mut self, start: &'g str) -> String {
        self.name(start, None);
        std::mem::take(&mut self.text)
    }

    pub(crate) fn token(&mut self, name: &'g str) -> String {
        self.characters(&self.grammar.get(name).term);
        std::mem::take(&mut self.text)
    }

    fn random(&mut self, below: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 16) as usize % below
    }

    fn tired(&self) -> bool {
        self.depth > DEPTH || self.pieces > PIECES
    }

    fn term(&mut self, term: &'g Term, argument: Option<&'g str>) {
        match term {
            Term::Literal(text) => {
                self.blank();
                self.text += text;
                self.pieces += 1;
            }
            Term::Special(what) => panic!("`{what}` is no token"),
            Term::Name(name, inner) => {
                // The parameter of the enclosing production stands for its argument.
                let name = if self.grammar.has(name) { name } else { argument.expect("an argument") };
                let inner = inner.as_deref().map(|inner| {
                    if self.grammar.has(inner) { inner } else { argument.expect("an argument") }
                });
                self.name(name, inner);
            }
            Term::Sequence(terms) => terms.iter().for_each(|term| self.term(term, argument)),
            Term::Choice(terms) => {
                let allowed: Vec<_> = terms.iter().filter(|term| self.may_stand(term)).collect();
                let chosen = if self.tired() {
                    *allowed.iter().min_by_key(|term| self.height(term, argument, 12)).expect("a choice")
                } else {
                    allowed[self.random(allowed.len())]
                };
                self.term(chosen, argument);
            }
            Term::Optional(term) => {
                if !self.tired() && self.may_stand(term) && self.random(2) == 0 {
                    self.term(term, argument);
                }
            }
            Term::Repeated(term) => {
                while !self.tired() && self.may_stand(term) && self.random(5) < 2 {
                    self.term(term, argument);
                }
            }
        }
    }

    fn name(&mut self, name: &'g str, argument: Option<&'g str>) {
        self.drawn.insert(name.to_owned());
        let grammar = self.grammar;
        match name {
            "NLS" => self.term(&grammar.get(name).term, None),
            "NL" => self.line_end(),
            _ if is_token(name) => {
                if !["_MIDDLE", "_RIGHT"].iter().any(|end| name.ends_with(end)) {
                    self.blank();
                }
                self.characters(&grammar.get(name).term);
                self.pieces += 1;
            }
            _ => {
                let literals = self.literals;
                match name {
                    "hole" => (self.hole, self.literals) = (self.hole + 1, false),
                    "lambda" => self.literals = true,
                    _ => {}
                }
                self.depth += 1;
                self.term(&grammar.get(name).term, argument);
                self.depth -= 1;
                self.hole -= u32::from(name == "hole");
                self.literals = literals;
            }
        }
    }

    /// Whether a term is allowed inside a hole.
    fn may_stand(&self, term: &Term) -> bool {
        match term {
            Term::Name(name, _) => match name.as_str() {
                "NL" => self.hole == 0,
                "literal" => self.literals,
                // A brace would end the hole.
                "object" => self.hole == 0,
                _ => true,
            },
            Term::Sequence(terms) => terms.iter().all(|term| self.may_stand(term)),
            _ => true,
        }
    }

    /// The minimum depth of a term.
    fn height(&self, term: &Term, argument: Option<&str>, bound: u32) -> u32 {
        if bound == 0 {
            return 0;
        }
        match term {
            Term::Literal(_) | Term::Special(_) | Term::Optional(_) | Term::Repeated(_) => 0,
            Term::Name(name, inner) => {
                let name = if self.grammar.has(name) { name } else { argument.unwrap_or("NL") };
                if is_token(name) {
                    return 0;
                }
                let inner = inner
                    .as_deref()
                    .map(|name| if self.grammar.has(name) { name } else { argument.unwrap_or("NL") });
                1 + self.height(&self.grammar.get(name).term, inner, bound - 1)
            }
            Term::Sequence(terms) => {
                terms.iter().map(|term| self.height(term, argument, bound)).max().unwrap_or(0)
            }
            Term::Choice(terms) => {
                terms.iter().map(|term| self.height(term, argument, bound)).min().unwrap_or(0)
            }
        }
    }

    /// Optional text between two tokens.
    fn blank(&mut self) {
        match self.random(24) {
            0 => self.text += " /* a\n b */",
            1 => self.text += " /**/",
            2 => self.text.push('\t'),
            3..6 if self.text.ends_with(['(', '[', ',', '\n', '{']) => {}
            _ => self.text.push(' '),
        }
    }

    fn line_end(&mut self) {
        if self.random(8) == 0 {
            self.text.push(' ');
            self.characters(&self.grammar.get("line_comment").term);
        }
        self.characters(&self.grammar.get("NL").term);
        if self.random(10) == 0 {
            self.characters(&self.grammar.get("directive").term);
            self.characters(&self.grammar.get("NL").term);
        }
    }

    /// Draws a token, with nothing between its parts.
    fn characters(&mut self, term: &'g Term) {
        match term {
            Term::Literal(text) => self.text += text,
            Term::Special(what) => {
                let choices: &[&str] = match what.as_str() {
                    "CR or LF" => &["\n", "\r", "\r\n"],
                    "letter or _" => &["a", "Z", "_"],
                    "digit" => &["0", "1", "9"],
                    "hexadecimal number up to 10FFFF" => &["0", "d801", "10FFFF", "00e9"],
                    "space or tab" => &[" ", "\t"],
                    "character but ', \\, $, CR, LF" => {
                        &["a", "é", "𝄞", "{", "}", "\"", "/*", "//", " ", "$$ "]
                    }
                    "character but ', $" => &["a", "é", "\n", "\r\n", "\\", "{", "}", "//", "#"],
                    "character but CR, LF" => &["a", "'", "${", "/*", "é"],
                    "character but *, /" => &["a", "\n", "'", "${", "é"],
                    other => panic!("what is `{other}`?"),
                };
                let chosen = self.random(choices.len());
                self.text += choices[chosen];
            }
            Term::Name(name, _) if name == "word" => {
                self.drawn.insert(name.clone());
                if self.random(2) == 0 {
                    let chosen = self.random(NAMES.len());
                    self.text += NAMES[chosen];
                } else {
                    self.characters(&self.grammar.get("word").term);
                }
            }
            Term::Name(name, _) if name == "digits" => {
                self.drawn.insert(name.clone());
                let chosen = self.random(3);
                self.text += ["0", "007", "18446744073709551615"][chosen];
            }
            Term::Name(name, _) => {
                self.drawn.insert(name.clone());
                self.characters(&self.grammar.get(name).term);
            }
            Term::Sequence(terms) => terms.iter().for_each(|term| self.characters(term)),
            Term::Choice(terms) => {
                let chosen = self.random(terms.len());
                self.characters(&terms[chosen]);
            }
            Term::Optional(term) => {
                if self.random(2) == 0 {
                    self.characters(term);
                }
            }
            Term::Repeated(term) => {
                while self.random(3) > 0 {
                    self.characters(term);
                }
            }
        }
    }
}
