//! `observed --template`: compares what was predicted with what happened.

use serde_json::{Value, json};

use crate::observed::{deployment, hub, hub_folder, observed, operation, resource, text};
use crate::process::{folder, run, write};

/// For each declaration: its name, its differences, and their messages.
fn differences(document: &Value) -> Vec<(String, Vec<String>, String)> {
    let lines = document["comparisons"][0]["lines"].as_array().unwrap().iter();
    let of = |line: &Value| {
        let all = line["differences"].as_array().unwrap().clone();
        let texts =
            |key: &str| all.iter().map(|one| one[key].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let name = line["declaration"].as_str().unwrap_or("none").to_owned();
        (name, texts("kind"), texts("message").join("; "))
    };
    lines.map(of).filter(|(_, kinds, _)| !kinds.is_empty()).collect()
}

#[test]
fn a_deployment_as_predicted_differs_in_nothing() {
    let place = hub_folder();
    let template = "ordered/main.bicep";
    write(place.path(), "operations.json", text(&hub(place.path(), template, None).concat()));
    let (told, code) = observed(place.path(), &["operations.json", "--template", template]);
    assert_eq!((differences(&told), code), (vec![], 0));
    let compared = &told["comparisons"][0];
    assert_eq!((&compared["run"], &compared["predictedMinutes"]), (&json!(0), &json!(113)));
    let lines = compared["lines"].as_array().unwrap();
    let gateway = lines.iter().find(|line| line["declaration"] == "p2s.gateway").unwrap();
    assert_eq!((&gateway["predictedStartMinute"], &gateway["predictedMinutes"]), (&json!(55), &json!(25)));
    assert_eq!((&gateway["startSecond"], &gateway["seconds"]), (&json!(3300.0), &json!(1500.0)));
    assert!(gateway["place"].as_str().unwrap().starts_with("modules/"), "{gateway}");
    let (shown, _) = run(place.path(), &["observed", "operations.json", "--template", template]);
    assert!(shown.contains("predicted beside observed: 1:53 h predicted, 1:53:00 observed\n"), "{shown}");
    assert!(
        shown.lines().any(|line| line.split_whitespace().eq(["p2s.gateway", "0:25", "0:25:00"])),
        "{shown}"
    );
    let (alone, _) = observed(place.path(), &["operations.json"]);
    assert_eq!(alone["comparisons"], json!([]));
}

#[test]
fn what_began_before_its_order_allows_shows_another_version() {
    let place = hub_folder();
    write(
        place.path(),
        "operations.json",
        text(&hub(place.path(), "all-parallel/main.bicep", None).concat()),
    );
    let (told, _) = observed(place.path(), &["operations.json", "--template", "ordered/main.bicep"]);
    let all = differences(&told);
    let names: Vec<&str> = all.iter().map(|(name, _, _)| name.as_str()).collect();
    assert!(names.contains(&"p2s") && names.contains(&"expressRoute"), "{all:?}");
    let p2s = all.iter().find(|(name, _, _)| name == "p2s").unwrap();
    assert!(p2s.1 == ["early"] && p2s.2.contains("before the end of `s2s`, which it waits for"), "{p2s:?}");
}

const TEMPLATE: &str = "\
param withRedis bool
param withVault bool
resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'logs'
}
resource redis 'Microsoft.Cache/redis@2024-03-01' = if (withRedis) {
  name: 'redis'
}
resource ip 'Microsoft.Network/publicIPAddresses@2024-01-01' = [for at in range(0, 2): {
  name: 'ip${at}'
}]
resource api 'Microsoft.ApiManagement/service@2024-05-01' = {
  name: 'api'
  dependsOn: [logs]
}
resource gateway 'Microsoft.Network/vpnGateways@2024-01-01' = {
  name: 'gateway'
  dependsOn: [api]
}
module inner 'inner.bicep' = {
  name: 'inner'
}
";

