//! The reference: every world of a deployment, expanded to instances as ARM would run it, and every pair of instances
//! that write one object and may overlap. It is naive on purpose.
//!
//! It follows the observed rules of ARM's engine. A resource that is not deployed takes no time and passes on its
//! dependencies; so does a loop without elements, except for dependencies element by element. From outside, a module is
//! one node, which exists even if everything inside is skipped. Copies run in parallel, or in batches of indexes,
//! deployed or not.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Atom, By, Call, Condition, Copy, Count, Deployment, ELEMENTS, Family, Flag, KINDS, Kind, Name, Names,
    Node, Note, ObjectName, Over, Parameter, Role, Settings, Target, Test, Truth, What, path, symbol,
};

/// Two writers, by the template where their paths part and their symbols in it; for a loop with itself, the same symbol
/// twice.
pub(crate) type Pair = (&'static str, String, String);

/// The possible behaviour of the deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Truths {
    /// The pairs that may overlap, each with the first world in which they do.
    pub(crate) overlaps: BTreeMap<Pair, World>,
    /// The pairs in which routing intent has finished before a gateway starts.
    pub(crate) reversed: BTreeMap<Pair, World>,
    /// The pairs for which any answer of the analysis is accepted.
    pub(crate) open: BTreeSet<Pair>,
}

/// The values of the root's parameters. `hub` and `hubId` name their own objects, and the elements of `names` are
/// pairwise different and differ from all literals.
// Simplification: two parameters of a root may in fact name the same object; the reference only expects objects that
// are proven equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct World {
    pub(crate) p: bool,
    pub(crate) q: bool,
    pub(crate) kind: &'static str,
    pub(crate) names: usize,
    pub(crate) count: usize,
    pub(crate) flag: Option<bool>,
    pub(crate) note: Option<&'static str>,
    pub(crate) settings: Option<Held>,
}

impl World {
    /// The elements of `names`.
    pub(crate) fn elements(&self) -> Vec<String> {
        (0..self.names).map(|at| format!("given {at}")).collect()
    }
}

/// A value of `settings`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// `None` if it is left out.
    pub(crate) on: Option<bool>,
    pub(crate) is_empty: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) group: String,
    pub(crate) family: Family,
    /// In lower case. It ends with [`COUNTED`] if its number comes from a range of unknown length.
    pub(crate) name: String,
}

// Simplification: whether the first number of a range of unknown length equals that of a range of known length, or of
// another unknown one, is a question about numbers that the analysis does not ask. Such pairs are neither required nor
// forbidden.
pub(crate) const COUNTED: char = '?';

impl Object {
    fn new(group: &str, family: Family, name: &str) -> Self {
        Self { group: group.to_owned(), family, name: name.to_lowercase() }
    }

    /// Whether both have the same name in this world, proven or not.
    fn has_name_of(&self, other: &Self) -> bool {
        let name = |object: &Self| object.name.trim_end_matches(COUNTED).to_owned();
        self.group == other.group && self.family == other.family && name(self) == name(other)
    }
}

/// The parameters of one instance of a template.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    p: bool,
    q: bool,
    kind: String,
    hub: String,
    hub_id: Object,
    names: Vec<String>,
    count: usize,
    is_count_known: bool,
    flag: Option<bool>,
    note: Option<String>,
    settings: Option<Held>,
    group: String,
    /// A prefix that makes the names inside unique.
    tag: String,
}

impl Given {
    /// `settings.?on`
    fn setting(&self) -> Option<bool> {
        self.settings.and_then(|settings| settings.on)
    }
}

/// One running instance of a template.
pub(crate) struct Running {
    pub(crate) template: usize,
    pub(crate) instances: Vec<Instance>,
    /// `before[a][b]`: instance `a` has finished before `b` starts.
    pub(crate) before: Vec<Vec<bool>>,
    pub(crate) group: String,
    output: Option<Object>,
}

/// One instance of a node, deployed or not; or a loop as a whole, which deploys nothing itself.
pub(crate) struct Instance {
    pub(crate) node: usize,
    /// `None` for a loop as a whole.
    pub(crate) index: Option<usize>,
    pub(crate) is_deployed: bool,
    pub(crate) writes: Option<(Role, Object)>,
    pub(crate) inner: Option<Running>,
    /// The object that it deploys, if it deploys one.
    pub(crate) is_object: Option<Object>,
    /// The prefix that makes the names of its template unique.
    pub(crate) tag: String,
}

