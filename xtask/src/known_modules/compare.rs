//! Reads the generated descriptions back, and compares their effects with those of the sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::azure::modules::form;
use bicep_race_lint::eval::term::CopyVariable;
use bicep_race_lint::race::analysis::{Analysis, analyse};
use bicep_race_lint::race::effect::Aspect;
use bicep_race_lint::workspace::{Disk, Memory, TemplateId, Workspace};

use super::describe::is_sure;
use super::expression::Expressions;
use super::generate::{Stubs, path_of, sources};

/// The number of modules with the same effects as their sources, and the differences of the others. Registry modules
/// that the sources call are also read from their descriptions.
pub(crate) fn differences(
    checkout: &Path,
    prefix: &str,
    text: &str,
    catalog: &Catalog,
) -> Result<(usize, Vec<String>), String> {
    let described = form::stubs_of(text).map_err(|mistakes| {
        let place = mistakes[0].span.clone();
        format!("{}: {}", mistakes[0].message, text.get(place).unwrap_or_default())
    })?;
    let stubs: BTreeMap<String, String> = described.into_iter().collect();
    let files: Vec<(String, PathBuf)> = sources(checkout)
        .into_iter()
        .filter_map(|file| Some((path_of(checkout, prefix, &file)?, file)))
        .filter(|(path, _)| stubs.contains_key(path))
        .collect();
    let roots: Vec<PathBuf> = files.iter().map(|(_, file)| file.clone()).collect();
    let knowledge = Stubs(stubs);
    let workspace = Workspace::load(&Disk, &knowledge, &roots, &[], checkout);
    let original = all_effects(&workspace, catalog);

    let callers: Vec<(PathBuf, String)> = files
        .iter()
        .enumerate()
        .map(|(at, (path, _))| (PathBuf::from(format!("/{at}.bicep")), knowledge.0[path].clone()))
        .collect();
    let memory = callers.iter().fold(Memory::default(), |memory, (path, text)| {
        memory.with(path, text.replace("'known:", "'br/public:").replace("' = ", ":0' = "))
    });
    let roots: Vec<PathBuf> = callers.into_iter().map(|(path, _)| path).collect();
    let stood_in = Workspace::load(&memory, &knowledge, &roots, &[], Path::new("/"));
    let again = all_effects(&stood_in, catalog);
    let mut alike = 0;
    let mut different = Vec::new();
    for (((path, _), one), other) in files.iter().zip(original).zip(again) {
        if one == other {
            alike += 1;
            continue;
        }
        let missing: Vec<&String> = one.iter().filter(|effect| !other.contains(effect)).collect();
        let more: Vec<&String> = other.iter().filter(|effect| !one.contains(effect)).collect();
        different.push(format!("{path}\n  - {missing:#?}\n  + {more:#?}"));
    }
    Ok((alike, different))
}

fn all_effects(workspace: &Workspace, catalog: &Catalog) -> Vec<Vec<String>> {
    let roots: Vec<TemplateId> = workspace.roots.iter().filter_map(|(_, root)| *root).collect();
    let mut analysis = analyse(workspace, catalog, &roots);
    roots.iter().map(|&root| effects(&mut analysis, root)).collect()
}

/// The effects of a template and the number of its pairs, as sorted lines.
fn effects(analysis: &mut Analysis<'_, '_>, root: TemplateId) -> Vec<String> {
    let summary = &analysis.summaries[root];
    let mut lines = Vec::new();
    let is_sure_of = |aspect: Aspect| analysis.writers.of(aspect).is_some_and(|(entry, _)| is_sure(entry));
    for effect in summary.effects.iter().filter(|effect| is_sure_of(effect.aspect)) {
        let Some((entry, writer)) = analysis.writers.of(effect.aspect) else { continue };
        let mut show = |term| {
            let terms = analysis.evaluator.terms();
            let term = terms.rename_copies(term, &|variable| match variable {
                CopyVariable::Own => CopyVariable::OF_NODE,
                other => other,
            });
            let mut expressions = Expressions::new(terms, root);
            expressions.repeated_over(Some(term));
            canonical(&expressions.of(term).unwrap_or_else(|| terms.show(term)))
        };
        let (object, guard) = (show(effect.object), show(effect.guard));
        lines.push(format!(
            "{} {}: {object} if {guard}, {:?}, {} loops",
            entry.id,
            writer.role,
            effect.instance,
            effect.loops().len()
        ));
    }
    let pairs = summary
        .hazards
        .potentials
        .iter()
        .filter(|potential| potential.at == root && is_sure_of(summary.effect(potential.first).aspect));
    lines.push(format!("pairs: {}", pairs.count()));
    lines.sort();
    lines
}

/// The words of an expression, sorted and in lower case: the operands of `&&`, `||` and `==` have no fixed order, and
/// types in run-time functions keep their case.
fn canonical(expression: &str) -> String {
    let expression = expression.to_lowercase();
    let mut words: Vec<&str> = expression.split([' ', '(', ')']).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}
