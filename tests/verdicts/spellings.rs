//! One object in two spellings, one of which contains a parameter or a value that only Azure knows: each row has the
//! two ids that two gateways name.

use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};

use crate::form::{Form, judged};

const HUBS: &str = "'Microsoft.Network/virtualHubs'";
/// A list of two elements, the second of which is there where `on` is true.
const TWO: &str =
    "filter([ { name: 'a', on: true, hub: hubName }, { name: 'b', on: on, hub: otherName } ], x => x.on)";

/// A row: its name and the two spellings. [`HEAD`] has the declarations that they need.
type Row = (&'static str, &'static str, &'static str);

/// Declarations; each row uses some of them. `HUBS` stands for the type of hubs.
const HEAD: &str = "
param hubId string
param otherId string
param hubName string
param otherName string
param n int
param on bool
param left string?
param cfg object
param list array
param other array
param key string
param i int
param obj object
param env string
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: hubName
}
resource lower 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: toLower(hubName)
}
resource here 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: hubName
  scope: resourceGroup(subscription().subscriptionId, resourceGroup().name)
}
resource seen 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {
  name: 'seen'
}
func same(x string) string => x
func suffixed(x string) string => '${x}-x'
";

fn forms(rows: &[Row], races: bool) -> Vec<Form> {
    let form = |&(name, one, other): &Row| {
        let ids = [one, other].map(|id| id.replace("HUBS", HUBS).replace("TWO", TWO));
        Form::of_gateways(name, HEAD, [(None, &ids[0]), (None, &ids[1])], races)
    };
    rows.iter().map(form).collect()
}

/// Texts that are written in another way.
const TEXTS: &[Row] = &[
    ("interpolated", "hubId", "'${hubId}'"),
    ("formatted", "hubId", "format('{0}', hubId)"),
    ("concatenated", "hubId", "concat(hubId)"),
    ("concatenated-with-nothing", "hubId", "concat(hubId, '')"),
    ("as-string", "hubId", "string(hubId)"),
    ("in-lower-case", "hubId", "toLower(hubId)"),
    ("in-upper-case", "hubId", "toUpper(hubId)"),
    ("in-both-cases", "hubId", "toUpper(toLower(hubId))"),
    ("trimmed", "hubId", "trim(hubId)"),
    ("trimmed-name", "resourceId(HUBS, hubName)", "resourceId(HUBS, trim(hubName))"),
    ("trimmed-in-a-text", "hubId", "'${trim(hubId)}'"),
    ("any", "hubId", "any(hubId)"),
    ("asserted", "left!", "left!"),
    ("asserted-interpolated", "left!", "'${left}'"),
    ("by-a-function", "hubId", "same(hubId)"),
    ("namespaced", "hubId", "sys.format('{0}', hubId)"),
    ("coalesced", "hubId", "hubId ?? hubId"),
    ("coalesced-with-another", "hubId", "hubId ?? otherId"),
    ("coalesced-where-it-may-be-missing", "left ?? hubId", "left ?? hubId"),
    ("coalesced-with-two", "left ?? hubId", "left ?? otherId"),
    ("branches-alike", "hubId", "on ? hubId : hubId"),
    ("branches-of-spellings", "hubId", "on ? '${hubId}' : format('{0}', hubId)"),
    ("branch-where-it-is-an-id", "hubId", "contains(hubId, '/') ? hubId : otherId"),
    ("branch-where-it-is-not-empty", "hubId", "empty(hubId) ? '' : hubId"),
    ("split-and-joined", "hubId", "join(split(hubId, '/'), '/')"),
    ("joined-of-one", "hubId", "join([ hubId ], '/')"),
    ("replaced-by-itself", "hubId", "replace(hubId, 'a', 'a')"),
    ("replaced-and-back", "hubId", "replace(hubId, '/providers/', '/providers/')"),
    ("from-the-start", "hubId", "substring(hubId, 0)"),
    ("from-the-start-to-its-length", "hubId", "substring(hubId, 0, length(hubId))"),
    ("all-taken", "hubId", "take(hubId, length(hubId))"),
    ("none-skipped", "hubId", "skip(hubId, 0)"),
    ("encoded-and-decoded", "hubId", "base64ToString(base64(hubId))"),
    ("as-a-uri-and-back", "hubId", "uriComponentToString(uriComponent(hubId))"),
    ("as-data-and-back", "hubId", "dataUriToString(dataUri(hubId))"),
    ("as-json-text", "hubId", "json('\"${hubId}\"')"),
    ("reduced", "hubId", "reduce([ hubId ], '', (a, b) => '${a}${b}')"),
    ("read-at-run-time", "seen.properties.hubId", "'${seen.properties.hubId}'"),
    ("read-by-another-name", "seen.properties.hubId", "seen.properties['hubId']"),
    ("read-by-its-id", "seen.properties.hubId", "reference(seen.id, '2024-05-01').hubId"),
];

