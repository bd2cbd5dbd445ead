//! The findings of a root share one plan: a finding that another edit covers says so, and no order is given twice or in
//! both directions.

use std::path::PathBuf;

use bicep_race_lint::Catalog;
use bicep_race_lint::rules::finding::{Edit, Finding, Level};
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::workspace::Memory;

const HUB: &str = "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub' }\n";
const NETWORK: &str =
    "resource net 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: 'net' }\n";

fn findings(text: &str) -> Vec<Finding> {
    let memory = Memory::default().with("/main.bicep", text.to_owned());
    let roots =
        Roots { named: vec![PathBuf::from("/main.bicep")], base: PathBuf::from("/"), ..Roots::default() };
    check(&roots, memory, &Catalog::builtin()).report.findings
}

fn by_rule<'f>(findings: &'f [Finding], rule: &str) -> &'f Finding {
    findings.iter().find(|finding| finding.rule.as_str() == rule).unwrap()
}

fn gateway(symbol: &str, ty: &str) -> String {
    format!(
        "resource {symbol} 'Microsoft.Network/{ty}@2024-05-01' = {{\n  name: '{symbol}'\n  properties: {{ virtualHub: {{ id: hub.id }} }}\n}}\n"
    )
}

/// A connection of the hub, and its routing intent with these dependencies.
fn connection_and_intent(depends_on: &str) -> String {
    format!(
        "resource connection 'Microsoft.Network/virtualHubs/hubVirtualNetworkConnections@2024-05-01' = {{\n  parent: hub\n  \
         name: 'spoke'\n  properties: {{}}\n}}\nresource intent 'Microsoft.Network/virtualHubs/routingIntent@2024-05-01' = {{\n  \
         parent: hub\n  name: 'intent'\n  properties: {{}}\n{depends_on}}}\n"
    )
}

#[test]
fn an_order_from_another_edit_names_that_edit() {
    for ty in ["expressRouteGateways", "vpnGateways", "p2sVpnGateways"] {
        let text = format!(
            "{HUB}{}{}",
            connection_and_intent("  dependsOn: [\n    connection\n  ]\n"),
            gateway("gateway", ty)
        );
        let found = findings(&text);
        let intent = by_rule(&found, "routing-intent-last");
        let expected = "covered by the edit at main.bicep:6: `intent` then waits for `gateway`";
        assert_eq!(intent.help, expected, "{ty}");
        assert!(intent.fix.is_none());
        let connection = by_rule(&found, "parallel-writers");
        assert_eq!(connection.help, "make `connection` wait for `gateway`");
        // The edit names the findings that it serves.
        let serves = &connection.fix.as_ref().unwrap().serves;
        assert!(
            serves.contains(&intent.fingerprint) && serves.contains(&connection.fingerprint),
            "{serves:?}"
        );
    }
}

#[test]
fn a_separate_order_is_a_separate_edit() {
    let alone = "resource intent 'Microsoft.Network/virtualHubs/routingIntent@2024-05-01' = {\n  parent: hub\n  name: 'i'\n}\n";
    let found = findings(&format!("{HUB}{alone}{}", gateway("gateway", "vpnGateways")));
    let intent = by_rule(&found, "routing-intent-last");
    assert_eq!(intent.help, "make `intent` wait for `gateway`");
    assert_eq!(intent.fix.as_ref().unwrap().serves, [intent.fingerprint.as_str()]);
    // With a connection in between, two edits of another finding are sufficient.
    let found = findings(&format!("{HUB}{}{}", connection_and_intent(""), gateway("gateway", "vpnGateways")));
    let expected = "covered by the edits at main.bicep:6 and 11: `intent` then waits for `gateway`";
    assert_eq!(by_rule(&found, "routing-intent-last").help, expected);
}

#[test]
fn writers_that_must_not_wait_for_one_are_named_together() {
    let first = "resource intent 'Microsoft.Network/virtualHubs/routingIntent@2024-05-01' = {\n  parent: hub\n  name: 'i'\n}\n";
    let after = |symbol: &str, ty: &str| {
        gateway(symbol, ty).replace("\n}\n", "\n  dependsOn: [\n    intent\n  ]\n}\n")
    };
    let (vpn, er) = (after("vpn", "vpnGateways"), after("er", "expressRouteGateways"));
    let found = findings(&format!("{HUB}{first}{vpn}{er}"));
    let expected = "by hand: `vpn` and `er` must not wait for `intent`, and edits remove nothing";
    assert_eq!(by_rule(&found, "routing-intent-last").help, expected);
}

