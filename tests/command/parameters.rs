//! Parameter files: their values decide what their template deploys.

use std::path::Path;

use serde_json::Value;

use crate::process::{folder, run, write};

/// Two gateways of one hub; the second is deployed if `on` is true.
const TEMPLATE: &str = "param on bool
param label string = 'x'
resource hub 'Microsoft.Network/virtualHubs@2024-01-01' existing = {
  name: 'hub'
}
resource vpn 'Microsoft.Network/vpnGateways@2024-01-01' = {
  name: 'vpn-${label}'
  properties: {
    virtualHub: { id: hub.id }
  }
}
resource er 'Microsoft.Network/expressRouteGateways@2024-01-01' = if (on) {
  name: 'er'
  properties: {
    virtualHub: { id: hub.id }
  }
}
";

/// The JSON report of a run.
fn report(folder: &Path, arguments: &[&str]) -> Value {
    let all = [&["--level", "note", "--format", "json"], arguments].concat();
    let (text, _) = run(folder, &all);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn rules(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect()
}

fn messages(report: &Value) -> Vec<&str> {
    report["diagnostics"].as_array().unwrap().iter().map(|one| one["message"].as_str().unwrap()).collect()
}

/// Whether the two gateways race under a parameter file without any other results.
fn races(text: &str) -> bool {
    let folder = folder();
    write(folder.path(), "main.bicep", TEMPLATE);
    write(folder.path(), "main.bicepparam", format!("using 'main.bicep'\n{text}\n"));
    write(
        folder.path(),
        "base.bicepparam",
        "using none\nvar own = 'no'\nparam on = own == 'yes'\nparam label = 'low'\n",
    );
    write(
        folder.path(),
        "kinds.bicep",
        "@export()\nvar kinds = [ 'er', 'vpn' ]\n@export()\nfunc is(a string) bool => a == 'er'\n",
    );
    write(folder.path(), "west.json", "{ \"on\": true }");
    let report = report(folder.path(), &["main.bicepparam"]);
    assert!(messages(&report).is_empty(), "{text}: {report:#}");
    let rules = rules(&report);
    assert!(rules.is_empty() || rules == ["hub-gateways"], "{text}: {report:#}");
    !rules.is_empty()
}

#[test]
fn a_parameter_file_names_its_own_parameters_and_variables_in_any_order() {
    let table = [
        ("param label = 'east'\nparam on = label == 'west'", false),
        ("param label = 'west'\nparam on = label == 'west'", true),
        ("param on = label == 'west'\nparam label = 'east'", false),
        ("param on = label == 'west'\nparam label = 'west'", true),
        ("param on = prod\nvar prod = label == 'prod'\nparam label = stage\nvar stage = 'dev'", false),
        ("param on = prod\nvar prod = label == 'prod'\nparam label = stage\nvar stage = 'prod'", true),
        ("var all = { east: false, west: true }\nparam label = 'east'\nparam on = all[label]", false),
        ("var all = { east: false, west: true }\nparam label = 'west'\nparam on = all[label]", true),
        ("param label = 'west'\nparam on = loadJsonContent('${label}.json').on", true),
        // A loop, and a lambda whose variable hides a parameter.
        (
            "var all = [for one in [ 'a', 'b' ]: '${one}${label}']\nparam label = 'x'\nparam on = contains(all, 'bx')",
            true,
        ),
        (
            "var all = [for one in [ 'a', 'b' ]: '${one}${label}']\nparam label = 'x'\nparam on = contains(all, 'cx')",
            false,
        ),
        ("param label = 'b'\nparam on = contains(map([ 'a' ], label => label), 'b')", false),
        // Names from another file.
        ("import { kinds, is } from 'kinds.bicep'\nparam label = kinds[0]\nparam on = is(label)", true),
        ("import * as all from 'kinds.bicep'\nparam label = all.kinds[1]\nparam on = all.is(label)", false),
        ("extends 'base.bicepparam'\nparam on = base.on", false),
        ("extends 'base.bicepparam'", false),
        (
            "extends 'base.bicepparam'\nparam label = 'high'\nparam on = base.label == 'low' && label == 'high'",
            true,
        ),
    ];
    for (text, expected) in table {
        assert_eq!(races(text), expected, "{text}");
    }
}

#[test]
fn values_from_the_deployment_are_unknown_except_for_defaults() {
    let table = [
        ("param on = readEnvironmentVariable('ON', 'no') == 'yes'", false),
        ("param on = readEnvironmentVariable('ON', 'yes') == 'yes'", true),
        ("param on = bool(readEnvironmentVariable('ON', 'false'))", false),
        ("param on = readEnvironmentVariable('ON') == 'yes'", true),
        ("param on = empty(readEnvironmentVariable('ON'))", true),
        ("param on = externalInput('ci.on', { key: 'x' })", true),
        ("param on = externalInput('ci.on') == 'yes'", true),
        ("param on = true\nparam label = az.getSecret('s', 'g', 'v', 'n')", true),
        ("param on = false\nparam label = getSecret('s', 'g', 'v', 'n')", false),
    ];
    for (text, expected) in table {
        assert_eq!(races(text), expected, "{text}");
    }
}

#[test]
fn a_cyclic_value_is_reported_once() {
    let table = [
        ("param label = label", "`label` needs its own value: `label -> label`"),
        ("param label = '${own}-x'\nvar own = label", "`label` needs its own value: `label -> own -> label`"),
        ("var own = label\nparam label = '${own}-x'", "`own` needs its own value: `own -> label -> own`"),
        (
            "param label = one\nvar one = two\nvar two = [for at in [ 1 ]: three][0]\nvar three = { a: one }.a",
            "`one` needs its own value: `one -> two -> three -> one`",
        ),
    ];
    for (text, expected) in table {
        let folder = folder();
        write(folder.path(), "main.bicep", TEMPLATE);
        write(folder.path(), "main.bicepparam", format!("using 'main.bicep'\nparam on = false\n{text}\n"));
        let report = report(folder.path(), &["main.bicepparam"]);
        assert_eq!(messages(&report), [expected], "{text}");
    }
    // Using a name twice is not a cycle.
    assert!(races("param on = contains('${a}${b}', 'z')\nvar a = c\nvar b = c\nvar c = 'z'"));
}

#[test]
fn unknown_names_and_second_assignments_are_reported() {
    let table = [
        ("param on = false\nparam label = missing", "is not declared"),
        ("param on = false\nparam label = base.label", "is not declared"),
        ("param on = false\nparam on = true", "`on` is declared twice"),
        ("var on = true\nparam on = false", "`on` is declared twice"),
    ];
    for (text, expected) in table {
        let folder = folder();
        write(folder.path(), "main.bicep", TEMPLATE);
        write(folder.path(), "main.bicepparam", format!("using 'main.bicep'\n{text}\n"));
        let report = report(folder.path(), &["main.bicepparam"]);
        let messages = messages(&report);
        assert!(messages.len() == 1 && messages[0].contains(expected), "{text}: {messages:?}");
    }
}

/// A JSON parameter file.
fn json(parameters: &str) -> String {
    format!(
        "{{\n  \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#\",\n  \
         \"contentVersion\": \"1.0.0.0\",\n  \"parameters\": {{ {parameters} }}\n}}\n"
    )
}

#[test]
fn a_json_parameter_file_sets_the_values_of_its_template() {
    let table = [
        (r#""on": { "value": false }"#, false),
        (r#""on": { "value": true }"#, true),
        (r#""ON": { "value": false }"#, false),
        (
            r#""on": { "value": false }, // no gateway
            "label": { "value": "[not an expression" },"#,
            false,
        ),
        (
            r#""on": { "value": true }, "label": { "reference": { "keyVault": { "id": "/x" }, "secretName": "s" } }"#,
            true,
        ),
        // An environment variable may have any value, and may have a default.
        (r#""on": { "value": "${ON}" }"#, true),
        (r#""on": { "value": "${ON=false}" }"#, false),
        (r#""on": { "value": "${ON=true}" }"#, true),
        (r#""on": { "value": "${ON:-0}" }"#, false),
        (r#""on": { "value": "false" }"#, false),
        (r#""label": { "value": "${ENV}-x" }"#, true),
        // The value of a secret is unknown.
        (r#""on": { "reference": { "keyVault": { "id": "/x" }, "secretName": "s" } }"#, true),
    ];
    for (parameters, expected) in table {
        let folder = folder();
        write(folder.path(), "main.bicep", TEMPLATE);
        write(folder.path(), "main.parameters.json", json(parameters));
        for path in ["main.parameters.json", "."] {
            let report = report(folder.path(), &[path, "--select", "hub-gateways"]);
            assert!(messages(&report).is_empty(), "{parameters}: {report:#}");
            assert!(report["summary"]["roots"].as_u64() >= Some(1), "{report:#}");
            let found = report["findings"].as_array().unwrap();
            let of_file = found.iter().flat_map(|one| one["roots"].as_array().unwrap());
            let is_found = of_file.clone().any(|root| root == "main.parameters.json");
            assert_eq!(is_found, expected, "{path}: {parameters}");
        }
    }
}

#[test]
fn the_template_of_a_json_parameter_file_is_found_or_requested() {
    let off = json(r#""on": { "value": false }"#);
    let folder = folder();
    write(folder.path(), "hub/main.bicep", TEMPLATE);
    write(folder.path(), "hub/parameters/main.parameters.dev.json", &off);
    write(folder.path(), "hub/main.parameters.prod.json", off.replace("false", "true"));
    write(folder.path(), "elsewhere/dev.parameters.json", &off);
    write(folder.path(), "elsewhere/other.parameters.json", "{ \"parameters\": [ 1 ] }");
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    let arm = format!("{{ \"$schema\": \"{schema}\", \"resources\": [] }}");
    write(folder.path(), "arm/azuredeploy.json", arm);
    write(folder.path(), "arm/azuredeploy.parameters.json", &off);
    let roots = |arguments: &[&str]| {
        let (text, _) = run(
            folder.path(),
            &[&["--level", "note", "--statistics", "--format", "concise"], arguments].concat(),
        );
        let row = |name: &str| {
            let line = text.lines().find(|line| line.trim_start().starts_with(name));
            line.and_then(|line| line.split_whitespace().last().map(str::to_owned))
        };
        (row("roots"), row("without a template"))
    };
    let some = |count: &str| Some(count.to_owned());
    // The template and two of its files.
    assert_eq!(roots(&["."]), (some("3"), some("2")));
    assert_eq!(roots(&["--arm", "."]), (some("5"), some("1")));
    assert_eq!(roots(&["--template", "hub/main.bicep", "elsewhere"]), (some("1"), None));
    // A file that is named on the command line gets a message about the missing template.
    let report = report(folder.path(), &["elsewhere/dev.parameters.json"]);
    let told = messages(&report);
    assert!(told.len() == 1 && told[0].contains("`--template FILE`"), "{told:?}");
    // A project file can name the template.
    write(folder.path(), "azure.yaml", "name: app\ninfra:\n  path: elsewhere\n  module: app\n");
    write(folder.path(), "elsewhere/app.bicep", TEMPLATE);
    let report = self::report(folder.path(), &["elsewhere/dev.parameters.json"]);
    assert!(messages(&report).is_empty() && rules(&report).is_empty(), "{report:#}");
    write(folder.path(), "elsewhere/dev.parameters.json", off.replace("false", "true"));
    let report = self::report(folder.path(), &["elsewhere/dev.parameters.json"]);
    assert_eq!(rules(&report), ["hub-gateways"], "{report:#}");
}

#[test]
fn values_from_the_command_line_apply_and_the_last_wins() {
    let folder = folder();
    write(folder.path(), "main.bicep", TEMPLATE);
    write(folder.path(), "on.json", json(r#""on": { "value": true }"#));
    write(folder.path(), "off.json", json(r#""on": { "value": false }"#));
    write(folder.path(), "off.bicepparam", "using 'main.bicep'\nparam on = false\n");
    write(folder.path(), "none.bicepparam", "using none\nparam on = false\n");
    write(folder.path(), "env/on=2.json", json(r#""on": { "value": false }"#));
    let table: [(&[&str], bool); 18] = [
        (&["--template", "main.bicep"], true),
        // A path is no name of a parameter.
        (&["main.bicep", "--parameters", "env/on=2.json"], false),
        (&["main.bicep", "--parameters", "env/on=2.json", "--parameters", "on=true"], true),
        (&["--template", "main.bicep", "--parameters", "on=false"], false),
        (&["--template-file", "main.bicep", "--parameters", "on=true"], true),
        (&["main.bicep", "--parameters", "on=false"], false),
        (&["main.bicep", "--parameters", "ON=false"], false),
        (&["main.bicep", "--parameters", "label=x"], true),
        (&["main.bicep", "--parameters", "off.json"], false),
        (&["main.bicep", "--parameters", "@on.json"], true),
        (&["main.bicep", "--parameters", "on.json", "--parameters", "@off.json"], false),
        (&["main.bicep", "--parameters", "off.json", "--parameters", "on.json"], true),
        (&["main.bicep", "--parameters", "on.json", "--parameters", "on=false"], false),
        (&["main.bicep", "--parameters", "on=false", "--parameters", "on.json"], true),
        (&["--parameters", "off.bicepparam"], false),
        (&["off.bicepparam", "--parameters", "on=true"], true),
        (&["--template", "main.bicep", "none.bicepparam"], false),
        (&["--template", "main.bicep", "off.json"], false),
    ];
    for (arguments, expected) in table {
        let report = report(folder.path(), arguments);
        assert!(messages(&report).is_empty(), "{arguments:?}: {report:#}");
        assert_eq!(rules(&report) == ["hub-gateways"], expected, "{arguments:?}: {report:#}");
    }
    // The displayed path of a combined root lists its sources, without values.
    let report =
        report(folder.path(), &["main.bicep", "--parameters", "on.json", "--parameters", "label=Zq1"]);
    assert_eq!(report["findings"][0]["roots"][0], "on.json + label", "{report:#}");
    assert!(!report.to_string().to_lowercase().contains("zq1"), "{report:#}");
}

#[test]
fn errors_in_given_values_are_reported() {
    let folder = folder();
    write(folder.path(), "main.bicep", TEMPLATE);
    write(folder.path(), "other.bicep", TEMPLATE);
    write(folder.path(), "zones.bicep", "param zones array\n");
    let table: [(&[&str], &str); 10] = [
        (&["--template", "gone.bicep"], "`--template gone.bicep`: there is no such file"),
        (&["main.bicep", "--parameters", "gone.json"], "`--parameters gone.json`: there is no such file"),
        (&["main.bicep", "--parameters", "@on=false"], "`--parameters on=false`: there is no such file"),
        (&["--parameters", "on=false"], "needs a template"),
        (
            &["main.bicep", "--parameters", "onn=false"],
            "`--parameters onn=…`: `main.bicep` has no such parameter; did you mean `on`?",
        ),
        (&["main.bicep", "--parameters", "on=maybe"], "`--parameters on=…`: it takes `true` or `false`"),
        (&["main.bicep", "--parameters", "on=0"], "it takes `true` or `false`"),
        (&["zones.bicep", "--parameters", "zones=3"], "`--parameters zones=…`: it takes an array, as JSON"),
        (&["main.bicep", "other.bicep", "--parameters", "on=false"], "`--template FILE` says for which"),
        (&["-f", "main.bicep"], "hint: a template is named by itself, `bicep-race-lint main.bicep`"),
    ];
    for (arguments, expected) in table {
        let (text, code) = run(folder.path(), arguments);
        assert!(code == 2 && text.contains(expected), "{arguments:?}: {code} {text}");
    }
}

/// A template with three parameter files: `er` is deployed only in prod.
fn environments(dev: &str, test: &str, prod: &str) -> tempfile::TempDir {
    let folder = folder();
    write(folder.path(), "main.bicep", TEMPLATE);
    for (name, on) in [("dev", dev), ("prod", prod), ("test", test)] {
        write(folder.path(), format!("{name}.bicepparam"), format!("using 'main.bicep'\nparam on = {on}\n"));
    }
    folder
}

#[test]
fn a_finding_names_the_environments_that_have_it() {
    let list = |all: &str| {
        let files = all.split_whitespace().map(|name| format!("{name}.bicepparam"));
        serde_json::json!(files.collect::<Vec<_>>())
    };
    let table = [
        ("- - on", "prod", "dev test", "`prod.bicepparam`, not in `dev.bicepparam` and `test.bicepparam`"),
        ("on - on", "dev prod", "test", "`dev.bicepparam` and `prod.bicepparam`, not in `test.bicepparam`"),
        ("on on on", "dev prod test", "", "`dev.bicepparam`, `prod.bicepparam` and `test.bicepparam`"),
        ("- - -", "", "dev prod test", "none of 3 parameter files"),
    ];
    for (on, under, not_in, words) in table {
        let on: Vec<&str> = on.split(' ').map(|on| if on == "on" { "true" } else { "false" }).collect();
        let [dev, test, prod] = on[..] else { panic!("three environments") };
        let folder = environments(dev, test, prod);
        let found = report(folder.path(), &["."]);
        let finding = &found["findings"][0];
        assert_eq!(rules(&found), ["hub-gateways"], "{found:#}");
        assert_eq!((&finding["environments"], &finding["notIn"]), (&list(under), &list(not_in)));
        assert_eq!(finding["level"], "error", "whatever the environments");
        assert_eq!(finding["when"], "`on` is true", "in terms of the template");
        for format in ["human", "concise", "github", "gitlab", "junit", "markdown", "sarif", "html", "jsonl"]
        {
            let (said, _) = run(folder.path(), &[".", "--format", format]);
            // Markup and line ends of the format do not matter here.
            let plain = |text: &str| {
                let tags = text.replace("<code>", "").replace("</code>", "");
                tags.replace(['`', '\\'], "").split_whitespace().collect::<Vec<_>>().join(" ")
            };
            let is_told = match format {
                "jsonl" => said.contains("\"environments\":[") && said.contains("\"notIn\":["),
                _ => plain(&said).contains(&plain(words)),
            };
            assert!(is_told, "{format}: {words}\n{said}");
        }
    }
    // A file that is checked alone is the only known environment; a template alone has none.
    let folder = environments("false", "false", "true");
    let prod = report(folder.path(), &["prod.bicepparam"]);
    assert_eq!(
        (&prod["findings"][0]["environments"], &prod["findings"][0]["notIn"]),
        (&list("prod"), &list(""))
    );
    let template = report(folder.path(), &["main.bicep"]);
    assert_eq!(template["findings"][0]["environments"], list(""));
    let (text, _) = run(folder.path(), &["main.bicep", "--format", "concise"]);
    assert!(!text.contains("parameter file") && !text.contains("bicepparam"), "{text}");
}

#[test]
fn findings_without_an_environment_can_be_hidden() {
    let only = "[environments]\nonly = true\n";
    let count = |folder: &Path, arguments: &[&str]| {
        let report = report(folder, arguments);
        let quieter: Vec<String> = report["summary"]["quieter"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| format!("{} {} {}", one["what"], one["id"], one["count"]).replace('"', ""))
            .collect();
        (rules(&report).len(), quieter)
    };
    let left_out = || vec!["no-environment hub-gateways 1".to_owned()];
    let none = environments("false", "false", "false");
    assert_eq!(count(none.path(), &["."]), (1, vec![]));
    write(none.path(), "bicep-race-lint.toml", only);
    assert_eq!(count(none.path(), &["."]), (0, left_out()));
    assert_eq!(count(none.path(), &[".", "--no-config"]).0, 1);
    // A template without its files, a race that one file allows, and a template with another caller.
    assert_eq!(count(none.path(), &["main.bicep"]), (1, vec![]));
    write(none.path(), "bicep-race-lint.toml", only.replace("true", "false"));
    assert_eq!(count(none.path(), &["."]), (1, vec![]));
    let some = environments("false", "true", "false");
    write(some.path(), "bicep-race-lint.toml", only);
    assert_eq!(count(some.path(), &["."]), (1, vec![]));
    let called = environments("false", "false", "false");
    write(called.path(), "bicep-race-lint.toml", only);
    write(
        called.path(),
        "other.bicep",
        "param on bool\nmodule m 'main.bicep' = { name: 'm', params: { on: on } }\n",
    );
    assert_eq!(count(called.path(), &["."]), (1, vec![]), "`other.bicep` has no parameter file");
    write(called.path(), "bicep-race-lint.toml", "[environments]\nonly = 1\nonyl = true\n");
    let (text, code) = run(called.path(), &["."]);
    assert!(
        code == 2 && text.contains("expected true or false") && text.contains("did you mean `only`"),
        "{text}"
    );
}

#[test]
fn a_template_of_another_program_is_reported_once_and_not_checked() {
    let racy = |name: &str| TEMPLATE.replace("'er'", name);
    let table = [
        ("main.bicep", racy("{{ .Values.name }}"), "`{{ … }}`"),
        ("main.bicep", format!("{{{{- if .on }}}}\n{TEMPLATE}\n{{{{- end }}}}\n"), "`{{ … }}`"),
        ("main.bicep", racy("__GATEWAY_NAME__"), "`__…__`"),
        ("main.bicep", racy("#{GatewayName}#"), "`#{ … }#`"),
        ("main.bicep", format!("{{% for one in all %}}\n{TEMPLATE}"), "`{% … %}`"),
        (
            "prod.bicepparam",
            "using 'gone.bicep'\nparam on = {{ .on }}\nparam label = {{ .label }}\n".to_owned(),
            "`{{ … }}`",
        ),
        ("prod.bicepparam", "using 'gone.bicep'\nparam on = __ON__\n".to_owned(), "`__…__`"),
        (
            "main.json",
            "{ \"$schema\": \"x/deploymentTemplate.json#\", \"resources\": {{ .all }} }".to_owned(),
            "`{{ … }}`",
        ),
    ];
    for (path, text, form) in table {
        let folder = folder();
        write(folder.path(), path, &text);
        write(folder.path(), "whole.bicep", TEMPLATE);
        let found = report(folder.path(), &[path, "whole.bicep"]);
        let of_syntax = |one: &&Value| one["rule"] == "syntax";
        let told: Vec<&Value> = found["diagnostics"].as_array().unwrap().iter().filter(of_syntax).collect();
        let [told] = told[..] else { panic!("{path} {text}: {found:#}") };
        let (message, help) = (told["message"].as_str().unwrap(), told["help"].as_str().unwrap());
        assert!(message.contains(form) && message.contains("not checked"), "{message}");
        assert!(help.contains(&format!("`exclude = [\"{path}\"]`")), "{help}");
        // The rest of the run is as without that file.
        assert_eq!(
            (found["summary"]["roots"].as_u64(), rules(&found)),
            (Some(1), vec!["hub-gateways"]),
            "{text}"
        );
        let alone = report(folder.path(), &["whole.bicep"]);
        assert_eq!(found["findings"], alone["findings"], "{text}");
        assert_eq!(found["coverage"]["declarations"], alone["coverage"]["declarations"], "{text}");
    }
    // In quotes it is ordinary text, and it does not affect other syntax errors.
    for (text, expected) in [
        (racy("'{{ .name }}-__X__'"), None),
        (racy("'er' oops '{{ .name }}'"), Some("oops")),
        (format!("// {{{{ .x }}}}\n{TEMPLATE}\nvar v = missing\n"), Some("`missing` is not declared")),
    ] {
        let folder = folder();
        write(folder.path(), "main.bicep", &text);
        let found = report(folder.path(), &["main.bicep"]);
        match expected {
            None => assert!(messages(&found).is_empty(), "{found:#}"),
            Some(word) => assert!(messages(&found).iter().any(|told| told.contains(word)), "{found:#}"),
        }
    }
}
