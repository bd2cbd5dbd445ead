//! Every style of writing a declaration, and the result of the edit.

use std::sync::Arc;

use super::apply::apply;
use super::edit::{ByHand, batch_size, depends_on};
use super::names::Names;
use crate::deployment::{Graph, Order, Reach};
use crate::source::FileId;
use crate::syntax::ast::FileKind;
use crate::syntax::parse;
use crate::template::bicep::make;
use crate::template::{NodeId, Template};

fn template(text: &str) -> Template {
    let tree = parse(text, FileKind::Bicep);
    assert!(tree.errors.is_empty(), "{:?}\n{text}", tree.errors);
    make(FileId(0), &tree, Arc::from(text))
}

fn id(template: &Template, symbol: &str) -> NodeId {
    template.node_ids().find(|&id| template.node(id).symbol == symbol).unwrap()
}

/// The declarations to wait for.
const WORLD: &str = "
resource a 'A.B/a@2024-01-01' = {
  name: 'a'
  resource child 'c' = {
    name: 'c'
  }
}
resource b 'A.B/b@2024-01-01' = {
  name: 'b'
}
param flag bool
";

fn try_waits(text: &str, node: &str, on: &[&str]) -> Result<String, ByHand> {
    let before = template(text);
    let targets: Vec<NodeId> = on.iter().map(|symbol| id(&before, symbol)).collect();
    let edits = depends_on(&Names::new(&before), id(&before, node), &targets, &[])?;
    assert!(edits.iter().all(|edit| edit.place.span.is_empty()));
    let after = apply(text, &edits.iter().collect::<Vec<_>>());
    let fixed = template(&after);
    assert!(fixed.problems.is_empty(), "{:?}\n{after}", fixed.problems);
    let order = Order::new(&Graph::of(&fixed, true));
    for symbol in on {
        assert_eq!(order.reaches(id(&fixed, node), id(&fixed, symbol)), Reach::Whole, "{symbol}\n{after}");
    }
    Ok(after)
}

/// The declaration of `x` after an edit that makes it wait for these.
fn waits(declaration: &str, on: &[&str]) -> String {
    let end = if declaration.contains("\r\n") { "\r\n" } else { "\n" };
    let world = WORLD.replace('\n', end);
    let after = try_waits(&format!("{declaration}{world}"), "x", on).unwrap();
    after.strip_suffix(&world).unwrap().to_owned()
}

fn refused(declaration: &str) -> String {
    try_waits(&format!("{declaration}{WORLD}"), "x", &["a"]).unwrap_err().what
}

#[test]
fn a_new_property_stands_at_the_end_of_the_body() {
    assert_eq!(
        waits("resource x 'A.B/x@2024-01-01' = {\n  name: 'x'\n}\n", &["a", "b"]),
        "resource x 'A.B/x@2024-01-01' = {\n  name: 'x'\n  dependsOn: [\n    a\n    b\n  ]\n}\n"
    );
    assert_eq!(
        waits("module x 'x.bicep' = if (flag) {\n  name: 'x'\n  // the last word\n}\n", &["a"]),
        "module x 'x.bicep' = if (flag) {\n  name: 'x'\n  // the last word\n  dependsOn: [\n    a\n  ]\n}\n"
    );
    assert_eq!(
        waits("module x 'x.bicep' = {\n  name: 'x' // '}'\n  /* end */ }\n", &["a"]),
        "module x 'x.bicep' = {\n  name: 'x' // '}'\n  /* end */ dependsOn: [\n    a\n  ]\n  }\n"
    );
}

