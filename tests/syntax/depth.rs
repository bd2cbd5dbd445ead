//! Deeply nested texts: they give an error on a small stack, in linear time.

use bicep_race_lint::limit::Limit;
use bicep_race_lint::syntax::ast::{ExprId, ExprKind, FileKind, Tree};
use bicep_race_lint::syntax::parse;

const STACK: usize = 2 << 20;
const BYTES: usize = 1 << 20;

/// Parses on a stack of the default size of a thread.
fn on_a_small_stack(text: String, kind: FileKind) -> Tree {
    std::thread::Builder::new().stack_size(STACK).spawn(move || parse(&text, kind)).unwrap().join().unwrap()
}

fn height(tree: &Tree) -> usize {
    let mut heights: Vec<usize> = Vec::new();
    for id in 0..tree.exprs.len() {
        let mut below = 0;
        tree.each_child(ExprId(id as u32), |child| below = below.max(heights[child.0 as usize] + 1));
        heights.push(below);
    }
    heights.into_iter().max().unwrap_or(0)
}

#[test]
fn nothing_overflows() {
    let starts =
        ["var a = ", "type a = ", "param a ", "resource a 'b@1' = ", "@f(", "import ", "func f(", ""];
    let pieces = [
        "[",
        "(",
        "{",
        "!",
        "-",
        "<",
        "'",
        "\"",
        "@",
        "a?",
        "a ? ",
        "a ? b : ",
        "'${",
        "$'''${",
        "{a:",
        "[{a:",
        "f(",
        "a.b(",
        "a[",
        "a.",
        "a!",
        "a::",
        "x=>",
        "(x)=>",
        "(a,",
        "1+",
        "a??(",
        "!(",
        "-(",
        "[for x in ",
        "[for x in y:",
        "{resource a 'b'=",
        "{\nresource a 'b'={\n",
        "@a(\n",
        "@a\n",
        "a<",
        "a|",
        "(a|",
        "a?[",
        "...",
        "a b",
        "}",
        "]",
        ")",
        "{a:[",
        "[(",
        "({",
        "var a=[\n",
        "var a={\n",
        "$",
        "/*",
        "//",
        "#",
        "\\",
        "a\n",
        "\n",
        "é",
    ];
    for start in starts {
        for piece in pieces {
            // The first start is combined with long texts; for the others only the depth matters.
            let bytes = if start.is_empty() || start == "var a = " { BYTES / 32 } else { BYTES / 128 };
            let text = format!("{start}{}", piece.repeat(bytes / piece.len()));
            let tree = on_a_small_stack(text, FileKind::Bicep);
            assert!(height(&tree) <= Limit::Height.number() as usize, "{start}{piece}");
        }
    }
}

#[test]
fn a_megabyte_of_brackets_is_one_error_or_few() {
    for piece in ["[", "(", "{", "'${", "[(", "({"] {
        let text = format!("var a = {}\nvar b = 1\n", piece.repeat(BYTES / piece.len()));
        let tree = on_a_small_stack(text, FileKind::Bicep);
        assert!((1..4).contains(&tree.errors.len()), "{piece}: {:?}", tree.errors);
    }
}

#[test]
fn the_message_names_the_limit() {
    let text = format!("var a = {}1{}", "(".repeat(1000), ")".repeat(1000));
    let tree = parse(&text, FileKind::Bicep);
    assert_eq!(tree.errors.len(), 1, "{:?}", tree.errors);
    assert!(tree.errors[0].message.starts_with("expected less nesting"), "{:?}", tree.errors);
}

#[test]
fn real_files_are_far_from_the_limit() {
    let deep = format!("var a = {}1{}", "[{ b: (".repeat(20), ") }]".repeat(20));
    let chain = format!("var a = 'x'{}", " + 'y'".repeat(200));
    let choice = format!("var a = {}z", "x == 'y' ? z : ".repeat(100));
    for text in [deep, chain, choice] {
        assert!(parse(&text, FileKind::Bicep).errors.is_empty(), "{text:.60}");
    }
}

#[test]
fn chains_in_brackets_in_chains_are_cut() {
    // Each level is allowed, but together they are too deep.
    let mut text = "x".to_owned();
    for _ in 0..40 {
        text = format!("f({text}){}", ".a".repeat(100));
    }
    let tree = on_a_small_stack(format!("var a = {text}"), FileKind::Bicep);
    assert_eq!(tree.errors.len(), 4000 / Limit::Height.number() as usize, "{:?}", tree.errors);
    assert!(height(&tree) <= Limit::Height.number() as usize);
    assert!(tree.exprs.iter().any(|expr| matches!(expr.kind, ExprKind::Error)));
}
