//! The grammar of ARM expressions and their parser.

use std::collections::BTreeSet;

use bicep_race_lint::template::arm::expression::{is_expression, parse};

use crate::ebnf::{Grammar, Term, is_token};

const ARM: &str = include_str!("../../grammar/arm-expression.ebnf");
const PARSER: &str = include_str!("../../src/template/arm/expression.rs");
/// Productions that allow no blank between their parts.
const TIGHT: [&str; 4] = ["function_name", "identifier", "string", "number"];
/// Below this depth, the shortest alternative is chosen.
const DEPTH: u32 = 24;

struct Draw<'g> {
    grammar: &'g Grammar,
    state: u64,
    text: String,
    depth: u32,
    drawn: BTreeSet<String>,
}

impl<'g> Draw<'g> {
    fn random(&mut self, below: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 16) % below
    }

    fn name(&mut self, name: &'g str, tight: bool) {
        self.drawn.insert(name.to_owned());
        self.depth += 1;
        self.term(&self.grammar.get(name).term, tight || TIGHT.contains(&name));
        self.depth -= 1;
    }

    fn blank(&mut self, tight: bool) {
        if !tight && !self.text.is_empty() && self.random(4) == 0 {
            let blank = [' ', '\n', '\t'][self.random(3) as usize];
            self.text.push(blank);
        }
    }

    fn term(&mut self, term: &'g Term, tight: bool) {
        let is_tired = self.depth > DEPTH;
        match term {
            Term::Literal(text) => {
                self.blank(tight);
                self.text += text;
            }
            Term::Special(characters) => {
                let characters: Vec<char> = characters.chars().filter(|char| *char != ' ').collect();
                let at = self.random(characters.len() as u64) as usize;
                self.text.push(characters[at]);
            }
            Term::Name(name, _) => {
                let is_word = TIGHT.contains(&name.as_str()) || is_token(name);
                self.blank(tight || !is_word);
                self.name(name, tight);
            }
            Term::Sequence(terms) => terms.iter().for_each(|term| self.term(term, tight)),
            Term::Choice(terms) => {
                let at = if is_tired { 0 } else { self.random(terms.len() as u64) as usize };
                self.term(&terms[at], tight);
            }
            Term::Optional(term) => {
                if !is_tired && self.random(2) == 0 {
                    self.term(term, tight);
                }
            }
            Term::Repeated(term) => {
                let count = if is_tired { 0 } else { self.random(4) };
                (0..count).for_each(|_| self.term(term, tight));
            }
        }
    }
}

#[test]
fn every_production_of_an_arm_expression_has_a_function_of_its_name() {
    let grammar = Grammar::read(ARM);
    assert_eq!(grammar.undefined(), BTreeSet::new());
    let names: Vec<_> = grammar.names().filter(|name| !is_token(name)).collect();
    let without: Vec<_> = names.iter().filter(|name| !PARSER.contains(&format!("fn {name}("))).collect();
    assert!(without.is_empty(), "no function for {without:?}");
    assert_eq!(names.len(), 11);
}

#[test]
fn random_arm_expressions_parse_and_a_missing_bracket_is_noticed() {
    let grammar = Grammar::read(ARM);
    let mut drawn = BTreeSet::new();
    for seed in 1..3000 {
        let state = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed) | 1;
        let mut draw =
            Draw { grammar: &grammar, state, text: String::new(), depth: 0, drawn: BTreeSet::new() };
        draw.name("arm_expression", false);
        let text = draw.text;
        assert!(is_expression(&text), "{text}");
        assert!(parse(&text).is_ok(), "seed {seed}: {:?}\n{text}", parse(&text));
        drawn.extend(draw.drawn);
        if let Some(at) = text.rfind('(') {
            let broken = format!("{}{}", &text[..at], &text[at + 1..]);
            let is_in_text = text[at..].contains('\'');
            assert!(is_in_text || parse(&broken).is_err(), "{broken}");
        }
    }
    let missing: Vec<_> = grammar.names().filter(|name| !drawn.contains(*name)).collect();
    assert!(missing.is_empty(), "never drawn: {missing:?}");
}
