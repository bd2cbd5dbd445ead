//! The tool as users run it: output, exit codes, and messages for invalid input.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::formats::FORMATS;

/// Runs the tool in a folder with a neutral environment.
fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("GITHUB_ACTIONS")
        .env_remove("FORCE_COLOR")
        .env("COLUMNS", "100")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn run(arguments: &[&str]) -> Output {
    run_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Both streams and the exit code, as one text.
fn whole(output: &Output) -> String {
    format!("{}{}exit {}\n", text(&output.stdout), text(&output.stderr), code(output))
}

#[test]
fn all_gateways_of_the_hub_start_together() {
    insta::assert_snapshot!(whole(&run(&["fixtures/hub/all-parallel/main.bicep"])));
}

#[test]
fn a_partial_order_leaves_the_express_route_gateway_in_a_race() {
    insta::assert_snapshot!(whole(&run(&["fixtures/hub/partly-ordered/main.bicep"])));
}

#[test]
fn an_ordered_hub_is_quiet() {
    insta::assert_snapshot!(whole(&run(&["fixtures/hub/ordered/main.bicep"])));
}

#[test]
fn every_format_tells_the_same_story() {
    for format in [
        "concise",
        "json",
        "jsonl",
        "github",
        "sarif",
        "azure",
        "gitlab",
        "rdjson",
        "checkstyle",
        "junit",
        "markdown",
    ] {
        let output = run(&["fixtures/hub/partly-ordered/main.bicep", "--format", format]);
        insta::assert_snapshot!(format!("partly_ordered_as_{format}"), whole(&output));
    }
}

#[test]
fn output_fits_into_sixty_columns() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"));
    let command =
        command.args(["fixtures/hub/all-parallel/main.bicep"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.env_remove("GITHUB_ACTIONS").env("COLUMNS", "60").output().unwrap();
    let shown = text(&output.stdout);
    let too_wide: Vec<&str> =
        shown.lines().filter(|line| line.chars().count() > 60 && !line.contains("https://")).collect();
    assert!(too_wide.is_empty(), "{too_wide:#?}");
}

#[test]
fn json_fits_its_schema_and_the_schema_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/report.schema.json");
    let fresh = bicep_race_lint::report::json::schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert_eq!(committed, fresh, "stale: run `.ci/derive`");
    let schema: serde_json::Value = serde_json::from_str(&fresh).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for fixture in ["all-parallel", "partly-ordered", "ordered"] {
        let output =
            run(&[&format!("fixtures/hub/{fixture}/main.bicep"), "--format", "json", "--level", "note"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{fixture}: {errors:#?}");
    }
}

/// A program that reads the JSON by the schema of an earlier commit can read the current output, because the format
/// only grows.
#[test]
fn an_old_reader_still_accepts_the_json() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../outputs/schema/report.before.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for folder in ["fixtures/outputs", "fixtures/hub", "fixtures/catalog", "fixtures/non-races"] {
        let output = run(&[folder, "--format", "json", "--level", "note"]);
        let mut report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{folder}: {errors:#?}");
        report["findings"] = "none".into();
        assert!(!validator.is_valid(&report), "the schema can say no");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let once = run(&["fixtures", "--format", "json", "--level", "note"]);
    let again = run(&["fixtures", "--format", "json", "--level", "note"]);
    assert_eq!(once.stdout, again.stdout);
    assert!(once.stdout.len() > 1000);
}

#[test]
fn the_format_never_changes_the_exit_code() {
    for format in FORMATS {
        assert_eq!(code(&run(&["fixtures/hub/all-parallel/main.bicep", "--format", format])), 1, "{format}");
        assert_eq!(code(&run(&["fixtures/hub/ordered/main.bicep", "--format", format])), 0, "{format}");
    }
}

#[test]
fn exit_codes_follow_fail_on_and_strict() {
    let racy = "fixtures/hub/all-parallel/main.bicep";
    assert_eq!(code(&run(&[racy, "--fail-on", "never"])), 0);
    assert_eq!(code(&run(&[racy, "--fail-on", "error"])), 1);
    assert_eq!(code(&run(&[racy, "--select", "parallel-loop"])), 0);
    assert_eq!(code(&run(&[racy, "--ignore", "hub-gateways,routing-intent-last"])), 0);
    assert_eq!(code(&run(&[racy, "--no-such-option"])), 2);
    assert_eq!(code(&run(&[racy, "--select", "hub-gateway"])), 2);
    assert_eq!(code(&run(&["--version"])), 0);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.bicep"), "module a 'not-there.bicep' = {}\n").unwrap();
    assert_eq!(code(&run_in(folder.path(), &["main.bicep"])), 1);
    assert_eq!(code(&run_in(folder.path(), &["main.bicep", "--fail-on", "error"])), 0);
    assert_eq!(code(&run_in(folder.path(), &["main.bicep", "--strict"])), 3);
}

#[test]
fn standard_input_has_the_given_path() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"));
    command.args(["-", "--stdin-filename", "fixtures/hub/all-parallel/main.bicep", "--format", "concise"]);
    let mut child = command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("GITHUB_ACTIONS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let source = include_str!("../../fixtures/hub/all-parallel/main.bicep");
    child.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(text(&output.stdout).contains("hub-gateways"), "{}", text(&output.stdout));
    assert_eq!(code(&output), 1);
}

/// Invalid input of every kind: the message has the path, the exit code is right, nothing panics, and other files are
/// still checked.
#[test]
fn invalid_input_is_reported_and_the_rest_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("empty.bicep", b"");
    write("invalid.bicep", b"param a string\n\xff\xfe\x41");
    write("binary.bicep", b"\x7fELF\x02\x00\x00\x00");
    write("bom.bicep", b"\xef\xbb\xbfparam a string\n");
    write("unterminated.bicep", b"var a = 'never closed\nvar b = 1\n");
    write("brackets.bicep", &vec![b'['; 10 << 20]);
    write("nested.bicep", &[b"var a = ".as_slice(), &vec![b'['; 10 << 20]].concat());
    std::fs::create_dir(folder.path().join("folder.bicep")).unwrap();
    write(
        "good.bicep",
        b"resource n 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: 'n' }
resource a 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { parent: n, name: 'a' }
resource b 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { parent: n, name: 'b' }
",
    );
    for (name, expected, says) in [
        ("empty.bicep", 0, "no race found"),
        ("bom.bicep", 0, "no race found"),
        ("invalid.bicep", 2, "cannot read `invalid.bicep`"),
        ("binary.bicep", 2, "cannot read `binary.bicep`"),
        ("missing.bicep", 2, "cannot read `missing.bicep`"),
        ("unterminated.bicep", 1, "this string is not closed"),
        ("brackets.bicep", 1, "expected a declaration, found `[`"),
        ("nested.bicep", 1, "expected less nesting"),
        ("folder.bicep", 0, "nothing was checked"),
    ] {
        let alone = run_in(folder.path(), &[name]);
        assert_eq!(code(&alone), expected, "{name}: {}", whole(&alone));
        assert!(whole(&alone).contains(says), "{name}: {}", whole(&alone));
        let together = run_in(folder.path(), &[name, "good.bicep", "--format", "concise"]);
        assert!(
            text(&together.stdout).contains("good.bicep:2:10: error[vnet-subnets]"),
            "{}",
            whole(&together)
        );
    }
}

#[test]
fn a_closed_output_is_not_a_failure() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"));
    let mut child = command
        .args(["fixtures", "--format", "json", "--level", "note"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn an_unusual_order_is_a_note() {
    insta::assert_snapshot!(whole(&run(&["fixtures/hub/unusual-order/main.bicep", "--level", "note"])));
}

/// Text in a template that could have a meaning for a reader of the output.
#[test]
fn text_from_a_template_cannot_inject() {
    let folder = tempfile::tempdir().unwrap();
    let hub = "<script>alert(1)</script>|]%0A::error::x`\u{202e}\u{1b}[31m";
    let template = format!(
        "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {{ name: '{hub}' }}
resource a 'Microsoft.Network/vpnGateways@2024-05-01' = {{ name: 'a', properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', '{hub}') }} }} }}
resource b 'Microsoft.Network/expressRouteGateways@2024-05-01' = {{ name: 'b', properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', '{hub}') }} }} }}
module m '::error::%0A<b>.bicep' = {{}}
"
    )
    .replace("resource hub", "resource other");
    let template = template.replace("existing = { name: '", "existing = { name: 'not ");
    let file = "::warning file=x::<img>.bicep";
    std::fs::write(folder.path().join(file), template).unwrap();
    for format in FORMATS {
        let output = run_in(folder.path(), &[".", "--format", format, "--level", "note"]);
        let shown = text(&output.stdout);
        assert!(shown.contains("hub-gateways"), "{format}: {}", whole(&output));
        // JSON is data; a program that displays it must escape it.
        let is_data = matches!(format, "json" | "jsonl");
        assert!(!shown.contains('\u{1b}') && (is_data || !shown.contains('\u{202e}')), "{format}: {shown}");
        let commands = shown.lines().filter(|line| line.trim_start().starts_with("::"));
        for command in commands {
            assert!(
                format == "github" && command.starts_with("::error file=")
                    || command.starts_with("::notice file="),
                "{format}: {command}"
            );
        }
        if matches!(format, "junit" | "markdown" | "html") {
            assert!(!shown.contains("<script>alert") && !shown.contains("<img>"), "{format}: {shown}");
        }
    }
}

/// A retired rule stays known for one release: naming it gives one message and no error.
#[test]
fn a_retired_rule_is_reported_once_wherever_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let gateway = "resource one 'Microsoft.Network/vpnGateways@2024-05-01' = { name: 'one' }\n";
    write("main.bicep", gateway);
    let told = |arguments: &[&str]| {
        let output = run_in(folder.path(), arguments);
        assert_eq!(code(&output), 0, "{}", whole(&output));
        text(&output.stderr).matches("the rule `fragile-order` is retired").count()
    };
    assert_eq!(told(&["."]), 0);
    assert_eq!(told(&[".", "--ignore", "fragile-order"]), 1);
    assert_eq!(told(&[".", "--select", "hub-gateways,fragile-order"]), 1);
    write("bicep-race-lint.toml", "[rules]\nfragile-order = \"error\"\n");
    assert_eq!(told(&["."]), 1);
    assert_eq!(told(&[".", "--ignore", "fragile-order"]), 1);
    std::fs::remove_file(folder.path().join("bicep-race-lint.toml")).unwrap();

    // An accepted finding of it counts as retired, not as gone.
    let accepted = |rule: &str| {
        format!(
            "{{\"schemaVersion\":1,\"findings\":[{{\"fingerprint\":\"00\",\"rule\":\"{rule}\",\"root\":\"main.bicep\",\
             \"object\":\"x y\",\"symbols\":[\"one\"],\"message\":\"m\"}}]}}"
        )
    };
    write("baseline.json", &accepted("fragile-order"));
    let output = run_in(folder.path(), &[".", "--baseline", "baseline.json"]);
    assert!(!text(&output.stderr).contains("no longer found"), "{}", whole(&output));
    assert_eq!(told(&[".", "--baseline", "baseline.json"]), 1);
    write("baseline.json", &accepted("hub-gateways"));
    let output = run_in(folder.path(), &[".", "--baseline", "baseline.json"]);
    assert!(text(&output.stderr).contains("no longer found"), "{}", whole(&output));

    // A directive for it is a note with a remedy.
    write("main.bicep", &format!("#disable-next-line fragile-order\n{gateway}"));
    let output = run_in(folder.path(), &["main.bicep", "--level", "note", "--format", "concise"]);
    assert!(
        text(&output.stdout).contains("note[unused-suppression] `fragile-order` is retired"),
        "{}",
        whole(&output)
    );
    assert_eq!(code(&output), 0);
}
