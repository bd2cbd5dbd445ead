//! Public modules that are not restored but known.

use bicep_race_lint::rules::RuleId;

use crate::story::Story;

#[test]
fn two_subnet_modules_of_one_network_race() {
    let main = "
        module one 'br/public:avm/res/network/virtual-network/subnet:0.1.2' = {
          params: { virtualNetworkName: 'hub', name: 'one', addressPrefix: '10.0.0.0/24' }
        }
        module two 'br/public:avm/res/network/virtual-network/subnet:0.1.2' = {
          params: { virtualNetworkName: 'hub', name: 'two', addressPrefix: '10.0.1.0/24' }
        }
    ";
    assert_eq!(Story::of(main).told(), ["parallel-writers: one, two of hub"]);
    let apart = main.replacen("virtualNetworkName: 'hub'", "virtualNetworkName: 'spoke'", 1);
    assert!(Story::of(&apart).told().is_empty());
    let ordered = main.replace("'10.0.1.0/24' }", "'10.0.1.0/24' }\n dependsOn: [one]");
    assert!(Story::of(&ordered).told().is_empty());
}

#[test]
fn a_module_that_orders_its_own_children_races_only_with_others() {
    let main = "
        module vnet 'br/public:avm/res/network/virtual-network:0.7.0' = {
          params: {
            name: 'hub'
            addressPrefixes: ['10.0.0.0/16']
            subnets: [{ name: 'a', addressPrefix: '10.0.0.0/24' }, { name: 'b', addressPrefix: '10.0.1.0/24' }]
          }
        }
    ";
    assert!(Story::of(main).told().is_empty());
    let beside = format!(
        "{main}
        resource hub 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {{ name: 'hub' }}
        resource c 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {{ parent: hub, name: 'c' }}"
    );
    assert_eq!(Story::of(&beside).told(), ["parallel-writers: vnet, c of hub"]);
    let none = beside.replace("subnets: [{", "other: [{");
    assert_ne!(none, beside);
    assert!(Story::of(&none).told().is_empty(), "without subnets of its own the module writes none");
}

/// The gateways of a hub, with the parameter names of the public modules.
const HUB_GATEWAYS: &str = "
    param withP2s bool
    module hub 'br/public:avm/res/network/virtual-hub:0.4.0' = {
      params: { name: 'hub', virtualWanResourceId: wan.id, addressPrefix: '10.0.0.0/23' }
    }
    resource wan 'Microsoft.Network/virtualWans@2024-05-01' existing = { name: 'wan' }
    module s2s 'br/public:avm/res/network/vpn-gateway:0.2.0' = {
      params: { name: 's2s', virtualHubResourceId: hub.outputs.resourceId }
    }
    module p2s 'br/public:avm/res/network/p2s-vpn-gateway:0.1.3' = if (withP2s) {
      params: {
        name: 'p2s'
        virtualHubResourceId: resourceId('Microsoft.Network/virtualHubs', hub.outputs.name)
        vpnServerConfigurationResourceId: 'config'
      }
      dependsOn: [s2s]
    }
    module er 'br/public:avm/res/network/express-route-gateway:0.8.0' = {
      params: { name: 'er', virtualHubResourceId: hub.outputs.resourceId }
      dependsOn: [s2s]
    }
";

/// A compiled module with one resource that names its hub by a parameter.
fn compiled(ty: &str, body: &str) -> String {
    format!(
        r#"{{
          "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
          "contentVersion": "1.0.0.0",
          "languageVersion": "2.0",
          "parameters": {{ "name": {{ "type": "string" }}, "virtualHubResourceId": {{ "type": "string", "nullable": true }} }},
          "resources": {{ "it": {{ "type": "{ty}", "apiVersion": "2024-05-01", "name": "[parameters('name')]", "properties": {body} }} }},
          "outputs": {{
            "name": {{ "type": "string", "value": "[parameters('name')]" }},
            "resourceId": {{ "type": "string", "value": "[resourceId('{ty}', parameters('name'))]" }}
          }}
        }}"#
    )
}

