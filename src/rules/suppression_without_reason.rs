//! A suppression without a reason.
//!
//! A directive suppresses findings of one of these rules, and no comment after it says why that is right. A later reader cannot
//! tell an accepted race from one that nobody examined. Write the reason after the directive:
//! `#disable-next-line hub-gateways // one of them is never deployed`. Every output that lists suppressed findings shows it.
//!
//! With `require-reasons = true` in `bicep-race-lint.toml` it is a warning, which fails the run. Directives that name none of
//! these rules belong to other tools, and are ignored.

use super::finding::{Diagnostic, Level, RuleId, Subject};
use super::registry::{Remedy, Rule};
use crate::source::Place;

pub(super) const RULE: Rule = Rule {
    id: RuleId::SuppressionWithoutReason,
    level: Some(Level::Note),
    means: "a suppression without a reason",
    remedy: Remedy::None,
    is_gap: false,
    is_suppressible: false,
    is_retired: false,
    is_optional: false,
    races: None,
};

/// The diagnostic for a directive that suppresses a rule or an entry without a comment after it.
pub(super) fn without_reason(place: Place, name: &str) -> Diagnostic {
    let message = format!("this directive suppresses `{name}` without a reason");
    let help = Some("write the reason after it: `// why`".to_owned());
    let subject = Subject::Directive { code: name.to_owned() };
    Diagnostic { help, subject, ..RULE.diagnostic(place, message) }
}
