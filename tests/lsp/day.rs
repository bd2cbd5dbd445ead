//! Plays days in an editor: files are opened, edited, fixed, renamed and closed.

use std::fs;
use std::path::{Path, PathBuf};

use bicep_race_lint::Catalog;
use serde_json::{Value, json};

use crate::client::{Client, uri};

/// A folder with the hub story: two gateways in modules without an order between them.
struct Story {
    folder: tempfile::TempDir,
}

const MAIN: &str = "\
param hubName string

resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: hubName
}

module s2s 'gateways/s2s.bicep' = {
  name: 's2s'
  params: { hubId: hub.id }
}

module er 'gateways/er.bicep' = {
  name: 'er'
  params: { hubId: hub.id }
}
";

fn gateway(symbol: &str, ty: &str) -> String {
    format!(
        "param hubId string\n\nresource {symbol} 'Microsoft.Network/{ty}@2024-05-01' = {{\n  name: '{symbol}'\n  \
         properties: {{ virtualHub: {{ id: hubId }} }}\n}}\n"
    )
}

impl Story {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("gateways")).unwrap();
        let story = Self { folder };
        fs::write(story.main(), MAIN).unwrap();
        fs::write(story.path("gateways/s2s.bicep"), gateway("vpn", "vpnGateways")).unwrap();
        fs::write(story.path("gateways/er.bicep"), gateway("circuit", "expressRouteGateways")).unwrap();
        story
    }

    fn path(&self, name: &str) -> PathBuf {
        // Resolve links: on some systems the temporary folder is one.
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn main(&self) -> PathBuf {
        self.path("main.bicep")
    }

    fn folder(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }
}

fn full() -> Value {
    json!({
        "textDocument": {
            "publishDiagnostics": { "relatedInformation": true },
            "hover": { "contentFormat": ["markdown"] },
        },
        "workspace": { "workspaceEdit": { "documentChanges": true } },
    })
}

fn codes(diagnostics: &[Value]) -> Vec<String> {
    diagnostics.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

fn range(diagnostic: &Value) -> (u64, u64, u64) {
    let range = &diagnostic["range"];
    let number = |end: &str, member: &str| range[end][member].as_u64().unwrap();
    (number("start", "line"), number("start", "character"), number("end", "character"))
}

/// The text after applying LSP text edits.
fn edited(text: &str, edits: &Value) -> String {
    let lines: Vec<usize> =
        std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let offset = |place: &Value| {
        let (line, character) = (place["line"].as_u64().unwrap(), place["character"].as_u64().unwrap());
        lines[line as usize] + character as usize
    };
    let mut edits: Vec<(usize, usize, &str)> = edits
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            (offset(&range["start"]), offset(&range["end"]), edit["newText"].as_str().unwrap())
        })
        .collect();
    edits.sort_unstable();
    let mut text = text.to_owned();
    for (start, end, by) in edits.into_iter().rev() {
        text.replace_range(start..end, by);
    }
    text
}

fn actions(client: &mut Client, path: &Path, line: u64, character: u64, only: Option<&str>) -> Vec<Value> {
    let place = json!({ "line": line, "character": character });
    let mut context = json!({ "diagnostics": [] });
    if let Some(only) = only {
        context["only"] = json!([only]);
    }
    let asked = json!({
        "textDocument": { "uri": uri(path) },
        "range": { "start": place, "end": place },
        "context": context,
    });
    client.request("textDocument/codeAction", asked).unwrap().as_array().unwrap().clone()
}

