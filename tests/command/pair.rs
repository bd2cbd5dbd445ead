//! `explain --pair`: it names exactly the races of the report, and explains why other pairs do not race.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bicep_race_lint::rules::explained::{Explained, Verdict};
use bicep_race_lint::rules::rule;
use bicep_race_lint::workspace::{Disk, TemplateId};
use bicep_race_lint::{Catalog, Config, Memory, Report, Roots, Session};

use crate::process::{RACY, folder, read, run, write};

/// A file with unordered pairs of symbols.
type Pairs = BTreeSet<(String, String, String)>;

fn pair(file: &str, one: &str, other: &str) -> (String, String, String) {
    let (one, other) = if one <= other { (one, other) } else { (other, one) };
    (file.to_owned(), one.to_owned(), other.to_owned())
}

/// The pairs that the report says may overlap, by the template where their paths part.
fn reported(session: &Session, report: &Report) -> Pairs {
    let mut pairs = Pairs::new();
    for finding in report.findings.iter().filter(|finding| rule(finding.rule).races.unwrap().may_overlap()) {
        assert_eq!(finding.pairs_omitted, 0, "pairs that are only counted cannot be compared");
        let symbol = |at: usize| finding.participants[at].symbol.as_str();
        let file = session.shown(finding.race.template);
        pairs.extend(finding.pairs.iter().map(|&(one, other)| pair(file, symbol(one), symbol(other))));
    }
    pairs
}

/// The pairs that are explained as races, among all pairs of declarations of the root and of its direct callees.
fn explained(session: &Session, root: TemplateId) -> (Pairs, usize) {
    let workspace = session.workspace();
    let deployed = workspace.deployed_by(root).unwrap_or(root);
    let symbols = |template: TemplateId| -> Vec<String> {
        workspace.template(template).nodes.iter().map(|node| node.symbol.clone()).collect()
    };
    let (mut races, mut asked) = (Pairs::new(), 0);
    let mut ask = |names: &[String]| {
        for (at, one) in names.iter().enumerate() {
            for other in &names[at..] {
                let Ok(found) = session.explain(root, one, other) else { continue };
                asked += 1;
                holds_together(&found, one, other);
                for meeting in &found.meetings {
                    if meeting.objects.iter().any(|object| object.verdict == Verdict::Race) {
                        races.insert(pair(&meeting.file, &meeting.symbols[0], &meeting.symbols[1]));
                    }
                }
            }
        }
    };
    ask(&symbols(deployed));
    for call in workspace.template(deployed).node_ids() {
        if let Some(callee) = workspace.callee(deployed, call) {
            let symbol = &workspace.template(deployed).node(call).symbol;
            let inside: Vec<String> =
                symbols(callee).iter().map(|inner| format!("{symbol}.{inner}")).collect();
            ask(&inside);
        }
    }
    (races, asked)
}

/// Properties of every explanation.
fn holds_together(found: &Explained, one: &str, other: &str) {
    let has_race = found.meetings.iter().flat_map(|meeting| &meeting.objects);
    let has_race = has_race.filter(|object| object.verdict == Verdict::Race).count() > 0;
    assert_eq!(has_race, found.verdict == Verdict::Race, "`{one}` and `{other}`: {found:?}");
    assert!(!found.message.is_empty());
    for order in found.meetings.iter().filter_map(|meeting| meeting.order.as_ref()) {
        // The links form a path between the two declarations.
        assert_eq!(order.links.first().unwrap().late, order.late);
        assert_eq!(order.links.last().unwrap().early, order.early);
        assert!(order.links.windows(2).all(|two| two[0].early == two[1].late), "{order:?}");
    }
    if found.verdict == Verdict::Ordered {
        assert!(
            found
                .meetings
                .iter()
                .any(|meeting| meeting.order.is_some() || meeting.symbols[0] == meeting.symbols[1])
        );
    }
}

fn templates(folder: &str) -> Vec<PathBuf> {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let is_template = |path: &Path| {
        path.extension().is_some_and(|end| end == "bicep" || end == "bicepparam" || end == "json")
    };
    let stories = std::fs::read_dir(base).unwrap().map(|story| story.unwrap().path());
    let mut found: Vec<PathBuf> = stories
        .filter(|story| story.is_dir())
        .flat_map(|story| std::fs::read_dir(story).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|path| is_template(path))
        .collect();
    found.sort();
    found
}

/// Compares the report with the explanations for every template of some fixtures. Returns the number of explained pairs
/// and the number of races.
fn compare(folders: &[&str]) -> (usize, usize) {
    let (mut asked, mut found) = (0, 0);
    for path in folders.iter().flat_map(|folder| templates(folder)) {
        let mut session = Session::new(Catalog::builtin(), Config::default());
        let base = path.parent().unwrap().to_owned();
        session.load(Disk, Roots::named([path.clone()]).shown_from(base));
        let report = session.check();
        let Some(root) = session.workspace().roots[0].1 else { continue };
        let (races, count) = explained(&session, root);
        assert_eq!(races, reported(&session, &report), "{}", path.display());
        (asked, found) = (asked + count, found + races.len());
    }
    (asked, found)
}

