//! Ids of resources, as text.

/// The text between the id of a deployment's scope and its name.
const DEPLOYMENTS: &str = "/providers/microsoft.resources/deployments/";

/// The text before a separator in an id, ignoring case.
pub(super) fn before<'i>(id: &'i str, part: &str) -> Option<&'i str> {
    id.to_ascii_lowercase().rfind(part).map(|at| &id[..at])
}

/// Whether an id is that of a deployment.
pub(super) fn is_deployment(id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    id.rfind(DEPLOYMENTS).is_some_and(|at| !id[at + DEPLOYMENTS.len()..].contains('/'))
}

/// The scope of a deployment. Ex) `/subscriptions/…/resourceGroups/net`
pub(super) fn scope_of_deployment(id: &str) -> Option<&str> {
    before(id, DEPLOYMENTS)
}

/// The segments after the last `/providers/`.
fn segments(id: &str) -> Option<Vec<&str>> {
    let at = id.to_ascii_lowercase().rfind("/providers/")?;
    Some(id[at + "/providers/".len()..].trim_end_matches('/').split('/').collect())
}

/// The full type of a resource, as its id writes it.
pub(super) fn type_of(id: &str) -> Option<String> {
    let segments = segments(id)?;
    let kinds: Vec<&str> = segments.iter().skip(1).step_by(2).copied().collect();
    (!kinds.is_empty()).then(|| format!("{}/{}", segments[0], kinds.join("/")))
}

/// The segments of a resource's name.
pub(super) fn names_of(id: &str) -> Vec<&str> {
    match segments(id) {
        Some(segments) => segments.into_iter().skip(2).step_by(2).collect(),
        // The name of a resource group is its last segment.
        None => id.trim_end_matches('/').rsplit('/').next().into_iter().collect(),
    }
}

/// The name of a resource as a reader knows it. Ex) `hub-weu`, `vnet/default`
pub(super) fn name_of(id: &str) -> String {
    names_of(id).join("/")
}

/// The scope of a resource: a group, or the resource that it extends.
pub(super) fn scope_of(id: &str) -> Option<&str> {
    before(id, "/providers/").filter(|scope| !scope.is_empty())
}

/// The id of the resource `up` levels above. Ex) the network of a subnet
pub(super) fn above(id: &str, up: u8) -> Option<&str> {
    let mut id = id.trim_end_matches('/');
    for _ in 0..up {
        let segments = segments(id)?;
        let (kind, name) = (segments.iter().rev().nth(1)?, segments.last()?);
        // A resource that is not a child has no parent.
        if segments.len() < 5 {
            return None;
        }
        id = id.get(..id.len() - kind.len() - name.len() - 2)?;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBNET: &str = "/subscriptions/s/resourceGroups/g/providers/A.B/nets/n/Subs/x";

    #[test]
    fn an_id_gives_the_type_the_name_and_the_parents() {
        assert_eq!(type_of(SUBNET).as_deref(), Some("A.B/nets/Subs"));
        assert_eq!(name_of(SUBNET), "n/x");
        assert_eq!(above(SUBNET, 1), Some("/subscriptions/s/resourceGroups/g/providers/A.B/nets/n"));
        assert_eq!(above(SUBNET, 2), None);
        assert_eq!(scope_of(SUBNET), Some("/subscriptions/s/resourceGroups/g"));
        let extension = format!("{SUBNET}/providers/C.D/locks/l");
        assert_eq!(type_of(&extension).as_deref(), Some("C.D/locks"));
        assert_eq!(scope_of(&extension), Some(SUBNET));
        assert_eq!(above(&extension, 1), None);
    }

    #[test]
    fn an_id_that_is_no_resource_has_no_type() {
        assert_eq!(type_of("/subscriptions/s/resourceGroups/g"), None);
        assert_eq!(name_of("/subscriptions/s/resourceGroups/g"), "g");
        assert_eq!(type_of("/providers/A.B"), None);
        assert_eq!(above("", 1), None);
        assert_eq!(scope_of("/providers/A.B/c/d"), None);
    }

    #[test]
    fn a_deployment_is_told_from_its_operations() {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Resources/deployments/d";
        assert!(is_deployment(id));
        assert!(!is_deployment(&format!("{id}/operations/1")));
        assert!(!is_deployment(SUBNET));
        assert_eq!(scope_of_deployment(id), Some("/subscriptions/s/resourceGroups/g"));
        assert_eq!(before(&format!("{id}/Operations/1"), "/operations/"), Some(id));
    }
}
