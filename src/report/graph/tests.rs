use std::sync::Arc;

use serde_json::json;

use crate::deployment::Graph;
use crate::source::FileId;
use crate::syntax::ast::FileKind;
use crate::syntax::parse;
use crate::template::Template;
use crate::template::bicep::make;

const TEMPLATE: &str = r"
resource vnet 'A.B/vnets@2024-01-01' = if (true) {
  name: 'v'
  resource subnet 'subnets' = {
    name: 's'
  }
}
resource there 'A.B/there@2024-01-01' existing = {
  name: 'there'
}
@batchSize(1)
resource gates 'A.B/gates@2024-01-01' = [for i in range(0, 2): {
  name: 'g${i}'
  properties: there.properties
}]
module mod 'm.bicep' = [for i in range(0, 2): {
  params: { gate: gates[i].id, subnet: vnet::subnet.id }
}]
";

fn drawn() -> (Template, Graph) {
    let template = make(FileId(0), &parse(TEMPLATE, FileKind::Bicep), Arc::from(TEMPLATE));
    let graph = Graph::of(&template, true);
    (template, graph)
}

#[test]
fn json_has_the_documented_format() {
    let (template, graph) = drawn();
    let text = super::json(&template, &graph).unwrap();
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    let node = |ty: &str,
                kind: &str,
                copy: serde_json::Value,
                conditional: bool,
                depends_on: serde_json::Value| {
        json!({ "type": ty, "kind": kind, "loop": copy, "conditional": conditional, "dependsOn": depends_on })
    };
    let mod_waits = json!([{ "symbol": "gates", "each": true }, { "symbol": "vnet::subnet", "each": false }]);
    let expected = json!({ "nodes": {
        "vnet": node("A.B/vnets", "resource", json!(null), true, json!([])),
        "vnet::subnet": node("A.B/vnets/subnets", "resource", json!(null), true, json!([{ "symbol": "vnet", "each": false }])),
        "there": node("A.B/there", "existing", json!(null), false, json!([])),
        "gates": node("A.B/gates", "resource", json!({ "batchSize": 1 }), false, json!([{ "symbol": "there", "each": false }])),
        "mod": node("Microsoft.Resources/deployments", "module", json!({ "batchSize": null }), false, mod_waits),
    } });
    assert_eq!(found, expected);
}
