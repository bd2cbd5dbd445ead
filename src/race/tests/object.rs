//! [`Body`]: the ids that a path leads to, and the conditions on a body.

use super::{are_equivalent, assert_rows, node, parameter, variable, with_main};
use crate::azure::catalog::Entry;
use crate::azure::catalog::form::{Author, entries_of};
use crate::eval::case_split::values;
use crate::eval::term::Term;
use crate::eval::terms::Terms;
use crate::race::object::Body;

/// An entry whose only writer has a line of its own.
fn entry(line: &str) -> Entry {
    let text = format!(
        "[[entry]]\nid = 'x'\ntitle = 'X'\nlevel = 'off'\nalike = ['name', 'size']\n[[entry.writer]]\nrole = 'w'\nlabel = 'a w'\n\
         types = ['T.Any/any']\n{line}\n"
    );
    let text = if line.contains("elements") { text } else { text.replace("alike = ['name', 'size']\n", "") };
    entries_of(&text, "test", Author::User).expect("the entry is right").remove(0)
}

/// The objects that a path leads to in the resource `a`, as one value.
fn objects(text: &str, path: &str) -> String {
    with_main(text, |analysis, root| {
        let a = node(analysis, root, "a");
        let entry = entry(&format!("objects = ['{path}']"));
        let found = Body::new(&mut analysis.evaluator, root, a).objects(&entry.writers[0].objects);
        analysis.evaluator.known_terms().show(found)
    })
}

#[test]
fn a_path_leads_to_ids() {
    let of =
        |properties: &str| format!("resource a 'T.Any/any@1' = {{ name: 'a', properties: {properties} }}");
    let rows = [
        (of("{ box: box.id }"), "properties.box", "'box'"),
        (of("{ Box: box.id }"), "properties.box", "'box'"),
        (of("{ box: { id: box.id } }"), "properties.box.id", "'box'"),
        (of("{}"), "properties.box", "null"),
        (of("{ box: null }"), "properties.box", "null"),
        // Case is folded, also in a branch.
        (of("{ box: 'BOX' }"), "properties.box", "'box'"),
        (of("{ box: on ? 'BOX' : 'Crate' }"), "properties.box", "on ? 'box' : 'crate'"),
        // The last property of a name counts.
        (of("{ box: box.id, ...{ box: crate.id } }"), "properties.box", "'crate'"),
        (of("{ ...{ box: crate.id }, box: box.id }"), "properties.box", "'box'"),
        // Names are removed from the end.
        (of("{ box: resourceId('T.Net/nets/subnets', 'net', 'sub') }"), "properties.box", "net/sub"),
        (of("{ box: resourceId('T.Net/nets/subnets', 'net', 'sub') }"), "properties.box/..", "'net'"),
        (
            of("{ box: resourceId('T.Net/nets/subnets/rules', 'net', 'sub', 'rule') }"),
            "properties.box/../..",
            "'net'",
        ),
        // Every element, each once.
        (of("{ boxes: [{ id: box.id }, { id: box.id }] }"), "properties.boxes[*].id", "'box'"),
        (of("{ boxes: [{ id: box.id }, {}] }"), "properties.boxes[*].id", "'box'"),
        (of("{ boxes: [] }"), "properties.boxes[*].id", "null"),
        (of("{ boxes: on ? [{ id: box.id }] : [] }"), "properties.boxes[*].id", "on ? 'box' : null"),
    ];
    assert_rows(
        rows.iter()
            .map(|(text, path, expected)| (text.as_str(), objects(text, path), (*expected).to_owned())),
    );
}

#[test]
fn sources_other_than_the_body() {
    let rows = [
        ("resource a 'T.Any/any@1' = { name: 'A' }", "self", "'a'"),
        ("resource a 'T.Any/any/child@1' = { name: 'P/A' }", "parent", "'p'"),
        ("resource a 'T.Any/any/child@1' = { name: 'P/A' }", "self", "p/a"),
        ("resource a 'T.Any/any@1' = { name: 'a', scope: box }", "scope", "'box'"),
    ];
    assert_rows(rows.map(|(text, path, expected)| (text, objects(text, path), expected.to_owned())));
}

