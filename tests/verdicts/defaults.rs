//! Two objects that are the same if parameters of the root keep their defaults.

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::config::Config;
use bicep_race_lint::rules::finding::{Confidence, Finding};
use bicep_race_lint::session::{Roots, Session};
use bicep_race_lint::workspace::Memory;

/// A subnet in a network of its resource group.
const SUBNET: &str = "param net string
param name string
resource subnet 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {
  name: '${net}/${name}'
  properties: { addressPrefix: '10.0.1.0/24' }
}
";

/// A call that deploys a subnet into a network.
fn call(symbol: &str, scope: &str, net: &str) -> String {
    let scope = if scope.is_empty() { String::new() } else { format!("  scope: {scope}\n") };
    format!(
        "module {symbol} 'subnet.bicep' = {{\n  name: '{symbol}'\n{scope}  params: {{ net: {net}, name: '{symbol}' }}\n}}\n"
    )
}

/// The findings of the subnet entry; the first file is the root.
fn found(files: &[(&str, String)]) -> Vec<Finding> {
    let memory =
        files.iter().fold(Memory::default(), |memory, (path, text)| memory.with(*path, text.as_str()));
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(memory.with("subnet.bicep", SUBNET), Roots::named([files[0].0]));
    let report = session.check();
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    report
        .findings
        .iter()
        .filter(|finding| finding.entry.as_deref() == Some("vnet-subnets"))
        .cloned()
        .collect()
}

fn of_root(text: String) -> Vec<Finding> {
    found(&[("main.bicep", text)])
}

/// The assumptions of the only finding, which has a lower level because of them.
fn assumed(findings: &[Finding]) -> Vec<(&str, &str)> {
    let [finding] = findings else { panic!("{findings:?}") };
    assert_eq!((finding.level.as_str(), finding.confidence), ("warning", Confidence::Inferred));
    assert!(finding.message.ends_with(", with default values"), "{}", finding.message);
    finding.assumes.iter().map(|assumed| (assumed.parameter.as_str(), assumed.value.as_str())).collect()
}

/// Asserts that the only finding assumes nothing.
fn proven(findings: &[Finding]) {
    let [finding] = findings else { panic!("{findings:?}") };
    assert_eq!((finding.level.as_str(), finding.confidence), ("error", Confidence::Proven));
    assert!(finding.assumes.is_empty() && !finding.message.contains("default"), "{}", finding.message);
}

#[test]
fn a_default_group_is_the_own_group() {
    let text = "param net string\nparam rg string = resourceGroup().name\n".to_owned();
    let findings = of_root(text + &call("a", "resourceGroup(rg)", "net") + &call("b", "", "net"));
    assert_eq!(assumed(&findings), [("rg", "resourceGroup().name")]);
    assert_eq!(findings[0].when.as_deref(), Some("`rg` is `resourceGroup().name`"));
}

#[test]
fn a_default_name_equals_the_literal_name() {
    let text = "param net string = 'hub-net'\n".to_owned();
    let findings = of_root(text + &call("a", "", "net") + &call("b", "", "'hub-net'"));
    assert_eq!(assumed(&findings), [("net", "'hub-net'")]);
}

#[test]
fn two_parameters_may_be_needed() {
    let text = "param net string\nparam rg string = resourceGroup().name\nparam id string = subscription().subscriptionId\n";
    let findings =
        of_root(text.to_owned() + &call("a", "resourceGroup(id, rg)", "net") + &call("b", "", "net"));
    assert_eq!(assumed(&findings), [("rg", "resourceGroup().name"), ("id", "subscription().subscriptionId")]);
}

#[test]
fn a_default_may_name_another_parameter() {
    let text = "param prefix string\nparam net string = '${prefix}-net'\n".to_owned();
    let findings = of_root(text + &call("a", "", "net") + &call("b", "", "'${prefix}-net'"));
    assert_eq!(assumed(&findings), [("net", "'${prefix}-net'")]);
}