#[test]
fn explained_races_equal_the_report_in_stories() {
    let (asked, raced) = compare(&["races", "hub", "non-races", "rules"]);
    assert!(asked > 300 && raced > 40, "{asked} asked, {raced} race");
}

#[test]
fn explained_races_equal_the_report_in_the_catalogue() {
    let (asked, raced) = compare(&["catalog"]);
    assert!(asked > 300 && raced > 60, "{asked} asked, {raced} race");
}

/// A template with a pair of each kind.
const MAIN: &str = "param withP2s bool
param kind 'vpn' | 'express'
param hubs string[]

resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: 'hub'
}

resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: 's2s'
  properties: { virtualHub: { id: hub.id } }
}

resource p2s 'Microsoft.Network/p2svpnGateways@2024-05-01' = if (withP2s) {
  name: 'p2s'
  properties: {
    virtualHub: { id: hub.id }
    customDnsServers: [ s2s.location ]
  }
}

resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
  name: 'er'
  properties: { virtualHub: { id: hub.id } }
  dependsOn: [ p2s ]
}

resource loose 'Microsoft.Network/vpnGateways@2024-05-01' = if (kind == 'vpn') {
  name: 'loose'
  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', 'other') } }
}

resource never 'Microsoft.Network/expressRouteGateways@2024-05-01' = if (kind == 'express') {
  name: 'never'
  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', 'other') } }
}

resource each 'Microsoft.Network/vpnGateways@2024-05-01' = [for name in hubs: {
  name: name
  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', name) } }
}]

resource sent 'Microsoft.Contoso/widgets@2024-05-01' = {
  name: 'sent'
}

module deep 'deep.bicep' = {
  params: { hubId: hub.id, after: er.id }
}

module shallow 'deep.bicep' = {
  scope: resourceGroup()
  params: { hubId: hub.id, after: deep.outputs.id }
}
";

const DEEP: &str = "param hubId string
param after string

resource gw 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: 'deep-${after}'
  properties: { virtualHub: { id: hubId } }
}

resource beside 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
  name: 'beside'
  properties: { virtualHub: { id: hubId } }
}

resource sent 'Microsoft.Contoso/widgets@2024-05-01' = {
  name: 'sent'
  dependsOn: [ gw ]
}

output id string = gw.id
";

const PAIRS: &[[&str; 2]] = &[
    ["s2s", "er"],
    ["s2s", "p2s"],
    ["s2s", "loose"],
    ["loose", "never"],
    ["each", "each"],
    ["hub", "sent"],
    ["each", "er"],
    ["sent", "er"],
    ["hub", "er"],
    ["deep.gw", "deep.beside"],
    ["deep.gw", "er"],
    ["deep.gw", "deep.sent"],
    ["deep", "shallow.gw"],
    ["deep", "deep.gw"],
    ["er", "er"],
];

fn made() -> tempfile::TempDir {
    let folder = folder();
    write(folder.path(), "main.bicep", MAIN);
    write(folder.path(), "deep.bicep", DEEP);
    folder
}

#[test]
fn each_kind_of_answer_in_words() {
    let folder = made();
    let mut told = String::new();
    for [one, other] in PAIRS {
        let (text, code) = run(folder.path(), &["explain", "--pair", "main.bicep", one, other]);
        assert_eq!(code, 0, "{text}");
        told.push_str(&format!("$ {one} {other}\n{text}\n"));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn one_answer_as_json() {
    let folder = made();
    let arguments = ["explain", "--pair", "main.bicep", "s2s", "er", "--format", "json"];
    insta::assert_snapshot!(run(folder.path(), &arguments).0);
}

#[test]
fn answers_fit_their_schema_and_the_schema_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/pair.schema.json");
    let fresh = bicep_race_lint::report::pair::schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), fresh, "stale: run `.ci/derive`");
    let validator = jsonschema::validator_for(&serde_json::from_str(&fresh).unwrap()).unwrap();
    let folder = made();
    for [one, other] in PAIRS {
        let (text, _) =
            run(folder.path(), &["explain", "--pair", "main.bicep", one, other, "--format", "json"]);
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&answer).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{one} {other}: {errors:#?}");
        assert_eq!(answer["race"].as_bool().unwrap(), answer["verdict"] == "race");
    }
}

#[test]
fn an_unknown_name_is_reported_with_suggestions() {
    let folder = made();
    for (name, told) in [
        ("s2", "declares no `s2`; did you mean `s2s`?"),
        ("gw", "declares no `gw`; did you mean `deep.gw`?"),
        ("kind", "`kind` is a parameter, which deploys nothing"),
        ("each[0]", "`each[0]`: a loop is named as a whole, without an index; did you mean `each`?"),
        ("deep.gx", "declares no `gx`; did you mean `deep.gw`?"),
        ("s2s.gw", "`s2s` is not a module"),
    ] {
        let (text, code) = run(folder.path(), &["explain", "--pair", "main.bicep", name, "er"]);
        assert_eq!(code, 2);
        assert!(text.contains(told), "{name}: {text}");
    }
    let (text, code) = run(folder.path(), &["explain", "--pair", "gone.bicep", "s2s", "er"]);
    assert!(code == 2 && text.contains("cannot read `gone.bicep`"), "{text}");
    assert_eq!(run(folder.path(), &["explain", "--pair", "main.bicep", "s2s"]).1, 2);
    assert_eq!(run(folder.path(), &["explain"]).1, 2);
}

