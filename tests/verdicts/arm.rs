//! ARM templates: references that make a resource wait for another, and references that only read it.

use crate::form::{Form, judged};

const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

/// A gateway of the hub `hub`, with additional members.
fn gateway(ty: &str, name: &str, more: &str) -> String {
    format!(
        r#"{{ "type": "Microsoft.Network/{ty}", "apiVersion": "2024-05-01", "name": "{name}", "location": "westeurope"{more},
        "properties": {{ "virtualHub": {{ "id": "[resourceId('Microsoft.Network/virtualHubs', 'hub')]" }} }} }}"#
    )
}

/// A template with these resources; `head` may add variables and a language version.
fn template(head: &str, resources: &str) -> String {
    format!(r#"{{ "$schema": "{SCHEMA}", "contentVersion": "1.0.0.0"{head}, "resources": {resources} }}"#)
}

/// An S2S gateway `s`, and an ExpressRoute gateway `e` with `mention` in a tag.
fn mentioned(name: &'static str, mention: &str, races: bool) -> Form {
    let tag = format!(r#", "tags": {{ "x": "[{mention}]" }}"#);
    let all = [gateway("vpnGateways", "s", ""), gateway("expressRouteGateways", "e", &tag)];
    let variables = r#", "variables": { "id": "[resourceId('Microsoft.Network/vpnGateways', 's')]" }"#;
    Form {
        name,
        root: "main.json",
        files: vec![("main.json", template(variables, &format!("[{}]", all.join(", "))))],
        pair: ["Microsoft.Network/expressRouteGateways e", "Microsoft.Network/vpnGateways s"],
        races,
    }
}

#[test]
fn an_id_with_a_version_only_reads() {
    let id = "resourceId('Microsoft.Network/vpnGateways', 's')";
    judged(&[
        mentioned("nothing", "'x'", true),
        mentioned("an-id-alone", id, true),
        mentioned("a-name", "reference('s').provisioningState", false),
        mentioned("a-name-with-a-version", "reference('s', '2024-05-01').provisioningState", false),
        mentioned("an-id", &format!("reference({id}).provisioningState"), false),
        mentioned("an-id-with-a-version", &format!("reference({id}, '2024-05-01').provisioningState"), true),
        mentioned("an-id-in-full", &format!("reference({id}, '2024-05-01', 'full').location"), true),
        mentioned("an-id-deep-inside", &format!("concat('a', reference({id}, '2024-05-01').x, 'b')"), true),
        mentioned("an-id-of-a-variable", "reference(variables('id'), '2024-05-01').x", true),
        mentioned("an-id-of-a-variable-alone", "reference(variables('id')).x", false),
        mentioned(
            "an-id-as-text",
            "reference(concat(resourceGroup().id, '/providers/Microsoft.Network/vpnGateways/s'), '2024-05-01').x",
            true,
        ),
        mentioned(
            "with-and-without-a-version",
            &format!("concat(reference({id}, '2024-05-01').x, reference({id}).x)"),
            false,
        ),
        mentioned("keys-by-id", &format!("listKeys({id}, '2024-05-01').x"), true),
        mentioned("keys-by-name", "listKeys('s', '2024-05-01').x", false),
    ]);
}

#[test]
fn an_explicit_order_holds_in_addition_to_a_read() {
    let id = "resourceId('Microsoft.Network/vpnGateways', 's')";
    let form = |name, more: &str, races| {
        let all = [gateway("vpnGateways", "s", ""), gateway("expressRouteGateways", "e", more)];
        let files = vec![("main.json", template("", &format!("[{}]", all.join(", "))))];
        let pair = ["Microsoft.Network/expressRouteGateways e", "Microsoft.Network/vpnGateways s"];
        Form { name, root: "main.json", files, pair, races }
    };
    let tag = format!(r#""tags": {{ "x": "[reference({id}, '2024-05-01').x]" }}"#);
    judged(&[
        form("reading", &format!(", {tag}"), true),
        form("reading-and-order", &format!(r#", {tag}, "dependsOn": ["[{id}]"]"#), false),
        form("reading-and-order-by-name", &format!(r#", {tag}, "dependsOn": ["s"]"#), false),
        form("condition-that-reads", &format!(r#", "condition": "[empty(reference({id}, '1').x)]""#), true),
        form("condition-that-waits", &format!(r#", "condition": "[empty(reference({id}).x)]""#), false),
    ]);
}

#[test]
fn elements_and_symbols_are_read_in_the_same_way() {
    let looped = |name, mention: &str, races| {
        let copy = r#", "copy": { "name": "s", "count": 2 }"#;
        let all = [
            gateway("vpnGateways", "[concat('s', copyIndex())]", copy),
            gateway("expressRouteGateways", "e", &format!(r#", "tags": {{ "x": "[{mention}]" }}"#)),
        ];
        let files = vec![("main.json", template("", &format!("[{}]", all.join(", "))))];
        let pair = [
            "Microsoft.Network/expressRouteGateways e",
            "Microsoft.Network/vpnGateways concat('s', copyIndex())",
        ];
        Form { name, root: "main.json", files, pair, races }
    };
    let symbolic = |name, mention: &str, races| {
        let more = format!(r#", "tags": {{ "x": "[{mention}]" }}"#);
        let (one, other) = (gateway("vpnGateways", "n", ""), gateway("expressRouteGateways", "m", &more));
        let resources = format!(r#"{{ "s": {one}, "e": {other} }}"#);
        let files = vec![("main.json", template(r#", "languageVersion": "2.0""#, &resources))];
        Form { name, root: "main.json", files, pair: ["e", "s"], races }
    };
    judged(&[
        // The other element does not have to be waited for.
        looped(
            "an-element-by-id",
            "reference(resourceId('Microsoft.Network/vpnGateways', 's1'), '1').x",
            true,
        ),
        looped("the-loop-by-name", "reference('s').x", false),
        symbolic("a-symbol", "reference('s').x", false),
        symbolic("a-symbol-with-a-version", "reference('s', '1', 'full').x", false),
        symbolic("an-id", "reference(resourceId('Microsoft.Network/vpnGateways', 'n'), '1').x", true),
    ]);
}

#[test]
fn the_id_of_a_resource_is_read_in_several_ways() {
    let form = |name, id: &str, races| {
        let hub = |name: &str| {
            format!(
                r#"{{ "type": "Microsoft.Network/virtualHubs", "apiVersion": "2024-05-01", "name": "{name}", "properties": {{}} }}"#
            )
        };
        let later = r#", "dependsOn": ["hub", "spare"]"#;
        let er = gateway("expressRouteGateways", "e", later)
            .replace("[resourceId('Microsoft.Network/virtualHubs', 'hub')]", id);
        let resources = format!(
            r#"{{ "hub": {}, "spare": {}, "s": {}, "e": {er} }}"#,
            hub("hub"),
            hub("spare"),
            gateway("vpnGateways", "s", later)
        );
        let files = vec![("main.json", template(r#", "languageVersion": "2.0""#, &resources))];
        Form { name, root: "main.json", files, pair: ["e", "s"], races }
    };
    judged(&[
        form("of-its-information", "[resourceInfo('hub').id]", true),
        form("of-the-whole", "[reference('hub', '2024-05-01', 'full').resourceId]", true),
        form("of-the-whole-in-another-case", "[reference('hub', '2024-05-01', 'Full').ResourceId]", true),
        form("of-the-whole-by-index", "[reference('hub', '2024-05-01', 'full')['resourceId']]", true),
        form("of-another", "[reference('spare', '2024-05-01', 'full').resourceId]", false),
        form("of-something-else-in-it", "[reference('hub', '2024-05-01').resourceId]", false),
    ]);
}

/// A nested deployment is also only read if its id comes with a version; its outputs are still known.
#[test]
fn outputs_that_are_only_read_are_known() {
    let inner = template("", "[]").replace(
        r#""resources""#,
        r#""outputs": { "hub": { "type": "string", "value": "[resourceId('Microsoft.Network/virtualHubs', 'hub')]" } },
        "resources""#,
    );
    let form = |name, version: &str, depends_on: &str| {
        let deployment = format!(
            r#"{{ "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "m", "properties": {{ "mode":
            "Incremental", "expressionEvaluationOptions": {{ "scope": "inner" }}, "template": {inner} }} }}"#
        );
        let outer = format!(
            r#"{{ "type": "Microsoft.Network/expressRouteGateways", "apiVersion": "2024-05-01", "name": "e"{depends_on},
            "properties": {{ "virtualHub": {{ "id": "[reference(resourceId('Microsoft.Resources/deployments', 'm'){version})
            .outputs.hub.value]" }} }} }}"#
        );
        let outer = outer.replace("\n            .outputs", ".outputs");
        let all = [gateway("vpnGateways", "s", ""), deployment, outer];
        let files = vec![("main.json", template("", &format!("[{}]", all.join(", "))))];
        let pair = ["Microsoft.Network/expressRouteGateways e", "Microsoft.Network/vpnGateways s"];
        Form { name, root: "main.json", files, pair, races: true }
    };
    let wait = r#", "dependsOn": ["m"]"#;
    judged(&[
        form("without-a-version", "", ""),
        form("with-a-version", ", '2022-09-01'", ""),
        form("with-a-version-and-an-order", ", '2022-09-01'", wait),
    ]);
}
