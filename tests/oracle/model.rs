//! A small deployment: templates that call each other, their nodes, conditions and order.
//!
//! Every name other than that of a shared object is unique, so that nothing is declared twice.

use std::collections::BTreeSet;

/// Templates; the first is the root, and each calls only later ones.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    pub(crate) templates: Vec<Template>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    /// The nodes; each waits only for earlier ones.
    pub(crate) nodes: Vec<Node>,
    /// Whether the file declares them in reverse order.
    pub(crate) is_reversed: bool,
    /// Whether `@allowed` limits `kind`; only in the root, where no caller can pass another value.
    pub(crate) is_kind_bounded: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) what: What,
    pub(crate) condition: Option<Condition>,
    pub(crate) copy: Option<Copy>,
    pub(crate) waits: Vec<Wait>,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    /// Writes an object.
    Writer {
        role: Role,
        target: Target,
    },
    /// Deploys an object.
    Object {
        family: Family,
        name: ObjectName,
    },
    /// Writes nothing shared.
    Link,
    Call(Box<Call>),
}

/// The object of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Family {
    Hub,
    Network,
    Policy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Role {
    S2s,
    P2s,
    ExpressRoute,
    Intent,
    Subnet,
    RuleGroup,
}

/// The name of an object that the file deploys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ObjectName {
    Literal(&'static str),
    /// A unique name.
    Own,
}

/// How a writer names its object.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// By the symbol of an `existing` declaration.
    Existing(Name),
    /// By an id built from its name; a child by a name with a slash.
    ById(Name),
    /// By the symbol of the node in this file that deploys it; for a loop, the element with the same index.
    Deployed(usize),
    /// By the parameter `hubId`.
    Given,
    /// By the output of a module call of this file.
    Output(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Literal(&'static str),
    /// The parameter `hub`.
    Parameter,
    /// The element of the node's own loop.
    Element,
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Index of the template.
    pub(crate) callee: usize,
    pub(crate) p: Truth,
    pub(crate) q: Truth,
    pub(crate) kind: Kind,
    pub(crate) hub: Name,
    pub(crate) hub_id: Target,
    pub(crate) names: Names,
    pub(crate) count: Count,
    pub(crate) flag: Flag,
    pub(crate) note: Note,
    pub(crate) settings: Settings,
    /// Whether it deploys to another resource group.
    pub(crate) is_elsewhere: bool,
}

/// A Boolean argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    Constant(bool),
    Test(Test),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Constant(&'static str),
    Parameter,
    /// `note ?? 'a'`
    Noted(&'static str),
}

/// The argument for a parameter that is `true`, `false` or `null`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flag {
    /// The call leaves it out.
    Missing,
    Null,
    Constant(bool),
    Parameter,
    /// The parameter `p`, which is never `null`.
    P,
    /// `settings.?on`
    Setting,
}

/// The argument for a parameter that is a text or `null`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    Missing,
    Constant(&'static str),
    Parameter,
    /// The parameter `kind`, which is never `null`.
    Kind,
}

/// The argument for a parameter that is an object or `null`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Settings {
    Missing,
    /// `{}`
    Empty,
    Parameter,
    /// `{ on: flag }`
    OfFlag,
    /// `{ on: p }`
    OfP,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// This many of [`ELEMENTS`].
    Literal(usize),
    Parameter,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    Literal(usize),
    Parameter,
}

/// The elements of literal lists. Two of them are also literal names of objects, one in another case.
pub(crate) const ELEMENTS: [&str; 3] = ["Hub1", "hub2", "hub3"];
/// The literal names of objects.
pub(crate) const LITERALS: [&str; 3] = ["hub1", "HUB1", "hub2"];
/// The values that `kind` is compared with.
pub(crate) const KINDS: [&str; 2] = ["a", "b"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    One(Test),
    Both(Test, Test),
    Either(Test, Test),
}

impl Condition {
    pub(crate) fn tests(&self) -> Vec<&Test> {
        match self {
            Self::One(test) => vec![test],
            Self::Both(one, other) | Self::Either(one, other) => vec![one, other],
        }
    }
}

