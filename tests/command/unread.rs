//! Unreadable files are reported where they are named, and at each declaration that depends on them.

use std::path::Path;

use serde_json::Value;

use crate::process::{RACY, folder, run, write};

const HUB: &str = "Microsoft.Network/virtualHubs";

/// A gateway of the hub with this id.
fn gateway(symbol: &str, head: &str, hub: &str) -> String {
    format!(
        "resource {symbol} 'Microsoft.Network/vpnGateways@2024-05-01' = {head}{{\n  name: '{symbol}'\n  \
         properties: {{ virtualHub: {{ id: {hub} }} }}\n}}\n"
    )
}

fn named(name: &str) -> String {
    format!("resourceId('{HUB}', {name})")
}

/// The diagnostics of a run as lines of `file:line:column: level[rule]: message`.
fn told(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let (text, _) = run(folder, &[&["--format", "json", "--level", "note"], arguments].concat());
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let line = |one: &Value| {
        let word = |key: &str| one[key].as_str().unwrap().to_owned();
        let (line, column) = (&one["line"], &one["column"]);
        let (file, level, rule, message) = (word("file"), word("level"), word("rule"), word("message"));
        format!("{file}:{line}:{column}: {level}[{rule}]: {message}")
    };
    report["diagnostics"].as_array().unwrap().iter().map(line).collect()
}

/// A file with a reference, and the expected diagnostics.
struct Reference {
    file: &'static str,
    text: &'static str,
    told: &'static str,
    is_note: bool,
}

const REFERENCES: &[Reference] = &[
    Reference {
        file: "a.bicepparam",
        text: "// first\nusing 'app/gone.bicep'\nparam x = 1\n",
        told: "a.bicepparam:2:7: warning[unread-file]: the template `app/gone.bicep` could not be read: there is no such \
               file; nothing was checked here",
        is_note: false,
    },
    Reference {
        file: "b.bicepparam",
        text: "using 'br:registry.example/app:2'\n",
        told: "b.bicepparam:1:7: note[unresolved-module]: the template `br:registry.example/app:2` could not be read: it is \
               not restored in the module cache; nothing was checked here",
        is_note: true,
    },
    Reference {
        file: "c.bicepparam",
        text: "using 'there.bicep'\nextends 'gone.bicepparam'\n",
        told: "c.bicepparam:2:9: warning[unread-file]: the parameter file `gone.bicepparam` could not be read: there is no \
               such file",
        is_note: false,
    },
    Reference {
        file: "d.bicepparam",
        text: "param x = 1\n",
        told: "d.bicepparam:1:1: warning[unread-file]: the template of this parameter file is not known: no `using` names \
               one; nothing was checked here",
        is_note: false,
    },
    Reference {
        file: "e.bicep",
        text: "import { one, two } from 'lib/gone.bicep'\nvar v = one\n",
        told: "e.bicep:1:26: warning[unread-file]: what is imported from `lib/gone.bicep` is not known: there is no such file",
        is_note: false,
    },
    Reference {
        file: "f.bicep",
        text: "import * as lib from 'br:registry.example/lib:1'\nvar v = lib.one\n",
        told: "f.bicep:1:22: note[unresolved-module]: what is imported from `br:registry.example/lib:1` is not known: it is \
               not restored in the module cache",
        is_note: true,
    },
    Reference {
        file: "g.bicep",
        text: "module m 'lib' = { name: 'm' }\n",
        told: "g.bicep:1:10: warning[unread-file]: module `m` could not be read: it is a folder; what it deploys is not known",
        is_note: false,
    },
    Reference {
        file: "h.bicep",
        text: "module m 'binary.bicep' = { name: 'm' }\n",
        told: "h.bicep:1:10: warning[unread-file]: module `m` could not be read: it is binary: it contains a zero byte at 3; \
               what it deploys is not known",
        is_note: false,
    },
    Reference {
        file: "i.bicep",
        text: "var v = loadTextContent('gone.txt')\n",
        told: "i.bicep:1:25: warning[unread-file]: the content of `gone.txt` is not known: there is no such file",
        is_note: false,
    },
    Reference {
        file: "j.bicep",
        text: "var at = 'lib'\nvar v = { of: [ loadJsonContent('${at}/gone.json', 'a.b') ] }\n",
        told: "j.bicep:2:33: warning[unread-file]: the content of `lib/gone.json` is not known: there is no such file",
        is_note: false,
    },
    Reference {
        file: "k.bicep",
        text: "var v = loadFileAsBase64('gone.bin')\n",
        told: "k.bicep:1:26: warning[unread-file]: the content of `gone.bin` is not known: there is no such file",
        is_note: false,
    },
    Reference {
        file: "l.bicep",
        text: "param file string\nvar v = loadYamlContent('${file}.yaml')\n",
        told: "l.bicep:2:25: warning[unread-file]: the content that is loaded here is not known: its path is not a constant",
        is_note: false,
    },
    Reference {
        file: "n.bicep",
        text: "var v = loadDirectoryFileInfo('lib', '*.json')\n",
        told: "n.bicep:1:31: warning[unread-file]: the content of `lib` is not known: the content of folders is not read",
        is_note: false,
    },
    Reference {
        file: "o.bicepparam",
        text: "using 'there.bicep'\nparam x = int(loadTextContent('gone.txt'))\n",
        told: "o.bicepparam:2:31: warning[unread-file]: the content of `gone.txt` is not known: there is no such file",
        is_note: false,
    },
    Reference {
        file: "p.bicep",
        text: "module m 'link.json' = { name: 'm' }\n",
        told: "link.json:2:162: warning[unread-file]: module `Microsoft.Resources/deployments l` could not be read: there is no \
               such file; what it deploys is not known",
        is_note: false,
    },
    Reference {
        file: "m.bicep",
        text: "var v = loadTextContent('binary.bicep')\n",
        told: "m.bicep:1:25: warning[unread-file]: the content of `binary.bicep` is not known: it is binary: it contains a \
               zero byte at 3",
        is_note: false,
    },
];

