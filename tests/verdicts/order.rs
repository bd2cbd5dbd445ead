//! The start order of Azure's engine, row by row as observed (CLI 0.49.2, November 2026;
//! `docs/rules/fragile-order.md`): two writers of one hub race exactly if no order holds between them.

use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};

const HUB: &str = "param off bool = false
param none array = []
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub' }
resource other 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'other' }
";

/// A gateway: its symbol, the text before its body, its hub, and its dependencies.
fn gateway(symbol: &str, ty: &str, condition: &str, hub: &str, waits: &str) -> String {
    format!(
        "resource {symbol} 'Microsoft.Network/{ty}@2024-05-01' = {condition}{{
  name: '{symbol}'
  properties: {{ virtualHub: {{ id: {hub}.id }} }}
  dependsOn: [{waits}]
}}\n"
    )
}

/// `a` and `c` on one hub; `c` has a dependency, and other declarations are in between.
fn between(what: &str, waits: &str) -> String {
    let (a, c) =
        (gateway("a", "vpnGateways", "", "hub", ""), gateway("c", "expressRouteGateways", "", "hub", waits));
    format!("{HUB}{a}{what}{c}")
}

/// A plain resource with a dependency.
fn link(symbol: &str, condition: &str, waits: &str) -> String {
    format!(
        "resource {symbol} 'Microsoft.Network/publicIPAddresses@2024-05-01' = {condition}{{ name: '{symbol}', location: 'x', dependsOn: [{waits}] }}\n"
    )
}

/// A loop of plain resources over a list or range, each with a condition.
fn links(symbol: &str, decorator: &str, over: &str, condition: &str, waits: &str) -> String {
    format!(
        "{decorator}\nresource {symbol} 'Microsoft.Network/publicIPAddresses@2024-05-01' = [for i in {over}: {condition}{{ name: '{symbol}${{i}}', location: 'x', dependsOn: [{waits}] }}]\n"
    )
}

/// The pairs of all error-level findings of a root with modules.
fn pairs(main: &str, modules: &[(&str, &str)]) -> Vec<(String, String)> {
    let files = modules.iter().fold(Memory::default(), |files, (path, text)| files.with(path, *text));
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(files.with("/main.bicep", main), Roots::named(["/main.bicep"]));
    let report = session.check();
    assert!(report.diagnostics.is_empty(), "{:?}\n{main}", report.diagnostics);
    let hubs = report.findings.iter().filter(|finding| finding.object.name == "hub");
    let pairs = hubs.flat_map(|finding| {
        let symbol = |at: usize| finding.participants[at].symbol.clone();
        finding.pairs.iter().map(move |&(one, other)| (symbol(one), symbol(other)))
    });
    pairs.collect()
}

fn race(main: &str) -> bool {
    !pairs(main, &[]).is_empty()
}

#[test]
fn resources_that_are_not_deployed_pass_the_order_on() {
    let off = "if (off) ";
    let rows = [
        (link("b", off, "a"), "b"),
        (link("b", off, "a") + &link("d", off, "b"), "d"),
        (links("b", "", "none", "", "a"), "b"),
        (links("b", "", "range(0, 2)", off, "a"), "b"),
        (links("b", "", "range(0, 2)", "if (i != 1) ", "a"), "b[1]"),
    ];
    for (what, waits) in rows {
        assert!(!race(&between(&what, waits)), "{what}");
        // Without the edge they run in parallel.
        assert!(race(&between(&what, "")), "{what}");
    }
    let call = "module b 'b.bicep' = if (off) { name: 'b', dependsOn: [a] }\n";
    let module = ("/b.bicep", "param location string = 'x'\n");
    assert!(pairs(&between(call, "b"), &[module]).is_empty());
}

#[test]
fn a_resource_that_is_not_deployed_and_waits_for_nothing_delays_nothing() {
    assert!(race(&between(&link("b", "if (off) ", ""), "b")));
    assert!(race(&between(&links("b", "", "none", "", ""), "b")));
}

#[test]
fn an_existing_resource_waits_for_no_write_but_passes_on_its_dependencies() {
    let read = "resource e 'Microsoft.Network/vpnGateways@2024-05-01' existing = { name: 'a' }\n";
    let passes = "resource e 'Microsoft.Network/publicIPAddresses@2024-05-01' existing = { name: a.properties.bgpSettings.bgpPeeringAddress }\n";
    let main = between(read, "e");
    let files = Memory::default().with("/main.bicep", main);
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(files, Roots::named(["/main.bicep"]));
    assert!(!session.check().findings.is_empty());
    assert!(!race(&between(passes, "e")));
}

