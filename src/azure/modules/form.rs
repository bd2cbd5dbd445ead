//! The TOML form of a known module: what it deploys, as Bicep expressions over its parameters. It is rendered to Bicep source
//! (a stub), so the analysis reads a known module like any other file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use toml::Spanned;

use crate::azure::mistake::Mistake;

/// A TOML file with modules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    module: Vec<Module>,
}

/// A known module: its parameters, what it deploys, and its outputs.
#[derive(Deserialize)]
#[cfg_attr(schema, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Module {
    /// The path in the registry, without version: `avm/res/network/vpn-gateway`.
    #[cfg_attr(schema, schemars(with = "String"))]
    path: Spanned<String>,
    /// Target scope, if it is not a resource group.
    target_scope: Option<String>,
    /// Parameter declarations without the keyword: `name string`.
    #[serde(default)]
    params: Vec<String>,
    /// Variable declarations without the keyword: `name = expression`.
    #[serde(default)]
    vars: Vec<String>,
    /// Resources that it deploys, and existing ones that it refers to.
    #[serde(default)]
    resource: Vec<Resource>,
    /// Modules that it calls.
    #[serde(default)]
    call: Vec<Call>,
    /// Outputs: name → expression.
    #[serde(default)]
    outputs: BTreeMap<String, String>,
}

/// A resource that a module deploys or refers to.
#[derive(Deserialize)]
#[cfg_attr(schema, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Resource {
    /// Its symbolic name, unique in the module.
    #[cfg_attr(schema, schemars(with = "String"))]
    symbol: Spanned<String>,
    /// The resource type, without version.
    #[cfg_attr(schema, schemars(with = "String"))]
    r#type: Spanned<String>,
    /// Its name, as an expression.
    name: String,
    /// Symbol of its parent.
    parent: Option<String>,
    /// Expression of its scope, for an extension resource or a resource in another scope.
    scope: Option<String>,
    /// Whether it is an existing resource, which the module only refers to.
    #[serde(default)]
    existing: bool,
    /// Expression of the condition under which it is deployed.
    when: Option<String>,
    /// Expression of the list that its loop runs over.
    each: Option<String>,
    /// Name of the loop variable; `item` by default.
    item: Option<String>,
    /// `@batchSize`: how many instances of the loop run at once.
    batch: Option<u32>,
    /// Entries of `dependsOn`, besides the symbols that its expressions use; `symbol[index]` names one instance of a loop.
    #[serde(default)]
    after: Vec<String>,
    /// Property path → expression, for the properties that the analysis needs. `[*]` stands for a list with one element.
    #[serde(default)]
    body: BTreeMap<String, String>,
}

/// Another module that a module calls.
#[derive(Deserialize)]
#[cfg_attr(schema, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Call {
    /// Its symbolic name, unique in the module.
    #[cfg_attr(schema, schemars(with = "String"))]
    symbol: Spanned<String>,
    /// Registry path of the other module, which must be described in the same way.
    #[cfg_attr(schema, schemars(with = "String"))]
    path: Spanned<String>,
    /// Expression of the scope that it is deployed to, if it differs from the module's own.
    scope: Option<String>,
    /// Expression of the condition of the call.
    when: Option<String>,
    /// Expression of the list that its loop runs over.
    each: Option<String>,
    /// Name of the loop variable; `item` by default.
    item: Option<String>,
    /// `@batchSize`: how many instances of the loop run at once.
    batch: Option<u32>,
    /// Entries of `dependsOn`, as for a resource.
    #[serde(default)]
    after: Vec<String>,
    /// Arguments: parameter → expression.
    #[serde(default)]
    with: BTreeMap<String, String>,
}

/// Scheme of a reference from one known module to another: `known:avm/res/network/virtual-network/subnet`.
pub const SCHEME: &str = "known:";

