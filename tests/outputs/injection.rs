//! Names of files, symbols, objects and conditions that could have a meaning for a reader of an output.

use std::path::Path;

use super::{FORMATS, run_in, text, tool};

/// Texts that a string in a template can contain.
const HOSTILE: [&str; 10] = [
    "::error::title=x",
    "x %0A::error::y",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "|]%%{init: {}}%% click a call alert(1)",
    "`x` ``` [a](javascript:alert(1))",
    "\\u{1b}[31m \\u{7} \\u{9b}2J",
    "\\u{202e}evil\\u{2066}",
    "##vso[task.setvariable variable=a]b ##[error]c ##teamcity[d]",
    "\\n::error::n\\r\\n##[add-mask]o",
];

/// A template with such a text as the name of the object, in a condition, and as the path of a module.
fn template(hostile: &str) -> String {
    format!(
        "param name string
resource a 'Microsoft.Network/vpnGateways@2024-05-01' = {{
  name: 'a ##[error]{hostile}' // ::error:: ##vso[task.complete]
  properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', '{hostile}') }} }}
}}
resource b 'Microsoft.Network/p2svpnGateways@2024-05-01' = if (name == '{hostile}') {{
  name: 'b'
  properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', '{hostile}') }} }}
}}
resource c 'Microsoft.Network/expressRouteGateways@2024-05-01' = {{
  name: 'c'
  properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', '{hostile}') }} }}
  dependsOn: [a, b]
}}
resource d 'Microsoft.Network/virtualHubs/routingIntent@2024-05-01' = {{ /* ##[error] */ name: '{hostile}/d' }}
module m '##vso[x] <b>.bicep' = {{ name: 'm' }}
"
    )
}

/// An ARM template, in which symbols can be any text.
fn arm(hostile: &str) -> String {
    let raw = hostile.replace("\\u{1b}", "\u{1b}").replace("\\u{202e}", "\u{202e}").replace("\\n", "\n");
    // A slash would split the name.
    let raw = raw.replace('/', "|");
    let subnet = |name: &str| {
        serde_json::json!({
            "type": "Microsoft.Network/virtualNetworks/subnets", "apiVersion": "2024-05-01",
            "name": format!("net {raw}/{name} {raw}"), "properties": { "addressPrefix": "10.0.0.0/24" },
        })
    };
    let document = serde_json::json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0", "languageVersion": "2.0",
        "resources": { format!("one {raw}"): subnet("one"), format!("other {raw}"): subnet("other") },
    });
    document.to_string()
}

/// A folder with one hostile text in every place.
fn folder(hostile: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    write("::warning file=x::<img> ##[error].bicep", template(hostile));
    write("azuredeploy ::error:: <b>.json", arm(hostile));
    folder
}

fn paths() -> [&'static str; 2] {
    ["::warning file=x::<img> ##[error].bicep", "azuredeploy ::error:: <b>.json"]
}

/// Asserts that an output has no terminal escapes and no log commands.
fn assert_harmless(output: &str, what: &str) {
    for hidden in ['\u{1b}', '\u{9b}', '\u{7}', '\u{202e}', '\u{2066}', '\r'] {
        assert!(!output.contains(hidden), "{what}: {hidden:?} in {output}");
    }
    for line in output.lines() {
        // For a command of the tool itself, only its content is checked.
        let line = match line.strip_prefix("##vso[task.logissue ").filter(|_| what.starts_with("azure")) {
            Some(command) => command,
            None => line,
        };
        let lower = line.to_lowercase();
        for command in ["##[", "##vso[", "##teamcity["] {
            assert!(!lower.contains(command), "{what}: {line}");
        }
        let is_own = what.contains("github")
            && ["::error file=", "::warning file=", "::notice file="].iter().any(|own| line.starts_with(own));
        assert!(is_own || !line.trim_start().starts_with("::"), "{what}: {line}");
    }
}

