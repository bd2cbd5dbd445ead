//! Resource ids: every spelling of an id becomes the same [`Value::ResourceId`].

use super::functions::Function;
use super::store::Store;
use super::term::{Ambient, Name, Term, Value};
use super::terms::Terms;

/// The type of a resource group, which is also a scope.
const RESOURCE_GROUPS: &str = "Microsoft.Resources/resourceGroups";
/// The type of a management group, which is also a scope.
const MANAGEMENT_GROUPS: &str = "Microsoft.Management/managementGroups";

impl Store {
    /// The type in an id; `None` if the term is not known to be the id of a resource.
    pub fn type_of_id(&self, id: Term) -> Option<Name> {
        if let Value::ResourceId { ty, .. } = self.get(id) { Some(ty) } else { None }
    }
}

impl Terms {
    /// Builds the id of a resource in normal form: every spelling of an id gives the same term.
    pub fn resource_id(&mut self, scope: Term, ty: &(impl TypeName + ?Sized), names: &[Term]) -> Term {
        let scope = scope_of(self, scope);
        let ty = ty.intern(self);
        let names = self.list(names);
        self.make(Value::ResourceId { scope, ty, names })
    }

    /// A resource as an object.
    pub fn resource(&mut self, id: Term) -> Term {
        self.make(Value::Resource(id))
    }

    /// The tenant as a scope.
    pub fn tenant(&mut self) -> Term {
        self.make(Value::Tenant)
    }

    /// A management group as a scope.
    pub fn management_group(&mut self, name: Term) -> Term {
        self.make(Value::ManagementGroup(name))
    }

    /// A subscription as a scope.
    pub fn subscription(&mut self, id: Term) -> Term {
        self.make(Value::Subscription(id))
    }

    /// A resource group as a scope.
    pub fn resource_group(&mut self, subscription: Term, name: Term) -> Term {
        self.make(Value::ResourceGroup(subscription, name))
    }

    /// The scope that a value stands for: the value itself, or the group or resource whose id it is.
    pub fn as_scope(&mut self, value: Term) -> Term {
        let Value::Resource(id) = self.get(value) else { return value };
        let Value::ResourceId { scope, ty, names } = self.get(id) else { return id };
        let ty = self.name(ty);
        let (is_group, is_management) =
            (ty.eq_ignore_ascii_case(RESOURCE_GROUPS), ty.eq_ignore_ascii_case(MANAGEMENT_GROUPS));
        match (self.seq(names), self.get(scope)) {
            (&[name], Value::Subscription(subscription)) if is_group => {
                self.resource_group(subscription, name)
            }
            (&[name], _) if is_management => self.management_group(name),
            _ => id,
        }
    }

    /// Splits a name into as many segments as its type has. Ex) `'${vnet.name}/default'`
    pub(super) fn name_segments(&mut self, name: Term, count: usize) -> Vec<Term> {
        if let Some(segments) = self.known_segments(name, count) {
            return segments;
        }
        (0..count as i64)
            .map(|at| {
                let (at, count) = (self.int(at), self.int(count as i64));
                self.unfolded(Function::NameSegment, &[name, at, count])
            })
            .collect()
    }

    /// The segments of a name whose slashes are known. Unknown parts are assumed to contain no slash.
    pub(super) fn known_segments(&mut self, name: Term, count: usize) -> Option<Vec<Term>> {
        if count == 1 {
            return Some(vec![name]);
        }
        let parts = match self.get(name) {
            Value::Concat(seq) => self.seq(seq).to_vec(),
            _ => vec![name],
        };
        let mut segments: Vec<Vec<Term>> = vec![Vec::new()];
        for part in parts {
            let Some(text) = self.known_text(part).map(str::to_owned) else {
                segments.last_mut()?.push(part);
                continue;
            };
            for (at, piece) in text.split('/').enumerate() {
                if at > 0 {
                    segments.push(Vec::new());
                }
                if !piece.is_empty() {
                    let piece = self.text(piece);
                    segments.last_mut()?.push(piece);
                }
            }
        }
        (segments.len() == count).then(|| segments.iter().map(|parts| self.concat(parts)).collect())
    }
}

/// The scope of a resource in normal form, also if the scope becomes known later.
fn scope_of(terms: &mut Terms, scope: Term) -> Term {
    match terms.get(scope) {
        Value::Resource(_) => terms.as_scope(scope),
        Value::Concat(_) | Value::Text(_) => group_of_id(terms, scope).unwrap_or(scope),
        _ => scope,
    }
}