/// An ARM template that links to another one next to it.
const LINKED: &str = r#"{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources": [
  { "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "l", "properties": { "mode": "Incremental", "templateLink": { "relativePath": "gone.json" } } } ] }"#;

#[test]
fn missing_files_are_reported_where_they_are_named() {
    let folder = folder();
    write(folder.path(), "there.bicep", "param x int = 0\n");
    write(folder.path(), "lib/there.bicep", "");
    write(folder.path(), "binary.bicep", b"ab\n\0\x01");
    write(folder.path(), "link.json", LINKED);
    for Reference { file, text, told: expected, is_note } in REFERENCES {
        write(folder.path(), file, text);
        assert_eq!(told(folder.path(), &[file]), [*expected], "{text}");
        let (text, code) = run(folder.path(), &[file]);
        assert_eq!(code, i32::from(!is_note), "{text}");
        let (text, code) = run(folder.path(), &[file, "--strict"]);
        assert_eq!(code, 3, "{text}");
    }
}

#[test]
fn references_meant_for_others_are_not_reported() {
    let folder = folder();
    write(folder.path(), "there.bicep", "param x int = 0\n");
    write(folder.path(), "shared.bicepparam", "using none\nparam x = 1\n");
    write(folder.path(), "old.bicepparam", "param x = 1\n");
    write(
        folder.path(),
        "types.bicep",
        "import { lockType } from 'br:registry.example/types:1'\nparam lock lockType?\n",
    );
    write(folder.path(), "own.bicepparam", "using 'there.bicep'\nextends 'shared.bicepparam'\n");
    write(folder.path(), "other.bicepparam", "using 'there.bicep'\nextends 'old.bicepparam'\n");
    assert_eq!(told(folder.path(), &["."]), Vec::<String>::new());
    let (text, code) = run(folder.path(), &["--strict"]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn loaded_files_are_read_or_reported() {
    let deep = format!("{{ \"hub\": \"hub\", \"x\": {}1{} }}", "[".repeat(250), "]".repeat(250));
    let less_deep = format!("{{ \"hub\": \"hub\", \"x\": {}1{} }}", "[".repeat(150), "]".repeat(150));
    let nodes =
        (0..80).fold("hub: hub\nx:\n".to_owned(), |text, at| format!("{text}{}a:\n", " ".repeat(at + 1)));
    let utf_16: Vec<u8> = "\u{FEFF}{ \"hub\": \"hub\" }".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let table: &[(&str, &[u8], Option<&str>)] = &[
        ("a.json", b"{ \"hub\": \"hub\" }", None),
        ("a.json", b"{ // ours\n \"hub\": \"hub\", }", None),
        ("a.json", &utf_16, None),
        ("a.json", less_deep.as_bytes(), None),
        ("a.json", deep.as_bytes(), Some("it is JSON with more than 200 levels of nesting")),
        (
            "a.json",
            b"{ \"hub\": \"hub\",\n  \"x\": 1e999 }",
            Some("it is JSON with a value that cannot be read"),
        ),
        ("a.json", b"{ \"hub\": \"hub\",\n  \"x\" }", Some("it is not JSON, in line 2")),
        ("a.json", b"", Some("it is not JSON, in line 1")),
        (
            "a.json",
            b"{ \"hub\": \"h\xFF\" }",
            Some("it is not UTF-8 text (byte 11 is not part of a character)"),
        ),
        ("a.yaml", b"hub: hub\n", None),
        ("a.yaml", nodes.as_bytes(), Some("this YAML has more than 250000 nodes")),
        ("a.yaml", b"hub: hub\n  x: [\n", Some("it is not YAML, in line 2")),
    ];
    for &(file, content, why) in table {
        let folder = folder();
        let function = if file == "a.json" { "loadJsonContent" } else { "loadYamlContent" };
        let hub = named("content.hub");
        let text = format!("var content = {function}('{file}')\n{}", gateway("a", "", &named("'hub'")));
        write(folder.path(), "main.bicep", text + &gateway("b", "", &hub));
        write(folder.path(), file, content);
        let shown = String::from_utf8_lossy(content);
        let (text, code) = run(folder.path(), &["main.bicep", "--strict", "--format", "concise"]);
        match why {
            None => {
                assert_eq!((code, text.contains("hub-gateways")), (1, true), "{shown}: {text}");
                assert!(!text.contains("unread-file"), "{shown}: {text}");
            }
            Some(why) => {
                let is_told = text.contains(&format!("the content of `{file}` is not known: {why}"));
                assert_eq!((code, is_told), (3, true), "{shown}: {text}");
                assert!(
                    text.contains("main.bicep:6:10: warning[unread-file] which object `b` writes"),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn a_binary_file_has_a_value_in_base64() {
    let folder = folder();
    let hub = named("loadFileAsBase64('name.bin')");
    write(folder.path(), "name.bin", b"\0\xFFa");
    write(folder.path(), "main.bicep", gateway("a", "", &hub) + &gateway("b", "", &named("'AP9h'")));
    let (text, code) = run(folder.path(), &["main.bicep", "--strict", "--format", "concise"]);
    assert_eq!((code, text.contains("hub-gateways")), (1, true), "{text}");
}

#[test]
fn dependent_declarations_are_reported() {
    let table: &[(&str, &str, &[&str])] = &[
        // A name.
        (
            "var c = loadJsonContent('gone.json')\n",
            "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = {\n  name: 'hub-${c.name}'\n}\n",
            &["2:10: which object `hub` writes is not known: that depends on `gone.json`"],
        ),
        // A scope.
        (
            "import * as c from 'gone.bicep'\n",
            "module hub 'hub.bicep' = {\n  name: 'hub'\n  scope: resourceGroup(c.group)\n}\n",
            &["2:8: which object `hub` writes is not known: that depends on `gone.bicep`"],
        ),
        // A condition through an imported function.
        (
            "import { isProd } from 'gone.bicep'\n",
            "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = if (isProd('x')) {\n  name: 'hub'\n}\n",
            &["2:10: whether `hub` is deployed is not known: that depends on `gone.bicep`"],
        ),
        // A list.
        (
            "var c = loadYamlContent('gone.yaml')\n",
            "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = [for i in range(0, c.count): {\n  name: 'hub'\n}]\n",
            &["2:10: how often `hub` is deployed is not known: that depends on `gone.yaml`"],
        ),
        // An argument of a call; the module itself does not know the file.
        (
            "var c = loadTextContent('gone.txt')\n",
            "module hub 'hub.bicep' = {\n  name: 'hub'\n  params: { name: c }\n}\n",
            &["2:8: which object `hub` writes is not known: that depends on `gone.txt`"],
        ),
        // An output of a missing module.
        (
            "module names 'gone.bicep' = { name: 'names' }\n",
            "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = {\n  name: names.outputs.hub\n}\n",
            &["2:10: which object `hub` writes is not known: that depends on an output of module `names`"],
        ),
        // A file that decides nothing is not reported again.
        (
            "var c = loadTextContent('gone.txt')\n",
            "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = {\n  name: 'hub'\n  tags: { of: c }\n}\n",
            &[],
        ),
        // A file that a module loads is reported in the module.
        (
            "",
            "module own 'own.bicep' = {\n  name: 'own'\n}\n",
            &["own.bicep:2:10: which object `hub` writes"],
        ),
    ];
    for (before, text, expected) in table {
        let folder = folder();
        let hub = |name: &str| format!("resource hub '{HUB}@2024-05-01' = {{\n  name: {name}\n}}\n");
        write(folder.path(), "hub.bicep", format!("param name string = 'x'\n{}", hub("name")));
        write(folder.path(), "own.bicep", format!("var c = loadTextContent('lost.txt')\n{}", hub("c")));
        write(folder.path(), "main.bicep", format!("{before}{text}"));
        let all = told(folder.path(), &["main.bicep"]);
        let at_declarations: Vec<&String> =
            all.iter().filter(|line| line.contains("that depends on")).collect();
        assert_eq!(at_declarations.len(), expected.len(), "{all:#?}");
        for (line, expected) in at_declarations.iter().zip(*expected) {
            let (place, message) = expected.split_once(": ").unwrap();
            let place =
                if place.contains(".bicep") { place.to_owned() } else { format!("main.bicep:{place}") };
            assert!(line.starts_with(&place) && line.contains(message), "{expected}: {line}");
            assert!(line.contains("warning[unread-file]"), "{line}");
        }
        assert!(!all.is_empty());
    }
}

#[test]
fn a_missing_parent_may_assign_any_parameter() {
    let folder = folder();
    let template =
        format!("param hub string = 'hub'\nparam more bool = false\n{}", gateway("a", "", &named("hub")))
            + &gateway("b", "if (more) ", &named("'hub'"));
    write(folder.path(), "main.bicep", template);
    write(
        folder.path(),
        "main.bicepparam",
        "using 'main.bicep'\nextends 'gone.bicepparam'\nparam hub = base.hub\n",
    );
    let all = told(folder.path(), &["main.bicepparam"]);
    let expected = [
        "main.bicepparam:1:1: warning[unread-file]: the value of parameter `more` is not known",
        "main.bicepparam:2:9: warning[unread-file]: the parameter file `gone.bicepparam` could not be read",
        "main.bicepparam:3:7: warning[unread-file]: the value of parameter `hub` is not known",
    ];
    assert_eq!(all.len(), 3, "{all:#?}");
    assert!(all.iter().zip(expected).all(|(line, expected)| line.starts_with(expected)), "{all:#?}");
    // With the parent, the default applies.
    write(folder.path(), "gone.bicepparam", "using none\nparam hub = 'hub'\n");
    assert_eq!(told(folder.path(), &["main.bicepparam", "--strict"]), Vec::<String>::new());
}

#[test]
fn the_same_unknown_name_is_the_same_hub() {
    let folder = folder();
    let hub = named("hubName");
    let text = gateway("a", "", &hub) + &gateway("b", "", &hub);
    write(folder.path(), "main.bicep", format!("import {{ hubName }} from 'gone.bicep'\n{text}"));
    let (text, code) = run(folder.path(), &["main.bicep", "--format", "concise"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("may deploy at the same time into virtual hub `hubName`"), "{text}");
    // Files of the same name in two folders are different files.
    let one = "param x string\nvar name = loadTextContent('name.txt')\noutput hub string = name\n";
    write(folder.path(), "one/m.bicep", one);
    write(folder.path(), "two/m.bicep", one);
    let calls = "module one 'one/m.bicep' = { name: 'one', params: { x: '' } }\n\
                 module two 'two/m.bicep' = { name: 'two', params: { x: '' } }\n";
    let two = gateway("a", "", &named("one.outputs.hub")) + &gateway("b", "", &named("two.outputs.hub"));
    write(folder.path(), "main.bicep", format!("{calls}{two}"));
    let (text, _) = run(folder.path(), &["main.bicep", "--format", "concise"]);
    assert!(!text.contains("hub-gateways"), "{text}");
}

#[test]
fn a_partial_checkout_can_allow_missing_files() {
    let folder = folder();
    let text = "module a 'shared/net/a.bicep' = { name: 'a' }\n\
                module b 'br:registry.example/shared/b:1' = { name: 'b' }\n\
                module c '../outside/c.bicep' = { name: 'c' }\n\
                var settings = loadJsonContent('shared/settings.json')\n";
    write(folder.path(), "app/main.bicep", text.to_owned() + &gateway("g", "", &named("settings.hub")));
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    let app = folder.path().join("app");
    assert_eq!(told(&app, &["main.bicep"]).len(), 5);
    let three = ["--allow-unread", "shared/**", "--allow-unread", "br:registry.example/**"];
    let all = told(&app, &[&["main.bicep"], &three[..]].concat());
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0].contains("module `c` could not be read"), "{all:#?}");
    let (text, code) = run(&app, &[&["main.bicep", "--strict"], &three[..]].concat());
    assert_eq!(code, 3, "{text}");
    let four = [&three[..], &["--allow-unread", "../outside/"]].concat();
    let (text, code) = run(&app, &[&["main.bicep", "--strict"], &four[..]].concat());
    assert_eq!(code, 0, "{text}");
    let (text, _) = run(&app, &[&["main.bicep", "--format", "json"], &four[..]].concat());
    let report: Value = serde_json::from_str(&text).unwrap();
    let unread = report["coverage"]["unread"].as_array().unwrap();
    assert_eq!(unread.len(), 3);
    assert!(unread.iter().all(|one| one["allowed"] == true), "{unread:#?}");
    assert_eq!(report["coverage"]["unresolvedModules"], 3);
    let (text, code) = run(&app, &["main.bicep", "--allow-unread", "a{b"]);
    assert!(code == 2 && text.contains("`--allow-unread a{b`: it is not a glob"), "{text}");
}

#[test]
fn the_coverage_lists_unread_files() {
    let folder = folder();
    write(folder.path(), "main.bicep", format!("import {{ x }} from 'gone.bicep'\nvar y = x\n{RACY}"));
    let (text, _) = run(folder.path(), &["main.bicep", "--format", "json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    let at = serde_json::json!({ "file": "main.bicep", "line": 1, "column": 19 });
    let expected = serde_json::json!([
        { "path": "gone.bicep", "kind": "import", "why": "there is no such file", "at": at }
    ]);
    assert_eq!(report["coverage"]["unread"], expected);
}
