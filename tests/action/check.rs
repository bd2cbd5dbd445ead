//! The results of a check step: annotations, a summary, files and outputs; and the effect of its inputs.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::runner::{Job, here};

const RACE: &str = "fixtures/outputs/one-file.bicep";

fn check(inputs: &[(&str, &str)]) -> (Job, crate::runner::Ran) {
    let job = inputs.iter().fold(Job::new(), |job, (name, value)| job.given(name, value));
    let ran = job.run("Check");
    (job, ran)
}

/// The files with lines that are annotated as errors.
fn annotated(text: &str) -> Vec<&str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("::error file="));
    lines.map(|line| line.split(',').next().unwrap()).collect()
}

#[test]
fn findings_are_annotated_summarised_and_written_for_the_upload() {
    let (job, ran) = check(&[("paths", RACE)]);
    assert_eq!(ran.code, 1);
    assert_eq!(annotated(&ran.text), [RACE]);
    assert!(job.read("GITHUB_STEP_SUMMARY").starts_with("## Azure deployment races"));
    let sarif = job.folder.path().join("bicep-race-lint.sarif");
    assert_eq!(job.read("GITHUB_OUTPUT"), format!("sarif={}\nexit-code=1\n", sarif.display()));
    assert!(fs::read_to_string(sarif).unwrap().contains("\"hub-gateways\""));
}

#[test]
fn every_input_has_its_effect() {
    let page = tempfile::tempdir().unwrap();
    let html = page.path().join("races.html").display().to_string();
    let (job, ran) = check(&[
        ("paths", "fixtures/outputs/one-file.bicep\nfixtures/outputs/unresolved.bicep"),
        ("level", "note"),
        ("fail-on", "never"),
        ("html", &html),
        ("annotations", "false"),
    ]);
    assert_eq!(ran.code, 0);
    assert!(!ran.text.contains("::error"), "{}", ran.text);
    assert!(ran.text.contains("note[unresolved-module]"), "{}", ran.text);
    assert!(ran.text.contains("one-file.bicep"));
    assert!(fs::read_to_string(&html).unwrap().starts_with("<!DOCTYPE html>"));
    assert!(job.read("GITHUB_OUTPUT").ends_with(&format!("html={html}\nexit-code=0\n")));
}

#[test]
fn rules_are_selected_and_ignored() {
    assert_eq!(check(&[("paths", RACE), ("select", "declared-twice")]).1.code, 0);
    assert_eq!(check(&[("paths", RACE), ("select", "declared-twice\nhub-gateways")]).1.code, 1);
    assert_eq!(check(&[("paths", RACE), ("ignore", "declared-twice, hub-gateways")]).1.code, 0);
    assert_eq!(check(&[("paths", RACE), ("ignore", "declared-twice")]).1.code, 1);
    assert_eq!(check(&[("paths", RACE), ("select", "no-such-rule")]).1.code, 2);
}

#[test]
fn strict_fails_for_files_that_are_not_understood() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("main.bicep");
    fs::write(&file, "module gone 'gone.bicep' = { name: 'gone' }\n").unwrap();
    let path = format!("\"{}\"", file.display());
    let lax = ("fail-on", "never");
    assert_eq!(check(&[("paths", &path), lax]).1.code, 0);
    assert_eq!(check(&[("paths", &path), lax, ("strict", "false")]).1.code, 0);
    assert_eq!(check(&[("paths", &path), lax, ("strict", "true")]).1.code, 3);
    let (job, ran) = check(&[("paths", &path), lax, ("strict", "yes")]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.text.contains("::error title=bicep-race-lint::the input `strict` is true or false"),
        "{}",
        ran.text
    );
    assert_eq!(job.read("GITHUB_OUTPUT"), "exit-code=2\n");
}