/// The resource group or subscription whose id a text is. Ex) `/subscriptions/S/resourceGroups/G`
fn group_of_id(terms: &mut Terms, id: Term) -> Option<Term> {
    // With any resource type appended, the text can be parsed as an id, and the scope of that id is the answer.
    let probe = terms.text("/providers/a.b/c/d");
    let whole = terms.concat(&[id, probe]);
    if let Value::ResourceId { scope, .. } = terms.get(whole) { Some(scope) } else { None }
}

/// The segments of an id between its slashes, including the empty one before the first slash; `None` if their number is
/// not known.
pub(super) fn id_segments(terms: &mut Terms, id: Term) -> Option<Vec<Term>> {
    let (scope, ty, names) = match terms.get(id) {
        Value::ResourceId { scope, ty, names } => (scope, ty, names),
        // Ex) `resourceGroup().id`
        Value::Concat(_) => {
            let scope = group_of_id(terms, id)?;
            return scope_segments(terms, scope);
        }
        _ => return None,
    };
    // Ex) the id of a resource group as a resource, which is written as a scope
    let resource = terms.resource(id);
    let as_scope = terms.as_scope(resource);
    if as_scope != id {
        return scope_segments(terms, as_scope);
    }
    let mut segments = match terms.get(scope) {
        Value::ResourceId { .. } => id_segments(terms, scope)?,
        Value::Resource(inner) => id_segments(terms, inner)?,
        _ => scope_segments(terms, scope)?,
    };
    let ty = terms.name(ty).to_owned();
    let mut types = ty.split('/');
    let names = terms.seq(names).to_vec();
    for word in ["providers", types.next()?] {
        segments.push(terms.text(word));
    }
    for (ty, name) in types.zip(names) {
        segments.push(terms.text(ty));
        segments.push(name);
    }
    Some(segments)
}

fn scope_segments(terms: &mut Terms, scope: Term) -> Option<Vec<Term>> {
    let words: Vec<(&str, Option<Term>)> = match terms.get(scope) {
        Value::Tenant => Vec::new(),
        Value::Subscription(id) => vec![("subscriptions", Some(id))],
        Value::ResourceGroup(id, name) => {
            vec![("subscriptions", Some(id)), ("resourceGroups", Some(name))]
        }
        Value::ManagementGroup(name) => {
            vec![("providers", None), ("Microsoft.Management", None), ("managementGroups", Some(name))]
        }
        _ => return None,
    };
    let mut segments = vec![terms.text("")];
    for (word, value) in words {
        segments.push(terms.text(word));
        segments.extend(value);
    }
    Some(segments)
}

/// The id of a scope, as text.
fn scope_id(terms: &mut Terms, scope: Term) -> Option<Term> {
    let segments = scope_segments(terms, scope)?;
    let slash = terms.text("/");
    let mut parts = Vec::with_capacity(segments.len() * 2);
    for (at, segment) in segments.into_iter().enumerate() {
        parts.extend((at > 0).then_some(slash));
        parts.push(segment);
    }
    Some(terms.concat(&parts))
}

/// A type's name, interned or not.
pub trait TypeName {
    /// The interned name.
    fn intern(&self, terms: &mut Terms) -> super::term::Name;
}

impl TypeName for str {
    fn intern(&self, terms: &mut Terms) -> super::term::Name {
        terms.intern(self)
    }
}

impl TypeName for super::term::Name {
    fn intern(&self, _: &mut Terms) -> super::term::Name {
        *self
    }
}

/// A known member of a resource or scope.
pub(super) fn member(terms: &mut Terms, base: Term, key: Name) -> Option<Term> {
    let value = terms.get(base);
    match value {
        Value::Call(Function::Deployment, seq) => {
            let at = ["name", "location"].iter().position(|known| *known == terms.name(key))?;
            return terms.seq(seq).get(at).copied();
        }
        Value::Resource(_)
        | Value::ResourceGroup(..)
        | Value::ManagementGroup(_)
        | Value::Subscription(_)
        | Value::Tenant => {}
        _ => return None,
    }
    match (value, terms.name(key)) {
        (Value::Resource(id), "id") => Some(id),
        (Value::Resource(id), "name") => {
            let Value::ResourceId { names, .. } = terms.get(id) else { return None };
            terms.seq(names).last().copied()
        }
        (Value::Resource(id), "type") => {
            let Value::ResourceId { ty, .. } = terms.get(id) else { return None };
            Some(terms.make(Value::Text(ty)))
        }
        (Value::ResourceGroup(_, found) | Value::ManagementGroup(found), "name") => Some(found),
        (Value::ResourceGroup(_, found), "location")
            if terms.get(found) == Value::Ambient(Ambient::ResourceGroupName) =>
        {
            Some(terms.ambient(Ambient::ResourceGroupLocation))
        }
        (Value::ResourceGroup(found, _) | Value::Subscription(found), "subscriptionId") => Some(found),
        (Value::Subscription(_) | Value::Tenant, "tenantId") => Some(terms.ambient(Ambient::TenantId)),
        (
            Value::ResourceGroup(..) | Value::Subscription(_) | Value::ManagementGroup(_) | Value::Tenant,
            "id",
        ) => scope_id(terms, base),
        _ => None,
    }
}