/// An atom, possibly negated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) is_negated: bool,
    pub(crate) atom: Atom,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Atom {
    P,
    Q,
    KindIs(&'static str),
    /// The list parameter is empty.
    NoNames,
    /// `flag == null`, `flag == true`, `flag == false`
    FlagIs(Option<bool>),
    /// `flag ?? true`, `flag ?? false`
    FlagOr(bool),
    /// `flag ?? settings.?on ?? false`
    FlagOrSetting(bool),
    /// `note == null`, `note == 'a'`
    NoteIs(Option<&'static str>),
    /// `(note ?? 'a') == 'b'`
    NoteOr(&'static str, &'static str),
    /// `settings == null`
    NoSettings,
    /// `empty(settings ?? {})`
    EmptySettings,
    /// `settings.?on == null`, `settings.?on == true`
    SettingIs(Option<bool>),
    /// `settings.?on ?? true`
    SettingOr(bool),
    /// The index of the node's own loop.
    IndexIs(usize),
    /// The element of the node's own loop over a literal list.
    ElementIs(&'static str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) over: Over,
    pub(crate) batch: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    Names(Names),
    Range(Count),
}

/// A dependency of a node.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    /// An earlier node.
    pub(crate) on: usize,
    pub(crate) by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// `dependsOn` on the node, or on the whole loop.
    Whole,
    /// `dependsOn` on the element with the same index.
    Same,
    /// `dependsOn` on the first element of a loop.
    First,
    /// A property that refers to the node; for a loop, to the element with the same index.
    Mention,
    /// An `existing` resource that waits for it.
    ThroughExisting,
    /// `dependsOn` on an `existing` resource of the same name, which orders nothing.
    OnExisting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Parameter {
    P,
    Q,
    Kind,
    Hub,
    HubId,
    Names,
    Count,
    Flag,
    Note,
    Settings,
}

impl Role {
    pub(crate) fn family(self) -> Family {
        match self {
            Self::S2s | Self::P2s | Self::ExpressRoute | Self::Intent => Family::Hub,
            Self::Subnet => Family::Network,
            Self::RuleGroup => Family::Policy,
        }
    }

    pub(crate) fn is_gateway(self) -> bool {
        matches!(self, Self::S2s | Self::P2s | Self::ExpressRoute)
    }
}

impl Deployment {
    /// The parameters that a template needs.
    pub(crate) fn parameters(&self, template: usize) -> BTreeSet<Parameter> {
        let mut found = BTreeSet::new();
        for node in &self.templates[template].nodes {
            let tests = node.condition.iter().flat_map(Condition::tests);
            found.extend(tests.flat_map(|test| parameters(&test.atom)));
            match node.copy.as_ref().map(|copy| &copy.over) {
                Some(Over::Names(Names::Parameter)) => _ = found.insert(Parameter::Names),
                Some(Over::Range(Count::Parameter)) => _ = found.insert(Parameter::Count),
                _ => {}
            }
            match &node.what {
                What::Writer { target, .. } => found.extend(of_target(target)),
                What::Call(call) => found.extend(self.of_call(call)),
                What::Object { .. } | What::Link => {}
            }
        }
        found
    }

    fn of_call(&self, call: &Call) -> Vec<Parameter> {
        let argument = |needed: Parameter| match needed {
            Parameter::P => of_truth(&call.p),
            Parameter::Q => of_truth(&call.q),
            Parameter::Kind => match call.kind {
                Kind::Constant(_) => Vec::new(),
                Kind::Parameter => vec![Parameter::Kind],
                Kind::Noted(_) => vec![Parameter::Note],
            },
            Parameter::Hub if call.hub == Name::Parameter => vec![Parameter::Hub],
            Parameter::HubId => of_target(&call.hub_id).into_iter().collect(),
            Parameter::Names if call.names == Names::Parameter => vec![Parameter::Names],
            Parameter::Count if call.count == Count::Parameter => vec![Parameter::Count],
            Parameter::Hub | Parameter::Names | Parameter::Count => Vec::new(),
            Parameter::Flag => match call.flag {
                Flag::Missing | Flag::Null | Flag::Constant(_) => Vec::new(),
                Flag::Parameter => vec![Parameter::Flag],
                Flag::P => vec![Parameter::P],
                Flag::Setting => vec![Parameter::Settings],
            },
            Parameter::Note => match call.note {
                Note::Missing | Note::Constant(_) => Vec::new(),
                Note::Parameter => vec![Parameter::Note],
                Note::Kind => vec![Parameter::Kind],
            },
            Parameter::Settings => match call.settings {
                Settings::Missing | Settings::Empty => Vec::new(),
                Settings::Parameter => vec![Parameter::Settings],
                Settings::OfFlag => vec![Parameter::Flag],
                Settings::OfP => vec![Parameter::P],
            },
        };
        self.parameters(call.callee).into_iter().flat_map(argument).collect()
    }

    /// The node whose id is the output of a template, if it has one.
    pub(crate) fn output(&self, template: usize) -> Option<usize> {
        let is_hub = |node: &Node| {
            node.copy.is_none() && matches!(node.what, What::Object { family: Family::Hub, .. })
        };
        self.templates[template].nodes.iter().position(is_hub)
    }

    /// The node of the same template that the arguments of a call, or the object of a writer, refer to by symbol.
    pub(crate) fn referred(&self, node: &Node) -> Option<usize> {
        let target = match &node.what {
            What::Writer { target, .. } => target,
            What::Call(call) if self.parameters(call.callee).contains(&Parameter::HubId) => &call.hub_id,
            _ => return None,
        };
        match target {
            Target::Deployed(at) | Target::Output(at) => Some(*at),
            Target::Existing(_) | Target::ById(_) | Target::Given => None,
        }
    }

    /// The templates that the root reaches.
    pub(crate) fn reached(&self) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([0]);
        for at in 0..self.templates.len() {
            if found.contains(&at) {
                found.extend(self.templates[at].nodes.iter().filter_map(|node| match &node.what {
                    What::Call(call) => Some(call.callee),
                    _ => None,
                }));
            }
        }
        found
    }
}

fn parameters(atom: &Atom) -> Vec<Parameter> {
    match atom {
        Atom::P => vec![Parameter::P],
        Atom::Q => vec![Parameter::Q],
        Atom::KindIs(_) => vec![Parameter::Kind],
        Atom::NoNames => vec![Parameter::Names],
        Atom::FlagIs(_) | Atom::FlagOr(_) => vec![Parameter::Flag],
        Atom::FlagOrSetting(_) => vec![Parameter::Flag, Parameter::Settings],
        Atom::NoteIs(_) | Atom::NoteOr(..) => vec![Parameter::Note],
        Atom::NoSettings | Atom::EmptySettings | Atom::SettingIs(_) | Atom::SettingOr(_) => {
            vec![Parameter::Settings]
        }
        Atom::IndexIs(_) | Atom::ElementIs(_) => Vec::new(),
    }
}

fn of_truth(truth: &Truth) -> Vec<Parameter> {
    match truth {
        Truth::Constant(_) => Vec::new(),
        Truth::Test(test) => parameters(&test.atom),
    }
}

fn of_target(target: &Target) -> Option<Parameter> {
    match target {
        Target::Existing(Name::Parameter) | Target::ById(Name::Parameter) => Some(Parameter::Hub),
        Target::Given => Some(Parameter::HubId),
        _ => None,
    }
}

pub(crate) fn path(template: usize) -> &'static str {
    ["main.bicep", "modules/a.bicep", "modules/b.bicep"][template]
}

pub(crate) fn symbol(template: &Template, node: usize) -> String {
    let word = match &template.nodes[node].what {
        What::Writer { role: Role::S2s, .. } => "s2s",
        What::Writer { role: Role::P2s, .. } => "p2s",
        What::Writer { role: Role::ExpressRoute, .. } => "er",
        What::Writer { role: Role::Intent, .. } => "intent",
        What::Writer { role: Role::Subnet, .. } => "subnet",
        What::Writer { role: Role::RuleGroup, .. } => "group",
        What::Object { family: Family::Hub, .. } => "hub",
        What::Object { family: Family::Network, .. } => "vnet",
        What::Object { family: Family::Policy, .. } => "policy",
        What::Link => "link",
        What::Call(_) => "call",
    };
    format!("{word}{node}")
}
