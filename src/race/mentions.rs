//! The values that a declaration mentions: those in its body and its loop and, for a module, those of everything
//! inside.
//!
//! An order may have a reason that no reference shows: a name that two declarations compute in the same way, or an id
//! that is built as text.
//!
//! ```bicep
//! resource vault 'Microsoft.KeyVault/vaults@…' = { name: 'kv-${env}' … }
//! resource app 'Microsoft.Web/sites@…' = { properties: { … 'https://kv-${env}.vault.azure.net' … }  dependsOn: [vault] }
//! ```

use rustc_hash::{FxHashMap, FxHashSet};

use super::analysis::Analysis;
use crate::eval::arguments::Asked;
use crate::eval::identity::are_apart;
use crate::eval::store::any_part;
use crate::eval::term::{Function, Term, Value};
use crate::eval::terms::Terms;
use crate::template::{Expr, ExprId, NodeId, Property, Template};
use crate::workspace::TemplateId;

/// A value that a declaration mentions, and whether the property around it is named like one that holds an id.
pub(super) type Mention = (Term, bool);

/// Maximum depth of modules that are searched. A deeper module may mention anything, so the order stays.
const MENTIONED_LEVELS: usize = 16;
/// Properties that mention no resource.
const BESIDE: [&str; 2] = ["tags", "location"];
/// Properties whose ids do not belong to resources of a template.
const PRINCIPALS: [&str; 6] = ["tenantid", "subscriptionid", "principalid", "objectid", "clientid", "appid"];
/// Shorter names are found everywhere, so they always count as mentioned.
const SHORTEST_NAME: usize = 3;

/// A cache of the values that the declarations of templates mention.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    of_template: FxHashMap<TemplateId, Vec<Mention>>,
}

impl Mentions {
    /// The values that a declaration mentions, over the parameters of its template.
    pub(super) fn of(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        id: TemplateId,
        node: NodeId,
    ) -> Vec<Mention> {
        self.of_node(analysis, (id, node), 0)
    }

    fn of_node(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        (id, node): (TemplateId, NodeId),
        depth: usize,
    ) -> Vec<Mention> {
        let template = analysis.evaluator.workspace().template(id);
        let declared = template.node(node);
        let mut found = Vec::new();
        let loops = declared.copy.iter().map(|copy| copy.list);
        for expr in loops.chain(declared.condition).chain(declared.other.iter().copied()) {
            found.push((analysis.evaluator.value(id, expr), false));
        }
        for (name, expr) in written(template, declared.body) {
            if Some(expr) != declared.depends_on && !BESIDE.contains(&name) {
                add(analysis, (id, expr), is_id(name), &mut found);
            }
        }
        if let Some(outer) = declared.outer {
            found.push((analysis.evaluator.node_id(id, outer), false));
        }
        let callee = analysis.evaluator.workspace().callee(id, node);
        if callee.is_some() && depth >= MENTIONED_LEVELS {
            found.push((analysis.evaluator.terms().opaque(), true));
        } else if let Some(callee) = callee {
            let inside = self.inside(analysis, callee, depth + 1);
            let by = analysis.evaluator.module_substitution(id, node, Asked::All);
            let terms = analysis.evaluator.terms();
            found.extend(inside.into_iter().map(|(term, is_id)| (terms.substitute(term, &by), is_id)));
        }
        found
    }

    /// The values that all declarations of a template mention, over its parameters.
    fn inside(&mut self, analysis: &mut Analysis<'_, '_>, id: TemplateId, depth: usize) -> Vec<Mention> {
        if let Some(known) = self.of_template.get(&id) {
            return known.clone();
        }
        let template = analysis.evaluator.workspace().template(id);
        let mut found: Vec<Mention> = Vec::new();
        for node in template.node_ids() {
            found.extend(self.of_node(analysis, (id, node), depth));
        }
        let mut seen = FxHashSet::default();
        found.retain(|mention| seen.insert(*mention));
        self.of_template.insert(id, found.clone());
        found
    }
}

/// The properties of an object; those without a constant name have an empty name.
fn written(template: &Template, body: ExprId) -> Vec<(&str, ExprId)> {
    let Expr::Object(list) = template.exprs.get(template.exprs.peel(body)) else { return vec![("", body)] };
    let mut all = Vec::new();
    for property in template.exprs.object(list) {
        match *property {
            Property::Named { key, value } => all.push((template.exprs.text(key), value)),
            Property::Spread(value) => all.push(("", value)),
            Property::Computed { key, value } => all.extend([("", key), ("", value)]),
        }
    }
    all
}

/// Adds the values in an expression, descending into object literals.
fn add(
    analysis: &mut Analysis<'_, '_>,
    (id, expr): (TemplateId, ExprId),
    is_in_id: bool,
    found: &mut Vec<Mention>,
) {
    let template = analysis.evaluator.workspace().template(id);
    if let Expr::Object(_) = template.exprs.get(template.exprs.peel(expr)) {
        for (name, expr) in written(template, expr) {
            if !BESIDE.contains(&name) {
                add(analysis, (id, expr), is_in_id || is_id(name), found);
            }
        }
    } else {
        found.push((analysis.evaluator.value(id, expr), is_in_id));
    }
}

/// Whether a property of this name usually holds an id.
fn is_id(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    (name.ends_with("id") || name.ends_with("ids")) && !PRINCIPALS.contains(&name.as_str())
}

/// Calls a function for a term and all its parts, each once.
pub(super) fn each_part(terms: &Terms, term: Term, mut visit: impl FnMut(Term)) {
    any_part(terms, term, |part| {
        visit(part);
        false
    });
}