#[test]
fn each_list_on_a_path_has_an_index_of_its_own() {
    let text = "var groups = [
          { inner: [{ id: box.id }, { id: crate.id }] }
          { inner: [{ id: resourceId('T.Box/boxes', 'third') }] }
        ]
        resource a 'T.Any/any@1' = { name: 'a', properties: { groups: groups } }";
    let shown = objects(text, "properties.groups[*].inner[*].id");
    for name in ["'box'", "'crate'", "'third'"] {
        assert!(shown.contains(name), "{shown}");
    }
    // Of a parameter: the inner list is that of the same outer element, and has an index of its own. The lengths differ, so that one
    // index for both would miss an element.
    let unknown = "resource a 'T.Any/any@1' = { name: 'a', properties: { groups: list } }";
    let groups = [("a", &["a0", "a1", "a2"][..]), ("b", &["b0"])];
    assert_eq!(objects_later(unknown, &groups, &[]), ["a0", "a1", "a2", "b0"]);
    // Of a filter by the outer element, from another list in another order.
    let filtered = "param others array
        resource a 'T.Any/any@1' = {
          name: 'a'
          properties: { groups: [for g in list: { inner: filter(others, x => x.name == g.name) }] }
        }";
    assert_eq!(objects_later(filtered, &[("a", &[]), ("b", &[])], &["b", "a", "c"]), ["a", "b"]);
}

/// The ids at `properties.groups[*].inner[*].id` once `list` and `others` are known: `list` has a name and the ids of its inner list for
/// each element, `others` a name for each, which is its id too.
fn objects_later(text: &str, list: &[(&str, &[&str])], others: &[&str]) -> Vec<String> {
    with_main(text, |analysis, root| {
        let a = node(analysis, root, "a");
        let entry = entry("objects = ['properties.groups[*].inner[*].id']");
        let mut found = Body::new(&mut analysis.evaluator, root, a).objects(&entry.writers[0].objects);
        let own = parameter(analysis, root, "list");
        let other = text.contains("param others").then(|| parameter(analysis, root, "others"));
        let terms = analysis.evaluator.terms();
        let [id, name, inner] = ["id", "name", "inner"].map(|key| terms.intern(key));
        let named = |terms: &mut Terms, text: &str| {
            let text = terms.text(text);
            terms.object(&[(id, text), (name, text)])
        };
        let mut elements = Vec::new();
        for (group, ids) in list {
            let ids: Vec<Term> = ids.iter().map(|text| named(terms, text)).collect();
            let (group, ids) = (terms.text(group), terms.array(&ids));
            elements.push(terms.object(&[(inner, ids), (name, group)]));
        }
        let elements = terms.array(&elements);
        found = terms.replace_term(found, own, elements);
        if let Some(other) = other {
            let others: Vec<Term> = others.iter().map(|text| named(terms, text)).collect();
            let others = terms.array(&others);
            found = terms.replace_term(found, other, others);
        }
        let all = values(terms, found);
        let mut shown: Vec<String> = all.iter().map(|&(id, _)| terms.show(id).replace('\'', "")).collect();
        shown.sort();
        shown
    })
}