#[test]
fn no_format_interprets_a_name() {
    for hostile in HOSTILE {
        let folder = folder(hostile);
        for format in FORMATS {
            let mut arguments = vec!["--format", format, "--level", "note", "--"];
            arguments.extend(paths());
            let output = run_in(folder.path(), &arguments);
            let shown = text(&output.stdout);
            assert!(shown.contains("hub-gateways"), "{format}: {shown}");
            assert!(shown.contains("parallel-writers"), "{hostile} {format}: {shown}");
            assert_harmless(&shown, &format!("{format} of {hostile}"));
            assert_harmless(&text(&output.stderr), "standard error");
            if matches!(format, "junit" | "markdown" | "html") {
                // In a fenced diff, everything is text.
                let shown: String = shown
                    .split_inclusive('\n')
                    .filter(|line| format != "markdown" || !line.starts_with("+ "))
                    .collect();
                for markup in ["<script>alert", "<img", "onerror=alert(1)>"] {
                    assert!(!shown.contains(markup), "{format}: {markup}");
                }
            }
        }
    }
}

/// Each command is one line, with only the tool's own content.
#[test]
fn each_annotation_is_one_line() {
    for hostile in HOSTILE {
        let folder = folder(hostile);
        let mut arguments = vec!["--format", "github", "--level", "note", "--"];
        arguments.extend(paths());
        let shown = text(&run_in(folder.path(), &arguments).stdout);
        for line in shown.lines() {
            let (head, _) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (command, properties) = head.split_once(' ').unwrap();
            assert!(matches!(command, "error" | "warning" | "notice"), "{line}");
            let names: Vec<&str> =
                properties.split(',').map(|property| property.split('=').next().unwrap()).collect();
            assert_eq!(names.first(), Some(&"file"), "{line}");
            assert_eq!(names.last(), Some(&"title"), "{line}");
            assert!(names.len() <= 6, "{line}");
        }
    }
}

#[test]
fn pictures_contain_no_commands() {
    for hostile in HOSTILE {
        let folder = folder(hostile);
        for path in paths() {
            for (command, formats) in [
                ("graph", ["json", "mermaid", "dot", "svg"]),
                ("timeline", ["text", "json", "mermaid", "svg"]),
            ] {
                for format in formats {
                    let output = run_in(folder.path(), &[command, "--format", format, "--", path]);
                    let shown = text(&output.stdout);
                    assert!(output.status.success() && !shown.is_empty(), "{}", text(&output.stderr));
                    let what = format!("{command} {format} of {hostile} in {path}");
                    assert_harmless(&shown, &what);
                    if format == "svg" {
                        assert!(!shown.contains("<script") && !shown.contains("<img"), "{what}");
                    }
                }
            }
        }
    }
}

/// Data in JSON stays unchanged, whatever a build log would make of it.
#[test]
fn json_contains_unchanged_names() {
    let folder = folder("##vso[a] ##[b]");
    let output = run_in(folder.path(), &["--format", "json", "--level", "note", "--", paths()[0]]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<&str> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["sharedObject"]["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"##vso[a] ##[b]"), "{names:?}");
    assert_eq!(document["findings"][0]["root"], paths()[0]);
}

/// An unreadable file is named, and its name is not taken for a command.
#[test]
fn a_path_in_an_error_is_not_a_command() {
    let output = run_in(Path::new("."), &["--", "x\n::error::y ##[error]z.bicep"]);
    assert_eq!(output.status.code(), Some(2));
    assert_harmless(&text(&output.stderr), "standard error");
}

/// A pipeline interprets the output of `--diff`; a terminal user or a file needs the unchanged patch.
#[test]
fn a_diff_in_a_pipeline_contains_no_command() {
    let folder = tempfile::tempdir().unwrap();
    let template = format!(
        "{}var text = '''\n::error::from a template\n##vso[task.complete]\n'''\n",
        include_str!("../../fixtures/outputs/one-file.bicep")
    );
    std::fs::write(folder.path().join("main.bicep"), &template).unwrap();
    let plain = text(&run_in(folder.path(), &["main.bicep", "--diff"]).stdout);
    assert!(plain.contains("+  dependsOn") && plain.contains("\n ::error::from"), "{plain}");
    let output = tool(folder.path(), &["main.bicep", "--diff"]).env("CI", "true").output().unwrap();
    assert_harmless(&text(&output.stdout), "a diff");
    assert!(text(&output.stderr).contains("note: the diff"), "{}", text(&output.stderr));
}
