//! Writes descriptions as TOML in the form that `src/azure/modules/form.rs` reads.

use std::fmt::Write as _;

use super::describe::{Call, Declared, Description, Resource};
use super::expression::is_identifier;

/// Lists up to this width are written on one line.
const WIDTH: usize = 118;

pub(crate) fn file<'d>(modules: impl Iterator<Item = &'d Description>, from: &str) -> String {
    let mut out = String::from("# Made by `cargo xtask known_modules`; not edited by hand.\n");
    if !from.is_empty() {
        let _ = writeln!(out, "# From {from}.");
    }
    for module in modules {
        write_module(module, &mut out);
    }
    out
}

fn write_module(module: &Description, out: &mut String) {
    let _ = writeln!(out, "\n[[module]]\npath = {}", quoted(&module.path));
    if let Some(scope) = module.target_scope {
        let _ = writeln!(out, "target-scope = {}", quoted(scope));
    }
    list("params", module.params.iter().map(|(_, text)| quoted(text)), out);
    list("resource", module.resources.iter().map(resource), out);
    list("call", module.calls.iter().map(call), out);
    if !module.outputs.is_empty() {
        out.push_str("[module.outputs]\n");
        for (name, value) in &module.outputs {
            let _ = writeln!(out, "{} = {}", key(name), quoted(value));
        }
    }
}

fn list(name: &str, items: impl Iterator<Item = String>, out: &mut String) {
    let items: Vec<String> = items.collect();
    if items.is_empty() {
        return;
    }
    let line = format!("{name} = [{}]", items.join(", "));
    if line.len() <= WIDTH {
        let _ = writeln!(out, "{line}");
        return;
    }
    let _ = writeln!(out, "{name} = [");
    let mut line = String::new();
    for item in items {
        if !line.is_empty() && line.len() + item.len() + 4 > WIDTH {
            let _ = writeln!(out, "  {}", line.trim_end());
            line.clear();
        }
        line.push_str(&item);
        line.push_str(", ");
    }
    let _ = writeln!(out, "  {}\n]", line.trim_end());
}

fn resource(resource: &Resource) -> String {
    let mut parts = vec![
        format!("symbol = {}", quoted(&resource.declared.symbol)),
        format!("type = {}", quoted(&resource.ty)),
        format!("name = {}", quoted(&resource.name)),
    ];
    parts.extend(resource.parent.as_ref().map(|parent| format!("parent = {}", quoted(parent))));
    if resource.existing {
        parts.push("existing = true".to_owned());
    }
    declared(&resource.declared, &mut parts);
    pairs("body", &resource.body, &mut parts);
    format!("{{ {} }}", parts.join(", "))
}

fn call(call: &Call) -> String {
    let mut parts =
        vec![format!("symbol = {}", quoted(&call.declared.symbol)), format!("path = {}", quoted(&call.path))];
    declared(&call.declared, &mut parts);
    pairs("with", &call.with, &mut parts);
    format!("{{ {} }}", parts.join(", "))
}

fn declared(declared: &Declared, parts: &mut Vec<String>) {
    let texts = [("scope", &declared.scope), ("when", &declared.when), ("each", &declared.each)];
    for (name, value) in texts {
        parts.extend(value.as_ref().map(|value| format!("{name} = {}", quoted(value))));
    }
    parts.extend(declared.batch.map(|batch| format!("batch = {batch}")));
    if !declared.after.is_empty() {
        let after: Vec<String> = declared.after.iter().map(|symbol| quoted(symbol)).collect();
        parts.push(format!("after = [{}]", after.join(", ")));
    }
}

fn pairs(name: &str, pairs: &[(String, String)], parts: &mut Vec<String>) {
    if pairs.is_empty() {
        return;
    }
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{} = {}", key(name), quoted(value))).collect();
    parts.push(format!("{name} = {{ {} }}", pairs.join(", ")));
}

fn key(name: &str) -> String {
    if is_identifier(name) { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}