/// Maximum length of lists: enough for two full batches of two.
const LONGEST: usize = 4;

/// The pairs of all worlds together.
pub(crate) fn truths(deployment: &Deployment) -> Truths {
    let mut found = Truths::default();
    for world in worlds(deployment) {
        let running = run(deployment, 0, &given(&world));
        collect(deployment, &running, &world, &mut found);
    }
    found
}

/// The pairs of each world separately.
pub(crate) fn of_each_world(deployment: &Deployment) -> Vec<(World, Truths)> {
    let in_world = |world: World| {
        let mut found = Truths::default();
        collect(deployment, &run(deployment, 0, &given(&world)), &world, &mut found);
        (world, found)
    };
    worlds(deployment).into_iter().map(in_world).collect()
}

/// The root's parameters in a world.
pub(crate) fn given(world: &World) -> Given {
    Given {
        p: world.p,
        q: world.q,
        kind: world.kind.to_owned(),
        hub: "given hub".to_owned(),
        hub_id: Object::new("given group", Family::Hub, "given by id"),
        names: world.elements(),
        count: world.count,
        is_count_known: false,
        flag: world.flag,
        note: world.note.map(str::to_owned),
        settings: world.settings,
        group: "own group".to_owned(),
        tag: "main".to_owned(),
    }
}

/// For each world, the writers of the root that do not start if a node fails: an order holds until the dependency has
/// succeeded, and a node that is not deployed passes the failure on. Independent writers still run.
pub(crate) fn stopped(deployment: &Deployment, failing: usize) -> Vec<BTreeSet<String>> {
    let in_world = |world: &World| {
        let running = run(deployment, 0, &given(world));
        let is_writer = |instance: &Instance| instance.writes.is_some() || instance.inner.is_some();
        let waits = |late: usize| {
            let mut early = running.instances.iter().enumerate();
            early.any(|(at, early)| early.node == failing && is_writer(early) && running.before[at][late])
        };
        let stopped =
            running.instances.iter().enumerate().filter(|(at, instance)| is_writer(instance) && waits(*at));
        stopped.map(|(_, instance)| symbol(&deployment.templates[0], instance.node)).collect()
    };
    worlds(deployment).iter().map(in_world).collect()
}

/// The possible values of `settings`, including `null`.
const SETTINGS: [Option<Held>; 5] = [
    None,
    Some(Held { on: None, is_empty: true }),
    Some(Held { on: None, is_empty: false }),
    Some(Held { on: Some(false), is_empty: false }),
    Some(Held { on: Some(true), is_empty: false }),
];

/// All combinations of values for the parameters of the root.
pub(crate) fn worlds(deployment: &Deployment) -> Vec<World> {
    let parameters = deployment.parameters(0);
    let mut found = vec![World { kind: "another", ..World::default() }];
    for parameter in parameters {
        let all = std::mem::take(&mut found);
        for world in all {
            match parameter {
                Parameter::P => found.extend([false, true].map(|p| World { p, ..world.clone() })),
                Parameter::Q => found.extend([false, true].map(|q| World { q, ..world.clone() })),
                Parameter::Kind => {
                    if !deployment.templates[0].is_kind_bounded {
                        found.push(world.clone());
                    }
                    found.extend(KINDS.map(|kind| World { kind, ..world.clone() }));
                }
                Parameter::Names => {
                    found.extend((0..=LONGEST).map(|names| World { names, ..world.clone() }));
                }
                Parameter::Count => {
                    found.extend((0..=LONGEST).map(|count| World { count, ..world.clone() }));
                }
                Parameter::Flag => {
                    found.extend([None, Some(false), Some(true)].map(|flag| World { flag, ..world.clone() }));
                }
                Parameter::Note => {
                    let notes = [None, Some("another"), Some(KINDS[0]), Some(KINDS[1])];
                    found.extend(notes.map(|note| World { note, ..world.clone() }));
                }
                Parameter::Settings => {
                    found.extend(SETTINGS.map(|settings| World { settings, ..world.clone() }));
                }
                Parameter::Hub | Parameter::HubId => found.push(world),
            }
        }
    }
    found
}

