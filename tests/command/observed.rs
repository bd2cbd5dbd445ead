//! `observed`: the course of a deployment, from operations in every export format.

use std::path::Path;

use serde_json::{Value, json};

use crate::process::{folder, run, write};

const SCOPE: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/net";

pub(crate) fn deployment(name: &str) -> String {
    format!("{SCOPE}/providers/Microsoft.Resources/deployments/{name}")
}

/// The id of a resource in the group, from its type and the segments of its name.
pub(crate) fn resource(ty: &str, names: &str) -> String {
    let mut kinds = ty.split('/');
    let mut id = format!("{SCOPE}/providers/{}", kinds.next().unwrap());
    for (kind, name) in kinds.zip(names.split('/')) {
        id.push_str(&format!("/{kind}/{name}"));
    }
    id
}

/// An operation as the Azure CLI prints it; times are minutes after ten o'clock.
#[expect(clippy::needless_pass_by_value, reason = "what is said once is given away")]
pub(crate) fn operation(
    of: &str,
    id: &str,
    target: &str,
    (from, to): (u32, u32),
    error: Option<Value>,
) -> Value {
    let hour = |minute: u32| format!("2026-11-28T{:02}:{:02}:30.25+00:00", 10 + minute / 60, minute % 60);
    let state = if error.is_some() { "Failed" } else { "Succeeded" };
    json!({
        "id": format!("{}/operations/{id}", deployment(of)),
        "operationId": id,
        "resourceGroup": "net",
        "properties": {
            "duration": format!("PT{}M", to - from),
            "provisioningOperation": "Create",
            "provisioningState": state,
            "statusCode": if error.is_some() { "Conflict" } else { "OK" },
            "statusMessage": error,
            "targetResource": { "id": target, "resourceName": "x" },
            "timestamp": hour(to),
        }
    })
}

const FAILED: &str = "The virtual hub failed to deploy.";

fn hub_failed() -> Value {
    json!({ "status": "Failed", "error": { "code": "VirtualHubFailed", "message": FAILED, "target": resource("Microsoft.Network/virtualHubs", "hub-weu") } })
}

/// For each module of the hub story: its symbol, its deployment name, and the type and name of its resource.
pub(crate) const HUB: [(&str, &str, &str, &str); 6] = [
    ("hub", "hub", "Microsoft.Network/virtualHubs", "hub-weu"),
    ("firewall", "firewall", "Microsoft.Network/azureFirewalls", "fw-hub-weu"),
    ("s2s", "s2s", "Microsoft.Network/vpnGateways", "s2s-hub-weu"),
    ("p2s", "p2s", "Microsoft.Network/p2sVpnGateways", "p2s-hub-weu"),
    ("expressRoute", "express-route", "Microsoft.Network/expressRouteGateways", "er-hub-weu"),
    ("routingIntent", "routing-intent", "Microsoft.Network/virtualHubs/routingIntent", "hub-weu/all-traffic"),
];

/// The operations of a hub with the times that `timeline` predicts, one list per deployment. The module `failing` fails
/// after twelve minutes.
pub(crate) fn hub(place: &Path, template: &str, failing: Option<&str>) -> Vec<Vec<Value>> {
    let (text, code) = run(place, &["timeline", "--format", "json", template]);
    assert_eq!(code, 0, "{text}");
    let timeline: Value = serde_json::from_str(&text).unwrap();
    let rows = timeline["timelines"][0]["now"]["rows"].as_array().unwrap();
    let mut lists = vec![Vec::new()];
    for (symbol, name, ty, resource_name) in HUB {
        let row = rows.iter().find(|row| row["name"] == symbol && row["parent"].is_null()).unwrap();
        let minute = |key: &str| u32::try_from(row[key].as_u64().unwrap()).unwrap();
        let is_failing = failing == Some(symbol);
        let start = minute("startMinute");
        let times = (start, if is_failing { start + 12 } else { minute("endMinute") });
        let error = |error: Value| is_failing.then_some(error);
        let nested = json!({ "code": "ResourceDeploymentFailure", "message": "The resource operation completed with terminal provisioning state 'Failed'." });
        lists[0].push(operation("main", &format!("M-{name}"), &deployment(name), times, error(nested)));
        lists.push(vec![operation(name, "A1", &resource(ty, resource_name), times, error(hub_failed()))]);
    }
    lists
}

/// A copy of the hub story in a temporary folder.
pub(crate) fn hub_folder() -> tempfile::TempDir {
    let place = folder();
    for entry in walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hub")) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let inside =
                entry.path().strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/hub")).unwrap();
            write(place.path(), inside, std::fs::read(entry.path()).unwrap());
        }
    }
    place
}