/// The labels in the source give the order of the plan, not that of the file.
#[test]
fn the_source_and_the_remedy_give_the_same_order() {
    let peering = |symbol: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/virtualNetworks/virtualNetworkPeerings@2024-05-01' = {{\n  parent: net\n  \
             name: '{symbol}'\n  properties: {{ remoteVirtualNetwork: {{ id: other }} }}\n}}\n"
        )
    };
    let subnet = "resource early 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {\n  parent: net\n  name: 'early'\n  \
                  properties: { addressPrefix: '10.0.0.0/24' }\n}\n";
    for (first, second) in [(peering("one"), subnet.to_owned()), (subnet.to_owned(), peering("one"))] {
        let found = findings(&format!("param other string\n{NETWORK}{first}{second}"));
        let [finding] = &found[..] else { panic!("{found:?}") };
        let &[(early, late)] = &finding.order[..] else { panic!("{:?}", finding.order) };
        let symbol = |ix: usize| &finding.participants[ix].symbol;
        assert_eq!(finding.help, format!("make `{}` wait for `{}`", symbol(late), symbol(early)));
    }
}

#[test]
fn a_dependency_that_is_a_symbol_or_a_condition_is_extended() {
    for (written, mended) in [
        ("zones", "[zones, vpn]"),
        ("private ? zones : []", "private ? [zones, vpn] : [vpn]"),
        ("private ? [\n    zones\n  ] : []", "private ? [\n    zones\n    vpn\n  ] : [vpn]"),
    ] {
        let late = gateway("er", "expressRouteGateways")
            .replace("\n}\n", &format!("\n  dependsOn: {written}\n}}\n"));
        let zones = "resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for i in range(0, 2): {\n  name: 'zone${i}'\n  location: 'global'\n}]\n";
        let text = format!("param private bool\n{HUB}{zones}{}{late}", gateway("vpn", "vpnGateways"));
        let found = findings(&text);
        let fix = by_rule(&found, "hub-gateways").fix.as_ref().unwrap();
        let mut after = text.clone();
        for edit in fix.edits.iter().rev() {
            after.replace_range(edit.place.span.range(), &edit.insert);
        }
        assert_eq!(after, text.replace(&format!("dependsOn: {written}"), &format!("dependsOn: {mended}")));
        assert!(findings(&after).is_empty(), "{after}");
    }
}

#[test]
fn a_chain_is_described_in_one_sentence() {
    let subnets = |names: &[&str]| -> String {
        let subnet = |name: &&str| {
            format!(
                "resource {name} 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {{\n  parent: net\n  name: '{name}'\n}}\n"
            )
        };
        names.iter().map(subnet).collect()
    };
    let help = |names: &[&str]| findings(&format!("{NETWORK}{}", subnets(names)))[0].help.clone();
    assert_eq!(help(&["a", "b"]), "make `b` wait for `a`");
    assert_eq!(help(&["a", "b", "c"]), "make `b` wait for `a`, `c` wait for `b`");
    assert_eq!(help(&["a", "b", "c", "d"]), "make `a`, `b`, `c` and `d` deploy one after the other");
    let many = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    assert_eq!(help(&many), "make 9 declarations deploy one after the other, from `a` to `i`");
}