/// The element of a list or object with one, that is written out or not known.
const PARTS: &[Row] = &[
    ("first-of-one", "hubId", "first([ hubId ])!"),
    ("last-of-one", "hubId", "last([ otherId, hubId ])!"),
    ("first-of-a-list", "list[0].id", "first(list).id"),
    ("first-of-taken", "list[0].id", "take(list, 1)[0].id"),
    ("first-of-more-taken", "list[1].id", "take(list, 3)[1].id"),
    ("behind-what-is-skipped", "list[1].id", "skip(list, 1)[0].id"),
    ("first-behind-what-is-skipped", "list[2].id", "first(skip(list, 2)).id"),
    ("last-of-a-list", "last(list).id", "list[length(list) - 1].id"),
    ("last-from-the-end", "last(list).id", "list[^1].id"),
    ("last-but-one", "list[^2].id", "list[length(list) - 2].id"),
    ("safely", "list[0].id", "list[?0].?id"),
    ("first-or-nothing", "list[0].id", "(list ?? [])[0].id"),
    ("first-of-a-spread", "list[0].id", "[ ...list ][0].id"),
    ("first-of-a-map", "list[0].id", "map(list, x => x.id)[0]"),
    ("first-of-a-map-of-texts", "list[0].id", "first(map(list, x => '${x.id}'))!"),
    ("last-of-a-map", "last(list).id", "last(map(list, x => x.id))!"),
    ("first-of-a-sorted-one", "hubId", "sort([ hubId ], (a, b) => a < b)[0]"),
    ("first-of-a-flat-list", "hubId", "flatten([ [ hubId ] ])[0]"),
    ("first-of-what-two-have", "hubId", "intersection([ hubId ], [ hubId ])[0]"),
    ("first-of-what-one-has", "hubId", "union([ hubId ], [ hubId ])[0]"),
    ("behind-a-known-element", "list[0].id", "concat([ { id: otherId } ], list)[1].id"),
    ("in-front-of-a-list", "hubId", "concat([ hubId ], list)[0]"),
    ("last-behind-a-list", "hubId", "last(concat(list, [ hubId ]))!"),
    ("of-an-object", "hubId", "{ a: hubId }.a"),
    ("of-a-merged-object", "hubId", "shallowMerge([ { a: otherId }, { a: hubId } ]).a"),
    ("of-mapped-values", "hubId", "mapValues({ a: hubId }, x => x).a"),
    ("of-items", "hubId", "items({ a: hubId })[0].value"),
    ("of-a-made-object", "hubId", "toObject([ hubId ], x => 'a').a"),
    ("of-groups", "hubId", "groupBy([ hubId ], x => 'k').k[0]"),
    ("by-a-key", "cfg.hub.id", "cfg['hub'].id"),
    ("by-safe-access", "cfg.hub.id", "cfg.?hub.?id"),
    ("by-safe-access-asserted", "cfg.hub.id", "cfg.?hub!.id"),
    ("in-another-case", "cfg.hub.id", "cfg.Hub.ID"),
    ("by-a-key-in-another-case", "cfg.hub.id", "cfg['HUB'].id"),
    ("by-safe-access-in-another-case", "cfg.hub.id", "cfg.?HUB.?Id"),
    ("by-a-function-of-objects", "cfg.hub.id", "tryGet(cfg, 'hub', 'id')"),
    ("by-a-key-that-is-given", "cfg[key].id", "cfg['${key}'].id"),
    ("by-a-key-in-lower-case", "cfg[key].id", "cfg[toLower(key)].id"),
    ("by-an-index-that-is-given", "list[i].id", "list[i + 1 - 1].id"),
    ("by-an-index-as-text", "list[i].id", "list[int('${i}')].id"),
    ("of-a-union", "cfg.id", "union(cfg, {}).id"),
    ("of-a-union-with-more", "cfg.id", "union({ a: 1 }, cfg).id"),
    ("of-a-union-with-a-default", "cfg.id", "union({ id: otherId }, cfg).id"),
    ("of-mapped-values-of-an-object", "obj.a.id", "mapValues(obj, x => x.id).a"),
];

