//! `--changed`: analyses and reports exactly the roots that depend on a changed file, in whatever way.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::process::{RACY, folder, run, said, tool, write};

/// A module with two gateways in the hub that the expression `hub` names.
fn gateways(hub: &str) -> String {
    let gateway = |symbol: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: '{symbol}'\n  properties: {{ \
             virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', {hub}) }} }}\n}}\n"
        )
    };
    gateway("a") + &gateway("b")
}

/// A temporary repository with these files.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let tree = folder();
    std::fs::create_dir(tree.path().join(".git")).unwrap();
    for (path, text) in files {
        write(tree.path(), path, text);
    }
    tree
}

/// Runs `--changed` on these files, and returns the roots with a finding and the exit code. Every root in these trees
/// has a race.
fn racy_roots(folder: &Path, changed: &[&str]) -> (Vec<String>, i32) {
    racy_roots_beside_quiet(0, folder, changed)
}

/// The same for a tree in which `quiet` of the analysed roots have no race.
fn racy_roots_beside_quiet(quiet: usize, folder: &Path, changed: &[&str]) -> (Vec<String>, i32) {
    let (text, code) = run(folder, &[&["--format", "json", "--changed"], changed].concat());
    let start = text.find('{').unwrap_or_else(|| panic!("{text}"));
    let document = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>().next();
    let report = document.unwrap().unwrap_or_else(|error| panic!("{error}: {text}"));
    let findings = report["findings"].as_array().unwrap();
    let of_findings = findings.iter().flat_map(|finding| finding["roots"].as_array().unwrap());
    let mut roots: Vec<String> = of_findings.map(|root| root.as_str().unwrap().to_owned()).collect();
    roots.sort();
    roots.dedup();
    assert_eq!(report["summary"]["roots"], roots.len() + quiet, "{text}");
    (roots, code)
}

