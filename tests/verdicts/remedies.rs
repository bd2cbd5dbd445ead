//! The remedies of every racy story.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::rules::finding::Report;
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::workspace::Memory;
use bicep_race_lint::workspace::file_system::Overlay;

use crate::remedied::{self, Texts};

/// The report on a template in which some files differ from those on disk.
fn report(main: &Path, texts: &[(PathBuf, String)]) -> Report {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).to_owned();
    let mut overlay = Overlay::default();
    for (path, text) in texts {
        overlay.write(path, text.clone());
    }
    let roots = Roots { named: vec![main.to_owned()], base, ..Roots::default() };
    check(&roots, overlay, &Catalog::default()).report
}

/// Checks the remedies of a template on disk, and returns the number of added edges.
fn examine(main: &Path) -> usize {
    let base = Path::new(env!("CARGO_MANIFEST_DIR"));
    let on_disk = |template: &str, texts: &Texts| {
        let texts: Vec<(PathBuf, String)> =
            texts.iter().map(|(path, text)| (base.join(path), text.clone())).collect();
        report(&base.join(template), &texts)
    };
    let name = main.display().to_string();
    remedied::examine(&name, &name, |_| false, on_disk)
}

/// The templates of the stories in a folder.
fn stories(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .flat_map(|story| ["main.bicep", "racy.bicep"].map(|name| story.as_ref().unwrap().path().join(name)))
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

#[test]
fn every_story_is_remedied_by_the_fewest_edges() {
    let mut all: Vec<(PathBuf, usize)> = Vec::new();
    for folder in ["hub", "catalog", "races", "rules"] {
        all.extend(stories(folder).into_iter().map(|path| {
            let edges = examine(&path);
            (path, edges)
        }));
    }
    let remedied = all.iter().filter(|(_, edges)| *edges > 0).count();
    println!(
        "{remedied} of {} stories are remedied, by {} edges",
        all.len(),
        all.iter().map(|one| one.1).sum::<usize>()
    );
    assert!(remedied > 40, "{remedied}");
}

/// Gateways of one hub in a temporary folder.
fn gateways(bodies: [&str; 3]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.bicep");
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hub/modules");
    for module in ["hub", "s2s-gateway", "p2s-gateway", "expressroute-gateway"] {
        let name = format!("{module}.bicep");
        fs::copy(modules.join(&name), folder.path().join(&name)).unwrap();
    }
    let [s2s, p2s, er] = bodies;
    let text = format!(
        "param flag bool
param other bool
module hub 'hub.bicep' = {{ name: 'hub', params: {{ name: 'hub', virtualWanId: '/w' }} }}
module s2s 's2s-gateway.bicep' = {s2s}{{
  name: 's2s'
  params: {{ hubName: hub.outputs.name }}
}}
module p2s 'p2s-gateway.bicep' = {p2s}{{
  name: 'p2s'
  params: {{ hubId: hub.outputs.resourceId, serverConfigurationId: '/c' }}
}}
module er 'expressroute-gateway.bicep' = {er}{{
  name: 'er'
  params: {{ hubId: hub.outputs.resourceId }}
}}
"
    );
    fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn an_edge_counts_if_it_is_deployed_together_with_its_ends() {
    let edges = |bodies| {
        let (_folder, path) = gateways(bodies);
        examine(&path)
    };
    assert_eq!(edges(["", "", ""]), 2);
    assert_eq!(edges(["if (flag) ", "if (flag) ", "if (flag) "]), 2, "all or none");
    assert_eq!(
        edges(["if (flag && other) ", "if (flag) ", ""]),
        2,
        "the middle one is there where the first is"
    );
    assert_eq!(edges(["", "if (flag) ", ""]), 3, "the middle one may be missing");
    assert_eq!(
        edges(["if (flag) ", "", "if (!flag) "]),
        2,
        "the first and the last are never there together"
    );
}

/// A template with a module, in memory.
fn in_memory(main: &str, module: &str) -> Report {
    let texts = [("main.bicep", main), ("module.bicep", module)];
    let base = Path::new(env!("CARGO_MANIFEST_DIR"));
    let texts: Vec<(PathBuf, String)> =
        texts.iter().map(|(name, text)| (base.join(name), (*text).to_owned())).collect();
    report(&texts[0].0, &texts)
}

/// The help texts of the findings, in order.
fn helps(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.help.as_str()).collect()
}

/// A call that is always deployed but only writes under a condition: a declaration with the same condition orders two
/// such calls.
#[test]
fn an_edge_counts_wherever_both_ends_write() {
    let call = |symbol: &str, condition: &str| {
        format!(
            "module {symbol} 'module.bicep' = {condition}{{ name: '{symbol}', params: {{ kind: kind, tag: '{symbol}' }} }}\n"
        )
    };
    let main =
        ["param kind string\n", &call("c0", ""), &call("c1", "if (kind == 'a') "), &call("c2", "")].concat();
    let module = "param kind string
param tag string
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub' }
resource gateway 'Microsoft.Network/vpnGateways@2024-05-01' = if (kind == 'a') {
  name: tag
  properties: { virtualHub: { id: hub.id } }
}
";
    assert_eq!(helps(&in_memory(&main, module)), ["make `c1` wait for `c0`, `c2` wait for `c1`"]);
}

/// The writer that must come last in one hub must come first in the other: no edge is right, so none is written.
#[test]
fn cyclic_orders_are_left_to_the_user() {
    // The intent of one hub, and a gateway of the other.
    let file = |intent: &str, name: &str, gateway: &str, rest: &str| {
        format!(
            "resource one 'Microsoft.Network/virtualHubs@2024-05-01' existing = {{ name: 'one' }}
resource two 'Microsoft.Network/virtualHubs@2024-05-01' existing = {{ name: 'two' }}
resource intent 'Microsoft.Network/virtualHubs/routingIntent@2024-05-01' = {{
  parent: {intent}
  name: 'intent'
}}
resource gateway 'Microsoft.Network/vpnGateways@2024-05-01' = {{
  name: '{name}'
  properties: {{ virtualHub: {{ id: {gateway}.id }} }}
{rest}}}
"
        )
    };
    let call = "module both 'module.bicep' = { name: 'both' }\n".to_owned();
    let main = call + &file("two", "gateway", "one", "  dependsOn: [ intent ]\n");
    let module = file("one", "other", "two", "");
    let found = in_memory(&main, &module);
    let expected = [
        "by hand: `both` must wait for `gateway`, which has to wait for `both` for another reason",
        "make `intent` wait for `both`",
    ];
    assert_eq!(helps(&found), expected);
    assert_eq!(found.findings.iter().filter(|finding| finding.fix.is_some()).count(), 1);
}

/// Other names help a loop; `existing` helps two declarations.
#[test]
fn a_loop_that_declares_one_resource_gets_help_for_loops() {
    let found = |head: &str, name: &str, more: &str| {
        let text = format!(
            "param names array\n{head}resource ip 'Microsoft.Network/publicIPAddresses@2024-05-01' = {name} {{\n  name: {more}\n}}{}\n",
            if name.starts_with('[') { "]" } else { "" }
        );
        let memory = Memory::default().with("/main.bicep", text);
        let findings = check(&Roots::named(["/main.bicep"]), memory, &Catalog::default()).report.findings;
        let mut twice = findings.into_iter().filter(|finding| finding.rule.to_string() == "declared-twice");
        twice.next().map(|finding| finding.help)
    };
    let loops = "[for (name, i) in names:";
    let told = |line: u32| {
        Some(format!(
            "give each instance a name of its own at /main.bicep:{line}, with the element or its index in it; Azure rejects a loop with \
             one name before it deploys anything"
        ))
    };
    for name in ["'one'", "toLower('ONE')", "'one-${resourceGroup().name}'"] {
        assert_eq!(found("", loops, name), told(3), "{name}");
    }
    assert_eq!(found("@batchSize(2)\n", loops, "'one'"), told(4));
    assert_eq!(found("@batchSize(1)\n", loops, "'one'"), None);
    assert_eq!(found("", loops, "'one-${i}'"), None);
    let other = "resource same 'Microsoft.Network/publicIPAddresses@2024-05-01' = {\n  name: 'one'\n}\n";
    let existing = "declare it once and refer to it with `existing`, or let `ip` wait for `same`";
    assert_eq!(found(other, "", "'one'").as_deref(), Some(existing));
}

/// Two deployments of one name are two, so each gets a name of its own; a resource cannot leave it out, and what is counted is kept.
#[test]
fn two_deployments_of_one_name_get_names_of_their_own() {
    let deployment = |name: &str| {
        format!(
            "resource nested 'Microsoft.Resources/deployments@2024-03-01' = {{\n  name: '{name}'\n  properties: {{ mode: 'Incremental', \
             template: {{}} }}\n}}\n"
        )
    };
    let inner = "module inner 'leaf.bicep' = {\n  name: 'inner'\n}\n".to_owned();
    let calls = |count: u32| -> String {
        (0..count)
            .map(|at| format!("module m{at} 'm.bicep' = {{ name: 'm{at}' }}\n"))
            .collect::<Vec<_>>()
            .concat()
    };
    let loops = "param names array\nmodule m 'm.bicep' = [for (name, i) in names: { name: 'm${i}' }]\n";
    let counted = "pid-acce1e78-0375-4637-a593-86aa36dcfeac";
    let by_name = "with `uniqueString(deployment().name)` in it";
    let table = [
        (calls(2), deployment("one"), format!("give each a name of its own at m.bicep:2, {by_name}")),
        (
            calls(2),
            deployment(counted),
            format!(
                "give each a name of its own at m.bicep:2, {by_name}, after the old one, because Azure identifies it by what follows `pid-`"
            ),
        ),
        (
            loops.to_owned(),
            inner.clone(),
            format!("give each instance a name of its own at m.bicep:2, {by_name}, or omit the name"),
        ),
        (
            deployment("one") + &deployment("one").replace(" nested ", " again "),
            String::new(),
            "give each a name of its own at main.bicep:2 and main.bicep:6".to_owned(),
        ),
    ];
    for (main, module, help) in table {
        let memory = Memory::default()
            .with("/main.bicep", main.clone())
            .with("/m.bicep", module)
            .with("/leaf.bicep", "param p string = ''\n".to_owned());
        let findings = check(&Roots::named(["/main.bicep"]), memory, &Catalog::default()).report.findings;
        let twice = findings.iter().find(|finding| finding.rule.to_string() == "declared-twice");
        let twice = twice.unwrap_or_else(|| panic!("{main}"));
        assert_eq!(twice.help.replace(" /", " "), help, "{main}");
        assert_eq!(twice.no_fix, "you have to choose the new name");
    }
}
