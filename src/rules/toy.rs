//! Two declarations are called toys.
//!
//! A rule for tests: it shows that a row in the list of rules and this file are all that a rule takes.

use super::finding::{Level, RuleId};
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};

pub(super) const RULE: Rule = Rule {
    id: RuleId::Toy,
    level: Some(Level::Note),
    means: "two toys may deploy at the same time",
    remedy: Remedy::Order,
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    is_optional: false,
    races: Some(&Toy),
};

#[derive(Debug)]
struct Toy;

impl Races for Toy {
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim> {
        let (first, second) = case.effects();
        let template = case.analysis.evaluator.workspace().template(case.race.at);
        let is_toy = |node| template.node(node).symbol.starts_with("toy");
        (is_toy(first.node) && is_toy(second.node)).then_some(Claim::Order)
    }

    fn level(&self, _: &Case<'_, '_, '_>) -> Level {
        Level::Note
    }

    fn message(&self, group: &Group<'_, '_, '_>) -> String {
        format!("{} play with {} at the same time", group.all(), group.object())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::catalog::Catalog;
    use crate::report::{Format, Style, render};
    use crate::rules::finding::Report;
    use crate::session::{Roots, check};
    use crate::workspace::Memory;

    fn checked(before: &str) -> Report {
        let gateway = |symbol: &str, ty: &str| {
            format!(
                "resource {symbol} 'Microsoft.Network/{ty}@2024-01-01' = {{ name: '{symbol}', \
                 properties: {{ virtualHub: {{ id: hub.id }} }} }}\n"
            )
        };
        let hub = "resource hub 'Microsoft.Network/virtualHubs@2024-01-01' existing = { name: 'hub' }\n";
        let (one, other) = (gateway("toyOne", "vpnGateways"), gateway("toyTwo", "expressRouteGateways"));
        let files = Memory::default().with("/w/main.bicep", format!("{hub}{before}{one}{other}"));
        let roots = Roots::named(["/w/main.bicep"]).shown_from("/w");
        check(&roots, files, &Catalog::default()).report
    }

    #[test]
    fn a_row_and_a_file_make_a_rule() {
        let report = checked("");
        let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
        assert_eq!((finding.rule, finding.level), (RuleId::Toy, Level::Note));
        assert_eq!(finding.message, "`toyOne` and `toyTwo` play with virtual hub `hub` at the same time");
        assert!(finding.help.contains("wait for") && finding.fix.is_some(), "{finding:?}");
        let style = Style { color: false, unicode: true, width: 100, is_terminal: false, level: Level::Note };
        for format in
            [Format::Human, Format::Concise, Format::Json, Format::Sarif, Format::Markdown, Format::Html]
        {
            assert!(render(&report, format, style).text().contains("toy"), "{format:?}");
        }
    }

    #[test]
    fn directives_and_tables_know_it() {
        let report = checked("#disable-next-line toy // for the test\n");
        assert!(report.findings[0].suppression.is_some() && report.diagnostics.is_empty());
        assert!(crate::rules::pages::table().contains("two toys may deploy at the same time"));
    }
}
