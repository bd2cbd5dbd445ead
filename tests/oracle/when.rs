//! Checks the reported conditions of each pair against every world of the reference.

use std::collections::BTreeMap;
use std::path::Path;

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::eval::term::Term;
use bicep_race_lint::eval::terms::Terms;
use bicep_race_lint::level::Level;
use bicep_race_lint::race::analysis::analyse;
use bicep_race_lint::rules::finding::{Finding, PairWitness};
use bicep_race_lint::source::FileId;
use bicep_race_lint::template::ParameterId;
use bicep_race_lint::workspace::Workspace;
use bicep_race_lint::workspace::file_system::Memory;

use crate::model::Deployment;
use crate::schedule::{Pair, Truths, World, of_each_world};
use crate::tool::Nothing;

/// The reported conditions of a pair.
#[derive(Default)]
struct Said {
    conditions: Vec<String>,
    /// For each world, whether the pair may race there according to the report: its conditions hold, or are reported as
    /// not the only ones.
    open: Vec<bool>,
}

/// The number of pairs with reported conditions. It is an error if the conditions of a pair hold in no world or in a
/// world in which the pair cannot overlap, or if a pair overlaps in a world that the reported conditions exclude.
pub(crate) fn of_pairs(deployment: &Deployment, files: &[(&'static str, String)]) -> Result<usize, String> {
    let memory =
        files.iter().fold(Memory::default(), |memory, (path, text)| memory.with(path, text.as_str()));
    let workspace = Workspace::load(&memory, &Nothing, &[files[0].0.into()], &[], Path::new(""));
    let root = workspace.roots[0].1.ok_or("no root")?;
    let catalog = Catalog::default();
    let mut analysis = analyse(&workspace, &catalog, &[root]);
    let findings = bicep_race_lint::rules::findings(&mut analysis, Level::Note);
    let template = workspace.template(root);
    let parameters: Vec<(String, Term)> = (0..template.parameters.len())
        .map(|at| {
            let name = template.exprs.text(template.parameters[at].name).to_owned();
            (name, analysis.evaluator.parameter(root, ParameterId(at as u32)))
        })
        .collect();
    let worlds = of_each_world(deployment);
    let mut told = 0;
    // The conditions of each pair in all findings: two declarations may write several objects.
    let mut said: BTreeMap<Pair, Said> = BTreeMap::new();
    for finding in &findings {
        let file = workspace.template(finding.race.template).file;
        for witness in &finding.witness.of_pairs {
            let terms = analysis.evaluator.terms();
            let open: Vec<bool> = worlds
                .iter()
                .map(|(world, _)| {
                    witness.also_otherwise || holds(terms, &parameters, world, witness) != Some(false)
                })
                .collect();
            for &sides in &witness.pairs {
                let of_pair = said.entry(pair(files, file, &workspace, finding, sides)).or_default();
                of_pair.conditions.extend(witness.conditions.iter().map(|one| format!("{one:?}")));
                of_pair.open.resize(worlds.len(), false);
                of_pair.open.iter_mut().zip(&open).for_each(|(known, open)| *known |= open);
            }
        }
    }
    for (pair, said) in &said {
        let missed = worlds.iter().zip(&said.open).find(|((_, truths), open)| {
            let is_said = **open;
            !is_said && truths.overlaps.contains_key(pair)
        });
        if let Some(((world, _), _)) = missed {
            return Err(format!("also in {world:?}: {:?} of {pair:?}", said.conditions));
        }
    }
    for finding in findings.iter().filter(|finding| finding.level >= Level::Warning) {
        for witness in &finding.witness.of_pairs {
            let terms = analysis.evaluator.terms();
            let holding: Vec<Option<bool>> =
                worlds.iter().map(|(world, _)| holds(terms, &parameters, world, witness)).collect();
            told += usize::from(!witness.world.is_empty());
            let is_decided = holding.iter().all(Option::is_some);
            if is_decided && !holding.contains(&Some(true)) {
                return Err(format!("impossible: {:?} of {:?}", witness.conditions, finding.message));
            }
            for ((world, truths), holds) in worlds.iter().zip(&holding) {
                for &sides in witness.pairs.iter().filter(|_| *holds == Some(true)) {
                    let pair = pair(
                        files,
                        workspace.template(finding.race.template).file,
                        &workspace,
                        finding,
                        sides,
                    );
                    if !may_happen(truths, &pair) {
                        return Err(format!("not in {world:?}: {:?} of {pair:?}", witness.conditions));
                    }
                }
            }
        }
    }
    Ok(told)
}

fn may_happen(truths: &Truths, pair: &Pair) -> bool {
    truths.overlaps.contains_key(pair) || truths.reversed.contains_key(pair) || truths.open.contains(pair)
}

fn pair(
    files: &[(&'static str, String)],
    file: FileId,
    workspace: &Workspace,
    finding: &Finding,
    (one, other): (usize, usize),
) -> Pair {
    let path = &workspace.sources.file(file).path;
    let file = files.iter().map(|(path, _)| *path).find(|known| known == path).unwrap_or("unknown");
    let mut symbols = [one, other].map(|ix| finding.participants[ix].symbol.clone());
    symbols.sort();
    let [first, second] = symbols;
    (file, first, second)
}

/// Whether all conditions hold in a world; `None` if one of them is about something that worlds do not contain.
fn holds(
    terms: &mut Terms,
    parameters: &[(String, Term)],
    world: &World,
    witness: &PairWitness,
) -> Option<bool> {
    let given: Vec<(Term, Term)> =
        parameters.iter().filter_map(|(name, term)| Some((*term, literal(terms, name, world)?))).collect();
    let mut all = Some(true);
    for &(term, value) in &witness.world {
        let mut fact = terms.equal(term, value);
        for &(parameter, value) in &given {
            fact = terms.replace_term(fact, parameter, value);
        }
        match terms.known_bool(fact) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => all = None,
        }
    }
    all
}

/// The value of a parameter in a world; `None` for names of objects, which a world does not contain.
fn literal(terms: &mut Terms, name: &str, world: &World) -> Option<Term> {
    let truth = |terms: &mut Terms, value: Option<bool>| match value {
        Some(value) => terms.bool(value),
        None => terms.null(),
    };
    Some(match name {
        "p" => terms.bool(world.p),
        "q" => terms.bool(world.q),
        "kind" => terms.text(world.kind),
        "names" => {
            let names: Vec<Term> = world.elements().iter().map(|name| terms.text(name)).collect();
            terms.array(&names)
        }
        "count" => terms.int(world.count as i64),
        "flag" => truth(terms, world.flag),
        "note" => match world.note {
            Some(note) => terms.text(note),
            None => terms.null(),
        },
        "settings" => match world.settings {
            None => terms.null(),
            Some(held) if held.is_empty => terms.object(&[]),
            Some(held) => {
                let on = truth(terms, held.on);
                let name = terms.intern("on");
                let other = (terms.intern("other"), terms.bool(true));
                let mut properties = vec![other];
                if held.on.is_some() {
                    properties.push((name, on));
                }
                terms.object(&properties)
            }
        },
        _ => return None,
    })
}
