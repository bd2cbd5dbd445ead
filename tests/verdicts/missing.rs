//! Modules that cannot be read. Their effects are guessed from names, outputs and arguments; guesses of different modules have
//! to agree, and a finding that depends on one has the confidence `inferred`.

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::config::Config;
use bicep_race_lint::rules::finding::Confidence;
use bicep_race_lint::session::{Roots, Session};
use bicep_race_lint::workspace::Memory;

/// The racing pairs with their rule and confidence.
fn races(text: &str) -> Vec<(String, String, String, Confidence)> {
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(Memory::default().with("main.bicep", text), Roots::named(["main.bicep"]));
    let report = session.check();
    let mut found = Vec::new();
    for finding in &report.findings {
        for &(one, other) in &finding.pairs {
            let [one, other] = [one, other].map(|at| finding.participants[at].symbol.clone());
            found.push((finding.rule.to_string(), one, other, finding.confidence));
        }
    }
    found.sort();
    found
}

/// A call of a module whose file does not exist.
fn call(symbol: &str, reference: &str, arguments: &str, more: &str) -> String {
    format!(
        "module {symbol} '{reference}' = {{\n  name: '{symbol}'\n{more}  params: {{\n    {arguments}\n  }}\n}}\n"
    )
}

/// The order that a well-known article recommends. The arguments say how the hub is passed to each module.
fn hub_story([fw, s2s, p2s, er]: [&str; 4]) -> String {
    let after = |symbol: &str| format!("  dependsOn: [ {symbol} ]\n");
    [
        call("vhub", "../custom/vhub/main.bicep", "", ""),
        call("fw", "../custom/firewall/main.bicep", fw, ""),
        call("s2s", "../custom/s2sVpnGateway/main.bicep", s2s, &after("fw")),
        call("p2s", "../custom/p2sVpnGateway/main.bicep", p2s, &after("s2s")),
        call(
            "er",
            "br/public:avm/res/network/express-route-gateway:0.8.0",
            &format!("name: 'er'\n    {er}"),
            &after("fw"),
        ),
    ]
    .concat()
}

const NAME: &str = "vhubName: vhub.outputs.name";
const ID: &str = "virtualHubId: vhub.outputs.resourceId";
const AVM_ID: &str = "virtualHubResourceId: vhub.outputs.resourceId";

fn gateways(pairs: &[(&str, &str)]) -> Vec<(String, String, String, Confidence)> {
    let row = |&(one, other): &(&str, &str)| {
        ("hub-gateways".to_owned(), one.to_owned(), other.to_owned(), Confidence::Inferred)
    };
    pairs.iter().map(row).collect()
}

#[test]
fn name_and_id_of_a_missing_hub_are_one_hub() {
    let both = gateways(&[("p2s", "er"), ("s2s", "er")]);
    assert_eq!(races(&hub_story([NAME, NAME, ID, AVM_ID])), both);
    assert_eq!(races(&hub_story([NAME, ID, NAME, AVM_ID])), both);
    assert_eq!(races(&hub_story([ID, NAME, NAME, AVM_ID])), both);
    // All modules use one output, so the hub needs no guess.
    assert_eq!(races(&hub_story([ID, ID, ID, AVM_ID])), both);
    let other_words = [
        "vwanHubName: vhub.outputs.virtualHubName",
        "hubName: vhub.outputs.virtualHubName",
        "vhubId: vhub.outputs.id",
        "virtualHubResourceId: vhub.outputs.id",
    ];
    assert_eq!(races(&hub_story(other_words)), both);
    // The fully ordered story has no race.
    let ordered = hub_story([NAME, NAME, ID, AVM_ID]).replace(
        "  dependsOn: [ fw ]\n  params: {\n    name: 'er'",
        "  dependsOn: [ p2s ]\n  params: {\n    name: 'er'",
    );
    assert_eq!(races(&ordered), []);
}

#[test]
fn two_missing_hubs_stay_two() {
    let two = |first: &str, second: &str| {
        [
            call("one", "../custom/vhub.bicep", "", ""),
            call("two", "../custom/vhub.bicep", "", ""),
            call("s2s", "../custom/s2sVpnGateway.bicep", first, ""),
            call("er", "../custom/erGateway.bicep", second, ""),
            // These calls use the other output of each hub, so that both hubs have a name and an id.
            call("a", "../custom/azfw.bicep", "hubName: one.outputs.name", "  dependsOn: [ s2s, er ]\n"),
            call("b", "../custom/azfw.bicep", "hubId: two.outputs.id", "  dependsOn: [ s2s, er, a ]\n"),
        ]
        .concat()
    };
    let apart = two("hubId: one.outputs.id", "hubName: two.outputs.name");
    assert_eq!(races(&apart), []);
    let one = two("hubId: one.outputs.id", "hubName: one.outputs.name");
    assert_eq!(races(&one), gateways(&[("s2s", "er")]));
}

