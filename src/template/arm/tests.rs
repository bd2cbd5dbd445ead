//! Stories of templates in JSON.

use super::{Nested, make, make_with};
use crate::source::FileId;
use crate::template::{
    Expr, ExprId, Exprs, Inline, ModuleTarget, Node, NodeId, NodeKind, ParameterType, Property, TargetScope,
    Template,
};

fn template(text: &str) -> Template {
    let (template, errors) = make(FileId(0), text.into());
    assert!(errors.is_empty(), "{errors:#?}");
    template
}

/// A nested template.
fn own(template: &Template, at: usize) -> &Template {
    match &template.inline[at] {
        Inline::Own(own) => own,
        Inline::Copy(known) => panic!("a copy of {known}"),
    }
}

/// A template of resources, without problems.
fn resources(resources: &str) -> Template {
    let template = template(&format!(r#"{{ "resources": {resources} }}"#));
    assert!(template.problems.is_empty(), "{:#?}", template.problems);
    template
}

/// An expression as Bicep would write it.
fn shown(template: &Template, id: ExprId) -> String {
    let exprs = &template.exprs;
    let list = |list| {
        let parts: Vec<_> = exprs.list(list).iter().map(|&id| shown(template, id)).collect();
        parts.join(", ")
    };
    match exprs.get(id) {
        Expr::Unknown => "?".to_owned(),
        Expr::Null => "null".to_owned(),
        Expr::Bool(value) => value.to_string(),
        Expr::Int(value) => value.to_string(),
        Expr::Text(text) => format!("'{}'", exprs.text(text)),
        Expr::Interpolation(parts) => {
            let part = |&id: &ExprId| match exprs.get(id) {
                Expr::Text(text) => exprs.text(text).to_owned(),
                _ => format!("${{{}}}", shown(template, id)),
            };
            format!("'{}'", exprs.list(parts).iter().map(part).collect::<String>())
        }
        Expr::Object(properties) => {
            let property = |property: &Property| match *property {
                Property::Named { key, value } => format!("{}: {}", exprs.text(key), shown(template, value)),
                Property::Computed { key, value } => {
                    format!("[{}]: {}", shown(template, key), shown(template, value))
                }
                Property::Spread(value) => format!("...{}", shown(template, value)),
            };
            let all: Vec<_> = exprs.object(properties).iter().map(property).collect();
            format!("{{{}}}", all.join(", "))
        }
        Expr::Array(elements) => format!("[{}]", list(elements)),
        Expr::Paren(inner) => format!("({})", shown(template, inner)),
        Expr::Parameter(id) => exprs.text(template.parameters[id.ix()].name).to_owned(),
        Expr::Variable(id) => exprs.text(template.variables[id.ix()].name).to_owned(),
        Expr::Node(id) => template.node(id).symbol.clone(),
        Expr::Local(id) => exprs.text(exprs.locals[id.ix()].name).to_owned(),
        Expr::Call { function, arguments } => format!("{}({})", exprs.text(function), list(arguments)),
        Expr::UserCall { function, arguments } => {
            format!("{}({})", exprs.text(template.functions[function.ix()].name), list(arguments))
        }
        Expr::Member { base, name, safe } => {
            format!("{}.{}{}", shown(template, base), if safe { "?" } else { "" }, exprs.text(name))
        }
        Expr::Method { base, name, arguments } => {
            format!("{}.{}({})", shown(template, base), exprs.text(name), list(arguments))
        }
        Expr::Index { base, index, from_end, .. } => {
            let sign = if from_end { "^" } else { "" };
            format!("{}[{sign}{}]", shown(template, base), shown(template, index))
        }
        Expr::Unary { operand, .. } => format!("!{}", shown(template, operand)),
        Expr::Binary { operator, left, right } => {
            format!("({} {operator:?} {})", shown(template, left), shown(template, right))
        }
        Expr::Ternary { condition, yes, no } => {
            format!("({} ? {} : {})", shown(template, condition), shown(template, yes), shown(template, no))
        }
        Expr::For { list, body, .. } => {
            format!("[for {}: {}]", shown(template, list), shown(template, body))
        }
        Expr::Lambda { body, .. } => format!("=> {}", shown(template, body)),
        other => format!("{other:?}"),
    }
}

/// The nodes that the `dependsOn` of each node was resolved to.
fn waits(template: &Template) -> Vec<String> {
    let shown = |node: &crate::template::Node| {
        let list = node.depends_on.map_or_else(|| "[]".to_owned(), |list| shown(template, list));
        format!("{} -> {list}", node.symbol)
    };
    template.nodes.iter().map(shown).collect()
}

fn output(text: &str) -> String {
    let text = format!(
        r#"{{ "parameters": {{ "p": {{ "type": "string" }}, "list": {{ "type": "array" }} }},
              "variables": {{ "v": "x", "copy": [ {{ "name": "many", "count": 2, "input": "[copyIndex('many')]" }} ] }},
              "functions": [ {{ "namespace": "ns", "members": {{ "twice": {{
                  "parameters": [ {{ "name": "s", "type": "string" }} ],
                  "output": {{ "type": "string", "value": "[concat(parameters('s'), '-', parameters('s'))]" }} }} }} }} ],
              "resources": [],
              "outputs": {{ "o": {{ "type": "string", "value": {text} }} }} }}"#
    );
    let template = template(&text);
    assert!(template.problems.is_empty(), "{:#?}", template.problems);
    shown(&template, template.outputs[0].value)
}

