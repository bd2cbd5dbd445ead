//! Unrelated declarations never hide a race, however many there are: declarations are added to random deployments, and
//! the same pairs must be reported.
//!
//! `RACE_ORACLE_PADDED` sets the number of deployments with little padding, `RACE_ORACLE_PADDED_LARGE` the number of
//! those with enough padding for both sides of the limits of the analysis.

use std::fmt::Write;

use proptest::prelude::{Strategy, any};
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestError};

use crate::tool::reported;
use crate::{generate, number, print, runner_of, values};

/// Default numbers of deployments.
const SMALL: u32 = 300;
const LARGE: u32 = 6;
/// Possible amounts of each kind.
const SMALL_SIZES: [usize; 6] = [0, 1, 2, 7, 8, 9];
/// Amounts around the limits, most of which are powers of two.
const LARGE_SIZES: [usize; 7] = [64, 65, 66, 255, 256, 257, 300];

/// Files by their paths.
type Files = Vec<(&'static str, String)>;

/// The amount of padding of each kind.
#[derive(Clone, Debug)]
struct Padding {
    resources: usize,
    /// Resources with their own conditions.
    conditions: usize,
    /// Writers of their own objects.
    writers: usize,
    /// Elements of a loop.
    elements: usize,
    /// Unused parameters, and variables.
    names: usize,
    /// Whether it comes before the declarations of the deployment.
    is_before: bool,
}

fn small() -> impl Strategy<Value = Padding> {
    let size = || select(&SMALL_SIZES[..]);
    (size(), size(), size(), size(), size(), any::<bool>()).prop_map(
        |(resources, conditions, writers, elements, names, is_before)| Padding {
            resources,
            conditions,
            writers,
            elements,
            names,
            is_before,
        },
    )
}

/// A large amount of one kind, and a little of the others.
fn large() -> impl Strategy<Value = Padding> {
    (small(), select(&LARGE_SIZES[..]), 0..5_usize).prop_map(|(mut padding, size, kind)| {
        let kinds = [
            &mut padding.resources,
            &mut padding.conditions,
            &mut padding.writers,
            &mut padding.elements,
            &mut padding.names,
        ];
        if let Some(amount) = kinds.into_iter().nth(kind) {
            *amount = size;
        }
        padding
    })
}

impl Padding {
    fn bicep(&self) -> String {
        let mut text = String::new();
        for at in 0..self.names {
            _ = writeln!(
                text,
                "param padName{at} string = 'pad-{at}'\nvar padValue{at} = 'pad-${{padName{at}}}'"
            );
        }
        let storage = "'Microsoft.Storage/storageAccounts@2023-05-01'";
        for at in 0..self.resources {
            _ = writeln!(text, "resource padStore{at} {storage} = {{\n  name: 'padstore{at}'\n}}");
        }
        for at in 0..self.conditions {
            _ = writeln!(
                text,
                "param padIf{at} bool = true\nresource padOn{at} {storage} = if (padIf{at}) {{\n  name: 'padon{at}'\n}}"
            );
        }
        for at in 0..self.writers {
            // Each call of a module has its own tag.
            let hub = format!("resourceId('Microsoft.Network/virtualHubs', 'pad-hub-{at}-${{tag}}')");
            _ = writeln!(
                text,
                "resource padGw{at} 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: 'pad-gw-{at}-${{tag}}'\n  properties: {{\n    \
                 virtualHub: {{\n      id: {hub}\n    }}\n  }}\n}}"
            );
        }
        if self.elements > 0 {
            let elements = self.elements;
            _ = writeln!(
                text,
                "resource padLoop {storage} = [for padAt in range(0, {elements}): {{\n  name: 'padloop${{padAt}}'\n}}]"
            );
        }
        text
    }

    fn added_to(&self, files: &Files) -> Files {
        let padding = self.bicep();
        let with = |text: &String| {
            if self.is_before { format!("{padding}{text}") } else { format!("{text}\n{padding}") }
        };
        files
            .iter()
            .map(|(path, text)| (*path, if text.starts_with("using ") { text.clone() } else { with(text) }))
            .collect()
    }
}

/// Padding must not change the result, and must not race itself.
fn unchanged(files: &Files, padding: &Padding) -> Result<(), TestCaseError> {
    let (before, after) = (reported(files), reported(&padding.added_to(files)));
    if before == after {
        return Ok(());
    }
    Err(TestCaseError::fail(format!("{padding:?}\n{files:#?}\nbefore: {before:#?}\nafter: {after:#?}")))
}

fn told(outcome: Result<(), TestError<impl std::fmt::Debug>>) {
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, _) | TestError::Abort(why)) => panic!("{}", why.message()),
    }
}

fn count(variable: &str, default: u32) -> u32 {
    number(variable).map_or(default, |cases| u32::try_from(cases).unwrap_or(u32::MAX))
}

#[test]
fn unrelated_declarations_do_not_hide_a_race() {
    let cases = count("RACE_ORACLE_PADDED", SMALL);
    let deployments = (generate::deployments(), small());
    told(
        runner_of(cases)
            .run(&deployments, |(deployment, padding)| unchanged(&print::print(&deployment), &padding)),
    );
    let programs = (values::generate::programs(), small());
    told(
        runner_of(cases)
            .run(&programs, |(program, padding)| unchanged(&values::print::print(&program), &padding)),
    );
}

#[test]
fn many_unrelated_declarations_do_not_hide_a_race() {
    let cases = count("RACE_ORACLE_PADDED_LARGE", LARGE);
    let deployments = (generate::deployments(), large());
    told(
        runner_of(cases)
            .run(&deployments, |(deployment, padding)| unchanged(&print::print(&deployment), &padding)),
    );
}

#[test]
fn padding_alone_does_not_race() {
    let padding = Padding { resources: 9, conditions: 9, writers: 9, elements: 9, names: 9, is_before: true };
    let files = [("main.bicep", format!("var tag = 'main'\n{}", padding.bicep()))];
    assert_eq!(reported(&files), crate::tool::Reported::default());
    // Its writers would race if they wrote the same hub.
    let one_hub = files[0].1.replace("'pad-hub-1-", "'pad-hub-0-");
    let found = reported(&[("main.bicep", one_hub)]);
    assert_eq!(found.overlaps, [("main.bicep", "padGw0".to_owned(), "padGw1".to_owned())].into());
}
