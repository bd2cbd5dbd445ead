//! Functions that build resource ids. Arguments before the type, if any, name the scope.

use super::Function;
use crate::eval::term::{Ambient, Term, Value};
use crate::eval::terms::Terms;

/// Splits the arguments into those of the scope (at most `most`), the type and the names.
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

/// The segments of a name that the compiler has split: `split(name, '/')[0]`, `split(name, '/')[1]`, …
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
        _ => base,
    };
    Some(terms.resource_id(scope, ty.as_str(), &names))
}

/// The id of a child resource. Arguments: parent, type, name.
pub(super) fn child(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[parent, ty, name] = arguments else { return None };
    let parent = if let Value::Resource(id) = terms.get(parent) { id } else { parent };
    let Value::ResourceId { scope, names, .. } = terms.get(parent) else { return None };
    let ty = terms.known_text(ty)?.to_owned();
    let mut names = terms.seq(names).to_vec();
    names.push(name);
    Some(terms.resource_id(scope, ty.as_str(), &names))
}

/// The id of the parent of a resource: the last segments of its name and type are removed. A resource that is not a
/// child gives its scope, and a value that is not an id gives `null`.
pub(super) fn parent(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let id = *arguments.first()?;
    match terms.get(id) {
        Value::ResourceId { scope, ty, names } => {
            let names = terms.seq(names).to_vec();
            if names.len() < 2 {
                return Some(scope);
            }
            let ty = terms.name(ty).to_owned();
            let parent = ty.rfind('/').map(|at| ty[..at].to_owned())?;
            Some(terms.resource_id(scope, parent.as_str(), &names[..names.len() - 1]))
        }
        Value::Concat(seq) => {
            let parts = terms.seq(seq).to_vec();
            without_last_segments(terms, &parts)
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Text(_)
        | Value::Array(_)
        | Value::Object(_) => Some(terms.null()),
        _ => None,
    }
}

/// Whether a value is the id of a resource of one of the given types. Arguments: id, types…
pub(super) fn is_of_type(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (&id, types) = arguments.split_first()?;
    let found = match terms.get(id) {
        Value::ResourceId { ty, .. } => {
            let ty = terms.name(ty);
            types
                .iter()
                .any(|&listed| terms.known_text(listed).is_some_and(|listed| listed.eq_ignore_ascii_case(ty)))
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Text(_)
        | Value::Array(_)
        | Value::Object(_)
        | Value::ResourceGroup(..)
        | Value::Subscription(_)
        | Value::ManagementGroup(_)
        | Value::Tenant => false,
        _ => return None,
    };
    Some(terms.bool(found))
}

/// A part of a scope; `None` if the scope is not known.
fn of_scope(
    terms: &mut Terms,
    arguments: &[Term],
    part: fn(Value) -> Option<Term>,
    own: Ambient,
) -> Option<Term> {
    let scope = terms.as_scope(*arguments.first()?);
    let value = terms.get(scope);
    let is_scope = matches!(
        value,
        Value::ResourceGroup(..) | Value::Subscription(_) | Value::ManagementGroup(_) | Value::Tenant
    );
    // A part that the scope lacks is that of the surrounding deployment.
    is_scope.then(|| part(value).unwrap_or_else(|| terms.ambient(own)))
}

/// The subscription of a scope.
pub(super) fn subscription_of(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let part = |scope| match scope {
        Value::ResourceGroup(subscription, _) | Value::Subscription(subscription) => Some(subscription),
        _ => None,
    };
    of_scope(terms, arguments, part, Ambient::SubscriptionId)
}

/// The name of the resource group of a scope.
pub(super) fn group_of(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let part = |scope| if let Value::ResourceGroup(_, group) = scope { Some(group) } else { None };
    of_scope(terms, arguments, part, Ambient::ResourceGroupName)
}

/// The name of the management group of a scope.
pub(super) fn management_group_of(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let part = |scope| if let Value::ManagementGroup(name) = scope { Some(name) } else { None };
    of_scope(terms, arguments, part, Ambient::ManagementGroupName)
}

/// A text without its last two segments. Ex) `${vnetId}/subnets/a` gives `${vnetId}`
fn without_last_segments(terms: &mut Terms, parts: &[Term]) -> Option<Term> {
    let mut slashes = 0;
    for (at, &part) in parts.iter().enumerate().rev() {
        let Some(text) = terms.known_text(part).map(str::to_owned) else { continue };
        for (found, _) in text.rmatch_indices('/') {
            slashes += 1;
            if slashes == 2 {
                let mut rest = parts[..at].to_vec();
                rest.push(terms.text(&text[..found]));
                return Some(terms.concat(&rest));
            }
        }
    }
    None
}
