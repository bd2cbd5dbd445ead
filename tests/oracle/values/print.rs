//! Prints a program as Bicep.

use std::fmt::Write;

use super::expression::{ARGUMENT, Expr, KNOWN};
use super::model::{ELEMENT, Node, Program, What, mentioned, parameters};
use crate::model::path;

const HUBS: &str = "Microsoft.Network/virtualHubs";

/// The parameter file, if the program has one.
const PARAMETERS: &str = "main.bicepparam";

/// The files, with the root first.
pub(crate) fn print(program: &Program) -> Vec<(&'static str, String)> {
    let mut files = Vec::new();
    if let Some(given) = &program.given {
        let mut text = "using 'main.bicep'\n".to_owned();
        for (name, value) in given {
            _ = writeln!(text, "param {name} = {}", show(value));
        }
        files.push((PARAMETERS, text));
    }
    files.extend((0..program.templates.len()).map(|at| (path(at), file(&program.templates[at], at))));
    files
}

fn file(nodes: &[Node], at: usize) -> String {
    let mut text = String::new();
    let mentioned = mentioned(nodes);
    for parameter in parameters().iter().filter(|parameter| mentioned.contains(parameter.name)) {
        let default = parameter.default.as_ref().filter(|_| at > 0);
        let default = default.map_or_else(String::new, |default| format!(" = {}", show(default)));
        _ = writeln!(text, "param {} {}{default}", parameter.name, parameter.ty);
    }
    text.push_str(if at == 0 { "var tag = 'main'\n" } else { "param tag string\n" });
    for (number, name) in KNOWN.iter().enumerate() {
        _ = writeln!(text, "resource known{number} '{HUBS}@2024-05-01' existing = {{\n  name: '{name}'\n}}");
    }
    for (number, node) in nodes.iter().enumerate() {
        declaration(nodes, number, node, at, &mut text);
    }
    text
}

fn declaration(nodes: &[Node], number: usize, node: &Node, at: usize, text: &mut String) {
    let symbol = node.what.symbol(number);
    let index = if node.over.is_some() { "-${i}" } else { "" };
    let name = format!("${{tag}}-{symbol}{index}");
    let (head, mut body) = match &node.what {
        What::Gateway(id) => (
            resource("vpnGateways"),
            vec![
                format!("name: '{name}'"),
                format!("properties: {{\n    virtualHub: {{\n      id: {}\n    }}\n  }}", show(id)),
            ],
        ),
        What::Properties(properties) => (
            resource("vpnGateways"),
            vec![format!("name: '{name}'"), format!("properties: {}", show(properties))],
        ),
        What::Host(list) => (
            resource("bastionHosts"),
            vec![
                format!("name: '{name}'"),
                format!("properties: {{\n    ipConfigurations: {}\n  }}", show(list)),
            ],
        ),
        // An interpolation cannot contain an object.
        What::Subnet(network) => (
            resource("virtualNetworks/subnets"),
            vec![format!("name: format('{{0}}/{{1}}', {}, '{name}')", show(network))],
        ),
        What::Call(callee, arguments) => {
            let to = if at == 0 { path(*callee) } else { path(*callee).trim_start_matches("modules/") };
            let mut arguments: Vec<String> =
                arguments.iter().map(|(name, value)| format!("{name}: {}", show(value))).collect();
            arguments.push(format!("tag: '{name}'"));
            let params = format!("params: {{\n    {}\n  }}", arguments.join("\n    "));
            (format!("'{to}'"), vec![format!("name: 'd-{name}'"), params])
        }
    };
    if let Some(on) = node.waits {
        body.push(format!("dependsOn: [\n    {}\n  ]", nodes[on].what.symbol(on)));
    }
    let condition =
        node.condition.as_ref().map_or_else(String::new, |condition| format!("if ({}) ", show(condition)));
    let body = format!("{condition}{{\n  {}\n}}", body.join("\n  "));
    let word = if matches!(node.what, What::Call(..)) { "module" } else { "resource" };
    match &node.over {
        None => _ = writeln!(text, "\n{word} {symbol} {head} = {body}"),
        Some(list) => {
            let batch = if node.is_serial { "@batchSize(1)\n" } else { "" };
            let list = show(list);
            _ = writeln!(text, "\n{batch}{word} {symbol} {head} = [for ({ELEMENT}, i) in {list}: {body}]");
        }
    }
}

fn resource(ty: &str) -> String {
    format!("'Microsoft.Network/{ty}@2024-05-01'")
}

fn show_all(values: &[Expr]) -> String {
    values.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn show_members(members: &[(&str, Expr)]) -> String {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("{name}: {}", show(value))).collect();
    format!("{{ {} }}", members.join(", "))
}

fn show(expr: &Expr) -> String {
    match expr {
        Expr::Null => "null".to_owned(),
        Expr::Truth(value) => value.to_string(),
        Expr::Text(text) => format!("'{text}'"),
        Expr::Name(name) => (*name).to_owned(),
        Expr::List(values) => format!("[{}]", show_all(values)),
        Expr::Object(members) => show_members(members),
        Expr::Member(of, name) => format!("{}.{name}", show(of)),
        Expr::Safe(of, name) => format!("{}.?{name}", show(of)),
        Expr::Or(one, other) => format!("({} ?? {})", show(one), show(other)),
        Expr::If(condition, one, other) => {
            format!("({} ? {} : {})", show(condition), show(one), show(other))
        }
        Expr::Not(value) => format!("!({})", show(value)),
        Expr::Equal(one, other) => format!("({} == {})", show(one), show(other)),
        Expr::Concat(lists) => format!("concat({})", show_all(lists)),
        Expr::Filter(list, test) => format!("filter({}, {ARGUMENT} => {})", show(list), show(test)),
        Expr::Map(list, value) => format!("map({}, {ARGUMENT} => {})", show(list), show(value)),
        Expr::Each(list, value) => format!("[for {ARGUMENT} in {}: {}]", show(list), show(value)),
        Expr::Lookup(table, key) => format!("{}[{}]", show_members(table), show(key)),
        Expr::HubId(name) => format!("resourceId('{HUBS}', {})", show(name)),
        Expr::Known(at) => format!("known{at}.id"),
        Expr::LongId(name) => format!(
            "'/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/far/providers/{HUBS}/{name}'"
        ),
        Expr::SubnetId(name) => {
            format!("resourceId('Microsoft.Network/virtualNetworks/subnets', {}, 'inside')", show(name))
        }
    }
}
