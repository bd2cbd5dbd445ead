//! The cost of order: `slow`, the waits on the critical path of a timeline, and comparisons of two timelines.

use crate::process::{RACY, folder, run, write};

/// A service that waits for a cache for no reason, and gateways that wait for each other.
const SLOW: &str = "resource cache 'Microsoft.Cache/redis@2024-03-01' = {\n  name: 'cache'\n}\n\
resource api 'Microsoft.ApiManagement/service@2024-05-01' = {\n  name: 'api'\n  dependsOn: [\n    cache\n  ]\n}\n\
resource s2s 'Microsoft.Network/vpnGateways@2024-01-01' = {\n  name: 's2s'\n  properties: {\n    virtualHub: { id: 'hub' }\n  }\n}\n\
resource er 'Microsoft.Network/expressRouteGateways@2024-01-01' = {\n  name: 'er'\n  properties: {\n    virtualHub: { id: 'hub' }\n  }\n  \
dependsOn: [s2s]\n}\n";
const MINUTES: &str = "[minutes]\n\"Microsoft.Cache/redis\" = 40\n\"Microsoft.ApiManagement/service\" = 45\n\
\"Microsoft.Network/vpnGateways\" = 30\n";

#[test]
fn slow_shows_the_purpose_or_the_cost_of_each_order() {
    let place = folder();
    write(place.path(), "main.bicep", SLOW);
    write(place.path(), "bicep-race-lint.toml", MINUTES);
    let (shown, code) = run(place.path(), &["slow", "main.bicep"]);
    assert_eq!(code, 0, "{shown}");
    // Without the wait, the gateways determine the duration: sixty minutes.
    assert_eq!(
        shown,
        "main.bicep: 1:25 h in all\n\n1 order that can be removed, with the time that each saves\n  \
         0:25  main.bicep:7:5  `api` after `cache`: nothing that is known\n\n\
         1 order that stays, with what each protects\n  \
         main.bicep:21:15  `er` after `s2s`: both write one virtual hub\n"
    );
}

#[test]
fn slow_has_a_table_and_a_document() {
    let place = folder();
    let batch = "param names array\n@batchSize(2)\nresource x 'Microsoft.Network/publicIPAddresses@2024-01-01' = [for name in names: \
                 {\n  name: name\n}]\n";
    write(place.path(), "main.bicep", format!("{SLOW}{batch}"));
    write(place.path(), "bicep-race-lint.toml", MINUTES);
    let (shown, code) = run(place.path(), &["slow", "main.bicep", "--format", "markdown"]);
    assert_eq!(code, 0, "{shown}");
    assert_eq!(
        shown,
        "**main.bicep: 1:25 h in all**\n\n2 orders that can be removed, with the time that each saves\n\n\
         | saves | order | protects | where |\n| ---: | --- | --- | --- |\n\
         | 0:25 | `api` after `cache` | nothing that is known | main.bicep:7:5 |\n\
         | 0:00 | `x`, 2 at a time | nothing that is known | main.bicep:25:10 |\n\n\
         1 order that stays, with what each protects\n\n\
         | order | protects | where |\n| --- | --- | --- |\n\
         | `er` after `s2s` | both write one virtual hub | main.bicep:21:15 |\n"
    );
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/slow.schema.json");
    let fresh = bicep_race_lint::report::slow::schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), fresh, "run with UPDATE_SCHEMA=1 to write it anew");
    let (text, code) = run(place.path(), &["slow", "main.bicep", "-f", "json"]);
    assert_eq!(code, 0, "{text}");
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&fresh).unwrap()).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!((&document["root"], &document["totalMinutes"]), (&"main.bicep".into(), &85.into()));
    assert_eq!(
        document["orders"][0],
        serde_json::json!({
            "late": "api", "early": "cache", "batchSize": null, "needless": true, "protects": "nothing",
            "message": "nothing that is known", "savedMinutes": 25, "file": "main.bicep", "line": 7, "column": 5
        })
    );
    assert_eq!(
        (&document["orders"][1]["early"], &document["orders"][1]["batchSize"]),
        (&serde_json::Value::Null, &2.into())
    );
    assert_eq!(
        (&document["orders"][2]["protects"], &document["orders"][2]["savedMinutes"]),
        (&"object".into(), &serde_json::Value::Null)
    );
}