#[test]
fn a_condition_stays_a_condition() {
    let text = "param on bool = false\nparam net string\nparam rg string = resourceGroup().name\n".to_owned();
    let b = call("b", "", "net").replace("= {", "= if (on) {");
    let findings = of_root(text + &call("a", "resourceGroup(rg)", "net") + &b);
    assert_eq!(assumed(&findings), [("rg", "resourceGroup().name")]);
    assert_eq!(findings[0].when.as_deref(), Some("`rg` is `resourceGroup().name` and `on` is true"));
}

#[test]
fn elements_of_a_default_list_may_be_one() {
    let text = "param net string\nparam items array = [ { name: 'a', rg: 'x' }, { name: 'b', rg: 'x' } ]\n\
                module a 'subnet.bicep' = [for item in items: {\n  name: item.name\n  scope: resourceGroup(item.rg)\n  params: { net: \
                net, name: item.name }\n}]\n";
    assert_eq!(assumed(&of_root(text.to_owned())), [("items", "[{ … }, { … }]")]);
    let apart = text.replace("name: 'b', rg: 'x'", "name: 'b', rg: 'y'");
    assert!(of_root(apart).is_empty());
}

#[test]
fn objects_inside_a_module_are_found_too() {
    let text = "param net string\nparam rg string = 'net'\nmodule both 'both.bicep' = {\n  name: 'both'\n  params: { net: net, rg: rg }\n}\n";
    let both = "param net string\nparam rg string\n".to_owned()
        + &call("a", "resourceGroup(rg)", "net")
        + &call("b", "resourceGroup('net')", "net");
    let findings = found(&[("main.bicep", text.to_owned()), ("both.bicep", both)]);
    assert_eq!(assumed(&findings), [("rg", "'net'")]);
}

#[test]
fn two_parameters_with_the_same_default_are_two() {
    let text = "param one string = 'net'\nparam other string = 'net'\n".to_owned();
    assert!(of_root(text + &call("a", "", "one") + &call("b", "", "other")).is_empty());
    let text = "param net string\nparam one string = resourceGroup().name\nparam other string = resourceGroup().name\n".to_owned();
    let (a, b) = (call("a", "resourceGroup(one)", "net"), call("b", "resourceGroup(other)", "net"));
    assert!(of_root(text + &a + &b).is_empty());
}

#[test]
fn an_empty_default_is_not_assumed() {
    let text = "param list array = []\n".to_owned();
    assert!(of_root(text + &call("a", "", "list[0].net") + &call("b", "", "list[1].net")).is_empty());
}

#[test]
fn another_default_is_another_object() {
    let text = "param net string\nparam rg string = 'elsewhere'\n".to_owned();
    assert!(of_root(text + &call("a", "resourceGroup(rg)", "net") + &call("b", "", "net")).is_empty());
}

#[test]
fn a_call_without_an_argument_makes_the_default_a_fact() {
    let main = "module m 'inner.bicep' = {\n  name: 'm'\n  params: { net: 'net' }\n}\n".to_owned();
    let inner = "param net string\nparam rg string = resourceGroup().name\n".to_owned()
        + &call("a", "resourceGroup(rg)", "net")
        + &call("b", "", "net");
    proven(&found(&[("main.bicep", main), ("inner.bicep", inner)]));
}

#[test]
fn a_parameter_file_without_a_value_does_so_too() {
    let main = "param net string\nparam rg string = resourceGroup().name\n".to_owned()
        + &call("a", "resourceGroup(rg)", "net")
        + &call("b", "", "net");
    let given = "using 'main.bicep'\nparam net = 'net'\n";
    proven(&found(&[("dev.bicepparam", given.to_owned()), ("main.bicep", main.clone())]));
    let elsewhere = format!("{given}param rg = 'elsewhere'\n");
    assert!(found(&[("dev.bicepparam", elsewhere), ("main.bicep", main)]).is_empty());
}

#[test]
fn a_race_for_all_values_assumes_nothing() {
    let text = "param net string = 'net'\n".to_owned();
    proven(&of_root(text + &call("a", "", "net") + &call("b", "", "net")));
}
