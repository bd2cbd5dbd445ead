//! Features that control a run: fixing standard input, redacting ids, creating a configuration, quiet output.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use crate::process::{RACY, folder, read, run, tool, write};

/// A run that reads standard input: its standard output, its standard error, and the exit code.
fn piped(folder: &Path, arguments: &[&str], text: &str) -> (String, String, i32) {
    let mut command = tool(folder);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

#[test]
fn standard_input_is_fixed_to_standard_output() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    run(folder.path(), &["main.bicep", "--fix"]);
    let mended = read(folder.path(), "main.bicep");
    let (text, said, code) = piped(folder.path(), &["--fix", "-"], RACY);
    assert_eq!((text.as_str(), code), (mended.as_str(), 0), "{said}");
    // Text that needs no fix comes back unchanged, with Windows line ends too.
    assert_eq!(piped(folder.path(), &["--fix", "-"], &mended).0, mended);
    let windows = mended.replace('\n', "\r\n");
    assert_eq!(piped(folder.path(), &["--fix", "-"], &windows).0, windows);
    let (diff, _, code) = piped(folder.path(), &["--diff", "-"], RACY);
    assert!(
        diff.starts_with("--- a/stdin.bicep\n+++ b/stdin.bicep\n") && diff.contains("+  dependsOn: ["),
        "{diff}"
    );
    assert_eq!(code, 1);
    assert_eq!(piped(folder.path(), &["--diff", "-"], &mended), (String::new(), String::new(), 0));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is written");
}

#[test]
fn redacted_output_contains_no_subscription_ids() {
    let folder = folder();
    let id = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
    let hub = format!("id: resourceId('Microsoft.Network/virtualHubs', '{id}')");
    let text = RACY.replace("id: hub.id", &hub);
    write(folder.path(), "main.bicep", text);
    for format in ["human", "concise", "json", "sarif", "html", "markdown", "azure", "rdjson"] {
        let output = format!("{format}=report");
        let told = |more: &[&str]| {
            let text = run(
                folder.path(),
                &[&["main.bicep", "--format", format, "--output", &output], more].concat(),
            )
            .0;
            text + &read(folder.path(), "report")
        };
        // The output is narrow, and an id may be wrapped after a hyphen.
        let told = |more: &[&str]| told(more).replace("-\n  ", "-");
        assert!(told(&[]).contains(id), "{format} tells the id by itself");
        let redacted = told(&["--redact"]);
        assert!(
            !redacted.contains(id) && redacted.contains("00000000-0000-0000-0000-000000000000"),
            "{format}"
        );
    }
}

#[test]
fn the_initial_configuration_has_every_key_and_changes_nothing() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    let before = run(folder.path(), &["main.bicep"]);
    assert_eq!(run(folder.path(), &["init"]).1, 0);
    assert_eq!(run(folder.path(), &["main.bicep"]), before);
    let text = read(folder.path(), "bicep-race-lint.toml");
    // It is also valid with every key enabled, if the files that it extends exist.
    let lines: Vec<&str> = text
        .lines()
        .map(|line| {
            let key = line.strip_prefix("# ").filter(|rest| rest.contains(" = ") || rest.starts_with('['));
            key.unwrap_or(line)
        })
        .collect();
    let active = lines.join("\n");
    write(folder.path(), "infra/bicep-race-lint.toml", &active);
    write(folder.path(), "infra/main.bicep", RACY);
    let (told, code) =
        run(&folder.path().join("infra"), &["--show-config", "main.bicep", "--boundary", ".."]);
    assert_eq!(code, 0, "{told}\n{active}");
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../docs/schema/bicep-race-lint.toml.schema.json")).unwrap();
    for key in schema["properties"].as_object().unwrap().keys() {
        let is_there = [format!("# {key} = "), format!("# [{key}]"), format!("# [[{key}]]")];
        assert!(is_there.iter().any(|form| text.contains(form.as_str())), "`{key}` is not explained");
    }
    let (told, code) = run(folder.path(), &["init"]);
    assert!(told.contains("already exists and is not changed") && code == 2, "{told}");
}

#[test]
fn a_quiet_run_prints_only_results_and_errors() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    let loud = run(folder.path(), &["main.bicep", "--write-baseline", "races.json"]).0;
    assert!(loud.contains("wrote 1 finding"), "{loud}");
    assert_eq!(
        run(folder.path(), &["main.bicep", "-q", "--write-baseline", "races.json"]),
        (String::new(), 0)
    );
    let (told, code) = run(folder.path(), &["-q", "gone.bicep"]);
    assert!(told.contains("cannot read `gone.bicep`") && code == 2, "{told}");
    assert!(run(folder.path(), &["-q", "main.bicep", "-f", "concise"]).0.contains("error[hub-gateways]"));
}

#[test]
fn a_folder_in_place_of_a_file_is_reported_with_its_files() {
    let folder = folder();
    write(folder.path(), "infra/deep/a.bicep", RACY);
    write(folder.path(), "infra/deep/main.bicep", RACY);
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    for command in ["graph", "timeline"] {
        let (told, code) = run(folder.path(), &[command, "infra"]);
        let expected =
            "`infra` is a folder; name a file in it: `infra/deep/main.bicep`, `infra/deep/a.bicep`";
        assert!(told.contains(expected) && code == 2, "{told}");
        let (told, code) = run(folder.path(), &[command, "empty"]);
        assert!(told.contains("`empty` is a folder without Bicep files; name a file") && code == 2, "{told}");
    }
}