/// The configuration applies where no input overrides it.
#[test]
fn configuration_baseline_and_more_options_are_passed_on() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("a config.toml");
    fs::write(&config, "fail-on = \"never\"\n").unwrap();
    let config = config.display().to_string();
    assert_eq!(check(&[("paths", RACE), ("config", &config)]).1.code, 0);
    assert_eq!(check(&[("paths", RACE), ("config", &config), ("fail-on", "error")]).1.code, 1);
    let baseline = folder.path().join("accepted races.json").display().to_string();
    let write = format!("--write-baseline \"{baseline}\"");
    assert_eq!(check(&[("paths", RACE), ("arguments", &write)]).1.code, 0);
    assert_eq!(check(&[("paths", RACE), ("baseline", &baseline)]).1.code, 0);
    let (_, ran) = check(&[("paths", RACE), ("arguments", "--statistics\n--format concise")]);
    assert!(ran.text.contains("one-file.bicep:") && ran.text.contains("error[hub-gateways]"), "{}", ran.text);
}

/// A repository with a race in a folder whose name contains a blank.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("my infra")).unwrap();
    fs::copy(here().join(RACE), folder.path().join("my infra/main.bicep")).unwrap();
    fs::write(folder.path().join("my infra/names.json"), "[]\n").unwrap();
    fs::write(folder.path().join("other.bicep"), "// nothing\n").unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch", "main", "."]);
    commit(folder.path(), "First");
    folder
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Commits everything, and returns the commit.
fn commit(folder: &Path, message: &str) -> String {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", message]);
    git(folder, &["rev-parse", "HEAD"])
}

fn append(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    let old = fs::read_to_string(&path).unwrap_or_default();
    fs::write(path, old + text).unwrap();
}

#[test]
fn a_path_may_have_blanks() {
    let repository = repository();
    let job = |inputs: &[(&str, &str)]| {
        inputs
            .iter()
            .fold(Job::new().checkout(repository.path()), |job, (name, value)| job.given(name, value))
    };
    for paths in ["\"my infra\"", "my\" \"infra", "other.bicep\n  \"my infra/main.bicep\"\n", ""] {
        let ran = job(&[("paths", paths)]).run("Check");
        assert_eq!(
            (ran.code, annotated(&ran.text)),
            (1, vec!["my infra/main.bicep"]),
            "{paths}: {}",
            ran.text
        );
    }
    assert_eq!(job(&[("paths", "my infra")]).run("Check").code, 2);
    let ran = job(&[("paths", "\"my infra")]).run("Check");
    assert_eq!(ran.code, 2);
    assert!(ran.text.contains("a double quote is not closed"), "{}", ran.text);
}

/// GitHub locates annotations by paths from the top of the repository.
#[test]
fn a_working_directory_is_the_base_of_paths_but_not_of_annotations() {
    let repository = repository();
    let inside = |name: &str| repository.path().join("my infra").join(name);
    fs::write(inside("quiet.toml"), "fail-on = \"never\"\n").unwrap();
    let job = || Job::new().checkout(repository.path()).given("working-directory", "my infra");
    for paths in [".", "main.bicep", ""] {
        let job = job().given("paths", paths).given("sarif", "races.sarif").given("html", "races.html");
        let ran = job.run("Check");
        assert_eq!(
            (ran.code, annotated(&ran.text)),
            (1, vec!["my infra/main.bicep"]),
            "{paths}: {}",
            ran.text
        );
        assert!(fs::read_to_string(inside("races.sarif")).unwrap().contains("my%20infra/main.bicep"));
        assert!(inside("races.html").exists());
        let output = job.read("GITHUB_OUTPUT");
        assert_eq!(output, "sarif=my infra/races.sarif\nhtml=my infra/races.html\nexit-code=1\n");
    }
    assert_eq!(job().given("config", "quiet.toml").run("Check").code, 0);
    let ran = job().given("working-directory", "gone").run("Check");
    assert_eq!(ran.code, 2);
    assert!(ran.text.contains("`working-directory` is no folder: gone"), "{}", ran.text);
}

/// A job for an event on a checkout, limited to the changes of the event.
fn of_event(checkout: &Path, event: &str, before: &str) -> Job {
    let head = git(checkout, &["rev-parse", "HEAD"]);
    Job::new()
        .checkout(checkout)
        .given("changed-only", "true")
        .given("github.event_name", event)
        .given(
            "github.event.pull_request.base.sha || github.event.merge_group.base_sha || github.event.before",
            before,
        )
        .variable("GITHUB_SHA", &head)
        .variable("GITHUB_REPOSITORY", "owner/name")
        .program("gh", "exit 1")
}