#[test]
fn outputs_of_something_else_are_not_the_hub() {
    // The id of a route table is not the hub's id. A module that takes a hub's id may only pass it on, so its output is no new
    // hub.
    let table = "virtualHubId: vhub.outputs.routeTableId";
    assert_eq!(races(&hub_story([NAME, NAME, table, AVM_ID])).len(), 1);
    let given = hub_story([NAME, NAME, ID, AVM_ID]).replace(
        "vhub/main.bicep' = {\n  name: 'vhub'\n  params: {\n    \n",
        "vhub/main.bicep' = {\n  name: 'vhub'\n  params: {\n    hubId: 'x'\n",
    );
    assert!(given.contains("hubId: 'x'"));
    assert_eq!(races(&given), gateways(&[("p2s", "er")]));
}

#[test]
fn the_name_argument_of_a_missing_hub_is_its_name() {
    let named = |argument: &str| {
        let main = hub_story([NAME, NAME, ID, AVM_ID]);
        let given = main.replacen("params: {\n    \n", &format!("params: {{\n    {argument}\n"), 1);
        let beside = "resource beside 'Microsoft.Network/vpnGateways@2024-05-01' = {\n  name: 'beside'\n  properties: { \
                      virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', 'hub-weu') } }\n}\n";
        // The firewall races with it too, under another rule.
        races(&format!("{given}{beside}")).iter().filter(|(rule, ..)| rule == "hub-gateways").count()
    };
    assert_eq!(named("vhubName: 'hub-weu'"), 5);
    assert_eq!(named("name: 'hub-weu'"), 5);
    assert_eq!(named("name: 'hub-neu'"), 2);
    assert_eq!(named("location: 'hub-weu'"), 2);
}

#[test]
fn a_copy_of_a_public_module_in_another_registry_is_recognized() {
    let subnet = |symbol: &str, network: &str| {
        call(
            symbol,
            "br:contoso.azurecr.io/res/network/virtual-network/subnet:1.0",
            &format!(
                "name: '{symbol}'\n    virtualNetworkName: '{network}'\n    addressPrefix: '10.0.0.0/24'"
            ),
            "",
        )
    };
    let found = races(&[subnet("a", "net"), subnet("b", "net")].concat());
    let expected = ("parallel-writers".to_owned(), "a".to_owned(), "b".to_owned(), Confidence::Inferred);
    assert_eq!(found, [expected]);
    assert_eq!(races(&[subnet("a", "net"), subnet("b", "far")].concat()), []);
    let public = subnet("a", "net").replace("br:contoso.azurecr.io/res", "br/public:avm/res");
    assert_eq!(races(&[public.clone(), subnet("b", "net")].concat())[0].3, Confidence::Inferred);
    let other = public.replace("module a", "module b").replace("'a'", "'b'");
    assert_eq!(races(&[public, other].concat())[0].3, Confidence::Proven);
}

#[test]
fn private_endpoints_from_any_registry_are_in_their_subnets() {
    let subnet = "resourceId('Microsoft.Network/virtualNetworks/subnets', 'net', 'inside')";
    let endpoints = |symbol: &str, subnet: &str| {
        let arguments =
            format!("name: '{symbol}'\n    privateEndpoints: [ {{ subnetResourceId: {subnet} }} ]");
        call(symbol, "br:contoso.azurecr.io/teams/x/store:2.1", &arguments, "")
    };
    let found = races(&[endpoints("a", subnet), endpoints("b", subnet)].concat());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].1.as_str(), found[0].2.as_str(), found[0].3), ("a", "b", Confidence::Inferred));
    let far = subnet.replace("inside", "far");
    assert_eq!(races(&[endpoints("a", subnet), endpoints("b", &far)].concat()), []);
    assert_eq!(races(&[endpoints("a", "''"), endpoints("b", "''")].concat()), []);
    // A value that is not a list of endpoints gives no effect.
    let none = endpoints("a", subnet).replace("[ {", "[ {} ]\n    other: [ {");
    assert_eq!(races(&[none, endpoints("b", subnet)].concat()), []);
}
