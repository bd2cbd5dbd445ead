//! Real fixes of races in public repositories. `tests/fixes/cases.json` contains the facts, and `cargo xtask fixes`
//! checks the tool against them. `docs/fixes.md` counts them: `.ci/derive` writes the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

/// A commit that puts racing declarations in order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fix {
    id: String,
    repository: String,
    #[serde(rename = "fix")]
    commit: String,
    parent: String,
    date: String,
    /// The kind of the shared object.
    kind: String,
    /// `stated` if the commit, or an issue that it names, says that something failed; `implied` if the commit only adds
    /// an order.
    strength: String,
    /// The template with the declarations, before and after the fix.
    file: String,
    /// The pairs that the commit orders, by symbol; one symbol alone is a loop.
    pairs: Vec<Vec<String>>,
    /// The same pairs, if they have other names after the fix.
    pairs_after: Option<Vec<Vec<String>>>,
    /// The types of the declarations, or of the resources inside their modules.
    types: Vec<String>,
    evidence: String,
    /// Why the tool does not find the race, or reports it only as a note.
    unseen: Option<String>,
}

/// Maximum length of the evidence, which is a fact in this project's own words and no quotation.
const MAX_EVIDENCE: usize = 160;

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn fixes() -> Vec<Fix> {
    serde_json::from_str(&fs::read_to_string(path("tests/fixes/cases.json")).unwrap()).unwrap()
}

fn is_hash(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_sentence(text: &str) -> bool {
    text.ends_with('.') && !text.contains('\n') && text.starts_with(|first: char| first.is_uppercase())
}

#[test]
fn every_fix_has_its_place_its_object_and_its_evidence() {
    let fixes = fixes();
    assert!(fixes.len() >= 60, "{}", fixes.len());
    let (mut ids, mut places) = (BTreeSet::new(), BTreeSet::new());
    for fix in &fixes {
        let id = &fix.id;
        assert!(ids.insert(id), "{id}: stands twice");
        assert!(places.insert((&fix.repository, &fix.commit, &fix.file)), "{id}: its place stands twice");
        assert_eq!(fix.repository.split('/').filter(|part| !part.is_empty()).count(), 2, "{id}");
        assert!(is_hash(&fix.commit) && is_hash(&fix.parent) && fix.commit != fix.parent, "{id}");
        let date: Vec<&str> = fix.date.split('-').collect();
        assert!(
            matches!(date.as_slice(), [year, month, day] if [year.len(), month.len(), day.len()] == [4, 2, 2]),
            "{id}"
        );
        assert!(["stated", "implied"].contains(&fix.strength.as_str()), "{id}: {}", fix.strength);
        assert!(
            Path::new(&fix.file).extension().is_some_and(|ext| ext == "bicep") && !fix.file.starts_with('/'),
            "{id}: {}",
            fix.file
        );
        for pair in fix.pairs.iter().chain(fix.pairs_after.iter().flatten()) {
            let is_pair = matches!(pair.as_slice(), [_] | [_, _]);
            let are_symbols = pair
                .iter()
                .all(|symbol| symbol.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()));
            assert!(is_pair && are_symbols && pair.first() != pair.get(1), "{id}: {pair:?}");
        }
        assert!(!fix.pairs.is_empty() && !fix.kind.is_empty(), "{id}");
        assert!(
            !fix.types.is_empty()
                && fix.types.iter().all(|ty| ty.starts_with("Microsoft.") && ty.contains('/')),
            "{id}"
        );
        assert!(is_sentence(&fix.evidence) && fix.evidence.len() <= MAX_EVIDENCE, "{id}: {}", fix.evidence);
        assert!(fix.unseen.as_deref().is_none_or(is_sentence), "{id}: {:?}", fix.unseen);
    }
}

#[test]
fn the_page_counts_the_fixes() {
    let fixes = fixes();
    let mut kinds: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for fix in &fixes {
        let counts = kinds.entry(&fix.kind).or_default();
        counts[usize::from(fix.strength == "implied")] += 1;
        counts[2] += usize::from(fix.unseen.is_some());
    }
    let mut table =
        "| kind | stated | implied | not found, or a note |\n| --- | --- | --- | --- |\n".to_owned();
    for (kind, [stated, implied, unseen]) in &kinds {
        writeln!(table, "| {kind} | {stated} | {implied} | {unseen} |").unwrap();
    }
    let of = |index: usize| kinds.values().map(|counts| counts[index]).sum::<usize>();
    writeln!(table, "| all {} | {} | {} | {} |", fixes.len(), of(0), of(1), of(2)).unwrap();
    let repositories: BTreeSet<&str> = fixes.iter().map(|fix| fix.repository.as_str()).collect();
    writeln!(table, "\nThey come from {} repositories.", repositories.len()).unwrap();
    let page = fs::read_to_string(path("docs/fixes.md")).unwrap();
    let (begin, end) = ("<!-- fixes -->\n", "<!-- /fixes -->");
    let (before, rest) = page.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let written = format!("{before}{begin}{table}{end}{after}");
    if env::var_os("UPDATE_PAGES").is_some() {
        fs::write(path("docs/fixes.md"), &written).unwrap();
    }
    assert!(page == written || env::var_os("UPDATE_PAGES").is_some(), "stale: run `.ci/derive`");
}
