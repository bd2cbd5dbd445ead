//! Properties of the parser for arbitrary text.

use bicep_race_lint::source::Span;
use bicep_race_lint::syntax::ast::{ExprId, FileKind, Tree, TypeId};
use bicep_race_lint::syntax::token::TokenKind;
use bicep_race_lint::syntax::{ParseBuffers, decode, lex, parse, parse_expression};
use proptest::prelude::*;

/// The pieces of random texts: enough to come close to valid files and to leave them in every way.
const PIECES: &[&str] = &[
    "param ",
    "var ",
    "resource ",
    "module ",
    "output ",
    "type ",
    "func ",
    "import ",
    "extension ",
    "using ",
    "extends ",
    "targetScope ",
    "metadata ",
    "test ",
    "assert ",
    "existing ",
    "if ",
    "for ",
    "in ",
    "with ",
    "as ",
    "from ",
    "none ",
    "a ",
    "b",
    "é",
    "𝄞",
    "'",
    "'''",
    "$'''",
    "$$'''",
    "${",
    "$",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "=",
    ":",
    "::",
    ",",
    ".",
    "...",
    "?",
    "??",
    "!",
    "!=",
    "=>",
    "==",
    "=~",
    "|",
    "||",
    "&&",
    "&",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    ";",
    "@",
    "#",
    "#disable-next-line x",
    "\\",
    "\\n",
    "\\u{",
    "'x'",
    "'y@1'",
    "1",
    "99999999999999999999",
    "true",
    "null",
    " ",
    "\t",
    "\n",
    "\n\n",
    "\r\n",
    "//",
    "/*",
    "*/",
    "\u{feff}",
    "\0",
    "\"",
    "`",
    "a: 1\n",
    "resource c 'd@1' = {\n",
    "}\n",
];

fn texts() -> impl Strategy<Value = String> {
    let pieces =
        prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|pieces| pieces.concat());
    // A valid file with a part cut out, which also covers the text after the damage.
    let valid = include_str!("../../fixtures/hub/partly-ordered/main.bicep");
    let wounded = (0..valid.len(), 0..40_usize, prop::sample::select(PIECES)).prop_map(|(at, len, piece)| {
        let end = (at + len).min(valid.len());
        if valid.is_char_boundary(at) && valid.is_char_boundary(end) {
            format!("{}{piece}{}", &valid[..at], &valid[end..])
        } else {
            valid.to_owned()
        }
    });
    prop_oneof![4 => pieces, 2 => wounded, 1 => any::<String>()]
}

fn lies_in(span: Span, text: &str) -> bool {
    text.get(span.range()).is_some()
}

/// Every span is inside the text, on character boundaries, and inside the span of its parent.
fn well_formed(tree: &Tree, text: &str) -> Result<(), TestCaseError> {
    for (id, expr) in tree.exprs.iter().enumerate() {
        prop_assert!(lies_in(expr.span, text), "{expr:?}");
        let mut outside = None;
        tree.each_child(ExprId(id as u32), |child| {
            if !expr.span.contains(tree.exprs[child.0 as usize].span) {
                outside = Some(tree.exprs[child.0 as usize]);
            }
        });
        prop_assert!(outside.is_none(), "{outside:?} is outside of {expr:?}");
    }
    for (id, ty) in tree.types.iter().enumerate() {
        prop_assert!(lies_in(ty.span, text), "{ty:?}");
        let mut outside = None;
        tree.each_inner_type(TypeId(id as u32), |inner| {
            if !ty.span.contains(tree.types[inner.0 as usize].span) {
                outside = Some(tree.types[inner.0 as usize]);
            }
        });
        prop_assert!(outside.is_none(), "{outside:?} is outside of {ty:?}");
    }
    for deployable in &tree.deployables {
        prop_assert!(lies_in(deployable.span, text), "{deployable:?}");
        for part in [deployable.target, deployable.body].iter().chain(&deployable.condition) {
            prop_assert!(deployable.span.contains(tree.exprs[part.0 as usize].span), "{deployable:?}");
        }
    }
    for pair in tree.statements.windows(2) {
        prop_assert!(pair[0].span.end <= pair[1].span.start, "{pair:?}");
    }
    prop_assert!(tree.statements.iter().all(|statement| lies_in(statement.span, text)));
    prop_assert!(tree.errors.iter().all(|error| lies_in(error.span, text)), "{:?}", tree.errors);
    prop_assert!(tree.errors.is_sorted_by_key(|error| error.span));
    Ok(())
}

/// Whether the text between two tokens is a valid gap: blanks, comments, directives.
fn is_gap(mut gap: &str) -> bool {
    loop {
        gap = gap.trim_start_matches([' ', '\t']);
        if let Some(comment) = gap.strip_prefix("/*") {
            // An unclosed comment extends to the end, and is an error.
            gap = comment.split_once("*/").map_or("", |(_, rest)| rest);
        } else if gap.starts_with("//") {
            return !gap.contains(['\n', '\r']);
        } else if let Some(directive) = gap.strip_prefix('#') {
            gap = directive.trim_start_matches(|char: char| {
                char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | ' ' | '\t')
            });
        } else {
            return gap.is_empty();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trees_are_well_formed(text in texts()) {
        well_formed(&parse(&text, FileKind::Bicep), &text)?;
        well_formed(&parse(&text, FileKind::Params), &text)?;
        well_formed(&parse_expression(&text).0, &text)?;
    }

    /// Reused buffers carry nothing from one file into the tree of the next.
    #[test]
    fn reused_buffers_leave_no_trace_in_a_tree(texts in prop::collection::vec(texts(), 2..4)) {
        let mut buffers = ParseBuffers::default();
        for (at, text) in texts.iter().enumerate() {
            let kind = if at % 2 == 0 { FileKind::Bicep } else { FileKind::Params };
            let tree = buffers.parse(text, kind);
            prop_assert_eq!(format!("{:?}", tree), format!("{:?}", parse(text, kind)));
            buffers.take_back(tree);
        }
    }

    #[test]
    fn tokens_and_gaps_are_the_text(text in texts()) {
        let tokens = lex(&text).tokens;
        let mut at = 0;
        for token in &tokens {
            prop_assert!(at <= token.span.start as usize && lies_in(token.span, &text), "{token:?}");
            prop_assert!(is_gap(&text[at..token.span.start as usize]), "{:?}", &text[at..token.span.start as usize]);
            at = token.span.end as usize;
        }
        prop_assert_eq!(at, text.len());
        prop_assert_eq!(tokens.last().map(|token| token.kind), Some(TokenKind::EndOfFile));
    }

    #[test]
    fn pieces_decode(text in texts()) {
        use bicep_race_lint::syntax::ast::ExprKind;
        for expr in parse(&text, FileKind::Bicep).exprs {
            if let ExprKind::Text(piece) = expr.kind {
                prop_assert!(expr.span.contains(piece.content) && lies_in(piece.content, &text));
                let decoded = decode(piece, &text);
                prop_assert!(piece.escaped || decoded == piece.content.of(&text));
            }
        }
    }
}