/// An ARM template with a link to another template in its folder.
const LINKING: &str = r#"{ "resources": [
  { "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "l", "properties": { "mode": "Incremental", "templateLink": { "relativePath": "linked.json" } } } ] }"#;

#[test]
fn a_root_depends_on_a_file_through_every_kind_of_reference() {
    let vpn = gateways("hub");
    let vpn = format!("param hub string = 'h'\n{vpn}");
    let of_hub = |before: &str, hub: &str| format!("{before}\n{}", gateways(hub));
    let files = [
        ("by-module.bicep", "module m 'lib/mid.bicep' = { name: 'm' }\n".to_owned() + RACY),
        ("lib/mid.bicep", "module m 'low.bicep' = { name: 'm' }\n".to_owned()),
        ("lib/low.bicep", vpn.clone()),
        ("by-import.bicep", of_hub("import { hub } from 'lib/names.bicep'", "hub")),
        ("by-star.bicep", of_hub("import * as names from './lib/../lib/names.bicep'", "names.hub")),
        ("lib/names.bicep", "@export()\nvar hub = loadTextContent('hub.txt')\n".to_owned()),
        ("lib/hub.txt", "h".to_owned()),
        ("by-json.bicep", of_hub("var at = 'data'\nvar c = loadJsonContent('${at}/c.json')", "c.hub")),
        ("data/c.json", "{ \"hub\": \"h\" }".to_owned()),
        ("by-link.bicep", "module m 'data/link.json' = { name: 'm' }\n".to_owned() + RACY),
        ("data/link.json", LINKING.to_owned()),
        ("data/linked.json", "{ \"resources\": [] }".to_owned()),
        ("by-folder.bicep", "var all = loadDirectoryFileInfo('folder')\n".to_owned() + RACY),
        ("folder/a.txt", String::new()),
        ("by-arm.bicep", "module m 'data/arm.json' = { name: 'm' }\n".to_owned() + RACY),
        ("data/arm.json", "{ \"resources\": [] }".to_owned()),
        ("app/main.bicep", of_hub("param hub string = 'h'", "hub")),
        ("app/prod.bicepparam", "using 'main.bicep'\nextends '../data/base.bicepparam'\n".to_owned()),
        ("data/base.bicepparam", "using none\nparam hub = 'x'\n".to_owned()),
        ("configured/bicepconfig.json", "{ \"extends\": \"../data/base.json\" }".to_owned()),
        ("data/base.json", "{}".to_owned()),
        ("configured/deep/main.bicep", RACY.to_owned()),
        ("levels/bicep-race-lint.toml", "extends = \"../data/levels.toml\"\n".to_owned()),
        ("data/levels.toml", "[rules]\ngateway-order = \"off\"\n".to_owned()),
        ("levels/deep/main.bicep", RACY.to_owned()),
        ("escaped.bicep", "module m 'lib/\\u{6c}ow.bicep' = { name: 'm' }\n".to_owned() + RACY),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let tree = tree(&files);
    let table: &[(&[&str], &[&str])] = &[
        (&["lib/low.bicep"], &["by-module.bicep", "escaped.bicep"]),
        (&["lib/names.bicep"], &["by-import.bicep", "by-star.bicep"]),
        (&["lib/hub.txt"], &["by-import.bicep", "by-star.bicep"]),
        (&["data/c.json"], &["by-json.bicep"]),
        (&["data/arm.json"], &["by-arm.bicep"]),
        (&["data/link.json"], &["by-link.bicep"]),
        (&["data/linked.json"], &["by-link.bicep"]),
        (&["folder/a.txt"], &["by-folder.bicep"]),
        (&["app/main.bicep"], &["app/main.bicep", "app/prod.bicepparam"]),
        (&["data/base.bicepparam"], &["app/prod.bicepparam"]),
        (&["configured/bicepconfig.json"], &["configured/deep/main.bicep"]),
        (&["data/base.json"], &["configured/deep/main.bicep"]),
        (&["levels/bicep-race-lint.toml"], &["levels/deep/main.bicep"]),
        (&["data/levels.toml"], &["levels/deep/main.bicep"]),
        (&["data/arm.json", "data/c.json"], &["by-arm.bicep", "by-json.bicep"]),
        (&["configured/deep"], &["configured/deep/main.bicep"]),
        (&["./lib/../data/c.json"], &["by-json.bicep"]),
        // New configuration files override those further up.
        (&["levels/deep/bicepconfig.json"], &["levels/deep/main.bicep"]),
        (&["configured/deep/bicep-race-lint.toml"], &["configured/deep/main.bicep"]),
    ];
    for (changed, expected) in table {
        // A file that only exports names or is only extended counts as a root as well, but has no race.
        let is_quiet = ["lib/names.bicep", "lib/hub.txt", "data/base.bicepparam"].contains(&changed[0]);
        let (roots, code) = racy_roots_beside_quiet(usize::from(is_quiet), tree.path(), changed);
        assert_eq!(roots, *expected, "{changed:?}");
        assert_eq!(code, 1, "{changed:?}");
    }
    // All files changed: the same roots as in a run without `--changed`.
    let all: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
    let (roots, _) = racy_roots_beside_quiet(2, tree.path(), &all);
    assert_eq!(roots.len(), 12, "{roots:?}");
    // Files that no root depends on.
    for changed in ["README.md", "data/other.json", "deep/bicepconfig.json", "c.json", "low.bicep"] {
        let (text, code) = run(tree.path(), &["--strict", "--changed", changed]);
        assert_eq!((text.lines().count(), code), (1, 0), "{changed}: {text}");
        assert!(text.starts_with("note: nothing to check: no root reaches the one file"), "{text}");
    }
}

#[test]
fn a_deleted_file_affects_the_roots_that_name_it() {
    let tree = tree(&[
        ("by-module.bicep", &format!("module m 'gone.bicep' = {{ name: 'm' }}\n{RACY}")),
        ("by-load.bicep", &format!("var v = loadJsonContent('gone.json')\n{RACY}")),
        ("by-import.bicep", &format!("import {{ x }} from 'gone/names.bicep'\nvar y = x\n{RACY}")),
        ("other.bicep", RACY),
        ("deep/config.bicep", RACY),
    ]);
    let table = [
        ("gone.bicep", "by-module.bicep"),
        ("gone.json", "by-load.bicep"),
        ("gone/names.bicep", "by-import.bicep"),
        ("deep/bicepconfig.json", "deep/config.bicep"),
        ("deep/bicep-race-lint.toml", "deep/config.bicep"),
    ];
    for (changed, expected) in table {
        assert_eq!(racy_roots(tree.path(), &[changed]), (vec![expected.to_owned()], 1), "{changed}");
    }
}

#[test]
fn nothing_else_is_reported() {
    let tree = tree(&[
        ("main.bicep", "module m 'lib/m.bicep' = { name: 'm' }\n"),
        ("lib/m.bicep", "param x string = 'x'\n"),
        ("broken.bicep", "resource = {\n"),
        ("racy.bicep", RACY),
        ("missing.bicep", "module m 'gone.bicep' = { name: 'm' }\n"),
        ("wrong/bicep-race-lint.toml", "[rules]\nno-such-rule = \"off\"\n"),
        ("wrong/main.bicep", RACY),
        ("folder/bicepconfig.json", "{ not json"),
        ("folder/main.bicep", RACY),
    ]);
    write(tree.path(), "binary.bicep", b"a\0b");
    let (text, code) = run(tree.path(), &["--strict", "--level", "note", "--changed", "lib/m.bicep"]);
    assert_eq!(
        (text.as_str(), code),
        (
            "no race found (1 root, 2 files; 1 of 1 declaration understood; 0 shared objects, 0 pairs decided)\n",
            0
        )
    );
    // Each broken file is reported if it is the one that changed.
    for (changed, expected, told) in [
        ("broken.bicep", 1, "[syntax]"),
        ("missing.bicep", 1, "[unread-file]"),
        ("wrong/main.bicep", 2, "no-such-rule"),
        ("wrong/bicep-race-lint.toml", 2, "no-such-rule"),
        ("folder/bicepconfig.json", 2, "it is not JSON"),
        ("binary.bicep", 2, "cannot read `binary.bicep`"),
    ] {
        let (text, code) = run(tree.path(), &["--changed", changed]);
        assert_eq!((code, text.contains(told)), (expected, true), "{changed}: {text}");
    }
}

#[test]
fn an_excluded_file_is_not_a_caller() {
    let tree = tree(&[
        ("bicep-race-lint.toml", "exclude = [\"old/\"]\n"),
        ("old/main.bicep", "module m '../lib.bicep' = { name: 'm' }\n"),
        ("lib.bicep", RACY),
    ]);
    assert_eq!(racy_roots(tree.path(), &["lib.bicep"]), (vec!["lib.bicep".to_owned()], 1));
    let (text, code) = run(tree.path(), &["--changed", "old/main.bicep"]);
    assert!(code == 0 && text.contains("nothing to check"), "{text}");
}

#[test]
fn an_ignored_file_propagates_a_change() {
    let tree = tree(&[
        (".gitignore", "generated/\n"),
        ("main.bicep", &format!("module m 'generated/m.bicep' = {{ name: 'm' }}\n{RACY}")),
        (
            "generated/m.bicep",
            "module m '../lib/x.bicep' = { name: 'm' }\nvar v = loadTextContent('v.txt')\n",
        ),
        ("generated/v.txt", ""),
        ("lib/x.bicep", ""),
    ]);
    for changed in ["lib/x.bicep", "generated/m.bicep", "generated/v.txt"] {
        assert_eq!(racy_roots(tree.path(), &[changed]).0, ["main.bicep"], "{changed}");
    }
}

#[test]
fn an_unreadable_configuration_hides_no_other_one() {
    let tree = tree(&[
        ("a/main.bicep", RACY),
        ("b/main.bicep", RACY),
        ("b/bicep-race-lint.toml", "extends = [\"../shared/rules.toml\"]\n"),
        ("shared/rules.toml", ""),
    ]);
    write(tree.path(), "a/bicep-race-lint.toml", [0xFF, 0xFE, 0]);
    assert_eq!(racy_roots(tree.path(), &["shared/rules.toml"]).0, ["b/main.bicep"]);
}

#[test]
fn an_alias_and_the_module_cache_lead_to_files() {
    let mocked = r#"{ "moduleAliasesMock": { "br": { "ours": { "mapToFilePath": "lib" } } } }"#;
    let cached = r#"{ "cacheRootDirectory": "cache" }"#;
    let module = "cache/br/registry.example/net$hub/1$/main.json";
    let tree = tree(&[
        ("mocked/bicepconfig.json", mocked),
        ("mocked/main.bicep", &format!("module m 'br/ours:net' = {{ name: 'm' }}\n{RACY}")),
        ("mocked/lib/net.bicep", ""),
        ("cached/bicepconfig.json", cached),
        ("cached/main.bicep", &format!("module m 'br:registry.example/net/hub:1' = {{ name: 'm' }}\n{RACY}")),
        (&format!("cached/{module}"), "{ \"resources\": [] }"),
    ]);
    assert_eq!(racy_roots(tree.path(), &["mocked/lib/net.bicep"]).0, ["mocked/main.bicep"]);
    assert_eq!(racy_roots(tree.path(), &[&format!("cached/{module}")]).0, ["cached/main.bicep"]);
}

#[cfg(unix)]
#[test]
fn links_lead_to_changed_files() {
    let tree = tree(&[
        ("shared/x.bicep", RACY),
        ("app/main.bicep", &format!("module m 'lib/x.bicep' = {{ name: 'm' }}\n{RACY}")),
    ]);
    std::os::unix::fs::symlink("../shared", tree.path().join("app/lib")).unwrap();
    std::os::unix::fs::symlink("shared/x.bicep", tree.path().join("y.bicep")).unwrap();
    let (roots, _) = racy_roots(tree.path(), &["shared/x.bicep"]);
    assert!(roots.contains(&"app/main.bicep".to_owned()), "{roots:?}");
    let (roots, _) = racy_roots(tree.path(), &["app/lib/x.bicep"]);
    assert!(roots.contains(&"app/main.bicep".to_owned()), "{roots:?}");
}

#[test]
fn every_way_of_naming_files_works() {
    let tree =
        tree(&[("main.bicep", RACY), ("other.bicep", RACY), ("b c.txt", ""), ("list", "main.bicep\r\n\r\n")]);
    let only = |arguments: &[&str]| {
        let (text, code) = run(tree.path(), &[&["-q", "--format", "concise"], arguments].concat());
        assert_eq!((code, text.lines().count()), (1, 1), "{arguments:?}: {text}");
        assert!(text.starts_with("main.bicep:"), "{arguments:?}: {text}");
    };
    only(&["--changed", "main.bicep"]);
    only(&["--changed", "main.bicep", "b c.txt"]);
    only(&["main.bicep", "b c.txt", "--changed"]);
    only(&["--changed", "--strict", "main.bicep", "b c.txt"]);
    only(&["--changed", "--level", "note", "--ignore", "gateway-order", "main.bicep"]);
    only(&["--changed", "main.bicep", "--", "."]);
    only(&["--changed-from", "list"]);
    only(&["--changed-from", "list", "."]);
    only(&["--changed-from", "list", "main.bicep"]);
    // `other.bicep` is a path to check, not a changed file.
    let (text, code) = run(tree.path(), &["--changed-from", "list", "other.bicep", "--format", "concise"]);
    assert_eq!((code, text.contains("nothing to check")), (0, true), "{text}");
    let by_input = |list: &[u8], arguments: &[&str]| {
        let mut command = tool(tree.path());
        let mut child = command
            .args([&["--format", "concise", "--changed-from", "-"], arguments].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A run with wrong arguments exits before it reads its input.
        match std::io::Write::write_all(&mut child.stdin.take().unwrap(), list) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => panic!("{error}"),
            _ => {}
        }
        said(&child.wait_with_output().unwrap())
    };
    for list in [&b"main.bicep"[..], b"b c.txt\0main.bicep\0", b"\"ma\\151n.bicep\"\n"] {
        let (text, code) = by_input(list, &[]);
        let found = text.lines().filter(|line| line.contains(".bicep:"));
        assert_eq!((code, found.count()), (1, 1), "{text}");
    }
    let (text, code) = by_input(b"", &["--strict"]);
    assert_eq!((text.as_str(), code), ("note: nothing to check: no changed file was given\n", 0));
    let (text, code) = by_input(b"main.bicep\n", &["-"]);
    assert_eq!((code, text.contains("both read standard input")), (2, true), "{text}");
    let (text, code) = run(tree.path(), &["--changed-from", "no-such-list"]);
    assert_eq!((code, text.contains("no-such-list")), (2, true), "{text}");
}

#[test]
fn paths_of_a_git_list_are_relative_to_the_repository() {
    let tree = tree(&[
        (
            "infra/main.bicep",
            &format!("var v = loadTextContent('v.txt')\nvar w = loadTextContent('gone.txt')\n{RACY}"),
        ),
        ("infra/v.txt", ""),
        ("top.bicep", RACY),
    ]);
    write(tree.path(), "of-git", "infra/v.txt\n");
    write(tree.path(), "of-git-gone", "infra/gone.txt\n");
    write(tree.path(), "of-folder", "v.txt\n");
    for list in ["of-git", "of-git-gone", "of-folder"] {
        let list = tree.path().join(list);
        let arguments = ["--format", "concise", "--changed-from", list.to_str().unwrap()];
        let (text, code) = run(&tree.path().join("infra"), &arguments);
        assert!(code == 1 && text.contains("main.bicep:") && !text.contains("top.bicep"), "{list:?}: {text}");
    }
}

#[test]
fn every_format_writes_a_document_if_no_root_is_reached() {
    let tree = tree(&[("main.bicep", RACY)]);
    for format in ["json", "sarif", "junit", "gitlab", "markdown", "html"] {
        let arguments = ["--strict", "--format", format, "--output", "json=out.json", "--changed", "x.md"];
        let output = tool(tree.path()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert!(!output.stdout.is_empty(), "{format}");
        let report: Value =
            serde_json::from_str(&std::fs::read_to_string(tree.path().join("out.json")).unwrap()).unwrap();
        assert_eq!(report["summary"]["roots"], 0);
    }
    let output = tool(tree.path()).args(["--changed", "x.md"]).output().unwrap();
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
}
