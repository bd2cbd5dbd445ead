//! Tests of name resolution, and of the problems reported about declarations.

use std::sync::Arc;

use crate::limit::Limit;
use crate::source::FileId;
use crate::syntax::ast::FileKind;
use crate::syntax::parse;
use crate::template::{Binder, Expr, ExprId, NodeKind, ParameterType, Template};

fn of(text: &str, kind: FileKind) -> Template {
    super::make(FileId(0), &parse(text, kind), Arc::from(text))
}

fn template(text: &str) -> Template {
    of(text, FileKind::Bicep)
}

/// The value of a variable, without parentheses.
fn value(template: &Template, variable: &str) -> Expr {
    let found = template.variables.iter().find(|v| template.exprs.text(v.name) == variable).unwrap();
    template.exprs.get(template.exprs.peel(found.value))
}

fn texts(template: &Template, ids: &[ExprId]) -> Vec<String> {
    ids.iter()
        .map(|&id| match template.exprs.get(id) {
            Expr::Text(text) => template.exprs.text(text).to_owned(),
            other => format!("{other:?}"),
        })
        .collect()
}

#[test]
fn names_mean_the_innermost_declaration() {
    let template = template(
        "param x int\nvar inner = [for x in [x]: x]\nvar lambda = map([1], x => x)\nfunc f(x int) int => x\noutput x int = x\n",
    );
    let Expr::For { list, item, body, .. } = value(&template, "inner") else { panic!("a loop") };
    let Expr::Array(elements) = template.exprs.get(list) else { panic!("a list") };
    let element = template.exprs.list(elements)[0];
    assert!(matches!(template.exprs.get(element), Expr::Parameter(_)), "not visible in its own list");
    assert!(matches!(template.exprs.get(body), Expr::Local(local) if local == item));
    let Expr::Local(local) = template.exprs.get(template.functions[0].body) else { panic!("a local") };
    assert_eq!(template.exprs.locals[local.ix()].binder, Binder::Function);
    assert!(matches!(template.exprs.get(template.outputs[0].value), Expr::Parameter(_)));
    assert!(template.problems.is_empty(), "{:?}", template.problems);
}

#[test]
fn a_declaration_shadows_a_function_but_not_its_namespace() {
    let template = template(
        "func concat(a string) string => a\nvar mine = concat('a')\nvar built = sys.concat('a')\nvar az1 = az.resourceGroup()\n",
    );
    assert!(matches!(value(&template, "mine"), Expr::UserCall { .. }));
    for (name, expected) in [("built", "concat"), ("az1", "resourceGroup")] {
        let Expr::Call { function, .. } = value(&template, name) else { panic!("a call") };
        assert_eq!(template.exprs.text(function), expected);
    }
}

#[test]
fn imports_are_known_by_their_local_names() {
    let template = template(
        "import { a as b, f } from 'x.bicep'\nimport * as all from 'y.bicep'\nvar one = b\nvar two = f(1)\nvar three = all.g(1)\nvar four = all.h\n",
    );
    assert_eq!(template.imports.len(), 3);
    assert_eq!(template.imports[0].symbol.map(|text| template.exprs.text(text)), Some("a"));
    assert!(matches!(value(&template, "one"), Expr::Import(id) if id.0 == 0));
    assert!(
        matches!(value(&template, "two"), Expr::ImportCall { import, function: None, .. } if import.0 == 1)
    );
    assert!(
        matches!(value(&template, "three"), Expr::ImportCall { import, function: Some(f), .. } if import.0 == 2 && template.exprs.text(f) == "g")
    );
    let Expr::Member { base, .. } = value(&template, "four") else { panic!("a member") };
    assert!(matches!(template.exprs.get(base), Expr::Import(id) if id.0 == 2));
}

#[test]
fn a_name_without_meaning_is_a_problem_with_its_place() {
    let text = "var a = nowhere.id\noutput o string = ''\nvar b = o\n";
    let template = template(text);
    let told: Vec<(&str, &str)> =
        template.problems.iter().map(|problem| (problem.span.of(text), problem.message.as_str())).collect();
    assert_eq!(told, [("nowhere", "`nowhere` is not declared"), ("o", "`o` is not declared")]);
}