#[test]
fn functions_become_the_forms_that_bicep_has_for_them() {
    let case = |text: &str, expected: &str| assert_eq!(output(&format!("\"{text}\"")), expected, "{text}");
    case("[if(equals(parameters('P'), 'a'), 1, sub(3, 2))]", "((p Equal 'a') ? 1 : (3 Subtract 2))");
    case("[and(true(), not(false()), empty(variables('v')))]", "((true And !false) And empty(v))");
    case("[format('{0}/{1}-{{x}}', parameters('p'), 'b')]", "'${p}/b-{x}'");
    case("[format('{0:D2}', 7)]", "format('{0:D2}', 7)");
    case("[concat('a', parameters('p'), format('{0}!', 'b'))]", "'a${p}b!'");
    case("[concat(parameters('list'), variables('many'))]", "concat(list, many)");
    case("[createObject('a', createArray(1, null()), parameters('p'), 2)]", "{a: [1, null], [p]: 2}");
    case("[tryGet(parameters('p'), 'a', 0).b['c'][1]]", "p.?a[0].b.c[1]");
    case("[ns.twice('it''s')]", "ns.twice('it's')");
    case("[map(parameters('list'), lambda('i', lambdaVariables('i').id))]", "map(list, => i.id)");
    case("[last(split(resourceId('A.B/c', 'd'), '/'))]", "last(split(resourceId('A.B/c', 'd'), '/'))");
    case("[[not an expression]", "'[not an expression]'");
    case("[not closed", "'[not closed'");
    case("[coalesce(parameters('p'), 'a', 'b')]", "((p Coalesce 'a') Coalesce 'b')");
}

#[test]
fn json_values_are_literals_and_copies_are_loops() {
    assert_eq!(
        output(
            r#"{ "n": null, "a": [1, 1.5, true], "[parameters('p')]": "\u0041", "copy": [
            { "name": "disks", "count": "[length(parameters('list'))]", "input": { "lun": "[copyIndex('disks', 1)]" } } ] }"#
        ),
        "{n: null, a: [1, json('1.5'), true], [p]: 'A', disks: [for range(0, length(list)): {lun: (copyIndex() Add 1)}]}"
    );
}

#[test]
fn names_of_expressions_stand_where_they_are_written() {
    let text = r#"{ "resources": [], "outputs": { "o": { "value": "\u0020[x]" }, "p": { "value": "[f(\"a\", 'b')]" },
        "q": { "value": "[f(\t'c', parameters('none'))]" } } }"#;
    let (template, errors) = make(FileId(0), text.into());
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].span.start as usize, text.find("\\\"a").unwrap());
    assert_eq!(template.problems.len(), 1);
    assert_eq!(template.problems[0].span.of(text), "parameters('none')");
}

