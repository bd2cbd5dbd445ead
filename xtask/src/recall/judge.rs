//! Judges each removal in a folder separately: does the tool report the missing order?

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::config::Config;
use bicep_race_lint::deployment::Graph;
use bicep_race_lint::race::analysis::mode_of;
use bicep_race_lint::rules::finding::{Level, Report};
use bicep_race_lint::session::{Roots, Session};
use bicep_race_lint::template::{Language, NodeId};
use bicep_race_lint::workspace::{Disk, Provenance, TemplateId, Workspace};

use super::ends::{Ends, Shared};
use super::removal::{Removal, removals, without};

/// Two declarations that have lost their order.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    /// The path of the template relative to the folder.
    pub(super) file: String,
    /// The line of the removed text, from 1.
    pub(super) line: usize,
    /// The declaration that waited.
    pub(super) late: String,
    /// The declaration that it waited for; the same one for a loop in batches of one.
    pub(super) early: String,
    /// The entries in which the types of both conflict.
    pub(super) shared: Vec<Shared>,
    /// The outcome of the removal.
    pub(super) outcome: Outcome,
}

/// The outcome of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The tool reports the pair, but did not before the removal.
    Reported(Level),
    /// All entries with both types are without a level.
    Documented,
    /// Nothing new is reported about the pair.
    Silent,
}

/// The removals of a folder.
#[derive(Debug, Default)]
pub(super) struct Surveyed {
    /// The number of removed elements and batch sizes.
    pub(super) removals: usize,
    /// The number of orders that another path implies.
    pub(super) implied: usize,
    /// The number of other orders whose ends share no entry.
    pub(super) strange: usize,
    /// The remaining ones.
    pub(super) lost: Vec<Lost>,
}

/// Pairs of a waiting declaration and its dependency, each with the entries in which they conflict.
type Ordered = BTreeMap<(NodeId, NodeId), Vec<Shared>>;

/// The removals of one file, with the pairs that count.
struct Planned {
    path: PathBuf,
    callers: Vec<PathBuf>,
    removals: Vec<(Removal, Ordered)>,
}

/// A pair of declarations, the entry under which it is reported, and the number of pairs of a finding that does not
/// list all of them.
type Pair = (NodeId, NodeId, Option<String>, u64);

/// Removes and judges everything below a folder.
pub(super) fn judge(folder: &Path) -> Surveyed {
    let catalog = Catalog::builtin();
    let ends_with =
        |path: &Path, end: &str| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(end));
    let files = crate::conformance::files(&[folder.to_owned()], |path| {
        ends_with(path, "bicep") || ends_with(path, "bicepparam")
    });
    let mut session = Session::new(catalog.clone(), Config::default());
    session.load(Disk, Roots::found(folder, files));
    let mut surveyed = Surveyed::default();
    let planned = plan(session.workspace(), &catalog, folder, &mut surveyed);
    drop(session);
    surveyed.lost = side_by_side(&planned, |file| file.judge(folder, &catalog));
    surveyed
}

