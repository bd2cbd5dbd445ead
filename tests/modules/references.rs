//! The sources of modules: aliases, mocks, caches, template specs, ARM templates; and cycles.

use bicep_race_lint::rules::finding::{Level, Report, RuleId};

use crate::story::Story;

/// Two gateways of one hub, in the module that the reference leads to.
const GATEWAYS: &str = "
    param hubName string
    resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: hubName }
    resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = {
      name: 'vpn'
      properties: { virtualHub: { id: hub.id } }
    }
    resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
      name: 'er'
      properties: { virtualHub: { id: hub.id } }
    }
";

const RACE: &str = "hub-gateways: vpn, er of hub";

/// The same, compiled without symbolic names.
const COMPILED: &str = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": { "hubName": { "type": "string" } },
  "resources": [
    {
      "type": "Microsoft.Network/vpnGateways", "apiVersion": "2024-05-01", "name": "vpn",
      "properties": { "virtualHub": { "id": "[resourceId('Microsoft.Network/virtualHubs', parameters('hubName'))]" } }
    },
    {
      "type": "Microsoft.Network/expressRouteGateways", "apiVersion": "2024-05-01", "name": "er",
      "properties": { "virtualHub": { "id": "[resourceId('Microsoft.Network/virtualHubs', parameters('hubName'))]" } }
    }
  ]
}"#;

fn calling(reference: &str) -> Story {
    Story::of(&format!("module all '{reference}' = {{ params: {{ hubName: 'hub' }} }}"))
}

fn finds_both(story: &Story) {
    let report = story.report();
    assert_eq!(report.coverage.unresolved_modules, 0);
    let found: Vec<RuleId> = report.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(found, [RuleId::HubGateways], "{:?}", report.diagnostics);
}

fn says(report: &Report, rule: RuleId) -> Vec<String> {
    let of_rule = report.diagnostics.iter().filter(|found| found.rule == rule);
    of_rule.map(|found| found.message.clone()).collect()
}

#[test]
fn a_local_module_is_found_relative_to_its_caller() {
    let wrapper = "module inner '../shared/gateways.bicep' = { params: { hubName: 'hub' } }";
    let story = Story::of("module outer 'parts/wrapper.bicep' = {}")
        .with("parts/wrapper.bicep", wrapper)
        .with("shared/gateways.bicep", GATEWAYS);
    assert_eq!(story.told(), [RACE]);
}

#[test]
fn an_arm_template_is_a_module_with_any_of_its_extensions() {
    for ending in ["json", "jsonc", "arm"] {
        finds_both(&calling(&format!("gateways.{ending}")).with(&format!("gateways.{ending}"), COMPILED));
    }
}

#[test]
fn a_restored_module_is_read_from_the_cache() {
    finds_both(&calling("br/public:test/gateways:1.0").restored("test/gateways", "1.0", COMPILED));
    let story = calling("br:mcr.microsoft.com/bicep/test/gateways:1.0");
    finds_both(&story.restored("test/gateways", "1.0", COMPILED));
}

#[test]
fn races_in_a_published_module_are_for_its_authors() {
    let own = calling("gateways.bicep").with("gateways.bicep", GATEWAYS).report();
    assert_eq!(own.findings[0].help, "make `er` wait for `vpn`");
    assert!(own.findings[0].fix.is_some());
    let restored = calling("br/public:test/gateways:1.0").restored("test/gateways", "1.0", COMPILED).report();
    let expected = "inside `br/public:test/gateways:1.0`, which is not edited here: use a version without it, or ask its authors to \
                    make `Microsoft.Network/expressRouteGateways er` wait for `Microsoft.Network/vpnGateways vpn`; a failed \
                    deployment can be run again";
    assert_eq!(restored.findings[0].help, expected);
    assert!(restored.findings[0].fix.is_none());
}

/// A read-only lock is there when the deployment runs again, which stops that run too.
#[test]
fn a_read_only_lock_of_a_published_module_is_declared_outside() {
    let below = |ty: &str, properties: &str| {
        format!(
            r#"{{
              "type": "{ty}", "apiVersion": "2020-05-01", "name": "one", "properties": {properties},
              "scope": "Microsoft.Network/publicIPAddresses/ip",
              "dependsOn": ["[resourceId('Microsoft.Network/publicIPAddresses', 'ip')]"]
            }}"#
        )
    };
    let (start, _) = COMPILED.split_once("\"resources\"").unwrap();
    let address =
        r#"{ "type": "Microsoft.Network/publicIPAddresses", "apiVersion": "2024-05-01", "name": "ip" }"#;
    let (lock, logs) = (
        below("Microsoft.Authorization/locks", r#"{ "level": "ReadOnly" }"#),
        below("Microsoft.Insights/diagnosticSettings", "{}"),
    );
    let module = format!("{start}\"resources\": [{address}, {lock}, {logs}] }}");
    let report = calling("br/public:test/ip:1.0").restored("test/ip", "1.0", &module).report();
    let expected = "inside `br/public:test/ip:1.0`, which is not edited here: pass no `ReadOnly` lock to the module and declare the \
                    lock yourself, after the module; after a failure delete the lock before the next run, which it stops too";
    assert_eq!(report.findings[0].help, expected);
}

