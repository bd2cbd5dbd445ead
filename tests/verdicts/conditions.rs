//! Entries that only apply under conditions, and levels from a configuration.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bicep_race_lint::Catalog;
use bicep_race_lint::level::Level;
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::workspace::Memory;

/// The entries with findings in a template, with their levels.
fn found_in(files: &[(&str, &str)], catalog: &Catalog) -> BTreeSet<(String, Level)> {
    let memory =
        files.iter().fold(Memory::default(), |memory, &(path, text)| memory.with(path, text.to_owned()));
    let roots =
        Roots { named: vec![PathBuf::from(files[0].0)], base: PathBuf::from("/"), ..Roots::default() };
    let report = check(&roots, memory, catalog).report;
    report.findings.into_iter().filter_map(|finding| Some((finding.entry?, finding.level))).collect()
}

fn found(template: &str) -> BTreeSet<(String, Level)> {
    found_in(&[("/main.bicep", template)], &Catalog::builtin())
}

fn expected(all: &[(&str, Level)]) -> BTreeSet<(String, Level)> {
    all.iter().map(|&(id, level)| (id.to_owned(), level)).collect()
}

fn extension(symbol: &str, kind: &str, more: &str) -> String {
    format!(
        "resource {symbol} 'Microsoft.Compute/virtualMachines/extensions@2024-07-01' = {{\n  name: 'vm/{symbol}'\n  \
         properties: {{ publisher: 'P', type: {kind} }}\n{more}}}\n"
    )
}

#[test]
fn an_extension_that_surely_restarts_the_machine_has_a_higher_level() {
    let script = extension("script", "'CustomScriptExtension'", "");
    let with = |kind: &str| found(&format!("param kind string\n{script}{}", extension("other", kind, "")));
    let restart = expected(&[("machine-extensions-and-restart", Level::Warning)]);
    let plain = expected(&[("machine-extensions", Level::Note)]);
    for kind in ["'JsonADDomainExtension'", "'jsonaddomainextension'", "'AzureDiskEncryption'"] {
        assert_eq!(with(kind), restart, "{kind}");
    }
    for kind in ["'AADLoginForWindows'", "'IaaSAntimalware'", "kind", "'${kind}Extension'"] {
        assert_eq!(with(kind), plain, "{kind}");
    }
    let ordered = extension("other", "'JsonADDomainExtension'", "  dependsOn: [script]\n");
    assert_eq!(found(&format!("{script}{ordered}")), expected(&[]));
}

/// Arguments of a call are known values.
#[test]
fn a_caller_may_decide_the_kind_of_an_extension() {
    let module = format!(
        "param kind string\n{}{}",
        extension("script", "'CustomScriptExtension'", ""),
        extension("other", "kind", "")
    );
    for (kind, id, level) in [
        ("JsonADDomainExtension", "machine-extensions-and-restart", Level::Warning),
        ("MicrosoftMonitoringAgent", "machine-extensions", Level::Note),
    ] {
        let main = format!("module m 'm.bicep' = {{\n  params: {{ kind: '{kind}' }}\n}}\n");
        let found = found_in(&[("/main.bicep", &main), ("/m.bicep", &module)], &Catalog::builtin());
        assert_eq!(found, expected(&[(id, level)]), "{kind}");
    }
}

fn peering(uses: &str) -> BTreeSet<(String, Level)> {
    found(&format!(
        "param uses bool\nresource gateway 'Microsoft.Network/virtualNetworkGateways@2024-05-01' = {{\n  name: 'g'\n  properties: {{ \
         ipConfigurations: [ {{ properties: {{ subnet: {{ id: resourceId('Microsoft.Network/virtualNetworks/subnets', 'hub', \
         'GatewaySubnet') }} }} }} ] }}\n}}\nresource peering 'Microsoft.Network/virtualNetworks/virtualNetworkPeerings@2024-05-01' = \
         {{\n  name: 'spoke/hub'\n  properties: {{ {uses} remoteVirtualNetwork: {{ id: \
         resourceId('Microsoft.Network/virtualNetworks', 'hub') }} }}\n}}\n"
    ))
}

#[test]
fn a_peering_that_surely_uses_the_gateway_has_a_higher_level() {
    let warning = expected(&[("vnet-gateway-and-its-users", Level::Warning)]);
    assert_eq!(peering("useRemoteGateways: true,"), warning);
    assert_eq!(peering("UseRemoteGateways: true,"), warning);
    let note = expected(&[("vnet-gateway-and-peerings", Level::Note)]);
    for uses in ["", "useRemoteGateways: false,", "useRemoteGateways: uses,", "allowGatewayTransit: true,"] {
        assert_eq!(peering(uses), note, "{uses}");
    }
}

fn backends(second: &str) -> BTreeSet<(String, Level)> {
    found(&format!(
        "param pool object?\nresource one 'Microsoft.ApiManagement/service/backends@2024-05-01' = {{\n  name: 's/one'\n  properties: {{ \
         url: 'https://one.example' }}\n}}\nresource two 'Microsoft.ApiManagement/service/backends@2024-05-01' = {{\n  name: 's/two'\n  \
         properties: {{ {second} }}\n}}\n"
    ))
}

#[test]
fn backends_are_ordered_only_for_a_pool() {
    let note = expected(&[("api-management-order", Level::Note)]);
    let pool = |name: &str| {
        format!(
            "type: 'Pool', pool: {{ services: [ {{ id: resourceId('Microsoft.ApiManagement/service/backends', 's', '{name}') }} ] }}"
        )
    };
    assert_eq!(backends(&pool("one")), note);
    // A pool has to do only with the backends that it lists.
    let (other, empty) = (pool("other"), "type: 'Pool', pool: { services: [] }");
    for second in [&other, empty, "url: 'https://two.example'", "type: 'Single'", "pool: pool"] {
        assert_eq!(backends(second), expected(&[]), "{second}");
    }
}