#[test]
fn symbols_elements_and_whole_loops_are_found() {
    let template = resources(
        r#"{
        "hub": { "type": "A.B/hubs", "apiVersion": "1", "name": "h" },
        "hub::gw": { "type": "A.B/hubs/gateways", "name": "[format('{0}/{1}', 'h', 'g')]", "dependsOn": ["hub"] },
        "many": { "type": "A.B/c", "name": "[format('c{0}', copyIndex())]", "dependsOn": ["hub::gw"],
                  "copy": { "name": "many", "count": 3, "mode": "serial", "batchSize": 2 } },
        "each": { "type": "A.B/d", "name": "[format('d{0}', copyIndex())]", "copy": { "name": "each", "count": 3 },
                  "dependsOn": ["[format('many[{0}]', copyIndex())]", "[format('many[{0}]', 0)]"] },
        "last": { "existing": true, "type": "A.B/e", "name": "e", "dependsOn": ["each", "many"] }
    }"#,
    );
    assert_eq!(
        waits(&template),
        [
            "hub -> []",
            "hub::gw -> [hub]",
            "many -> [hub::gw]",
            "each -> [many[copyIndex()], many[0]]",
            "last -> [each, many]"
        ]
    );
    assert!(template.symbolic_names);
    assert_eq!(template.nodes[2].copy.as_ref().unwrap().batch_size, Some(2));
    assert_eq!(template.nodes[3].copy.as_ref().unwrap().batch_size, None);
    assert!(matches!(template.nodes[4].kind, NodeKind::Existing(_)));
    let NodeKind::Resource(ty) = &template.nodes[1].kind else { panic!("a resource") };
    assert_eq!(ty.name, "A.B/hubs/gateways");
}

#[test]
fn classic_entries_are_matched_by_loop_name_id_and_name() {
    let template = template(
        r#"{ "parameters": { "vnet": { "type": "string" }, "n": { "type": "int" } },
        "variables": { "gw": "[concat(parameters('vnet'), '-gw')]",
                       "gwId": "[resourceId('A.N/gateways', variables('gw'))]" },
        "resources": [
        { "type": "A.N/vnets", "name": "[parameters('vnet')]" },
        { "type": "A.N/vnets/subnets", "name": "[format('{0}/{1}', parameters('vnet'), 'a')]",
          "dependsOn": ["[resourceId('A.N/vnets', parameters('vnet'))]"] },
        { "type": "A.N/gateways", "name": "[variables('gw')]",
          "dependsOn": ["[resourceId('A.N/vnets/subnets', parameters('vnet'), 'a')]"] },
        { "type": "A.N/nics", "name": "[concat('nic', copyIndex(1))]", "copy": { "name": "nics", "count": "[parameters('n')]" },
          "dependsOn": ["[variables('gwId')]", "[concat('A.N/vnets/', parameters('vnet'))]"] },
        { "type": "A.N/vms", "name": "[concat('vm', copyIndex())]", "copy": { "name": "vms", "count": "[parameters('n')]" },
          "dependsOn": ["[resourceId('A.N/nics', concat('nic', copyIndex(1)))]"] },
        { "type": "A.N/probes", "name": "one", "dependsOn": ["nics", "[resourceId('A.N/nics', 'nic2')]", "one more"] },
        { "type": "A.N/probes", "name": "one more", "dependsOn": [
            "[if(empty(parameters('vnet')), 'no', resourceId('A.N/vnets/', parameters('vnet')))]" ] }
    ] }"#,
    );
    assert!(template.problems.is_empty(), "{:#?}", template.problems);
    let waits = waits(&template);
    let behind = |at: usize| waits[at].split(" -> ").nth(1).unwrap();
    assert_eq!(behind(1), "[A.N/vnets parameters('vnet')]");
    assert_eq!(behind(2), "[A.N/vnets/subnets format('{0}/{1}', parameters('vnet'), 'a')]");
    assert_eq!(behind(3), "[A.N/gateways variables('gw'), A.N/vnets parameters('vnet')]");
    assert_eq!(behind(4), "[A.N/nics concat('nic', copyIndex(1))[copyIndex()]]");
    assert_eq!(
        behind(5),
        "[A.N/nics concat('nic', copyIndex(1)), A.N/nics concat('nic', copyIndex(1))[1], A.N/probes one more]"
    );
    assert_eq!(behind(6), "[A.N/vnets parameters('vnet')]");
}