#[test]
fn indentation_and_line_ends_are_those_of_the_file() {
    assert_eq!(
        waits("module x 'x.bicep' = {\r\n\tname: 'x'\r\n}\r\n", &["a"]),
        "module x 'x.bicep' = {\r\n\tname: 'x'\r\n\tdependsOn: [\r\n\t\ta\r\n\t]\r\n}\r\n"
    );
    assert_eq!(
        waits("module x 'x.bicep' = {\n    name: 'x'\n}\n", &["a"]),
        "module x 'x.bicep' = {\n    name: 'x'\n    dependsOn: [\n        a\n    ]\n}\n"
    );
    // An empty body uses the indentation of the first indented line of the file.
    assert_eq!(
        waits("var v = [\n\t1\n]\nmodule x 'x.bicep' = {\n}\n", &["a"]),
        "var v = [\n\t1\n]\nmodule x 'x.bicep' = {\n\tdependsOn: [\n\t\ta\n\t]\n}\n"
    );
}

#[test]
fn a_body_on_one_line_stays_on_one_line() {
    let cases = [
        ("{ name: 'x' }", "{ name: 'x', dependsOn: [a, b] }"),
        ("{name: 'x'}", "{name: 'x', dependsOn: [a, b]}"),
        ("{ name: 'x', }", "{ name: 'x', dependsOn: [a, b] }"),
        ("{ name: 'x' /* } */ }", "{ name: 'x', dependsOn: [a, b] /* } */ }"),
        ("{}", "{ dependsOn: [a, b] }"),
        ("{ }", "{ dependsOn: [a, b] }"),
        ("{/* nothing */}", "{ dependsOn: [a, b] /* nothing */}"),
        ("{\n  name: 'x' }", "{\n  name: 'x', dependsOn: [a, b] }"),
        (
            "[for i in range(0, 2): { name: 'x${i}' }]",
            "[for i in range(0, 2): { name: 'x${i}', dependsOn: [a, b] }]",
        ),
    ];
    for (before, after) in cases {
        let declaration = |body: &str| format!("module x 'x.bicep' = {body}\n");
        assert_eq!(waits(&declaration(before), &["a", "b"]), declaration(after));
    }
}

#[test]
fn a_list_is_extended_in_its_own_style() {
    let cases = [
        ("[]", "[a]"),
        ("[ ]", "[ a ]"),
        ("[b]", "[b, a]"),
        ("[ b ]", "[ b, a ]"),
        ("[b,]", "[b, a]"),
        ("[b // first\n  ]", "[b // first\n    a\n  ]"),
        ("[\n  ]", "[\n    a\n  ]"),
        ("[\n    b\n  ]", "[\n    b\n    a\n  ]"),
        ("[\n      b // b\n      // more\n  ]", "[\n      b // b\n      a\n      // more\n  ]"),
        ("[\n    b /* one\n    two */\n  ]", "[\n    b /* one\n    two */\n    a\n  ]"),
        ("[\n  /*é*/]", "[\n  /*é*/a\n  ]"),
        ("[\n    b ]", "[\n    b, a ]"),
        ("[\n\n    b\n\n  ]", "[\n\n    b\n    a\n\n  ]"),
    ];
    for (before, after) in cases {
        let declaration =
            |list: &str| format!("module x 'x.bicep' = {{\n  name: 'x'\n  dependsOn: {list}\n}}\n");
        assert_eq!(waits(&declaration(before), &["a"]), declaration(after), "{before}");
    }
    let [crlf, extended] = ["b", "b\r\n    a"].map(|list| {
        format!("module x 'x.bicep' = {{\r\n  name: 'x'\r\n  dependsOn: [\r\n    {list}\r\n  ]\r\n}}\r\n")
    });
    assert_eq!(waits(&crlf, &["a"]), extended);
}

#[test]
fn a_loop_waits_as_a_whole() {
    assert_eq!(
        waits("module x 'x.bicep' = [for i in range(0, 3): if (flag) {\n  name: 'x${i}'\n}]\n", &["a"]),
        "module x 'x.bicep' = [for i in range(0, 3): if (flag) {\n  name: 'x${i}'\n  dependsOn: [\n    a\n  ]\n}]\n"
    );
}

