//! Tables for the stages between declarations and pairs: a small template, and the output of the stage beside it. Each file tests the
//! file of `src/race` with its name. To add a rule of behaviour, add a row.
//!
//! Rows use the entries of [`ENTRIES`] instead of the built-in catalogue, and the parameters of [`PARAMETERS`].

mod bucket;
mod build;
mod call;
mod link;
mod object;
mod pair;

use std::path::Path;

use super::analysis::{Analysis, analyse_whole};
use super::effect::{Aspect, EffectId, Instance};
use super::pair::Fault;
use super::summary::Summary;
use crate::azure::catalog::Catalog;
use crate::azure::catalog::form::{Author, entries_of};
use crate::eval::feasibility::{Feasibility, feasible};
use crate::eval::term::Term;
use crate::eval::terms::Terms;
use crate::template::{NodeId, ParameterId};
use crate::workspace::{Knowledge, Memory, TemplateId, Workspace};

/// Knows no module but those in the files.
struct Nothing;

impl Knowledge for Nothing {}

/// The catalogue of the rows. Types begin with `T.`, and roles are short because the expected outputs contain them.
const ENTRIES: &str = "
[[entry]]
id = 't-box'
title = 'Writers of a box'
level = 'error'
object-type = 'T.Box/boxes'
why = 'write the box'
[[entry.writer]]
role = 'put'
label = 'a put'
types = ['T.Box/puts']
objects = ['properties.box']
[[entry.writer]]
role = 'many'
label = 'a many'
types = ['T.Box/many']
objects = ['properties.boxes[*].id']
[[entry.writer]]
role = 'item'
label = 'an item'
types = ['T.Box/boxes/items']
objects = ['parent']

[[entry]]
id = 't-last'
title = 'What comes last'
level = 'error'
object-type = 'T.Last/racks'
why = 'write the rack'
conflicts = ['add < seal']
[[entry.writer]]
role = 'add'
label = 'an add'
types = ['T.Last/adds']
objects = ['properties.rack']
[[entry.writer]]
role = 'seal'
label = 'a seal'
types = ['T.Last/seals']
objects = ['properties.rack']

[[entry]]
id = 't-commit'
title = 'A commit after every writer'
level = 'error'
object-type = 'T.Commit/stores'
why = 'write the store'
[[entry.writer]]
role = 'write'
label = 'a write'
types = ['T.Commit/writes']
objects = ['properties.store']
[[entry.writer]]
role = 'commit'
label = 'a commit'
types = ['T.Commit/commits']
objects = ['properties.store']
access = 'commit'

[[entry]]
id = 't-list'
title = 'A list that is written whole'
level = 'warning'
rule = 'lost-update'
object-type = 'T.List/lists'
why = 'write the items'
alike = ['name']
conflicts = ['whole + one']
[[entry.writer]]
role = 'whole'
label = 'a list'
types = ['T.List/lists']
objects = ['self']
access = 'replace'
when = ['properties.items']
elements = 'properties.items[*]'
[[entry.writer]]
role = 'one'
label = 'an item'
types = ['T.List/lists/items']
objects = ['parent']
elements = 'self'

[[entry]]
id = 't-typed'
title = 'Users of an object of one type'
level = 'error'
object-type = 'T.Typed/special'
object-types = ['t.typed/special']
why = 'use it'
[[entry.writer]]
role = 'use'
label = 'a use'
types = ['T.Typed/uses']
objects = ['properties.target']

