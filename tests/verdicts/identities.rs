//! One object with many names: ids that are built, split and computed.

use crate::form::{Form, judged};

/// Two gateways, `v` and `e`, each with the id of its hub; `head` contains the declarations that the ids use.
fn gateways(name: &'static str, head: &str, ids: [&str; 2], races: bool) -> Form {
    Form::of_gateways(name, head, ids.map(|id| (None, id)), races)
}

/// An `existing` hub with this name and scope.
fn hub(head: &str, name: &str, scope: &str) -> String {
    format!(
        "{head}\nresource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {{\n  name: {name}\n  scope: {scope}\n}}\n"
    )
}

/// A hub that is declared with parts of an id, and the id itself.
fn by_parts() -> Vec<Form> {
    let group = "resourceGroup(split(hubId, '/')[2], split(hubId, '/')[4])";
    let param = "param hubId string";
    let (last, eighth) = ("last(split(hubId, '/'))", "split(hubId, '/')[8]");
    let resource_id = |name: &str| {
        format!(
            "resourceId(split(hubId, '/')[2], split(hubId, '/')[4], 'Microsoft.Network/virtualHubs', {name})"
        )
    };
    let form = |name, head: &str, ids: [&str; 2], races| gateways(name, head, ids, races);
    // One hub by the last segment of the id, and one by the ninth.
    let two = |param: &str, scope: &str, other: &str| {
        hub(param, last, scope) + &hub("", eighth, other).replace("resource hub", "resource same")
    };
    vec![
        form("parts-and-whole", &hub(param, last, group), ["hub.id", "hubId"], true),
        form("parts-by-number-and-whole", &hub(param, eighth, group), ["hub.id", "hubId"], true),
        form("parts-by-resource-id", param, [&resource_id(last), "hubId"], true),
        form("parts-in-two-ways", &hub(param, last, group), ["hub.id", &resource_id(eighth)], true),
        form("parts-from-the-end", &hub(param, "split(hubId, '/')[^1]", group), ["hub.id", "hubId"], true),
        form(
            "parts-by-variables",
            &hub(
                "param hubId string\nvar parts = split(hubId, '/')",
                "parts[8]",
                "resourceGroup(parts[2], parts[4])",
            ),
            ["hub.id", "hubId"],
            true,
        ),
        form(
            "parts-of-a-property",
            &hub(
                "param config object",
                "last(split(config.hub.id, '/'))",
                "resourceGroup(split(config.hub.id, '/')[2], split(config.hub.id, '/')[4])",
            ),
            ["hub.id", "config.hub.id"],
            true,
        ),
        form(
            "parts-in-another-group",
            &hub(param, last, "resourceGroup('other')"),
            ["hub.id", "hubId"],
            false,
        ),
        form(
            "parts-of-two",
            &hub("param hubId string\nparam otherId string", "last(split(otherId, '/'))", group),
            ["hub.id", "hubId"],
            false,
        ),
        form(
            "parts-in-the-group-alone",
            &hub(param, eighth, "resourceGroup(split(hubId, '/')[4])"),
            ["hub.id", "hubId"],
            true,
        ),
        form(
            "parts-in-two-ways-in-one-group",
            &two(param, "resourceGroup('other')", "resourceGroup('other')"),
            ["hub.id", "same.id"],
            true,
        ),
        form(
            "parts-in-two-ways-in-the-own-group",
            &two(param, "resourceGroup()", "resourceGroup()"),
            ["hub.id", "same.id"],
            true,
        ),
        form(
            "parts-in-two-ways-in-two-groups",
            &two(param, "resourceGroup('other')", "resourceGroup('another')"),
            ["hub.id", "same.id"],
            false,
        ),
        form("last-part-in-the-own-group", &hub(param, last, "resourceGroup()"), ["hub.id", "hubId"], false),
        form("wrong-parts", &hub(param, "split(hubId, '/')[4]", group), ["hub.id", "hubId"], false),
    ]
}

