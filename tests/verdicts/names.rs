//! The objects of a finding, in names that a reader knows: resources instead of their deployment, and elements that get
//! lost.

use std::path::PathBuf;

use bicep_race_lint::Catalog;
use bicep_race_lint::rules::finding::Finding;
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::workspace::Memory;

fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    let memory =
        files.iter().fold(Memory::default(), |memory, &(path, text)| memory.with(path, text.to_owned()));
    let roots =
        Roots { named: vec![PathBuf::from(files[0].0)], base: PathBuf::from("/"), ..Roots::default() };
    check(&roots, memory, &Catalog::builtin()).report.findings
}

/// The messages about duplicates if a module with these declarations is called twice.
fn twice(module: &str) -> Vec<String> {
    let main = "module a 'm.bicep' = { name: 'a', params: { name: 'web' } }\n\
                module b 'm.bicep' = { name: 'b', params: { name: 'web' } }\n";
    let inner = "param name string\nresource n 'Microsoft.Network/networkInterfaces@2024-05-01' = { name: '${name}-inner' }\n";
    let found = findings(&[("/main.bicep", main), ("/m.bicep", module), ("/inner.bicep", inner)]);
    let twice = found.into_iter().filter(|finding| finding.rule.as_str() == "declared-twice");
    twice.map(|finding| finding.message).collect()
}

const PARAMETER: &str = "param name string\n";
const MACHINE: &str =
    "resource vm 'Microsoft.Compute/virtualMachines@2024-07-01' = { name: name, location: 'x' }\n";
const DISK: &str =
    "resource disk 'Microsoft.Compute/disks@2024-03-02' = { name: '${name}-disk', location: 'x' }\n";
const ADDRESS: &str =
    "resource ip 'Microsoft.Network/publicIPAddresses@2024-05-01' = { name: '${name}-ip', location: 'x' }\n";
const GROUP: &str = "resource nsg 'Microsoft.Network/networkSecurityGroups@2024-05-01' = { name: '${name}-nsg', location: 'x' }\n";

/// A module call with its own deployment name, or with the same name in both calls.
fn call(name: &str, inner: &str) -> String {
    format!("module nic 'inner.bicep' = {{ name: {name}, params: {{ name: {inner} }} }}\n")
}

#[test]
fn duplicates_are_the_resources_and_not_their_deployment() {
    let of = |declarations: &[&str]| twice(&format!("{PARAMETER}{}", declarations.concat()));
    let nic = call("'${name}-nic'", "name");
    let told = of(&[MACHINE, &nic]);
    assert_eq!(told.len(), 1, "{told:?}");
    let both = ["virtual machine `web`", "network interface `web-inner`"];
    assert!(both.iter().all(|name| told[0].contains(name)) && !told[0].contains("deployment `"), "{told:?}");
    assert_eq!(
        of(&[MACHINE]),
        ["`a` and `b` declare the same virtual machine `web` and may deploy at the same time"]
    );
    // The order in the file does not matter.
    let turned = of(&[&nic, MACHINE]);
    assert!(both.iter().all(|name| turned[0].contains(name)) && turned.len() == 1, "{turned:?}");
    // A long list is shortened with a count.
    let many = of(&[MACHINE, DISK, ADDRESS, GROUP]);
    assert!(many[0].contains(" and 1 more and may deploy"), "{many:?}");
}

#[test]
fn a_duplicate_deployment_alone_is_named() {
    let unique = "'${uniqueString(deployment().name)}'";
    let told = twice(&format!("{PARAMETER}{}", call("'${name}-nic'", unique)));
    assert_eq!(told, ["`a` and `b` declare the same deployment `web-nic` and may deploy at the same time"]);
    assert_eq!(twice(&format!("{PARAMETER}{}", call(unique, unique))), [] as [&str; 0]);
}

#[test]
fn the_most_important_duplicate_is_named_first() {
    let inner = "resource address 'Microsoft.Network/publicIPAddresses@2024-05-01' = {\n  name: 'ip'\n}\n\
                 resource gateway 'Microsoft.Network/virtualNetworkGateways@2024-05-01' = {\n  name: 'gw'\n}\n\
                 resource nic 'Microsoft.Network/networkInterfaces@2024-05-01' = {\n  name: 'nic'\n}\n";
    let main = "module a 'inner.bicep' = { name: 'same' }\nmodule b 'inner.bicep' = { name: 'same' }\n";
    let found = findings(&[("/main.bicep", main), ("/inner.bicep", inner)]);
    let told: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "`a` and `b` declare the same virtual network gateway `gw`, public IP address `ip` and network interface `nic` and may \
          deploy at the same time"
        ]
    );
}

