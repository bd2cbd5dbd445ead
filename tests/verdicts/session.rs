//! After edits, the report of a session equals that of a fresh session on the same files, byte for byte, and the
//! session only repeats the work that the edits affect.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bicep_race_lint::rules::finding::Level;
use bicep_race_lint::session::Work;
use bicep_race_lint::{Catalog, Config, Memory, Report, Roots, Session, report};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// Files that may exist. Those that end in `.bicep` or `.bicepparam` were found by a walk, and are roots if no other
/// file calls them.
const PATHS: &[&str] = &[
    "/w/a/main.bicep",
    "/w/b/main.bicep",
    "/w/b/main.bicepparam",
    "/w/c/main.bicep",
    "/w/shared/gateways.bicep",
    "/w/shared/names.bicep",
    "/w/late/gateways.bicep",
    "/w/late/main.bicepparam",
    "/w/data.json",
    "/w/shared/data.json",
    "/w/nested/main.json",
    "/w/bicepconfig.json",
    "/w/shared/bicepconfig.json",
    "/cache/br/mcr.microsoft.com/bicep$avm$res$network$vpn-gateway/0.1.0$/main.json",
];

/// Index of the piece whose hub is named after the cloud.
const CLOUD: usize = 19;

/// Pieces of Bicep. `#` is replaced by a number, so that a file can contain several copies.
const PIECES: &[&str] = &[
    "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = { name: 'hub', location: 'x' }\n",
    "resource s# 'Microsoft.Network/vpnGateways@2024-05-01' = {\n  name: 's#'\n  properties: { virtualHub: { id: hub.id } }\n}\n",
    "resource e# 'Microsoft.Network/expressRouteGateways@2024-05-01' = {\n  name: 'e#'\n  properties: {\n    virtualHub: { id: hub.id }\n  }\n}\n",
    "resource d# 'Microsoft.Network/p2svpnGateways@2024-05-01' = if (on) {\n  name: 'd#'\n  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', name) } }\n}\n",
    "param on bool\nparam name string = 'hub'\n",
    "module m# '../shared/gateways.bicep' = {\n  name: 'm#'\n  params: { name: 'hub' }\n}\n",
    "module l# '../late/gateways.bicep' = {\n  name: 'l#'\n  params: { name: 'hub', on: true }\n}\n",
    "module k# 'br/public:avm/res/network/vpn-gateway:0.1.0' = {\n  name: 'k#'\n  params: { name: 'k#', virtualHubResourceId: hub.id }\n}\n",
    "module g# 'br:acme.io/network/vpn-gateway:1' = {\n  name: 'g#'\n  params: { virtualHubId: hub.id }\n}\n",
    "module f# '../late' = { name: 'f#' }\n",
    "module n# '../nested/main.json' = { name: 'n#' }\n",
    "import { hubName } from '../shared/names.bicep'\nresource i# 'Microsoft.Network/vpnGateways@2024-05-01' = {\n  name: 'i#'\n  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', hubName) } }\n}\n",
    "resource o# 'Microsoft.Network/vpnGateways@2024-05-01' = [for name in loadJsonContent('../data.json'): {\n  name: 'o#${name}'\n  properties: { virtualHub: { id: hub.id } }\n}]\n",
    "#disable-next-line hub-gateways parallel-writers // for now\n",
    "@export()\nvar hubName = 'hub'\n",
    "using '../late/gateways.bicep'\nparam on = true\n",
    "using './main.bicep'\nparam on = false\nparam name = 'other'\n",
    "resource broken# = {\n",
    "module q# 'br/local:gateways' = {\n  name: 'q#'\n  params: { name: 'hub', on: true }\n}\n",
    "resource c# 'Microsoft.Network/vpnGateways@2024-05-01' = {\n  name: 'c#'\n  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', environment().name) } }\n}\n",
    "resource x# 'Microsoft.Network/expressRouteGateways@2024-05-01' = {\n  name: 'x#'\n  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', 'AzureCloud') } }\n}\n",
];

