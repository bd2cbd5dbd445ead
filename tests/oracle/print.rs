//! Prints a deployment as Bicep.

use std::fmt::{Display, Write};

use crate::model::{
    Atom, By, Call, Condition, Copy, Count, Deployment, ELEMENTS, Family, Flag, Kind, Name, Names, Node,
    Note, ObjectName, Over, Parameter, Role, Settings, Target, Test, Truth, What, path, symbol,
};

/// The files that the root reaches, with the root first.
pub(crate) fn print(deployment: &Deployment) -> Vec<(&'static str, String)> {
    deployment.reached().into_iter().map(|at| (path(at), file(deployment, at))).collect()
}

fn file(deployment: &Deployment, at: usize) -> String {
    let template = &deployment.templates[at];
    let mut text = String::new();
    for parameter in deployment.parameters(at) {
        if parameter == Parameter::Kind && template.is_kind_bounded {
            text.push_str("@allowed([\n  'a'\n  'b'\n])\n");
        }
        let ty = match parameter {
            Parameter::P | Parameter::Q => "bool",
            Parameter::Kind | Parameter::Hub | Parameter::HubId => "string",
            Parameter::Names => "array",
            Parameter::Count => "int",
            Parameter::Flag => "bool?",
            Parameter::Note => "string?",
            Parameter::Settings => "object?",
        };
        _ = writeln!(text, "param {} {ty}", parameter_name(parameter));
    }
    if at == 0 {
        text.push_str("var tag = 'main'\n");
    } else {
        text.push_str("param tag string\nparam after string = ''\n");
    }
    let mut blocks: Vec<String> =
        (0..template.nodes.len()).map(|node| Printer { deployment, at, node }.declaration()).collect();
    if template.is_reversed {
        blocks.reverse();
    }
    for block in blocks {
        _ = write!(text, "\n{block}");
    }
    if at > 0 {
        text.push_str("\noutput done string = tag\n");
    }
    if let Some(node) = deployment.output(at).filter(|_| at > 0) {
        _ = writeln!(text, "output hubId string = {}.id", symbol(template, node));
    }
    text
}

pub(crate) fn parameter_name(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::P => "p",
        Parameter::Q => "q",
        Parameter::Kind => "kind",
        Parameter::Hub => "hub",
        Parameter::HubId => "hubId",
        Parameter::Names => "names",
        Parameter::Count => "count",
        Parameter::Flag => "flag",
        Parameter::Note => "note",
        Parameter::Settings => "settings",
    }
}

/// Prints one node of one template.
struct Printer<'d> {
    deployment: &'d Deployment,
    at: usize,
    node: usize,
}