#[test]
fn help_lists_exit_codes_and_the_documentation() {
    let folder = folder();
    let (told, code) = run(folder.path(), &["--help"]);
    assert_eq!(code, 0);
    for part in
        ["Exit codes:", "0  nothing", "1  findings", "2  the run failed", "3  with `--strict`", "/docs"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
}

/// The output of a command does not depend on the position of its options.
#[test]
fn options_may_come_before_or_after_a_subcommand() {
    let folder = folder();
    let here = folder.path();
    write(here, "main.bicep", RACY);
    write(here, "calm.toml", "[entries]\nhub-gateways = 'off'\n");
    for (options, command) in [
        (&["-q"][..], &["graph", "main.bicep"][..]),
        (&["-q", "-f", "svg"], &["graph", "main.bicep"]),
        (&["-qfsvg"], &["timeline", "main.bicep"]),
        (&["--config", "calm.toml"], &["timeline", "main.bicep"]),
        (&["--config=calm.toml", "--format=json"], &["timeline", "main.bicep"]),
        (&["--profile", "calm"], &["timeline", "main.bicep"]),
        (&["--no-config"], &["explain", "hub-gateways"]),
        (&["--in", "main.bicep"], &["explain", "hub-gateways"]),
        (&["--format", "json"], &["rules"]),
        (&["--color", "never", "--redact"], &["man"]),
    ] {
        let before = run(here, &[options, command].concat());
        assert_eq!(before, run(here, &[command, options].concat()), "{options:?} {command:?}");
        assert_eq!(before.1, 0, "{options:?} {command:?}: {}", before.0);
    }
    // The options also take effect there.
    let timeline = |options: &[&str]| run(here, &[&["timeline", "main.bicep"], options].concat()).0;
    assert!(timeline(&[]) != timeline(&["--config", "calm.toml"]));
    assert_eq!(
        timeline(&["--config", "calm.toml"]),
        timeline(&["--profile", "calm", "--config", "calm.toml"])
    );
    // A value or a path is not taken for a subcommand.
    assert!(run(here, &["--config", "graph", "main.bicep"]).0.contains("cannot read the configuration"));
    assert!(run(here, &["main.bicep", "graph"]).0.contains("cannot read `graph`"));
}

#[test]
fn every_subcommand_redacts() {
    let folder = folder();
    let here = folder.path();
    let id = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
    write(
        here,
        "main.bicep",
        RACY.replace("resource er ", &format!("// {id}\nresource er "))
            .replace("name: 'er'", &format!("name: '{id}'")),
    );
    write(here, format!("{id}.bicep"), RACY);
    let failure = format!("AnotherOperationInProgress: /subscriptions/{id}/x");
    for command in [
        &["graph", &*format!("{id}.bicep"), "-f", "svg"][..],
        &["timeline", &*format!("{id}.bicep")],
        &["explain", &*failure],
        &["graph", &*format!("{id}.gone")],
        &["--select", id],
        &["graph", "main.bicep", "-f", id],
        &["observed", &*format!("{id}.json")],
    ] {
        let told = run(here, command).0;
        assert!(told.contains(id), "{command:?} tells {told}");
        for redacting in [[&["--redact"], command].concat(), [command, &["--redact"]].concat()] {
            let told = run(here, &redacting).0;
            assert!(!told.contains(id) && told.contains("00000000-0000"), "{redacting:?} tells {told}");
        }
    }
}

#[test]
fn gitlab_is_told_which_report_it_shows() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    let told = |arguments: &[&str]| {
        let mut tool = tool(folder.path());
        let output = tool.env("GITLAB_CI", "true").arg("main.bicep").args(arguments).output().unwrap();
        String::from_utf8(output.stderr).unwrap().contains("`--output gitlab=gl-code-quality-report.json`")
    };
    assert!(told(&[]));
    for quiet in [&["--no-annotations"][..], &["-q"], &["--output", "gitlab=x.json"], &["-f", "gitlab"]] {
        assert!(!told(quiet), "{quiet:?}");
    }
}

/// The manual page has every command and option, in a form that `man` can read.
#[test]
fn the_manual_page_has_every_command_and_option() {
    let folder = folder();
    let (page, code) = run(folder.path(), &["man"]);
    assert_eq!(code, 0);
    assert!(page.starts_with(".TH BICEP-RACE-LINT 1 "), "{page}");
    for part in
        ["\\-f, \\-\\-format <FORMAT>", "checkstyle", "\\-\\-redact", "\\-\\-learn <FILE>", "Exit codes:"]
    {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    for command in ["graph", "timeline", "observed", "explain", "init", "rules", "lsp", "completions", "man"]
    {
        assert!(page.contains(&format!(".SS bicep\\-race\\-lint {command}")), "{command} is not in {page}");
    }
    let is_request = |line: &str| {
        [".TH ", ".SH ", ".SS ", ".TP", ".PP", ".nf", ".fi"].iter().any(|known| line.starts_with(known))
    };
    let wrong: Vec<&str> =
        page.lines().filter(|line| line.starts_with(['.', '\'']) && !is_request(line)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