/// Parses a file of modules. Returns the registry path and the stub of each.
pub fn stubs_of(text: &str) -> Result<Vec<(String, String)>, Vec<Mistake>> {
    let file: File = toml::from_str(text).map_err(|error| vec![Mistake::of_toml(&error)])?;
    checked(&file.module)
}

/// Checks modules that were read as part of a larger file.
pub fn checked(modules: &[Module]) -> Result<Vec<(String, String)>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut stubs = Vec::new();
    for module in modules {
        check(module, &mut mistakes);
        stubs.push((module.path.get_ref().clone(), render(module)));
    }
    if mistakes.is_empty() { Ok(stubs) } else { Err(mistakes) }
}

fn check(module: &Module, mistakes: &mut Vec<Mistake>) {
    check_path(&module.path, mistakes);
    let resources = module.resource.iter().map(|resource| (&resource.symbol, resource.head()));
    let calls = module.call.iter().map(|call| (&call.symbol, call.head()));
    let all: Vec<(&Spanned<String>, DeclarationHead<'_>)> = resources.chain(calls).collect();
    for (index, (symbol, head)) in all.iter().enumerate() {
        let name = symbol.get_ref();
        if all[..index].iter().any(|(earlier, _)| earlier.get_ref() == name) {
            mistakes.push(Mistake::at(symbol, format!("there is already a resource `{name}`")));
        }
        if let Some(unknown) = head.after.iter().find(|name| !is_among(&all, name)) {
            mistakes.push(Mistake::at(symbol, format!("no resource has the symbol `{unknown}`")));
        }
        if head.batch == Some(0) || head.batch.is_some() && head.each.is_none() {
            mistakes.push(Mistake::at(symbol, "`batch` is at least 1 and belongs to `each`"));
        }
    }
    for resource in &module.resource {
        let known = |name: &&String| module.resource.iter().any(|other| other.symbol.get_ref() == *name);
        if let Some(unknown) = resource.parent.as_ref().filter(|name| !known(name)) {
            mistakes.push(Mistake::at(&resource.symbol, format!("no resource has the symbol `{unknown}`")));
        }
        if !resource.r#type.get_ref().contains('/') || resource.r#type.get_ref().contains('@') {
            mistakes.push(Mistake::at(&resource.r#type, "a type is `Provider.Name/type`, without version"));
        }
    }
    for call in &module.call {
        check_path(&call.path, mistakes);
    }
}

fn check_path(path: &Spanned<String>, mistakes: &mut Vec<Mistake>) {
    let text = path.get_ref();
    if text.is_empty() || text.starts_with('/') || text.contains([':', '\'']) {
        mistakes.push(Mistake::at(path, "write the path as the registry has it, without registry and version: `avm/res/network/virtual-network`"));
    }
}

/// Whether the symbol is declared. `written` may name one instance: `subnets[index]`.
fn is_among(all: &[(&Spanned<String>, DeclarationHead<'_>)], written: &str) -> bool {
    let name = written.split('[').next().unwrap_or(written);
    all.iter().any(|(symbol, _)| symbol.get_ref() == name)
}

/// The fields that resources and calls have in common: condition, loop and explicit dependencies.
struct DeclarationHead<'m> {
    when: Option<&'m str>,
    each: Option<&'m str>,
    item: Option<&'m str>,
    batch: Option<u32>,
    after: &'m [String],
}

impl Resource {
    fn head(&self) -> DeclarationHead<'_> {
        DeclarationHead {
            when: self.when.as_deref(),
            each: self.each.as_deref(),
            item: self.item.as_deref(),
            batch: self.batch,
            after: &self.after,
        }
    }
}

impl Call {
    fn head(&self) -> DeclarationHead<'_> {
        DeclarationHead {
            when: self.when.as_deref(),
            each: self.each.as_deref(),
            item: self.item.as_deref(),
            batch: self.batch,
            after: &self.after,
        }
    }
}

/// API version of all resources: the analysis ignores it, but Bicep's syntax requires one.
const VERSION: &str = "2025-01-01";

fn render(module: &Module) -> String {
    let mut text = String::new();
    if let Some(scope) = &module.target_scope {
        line(&mut text, format_args!("targetScope = '{scope}'"));
    }
    for param in &module.params {
        line(&mut text, format_args!("param {param}"));
    }
    for var in &module.vars {
        line(&mut text, format_args!("var {var}"));
    }
    for resource in &module.resource {
        render_resource(resource, &mut text);
    }
    for call in &module.call {
        render_call(call, &mut text);
    }
    for (name, value) in &module.outputs {
        line(&mut text, format_args!("output {name} string = {value}"));
    }
    text
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "{content}");
}

