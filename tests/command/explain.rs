//! `explain` as users call it: with words, a file, standard input, or a template in addition to the failure.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use crate::process::{RACY, folder, read, run, said, tool, write};

const FAILURE: &str = "ERROR: (DeploymentFailed) At least one resource deployment operation failed.\nCode: DeploymentFailed\nException \
    Details:\t(Conflict) Conflicting gateway operations\n\tCode: Conflict\n\tMessage: Conflicting gateway operations\n\tTarget: \
    /subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/expressRouteGateways/er\n";

fn piped(folder: &Path, text: &str, arguments: &[&str]) -> (String, i32) {
    let mut command = tool(folder);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The process may exit before it reads.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    said(&child.wait_with_output().unwrap())
}

#[test]
fn words_a_file_and_standard_input_give_the_same_answer() {
    let folder = folder();
    write(folder.path(), "failed.log", FAILURE);
    let (of_words, code) = run(folder.path(), &["explain", &read(folder.path(), "failed.log")]);
    assert_eq!(code, 0, "{of_words}");
    assert!(of_words.contains("(`hub-gateways`)"), "{of_words}");
    assert_eq!(run(folder.path(), &["explain", "failed.log"]), (of_words.clone(), 0));
    assert_eq!(piped(folder.path(), FAILURE, &["explain", "-"]), (of_words, 0));
}

#[test]
fn a_template_in_addition_to_the_failure_gives_the_pair() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    write(folder.path(), "other.bicep", "param a string\n");
    let (text, code) = piped(folder.path(), FAILURE, &["explain", "-", "--in", "main.bicep"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("here     main.bicep:4: error: `vpn` and `er` may deploy at the same time"),
        "{text}"
    );
    let (text, code) = piped(folder.path(), FAILURE, &["explain", "-", "--in", "other.bicep"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("other.bicep: no finding matches this error; it has 0 other findings"), "{text}");
    let (text, code) = run(folder.path(), &["explain", "AnotherOperationInProgress", "--in", "gone.bicep"]);
    assert_eq!(code, 2, "{text}");
}

#[test]
fn ids_match_in_any_case_and_a_page_has_its_evidence() {
    let folder = folder();
    for id in ["hub-connections", "Hub-Connections", "HUB-CONNECTIONS"] {
        let (text, code) = run(folder.path(), &["explain", id]);
        assert_eq!(code, 0, "{text}");
        for title in ["# Several VNet connections of one hub", "## Evidence for it", "## Evidence against it"]
        {
            assert!(text.contains(title), "{title}: {text}");
        }
    }
    let (rule, _) = run(folder.path(), &["explain", "Hub-Gateways"]);
    assert!(rule.contains("## Evidence for it") && rule.contains("## What Azure shows"), "{rule}");
    for (typed, meant) in [
        ("hub-conections", "hub-connections"),
        ("vnet-subnet", "vnet-subnets"),
        ("paralel-loop", "parallel-loop"),
    ] {
        let (text, code) = run(folder.path(), &["explain", typed]);
        assert!(code == 2 && text.contains(&format!("did you mean `{meant}`?")), "{text}");
    }
}

#[test]
fn explain_succeeds_for_known_errors_and_fails_for_unknown_ones() {
    let folder = folder();
    let (text, code) = run(folder.path(), &["explain", "QuotaExceeded"]);
    assert!(code == 0 && text.contains("No race in the template: A quota"), "{text}");
    let (text, code) = run(folder.path(), &["explain", "the", "weather", "is", "fine"]);
    assert!(code == 2 && text.contains("not a known error"), "{text}");
    let (text, code) = piped(folder.path(), "", &["explain", "-"]);
    assert!(code == 2 && text.contains("not a known error"), "{text}");
}

/// Words that are not an error list the rules, entries and answers about them; an HTTP status stands for its code.
#[test]
fn words_that_are_no_error_are_answered() {
    let folder = folder();
    for (words, expected) in [
        (&["vpn"] as &[&str], "error    hub-gateways"),
        (&["key", "vault"], "error    key-vault-access-policies"),
        (&["timeout"], "no race  OperationTimedOut"),
        (&["429"], "No race in the template: Too many requests"),
        (&["hub", "gateways"], "# Two gateways of one virtual hub"),
        (
            &["OperationNotAllowed"],
            "Several services use this code, even without a race. 1 kind of race shows",
        ),
    ] {
        let (text, code) = run(folder.path(), &[&["explain"], words].concat());
        assert!(code == 0 && text.contains(expected), "{words:?}: {text}");
    }
    for (words, expected) in [
        (&["409"] as &[&str], "says only that something failed"),
        (&["Conflict"], "says only that something failed"),
        (&["hub", "gateway"], "did you mean `hub-gateways`?"),
        (&["qwertz"], "`bicep-race-lint rules` lists the rules"),
    ] {
        let (text, code) = run(folder.path(), &[&["explain"], words].concat());
        assert!(code == 2 && text.contains(expected), "{words:?}: {text}");
    }
}

/// A resource that is in a failed state is not a race, but a race in the template may have left it in that state.
#[test]
fn a_race_at_a_failed_resource_is_named() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    let failed = "VirtualHubFailed: The virtual hub is in a failed state. Target: \
                  /subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/vpnGateways/vpn";
    let (text, code) = piped(folder.path(), failed, &["explain", "-", "--in", "main.bicep"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("No race in the template: An earlier operation is stuck"), "{text}");
    assert!(
        text.contains("A race at this resource may be the cause of its state:\n  here     main.bicep:"),
        "{text}"
    );
    let other = failed.replace("vpnGateways/vpn", "azureFirewalls/fw");
    let (text, _) = piped(folder.path(), &other, &["explain", "-", "--in", "main.bicep"]);
    assert!(!text.contains("A race at this resource"), "{text}");
}

/// `>` of Windows PowerShell writes UTF-16.
#[test]
fn a_log_in_utf_16_is_read() {
    let folder = folder();
    let wide: Vec<u8> =
        std::iter::once(0xFEFF).chain(FAILURE.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.path().join("failed.log"), wide).unwrap();
    let (text, code) = run(folder.path(), &["explain", "failed.log"]);
    assert!(code == 0 && text.contains("(`hub-gateways`)"), "{text}");
}

/// Pasted text is not trusted: it must not control the terminal.
#[test]
fn pasted_text_is_escaped() {
    let folder = folder();
    let (text, _) = piped(folder.path(), "ServerIsBusy: \u{1b}[31mred\u{1b}[0m \u{202e}", &["explain", "-"]);
    assert!(
        text.contains("ServerIsBusy") && !text.contains('\u{1b}') && !text.contains('\u{202e}'),
        "{text:?}"
    );
}

/// A failure that somebody reported publicly: the original sentences of Azure, with ids and names replaced.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    id: String,
    /// Each batch was collected after the fixes for the previous ones, and judged once (`docs/fixes.md`).
    batch: u8,
    source: String,
    /// The acceptable first answers: the id of an entry, or `no race`.
    answers: Vec<String>,
    text: String,
}

