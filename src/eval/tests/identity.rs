//! One hub in all spellings of its id, and ids that only look like it.

use super::{node, root, workspace};
use crate::eval::evaluator::Evaluator;
use crate::eval::identity::{Identity, are_apart, compare};
use crate::eval::term::{Ambient, CopyVariable};
use crate::eval::terms::Terms;

/// The result of comparing the variables `a` and `b` of `main.bicep`.
fn judge(files: &[(&str, &str)]) -> Identity {
    let workspace = workspace(files);
    let mut evaluator = Evaluator::new(&workspace);
    let template = root(&workspace);
    let one = super::variable(&mut evaluator, template, "a");
    let other = super::variable(&mut evaluator, template, "b");
    compare(evaluator.terms(), one, other)
}

/// A hub of the template, whose name is a parameter.
const HUB: &str = "
    param hubName string
    param group string
    resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = {
      name: hubName
      location: 'westeurope'
    }
    var a = hub.id
";

/// A module that deploys the hub, with its name and its id as outputs.
const HUB_MODULE: &str = "
    param hubName string
    resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = {
      name: hubName
      location: 'westeurope'
    }
    output name string = hub.name
    output resourceId string = hub.id
";

fn hub_against(b: &str) -> Identity {
    judge(&[("main.bicep", &format!("{HUB}\n{b}\n")), ("hub.bicep", HUB_MODULE)])
}

#[test]
fn every_way_of_naming_one_hub_is_one_object() {
    let ways = [
        "var b = hub.id",
        "resource again 'Microsoft.Network/virtualHubs@2023-01-01' existing = { name: hubName }\nvar b = again.id",
        "resource again 'microsoft.network/VirtualHubs@2023-01-01' existing = { name: hub.name }\nvar b = again.id",
        "var b = resourceId('Microsoft.Network/virtualHubs', hubName)",
        "var b = resourceId(resourceGroup().name, 'Microsoft.Network/virtualHubs', hubName)",
        "var b = az.resourceId(subscription().subscriptionId, resourceGroup().name, 'Microsoft.Network/virtualHubs', hub.name)",
        "var b = '${resourceGroup().id}/providers/Microsoft.Network/virtualHubs/${hubName}'",
        "var b = '/subscriptions/${subscription().subscriptionId}/resourceGroups/${resourceGroup().name}/providers/Microsoft.Network/virtualHubs/${hubName}'",
        "var b = concat(resourceGroup().id, '/providers/Microsoft.Network/virtualHubs/', hubName)",
        "var b = format('{0}/providers/{1}/{2}', resourceGroup().id, 'Microsoft.Network/virtualHubs', hubName)",
        "var b = extensionResourceId(resourceGroup().id, 'Microsoft.Network/virtualHubs', hubName)",
        "var name = last(split(hub.id, '/'))\nvar b = resourceId('Microsoft.Network/virtualHubs', name)",
        "var b = resourceId('Microsoft.Network/virtualHubs', split(hub.id, '/')[8])",
        "var b = resourceId(split(hub.id, '/')[2], split(hub.id, '/')[4], 'Microsoft.Network/virtualHubs', hubName)",
        "var b = resourceId('Microsoft.Network/virtualHubs', toLower(hubName))",
        "resource again 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: hubName, scope: resourceGroup() }\nvar b = again.id",
        "resource again 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: hubName, scope: resourceGroup(resourceGroup().name) }\nvar b = again.id",
        "module other 'hub.bicep' = { name: 'other', params: { hubName: hubName } }\nvar b = other.outputs.resourceId",
        "module other 'hub.bicep' = { name: 'other', params: { hubName: hubName } }\nvar b = resourceId('Microsoft.Network/virtualHubs', other.outputs.name)",
        "module other 'hub.bicep' = { name: 'other', params: { hubName: hubName }, scope: resourceGroup() }\nvar b = other.outputs.resourceId",
        "var parts = { id: hub.id }\nvar b = parts.id",
        "var b = empty(hubName) ? hub.id : hub.id",
    ];
    for way in ways {
        assert_eq!(hub_against(way), Identity::Same, "{way}");
    }
}

#[test]
fn a_literal_id_in_another_case_is_the_same_object() {
    let text = "
        resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
          name: 'Hub'
          scope: resourceGroup('0000-1111', 'Net')
        }
        var a = hub.id
        var b = '/subscriptions/0000-1111/resourcegroups/net/providers/microsoft.network/virtualhubs/hub'
    ";
    assert_eq!(judge(&[("main.bicep", text)]), Identity::Same);
}