#[test]
fn lost_elements_are_named() {
    let message = |text: &str| {
        let found = findings(&[("/main.bicep", text)]);
        let lost = found.iter().find(|finding| finding.rule.as_str() == "lost-update");
        lost.map(|finding| finding.message.clone())
    };
    let network = "resource net 'Microsoft.Network/virtualNetworks@2024-05-01' = {\n  name: 'net'\n  properties: {\n    \
                   addressSpace: { addressPrefixes: ['10.0.0.0/16'] }\n    subnets: [ { name: 'one', properties: { addressPrefix: '10.0.0.0/24' } } ]\n  }\n}\n";
    let subnet = |symbol: &str, name: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {{\n  parent: net\n  name: {name}\n  \
             properties: {{ addressPrefix: '10.0.1.0/24' }}\n}}\n"
        )
    };
    assert_eq!(
        message(&format!("{network}{}", subnet("app", "'app-subnet'"))).as_deref(),
        Some("`net` rewrites what `app` adds to virtual network `net`: subnet `app-subnet`")
    );
    assert_eq!(
        message(&format!("param suffix string\n{network}{}", subnet("app", "'app-${suffix}'"))).as_deref(),
        Some("`net` rewrites what `app` adds to virtual network `net`: subnet `'app-${suffix}'`")
    );
    let two = format!("{network}{}{}", subnet("app", "'app-subnet'"), subnet("db", "'db-subnet'"));
    assert_eq!(
        message(&two).as_deref(),
        Some(
            "`net` rewrites what `app` and `db` add to virtual network `net`: subnet `app-subnet` and subnet `db-subnet`"
        )
    );
    // An element that the list contains is not lost.
    let same = format!("{network}{}", subnet("same", "'one'")).replace("10.0.1", "10.0.0");
    assert_eq!(message(&same), None);
}

#[test]
fn the_named_error_is_one_that_azure_shows() {
    let text = "resource net 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: 'net' }\n\
                resource a 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { parent: net, name: 'a' }\n\
                resource b 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { parent: net, name: 'b' }\n";
    let found = findings(&[("/main.bicep", text)]);
    assert!(found[0].explanation.ends_with("; Azure may fail one of them (AnotherOperationInProgress)"));
}

/// Only the arguments of a call make the two parameters one hub.
#[test]
fn an_object_with_two_names_has_the_same_one_whatever_comes_first() {
    let gateway = |symbol: &str, hub: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: '{symbol}'\n  \
             properties: {{ virtualHub: {{ id: {hub} }} }}\n}}\n"
        )
    };
    let main = "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub' }\n\
                module m 'm.bicep' = { name: 'm', params: { alpha: hub.id, beta: hub.id } }\n";
    for [first, second] in [["alpha", "beta"], ["beta", "alpha"]] {
        let module = format!(
            "param alpha string\nparam beta string\n{}{}",
            gateway("one", first),
            gateway("two", second)
        );
        let found = findings(&[("/main.bicep", main), ("/m.bicep", &module)]);
        let told: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(told, ["`one` and `two` may deploy at the same time into virtual hub `alpha`"]);
    }
}

/// Ids are compared without case, and shown as the template spells them.
#[test]
fn names_are_spelt_as_in_the_template() {
    let object = |name: &str| {
        let user = |symbol: &str| {
            format!(
                "resource {symbol} 'Microsoft.Network/privateEndpoints@2024-05-01' = {{\n  name: '{symbol}'\n  properties: {{ subnet: {{ id: \
                 resourceId('Microsoft.Network/virtualNetworks/subnets', 'net', {name}) }} }}\n}}\n"
            )
        };
        let text = format!("param suffix string\n{}{}", user("a"), user("b"));
        findings(&[("/main.bicep", &text)])[0].object.name.clone()
    };
    assert_eq!(object("'BackEnd-Subnet'"), "BackEnd-Subnet");
    assert_eq!(object("'BackEnd-${suffix}'"), "'BackEnd-${suffix}'");
    assert_eq!(object("'backend'"), "backend");
}

/// A name that is code, and too long for a sentence, says nothing.
#[test]
fn an_object_without_a_readable_name_is_the_same_one() {
    let key = |symbol: &str| {
        format!(
            "resource {symbol} 'Microsoft.KeyVault/vaults/keys@2023-07-01' = {{\n  name: '${{take(replace(join(filter(parts, p => !empty(p)), \
             '-'), 'TYPE', 'kv'), 24)}}/{symbol}'\n  properties: {{}}\n}}\n"
        )
    };
    let found = findings(&[("/main.bicep", &format!("param parts array\n{}{}", key("a"), key("b")))]);
    assert_eq!(found[0].message, "`a` and `b` may write the same key vault at the same time");
}

/// What a module adds is named too.
#[test]
fn lost_elements_of_modules_are_named() {
    let network = "param more array\nresource net 'Microsoft.Network/virtualNetworks@2024-05-01' = {\n  name: 'net'\n  properties: {\n    \
                   subnets: [ { name: 'one', properties: { addressPrefix: '10.0.0.0/24' } } ]\n  }\n}\n\
                   module routed 'm.bicep' = { name: 'm', params: { more: more }, dependsOn: [net] }\n";
    let subnet = |symbol: &str, name: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {{\n  name: 'net/{name}'\n  \
             properties: {{ addressPrefix: '10.0.1.0/24' }}\n}}\n"
        )
    };
    let message = |module: &str| {
        let module = format!("param more array\n{module}");
        let found = findings(&[("/main.bicep", network), ("/m.bicep", &module)]);
        let lost = found.iter().find(|finding| finding.rule.as_str() == "lost-update");
        lost.map(|finding| finding.message.clone()).unwrap_or_default()
    };
    let begin = "`net` rewrites what `routed` adds to virtual network `net`";
    let two = format!("{}{}", subnet("a", "App"), subnet("b", "Data"));
    assert_eq!(message(&two), format!("{begin}: subnet `App` and subnet `Data`"));
    let looped = "resource each 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = [for one in more: { name: 'net/${one}' }]\n";
    assert_eq!(message(looped), begin);
}
