//! Runs the properties of `fuzz/` on some inputs in every test run, and on all inputs that fuzzing once found to fail.

// A test reports a failure by a panic.
#![allow(clippy::unwrap_used)]

#[path = "../fuzz/bytes.rs"]
mod bytes;
#[path = "../fuzz/properties.rs"]
mod properties;

use std::path::Path;

use proptest::prelude::*;

use crate::bytes::Material;
use crate::properties::TARGETS;

fn material(name: &str) -> Material {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let folders = [root.join("fixtures"), root.join("fuzz/seeds")];
    Material::read(&folders, target.seeds, &root.join("fuzz/dictionary.txt"))
}

#[test]
fn every_target_has_seeds_words_and_a_program_for_cargo_fuzz() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for target in TARGETS {
        let material = material(target.name);
        assert!(!material.seeds.is_empty(), "{} has no seeds", target.name);
        assert!(material.words.len() > 100, "the dictionary is read");
        let path = format!("fuzz_targets/{}.rs", target.name);
        assert!(manifest.contains(&path) && root.join(path).exists(), "{}", target.name);
    }
}

#[test]
fn every_seed_holds_as_it_is() {
    for target in TARGETS {
        for seed in material(target.name).seeds {
            (target.holds)(&seed);
        }
    }
}

/// Checks a property on random inputs of the mutator, as many as the time of a test allows; `PROPTEST_CASES` raises the
/// number. A failure prints the number of its input, which `cargo xtask fuzz` also accepts.
fn holds(name: &str, cases: u32) {
    let material = material(name);
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { config.cases } else { cases };
    let seeds = (any::<u32>(), any::<u32>());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases, ..config });
    runner
        .run(&seeds, |(seed, number)| {
            (target.holds)(&material.input(u64::from(seed), u64::from(number)));
            Ok(())
        })
        .unwrap();
}

macro_rules! targets {
    ($($name:ident: $cases:literal,)*) => {
        $(#[test]
        fn $name() {
            holds(stringify!($name), $cases);
        })*
        const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}

targets! {
    lexer: 400,
    parser: 400,
    arm_template: 100,
    arm_expression: 200,
    configuration: 100,
    baseline: 400,
    evaluation: 100,
    workspace: 60,
    fix: 60,
    doors: 200,
}

#[test]
fn every_target_is_tested() {
    assert!(TARGETS.iter().all(|target| TESTED.contains(&target.name)));
}