#[test]
fn a_name_is_found_by_an_expression_that_is_written_alike() {
    let names = [
        "if(not(parameters('on')), 'x', 'y')",
        "if(parameters('on'), 'x', 'y')",
        "if(not(parameters('off')), 'x', 'y')",
        "if(equals(parameters('on'), parameters('off')), 'x', 'y')",
        "toLower(parameters('p'))",
        "toUpper(parameters('p'))",
        "parameters('o').name",
        "parameters('o')['id']",
        "parameters('list')[0]",
        "parameters('list')[1]",
        "concat(parameters('p'), 'x')",
        "concat('x', parameters('p'))",
    ];
    let resources = names.map(|name| format!(r#"{{ "type": "A.N/vnets", "name": "[{name}]" }}"#));
    for asked in names {
        let template = template(&format!(
            r#"{{ "parameters": {{ "on": {{ "type": "bool" }}, "off": {{ "type": "bool" }}, "p": {{ "type": "string" }},
                    "o": {{ "type": "object" }}, "list": {{ "type": "array" }} }},
                  "resources": [ {}, {{ "type": "A.N/probes", "name": "probe",
                    "dependsOn": ["[resourceId('A.N/vnets', {asked})]"] }} ] }}"#,
            resources.join(", ")
        ));
        let waits = waits(&template);
        assert_eq!(waits[names.len()], format!("A.N/probes probe -> [A.N/vnets {asked}]"));
    }
}

#[test]
fn parameters_have_the_types_of_their_values() {
    let template = template(
        r#"{ "parameters": { "a": { "type": "bool" }, "b": { "type": "string" }, "c": { "type": "securestring" },
                "d": { "type": "int" }, "e": { "type": "array" }, "f": { "type": "object" }, "g": { "type": "secureObject" },
                "h": { "type": "other" } },
             "resources": [] }"#,
    );
    let types: Vec<ParameterType> = template.parameters.iter().map(|parameter| parameter.ty).collect();
    assert_eq!(
        types,
        [
            ParameterType::Bool,
            ParameterType::String,
            ParameterType::String,
            ParameterType::Int,
            ParameterType::Array,
            ParameterType::Object,
            ParameterType::Object,
            ParameterType::Any,
        ]
    );
}

#[test]
fn an_entry_that_names_nothing_is_a_problem() {
    let template = template(
        r#"{ "resources": [ { "type": "A.N/vnets", "name": "a" },
            { "type": "A.N/vnets/subnets", "name": "a/b", "dependsOn": ["[resourceId('A.N/vnets', 'typo')]"] } ] }"#,
    );
    assert_eq!(template.problems.len(), 1);
    assert!(template.problems[0].message.contains("resourceId('A.N/vnets', 'typo')"));
    assert_eq!(waits(&template)[1], "A.N/vnets/subnets a/b -> []");
}

#[test]
fn children_written_inside_have_their_parents_type_and_name_and_wait_for_nothing_by_themselves() {
    let template = resources(
        r#"[ { "type": "A.N/vnets", "name": "v", "condition": true, "resources": [
            { "type": "subnets", "name": "s", "dependsOn": ["[resourceId('A.N/vnets', 'v')]"], "resources": [
                { "type": "rules", "name": "r", "dependsOn": ["s"] } ] } ] } ]"#,
    );
    let types: Vec<_> = template
        .nodes
        .iter()
        .map(|node| match &node.kind {
            NodeKind::Resource(ty) => (ty.name.as_str(), shown(&template, node.name.unwrap())),
            _ => panic!("a resource"),
        })
        .collect();
    assert_eq!(types[1], ("A.N/vnets/subnets", "'v/s'".to_owned()));
    assert_eq!(types[2], ("A.N/vnets/subnets/rules", "'v/s/r'".to_owned()));
    assert_eq!(waits(&template)[2], "A.N/vnets/subnets/rules r -> [A.N/vnets/subnets s]");
    assert!(template.nodes[1].outer.is_none() && template.nodes[1].condition.is_none());
}

#[test]
fn of_two_loops_of_one_name_each_waits_for_the_other() {
    let template = resources(
        r#"[ { "type": "A.B/d", "name": "[concat('x', copyIndex())]", "copy": { "name": "one", "count": 2 } },
             { "type": "A.B/d", "name": "[concat('x', copyIndex())]", "copy": { "name": "two", "count": 2 },
               "dependsOn": ["[resourceId('A.B/d', concat('x', copyIndex()))]"] } ]"#,
    );
    let [Node { depends_on: None, .. }, Node { depends_on: Some(list), .. }] = &template.nodes[..] else {
        panic!("{:?}", waits(&template));
    };
    let Expr::Array(list) = template.exprs.get(*list) else { panic!("a list") };
    let [entry] = template.exprs.list(list) else { panic!("one entry: {:?}", waits(&template)) };
    let Expr::Index { base, .. } = template.exprs.get(*entry) else { panic!("an instance") };
    assert!(matches!(template.exprs.get(base), Expr::Node(NodeId(0))), "the first loop, not itself");
}

