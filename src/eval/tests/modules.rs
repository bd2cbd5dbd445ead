//! The effect of a call on its callee's values, and values that are read through a call.

use super::{node, root, variable, workspace};
use crate::eval::evaluator::Evaluator;

/// Asserts that `a` and `b` of `main.bicep` are one term.
fn one(files: &[(&str, &str)]) {
    let workspace = workspace(files);
    let template = root(&workspace);
    let mut evaluator = Evaluator::new(&workspace);
    let (a, b) = (variable(&mut evaluator, template, "a"), variable(&mut evaluator, template, "b"));
    assert_eq!(evaluator.terms().show(a), evaluator.terms().show(b));
    assert_eq!(a, b);
}

#[test]
fn arguments_defaults_and_missing_values() {
    let callee = "
        param given string
        param prefix string = 'p'
        param derived string = '${prefix}-${given}'
        param optional string?
        output all array = [given, derived, optional ?? 'none']
    ";
    let main = "
        param x string
        module one 'callee.bicep' = { name: 'one', params: { given: x } }
        module two 'callee.bicep' = { name: 'two', params: { given: x, prefix: 'q', optional: 'o' } }
        module three 'callee.bicep' = { name: 'three', params: { given: x, derived: null } }
        var a = [one.outputs.all, two.outputs.all, three.outputs.all]
        var b = [[x, 'p-${x}', 'none'], [x, 'q-${x}', 'o'], [x, 'p-${x}', 'none']]
    ";
    one(&[("main.bicep", main), ("callee.bicep", callee)]);
}

#[test]
fn scope_functions_are_those_of_the_callee() {
    let callee = "
        output group string = resourceGroup().name
        output id string = resourceGroup().id
        output subscription string = subscription().subscriptionId
        output name string = deployment().name
    ";
    let main = "
        module here 'callee.bicep' = { name: 'here' }
        module there 'callee.bicep' = { name: 'there', scope: resourceGroup('s', 'g') }
        var a = [
          here.outputs.group, here.outputs.name
          there.outputs.group, there.outputs.id, there.outputs.subscription
        ]
        var b = [resourceGroup().name, 'here', 'g', '/subscriptions/s/resourceGroups/g', 's']
    ";
    one(&[("main.bicep", main), ("callee.bicep", callee)]);
}

#[test]
fn an_element_of_a_module_loop_is_read_with_its_index() {
    let callee = "
        param p string
        param xs array
        output name string = 'hub-${p}'
        output all array = map(xs, x => '${p}-${x}')
    ";
    let main = "
        param list array
        param names array
        module hubs 'callee.bicep' = [for (item, i) in list: {
          name: 'hub-${i}'
          params: { p: item.name, xs: names }
        }]
        var a = [hubs[1].outputs.name, hubs[2].name]
        var b = ['hub-${list[1].name}', 'hub-2']
    ";
    one(&[("main.bicep", main), ("callee.bicep", callee)]);
    // The loop inside the output does not capture the index of the loop around it.
    let around = main.replace(
        "var a = [hubs[1].outputs.name, hubs[2].name]",
        "var a = [for (x, i) in list: hubs[i].outputs.all]",
    );
    let around = around.replace(
        "var b = ['hub-${list[1].name}', 'hub-2']",
        "var b = [for (x, i) in list: map(names, n => '${x.name}-${n}')]",
    );
    one(&[("main.bicep", &around), ("callee.bicep", callee)]);
}

#[test]
fn the_output_of_an_unreadable_module_is_itself_only() {
    let workspace = workspace(&[(
        "main.bicep",
        "
        module gone 'gone.bicep' = { name: 'gone' }
        module lost 'lost.bicep' = { name: 'lost' }
        var a = gone.outputs.name
        var b = gone.outputs.name
        var c = lost.outputs.name
        var d = gone.outputs.id
        ",
    )]);
    let template = root(&workspace);
    let mut evaluator = Evaluator::new(&workspace);
    let mut value = |name| variable(&mut evaluator, template, name);
    assert_eq!(value("a"), value("b"));
    assert_ne!(value("a"), value("c"));
    assert_ne!(value("a"), value("d"));
}

#[test]
fn imports_by_name_and_by_wildcard() {
    let shared = "
        @export()
        var prefix = 'net'
        @export()
        func named(kind string) string => '${prefix}-${kind}'
    ";
    let main = "
        import { prefix, named as call } from 'shared.bicep'
        import * as all from 'shared.bicep'
        var a = [prefix, call('hub'), all.prefix, all.named('hub')]
        var b = ['net', 'net-hub', 'net', 'net-hub']
    ";
    one(&[("main.bicep", main), ("shared.bicep", shared)]);
}

#[test]
fn loaded_files_are_read_beside_the_template() {
    let files = [
        (
            "main.bicep",
            "
            var a = [
              loadJsonContent('hubs.json', 'hubs[1].name'), loadYamlContent('hubs.yaml').hubs[0].name
              loadTextContent('name.txt'), length(loadJsonContent('hubs.json').hubs)
              loadTextContent(('${folder}/name.txt'))
            ]
            var b = ['two', 'one', 'text', 2, 'inside']
            var folder = 'lists'
        ",
        ),
        ("hubs.json", "// names\n{ \"hubs\": [ { \"name\": \"one\" }, { \"name\": \"two\" } ] }"),
        ("hubs.yaml", "hubs:\n  - name: one\n"),
        ("name.txt", "text"),
        ("lists/name.txt", "inside"),
    ];
    one(&files);
}

#[test]
fn a_nested_child_inherits_the_condition_and_a_child_by_parent_does_not() {
    let workspace = workspace(&[(
        "main.bicep",
        "
        param x bool
        param y bool
        resource vnet 'Microsoft.Network/virtualNetworks@2024-05-01' = if (x) {
          name: 'vnet'
          resource nested 'subnets' = if (y) { name: 'a' }
        }
        resource child 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = if (y) { parent: vnet, name: 'b' }
        ",
    )]);
    let template = root(&workspace);
    let mut evaluator = Evaluator::new(&workspace);
    let mut condition = |symbol| {
        let found = evaluator.condition(template, node(&workspace, template, symbol));
        evaluator.terms().show(found)
    };
    assert_eq!(condition("vnet::nested"), "x && y");
    assert_eq!(condition("child"), "y");
}

#[test]
fn the_values_of_a_parameter_file_come_with_those_that_it_extends() {
    let memory = crate::workspace::Memory::default()
        .with("/main.bicep", "param env string\nparam tags object\nparam size int")
        .with("/base.bicepparam", "using none\nparam tags = { a: 1 }\nparam size = 1")
        .with(
            "/prod.bicepparam",
            "using 'main.bicep'\nextends 'base.bicepparam'\nvar e = 'prod'\nparam env = e\nparam tags = { ...base.tags, env: e }",
        );
    let workspace = crate::workspace::Workspace::load(
        &memory,
        &super::Nothing,
        &[std::path::PathBuf::from("/prod.bicepparam")],
        &[],
        std::path::Path::new("/"),
    );
    let template = root(&workspace);
    let mut evaluator = Evaluator::new(&workspace);
    let assigned = evaluator.assignments(template);
    let value = |name: &str| assigned.iter().find(|(known, _)| known == name).unwrap().1;
    let terms = evaluator.terms();
    assert_eq!(terms.show(value("env")), "'prod'");
    assert_eq!(terms.show(value("size")), "1");
    let (a, env) = (terms.member(value("tags"), "a"), terms.member(value("tags"), "env"));
    assert_eq!((terms.known_int(a), terms.known_text(env)), (Some(1), Some("prod")));
}