pub(crate) fn run(deployment: &Deployment, template: usize, given: &Given) -> Running {
    let nodes = &deployment.templates[template].nodes;
    let mut scope = Scope { deployment, template, given, outputs: BTreeMap::new() };
    // Outputs and symbols name an object even if it is not deployed in this world.
    for (at, node) in nodes.iter().enumerate() {
        if let (What::Call(call), None) = (&node.what, &node.copy) {
            let inside = run(deployment, call.callee, &scope.argued(at, call, 0));
            scope.outputs.extend(inside.output.map(|output| (at, output)));
        }
    }
    let mut instances = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        if node.copy.is_some() {
            instances.push(Instance {
                node: at,
                index: None,
                is_deployed: false,
                writes: None,
                inner: None,
                is_object: None,
                tag: given.tag.clone(),
            });
        }
        for index in 0..length(node.copy.as_ref(), given) {
            let is_deployed =
                node.condition.as_ref().is_none_or(|condition| holds(condition, node, index, given));
            let (mut writes, mut inner) = (None, None);
            match &node.what {
                _ if !is_deployed => {}
                What::Writer { role, target } => {
                    writes = Some((*role, scope.aim(node, target, role.family(), index)));
                }
                What::Call(call) => {
                    inner = Some(run(deployment, call.callee, &scope.argued(at, call, index)));
                }
                What::Object { .. } | What::Link => {}
            }
            let is_object = match &node.what {
                What::Object { family, .. } => Some(scope.object(at, index, *family)),
                _ => None,
            };
            let tag = given.tag.clone();
            instances.push(Instance {
                node: at,
                index: Some(index),
                is_deployed,
                writes,
                inner,
                is_object,
                tag,
            });
        }
    }
    let before = order(deployment, nodes, &instances);
    let output = deployment.output(template).map(|at| scope.object(at, 0, Family::Hub));
    Running { template, instances, before, group: given.group.clone(), output }
}

/// The transitive closure of the edges between instances.
fn order(deployment: &Deployment, nodes: &[Node], instances: &[Instance]) -> Vec<Vec<bool>> {
    let count = instances.len();
    let mut before = vec![vec![false; count]; count];
    for (late_at, late) in instances.iter().enumerate() {
        for (early_at, early) in instances.iter().enumerate() {
            before[early_at][late_at] = waits(deployment, nodes, late, early);
        }
    }
    for over in 0..count {
        for early in 0..count {
            for late in 0..count {
                before[early][late] |= before[early][over] && before[over][late];
            }
        }
    }
    before
}

/// Whether `late` waits directly for `early`.
fn waits(deployment: &Deployment, nodes: &[Node], late: &Instance, early: &Instance) -> bool {
    let node = &nodes[late.node];
    if late.node == early.node {
        let batch = node.copy.as_ref().and_then(|copy| copy.batch);
        let indexes = early.index.zip(late.index);
        return batch.zip(indexes).is_some_and(|(size, (early, late))| early / size < late / size);
    }
    let is_loop = nodes[early.node].copy.is_some();
    // A loop as a whole has no index that could match another one.
    let is_same = early.index.is_some() && early.index == late.index;
    let listed = node.waits.iter().filter(|wait| wait.on == early.node).any(|wait| match wait.by {
        By::Whole | By::ThroughExisting => true,
        By::Same => is_same,
        By::First => early.index == Some(0),
        By::Mention => !is_loop || is_same,
        By::OnExisting => false,
    });
    let refers = deployment.referred(node) == Some(early.node);
    listed || refers && (!is_loop || is_same)
}

/// The environment in which the expressions of one template instance are evaluated.
struct Scope<'s> {
    deployment: &'s Deployment,
    template: usize,
    given: &'s Given,
    /// The objects that the calls of this template return.
    outputs: BTreeMap<usize, Object>,
}