/// A network that is named by parts of a subnet's id.
fn network_by_parts() -> Vec<Form> {
    let form = |name, vnet: &str, subnet: &str, races| {
        let main = format!(
            "param subnetId string\nresource net 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {{\n  name: {vnet}\n  scope: \
             resourceGroup(split(subnetId, '/')[2], split(subnetId, '/')[4])\n}}\n\
             module other 'subnet.bicep' = {{\n  name: 'other'\n  scope: resourceGroup(split(subnetId, '/')[2], split(subnetId, '/')[4])\n  \
             params: {{ network: net.name }}\n}}\n\
             resource bastion 'Microsoft.Network/bastionHosts@2024-05-01' = {{\n  name: 'bastion'\n  location: 'westeurope'\n  \
             properties: {{ ipConfigurations: [ {{ name: 'c', properties: {{ subnet: {{ id: {subnet} }} }} }} ] }}\n}}\n"
        );
        let subnet = "param network string\nresource net 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {\n  name: network\n}\n\
                      resource more 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {\n  parent: net\n  name: 'more'\n  \
                      properties: { addressPrefix: '10.0.1.0/24' }\n}\n";
        let files = vec![("main.bicep", main), ("subnet.bicep", subnet.to_owned())];
        Form { name, root: "main.bicep", files, pair: ["bastion", "other"], races }
    };
    vec![
        form("network-of-a-subnet", "split(subnetId, '/')[8]", "subnetId", true),
        form(
            "network-of-its-subnet",
            "split(subnetId, '/')[8]",
            "'${net.id}/subnets/AzureBastionSubnet'",
            true,
        ),
        form("another-network", "'another'", "subnetId", false),
    ]
}

/// Parts of the ids of the deployment's own scopes.
fn own_scopes() -> Vec<Form> {
    let own = "resourceId('Microsoft.Network/virtualHubs', 'hub')";
    let by = |subscription: &str, group: &str| {
        format!("resourceId({subscription}, {group}, 'Microsoft.Network/virtualHubs', 'hub')")
    };
    let (of_group, of_subscription) = ("split(resourceGroup().id, '/')", "split(subscription().id, '/')");
    let form = |name, id: String, races| gateways(name, "", [own, &id], races);
    vec![
        form("group-by-its-id", by(&format!("{of_group}[2]"), &format!("{of_group}[4]")), true),
        form("group-by-the-end-of-its-id", by(&format!("{of_group}[2]"), &format!("last({of_group})")), true),
        form("subscription-by-its-id", by(&format!("{of_subscription}[2]"), "resourceGroup().name"), true),
        form("subscription-by-the-end", by(&format!("last({of_subscription})!"), "resourceGroup().name"), true),
        form("subscription-from-the-end", by(&format!("{of_subscription}[^1]"), "resourceGroup().name"), true),
        form(
            "by-parts-joined-again",
            "join(concat(split(resourceGroup().id, '/'), [ 'providers', 'Microsoft.Network', 'virtualHubs', 'hub' ]), '/')"
                .to_owned(),
            true,
        ),
        form(
            "by-the-id-of-a-group-of-the-subscription",
            by("split('${subscription().id}/resourceGroups/x', '/')[2]", "resourceGroup().name"),
            true,
        ),
        form("another-piece", by(&format!("{of_group}[2]"), &format!("{of_group}[3]")), false),
        form("as-text", "'${resourceGroup().id}/providers/Microsoft.Network/virtualHubs/hub'".to_owned(), true),
        form("as-text-in-capitals", "'${resourceGroup().id}/PROVIDERS/microsoft.network/VirtualHubs/HUB'".to_owned(), true),
        form(
            "as-text-of-several-lines",
            "$'''${resourceGroup().id}/providers/Microsoft.Network/virtualHubs/hub'''".to_owned(),
            true,
        ),
        form(
            "formatted",
            "format('{0}/providers/Microsoft.Network/virtualHubs/{1}', resourceGroup().id, 'hub')".to_owned(),
            true,
        ),
        form(
            "concatenated",
            "concat(subscription().id, '/resourceGroups/', resourceGroup().name, '/providers/Microsoft.Network/virtualHubs/', 'hub')"
                .to_owned(),
            true,
        ),
        form(
            "with-a-token-replaced",
            "replace('${resourceGroup().id}/providers/Microsoft.Network/virtualHubs/h@b', '@', 'u')".to_owned(),
            true,
        ),
        form(
            "with-another-token-replaced",
            "replace('${resourceGroup().id}/providers/Microsoft.Network/virtualHubs/h@b', '@', 'a')".to_owned(),
            false,
        ),
    ]
}

