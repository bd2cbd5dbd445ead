//! Values of parameter files, of `@secure` parameters and of environment variables are in no output.

use std::path::Path;

use crate::formats::FORMATS;
use crate::process::{folder, read, said, tool, write};

/// Values that no output may contain, in any case.
const SECRETS: [&str; 9] = [
    "Zq1Assigned",
    "Zq2Token",
    "Zq3Element",
    "Zq4Variable",
    "Zq5Fallback",
    "Zq6Environment",
    "Zq7Default",
    "Zq8Inner",
    "73219",
];

const TEMPLATE: &str = "param hubName string
@secure()
param token string
@secure()
param deep object
param mode string
param x string
param n int
param m int
param list array = []
var joined = 'pre-${token}-post'
resource s2s 'Microsoft.Network/vpnGateways@2024-01-01' = if (mode == hubName && m == n) {
  name: 's2s-${token}'
  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', hubName) } }
}
resource er 'Microsoft.Network/expressRouteGateways@2024-01-01' = if (contains(list, x) && x != token && mode != joined && x != deep.inner) {
  name: 'er'
  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', hubName) } }
}
module one 'mod.bicep' = if (x == '${token}' && mode != base64(token)) { name: 'm', params: { vnet: 'vn-${token}', subnet: hubName, mode: mode } }
module two 'mod.bicep' = { name: 'n', params: { vnet: 'vn-${token}', subnet: 'q', mode: mode } }
resource loop 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' = [for at in list: if (mode != at) {
  name: 'vn-${hubName}/${at}'
}]
";

const MODULE: &str = "param vnet string
param subnet string
param mode string
@secure()
param secret string = 'Zq7Default'
resource b 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' = if (mode == secret || mode == 'written') {
  name: '${vnet}/${subnet}'
}
resource c 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' = if (mode == 'id-${secret}') {
  name: '${vnet}/another'
}
";

const PARAMETERS: &str = "using 'main.bicep'
var v = 'Zq4Variable'
param hubName = 'Zq1Assigned'
param token = 'Zq2Token'
param deep = { inner: 'Zq8Inner' }
param n = 73219
param list = ['Zq3Element', v, readEnvironmentVariable('E', 'Zq5Fallback'), 'id-${readEnvironmentVariable('F')}']
";

fn outputs(folder: &Path, file: &str) -> Vec<(String, String)> {
    let check = |format: &str| {
        vec![file.to_owned(), "--level".into(), "note".into(), "--format".into(), format.into()]
    };
    let picture =
        |name: &str, format: &str| vec![name.to_owned(), file.to_owned(), "--format".into(), format.into()];
    let mut all: Vec<Vec<String>> = FORMATS.iter().map(|format| check(format)).collect();
    all.extend(["json", "mermaid", "dot", "svg"].map(|format| picture("graph", format)));
    all.extend(["text", "json", "mermaid", "svg"].map(|format| picture("timeline", format)));
    all.push(vec![file.to_owned(), "--write-baseline".into(), "baseline.json".into()]);
    all.push(vec![file.to_owned(), "--statistics".into()]);
    let run = |arguments: Vec<String>| {
        let output =
            tool(folder).args(&arguments).env("E", "Zq6Environment").env("F", "Zq6Environment").output();
        (arguments.join(" "), said(&output.unwrap()).0)
    };
    let mut all: Vec<(String, String)> = all.into_iter().map(run).collect();
    all.push(("the baseline".to_owned(), read(folder, "baseline.json")));
    all
}

fn assert_secret(folder: &Path, file: &str) -> String {
    let all = outputs(folder, file);
    for (what, text) in &all {
        let lower = text.to_lowercase();
        for secret in SECRETS {
            assert!(!lower.contains(&secret.to_lowercase()), "{what}: {secret} in\n{text}");
        }
        // Nor anything computed from them. Ex) `base64('Zq2Token')`
        assert!(!text.contains("WnEyVG9rZW4"), "{what}: {text}");
    }
    all.into_iter().find(|(what, _)| what.contains("--format json")).unwrap().1
}