#[test]
fn a_module_is_one_node() {
    let inner = "resource p 'Microsoft.Network/publicIPAddresses@2024-05-01' = { name: 'p', location: 'x' }
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub' }
resource q 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: 'q'
  properties: { virtualHub: { id: hub.id } }
}
output name string = p.name\n";
    let call = "module m 'm.bicep' = { name: 'm' }\n";
    let reads = "resource c 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
  name: 'c-${m.outputs.name}'
  properties: { virtualHub: { id: hub.id } }
}\n";
    let module = ("/m.bicep", inner);
    assert!(pairs(&format!("{HUB}{call}{reads}"), &[module]).is_empty());
    let alone = gateway("c", "expressRouteGateways", "", "hub", "");
    assert_eq!(pairs(&format!("{HUB}{call}{alone}"), &[module]), [("m".to_owned(), "c".to_owned())]);
    // Resources in two modules run interleaved.
    let other = (
        "/n.bicep",
        "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub' }
resource c 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
  name: 'c'
  properties: { virtualHub: { id: hub.id } }
}\n",
    );
    let two = format!("{HUB}{call}module n 'n.bicep' = {{ name: 'n' }}\n");
    assert_eq!(pairs(&two, &[module, other]), [("m".to_owned(), "n".to_owned())]);
}

/// A loop of six gateways in batches, some elements of which write the hub.
fn batches(size: u32, writers: &str, deployed: &str) -> bool {
    race(&format!(
        "{HUB}@batchSize({size})
resource a 'Microsoft.Network/vpnGateways@2024-05-01' = [for i in range(0, 6): if ({deployed}) {{
  name: 'a${{i}}'
  properties: {{ virtualHub: {{ id: contains({writers}, i) ? hub.id : resourceId('Microsoft.Network/virtualHubs', 'other${{i}}') }} }}
}}]\n"
    ))
}

#[test]
fn batches_are_formed_by_index_whatever_is_deployed() {
    let deployed = "i != 0 && i != 3";
    // {1}, {2}, {4, 5}: elements do not move up into gaps.
    assert!(!batches(2, "[1, 2]", deployed));
    assert!(!batches(2, "[2, 4]", deployed));
    assert!(batches(2, "[4, 5]", deployed));
    assert!(!batches(2, "[2, 3]", deployed));
    assert!(batches(2, "[2, 3]", "i != 0"));
}

#[test]
fn a_loop_waits_for_all_elements_and_an_element_for_its_counterpart() {
    let a = "resource a 'Microsoft.Network/vpnGateways@2024-05-01' = [for i in range(0, 2): {
  name: 'a${i}'
  properties: { virtualHub: { id: i == 0 ? hub.id : other.id } }
}]\n";
    let c = |waits: &str, at: u32| {
        format!(
            "resource c 'Microsoft.Network/expressRouteGateways@2024-05-01' = [for i in range(0, 2): {{
  name: 'c${{i}}'
  properties: {{ virtualHub: {{ id: i == {at} ? hub.id : resourceId('Microsoft.Network/virtualHubs', 'third') }} }}
  dependsOn: [{waits}]
}}]\n"
        )
    };
    let main = |waits, at| format!("{HUB}{a}{}", c(waits, at));
    // Every element waits for all elements.
    assert!(!race(&main("a", 0)) && !race(&main("a", 1)));
    // Each element waits for its own counterpart, and runs in parallel with the other one.
    assert!(!race(&main("a[i]", 0)));
    assert!(race(&main("a[i]", 1)));
}

/// A finding about an order through an `existing` resource has the level of the race that it explains, and never a
/// lower one.
#[test]
fn an_order_through_an_existing_resource_has_the_level_of_its_race() {
    let subnets = "resource net 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: 'net' }
resource one 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { name: 'net/one' }
resource two 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' existing = { name: 'net/one' }
resource three 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { name: 'net/three', dependsOn: [two] }\n";
    let existing = "resource seen 'Microsoft.Network/vpnGateways@2024-05-01' existing = { name: 'a' }\n";
    let table = [
        // Two gateways: the one that waits, and its dependency.
        (between(existing, "seen"), "order-through-existing"),
        (between("", ""), "hub-gateways"),
        (subnets.to_owned(), "order-through-existing"),
        (subnets.replace(", dependsOn: [two]", ""), "parallel-writers"),
    ];
    let found = |text: &str| {
        let mut session = Session::new(Catalog::builtin(), Config::default());
        session.load(Memory::default().with("/main.bicep", text), Roots::named(["/main.bicep"]));
        let report = session.check();
        let [finding] = report.findings.as_slice() else { panic!("{text}: {:?}", report.findings) };
        (finding.rule.to_string(), finding.level)
    };
    let levels = table.iter().map(|(text, rule)| {
        let (found, level) = found(text);
        assert_eq!(found, *rule, "{text}");
        level
    });
    let levels = levels.collect::<Vec<_>>();
    assert_eq!(levels[0], levels[1], "of a hub");
    assert_eq!(levels[0].to_string(), "error");
    assert_eq!(levels[2], levels[3], "of subnets");
}
