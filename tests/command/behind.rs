//! A pair is reported once, under its most severe race. Whatever silences that race and not a lighter one of the pair, the lighter
//! one becomes a finding of its own.

use serde_json::Value;

use crate::process::{folder, run, write};

/// Two calls that declare one storage account, and add a subnet each to one network.
const MAIN: &str = "module a 'm.bicep' = {\n  name: 'a'\n  params: { subnet: 'one' }\n}\nmodule b 'm.bicep' = {\n  name: 'b'\n  \
                    params: { subnet: 'two' }\n}\n";
const MODULE: &str = "param subnet string\nresource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {\n  name: 'shared'\n}\n\
                      resource net 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {\n  name: 'net'\n}\n\
                      resource one 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {\n  parent: net\n  name: subnet\n}\n";

/// The document at the start of an output.
fn json(text: &str) -> Value {
    let first = serde_json::Deserializer::from_str(text).into_iter().next();
    first.unwrap().unwrap_or_else(|why| panic!("{why}: {text}"))
}

/// The reported findings of a run, by id, level and object.
fn told(files: &[(&str, String)], arguments: &[&str]) -> Vec<String> {
    let folder = folder();
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    let arguments = [&["--format", "json", "--level", "note"], arguments, &["main.bicep"]].concat();
    let (text, _) = run(folder.path(), &arguments);
    let report = json(&text);
    let one = |finding: &Value| {
        let part = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id = if finding["entry"].is_string() { &finding["entry"] } else { &finding["rule"] };
        format!("{} {} {}", part(&finding["level"]), part(id), part(&finding["sharedObject"]["name"]))
    };
    report["findings"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn what_stands_behind_a_silenced_finding_is_told() {
    let heavy = "error declared-twice shared";
    let light = "error vnet-subnets net";
    let directive = |names: &str| format!("#disable-next-line {names} // known\n{MAIN}");
    let plain = || MAIN.to_owned();
    let config = |text: &str| format!("[rules]\n{text}\n");
    for (main, rules, arguments, expected) in [
        (plain(), String::new(), &[][..], &[heavy][..]),
        // A directive
        (directive("declared-twice"), String::new(), &[], &[light]),
        (directive("vnet-subnets"), String::new(), &[], &[heavy]),
        (directive("declared-twice vnet-subnets"), String::new(), &[], &[]),
        (directive("declared-twice parallel-writers"), String::new(), &[], &[]),
        // The command line
        (plain(), String::new(), &["--ignore", "declared-twice"], &[light]),
        (plain(), String::new(), &["--ignore", "vnet-subnets"], &[heavy]),
        (plain(), String::new(), &["--ignore", "declared-twice,parallel-writers"], &[]),
        (plain(), String::new(), &["--select", "parallel-writers"], &[light]),
        (plain(), String::new(), &["--select", "declared-twice"], &[heavy]),
        // Levels of the configuration
        (plain(), config("declared-twice = 'off'"), &[], &[light]),
        (plain(), config("vnet-subnets = 'off'"), &[], &[heavy]),
        (plain(), config("declared-twice = 'off'\nvnet-subnets = 'off'"), &[], &[]),
        (plain(), config("declared-twice = 'note'"), &[], &["note declared-twice shared", light]),
        (
            plain(),
            config("declared-twice = 'warning'\nvnet-subnets = 'note'"),
            &[],
            &["warning declared-twice shared"],
        ),
        // Both ways at once
        (directive("declared-twice"), config("vnet-subnets = 'off'"), &[], &[]),
        (directive("declared-twice"), config("vnet-subnets = 'note'"), &[], &["note vnet-subnets net"]),
    ] {
        let files = [
            ("main.bicep", main.clone()),
            ("m.bicep", MODULE.to_owned()),
            ("bicep-race-lint.toml", rules.clone()),
        ];
        assert_eq!(told(&files, arguments), expected, "{main}\n{rules}\n{arguments:?}");
    }
}

#[test]
fn a_baseline_accepts_what_it_names() {
    let folder = folder();
    for (path, text) in [("main.bicep", MAIN), ("m.bicep", MODULE)] {
        write(folder.path(), path, text);
    }
    let (_, code) = run(folder.path(), &["--write-baseline", "all.json", "main.bicep"]);
    assert_eq!(code, 0);
    let all: Value = serde_json::from_slice(&std::fs::read(folder.path().join("all.json")).unwrap()).unwrap();
    let entries = all["findings"].as_array().unwrap();
    let rules: Vec<&str> = entries.iter().map(|entry| entry["rule"].as_str().unwrap()).collect();
    assert_eq!(
        rules,
        ["declared-twice", "parallel-writers"],
        "what stands behind a finding is accepted with it"
    );
    for (kept, expected) in [
        (&[0, 1][..], None),
        (&[0], Some("vnet-subnets")),
        (&[1], Some("declared-twice")),
        (&[], Some("declared-twice")),
    ] {
        let mut some = all.clone();
        some["findings"] = kept.iter().map(|&at: &usize| entries[at].clone()).collect();
        write(folder.path(), "some.json", some.to_string());
        let (text, code) =
            run(folder.path(), &["--baseline", "some.json", "--format", "concise", "main.bicep"]);
        let ids: Vec<&str> = ["declared-twice", "vnet-subnets"]
            .into_iter()
            .filter(|id| text.contains(&format!("error[{id}]")))
            .collect();
        assert_eq!(ids, expected.into_iter().collect::<Vec<_>>(), "{kept:?}\n{text}");
        assert_eq!(code, i32::from(expected.is_some()), "{text}");
        assert!(
            !text.contains("not found any more"),
            "an accepted finding behind another one is still there\n{text}"
        );
    }
}

/// A directive in a module covers the races of its declaration, and no other object that the calls of the module share.
#[test]
fn a_directive_in_a_module_covers_its_own_object() {
    let of = |first: &str, second: &str| {
        format!(
            "{first}resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {{\n  name: 'shared'\n}}\n\
             {second}resource ip 'Microsoft.Network/publicIPAddresses@2024-05-01' = {{\n  name: 'shared-ip'\n}}\n"
        )
    };
    let main = "module a 'm.bicep' = {\n  name: 'a'\n}\nmodule b 'm.bicep' = {\n  name: 'b'\n}\n";
    let known = "#disable-next-line declared-twice // known\n";
    let on = |module: String| told(&[("main.bicep", main.to_owned()), ("m.bicep", module)], &[]);
    let account = ["error declared-twice shared"];
    let ip = ["error declared-twice shared-ip"];
    let plain = on(of("", ""));
    assert_eq!(plain.len(), 1, "{plain:?}");
    for (first, second) in [(known, ""), ("", known)] {
        let left = on(of(first, second));
        let is_silenced = if plain == account { !first.is_empty() } else { !second.is_empty() };
        let expected = match (is_silenced, plain == account) {
            (false, _) => plain.clone(),
            (true, true) => ip.map(str::to_owned).to_vec(),
            (true, false) => account.map(str::to_owned).to_vec(),
        };
        assert_eq!(left, expected);
    }
    assert!(on(of(known, known)).is_empty());
}

#[test]
fn a_finding_names_what_its_pair_shares_under_another_id() {
    let folder = folder();
    for (path, text) in [("main.bicep", MAIN), ("m.bicep", MODULE)] {
        write(folder.path(), path, text);
    }
    let (text, _) = run(folder.path(), &["main.bicep"]);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(line.contains("; the pair also shares virtual network `net` (`vnet-subnets`)"), "{text}");
    let (text, _) = run(folder.path(), &["--format", "json", "main.bicep"]);
    let report = json(&text);
    let behind = &report["findings"][0]["behind"];
    assert_eq!(behind[0]["entry"], "vnet-subnets");
    assert_eq!(behind[0]["rule"], "parallel-writers");
    assert_eq!(behind[0]["sharedObject"]["name"], "net");
    assert_eq!(behind.as_array().unwrap().len(), 1);
}