#[test]
fn nested_children_are_named_as_seen_from_the_edited_declaration() {
    let text = "resource outer 'A.B/o@2024-01-01' = {\n  name: 'o'\n  resource one 'c' = {\n    name: 'one'\n  }\n  resource x 'c' = {\n    name: 'x'\n  }\n}\n";
    let sibling = try_waits(text, "outer::x", &["outer::one"]).unwrap();
    assert_eq!(sibling, text.replace("'x'\n", "'x'\n    dependsOn: [\n      one\n    ]\n"));
    let module = "module x 'x.bicep' = {\n  name: 'x'\n}\n";
    assert!(waits(module, &["a::child"]).contains("  dependsOn: [\n    a::child\n  ]\n"));
    // A child whose name hides a resource of the file.
    let hidden =
        "resource x 'A.B/x@2024-01-01' = {\n  name: 'x'\n  resource a 'c' = {\n    name: 'c'\n  }\n}\n";
    assert_eq!(refused(hidden), "by hand in `x`, because `a` means something else there");
    let shadowed = "module x 'x.bicep' = [for a in range(0, 2): {\n  name: 'x${a}'\n}]\n";
    assert_eq!(refused(shadowed), "by hand in `x`, because `a` means something else there");
}

#[test]
fn a_symbol_becomes_a_list_and_a_condition_waits_on_both_sides() {
    let cases = [
        ("b", "[b, a]"),
        ("flag ? b : []", "flag ? [b, a] : [a]"),
        ("flag ? [b] : [\n    b\n  ]", "flag ? [b, a] : [\n    b\n    a\n  ]"),
        ("flag ? [b] : flag ? b : []", "flag ? [b, a] : flag ? [b, a] : [a]"),
    ];
    for (before, after) in cases {
        for end in ["\n", "\r\n"] {
            let declaration = |list: &str| {
                format!("module x 'x.bicep' = {{\n  name: 'x'\n  dependsOn: {list}\n}}\n").replace('\n', end)
            };
            assert_eq!(waits(&declaration(before), &["a"]), declaration(after), "{before}");
        }
    }
}

#[test]
fn a_value_that_is_not_a_list_is_left_to_the_user() {
    let with =
        |value: &str| refused(&format!("module x 'x.bicep' = {{\n  name: 'x'\n  dependsOn: {value}\n}}\n"));
    assert_eq!(
        with("flag ? [b] : null"),
        "by hand in `x`, because its `dependsOn` is an expression, not a list"
    );
    assert_eq!(with("many"), "by hand in `x`, because its `dependsOn` is an expression, not a list");
    assert_eq!(with("concat([b], [])"), "by hand in `x`, because its `dependsOn` is a call, not a list");
    assert_eq!(with("[a]"), "by hand in `x`, because its `dependsOn` already names it");
    let variable = "var many = [\n  b\n]\nmodule x 'x.bicep' = {\n  name: 'x'\n  dependsOn: many\n}\n";
    assert_eq!(refused(variable), "by hand in `x`, because its `dependsOn` is a variable, not a list");
    let spread = "module x 'x.bicep' = {\n  name: 'x'\n  ...{}\n}\n";
    assert!(refused(spread).ends_with("its body has a spread, which may contain a `dependsOn`"));
}

#[test]
fn an_invalid_name_is_not_written_again() {
    let module = "module x 'x.bicep' = {\n  name: 'x'\n}\n";
    let named = |length: usize| {
        let name = "n".repeat(length);
        let text = format!("module {name} 'x.bicep' = {{\n  name: 'n'\n}}\n{module}");
        let before = make(FileId(0), &parse(&text, FileKind::Bicep), Arc::from(&*text));
        let ids: Vec<_> = before.node_ids().collect();
        depends_on(&Names::new(&before), ids[1], &ids[..1], &[])
    };
    assert!(named(255).is_ok());
    let why = named(256).unwrap_err().what;
    assert_eq!(why, "by hand in `x`, because it needs a name of more than 255 characters");
}

