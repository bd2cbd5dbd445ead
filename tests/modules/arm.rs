//! ARM templates named on the command line: both forms have the findings of the equivalent Bicep template.

use bicep_race_lint::rules::RuleId;

use crate::story::{Story, told};

const SCHEMA: &str = r#""$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0""#;

/// Two lists of subnets, one of them with a batch size, and gateways in nested deployments that read the outputs of the
/// hub.
const TWIN: &str = "
    param names string[]
    param withGateway bool
    module hub 'hub.bicep' = { name: 'hub', params: { name: 'hub' } }
    module vpn 'vpn.bicep' = { name: 'vpn', params: { hubName: hub.outputs.name } }
    module er 'er.bicep' = if (withGateway) { name: 'er', params: { hubId: hub.outputs.resourceId } }
    resource serial 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = [for name in names: { name: 'one/${name}' }]
    @batchSize(1)
    resource batched 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = [for name in names: { name: 'two/${name}' }]
";

/// A nested deployment.
fn nested(arguments: &str, parameter: &str, resource: &str, outputs: &str) -> String {
    format!(
        r#""properties": {{
             "mode": "Incremental", "expressionEvaluationOptions": {{ "scope": "inner" }}, "parameters": {arguments},
             "template": {{ {SCHEMA}, "parameters": {{ "{parameter}": {{ "type": "string" }} }}, "resources": [ {resource} ],
               "outputs": {outputs} }} }}"#
    )
}

/// A resource with this type and body.
fn resource(ty: &str, name: &str, body: &str) -> String {
    format!(
        r#"{{ "type": "Microsoft.Network/{ty}", "apiVersion": "2024-05-01", "name": "{name}", "properties": {body} }}"#
    )
}