#[test]
fn a_child_is_one_object_however_its_parent_is_written() {
    let vnet = "
        param name string
        resource vnet 'Microsoft.Network/virtualNetworks@2024-05-01' = {
          name: name
          resource nested 'subnets' = { name: 'app' }
        }
        var a = vnet::nested.id
    ";
    for way in [
        "resource s 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { parent: vnet, name: 'app' }\nvar b = s.id",
        "resource s 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { name: '${name}/app' }\nvar b = s.id",
        "resource s 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { name: '${vnet.name}/App' }\nvar b = s.id",
        "var b = '${vnet.id}/subnets/app'",
        "var b = resourceId('Microsoft.Network/virtualNetworks/subnets', name, 'app')",
        "var whole = format('{0}/app', name)\nvar b = resourceId('Microsoft.Network/virtualNetworks/subnets', split(whole, '/')[0], split(whole, '/')[1])",
        "var b = resourceId('Microsoft.Network/virtualNetworks/subnets', vnet.name, vnet::nested.name)",
        "resource s 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' existing = { name: '${name}/app' }\nvar b = resourceId('Microsoft.Network/virtualNetworks/subnets', split(s.name, '/')[0], 'app')",
    ] {
        let text = format!("{vnet}\n{way}\n");
        let found = judge(&[("main.bicep", &text)]);
        // A name that is split at slashes is unknown if a parameter in it may contain a slash.
        let expected = if way.contains("split(s.name") { Identity::Unknown } else { Identity::Same };
        assert_eq!(found, expected, "{way}");
    }
}

#[test]
fn an_element_of_a_loop_is_one_object_through_any_index() {
    let text = "
        param names array
        resource hubs 'Microsoft.Network/virtualHubs@2024-05-01' = [for (name, i) in names: { name: 'hub-${name}' }]
        var a = hubs[2].id
        var b = resourceId('Microsoft.Network/virtualHubs', 'hub-${names[2]}')
    ";
    assert_eq!(judge(&[("main.bicep", text)]), Identity::Same);
}

#[test]
fn what_only_looks_like_the_hub_is_another_object() {
    for (way, expected) in [
        ("var b = resourceId('other-group', 'Microsoft.Network/virtualHubs', hubName)", Identity::Unknown),
        ("var b = resourceId(group, 'Microsoft.Network/virtualHubs', hubName)", Identity::Unknown),
        ("var b = resourceId('Microsoft.Network/virtualWans', hubName)", Identity::Different),
        ("var b = resourceId('Microsoft.Network/virtualHubs', '${hubName}-2')", Identity::Different),
        ("var b = resourceId('Microsoft.Network/virtualHubs', group)", Identity::Unknown),
        ("var b = resourceId('Microsoft.Network/virtualHubs', 'hub')", Identity::Unknown),
        ("var b = '${hub.id}/routeTables/default'", Identity::Different),
        ("var b = subscriptionResourceId('Microsoft.Network/virtualHubs', hubName)", Identity::Different),
        (
            "module other 'hub.bicep' = { name: 'other', params: { hubName: hubName }, scope: resourceGroup(group) }\nvar b = other.outputs.resourceId",
            Identity::Unknown,
        ),
    ] {
        assert_eq!(hub_against(way), expected, "{way}");
    }
}