#[test]
fn references_are_nodes_and_outputs_of_deployments_are_bare() {
    let template = template(
        r#"{ "resources": {
            "st": { "type": "A.S/accounts", "name": "s" },
            "mod": { "type": "Microsoft.Resources/deployments", "name": "m", "properties": {
                "expressionEvaluationOptions": { "scope": "inner" }, "parameters": {
                    "a": { "value": "[reference('st').key]" }, "b": { "value": 1 },
                    "c": { "reference": { "keyVault": { "id": "x" }, "secretName": "y" } },
                    "d": "[if(true(), createObject('value', 2), createObject('value', null()))]" },
                "template": { "$schema": "https://x/2018/subscriptionDeploymentTemplate.json#", "parameters": { "a": { "type": "string" } },
                    "resources": { "rg": { "type": "Microsoft.Resources/resourceGroups", "name": "[parameters('a')]" } } } } },
            "mods": { "type": "Microsoft.Resources/deployments", "name": "[format('m{0}', copyIndex())]",
                "copy": { "name": "mods", "count": 2 }, "resourceGroup": "rg",
                "properties": { "templateLink": { "relativePath": "./other.json" } } } },
          "outputs": {
            "a": { "value": "[reference('mod').outputs.hubId.value]" },
            "b": { "value": "[reference(format('mods[{0}]', 1), '2022-09-01', 'full').properties.outputs['x'].value.y]" },
            "c": { "value": "[reference('st', '2020', 'full').identity.principalId]" },
            "d": { "value": "[listKeys('st', '2020').keys[0]]" },
            "e": { "value": "[tryGet(reference('mod').outputs, 'x', 'value')]" },
            "f": { "value": "[reference(resourceId('Microsoft.Resources/deployments', 'm')).outputs.z.value]" },
            "g": { "value": "[reference(resourceId('Other.S/accounts', 'z'), '2020').key]" } } }"#,
    );
    assert!(template.problems.is_empty(), "{:#?}", template.problems);
    let outputs: Vec<_> = template.outputs.iter().map(|output| shown(&template, output.value)).collect();
    assert_eq!(
        outputs,
        [
            "mod.outputs.hubId",
            "mods[1].outputs.x.y",
            "st.identity.principalId",
            "st.listKeys('2020').keys[0]",
            "mod.outputs.?x",
            "mod.outputs.z",
            "reference(resourceId('Other.S/accounts', 'z'), '2020').key"
        ]
    );
    let module = &template.nodes[1];
    assert!(matches!(module.kind, NodeKind::Module(ModuleTarget::Inline(0))));
    assert_eq!(
        shown(&template, module.arguments.unwrap()),
        "{a: st.properties.key, b: 1, c: getSecret({keyVault: {id: 'x'}, secretName: 'y'}), d: (true ? 2 : null)}"
    );
    assert_eq!(own(&template, 0).target_scope, TargetScope::Subscription);
    let linked = &template.nodes[2];
    assert!(
        matches!(&linked.kind, NodeKind::Module(ModuleTarget::Reference { reference, .. }) if reference == "./other.json")
    );
    assert_eq!(shown(&template, linked.scope.unwrap()), "resourceGroup('rg')");
}