/// Names from which an id is built.
const NAMES: &[Row] = &[
    ("of-a-symbol", "resourceId(HUBS, hubName)", "hub.id"),
    ("of-a-symbol-in-lower-case", "resourceId(HUBS, hubName)", "lower.id"),
    ("of-a-symbol-in-the-own-group", "resourceId(HUBS, hubName)", "here.id"),
    ("of-the-name-of-a-symbol", "hub.id", "resourceId(HUBS, hub.name)"),
    ("of-the-end-of-an-id", "hub.id", "resourceId(HUBS, last(split(hub.id, '/')))"),
    ("of-the-type-of-a-symbol", "hub.id", "resourceId(hub.type, hub.name)"),
    (
        "of-the-group-as-text",
        "resourceId(HUBS, hubName)",
        "'${resourceGroup().id}/providers/Microsoft.Network/virtualHubs/${hubName}'",
    ),
    (
        "of-the-group-by-parts",
        "resourceId(HUBS, hubName)",
        "'/subscriptions/${subscription().subscriptionId}/resourceGroups/${resourceGroup().name}/providers/Microsoft.Network/virtualHubs/${hubName}'",
    ),
    (
        "of-the-subscription-as-text",
        "resourceId(HUBS, hubName)",
        "'${subscription().id}/resourceGroups/${resourceGroup().name}/providers/Microsoft.Network/virtualHubs/${hubName}'",
    ),
    (
        "of-the-group-by-its-name",
        "resourceId(resourceGroup().name, HUBS, hubName)",
        "resourceId(subscription().subscriptionId, resourceGroup().name, HUBS, hubName)",
    ),
    (
        "of-pieces-of-ids",
        "resourceId(HUBS, hubName)",
        "resourceId(split(subscription().id, '/')[2], last(split(resourceGroup().id, '/')), HUBS, hubName)",
    ),
    (
        "of-az-functions",
        "resourceId(HUBS, hubName)",
        "az.resourceId(az.subscription().subscriptionId, az.resourceGroup().name, HUBS, hubName)",
    ),
    ("of-a-formatted-name", "resourceId(HUBS, hubName)", "resourceId(HUBS, format('{0}', hubName))"),
    ("of-a-name-with-an-end", "resourceId(HUBS, '${hubName}-x')", "resourceId(HUBS, concat(hubName, '-x'))"),
    ("of-a-name-by-a-function", "resourceId(HUBS, '${hubName}-x')", "resourceId(HUBS, suffixed(hubName))"),
    ("of-a-joined-name", "resourceId(HUBS, '${hubName}-x')", "resourceId(HUBS, join([ hubName, 'x' ], '-'))"),
    (
        "of-a-replaced-name",
        "resourceId(HUBS, '${hubName}-x')",
        "resourceId(HUBS, replace('NAME-x', 'NAME', hubName))",
    ),
    (
        "of-a-name-in-lower-case",
        "resourceId(HUBS, '${hubName}-X')",
        "resourceId(HUBS, toLower('${hubName}-x'))",
    ),
    ("of-an-id-in-lower-case", "resourceId(HUBS, hubName)", "toLower(resourceId(HUBS, hubName))"),
    ("of-a-cut-name", "resourceId(HUBS, take(hubName, 5))", "resourceId(HUBS, substring(hubName, 0, 5))"),
    (
        "of-the-rest-of-a-name",
        "resourceId(HUBS, skip(hubName, 2))",
        "resourceId(HUBS, substring(hubName, 2))",
    ),
    (
        "of-a-name-cut-in-lower-case",
        "resourceId(HUBS, take(toLower(hubName), 5))",
        "resourceId(HUBS, toLower(take(hubName, 5)))",
    ),
    ("of-a-number", "resourceId(HUBS, 'hub${n}')", "resourceId(HUBS, 'hub${string(n)}')"),
    ("of-a-formatted-number", "resourceId(HUBS, 'hub${n}')", "resourceId(HUBS, format('hub{0}', n))"),
    (
        "of-a-number-with-zeros",
        "resourceId(HUBS, 'hub${padLeft(n, 2, '0')}')",
        "resourceId(HUBS, 'hub${padLeft(string(n), 2, '0')}')",
    ),
    (
        "of-a-hash-of-the-group",
        "resourceId(HUBS, uniqueString(resourceGroup().id))",
        "resourceId(HUBS, uniqueString('${subscription().id}/resourceGroups/${resourceGroup().name}'))",
    ),
    (
        "of-a-cut-hash",
        "resourceId(HUBS, take(uniqueString(hubName), 5))",
        "resourceId(HUBS, substring(uniqueString(hubName), 0, 5))",
    ),
    (
        "of-a-piece-of-an-id",
        "resourceId(HUBS, split(hubId, '/')[8])",
        "resourceId(HUBS, split(toLower(hubId), '/')[8])",
    ),
    (
        "of-a-piece-in-lower-case",
        "resourceId(HUBS, split(hubId, '/')[8])",
        "resourceId(HUBS, toLower(split(hubId, '/')[8]))",
    ),
    (
        "of-the-last-piece",
        "resourceId(HUBS, last(split(hubId, '/')))",
        "resourceId(HUBS, split(hubId, '/')[length(split(hubId, '/')) - 1])",
    ),
    (
        "of-the-last-piece-from-the-end",
        "resourceId(HUBS, last(split(hubId, '/')))",
        "resourceId(HUBS, split(hubId, '/')[^1])",
    ),
    (
        "of-the-first-piece",
        "resourceId(HUBS, first(split(hubName, '-')))",
        "resourceId(HUBS, split(hubName, '-')[0])",
    ),
    (
        "of-pieces-joined-again",
        "resourceId(HUBS, hubName)",
        "resourceId(HUBS, join(split(hubName, '-'), '-'))",
    ),
    (
        "of-chosen-names",
        "resourceId(HUBS, on ? 'a' : 'b')",
        "on ? resourceId(HUBS, 'a') : resourceId(HUBS, 'b')",
    ),
    (
        "of-names-chosen-otherwise",
        "resourceId(HUBS, env == 'prod' ? 'a' : 'b')",
        "resourceId(HUBS, env != 'prod' ? 'b' : 'a')",
    ),
    (
        "of-a-table",
        "resourceId(HUBS, { dev: hubName, prod: otherName }[env])",
        "resourceId(HUBS, { dev: hubName, prod: otherName }['${env}'])",
    ),
    ("behind-a-known-start", "resourceId(HUBS, hubName)", "resourceId(HUBS, skip('hub-${hubName}', 4))"),
    (
        "behind-a-part-of-a-known-start",
        "resourceId(HUBS, 'b-${hubName}')",
        "resourceId(HUBS, substring('hub-${hubName}', 2))",
    ),
    (
        "behind-a-formatted-start",
        "resourceId(HUBS, hubName)",
        "resourceId(HUBS, substring(format('ab{0}', hubName), 2))",
    ),
    (
        "cut-behind-a-known-start",
        "resourceId(HUBS, take(hubName, 5))",
        "resourceId(HUBS, substring('hub-${hubName}', 4, 5))",
    ),
    ("as-a-key", "resourceId(HUBS, hubName)", "resourceId(HUBS, objectKeys({ '${hubName}': 1 })[0])"),
    (
        "as-the-key-of-an-item",
        "resourceId(HUBS, hubName)",
        "resourceId(HUBS, items({ '${hubName}': 1 })[0].key)",
    ),
    (
        "under-a-computed-key",
        "resourceId(HUBS, otherName)",
        "resourceId(HUBS, { '${hubName}': otherName }[hubName])",
    ),
    (
        "of-a-filtered-table",
        "resourceId(HUBS, hubName)",
        "resourceId(HUBS, toObject(TWO, x => x.name, x => x.hub).a)",
    ),
    (
        "of-a-filtered-table-where-it-is-there",
        "resourceId(HUBS, otherName)",
        "resourceId(HUBS, toObject(TWO, x => x.name, x => x.hub).b)",
    ),
    (
        "of-a-filtered-and-mapped-table",
        "resourceId(HUBS, hubName)",
        "resourceId(HUBS, toObject(map(TWO, x => { n: x.name, h: x.hub }), y => y.n, y => y.h).a)",
    ),
    (
        "of-a-reduced-table",
        "resourceId(HUBS, hubName)",
        "resourceId(HUBS, reduce(TWO, {}, (all, x) => union(all, { '${x.name}': x.hub })).a)",
    ),
];