impl Printer<'_> {
    fn own(&self) -> &Node {
        &self.deployment.templates[self.at].nodes[self.node]
    }

    fn symbol(&self, node: usize) -> String {
        symbol(&self.deployment.templates[self.at], node)
    }

    fn declaration(&self) -> String {
        let node = self.own();
        let mut text = String::new();
        let mut body: Vec<String> = Vec::new();
        let mut depends: Vec<String> = Vec::new();
        for (number, wait) in node.waits.iter().enumerate() {
            let on = self.symbol(wait.on);
            match wait.by {
                By::Whole => depends.push(on),
                By::Same => depends.push(format!("{on}[i]")),
                By::First => depends.push(format!("{on}[0]")),
                By::Mention => {}
                By::ThroughExisting => {
                    let gate = format!("gate{}x{number}", self.node);
                    _ = writeln!(
                        text,
                        "resource {gate} 'Microsoft.Network/publicIPAddresses@2024-05-01' existing = {{\n  name: '{gate}'\n  dependsOn: [\n    {on}\n  ]\n}}\n",
                    );
                    depends.push(gate);
                }
                By::OnExisting => {
                    let seen = format!("seen{}x{number}", self.node);
                    _ = writeln!(
                        text,
                        "resource {seen} '{}@2024-05-01' existing = {{\n  name: {}\n}}\n",
                        self.seen_type(wait.on),
                        Printer { node: wait.on, ..*self }.own_name(),
                    );
                    depends.push(seen);
                }
            }
        }
        let head = match &node.what {
            What::Writer { role, target } => self.writer(*role, target, &mut text, &mut body),
            What::Object { family, name } => {
                body.push(match name {
                    ObjectName::Literal(name) => format!("name: '{name}'"),
                    ObjectName::Own => format!("name: {}", self.own_name()),
                });
                self.tags(&mut body);
                format!("resource {} '{}@2024-05-01'", self.symbol(self.node), family_type(*family))
            }
            What::Link => {
                body.push(format!("name: {}", self.own_name()));
                self.tags(&mut body);
                format!(
                    "resource {} 'Microsoft.Network/publicIPAddresses@2024-05-01'",
                    self.symbol(self.node)
                )
            }
            What::Call(call) => self.call(call, &mut text, &mut body),
        };
        if !depends.is_empty() {
            body.push(format!("dependsOn: [\n    {}\n  ]", depends.join("\n    ")));
        }
        let condition = node.condition.as_ref().map_or_else(String::new, |condition| {
            let tests: Vec<String> = condition.tests().into_iter().map(show_test).collect();
            let operator = if matches!(condition, Condition::Either(..)) { " || " } else { " && " };
            format!("if ({}) ", tests.join(operator))
        });
        let body = format!("{condition}{{\n  {}\n}}", body.join("\n  "));
        match &node.copy {
            None => _ = writeln!(text, "{head} = {body}"),
            Some(copy) => {
                if let Some(size) = copy.batch {
                    _ = writeln!(text, "@batchSize({size})");
                }
                _ = writeln!(text, "{head} = [for (item, i) in {}: {body}]", source(copy));
            }
        }
        text
    }

    /// A unique name.
    fn own_name(&self) -> String {
        let index = if self.own().copy.is_some() { "-${i}" } else { "" };
        format!("'${{tag}}-{}{index}'", self.symbol(self.node))
    }

    fn seen_type(&self, node: usize) -> &'static str {
        match &self.deployment.templates[self.at].nodes[node].what {
            What::Writer { role, .. } if role.is_gateway() => role_type(*role),
            What::Object { family, .. } => family_type(*family),
            _ => "Microsoft.Network/publicIPAddresses",
        }
    }

    fn writer(&self, role: Role, target: &Target, text: &mut String, body: &mut Vec<String>) -> String {
        let family = role.family();
        let mentions = self.mentions();
        if role.is_gateway() {
            let id = self.id(target, family, text);
            body.push(format!("name: {}", self.own_name()));
            self.tags(body);
            body.push(format!("properties: {{\n    virtualHub: {{\n      id: {id}\n    }}\n  }}"));
        } else {
            if let Target::ById(name) = target {
                let own = self.own_name();
                body.push(format!("name: '${{{}}}/{}", self.name(name), &own[1..]));
            } else {
                let parent = self.object_symbol(target, family, text);
                body.push(format!("parent: {parent}"));
                body.push(format!("name: {}", self.own_name()));
            }
            if !mentions.is_empty() {
                body.push(format!("properties: {{\n    after: '{mentions}'\n  }}"));
            }
        }
        format!("resource {} '{}@2024-05-01'", self.symbol(self.node), role_type(role))
    }

    fn call(&self, call: &Call, text: &mut String, body: &mut Vec<String>) -> String {
        let to = match (self.at, call.callee) {
            (0, callee) => path(callee),
            (_, callee) => path(callee).trim_start_matches("modules/"),
        };
        body.push(format!("name: 'd-{}'", &self.own_name()[1..].trim_end_matches('\'')));
        if call.is_elsewhere {
            body.push("scope: resourceGroup('another')".to_owned());
        }
        let mut arguments = Vec::new();
        for parameter in self.deployment.parameters(call.callee) {
            let value = match parameter {
                Parameter::P => show_truth(&call.p),
                Parameter::Q => show_truth(&call.q),
                Parameter::Kind => match call.kind {
                    Kind::Constant(kind) => format!("'{kind}'"),
                    Kind::Parameter => "kind".to_owned(),
                    Kind::Noted(missing) => format!("note ?? '{missing}'"),
                },
                Parameter::Hub => self.name(&call.hub),
                Parameter::HubId => self.id(&call.hub_id, Family::Hub, text),
                Parameter::Names => list(&call.names),
                Parameter::Count => number(&call.count),
                Parameter::Flag => match call.flag {
                    Flag::Missing => continue,
                    Flag::Null => "null".to_owned(),
                    Flag::Constant(value) => value.to_string(),
                    Flag::Parameter => "flag".to_owned(),
                    Flag::P => "p".to_owned(),
                    Flag::Setting => "settings.?on".to_owned(),
                },
                Parameter::Note => match call.note {
                    Note::Missing => continue,
                    Note::Constant(text) => format!("'{text}'"),
                    Note::Parameter => "note".to_owned(),
                    Note::Kind => "kind".to_owned(),
                },
                Parameter::Settings => match call.settings {
                    Settings::Missing => continue,
                    Settings::Empty => "{}".to_owned(),
                    Settings::Parameter => "settings".to_owned(),
                    Settings::OfFlag => "{ on: flag }".to_owned(),
                    Settings::OfP => "{ on: p }".to_owned(),
                },
            };
            arguments.push(format!("{}: {value}", parameter_name(parameter)));
        }
        arguments.push(format!("tag: {}", self.own_name()));
        let mentions = self.mentions();
        if !mentions.is_empty() {
            arguments.push(format!("after: '{mentions}'"));
        }
        body.push(format!("params: {{\n    {}\n  }}", arguments.join("\n    ")));
        format!("module {} '{to}'", self.symbol(self.node))
    }

    fn tags(&self, body: &mut Vec<String>) {
        let mentions = self.mentions();
        if !mentions.is_empty() {
            body.push(format!("tags: {{\n    after: '{mentions}'\n  }}"));
        }
    }

    /// The content of a string that mentions other nodes.
    fn mentions(&self) -> String {
        let nodes = &self.deployment.templates[self.at].nodes;
        let mentioned = self.own().waits.iter().filter(|wait| wait.by == By::Mention).map(|wait| {
            let index = if nodes[wait.on].copy.is_some() { "[i]" } else { "" };
            let member = if matches!(nodes[wait.on].what, What::Call(_)) { "outputs.done" } else { "id" };
            format!("${{{}{index}.{member}}}", self.symbol(wait.on))
        });
        mentioned.collect::<Vec<_>>().join(" ")
    }

    /// The symbol of an object. Declares the object as `existing` if the target is named that way.
    fn object_symbol(&self, target: &Target, family: Family, text: &mut String) -> String {
        let index = match target {
            Target::Existing(Name::Element) => "[i]",
            Target::Deployed(at) if self.deployment.templates[self.at].nodes[*at].copy.is_some() => "[i]",
            _ => "",
        };
        match target {
            Target::Deployed(at) => format!("{}{index}", self.symbol(*at)),
            Target::Existing(name) | Target::ById(name) => {
                let known = format!("known{}", self.node);
                let body = format!("{{\n  name: {}\n}}", self.name(name));
                let body = match (&self.own().copy, name) {
                    (Some(copy), Name::Element) => format!("[for (item, i) in {}: {body}]", source(copy)),
                    _ => body,
                };
                _ = writeln!(
                    text,
                    "resource {known} '{}@2024-05-01' existing = {body}\n",
                    family_type(family)
                );
                format!("{known}{index}")
            }
            Target::Given | Target::Output(_) => unreachable!("a parent is a symbol"),
        }
    }

    fn id(&self, target: &Target, family: Family, text: &mut String) -> String {
        match target {
            Target::ById(name) => format!("resourceId('{}', {})", family_type(family), self.name(name)),
            Target::Given => "hubId".to_owned(),
            Target::Output(at) => format!("{}.outputs.hubId", self.symbol(*at)),
            _ => format!("{}.id", self.object_symbol(target, family, text)),
        }
    }

    fn name(&self, name: &Name) -> String {
        match (name, self.own().copy.as_ref().map(|copy| &copy.over)) {
            (Name::Literal(name), _) => format!("'{name}'"),
            (Name::Parameter, _) => "hub".to_owned(),
            (Name::Element, Some(Over::Range(_))) => "'numbered-${item}'".to_owned(),
            (Name::Element, _) => "item".to_owned(),
        }
    }
}

