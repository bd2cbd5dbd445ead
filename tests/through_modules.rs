//! One hub through modules: however its name travels, its gateways race; what is only like it does not.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::race::analysis::analyse;
use bicep_race_lint::workspace::{Knowledge, Memory, Workspace};

struct Nothing;

impl Knowledge for Nothing {
    fn public(&self, _: &str) -> Option<String> {
        None
    }

    fn guess(&self, _: &str, _: &str, _: &[&str]) -> Option<String> {
        None
    }
}

const HUB: &str = "
    param name string
    resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = {
      name: name
      location: 'westeurope'
    }
    output name string = hub.name
    output resourceId string = hub.id
";

/// A gateway of a hub that is given by name.
const BY_NAME: &str = "
    param hubName string
    resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: hubName }
    resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = {
      name: 'vpn'
      location: 'westeurope'
      properties: { virtualHub: { id: hub.id } }
    }
";

/// A gateway of a hub that is given by id, of which the name is cut out.
const BY_ID: &str = "
    param hubId string
    var hubName = last(split(hubId, '/'))
    resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
      name: 'er-${hubName}'
      location: 'westeurope'
      properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', hubName) } }
    }
";

/// How many pairs of gateways of `main.bicep` may overlap.
fn races(main: &str, others: &[(&str, &str)]) -> usize {
    let files =
        [("main.bicep", main), ("hub.bicep", HUB), ("by-name.bicep", BY_NAME), ("by-id.bicep", BY_ID)];
    let memory = files
        .iter()
        .chain(others)
        .fold(Memory::default(), |memory, (path, text)| memory.with(Path::new("/").join(path), *text));
    let root = PathBuf::from("/main.bicep");
    let workspace = Workspace::load(Box::new(memory), &Nothing, &[root], &[], Path::new("/"));
    assert!(workspace.problems.is_empty(), "{:?}", workspace.problems);
    let catalog = Catalog::default();
    let analysis = analyse(&workspace, &catalog, &[workspace.roots[0].1.unwrap()]);
    let of_hub = analysis.races.iter().filter(|race| {
        let writer = analysis.writers.of(analysis.aspects(race).0);
        writer.is_some_and(|(entry, _)| entry.rule == "hub-gateways")
    });
    of_hub.count()
}

const CALLS: &str = "
    module hub 'hub.bicep' = { name: 'hub', params: { name: 'hub' } }
    module vpn 'by-name.bicep' = { name: 'vpn', params: { hubName: hub.outputs.name } }
    module er 'by-id.bicep' = { name: 'er', params: { hubId: hub.outputs.resourceId } }
";

#[test]
fn by_name_and_by_id_is_one_hub() {
    assert_eq!(races(CALLS, &[]), 1);
}

#[test]
fn an_order_between_the_calls_is_an_order_of_what_is_inside() {
    assert_eq!(
        races(
            &CALLS.replace(
                "hubId: hub.outputs.resourceId }",
                "hubId: hub.outputs.resourceId }\n dependsOn: [vpn]"
            ),
            &[]
        ),
        0
    );
}

#[test]
fn through_three_levels() {
    let wrapped = "
        param hubId string
        module inner 'by-id.bicep' = { name: 'inner', params: { hubId: hubId } }
    ";
    let twice = "
        param id string
        var parts = split(id, '/')
        module inner 'wrapped.bicep' = {
          name: 'wrapped'
          params: { hubId: resourceId(parts[2], parts[4], 'Microsoft.Network/virtualHubs', last(parts)) }
        }
    ";
    let main = CALLS.replace(
        "'by-id.bicep' = { name: 'er', params: { hubId:",
        "'twice.bicep' = { name: 'er', params: { id:",
    );
    assert_eq!(races(&main, &[("wrapped.bicep", wrapped), ("twice.bicep", twice)]), 1);
}

#[test]
fn a_hub_in_another_group_is_another_hub() {
    let main = CALLS.replace("name: 'er', params", "name: 'er', scope: resourceGroup('other'), params");
    assert_eq!(races(&main, &[]), 0);
}

#[test]
fn a_name_that_hangs_on_a_condition_is_told_apart_by_it() {
    // The id is only looked at where it is one.
    let main = "
        param deploy bool
        module hub 'hub.bicep' = if (deploy) { name: 'hub', params: { name: 'hub' } }
        module vpn 'by-name.bicep' = if (deploy) { name: 'vpn', params: { hubName: deploy ? hub!.outputs.name : 'none' } }
        module er 'by-id.bicep' = if (deploy) { name: 'er', params: { hubId: deploy ? hub!.outputs.resourceId : '' } }
    ";
    assert_eq!(races(main, &[]), 1);
}

#[test]
fn what_excludes_each_other_is_quiet() {
    let main = "
        param first bool
        module hub 'hub.bicep' = { name: 'hub', params: { name: 'hub' } }
        module two 'hub.bicep' = { name: 'two', params: { name: 'two' } }
        module vpn 'by-name.bicep' = { name: 'vpn', params: { hubName: first ? hub.outputs.name : two.outputs.name } }
        module er 'by-id.bicep' = { name: 'er', params: { hubId: first ? two.outputs.resourceId : hub.outputs.resourceId } }
    ";
    assert_eq!(races(main, &[]), 0);
    let same = main.replace("first ? two.outputs.resourceId : hub", "first ? hub.outputs.resourceId : two");
    // Two worlds, and in each of them the two meet.
    assert_eq!(races(&same, &[]), 2);
}

#[test]
fn an_element_that_is_there_in_one_branch_only() {
    let main = "
        param both bool
        module hub 'hub.bicep' = { name: 'hub', params: { name: 'hub' } }
        var gateways = concat(['a'], both ? ['b'] : [])
        resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = [for name in gateways: {
          name: name
          location: 'westeurope'
          properties: { virtualHub: { id: hub.outputs.resourceId } }
        }]
    ";
    assert_eq!(races(main, &[]), 1);
    assert_eq!(races(&main.replace("both ? ['b'] : []", "both ? [] : []"), &[]), 0);
}