#[test]
fn another_registry_has_a_port_and_a_tag_has_capitals() {
    let place = "/cache/br/localhost$5000/team$gateways/V1$1/main.json";
    finds_both(&calling("br:localhost:5000/team/gateways:V1").with(place, COMPILED));
}

#[test]
fn a_digest_works_like_a_tag() {
    let digest = "0".repeat(64);
    let place = format!("/cache/br/contoso.azurecr.io/gateways/sha256#{digest}/main.json");
    finds_both(&calling(&format!("br:contoso.azurecr.io/gateways@sha256:{digest}")).with(&place, COMPILED));
}

#[test]
fn an_alias_comes_from_the_nearest_configuration() {
    let config = r#"{
      // Comments are allowed here.
      "extends": "shared/base.json",
      "moduleAliases": { "br": { "ours": { "registry": "contoso.azurecr.io", "modulePath": "bicep/modules" } } }
    }"#;
    let story = calling("br/ours:gateways:1.0")
        .with("bicepconfig.json", config)
        .with("shared/base.json", r#"{ "cacheRootDirectory": "/elsewhere" }"#)
        .with("/elsewhere/br/contoso.azurecr.io/bicep$modules$gateways/1.0$/main.json", COMPILED);
    finds_both(&story);
    let report = calling("br/theirs:gateways:1.0").report();
    assert_eq!(
        says(&report, RuleId::UnresolvedModule),
        [
            "module `all` could not be read: the alias `theirs` is not configured; what it deploys is not known"
        ]
    );
}

#[test]
fn a_mocked_alias_is_a_folder() {
    let config = r#"{ "moduleAliasesMock": { "br": { "ours": { "mapToFilePath": "./mocks" } } } }"#;
    let story = calling("br/ours:net/gateways:1.0")
        .with("bicepconfig.json", config)
        .with("mocks/net/gateways.bicep", GATEWAYS);
    assert_eq!(story.told(), [RACE]);
}

#[test]
fn a_template_spec_holds_its_template_inside() {
    let spec = format!(r#"{{ "properties": {{ "mainTemplate": {COMPILED} }} }}"#);
    let subscription = "11111111-1111-1111-1111-111111111111";
    let place = format!("/cache/ts/{subscription}/specs/gateways/1.0/main.json");
    finds_both(&calling(&format!("ts:{subscription}/Specs/Gateways:1.0")).with(&place, &spec));
    let config = format!(
        r#"{{ "cacheRootDirectory": "/cache",
              "moduleAliases": {{ "ts": {{ "ours": {{ "subscription": "{subscription}", "resourceGroup": "specs" }} }} }} }}"#
    );
    finds_both(&calling("ts/ours:gateways:1.0").with("bicepconfig.json", &config).with(&place, &spec));
}

#[test]
fn modules_in_a_cycle_are_an_error_that_shows_the_cycle() {
    let story = Story::of("module a 'a.bicep' = {}")
        .with("a.bicep", "module b 'parts/b.bicep' = {}")
        .with("parts/b.bicep", "module gone 'gone.bicep' = {}\nmodule a '../a.bicep' = {}")
        .with("gone.bicep", "");
    let report = story.report();
    let circles: Vec<_> =
        report.diagnostics.iter().filter(|found| found.message.contains("in a circle")).collect();
    assert_eq!(circles.len(), 1);
    assert_eq!(circles[0].level, Level::Error);
    assert_eq!(
        circles[0].message,
        "modules refer to each other in a circle: `a.bicep` -> `parts/b.bicep` -> `a.bicep`"
    );
    let source = report.sources.file(circles[0].place.file);
    assert_eq!(circles[0].place.span.of(&source.text), "'../a.bicep'");
    let itself = Story::of("module me 'main.bicep' = {}").report();
    assert_eq!(
        says(&itself, RuleId::Syntax),
        ["modules refer to each other in a circle: `main.bicep` -> `main.bicep`"]
    );
}

#[test]
fn a_missing_file_is_one_warning_and_the_rest_is_analysed() {
    let main = format!(
        "{}\nmodule gone 'gone.bicep' = {{}}",
        GATEWAYS.replace("param hubName string", "var hubName = 'hub'")
    );
    let report = Story::of(&main).report();
    assert!(says(&report, RuleId::UnresolvedModule).is_empty());
    assert_eq!(
        says(&report, RuleId::UnreadFile),
        ["module `gone` could not be read: there is no such file; what it deploys is not known"]
    );
    assert_eq!(crate::story::told(&report), [RACE]);
    assert_eq!((report.coverage.declarations, report.coverage.modelled), (3, 2));
}
