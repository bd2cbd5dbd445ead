//! New features of Bicep, each with two gateways of one hub: features without influence do not change the verdict, and
//! values that they compute decide conditions.

use crate::form::{Form, judged};

const HUB: &str = "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {\n  name: 'hub'\n}\n";

/// Two gateways, after the declarations in `head`: `v` with decorators, `e` with a condition and more properties.
fn gateways(name: &'static str, head: &str, [decorators, condition, more]: [&str; 3], races: bool) -> Form {
    let condition = if condition.is_empty() { String::new() } else { format!("if ({condition}) ") };
    let text = format!(
        "{head}\n{HUB}{decorators}\nresource v 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: 'v'\n  location: 'x'\n  \
         properties: {{ virtualHub: {{ id: hub.id }} }}\n}}\nresource e 'Microsoft.Network/expressRouteGateways@2024-05-01' = \
         {condition}{{\n  name: 'e'\n  location: 'x'\n  properties: {{ virtualHub: {{ id: hub.id }} }}\n{more}\n}}\n"
    );
    Form { name, root: "main.bicep", files: vec![("main.bicep", text)], pair: ["e", "v"], races }
}

#[test]
fn decorators_of_resources_change_no_race() {
    let decorated = |name, decorators| gateways(name, "", [decorators, "", ""], true);
    judged(&[
        decorated("none", ""),
        decorated("wait-until", "@waitUntil(x => x.properties.routingState == 'Provisioned', 'PT30M')"),
        decorated("only-if-not-exists", "@onlyIfNotExists()"),
        decorated("patch", "@patch()"),
        decorated("several", "@sys.description('x')\n@onlyIfNotExists()\n@waitUntil((x) => true, 'PT1M')"),
        // A decorator that names the other gateway makes it wait, as in the compiler.
        gateways("wait-until-of-the-other", "", ["@waitUntil(x => x.id != e.id, 'PT1M')", "", ""], false),
        gateways("order-in-the-body", "", ["@onlyIfNotExists()", "", "  dependsOn: [ v ]"], false),
    ]);
}

#[test]
fn existing_resources_may_be_tested() {
    let null_hub = |name, conditions: [&str; 2], races| {
        let hub = HUB.replace("resource hub", "@nullIfNotFound()\nresource hub");
        let gateway = |symbol: &str, ty: &str, condition: &str| {
            let condition = if condition.is_empty() { String::new() } else { format!("if ({condition}) ") };
            format!(
                "resource {symbol} 'Microsoft.Network/{ty}@2024-05-01' = {condition}{{\n  name: '{symbol}'\n  location: 'x'\n  \
                 properties: {{ virtualHub: {{ id: hub!.id }} }}\n}}\n"
            )
        };
        let all = [
            hub,
            gateway("v", "vpnGateways", conditions[0]),
            gateway("e", "expressRouteGateways", conditions[1]),
        ];
        Form { name, root: "main.bicep", files: vec![("main.bicep", all.concat())], pair: ["e", "v"], races }
    };
    let written = |name, conditions: [&str; 2], races| {
        let mut form = null_hub(name, conditions, races);
        let id = "id: resourceId('Microsoft.Network/virtualHubs', 'hub')";
        form.files[0].1 = form.files[0].1.replace("id: hub!.id", id);
        form
    };
    judged(&[
        gateways(
            "this-exists",
            "",
            ["", "", "  tags: this.exists() ? this.existingResource()!.tags : {}"],
            true,
        ),
        gateways(
            "this-in-a-condition-of-a-value",
            "",
            ["", "", "  zones: this.exists() ? [] : [ '1' ]"],
            true,
        ),
        null_hub("perhaps-null", ["", ""], true),
        null_hub("where-it-is-there", ["hub != null", "hub != null"], true),
        null_hub("where-it-is-there-or-not", ["hub != null", "hub == null"], false),
        null_hub("where-its-id-is-there", ["hub.?id != null", ""], true),
        written("where-it-is-not", ["hub == null", ""], true),
        written("where-it-is-not-by-its-id", ["", "hub.?id == null"], true),
        written("where-it-is-not-for-both", ["hub == null", "!(hub != null)"], true),
        written("where-it-is-or-not", ["hub == null", "hub != null"], false),
        written("by-its-id-or-not", ["hub == null", "hub.?id != null"], false),
    ]);
}

