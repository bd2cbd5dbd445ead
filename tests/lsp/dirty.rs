//! Clients that violate the protocol or vanish.

use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Client, uri};

const GATEWAYS: &str = "
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'hub' }
resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: 's2s'
  properties: { virtualHub: { id: hub.id } }
}
resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
  name: 'er'
  properties: { virtualHub: { id: hub.id } }
}
";

/// The number of diagnostics for a text in a client without capabilities.
fn shown(client: &mut Client, path: &Path, text: &str) -> usize {
    client.open(path, text);
    client.diagnostics(path, 1).len()
}

fn is_well(client: &mut Client) {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(shown(client, &folder.path().join("main.bicep"), GATEWAYS), 2);
}

#[test]
fn malformed_messages_are_answered_and_the_next_ones_count() {
    let mut client = Client::start(&[], json!({}), Value::Null);
    for (text, code) in [
        ("{", -32700),
        ("", -32700),
        ("\u{0}\u{1}", -32700),
        ("[]", -32600),
        ("12", -32600),
        (r#"{"jsonrpc":"2.0"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":[],"method":"shutdown"}"#, -32600),
    ] {
        client.send_raw(format!("content-length:{}\r\nx-other: 1\r\n\r\n{text}", text.len()).as_bytes());
        let answer = client.wait_for("the answer", |message| message.get("error").is_some());
        assert_eq!(answer["error"]["code"], code, "{text}");
        assert_eq!(answer["id"], Value::Null);
    }
    is_well(&mut client);
    client.end();
}

#[test]
fn unknown_requests_are_refused_and_unknown_notifications_ignored() {
    let mut client = Client::start(&[], json!({}), Value::Null);
    for method in ["textDocument/rename", "$/unknown", ""] {
        let refused = client.request(method, json!({})).unwrap_err();
        assert_eq!(refused["code"], -32601, "{method}: {refused}");
    }
    client.notify("$/unknown", json!({ "a": 1 }));
    client.notify("textDocument/didSave", json!({}));
    // Invalid parameters.
    for method in ["textDocument/hover", "textDocument/codeAction", "workspace/executeCommand"] {
        for params in [Value::Null, json!([]), json!({ "textDocument": 3 })] {
            let refused = client.request(method, params).unwrap_err();
            assert_eq!(refused["code"], -32602, "{method}: {refused}");
        }
    }
    for method in ["textDocument/didOpen", "textDocument/didChange", "textDocument/didClose"] {
        client.notify(method, json!({ "textDocument": null }));
    }
    is_well(&mut client);
    client.end();
}

#[test]
fn the_life_cycle_is_enforced() {
    let mut client = Client::spawn();
    assert_eq!(client.request("textDocument/hover", json!({})).unwrap_err()["code"], -32002);
    assert_eq!(client.request("shutdown", Value::Null).unwrap_err()["code"], -32002);
    assert_eq!(client.request("initialize", json!([3])).unwrap_err()["code"], -32602);
    client.request("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} })).unwrap();
    let again = json!({ "processId": null, "rootUri": null, "capabilities": {} });
    assert_eq!(client.request("initialize", again).unwrap_err()["code"], -32600);
    client.notify("initialized", json!({}));
    is_well(&mut client);
    assert_eq!(client.request("shutdown", Value::Null), Ok(Value::Null));
    assert_eq!(client.request("shutdown", Value::Null).unwrap_err()["code"], -32600);
    client.notify("exit", Value::Null);
    assert_eq!(client.code(), Some(0));
}

#[test]
fn the_server_ends_even_without_an_exit_message() {
    let mut client = Client::start(&[], json!({}), Value::Null);
    is_well(&mut client);
    client.vanish();
    assert_eq!(client.code(), Some(1));

    let mut client = Client::spawn();
    client.notify("exit", Value::Null);
    assert_eq!(client.code(), Some(1));

    // In the middle of a message, and after an invalid header.
    for bytes in ["Content-Length: 100\r\n\r\n{", "Content-Length: x\r\n\r\n", "no header at all"] {
        let mut client = Client::start(&[], json!({}), Value::Null);
        client.send_raw(bytes.as_bytes());
        client.vanish();
        assert_eq!(client.code(), Some(1), "{bytes}");
    }
}

#[test]
fn a_file_that_is_not_open_has_no_results() {
    let mut client = Client::start(&[], json!({}), Value::Null);
    let path = Path::new("/none/main.bicep");
    client.write(path, 2, "x");
    client.close(path);
    let document = json!({ "uri": uri(path) });
    let place = json!({ "line": 0, "character": 0 });
    let hover = json!({ "textDocument": document, "position": place });
    assert_eq!(client.request("textDocument/hover", hover), Ok(Value::Null));
    let whole = json!({ "start": place, "end": place });
    let hints = json!({ "textDocument": document, "range": whole });
    assert_eq!(client.request("textDocument/inlayHint", hints), Ok(json!([])));
    is_well(&mut client);
    client.end();
}

#[test]
fn positions_beyond_a_text_are_its_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.bicep");
    let mut client = Client::start(&[], json!({}), Value::Null);
    client.open(&path, GATEWAYS);
    let end = json!({ "line": 4_000_000_000_u64, "character": 4_000_000_000_u64 });
    let start = json!({ "line": 0, "character": 4_000_000_000_u64 });
    client.change(&path, 2, json!([{ "range": { "start": start, "end": end }, "text": "" }]));
    // A reversed range.
    client.change(&path, 3, json!([{ "range": { "start": end, "end": start }, "text": GATEWAYS }]));
    assert_eq!(client.diagnostics(&path, 3).len(), 2);
    client.end();
}

#[test]
fn a_cancelled_request_is_answered_as_such_or_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.bicep");
    let mut client = Client::start(&[], json!({}), Value::Null);
    client.open(&path, GATEWAYS);
    let asked = json!({ "textDocument": { "uri": uri(&path) } });
    let ids: Vec<i64> = (0..200).map(|_| client.ask("textDocument/codeLens", asked.clone())).collect();
    for id in &ids {
        client.notify("$/cancelRequest", json!({ "id": id }));
    }
    let answers: Vec<_> = ids.iter().map(|&id| client.answer(id)).collect();
    for answer in &answers {
        match answer {
            Ok(lenses) => assert_eq!(lenses.as_array().unwrap().len(), 1),
            Err(error) => assert_eq!(error["code"], -32800),
        }
    }
    client.notify("$/cancelRequest", json!({ "id": "never asked" }));
    is_well(&mut client);
    client.end();
}

