//! Reads every compiled template, including nested ones, and compares nodes and `dependsOn` with the JSON: exactly for
//! templates with symbolic names; without them, every entry must name a node.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bicep_race_lint::source::{FileId, SourceFile};
use bicep_race_lint::template::{Expr, Inline, ModuleTarget, NodeId, NodeKind, Template, arm};
use serde_json::Value;

type Edges = BTreeSet<(String, String, bool)>;

#[derive(Default)]
struct Run {
    files: usize,
    templates: BTreeMap<&'static str, usize>,
    identical: usize,
    symbolic: usize,
    nodes: usize,
    edges: usize,
    problems: BTreeMap<String, usize>,
}

/// Reads every template below the folders. Returns whether all symbolic ones are identical and none has a problem.
pub(crate) fn run(folders: &[PathBuf]) -> bool {
    let mut run = Run::default();
    for path in super::files(folders, |path| path.extension().is_some_and(|ending| ending == "json")) {
        let Some(text) = super::read(&path) else { continue };
        let Ok(json) = serde_json::from_str::<Value>(&text) else { continue };
        let schema = json["$schema"].as_str().unwrap_or_default().to_lowercase();
        if json["resources"].is_null() || !schema.contains("deploymenttemplate.json") {
            continue;
        }
        run.files += 1;
        let source = SourceFile::new(path.display().to_string(), text.as_str());
        let (template, errors) = arm::make(FileId(0), text.into());
        for error in errors {
            let at = source.position(error.span.start);
            println!("{}:{}:{}: {}", source.path, at.line, at.column, error.message);
            *run.problems.entry("syntax error".to_owned()).or_default() += 1;
        }
        run.template(&source, &template, &json, "top level");
    }
    println!("files: {}", run.files);
    for (kind, count) in &run.templates {
        println!("templates, {kind}: {count}");
    }
    println!("nodes: {}, edges in dependsOn: {}", run.nodes, run.edges);
    println!("symbolic templates identical: {} of {}", run.identical, run.symbolic);
    for (problem, count) in &run.problems {
        println!("{count} x {problem}");
    }
    run.problems.is_empty() && run.identical == run.symbolic
}

impl Run {
    fn template(&mut self, source: &SourceFile, template: &Template, json: &Value, level: &'static str) {
        let ours = edges(template);
        self.nodes += template.nodes.len();
        self.edges += ours.iter().map(|(from, to, _)| (from, to)).collect::<BTreeSet<_>>().len();
        for problem in &template.problems {
            let at = source.position(problem.span.start);
            println!("{}:{}:{}: {}", source.path, at.line, at.column, problem.message);
            let kind = problem.message.split('`').step_by(2).collect::<Vec<_>>().join("…");
            *self.problems.entry(kind).or_default() += 1;
        }
        let shape = match (&json["resources"], level) {
            (Value::Object(_), "top level") => "top level, symbolic",
            (Value::Object(_), _) => "nested, symbolic",
            (_, "top level") => "top level, classic",
            _ => "nested, classic",
        };
        *self.templates.entry(shape).or_default() += 1;
        if let Value::Object(resources) = &json["resources"] {
            self.symbolic += 1;
            let theirs: Edges = resources.iter().flat_map(|(symbol, node)| entries(symbol, node)).collect();
            let symbols = template.nodes.iter().map(|node| &node.symbol).collect::<BTreeSet<_>>();
            if ours == theirs && symbols == resources.keys().collect() {
                self.identical += 1;
            } else {
                println!("{}: ours {ours:?}, theirs {theirs:?}", source.path);
            }
        }
        for (at, node) in template.nodes.iter().enumerate() {
            if let NodeKind::Module(ModuleTarget::Inline(inner)) = node.kind {
                let written = json["resources"].get(&node.symbol).unwrap_or(&json["resources"][at]);
                let Inline::Own(inner) = &template.inline[inner as usize] else { continue };
                self.template(source, inner, &written["properties"]["template"], "nested");
            }
        }
    }
}

/// The edges in the JSON, one for each entry.
fn entries(symbol: &str, node: &Value) -> Vec<(String, String, bool)> {
    let entries = node["dependsOn"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let edge = |entry: &str| {
        let element = entry.strip_prefix("[format('").and_then(|rest| rest.split_once("[{0}]', "));
        let target = element.map_or(entry, |(target, _)| target);
        (symbol.to_owned(), target.to_owned(), element.is_some())
    };
    entries.map(edge).collect()
}

fn edges(template: &Template) -> Edges {
    let exprs = &template.exprs;
    let symbol = |id: NodeId| template.node(id).symbol.clone();
    let mut edges = Edges::new();
    for node in &template.nodes {
        let Some(Expr::Array(list)) = node.depends_on.map(|entries| exprs.get(entries)) else { continue };
        for &entry in exprs.list(list) {
            match exprs.get(entry) {
                Expr::Node(id) => edges.insert((node.symbol.clone(), symbol(id), false)),
                Expr::Index { base, .. } => match exprs.get(base) {
                    Expr::Node(id) => edges.insert((node.symbol.clone(), symbol(id), true)),
                    _ => false,
                },
                _ => false,
            };
        }
    }
    edges
}
