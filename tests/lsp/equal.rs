//! After any edits, the diagnostics of an open file equal those of a fresh run on the folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};

use crate::client::{Client, uri};

/// Parts of files. Random combinations of them contain races, errors, module calls and cycles.
const PARTS: [&str; 14] = [
    "param hubId string = resourceId('Microsoft.Network/virtualHubs', 'hub')\n",
    "param hubId string\n",
    "resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {\n  name: 's2s'\n  properties: { virtualHub: { id: hubId } }\n}\n",
    "resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {\n  name: 'er'\n  properties: { virtualHub: { id: hubId } }\n}\n",
    "resource p2s 'Microsoft.Network/p2sVpnGateways@2024-05-01' = {\n  name: 'p2s'\n  properties: { virtualHub: { id: hubId } }\n  dependsOn: [ er ]\n}\n",
    "module a 'a.bicep' = {\n  name: 'a'\n  params: { hubId: 'x' }\n}\n",
    "module b 'inner/b.bicep' = {\n  name: 'b'\n  params: { hubId: hubId }\n}\n",
    "module up '../a.bicep' = {\n  name: 'up'\n  params: { hubId: hubId }\n}\n",
    "resource net 'Microsoft.Network/virtualNetworks@2024-05-01' = { name: 'net' }\n",
    "resource one 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {\n  parent: net\n  name: 'one'\n}\n",
    "resource two 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {\n  parent: net\n  name: 'two'\n}\n",
    "#disable-next-line hub-gateways vnet-subnets // not now 𝄞\n",
    "var é = {\n",
    "// 𝄞 nothing\r\n",
];
const FILES: [&str; 4] = ["main.bicep", "a.bicep", "inner/b.bicep", "main.bicepparam"];
const PARAMS: [&str; 3] = ["using 'main.bicep'\n", "param hubId = 'x'\n", "using 'a.bicep'\n"];

struct Random(TestRng);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0.next_u64() as usize % below
    }

    fn text(&mut self, file: &str) -> String {
        let parts: &[&str] = if file.ends_with("param") { &PARAMS } else { &PARTS };
        (0..self.below(7)).map(|_| parts[self.below(parts.len())]).collect()
    }
}

/// The state of a file in the test: on disk and in the editor.
#[derive(Default)]
struct Played {
    open: Option<(String, i64)>,
}

/// For each file, the id, line and column of each diagnostic, ordered by line.
type Diagnostics = BTreeMap<PathBuf, Vec<(String, u64, u64)>>;

/// The diagnostics of a fresh run for each file: id and place of every writer and diagnostic. `None` if modules call
/// each other in a cycle: then nothing compiles, and the place where the tool cuts the cycle depends on which file it
/// reads first.
fn fresh(folder: &Path) -> Option<Diagnostics> {
    let output = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"))
        .args(["--format", "json", "--fail-on", "never", "."])
        .current_dir(folder)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let mut all: Diagnostics = BTreeMap::new();
    let mut add = |rule: &Value, place: &Value| {
        let number = |member: &str| place[member].as_u64().unwrap();
        let told = (rule.as_str().unwrap().to_owned(), number("line") - 1, number("column") - 1);
        let of_file = all.entry(folder.join(place["file"].as_str().unwrap())).or_default();
        of_file.push(told);
    };
    for finding in report["findings"].as_array().unwrap() {
        if finding["level"] == "note" || finding.get("suppressed").is_some_and(|value| !value.is_null()) {
            continue;
        }
        let mut places: Vec<Value> = Vec::new();
        for writer in finding["participants"].as_array().unwrap() {
            let inner = writer["via"].as_array().and_then(|via| via.last()).cloned();
            for place in std::iter::once(writer.clone()).chain(inner) {
                let of = json!([place["file"], place["line"], place["column"]]);
                if !places.contains(&of) {
                    places.push(of);
                    add(finding.get("entry").unwrap_or(&finding["rule"]), &place);
                }
            }
        }
    }
    for diagnostic in report["diagnostics"].as_array().unwrap() {
        if diagnostic["message"].as_str().unwrap().starts_with("modules refer to each other in a circle") {
            return None;
        }
        if diagnostic["level"] != "note" {
            add(&diagnostic["rule"], diagnostic);
        }
    }
    for told in all.values_mut() {
        told.sort_unstable();
    }
    Some(all)
}

#[test]
fn after_any_edits_diagnostics_equal_a_fresh_run() {
    let cases: u64 = std::env::var("RACE_LSP_DAYS").ok().and_then(|days| days.parse().ok()).unwrap_or(6);
    let first: u64 = std::env::var("RACE_LSP_FIRST").ok().and_then(|first| first.parse().ok()).unwrap_or(0);
    let compared: usize = (first..first + cases).map(play).sum();
    assert!(compared as u64 > 3 * cases, "only {compared} times was there something to compare");
}

