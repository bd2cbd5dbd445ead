//! Words that can be acted on: orders between elements, conditions that are not the only ones, the calls of a root, lists that
//! are overwritten, and who holds an edit.

use std::path::PathBuf;

use bicep_race_lint::Catalog;
use bicep_race_lint::fix::apply::apply;
use bicep_race_lint::fix::edits_of;
use bicep_race_lint::rules::finding::{Finding, Level, Report};
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::workspace::Memory;

fn report(files: &[(&str, &str)]) -> Report {
    let memory =
        files.iter().fold(Memory::default(), |memory, &(path, text)| memory.with(path, text.to_owned()));
    let roots =
        Roots { named: vec![PathBuf::from(files[0].0)], base: PathBuf::from("/"), ..Roots::default() };
    check(&roots, memory, &Catalog::builtin()).report
}

fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    report(files).findings
}

/// A template with all its edits.
fn remedied(text: &str) -> String {
    let report = report(&[("/main.bicep", text)]);
    let id = report.sources.iter().map(|(id, _)| id).next().unwrap();
    apply(text, &edits_of(&report.findings, id))
}

/// Asserts the help of the only finding, that its edits contain these texts, and that they remove it.
fn ordered(text: &str, help: &str, contains: &[&str]) {
    let found = findings(&[("/main.bicep", text)]);
    assert_eq!(found.len(), 1, "{text}\n{found:#?}");
    assert_eq!(found[0].help, help, "{text}");
    let after = remedied(text);
    for part in contains {
        assert!(after.contains(part), "no {part}:\n{after}");
    }
    let left = findings(&[("/main.bicep", &after)]);
    assert!(left.is_empty(), "{after}\n{left:#?}");
}

/// A loop of gateways with this head, each of the hub with this id.
fn gateways(symbol: &str, ty: &str, head: &str, id: &str) -> String {
    format!(
        "resource {symbol} 'Microsoft.Network/{ty}@2024-05-01' = [for {head}: {{\n  name: '{symbol}-${{{id}}}'\n  \
         properties: {{ virtualHub: {{ id: {id} }} }}\n}}]\n"
    )
}

#[test]
fn an_element_waits_for_the_element_of_its_index() {
    let two = |one: &str, other: &str, id: &str| {
        let (s2s, er) =
            (gateways("s2s", "vpnGateways", one, id), gateways("er", "expressRouteGateways", other, id));
        format!("param hubs array\n{s2s}{er}")
    };
    let indexed = "(hub, n) in hubs";
    ordered(&two(indexed, indexed, "hub.id"), "make `er[n]` wait for `s2s[n]`", &["    s2s[n]\n"]);
    // A head on a line of its own.
    let apart = two(indexed, indexed, "hub.id").replace("[for", "[\n  for");
    ordered(&apart, "make `er[n]` wait for `s2s[n]`", &["s2s[n]\n"]);
    // An index without a name gets one.
    let item = "hub in hubs";
    let named = ["[for (hub, i) in hubs: {\n  name: 'er-", "    s2s[i]\n"];
    ordered(&two(item, item, "hub.id"), "make `er[i]` wait for `s2s[i]`", &named);
    // The elements of a range that begins at 0 are indexes themselves.
    let range = "at in range(0, length(hubs))";
    let of_range = two(range, range, "hubs[at].id");
    ordered(&of_range, "make `er[at]` wait for `s2s[at]`", &["    s2s[at]\n"]);
    let later = "at in range(1, length(hubs))";
    let of_range = two(later, later, "hubs[at - 1].id");
    ordered(&of_range, "make `er[i]` wait for `s2s[i]`", &["for (at, i) in range(1"]);
}

