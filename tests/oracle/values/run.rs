//! The reference for programs: every world is run, and pairs are compared object by object.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{Names, SUBNET, Value, text, with};
use super::model::{ELEMENT, Node, Program, What, mentioned, parameters};
use crate::model::path;
use crate::schedule::Pair;

/// One node, or one element of a loop.
struct Instance {
    node: usize,
    writes: Vec<(Writer, String)>,
    /// The pairs inside, for a call.
    inside: BTreeSet<Pair>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    Gateway,
    Host,
    Subnet,
}

/// The pairs that may overlap, each with the first world in which they do. `None` if a loop mixes elements of an
/// unknown list with other elements.
// Simplification: which elements of `concat(items, items)` are equal, and at which positions those of `concat([one,
// two], items)` are, are questions about positions in a list of unknown length, which the analysis does not ask. Nor
// does it ask them about a resource in a loop that lists all elements of such a list.
pub(crate) fn overlaps(program: &Program) -> Option<BTreeMap<Pair, Names>> {
    let mut found = BTreeMap::new();
    for world in worlds(program) {
        let (_, pairs) = run(program, 0, &world)?;
        for pair in pairs {
            found.entry(pair).or_insert_with(|| world.clone());
        }
    }
    Some(found)
}

/// The values of the root's parameters in all worlds. Without a parameter file, names and ids in them belong to their
/// own objects.
fn worlds(program: &Program) -> Vec<Names> {
    if let Some(given) = &program.given {
        let nothing = Names::new();
        return vec![given.iter().map(|(name, value)| (*name, value.value(&nothing))).collect()];
    }
    let mut found = vec![Names::new()];
    for name in mentioned(&program.templates[0]) {
        let values = values(name, program.extra);
        if !values.is_empty() {
            let one = |world: Names| values.iter().map(move |value| with(&world, name, value.clone()));
            found = found.into_iter().flat_map(one).collect();
        }
    }
    found
}

/// The possible values of a parameter of the root; empty for other names.
fn values(name: &str, extra: &'static str) -> Vec<Value> {
    match name {
        "env" => vec![text("dev"), text("prod")],
        "p" => vec![Value::Truth(false), Value::Truth(true)],
        "hub" | "hubId" => vec![text(format!("given {name}"))],
        "subnetId" => vec![text(format!("net given {name}{SUBNET}"))],
        "maybe" => vec![Value::Null, text("given maybe")],
        "item" => elements("item", extra),
        "items" => lists(|at| elements(&format!("items {at}"), extra)),
        "configs" => lists(|at| vec![configuration(at)]),
        _ => Vec::new(),
    }
}

/// Lists of up to three elements: one element decides whether a module runs, and two elements make its instances race.
fn lists(of: impl Fn(usize) -> Vec<Value>) -> Vec<Value> {
    let mut found = vec![Vec::new()];
    let mut last = 0;
    for at in 0..3 {
        let longest = found.split_off(last);
        last += longest.len();
        let longer =
            longest.iter().flat_map(|list| of(at).into_iter().map(|it| [list.clone(), vec![it]].concat()));
        let longer: Vec<Vec<Value>> = longer.collect();
        found.extend(longest);
        found.extend(longer);
    }
    found.into_iter().map(Value::List).collect()
}

fn elements(of: &str, extra: &'static str) -> Vec<Value> {
    let extras = match extra {
        "on" => vec![None, Some(Value::Truth(false)), Some(Value::Truth(true))],
        "kind" => vec![Some(text("a")), Some(text("b")), Some(text("another"))],
        other => vec![None, Some(text(format!("given {of} {other}")))],
    };
    let element = |value: Option<Value>| {
        let members = value.map(|value| (extra, value)).into_iter();
        Value::Object(members.chain([("hub", text(format!("given {of}")))]).collect())
    };
    extras.into_iter().map(element).collect()
}

fn configuration(at: usize) -> Value {
    let object = |name, value| Value::Object(BTreeMap::from([(name, value)]));
    let id = text(format!("net given configuration {at}{SUBNET}"));
    object("properties", object("subnet", object("id", id)))
}

/// The writes, and the pairs that may overlap.
type Outcome = (Vec<(Writer, String)>, BTreeSet<Pair>);

