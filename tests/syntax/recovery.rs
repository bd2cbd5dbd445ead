//! Broken files: the errors, their places, and the parts that are still parsed.

use bicep_race_lint::source::SourceFile;
use bicep_race_lint::syntax::ast::{ExprKind, FileKind, ObjectItem, StatementKind, Tree};
use bicep_race_lint::syntax::parse;

/// The errors as `line:column message`, followed by `| help` if there is a help text.
fn errors(text: &str) -> Vec<String> {
    listed(text, &parse(text, FileKind::Bicep))
}

fn listed(text: &str, tree: &Tree) -> Vec<String> {
    let file = SourceFile::new("", text);
    tree.errors
        .iter()
        .map(|error| {
            let at = file.position(error.span.start);
            let help = error.help.as_deref().map(|help| format!(" | {help}")).unwrap_or_default();
            format!("{}:{} {}{help}", at.line, at.column, error.message)
        })
        .collect()
}

/// The names of the parsed declarations; `?` for a broken one.
fn names<'t>(text: &'t str, tree: &Tree) -> Vec<&'t str> {
    tree.statements
        .iter()
        .map(|statement| match statement.kind {
            StatementKind::Param { name, .. } | StatementKind::Variable { name, .. } => name.of(text),
            StatementKind::Resource(id) | StatementKind::Module(id) => {
                tree.deployables[id.0 as usize].name.of(text)
            }
            _ => "?",
        })
        .collect()
}

/// The property names in the body of the first resource.
fn properties<'t>(text: &'t str, tree: &Tree) -> Vec<&'t str> {
    let ExprKind::Object(items) = tree.exprs[tree.deployables[0].body.0 as usize].kind else {
        return Vec::new();
    };
    let key = |item: &ObjectItem| match *item {
        ObjectItem::Property { key, .. } => tree.exprs[key.0 as usize].span.of(text),
        ObjectItem::Resource(id) => tree.deployables[id.0 as usize].name.of(text),
        ObjectItem::Spread(_) => "...",
        ObjectItem::Error(_) => "?",
    };
    tree.items[items.range()].iter().map(key).collect()
}

#[test]
fn common_mistakes_have_clear_messages() {
    for (text, expected) in [
        ("var a = b?.c", "1:10 expected a value after `?`, found `?` | safe access is written `a.?b`"),
        (
            "var a = [\n  1,\n  2\n]",
            "2:4 expected an element on the same line after `,`, found the end of the line | separate elements by a comma or by a line end, not by both",
        ),
        ("var a = \"b\"", "1:9 `\"` means nothing here | strings are written with single quotes: `'text'`"),
        ("var a = b & c", "1:11 `&` means nothing here | the logical operator is `&&`"),
        ("var a 1", "1:8 expected `=`, found the end of the file"),
        ("resource a 'b@1' {\n}", "1:18 expected `=`, found `{`"),
        ("resource a = {\n}", "1:12 expected the type of the resource in quotes, found `=`"),
        // A line inside the braces starts no declaration.
        (
            "resource a = {\n  output: 1\n  list: [\n    param\n  ]\n}",
            "1:12 expected the type of the resource in quotes, found `=`",
        ),
        ("module a = {\n}", "1:10 expected the path of the module in quotes, found `=`"),
        (
            "@secure() param a string",
            "1:11 expected the end of the line after the decorator, found `param` | a decorator must be on a separate line",
        ),
        ("parm a string", "1:1 expected a declaration, found `parm` | did you mean `param`?"),
        (
            "Resource a 'b@1' = {\n}",
            "1:1 expected a declaration, found `Resource` | did you mean `resource`?",
        ),
        (
            "param a = 1",
            "1:9 expected a type, found `=` | a parameter is declared as `param name type = default`",
        ),
        (
            "output a = 1",
            "1:10 expected a type, found `=` | an output is declared as `output name type = value`",
        ),
        (
            "var a = {\n  b = 1\n}",
            "2:5 expected `:` after the name of the property, found `=` | properties are written `name: value`",
        ),
        (
            "var null = 1",
            "1:5 expected the name of a variable, found `null` | `true`, `false` and `null` are reserved; choose another name, or quote a property",
        ),
        ("var a =", "1:8 expected a value, found the end of the file"),
        ("var a = (1", "1:11 expected `)`, found the end of the file"),
        ("var a = f(1 2)", "1:13 expected `,` or `)` after the argument, found `2`"),
        ("/* a", "1:1 this comment is not closed | close it with `*/`"),
        ("#disable-next-line\nvar a = 1", "1:1 this directive names no code | write the codes after it"),
    ] {
        assert_eq!(errors(text), [expected], "{text}");
    }
}