#[test]
fn a_chain_of_loops_is_ordered_element_by_element() {
    let head = "(hub, i) in hubs";
    let text = format!(
        "param hubs array\n{}{}{}",
        gateways("s2s", "vpnGateways", head, "hub.id"),
        gateways("p2s", "p2sVpnGateways", head, "hub.id"),
        gateways("er", "expressRouteGateways", head, "hub.id")
    );
    let help = "make `p2s[i]` wait for `s2s[i]`, `er[i]` wait for `p2s[i]`";
    let found = findings(&[("/main.bicep", &text)]);
    assert!(found[0].help.starts_with("make `p2s[i]` wait for `s2s[i]`"), "{}", found[0].help);
    assert_eq!(found[0].help, help);
    let left = findings(&[("/main.bicep", &remedied(&text))]);
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn a_whole_loop_is_waited_for_where_other_elements_share_the_object() {
    // One hub for all elements.
    let head = "(n, i) in names";
    let text = format!(
        "param names array\nresource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {{ name: 'hub' }}\n\
         @batchSize(1)\n{}@batchSize(1)\n{}",
        gateways("s2s", "vpnGateways", head, "hub.id"),
        gateways("er", "expressRouteGateways", head, "hub.id")
    );
    ordered(&text, "make `er` wait for `s2s`", &["    s2s\n"]);
    // Loops over two lists.
    let text = format!(
        "param hubs array\nparam others array\nvar both = 'x'\n{}{}",
        gateways("s2s", "vpnGateways", "(hub, i) in hubs", "hubs[0].id"),
        gateways("er", "expressRouteGateways", "(hub, i) in others", "hubs[0].id"),
    );
    let found = findings(&[("/main.bicep", &text)]);
    let order = found.iter().find(|finding| finding.rule.as_str() == "hub-gateways").unwrap();
    assert_eq!(order.help, "make `er` wait for `s2s`");
}

const NETWORK: &str =
    "resource net 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: 'net' }\n";

fn subnet(symbol: &str, condition: &str) -> String {
    format!(
        "resource {symbol} 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = if ({condition}) {{\n  parent: net\n  \
         name: '{symbol}'\n}}\n"
    )
}

#[test]
fn conditions_that_are_not_the_only_ones_say_so() {
    let when = |one: &str, other: &str| {
        let text = format!(
            "param a bool\nparam b bool\nparam names array\n{NETWORK}{}{}",
            subnet("x", one),
            subnet("y", other)
        );
        let found = findings(&[("/main.bicep", &text)]);
        (found[0].when.clone().unwrap_or_default(), found[0].witness.when.also_otherwise)
    };
    let (told, also) = when("a || b", "true");
    assert!(also && told.ends_with(" is true; also otherwise"), "{told}");
    assert_eq!(when("a && b", "a"), ("`a` is true and `b` is true".to_owned(), false));
    assert_eq!(when("!empty(names)", "a"), ("`names` is not empty and `a` is true".to_owned(), false));
    assert_eq!(when("true", "true"), (String::new(), false));
}

/// Text that is composed from several templates is only counted, and a condition that follows from another one is not
/// shown.
#[test]
fn conditions_are_readable() {
    let module = format!(
        "param list array\nparam lock object = {{}}\nvar all = map(list, x => {{ name: x, size: 1 }})\n{NETWORK}\
         resource x 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = [for one in all: {{ parent: net, name: one.name }}]\n"
    );
    let main = "param names array\nparam more array\nparam on bool\n\
                module m 'm.bicep' = if (on) { name: 'm', params: { list: concat(names, [for n in more: { n: n }]) } }\n";
    let found = findings(&[("/main.bicep", main), ("/m.bicep", &module)]);
    let told = found[0].when.clone().unwrap_or_default();
    assert_eq!(
        told, "`on` is true and at least two instances of `x` are deployed",
        "{:?}",
        found[0].witness.conditions
    );

    let text = format!(
        "param lock object\n{NETWORK}{}{}",
        subnet("x", "!empty(lock) && lock.kind != 'None' && lock.kind == 'Full'"),
        subnet("y", "lock.kind == 'Full'")
    );
    let found = findings(&[("/main.bicep", &text)]);
    assert_eq!(found[0].when.as_deref(), Some("`lock.kind` is `'Full'`"));
}

#[test]
fn a_finding_in_a_module_names_the_calls_of_its_root() {
    let text = format!("{NETWORK}{}{}", subnet("x", "true"), subnet("y", "true"));
    let between = "module net 'net.bicep' = { name: 'net' }\n";
    let main = "module hub1 'between.bicep' = { name: 'hub1' }\nmodule hub2 'between.bicep' = { name: 'hub2', dependsOn: [hub1] }\n";
    let files = [("/main.bicep", main), ("/between.bicep", between), ("/net.bicep", text.as_str())];
    let found = findings(&files);
    let inside: Vec<&Finding> =
        found.iter().filter(|finding| finding.entry.as_deref() == Some("vnet-subnets")).collect();
    assert_eq!(inside.len(), 1, "{found:#?}");
    assert_eq!(inside[0].calls, ["hub1.net", "hub2.net"]);
    assert_eq!(findings(&[("/net.bicep", text.as_str())])[0].calls, [""; 0]);
}

/// Both lists of a lost update, each at its place.
#[test]
fn an_overwritten_list_has_a_place() {
    let text = "resource net 'Microsoft.Network/virtualNetworks@2024-05-01' = {\n  name: 'net'\n  properties: {\n    \
                subnets: [\n      { name: 'a' }\n    ]\n  }\n}\n\
                resource b 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {\n  parent: net\n  name: 'b'\n}\n";
    let report = report(&[("/main.bicep", text)]);
    let lost = report.findings.iter().find(|finding| finding.rule.as_str() == "lost-update").unwrap();
    let lines: Vec<u32> = lost
        .participants
        .iter()
        .map(|writer| {
            let place = writer.list.unwrap();
            report.sources.file(place.file).position(place.span.start).line
        })
        .collect();
    assert_eq!(lines, [4, 9]);
}

#[test]
fn what_else_is_declared_twice_is_listed_with_the_longest_first() {
    let module = "param name string\n\
        resource ip 'Microsoft.Network/publicIPAddresses@2024-05-01' = { name: '${name}-ip' }\n\
        resource fw 'Microsoft.Network/azureFirewalls@2024-05-01' = { name: '${name}-fw' }\n\
        resource vm 'Microsoft.Compute/virtualMachines@2024-07-01' = { name: name }\n";
    let main = "module a 'm.bicep' = { name: 'a', params: { name: 'web' } }\nmodule b 'm.bicep' = { name: 'b', params: { name: 'web' } }\n";
    let found = findings(&[("/main.bicep", main), ("/m.bicep", module)]);
    let twice = found.iter().find(|finding| finding.rule.as_str() == "declared-twice").unwrap();
    let names: Vec<&str> =
        std::iter::once(&twice.object).chain(&twice.others).map(|object| object.name.as_str()).collect();
    assert_eq!(names[0], "web-fw", "{names:?}");
    assert_eq!(names.len(), 3, "{names:?}");
}

/// A lock blocks the writes of others, so it comes last.
#[test]
fn a_read_only_lock_does_not_wait() {
    let text = "param lock object\nparam ids array\n\
        resource nic 'Microsoft.Network/networkInterfaces@2024-05-01' = { name: 'nic' }\n\
        resource nicLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock.kind != 'None') {\n  name: 'lock'\n  scope: nic\n  properties: { level: lock.kind }\n}\n\
        resource roles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for id in ids: {\n  name: id\n  scope: nic\n  properties: {}\n}]\n\
        resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {\n  name: 'logs'\n  scope: nic\n  properties: {}\n}\n";
    let found = findings(&[("/main.bicep", text)]);
    let lock = found.iter().find(|finding| finding.entry.as_deref() == Some("read-only-lock")).unwrap();
    assert_eq!(
        lock.message,
        "`nicLock` does not wait for `roles` and `logs`, which write network interface `nic`"
    );
    assert_eq!(lock.help, "make `nicLock` wait for `roles` and `logs`");
    assert!(lock.when.clone().unwrap_or_default().contains("`lock.kind` is `'ReadOnly'`"), "{:?}", lock.when);
}

/// Peerings of both sides in two loops: element by element, and one after another if all belong to one network.
#[test]
fn crosswise_peerings_are_ordered_without_a_cycle() {
    let network = |symbol: &str, name: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/virtualNetworks@2024-05-01' existing = [for p in pairs: {{ name: p.{name} }}]\n"
        )
    };
    let peering = |symbol: &str, from: &str, to: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/virtualNetworks/virtualNetworkPeerings@2024-05-01' = [for (p, i) in pairs: {{\n  \
             parent: {from}\n  name: '{symbol}-${{i}}'\n  properties: {{ remoteVirtualNetwork: {{ id: {to}.id }} }}\n}}]\n"
        )
    };
    let hub = "resource hub 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: 'hub' }\n";
    let mesh = [
        "param pairs array\n",
        &network("one", "a"),
        &network("two", "b"),
        &peering("forth", "one[i]", "two[i]"),
        &peering("back", "two[i]", "one[i]"),
    ];
    let star = [
        "param pairs array\n",
        hub,
        &network("spoke", "a"),
        &peering("forth", "hub", "spoke[i]"),
        &peering("back", "spoke[i]", "hub"),
    ];
    for (text, serial) in [(mesh.concat(), 0), (star.concat(), 2)] {
        let after = remedied(&text);
        assert_eq!(after.matches("@batchSize(1)").count(), serial, "{after}");
        let report = report(&[("/main.bicep", &after)]);
        assert!(
            report.findings.is_empty() && report.diagnostics.is_empty(),
            "{after}\n{:#?}",
            report.findings
        );
    }
}