#[test]
fn the_trace_has_the_duration_of_each_job() {
    let mut client = Client::start(&[], json!({}), Value::Null);
    client.notify("$/setTrace", json!({ "value": "messages" }));
    is_well(&mut client);
    client.wait_for("the trace", |message| {
        let text = message["params"]["message"].as_str().unwrap_or_default();
        message["method"] == "$/logTrace" && text.starts_with("diagnostics: ") && text.ends_with(" ms")
    });
    client.end();
}

#[test]
fn after_ten_thousand_edits_only_the_last_text_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.bicep");
    let mut client = Client::start(&[], json!({}), Value::Null);
    client.open(&path, GATEWAYS);
    let place = json!({ "line": 0, "character": 0 });
    let end = json!({ "line": 0, "character": 1 });
    for version in 2..10_002 {
        let change = if version % 2 == 0 {
            json!([{ "range": { "start": place, "end": place }, "text": "x" }])
        } else {
            json!([{ "range": { "start": place, "end": end }, "text": "" }])
        };
        client.change(&path, version, change);
    }
    assert_eq!(client.diagnostics(&path, 10_001).len(), 2);
    client.end();
}

#[test]
fn a_huge_file_can_be_opened_and_edited() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.bicep");
    let mut client = Client::start(&[], json!({}), Value::Null);
    // Two megabytes of text without effect.
    let many = "// a comment that means nothing at all, whoever reads it\n".repeat(40_000);
    client.open(&path, &(many + GATEWAYS));
    assert_eq!(client.diagnostics(&path, 1).len(), 2);
    for version in 2..50 {
        let place = json!({ "line": 39_000, "character": 0 });
        client.change(&path, version, json!([{ "range": { "start": place, "end": place }, "text": "//" }]));
    }
    assert_eq!(client.diagnostics(&path, 49).len(), 2);
    client.end();
}

/// The memory of the server process in kilobytes.
#[cfg(target_os = "linux")]
fn memory(client: &Client) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", client.process())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_edits() {
    let edits: i64 =
        std::env::var("RACE_LSP_EDITS").ok().and_then(|edits| edits.parse().ok()).unwrap_or(2_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.bicep");
    let mut client = Client::start(&[], json!({}), Value::Null);
    client.open(&path, GATEWAYS);
    let mut version = 1;
    let mut type_in = |client: &mut Client, edits: i64| {
        for _ in 0..edits {
            version += 1;
            let (at, end) = (json!({ "line": 3, "character": 9 }), json!({ "line": 3, "character": 12 }));
            let text = if version % 2 == 0 { "sss" } else { "s2s" };
            client.change(&path, version, json!([{ "range": { "start": at, "end": end }, "text": text }]));
            assert_eq!(client.diagnostics(&path, version).len(), 2);
        }
    };
    type_in(&mut client, edits / 2);
    let before = memory(&client);
    type_in(&mut client, edits / 2);
    let after = memory(&client);
    // Memory use varies; a leak per edit would add more than this.
    assert!(after < before + 4_096 + before / 20, "{before} kB, then {after} kB");
    client.end();
}