pub(crate) fn role_type(role: Role) -> &'static str {
    match role {
        Role::S2s => "Microsoft.Network/vpnGateways",
        Role::P2s => "Microsoft.Network/p2sVpnGateways",
        Role::ExpressRoute => "Microsoft.Network/expressRouteGateways",
        Role::Intent => "Microsoft.Network/virtualHubs/routingIntent",
        Role::Subnet => "Microsoft.Network/virtualNetworks/subnets",
        Role::RuleGroup => "Microsoft.Network/firewallPolicies/ruleCollectionGroups",
    }
}

pub(crate) fn family_type(family: Family) -> &'static str {
    match family {
        Family::Hub => "Microsoft.Network/virtualHubs",
        Family::Network => "Microsoft.Network/virtualNetworks",
        Family::Policy => "Microsoft.Network/firewallPolicies",
    }
}

fn source(copy: &Copy) -> String {
    match &copy.over {
        Over::Names(names) => list(names),
        Over::Range(count) => format!("range(0, {})", number(count)),
    }
}

fn list(names: &Names) -> String {
    match names {
        Names::Parameter => "names".to_owned(),
        Names::Literal(count) => {
            let names: Vec<String> = ELEMENTS[..*count].iter().map(|name| format!("'{name}'")).collect();
            format!("[{}]", names.join(", "))
        }
    }
}