#[test]
fn a_deployment_that_is_evaluated_outside_is_given_what_it_uses() {
    let template = template(
        r#"{ "parameters": { "hub": { "type": "string" }, "unused": { "type": "int" } },
          "variables": { "gw": "[concat(parameters('hub'), '-gw')]" },
          "resources": [ { "type": "Microsoft.Resources/deployments", "name": "[concat('d', copyIndex())]",
            "copy": { "name": "d", "count": 2 }, "properties": { "template": {
              "parameters": { "hub": { "type": "string", "defaultValue": "not this" } },
              "resources": [
                { "type": "A.N/gateways", "name": "[concat(variables('gw'), copyIndex())]", "location": "[resourceGroup().location]" },
                { "type": "A.N/links", "name": "l", "dependsOn": ["[resourceId('A.N/gateways', concat(variables('gw'), copyIndex()))]"] }
              ] } } } ] }"#,
    );
    assert!(template.problems.is_empty(), "{:#?}", template.problems);
    let arguments = shown(&template, template.nodes[0].arguments.unwrap());
    assert_eq!(arguments, "{copyIndex(): copyIndex(), hub: hub, resourceGroup(): resourceGroup()}");
    let inner = own(&template, 0);
    assert!(inner.problems.is_empty(), "{:#?}", inner.problems);
    assert_eq!(shown(inner, inner.nodes[0].name.unwrap()), "concat(gw, copyIndex())");
    assert_eq!(shown(inner, inner.variables[0].value), "'${hub}-gw'");
    assert!(
        waits(inner)[1].ends_with("[A.N/gateways concat(variables('gw'), copyIndex())]"),
        "{:?}",
        waits(inner)
    );
}