/// Texts that look alike but are different.
const APART: &[Row] = &[
    ("two-parameters", "hubId", "otherId"),
    ("two-parameters-in-lower-case", "toLower(hubId)", "toLower(otherId)"),
    ("two-names", "resourceId(HUBS, hubName)", "resourceId(HUBS, otherName)"),
    ("two-names-trimmed", "resourceId(HUBS, trim(hubName))", "resourceId(HUBS, trim(otherName))"),
    ("two-elements", "list[0].id", "list[1].id"),
    ("two-elements-skipped", "list[1].id", "skip(list, 1)[1].id"),
    ("first-and-last", "first(list).id", "last(list).id"),
    ("two-lists", "first(list).id", "first(other).id"),
    ("two-properties", "cfg.hub.id", "cfg.spare.id"),
    ("two-keys", "cfg[key].id", "cfg[env].id"),
    ("two-ends", "resourceId(HUBS, '${hubName}-x')", "resourceId(HUBS, '${hubName}-y')"),
    ("two-cuts", "resourceId(HUBS, take(hubName, 5))", "resourceId(HUBS, take(hubName, 6))"),
    ("another-cut", "resourceId(HUBS, take(hubName, 5))", "resourceId(HUBS, substring(hubName, 1, 5))"),
    ("two-pieces", "resourceId(HUBS, split(hubId, '/')[8])", "resourceId(HUBS, split(hubId, '/')[10])"),
    (
        "two-delimiters",
        "resourceId(HUBS, first(split(hubName, '-')))",
        "resourceId(HUBS, first(split(hubName, '_')))",
    ),
    ("joined-otherwise", "resourceId(HUBS, hubName)", "resourceId(HUBS, join(split(hubName, '-'), '_'))"),
    ("replaced", "resourceId(HUBS, hubName)", "resourceId(HUBS, replace(hubName, 'a', 'b'))"),
    ("another-group", "resourceId(HUBS, hubName)", "resourceId('other', HUBS, hubName)"),
    ("two-hashes", "resourceId(HUBS, uniqueString(hubName))", "resourceId(HUBS, uniqueString(otherName))"),
    ("hashes-of-two-cases", "resourceId(HUBS, uniqueString('A'))", "resourceId(HUBS, uniqueString('a'))"),
    ("branches-of-two", "on ? hubId : otherId", "on ? otherId : hubId"),
    ("two-numbers", "resourceId(HUBS, 'hub${n}')", "resourceId(HUBS, 'hub${n + 1}')"),
    ("two-groups", "groupBy(list, x => x.a).k[0].id", "groupBy(list, x => x.b).k[0].id"),
    ("behind-another-start", "resourceId(HUBS, hubName)", "resourceId(HUBS, skip('hub-${hubName}', 3))"),
    (
        "behind-an-unknown-start",
        "resourceId(HUBS, hubName)",
        "resourceId(HUBS, skip('${otherName}-${hubName}', 4))",
    ),
    (
        "two-computed-keys",
        "resourceId(HUBS, hubName)",
        "resourceId(HUBS, items({ '${otherName}': 1 })[0].key)",
    ),
    (
        "two-of-a-filtered-table",
        "resourceId(HUBS, hubName)",
        "resourceId(HUBS, toObject(TWO, x => x.name, x => x.hub).b)",
    ),
    (
        "two-of-a-reduced-table",
        "resourceId(HUBS, hubName)",
        "resourceId(HUBS, reduce(TWO, {}, (all, x) => union(all, { '${x.name}': x.hub })).b)",
    ),
    ("behind-two-elements", "list[0].id", "concat([ { id: otherId }, { id: otherId } ], list)[1].id"),
];