#[test]
fn a_timeline_shows_the_purpose_of_its_critical_waits() {
    let place = folder();
    write(place.path(), "main.bicep", SLOW);
    write(place.path(), "bicep-race-lint.toml", MINUTES);
    let (shown, code) = run(place.path(), &["timeline", "main.bicep"]);
    let told = "what the waits that decide the total protect:\n  api after cache: nothing that is known\n";
    assert!(code == 0 && shown.contains(told), "{shown}");
    let (shown, _) = run(place.path(), &["timeline", "main.bicep", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let decides = &document["timelines"][0]["decides"];
    assert_eq!(
        decides[0],
        serde_json::json!({ "early": "cache", "late": "api", "protects": "nothing that is known" })
    );
}

#[test]
fn two_timelines_are_compared_in_minutes_and_races() {
    let place = folder();
    write(place.path(), "main.bicep", RACY);
    let ordered = RACY.replace("  name: 'er'\n", "  name: 'er'\n  dependsOn: [vpn]\n");
    write(place.path(), "before/main.bicep", &ordered);
    let (shown, code) = run(place.path(), &["timeline", "main.bicep", "--compare", "before"]);
    assert_eq!(code, 0, "{shown}");
    let lines: Vec<Vec<&str>> = shown
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert!(lines.contains(&vec!["in all", "1:00", "0:30", "-0:30"]), "{shown}");
    assert!(lines.iter().any(|cells| cells[1..] == ["none", "race", "new"]), "{shown}");
    assert!(shown.contains("2 more lines are the same on both sides"), "{shown}");
    // In the opposite direction, as a Markdown table.
    let (shown, code) =
        run(place.path(), &["timeline", "main.bicep", "before/main.bicep", "--format", "markdown"]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("| in all | 0:30 | 1:00 | +0:30 |\n"), "{shown}");
    assert!(
        shown.lines().any(|line| line.starts_with("| error") && line.ends_with("| race | none | gone |")),
        "{shown}"
    );
    let (shown, _) = run(place.path(), &["timeline", "main.bicep", "main.bicep"]);
    assert!(shown.ends_with("\n\nnothing differs, in minutes or races\n"), "{shown}");
    for wrong in [
        &["timeline", "main.bicep", "before/main.bicep", "--format", "svg"][..],
        &["timeline", "main.bicep", "--format", "markdown"],
        &["timeline", "main.bicep", "main.bicep", "--compare", "before"],
    ] {
        assert_eq!(run(place.path(), wrong).1, 2, "{wrong:?}");
    }
}

/// A worktree has the whole repository, and the working folder is one in it.
/// A comparison lists races from the level warning on, by the profile.
#[test]
fn a_profile_decides_which_races_are_compared() {
    let place = folder();
    let peering = |symbol: &str, waits: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/virtualNetworks/virtualNetworkPeerings@2024-05-01' = {{\n  parent: v\n  \
             name: '{symbol}'\n{waits}}}\n"
        )
    };
    let with = |waits: &str| {
        let network =
            "resource v 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {\n  name: 'v'\n}\n";
        format!("{network}{}{}", peering("a", ""), peering("b", waits))
    };
    write(place.path(), "main.bicep", with(""));
    write(place.path(), "before/main.bicep", with("  dependsOn: [a]\n"));
    for (profile, is_told) in [("default", true), ("calm", false)] {
        let compare = ["timeline", "main.bicep", "--compare", "before", "--profile", profile];
        let (shown, code) = run(place.path(), &compare);
        assert_eq!(code, 0, "{shown}");
        assert_eq!(
            shown.contains("`a` and `b` may write virtual network `v`"),
            is_told,
            "{profile}: {shown}"
        );
    }
}

#[test]
fn the_other_tree_is_compared_from_a_folder_inside() {
    let place = folder();
    for tree in ["here", "there"] {
        write(place.path(), format!("{tree}/infra/main.bicep"), RACY);
    }
    let inside = place.path().join("here/infra");
    let there = place.path().join("there");
    let there = there.to_str().unwrap();
    let absolute = inside.join("main.bicep");
    for path in ["main.bicep", "../infra/main.bicep", absolute.to_str().unwrap()] {
        let (shown, code) = run(&inside, &["timeline", path, "--compare", there]);
        assert!(code == 0 && shown.contains("there/infra/main.bicep"), "{path}: {shown}");
    }
    let (shown, code) = run(&inside, &["timeline", "main.bicep", "--compare", "gone"]);
    assert!(code == 2 && shown.contains("`--compare gone`: there is no such folder"), "{shown}");
    std::fs::remove_file(place.path().join("there/infra/main.bicep")).unwrap();
    let (shown, code) = run(&inside, &["timeline", "main.bicep", "--compare", there]);
    assert!(code == 2 && shown.contains("it contains no `main.bicep`"), "{shown}");
}
