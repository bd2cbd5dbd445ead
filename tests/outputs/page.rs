//! The structure of the HTML page; `tests/browser` checks its appearance.

use super::{run, stories_as, text};

/// Every element is closed in the element in which it was opened.
#[test]
fn the_page_is_well_formed() {
    let page = stories_as("html");
    let (_, body) = page.split_once("<body>").unwrap();
    let body = body.split("<script>").next().unwrap();
    let mut open: Vec<&str> = Vec::new();
    for tag in body.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("a `<` that is no tag: {tag}"));
        let name = tag.split([' ', '\n', '/']).find(|part| !part.is_empty()).unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !tag.ends_with('/') && !matches!(name, "br" | "hr" | "meta" | "input" | "!DOCTYPE") {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}

/// Ids are unique, and every reference has a target.
#[test]
fn ids_are_unique_and_references_find_them() {
    let page = stories_as("html");
    let values = |name: &str| -> Vec<String> {
        let mark = format!(" {name}=\"");
        page.split(&mark).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let ids = values("id");
    let mut different = ids.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), ids.len());
    let references = values("aria-labelledby").into_iter().chain(values("for"));
    for reference in references.flat_map(|one| one.split(' ').map(str::to_owned).collect::<Vec<_>>()) {
        assert!(ids.contains(&reference), "{reference}");
    }
}

/// Each race has a graph and a schedule, with text alternatives.
#[test]
fn every_race_is_drawn_and_described() {
    let page = stories_as("html");
    let races = page.matches("<article").count() - 4;
    assert_eq!(races, 6);
    assert_eq!(page.matches("<svg").count(), 2 * races);
    assert_eq!(page.matches("role=\"img\"").count(), 2 * races);
    assert_eq!(page.matches("<desc id=").count(), 2 * races);
    for landmark in ["<header", "<main", "<footer", "role=\"search\"", "lang=\"en\""] {
        assert_eq!(page.matches(landmark).count(), 1, "{landmark}");
    }
}

#[test]
fn a_run_without_findings_gives_a_page_too() {
    let output = run(&["fixtures/hub/ordered/main.bicep", "--format", "html"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("No race was found at this level."));
}