/// Possible contents of JSON files.
const JSON: &[&str] = &[
    "[\"one\"]",
    "[\"one\", \"two\"]",
    "[",
    "{ \"experimentalFeaturesEnabled\": { \"symbolicNameCodegen\": true } }",
    "{ \"cacheRootDirectory\": \"/cache\" }",
    "{ \"moduleAliasesMock\": { \"br\": { \"local\": { \"mapToFilePath\": \"shared\" } } } }",
    "{ \"moduleAliasesMock\": { \"br\": { \"local\": { \"mapToFilePath\": \"late\" } } } }",
    "{ \"moduleAliases\": { \"br\": { \"public\": { \"registry\": \"acme.io\" } } } }",
    "{ \"cloud\": { \"currentProfile\": \"AzureChinaCloud\" } }",
    r#"{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources": [
      { "type": "Microsoft.Network/vpnGateways", "apiVersion": "2024-05-01", "name": "x",
        "properties": { "virtualHub": { "id": "[resourceId('Microsoft.Network/virtualHubs', 'hub')]" } } },
      { "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner", "properties": { "mode": "Incremental", "template": {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources": [
        { "type": "Microsoft.Network/p2svpnGateways", "apiVersion": "2024-05-01", "name": "y",
          "properties": { "virtualHub": { "id": "[resourceId('Microsoft.Network/virtualHubs', 'hub')]" } } } ] } } } ] }"#,
];

fn is_json(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "json")
}

/// The text of a file made of these pieces.
fn text(path: &str, pieces: &[usize]) -> String {
    if is_json(path) {
        return JSON[pieces.first().copied().unwrap_or_default() % JSON.len()].to_owned();
    }
    let numbered = |(at, piece): (usize, &usize)| PIECES[piece % PIECES.len()].replace('#', &at.to_string());
    pieces.iter().enumerate().map(numbered).collect()
}

#[derive(Clone, Debug)]
enum Edit {
    /// The file gets this text; it may be new.
    Write(usize, Vec<usize>),
    /// A piece is added at the end.
    Append(usize, usize),
    /// The text is cut off at this point, which usually breaks the syntax.
    Cut(usize, usize),
    Remove(usize),
    Rename(usize, usize),
    /// The remedy of one finding is applied.
    Fix(usize),
}

fn edits() -> impl Strategy<Value = Edit> {
    let path = || 0..PATHS.len();
    let pieces = || vec(0..PIECES.len(), 0..7);
    prop_oneof![
        4 => (path(), pieces()).prop_map(|(path, pieces)| Edit::Write(path, pieces)),
        4 => (path(), 0..PIECES.len()).prop_map(|(path, piece)| Edit::Append(path, piece)),
        1 => (path(), 0..400_usize).prop_map(|(path, at)| Edit::Cut(path, at)),
        2 => path().prop_map(Edit::Remove),
        2 => (path(), path()).prop_map(|(from, to)| Edit::Rename(from, to)),
        2 => (0..8_usize).prop_map(Edit::Fix),
    ]
}

/// A session with the files that it should know.
struct Pair {
    session: Session,
    files: BTreeMap<PathBuf, String>,
    report: Report,
}

fn new_session(files: &BTreeMap<PathBuf, String>, roots: Roots) -> Session {
    let memory =
        files.iter().fold(Memory::default(), |memory, (path, text)| memory.with(path, text.as_str()));
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(memory, roots);
    session
}

impl Pair {
    fn new(files: BTreeMap<PathBuf, String>) -> Self {
        let found = PATHS.iter().filter(|path| !is_json(path));
        let mut session = new_session(&files, Roots::found("/w", found));
        let report = session.check();
        Self { session, files, report }
    }

    fn write(&mut self, path: PathBuf, text: String) {
        self.session.change(&path, text.as_str());
        self.files.insert(path, text);
    }