/// Judges the files in parallel, and keeps their order. It does not use rayon, because a rayon thread that waits for
/// part of its file would start another file on the same stack.
fn side_by_side(planned: &[Planned], of: impl Fn(&Planned) -> Vec<Lost> + Sync) -> Vec<Lost> {
    let next = AtomicUsize::new(0);
    let work = || {
        let taken = std::iter::from_fn(|| {
            let at = next.fetch_add(1, Ordering::Relaxed);
            planned.get(at).map(|file| (at, of(file)))
        });
        taken.collect::<Vec<_>>()
    };
    let count = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut found: Vec<(usize, Vec<Lost>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().flat_map(|(_, lost)| lost).collect()
}

/// The possible removals, and those that count.
fn plan(workspace: &Workspace, catalog: &Catalog, folder: &Path, surveyed: &mut Surveyed) -> Vec<Planned> {
    let ends = Ends::new(workspace, catalog);
    let callers = Callers::new(workspace);
    let mut planned = Vec::new();
    for (id, template) in workspace.templates() {
        let path = workspace.path(id);
        let is_own = workspace.provenance(id) == Provenance::File && path.starts_with(folder);
        if !is_own || template.language != Language::Bicep {
            continue;
        }
        let mut counting = Vec::new();
        for removal in removals(template, &Graph::of(template, mode_of(workspace, id))) {
            surveyed.removals += 1;
            surveyed.implied += removal.implied;
            let shared = |&pair: &(NodeId, NodeId)| (pair, ends.shared(id, pair).into_values().collect());
            let mut pairs: Ordered = removal.ends.iter().map(shared).collect();
            pairs.retain(|_, shared| !shared.is_empty());
            surveyed.strange += removal.ends.len() - pairs.len();
            if !pairs.is_empty() {
                counting.push((removal, pairs));
            }
        }
        if !counting.is_empty() {
            let callers = callers.of(id).into_iter().map(|caller| workspace.path(caller).to_owned());
            let callers = callers.filter(|caller| caller != path && caller.starts_with(folder)).collect();
            planned.push(Planned { path: path.to_owned(), callers, removals: counting });
        }
    }
    planned
}

/// The callers of each template.
struct Callers(HashMap<TemplateId, Vec<TemplateId>>);

impl Callers {
    fn new(workspace: &Workspace) -> Self {
        let mut callers: HashMap<TemplateId, Vec<TemplateId>> = HashMap::new();
        for (id, _) in workspace.templates() {
            for callee in workspace.refers_to(id) {
                callers.entry(callee).or_default().push(id);
            }
        }
        Self(callers)
    }

    /// All templates that reach a template.
    fn of(&self, id: TemplateId) -> BTreeSet<TemplateId> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![id]);
        while let Some(at) = open.pop() {
            let callers = self.0.get(&at).into_iter().flatten();
            open.extend(callers.filter(|&&caller| seen.insert(caller)));
        }
        seen
    }
}

impl Planned {
    /// Judges the file as its own root, and under everything that reaches it.
    fn judge(&self, folder: &Path, catalog: &Catalog) -> Vec<Lost> {
        let found = Roots::found(folder, self.callers.clone());
        let roots = Roots { named: vec![self.path.clone()], ..found };
        let mut session = Session::new(catalog.clone(), Config::default());
        session.load(Disk, roots);
        let Some(id) = self.id(&session) else { return Vec::new() };
        let template = session.workspace().template(id);
        let source = template.exprs.source.clone();
        let symbols: Vec<String> = template.nodes.iter().map(|node| node.symbol.clone()).collect();
        let before: HashSet<Pair> = self.pairs(&session).into_keys().collect();
        let mut lost = Vec::new();
        for (removal, pairs) in &self.removals {
            let has_level = pairs.values().flatten().any(|shared| shared.has_level);
            let after = if has_level {
                session.change(&self.path, without(&source, removal.span));
                session.refresh();
                self.pairs(&session)
            } else {
                HashMap::new()
            };
            let line = 1 + source[..removal.span.start as usize].matches('\n').count();
            for (&(late, early), shared) in pairs {
                let is_of = |pair: &Pair| (pair.0, pair.1) == (late.min(early), late.max(early));
                let new = after.iter().filter(|(pair, _)| is_of(pair) && !before.contains(*pair));
                let outcome = match new.map(|(_, level)| *level).max() {
                    Some(level) => Outcome::Reported(level),
                    None if shared.iter().any(|shared| shared.has_level) => Outcome::Silent,
                    None => Outcome::Documented,
                };
                let path = self.path.strip_prefix(folder).unwrap_or(&self.path);
                lost.push(Lost {
                    file: path.to_string_lossy().replace('\\', "/"),
                    line,
                    late: symbols[late.ix()].clone(),
                    early: symbols[early.ix()].clone(),
                    shared: shared.clone(),
                    outcome,
                });
            }
        }
        lost
    }

    /// The template of the file.
    fn id(&self, session: &Session) -> Option<TemplateId> {
        let workspace = session.workspace();
        let is_it = |id: &TemplateId| {
            workspace.path(*id) == self.path && workspace.template(*id).language == Language::Bicep
        };
        workspace.templates().map(|(id, _)| id).find(is_it)
    }