#[test]
fn values_of_parameter_files_and_secrets_are_in_no_output() {
    let folder = folder();
    write(folder.path(), "main.bicep", TEMPLATE);
    write(folder.path(), "mod.bicep", MODULE);
    write(folder.path(), "prod.bicepparam", PARAMETERS);
    write(folder.path(), "base.bicepparam", PARAMETERS.replace("using 'main.bicep'", "using none"));
    write(folder.path(), "more.bicepparam", "using 'main.bicep'\nextends 'base.bicepparam'\n");
    let under = assert_secret(folder.path(), "prod.bicepparam");
    for told in ["`mode` is `hubName`", "`m` is `n`", "`x` is `token`"] {
        assert!(under.contains(told), "the parameter is named instead of its value: {told}\n{under}");
    }
    assert_secret(folder.path(), "more.bicepparam");
    let alone = assert_secret(folder.path(), "main.bicep");
    assert!(alone.contains("`mode` is `hubName`"), "{alone}");
    assert_secret(folder.path(), "mod.bicep");
}

#[test]
fn literals_of_a_template_are_shown() {
    let folder = folder();
    let template = TEMPLATE.replace("mode == hubName && m == n", "mode == 'Written'");
    write(folder.path(), "main.bicep", template);
    write(folder.path(), "mod.bicep", MODULE);
    let parameters = PARAMETERS.replace("param hubName = 'Zq1Assigned'", "param hubName = 'Written'");
    write(folder.path(), "prod.bicepparam", parameters);
    let text = assert_secret(folder.path(), "prod.bicepparam");
    assert!(text.contains("`mode` is `'Written'`"), "{text}");
}

#[test]
fn secrets_of_arm_templates_are_in_no_output() {
    let folder = folder();
    let inner = r#"{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
      "contentVersion": "1.0.0.0",
      "parameters": { "secret": { "type": "secureString", "defaultValue": "Zq7Default" }, "mode": { "type": "string" } },
      "resources": [
        { "type": "Microsoft.Network/virtualNetworks/subnets", "apiVersion": "2024-01-01", "name": "vn/a",
          "condition": "[equals(parameters('mode'), parameters('secret'))]" },
        { "type": "Microsoft.Network/virtualNetworks/subnets", "apiVersion": "2024-01-01", "name": "vn/b" } ] }"#;
    write(folder.path(), "inner.json", inner);
    write(
        folder.path(),
        "main.bicep",
        "param q string\nmodule m 'inner.json' = { name: 'm', params: { mode: q } }\n",
    );
    let text = assert_secret(folder.path(), "main.bicep");
    assert!(text.contains("`mode` is `secret`") || text.contains("`q` is `secret`"), "{text}");
}

#[test]
fn source_lines_and_error_messages_contain_no_values() {
    let folder = folder();
    write(
        folder.path(),
        "main.bicep",
        "param hubName string\nparam token string\nparam list array\n@secure()\nparam secret string = 'Zq7Default' // why\nresource a 'x' = {}\n",
    );
    for wrong in [
        "param hubName = 'Zq1Assigned\n",
        "param hubName = Zq1Assigned\n",
        "param hubName = 'x' Zq1Assigned\n",
        "param hubName = Zq1Assigned('Zq2Token')\n",
        "param hubName = `Zq1Assigned`\n",
        "param list = [\n  'Zq3Element'\n  Zq4Variable\n  'Zq5Fallback\n]\n",
        "param hubName = 'a' == Zq1Assigned Zq2Token\n",
        "var v = 'Zq4Variable' +\nparam hubName = v.Zq8Inner\n",
        "param token='Zq2Token\nparam hubName = 'Zq1Assigned\n",
        "param hubName Zq1Assigned\n",
        "  'Zq3Element'\n",
        "Zq3Element = 5\n",
        "param hubName = '''Zq1Assigned\nZq2Token\n",
        "param hubName = '\\q{Zq1Assigned}'\n",
    ] {
        write(folder.path(), "bad.bicepparam", format!("using 'main.bicep'\n{wrong}"));
        assert_secret(folder.path(), "bad.bicepparam");
    }
    for secret in ["'Zq7Default", "'Zq7Default' 'Zq8Inner'", "'Zq7Default' == 5"] {
        write(
            folder.path(),
            "own.bicep",
            format!("@secure()\nparam secret string = {secret}\nvar x = =\n{}", crate::process::RACY),
        );
        let (text, _) = crate::process::run(folder.path(), &["own.bicep", "--format", "html"]);
        assert!(!text.contains("Zq7Default"), "{secret}: {text}");
    }
}