/// The first answer to a failure: the id of an entry, or `no race`, also for an unknown error.
fn said_first(text: &str) -> &str {
    for line in text.lines() {
        let is_entry =
            ["error: ", "warning: ", "note: ", "off: "].iter().any(|level| line.starts_with(level));
        let id = line.strip_suffix("`)").and_then(|line| line.rsplit_once("(`"));
        match id {
            Some((_, id)) if is_entry => return id,
            _ if line.starts_with("No race in the template: ") => return "no race",
            _ if line.starts_with("Two operations wrote one object at the same time.") => return "common",
            _ if line.starts_with("Another operation on the same object was in progress") => return "common",
            _ => {}
        }
    }
    "no race"
}

#[test]
fn real_failures_are_answered() {
    let failures: Vec<Failure> = serde_json::from_str(include_str!("failures.json")).unwrap();
    let folder = folder();
    let mut wrong = std::collections::BTreeMap::<u8, Vec<String>>::new();
    for failure in &failures {
        assert!(failure.source.starts_with("https://") && !failure.answers.is_empty(), "{}", failure.id);
        let (text, _) = piped(folder.path(), &failure.text, &["explain", "-"]);
        let first = said_first(&text);
        // What is less likely is nothing that was shown for the same error.
        let mut shown: Vec<&str> = Vec::new();
        for line in text.lines() {
            match line.strip_prefix("less likely: ") {
                Some(rest) => {
                    let again = shown.drain(..).find(|id| rest.contains(&format!("`{id}`")));
                    assert_eq!(again, None, "{}: {text}", failure.id);
                }
                None if line.starts_with("This may come from") => shown.clear(),
                None => {
                    let id = line.strip_suffix("`)").and_then(|line| line.rsplit_once("(`"));
                    shown.extend(id.map(|(_, id)| id));
                }
            }
        }
        let wrong = wrong.entry(failure.batch).or_default();
        if !failure.answers.iter().any(|answer| answer == first) {
            wrong.push(format!("{}: {first}, not one of {:?}", failure.id, failure.answers));
        }
    }
    for (batch, wrong) in &wrong {
        let all = failures.iter().filter(|failure| failure.batch == *batch).count();
        assert!(
            all >= 30 && wrong.len() * 10 <= all,
            "batch {batch}, {} of {all}:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
        let claimed = wrong.iter().filter(|line| line.contains("[\"no race\"]")).count();
        assert_eq!(claimed, 0, "what is no race was called one:\n{}", wrong.join("\n"));
    }
}