impl Scope<'_> {
    fn node(&self, at: usize) -> &Node {
        &self.deployment.templates[self.template].nodes[at]
    }

    /// The parameters inside a call.
    fn argued(&self, at: usize, call: &Call, index: usize) -> Given {
        let (node, given) = (self.node(at), self.given);
        let truth = |truth: &Truth| match truth {
            Truth::Constant(value) => *value,
            Truth::Test(test) => answer(test, node, index, given),
        };
        Given {
            p: truth(&call.p),
            q: truth(&call.q),
            kind: match call.kind {
                Kind::Constant(kind) => kind.to_owned(),
                Kind::Parameter => given.kind.clone(),
                Kind::Noted(missing) => given.note.clone().unwrap_or_else(|| missing.to_owned()),
            },
            hub: named(&call.hub, node, index, given),
            hub_id: if self.deployment.parameters(call.callee).contains(&Parameter::HubId) {
                self.aim(node, &call.hub_id, Family::Hub, index)
            } else {
                given.hub_id.clone()
            },
            names: names(&call.names, given),
            count: number(&call.count, given),
            is_count_known: given.is_count_known || call.count != Count::Parameter,
            flag: match call.flag {
                Flag::Missing | Flag::Null => None,
                Flag::Constant(value) => Some(value),
                Flag::Parameter => given.flag,
                Flag::P => Some(given.p),
                Flag::Setting => given.setting(),
            },
            note: match call.note {
                Note::Missing => None,
                Note::Constant(text) => Some(text.to_owned()),
                Note::Parameter => given.note.clone(),
                Note::Kind => Some(given.kind.clone()),
            },
            settings: match call.settings {
                Settings::Missing => None,
                Settings::Empty => SETTINGS[1],
                Settings::Parameter => given.settings,
                Settings::OfFlag => Some(Held { on: given.flag, is_empty: false }),
                Settings::OfP => Some(Held { on: Some(given.p), is_empty: false }),
            },
            group: if call.is_elsewhere { "another group".to_owned() } else { given.group.clone() },
            tag: own_name(&given.tag, &self.deployment.templates[self.template], at, index),
        }
    }

    /// The object that a symbol, name or id refers to.
    fn aim(&self, node: &Node, target: &Target, family: Family, index: usize) -> Object {
        match target {
            Target::Existing(name) | Target::ById(name) => {
                let name = named(name, node, index, self.given);
                Object::new(&self.given.group, family, &name)
            }
            Target::Deployed(at) => self.object(*at, index, family),
            Target::Given => self.given.hub_id.clone(),
            Target::Output(at) => self.outputs[at].clone(),
        }
    }

    /// The object that a node deploys.
    fn object(&self, at: usize, index: usize, family: Family) -> Object {
        let node = self.node(at);
        let index = if node.copy.is_some() { index } else { 0 };
        let name = match &node.what {
            What::Object { name: ObjectName::Literal(name), .. } => name.to_lowercase(),
            _ => own_name(&self.given.tag, &self.deployment.templates[self.template], at, index),
        };
        Object::new(&self.given.group, family, &name)
    }
}

/// The unique name of a node, as it is printed.
pub(crate) fn own_name(tag: &str, template: &crate::model::Template, at: usize, index: usize) -> String {
    let index = if template.nodes[at].copy.is_some() { format!("-{index}") } else { String::new() };
    format!("{tag}-{}{index}", symbol(template, at))
}

fn named(name: &Name, node: &Node, index: usize, given: &Given) -> String {
    match (name, node.copy.as_ref().map(|copy| &copy.over)) {
        (Name::Literal(name), _) => (*name).to_owned(),
        (Name::Parameter, _) => given.hub.clone(),
        (Name::Element, Some(Over::Names(list))) => names(list, given)[index].clone(),
        (Name::Element, Some(Over::Range(Count::Parameter))) if !given.is_count_known => {
            format!("numbered-{index}{COUNTED}")
        }
        (Name::Element, _) => format!("numbered-{index}"),
    }
}

fn length(copy: Option<&Copy>, given: &Given) -> usize {
    match copy.map(|copy| &copy.over) {
        None => 1,
        Some(Over::Names(list)) => names(list, given).len(),
        Some(Over::Range(count)) => number(count, given),
    }
}

fn names(names: &Names, given: &Given) -> Vec<String> {
    match names {
        Names::Literal(count) => ELEMENTS[..*count].iter().map(|&name| name.to_owned()).collect(),
        Names::Parameter => given.names.clone(),
    }
}

