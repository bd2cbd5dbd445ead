//! Finds imports of symbols that the other file does not export. The compiler rejects them; here their values are
//! unknown.
//!
//! ```bicep
//! import { hubName } from 'names.bicep'   // names.bicep: `var hubName = 'hub'` without `@export()`
//! ```

use rustc_hash::{FxHashMap, FxHashSet};

use super::{FileProblem, Loaded, ProblemKind, Provenance, TemplateId};
use crate::source::{FileId, Place, Span};
use crate::template::{Expr, Import, Language, Template};

/// Reports each import of a symbol that is not exported, in files of the user. A file that could not be read completely
/// is not judged.
pub(super) fn missing(loaded: &[Loaded], problems: &[FileProblem]) -> Vec<FileProblem> {
    let is_broken = |problem: &&FileProblem| problem.kind != ProblemKind::Meaning;
    let broken: FxHashSet<FileId> =
        problems.iter().filter(is_broken).map(|problem| problem.place.file).collect();
    let mut exports: FxHashMap<TemplateId, FxHashSet<&str>> = FxHashMap::default();
    let mut found = Vec::new();
    for own in loaded.iter().filter(|own| own.provenance == Provenance::File && !own.imports.is_empty()) {
        for (at, name, span) in asked(&own.template) {
            let Some(id) = own.imports[at] else { continue };
            let from = &*loaded[id.ix()].template;
            // The stand-in for a registry module has no exports, and a compiled template lists them in its metadata.
            if loaded[id.ix()].provenance != Provenance::File
                || from.language != Language::Bicep
                || broken.contains(&from.file)
            {
                continue;
            }
            let names = || from.exports.iter().map(|&export| from.exprs.text(export)).collect();
            if !exports.entry(id).or_insert_with(names).contains(name) {
                found.push(problem(&own.template, &own.template.imports[at], from, (name, span)));
            }
        }
    }
    found
}

/// The names that a template imports, each with the index of the import: the import's own symbol, or the members that
/// are used through its alias.
fn asked(template: &Template) -> Vec<(usize, &str, Span)> {
    let exprs = &template.exprs;
    let imports = template.imports.iter().enumerate();
    let named = imports.filter_map(|(at, import)| Some((at, exprs.text(import.symbol?), import.span)));
    let mut all: Vec<(usize, &str, Span)> = named.collect();
    if all.len() == template.imports.len() {
        return all;
    }
    for (expr, &span) in exprs.nodes.iter().zip(&exprs.spans) {
        let taken = match *expr {
            Expr::Member { base, name, .. } => match exprs.get(exprs.peel(base)) {
                Expr::Import(import) => Some((import, name)),
                _ => None,
            },
            Expr::ImportCall { import, function: Some(name), .. } => Some((import, name)),
            _ => None,
        };
        if let Some((import, name)) = taken
            && template.imports[import.ix()].symbol.is_none()
        {
            all.push((import.ix(), exprs.text(name), span));
        }
    }
    all
}

fn problem(own: &Template, import: &Import, from: &Template, (name, span): (&str, Span)) -> FileProblem {
    let file = own.exprs.text(import.from);
    let mut exports = from.exports.iter().map(|&export| from.exprs.text(export));
    let alike = exports.find(|export| export.eq_ignore_ascii_case(name));
    let variables = from.variables.iter().map(|variable| variable.name);
    let mut declared = variables.chain(from.functions.iter().map(|function| function.name));
    let help = match alike {
        Some(alike) => Some(format!("`{alike}` is exported: the case of letters counts")),
        None if declared.any(|declared| from.exprs.text(declared) == name) => {
            Some(format!("put `@export()` above `{name}` in `{file}`"))
        }
        None => None,
    };
    FileProblem {
        kind: ProblemKind::Meaning,
        place: Place { file: own.file, span },
        message: format!("`{file}` exports no `{name}`; its value is not known"),
        help,
    }
}
