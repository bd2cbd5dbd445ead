//! `environment()`: constants of the cloud that is deployed to, as data in `clouds.json`.
//!
//! The public cloud has every member that Microsoft's page of the function shows. Of the others the page says only that they
//! may differ, so only a few members stand there: the suffixes that endpoints of these clouds have, of which those of Key Vault,
//! SQL and storage were looked up, and `authentication`, as the profiles of Azure CLI have it (`az cloud show`; not looked up).
//! Every other member of the public cloud is not known in them, and equal to itself.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-deployment#environment>, read on
//! 2026-11-27.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::functions::{self, Function};
use super::term::{Name, Term};
use super::terms::Terms;
use crate::workspace::Cloud;

static CLOUDS: LazyLock<Map<String, Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("clouds.json")).unwrap_or_default());

/// The value of `environment()` in a cloud.
pub(super) fn environment(terms: &mut Terms, cloud: Cloud) -> Term {
    let whole = terms.unfolded(Function::Environment, &[]);
    match (CLOUDS.get(Cloud::Public.name()), CLOUDS.get(cloud.name())) {
        (Some(documented), Some(known)) => value(terms, whole, documented, Some(known)),
        _ => whole,
    }
}

/// What is known of a member, with what is not known as itself: `at` is the member as an expression.
fn value(terms: &mut Terms, at: Term, documented: &Value, known: Option<&Value>) -> Term {
    match (documented, known) {
        (Value::Object(members), Some(known)) => {
            let mut properties: Vec<(Name, Term)> = Vec::with_capacity(members.len());
            for (name, documented) in members {
                let member = terms.member(at, name);
                let member = value(terms, member, documented, known.get(name));
                properties.push((terms.intern(name), member));
            }
            terms.object(&properties)
        }
        (_, Some(known)) => functions::from_json(terms, known),
        (_, None) => at,
    }
}

#[cfg(test)]
mod tests {
    use super::{CLOUDS, Cloud, Value};

    /// The paths of the members that are no objects.
    fn paths(value: &Value, above: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| paths(value, &format!("{above}.{name}"), found));
            }
            _ => found.push(above.to_owned()),
        }
    }

    #[test]
    fn every_cloud_is_there_and_has_only_documented_members() {
        let of = |cloud: Cloud| {
            let mut found = Vec::new();
            paths(&CLOUDS[cloud.name()], "", &mut found);
            found
        };
        let documented = of(Cloud::Public);
        assert_eq!(documented.len(), 22);
        for cloud in Cloud::ALL {
            assert_eq!(CLOUDS[cloud.name()]["name"], cloud.name());
            assert!(of(cloud).iter().all(|path| documented.contains(path)), "{cloud:?}");
        }
    }
}
