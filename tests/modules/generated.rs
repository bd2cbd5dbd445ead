//! Descriptions of modules that `describe` generates from a checkout, for a private registry.

use std::path::Path;

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::azure::modules::form;

use crate::generate::{modules, prefix};
use crate::story::Story;
use crate::written;

fn text_for(registry: &str) -> String {
    let checkout = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/modules/registry"));
    let found = modules(checkout, &[], &prefix(registry), &Catalog::default());
    written::file(found.values(), "fixtures")
}

/// Calls of modules in a private registry, none of which is restored.
const CALLS: &str = "
    module hub 'br:contoso.azurecr.io/bicep/net/hub:1.0' = { params: { name: 'hub' } }
    module vpn 'br/ours:net/vpn-gateway:2.1' = { params: { name: 'vpn', hubName: hub.outputs.name } }
    module er 'br/ours:net/er-gateway:2.1' = { params: { name: 'er', hubId: hub.outputs.resourceId } }
    module vnet 'br/ours:net/vnet:1.0' = {
      params: { name: 'spoke', peer: 'x', subnets: [{ name: 'a', prefix: '10.0.0.0/24' }, { name: 'b', prefix: '10.0.1.0/24' }] }
    }
    module more 'br/ours:net/vnet/subnet:1.0' = {
      params: { vnetName: vnet.outputs.name, name: 'c', prefix: '10.0.2.0/24' }
    }
    module most 'br/ours:net/vnet/subnet:1.0' = {
      params: { vnetName: last(split(vnet.outputs.resourceId, '/')), name: 'd', prefix: '10.0.3.0/24' }
    }
";

const CONFIG: &str = r#"{
  "cacheRootDirectory": "/cache",
  "moduleAliases": { "br": { "ours": { "registry": "contoso.azurecr.io", "modulePath": "bicep" } } }
}"#;

#[test]
fn a_private_registry_is_known_from_generated_descriptions() {
    let story = Story::of(CALLS).with("bicepconfig.json", CONFIG);
    assert_eq!(story.report().coverage.unresolved_modules, 6);
    let known = story.knowing(form::stubs_of(&text_for("br:contoso.azurecr.io/bicep/")).unwrap());
    assert_eq!(known.report().coverage.unresolved_modules, 0);
    let found = ["hub-gateways: vpn, er of hub", "parallel-writers: more, most of vnet"];
    assert_eq!(known.told(), found);
}

#[test]
fn the_same_findings_as_with_the_sources_themselves() {
    let by_source = |text: &str| text.replace("br:contoso.azurecr.io/bicep/", "br/ours:");
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/modules/registry"));
    let mut main = by_source(CALLS);
    let mut story = Story::default();
    for module in ["net/hub", "net/vpn-gateway", "net/er-gateway", "net/vnet", "net/vnet/subnet"] {
        let text = std::fs::read_to_string(folder.join(module).join("main.bicep")).unwrap();
        for version in ["1.0", "2.1"] {
            main = main.replace(&format!("'br/ours:{module}:{version}'"), &format!("'{module}/main.bicep'"));
        }
        story = story.with(&format!("{module}/main.bicep"), &text);
    }
    let story = story.with("main.bicep", &main);
    assert_eq!(story.told(), ["hub-gateways: vpn, er of hub", "parallel-writers: more, most of vnet"]);
}

#[test]
fn a_description_has_only_the_relevant_effects() {
    let text = text_for("br/public:");
    let stubs = form::stubs_of(&text).unwrap();
    let paths: Vec<&str> = stubs.iter().map(|(path, _)| path.as_str()).collect();
    let expected = ["net/er-gateway", "net/hub", "net/vnet", "net/vnet/subnet", "net/vpn-gateway"];
    assert_eq!(paths, expected, "what is called in another registry is not among them");
    let vnet = &stubs[2].1;
    assert!(
        vnet.contains(
            "@batchSize(1)\nmodule children 'known:net/vnet/subnet' = [for (item, index) in subnets: {"
        ),
        "{vnet}"
    );
    assert!(vnet.contains("if (!empty(peer)) {\n  dependsOn: [\n    children\n  ]\n"), "{vnet}");
    assert!(
        vnet.contains("output resourceId string = resourceId('Microsoft.Network/virtualNetworks', name)\n"),
        "{vnet}"
    );
    // Properties without influence on a shared object are left out.
    for absent in ["addressSpace", "prefix", "location", "zones", "autoScale"] {
        assert!(!text.contains(absent), "{absent}\n{text}");
    }
}

#[test]
fn a_module_that_is_called_through_the_registry_is_followed() {
    let stubs = form::stubs_of(&text_for("br:contoso.azurecr.io/bicep/")).unwrap();
    let (_, both) = stubs.iter().find(|(path, _)| path == "bicep/net/hub-with-gateway").unwrap();
    assert!(both.contains("module vpn 'known:bicep/net/vpn-gateway' = {\n"), "{both}");
    assert!(both.contains("    hubName: 'hub-${name}'\n"), "an output of the other: {both}");
    // Object literals cannot occur inside an interpolated string.
    assert!(both.contains("    name: concat('vpn-', items(tags ?? {})[0].key)\n"), "{both}");
    let id = "output hubResourceId string = resourceId('Microsoft.Network/virtualHubs', 'hub-${name}')\n";
    assert!(both.contains(id), "{both}");

    let main = "
        module site 'br:contoso.azurecr.io/bicep/net/hub-with-gateway:3.0' = { params: { name: 'a', tags: { x: 'y' } } }
        module er 'br:contoso.azurecr.io/bicep/net/er-gateway:2.1' = {
          params: { name: 'er', hubId: site.outputs.hubResourceId }
        }
        resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = {
          name: 'second'
          properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', 'hub-a') } }
        }
    ";
    assert_eq!(Story::of(main).knowing(stubs).told(), ["hub-gateways: site, er, vpn of hub-a"]);
}

#[test]
fn a_prefix_is_the_path_behind_the_registry() {
    assert_eq!(prefix("br/public:"), "");
    assert_eq!(prefix("br:contoso.azurecr.io/bicep/"), "bicep/");
    assert_eq!(prefix("br:contoso.azurecr.io/"), "");
}

#[test]
fn the_configuration_extends_generated_descriptions() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("main.bicep", CALLS);
    write("bicepconfig.json", &CONFIG.replace("/cache", "/no/such/cache"));
    let found = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"));
        let run =
            command.args(["main.bicep", "--format", "concise"]).current_dir(folder.path()).output().unwrap();
        let text = String::from_utf8(run.stdout).unwrap();
        let rules = ["hub-gateways", "parallel-writers"];
        (run.status.code(), rules.map(|rule| text.contains(rule)))
    };
    // Without the descriptions, the arguments show that two gateways use one hub, but nothing about the subnets.
    assert_eq!(found(), (Some(1), [true, false]));
    write("bicep-race-lint.toml", "extends = 'modules.toml'\n");
    write("modules.toml", &text_for("br:contoso.azurecr.io/bicep/"));
    assert_eq!(found(), (Some(1), [true, true]));
}