[[entry]]
id = 't-when'
title = 'Writers under a condition on their body'
level = 'error'
object-type = 'T.When/boxes'
why = 'write the box'
[[entry.writer]]
role = 'when'
label = 'a when'
types = ['T.When/maybe']
objects = ['properties.box']
when = [\"properties.mode == 'Fast'\"]
[[entry.writer]]
role = 'sure'
label = 'a sure'
types = ['T.When/sure']
objects = ['properties.box']
certain-when = [\"properties.mode == 'Fast'\"]
";

/// The declarations that every `main.bicep` begins with.
const PARAMETERS: &str = "
@minValue(0)
param n int
@minValue(0)
param m int
@minValue(0)
param z int
param k int
param on bool
param off bool
param list array
param text string
resource box 'T.Box/boxes@1' existing = { name: 'box' }
resource crate 'T.Box/boxes@1' existing = { name: 'crate' }
";

/// Analyses files in memory, with all effects. The first file is the root, and gets the parameters in front.
fn with<T>(
    files: &[(&str, &str)],
    parameters: &str,
    check: impl FnOnce(&mut Analysis<'_, '_>, TemplateId) -> T,
) -> T {
    let memory = files.iter().enumerate().fold(Memory::default(), |memory, (at, (path, text))| {
        let text = if at == 0 { format!("{parameters}{text}\n") } else { format!("{text}\n") };
        memory.with(Path::new("/").join(path), text)
    });
    let paths = [Path::new("/").join(files[0].0)];
    let workspace = Workspace::load(&memory, &Nothing, &paths, &[], Path::new("/"));
    assert!(workspace.problems.is_empty(), "{:?} in {files:?}", workspace.problems);
    let root = workspace.roots[0].1.expect("the root can be read");
    let catalog = Catalog::with(entries_of(ENTRIES, "test", Author::User).expect("the entries are right"));
    check(&mut analyse_whole(&workspace, &catalog, &[root]), root)
}

/// The same for one file.
fn with_main<T>(text: &str, check: impl FnOnce(&mut Analysis<'_, '_>, TemplateId) -> T) -> T {
    with(&[("main.bicep", text)], PARAMETERS, check)
}

/// A node by its symbol.
fn node(analysis: &Analysis<'_, '_>, template: TemplateId, symbol: &str) -> NodeId {
    let template = analysis.evaluator.workspace().template(template);
    let found = template.node_ids().find(|&id| template.node(id).symbol == symbol);
    found.unwrap_or_else(|| panic!("there is no {symbol}"))
}

/// A parameter of a template.
fn parameter(analysis: &mut Analysis<'_, '_>, template: TemplateId, name: &str) -> Term {
    let declared = analysis.evaluator.workspace().template(template);
    let at = declared.parameters.iter().position(|one| declared.exprs.text(one.name) == name);
    let at = at.unwrap_or_else(|| panic!("there is no {name}"));
    analysis.evaluator.parameter(template, ParameterId(at as u32))
}

/// The value of a variable of a template.
fn variable(analysis: &mut Analysis<'_, '_>, template: TemplateId, name: &str) -> Term {
    let declared = analysis.evaluator.workspace().template(template);
    let found = declared.variables.iter().find(|variable| declared.exprs.text(variable.name) == name);
    let value = found.unwrap_or_else(|| panic!("there is no {name}")).value;
    analysis.evaluator.value(template, value)
}

/// The effects that entries of the tables give, and `Declaration`s if they are asked for.
fn effects(analysis: &Analysis<'_, '_>, template: TemplateId, declarations: bool) -> Vec<EffectId> {
    let summary = analysis.summary(template);
    let ids = (0..summary.effects.len() as u32).map(EffectId);
    ids.filter(|&id| match analysis.writers.of(summary.effect(id).aspect) {
        Some((entry, _)) => entry.domain == "test",
        None => declarations,
    })
    .collect()
}

/// ` when …`, or nothing for a condition that always holds.
fn condition(terms: &Terms, formula: Term) -> String {
    if terms.is_true(formula) { String::new() } else { format!(" when {}", terms.show(formula)) }
}

/// An effect in one line: symbol, role, instances, object, and the condition unless it is `true`.
/// Ex) `a put[every] box when on`
fn shown(analysis: &Analysis<'_, '_>, summary: &Summary, id: EffectId) -> String {
    let effect = summary.effect(id);
    let terms = analysis.evaluator.known_terms();
    let role = match effect.aspect {
        Aspect::Declaration => "declares",
        aspect @ Aspect::Catalogued { .. } => {
            analysis.writers.of(aspect).map_or("", |(_, writer)| writer.role.as_ref())
        }
    };
    let instance = match effect.instance {
        Instance::Only => String::new(),
        Instance::Fixed(at) => format!("[{at}]"),
        Instance::Each(_) => "[each]".to_owned(),
        Instance::Every => "[every]".to_owned(),
    };
    let inner = if effect.inner().len() > 1 { format!("*{}", effect.inner().len()) } else { String::new() };
    let when = condition(terms, effect.guard);
    let symbol = &analysis.evaluator.workspace().template(summary.template).node(effect.node).symbol;
    format!("{symbol} {role}{instance}{inner} {}{when}", terms.show(effect.object))
}

/// The potentials of a summary that are about entries of the tables: the two symbols, the fault, and the condition.
/// `contained`: including deployments that may have the name of the deployment around them. Ex) `a b Unordered when on`
fn potentials(analysis: &Analysis<'_, '_>, template: TemplateId, contained: bool) -> Vec<String> {
    let summary = analysis.summary(template);
    let terms = analysis.evaluator.known_terms();
    let hazards = &summary.hazards;
    let single = hazards.potentials.iter().map(|one| (one.at, one.first, one.second, one.fault, one.formula));
    let shared = hazards.batches.iter().flat_map(|batch| {
        let pairs = batch.pairs.all.iter();
        pairs.map(move |&(first, second, fault)| (batch.at, first, second, fault, batch.formula))
    });
    let mut all: Vec<String> = single
        .chain(shared)
        .filter_map(|(at, first, second, fault, formula)| {
            let of = analysis.summary(at);
            let is_ours =
                analysis.writers.of(of.effect(first).aspect).is_none_or(|(entry, _)| entry.domain == "test");
            let symbol = |id| {
                let template = analysis.evaluator.workspace().template(at);
                template.node(of.effect(id).node).symbol.clone()
            };
            let when = condition(terms, formula);
            let is_asked = is_ours && (contained || fault != Fault::Contained);
            is_asked.then(|| format!("{} {} {fault:?}{when}", symbol(first), symbol(second)))
        })
        .collect();
    all.sort();
    all
}

/// Whether two formulas hold in the same worlds.
fn are_equivalent(terms: &mut Terms, one: Term, other: Term) -> bool {
    let (not_one, not_other) = (terms.not(one), terms.not(other));
    [[one, not_other], [other, not_one]].into_iter().all(|both| {
        let both = terms.and(&both);
        feasible(terms, both) == Feasibility::Infeasible
    })
}

/// Fails with all rows whose output is not the expected one.
fn assert_rows<'r, R>(rows: impl IntoIterator<Item = (&'r str, R, R)>)
where
    R: PartialEq + std::fmt::Debug,
{
    let mut wrong = Vec::new();
    for (row, found, expected) in rows {
        if found != expected {
            wrong.push(format!("{row}\n    found    {found:?}\n    expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