#[test]
fn scopes_are_the_functions_of_bicep() {
    let scope = |resource: &str| {
        let template = resources(&format!(r#"[ {{ "type": "A.B/c", "name": "n", {resource} }} ]"#));
        shown(&template, template.nodes[0].scope.unwrap())
    };
    assert_eq!(scope(r#""scope": "/""#), "tenant()");
    assert_eq!(scope(r#""scope": "[resourceGroup().id]""#), "resourceGroup()");
    assert_eq!(scope(r#""scope": "[format('/subscriptions/{0}', 's')]""#), "subscription('s')");
    assert_eq!(scope(r#""scope": "Microsoft.Management/managementGroups/mg""#), "managementGroup('mg')");
    assert_eq!(
        scope(r#""scope": "[tenantResourceId('Microsoft.Management/managementGroups', 'mg')]""#),
        "managementGroup('mg')"
    );
    assert_eq!(scope(r#""scope": "[format('A.S/accounts/{0}', 'x')]""#), "resourceId('A.S/accounts', 'x')");
    assert_eq!(scope(r#""subscriptionId": "s", "resourceGroup": "g""#), "resourceGroup('s', 'g')");
}

#[test]
fn parameters_say_what_is_known_of_their_type() {
    let template = template(
        r##"{ "parameters": {
            "a": { "type": "securestring", "allowedValues": ["x", "y"] },
            "b": { "$ref": "#/definitions/flag", "nullable": true },
            "c": { "$ref": "#/definitions/loop" },
            "d": { "type": "array", "allowedValues": [1] } },
          "definitions": { "flag": { "type": "bool" }, "loop": { "$ref": "#/definitions/loop" } },
          "resources": [], "outputs": { "s": { "type": "secureObject", "value": {} } } }"##,
    );
    let types: Vec<_> = template.parameters.iter().map(|p| (p.ty, p.nullable, p.allowed.is_some())).collect();
    assert_eq!(
        types,
        [
            (ParameterType::String, false, true),
            (ParameterType::Bool, true, false),
            (ParameterType::Any, false, false),
            (ParameterType::Array, false, false)
        ]
    );
    assert!(template.has_secure_output);
}

#[test]
fn a_template_spec_is_read_as_the_template_in_it() {
    let template = template(
        r#"{ "properties": { "mainTemplate": { "resources": [ { "type": "A.B/c", "name": "n" } ] } } }"#,
    );
    assert_eq!(template.nodes.len(), 1);
}

#[test]
fn what_is_no_template_is_told() {
    let message = |text: &str| make(FileId(0), text.into()).1[0].message.clone();
    assert!(message(r#"{ "parameters": {} }"#).contains("not an ARM template"));
    assert!(message("[]").contains("not an ARM template"));
    assert!(message("rubbish").contains("expected a value"));
    assert!(message("").contains("end of the file"));
}

#[test]
fn variables_in_a_circle_and_deep_expressions_do_no_harm() {
    let deep = format!("[{}1{}]", "not(".repeat(90), ")".repeat(90));
    let text = format!(
        r#"{{ "variables": {{ "a": "[variables('b')]", "b": "[variables('a')]", "c": "{deep}",
            "d": "[concat(variables('d'), 'x', variables('d'))]" }},
           "resources": [ {{ "type": "A.B/c", "name": "[variables('d')]" }},
             {{ "type": "A.B/d", "name": "[variables('a')]", "dependsOn": ["[variables('d')]", "[variables('a')]"] }} ] }}"#
    );
    let template = template(&text);
    assert!(shown(&template, template.variables[2].value).starts_with("!!!!"));
    assert_eq!(template.nodes.len(), 2);
}

#[test]
fn every_cut_of_a_template_is_made_without_a_crash() {
    let text = r#"{ "parameters": { "p": { "type": "string" } }, "resources": [ { "type": "A.B/c", "name": "[concat('x', parameters('p'))]",
        "copy": { "name": "l", "count": 2 }, "dependsOn": ["[resourceId('A.B/d', 'y')]"], "resources": [ { "type": "d", "name": "y" } ] },
        { "type": "Microsoft.Resources/deployments", "name": "m", "properties": { "template": { "resources": {} } } } ] }"#;
    for cut in 0..text.len() {
        let (template, _) = make(FileId(0), text[..cut].into());
        check_spans(&template.exprs, cut);
    }
}

fn check_spans(exprs: &Exprs, length: usize) {
    assert!(exprs.spans.iter().all(|span| span.start <= span.end && span.end as usize <= length));
}

/// Modules that the compiler has written into a template: each has a name, its scope, and the text of a nested template.
fn with_modules(modules: &[(&str, &str, String)]) -> String {
    let one = |(name, scope, template): &(&str, &str, String)| {
        format!(
            r#"{{ "type": "Microsoft.Resources/deployments", "name": "{name}", {scope}
                "properties": {{ "expressionEvaluationOptions": {{ "scope": "inner" }}, "template": {template} }} }}"#
        )
    };
    format!(r#"{{ "resources": [ {} ] }}"#, modules.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// A nested template with this hash, resource and further resources.
fn hashed(hash: &str, name: &str, more: &str) -> String {
    format!(
        r#"{{ "metadata": {{ "_generator": {{ "templateHash": "{hash}" }} }},
            "resources": [ {{ "type": "A.N/gateways", "name": "{name}" }} {more} ] }}"#
    )
}

/// Modules, and which template each is a copy of.
type Row<'r> = (&'r [(&'r str, &'r str, String)], &'r [Option<u32>]);

#[test]
fn equal_nested_templates_are_copies_if_that_is_asked_for() {
    let (one, spaced) = (hashed("1", "x", ""), hashed("1", "x", "").replace(':', " :\n "));
    let inner =
        with_modules(&[("in", "", one.clone())]).replacen('{', r#"{ "contentVersion": "1.0.0.0","#, 1);
    let outer = one.replace("A.N", "B.N");
    let rows: [Row<'_>; 6] = [
        (&[("a", "", one.clone()), ("b", "", spaced)], &[None, Some(1)]),
        // Anyone may write the hash.
        (&[("a", "", one.clone()), ("b", "", hashed("1", "y", ""))], &[None, None]),
        (&[("a", "", one.clone()), ("b", "", hashed("1", "x", ", { }"))], &[None, None]),
        (&[("a", "", one.clone()), ("b", "", hashed("2", "x", ""))], &[None, None]),
        // Another scope.
        (
            &[
                ("a", "", one.clone()),
                ("b", r#""subscriptionId": "s","#, one.clone()),
                ("c", "", one.clone()),
            ],
            &[None, None, Some(1)],
        ),
        // The first one is inside another, which has the number 1.
        (&[("a", "", inner), ("b", "", one.clone()), ("c", "", outer)], &[None, Some(2), None]),
    ];
    for (modules, expected) in rows {
        let text = with_modules(modules);
        let copies = |nested: Nested| {
            let (template, errors) = make_with(FileId(0), text.as_str().into(), nested);
            assert!(errors.is_empty(), "{errors:#?}");
            let copy = |inline: &Inline| if let Inline::Copy(known) = inline { Some(*known) } else { None };
            template.inline.iter().map(copy).collect::<Vec<_>>()
        };
        assert_eq!(copies(Nested::Once), expected, "{text}");
        assert!(copies(Nested::Each).iter().all(Option::is_none));
    }
    // Its expressions are those of the template around it.
    let outside = with_modules(&[("a", "", one.clone()), ("b", "", one)]).replace("\"inner\"", "\"outer\"");
    let (template, _) = make_with(FileId(0), outside.as_str().into(), Nested::Once);
    assert!(template.inline.iter().all(|inline| matches!(inline, Inline::Own(_))));
}
