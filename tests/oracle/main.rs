//! Compares the analysis with a naive reference on random deployments. It must report exactly the pairs that may
//! overlap in some world, and exactly those that may run in the wrong order.
//!
//! `RACE_ORACLE_CASES` sets the number of deployments, `RACE_ORACLE_SEED` selects another series, and `RACE_ORACLE_SHRINK=0` shows the
//! first deployment that fails instead of a simpler one.

mod generate;
mod model;
mod needless;
mod observed;
mod padding;
mod play;
mod print;
#[path = "../common/remedied.rs"]
mod remedied;
mod schedule;
mod stories;
mod tool;
mod values;
mod when;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Write;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::model::Deployment;
use crate::schedule::{Pair, Truths, truths};
use crate::tool::{Reported, reported};

/// Default number of deployments.
const CASES: u32 = 5000;
/// One in this many deployments is fixed.
const REMEDIED: u32 = 20;
/// For one in this many, the joint plan is applied.
const CURED: u32 = 5;
/// For one in this many, the conditions are checked in every world.
const CONDITIONED: u32 = 2;
/// One in this many is played and observed.
const OBSERVED: u32 = 5;
/// For one in this many, the needless orders are removed.
const NEEDLESS: u32 = 10;
/// One in this many is explained.
const EXPLAINED: u32 = 5;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}

/// A runner with the requested length and series.
fn runner() -> TestRunner {
    runner_of(cases())
}

fn cases() -> u32 {
    cases_or(CASES)
}

fn cases_or(default: u32) -> u32 {
    number("RACE_ORACLE_CASES").map_or(default, |cases| u32::try_from(cases).unwrap_or(u32::MAX))
}

fn runner_of(cases: u32) -> TestRunner {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("RACE_ORACLE_SEED").unwrap_or(1).to_le_bytes());
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: shrinks(), ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

/// How many simpler deployments are tried after a failure.
fn shrinks() -> u32 {
    number("RACE_ORACLE_SHRINK").map_or(20_000, |shrinks| u32::try_from(shrinks).unwrap_or(u32::MAX))
}

#[test]
fn the_analysis_reports_exactly_what_may_overlap() {
    let outcome = runner().run(&generate::deployments(), |deployment| match difference(&deployment) {
        None => Ok(()),
        Some(difference) => Err(TestCaseError::fail(difference)),
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, _)) => panic!("{}", why.message()),
        Err(TestError::Abort(why)) => panic!("{}", why.message()),
    }
}