/// Whether a value may name the resource with an id, because the name of the resource occurs in it.
pub(super) fn may_name(terms: &Terms, value: Term, id: Term) -> bool {
    let Value::ResourceId { names, .. } = terms.get(id) else { return true };
    let Some(&name) = terms.seq(names).last() else { return true };
    any_part(terms, value, |part| is_named(terms, part, name))
}

/// Removes functions that only change the case.
fn unfolded(terms: &Terms, mut term: Term) -> Term {
    while let Value::Call(Function::Folded | Function::ToLower | Function::ToUpper, seq) = terms.get(term) {
        let Some(&inner) = terms.seq(seq).first() else { break };
        term = inner;
    }
    term
}

fn pieces(terms: &Terms, term: Term) -> Vec<Term> {
    match terms.get(term) {
        Value::Concat(seq) => terms.seq(seq).iter().map(|&part| unfolded(terms, part)).collect(),
        _ => vec![term],
    }
}

/// Whether a part of a value contains a name.
fn is_named(terms: &Terms, part: Term, name: Term) -> bool {
    let (part, name) = (unfolded(terms, part), unfolded(terms, name));
    match terms.get(name) {
        Value::If(_, yes, no) => is_named(terms, part, yes) || is_named(terms, part, no),
        Value::Text(text) => {
            let name = terms.name(text).to_lowercase();
            name.len() < SHORTEST_NAME
                || terms.known_text(part).is_some_and(|text| text.to_lowercase().contains(&name))
        }
        Value::Concat(_) => {
            let (name, part) = (pieces(terms, name), pieces(terms, part));
            part.windows(name.len()).any(|some| is_row(terms, some, &name))
        }
        // The name is not known at all.
        Value::Opaque(_) | Value::Null => true,
        _ => part == name,
    }
}

/// Whether pieces of a text are those of a name, possibly with more text before and after it.
fn is_row(terms: &Terms, some: &[Term], name: &[Term]) -> bool {
    let last = name.len() - 1;
    some.iter().zip(name).enumerate().all(|(at, (&one, &wanted))| {
        let (Some(text), Some(wanted)) = (terms.known_text(one), terms.known_text(wanted)) else {
            return one == wanted;
        };
        let (text, wanted) = (text.to_lowercase(), wanted.to_lowercase());
        match at {
            0 => text.ends_with(&wanted),
            at if at == last => text.starts_with(&wanted),
            _ => text == wanted,
        }
    })
}

/// The outermost parent of a resource, such as the network of a subnet; a resource without a parent itself.
pub(super) fn whole_of(terms: &mut Terms, mut id: Term) -> Term {
    while let Value::ResourceId { names, .. } = terms.get(id) {
        if terms.seq(names).len() < 2 {
            break;
        }
        let parent = terms.call(Function::Parent, &[id]);
        if parent == id {
            break;
        }
        id = parent;
    }
    terms.fold_case(id)
}

/// The values in a mention that hold an id, judged by the names of the properties around them.
fn ids_in(terms: &Terms, (value, is_all): Mention) -> Vec<Term> {
    let mut found = Vec::new();
    if is_all {
        found.push(value);
    }
    each_part(terms, value, |part| {
        let properties = terms.properties(part).unwrap_or_default();
        let ids = properties.into_iter().filter(|&(name, _)| is_id(terms.name(name)));
        found.extend(ids.map(|(_, value)| value));
    });
    found
}

/// Adds the outermost parents of the resources that a value names, except those of types that are only read, and the
/// parameters in properties that hold an id.
pub(super) fn named_in(
    terms: &mut Terms,
    mention: Mention,
    is_read: fn(&str) -> bool,
    found: &mut Vec<Term>,
) {
    let mut ids = Vec::new();
    each_part(terms, mention.0, |part| {
        if matches!(terms.get(part), Value::ResourceId { .. }) {
            ids.push(part);
        }
    });
    for value in ids_in(terms, mention).into_iter().filter(|&value| is_given(terms, value)) {
        each_part(terms, value, |part| {
            if matches!(terms.get(part), Value::Parameter(..)) {
                found.push(part);
            }
        });
    }
    for id in ids {
        let whole = whole_of(terms, id);
        let is_only_read = type_of(terms, whole).is_some_and(|ty| is_read(&ty));
        if !is_only_read {
            found.push(whole);
        }
    }
}

/// A value in a mention that is an id from outside the template, so that its resource is not known.
pub(super) fn given_in(terms: &Terms, mention: Mention) -> Option<Term> {
    ids_in(terms, mention).into_iter().find(|&value| is_given(terms, value))
}

/// Whether an id is given as a whole, and not built in the template.
fn is_given(terms: &Terms, id: Term) -> bool {
    let (mut is_given, mut is_built) = (false, false);
    each_part(terms, id, |part| {
        is_given |= matches!(terms.get(part), Value::Parameter(..) | Value::Opaque(_));
        is_built |= matches!(terms.get(part), Value::ResourceId { .. });
    });
    is_given && !is_built
}

/// The type of an id, in lower case.
pub(super) fn type_of(terms: &Terms, id: Term) -> Option<String> {
    let Value::ResourceId { ty, .. } = terms.get(id) else { return None };
    Some(terms.name(ty).to_lowercase())
}

/// Whether two such resources may be the same.
pub(super) fn may_be_one(terms: &Terms, one: Term, other: Term) -> bool {
    let is_id = |term| matches!(terms.get(term), Value::ResourceId { .. });
    one == other || is_id(one) && is_id(other) && !are_apart(terms, one, other)
}