#[test]
fn extensions_types_and_tests_are_skipped() {
    let headed = |name, head| gateways(name, head, ["", "", ""], true);
    judged(&[
        headed("extension", "extension kubernetes with {\n  namespace: 'x'\n  kubeConfig: 'y'\n} as k8s"),
        headed(
            "types",
            "type size = 'a' | 'b'\n@validate(x => x > 1, 'more')\nparam n int = 2\nvar t string[] = [ 'a' ]",
        ),
        headed("derived-types", "param p resourceInput<'Microsoft.Storage/storageAccounts@2024-01-01'>.sku?"),
        headed("tests", "assert a = 1 == 1"),
        headed("many-dollars", "var m = $$'''a ${b} $${1} c'''"),
        gateways(
            "function-of-a-type",
            "type cfg = { on: bool }\nfunc f(c cfg) bool => c.on",
            ["", "f({ on: true })", ""],
            true,
        ),
        gateways(
            "function-of-a-type-off",
            "type cfg = { on: bool }\nfunc f(c cfg) bool => c.on",
            ["", "f({ on: false })", ""],
            false,
        ),
        gateways(
            "function-of-a-list-of-a-type",
            "type cfg = { on: bool }\nfunc f(c cfg[]) bool => first(c)!.on",
            ["", "f([ { on: false }, { on: true } ])", ""],
            false,
        ),
    ]);
}

#[test]
fn a_module_needs_no_name_and_may_configure_extensions() {
    let inner = "extension kubernetes as k8s\nparam id string\nresource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {\n  \
                 name: 'er'\n  location: 'x'\n  properties: { virtualHub: { id: id } }\n}\n";
    let form = |name, more: &str, races| {
        let main = format!(
            "{HUB}resource v 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: 'v'\n  location: 'x'\n  properties: {{ \
             virtualHub: {{ id: hub.id }} }}\n}}\nmodule m 'inner.bicep' = {{\n  params: {{ id: hub.id }}\n{more}}}\n"
        );
        let files = vec![("main.bicep", main), ("inner.bicep", inner.to_owned())];
        Form { name, root: "main.bicep", files, pair: ["m", "v"], races }
    };
    judged(&[
        form("no-name", "", true),
        form("configuration", "  extensionConfigs: { k8s: { namespace: 'x' } }\n", true),
        form("configuration-by-another", "  extensionConfigs: { k8s: { namespace: v.name } }\n", false),
        form("order", "  dependsOn: [ v ]\n", false),
    ]);
}

#[test]
fn functions_of_constants_decide_conditions() {
    let under = |name, condition: &str, races| gateways(name, "", ["", condition, ""], races);
    judged(&[
        under("like", "like('prod-weu', 'prod*')", true),
        under("unlike", "!like('prod-weu', 'prod*')", false),
        under("like-in-any-case", "!like('PROD-weu', 'prod*')", false),
        under("like-in-the-middle", "like('a-b-c', 'a*x*c')", false),
        under("distinct", "length(distinct([ 'a', 'a' ])) == 1", true),
        under("distinct-by-case", "length(distinct([ 'a', 'A', 'a' ])) == 3", false),
        under("host-of-an-address", "parseUri('https://h/p').host == 'h'", true),
        under("path-of-an-address", "parseUri('https://h/p').path == '/q'", false),
        under(
            "built-address",
            "buildUri({ scheme: 'https', host: 'h', path: '/p' }) != 'https://h/p'",
            false,
        ),
        under("subnet", "cidrSubnet('10.0.0.0/16', 24, 1) == '10.0.1.0/24'", true),
        under("another-subnet", "cidrSubnet('10.0.0.0/16', 24, 2) == '10.0.1.0/24'", false),
        under("host", "cidrHost('10.0.0.0/24', 4) != '10.0.0.5'", false),
        under("netmask", "parseCidr('10.0.0.0/20').netmask == '255.255.255.0'", false),
    ]);
}

#[test]
fn placement_belongs_to_the_body() {
    let form = |name, placement: &str, races| gateways(name, "", ["", "", placement], races);
    judged(&[
        form("automatic", "  placement: { zonePlacementPolicy: 'Auto' }", true),
        form("zones", "  placement: { zonePlacementPolicy: 'Auto', includeZones: [ '1', '2' ] }", true),
        form("empty", "  placement: {}", true),
        form("by-another", "  placement: { zonePlacementPolicy: 'Auto', includeZones: [ v.name ] }", false),
    ]);
}