/// On part of the series, because each deployment is analysed once for each edge of its remedies.
#[test]
fn remedies_are_whole_and_minimal() {
    let mut runner = runner_of(cases() / REMEDIED);
    let outcome = runner.run(&generate::deployments(), |deployment| {
        let files = print::print(&deployment);
        let texts: Vec<String> = files.iter().map(|(path, text)| format!("\n==> {path}\n{text}")).collect();
        let examined = std::panic::catch_unwind(|| {
            let root = files[0].0;
            let report = |root: &str, texts: &_| tool::report(&files, root, texts);
            remedied::examine(&texts.concat(), root, |edited| edited != root, report)
        });
        examined.map(|_| ()).map_err(|_| TestCaseError::fail("see above"))
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}

/// On part of the series: the joint plan of a root, applied whole, removes every finding that it is for and adds none, and no help
/// contradicts it.
#[test]
fn remedies_cure_what_they_are_for() {
    let planned = Cell::new(0_usize);
    let outcome = runner_of(cases() / CURED).run(&generate::deployments(), |deployment| {
        let files = print::print(&deployment);
        let texts: Vec<String> = files.iter().map(|(path, text)| format!("\n==> {path}\n{text}")).collect();
        let cured = std::panic::catch_unwind(|| {
            let report = |root: &str, texts: &_| tool::report(&files, root, texts);
            remedied::cures(&texts.concat(), files[0].0, report)
        });
        let is_planned = cured.map_err(|_| TestCaseError::fail("see above"))?;
        planned.set(planned.get() + usize::from(is_planned));
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
    let most = cases() as usize / CURED as usize;
    assert!(planned.get() > most / 20, "only {} plans for {most} deployments", planned.get());
}

/// On part of the series: `explain --pair` names exactly the reported races.
#[test]
fn explained_races_are_reported() {
    let outcome = runner_of(cases() / EXPLAINED).run(&generate::deployments(), |deployment| {
        let files = print::print(&deployment);
        match tool::explained_otherwise(&files) {
            None => Ok(()),
            Some(why) => Err(TestCaseError::fail(format!("{files:#?}\n{why}"))),
        }
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, _)) => panic!("{}", why.message()),
        Err(TestError::Abort(why)) => panic!("{}", why.message()),
    }
}

/// On part of the series: where the reported conditions of a pair hold, the pair may overlap.
#[test]
fn reported_conditions_are_sufficient_and_possible() {
    let told = Cell::new(0_usize);
    let outcome = runner_of(cases() / CONDITIONED).run(&generate::deployments(), |deployment| {
        let files = print::print(&deployment);
        let pairs = when::of_pairs(&deployment, &files).map_err(|why| {
            let texts: Vec<String> =
                files.iter().map(|(path, text)| format!("\n==> {path}\n{text}")).collect();
            TestCaseError::fail(format!("{}\n{why}", texts.concat()))
        })?;
        told.set(told.get() + pairs);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, _)) => panic!("{}", why.message()),
        Err(TestError::Abort(why)) => panic!("{}", why.message()),
    }
    assert!(told.get() > (cases() / CONDITIONED / 10) as usize, "conditions of {} pairs", told.get());
}

/// On part of the series: in a played deployment, `observed` finds exactly the overlaps, and the declaration of every
/// operation.
#[test]
fn overlaps_are_observed() {
    let overlapped = Cell::new(0_usize);
    let series = (generate::deployments(), proptest::prelude::any::<u64>());
    let outcome = runner_of(cases() / OBSERVED).run(&series, |(deployment, seed)| {
        let count = play::observe(&deployment, seed).map_err(TestCaseError::fail)?;
        overlapped.set(overlapped.get() + count);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, _)) => panic!("{}", why.message()),
        Err(TestError::Abort(why)) => panic!("{}", why.message()),
    }
    let most = cases() as usize / OBSERVED as usize;
    assert!(overlapped.get() > most / 20, "only {} pairs overlapped in {most} deployments", overlapped.get());
}

/// On part of the series: after removing the needless orders, no additional two writers of one object overlap.
#[test]
fn what_is_needless_protects_nothing() {
    let removed = Cell::new(0_usize);
    let outcome = runner_of(cases() / NEEDLESS).run(&generate::deployments(), |deployment| {
        let count = needless::removed(&deployment).map_err(TestCaseError::fail)?;
        removed.set(removed.get() + count);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, _)) => panic!("{}", why.message()),
        Err(TestError::Abort(why)) => panic!("{}", why.message()),
    }
    let most = cases() as usize / NEEDLESS as usize;
    assert!(removed.get() > most / 20, "only {} orders were needless in {most} deployments", removed.get());
}

/// The difference between analysis and reference, with the files; `None` if they agree.
fn difference(deployment: &Deployment) -> Option<String> {
    let files = print::print(deployment);
    let expected = truths(deployment);
    let found = reported(&files);
    let overlaps: BTreeSet<Pair> = expected.overlaps.keys().cloned().collect();
    let reversed: BTreeSet<Pair> = expected.reversed.keys().cloned().collect();
    let settled =
        |pairs: &BTreeSet<Pair>| -> BTreeSet<Pair> { pairs.difference(&expected.open).cloned().collect() };
    if settled(&overlaps) == settled(&found.overlaps) && settled(&reversed) == settled(&found.reversed) {
        return None;
    }
    Some(told(&files, &expected, &found))
}

fn told(files: &[(&'static str, String)], expected: &Truths, found: &Reported) -> String {
    let mut text = String::new();
    for (path, bicep) in files {
        _ = writeln!(text, "\n==> {path}\n{bicep}");
    }
    for (what, expected, found) in [
        ("may overlap", &expected.overlaps, &found.overlaps),
        ("wrong order", &expected.reversed, &found.reversed),
    ] {
        for (pair, world) in expected {
            let verdict = if found.contains(pair) { "reported" } else { "NOT REPORTED" };
            _ = writeln!(text, "{what}, {verdict}: {pair:?} in {world:?}");
        }
        for pair in found.iter().filter(|pair| !expected.contains_key(*pair)) {
            _ = writeln!(text, "{what}, WRONGLY REPORTED: {pair:?}");
        }
    }
    text
}