/// Plays random edits and returns the number of comparisons.
fn play(seed: u64) -> usize {
    let mut compared = 0;
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut random = Random(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().canonicalize().unwrap();
    fs::create_dir(folder.join("inner")).unwrap();
    let mut files: BTreeMap<&str, Played> = FILES.map(|file| (file, Played::default())).into();
    for file in FILES {
        if random.below(4) > 0 {
            fs::write(folder.join(file), random.text(file)).unwrap();
        }
    }
    let capabilities = json!({ "general": { "positionEncodings": ["utf-32"] } });
    let mut client = Client::start(&[&folder], capabilities, Value::Null);
    for step in 0..40 {
        let file = FILES[random.below(FILES.len())];
        let path = folder.join(file);
        let played = files.get_mut(file).unwrap();
        match (&mut played.open, random.below(6)) {
            (None, 0..=3) => {
                let text = fs::read_to_string(&path).unwrap_or_default();
                client.open(&path, &text);
                played.open = Some((text, 1));
            }
            // Another program changes the file on disk.
            (None, _) => {
                let kind = if random.below(4) == 0 {
                    let _ = fs::remove_file(&path);
                    3
                } else {
                    fs::write(&path, random.text(file)).unwrap();
                    2
                };
                let changes = json!({ "changes": [{ "uri": uri(&path), "type": kind }] });
                client.notify("workspace/didChangeWatchedFiles", changes);
            }
            (Some((text, version)), 0..=3) => {
                *version += 1;
                let (change, after) = edit(&mut random, text, file);
                client.change(&path, *version, json!([change]));
                *text = after;
            }
            // The editor saves and closes the file.
            (Some((text, _)), _) => {
                fs::write(&path, &*text).unwrap();
                client.notify(
                    "workspace/didChangeWatchedFiles",
                    json!({ "changes": [{ "uri": uri(&path), "type": 2 }] }),
                );
                client.close(&path);
                played.open = None;
            }
        }
        if step % 4 == 3 {
            compared += usize::from(compare(&mut client, &folder, &files, (seed, step)));
        }
    }
    client.end();
    compared
}

/// A random edit of a text: the LSP change, and the new text. Columns are counted in code points.
fn edit(random: &mut Random, text: &str, file: &str) -> (Value, String) {
    if random.below(5) == 0 {
        let after = random.text(file);
        return (json!({ "text": after }), after);
    }
    let mut places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    // An edit does not start or end inside a line ending.
    places.retain(|&at| !text[..at].ends_with('\r'));
    let one = random.below(places.len());
    let other = (one + random.below(30)).min(places.len() - 1);
    let (start, end) = (places[one], places[if random.below(2) == 0 { one } else { other }]);
    let by = random.text(file);
    let position = |at: usize| {
        let before = text[..at].replace("\r\n", "\n");
        let line = before.matches('\n').count();
        let character = before.rsplit('\n').next().unwrap_or_default().chars().count();
        json!({ "line": line, "character": character })
    };
    let change = json!({ "range": { "start": position(start), "end": position(end) }, "text": by });
    (change, format!("{}{by}{}", &text[..start], &text[end..]))
}

/// Compares the shown diagnostics with a fresh run on a copy of the folder that contains the open files as in the
/// editor. Returns whether there was anything to compare.
fn compare(client: &mut Client, folder: &Path, files: &BTreeMap<&str, Played>, when: (u64, i32)) -> bool {
    let copy = tempfile::tempdir().unwrap();
    let copied = copy.path().canonicalize().unwrap();
    fs::create_dir(copied.join("inner")).unwrap();
    for (file, played) in files {
        match &played.open {
            Some((text, _)) => fs::write(copied.join(file), text).unwrap(),
            None => {
                let _ = fs::copy(folder.join(file), copied.join(file));
            }
        }
    }
    let Some(expected) = fresh(&copied) else { return false };
    for (file, played) in files {
        let Some((_, version)) = played.open else { continue };
        let path = folder.join(file);
        client.settle(&path);
        let mut shown: Vec<(String, u64, u64)> = client
            .diagnostics(&path, version)
            .iter()
            .map(|one| {
                let start = &one["range"]["start"];
                let number = |member: &str| start[member].as_u64().unwrap();
                (one["code"].as_str().unwrap().to_owned(), number("line"), number("character"))
            })
            .collect();
        shown.sort_unstable();
        let wanted = expected.get(&copied.join(file)).cloned().unwrap_or_default();
        assert_eq!(shown, wanted, "{file} at {when:?}, with these files:\n{}", listed(&copied));
    }
    true
}

/// Every file of a folder with its text.
fn listed(folder: &Path) -> String {
    let mut all = String::new();
    for file in FILES {
        if let Ok(text) = fs::read_to_string(folder.join(file)) {
            all += &format!("==== {file}\n{text}\n");
        }
    }
    all
}