#[test]
fn asking_changes_nothing() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    let (text, code) = run(folder.path(), &["explain", "--pair", "main.bicep", "vpn", "er"]);
    assert!(code == 0 && text.starts_with("race: "), "a race that is explained is no failure: {text}");
    assert_eq!(read(folder.path(), "main.bicep"), RACY);
}

/// The values of a parameter file are decisive, and so are the arguments of a call.
#[test]
fn given_values_decide() {
    let template = "param on bool\nresource a 'Microsoft.Network/vpnGateways@2024-05-01' = if (on) {\n  name: 'a'\n  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', 'h') } }\n}\n\
                    resource b 'Microsoft.Network/vpnGateways@2024-05-01' = {\n  name: 'b'\n  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', 'h') } }\n}\n";
    let files = Memory::default()
        .with("/m.bicep", template)
        .with("/off.bicepparam", "using 'm.bicep'\nparam on = false\n")
        .with("/on.bicepparam", "using 'm.bicep'\nparam on = true\n")
        .with("/main.bicep", "module one 'm.bicep' = { params: { on: false } }\n");
    let verdict = |root: &str, names: [&str; 2]| {
        let mut session = Session::new(Catalog::builtin(), Config::default());
        session.load(files.clone(), Roots::named([root]));
        let id = session.workspace().roots[0].1.unwrap();
        session.explain(id, names[0], names[1]).unwrap().verdict
    };
    assert_eq!(verdict("/m.bicep", ["a", "b"]), Verdict::Race);
    assert_eq!(verdict("/on.bicepparam", ["a", "b"]), Verdict::Race);
    assert_eq!(verdict("/off.bicepparam", ["a", "b"]), Verdict::NeverTogether);
    assert_eq!(verdict("/main.bicep", ["one.a", "one.b"]), Verdict::NeverTogether);
}

/// A configuration or a directive only hides a race from the report; it is still explained as a race.
#[test]
fn the_setting_that_hides_a_race_is_named() {
    let folder = made();
    let racy = MAIN.replace("  dependsOn: [ p2s ]\n", "");
    write(folder.path(), "main.bicep", &racy);
    let ask = || run(folder.path(), &["explain", "--pair", "main.bicep", "s2s", "er"]).0;
    assert!(ask().contains("to fix it: "), "{}", ask());
    write(folder.path(), "bicep-race-lint.toml", "[rules]\nhub-gateways = \"off\"\n");
    assert!(ask().contains("race: ") && ask().contains("its rule is off"), "{}", ask());
    std::fs::remove_file(folder.path().join("bicep-race-lint.toml")).unwrap();
    let directive = "#disable-next-line hub-gateways // the gateway is there already\nresource er ";
    write(folder.path(), "main.bicep", racy.replace("resource er ", directive));
    assert!(ask().contains("suppressed in main.bicep:22: the gateway is there already"), "{}", ask());
}

/// A finding about an order names the conditional declarations that the order passes through.
#[test]
fn a_finding_about_order_names_what_the_order_passes_through() {
    let folder = folder();
    // Routing intent precedes a gateway through a declaration that may not be deployed.
    let text = "param on bool
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub' }
resource intent 'Microsoft.Network/virtualHubs/routingIntent@2024-05-01' = {
  parent: hub
  name: 'intent'
}
resource between 'Microsoft.Network/publicIPAddresses@2024-05-01' = if (on) {
  name: 'between'
  dependsOn: [ intent ]
}
resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: 's2s'
  properties: { virtualHub: { id: hub.id } }
  dependsOn: [ between ]
}
";
    write(folder.path(), "main.bicep", text);
    let report: serde_json::Value =
        serde_json::from_str(&run(folder.path(), &["main.bicep", "--format", "json", "--level", "note"]).0)
            .unwrap();
    let finding = &report["findings"][0];
    assert_eq!(finding["rule"], "routing-intent-last");
    let expected = serde_json::json!([{ "symbol": "between", "condition": "on", "file": "main.bicep", "line": 7, "column": 10 }]);
    assert_eq!(finding["orderedThrough"], expected, "{finding:#}");
    let (text, _) = run(folder.path(), &["explain", "--pair", "main.bicep", "s2s", "intent"]);
    assert!(
        text.starts_with("race: `s2s` waits for `intent`, but virtual hub `hub` needs the opposite order\n"),
        "{text}"
    );
    // Without the condition there is nothing to name.
    write(folder.path(), "main.bicep", text_without_condition(&read(folder.path(), "main.bicep")));
    let (report, _) = run(folder.path(), &["main.bicep", "--format", "json", "--level", "note"]);
    assert!(report.contains("routing-intent-last") && !report.contains("orderedThrough"), "{report}");
}

fn text_without_condition(text: &str) -> String {
    text.replace("= if (on) {", "= {").replace("param on bool\n", "")
}