#[test]
fn hub_gateways_race_whether_or_not_their_modules_are_restored() {
    let unrestored = Story::of(HUB_GATEWAYS);
    let told = unrestored.told();
    assert_eq!(told, ["hub-gateways: p2s, er of hub"]);
    let of_hub = r#"{ "virtualHub": { "id": "[parameters('virtualHubResourceId')]" } }"#;
    let restored = unrestored
        .restored("avm/res/network/virtual-hub", "0.4.0", &compiled("Microsoft.Network/virtualHubs", "{}"))
        .restored("avm/res/network/vpn-gateway", "0.2.0", &compiled("Microsoft.Network/vpnGateways", of_hub))
        .restored(
            "avm/res/network/p2s-vpn-gateway",
            "0.1.3",
            &compiled("Microsoft.Network/p2sVpnGateways", of_hub),
        )
        .restored(
            "avm/res/network/express-route-gateway",
            "0.8.0",
            &compiled("Microsoft.Network/expressRouteGateways", of_hub),
        );
    assert_eq!(restored.told(), told);
    let coverage = restored.report().coverage;
    assert_eq!((coverage.unresolved_modules, coverage.declarations), (0, 4));
    // A stub for a module does not count as a file.
    let files = |story: &Story| story.report().sources.iter().count();
    assert_eq!((files(&Story::of(HUB_GATEWAYS)), files(&restored)), (1, 5));
}

/// A public module without shared writes is known to be harmless, and the values of its outputs are known.
#[test]
fn a_harmless_module_is_known_and_its_outputs_are_followed() {
    let hub = |own: &str, other: &str| {
        format!(
            "
            module group 'br/public:avm/res/resources/resource-group:0.4.1' = {{ scope: subscription(), params: {{ name: 'net' }} }}
            module ip 'br/public:avm/res/network/public-ip-address:0.9.0' = {{ params: {{ name: 'hub' }} }}
            module insights 'br/public:avm/res/insights/component:0.6.0' = {{
              params: {{ name: 'x', workspaceResourceId: 'y' }}
            }}
            resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {{
              name: 's2s'
              properties: {{ virtualHub: {{ id: resourceId({own}'Microsoft.Network/virtualHubs', 'hub') }} }}
            }}
            resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {{
              name: 'er'
              properties: {{ virtualHub: {{ id: resourceId({other}'Microsoft.Network/virtualHubs', ip.outputs.name) }} }}
            }}
            "
        )
    };
    let report = Story::of(&hub("", "")).report();
    assert_eq!(report.coverage.unresolved_modules, 0);
    assert_eq!(report.diagnostics.len(), 0, "{:?}", report.diagnostics);
    assert_eq!(crate::story::told(&report), ["hub-gateways: s2s, er of hub"]);
    let grouped = Story::of(&hub("'net', ", "group.outputs.name, "));
    assert_eq!(grouped.told(), ["hub-gateways: s2s, er of hub"]);
    assert!(Story::of(&hub("'far', ", "group.outputs.name, ")).told().is_empty());
    assert!(Story::of(&hub("", "").replace("ip.outputs.name", "ip.outputs.other")).told().is_empty());
}

#[test]
fn a_module_that_is_neither_restored_nor_known_is_a_note_and_counted() {
    let main = "
        module one 'br/public:avm/res/nothing/of-the-kind:1.0.0' = { params: { name: 'x' } }
        module gw 'br:contoso.azurecr.io/net/vpn-gateway:1.0.0' = { params: { virtualHubId: hub.id } }
        module er 'br:contoso.azurecr.io/net/express-route-gateway:1.0.0' = { params: { virtualHubId: hub.id } }
        resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub' }
    ";
    let report = Story::of(main).report();
    assert_eq!(report.coverage.unresolved_modules, 3);
    assert_eq!(report.diagnostics.iter().filter(|found| found.rule == RuleId::UnresolvedModule).count(), 3);
    // A guess from a name is marked as inferred.
    assert_eq!(crate::story::told(&report), ["hub-gateways (inferred): gw, er of hub"]);
}
