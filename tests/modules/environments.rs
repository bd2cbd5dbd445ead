//! One template with a parameter file per environment: `fixtures/modules/environments`. Only some environments enable both
//! gateways.

use std::path::PathBuf;

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::rules::finding::Report;
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::workspace::Disk;

use crate::story::told;

fn report_of(roots: &[&str]) -> Report {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/modules/environments"));
    let named = roots.iter().map(|root| folder.join(root)).collect();
    let roots = Roots { named, base: folder, ..Roots::default() };
    let checked = check(&roots, Disk, &Catalog::default());
    assert!(checked.unreadable.is_empty(), "{:?}", checked.unreadable);
    assert!(checked.report.diagnostics.is_empty(), "{:?}", checked.report.diagnostics);
    checked.report
}

const RACE: &str = "hub-gateways: vpn, expressRoute of hub";

#[test]
fn a_gateway_that_is_switched_off_races_with_nobody() {
    assert!(told(&report_of(&["prod.bicepparam"])).is_empty());
}

#[test]
fn values_may_come_from_imports_and_variables() {
    assert_eq!(told(&report_of(&["test.bicepparam"])), [RACE]);
}

#[test]
fn values_may_come_from_an_extended_parameter_file() {
    assert!(told(&report_of(&["stage.bicepparam"])).is_empty());
    assert_eq!(told(&report_of(&["all.bicepparam"])), [RACE]);
}

#[test]
fn a_template_by_itself_is_judged_for_all_environments() {
    let report = report_of(&["main.bicep"]);
    assert_eq!(told(&report), [RACE]);
    let conditions = &report.findings[0].witness.conditions;
    let world: Vec<String> = conditions
        .iter()
        .map(|condition| format!("{} = {}", condition.expression, condition.value))
        .collect();
    assert_eq!(world, ["gateways.vpn = true", "gateways.expressRoute = true"]);
}

#[test]
fn a_race_in_several_environments_is_one_finding_that_lists_them() {
    let report = report_of(&["prod.bicepparam", "test.bicepparam", "stage.bicepparam", "all.bicepparam"]);
    assert_eq!(told(&report), [RACE]);
    assert_eq!(report.findings[0].roots, ["all.bicepparam", "test.bicepparam"]);
}