/// A logger with these credentials, and a named value.
fn logger(credentials: &str, name: &str) -> BTreeSet<(String, Level)> {
    found(&format!(
        "param key string\nresource logger 'Microsoft.ApiManagement/service/loggers@2024-05-01' = {{\n  name: 's/l'\n  properties: {{ \
         loggerType: 'applicationInsights', credentials: {{ {credentials} }} }}\n}}\n\
         resource value 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = {{\n  name: 's/v'\n  properties: {{ \
         displayName: {name}, value: 'x' }}\n}}\n"
    ))
}

#[test]
fn loggers_are_ordered_only_after_the_value_that_they_name() {
    let note = expected(&[("api-management-order", Level::Note)]);
    let named = ["instrumentationKey: '{{Key-1}}'", "connectionString: '{{key-1}}'"];
    for credentials in named {
        assert_eq!(logger(credentials, "'key-1'"), note, "{credentials}");
        assert_eq!(logger(credentials, "'key-2'"), expected(&[]), "{credentials}");
    }
    assert_eq!(logger("instrumentationKey: '{{k-${key}}}'", "'k-${key}'"), note);
    for credentials in ["", "instrumentationKey: key", "instrumentationKey: 'key-1'"] {
        assert_eq!(logger(credentials, "'key-1'"), expected(&[]), "{credentials}");
    }
}

#[test]
fn diagnostic_settings_are_ordered_only_after_their_logger() {
    let of = |id: &str| {
        found(&format!(
            "resource logger 'Microsoft.ApiManagement/service/loggers@2024-05-01' = {{\n  name: 's/l'\n  properties: {{ loggerType: \
             'azureMonitor' }}\n}}\nresource d 'Microsoft.ApiManagement/service/diagnostics@2024-05-01' = {{\n  name: 's/d'\n  \
             properties: {{ loggerId: {id} }}\n}}\n"
        ))
    };
    let text = |name: &str| format!("resourceId('Microsoft.ApiManagement/service/loggers', 's', '{name}')");
    assert_eq!(of(&text("l")), expected(&[("api-management-order", Level::Note)]));
    assert_eq!(of(&text("other")), expected(&[]));
    assert_eq!(of("logger.id"), expected(&[]));
}

/// A loop of private endpoints, one for each vault.
fn endpoints(vaults: &str, above: &str) -> String {
    format!(
        "param more string[]\n{above}resource e 'Microsoft.Network/privateEndpoints@2024-05-01' = [for v in {vaults}: {{\n  name: v\n  \
         properties: {{ subnet: {{ id: resourceId('Microsoft.Network/virtualNetworks/subnets', 'v', 's') }}, \
         privateLinkServiceConnections: [ {{ properties: {{ privateLinkServiceId: resourceId('Microsoft.KeyVault/vaults', v) }} }} ] }}\n\
         }}]\n"
    )
}

#[test]
fn six_endpoints_in_one_subnet_are_many() {
    let list = |count: usize| {
        format!("[{}]", (0..count).map(|at| format!("'v{at}'")).collect::<Vec<_>>().join(", "))
    };
    let of = |level| expected(&[("private-endpoints-in-one-subnet", level)]);
    for (count, level) in
        [(2, Level::Note), (5, Level::Note), (6, Level::Warning), (20, Level::Warning), (300, Level::Warning)]
    {
        assert_eq!(found(&endpoints(&list(count), "")), of(level), "{count}");
    }
    assert_eq!(found(&endpoints("more", "")), of(Level::Note), "nobody knows how many");
    assert_eq!(found(&endpoints(&list(6), "@batchSize(1)\n")), expected(&[]));
}

/// Six endpoints count as few if at most three of them run at once.
#[test]
fn ordered_endpoints_do_not_overlap() {
    let endpoint = |at: usize| {
        let after = if at >= 3 { format!("  dependsOn: [e{}]\n", at - 3) } else { String::new() };
        endpoints(&format!("['v{at}']"), "")
            .replace("param more string[]\n", "")
            .replace(" e '", &format!(" e{at} '"))
            .replace("]\n", "]")
            .replace("\n}", &format!("\n{after}}}"))
            + "\n"
    };
    let template: String = (0..6).map(endpoint).collect();
    assert_eq!(found(&template), expected(&[("private-endpoints-in-one-subnet", Level::Note)]));
}

#[test]
fn a_changed_level_applies_everywhere() {
    let script = extension("script", "'CustomScriptExtension'", "");
    let join = extension("join", "'JsonADDomainExtension'", "");
    let template = format!("{script}{join}");
    let with = |off: &str, level: Level| {
        let levels = move |entry: &bicep_race_lint::azure::catalog::Entry| match entry.id.as_ref() {
            id if id == off => None,
            "machine-extensions" => Some(level),
            _ => entry.level,
        };
        found_in(&[("/main.bicep", &template)], &Catalog::builtin().with_levels(levels, |_| true))
    };
    let restart = "machine-extensions-and-restart";
    assert_eq!(with("", Level::Note), expected(&[(restart, Level::Warning)]));
    assert_eq!(with("", Level::Error), expected(&[("machine-extensions", Level::Error)]));
    assert_eq!(with(restart, Level::Note), expected(&[("machine-extensions", Level::Note)]));
}
