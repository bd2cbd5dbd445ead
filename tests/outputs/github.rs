//! Annotations and job summaries within the limits of GitHub.

use std::fmt::Write as _;

use super::{run, run_in, stories_as, text, tool};

/// A template with this many racing pairs, each on its own network.
fn many(pairs: usize) -> String {
    let mut template = String::new();
    for at in 0..pairs {
        for side in ["a", "b"] {
            let _ = writeln!(
                template,
                "resource {side}{at} 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {{\n  name: 'net{at}/{side}'\n}}"
            );
        }
    }
    template
}

#[test]
fn ten_annotations_of_a_level_and_a_line_about_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.bicep"), many(14)).unwrap();
    let told = text(&run_in(folder.path(), &["main.bicep", "--format", "github"]).stdout);
    assert_eq!(told.lines().filter(|line| line.starts_with("::error ")).count(), 10);
    assert!(told.contains("4 more errors: GitHub shows only 10 for each step"), "{told}");
}

/// Columns are only used within one line, and no range ends before it begins; paths are relative to the repository.
#[test]
fn annotations_have_places_that_the_runner_accepts() {
    for line in stories_as("github").lines().filter(|line| line.starts_with("::")) {
        let (head, _) = line[2..].split_once("::").unwrap();
        let (_, properties) = head.split_once(' ').unwrap();
        let value = |name: &str| {
            let found = properties.split(',').find_map(|one| one.strip_prefix(name)?.strip_prefix('='));
            found.map(str::to_owned)
        };
        let number = |name: &str| value(name).map(|text| text.parse::<u32>().unwrap());
        assert!(value("file").unwrap().starts_with("fixtures/outputs/"), "{line}");
        assert!(number("endLine").unwrap() >= number("line").unwrap());
        if let Some(column) = number("col") {
            assert_eq!(number("line"), number("endLine"), "{line}");
            assert!(number("endColumn").unwrap() >= column, "{line}");
        }
        assert!(value("title").unwrap().len() <= 255);
        assert!(line.len() <= 64_000);
    }
}

#[test]
fn human_output_has_annotations_in_actions_unless_turned_off() {
    let story = "fixtures/outputs/one-file.bicep";
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let in_actions = |arguments: &[&str]| {
        let output = tool(here, arguments).env("GITHUB_ACTIONS", "true").output().unwrap();
        text(&output.stdout).matches("::error file=").count()
    };
    assert_eq!(in_actions(&[story]), 1);
    assert_eq!(in_actions(&[story, "--format", "concise"]), 1);
    assert_eq!(in_actions(&[story, "--no-annotations"]), 0);
    assert_eq!(in_actions(&[story, "--format", "json"]), 0);
    assert_eq!(in_actions(&[story, "--format", "github"]), 1);
    assert!(!text(&run(&[story]).stdout).contains("::error"));
}

/// GitHub limits a comment to 65,536 characters and a step summary to 1 MiB; Mermaid limits a drawing to 50,000
/// characters and 500 edges.
#[test]
fn markdown_always_fits_into_a_comment() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.bicep"), many(1500)).unwrap();
    let broken = "resource ::\n".repeat(2000);
    std::fs::write(folder.path().join("broken.bicep"), broken).unwrap();
    let told = text(&run_in(folder.path(), &[".", "--format", "markdown"]).stdout);
    assert!(told.chars().count() <= 65_536, "{}", told.len());
    assert!(told.contains("more do not fit here"));
    assert!(told.matches("```mermaid").count() >= 2);
    assert_eq!(told.matches("<details>").count(), told.matches("</details>").count());
    assert_eq!(told.matches("```").count() % 2, 0);
    for drawing in told.split("```mermaid\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        assert!(drawing.len() < 50_000);
        assert!(drawing.matches("--").count() < 500);
        let nested = drawing.lines().any(|line| line.starts_with("    subgraph"));
        assert!(!nested, "GitHub draws no subgraphs in subgraphs: {drawing}");
    }
}
