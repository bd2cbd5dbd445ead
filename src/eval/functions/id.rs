//! Functions that make ids. The first arguments name a scope where there are more than type and names.

use super::Function;
use crate::eval::term::{Ambient, Term, Value};
use crate::eval::terms::Terms;

/// Splits the arguments at the type: scope arguments, the type, names.
fn at_type<'a>(
    terms: &mut Terms,
    arguments: &'a [Term],
    most: usize,
) -> Option<(&'a [Term], String, Vec<Term>)> {
    let at = arguments.iter().take(most + 1).position(|&argument| {
        terms.known_text(argument).is_some_and(|text| text.contains('/') && !text.starts_with('/'))
    })?;
    let ty = terms.known_text(arguments[at])?.trim_end_matches('/').to_owned();
    let names = &arguments[at + 1..];
    if names.is_empty() || ty.matches('/').count() != names.len() {
        return None;
    }
    let names = segments_of_one(terms, names).unwrap_or_else(|| names.to_vec());
    Some((&arguments[..at], ty, names))
}

/// The segments of a name that the compiler has cut: `split(name, '/')[0]`, `split(name, '/')[1]`, …
fn segments_of_one(terms: &mut Terms, names: &[Term]) -> Option<Vec<Term>> {
    let mut whole = None;
    for (at, &name) in names.iter().enumerate() {
        let Value::Index(list, index) = terms.get(name) else { return None };
        let Value::Call(Function::Split, arguments) = terms.get(list) else { return None };
        let &[text, by] = terms.seq(arguments) else { return None };
        if terms.known_text(by) != Some("/")
            || terms.known_int(index) != Some(at as i64)
            || *whole.get_or_insert(text) != text
        {
            return None;
        }
    }
    let segments = terms.name_segments(whole?, names.len());
    (names.len() > 1).then_some(segments)
}

/// `resourceId([subscription], [group], type, names…)`
pub(super) fn resource_id(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (scope, ty, names) = at_type(terms, arguments, 2)?;
    let subscription = match scope {
        [subscription, _] => *subscription,
        _ => terms.ambient(Ambient::SubscriptionId),
    };
    let group = match scope {
        [.., group] => *group,
        [] => terms.ambient(Ambient::ResourceGroupName),
    };
    let scope = terms.resource_group(subscription, group);
    Some(terms.resource_id(scope, ty.as_str(), &names))
}

pub(super) fn subscription_resource_id(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (scope, ty, names) = at_type(terms, arguments, 1)?;
    let subscription = scope.first().copied().unwrap_or_else(|| terms.ambient(Ambient::SubscriptionId));
    let scope = terms.subscription(subscription);
    Some(terms.resource_id(scope, ty.as_str(), &names))
}

pub(super) fn tenant_resource_id(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (_, ty, names) = at_type(terms, arguments, 0)?;
    let scope = terms.tenant();
    Some(terms.resource_id(scope, ty.as_str(), &names))
}

pub(super) fn management_group_resource_id(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (scope, ty, names) = at_type(terms, arguments, 1)?;
    let group = scope.first().copied().unwrap_or_else(|| terms.ambient(Ambient::ManagementGroupName));
    let scope = terms.management_group(group);
    Some(terms.resource_id(scope, ty.as_str(), &names))
}

/// `extensionResourceId(id, type, names…)`; the id may be that of a resource group or subscription.
pub(super) fn extension_resource_id(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (&base, rest) = arguments.split_first()?;
    let (_, ty, names) = at_type(terms, rest, 0)?;
    let scope = match terms.get(base) {
        Value::ResourceId { .. } => {
            let resource = terms.resource(base);
            terms.as_scope(resource)
        }
        _ => group_of_id(terms, base).unwrap_or(base),
    };
    Some(terms.resource_id(scope, ty.as_str(), &names))
}

/// The resource group or subscription whose id a text is. Ex) `/subscriptions/S/resourceGroups/G`
fn group_of_id(terms: &mut Terms, id: Term) -> Option<Term> {
    // Any resource type behind it makes it an id that is understood; its scope is what is wanted.
    let probe = terms.text("/providers/a.b/c/d");
    let whole = terms.concat(&[id, probe]);
    if let Value::ResourceId { scope, .. } = terms.get(whole) { Some(scope) } else { None }
}