/// Of two findings with one pair of declarations, the error has the edit.
#[test]
fn the_weightiest_finding_holds_the_edit() {
    let text = "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub' }\n\
        resource connection 'Microsoft.Network/virtualHubs/hubVirtualNetworkConnections@2024-05-01' = {\n  parent: hub\n  name: 'c'\n  properties: {}\n}\n\
        resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {\n  name: 's2s'\n  properties: { virtualHub: { id: hub.id } }\n}\n\
        resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {\n  name: 'er'\n  properties: { virtualHub: { id: hub.id } }\n}\n";
    let found = findings(&[("/main.bicep", text)]);
    for finding in found.iter().filter(|finding| finding.level == Level::Error) {
        assert!(finding.fix.is_some(), "{}: {}", finding.message, finding.help);
    }
}

/// Of many calls the first are kept and the others counted; a long way is shown by its ends.
#[test]
fn ways_that_are_left_out_are_counted() {
    let hub = "param hub string\n";
    let racy = format!(
        "{hub}resource v 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: 'v'\n  properties: {{ virtualHub: {{ id: hub }} }}\n}}\n\
         resource e 'Microsoft.Network/expressRouteGateways@2024-05-01' = {{\n  name: 'e'\n  properties: {{ virtualHub: {{ id: hub }} }}\n}}\n"
    );
    let call = |symbol: &str, path: &str| {
        format!("module {symbol} '{path}' = {{\n  name: '{symbol}'\n  params: {{ hub: hub }}\n}}\n")
    };
    let chain = |levels: usize| {
        let mut files: Vec<(String, String)> = (0..levels)
            .map(|at| {
                let path = if at == 0 { "/main.bicep".to_owned() } else { format!("/m{at}.bicep") };
                (path, format!("{hub}{}", call(&format!("c{at}"), &format!("m{}.bicep", at + 1))))
            })
            .collect();
        files.push((format!("/m{levels}.bicep"), racy.clone()));
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let found = findings(&files);
        assert_eq!(found.len(), 1, "{found:#?}");
        (found[0].calls.clone(), found[0].calls_omitted)
    };
    assert_eq!(chain(1), (vec!["c0".to_owned()], 0));
    assert_eq!(chain(6), (vec!["c0.c1.c2.c3.c4.c5".to_owned()], 0));
    assert_eq!(chain(7), (vec!["c0.c1.…(3 more).c5.c6".to_owned()], 0));
    assert_eq!(chain(60), (vec!["c0.c1.…(56 more).c58.c59".to_owned()], 0));
    // Four calls of a module with nineteen or seventy calls: 76 ways, which are followed, and 280, of which the shortest are taken.
    let calls = |count: usize, path: &str| -> String {
        (0..count).map(|at| call(&format!("c{at}"), path)).collect::<String>()
    };
    let main = format!("{hub}{}", calls(4, "middle.bicep"));
    for (count, omitted, first) in [(19, 60, ["c0.c0", "c0.c1"]), (70, 264, ["c0.c0", "c1.c0"])] {
        let middle = format!("{hub}{}", calls(count, "racy.bicep"));
        let found = findings(&[("/main.bicep", &main), ("/middle.bicep", &middle), ("/racy.bicep", &racy)]);
        let of_module = found.iter().find(|finding| finding.participants[0].symbol == "v").unwrap();
        assert_eq!((of_module.calls.len(), of_module.calls_omitted), (16, omitted));
        assert_eq!(of_module.calls[..2], first);
    }
}