/// Parses a text of several parts as a resource id; `None` if it is not certain to be one.
pub(super) fn parse(terms: &mut Terms, parts: &[Term]) -> Option<Term> {
    let (mut scope, rest) = match terms.get(*parts.first()?) {
        Value::ResourceId { .. } if parts.len() > 1 => {
            let resource = terms.resource(parts[0]);
            (Some(terms.as_scope(resource)), &parts[1..])
        }
        Value::Text(name) => {
            let starts_with = |start: &str| {
                let known = terms.name(name).as_bytes().get(..start.len());
                known.is_some_and(|known| known.eq_ignore_ascii_case(start.as_bytes()))
            };
            if !(starts_with("/subscriptions/") || starts_with("/providers/")) {
                return None;
            }
            (None, parts)
        }
        _ => return None,
    };
    let segments = segments(terms, rest)?;
    let mut at = segments.as_slice();
    // Ex) /subscriptions/S/resourceGroups/G/providers/…
    if scope.is_none() {
        let subscription = named(terms, &mut at, "subscriptions");
        let group = subscription.and_then(|_| named(terms, &mut at, "resourcegroups"));
        scope = Some(match (subscription, group) {
            (Some(subscription), Some(group)) => terms.resource_group(subscription, group),
            (Some(subscription), None) => terms.subscription(subscription),
            _ => terms.tenant(),
        });
    }
    let mut found = scope?;
    // Ex) …/subnets/default after the id of a virtual network
    if let Value::ResourceId { scope, ty, names } = terms.get(found)
        && at.first().is_some_and(|&word| {
            terms.known_text(word).is_some_and(|word| !word.eq_ignore_ascii_case("providers"))
        })
    {
        let mut ty = terms.name(ty).to_owned();
        let mut names = terms.seq(names).to_vec();
        take_types(terms, &mut at, &mut ty, &mut names)?;
        found = terms.resource_id(scope, ty.as_str(), &names);
    }
    while !at.is_empty() {
        let provider = named(terms, &mut at, "providers")?;
        let mut ty = terms.known_text(provider)?.to_owned();
        let mut names = Vec::new();
        take_types(terms, &mut at, &mut ty, &mut names)?;
        if names.is_empty() {
            return None;
        }
        found = terms.resource_id(found, ty.as_str(), &names);
        // The id of a management group is the scope of what follows it.
        if let (Value::ResourceId { .. }, false) = (terms.get(found), at.is_empty()) {
            let resource = terms.resource(found);
            found = terms.as_scope(resource);
        }
    }
    matches!(terms.get(found), Value::ResourceId { .. }).then_some(found)
}

/// Takes pairs of type and name up to the next `providers`.
fn take_types(terms: &Terms, at: &mut &[Term], ty: &mut String, names: &mut Vec<Term>) -> Option<()> {
    while let [word, name, rest @ ..] = at {
        let word = terms.known_text(*word)?;
        if word.eq_ignore_ascii_case("providers") {
            return Some(());
        }
        ty.push('/');
        ty.push_str(word);
        names.push(*name);
        *at = rest;
    }
    at.is_empty().then_some(())
}

/// The value after a fixed word.
fn named(terms: &Terms, at: &mut &[Term], word: &str) -> Option<Term> {
    let [found, value, rest @ ..] = at else { return None };
    terms.known_text(*found)?.eq_ignore_ascii_case(word).then(|| {
        *at = rest;
        *value
    })
}

/// The segments between the slashes of a text that starts with a slash. Unknown parts are assumed to contain no slash.
fn segments(terms: &mut Terms, parts: &[Term]) -> Option<Vec<Term>> {
    let mut segments: Vec<Vec<Term>> = Vec::new();
    for &part in parts {
        let Some(text) = terms.known_text(part).map(str::to_owned) else {
            segments.last_mut()?.push(part);
            continue;
        };
        for (at, piece) in text.split('/').enumerate() {
            if at > 0 {
                segments.push(Vec::new());
            }
            if !piece.is_empty() {
                let piece = terms.text(piece);
                segments.last_mut()?.push(piece);
            }
        }
    }
    if segments.iter().any(Vec::is_empty) {
        return None;
    }
    Some(
        segments
            .into_iter()
            .map(|segment| if let [only] = segment[..] { only } else { terms.concat(&segment) })
            .collect(),
    )
}