/// For each node: its symbol, its remaining properties, and the names of the deployments that it waits for.
fn nodes(hub_outputs: &str) -> Vec<(&'static str, String, Vec<&'static str>)> {
    let outputs = r#"{ "name": { "type": "string", "value": "[parameters('name')]" },
        "resourceId": { "type": "string", "value": "[resourceId('Microsoft.Network/virtualHubs', parameters('name'))]" } }"#;
    let of_name = r#"{ "virtualHub": { "id": "[resourceId('Microsoft.Network/virtualHubs', parameters('hubName'))]" } }"#;
    let of_id = r#"{ "virtualHub": { "id": "[resourceId('Microsoft.Network/virtualHubs', last(split(parameters('hubId'), '/')))]" } }"#;
    let output = |name: &str| format!(r#"{{ "value": "[{hub_outputs}.outputs.{name}.value]" }}"#);
    let deployment = |name: &str, more: &str, properties: &str| {
        format!(
            r#""type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "{name}", {more} {properties}"#
        )
    };
    let subnets = |vnet: &str, copy: &str, mode: &str| {
        format!(
            r#""type": "Microsoft.Network/virtualNetworks/subnets", "apiVersion": "2024-05-01",
               "name": "[format('{{0}}/{{1}}', '{vnet}', parameters('names')[copyIndex()])]",
               "copy": {{ "name": "{copy}", "count": "[length(parameters('names'))]" {mode} }}"#
        )
    };
    let hub = nested(
        r#"{ "name": { "value": "hub" } }"#,
        "name",
        &resource("virtualHubs", "[parameters('name')]", "{}"),
        outputs,
    );
    let vpn = nested(
        &format!(r#"{{ "hubName": {} }}"#, output("name")),
        "hubName",
        &resource("vpnGateways", "vpn", of_name),
        "{}",
    );
    let er = nested(
        &format!(r#"{{ "hubId": {} }}"#, output("resourceId")),
        "hubId",
        &resource("expressRouteGateways", "er", of_id),
        "{}",
    );
    vec![
        ("hub", deployment("hub", "", &hub), vec![]),
        ("vpn", deployment("vpn", "", &vpn), vec!["hub"]),
        ("er", deployment("er", r#""condition": "[parameters('withGateway')]","#, &er), vec!["hub"]),
        ("serial", subnets("one", "serial", ""), vec![]),
        ("batched", subnets("two", "batched", r#", "mode": "serial", "batchSize": 1"#), vec![]),
    ]
}

const PARAMETERS: &str =
    r#""parameters": { "names": { "type": "array" }, "withGateway": { "type": "bool" } }"#;

fn symbolic() -> String {
    let written: Vec<String> = nodes("reference('hub')")
        .into_iter()
        .map(|(symbol, node, waits)| {
            let waits: Vec<String> = waits.iter().map(|name| format!(r#""{name}""#)).collect();
            format!(r#""{symbol}": {{ {node}, "dependsOn": [{}] }}"#, waits.join(", "))
        })
        .collect();
    format!(
        r#"{{ {SCHEMA}, "languageVersion": "2.0", {PARAMETERS}, "resources": {{ {} }} }}"#,
        written.join(", ")
    )
}

fn classic() -> String {
    let written: Vec<String> =
        nodes("reference(resourceId('Microsoft.Resources/deployments', 'hub'), '2022-09-01')")
            .into_iter()
            .map(|(_, node, waits)| {
                let waits: Vec<String> = waits
                    .iter()
                    .map(|name| format!(r#""[resourceId('Microsoft.Resources/deployments', '{name}')]""#))
                    .collect();
                format!(r#"{{ {node}, "dependsOn": [{}] }}"#, waits.join(", "))
            })
            .collect();
    format!(r#"{{ {SCHEMA}, {PARAMETERS}, "resources": [ {} ] }}"#, written.join(", "))
}

fn story() -> Story {
    Story::of(TWIN)
        .with("hub.bicep", "
            param name string
            resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = { name: name }
            output name string = hub.name
            output resourceId string = hub.id")
        .with("vpn.bicep", "
            param hubName string
            resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = {
              name: 'vpn'
              properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', hubName) } }
            }")
        .with("er.bicep", "
            param hubId string
            resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
              name: 'er'
              properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', last(split(hubId, '/'))) } }
            }")
        .with("symbolic.json", &symbolic())
        .with("azuredeploy.json", &classic())
}

#[test]
fn a_template_with_symbols_has_the_findings_of_its_twin() {
    let story = story();
    let found = story.told();
    assert_eq!(found, ["hub-gateways: vpn, er of hub", "parallel-loop: serial of one"]);
    let report = story.report_of("symbolic.json");
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    assert_eq!(told(&report), found);
}

#[test]
fn a_template_without_symbols_has_them_too() {
    let report = story().report_of("azuredeploy.json");
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    let found: Vec<(RuleId, Vec<&str>)> = report
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.participants.iter().map(|writer| writer.ty.as_str()).collect()))
        .collect();
    let gateways = vec!["Microsoft.Network/vpnGateways", "Microsoft.Network/expressRouteGateways"];
    let subnets = vec!["Microsoft.Network/virtualNetworks/subnets"];
    assert_eq!(found, [(RuleId::HubGateways, gateways), (RuleId::ParallelLoop, subnets)]);
    let world = &report.findings[0].witness.conditions;
    assert_eq!((world[0].expression.as_str(), world[0].value.as_str()), ("withGateway", "true"));
}

#[test]
fn an_order_in_the_json_is_an_order() {
    let ordered = symbolic().replacen(r#""er": {"#, r#""er": { "comments": "last","#, 1);
    let ordered = ordered.replacen(
        r#""dependsOn": ["hub"] }, "serial""#,
        r#""dependsOn": ["hub", "vpn"] }, "serial""#,
        1,
    );
    let report = story().with("symbolic.json", &ordered).report_of("symbolic.json");
    assert_eq!(told(&report), ["parallel-loop: serial of one"]);
}