fn number(count: &Count, given: &Given) -> usize {
    match count {
        Count::Literal(count) => *count,
        Count::Parameter => given.count,
    }
}

fn holds(condition: &Condition, node: &Node, index: usize, given: &Given) -> bool {
    match condition {
        Condition::One(test) => answer(test, node, index, given),
        Condition::Both(one, other) => answer(one, node, index, given) && answer(other, node, index, given),
        Condition::Either(one, other) => answer(one, node, index, given) || answer(other, node, index, given),
    }
}

fn answer(test: &Test, node: &Node, index: usize, given: &Given) -> bool {
    let is_so = match &test.atom {
        Atom::P => given.p,
        Atom::Q => given.q,
        Atom::KindIs(kind) => given.kind == *kind,
        Atom::NoNames => given.names.is_empty(),
        Atom::FlagIs(value) => given.flag == *value,
        Atom::FlagOr(missing) => given.flag.unwrap_or(*missing),
        Atom::FlagOrSetting(missing) => given.flag.or(given.setting()).unwrap_or(*missing),
        Atom::NoteIs(wanted) => given.note.as_deref() == *wanted,
        Atom::NoteOr(missing, wanted) => given.note.as_deref().unwrap_or(missing) == *wanted,
        Atom::NoSettings => given.settings.is_none(),
        Atom::EmptySettings => given.settings.is_none_or(|settings| settings.is_empty),
        Atom::SettingIs(value) => given.setting() == *value,
        Atom::SettingOr(missing) => given.setting().unwrap_or(*missing),
        Atom::IndexIs(at) => index == *at,
        Atom::ElementIs(name) => match node.copy.as_ref().map(|copy| &copy.over) {
            // `==` in Bicep is case-sensitive.
            Some(Over::Names(list)) => names(list, given)[index] == *name,
            _ => false,
        },
    };
    is_so != test.is_negated
}

/// All writers inside an instance.
fn writers(instance: &Instance) -> Vec<&(Role, Object)> {
    let own = instance.writes.iter();
    own.chain(instance.inner.iter().flat_map(|inner| inner.instances.iter().flat_map(writers))).collect()
}

/// Collects the pairs of a running template and of its modules.
fn collect(deployment: &Deployment, running: &Running, world: &World, found: &mut Truths) {
    let template = &deployment.templates[running.template];
    for (at, one) in running.instances.iter().enumerate() {
        if let Some(inner) = &one.inner {
            collect(deployment, inner, world, found);
        }
        for (after, other) in running.instances.iter().enumerate().skip(at + 1) {
            let symbols = BTreeSet::from([symbol(template, one.node), symbol(template, other.node)]);
            let pair = || {
                let mut symbols = symbols.iter().cloned();
                let first = symbols.next().unwrap_or_default();
                let second = symbols.next().unwrap_or_else(|| first.clone());
                (path(running.template), first, second)
            };
            let (forward, backward) = (running.before[at][after], running.before[after][at]);
            for (role, object) in writers(one) {
                for (against, its_object) in writers(other) {
                    if !object.has_name_of(its_object) || !disturb(*role, *against) {
                        continue;
                    }
                    if object != its_object {
                        found.open.insert(pair());
                        continue;
                    }
                    if !forward && !backward {
                        found.overlaps.entry(pair()).or_insert_with(|| world.clone());
                    }
                    // The author cannot choose which instance of a loop comes first.
                    let is_one_loop = one.node == other.node;
                    let commits_first = forward && *role == Role::Intent;
                    if !is_one_loop && (commits_first || backward && *against == Role::Intent) {
                        found.reversed.entry(pair()).or_insert_with(|| world.clone());
                    }
                }
            }
        }
    }
}

/// Whether two writers of one object conflict.
pub(crate) fn disturb(one: Role, other: Role) -> bool {
    one.is_gateway() && other.is_gateway()
        || one.is_gateway() && other == Role::Intent
        || one == Role::Intent && other.is_gateway()
        || one == Role::Subnet && other == Role::Subnet
        || one == Role::RuleGroup && other == Role::RuleGroup
}