#[test]
fn every_error_of_a_file_is_reported_at_its_place() {
    let text = "param a string =\nparam b int = 1\nvar c = [1 2]\nresource d 'e@1' = {\n  name: }\nvar f = 2 +\nvar g = 3\n";
    let tree = parse(text, FileKind::Bicep);
    assert_eq!(
        listed(text, &tree),
        [
            "1:17 expected a value, found the end of the line",
            "3:12 expected a line end or `,`, found `2`",
            "5:9 expected a value, found `}`",
            "6:12 expected a value, found the end of the line",
        ]
    );
    assert_eq!(names(text, &tree), ["?", "b", "c", "d", "?", "g"]);
}

#[test]
fn a_resource_with_a_bad_property_keeps_the_others() {
    let text = "resource a 'b@1' = {\n  name: 'c'\n  location: = 3\n  parent: hub\n  properties: { x: 1 y: 2 }\n  tags: t\n}\nvar z = 1\n";
    let tree = parse(text, FileKind::Bicep);
    assert_eq!(
        listed(text, &tree),
        ["3:13 expected a value, found `=`", "5:22 expected a line end or `,`, found `y`"]
    );
    assert_eq!(properties(text, &tree), ["name", "location", "parent", "properties", "tags"]);
    assert_eq!(names(text, &tree), ["a", "z"]);
}

#[test]
fn a_failed_part_leaves_nothing_in_the_enclosing_lists() {
    let text = "var a = f(1, { x: g(2, 3 4) })";
    let tree = parse(text, FileKind::Bicep);
    assert_eq!(errors(text), ["1:26 expected `,` or `)` after the argument, found `4`"]);
    let call = tree.exprs.iter().find(|expr| matches!(expr.kind, ExprKind::Call { .. })).unwrap();
    let ExprKind::Call { arguments, .. } = call.kind else { unreachable!() };
    assert_eq!(arguments.len, 2);
}

#[test]
fn a_broken_element_stays_an_element() {
    let text = "var a = [b, +, c]";
    let tree = parse(text, FileKind::Bicep);
    assert_eq!(errors(text), ["1:13 expected a value, found `+`"]);
    let array = tree
        .exprs
        .iter()
        .find_map(|expr| if let ExprKind::Array(list) = expr.kind { Some(list) } else { None });
    assert_eq!(array.unwrap().len, 3);
}

#[test]
fn a_missing_brace_swallows_nothing() {
    let text = "resource a 'b@1' = {\n  name: 'c'\n  properties: {\n    x: 1\n}\n\nresource d 'e/f@1' = {\n  name: 'f'\n}\n\n@description('g')\nparam h string\n";
    let tree = parse(text, FileKind::Bicep);
    let help = "a new statement starts before the closing bracket";
    assert_eq!(listed(text, &tree), [format!("1:20 this `{{` is not closed | {help}")]);
    assert_eq!(names(text, &tree), ["a", "d", "h"]);
    assert_eq!(properties(text, &tree), ["name", "properties"]);
}

#[test]
fn two_missing_brackets_in_two_statements_are_two_errors() {
    let text = "var a = [\n  1\nvar b = {\n  c: 1\nvar d = 1\n";
    let tree = parse(text, FileKind::Bicep);
    let help = "a new statement starts before the closing bracket";
    assert_eq!(
        listed(text, &tree),
        [format!("1:9 this `[` is not closed | {help}"), format!("3:9 this `{{` is not closed | {help}")]
    );
    assert_eq!(names(text, &tree), ["a", "b", "d"]);
}

#[test]
fn a_missing_bracket_inside_braces_ends_with_them() {
    let text = "resource a 'b@1' = {\n  dependsOn: [\n    c\n}\nvar d = 1\n";
    let tree = parse(text, FileKind::Bicep);
    assert_eq!(listed(text, &tree), ["2:14 this `[` is not closed | another bracket is closed first"]);
    assert_eq!(properties(text, &tree), ["dependsOn"]);
    assert_eq!(names(text, &tree), ["a", "d"]);
}

#[test]
fn an_unclosed_string_ends_with_its_line() {
    let text = "resource a 'b@1' = {\n  name: 'c\n  location: 'd'\n}\n";
    let tree = parse(text, FileKind::Bicep);
    assert_eq!(listed(text, &tree), ["2:9 this string is not closed on its line | close it with `'`"]);
    assert_eq!(properties(text, &tree), ["name", "location"]);
}

#[test]
fn an_unclosed_string_may_end_in_a_brace() {
    for text in [
        "var a = 'é{\nvar b = 1",
        "var a = 'é${\nvar b = 1",
        "var a = '{",
        "var a = '''é{",
        "var a = '$\\'\nvar b = 1",
    ] {
        assert_eq!(errors(text).len(), 1, "{text}: {:?}", errors(text));
    }
}