/// A declaration is edited once, with all its new dependencies.
#[test]
fn an_edit_in_another_finding_is_named() {
    let account = "resource one 'Microsoft.CognitiveServices/accounts@2024-10-01' existing = { name: 'one' }\n\
                   resource two 'Microsoft.CognitiveServices/accounts@2024-10-01' existing = { name: 'two' }\n";
    let model = |symbol: &str, account: &str| {
        format!(
            "resource {symbol} 'Microsoft.CognitiveServices/accounts/deployments@2024-10-01' = {{\n  parent: {account}\n  name: '{symbol}'\n}}\n"
        )
    };
    let text = format!(
        "{account}{}{}resource endpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = {{\n  name: 'e'\n  properties: {{ privateLinkServiceConnections: [ \
         {{ name: 'a', properties: {{ privateLinkServiceId: one.id }} }}, {{ name: 'b', properties: {{ privateLinkServiceId: two.id }} }} ] }}\n}}\n",
        model("first", "one"),
        model("second", "two")
    );
    let found = findings(&text);
    let helps: Vec<&str> = found.iter().map(|finding| finding.help.as_str()).collect();
    let with_edits: Vec<&Finding> = found.iter().filter(|finding| finding.fix.is_some()).collect();
    assert_eq!((found.len(), with_edits.len()), (2, 1), "{helps:?}");
    let whose = "(`second` for another finding of `private-endpoint-and-model-deployments`)";
    assert_eq!(with_edits[0].help, format!("make `endpoints` wait for `first` and `second` {whose}"));
    assert_eq!(with_edits[0].fix.as_ref().unwrap().serves.len(), 2);
    let other = found.iter().find(|finding| finding.fix.is_none()).unwrap();
    assert_eq!(other.help, "make `endpoints` wait for `second`: covered by the edit at main.bicep:14");
}

/// Applies the edits with these places, and all edits of one finding.
fn with_edits(text: &str, found: &[Finding], own: &Finding) -> String {
    let is_wanted = |finding: &Finding, edit: &Edit| {
        finding.fingerprint == own.fingerprint || own.relies_on.contains(&edit.place)
    };
    let of = |finding: &Finding| finding.fix.iter().flat_map(|fix| fix.edits.clone()).collect::<Vec<Edit>>();
    let edits = found.iter().flat_map(|finding| of(finding).into_iter().map(move |edit| (finding, edit)));
    let mut edits: Vec<Edit> =
        edits.filter(|(finding, edit)| is_wanted(finding, edit)).map(|(_, edit)| edit).collect();
    edits.sort_by_key(|edit| edit.place);
    let mut after = text.to_owned();
    for edit in edits.iter().rev() {
        after.replace_range(edit.place.span.range(), &edit.insert);
    }
    after
}

/// The second connection waits for the gateway only through the first, and another finding writes that edge.
#[test]
fn an_edit_that_a_finding_counts_on_is_named_beside_its_own() {
    let connection = |symbol: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/virtualHubs/hubVirtualNetworkConnections@2024-05-01' = {{\n  parent: hub\n  \
             name: '{symbol}'\n  properties: {{}}\n}}\n"
        )
    };
    let text =
        format!("{HUB}{}{}{}", connection("one"), connection("two"), gateway("er", "expressRouteGateways"));
    let found = findings(&text);
    let of = |entry: &str| found.iter().find(|finding| finding.entry.as_deref() == Some(entry)).unwrap();
    let gateways = of("hub-connection-and-gateways");
    assert_eq!(gateways.help, "make `one` wait for `er`, also by the edit at main.bicep:11");
    assert_eq!(gateways.relies_on.len(), 1);
    let after = findings(&with_edits(&text, &found, gateways));
    assert!(after.iter().all(|finding| finding.entry.as_deref() != Some("hub-connection-and-gateways")));
    let connections = found.iter().find(|finding| finding.fingerprint != gateways.fingerprint).unwrap();
    assert_eq!(connections.help, "make `two` wait for `one`");
    assert!(connections.relies_on.is_empty());
    let serves = &connections.fix.as_ref().unwrap().serves;
    assert!(serves.contains(&gateways.fingerprint), "{serves:?}");
}

/// Order passes through what is not deployed. Up to three conditional writers wait for all earlier ones nevertheless.
#[test]
fn many_conditional_writers_become_a_chain() {
    let vault = "resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = { name: 'vault' }\n";
    let key = |symbol: &str| {
        format!(
            "param with_{symbol} bool\nresource {symbol} 'Microsoft.KeyVault/vaults/keys@2023-07-01' = if (with_{symbol}) {{\n  \
             parent: vault\n  name: '{symbol}'\n  properties: {{}}\n}}\n"
        )
    };
    let help = |symbols: &[&str]| {
        let keys: String = symbols.iter().map(|symbol| key(symbol)).collect();
        findings(&format!("{vault}{keys}"))[0].help.clone()
    };
    assert_eq!(help(&["a", "b", "c"]), "make `b` wait for `a`, `c` wait for `a` and `b`");
    assert_eq!(
        help(&["a", "b", "c", "d", "e"]),
        "make `a`, `b`, `c`, `d` and `e` deploy one after the other"
    );
}