    /// The reported pairs of the file, each with its highest level.
    fn pairs(&self, session: &Session) -> HashMap<Pair, Level> {
        self.id(session).map(|id| pairs_of(&session.examine().report, id)).unwrap_or_default()
    }
}

/// The reported pairs of a template, each with the lower node first. If a finding does not list all pairs, any two
/// participants may be one of them, and the number of pairs shows whether there is a new one.
fn pairs_of(report: &Report, template: TemplateId) -> HashMap<Pair, Level> {
    let mut found: HashMap<Pair, Level> = HashMap::new();
    for finding in report.findings.iter().filter(|finding| finding.race.template == template) {
        let nodes: Vec<NodeId> = finding.participants.iter().map(|one| one.node).collect();
        let is_whole = finding.pairs_omitted == 0;
        let count = if is_whole { 0 } else { nodes.len() };
        let number = finding.pairs.len() as u64 + finding.pairs_omitted;
        let listed = finding.pairs.iter().map(|&pair| (pair, 0));
        let all = (0..count).flat_map(|a| (a..count).map(move |b| ((a, b), number)));
        for ((a, b), number) in listed.chain(all) {
            let (a, b) = (nodes[a], nodes[b]);
            let pair = (a.min(b), a.max(b), finding.entry.clone(), number);
            let level = found.entry(pair).or_insert(finding.level);
            *level = finding.level.max(*level);
        }
    }
    found
}

impl fmt::Display for Lost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, late, early, shared, .. } = self;
        write!(out, "{file}:{line} ")?;
        if late == early {
            write!(out, "{late} in batches of one")?;
        } else {
            write!(out, "{late} after {early}")?;
        }
        let mut separator = " (";
        for Shared { entry, types: (late, early), .. } in shared.iter().filter(|shared| shared.has_level) {
            write!(out, "{separator}{entry}: {late} + {early}")?;
            separator = "; ";
        }
        out.write_str(if separator == " (" { "" } else { ")" })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const MAIN: &str = "
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub' }
resource other 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'other' }
resource net 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: 'net' }
resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: 's2s'
  properties: { virtualHub: { id: hub.id } }
}
resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
  name: 'er'
  properties: { virtualHub: { id: hub.id } }
  dependsOn: [
    s2s
  ]
}
resource p2s 'Microsoft.Network/p2svpnGateways@2024-05-01' = {
  name: 'p2s'
  properties: { virtualHub: { id: other.id } }
  dependsOn: [s2s, er]
}
@batchSize(1)
resource subnets 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = [for name in ['a', 'b']: {
  parent: net
  name: name
  dependsOn: [er]
}]
module deep 'deep.bicep' = { name: 'deep', dependsOn: [er] }
";
    const DEEP: &str = "
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'HUB' }
resource p2s 'Microsoft.Network/p2svpnGateways@2024-05-01' = {
  name: 'deep'
  properties: { virtualHub: { id: hub.id } }
}
";

    #[test]
    fn what_is_lost_is_reported_where_the_object_is_one() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("main.bicep", MAIN), ("deep.bicep", DEEP)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let surveyed = judge(&folder.path().canonicalize().unwrap());
        // `p2s` still waits for `s2s` through `er`, and subnets and gateways share no entry.
        assert_eq!((surveyed.removals, surveyed.implied, surveyed.strange), (6, 1, 1));
        let outcomes: BTreeMap<(&str, &str), Outcome> = surveyed
            .lost
            .iter()
            .map(|lost| ((lost.late.as_str(), lost.early.as_str()), lost.outcome))
            .collect();
        let reported = Outcome::Reported(Level::Error);
        let expected = [
            (("deep", "er"), reported),
            (("er", "s2s"), reported),
            (("p2s", "er"), Outcome::Silent),
            (("subnets", "subnets"), reported),
        ];
        assert_eq!(outcomes, expected.into());
        let line = |late: &str| surveyed.lost.iter().find(|lost| lost.late == late).map(|lost| lost.line);
        assert_eq!((line("er"), line("subnets")), (Some(13), Some(21)));
        // Nothing on disk has changed.
        assert_eq!(std::fs::read_to_string(folder.path().join("main.bicep")).unwrap(), MAIN);
    }
}
