//! The rules of dependency inference, one small template each.

use std::fmt::Write;
use std::sync::Arc;

use crate::deployment::{Cycle, Graph, Hop, Reason, Target, symbolic_mode};
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

/// The targets of a node, sorted; `[]` after a symbol means that it waits for one element of a loop.
fn waits(text: &str, symbol: &str, symbolic: bool) -> String {
    let template = template(text);
    let graph = Graph::of(&template, symbolic);
    let mut found: Vec<String> = graph
        .waits_for(id(&template, symbol))
        .map(|(target, edge)| {
            format!("{}{}", template.node(target).symbol, if edge.element.is_some() { "[]" } else { "" })
        })
        .collect();
    found.sort();
    found.join(" ")
}

/// Declarations that every story may refer to.
const WORLD: &str = r"
param rg string
param flag bool
resource st 'A.B/st@2024-01-01' = {
  name: 'st'
}
resource kv 'A.B/kv@2024-01-01' existing = {
  name: 'kv'
}
resource vnets 'A.B/vnets@2024-01-01' = [for i in range(0, 3): {
  name: 'v${i}'
}]
resource behind 'A.B/behind@2024-01-01' existing = {
  parent: st
  name: 'behind'
}
module mod 'm.bicep' = {
  name: 'mod'
}
";

/// The targets of `x` if its body has this property, with symbolic names and without.
fn of_property(property: &str) -> [String; 2] {
    let text = format!("{WORLD}\nresource x 'A.B/x@2024-01-01' = {{\n  name: 'x'\n  {property}\n}}\n");
    [waits(&text, "x", true), waits(&text, "x", false)]
}

