//! The tree forms that later stages rely on.

use bicep_race_lint::syntax::ast::{DirectiveKind, ExprKind, FileKind, Imported, StatementKind, TypeKind};
use bicep_race_lint::syntax::parse;

#[test]
fn a_loop_with_condition_and_nested_resources() {
    let text = "@batchSize(1)\nresource a 'b@1' = [for (x, i) in y: if (x.z) {\n  name: x\n  @onlyIfNotExists()\n  resource c 'd' existing = {\n    name: 'e'\n  }\n}]\n";
    let tree = parse(text, FileKind::Bicep);
    assert_eq!(tree.errors, []);
    let [outer, inner] = &tree.deployables[..] else { panic!("{:?}", tree.deployables) };
    assert_eq!(outer.span.of(text), text.trim_end().split_once('\n').unwrap().1);
    let copy = outer.copy.unwrap();
    assert_eq!((copy.item.of(text), copy.index.unwrap().of(text)), ("x", "i"));
    assert_eq!(tree.exprs[outer.condition.unwrap().0 as usize].span.of(text), "x.z");
    assert_eq!(inner.existing.unwrap().of(text), "existing");
    assert_eq!(inner.outer.unwrap().0, 0);
    assert_eq!(tree.decorators[inner.decorators.range()][0].span.of(text), "@onlyIfNotExists()");
    assert_eq!(tree.statements[0].span.of(text), text.trim_end());
}

#[test]
fn types() {
    for (text, expected) in [
        ("type a = string[]?", "Nullable"),
        ("type a = (string?)[]", "Array"),
        ("type a = b[*]", "ElementOf"),
        ("type a = b.*", "AdditionalOf"),
        ("type a = b[0]", "ItemOf"),
        ("type a = b.c<'d'>", "MemberOf"),
        ("type a = resourceInput<'b@1'>", "Generic"),
        ("type a = resource<'b@1'>", "Generic"),
        ("type a = resource 'b@1'", "Resource"),
        ("type a = | 'b' | 'c'", "Union"),
        ("type a = | 'b'", "Text"),
        ("type a = -1", "Unary"),
        ("type a = { *: int, @secure()\n 'b': c }", "Object"),
        ("type a = [int, @minValue(1)\n int]", "Tuple"),
    ] {
        let tree = parse(text, FileKind::Bicep);
        assert_eq!(tree.errors, [], "{text}");
        let StatementKind::TypeDeclaration { ty, .. } = tree.statements[0].kind else { panic!("{text}") };
        let kind = format!("{:?}", tree.types[ty.0 as usize].kind);
        assert!(kind.starts_with(expected), "{text}: {kind}");
    }
    assert!(!parse("type a = string?[]", FileKind::Bicep).errors.is_empty());
}

#[test]
fn imports_and_extensions() {
    let text = "import { a, b as c\n param as d\n 'e-f' as g } from 'h'\nimport * as i from 'j'\nextension k with { l: 1 } as m\nimport 'n@1' as o\n";
    let tree = parse(text, FileKind::Bicep);
    assert_eq!(tree.errors, []);
    let StatementKind::Import { what: Imported::Items(items), .. } = &tree.statements[0].kind else {
        panic!()
    };
    let items: Vec<_> =
        items.iter().map(|item| (item.name.of(text), item.alias.map(|alias| alias.of(text)))).collect();
    assert_eq!(items, [("a", None), ("b", Some("c")), ("param", Some("d")), ("e-f", Some("g"))]);
    assert!(matches!(tree.statements[1].kind, StatementKind::Import { what: Imported::All { .. }, .. }));
    assert!(matches!(
        tree.statements[2].kind,
        StatementKind::Extension { config: Some(_), alias: Some(_), .. }
    ));
    assert!(matches!(tree.statements[3].kind, StatementKind::Extension { config: None, alias: Some(_), .. }));
}

#[test]
fn parameter_files() {
    let text = "using none with { mode: 'stack' }\nextends 'a.bicepparam'\nparam b = { ...base.tags }\nextensionConfig c with { d: 1 }\ntype e = int\n";
    let tree = parse(text, FileKind::Params);
    assert_eq!(tree.errors, []);
    assert!(matches!(tree.statements[0].kind, StatementKind::Using { path: None, config: Some(_) }));
    assert!(matches!(tree.statements[2].kind, StatementKind::Assignment { .. }));
    assert!(matches!(tree.statements[3].kind, StatementKind::ExtensionConfig { .. }));
}

#[test]
fn outputs_may_say_just_resource() {
    let tree = parse("output a resource = b\noutput c resource 'd@1' = e\n", FileKind::Bicep);
    assert_eq!(tree.errors, []);
    assert!(matches!(tree.statements[0].kind, StatementKind::Output { ty: None, .. }));
    assert!(matches!(tree.types[0].kind, TypeKind::Resource(Some(_))));
}

#[test]
fn directives_are_kept_where_nothing_precedes_them() {
    let text = "  #disable-next-line a-b  C_1 // note\nvar a = [\n  #disable-diagnostics x\n  1\n  #restore-diagnostics x /* note */\n]\n";
    let tree = parse(text, FileKind::Bicep);
    assert_eq!(tree.errors, []);
    let found: Vec<_> = tree
        .directives
        .iter()
        .map(|directive| {
            let codes: Vec<_> = directive.codes.iter().map(|code| code.of(text)).collect();
            (directive.kind, directive.span.of(text), codes.join(" "))
        })
        .collect();
    assert_eq!(
        found,
        [
            (DirectiveKind::DisableNextLine, "#disable-next-line a-b  C_1", "a-b C_1".to_owned()),
            (DirectiveKind::DisableDiagnostics, "#disable-diagnostics x", "x".to_owned()),
            (DirectiveKind::RestoreDiagnostics, "#restore-diagnostics x", "x".to_owned()),
        ]
    );
    assert!(!parse("var a = 1 #disable-next-line x\n", FileKind::Bicep).errors.is_empty());
}

#[test]
fn empty_pieces_of_an_interpolation_are_left_out() {
    let tree = parse("var a = '${b}${c}d'", FileKind::Bicep);
    let StatementKind::Variable { value, .. } = tree.statements[0].kind else { panic!() };
    let ExprKind::Interpolation(parts) = tree.exprs[value.0 as usize].kind else { panic!() };
    assert_eq!(parts.len, 3);
}