#[test]
fn both_writers_are_underlined_and_the_remedy_fixes_them() {
    let story = Story::new();
    let mut client = Client::start(&[&story.folder()], full(), Value::Null);
    client.open(&story.main(), MAIN);
    let shown = client.diagnostics(&story.main(), 1);
    assert_eq!(codes(&shown), ["hub-gateways", "hub-gateways"]);
    assert_eq!(shown.iter().map(range).collect::<Vec<_>>(), [(6, 7, 10), (11, 7, 9)]);
    let one = &shown[0];
    assert_eq!((&one["severity"], &one["source"]), (&json!(1), &json!("bicep-race-lint")));
    assert!(one["codeDescription"]["href"].as_str().unwrap().ends_with("/rules/hub-gateways.html"), "{one}");
    let related = one["relatedInformation"].as_array().unwrap();
    let places: Vec<(&str, u64)> = related
        .iter()
        .map(|place| {
            let location = &place["location"];
            let file = location["uri"].as_str().unwrap().rsplit('/').next().unwrap();
            (file, location["range"]["start"]["line"].as_u64().unwrap())
        })
        .collect();
    // The writer inside its module, the other call with its writer, and the hub.
    assert_eq!(places, [("s2s.bicep", 2), ("main.bicep", 11), ("er.bicep", 2), ("main.bicep", 2)]);

    let found = actions(&mut client, &story.main(), 6, 8, None);
    let remedy = &found[0];
    assert_eq!((&remedy["isPreferred"], &remedy["kind"]), (&json!(true), &json!("quickfix")));
    let change = &remedy["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": uri(&story.main()), "version": 1 }));
    let mended = edited(MAIN, &change["edits"]);
    assert!(mended.contains("dependsOn"), "{mended}");
    client.write(&story.main(), 2, &mended);
    assert_eq!(client.diagnostics(&story.main(), 2), [] as [Value; 0]);
    client.end();
}

#[test]
fn a_module_shows_the_races_of_its_callers() {
    let story = Story::new();
    let mut client = Client::start(&[&story.folder()], full(), Value::Null);
    let module = story.path("gateways/er.bicep");
    let text = fs::read_to_string(&module).unwrap();
    client.open(&module, &text);
    let shown = client.diagnostics(&module, 1);
    assert_eq!(codes(&shown), ["hub-gateways"]);
    assert_eq!(range(&shown[0]), (2, 9, 16));

    // With another type the module writes no hub, so the caller has no race either.
    client.open(&story.main(), MAIN);
    assert_eq!(client.diagnostics(&story.main(), 1).len(), 2);
    client.write(&module, 2, &text.replace("expressRouteGateways", "routeTables"));
    assert_eq!(client.diagnostics(&module, 2).len(), 0);
    client.settle(&module);
    assert_eq!(client.shown[&uri(&story.main())].1.len(), 0);

    // After closing, the text on disk counts again.
    client.close(&module);
    client.settle(&story.main());
    assert_eq!(client.shown[&uri(&story.main())].1.len(), 2);
    assert_eq!(client.shown[&uri(&module)], (None, Vec::new()));
    client.end();
}

#[test]
fn typed_character_by_character_the_race_comes_and_goes() {
    let story = Story::new();
    let mut client = Client::start(&[&story.folder()], full(), Value::Null);
    client.open(&story.main(), MAIN);
    let line = MAIN.lines().position(|line| line.contains("name: 'er'")).unwrap();
    let mut version = 1;
    for (at, letter) in "  dependsOn: [ s2s ]\n".chars().enumerate() {
        version += 1;
        let place = json!({ "line": line, "character": at });
        let change = json!([{ "range": { "start": place, "end": place }, "text": letter.to_string() }]);
        client.change(&story.main(), version, change);
    }
    assert_eq!(client.diagnostics(&story.main(), version), [] as [Value; 0]);
    // Delete the line again, letter by letter.
    for at in (0..21).rev() {
        version += 1;
        let (start, end) = match at {
            20 => (json!({ "line": line, "character": 20 }), json!({ "line": line + 1, "character": 0 })),
            at => (json!({ "line": line, "character": at }), json!({ "line": line, "character": at + 1 })),
        };
        client.change(
            &story.main(),
            version,
            json!([{ "range": { "start": start, "end": end }, "text": "" }]),
        );
    }
    assert_eq!(codes(&client.diagnostics(&story.main(), version)), ["hub-gateways", "hub-gateways"]);
    client.end();
}

#[test]
fn columns_are_counted_in_the_negotiated_encoding() {
    let text = MAIN.replace("module s2s", "/* 𝄞é */ module s2s");
    for (encodings, column) in
        [(json!([]), 17), (json!(["utf-16", "utf-8"]), 20), (json!(["utf-32"]), 16), (json!(["utf-16"]), 17)]
    {
        let story = Story::new();
        let capabilities = json!({ "general": { "positionEncodings": encodings } });
        let mut client = Client::start(&[&story.folder()], capabilities, Value::Null);
        client.open(&story.main(), &text);
        let shown = client.diagnostics(&story.main(), 1);
        assert_eq!(range(&shown[0]).1, column, "{encodings}");
        client.end();
    }
}