/// A condition belongs to the call that is named: others do not race, or need other conditions.
#[test]
fn only_calls_that_race_are_named() {
    let module = format!(
        "param names array = []\n{NETWORK}\
         resource all 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = [for one in names: {{ parent: net, name: one }}]\n"
    );
    let outer =
        "param on bool\nmodule net 'net.bicep' = if (on) { name: 'net', params: { names: ['a', 'b'] } }\n";
    let main = "param first bool\nparam second bool\n\
                module none 'net.bicep' = { name: 'none' }\n\
                module one 'net.bicep' = { name: 'one', params: { names: ['a'] } }\n\
                module deep 'outer.bicep' = { name: 'deep', params: { on: first } }\n\
                module flat 'net.bicep' = if (second) { name: 'flat', scope: resourceGroup('other'), \
                params: { names: ['a', 'b'] } }\n";
    let files = [("/main.bicep", main), ("/net.bicep", module.as_str()), ("/outer.bicep", outer)];
    let inside = |found: &[Finding]| {
        let of_loop =
            found.iter().find(|one| one.participants.len() == 1 && one.rule.as_str() == "parallel-loop");
        of_loop.map(|one| (one.when.clone().unwrap_or_default(), one.calls.clone()))
    };
    let (when, calls) = inside(&findings(&files)).unwrap_or_default();
    match when.as_str() {
        "`first` is true; also otherwise" => assert_eq!(calls, ["deep.net"]),
        "`second` is true; also otherwise" => assert_eq!(calls, ["flat"]),
        other => panic!("{other}"),
    }
    // Without conditions, all that race.
    let always = main.replace(" if (second)", "");
    let files = [("/main.bicep", always.as_str()), ("/net.bicep", module.as_str()), ("/outer.bicep", outer)];
    let (when, calls) = inside(&findings(&files)).unwrap_or_default();
    assert_eq!((when.as_str(), calls), ("", vec!["flat".to_owned(), "deep.net".to_owned()]));
}

/// An object that is named by a long expression has the name of the variable that it comes from.
#[test]
fn a_long_name_is_told_by_its_variable() {
    let text = "param prefix string\nparam place string\n\
                var names = {\n  net: take(replace(replace(toLower('${prefix}-PURPOSE-${place}'), 'PURPOSE', 'network'), '--', '-'), 64)\n}\n\
                module one 'net.bicep' = { name: 'one', params: { net: names.net, name: 'a' } }\n\
                module two 'net.bicep' = { name: 'two', params: { net: names.net, name: 'b' } }\n";
    let module = "param net string\nparam name string\n\
                  resource own 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { name: '${net}/${name}' }\n";
    let found = findings(&[("/main.bicep", text), ("/net.bicep", module)]);
    assert_eq!(found[0].object.name, "names.net", "{}", found[0].message);
}
