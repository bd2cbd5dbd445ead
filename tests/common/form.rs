//! Small deployments in which two declarations race or do not race.

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::config::Config;
use bicep_race_lint::session::{Roots, Session};
use bicep_race_lint::workspace::Memory;

/// A deployment with the expected result.
pub(crate) struct Form {
    pub(crate) name: &'static str,
    pub(crate) root: &'static str,
    pub(crate) files: Vec<(&'static str, String)>,
    /// The last symbols of the two declarations; equal for a loop.
    pub(crate) pair: [&'static str; 2],
    pub(crate) races: bool,
}

impl Form {
    /// Two gateways, `v` and `e`, each with a condition and the id of its hub, after the declarations in `head`.
    #[allow(dead_code, reason = "shared with other tests")]
    pub(crate) fn of_gateways(
        name: &'static str,
        head: &str,
        [first, second]: [(Option<&str>, &str); 2],
        races: bool,
    ) -> Self {
        let gateway = |symbol: &str, kind: &str, (condition, id): (Option<&str>, &str)| {
            let condition = condition.map(|condition| format!("if ({condition}) ")).unwrap_or_default();
            format!(
                "resource {symbol} 'Microsoft.Network/{kind}@2024-05-01' = {condition}{{\n  name: '{symbol}'\n  location: \
                 'westeurope'\n  properties: {{ virtualHub: {{ id: {id} }} }}\n}}\n"
            )
        };
        let (one, other) = (gateway("v", "vpnGateways", first), gateway("e", "expressRouteGateways", second));
        let files = vec![("main.bicep", format!("{head}\n{one}{other}"))];
        Self { name, root: "main.bicep", files, pair: ["e", "v"], races }
    }
}

/// Fails if the verdict of any form is wrong, or if a form is not fully understood.
pub(crate) fn judged(forms: &[Form]) {
    let mut wrong = Vec::new();
    for form in forms {
        let memory = form
            .files
            .iter()
            .fold(Memory::default(), |memory, (path, text)| memory.with(*path, text.as_str()));
        let mut session = Session::new(Catalog::builtin(), Config::default());
        session.load(memory, Roots::named([form.root]));
        let report = session.check();
        let unreadable: Vec<String> = report.diagnostics.iter().map(|told| format!("{told:?}")).collect();
        assert!(unreadable.is_empty(), "{}: {unreadable:?}", form.name);
        let last = |symbol: &str| symbol.rsplit("::").next().unwrap_or(symbol).to_owned();
        let found =
            report.findings.iter().filter(|finding| finding.rule.to_string() != "declared-twice").any(
                |finding| {
                    finding.pairs.iter().any(|&(one, other)| {
                        let mut pair = [one, other].map(|at| last(&finding.participants[at].symbol));
                        pair.sort();
                        pair == form.pair
                    })
                },
            );
        if found != form.races {
            wrong.push(format!("{}: {}", if form.races { "silent" } else { "false alarm" }, form.name));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} forms are judged wrongly:\n{}",
        wrong.len(),
        forms.len(),
        wrong.join("\n")
    );
}