#[test]
fn a_writer_after_routing_intent_is_a_note_unless_it_is_the_next_hop() {
    let after = |text: String| text.replace("  properties:", "  dependsOn: [ intent ]\n  properties:");
    let alone = "resource intent 'Microsoft.Network/virtualHubs/routingIntent@2024-05-01' = {\n  parent: hub\n  name: 'i'\n}\n";
    let firewall = "resource fw 'Microsoft.Network/azureFirewalls@2024-05-01' = {\n  name: 'fw'\n  location: 'x'\n  properties: { \
                    sku: { name: 'AZFW_Hub', tier: 'Standard' }, virtualHub: { id: hub.id } }\n}\n";
    let table = [
        (after(gateway("gateway", "vpnGateways")), Level::Note),
        (after(gateway("gateway", "p2sVpnGateways")), Level::Note),
        (after(gateway("gateway", "expressRouteGateways")), Level::Note),
        (after(firewall.to_owned()), Level::Error),
        (gateway("gateway", "vpnGateways"), Level::Error),
        (gateway("one", "vpnGateways") + &after(gateway("two", "expressRouteGateways")), Level::Error),
    ];
    for (text, level) in table {
        let found = findings(&format!("{HUB}{alone}{text}"));
        let intent = by_rule(&found, "routing-intent-last");
        assert_eq!(intent.level, level, "{text}");
        // Writers that run one after the other do not fail for running at once.
        let is_parallel = intent.message.contains("does not wait");
        assert_eq!(intent.explanation.contains("may fail one"), is_parallel, "{}", intent.explanation);
    }
}

/// The edit of one finding orders only some of its pairs: it says where the rest is ordered.
#[test]
fn a_remedy_names_the_edits_of_others_that_it_needs() {
    let peering = |symbol: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/virtualHubs/hubVirtualNetworkConnections@2024-05-01' = {{\n  parent: hub\n  \
             name: '{symbol}'\n}}\n"
        )
    };
    let found =
        findings(&format!("{HUB}{}{}{}", gateway("gateway", "vpnGateways"), peering("one"), peering("two")));
    let told: Vec<(&str, &str)> = found.iter().map(|finding| (finding.id(), finding.help.as_str())).collect();
    for finding in found.iter().filter(|finding| finding.pairs.len() > 1) {
        let help = &finding.help;
        let is_whole = help.contains("covered by")
            || help.contains("also by the edit at")
            || help.matches(" wait for ").count() > 1;
        assert!(is_whole, "{help}\n{told:?}");
    }
    assert!(told.iter().any(|(_, help)| help.contains("also by the edit at")), "{told:?}");
}

/// Settings of a storage account, an endpoint of the account, and one of something else in the same subnet.
const ENDPOINTS: &str = "param subnetId string\n\
    resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {\n  name: 'account'\n  location: 'x'\n  kind: 'StorageV2'\n  \
    sku: { name: 'Standard_LRS' }\n}\n\
    resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {\n  parent: account\n  name: 'default'\n}\n\
    resource one 'Microsoft.Network/privateEndpoints@2024-05-01' = {\n  name: 'one'\n  properties: {\n    subnet: { id: subnetId }\n    \
    privateLinkServiceConnections: [ { name: 'c', properties: { privateLinkServiceId: account.id, groupIds: [ 'blob' ] } } ]\n  }\n}\n\
    resource other 'Microsoft.Network/privateEndpoints@2024-05-01' = {\n  name: 'other'\n  properties: {\n    subnet: { id: subnetId }\n  \
    }\n}\n";

/// The endpoint of the account comes after its settings; that says nothing about another endpoint.
#[test]
fn usual_orders_of_different_objects_are_not_compared() {
    let found = findings(ENDPOINTS);
    let helps: Vec<(&str, &str)> =
        found.iter().filter_map(|finding| Some((finding.entry.as_deref()?, finding.help.as_str()))).collect();
    assert!(helps.contains(&("storage-account-settings", "make `one` wait for `blobs`")), "{helps:?}");
    assert!(helps.contains(&("private-endpoints-in-one-subnet", "make `other` wait for `one`")), "{helps:?}");
}