    fn edit(&mut self, edit: &Edit) {
        match edit {
            Edit::Write(at, pieces) => self.write(PATHS[*at].into(), text(PATHS[*at], pieces)),
            Edit::Append(at, piece) => {
                let mut whole = self.files.get(&PathBuf::from(PATHS[*at])).cloned().unwrap_or_default();
                whole += &PIECES[*piece].replace('#', &whole.len().to_string());
                self.write(PATHS[*at].into(), whole);
            }
            Edit::Cut(at, end) => {
                let Some(whole) = self.files.get(&PathBuf::from(PATHS[*at])) else { return };
                let cut = whole[..whole.floor_char_boundary(*end)].to_owned();
                self.write(PATHS[*at].into(), cut);
            }
            Edit::Remove(at) => {
                self.session.remove(PATHS[*at]);
                self.files.remove(&PathBuf::from(PATHS[*at]));
            }
            Edit::Rename(from, to) => {
                let renamed = self.session.rename(PATHS[*from], PATHS[*to]).is_ok();
                let text = self.files.remove(&PathBuf::from(PATHS[*from]));
                assert_eq!(renamed, text.is_some());
                self.files.extend(text.map(|text| (PATHS[*to].into(), text)));
            }
            Edit::Fix(at) => {
                let mut remedies = self.report.findings.iter().filter_map(|one| one.fix.as_ref());
                let Some(fix) = remedies.nth(*at) else { return };
                let Some(first) = fix.edits.first() else { return };
                let file = self.report.sources.file(first.place.file);
                let of_file = fix.edits.iter().filter(|edit| edit.place.file == first.place.file);
                let fixed = bicep_race_lint::fix::apply::apply(&file.text, &of_file.collect::<Vec<_>>());
                self.write(PathBuf::from("/w").join(&file.path), fixed);
            }
        }
    }

    /// The report of the session, and that of a fresh session on these files.
    fn both(&mut self) -> (String, String) {
        self.report = self.session.check();
        let mut fresh = new_session(&self.files, self.session.roots().clone());
        let told = |session: &Session, report: &Report| {
            format!("{}\n{:?}", report::json::render(report, Level::Note), session.unreadable())
        };
        let fresh_report = fresh.check();
        (told(&self.session, &self.report), told(&fresh, &fresh_report))
    }
}

/// `RACE_SESSION_CASES` sets the number of cases, and `RACE_SESSION_SEED` selects others.
fn number(variable: &str) -> Option<u32> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}

