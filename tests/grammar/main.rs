//! Compares the written grammar with the parser: every production has a function of the same name, and random sentences
//! of the grammar parse.

mod arm;
mod ebnf;
mod sentence;

use std::collections::BTreeSet;

use bicep_race_lint::syntax::ast::FileKind;
use bicep_race_lint::syntax::token::TokenKind;
use bicep_race_lint::syntax::{lex, parse};
use ebnf::Grammar;
use sentence::Draw;

const BICEP: &str = include_str!("../../grammar/bicep.ebnf");
const PARAMS: &str = include_str!("../../grammar/bicepparam.ebnf");
const SENTENCES: u64 = 2000;

fn grammar() -> Grammar {
    let mut grammar = Grammar::read(BICEP);
    grammar.add(PARAMS);
    grammar
}

/// The source of the parser.
fn sources(folder: &str) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            all += &sources(path.to_str().expect("a path of ours"));
        } else {
            all += &std::fs::read_to_string(path).expect("a source can be read");
        }
    }
    all
}

#[test]
fn every_production_has_a_function_of_its_name() {
    let sources = sources(concat!(env!("CARGO_MANIFEST_DIR"), "/src/syntax"));
    let grammar = grammar();
    let parsers: Vec<_> = grammar.names().filter(|name| !ebnf::is_token(name)).collect();
    let without: Vec<_> = parsers
        .iter()
        .filter(|name| !["(", "<"].iter().any(|next| sources.contains(&format!("fn {name}{next}"))))
        .collect();
    assert!(without.is_empty(), "no function for {without:?}");
    assert!(parsers.len() > 80, "the grammar was read: {}", parsers.len());
}

#[test]
fn every_used_name_is_a_production() {
    assert_eq!(grammar().undefined(), BTreeSet::new());
}

#[test]
fn random_bicep_files_parse() {
    check("bicep_file", FileKind::Bicep);
}

#[test]
fn random_parameter_files_parse() {
    check("params_file", FileKind::Params);
}

fn check(start: &str, kind: FileKind) {
    let grammar = grammar();
    let mut drawn = BTreeSet::new();
    for seed in 0..SENTENCES {
        let mut draw = Draw::new(&grammar, seed);
        let text = draw.file(start);
        let tree = parse(&text, kind);
        assert!(tree.errors.is_empty(), "seed {seed}: {:#?}\n{text}", tree.errors);
        drawn.extend(draw.drawn);
    }
    let reachable = grammar.reachable(start);
    let missing: Vec<_> = reachable.difference(&drawn).collect();
    assert!(missing.is_empty(), "never drawn: {missing:?}");
}

#[test]
fn every_token_is_read_as_one() {
    let grammar = grammar();
    for name in grammar.names().filter(|name| ebnf::is_token(name) && *name != "NLS") {
        // The later parts of a string are only tokens after the first part.
        let opening = match name.rsplit_once('_') {
            Some(("QUOTED", "MIDDLE" | "RIGHT")) => "'${x",
            Some(("VERBATIM", "MIDDLE" | "RIGHT")) => "$'''${x",
            Some(("DOUBLE", "MIDDLE" | "RIGHT")) => "$$'''$${x",
            _ => "",
        };
        for seed in 0..200 {
            let text = Draw::new(&grammar, seed).token(name);
            let whole = format!("{opening}{text}");
            let lexed = lex(&whole);
            let token = lexed.tokens.iter().find(|token| token.span.start as usize == opening.len());
            let found = token.map(|token| token.span.of(&whole));
            assert_eq!(found, Some(text.as_str()), "{name} in {whole:?}");
        }
    }
}

#[test]
fn a_missing_word_is_noticed() {
    // The random sentences would prove nothing if the parser accepted everything.
    let grammar = grammar();
    let (mut noticed, mut tried) = (0, 0);
    for seed in 0..300 {
        let text = Draw::new(&grammar, seed).file("bicep_file");
        let tokens = lex(&text).tokens;
        let Some(sign) = tokens.iter().find(|token| token.kind == TokenKind::Assignment) else { continue };
        let broken = format!("{}{}", &text[..sign.span.start as usize], &text[sign.span.end as usize..]);
        tried += 1;
        noticed += usize::from(!parse(&broken, FileKind::Bicep).errors.is_empty());
    }
    assert!(tried > 50 && noticed * 10 > tried * 8, "{noticed} of {tried}");
}