#[test]
fn all_races_of_a_file_are_fixed_at_once() {
    let story = Story::new();
    let two = MAIN.to_owned()
        + "\nresource net 'Microsoft.Network/virtualNetworks@2024-05-01' = { name: 'net' }\n"
        + &["a", "b"].map(|name| {
            format!(
                "resource {name} 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {{\n  parent: net\n  name: '{name}'\n}}\n"
            )
        })
        .concat();
    let mut client = Client::start(&[&story.folder()], full(), Value::Null);
    client.open(&story.main(), &two);
    assert_eq!(client.diagnostics(&story.main(), 1).len(), 4);
    let all = actions(&mut client, &story.main(), 0, 0, Some("source.fixAll"));
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0]["kind"], "source.fixAll.bicepRaceLint");
    let mended = edited(&two, &all[0]["edit"]["documentChanges"][0]["edits"]);
    client.write(&story.main(), 2, &mended);
    assert_eq!(client.diagnostics(&story.main(), 2), [] as [Value; 0], "{mended}");
    // A fix-all action is offered only if the client asks for that kind.
    client.write(&story.main(), 3, &two);
    let offered = actions(&mut client, &story.main(), 6, 8, None);
    assert!(offered.iter().all(|action| action["kind"] != "source.fixAll.bicepRaceLint"));
    assert!(
        offered.iter().any(|action| action["title"] == "Order all 2 races of `main.bicep`"),
        "{offered:?}"
    );
    client.end();
}

#[test]
fn a_suppression_stands_above_the_declaration() {
    let story = Story::new();
    let mut client = Client::start(&[&story.folder()], full(), Value::Null);
    client.open(&story.main(), MAIN);
    client.diagnostics(&story.main(), 1);
    let offered = actions(&mut client, &story.main(), 11, 8, Some("quickfix"));
    let suppress =
        offered.iter().find(|action| action["title"].as_str().unwrap().starts_with("Suppress")).unwrap();
    assert_eq!(suppress["title"], "Suppress `hub-gateways` for `er`, with a reason");
    let text = edited(MAIN, &suppress["edit"]["documentChanges"][0]["edits"]);
    assert!(
        text.contains("\n#disable-next-line hub-gateways // why this is not a race\nmodule er "),
        "{text}"
    );
    client.write(&story.main(), 2, &text);
    assert_eq!(client.diagnostics(&story.main(), 2), [] as [Value; 0]);
    // The rule's name is a link to its page.
    let asked = json!({ "textDocument": { "uri": uri(&story.main()) } });
    let links = client.request("textDocument/documentLink", asked).unwrap();
    assert_eq!(links.as_array().unwrap().len(), 1);
    assert!(links[0]["target"].as_str().unwrap().ends_with("/rules/hub-gateways.html"));
    client.end();
}