#[track_caller]
fn finds(job: &Job, is_found: bool) -> String {
    let ran = job.run("Check");
    let expected = if is_found { (1, vec!["my infra/main.bicep"]) } else { (0, vec![]) };
    assert_eq!((ran.code, annotated(&ran.text)), expected, "{}", ran.text);
    ran.text
}

#[test]
fn only_what_a_push_changes_is_checked() {
    for (file, is_found) in [("my infra/main.bicep", true), ("other.bicep", false)] {
        let repository = repository();
        let before = git(repository.path(), &["rev-parse", "HEAD"]);
        append(repository.path(), file, "// changed\n");
        commit(repository.path(), "Second");
        let text = finds(&of_event(repository.path(), "push", &before), is_found);
        assert!(!text.contains("::warning"), "{text}");
    }
}

/// A pull request is checked out as its merge with the base, with the full history or only the last commit.
#[test]
fn only_what_a_pull_request_changes_is_checked() {
    let files = ["my infra/main.bicep", "other.bicep"];
    for (file, of_base, is_found) in [(files[0], files[1], true), (files[1], files[0], false)] {
        let repository = repository();
        let base = git(repository.path(), &["rev-parse", "HEAD"]);
        git(repository.path(), &["checkout", "--quiet", "-b", "change"]);
        append(repository.path(), file, "// changed\n");
        commit(repository.path(), "Change");
        git(repository.path(), &["checkout", "--quiet", "main"]);
        // The base branch moves on; that is not a change of the pull request.
        append(repository.path(), of_base, "// of the base\n");
        commit(repository.path(), "Base goes on");
        git(repository.path(), &["merge", "--quiet", "--no-ff", "--message", "Merge", "change"]);
        let text = finds(&of_event(repository.path(), "pull_request", &base), is_found);
        assert!(!text.contains("::warning"), "{text}");

        let clones = tempfile::tempdir().unwrap();
        let clone = clones.path().join("clone");
        let url = format!("file://{}", repository.path().display());
        git(clones.path(), &["clone", "--quiet", "--depth=1", &url, "clone"]);
        git(repository.path(), &["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let merged = git(repository.path(), &["rev-parse", "HEAD^1"]);
        finds(&of_event(&clone, "pull_request", &merged), is_found);
    }
}

/// If the branch of a pull request is checked out, its last commit may be a merge from the base.
#[test]
fn a_merge_that_is_not_the_pull_request_is_compared_with_its_base() {
    let repository = repository();
    git(repository.path(), &["checkout", "--quiet", "-b", "change"]);
    append(repository.path(), "my infra/main.bicep", "// changed\n");
    commit(repository.path(), "Change");
    git(repository.path(), &["checkout", "--quiet", "main"]);
    append(repository.path(), "other.bicep", "// of the base\n");
    let base = commit(repository.path(), "Base goes on");
    git(repository.path(), &["checkout", "--quiet", "change"]);
    git(repository.path(), &["merge", "--quiet", "--no-ff", "--message", "Base into change", "main"]);
    let job = of_event(repository.path(), "pull_request", &base).variable("GITHUB_SHA", &"0".repeat(40));
    finds(&job, true);
}

#[test]
fn renamed_and_deleted_files_count_as_changed() {
    let repository = repository();
    fs::write(
        repository.path().join("loop.bicep"),
        "var names = loadJsonContent('my infra/names.json')\noutput count int = length(names)\n",
    )
    .unwrap();
    let before = commit(repository.path(), "A list");
    fs::rename(repository.path().join("my infra/main.bicep"), repository.path().join("my infra/new.bicep"))
        .unwrap();
    commit(repository.path(), "Renamed");
    let ran = of_event(repository.path(), "push", &before).run("Check");
    assert_eq!(annotated(&ran.text), ["my infra/new.bicep"], "{}", ran.text);
    let before = git(repository.path(), &["rev-parse", "HEAD"]);
    fs::remove_file(repository.path().join("my infra/names.json")).unwrap();
    commit(repository.path(), "Gone");
    let ran = of_event(repository.path(), "push", &before).run("Check");
    assert!(ran.text.contains("loop.bicep") && ran.text.contains("unread-file"), "{}", ran.text);
}

/// If the changes are unknown, everything is checked.
#[test]
fn unknown_changes_check_everything() {
    let repository = repository();
    let head = git(repository.path(), &["rev-parse", "HEAD"]);
    for (event, before) in [
        ("schedule", ""),
        ("workflow_dispatch", head.as_str()),
        ("push", "0000000000000000000000000000000000000000"),
        ("push", "1111111111111111111111111111111111111111"),
        ("push", "--output=x"),
        ("pull_request", ""),
        ("pull_request_target", head.as_str()),
    ] {
        let text = finds(&of_event(repository.path(), event, before), true);
        assert!(text.contains("::warning title=bicep-race-lint::`changed-only`"), "{event} {before}: {text}");
    }
}

#[test]
fn the_api_lists_the_files_of_a_pull_request_if_git_cannot() {
    let repository = repository();
    for (listed, is_found) in [("my infra/main.bicep", true), ("other.bicep", false)] {
        let job = of_event(repository.path(), "pull_request_target", "")
            .given("github.event.pull_request.number", "7")
            .program("gh", &format!("echo \"$*\" > \"$RUNNER_TEMP/gh\"; echo '{listed}'"));
        finds(&job, is_found);
        assert!(job.read("gh").contains("repos/owner/name/pulls/7/files"), "{}", job.read("gh"));
    }
    // GitHub lists only the first 3,000 files.
    let job = of_event(repository.path(), "pull_request_target", "")
        .given("github.event.pull_request.number", "7")
        .program("gh", "yes other.bicep | head -n 3000");
    assert!(finds(&job, true).contains("all is checked"));
}

/// A run that fails before it reads anything leaves reports that say so, and no result of an earlier run.
#[test]
fn an_error_is_annotated_and_summarised() {
    let kept = tempfile::tempdir().unwrap();
    let sarif = kept.path().join("races.sarif");
    fs::write(&sarif, "what an earlier run found").unwrap();
    let path = sarif.display().to_string();
    let (job, ran) = check(&[("paths", RACE), ("level", "loud"), ("sarif", &path)]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.text.matches("::error title=bicep-race-lint::").count(), 1, "{}", ran.text);
    assert!(job.read("GITHUB_STEP_SUMMARY").contains("The run failed"));
    assert_eq!(job.read("GITHUB_OUTPUT"), format!("sarif={path}\nexit-code=2\n"));
    assert!(fs::read_to_string(&sarif).unwrap().contains("\"executionSuccessful\": false"));
}

/// If no file can be written, there is none to upload.
#[test]
fn the_outputs_name_only_existing_files() {
    let folder = tempfile::tempdir().unwrap();
    let gone = |name: &str| folder.path().join("gone").join(name).display().to_string();
    for input in ["sarif", "html"] {
        let (job, ran) = check(&[("paths", RACE), (input, &gone(input))]);
        assert_eq!(ran.code, 2);
        assert!(!job.read("GITHUB_OUTPUT").contains("gone"), "{}", job.read("GITHUB_OUTPUT"));
        assert!(job.read("GITHUB_OUTPUT").ends_with("exit-code=2\n"));
    }
}

/// Inputs come from anyone who may start a workflow: none is run as a command, and no path is taken for an option.
#[test]
fn an_input_is_not_run_as_a_command() {
    for value in ["$(touch hacked) `touch hacked`", "; touch hacked", "--fix", "* /etc/*"] {
        for input in ["paths", "level", "select", "config", "working-directory", "strict"] {
            let (_, ran) = check(&[(input, value)]);
            assert_eq!(ran.code, 2, "{input}: {value}: {}", ran.text);
        }
        assert!(!here().join("hacked").exists(), "{value}");
    }
    let (_, ran) = check(&[("strict", "x\n::add-mask::y")]);
    assert!(!ran.text.contains("\n::add-mask"), "{}", ran.text);
}