/// Computed names of children.
fn names() -> Vec<Form> {
    let form = |name, names: [&str; 2], races| {
        let subnet = |symbol: &str, name: &str| {
            format!(
                "resource {symbol} 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {{\n  name: {name}\n  properties: {{ \
                 addressPrefix: '10.0.0.0/24' }}\n}}\n"
            )
        };
        let main = format!(
            "param net string\nparam other string\nparam env string\n{}{}",
            subnet("a", names[0]),
            subnet("b", names[1])
        );
        Form { name, root: "main.bicep", files: vec![("main.bicep", main)], pair: ["a", "b"], races }
    };
    vec![
        form("replaced", ["replace('${net}/a', '@env', env)", "replace('${net}/b', '@env', env)"], true),
        form(
            "replaced-by-a-letter",
            ["replace('${net}/a', '_', '-')", "replace('${net}/b', '_', '-')"],
            true,
        ),
        form(
            "replaced-twice",
            [
                "replace(replace('${net}/a', '@env', env), '@n', '1')",
                "replace(replace('${net}/b', '@env', env), '@n', '1')",
            ],
            true,
        ),
        form("replaced-in-the-child", ["'${net}/${replace('a@', '@', env)}'", "'${net}/b'"], true),
        form(
            "replaced-in-lower-case",
            ["toLower(replace('${net}/A', '@env', env))", "toLower(replace('${net}/B', '@env', env))"],
            true,
        ),
        form(
            "replaced-in-parts",
            ["'${replace(net, '@env', env)}/a'", "replace('${net}/b', '@env', env)"],
            true,
        ),
        form(
            "replaced-otherwise",
            ["replace('${net}/a', '@env', env)", "replace('${net}/b', '@env', other)"],
            false,
        ),
        form("replaced-in-one", ["replace('${net}/a', '@env', env)", "'${net}/b'"], false),
        form(
            "of-another-network",
            ["replace('${net}/a', '@env', env)", "replace('${other}/b', '@env', env)"],
            false,
        ),
        form("joined", ["join([ net, 'a' ], '/')", "'${net}/b'"], true),
        form("formatted-name", ["format('{0}/{1}', net, 'a')", "concat(net, '/', 'b')"], true),
    ]
}

/// Nested ARM templates: the meaning of an id without a scope.
fn nested() -> Vec<Form> {
    let form = |name, scope: &str, elsewhere: &str, id: &str, races| {
        let gateway = |ty: &str, name: &str, id: &str| {
            format!(
                "{{ \"type\": \"Microsoft.Network/{ty}\", \"apiVersion\": \"2024-01-01\", \"location\": \"westeurope\", \"name\": \"{name}\", \
                 \"properties\": {{ \"virtualHub\": {{ \"id\": \"[{id}]\" }} }} }}"
            )
        };
        let schema = "\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", \
                      \"contentVersion\": \"1.0.0.0\"";
        let inner = gateway("vpnGateways", "v", id);
        let own = gateway("expressRouteGateways", "e", "resourceId('Microsoft.Network/virtualHubs', 'hub')");
        let text = format!(
            "{{ {schema}, \"resources\": [ {{ \"type\": \"Microsoft.Resources/deployments\", \"apiVersion\": \"2022-09-01\", \"name\": \
             \"d\", {elsewhere} \"properties\": {{ \"mode\": \"Incremental\", \"expressionEvaluationOptions\": {{ \"scope\": \"{scope}\" }}, \
             \"template\": {{ {schema}, \"resources\": [ {inner} ] }} }} }}, {own} ] }}"
        );
        let pair = ["Microsoft.Network/expressRouteGateways e", "Microsoft.Resources/deployments d"];
        Form { name, root: "main.json", files: vec![("main.json", text)], pair, races }
    };
    let own = "resourceId('Microsoft.Network/virtualHubs', 'hub')";
    let group = "\"resourceGroup\": \"other\",";
    let subscription =
        "\"subscriptionId\": \"00000000-0000-0000-0000-000000000001\", \"resourceGroup\": \"other\",";
    let by_group = "resourceId(resourceGroup().name, 'Microsoft.Network/virtualHubs', 'hub')";
    let of_other = "resourceId('other', 'Microsoft.Network/virtualHubs', 'hub')";
    let as_text = "concat(resourceGroup().id, '/providers/Microsoft.Network/virtualHubs/hub')";
    vec![
        form("outer", "outer", group, own, true),
        form("outer-in-another-subscription", "outer", subscription, own, true),
        form("outer-by-group", "outer", subscription, by_group, true),
        form("outer-as-text", "outer", group, as_text, true),
        form("outer-of-the-other-group", "outer", group, of_other, false),
        form("inner", "inner", group, own, false),
        form("inner-here", "inner", "", own, true),
        form("outer-here", "outer", "", own, true),
    ]
}

#[test]
fn one_object_has_many_names() {
    let forms: Vec<Form> = by_parts()
        .into_iter()
        .chain(network_by_parts())
        .chain(own_scopes())
        .chain(names())
        .chain(nested())
        .collect();
    judged(&forms);
}