fn run(program: &Program, template: usize, names: &Names) -> Option<Outcome> {
    let nodes = &program.templates[template];
    let mut instances = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        let scopes = match &node.over {
            None => vec![names.clone()],
            Some(list) => {
                let elements = list.value(names).list();
                if is_mixed(&elements) {
                    return None;
                }
                elements.into_iter().map(|element| with(names, ELEMENT, element)).collect()
            }
        };
        let is_deployed =
            |scope: &&Names| node.condition.as_ref().is_none_or(|test| test.value(scope).is_true());
        let deployed = scopes.iter().filter(is_deployed);
        for scope in deployed {
            instances.push(instance(program, at, node, scope)?);
        }
    }
    let mut pairs = BTreeSet::new();
    for (at, one) in instances.iter().enumerate() {
        pairs.extend(one.inside.iter().cloned());
        for other in &instances[at + 1..] {
            let may_overlap = if one.node == other.node {
                !nodes[one.node].is_serial
            } else {
                !waits(nodes, other.node, one.node)
            };
            if may_overlap && one.writes.iter().any(|one| other.writes.iter().any(|it| disturb(one, it))) {
                let mut symbols = [one, other].map(|it| nodes[it.node].what.symbol(it.node));
                symbols.sort();
                let [first, second] = symbols;
                pairs.insert((path(template), first, second));
            }
        }
    }
    Some((instances.into_iter().flat_map(|instance| instance.writes).collect(), pairs))
}

/// Whether a node waits for an earlier one. Nodes in between pass the order on, deployed or not.
fn waits(nodes: &[Node], late: usize, early: usize) -> bool {
    nodes[late].waits.is_some_and(|on| on == early || waits(nodes, on, early))
}

fn instance(program: &Program, at: usize, node: &Node, names: &Names) -> Option<Instance> {
    let (writes, inside) = match &node.what {
        What::Gateway(id) => (vec![write(Writer::Gateway, id.value(names))], BTreeSet::new()),
        What::Properties(properties) => {
            let id = member(member(properties.value(names), "virtualHub"), "id");
            (vec![write(Writer::Gateway, id)], BTreeSet::new())
        }
        What::Host(list) => {
            let id = |configuration| member(member(member(configuration, "properties"), "subnet"), "id");
            let list = list.value(names).list();
            let writes: Vec<_> = list.into_iter().map(|one| write(Writer::Host, id(one))).collect();
            if is_looped(names) && writes.iter().any(|(_, network)| network.starts_with("net given items")) {
                return None;
            }
            (writes, BTreeSet::new())
        }
        What::Subnet(network) => {
            let network = network.value(names).text();
            (vec![write(Writer::Subnet, text(format!("net {network}{SUBNET}")))], BTreeSet::new())
        }
        What::Call(callee, arguments) => {
            let mut inner: Names =
                arguments.iter().map(|(name, value)| (*name, value.value(names))).collect();
            if is_looped(names) {
                inner.insert(LOOPED, Value::Null);
            }
            // A default can use the parameters before it.
            let mentioned = mentioned(&program.templates[*callee]);
            for parameter in parameters() {
                if mentioned.contains(parameter.name) && !inner.contains_key(parameter.name) {
                    let value = parameter.default.map_or(Value::Null, |default| default.value(&inner));
                    inner.insert(parameter.name, value);
                }
            }
            run(program, *callee, &inner)?
        }
    };
    Some(Instance { node: at, writes, inside })
}

/// Whether elements of an unknown list are next to other elements, or one of them occurs twice.
fn is_mixed(elements: &[Value]) -> bool {
    let mut seen = BTreeSet::new();
    let hubs: Vec<String> = elements.iter().map(|element| member(element.clone(), "hub").text()).collect();
    let is_given = |hub: &&String| hub.starts_with("given items");
    let given: Vec<&String> = hubs.iter().filter(is_given).collect();
    !given.is_empty() && given.len() < hubs.len() || given.into_iter().any(|hub| !seen.insert(hub))
}

/// A name that exists if an enclosing call is in a loop.
const LOOPED: &str = "(looped)";

fn is_looped(names: &Names) -> bool {
    names.contains_key(ELEMENT) || names.contains_key(LOOPED)
}

fn member(value: Value, name: &str) -> Value {
    match value {
        Value::Object(mut members) => members.remove(name).expect("the member is there"),
        other => panic!("no object: {other:?}"),
    }
}

/// Ids are compared without regard to case.
fn write(writer: Writer, id: Value) -> (Writer, String) {
    let id = id.text().to_lowercase();
    (writer, id.strip_suffix(SUBNET).unwrap_or(&id).to_owned())
}

fn disturb(one: &(Writer, String), other: &(Writer, String)) -> bool {
    let is_pair = matches!(
        (one.0, other.0),
        (Writer::Gateway, Writer::Gateway)
            | (Writer::Subnet, Writer::Subnet | Writer::Host)
            | (Writer::Host, Writer::Subnet)
    );
    is_pair && one.1 == other.1
}
