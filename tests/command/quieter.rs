//! Everything that hides or lowers results is named with its source and count in every summary.

use std::path::Path;

use serde_json::{Value, json};

use crate::process::{RACY, folder, read, run, write};

fn repository() -> tempfile::TempDir {
    let folder = folder();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    write(folder.path(), "main.bicep", RACY);
    folder
}

/// The `quieter` list of a run.
fn quieter(folder: &Path, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--format", "json"]].concat();
    let (text, _) = run(folder, &arguments);
    let json = text.find('{').map_or("", |at| &text[at..]);
    serde_json::from_str::<Value>(json).unwrap_or_else(|error| panic!("{error}: {text}"))["summary"]["quieter"].clone()
}

fn one(what: &str, id: Option<&str>, by: &str, count: u64) -> Value {
    let mut all = json!([{ "what": what, "by": by, "count": count }]);
    if let Some(id) = id {
        all[0]["id"] = json!(id);
    }
    all
}

#[test]
fn a_run_without_hidden_results_does_not_mention_them() {
    let folder = repository();
    assert_eq!(quieter(folder.path(), &[]), json!([]));
    assert!(!run(folder.path(), &[]).0.contains("quieter"));
    // A configuration that hides nothing is not listed.
    write(
        folder.path(),
        "bicep-race-lint.toml",
        "[rules]\nparallel-loop = \"off\"\nhub-gateways = \"error\"\n",
    );
    assert_eq!(quieter(folder.path(), &[]), json!([]));
}

#[test]
fn a_rule_that_is_off_or_lowered_is_named() {
    let folder = repository();
    for (level, what) in [("off", "rule-off"), ("note", "level-lowered")] {
        write(folder.path(), "bicep-race-lint.toml", format!("[rules]\nhub-gateways = \"{level}\"\n"));
        let expected = one(what, Some("hub-gateways"), "bicep-race-lint.toml", 1);
        assert_eq!(quieter(folder.path(), &[]), expected);
        // Without the configuration, the finding has its usual level.
        assert_eq!(quieter(folder.path(), &["--no-config"]), json!([]));
    }
    // For some paths only, in a file that another one extends.
    let settings = "[[path]]\nglob = \"*.bicep\"\nrules = { hub-gateways = \"off\" }\n";
    write(folder.path(), "bicep-race-lint.toml", "extends = \"shared/races.toml\"\n");
    write(folder.path(), "shared/races.toml", settings.replace("*.bicep", "**/other/*.bicep"));
    assert_eq!(quieter(folder.path(), &[]), json!([]));
    write(folder.path(), "shared/races.toml", "[rules]\nhub-gateways = \"off\"\n");
    assert_eq!(quieter(folder.path(), &[]), one("rule-off", Some("hub-gateways"), "shared/races.toml", 1));
}

#[test]
fn a_level_that_never_fails_is_named() {
    let folder = repository();
    write(folder.path(), "bicep-race-lint.toml", "fail-on = \"never\"\n");
    assert_eq!(quieter(folder.path(), &[]), one("fail-on", None, "bicep-race-lint.toml", 1));
    let (text, code) = run(folder.path(), &[]);
    assert_eq!(code, 0);
    assert!(
        text.contains("quieter: 1 result kept from failing the run by `fail-on` in bicep-race-lint.toml"),
        "{text}"
    );
    // An option on the command line is not listed, because the user knows it.
    assert_eq!(quieter(folder.path(), &["--fail-on", "never"]), json!([]));
    // The finding is an error, so this setting hides nothing.
    write(folder.path(), "bicep-race-lint.toml", "fail-on = \"error\"\n");
    assert_eq!(quieter(folder.path(), &[]), json!([]));
}

