//! Modules that several roots use: which roots are analysed together, and what is reported once for all of them.

use std::path::PathBuf;

use bicep_race_lint::rules::finding::Level;
use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};

/// Three gateways of one hub, of which two depend on parameters, compiled.
const RESTORED: &str = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": { "withEr": { "type": "bool" }, "withP2s": { "type": "bool" } },
  "resources": [
    {
      "type": "Microsoft.Network/vpnGateways", "apiVersion": "2024-05-01", "name": "vpn",
      "properties": { "virtualHub": { "id": "[resourceId('Microsoft.Network/virtualHubs', 'hub')]" } }
    },
    {
      "condition": "[parameters('withEr')]",
      "type": "Microsoft.Network/expressRouteGateways", "apiVersion": "2024-05-01", "name": "er",
      "properties": { "virtualHub": { "id": "[resourceId('Microsoft.Network/virtualHubs', 'hub')]" } }
    },
    {
      "condition": "[parameters('withP2s')]",
      "type": "Microsoft.Network/p2svpnGateways", "apiVersion": "2024-05-01", "name": "p2s",
      "properties": { "virtualHub": { "id": "[resourceId('Microsoft.Network/virtualHubs', 'hub')]" } }
    }
  ]
}"#;

/// The files of a run, in the folder `/w`. All with the ending `.bicep` or `.bicepparam` are found, as if by a walk.
fn session(files: &[(&str, &str)]) -> Session {
    let mut memory = Memory::default()
        .with("/w/bicepconfig.json", r#"{ "cacheRootDirectory": "/cache" }"#)
        .with("/cache/br/mcr.microsoft.com/bicep$test$gateways/1.0$/main.json", RESTORED);
    for beside in ["manifest", "metadata"] {
        memory = memory.with(format!("/cache/br/mcr.microsoft.com/bicep$test$gateways/1.0$/{beside}"), "{}");
    }
    for (path, text) in files {
        memory = memory.with(format!("/w/{path}"), *text);
    }
    let found: Vec<PathBuf> = files.iter().map(|(path, _)| PathBuf::from(format!("/w/{path}"))).collect();
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(memory, Roots::found("/w", found));
    session
}

fn calling(with_er: bool, with_p2s: bool) -> String {
    format!(
        "module all 'br/public:test/gateways:1.0' = {{ params: {{ withEr: {with_er}, withP2s: {with_p2s} }} }}"
    )
}

#[test]
fn a_race_of_a_restored_module_is_reported_once_for_all_roots_that_have_it() {
    // Each row: what two roots pass, and the findings with their roots.
    let rows = [
        ((true, false), (true, false), vec![("a.bicep b.bicep", 1)]),
        ((true, false), (false, false), vec![("a.bicep", 1)]),
        // All pairs of one are pairs of the other.
        ((true, false), (true, true), vec![("a.bicep b.bicep", 3)]),
        ((true, true), (false, true), vec![("a.bicep b.bicep", 3)]),
        // Each has a pair of its own.
        ((true, false), (false, true), vec![("a.bicep", 1), ("b.bicep", 1)]),
    ];
    for (one, other, expected) in rows {
        let (a, b) = (calling(one.0, one.1), calling(other.0, other.1));
        let mut session = session(&[("a.bicep", &a), ("b.bicep", &b)]);
        let report = session.check();
        let mut found: Vec<(String, usize)> =
            report.findings.iter().map(|finding| (finding.roots.join(" "), finding.pairs.len())).collect();
        found.sort();
        let expected: Vec<(String, usize)> =
            expected.iter().map(|&(roots, pairs)| (roots.to_owned(), pairs)).collect();
        assert_eq!(found, expected, "{one:?} {other:?}");
        assert_eq!(session.work().analysed, 2);
    }
}

#[test]
fn the_environments_of_a_restored_race_are_those_of_all_its_roots() {
    let open = "param er bool\nmodule all 'br/public:test/gateways:1.0' = { params: { withEr: er, withP2s: false } }";
    let mut session = session(&[
        ("a/main.bicep", open),
        ("a/on.bicepparam", "using 'main.bicep'\nparam er = true"),
        ("a/off.bicepparam", "using 'main.bicep'\nparam er = false"),
        ("b/main.bicep", open),
        ("b/on.bicepparam", "using 'main.bicep'\nparam er = true"),
    ]);
    let report = session.check();
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(finding.environments.of, ["a/on.bicepparam", "b/on.bicepparam"]);
    assert_eq!(finding.environments.not_in, ["a/off.bicepparam"]);
    assert!(finding.environments.is_covered);
    assert_eq!(finding.level, Level::Error);
}

#[test]
fn roots_are_analysed_together_only_if_a_common_module_may_have_a_finding() {
    let own = "
        resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub' }
        resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = {
          name: 'vpn'
          properties: { virtualHub: { id: hub.id } }
        }";
    let with_second = format!(
        "{own}
        resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {{
          name: 'er'
          properties: {{ virtualHub: {{ id: hub.id }} }}
        }}"
    );
    let ordered = with_second.replace("name: 'er'", "name: 'er'\n          dependsOn: [vpn]");
    let by_parameters = with_second.replacen("id: hub.id", "id: hubId", 1) + "\nparam hubId string";
    let looped = own
        .replace("= {\n          name: 'vpn'", "= [for hub in hubs: {\n          name: 'vpn${hub.name}'")
        .replace("{ id: hub.id } }\n        }", "{ id: hub.id } }\n        }]")
        + "\nparam hubs array";
    let calling_a_quiet_one = "module inner 'inner.bicep' = {}";
    // Each row: the common module, and the number of analyses of eight roots that call it.
    let rows = [
        (own, 8),
        ("param location string", 8),
        (calling_a_quiet_one, 8),
        (with_second.as_str(), 1),
        (ordered.as_str(), 1),
        (by_parameters.as_str(), 1),
        (looped.as_str(), 1),
    ];
    for (common, analysed) in rows {
        let call = "module common 'common.bicep' = {}\nmodule other 'other.bicep' = {}";
        let roots: Vec<String> = (0..8).map(|at| format!("root{at}.bicep")).collect();
        let mut files: Vec<(&str, &str)> = roots.iter().map(|root| (root.as_str(), call)).collect();
        files.extend([
            ("common.bicep", common),
            ("other.bicep", calling_a_quiet_one),
            ("inner.bicep", "resource ip 'Microsoft.Network/publicIPAddresses@2024-05-01' = { name: 'ip' }"),
        ]);
        let mut session = session(&files);
        session.check();
        assert_eq!(session.work().analysed, analysed, "{common}");
    }
}
