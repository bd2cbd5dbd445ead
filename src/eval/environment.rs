//! `environment()`: constants of the target cloud, as data in `clouds.json`.
//!
//! For the public cloud, the file has every member that Microsoft's page about the function shows. For the other clouds
//! the page says only that members may differ, so the file has few of them: the suffixes of endpoints, of which those
//! of Key Vault, SQL and storage were looked up, and `authentication`, as in the profiles of Azure CLI
//! (`az cloud show`; not looked up). In these clouds, any other member is unknown, and equal only to itself.
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

/// The value of a member. An unknown one is the expression `at` itself.
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

    /// The paths of the members that are not objects.
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