#[test]
fn conditions_on_a_body() {
    let rows = [
        ("{ mode: 'fast' }", "properties.mode == 'Fast'", "true"),
        ("{ mode: 'slow' }", "properties.mode == 'Fast'", "false"),
        ("{}", "properties.mode == 'Fast'", "false"),
        ("{ mode: 'fast' }", "properties.mode != 'Fast'", "false"),
        ("{}", "properties.mode != 'Fast'", "true"),
        ("{ mode: 'slow' }", "properties.mode != 'Fast'", "true"),
        ("{ mode: on ? 'fast' : 'slow' }", "properties.mode == 'Fast'", "on"),
        ("{ flag: true }", "properties.flag == 'true'", "true"),
        ("{ flag: on }", "properties.flag == 'true'", "on"),
        ("{ flag: on }", "properties.flag == 'false'", "!on"),
        ("{ flag: 'true' }", "properties.flag == 'true'", "true"),
        ("{ mode: 'x' }", "properties.mode", "true"),
        ("{ mode: null }", "properties.mode", "false"),
        ("{}", "properties.mode", "false"),
        ("{ mode: on ? 'x' : null }", "properties.mode", "on"),
        ("{ mode: 'x' }", "!properties.mode", "false"),
        ("{}", "!properties.mode", "true"),
        ("{ mode: on ? 'x' : null }", "!properties.mode", "!on"),
        ("{ rules: [{ kind: 'x' }, { kind: 'y' }] }", "properties.rules[*].kind == 'y'", "true"),
        ("{ rules: [{ kind: 'x' }, { kind: 'z' }] }", "properties.rules[*].kind == 'y'", "false"),
        ("{ rules: [{ kind: 'x' }, { kind: 'y' }] }", "properties.rules[*].kind != 'y'", "false"),
        ("{ rules: on ? [{ kind: 'y' }] : [] }", "properties.rules[*].kind == 'y'", "on"),
        ("{}", "name == 'A'", "true"),
        ("{}", "name == 'b'", "false"),
    ];
    assert_rows(rows.map(|(properties, condition, when)| {
        let text = format!(
            "resource a 'T.Any/any@1' = {{ name: 'a', properties: {properties} }}\nvar when = {when}"
        );
        let found = with_main(&text, |analysis, root| {
            let (a, when) = (node(analysis, root, "a"), variable(analysis, root, "when"));
            let entry = entry(&format!("objects = ['self']\nwhen = [\"{condition}\"]"));
            let found = Body::new(&mut analysis.evaluator, root, a).holds(&entry.writers[0].when[0]);
            let terms = analysis.evaluator.terms();
            if are_equivalent(terms, found, when) { "as expected".to_owned() } else { terms.show(found) }
        });
        (condition, found, "as expected".to_owned())
    }));
}

#[test]
fn case_does_not_matter_for_a_value_that_comes_later() {
    let text = "resource a 'T.Any/any@1' = { name: 'a', properties: { mode: text } }";
    with_main(text, |analysis, root| {
        let (a, text) = (node(analysis, root, "a"), parameter(analysis, root, "text"));
        let entry = entry("objects = ['self']\nwhen = [\"properties.mode == 'Fast'\"]");
        let found = Body::new(&mut analysis.evaluator, root, a).holds(&entry.writers[0].when[0]);
        let terms = analysis.evaluator.terms();
        for (value, expected) in [("fast", true), ("FAST", true), ("slow", false)] {
            let value = terms.text(value);
            let put = terms.replace_term(found, text, value);
            assert_eq!(terms.known_bool(put), Some(expected));
        }
    });
}

#[test]
fn elements_are_a_list_or_the_body() {
    let rows = [
        ("{ items: [{ name: 'x' }] }", "properties.items[*]", "[{ … }]"),
        ("{}", "properties.items[*]", "null"),
        ("{ items: list }", "properties.items[*]", "list"),
        ("{}", "self", "[{ … }]"),
    ];
    assert_rows(rows.map(|(properties, elements, expected)| {
        let text = format!("resource a 'T.Any/any@1' = {{ name: 'a', properties: {properties} }}");
        let found = with_main(&text, |analysis, root| {
            let a = node(analysis, root, "a");
            let entry = entry(&format!("objects = ['self']\nelements = '{elements}'"));
            let elements = entry.writers[0].elements.clone().expect("the writer has elements");
            let found = Body::new(&mut analysis.evaluator, root, a).elements(&elements, &entry.alike);
            analysis.evaluator.known_terms().show(found)
        });
        (elements, found, expected.to_owned())
    }));
    // The body is reduced to the properties that make two elements equal; `name` is the last segment of the name.
    with_main("resource a 'T.Any/any/child@1' = { name: 'p/last', size: 2, other: 3 }", |analysis, root| {
        let a = node(analysis, root, "a");
        let entry = entry("objects = ['self']\nelements = 'self'");
        let elements = entry.writers[0].elements.clone().expect("the writer has elements");
        let found = Body::new(&mut analysis.evaluator, root, a).elements(&elements, &entry.alike);
        let terms = analysis.evaluator.known_terms();
        let body = terms.elements(found).expect("it is a list")[0];
        let properties = terms.properties(body).expect("it is an object");
        let shown: Vec<String> = properties
            .iter()
            .map(|&(name, value)| format!("{} {}", terms.name(name), terms.show(value)))
            .collect();
        assert_eq!(shown, ["name 'last'", "size 2"]);
    });
}