fn render_resource(resource: &Resource, text: &mut String) {
    let existing = if resource.existing { " existing" } else { "" };
    let (symbol, ty) = (resource.symbol.get_ref(), resource.r#type.get_ref());
    let start = format!("resource {symbol} '{ty}@{VERSION}'{existing}");
    render_declaration(&start, &resource.head(), text, |text| {
        line(text, format_args!("  name: {}", resource.name));
        for (keyword, value) in [("parent", &resource.parent), ("scope", &resource.scope)] {
            if let Some(value) = value {
                line(text, format_args!("  {keyword}: {value}"));
            }
        }
        let mut body = Body::default();
        for (path, value) in &resource.body {
            body.add(path, value);
        }
        body.render(1, text);
    });
}

fn render_call(call: &Call, text: &mut String) {
    let start = format!("module {} '{SCHEME}{}'", call.symbol.get_ref(), call.path.get_ref());
    render_declaration(&start, &call.head(), text, |text| {
        if let Some(scope) = &call.scope {
            line(text, format_args!("  scope: {scope}"));
        }
        line(text, format_args!("  params: {{"));
        for (name, value) in &call.with {
            line(text, format_args!("    {name}: {value}"));
        }
        line(text, format_args!("  }}"));
    });
}

fn render_declaration(
    start: &str,
    head: &DeclarationHead<'_>,
    text: &mut String,
    body: impl Fn(&mut String),
) {
    if let Some(batch) = head.batch {
        line(text, format_args!("@batchSize({batch})"));
    }
    let condition = head.when.map(|when| format!("if ({when}) ")).unwrap_or_default();
    let (open, close) = match head.each {
        None => (String::new(), ""),
        Some(list) => (format!("[for ({}, index) in {list}: ", head.item.unwrap_or("item")), "]"),
    };
    line(text, format_args!("{start} = {open}{condition}{{"));
    if !head.after.is_empty() {
        line(text, format_args!("  dependsOn: ["));
        for symbol in head.after {
            line(text, format_args!("    {symbol}"));
        }
        line(text, format_args!("  ]"));
    }
    body(text);
    line(text, format_args!("}}{close}"));
}

/// A tree of properties, built from paths such as `properties.subnets[*].id`.
#[derive(Default)]
struct Body {
    value: Option<String>,
    members: BTreeMap<String, Body>,
}

impl Body {
    fn add(&mut self, path: &str, value: &str) {
        match path.split_once('.') {
            None => self.members.entry(path.to_owned()).or_default().value = Some(value.to_owned()),
            Some((first, rest)) => self.members.entry(first.to_owned()).or_default().add(rest, value),
        }
    }

    fn render(&self, depth: usize, text: &mut String) {
        let indent = "  ".repeat(depth);
        for (name, member) in &self.members {
            if let Some(value) = &member.value {
                line(text, format_args!("{indent}{name}: {value}"));
                continue;
            }
            if let Some(name) = name.strip_suffix("[*]") {
                line(text, format_args!("{indent}{name}: ["));
                line(text, format_args!("{indent}  {{"));
                member.render(depth + 2, text);
                line(text, format_args!("{indent}  }}"));
                line(text, format_args!("{indent}]"));
            } else {
                line(text, format_args!("{indent}{name}: {{"));
                member.render(depth + 1, text);
                line(text, format_args!("{indent}}}"));
            }
        }
    }
}