#[test]
fn constants_in_the_same_place_tell_objects_apart() {
    for (a, b, expected) in [
        ("resourceId('A.B/c', 'x')", "resourceId('A.B/c', 'y')", Identity::Different),
        ("resourceId('A.B/c', 'x')", "resourceId('A.B/c', 'X')", Identity::Same),
        ("resourceId('g', 'A.B/c', 'x')", "resourceId('h', 'A.B/c', 'x')", Identity::Different),
        ("resourceId('A.B/c', '${p}-a')", "resourceId('A.B/c', '${q}-b')", Identity::Different),
        ("resourceId('A.B/c', 'a-${p}')", "resourceId('A.B/c', 'b-${q}')", Identity::Different),
        ("resourceId('A.B/c', 'a-${p}-x')", "resourceId('A.B/c', 'a-${p}-y')", Identity::Different),
        ("resourceId('A.B/c', 'a-${p}')", "resourceId('A.B/c', 'a-${q}')", Identity::Unknown),
        ("resourceId('A.B/c', 'a-${p}')", "resourceId('A.B/c', 'a-x')", Identity::Unknown),
        ("resourceId('A.B/c', p)", "resourceId('A.B/c', q)", Identity::Unknown),
        ("resourceId('A.B/c', kind)", "resourceId('A.B/c', 'vpn')", Identity::Unknown),
        ("resourceId('A.B/c', kind)", "resourceId('A.B/c', 'hub')", Identity::Different),
        ("resourceId('A.B/c', big ? 'x' : 'y')", "resourceId('A.B/c', 'z')", Identity::Different),
        ("resourceId('A.B/c', big ? 'x' : 'y')", "resourceId('A.B/c', 'x')", Identity::Unknown),
        ("resourceId('A.B/c', uniqueString(p))", "resourceId('A.B/c', uniqueString(p))", Identity::Same),
        (
            "resourceId('A.B/c', uniqueString('A'))",
            "resourceId('A.B/c', uniqueString('a'))",
            Identity::Unknown,
        ),
        ("tenantResourceId('A.B/c', 'x')", "resourceId('A.B/c', 'x')", Identity::Different),
    ] {
        let text = format!(
            "param p string\nparam q string\nparam big bool\n@allowed(['vpn', 'er'])\nparam kind string\nvar a = {a}\nvar b = {b}\n"
        );
        assert_eq!(judge(&[("main.bicep", &text)]), expected, "{a} and {b}");
    }
}

#[test]
fn conditions_are_compared_with_case() {
    let text = "
        param kind string
        var a = kind == 'A' ? 'x' : 'y'
        var b = kind == 'a' ? 'x' : 'y'
    ";
    assert_eq!(judge(&[("main.bicep", text)]), Identity::Unknown);
}

#[test]
fn two_elements_of_one_loop_differ_by_their_index_only() {
    let mut terms = Terms::default();
    let (one, other) = (terms.copy_index(CopyVariable::Loop(0)), terms.copy_index(CopyVariable::Loop(1)));
    let prefix = terms.text("hub-");
    let (one, other) = (terms.concat(&[prefix, one]), terms.concat(&[prefix, other]));
    // Only the caller knows that the two indexes differ.
    assert_eq!(compare(&mut terms, one, other), Identity::Unknown);
    let (zero, first) = (terms.int(0), terms.int(1));
    let (one, other) = (
        terms.replace_copy(one, CopyVariable::Loop(0), zero),
        terms.replace_copy(other, CopyVariable::Loop(1), first),
    );
    assert_eq!(compare(&mut terms, one, other), Identity::Different);
}

#[test]
fn names_of_two_loops_are_apart_by_what_no_index_changes() {
    let mut terms = Terms::default();
    let (index, other_index) =
        (terms.copy_index(CopyVariable::Loop(0)), terms.copy_index(CopyVariable::Inner(0)));
    let unknown = terms.ambient(Ambient::DeploymentName);
    let [endpoint, role, tail] = ["-endpoint-", "-role-", "-x"].map(|text| terms.text(text));
    let endpoints = terms.concat(&[unknown, endpoint, index]);
    let roles = terms.concat(&[unknown, role, other_index]);
    assert!(are_apart(&terms, endpoints, roles));
    assert!(are_apart(&terms, roles, endpoints));
    // Ex) index 1 of one and index 11 of the other
    let (one, other) = (terms.text("1"), terms.text("11"));
    let (short, long) = (terms.concat(&[index, one, unknown]), terms.concat(&[index, other, unknown]));
    assert!(!are_apart(&terms, short, long));
    assert_eq!(compare(&mut terms, short, long), Identity::Different);
    // Two indexes may be equal, and one index may have two values.
    let (first, second) = (terms.concat(&[endpoint, index]), terms.concat(&[endpoint, other_index]));
    assert!(!are_apart(&terms, first, second));
    let (first, second) = (terms.concat(&[index, tail]), terms.concat(&[index, tail, unknown]));
    assert!(!are_apart(&terms, first, second));
}

