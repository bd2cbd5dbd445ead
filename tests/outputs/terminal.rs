//! Reports and charts for people, on narrow and on plain terminals.

use std::path::Path;
use std::process::Output;

use unicode_width::UnicodeWidthStr;

use super::{STORIES, text, tool};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn at_width(arguments: &[&str], columns: &str) -> String {
    let output: Output = tool(here(), arguments).env("COLUMNS", columns).output().unwrap();
    text(&output.stdout)
}

fn too_wide(shown: &str, columns: usize) -> Vec<&str> {
    // An address cannot be wrapped.
    shown.lines().filter(|line| line.width() > columns && !line.contains("https://")).collect()
}

#[test]
fn every_story_is_readable_at_sixty_columns() {
    let shown = at_width(&[STORIES, "--level", "note"], "60");
    assert_eq!(too_wide(&shown, 60), Vec::<&str>::new());
    insta::assert_snapshot!(shown);
}

#[test]
fn the_chart_is_readable_at_sixty_columns() {
    for story in ["ordered", "all-parallel", "partly-ordered"] {
        let shown = at_width(&["timeline", &format!("fixtures/hub/{story}/main.bicep")], "60");
        assert_eq!(too_wide(&shown, 60), Vec::<&str>::new(), "{story}");
        assert!(shown.contains("routingIntent"), "{shown}");
    }
    insta::assert_snapshot!(at_width(&["timeline", "fixtures/hub/partly-ordered/main.bicep"], "60"));
}