#[test]
fn parameters_tell_their_type_and_their_values() {
    let template = template(
        "type size = 'small' | 'large'\n@allowed([ 'a', 'b\\u{21}' ])\nparam p string\nparam q size?\nparam r -1 | 2\nparam s (string | 'x')[]\nparam t object = {}\nparam u bool\n",
    );
    let facts = |at: usize| {
        let parameter = &template.parameters[at];
        let allowed = parameter.allowed.as_ref().map(|allowed| texts(&template, allowed));
        (parameter.ty, parameter.nullable, allowed.unwrap_or_default().join(" "))
    };
    assert_eq!(facts(0), (ParameterType::String, false, "a b!".to_owned()));
    assert_eq!(facts(1), (ParameterType::String, true, "small large".to_owned()));
    assert_eq!(facts(2), (ParameterType::Int, false, "Int(-1) Int(2)".to_owned()));
    assert_eq!(facts(3), (ParameterType::Array, false, String::new()));
    assert_eq!(facts(4), (ParameterType::Object, false, String::new()));
    assert_eq!(facts(5), (ParameterType::Bool, false, String::new()));
}

#[test]
fn declarations_keep_what_decides_an_order() {
    let text = "@batchSize(2)\nmodule m 'br/public:a/b:1.0' = [for (s, i) in []: if (s.on) {\n  name: 'm'\n  scope: resourceGroup(s.rg)\n  params: { a: i }\n  dependsOn: []\n}]\n";
    let template = template(text);
    let node = &template.nodes[0];
    assert!(
        matches!(&node.kind, NodeKind::Module(crate::template::ModuleTarget::Reference { reference, .. }) if reference == "br/public:a/b:1.0")
    );
    assert_eq!(node.copy.as_ref().and_then(|copy| copy.batch_size), Some(2));
    assert!(
        node.condition.is_some()
            && node.scope.is_some()
            && node.arguments.is_some()
            && node.depends_on.is_some()
    );
    assert!(node.span.of(text).starts_with("module") && node.full_span.of(text).starts_with("@batchSize"));
}

#[test]
fn a_parameter_file_is_its_assignments() {
    let text =
        "using './main.bicep'\nextends 'base.bicepparam'\nvar v = 'x'\nparam a = v\nparam b = base.b\n";
    let template = of(text, FileKind::Params);
    let assignments = template.assignments.as_ref().unwrap();
    assert_eq!(assignments.using.map(|(text, _)| template.exprs.text(text)), Some("./main.bicep"));
    assert_eq!(assignments.extends.map(|(text, _)| template.exprs.text(text)), Some("base.bicepparam"));
    let [(a, _, first), (_, _, second)] = assignments.values.as_slice() else { panic!("two values") };
    assert_eq!(template.exprs.text(*a), "a");
    assert!(matches!(template.exprs.get(*first), Expr::Variable(_)));
    let Expr::Member { base, .. } = template.exprs.get(*second) else { panic!("a member") };
    assert!(matches!(template.exprs.get(base), Expr::ParentAssignments));
}

#[test]
fn a_broken_declaration_leaves_the_others_whole() {
    let template = template(
        "resource a 'A.B/c@1' = {\n  name: \n}\nresource b = {\n}\nresource c 'A.B/c@1' = {\n  name: a.name\n}\n",
    );
    assert!(template.nodes.iter().all(|node| !node.symbol.is_empty()), "{:?}", template.nodes);
    assert!(template.nodes.iter().any(|node| node.symbol == "c"));
}

#[test]
fn an_object_of_which_nothing_was_understood_is_no_empty_object() {
    let template =
        of("using 'main.bicep'\nparam a = {{ .a }}\nparam b = {\n  x: 1\n  :\n}\n", FileKind::Params);
    let [(_, _, a), (_, _, b)] = template.assignments.as_ref().unwrap().values.as_slice() else {
        panic!("two values")
    };
    assert!(matches!(template.exprs.get(*a), Expr::Unknown));
    assert!(matches!(template.exprs.get(*b), Expr::Object(_)), "what was understood is kept");
}

#[test]
fn the_longest_chain_and_the_deepest_nest_that_parse_are_made() {
    let chain = format!("var a = 1{}\n", " + 1".repeat(Limit::Chain.number() as usize - 2));
    assert_eq!(template(&chain).variables.len(), 1);
    // The parser counts the statement and the expression around the parentheses too.
    let depth = Limit::Nesting.number() as usize / 4;
    let nest = format!("var a = {}1{}\n", "(".repeat(depth), ")".repeat(depth));
    assert!(matches!(value(&template(&nest), "a"), Expr::Int(1)));
    // An expression that is too deep is left out, and the stack does not overflow.
    assert!(template(&format!("var a = {}1\n", "(".repeat(100_000))).variables.is_empty());
    assert!(template(&format!("var a = 1{}\n", " + 1".repeat(100_000))).variables.is_empty());
}