#[test]
fn files_that_are_excluded_or_ignored_are_counted() {
    let folder = repository();
    write(folder.path(), "other.bicep", "param p string\n");
    write(folder.path(), "bicep-race-lint.toml", "exclude = [\"main.bicep\"]\n");
    assert_eq!(quieter(folder.path(), &[]), one("excluded", None, "bicep-race-lint.toml", 1));
    std::fs::remove_file(folder.path().join("bicep-race-lint.toml")).unwrap();
    write(folder.path(), ".gitignore", "main.bicep\n*.log\nbuild/\nempty/\n");
    write(folder.path(), "build/deep/a.bicep", RACY);
    write(folder.path(), "build/b.bicepparam", "using 'deep/a.bicep'\n");
    write(folder.path(), "build/c.txt", "");
    write(folder.path(), "empty/d.txt", "");
    assert_eq!(quieter(folder.path(), &[]), one("ignored", None, ".gitignore", 3));
    // A `.gitignore` file further down.
    write(folder.path(), "a/b/c/d/e/.gitignore", "x.bicep\n");
    write(folder.path(), "a/b/c/d/e/x.bicep", RACY);
    let all = quieter(folder.path(), &[]);
    assert_eq!(all[1], one("ignored", None, "a/b/c/d/e/.gitignore", 1)[0]);
    // A named file is read even if it is ignored.
    assert_eq!(quieter(folder.path(), &["main.bicep"]), json!([]));
}

#[test]
fn suppressed_accepted_and_unselected_results_are_counted() {
    let folder = repository();
    assert_eq!(
        quieter(folder.path(), &["--select", "parallel-loop"]),
        one("not-selected", Some("hub-gateways"), "--select", 1)
    );
    assert_eq!(
        quieter(folder.path(), &["--ignore", "hub-gateways"]),
        one("not-selected", Some("hub-gateways"), "--ignore", 1)
    );
    run(folder.path(), &["--write-baseline", "races.json"]);
    assert_eq!(
        quieter(folder.path(), &["--baseline", "races.json"]),
        one("baselined", Some("hub-gateways"), "races.json", 1)
    );
    let suppressed =
        RACY.replace("resource er ", "#disable-next-line hub-gateways // never both\nresource er ");
    write(folder.path(), "main.bicep", suppressed);
    assert_eq!(quieter(folder.path(), &[]), one("suppressed", Some("hub-gateways"), "main.bicep", 1));
}

#[test]
fn a_replaced_entry_or_module_is_named() {
    let folder = repository();
    let entry = "[[entry]]\nid = 'hub-gateways'\ntitle = 'Parts'\nlevel = 'error'\nobject-type = 'Contoso.Parts/hubs'\n\
                 why = 'write the hub'\n\
                 [[entry.writer]]\ntypes = ['Contoso.Parts/parts']\nrole = 'part'\nlabel = 'a part'\n\
                 objects = ['properties.hub.id']\n";
    write(folder.path(), "bicep-race-lint.toml", entry);
    let (text, _) = run(folder.path(), &[]);
    assert!(!text.contains("the configuration is wrong"), "{text}");
    assert_eq!(
        quieter(folder.path(), &[]),
        one("entry-replaced", Some("hub-gateways"), "bicep-race-lint.toml", 1)
    );
    write(folder.path(), "bicep-race-lint.toml", entry.replace("id = 'hub-gateways'", "id = 'own-parts'"));
    assert_eq!(
        quieter(folder.path(), &[]),
        json!([]),
        "an entry beside the built-in ones takes nothing away"
    );
}

#[test]
fn an_entry_with_a_lower_level_is_named() {
    let folder = repository();
    for level in ["note", "warning", "off"] {
        write(folder.path(), "bicep-race-lint.toml", format!("[entries]\nhub-gateways = \"{level}\"\n"));
        let lowered = one("entry-lowered", Some("hub-gateways"), "bicep-race-lint.toml", 1);
        assert_eq!(quieter(folder.path(), &[]), lowered, "{level}");
    }
    let (text, _) = run(folder.path(), &[]);
    assert!(
        text.contains(
            "quieter: 1 built-in entry (`hub-gateways`) given a lower level in bicep-race-lint.toml"
        ),
        "{text}"
    );
    assert!(!text.contains("error[hub-gateways]"), "{text}");
    write(
        folder.path(),
        "bicep-race-lint.toml",
        "[entries]\nhub-gateways = \"error\"\nip-groups = \"note\"\n",
    );
    assert_eq!(quieter(folder.path(), &[]), json!([]));
    write(folder.path(), "bicep-race-lint.toml", "levels = \"0.1\"\n");
    let old = quieter(folder.path(), &[]);
    assert_eq!((&old[0]["what"], &old[0]["by"]), (&json!("old-levels"), &json!("bicep-race-lint.toml")));
    assert!(old[0]["count"].as_u64().unwrap() >= 10, "{old}");
}

