//! Objects that are computed from the arguments of a call or the values of a parameter file: partially known ids,
//! objects and lists.
//!
//! As in the other oracle, the reference has its own evaluator and runs every world; only the generated programs
//! differ.

mod expression;
pub(crate) mod generate;
mod model;
pub(crate) mod print;
mod run;

use std::collections::BTreeSet;
use std::fmt::Write;

use proptest::test_runner::{TestCaseError, TestError};

use self::model::Program;
use crate::schedule::Pair;
use crate::tool::reported;

/// Default number of programs; `RACE_ORACLE_CASES` sets the number for both oracles.
const PROGRAMS: u32 = 1000;

#[test]
fn arguments_decide_the_object() {
    let cases = super::cases_or(PROGRAMS);
    let outcome = super::runner_of(cases).run(&generate::programs(), |program| match difference(&program) {
        None => Ok(()),
        Some(difference) => Err(TestCaseError::fail(difference)),
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, _) | TestError::Abort(why)) => panic!("{}", why.message()),
    }
}

/// The difference between analysis and reference, with the files; `None` if they agree.
fn difference(program: &Program) -> Option<String> {
    let files = print::print(program);
    let expected = run::overlaps(program)?;
    let found = reported(&files).overlaps;
    if expected.keys().cloned().collect::<BTreeSet<Pair>>() == found {
        return None;
    }
    let mut text = String::new();
    for (path, bicep) in &files {
        _ = writeln!(text, "\n==> {path}\n{bicep}");
    }
    for (pair, world) in &expected {
        let verdict = if found.contains(pair) { "reported" } else { "NOT REPORTED" };
        _ = writeln!(text, "may overlap, {verdict}: {pair:?} in {world:?}");
    }
    for pair in found.iter().filter(|pair| !expected.contains_key(*pair)) {
        _ = writeln!(text, "WRONGLY REPORTED: {pair:?}");
    }
    Some(text)
}