#[test]
fn hover_hints_and_lenses_show_times_and_writers() {
    let story = Story::new();
    let mut client = Client::start(&[&story.folder()], full(), Value::Null);
    client.open(&story.main(), MAIN);
    let of =
        json!({ "textDocument": { "uri": uri(&story.main()) }, "position": { "line": 6, "character": 8 } });
    let hover = client.request("textDocument/hover", of).unwrap();
    let text = hover["contents"]["value"].as_str().unwrap();
    let evidence = Catalog::builtin().entry("hub-gateways").unwrap().evidence.all().len();
    let more = format!(" ({} more on the page)", evidence - 1);
    for part in [
        "**error** [hub-gateways]",
        &more,
        "To fix it: make `er` wait for `s2s`.",
        "Evidence: ",
        "- writes virtual hub `hub`; so does `er`",
        "- waits for nothing",
        "- runs from 0:00 to 0:30 of 0:30, as predicted, on the critical path",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let hints = client
        .request(
            "textDocument/inlayHint",
            json!({ "textDocument": { "uri": uri(&story.main()) }, "range": whole }),
        )
        .unwrap();
    let labels: Vec<&str> =
        hints.as_array().unwrap().iter().map(|hint| hint["label"].as_str().unwrap()).collect();
    assert_eq!(labels.len(), 2, "{labels:?}");
    assert!(labels[0].starts_with("0:00 to 0:30"), "{labels:?}");
    let lenses = client
        .request("textDocument/codeLens", json!({ "textDocument": { "uri": uri(&story.main()) } }))
        .unwrap();
    let lens = &lenses.as_array().unwrap()[0];
    assert_eq!(lens["command"]["title"], "2 writers of virtual hub hub, 1 race");
    assert_eq!(lens["range"]["start"], json!({ "line": 2, "character": 9 }));
    client.end();
}

#[test]
fn commands_draw_and_explain() {
    let story = Story::new();
    let mut client = Client::start(&[&story.folder()], full(), Value::Null);
    client.open(&story.main(), MAIN);
    let mut execute = |command: &str, names: &[&str]| {
        let mut arguments = vec![json!(uri(&story.main()))];
        arguments.extend(names.iter().map(|name| json!(name)));
        let asked = json!({ "command": format!("bicepRaceLint.{command}"), "arguments": arguments });
        client.request("workspace/executeCommand", asked)
    };
    for picture in ["graph", "timeline"] {
        let drawn = execute(picture, &[]).unwrap();
        assert_eq!(drawn["title"], "main.bicep");
        assert!(drawn["svg"].as_str().unwrap().contains("</svg>"), "{drawn}");
    }
    let html = execute("report", &[]).unwrap();
    assert!(html["html"].as_str().unwrap().contains("hub-gateways"));
    assert_eq!(execute("declarations", &[]).unwrap(), json!(["s2s", "er"]));
    let why = execute("explainPair", &["s2s", "er"]).unwrap();
    assert!(why["message"].as_str().unwrap().contains("`s2s`"), "{why}");
    assert!(
        execute("explainPair", &["s2s", "none"]).unwrap_err()["message"].as_str().unwrap().contains("`none`")
    );
    assert!(execute("explainPair", &["s2s"]).is_err() && execute("other", &[]).is_err());
    client.end();
}

#[test]
fn a_race_is_accepted_in_the_baseline_by_an_edit() {
    let story = Story::new();
    let options = json!({ "baseline": "accepted.json" });
    let mut client = Client::start(&[&story.folder()], full(), options);
    client.open(&story.main(), MAIN);
    client.diagnostics(&story.main(), 1);
    // The baseline does not exist yet: one message says so, and the check runs without it.
    let messages: Vec<&str> =
        client.told.iter().map(|(_, params)| params["message"].as_str().unwrap()).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    let offered = actions(&mut client, &story.main(), 6, 8, Some("quickfix"));
    let accept = offered.iter().find(|action| action["title"] == "Accept it in `accepted.json`").unwrap();
    let asked =
        json!({ "command": accept["command"]["command"], "arguments": accept["command"]["arguments"] });
    client.request("workspace/executeCommand", asked).unwrap();
    let (_, edit) = client.asked.iter().find(|(method, _)| method == "workspace/applyEdit").unwrap();
    let changes = edit["edit"]["documentChanges"].as_array().unwrap();
    assert_eq!(changes[0]["kind"], "create");
    let text = changes[1]["edits"][0]["newText"].as_str().unwrap();
    // Save the file as the editor would.
    fs::write(story.path("accepted.json"), text).unwrap();
    let change = json!({ "changes": [{ "uri": uri(&story.path("accepted.json")), "type": 1 }] });
    client.notify("workspace/didChangeWatchedFiles", change);
    client.settle(&story.main());
    assert_eq!(client.shown[&uri(&story.main())].1, [] as [Value; 0]);
    client.end();
}

#[test]
fn changes_on_disk_are_seen_when_the_client_reports_them() {
    let story = Story::new();
    let mut client = Client::start(&[&story.folder()], full(), Value::Null);
    client.open(&story.main(), MAIN);
    assert_eq!(client.diagnostics(&story.main(), 1).len(), 2);
    let changed = |path: &Path, kind: u8| json!({ "changes": [{ "uri": uri(path), "type": kind }] });
    // A module changes its resource type.
    let module = story.path("gateways/er.bicep");
    fs::write(&module, gateway("circuit", "routeTables")).unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed(&module, 2));
    client.settle(&story.main());
    assert_eq!(client.shown[&uri(&story.main())].1.len(), 0);
    fs::write(&module, gateway("circuit", "expressRouteGateways")).unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed(&module, 2));
    client.settle(&story.main());
    assert_eq!(client.shown[&uri(&story.main())].1.len(), 2);
    // A configuration turns the rule off.
    let config = story.path("bicep-race-lint.toml");
    fs::write(&config, "[rules]\nhub-gateways = \"off\"\n").unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed(&config, 1));
    client.settle(&story.main());
    assert_eq!(client.shown[&uri(&story.main())].1.len(), 0);
    fs::remove_file(&config).unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed(&config, 3));
    client.settle(&story.main());
    assert_eq!(client.shown[&uri(&story.main())].1.len(), 2);
    // A rename: the old file is closed and the new one opened.
    let renamed = story.path("network.bicep");
    fs::rename(story.main(), &renamed).unwrap();
    client.close(&story.main());
    client.open(&renamed, MAIN);
    client.notify("workspace/didChangeWatchedFiles", changed(&renamed, 1));
    assert_eq!(client.diagnostics(&renamed, 1).len(), 2);
    assert_eq!(client.shown[&uri(&story.main())], (None, Vec::new()));
    client.end();
}