/// The level of an entry in the configuration of one folder does not apply to another folder.
#[test]
fn a_level_holds_for_the_roots_of_its_folder() {
    let folder = repository();
    for (name, level) in [("loud", "error"), ("quiet", "off"), ("plain", "")] {
        write(folder.path(), format!("{name}/main.bicep"), RACY);
        if !level.is_empty() {
            write(
                folder.path(),
                format!("{name}/bicep-race-lint.toml"),
                format!("[entries]\nhub-gateways = \"{level}\"\n"),
            );
        }
    }
    let (text, _) = run(folder.path(), &["--format", "json", "loud", "quiet", "plain"]);
    let report: Value = serde_json::from_str(&text[text.find('{').unwrap()..]).unwrap();
    let mut roots: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["roots"][0].as_str().unwrap())
        .collect();
    roots.sort_unstable();
    assert_eq!(roots, ["loud/main.bicep", "plain/main.bicep"]);
}

/// Every summary has one line about it.
#[test]
fn every_summary_mentions_hidden_results() {
    let folder = repository();
    write(folder.path(), "bicep-race-lint.toml", "[rules]\nhub-gateways = \"off\"\n");
    write(folder.path(), ".gitignore", "gone.bicep\n");
    write(folder.path(), "gone.bicep", RACY);
    let told =
        "quieter: 1 result (`hub-gateways`) turned off in bicep-race-lint.toml; 1 file ignored by .gitignore";
    let (text, code) = run(folder.path(), &["--strict"]);
    assert_eq!(code, 0);
    assert!(text.lines().any(|line| line == told), "{text}");
    for format in ["markdown", "html", "junit", "sarif"] {
        run(folder.path(), &["--output", &format!("{format}=report")]);
        let report = read(folder.path(), "report");
        let plain = report.replace("<code>", "`").replace("</code>", "`").replace("\\_", "_");
        match format {
            "sarif" => {
                let report: Value = serde_json::from_str(&report).unwrap();
                assert_eq!(report["runs"][0]["properties"]["quieter"], quieter(folder.path(), &[]));
            }
            "junit" => {
                let value = &told["quieter: ".len()..];
                let property = format!("<property name=\"quieter\" value=\"{value}\"/>");
                assert!(plain.contains(&property), "{report}");
            }
            _ => assert!(plain.contains(told), "{format}: {report}"),
        }
    }
    // Long lists of names are shortened.
    for at in 0..6 {
        write(folder.path(), format!("m{at}/.gitignore"), "x.bicep\n");
        write(folder.path(), format!("m{at}/x.bicep"), RACY);
    }
    let (text, _) = run(folder.path(), &["--no-config"]);
    assert!(
        text.contains("7 files ignored by .gitignore, m0/.gitignore, m1/.gitignore and 4 more"),
        "{text}"
    );
}

