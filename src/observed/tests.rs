use std::fmt::Write as _;

use super::conflict::{Nothing, conflicts_within};
use super::declared::Declared;
use super::*;
use crate::session::{Roots, Session};
use crate::timeline::text::Style;
use crate::{Config, Memory};

const SCOPE: &str = "/subscriptions/s/resourceGroups/g/providers";

/// An operation of a deployment on a resource; its times are in seconds of the day.
fn operation(of: &str, id: usize, target: &str, (from, to): (u32, u32)) -> String {
    format!(
        "{{\"id\":\"{SCOPE}/Microsoft.Resources/deployments/{of}/operations/{id}\",\"operationId\":\"{id}\",\
         \"provisioningState\":\"Succeeded\",\"targetResource\":\"{target}\",\"duration\":\"PT{}S\",\
         \"timestamp\":\"2026-11-28T{:02}:{:02}:{:02}Z\"}}",
        to - from,
        to / 3600,
        to / 60 % 60,
        to % 60
    )
}

fn exports(operations: &[String]) -> Exports {
    let mut exports = Exports::default();
    exports.read("operations.json", format!("[{}]", operations.join(",")).as_bytes()).unwrap();
    exports
}

fn subnets(count: usize) -> Vec<String> {
    let target = |at: usize| format!("{SCOPE}/Microsoft.Network/virtualNetworks/v/subnets/s{at}");
    (0..count).map(|at| operation("main", at, &target(at), (10, 40))).collect()
}

fn seen(exports: &Exports) -> (Vec<String>, String) {
    let catalog = Catalog::builtin();
    let observed = Observed::of(exports, &catalog, |_| Box::new(Nothing));
    let text = text::text(&observed, Style { width: 100, ascii: true });
    (observed.notes, text)
}

#[test]
fn operations_beyond_the_limit_are_counted() {
    let most = Limit::ObservedOperations.number() as usize;
    let of = |count: usize| {
        let one = "{\"operationId\":\"1\",\"provisioningState\":\"Succeeded\"}";
        exports(&vec![one.to_owned(); count])
    };
    assert_eq!(seen(&of(most)).0, Vec::<String>::new());
    let (notes, _) = seen(&of(most + 2));
    assert_eq!(notes, [format!("only the first {most} operations are read; 2 more exist")]);
}

#[test]
fn a_deployment_nested_beyond_the_limit_is_a_run_of_its_own() {
    let most = Limit::ObservedLevels.number() as usize;
    let runs_of = |levels: usize| {
        let nested = (0..levels).map(|at| {
            let target = format!("{SCOPE}/Microsoft.Resources/deployments/d{}", at + 1);
            operation(&format!("d{at}"), 0, &target, (1, 9))
        });
        runs(&exports(&nested.collect::<Vec<_>>())).len()
    };
    assert_eq!((runs_of(most), runs_of(most + 1)), (1, 2));
    // A deployment that is nested in itself is not followed forever.
    let own = format!("{SCOPE}/Microsoft.Resources/deployments/d");
    assert_eq!(runs(&exports(&[operation("d", 0, &own, (1, 9))])).len(), 1);
}

#[test]
fn pairs_beyond_the_limit_are_told() {
    let (catalog, runs) = (Catalog::builtin(), runs(&exports(&subnets(3))));
    let of = |pairs: u64| {
        let mut budget = Limit::ObservedPairs.budget_of(pairs);
        conflicts_within(&runs, &catalog, &mut Nothing, &mut budget)
    };
    let few = of(1);
    let told = few.reached.unwrap().to_string();
    assert_eq!(told, "only the first 1 pairs of operations that ran together are compared");
    let all = of(Limit::ObservedPairs.number());
    assert!(all.reached.is_none() && all.all.len() == 3 && few.all.len() < 3);
}

#[test]
fn overlaps_beyond_the_limit_are_counted() {
    // Eleven subnets overlap in 55 pairs.
    assert_eq!(Limit::ObservedOverlaps.number(), 50);
    let (_, text) = seen(&exports(&subnets(11)));
    assert!(text.contains("only the first 50 overlaps are reported; 5 more exist\n"), "{text}");
    assert_eq!(text.matches("[vnet-subnets]: ").count(), 50);
    assert!(!seen(&exports(&subnets(10))).1.contains("more exist"));
}

#[test]
fn rows_beyond_the_limit_are_counted() {
    let most = Limit::ObservedRows.number() as usize;
    let of = |count: usize| {
        let one = |at: usize| {
            let start = at as u32 * 2;
            operation("main", at, &format!("{SCOPE}/A.B/c/x{at}"), (start, start + 1))
        };
        seen(&exports(&(0..count).map(one).collect::<Vec<_>>())).1
    };
    assert!(of(most + 3).contains("only the first 2000 rows are drawn; 3 more exist\n"));
    assert!(!of(most).contains("more exist"));
}

#[test]
fn instances_beyond_the_limit_are_told() {
    let most = Limit::ObservedInstances.number();
    let notes = |count: u64| {
        let mut text = String::new();
        for symbol in ["a", "b"] {
            let _ = writeln!(
                text,
                "resource {symbol} 'Microsoft.Network/publicIPAddresses@2024-05-01' = \
                 [for i in range(0, {}): {{ name: '{symbol}${{i}}' }}]",
                count / 2
            );
        }
        let mut session = Session::new(Catalog::builtin(), Config::default());
        session.load(Memory::default().with("/main.bicep", text), Roots::named(["/main.bicep"]));
        let root = session.template_at("/main.bicep").unwrap();
        Declared::of(&session, root, &[]).notes()
    };
    assert_eq!(
        notes(most + 2),
        ["only the first 20000 instances of the template are compared with operations"]
    );
    assert_eq!(notes(most), Vec::<String>::new());
}