/// Ids in the language of ARM templates: the second of two gateways names its hub by each of these.
fn arm() -> Vec<Form> {
    let form = |name, one: &str, other: &str, races| {
        let gateway = |ty: &str, name: &str, id: &str| {
            format!(
                "{{ \"type\": \"Microsoft.Network/{ty}\", \"apiVersion\": \"2024-01-01\", \"location\": \"westeurope\", \"name\": \"{name}\", \
                 \"properties\": {{ \"virtualHub\": {{ \"id\": \"[{id}]\" }} }} }}"
            )
        };
        let parameter = |name: &str| format!("\"{name}\": {{ \"type\": \"string\" }}");
        let parameters = ["sub", "group", "wan", "hub", "id"].map(parameter).join(", ");
        let [one, other] = [one, other].map(|id| {
            let id = id.replace("HUBS", "'Microsoft.Network/virtualHubs'");
            ["sub", "group", "wan", "hub", "id"]
                .iter()
                .fold(id, |id, name| id.replace(&format!("${name}"), &format!("parameters('{name}')")))
        });
        let text = format!(
            "{{ \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", \"contentVersion\": \
             \"1.0.0.0\", \"parameters\": {{ {parameters} }}, \"resources\": [ {}, {} ] }}",
            gateway("vpnGateways", "v", &one),
            gateway("expressRouteGateways", "e", &other)
        );
        let pair = ["Microsoft.Network/expressRouteGateways e", "Microsoft.Network/vpnGateways v"];
        Form { name, root: "main.json", files: vec![("main.json", text)], pair, races }
    };
    let (own, far) = ("resourceId(HUBS, $hub)", "resourceId($sub, $group, HUBS, $hub)");
    let far_text = "concat('/subscriptions/', $sub, '/resourceGroups/', $group, '/providers/Microsoft.Network/virtualHubs/', $hub)";
    let extension = "extensionResourceId(resourceId('Microsoft.Network/virtualWans', $wan), HUBS, $hub)";
    let of_tenant = "tenantResourceId(HUBS, $hub)";
    let of_subscription = "subscriptionResourceId($sub, HUBS, $hub)";
    vec![
        form("arm-far-as-text", far, far_text, true),
        form(
            "arm-far-as-format",
            far,
            "format('/subscriptions/{0}/resourceGroups/{1}/providers/{2}/{3}', $sub, $group, HUBS, $hub)",
            true,
        ),
        form(
            "arm-own-as-extension-of-the-group",
            own,
            "extensionResourceId(resourceGroup().id, HUBS, $hub)",
            true,
        ),
        form(
            "arm-far-as-extension",
            far,
            "extensionResourceId(concat('/subscriptions/', $sub, '/resourceGroups/', $group), HUBS, $hub)",
            true,
        ),
        form("arm-own-by-group", own, "resourceId(resourceGroup().name, HUBS, $hub)", true),
        form(
            "arm-own-by-both",
            own,
            "resourceId(subscription().subscriptionId, resourceGroup().name, HUBS, $hub)",
            true,
        ),
        form(
            "arm-extension-as-text",
            extension,
            "concat(resourceId('Microsoft.Network/virtualWans', $wan), '/providers/Microsoft.Network/virtualHubs/', $hub)",
            true,
        ),
        form(
            "arm-extension-as-whole-text",
            extension,
            "concat(resourceGroup().id, '/providers/Microsoft.Network/virtualWans/', $wan, '/providers/Microsoft.Network/virtualHubs/', $hub)",
            true,
        ),
        form(
            "arm-tenant-as-text",
            of_tenant,
            "concat('/providers/Microsoft.Network/virtualHubs/', $hub)",
            true,
        ),
        form(
            "arm-subscription-as-text",
            of_subscription,
            "concat('/subscriptions/', $sub, '/providers/Microsoft.Network/virtualHubs/', $hub)",
            true,
        ),
        form(
            "arm-subscription-as-extension",
            of_subscription,
            "extensionResourceId(concat('/subscriptions/', $sub), HUBS, $hub)",
            true,
        ),
        form("arm-by-its-index", "$id", "createArray($id)[0]", true),
        form("arm-in-lower-case", own, "toLower(resourceId(HUBS, $hub))", true),
        form(
            "arm-split",
            own,
            "resourceId(split(resourceGroup().id, '/')[2], split(resourceGroup().id, '/')[4], HUBS, $hub)",
            true,
        ),
        form("arm-chosen", "$id", "if(contains($id, '/'), $id, $hub)", true),
        form("arm-own-and-far", own, far, false),
        form("arm-own-and-tenant", own, of_tenant, false),
        form("arm-extension-and-own", extension, own, false),
    ]
}