#[test]
fn a_suppression_needs_a_reason_if_required() {
    let folder = repository();
    let suppressed = |comment: &str| {
        RACY.replace("resource er ", &format!("#disable-next-line hub-gateways{comment}\nresource er "))
    };
    write(folder.path(), "main.bicep", suppressed(""));
    let (text, code) = run(folder.path(), &[]);
    assert!(code == 0 && !text.contains("without-reason"), "{text}");
    let (text, code) = run(folder.path(), &["-q", "--level", "note", "--format", "concise"]);
    let told = "main.bicep:10:1: note[suppression-without-reason] this directive suppresses `hub-gateways` without a reason\n";
    assert!(code == 0 && text == told, "{text}");
    write(folder.path(), "bicep-race-lint.toml", "require-reasons = true\n");
    let (text, code) = run(folder.path(), &["-q", "--format", "concise"]);
    assert!(code == 1 && text == told.replace("note", "warning"), "{text}");
    // An explicit level takes precedence.
    write(
        folder.path(),
        "bicep-race-lint.toml",
        "require-reasons = true\n[rules]\nsuppression-without-reason = \"note\"\n",
    );
    assert_eq!(run(folder.path(), &[]).1, 0);
    write(folder.path(), "bicep-race-lint.toml", "require-reasons = true\n");
    for reason in [" // one of the two is never deployed", " /* for now */"] {
        write(folder.path(), "main.bicep", suppressed(reason));
        assert_eq!(run(folder.path(), &[]).1, 0, "{reason}");
    }
    // An empty comment is not a reason.
    write(folder.path(), "main.bicep", suppressed(" //  "));
    assert_eq!(run(folder.path(), &[]).1, 1);
    // Names of other tools are ignored, and a directive that suppresses nothing is reported as such.
    write(
        folder.path(),
        "main.bicep",
        RACY.replace("resource er ", "#disable-next-line no-unused-params BCP081\nresource er "),
    );
    let (text, _) = run(folder.path(), &["--level", "note"]);
    assert!(!text.contains("without-reason"), "{text}");
    write(folder.path(), "main.bicep", suppressed("").replace("hub-gateways", "parallel-loop"));
    let (text, _) = run(folder.path(), &["--level", "note"]);
    assert!(text.contains("unused-suppression") && !text.contains("without-reason"), "{text}");
}

/// A module is in a folder without a root: the configuration above it applies.
#[test]
fn reasons_are_required_in_modules_too() {
    let folder = repository();
    let module = RACY.replace("resource er ", "#disable-next-line hub-gateways\nresource er ");
    write(folder.path(), "modules/net/gateways.bicep", module);
    write(folder.path(), "main.bicep", "module net 'modules/net/gateways.bicep' = {}\n");
    write(folder.path(), "bicep-race-lint.toml", "require-reasons = true\n");
    let (text, code) = run(folder.path(), &["main.bicep", "--format", "concise"]);
    assert!(
        code == 1 && text.starts_with("modules/net/gateways.bicep:10:1: warning[suppression-without-reason]"),
        "{text}"
    );
    assert!(
        run(folder.path(), &["--show-config", "main.bicep"])
            .0
            .contains("require-reasons = true  # bicep-race-lint.toml:1")
    );
    write(folder.path(), "bicep-race-lint.toml", "require-reasons = \"yes\"\n");
    let (text, code) = run(folder.path(), &[]);
    assert!(code == 2 && text.contains("expected true or false, found string"), "{text}");
}

/// Many writers raise the level of this entry, but not for roots whose configuration gives it a level.
#[test]
fn a_level_of_one_folder_is_not_raised_there() {
    let folder = repository();
    let endpoint = |at: u32| {
        format!(
            "resource p{at} 'Microsoft.Network/privateEndpoints@2024-05-01' = {{\n  name: 'p{at}'\n  \
             properties: {{ subnet: {{ id: 'vnet/s' }} }}\n}}\n"
        )
    };
    let endpoints = (0..7).map(endpoint).collect::<Vec<_>>().concat();
    for place in ["a", "b"] {
        write(folder.path(), format!("{place}/main.bicep"), &endpoints);
        write(folder.path(), format!("{place}/bicep-race-lint.toml"), "");
    }
    let level_of = |place: &str| {
        let (text, _) = run(folder.path(), &["a", "b", "--level", "note", "--format", "json"]);
        let report: Value = serde_json::from_str(&text).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let root = format!("{place}/main.bicep");
        let of = findings.iter().find(|finding| finding["roots"][0] == *root).unwrap();
        assert_eq!(of["entry"], "private-endpoints-in-one-subnet");
        of["level"].as_str().unwrap().to_owned()
    };
    assert_eq!((level_of("a"), level_of("b")), ("warning".to_owned(), "warning".to_owned()));
    let level = "[rules]\nprivate-endpoints-in-one-subnet = \"note\"\n";
    write(folder.path(), "a/bicep-race-lint.toml", level);
    assert_eq!((level_of("a"), level_of("b")), ("note".to_owned(), "warning".to_owned()));
}