pub(crate) fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

pub(crate) fn observed(place: &Path, arguments: &[&str]) -> (Value, i32) {
    let (text, code) = run(place, &[&["observed", "--format", "json"], arguments].concat());
    (serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}")), code)
}

fn conflicts(document: &Value) -> Vec<(String, String, String)> {
    let of = |one: &Value| {
        let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        (text("entry"), text("certainty"), text("message"))
    };
    document["conflicts"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn the_failed_hub_is_explained_and_the_fixed_one_has_no_conflict() {
    let place = hub_folder();
    let template = "all-parallel/main.bicep";
    write(place.path(), "failed.json", text(&hub(place.path(), template, Some("p2s"))));

    // Without the template, the operations do not show that both gateways wrote one hub.
    let (alone, code) = observed(place.path(), &["failed.json"]);
    assert_eq!(code, 1);
    let alone = conflicts(&alone);
    assert!(alone.iter().any(|(entry, sure, _)| entry == "hub-gateways" && sure == "likely"), "{alone:?}");
    assert!(alone.iter().all(|(_, sure, _)| sure != "cause" && sure != "overlapped"), "{alone:?}");

    let (told, code) = observed(place.path(), &["failed.json", "--template", template]);
    assert_eq!(code, 1);
    let causes: Vec<_> = conflicts(&told).into_iter().filter(|(_, sure, _)| sure == "cause").collect();
    let message = "`p2s/p2s-hub-weu` failed after 0:12:00 with VirtualHubFailed while `express-route/er-hub-weu` wrote virtual hub `hub-weu`";
    assert!(causes.contains(&("hub-gateways".into(), "cause".into(), message.into())), "{causes:#?}");
    let first = &told["conflicts"][0];
    assert_eq!(first["object"], resource("Microsoft.Network/virtualHubs", "hub-weu").to_lowercase());
    let declared = first["template"]["declarations"].as_array().unwrap();
    assert!(declared.contains(&json!("p2s.gateway")), "{declared:?}");
    assert_eq!(first["rule"], "hub-gateways");
    let edge = first["template"]["edge"].as_str().unwrap();
    assert!(edge.starts_with("missing: "), "{first}");
    assert!(declared.iter().all(|name| edge.contains(&format!("`{}`", name.as_str().unwrap()))), "{edge}");
    assert!(first["template"]["help"].as_str().unwrap().contains("wait for"), "{first}");
    assert_eq!(told["notes"], json!([]), "every operation is of a declaration");
    let names: Vec<&str> = told["runs"][0]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["declaration"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 12);
    for name in
        ["hub", "hub.hub", "firewall.firewall", "s2s.gateway", "expressRoute.gateway", "routingIntent.intent"]
    {
        assert!(names.contains(&name), "{name}: {names:?}");
    }

    // The remedy is applied and the deployment repeated; now there are no conflicts.
    let (fixed, _) = run(place.path(), &["--fix", template]);
    let lists = hub(place.path(), template, None);
    for (at, list) in lists.iter().enumerate() {
        write(place.path(), format!("again-{at}.json"), text(list));
    }
    let names: Vec<String> = (0..lists.len()).map(|at| format!("again-{at}.json")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (again, code) = observed(place.path(), &[names.as_slice(), &["--template", template]].concat());
    assert_eq!((code, conflicts(&again)), (0, vec![]), "{fixed}");
    assert_eq!(again["runs"].as_array().unwrap().len(), 1);
    assert_eq!(again["runs"][0]["seconds"], 6780.0);
    assert_eq!(again["comparisons"][0]["predictedMinutes"], 113);
    let lines = again["comparisons"][0]["lines"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["differences"] == json!([])), "{lines:#?}");
    let (shown, code) = run(place.path(), &[&["observed"], names.as_slice()].concat());
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("observed: 1:53:00 h in all"), "{shown}");
    assert!(shown.contains("nothing that is known to conflict ran at the same time\n"), "{shown}");
}

#[test]
fn a_different_version_of_the_template_is_reported() {
    let place = hub_folder();
    write(place.path(), "failed.json", text(&hub(place.path(), "all-parallel/main.bicep", Some("p2s"))));
    let (told, code) = observed(place.path(), &["failed.json", "--template", "ordered/main.bicep"]);
    assert_eq!(code, 1, "what happened has happened");
    let edges: Vec<&str> = told["conflicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["template"]["edge"].as_str().unwrap())
        .collect();
    assert!(edges.len() >= 3, "{edges:?}");
    assert!(edges.iter().all(|edge| edge.contains("another version of the template")), "{edges:?}");
}

/// Two subnets of one network, and one of another network, in one deployment.
fn subnets() -> Vec<Value> {
    let of = |names: &str| resource("Microsoft.Network/virtualNetworks/subnets", names);
    vec![
        operation("main", "A", &of("one/a"), (0, 4), None),
        operation("main", "B", &of("one/b"), (2, 6), None),
        operation("main", "C", &of("two/a"), (2, 6), None),
        operation("main", "D", &of("one/c"), (6, 9), None),
    ]
}

#[test]
fn ids_alone_prove_a_parent_and_adjacent_runs_do_not_overlap() {
    let place = folder();
    write(place.path(), "operations.json", text(&subnets()));
    let (told, code) = observed(place.path(), &["operations.json"]);
    let found = conflicts(&told);
    let message = "`one/a` and `one/b` wrote virtual network `one` at the same time";
    assert_eq!(found, [("vnet-subnets".to_owned(), "overlapped".to_owned(), message.to_owned())]);
    assert_eq!((code, &told["conflicts"][0]["start"]), (1, &json!("2026-11-28T10:02:30Z")));
    let (shown, _) = run(place.path(), &["observed", "operations.json"]);
    assert!(shown.contains("error[vnet-subnets]: "), "{shown}");
    assert!(shown.contains("  when    both ran from 0:02:00 to 0:04:00\n"), "{shown}");
    assert!(shown.contains("this time it caused no failure"), "{shown}");
    assert!(shown.ends_with("1 conflict overlapped\n"), "{shown}");
}

#[test]
fn a_recorded_request_shows_the_written_object() {
    let place = folder();
    let of = |ty: &str, name: &str, hub: &str| {
        let mut one = operation("main", name, &resource(ty, name), (0, 9), None);
        let id = resource("Microsoft.Network/virtualHubs", hub);
        one["properties"]["request"] = json!({ "content": { "properties": { "virtualHub": { "id": id } } } });
        one
    };
    let s2s = of("Microsoft.Network/vpnGateways", "s2s", "hub");
    for (hub, expected) in [("HUB", vec!["overlapped"]), ("other", vec![])] {
        let er = of("Microsoft.Network/expressRouteGateways", "er", hub);
        write(place.path(), "operations.json", text(&[s2s.clone(), er]));
        let (told, code) = observed(place.path(), &["operations.json"]);
        let sure: Vec<String> = conflicts(&told).into_iter().map(|(_, sure, _)| sure).collect();
        assert_eq!(
            (sure, code),
            (expected.iter().map(ToString::to_string).collect(), i32::from(hub == "HUB"))
        );
    }
}

#[test]
fn two_simultaneous_deployments_of_one_resource_are_reported() {
    let place = folder();
    let zone = resource("Microsoft.Network/publicIPAddresses", "ip");
    let of = |name: &str, times| vec![operation(name, "A", &zone, times, None)];
    write(place.path(), "one.json", text(&of("one", (0, 3))));
    write(place.path(), "two.json", text(&of("two", (2, 5))));
    write(place.path(), "later.json", text(&of("later", (5, 6))));
    let (told, code) = observed(place.path(), &["one.json", "two.json", "later.json"]);
    assert_eq!(told["runs"].as_array().unwrap().len(), 3);
    let one = &told["conflicts"][0];
    assert_eq!((&one["rule"], &one["steps"][1]["run"], code), (&json!("declared-twice"), &json!(1), 1));
    assert_eq!(told["conflicts"].as_array().unwrap().len(), 1);
    assert!(one["message"].as_str().unwrap().contains("`one/ip` and `two/ip`"), "{one}");
}

#[test]
fn a_failure_without_an_overlap_has_the_answer_of_explain() {
    let place = folder();
    let error = json!({ "error": { "code": "SkuNotAvailable", "message": "The requested size is not available here." } });
    let vm = resource("Microsoft.Compute/virtualMachines", "vm");
    let nested = operation(
        "main",
        "N",
        &deployment("inner"),
        (0, 2),
        Some(json!({ "error": { "code": "DeploymentFailed" } })),
    );
    write(
        place.path(),
        "operations.json",
        text(&[nested, operation("inner", "A", &vm, (0, 2), Some(error))]),
    );
    let (shown, code) = run(place.path(), &["observed", "operations.json"]);
    assert_eq!(code, 0, "{shown}");
    assert!(
        shown.contains(
            "`inner/vm` failed, and nothing that is known to conflict with it ran at the same time"
        ),
        "{shown}"
    );
    assert!(shown.contains("SkuNotAvailable: The requested size is not available here."), "{shown}");
    assert!(shown.contains("No race in the template"), "{shown}");
    assert!(
        shown.ends_with(
            "nothing that is known to conflict ran at the same time; 1 failure for another reason\n"
        ),
        "{shown}"
    );
    assert_eq!(observed(place.path(), &["operations.json"]).0["failures"].as_array().unwrap().len(), 1);
}

#[test]
fn a_retried_operation_is_one_row_with_a_gap() {
    let place = folder();
    let of = |names: &str| resource("Microsoft.Network/virtualNetworks/subnets", names);
    let busy = json!({ "error": { "code": "AnotherOperationInProgress", "message": "Another operation on this or dependent resource is in progress." } });
    let operations = [
        operation("main", "A", &of("one/a"), (0, 9), None),
        operation("main", "B1", &of("one/b"), (1, 2), Some(busy)),
        operation("main", "B2", &of("one/b"), (9, 12), None),
    ];
    write(place.path(), "operations.json", text(&operations));
    let (told, code) = observed(place.path(), &["operations.json"]);
    let row = &told["runs"][0]["rows"][1];
    assert_eq!(row["state"], "succeeded");
    let seconds = |at: usize| {
        (
            row["attempts"][at]["startSecond"].as_f64().unwrap(),
            row["attempts"][at]["endSecond"].as_f64().unwrap(),
        )
    };
    assert_eq!((seconds(0), seconds(1)), ((60.0, 120.0), (540.0, 720.0)));
    assert_eq!((conflicts(&told)[0].1.as_str(), code), ("cause", 1));
    assert_eq!(told["conflicts"][0]["end"], "2026-11-28T10:02:30Z", "it did not run in the gap");
    let (shown, _) = run(place.path(), &["observed", "operations.json"]);
    assert!(shown.contains("0:01:00-0:12:00 2 attempts"), "{shown}");
}

/// The same with names as Python writes them.
fn in_snake_case(value: &Value) -> Value {
    let snake = |key: &str| {
        key.chars().fold(String::new(), |mut name, letter| {
            if letter.is_uppercase() {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
            name
        })
    };
    match value {
        Value::Object(members) => {
            members.iter().map(|(key, value)| (snake(key), in_snake_case(value))).collect()
        }
        other => other.clone(),
    }
}

/// The same operations in the formats of other tools.
fn forms(operations: &[Value]) -> Vec<(&'static str, Vec<u8>)> {
    let rest = json!({ "value": operations, "nextLink": "" });
    let flat: Vec<Value> = operations
        .iter()
        .map(|one| {
            let of = |key: &str| one["properties"][key].clone();
            json!({
                "Id": one["id"], "OperationId": one["operationId"], "ProvisioningOperation": of("provisioningOperation"),
                "ProvisioningState": of("provisioningState"), "TargetResource": one["properties"]["targetResource"]["id"],
                "StatusCode": of("statusCode"), "StatusMessage": null, "Timestamp": of("timestamp"),
                "Duration": { "TotalMilliseconds": 0, "Ticks": 0 }
            })
        })
        .zip(operations)
        .map(|(mut flat, one)| {
            let minutes: u64 = one["properties"]["duration"].as_str().unwrap()[2..].trim_end_matches('M').parse().unwrap();
            flat["Duration"] = json!({ "Ticks": minutes * 600_000_000, "TotalMilliseconds": minutes * 60_000 });
            flat
        })
        .collect();
    let wide = |bytes: fn(u16) -> [u8; 2], mark: bool| {
        let text = text(&flat);
        let mark = if mark { "\u{feff}" } else { "" };
        format!("{mark}{text}").encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
    };
    // Another time zone, and another notation of durations.
    let elsewhere: Vec<Value> = operations
        .iter()
        .map(|one| {
            let mut one = one.clone();
            let at = one["properties"]["timestamp"].as_str().unwrap().to_owned();
            let hour: u32 = at[11..13].parse().unwrap();
            one["properties"]["timestamp"] =
                json!(format!("{}{:02}{}", &at[..11], hour - 5, at[13..].replace("+00:00", "-0500")));
            let minutes =
                one["properties"]["duration"].as_str().unwrap()[2..].trim_end_matches('M').to_owned();
            one["properties"]["duration"] =
                json!(format!("00:{:02}:00.0000000", minutes.parse::<u32>().unwrap()));
            one
        })
        .collect();
    let lines: Vec<String> = operations.iter().map(|one| json!([one]).to_string()).collect();
    let python: Vec<Value> = operations.iter().map(in_snake_case).collect();
    vec![
        ("python", text(&python).into_bytes()),
        ("rest", text(&rest).into_bytes()),
        ("flat", text(&flat).into_bytes()),
        ("utf-16", wide(u16::to_le_bytes, true)),
        ("big-endian", wide(u16::to_be_bytes, true)),
        ("without a mark", wide(u16::to_le_bytes, false)),
        ("utf-8 with a mark", format!("\u{feff}{}", text(&operations)).into_bytes()),
        ("elsewhere", text(&elsewhere).into_bytes()),
        ("lists in a list", text(&json!([operations])).into_bytes()),
        ("by name", text(&json!({ "main": operations })).into_bytes()),
        ("one value behind the other", lines.join("\n").into_bytes()),
    ]
}

#[test]
fn every_format_gives_the_same_result() {
    let place = folder();
    write(place.path(), "az.json", text(&subnets()));
    let (expected, _) = observed(place.path(), &["az.json"]);
    assert_eq!(expected["runs"][0]["rows"].as_array().unwrap().len(), 4);
    for (form, bytes) in forms(&subnets()) {
        write(place.path(), "other.json", bytes);
        assert_eq!(observed(place.path(), &["other.json"]).0, expected, "{form}");
        // Duplicates count once.
        assert_eq!(observed(place.path(), &["other.json", "az.json"]).0, expected, "{form}");
    }
}

#[test]
fn pages_form_one_run_and_a_repeated_deployment_is_another() {
    let place = folder();
    let all = subnets();
    let page = |items: &[Value], next: Option<&str>| text(&json!({ "value": items, "nextLink": next }));
    write(place.path(), "all.json", text(&all));
    write(place.path(), "1.json", page(&all[..1], Some("https://management.azure.com/next")));
    write(place.path(), "2.json", page(&all[1..], None));
    let (expected, _) = observed(place.path(), &["all.json"]);
    let (pages, _) = observed(place.path(), &["1.json", "2.json"]);
    assert_eq!(pages["runs"], expected["runs"]);
    let (cut, _) = observed(place.path(), &["1.json"]);
    assert!(cut["notes"][0].as_str().unwrap().contains("`1.json` is cut at `nextLink`"), "{cut}");

    let mut again = all.clone();
    for one in &mut again {
        let at = one["properties"]["timestamp"].as_str().unwrap().replace("T10", "T15");
        one["properties"]["timestamp"] = json!(at);
    }
    write(place.path(), "again.json", text(&again));
    write(place.path(), "both.json", text(&[all, again].concat()));
    for names in [&["all.json", "again.json"][..], &["again.json", "all.json"], &["both.json"]] {
        let (told, _) = observed(place.path(), names);
        let starts: Vec<&str> =
            told["runs"].as_array().unwrap().iter().map(|run| run["start"].as_str().unwrap()).collect();
        assert_eq!(starts, ["2026-11-28T10:00:30Z", "2026-11-28T15:00:30Z"], "{names:?}");
        assert_eq!(told["conflicts"].as_array().unwrap().len(), 2, "{names:?}");
    }
}

#[test]
fn a_format_error_says_what_was_expected() {
    let place = folder();
    let target = resource("Microsoft.Network/publicIPAddresses", "ip");
    let with = |key: &str, value: Value| {
        let mut one = operation("main", "A", &target, (0, 1), None);
        one["properties"][key] = value;
        text(&[one])
    };
    for (written, told) in [
        (String::new(), "is empty; expected the JSON of `az deployment operation group list`"),
        ("Name  State\n----  -----\n".to_owned(), "with `-o json`"),
        ("[{\"operationId\": 1".to_owned(), "is not JSON: EOF"),
        ("3".to_owned(), "has a number in place of a list or an object; expected"),
        ("[1]".to_owned(), "has a number at place 1; expected"),
        ("[{\"name\": \"x\"}]".to_owned(), "has something other than an operation at place 1"),
        (
            text(&[json!({ "id": deployment("x"), "name": "x" })]),
            "has something other than an operation at place 1",
        ),
        (
            text(&[json!({ "name": "x", "provisioningState": "Succeeded" })]),
            "has something other than an operation at place 1",
        ),
        ("{\"a\": 1, \"b\": 2}".to_owned(), "is an object of `a`, `b`; expected"),
        ("{}".to_owned(), "is an object of nothing; expected"),
        (
            text(&[json!({ "id": target, "resourceGroup": "net" })]),
            "at place 1: the id of a resource, as `outputResources` lists what a deployment left behind, without times; \
             expected the JSON of `az deployment operation group list`",
        ),
        (
            text(&[json!({ "name": "ip", "state": "Succeeded" })]),
            "at place 1: an object of `name`, `state`, no `operationId`, no `targetResource`; expected",
        ),
        ("[[\"Create\", \"Succeeded\"]]".to_owned(), "has a text at place 1; expected"),
        (
            "{\"code\": \"Conflict\", \"message\": \"m\"}".to_owned(),
            "is only an error, which `explain` explains",
        ),
        ("[{'operation_id': 'A'}]".to_owned(), "such as `json.dumps([one.as_dict() for one in operations])`"),
        ("{\"$schema\": \"x\", \"contentVersion\": \"1.0.0.0\"}".to_owned(), "name that with `--template`"),
        (
            "{\"error\": {\"code\": \"DeploymentNotFound\"}}".to_owned(),
            "is the answer DeploymentNotFound to a request",
        ),
        (
            with("timestamp", json!("28.11.2026 10:00")),
            "has \"28.11.2026 10:00\" as `timestamp`; expected ISO 8601",
        ),
        (
            with("duration", json!("a while")),
            "as `duration`; expected ISO 8601, such as `PT12M3.5S` (operation 1, `A`)",
        ),
        (
            with("provisioningState", Value::Null),
            "has no `provisioningState`; expected one such as `Succeeded`",
        ),
        (
            with("targetResource", json!("@{id=/subscriptions/1; resourceName=x}")),
            "expected `ConvertTo-Json -Depth 10`",
        ),
        (with("targetResource", json!(7)), "has a number as `targetResource`; expected an object with `id`"),
    ] {
        write(place.path(), "operations.json", &written);
        let (shown, code) = run(place.path(), &["observed", "operations.json"]);
        assert_eq!(code, 2, "{written}: {shown}");
        assert!(shown.contains("`operations.json` ") && shown.contains(told), "{written}: {shown}");
    }
    write(place.path(), "operations.json", [0xC3, 0x28, 0xFF]);
    let (shown, code) = run(place.path(), &["observed", "operations.json"]);
    assert!(code == 2 && shown.contains("is neither UTF-8 nor UTF-16"), "{shown}");
    let (shown, code) = run(place.path(), &["observed", "missing.json"]);
    assert!(code == 2 && shown.contains("cannot read `missing.json`: there is no such file"), "{shown}");
    let (_, code) = run(place.path(), &["observed"]);
    assert_eq!(code, 2);
}

#[test]
fn whole_deployments_have_an_end_and_a_result() {
    let place = folder();
    let whole = |error: Value| {
        json!({
            "id": deployment("main"), "name": "main", "type": "Microsoft.Resources/deployments",
            "properties": {
                "provisioningState": if error.is_null() { "Succeeded" } else { "Failed" }, "timestamp": "2026-11-28T10:20:30.25Z",
                "duration": "PT20M", "error": error, "dependencies": []
            }
        })
    };
    write(place.path(), "show.json", text(&whole(Value::Null)));
    write(place.path(), "operations.json", text(&subnets()));
    let (told, _) = observed(place.path(), &["operations.json", "show.json"]);
    assert_eq!((told["runs"].as_array().unwrap().len(), &told["runs"][0]["seconds"]), (1, &json!(1200.0)));
    assert_eq!(told["notes"], json!([]));
    assert_eq!(told["runs"][0]["idleSeconds"], json!(660.0));
    let mut early = whole(Value::Null);
    early["properties"]["timestamp"] = json!("0001-01-01T00:00:00Z");
    early["properties"]["duration"] = json!("PT0S");
    write(place.path(), "early.json", text(&early));
    assert_eq!(
        observed(place.path(), &["early.json"]).0["runs"][0]["start"],
        Value::Null,
        "it has not begun"
    );
    // `--query properties`
    write(
        place.path(),
        "properties.json",
        text(&{
            let mut properties = whole(Value::Null)["properties"].clone();
            properties["outputResources"] = json!([{ "id": deployment("x") }]);
            properties
        }),
    );
    let (told, code) = observed(place.path(), &["properties.json"]);
    assert_eq!((&told["runs"][0]["seconds"], code), (&json!(1200.0), 0), "{told}");
    let (alone, code) = observed(place.path(), &["show.json"]);
    assert!(alone["notes"][0].as_str().unwrap().contains("`main` has no operations here"), "{alone}");
    let (shown, _) = run(place.path(), &["observed", "show.json"]);
    assert!(shown.contains("no operation says when it ran: nothing was compared"), "{shown}");
    assert_eq!(code, 0);
    let error = json!({ "code": "InvalidTemplateDeployment", "message": "The template is not valid.", "details": [{ "code": "QuotaExceeded", "message": "More than the quota." }] });
    write(place.path(), "show.json", text(&whole(error)));
    let (failed, _) = observed(place.path(), &["show.json"]);
    assert_eq!(failed["failures"][0]["errors"][0]["code"], "QuotaExceeded");
}

#[test]
fn operations_without_times_are_reported_and_not_drawn() {
    let place = folder();
    let error = json!(
        "AnotherOperationInProgress - Another operation on this or dependent resource is in progress. (Code:AnotherOperationInProgress)"
    );
    let mut all = subnets();
    all.truncate(2);
    all[0]["properties"].as_object_mut().unwrap().remove("timestamp");
    all[1]["properties"].as_object_mut().unwrap().remove("duration");
    all[1]["properties"]["provisioningState"] = json!("Failed");
    all[1]["properties"]["statusMessage"] = error;
    write(place.path(), "operations.json", text(&all));
    let (shown, code) = run(place.path(), &["observed", "operations.json"]);
    assert_eq!(code, 0);
    assert!(
        shown.contains("note: 2 operations have no `timestamp` or no `duration`, and stand in no schedule"),
        "{shown}"
    );
    assert!(shown.contains("`one/b` failed") && shown.contains("vnet-subnets"), "{shown}");
    let (shown, code) = run(place.path(), &["observed", "--format", "svg", "operations.json"]);
    assert!(code == 2 && shown.contains("there is nothing to draw"), "{shown}");
}

#[test]
fn pictures_are_whole_and_escape_names() {
    let place = folder();
    let mut all = subnets();
    all.push(operation(
        "main",
        "E",
        &resource("Microsoft.Network/publicIPAddresses", "a<b>&\"c"),
        (0, 2),
        None,
    ));
    write(place.path(), "operations.json", text(&all));
    for format in ["svg", "html"] {
        let (shown, code) = run(place.path(), &["observed", "--format", format, "operations.json"]);
        assert_eq!(code, 1);
        assert!(shown.contains("a&lt;b&gt;&amp;") && !shown.contains("a<b>"), "{shown}");
        assert!(shown.contains("Observed schedule of main"), "{shown}");
    }
    let (page, _) = run(place.path(), &["observed", "--format", "html", "operations.json"]);
    assert!(
        page.starts_with("<!DOCTYPE html>") && page.contains("wrote virtual network `one` at the same time"),
        "{page}"
    );
    write(place.path(), "two.json", text(&[operation("two", "A", &resource("A.B/c", "d"), (0, 1), None)]));
    let (shown, code) = run(place.path(), &["observed", "--format", "svg", "operations.json", "two.json"]);
    assert!(code == 2 && shown.contains("there are 2 runs"), "{shown}");
}

#[test]
fn documents_fit_their_schema_and_the_schema_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/observed.schema.json");
    let fresh = bicep_race_lint::observed::json::schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), fresh, "stale: run `.ci/derive`");
    let validator = jsonschema::validator_for(&serde_json::from_str(&fresh).unwrap()).unwrap();
    let place = hub_folder();
    write(place.path(), "failed.json", text(&hub(place.path(), "all-parallel/main.bicep", Some("s2s"))));
    for more in [&[][..], &["--template", "all-parallel/main.bicep"]] {
        let (document, _) = observed(place.path(), &[&["failed.json"], more].concat());
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn durations_are_learned_from_many_runs_in_configuration_syntax() {
    let place = hub_folder();
    let ty = "Microsoft.Network/vpnGateways";
    for (at, minutes) in [50, 44, 52].into_iter().enumerate() {
        let name = format!("run{at}");
        let gateway = operation(&name, "A", &resource(ty, "gw"), (0, minutes), None);
        let failed = operation(&name, "B", &resource(ty, "other"), (0, 1), Some(hub_failed()));
        // A nested deployment takes as long as what is in it, and reading takes no time of a type.
        let nested = operation(&name, "C", &deployment("nested"), (0, 30), None);
        let mut read = operation(&name, "D", &resource(ty, "other"), (0, 7), None);
        read["properties"]["provisioningOperation"] = json!("Read");
        write(place.path(), format!("{name}.json"), text(&[gateway, failed, nested, read]));
    }
    let (shown, _) =
        run(place.path(), &["observed", "run0.json", "run1.json", "run2.json", "--learn", "minutes.toml"]);
    assert!(shown.contains("`minutes.toml` is written"), "{shown}");
    let learned = crate::process::read(place.path(), "minutes.toml");
    assert!(
        learned.contains(
            "\"Microsoft.Network/vpnGateways\" = { likely = 50, low = 44, high = 52 } # 50:00 minutes, from 44:00 to 52:00 in 3 writes\n"
        ),
        "{learned}"
    );

    assert!(!learned.contains("Microsoft.Resources/deployments"), "{learned}");

    // `timeline` uses the learned values: the gateway of the ordered hub takes twenty minutes longer, and its range is
    // that of the runs.
    write(place.path(), "bicep-race-lint.toml", "extends = [\"minutes.toml\"]\n");
    let (timeline, code) = run(place.path(), &["timeline", "ordered/main.bicep"]);
    assert!(code == 0 && timeline.contains("predicted: 2:13 h in all, "), "{timeline}");

    // With the template, each declaration has a line.
    let lists = hub(place.path(), "all-parallel/main.bicep", None);
    write(place.path(), "hub.json", text(&lists.concat()));
    let learn = ["observed", "hub.json", "--template", "all-parallel/main.bicep", "--learn", "minutes.toml"];
    let (shown, code) = run(place.path(), &learn);
    assert_eq!(code, 1, "{shown}");
    let learned = crate::process::read(place.path(), "minutes.toml");
    assert!(learned.contains("# p2s.gateway: 25:00 minutes, in 1 write\n"), "{learned}");

    // Failed operations teach nothing.
    write(
        place.path(),
        "failed.json",
        text(&[operation("x", "B", &resource(ty, "other"), (0, 1), Some(hub_failed()))]),
    );
    let (shown, code) = run(place.path(), &["observed", "failed.json", "--learn", "minutes.toml"]);
    assert!(code == 2 && shown.contains("there is nothing to learn"), "{shown}");
    assert_eq!(crate::process::read(place.path(), "minutes.toml"), learned, "it is as it was");
}

#[test]
fn operations_that_are_not_writes_are_only_reported_if_they_failed() {
    let place = folder();
    let mut all = subnets();
    let other = |id: &str, kind: &str, error: Option<Value>| {
        let mut one = operation("main", id, "", (9, 10), error);
        one["properties"]["provisioningOperation"] = json!(kind);
        one["properties"].as_object_mut().unwrap().remove("targetResource");
        one
    };
    all.push(other("E", "EvaluateDeploymentOutput", None));
    all.push(other("R", "Read", None));
    write(place.path(), "operations.json", text(&all));
    let (told, _) = observed(place.path(), &["operations.json"]);
    assert_eq!(told["runs"][0]["otherOperations"], 2);
    assert_eq!(told["runs"][0]["rows"].as_array().unwrap().len(), 4);
    let error = json!({ "error": { "code": "DeploymentOutputEvaluationFailed", "message": "The output cannot be evaluated." } });
    all.push(other("F", "EvaluateDeploymentOutput", Some(error)));
    write(place.path(), "operations.json", text(&all));
    let (shown, _) = run(place.path(), &["observed", "operations.json"]);
    assert!(
        shown.contains("`operation F` failed") && shown.contains("DeploymentOutputEvaluationFailed"),
        "{shown}"
    );
}

/// The template says that the gateway writes the hub of a parameter, and the id of the connection names a hub.
#[test]
fn an_object_that_may_be_the_same_one_is_a_possible_conflict() {
    let gateway = operation("main", "A", &resource("Microsoft.Network/vpnGateways", "gw"), (0, 30), None);
    let ty = "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections";
    let connection = operation("main", "B", &resource(ty, "hub/c"), (5, 15), None);
    for (name, expected) in [
        ("'hub'", vec!["overlapped"]),
        ("hubName", vec!["possible"]),
        ("'other'", vec![]),
        ("'other-${hubName}'", vec![]),
    ] {
        let place = folder();
        write(place.path(), "operations.json", text(&[&gateway, &connection]));
        let template = format!(
            "param hubName string\nresource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {{ name: {name} }}\n\
             resource gw 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: 'gw'\n  properties: {{ virtualHub: {{ id: hub.id }} }}\n}}\n"
        );
        write(place.path(), "main.bicep", template);
        let (told, _) = observed(place.path(), &["operations.json", "--template", "main.bicep"]);
        let found = conflicts(&told);
        let certainties: Vec<&str> = found.iter().map(|(_, certainty, _)| certainty.as_str()).collect();
        assert_eq!(certainties, expected, "{name}: {found:?}");
    }
}
