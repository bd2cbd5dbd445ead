//! Plays deployments, and checks that `observed` finds exactly the overlaps in the resulting operations.
//!
//! A world of a random deployment is played as Azure would run it: everything starts when its dependencies have ended,
//! takes a random time, and may fail or be retried. The recorded times come from slightly different clocks. The result
//! is a list of operations.

use std::collections::BTreeMap;

use bicep_race_lint::observed::Observed;
use bicep_race_lint::observed::conflict::Sure;
use bicep_race_lint::observed::declared::Declared;
use bicep_race_lint::observed::read::Exports;
use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};
use serde_json::{Value, json};

use crate::model::{Deployment, Role};

/// A resource that was written, or a nested deployment.
pub(crate) struct Played {
    /// The path of its declaration. Ex) `call1.s2s0`
    pub(crate) declaration: String,
    /// The id of the deployment that contains the operation.
    pub(crate) deployment: String,
    /// The id of its resource.
    pub(crate) target: String,
    /// The write: its role, and the id of the object.
    pub(crate) writes: Option<(Role, String)>,
    /// Every attempt, in minutes, and whether it failed.
    pub(crate) attempts: Vec<(u32, u32, bool)>,
}

/// Two resources by their ids, the smaller first.
type Pair = (String, String);

fn pair(one: &str, other: &str) -> Pair {
    let [one, other] = [one, other].map(str::to_lowercase);
    if one <= other { (one, other) } else { (other, one) }
}

/// The conflicting pairs that write one object and ran at the same time.
fn overlapping(played: &[Played], disturb: fn(Role, Role) -> bool) -> Vec<Pair> {
    let mut found = Vec::new();
    for (at, one) in played.iter().enumerate() {
        for other in &played[at + 1..] {
            let (Some((role, object)), Some((against, its))) = (&one.writes, &other.writes) else { continue };
            let together = one
                .attempts
                .iter()
                .any(|(from, to, _)| other.attempts.iter().any(|(start, end, _)| from < end && start < to));
            if together && object.eq_ignore_ascii_case(its) && disturb(*role, *against) {
                found.push(pair(&one.target, &other.target));
            }
        }
    }
    found.sort();
    found
}

/// The operations in the format of the Azure CLI; `number` returns random numbers.
fn operations(played: &[Played], number: &mut dyn FnMut(u32) -> u32) -> Value {
    let mut all = Vec::new();
    for (at, one) in played.iter().enumerate() {
        for (attempt, &(from, to, is_failed)) in one.attempts.iter().enumerate() {
            // Clocks differ by less than half a second.
            let mut skewed = |minute: u32| u64::from(minute) * 60_000 + 500 + u64::from(number(400));
            let (start, end) = (skewed(from), skewed(to));
            let (hours, rest) = (end / 3_600_000, end % 3_600_000);
            let error = json!({ "error": { "code": "AnotherOperationInProgress", "message": "Another operation is in progress." } });
            all.push(json!({
                "id": format!("{}/operations/{at}-{attempt}", one.deployment),
                "operationId": format!("{at}-{attempt}"),
                "properties": {
                    "provisioningOperation": "Create",
                    "provisioningState": if is_failed { "Failed" } else { "Succeeded" },
                    "statusMessage": is_failed.then_some(error),
                    "targetResource": { "id": one.target },
                    "duration": format!("PT{}.{:03}S", (end - start) / 1000, (end - start) % 1000),
                    "timestamp": format!("2026-11-{:02}T{:02}:{:02}:{:02}.{:03}Z", 1 + hours / 24, hours % 24, rest / 60_000, rest / 1000 % 60, rest % 1000),
                }
            }));
        }
    }
    Value::Array(all)
}

/// The number of overlapping pairs if `observed` finds the same ones; otherwise the difference.
pub(crate) fn difference(
    deployment: &Deployment,
    (files, parameters): (&[(&'static str, String)], &str),
    played: &[Played],
    disturb: fn(Role, Role) -> bool,
    number: &mut dyn FnMut(u32) -> u32,
) -> Result<usize, String> {
    let mut memory = files
        .iter()
        .fold(Memory::default(), |memory, (path, text)| memory.with(format!("/w/{path}"), text.as_str()));
    memory.write("/w/main.bicepparam", parameters);
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(memory, Roots::named(["/w/main.bicepparam"]));
    let root = session.template_at("/w/main.bicepparam").expect("a root");
    let mut exports = Exports::default();
    let operations = operations(played, number);
    exports.read("operations.json", operations.to_string().as_bytes()).expect("operations are read");
    let observed =
        Observed::of(&exports, session.catalog(), |runs| Box::new(Declared::of(&session, root, runs)));
    let target =
        |at: &bicep_race_lint::observed::conflict::At| observed.runs[at.run].steps[at.step].target.clone();
    let of_writers = |target: &str| played.iter().any(|one| one.writes.is_some() && one.target == target);
    let mut found: Vec<Pair> = observed
        .conflicts
        .iter()
        .filter(|one| one.sure >= Sure::Overlapped)
        .map(|one| (target(&one.steps[0]), target(&one.steps[1])))
        .filter(|(one, other)| of_writers(one) && of_writers(other))
        .map(|(one, other)| pair(&one, &other))
        .collect();
    found.sort();
    let expected = overlapping(played, disturb);
    let matched: BTreeMap<String, String> =
        observed.declarations.iter().map(|(at, name)| (target(at), name.clone())).collect();
    let wrong: Vec<String> = played
        .iter()
        .filter(|one| matched.get(&one.target) != Some(&one.declaration))
        .map(|one| format!("{} is of {:?}, not of {}", one.target, matched.get(&one.target), one.declaration))
        .collect();
    if found == expected && wrong.is_empty() {
        return Ok(expected.len());
    }
    let texts: Vec<String> = files.iter().map(|(path, text)| format!("\n==> {path}\n{text}")).collect();
    Err(format!(
        "expected {expected:#?}\nfound {found:#?}\n{wrong:#?}\n{:#?}\n{parameters}{}\n{deployment:?}\n{operations:#}",
        observed
            .conflicts
            .iter()
            .map(|one| (one.sure, &one.object, target(&one.steps[0]), target(&one.steps[1])))
            .collect::<Vec<_>>(),
        texts.concat()
    ))
}