/// Settings of a site, of which the third is always deployed.
#[test]
fn the_remedy_of_one_row_has_one_form() {
    let site = "resource site 'Microsoft.Web/sites@2024-04-01' existing = { name: 'site' }\n";
    let config = |symbol: &str, name: &str| {
        let (parameter, condition) = match symbol {
            "always" => (String::new(), String::new()),
            _ => (format!("param with_{symbol} bool\n"), format!("if (with_{symbol}) ")),
        };
        format!(
            "{parameter}resource {symbol} 'Microsoft.Web/sites/config@2024-04-01' = {condition}{{\n  parent: site\n  name: '{name}'\n}}\n"
        )
    };
    let names =
        [("a", "logs"), ("b", "web"), ("always", "metadata"), ("c", "authsettingsV2"), ("d", "backup")];
    let text: String = names.iter().map(|(symbol, name)| config(symbol, name)).collect();
    let found = findings(&format!("{site}{text}"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].help, "make `a`, `b`, `always`, `c` and `d` deploy one after the other");
    let orders: Vec<&str> =
        found[0].fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.order.as_str()).collect();
    let expected =
        ["`b` waits for `a`", "`always` waits for `b`", "`c` waits for `always`", "`d` waits for `c`"];
    assert_eq!(orders, expected);
}

/// A subnet that is written again after a gateway, and a machine in it that need not wait that long.
#[test]
fn what_is_there_already_need_not_be_waited_for() {
    let text = |listed: &str| {
        format!(
            "resource net 'Microsoft.Network/virtualNetworks@2024-05-01' = {{\n  name: 'net'\n  properties: {{ subnets: [ {listed} ] }}\n}}\n\
             resource gateway 'Microsoft.Network/virtualNetworkGateways@2024-05-01' = {{\n  name: 'gateway'\n  properties: {{ \
             ipConfigurations: [ {{ properties: {{ subnet: {{ id: '${{net.id}}/subnets/GatewaySubnet' }} }} }} ] }}\n}}\n\
             resource routed 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {{\n  parent: net\n  name: 'work'\n  properties: \
             {{ addressPrefix: '10.0.0.0/24', routeTable: {{ id: 'x' }} }}\n  dependsOn: [ gateway ]\n}}\n\
             resource card 'Microsoft.Network/networkInterfaces@2024-05-01' = {{\n  name: 'card'\n  properties: {{ ipConfigurations: [ {{ \
             properties: {{ subnet: {{ id: '${{net.id}}/subnets/work' }} }} }} ] }}\n}}\n"
        )
    };
    let help = |listed: &str| {
        let found = findings(&text(listed));
        let of = found.iter().find(|finding| finding.entry.as_deref() == Some("subnet-and-its-users"));
        of.map(|finding| finding.help.clone()).unwrap_or_default()
    };
    let work = "{ name: 'Work', properties: { addressPrefix: '10.0.0.0/24' } }";
    assert_eq!(help(work), "make `routed` wait for `card`");
    // Without it, the card cannot be created before the subnet.
    assert_eq!(help("{ name: 'other' }"), "make `card` wait for `routed`");
}

/// Each instance writes what another one has locked.
#[test]
fn no_batch_helps_against_a_lock_of_each_instance() {
    let module = "param name string\nresource ip 'Microsoft.Network/publicIPAddresses@2024-05-01' existing = { name: 'ip' }\n\
                  resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = { scope: ip, name: guid(name), properties: {} }\n\
                  resource lock 'Microsoft.Authorization/locks@2020-05-01' = {\n  scope: ip\n  name: 'lock-${name}'\n  properties: { level: \
                  'ReadOnly' }\n  dependsOn: [ role ]\n}\n";
    let main = "param names array\nmodule each 'm.bicep' = [for name in names: { name: 'each-${name}', params: { name: name } }]\n";
    let memory = Memory::default().with("/main.bicep", main.to_owned()).with("/m.bicep", module.to_owned());
    let roots =
        Roots { named: vec![PathBuf::from("/main.bicep")], base: PathBuf::from("/"), ..Roots::default() };
    let found = check(&roots, memory, &Catalog::builtin()).report.findings;
    let locks: Vec<(&str, &str)> = found
        .iter()
        .filter(|finding| finding.entry.as_deref() == Some("read-only-lock"))
        .map(|finding| (finding.rule.as_str(), finding.help.as_str()))
        .collect();
    let help = "give each instance of `each` a public IP address of its own: one after the other they fail for certain";
    assert_eq!(locks, [("parallel-loop", help)]);
}