#[test]
fn settings_are_requested_at_the_start_and_after_a_change() {
    let story = Story::new();
    // The gateways are ordered, but not in the preferred order, which is a note.
    let ordered = MAIN.replace("  name: 's2s'\n", "  name: 's2s'\n  dependsOn: [ er ]\n");
    let mut capabilities = full();
    capabilities["workspace"]["configuration"] = json!(true);
    capabilities["workspace"]["didChangeConfiguration"] = json!({ "dynamicRegistration": true });
    capabilities["workspace"]["didChangeWatchedFiles"] = json!({ "dynamicRegistration": true });
    let mut client = Client::start(&[&story.folder()], capabilities, Value::Null);
    client.open(&story.main(), &ordered);
    assert_eq!(client.diagnostics(&story.main(), 1).len(), 0);
    client.settle(&story.main());
    let asked: Vec<&str> = client.asked.iter().map(|(method, _)| method.as_str()).collect();
    assert_eq!(asked, ["client/registerCapability", "workspace/configuration"]);
    client.settings = json!({ "level": "note" });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    let is_asked = |message: &Value| message["method"] == "workspace/configuration";
    client.wait_for("the question for the settings", is_asked);
    let is_shown = |message: &Value| {
        message["method"] == "textDocument/publishDiagnostics"
            && !message["params"]["diagnostics"].as_array().unwrap().is_empty()
    };
    let shown = client.wait_for("the note", is_shown);
    assert_eq!(shown["params"]["diagnostics"][0]["code"], "hub-gateways");
    assert_eq!(shown["params"]["diagnostics"][0]["severity"], 3);
    client.end();
}

#[test]
fn diagnostics_are_pulled_if_the_client_can_pull() {
    let story = Story::new();
    let mut capabilities = full();
    capabilities["textDocument"]["diagnostic"] = json!({});
    let mut client = Client::start(&[&story.folder()], capabilities, Value::Null);
    client.open(&story.main(), MAIN);
    let asked = json!({ "textDocument": { "uri": uri(&story.main()) } });
    let report = client.request("textDocument/diagnostic", asked.clone()).unwrap();
    assert_eq!(report["items"].as_array().unwrap().len(), 2);
    client.write(&story.main(), 2, "param hubName string\n");
    let report = client.request("textDocument/diagnostic", asked).unwrap();
    assert_eq!(report["items"].as_array().unwrap().len(), 0);
    assert!(client.shown.is_empty(), "nothing is pushed: {:?}", client.shown);
    client.end();
}