#[test]
fn names_that_are_cut_keep_how_they_begin() {
    let text = "
        param name string
        var a = take('Hub-${name}', 64)
        var b = take('fire-${name}', 64)
    ";
    assert_eq!(judge(&[("main.bicep", text)]), Identity::Different);
    for (one, other) in [
        ("take('hub-${name}', 64)", "take('HUB-${other}', 60)"),
        ("take('h${name}', 2)", "take('h${other}', 2)"),
        ("take('hub-${name}', other)", "take('fire-${name}', other)"),
        ("take('é-${name}', 64)", "take('É-${other}', 64)"),
        ("'${take('hub', length(name))}-a'", "'hat-${other}'"),
        ("'${uniqueString(name)}a'", "'${uniqueString(other)}aa'"),
        ("'${uniqueString(name)}'", "'k3b5x7qyzabcd'"),
        ("'${uniqueString(name)}-${name}'", "'${other}-a'"),
    ] {
        let text = format!("param name string\nparam other string\nvar a = {one}\nvar b = {other}\n");
        assert_eq!(judge(&[("main.bicep", &text)]), Identity::Unknown, "{one} {other}");
    }
    // The part that `take` cuts off does not count.
    let cut = "param name string\nvar a = take('hub-${name}', 1)\nvar b = take('hat-${name}', 1)\n";
    assert_eq!(judge(&[("main.bicep", cut)]), Identity::Same);
    for (one, other) in [
        ("'${take('hub-${name}', 9)}-x'", "'fire-${name}'"),
        ("'é-${name}'", "'x-${other}'"),
        ("take('${take('hub', 2)}b-${name}', 9)", "'hut-${name}'"),
        ("'${uniqueString(name)}-a-${name}'", "'${uniqueString(other)}-b-${other}'"),
        ("'${uniqueString(name)}-a-${name}'", "'short.name-${other}'"),
        ("'x-${uniqueString(name)}-${name}'", "'x-${take(uniqueString(other), 5)}-${other}'"),
    ] {
        let text = format!("param name string\nparam other string\nvar a = {one}\nvar b = {other}\n");
        assert_eq!(judge(&[("main.bicep", &text)]), Identity::Different, "{one} {other}");
    }
}

#[test]
fn an_id_that_a_parameter_brings_is_understood_once_it_is_known() {
    let gateway = "
        param hubId string
        resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: last(split(hubId, '/')) }
        output hub string = hub.id
        output table string = '${hubId}/hubRouteTables/defaultRouteTable'
    ";
    let main = "
        param hubName string
        resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = { name: hubName }
        resource table 'Microsoft.Network/virtualHubs/hubRouteTables@2024-05-01' existing = {
          parent: hub
          name: 'defaultRouteTable'
        }
        module gateway 'gateway.bicep' = { name: 'gateway', params: { hubId: hub.id } }
        var a = [hub.id, table.id]
        var b = [gateway.outputs.hub, gateway.outputs.table]
    ";
    assert_eq!(judge(&[("main.bicep", main), ("gateway.bicep", gateway)]), Identity::Same);
}

#[test]
fn scopes_of_nodes_and_of_what_extends_them() {
    let text = "
        targetScope = 'subscription'
        resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = { name: 'net', location: 'westeurope' }
        resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub', scope: group }
        resource lock 'Microsoft.Authorization/locks@2020-05-01' existing = { name: 'lock', scope: hub }
        var a = [hub.id, lock.id, resourceId('Microsoft.Authorization/policyDefinitions', 'p')]
        var b = [
          resourceId('net', 'Microsoft.Network/virtualHubs', 'hub')
          extensionResourceId(hub.id, 'Microsoft.Authorization/locks', 'lock')
          subscriptionResourceId('Microsoft.Authorization/policyDefinitions', 'p')
        ]
    ";
    // With one scope before the type, `resourceId` in a subscription template names a subscription.
    let with_group = text.replace("resourceId('net', ", "resourceId(subscription().subscriptionId, 'net', ");
    assert_eq!(judge(&[("main.bicep", &with_group)]), Identity::Same);
}

#[test]
fn the_name_of_a_child_is_as_it_is_written() {
    let text = "
        param n string
        resource slashed 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' existing = { name: '${n}/app' }
        resource vnet 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: n }
        resource child 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' existing = { parent: vnet, name: 'app' }
        var a = [slashed.name, child.name, slashed.id]
        var b = ['${n}/app', 'app', child.id]
    ";
    let workspace = workspace(&[("main.bicep", text)]);
    let template = root(&workspace);
    let mut evaluator = Evaluator::new(&workspace);
    let a = super::variable(&mut evaluator, template, "a");
    let b = super::variable(&mut evaluator, template, "b");
    assert_eq!(evaluator.terms().show(a), evaluator.terms().show(b));
    assert_eq!(a, b);
    assert_eq!(
        evaluator.node_id(template, node(&workspace, template, "slashed")),
        evaluator.node_id(template, node(&workspace, template, "child"))
    );
}