#[test]
fn each_difference_says_what_it_means() {
    let place = folder();
    write(place.path(), "main.bicep", TEMPLATE);
    write(
        place.path(),
        "inner.bicep",
        "resource set 'Microsoft.Compute/availabilitySets@2024-07-01' = {\n  name: 'set'\n}\n",
    );
    write(
        place.path(),
        "bicep-race-lint.toml",
        "[minutes]\n\"Microsoft.ApiManagement/service\" = 40\n\"Microsoft.Network/publicIPAddresses\" = 10\n",
    );
    let of = |id: &str, ty: &str, name: &str, times, error| {
        operation("main", id, &resource(ty, name), times, error)
    };
    let all = vec![
        of("A", "Microsoft.OperationalInsights/workspaces", "logs", (0, 5), None),
        of(
            "B",
            "Microsoft.ApiManagement/service",
            "api",
            (2, 130),
            Some(json!({ "error": { "code": "ActivationFailed" } })),
        ),
        of("C", "Microsoft.Network/publicIPAddresses", "ip0", (0, 1), None),
        of("D", "Microsoft.Network/publicIPAddresses", "ip1", (0, 10), None),
        of("E", "Microsoft.Web/serverfarms", "plan", (0, 1), None),
        operation("main", "F", &deployment("inner"), (0, 2), None),
    ];
    write(place.path(), "operations.json", text(&all));
    let command = ["operations.json", "--template", "main.bicep"];
    let (told, _) = observed(place.path(), &command);
    let all = differences(&told);
    let of = |name: &str| {
        all.iter().find(|one| one.0 == name).unwrap_or_else(|| panic!("{name}: {all:#?}")).clone()
    };
    assert_eq!(of("redis").1, ["neverRan"]);
    assert!(of("redis").2.contains("its condition"), "{all:#?}");
    let api = "began 0:03:00 before the end of `logs`, which it waits for here: another version of the template was deployed";
    assert_eq!((of("api").1, of("api").2.as_str()), (vec!["early".to_owned()], api));
    assert_eq!(of("gateway").2, "declared, but never ran: it waits for `api`, which failed");
    assert_eq!(
        of("ip").2,
        "took 0:01:00, far shorter than the typical 10 minutes: perhaps it existed before"
    );
    assert_eq!(of("inner").1, ["unseen"]);
    assert_eq!(of("none").1, ["undeclared"]);
    assert_eq!(all.len(), 6, "{all:#?}");
    let ip = told["comparisons"][0]["lines"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["declaration"] == "ip")
        .unwrap();
    assert_eq!((&ip["rows"].as_array().unwrap().len(), &ip["seconds"]), (&2, &json!(600.0)));

    // Only operations that succeeded count as far longer.
    let long = operation("main", "B", &resource("Microsoft.ApiManagement/service", "api"), (5, 130), None);
    write(place.path(), "operations.json", text(&[long]));
    let (told, _) = observed(place.path(), &command);
    let api = differences(&told).into_iter().find(|one| one.0 == "api").unwrap();
    assert_eq!(api.2, "took 2:05:00, far longer than the typical 40 minutes");
    let logs = differences(&told).into_iter().find(|one| one.0 == "logs").unwrap();
    assert_eq!(logs.2, "declared, but never ran: another version of the template was deployed");
    let (page, _) = run(place.path(), &[&["observed", "-f", "html"][..], &command].concat());
    assert!(
        page.contains("Predicted beside observed: ") && page.contains("<td class=\"time\">2:05:00</td>"),
        "{page}"
    );
}

#[test]
fn of_several_orders_the_one_is_told_that_was_violated_longest() {
    let ty = "Microsoft.Network/publicIPAddresses";
    for waits in ["[a, b]", "[b, a]"] {
        let place = folder();
        let declared = |symbol: &str, waits: &str| {
            format!(
                "resource {symbol} '{ty}@2024-05-01' = {{\n  name: '{symbol}'\n  dependsOn: {waits}\n}}\n"
            )
        };
        let template = declared("a", "[]") + &declared("b", "[]") + &declared("c", waits);
        write(place.path(), "main.bicep", template);
        let of = |id: &str, times| operation("main", id, &resource(ty, id), times, None);
        let all = [of("a", (0, 12)), of("b", (0, 30)), of("c", (5, 45))];
        write(place.path(), "operations.json", text(&all));
        let (told, _) = observed(place.path(), &["operations.json", "--template", "main.bicep"]);
        let c = differences(&told).into_iter().find(|one| one.0 == "c").unwrap();
        assert!(c.1 == ["early"] && c.2.contains("0:25:00 before the end of `b`"), "{waits}: {c:?}");
    }
}
