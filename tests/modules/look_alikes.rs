//! One hub that is named in different ways, and different hubs that look alike.

use crate::story::Story;

const HUB: &str = "
    param name string
    resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = { name: name }
    output name string = hub.name
    output resourceId string = hub.id
";

const BY_NAME: &str = "
    param hubName string
    resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: hubName }
    resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = {
      name: 'vpn-${hubName}'
      properties: { virtualHub: { id: hub.id } }
    }
";

const BY_ID: &str = "
    param hubId string
    var hubName = last(split(hubId, '/'))
    resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
      name: 'er-${hubName}'
      properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', hubName) } }
    }
";

/// The module that takes the id, compiled to an ARM template without symbolic names.
const BY_ID_COMPILED: &str = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": { "hubId": { "type": "string" } },
  "variables": { "hubName": "[last(split(parameters('hubId'), '/'))]" },
  "resources": [
    {
      "type": "Microsoft.Network/expressRouteGateways", "apiVersion": "2024-05-01",
      "name": "[format('er-{0}', variables('hubName'))]",
      "properties": { "virtualHub": { "id": "[resourceId('Microsoft.Network/virtualHubs', variables('hubName'))]" } }
    }
  ]
}"#;

fn story(main: &str) -> Story {
    Story::of(main)
        .with("hub.bicep", HUB)
        .with("by-name.bicep", BY_NAME)
        .with("by-id.bicep", BY_ID)
        .with("by-id.json", BY_ID_COMPILED)
}

const CALLS: &str = "
    module hub 'hub.bicep' = { params: { name: 'hub' } }
    module vpn 'by-name.bicep' = { params: { hubName: hub.outputs.name } }
    module er 'by-id.bicep' = { params: { hubId: hub.outputs.resourceId } }
";

const RACE: &str = "hub-gateways: vpn, er of hub";

#[test]
fn one_hub_by_name_and_by_id() {
    assert_eq!(story(CALLS).told(), [RACE]);
}

#[test]
fn one_hub_through_an_arm_template() {
    assert_eq!(story(&CALLS.replace("by-id.bicep", "by-id.json")).told(), [RACE]);
}

#[test]
fn one_hub_through_a_restored_module() {
    let main = CALLS.replace("'by-id.bicep'", "'br/public:test/by-id:1.0'");
    assert_eq!(story(&main).restored("test/by-id", "1.0", BY_ID_COMPILED).told(), [RACE]);
}

#[test]
fn one_hub_through_three_levels() {
    let third = "
        param id string
        module last 'by-id.json' = { params: { hubId: id } }
    ";
    let second = "
        param hub { id: string, other: string }
        module next 'third.bicep' = { params: { id: hub.id } }
    ";
    let main = CALLS.replace(
        "'by-id.bicep' = { params: { hubId: hub.outputs.resourceId } }",
        "'second.bicep' = { params: { hub: { id: hub.outputs.resourceId, other: hub.outputs.name } } }",
    );
    assert_eq!(story(&main).with("second.bicep", second).with("third.bicep", third).told(), [RACE]);
}

#[test]
fn the_same_name_in_another_group_is_another_hub() {
    let elsewhere = CALLS.replace("'by-id.bicep' = {", "'by-id.bicep' = { scope: resourceGroup('other'),");
    assert!(story(&elsewhere).told().is_empty());
    let subscription = CALLS.replace(
        "'by-id.bicep' = {",
        "'by-id.bicep' = { scope: resourceGroup(subscription().subscriptionId, resourceGroup().name),",
    );
    assert_eq!(story(&subscription).told(), [RACE], "the same group, named by what it is");
}

#[test]
fn two_elements_of_a_loop_are_two_hubs() {
    let main = "
        param names string[]
        module hubs 'hub.bicep' = [for name in names: { params: { name: name } }]
        module vpn 'by-name.bicep' = [for (name, at) in names: { params: { hubName: hubs[at].outputs.name } }]
    ";
    assert!(story(main).told().is_empty());
    let first = "\nmodule er 'by-id.bicep' = { params: { hubId: hubs[1].outputs.resourceId } }";
    let one = main.replace(
        "[for (name, at) in names: { params: { hubName: hubs[at].outputs.name } }]",
        "{ params: { hubName: hubs[0].outputs.name } }",
    );
    assert!(story(&(one.clone() + first)).told().is_empty(), "hubs[0] and hubs[1]");
    let same = one + &first.replace("hubs[1]", "hubs[0]");
    assert_eq!(story(&same).told().len(), 1);
    let all_of_one = main.replace("hubs[at]", "hubs[0]");
    assert_eq!(story(&all_of_one).told().len(), 1, "every gateway of one hub");
}

