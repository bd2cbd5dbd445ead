//! Graph and timeline from the command line.

use serde_json::Value;

use super::{run, text};

const HUB: &str = "fixtures/hub/partly-ordered/main.bicep";
const CONDITION: &str = "fixtures/outputs/condition.bicep";

fn told(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn fingerprint(path: &str) -> String {
    let report: Value = serde_json::from_str(&text(&run(&[path, "--format", "json"]).stdout)).unwrap();
    report["findings"][0]["fingerprint"].as_str().unwrap().to_owned()
}

/// Modules are clusters, races red, remedies dashed, in every notation.
#[test]
fn the_graph_shows_modules_races_and_remedies() {
    let mermaid = told(&["graph", HUB, "--format", "mermaid"]);
    for part in ["subgraph n2[\"s2s<br/>module\"]", "---|race|", "-.->|remedy|", "stroke:#cf222e"] {
        assert!(mermaid.contains(part), "{part}: {mermaid}");
    }
    let dot = told(&["graph", HUB, "--format", "dot"]);
    for part in ["subgraph cluster", "color=\"#cf222e\"", "style=dashed"] {
        assert!(dot.contains(part), "{part}: {dot}");
    }
    let svg = told(&["graph", HUB, "--format", "svg"]);
    for part in ["class=\"cluster", "class=\"race\"", "class=\"remedy\"", "role=\"img\"", ">s2s</text>"] {
        assert!(svg.contains(part), "{part}");
    }
}

#[test]
fn one_finding_is_drawn_with_its_surroundings() {
    let folder = tempfile::tempdir().unwrap();
    let far: String = (0..30).fold(String::new(), |text, at| {
        text + &format!(
            "resource far{at} 'Microsoft.Web/serverfarms@2024-04-01' = {{\n  name: 'far{at}'\n}}\n"
        )
    });
    let template = format!("{}{far}", include_str!("../../fixtures/outputs/one-file.bicep"));
    let path = folder.path().join("main.bicep").display().to_string();
    std::fs::write(&path, template).unwrap();
    let fingerprint = fingerprint(&path);
    for format in ["mermaid", "dot", "svg"] {
        let whole = told(&["graph", &path, "--format", format]);
        let near = told(&["graph", &path, "--format", format, "--finding", &fingerprint]);
        assert!(whole.contains("far29") && whole.contains("expressRoute"), "{whole}");
        assert!(!near.contains("far29") && near.contains("expressRoute"), "{near}");
        // The start of a fingerprint is sufficient, as with commits.
        assert_eq!(near, told(&["graph", &path, "--format", format, "--finding", &fingerprint[..8]]));
    }
}

/// The picture shows the world of the race: declarations that are not deployed there delay nothing.
#[test]
fn a_conditional_race_is_drawn_in_its_world() {
    let near = told(&["graph", CONDITION, "--format", "mermaid", "--finding", &fingerprint(CONDITION)]);
    assert!(near.contains("p2s<br/>Microsoft.Network/p2svpnGateways<br/>not deployed"), "{near}");
    assert!(near.contains("|race|"), "{near}");
}

/// Of several worlds it is the smallest one: `other` may be deployed where `b` and `c` race.
#[test]
fn what_the_smallest_world_leaves_open_is_conditional() {
    let gateway = |symbol: &str, condition: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/vpnGateways@2024-05-01' = {condition}{{\n  name: '{symbol}'\n  \
             properties: {{ virtualHub: {{ id: 'hub' }} }}\n}}\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.bicep").display().to_string();
    let template = format!(
        "param x bool\nparam y bool\n{}{}{}resource other 'Microsoft.Network/publicIPAddresses@2024-05-01' = \
         if (!y) {{\n  name: 'other'\n  dependsOn: [b]\n}}\n",
        gateway("a", "if (x && y) "),
        gateway("b", "if (x) "),
        gateway("c", "")
    );
    std::fs::write(&path, template).unwrap();
    let near = told(&["graph", &path, "--format", "mermaid", "--finding", &fingerprint(&path)]);
    assert!(near.contains("other<br/>Microsoft.Network/publicIPAddresses<br/>conditional"), "{near}");
}

#[test]
fn an_impossible_drawing_is_an_error() {
    for (arguments, says) in [
        (vec!["graph", HUB, "--format", "svg", "--finding", "zz"], "no finding has the fingerprint `zz`"),
        (
            vec!["graph", HUB, "-f", "json", "--finding", "00"],
            "`--finding` is for the formats mermaid, dot and svg",
        ),
        (vec!["graph", "not-there.bicep"], "cannot read `not-there.bicep`"),
        (vec!["timeline", "not-there.bicep"], "cannot read `not-there.bicep`"),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(says), "{arguments:?}: {}", text(&output.stderr));
    }
}

/// A parameter file is drawn as its template. Two that extend each other deploy nothing, and must terminate.
#[test]
fn parameter_files_are_drawn_as_their_templates() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("main.bicep", include_str!("../../fixtures/outputs/condition.bicep"));
    write("off.bicepparam", "using 'main.bicep'\nparam hubId = '/x/hub'\nparam withPointToSite = false\n");
    write("a.bicepparam", "using none\nextends 'b.bicepparam'\n");
    write("b.bicepparam", "using none\nextends 'a.bicepparam'\n");
    let at = |name: &str| folder.path().join(name).display().to_string();
    assert!(told(&["timeline", &at("off.bicepparam")]).contains("not deployed"));
    assert!(told(&["graph", &at("off.bicepparam"), "--format", "dot"]).contains("expressRoute"));
    assert!(told(&["graph", &at("off.bicepparam")]).contains("\"expressRoute\""));
    for command in ["graph", "timeline"] {
        let output = run(&[command, &at("a.bicepparam")]);
        assert!(output.status.code().is_some_and(|code| code != 101), "{}", text(&output.stderr));
    }
}

/// The arguments of a call decide what runs inside, and how often.
#[test]
fn arguments_of_calls_are_followed_into_modules() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "main.bicep",
        "module hub 'hub.bicep' = {\n  name: 'hub'\n  params: { sites: ['a', 'b', 'c'], kind: 'plain' }\n}\n",
    );
    write(
        "hub.bicep",
        "param sites string[]
param kind string
resource nets 'Microsoft.Network/virtualNetworks@2024-05-01' = [for site in sites: { name: site }]
resource p2s 'Microsoft.Network/p2svpnGateways@2024-05-01' = if (kind == 'full') { name: 'p2s' }
resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = if (kind != 'full') { name: 's2s' }
",
    );
    let chart: Value = serde_json::from_str(&told(&[
        "timeline",
        &folder.path().join("main.bicep").display().to_string(),
        "--format",
        "json",
    ]))
    .unwrap();
    let rows = chart["timelines"][0]["now"]["rows"].as_array().unwrap();
    let rows: Vec<(&str, &str)> =
        rows.iter().map(|row| (row["name"].as_str().unwrap(), row["status"].as_str().unwrap())).collect();
    let expected = [
        ("hub", "runs"),
        ("nets", "runs"),
        ("nets[0]", "runs"),
        ("nets[1]", "runs"),
        ("nets[2]", "runs"),
        ("p2s", "skipped"),
        ("s2s", "runs"),
    ];
    assert_eq!(rows, expected);
}
