//! Compares the deployment graph with the output of the official compiler next to the sources: `X.symbolicnames.json`
//! (symbolic names forced), `X.json` (as the file decides), and the nested templates of local modules.

mod classic;
mod compiled;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use bicep_race_lint::deployment::{Graph, mode, symbolic_mode};
use bicep_race_lint::source::FileId;
use bicep_race_lint::syntax::parse;
use bicep_race_lint::template::bicep::make;
use bicep_race_lint::template::{ModuleTarget, NodeKind, Template};
use serde_json::Value;

use self::compiled::{Drawn, is_symbolic, properties};

/// The number of agreements, and the total.
#[derive(Default)]
struct Tally {
    agree: usize,
    all: usize,
}

impl Tally {
    fn count(&mut self, agrees: bool) {
        self.all += 1;
        self.agree += usize::from(agrees);
    }

    fn print(&self, what: &str) {
        if self.all > 0 {
            println!("{what}: {} of {}", self.agree, self.all);
        }
    }
}

#[derive(Default)]
struct Run {
    forced: Tally,
    default: Tally,
    modules: Tally,
    decision: Tally,
    templates: BTreeMap<PathBuf, Option<Rc<Template>>>,
}

/// Compares every Bicep file that has compiled JSON next to it.
pub(crate) fn run(folders: &[PathBuf]) -> bool {
    let mut run = Run::default();
    for path in super::files(folders, |path| path.extension().is_some_and(|ending| ending == "bicep")) {
        if let Some(json) = json(&path.with_extension("symbolicnames.json")) {
            let agrees = run.compare(&path, &json, "symbolic names");
            run.forced.count(agrees);
        }
        if let Some(json) = json(&path.with_extension("json")).filter(compiled::is_from_bicep)
            && compiles(&path)
        {
            let predicted = run.predict(&path);
            run.decision.count(predicted == is_symbolic(&json));
            if predicted != is_symbolic(&json) {
                println!("{}: symbolic names predicted {predicted}, written {}", path.display(), !predicted);
            }
            let agrees = run.compare(&path, &json, "default");
            run.default.count(agrees);
            run.modules_of(&path, &json);
        }
    }
    run.forced.print("symbolic names forced, identical");
    run.default.print("as compiled, identical");
    run.modules.print("templates of local modules, identical");
    println!(
        "identical as compiled, with local modules: {} of {}",
        run.default.agree + run.modules.agree,
        run.default.all + run.modules.all
    );
    run.decision.print("symbolic or classic predicted");
    [&run.forced, &run.default, &run.modules].iter().all(|tally| tally.agree == tally.all)
}

/// Whether the diagnostics next to a file, if there are any, contain no error. The compiled form of a broken file is
/// outdated.
fn compiles(path: &Path) -> bool {
    // AVM compiles its tests only occasionally.
    if path.to_string_lossy().ends_with(".test.bicep") {
        return false;
    }
    let diagnostics = super::read(&path.with_extension("diagnostics.bicep"));
    diagnostics.is_none_or(|diagnostics| !diagnostics.contains("(Error)"))
}

fn json(path: &Path) -> Option<Value> {
    let value: Value = serde_json::from_str(&super::read(path)?).ok()?;
    value.get("resources").is_some().then_some(value)
}

impl Run {
    fn template(&mut self, path: &Path) -> Option<Rc<Template>> {
        if let Some(known) = self.templates.get(path) {
            return known.clone();
        }
        let made = super::read(path).map(|text| {
            let tree = parse(&text, bicep_race_lint::syntax::ast::FileKind::Bicep);
            Rc::new(make(FileId(0), &tree, text.into()))
        });
        self.templates.insert(path.to_owned(), made.clone());
        made
    }

    /// The local file of a module call.
    fn module(path: &Path, kind: &NodeKind) -> Option<PathBuf> {
        let NodeKind::Module(ModuleTarget::Reference { reference, .. }) = kind else { return None };
        if reference.contains(':') {
            return None;
        }
        path.parent()?.join(reference).canonicalize().ok()
    }