#[test]
fn two_parameters_may_be_two_hubs() {
    let main = "
        param first string
        param second string
        module vpn 'by-name.bicep' = { params: { hubName: first } }
        module er 'by-id.bicep' = { params: { hubId: resourceId('Microsoft.Network/virtualHubs', second) } }
    ";
    assert!(story(main).told().is_empty());
    assert_eq!(story(&main.replace("', second)", "', first)")).told().len(), 1);
}

#[test]
fn names_are_compared_without_case() {
    let main = CALLS.replace("hub.outputs.name", "'HUB'");
    assert_eq!(story(&main).told().len(), 1);
}

#[test]
fn every_element_of_a_list_argument_names_a_subnet() {
    let nic = "
        param name string
        param subnetIds string[]
        resource nic 'Microsoft.Network/networkInterfaces@2024-05-01' = {
          name: name
          properties: { ipConfigurations: [for id in subnetIds: { properties: { subnet: { id: id } } }] }
        }
    ";
    let main = "
        resource vnet 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: 'vnet' }
        resource a 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' existing = { parent: vnet, name: 'a' }
        resource b 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { parent: vnet, name: 'b' }
        module nic 'nic.bicep' = {
          params: { name: 'nic', subnetIds: [a.id, resourceId('Microsoft.Network/virtualNetworks/subnets', 'vnet', 'b')] }
        }
    ";
    let found = story(main).with("nic.bicep", nic).report().findings;
    let of_subnet =
        found.iter().filter(|finding| finding.participants.iter().any(|writer| writer.symbol == "nic"));
    let names: Vec<&str> = of_subnet.map(|finding| finding.object.name.as_str()).collect();
    assert_eq!(names, ["b"], "the second element is the subnet that is deployed here");
    let neither = main.replace("'vnet', 'b')", "'vnet', 'c')");
    assert!(story(&neither).with("nic.bicep", nic).report().findings.is_empty());
}

#[test]
fn an_order_between_calls_orders_their_resources() {
    let ordered = CALLS.replace("hub.outputs.resourceId }", "hub.outputs.resourceId }, dependsOn: [vpn]");
    assert_ne!(ordered, CALLS);
    assert!(story(&ordered).told().is_empty());
}

#[test]
fn a_conditional_name_is_distinguished_by_its_condition() {
    // The id is only used if the hub exists.
    let main = "
        param deploy bool
        module hub 'hub.bicep' = if (deploy) { params: { name: 'hub' } }
        module vpn 'by-name.bicep' = if (deploy) { params: { hubName: deploy ? hub!.outputs.name : 'none' } }
        module er 'by-id.bicep' = if (deploy) { params: { hubId: deploy ? hub!.outputs.resourceId : '' } }
    ";
    assert_eq!(story(main).told(), [RACE]);
}

#[test]
fn mutually_exclusive_writers_do_not_race() {
    let main = "
        param first bool
        module hub 'hub.bicep' = { params: { name: 'hub' } }
        module two 'hub.bicep' = { params: { name: 'two' } }
        module vpn 'by-name.bicep' = { params: { hubName: first ? hub.outputs.name : two.outputs.name } }
        module er 'by-id.bicep' = { params: { hubId: first ? two.outputs.resourceId : hub.outputs.resourceId } }
    ";
    assert!(story(main).told().is_empty());
    let same = main.replace("first ? two.outputs.resourceId : hub", "first ? hub.outputs.resourceId : two");
    // The two race in each of the two worlds, but the pair is reported once.
    assert_eq!(story(&same).told(), [RACE]);
}

#[test]
fn an_element_that_exists_in_one_branch_only() {
    let main = "
        param both bool
        module hub 'hub.bicep' = { params: { name: 'hub' } }
        var gateways = concat(['a'], both ? ['b'] : [])
        resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = [for name in gateways: {
          name: name
          properties: { virtualHub: { id: hub.outputs.resourceId } }
        }]
    ";
    assert_eq!(story(main).told(), ["parallel-loop: vpn of hub"]);
    assert!(story(&main.replace("both ? ['b'] : []", "both ? [] : []")).told().is_empty());
}
