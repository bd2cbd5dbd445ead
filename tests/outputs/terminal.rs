//! Reports and charts for people, on narrow terminals and plain ones.

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
    // An address cannot be broken.
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

/// Colour is for terminals, and is asked for or refused by what everybody uses for it.
#[test]
fn colour_is_there_when_it_is_wanted() {
    let has_colour = |arguments: &[&str], set: &[(&str, &str)]| {
        let mut command = tool(here(), arguments);
        command.envs(set.iter().copied());
        text(&command.output().unwrap().stdout).contains("\u{1b}[")
    };
    let story = "fixtures/outputs/one-file.bicep";
    assert!(!has_colour(&[story], &[]), "a pipe is no terminal");
    assert!(has_colour(&[story, "--color", "always"], &[]));
    assert!(has_colour(&[story], &[("FORCE_COLOR", "1")]));
    assert!(!has_colour(&[story], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(!has_colour(&[story, "--color", "never"], &[("FORCE_COLOR", "1")]));
    for format in ["json", "sarif", "github", "junit", "markdown", "html", "concise"] {
        assert!(!has_colour(&[story, "--color", "always", "--format", format], &[]), "{format}");
    }
}

/// What stands between the colours is what stands there without them.
#[test]
fn colours_change_no_word() {
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