fn one_by_one(text: &str) -> Result<String, ByHand> {
    let before = template(text);
    let edit = batch_size(&before, before.node_ids().last().unwrap())?;
    assert!(edit.place.span.is_empty());
    let after = apply(text, &[&edit]);
    let fixed = template(&after);
    let looped = fixed.nodes.last().unwrap().copy.as_ref().unwrap();
    assert_eq!(looped.batch_size, Some(1), "{after}");
    Ok(after)
}

#[test]
fn a_loop_runs_one_by_one_under_a_new_decorator() {
    let looped = "resource x 'A.B/x@2024-01-01' = [for i in range(0, 3): {\n  name: 'x${i}'\n}]\n";
    assert_eq!(one_by_one(looped).unwrap(), format!("@batchSize(1)\n{looped}"));
    let decorated = format!("// why\n@description('x')\n{looped}");
    assert_eq!(
        one_by_one(&decorated).unwrap(),
        format!("// why\n@batchSize(1)\n@description('x')\n{looped}")
    );
    // The directive applies to the line on which the declaration starts.
    let directed = format!("param p string\n#disable-next-line BCP081\n{looped}");
    let expected = format!("param p string\n@batchSize(1)\n#disable-next-line BCP081\n{looped}");
    assert_eq!(one_by_one(&directed).unwrap(), expected);
    let windows = format!("param p string\n{looped}").replace('\n', "\r\n");
    let expected = windows.replace("resource", "@batchSize(1)\r\nresource");
    assert_eq!(one_by_one(&windows).unwrap(), expected);
    let nested = "resource o 'A.B/o@2024-01-01' = {\n  name: 'o'\n  resource x 'c' = [for i in range(0, 3): {\n    name: 'x${i}'\n  }]\n}\n";
    assert_eq!(one_by_one(nested).unwrap(), nested.replace("  resource", "  @batchSize(1)\n  resource"));
}

#[test]
fn a_batch_size_is_changed_by_hand() {
    let looped = "resource x 'A.B/x@2024-01-01' = [for i in range(0, 3): {\n  name: 'x${i}'\n}]\n";
    let of = |decorator: &str| one_by_one(&format!("{decorator}\n{looped}")).unwrap_err().what;
    assert_eq!(of("@batchSize(2)"), "change `@batchSize(2)` of `x` to `@batchSize(1)`");
    assert_eq!(of("@sys.batchSize(2)"), "change `@batchSize(2)` of `x` to `@batchSize(1)`");
    assert_eq!(of("@batchSize(0)"), "change the `@batchSize` of `x` to `@batchSize(1)`");
    assert_eq!(of("@batchSize(1)"), "`x` already has `@batchSize(1)`");
    let single = one_by_one("resource x 'A.B/x@2024-01-01' = {\n  name: 'x'\n}\n").unwrap_err().what;
    assert_eq!(single, "`x` is not a loop, so `@batchSize(1)` does not apply");
}

#[test]
fn nothing_is_inserted_between_brackets_that_do_not_match() {
    let waiting = |value: &str| {
        let text = format!(
            "module a 'a.bicep' = {{\n  name: 'a'\n}}\nmodule x 'x.bicep' = {{\n  name: 'x'\n  params: {value}\n}}\n"
        );
        let before = make(FileId(0), &parse(&text, FileKind::Bicep), Arc::from(&*text));
        let ids: Vec<_> = before.node_ids().collect();
        depends_on(&Names::new(&before), ids[1], &ids[..1], &[])
    };
    assert!(waiting("[f(b)]").is_ok());
    for value in ["[f(b\n    c\n  ]", "(b", "[b)]", "{ b: [ }"] {
        let why = waiting(value).unwrap_err().what;
        assert_eq!(why, "by hand in `x`, because it has an unclosed bracket", "{value}");
    }
}