/// Colour is for terminals, and follows the usual options and variables.
#[test]
fn colour_is_used_when_wanted() {
    let has_colour = |arguments: &[&str], set: &[(&str, &str)]| {
        let mut command = tool(here(), arguments);
        command.envs(set.iter().copied());
        text(&command.output().unwrap().stdout).contains("\u{1b}[")
    };
    let story = "fixtures/outputs/one-file.bicep";
    assert!(!has_colour(&[story], &[]), "a pipe is no terminal");
    assert!(has_colour(&[story, "--color", "always"], &[]));
    assert!(has_colour(&[story], &[("FORCE_COLOR", "1")]));
    assert!(has_colour(&[story], &[("CLICOLOR_FORCE", "1")]));
    assert!(!has_colour(&[story], &[("CLICOLOR_FORCE", "0")]));
    assert!(!has_colour(&[story], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!has_colour(&[story], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(!has_colour(&[story, "--color", "never"], &[("FORCE_COLOR", "1")]));
    for format in ["json", "sarif", "github", "junit", "markdown", "html", "concise"] {
        assert!(!has_colour(&[story, "--color", "always", "--format", format], &[]), "{format}");
    }
}

/// Without the colour codes, the text is the same as without colours.
#[test]
fn colours_do_not_change_the_text() {
    let plain = at_width(&[STORIES, "--level", "note"], "80");
    let painted = at_width(&[STORIES, "--level", "note", "--color", "always"], "80");
    let mut bare = String::new();
    let mut rest = painted.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        bare.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    bare.push_str(rest);
    assert_eq!(bare, plain);
}

/// A run on a pseudo-terminal, which `script` creates.
#[cfg(target_os = "linux")]
fn on_a_terminal(arguments: &str, set: &[(&str, &str)]) -> String {
    let command = format!("stty cols 60 rows 40; '{}' {arguments}", env!("CARGO_BIN_EXE_bicep-race-lint"));
    let output = std::process::Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(here())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TERM", "xterm-256color")
        .envs(set.iter().copied())
        .stdin(std::process::Stdio::null())
        .output()
        .expect("`script` of util-linux makes the terminal");
    text(&output.stdout)
}

/// A terminal without UTF-8 gets ASCII.
#[cfg(target_os = "linux")]
#[test]
fn a_plain_terminal_gets_ascii() {
    let story = "fixtures/outputs fixtures/hub --level note";
    for plain in [("LC_ALL", "C"), ("LANG", "en_US.ISO-8859-1"), ("TERM", "linux")] {
        let shown = on_a_terminal(&format!("{story} --color never"), &[plain]);
        let strange: Vec<char> = shown.chars().filter(|character| !character.is_ascii()).collect();
        assert!(strange.is_empty() && shown.contains("hub-gateways"), "{plain:?}: {strange:?}\n{shown}");
        let chart = on_a_terminal("timeline fixtures/hub/partly-ordered/main.bicep", &[plain]);
        assert!(chart.is_ascii() && chart.contains("=="), "{plain:?}: {chart}");
    }
    let shown = on_a_terminal(&format!("{story} --color never"), &[("LC_ALL", "C.UTF-8")]);
    assert!(shown.contains('─') && !shown.contains("\u{1b}["), "{shown}");
}

/// Terminal output has colours and uses the width of the terminal; wider text is not cut off.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colours_and_its_width() {
    let shown = on_a_terminal("fixtures/outputs/one-file.bicep", &[("LC_ALL", "C.UTF-8")]);
    assert!(shown.contains("\u{1b}["), "{shown}");
    let address = "https://bicep-race-lint.github.io/bicep-race-lint/rules/hub-gateways.html";
    assert!(shown.contains(&format!("\u{1b}]8;;{address}\u{1b}\\")), "a link: {shown}");
    let plain = on_a_terminal("fixtures/outputs/one-file.bicep", &[("LC_ALL", "C.UTF-8"), ("CLICOLOR", "0")]);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let shown = on_a_terminal("fixtures/outputs --level note", &[("LC_ALL", "C.UTF-8"), ("NO_COLOR", "1")]);
    assert!(!shown.contains("\u{1b}["), "{shown}");
    assert_eq!(too_wide(&shown.replace('\r', ""), 60), Vec::<&str>::new());
}

/// Text that is one line in a pipe is wrapped on a terminal where possible.
#[cfg(target_os = "linux")]
#[test]
fn lines_and_pages_are_wrapped_on_a_terminal() {
    let runs = ["fixtures/outputs --level note --format concise -q", "rules", "explain hub-gateways"];
    for run in runs {
        let shown = on_a_terminal(run, &[("LC_ALL", "C.UTF-8"), ("NO_COLOR", "1")]).replace('\r', "");
        let is_word =
            |line: &&&str| !line.starts_with('|') && line.trim_start_matches("- ").trim_start().contains(' ');
        let wide = too_wide(&shown, 60);
        assert_eq!(wide.iter().filter(is_word).collect::<Vec<_>>(), Vec::<&&str>::new(), "{run}");
        assert!(shown.lines().count() > 10, "{shown}");
    }
    let piped = text(&tool(here(), &["rules"]).output().unwrap().stdout);
    assert!(piped.lines().any(|line| line.width() > 60));
}

/// Findings below the shown level are mentioned.
#[test]
fn hidden_notes_are_mentioned_with_the_option_to_see_them() {
    let told = "2 notes are hidden; `--level note` shows them";
    assert!(at_width(&["fixtures/outputs"], "100").contains(told));
    assert!(!at_width(&["fixtures/outputs", "--level", "note"], "100").contains("hidden"));
}

/// The full width is used.
#[test]
fn prose_is_as_wide_as_the_terminal() {
    let shown = at_width(&["fixtures/outputs", "--level", "note"], "160");
    assert_eq!(too_wide(&shown, 160), Vec::<&str>::new());
    assert!(shown.lines().any(|line| line.width() > 120), "{shown}");
}

/// Progress is for terminals. Statistics are printed on request to standard error, with every phase.
#[test]
fn statistics_have_counts_and_phases() {
    let output = tool(here(), &[STORIES, "--level", "note", "--statistics"]).output().unwrap();
    let told = text(&output.stderr);
    let value = |name: &str| {
        let line = told.lines().find(|line| line.trim_start().starts_with(name))?;
        line.trim_start().strip_prefix(name).map(|rest| rest.trim().to_owned())
    };
    for (name, expected) in [("roots", "9"), ("findings", "7"), ("suppressed", "1"), ("syntax errors", "1")] {
        assert_eq!(value(name).as_deref(), Some(expected), "{name}: {told}");
    }
    assert_eq!(value("hub-gateways").as_deref(), Some("4"), "{told}");
    for phase in ["reading", "analysing", "fixing", "drawing", "reporting", "in all"] {
        let time = value(phase).unwrap();
        assert!(time.strip_suffix(" ms").is_some_and(|time| time.parse::<f64>().is_ok()), "{phase}: {time}");
    }
    assert_eq!(text(&output.stdout), super::stories_as("human"));
    let quiet = tool(here(), &[STORIES]).output().unwrap();
    assert_eq!(text(&quiet.stderr), "");
}

/// A baseline of unread files would accept findings that nobody has seen.
#[test]
fn a_baseline_of_unread_files_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("races.json").display().to_string();
    let output = tool(here(), &["not-there.bicep", "--write-baseline", &baseline]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot read `not-there.bicep`"));
}