fn runner(cases: u32) -> TestRunner {
    let config = Runs { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Runs::default() };
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number("RACE_SESSION_SEED").unwrap_or(1).to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

#[test]
fn after_any_edits_the_report_equals_that_of_a_fresh_session() {
    let start = vec(vec(0..PIECES.len(), 0..7), PATHS.len());
    let (mut found, mut mended) = (0, 0);
    let told = runner(number("RACE_SESSION_CASES").unwrap_or(96)).run(
        &(start, vec(edits(), 1..10)),
        |(start, edits)| {
            // Some files do not exist at first.
            let texts = PATHS.iter().zip(&start).filter(|(_, pieces)| pieces.len() != 1);
            let files = texts.map(|(path, pieces)| (PathBuf::from(path), text(path, pieces))).collect();
            let mut pair = Pair::new(files);
            for (at, edit) in edits.iter().enumerate() {
                pair.edit(edit);
                let (now, fresh) = pair.both();
                if now != fresh {
                    let mut lines = now.lines().zip(fresh.lines());
                    let apart = lines.find(|(now, fresh)| now != fresh);
                    return Err(TestCaseError::fail(format!("edit {at} of {edits:?}: {apart:#?}")));
                }
            }
            Ok(())
        },
    );
    match told {
        Ok(()) => {}
        Err(TestError::Fail(why, input)) => panic!("{}\n{input:?}", why.message()),
        Err(TestError::Abort(why)) => panic!("{}", why.message()),
    }
    // Check that the random workspaces have findings and remedies.
    let mut runner = runner(24);
    let start = vec(vec(0..PIECES.len(), 0..7), PATHS.len());
    for _ in 0..24 {
        let start = start.new_tree(&mut runner).unwrap().current();
        let texts = PATHS.iter().zip(&start).map(|(path, pieces)| (PathBuf::from(path), text(path, pieces)));
        let report = Pair::new(texts.collect()).report;
        found += report.findings.len();
        mended += report.findings.iter().filter(|finding| finding.fix.is_some()).count();
    }
    assert!(found > 12 && mended > 4, "{found} findings, {mended} with a remedy");
}

/// Two components with a race each: `a` with a module, and `b` alone.
fn two_components() -> Pair {
    let of = |path: &str, pieces: &[usize]| (PathBuf::from(path), text(path, pieces));
    Pair::new(BTreeMap::from([
        of("/w/a/main.bicep", &[0, 1, 2, 5]),
        of("/w/shared/gateways.bicep", &[4, 3]),
        of("/w/b/main.bicep", &[0, 1, 2]),
    ]))
}

/// The cost of an edit: the numbers of files that are parsed and of components that are analysed again.
fn cost(pair: &mut Pair, edit: &Edit) -> Work {
    let before = pair.session.work();
    pair.edit(edit);
    let (now, fresh) = pair.both();
    assert_eq!(now, fresh, "{edit:?}");
    let after = pair.session.work();
    Work { parsed: after.parsed - before.parsed, analysed: after.analysed - before.analysed }
}

fn at(path: &str) -> usize {
    PATHS.iter().position(|known| *known == path).unwrap()
}

#[test]
fn a_change_is_analysed_where_it_has_an_effect() {
    let mut pair = two_components();
    assert_eq!(pair.session.work(), Work { parsed: 3, analysed: 2 });
    assert!(pair.report.findings.len() >= 2, "{}", pair.report.findings.len());
    let work = |parsed, analysed| Work { parsed, analysed };
    let same = Edit::Write(at("/w/b/main.bicep"), vec![0, 1, 2]);
    assert_eq!(cost(&mut pair, &same), work(0, 0), "nothing has changed");
    let edits = [
        (Edit::Append(at("/w/b/main.bicep"), 1), work(1, 1)),
        (Edit::Append(at("/w/a/main.bicep"), 2), work(1, 1)),
        (Edit::Append(at("/w/shared/gateways.bicep"), 0), work(1, 1)),
        (Edit::Remove(at("/w/shared/gateways.bicep")), work(0, 1)),
        // A file that nothing refers to, then the module again.
        (Edit::Write(at("/w/data.json"), vec![1]), work(0, 0)),
        (Edit::Write(at("/w/shared/gateways.bicep"), vec![4, 3]), work(1, 1)),
        // It disappears under its old name, and is a root under the new one.
        (Edit::Rename(at("/w/shared/gateways.bicep"), at("/w/late/gateways.bicep")), work(1, 2)),
    ];
    for (edit, expected) in edits {
        assert_eq!(cost(&mut pair, &edit), expected, "{edit:?}");
    }
}

#[test]
fn a_new_file_affects_the_files_that_name_it() {
    let mut pair = two_components();
    let work = |parsed, analysed| Work { parsed, analysed };
    let edits = [
        // `b` loads a file that is missing, then exists, and then changes.
        (Edit::Append(at("/w/b/main.bicep"), 12), work(1, 1)),
        (Edit::Write(at("/w/data.json"), vec![0]), work(0, 1)),
        (Edit::Write(at("/w/data.json"), vec![1]), work(0, 1)),
        (Edit::Remove(at("/w/data.json")), work(0, 1)),
        // `b` calls a module that is missing and then exists.
        (Edit::Append(at("/w/b/main.bicep"), 6), work(1, 1)),
        (Edit::Write(at("/w/late/gateways.bicep"), vec![4, 3]), work(1, 1)),
        // A configuration for the folder of the module of `a`, then one for everything.
        (Edit::Write(at("/w/shared/bicepconfig.json"), vec![3]), work(0, 1)),
        (Edit::Remove(at("/w/shared/bicepconfig.json")), work(0, 1)),
        (Edit::Write(at("/w/bicepconfig.json"), vec![3]), work(0, 2)),
    ];
    for (edit, expected) in edits {
        assert_eq!(cost(&mut pair, &edit), expected, "{edit:?}");
    }
}

/// The files and the text of the call stay the same; only the target of the alias changes.
#[test]
fn an_alias_may_lead_elsewhere() {
    let of = |path: &str, pieces: &[usize]| (PathBuf::from(path), text(path, pieces));
    let mut pair = Pair::new(BTreeMap::from([
        of("/w/a/main.bicep", &[0, 5, 6, 18]),
        of("/w/shared/gateways.bicep", &[4, 3]),
        of("/w/late/gateways.bicep", &[4]),
        of("/w/bicepconfig.json", &[5]),
    ]));
    let there = pair.report.findings.len();
    let elsewhere = Edit::Write(at("/w/bicepconfig.json"), vec![6]);
    assert_eq!(cost(&mut pair, &elsewhere), Work { parsed: 0, analysed: 1 });
    assert!(pair.report.findings.len() < there, "{there}");
}

#[test]
fn a_change_of_the_cloud_has_an_effect() {
    let mut pair = two_components();
    pair.edit(&Edit::Write(at("/w/c/main.bicep"), vec![CLOUD, CLOUD + 1]));
    let before = pair.both();
    assert_eq!(before.0, before.1);
    let china = JSON.iter().position(|text| text.contains("AzureChinaCloud")).unwrap();
    pair.edit(&Edit::Write(at("/w/bicepconfig.json"), vec![china]));
    let (now, fresh) = pair.both();
    assert_eq!(now, fresh);
    let has_cloud = |text: &str| text.to_lowercase().contains("\"azurecloud\"");
    assert!(has_cloud(&before.0) && !has_cloud(&now), "{now}");
}

/// Unselected findings get no remedies, so the remedies of the others are computed again.
#[test]
fn remedies_are_kept_with_the_findings_that_they_are_for() {
    let main = "/w/b/main.bicep";
    let files = BTreeMap::from([(PathBuf::from(main), text(main, &[0, 1, 2, 4, 3, 3]))]);
    let mut pair = Pair::new(files.clone());
    let roots = pair.session.roots().clone();
    let whole = report::json::render(&pair.report, Level::Note);
    let one = |session: &Session, at: usize| {
        let mut check = session.examine();
        check.settle();
        let chosen = check.report.findings.remove(at);
        check.report.findings = vec![chosen];
        check.remedy();
        report::json::render(&check.report, Level::Note)
    };
    assert!(pair.report.findings.len() > 1, "{whole}");
    for at in 0..pair.report.findings.len() {
        let fresh = new_session(&files, roots.clone());
        assert_eq!(one(&pair.session, at), one(&fresh, at));
    }
    assert_eq!(report::json::render(&pair.session.check(), Level::Note), whole);
}

#[test]
fn a_folder_without_files_does_not_exist() {
    let mut pair = two_components();
    pair.edit(&Edit::Append(at("/w/b/main.bicep"), 9));
    pair.edit(&Edit::Write(at("/w/late/gateways.bicep"), vec![0]));
    let (now, fresh) = pair.both();
    assert_eq!(now, fresh);
    assert!(now.contains("it is a folder"), "{now}");
    let mut later = Pair::new(pair.files.clone());
    for pair in [&mut pair, &mut later] {
        pair.edit(&Edit::Remove(at("/w/late/gateways.bicep")));
        let (now, fresh) = pair.both();
        assert_eq!(now, fresh);
        assert!(now.contains("there is no such file") && !now.contains("it is a folder"), "{now}");
    }
}

#[test]
fn files_of_a_folder_are_shown_from_there() {
    let files = Memory::default().with("/w/a/main.bicep", PIECES[0]).with("/w/b/main.bicep", PIECES[0]);
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(files, Roots::found("/w", ["/w/a/main.bicep", "/w/b/main.bicep"]));
    assert_eq!(session.check().roots, ["a/main.bicep", "b/main.bicep"]);
}