    fn predict(&mut self, path: &Path) -> bool {
        let Some(template) = self.template(path) else { return false };
        let secure_module = template.nodes.iter().any(|node| {
            Self::module(path, &node.kind).is_some_and(|callee| {
                if callee.extension().is_some_and(|ending| ending == "bicep") {
                    self.template(&callee).is_some_and(|callee| callee.has_secure_output)
                } else {
                    json(&callee).is_some_and(|callee| compiled::has_secure_output(&callee))
                }
            })
        });
        symbolic_mode(&template, secure_module, flagged(path))
    }

    /// Whether the graph of a file equals the one in its compiled form.
    fn compare(&mut self, path: &Path, json: &Value, what: &str) -> bool {
        let Some(template) = self.template(path) else { return false };
        let symbolic = is_symbolic(json);
        let graph = Graph::of(&template, symbolic);
        let (ours, theirs) = if symbolic {
            (drawn(&template, &graph), compiled::symbolic(json))
        } else {
            classic::pair(&template, drawn(&template, &graph), json)
        };
        report(path, what, &ours, &theirs)
    }

    /// Visits the nested templates of local modules inside a compiled template; each call has its own copy.
    fn modules_of(&mut self, path: &Path, json: &Value) {
        let Some(template) = self.template(path) else { return };
        let written = compiled::nodes(&template, json);
        for (node, written) in template.nodes.iter().zip(written) {
            let Some(inner) = written.and_then(|written| properties(written).get("template")) else {
                continue;
            };
            let Some(callee) = Self::module(path, &node.kind) else { continue };
            if callee.extension().is_none_or(|ending| ending != "bicep") {
                continue;
            }
            let agrees = self.compare(&callee, inner, &format!("module of {}", path.display()));
            self.modules.count(agrees);
            self.modules_of(&callee, inner);
        }
    }
}

/// The graph that this tool builds.
fn drawn(template: &Template, graph: &Graph) -> Drawn {
    let mut drawn = Drawn::default();
    for id in template.node_ids().filter(|&id| graph.is_written(id)) {
        let symbol = &template.node(id).symbol;
        drawn.nodes.insert(symbol.clone());
        for (target, edge) in graph.waits_for(id) {
            let target = template.node(target).symbol.clone();
            drawn.edges.insert((symbol.clone(), target, edge.element.is_some()));
        }
    }
    drawn
}

fn report(path: &Path, what: &str, ours: &Drawn, theirs: &Drawn) -> bool {
    let shown = |(from, to, element): &(String, String, bool)| {
        format!("{from} -> {to}{}", if *element { " (one element)" } else { "" })
    };
    let mut lines: Vec<String> = Vec::new();
    lines.extend(ours.nodes.difference(&theirs.nodes).map(|node| format!("node of ours only: {node}")));
    lines.extend(theirs.nodes.difference(&ours.nodes).map(|node| format!("missing node: {node}")));
    lines.extend(
        ours.edges.difference(&theirs.edges).map(|edge| format!("edge of ours only: {}", shown(edge))),
    );
    lines.extend(theirs.edges.difference(&ours.edges).map(|edge| format!("missing edge: {}", shown(edge))));
    for line in &lines {
        println!("{} [{what}]: {line}", path.display());
    }
    lines.is_empty()
}

/// Whether the nearest configuration enables a feature that needs symbolic names.
fn flagged(path: &Path) -> bool {
    let config = path.ancestors().skip(1).find_map(|folder| super::read(&folder.join("bicepconfig.json")));
    let Some(config) = config else { return false };
    let lines: Vec<&str> = config.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let Ok(config) = serde_json::from_str::<Value>(&lines.join("\n")) else { return false };
    mode::SYMBOLIC_FLAGS.iter().any(|flag| config["experimentalFeaturesEnabled"][*flag] == Value::Bool(true))
}
