//! Findings below the level that is shown are only counted, unless a configuration may raise them.

use std::fs;
use std::path::{Path, PathBuf};

use bicep_race_lint::profile::Profile;
use bicep_race_lint::rules::finding::{Finding, Level};
use bicep_race_lint::session::{Configured, LevelOverrides, Selection};
use bicep_race_lint::workspace::Disk;
use bicep_race_lint::{Catalog, Config, Report, Roots, Session};

/// The report of all fixtures from one level on.
fn report(level: Level, only_counts_below: bool, profile: Option<Profile>) -> Report {
    let base = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = ["fixtures/races", "fixtures/catalog"]
        .into_iter()
        .flat_map(|folder| fs::read_dir(base.join(folder)).unwrap())
        .flat_map(|story| fs::read_dir(story.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "bicep"))
        .collect();
    files.sort();
    let tuning = LevelOverrides { profile, ..LevelOverrides::default() };
    let selection = Selection { level, only_counts_below, tuning, ..Selection::default() };
    let configured = Configured::for_all(Config::default());
    let mut session = Session::configured(Catalog::builtin(), configured, selection);
    session.load(Disk, Roots::found(base, files));
    session.check()
}

/// What a reader sees of the shown findings.
fn shown(report: &Report, level: Level) -> Vec<String> {
    let of = |one: &Finding| {
        let words = (&one.message, &one.when, &one.explanation, &one.help, &one.no_fix, &one.calls);
        let rest = (&one.roots, &one.also_shared, &one.fix, &one.order, &one.environments, &one.fingerprint);
        format!("{words:?} {rest:?}")
    };
    report.shown(level).map(of).collect()
}

fn all(report: &Report, of: impl Fn(&Finding) -> bool) -> Vec<String> {
    let those = report.findings.iter().filter(|finding| of(finding));
    those.map(|finding| format!("{} {} {}", finding.level, finding.id(), finding.fingerprint)).collect()
}

#[test]
fn what_is_shown_and_every_count_is_the_same() {
    for level in [Level::Warning, Level::Error] {
        let (whole, counted) = (report(level, false, None), report(level, true, None));
        let hidden = all(&counted, |finding| finding.level < level);
        assert!(hidden.len() > 20, "{}", hidden.len());
        assert!(counted.findings.iter().all(|one| (one.level < level) == one.message.is_empty()));
        assert_eq!(shown(&whole, level), shown(&counted, level));
        let (mut every, mut same) = (all(&whole, |_| true), all(&counted, |_| true));
        every.sort();
        same.sort();
        assert_eq!(every, same);
    }
}

#[test]
fn what_a_profile_raises_has_words() {
    let report = report(Level::Warning, true, Some(Profile::Strict));
    assert!(report.findings.iter().all(|finding| !finding.message.is_empty()));
}