#[test]
fn an_id_has_many_spellings_in_arm_templates() {
    judged(&arm());
}

#[test]
fn a_text_has_many_spellings() {
    judged(&forms(TEXTS, true));
}

#[test]
fn a_part_has_many_spellings() {
    judged(&forms(PARTS, true));
}

#[test]
fn a_name_has_many_spellings() {
    judged(&forms(NAMES, true));
}

#[test]
fn what_looks_alike_may_be_two() {
    judged(&forms(APART, false));
}

/// The number of declared-twice findings for two names of key-values, or of stores.
fn declared_twice(ty: &str, names: [&str; 2]) -> usize {
    let declared =
        |symbol: &str, name: &str| format!("resource {symbol} '{ty}@2024-05-01' = {{ name: {name} }}\n");
    let main = format!("param key string\n{}{}", declared("a", names[0]), declared("b", names[1]));
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(Memory::default().with("/main.bicep", main), Roots::named(["/main.bicep"]));
    let report = session.check();
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    report.findings.iter().filter(|finding| finding.rule.to_string() == "declared-twice").count()
}

#[test]
fn the_case_of_a_name_counts_where_azure_says_so() {
    let (store, key) = (
        "Microsoft.AppConfiguration/configurationStores",
        "Microsoft.AppConfiguration/configurationStores/keyValues",
    );
    assert_eq!(declared_twice(store, ["'app'", "'App'"]), 1);
    assert_eq!(declared_twice(key, ["'app/key'", "'app/Key'"]), 0);
    assert_eq!(declared_twice(key, ["'app/Key'", "'App/Key'"]), 1);
    assert_eq!(declared_twice(key, ["'app/${key}'", "'App/${key}'"]), 1);
    assert_eq!(declared_twice(key, ["'app/${key}-a'", "'app/${key}-A'"]), 0);
}