fn number(count: &Count) -> String {
    match count {
        Count::Parameter => "count".to_owned(),
        Count::Literal(count) => count.to_string(),
    }
}

fn show_truth(truth: &Truth) -> String {
    match truth {
        Truth::Constant(value) => value.to_string(),
        Truth::Test(test) => show_test(test),
    }
}

fn show_test(test: &Test) -> String {
    let operator = if test.is_negated { "!=" } else { "==" };
    let not = if test.is_negated { "!" } else { "" };
    let or_null = |value: Option<&dyn Display>| value.map_or_else(|| "null".to_owned(), ToString::to_string);
    match &test.atom {
        Atom::P => format!("{not}p"),
        Atom::Q => format!("{not}q"),
        Atom::KindIs(kind) => format!("kind {operator} '{kind}'"),
        Atom::NoNames => format!("{not}empty(names)"),
        Atom::FlagIs(value) => format!("flag {operator} {}", or_null(value.as_ref().map(|value| value as _))),
        Atom::FlagOr(missing) => format!("{not}(flag ?? {missing})"),
        Atom::FlagOrSetting(missing) => format!("{not}(flag ?? settings.?on ?? {missing})"),
        Atom::NoteIs(None) => format!("note {operator} null"),
        Atom::NoteIs(Some(note)) => format!("note {operator} '{note}'"),
        Atom::NoteOr(missing, note) => format!("(note ?? '{missing}') {operator} '{note}'"),
        Atom::NoSettings => format!("settings {operator} null"),
        Atom::EmptySettings => format!("{not}empty(settings ?? {{}})"),
        Atom::SettingIs(value) => {
            format!("settings.?on {operator} {}", or_null(value.as_ref().map(|value| value as _)))
        }
        Atom::SettingOr(missing) => format!("{not}(settings.?on ?? {missing})"),
        Atom::IndexIs(at) => format!("i {operator} {at}"),
        Atom::ElementIs(name) => format!("item {operator} '{name}'"),
    }
}