#[test]
fn unclosed_strings_in_holes_end_with_their_line() {
    let text = "var a = '${'${'${\nvar b = 1\nvar c = ['${f('${d, 1]\nvar e = 1\n";
    let tree = parse(text, FileKind::Bicep);
    let message = "expected `}` to end the interpolation before the line ends";
    assert_eq!(listed(text, &tree)[0], format!("1:18 {message}"));
    assert_eq!(names(text, &tree), ["a", "b", "c", "e"]);
}

#[test]
fn a_resource_without_a_readable_body_keeps_its_name() {
    let text = "@batchSize(1)\nresource a 'b@1' = [for x y: {\n  name: 'c'\n}]\nvar d = a\n";
    let tree = parse(text, FileKind::Bicep);
    assert_eq!(listed(text, &tree), ["2:27 expected `in` after the loop variable, found `y`"]);
    assert_eq!(names(text, &tree), ["a", "d"]);
    assert_eq!(tree.statements[0].decorators.len, 1);
}

#[test]
fn nested_resources_are_kept_broken_or_not() {
    let text = "resource a 'b@1' = {\n  name: 'c'\n  resource d 'e' = 1\n  resource f 'g' = {\n    name: 'h'\n  }\n}\n";
    let tree = parse(text, FileKind::Bicep);
    assert_eq!(listed(text, &tree), ["3:20 expected `{`, `[for …]` or `if (…)`, found `1`"]);
    assert_eq!(properties(text, &tree), ["name", "d", "f"]);
    assert_eq!(tree.deployables.len(), 3);
}

#[test]
fn statements_of_the_other_language_are_rejected() {
    let text = "using 'a.bicep'\nresource b 'c@1' = {\n}\nparam d = 1\n";
    let tree = parse(text, FileKind::Params);
    assert_eq!(listed(text, &tree), ["2:1 expected a statement of a parameter file, found `resource`"]);
    assert_eq!(tree.statements.len(), 3);
    assert_eq!(errors("using 'a.bicep'\nvar b = 1").len(), 1);
}

#[test]
fn the_list_of_errors_is_limited() {
    let text = "var a = \"\n".repeat(5000);
    assert_eq!(errors(&text).len(), bicep_race_lint::limit::Limit::SyntaxErrors.number() as usize);
}

#[test]
fn a_message_shows_the_start_of_a_long_word_only() {
    let text = format!("var a = [1 {}]", "x".repeat(250));
    assert!(errors(&text)[0].len() < 120, "{:?}", errors(&text));
}

#[test]
fn a_statement_with_decorators_in_an_open_body_is_a_statement() {
    let text = "resource a 'b@1' = {@batchSize(1)\nresource c 'd/e@1' = [for f(g in h: {\n}]\nvar i = 1\n";
    let tree = parse(text, FileKind::Bicep);
    let expected = "the end of the line before the decorator of a statement";
    assert_eq!(listed(text, &tree)[1], format!("1:21 expected {expected}, found `@`"));
    assert_eq!(names(text, &tree), ["a", "c", "i"]);
    assert_eq!(tree.deployables.len(), 2);

    let many = "x => ".repeat(100);
    let text = format!(
        "resource a 'b@1' = {{\n@batch => {many}size(1)\nresource c 'd/e@1' = [for f(g in h: {{\n}}]\n"
    );
    let tree = parse(&text, FileKind::Bicep);
    assert_eq!(names(&text, &tree), ["a", "c"]);
    assert!(tree.deployables.iter().all(|deployable| deployable.outer.is_none()));
}

#[test]
fn a_broken_hole_leaves_the_others_of_the_string() {
    let text = "var a = 'x${+}y${b}z${'${c}'}'";
    let tree = parse(text, FileKind::Bicep);
    assert_eq!(listed(text, &tree), ["1:13 expected a value, found `+`"]);
    for name in ["b", "c"] {
        let is_it = |expr: &bicep_race_lint::syntax::ast::Expr| expr.span.of(text) == name;
        assert!(tree.exprs.iter().any(is_it), "{name}");
    }
}

#[test]
fn a_decorator_over_several_lines_shows_whether_a_body_was_closed() {
    let with = |kind: &str, end: &str| {
        format!(
            "resource a 'b@1' = {{\n  name: 'c'\n@description('d')\n@description(\n  'e'\n)\nresource f '{kind}' = {{\n  name: 'g'\n}}\n{end}"
        )
    };
    // A nested resource at the start of a line, and the next statement after a body without its end.
    assert_eq!(errors(&with("h", "}\n")), [""; 0]);
    assert_eq!(
        errors(&with("h/i@1", "")),
        ["1:20 this `{` is not closed | a new statement starts before the closing bracket"]
    );
}