#[test]
fn each_folder_has_its_configuration_and_a_lone_file_has_none() {
    let (one, other) = (Story::new(), Story::new());
    fs::write(other.path("bicep-race-lint.toml"), "[rules]\nhub-gateways = \"warning\"\n").unwrap();
    let lone = Story::new();
    let mut client = Client::start(&[&one.folder(), &other.folder()], full(), Value::Null);
    for story in [&one, &other, &lone] {
        client.open(&story.main(), MAIN);
    }
    let levels = [&one, &other, &lone].map(|story| {
        let shown = client.diagnostics(&story.main(), 1);
        shown.iter().map(|one| one["severity"].as_u64().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(levels, [vec![1, 1], vec![2, 2], vec![1, 1]]);
    // Files of a folder that is removed from the editor are checked on their own.
    let event = json!({ "added": [], "removed": [{ "uri": uri(&one.folder()), "name": "folder" }] });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    client.settle(&one.main());
    assert_eq!(client.shown[&uri(&one.main())].1.len(), 2);
    client.end();
}

#[test]
fn a_finding_names_the_parameter_files_that_have_it() {
    let story = Story::new();
    let text = MAIN.replace("param hubName string\n", "param hubName string\nparam withEr bool\n");
    let text = text.replace("'gateways/er.bicep' = {", "'gateways/er.bicep' = if (withEr) {");
    fs::write(story.main(), &text).unwrap();
    for (name, value) in [("prod", true), ("dev", false)] {
        let values = format!("using 'main.bicep'\nparam hubName = 'hub'\nparam withEr = {value}\n");
        fs::write(story.path(&format!("{name}.bicepparam")), values).unwrap();
    }
    let json = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "parameters": { "hubName": { "value": "hub" }, "withEr": { "value": true } },
    });
    fs::write(story.path("main.parameters.json"), json.to_string()).unwrap();
    let mut client = Client::start(&[&story.folder()], full(), Value::Null);
    client.open(&story.main(), &text);
    let shown = client.diagnostics(&story.main(), 1);
    let message = shown[0]["message"].as_str().unwrap();
    let of = "in `main.parameters.json` and `prod.bicepparam`, not in `dev.bicepparam`";
    assert!(message.contains(of), "{message}");
    client.end();
}

#[test]
fn a_suppression_that_suppresses_nothing_is_shown_as_unnecessary() {
    let story = Story::new();
    let text = format!("#disable-next-line hub-gateways // the hub is not written here\n{MAIN}");
    let mut client = Client::start(&[&story.folder()], full(), Value::Null);
    client.open(&story.main(), &text);
    let shown = client.diagnostics(&story.main(), 1);
    let stale = shown.iter().find(|one| one["code"] == "unused-suppression").unwrap();
    assert_eq!((&stale["tags"], range(stale).0), (&json!([1]), 0));
    // All are in the order of the file, whatever they are about.
    assert!(shown.iter().map(range).is_sorted() && shown.len() > 1, "{shown:?}");
    client.end();
}

#[test]
fn compiler_messages_are_left_to_the_compiler_if_configured() {
    let story = Story::new();
    let text = format!("{MAIN}\nvar broken = {{\n");
    for (options, told) in [(json!({}), true), (json!({ "compilerMessages": false }), false)] {
        let mut client = Client::start(&[&story.folder()], full(), options);
        client.open(&story.main(), &text);
        let shown = codes(&client.diagnostics(&story.main(), 1));
        assert_eq!(shown.contains(&"syntax".to_owned()), told, "{shown:?}");
        assert_eq!(shown.iter().filter(|code| *code == "hub-gateways").count(), 2);
        client.end();
    }
}

#[test]
fn the_first_reading_of_a_folder_is_shown_as_progress() {
    let story = Story::new();
    let mut capabilities = full();
    capabilities["window"] = json!({ "workDoneProgress": true });
    let mut client = Client::start(&[&story.folder()], capabilities, Value::Null);
    client.open(&story.main(), MAIN);
    client.diagnostics(&story.main(), 1);
    let kinds: Vec<&str> = client
        .told
        .iter()
        .filter(|(method, _)| method == "$/progress")
        .map(|(_, params)| params["value"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["begin", "end"]);
    assert_eq!(client.asked[0].0, "window/workDoneProgress/create");
    client.end();
}

#[test]
fn an_unsaved_file_is_checked_too() {
    let mut client = Client::start(&[], full(), Value::Null);
    let text = ["vpnGateways", "expressRouteGateways"]
        .map(|ty| {
            format!(
                "resource {ty} 'Microsoft.Network/{ty}@2024-05-01' = {{\n  name: '{ty}'\n  properties: {{ virtualHub: \
                 {{ id: resourceId('Microsoft.Network/virtualHubs', 'hub') }} }}\n}}\n"
            )
        })
        .concat();
    let item = json!({ "uri": "untitled:Untitled-1", "languageId": "bicep", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let is_unsaved_file = |message: &Value| message["params"]["uri"] == "untitled:Untitled-1";
    let shown = client.wait_for("the diagnostics of the unsaved file", is_unsaved_file);
    assert_eq!(shown["params"]["diagnostics"].as_array().unwrap().len(), 2);
    client.end();
}