fn assert_table(rows: &[(&str, &str, &str)]) {
    let mut wrong = String::new();
    for (property, symbolic, classic) in rows {
        let found = of_property(property);
        if found != [*symbolic, *classic] {
            writeln!(wrong, "{property}: expected {symbolic:?} and {classic:?}, found {found:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_deployed_resource_is_waited_for_however_it_is_mentioned() {
    assert_table(&[
        ("a: st.id", "st", "st"),
        ("a: st.type", "st", "st"),
        ("a: st['id']", "st", "st"),
        ("a: st.properties.x", "st", "st"),
        ("a: [ st ]", "st", "st"),
        ("a: st.listKeys().key", "st", "st"),
        ("parent: st", "st", "st"),
        ("scope: st", "st", "st"),
        ("dependsOn: [ st ]", "st", "st"),
        ("dependsOn: flag ? [ st ] : []", "st", "st"),
        ("a: nameof(st)", "st", "st"),
        ("a: false ? st.id : ''", "st", "st"),
        ("'${st.name}': 1", "st", "st"),
        ("a: map([1], n => st.id)", "st", "st"),
        ("a: mod.outputs.o", "mod", "mod"),
        ("a: mod.name", "mod", "mod"),
        ("dependsOn: [ mod ]", "mod", "mod"),
    ]);
}

#[test]
fn an_existing_resource_is_waited_for_where_it_is_read() {
    assert_table(&[
        ("a: kv.id", "", ""),
        ("a: kv.?name", "", ""),
        ("a: kv!.id", "", ""),
        ("a: kv['type']", "", ""),
        ("a: kv.properties.vaultUri", "kv", ""),
        ("a: kv.location", "kv", ""),
        ("a: kv", "kv", ""),
        ("a: (kv).id", "kv", ""),
        ("a: kv.getSecret('x')", "", ""),
        ("parent: kv", "", ""),
        ("scope: kv", "", ""),
        ("scope: resourceGroup(kv.name)", "", ""),
        ("dependsOn: [ kv ]", "kv", ""),
        ("a: behind.id", "st", "st"),
        ("a: behind.properties.x", "behind", "st"),
        ("parent: behind", "st", "st"),
        ("a: behind.listKeys()", "st", "st"),
        ("dependsOn: [ behind ]", "behind", "st"),
    ]);
}

#[test]
fn text_orders_nothing() {
    assert_table(&[
        ("a: resourceId('A.B/st', 'st')", "", ""),
        ("a: reference('st')", "", ""),
        ("a: 'st'", "", ""),
        ("a: rg", "", ""),
    ]);
}

#[test]
fn conditions_loop_headers_and_decorators_count() {
    let conditional =
        format!("{WORLD}\nresource x 'A.B/x@2024-01-01' = if (empty(st.id)) {{\n  name: 'x'\n}}\n");
    assert_eq!(waits(&conditional, "x", true), "st");
    let header =
        format!("{WORLD}\nresource x 'A.B/x@2024-01-01' = [for i in st.properties.l: {{\n  name: 'x'\n}}]\n");
    assert_eq!(waits(&header, "x", true), "st");
    let decorated =
        format!("{WORLD}\n@description(st.name)\nresource x 'A.B/x@2024-01-01' = {{\n  name: 'x'\n}}\n");
    assert_eq!(waits(&decorated, "x", true), "st");
    let params = format!("{WORLD}\nmodule x 'm.bicep' = {{\n  params: {{ a: [ {{ b: st.id }} ] }}\n}}\n");
    assert_eq!(waits(&params, "x", true), "st");
}

#[test]
fn outputs_give_no_edge() {
    let text = format!(
        "{WORLD}\nresource x 'A.B/x@2024-01-01' = {{\n  name: 'x'\n}}\noutput o string = '${{x.id}}${{st.id}}'\n"
    );
    assert_eq!(waits(&text, "x", true), "");
    assert_eq!(waits(&text, "st", true), "");
}

#[test]
fn variables_pass_on_what_they_name() {
    let through = |variables: &str, property: &str| {
        let text = format!(
            "{WORLD}\n{variables}\nresource x 'A.B/x@2024-01-01' = {{\n  name: 'x'\n  {property}\n}}\n"
        );
        [waits(&text, "x", true), waits(&text, "x", false)].join(" | ")
    };
    assert_eq!(through("var id = st.id", "a: id"), "st | st");
    assert_eq!(through("var id = kv.id", "a: id.properties"), " | ");
    assert_eq!(through("var v = kv", "a: v.id"), "kv | ");
    assert_eq!(through("var a = b\nvar b = 1", "a: a"), " | ");
    assert_eq!(through("var key = 'id'", "a: kv[key]"), " | ");
    assert_eq!(through("var p = st", "parent: p"), "st | st");
}

#[test]
fn elements_of_loops_keep_their_index_where_it_means_something() {
    let of_loop = |body: &str| {
        let text = format!(
            "{WORLD}\nresource x 'A.B/x@2024-01-01' = [for (n, i) in range(0, 3): {{\n  name: 'x${{i}}'\n  {body}\n}}]\n"
        );
        waits(&text, "x", true)
    };
    assert_eq!(of_loop("a: vnets[i].id"), "vnets[]");
    assert_eq!(of_loop("a: vnets[n + 1].id"), "vnets[]");
    assert_eq!(of_loop("dependsOn: [ vnets ]"), "vnets");
    assert_eq!(of_loop("dependsOn: vnets"), "vnets");
    // A loop inside the body is out of scope in `dependsOn`.
    assert_eq!(of_loop("a: [for j in range(0, 3): vnets[j].id]"), "vnets");
    assert_eq!(of_loop("a: map([1], j => vnets[j].id)"), "vnets");
    assert_eq!(of_loop("a: vnets[first(map([1], j => j))].id"), "vnets[]");
    assert_table(&[
        ("dependsOn: [ vnets, vnets[0] ]", "vnets", "vnets"),
        ("a: vnets[0].id", "vnets[]", "vnets[]"),
        ("a: [for j in range(0, 3): { id: vnets[j].id }]", "vnets", "vnets"),
    ]);
}

#[test]
fn indexes_are_followed_through_variables() {
    let text = |property: &str| {
        format!(
            "{WORLD}\nvar ids = [for i in range(0, 3): vnets[i].id]\nresource x 'A.B/x@2024-01-01' = [for k in range(0, 3): {{\n  name: 'x'\n  {property}\n}}]\n"
        )
    };
    assert_eq!(waits(&text("a: ids"), "x", true), "vnets");
    assert_eq!(waits(&text("a: ids[1]"), "x", true), "vnets[]");
    assert_eq!(waits(&text("a: ids[k]"), "x", true), "vnets[]");

    let template = template(&text("a: ids[k]"));
    let graph = Graph::of(&template, true);
    let (_, edge) = graph.waits_for(id(&template, "x")).next().unwrap();
    let hops: Vec<(bool, &str)> = edge
        .element
        .iter()
        .flatten()
        .map(|Hop { target, index }| {
            (
                matches!(target, Target::Variable(_)),
                template.exprs.span(index.unwrap()).of(&template.exprs.source),
            )
        })
        .collect();
    assert_eq!(hops, [(true, "k"), (false, "i")]);
}

#[test]
fn an_index_that_follows_a_whole_step_is_lost() {
    let text = format!(
        "{WORLD}\nresource subs 'A.B/vnets/subs@2024-01-01' existing = [for j in range(0, 3): {{\n  parent: vnets[j]\n  name: 's'\n}}]\nresource x 'A.B/x@2024-01-01' = {{\n  name: 'x'\n  a: PROPERTY\n}}\n"
    );
    assert_eq!(waits(&text.replace("PROPERTY", "[ subs[0].id, subs[1].id ]"), "x", true), "vnets[]");
    assert_eq!(waits(&text.replace("PROPERTY", "map(subs, s => s.id)"), "x", false), "vnets");
}

#[test]
fn existing_resources_with_late_names_are_left_out() {
    let text = format!(
        "{WORLD}\nresource e 'A.B/e@2024-01-01' existing = {{\n  name: mod.outputs.n\n}}\nresource f 'A.B/e/f@2024-01-01' existing = {{\n  parent: e\n  name: 'f'\n}}\nresource x 'A.B/x@2024-01-01' = {{\n  name: 'x'\n  a: f.id\n}}\n"
    );
    assert_eq!(waits(&text, "x", true), "mod");
    assert_eq!(waits(&text, "x", false), "mod");
    let template = template(&text);
    let graph = Graph::of(&template, true);
    let written = |symbol| graph.is_written(id(&template, symbol));
    assert_eq!([written("e"), written("f"), written("kv"), written("x")], [false, false, true, true]);
}

#[test]
fn a_name_is_late_if_it_reads_what_only_a_deployment_knows() {
    // Whoever uses an existing resource with a late name waits for what the name reads; another one waits for the resource.
    for (name, expected) in [
        ("'e'", "e"),
        ("kv.name", "e"),
        ("st.name", "e"),
        ("st.properties.n", "st"),
        ("st!.properties.n", "st"),
        ("vnets[0].properties.n", "vnets[]"),
        ("vnets[0].name", "e"),
        ("vnets[0]!.properties.n", "vnets[]"),
        ("mod.outputs.n", "mod"),
        ("mod.name", "e"),
        ("reference('st').n", ""),
        ("st.listKeys().key", "st"),
    ] {
        let text = format!(
            "{WORLD}\nresource e 'A.B/e@2024-01-01' existing = {{\n  name: {name}\n}}\n\
             resource x 'A.B/x@2024-01-01' = {{\n  name: 'x'\n  a: e.properties.x\n}}\n"
        );
        assert_eq!(waits(&text, "x", true), expected, "{name}");
    }
}

#[test]
fn nested_resources_wait_for_the_one_they_are_in() {
    let text = r"
resource vnet 'A.B/vnets@2024-01-01' = {
  name: 'v'
  resource one 'subnets' = {
    name: 'one'
    a: two.id
    resource deep 'rules' = {
      name: 'deep'
      a: two.id
    }
  }
  resource two 'subnets@2023-01-01' = {
    name: 'two'
  }
}
resource x 'A.B/x@2024-01-01' = {
  name: 'x'
  a: vnet::one::deep.id
}
";
    assert_eq!(waits(text, "vnet", true), "");
    assert_eq!(waits(text, "vnet::one", true), "vnet vnet::two");
    assert_eq!(waits(text, "vnet::one::deep", true), "vnet::one vnet::two");
    assert_eq!(waits(text, "x", true), "vnet::one::deep");
    let template = template(text);
    let crate::template::NodeKind::Resource(ty) = &template.node(id(&template, "vnet::one::deep")).kind
    else {
        panic!("a resource")
    };
    assert_eq!((ty.name.as_str(), ty.version.as_deref()), ("A.B/vnets/subnets/rules", Some("2024-01-01")));
}

#[test]
fn an_edge_knows_where_it_comes_from() {
    let text = format!(
        "{WORLD}\nresource x 'A.B/x@2024-01-01' = {{\n  parent: st\n  name: 'x'\n  a: st.id\n  dependsOn: [ st, kv ]\n}}\n"
    );
    let template = template(&text);
    let graph = Graph::of(&template, true);
    let (_, edge) =
        graph.waits_for(id(&template, "x")).find(|(target, _)| *target == id(&template, "st")).unwrap();
    let reasons: Vec<Reason> = edge.because.iter().map(|because| because.reason).collect();
    for reason in [Reason::Parent, Reason::Explicit, Reason::Reference] {
        assert!(reasons.contains(&reason), "{reason:?} is missing: {reasons:?}");
    }
    assert!(edge.because.iter().all(|because| because.span.of(&text) == "st"));
    let [through] = graph.through_existing.as_slice() else { panic!("one entry names an existing resource") };
    assert_eq!((through.existing, through.span.of(&text)), (id(&template, "kv"), "kv"));
}

#[test]
fn a_cycle_is_told_with_its_path() {
    let text = "resource a 'A.B/c@1' = {\n  name: b.name\n}\nresource b 'A.B/c@1' = {\n  name: v\n}\nvar v = c.name\nresource c 'A.B/c@1' = {\n  name: a.name\n}\nvar loop1 = loop2\nvar loop2 = loop1\n";
    let template = template(text);
    let graph = Graph::of(&template, true);
    assert_eq!(graph.cycles, [Cycle(vec![NodeId(0), NodeId(1), NodeId(2)])]);
    let problems = graph.problems(&template);
    assert_eq!(problems[0].message, "these wait for one another: `a` -> `b` -> `c` -> `a`");
    let order = crate::deployment::Order::new(&graph);
    assert_eq!(order.topological().len(), 3);
}

#[test]
fn symbolic_names_are_used_where_the_compiler_must() {
    let symbolic = |text: &str| symbolic_mode(&template(text), false, false);
    for text in [
        "param p string?\n",
        "param p string[]\n",
        "param p { a: string }\n",
        "param p 'a' | 'b'\n",
        "type t = string\n",
        "func f() string => 'x'\n",
        "import { a } from 'a.bicep'\n",
        "var v string = 'x'\n",
        "@secure()\noutput o string = 'x'\n",
        "extension kubernetes\n",
        "module m 'm.bicep' = {\n}\n",
        "resource e 'A.B/c@1' existing = {\n  name: 'e'\n  dependsOn: []\n}\n",
        "@onlyIfNotExists()\nresource e 'A.B/c@1' = {\n  name: 'e'\n}\n",
        "resource e 'A.B/c@1' = {\n  name: 'e'\n  p: this.exists()\n}\n",
        "resource l 'A.B/c@1' = [for i in [1]: {\n  name: 'e'\n}]\noutput o array = map(l, x => x.id)\n",
    ] {
        assert!(symbolic(text), "{text}");
    }
    for text in [
        "param p array\n@allowed([ 'a' ])\nparam q string\n",
        "module m 'm.bicep' = {\n  name: 'm'\n}\n",
        "resource l 'A.B/c@1' = [for i in [1]: {\n  name: 'e'\n}]\nresource x 'A.B/c@1' = {\n  name: 'x'\n  a: l[0].id\n  dependsOn: [ l ]\n}\n",
    ] {
        assert!(!symbolic(text), "{text}");
    }
    let plain = template("param p string\n");
    assert!(symbolic_mode(&plain, true, false) && symbolic_mode(&plain, false, true));
}

#[test]
fn a_wide_net_of_variables_costs_its_size() {
    let mut text = String::from("resource st 'A.B/c@1' = {\n  name: 'st'\n}\nvar v0 = st.id\n");
    for at in 1..60 {
        writeln!(text, "var v{at} = '${{v{0}}}${{v{0}}}'", at - 1).unwrap();
        writeln!(text, "var w{at} = [v{0}, w{1}]", at - 1, if at > 1 { at - 1 } else { 1 }).unwrap();
    }
    text.push_str("resource x 'A.B/c@1' = {\n  name: v59\n  a: w59\n}\n");
    assert_eq!(waits(&text, "x", true), "st");
}
