//! Reads the graph from a compiled template without symbolic names: its `dependsOn` entries are ids, which are matched
//! with the types and names of its nodes.

use std::collections::BTreeMap;

use bicep_race_lint::template::Template;
use serde_json::Value;

use super::compiled::{Drawn, depends_on, positions};

/// An ARM expression.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Text(String),
    Number(String),
    Call(String, Vec<Term>),
    Get(Box<Term>, Box<Term>),
}

struct Compiled<'j> {
    symbol: String,
    json: &'j Value,
    ty: String,
    forms: Vec<Vec<Term>>,
    scope: Option<Term>,
}

/// Both graphs over the same symbols. Nodes that the JSON does not distinguish count as the first of them.
pub(super) fn pair(template: &Template, ours: Drawn, json: &Value) -> (Drawn, Drawn) {
    let order = positions(template);
    let written: Vec<&Value> = json["resources"].as_array().into_iter().flatten().collect();
    let mut theirs = Drawn::default();
    let nodes: Vec<Compiled<'_>> = written
        .iter()
        .enumerate()
        .map(|(at, &json)| {
            let symbol =
                order.get(at).map_or_else(|| format!("#{at}"), |id| template.node(*id).symbol.clone());
            compiled(symbol, json)
        })
        .collect();
    theirs.nodes = nodes.iter().map(|node| node.symbol.clone()).collect();
    let mut same: BTreeMap<&str, &str> = BTreeMap::new();
    for (at, node) in nodes.iter().enumerate() {
        let first = nodes[..at].iter().find(|other| {
            other.ty == node.ty
                && other.json["name"] == node.json["name"]
                && other.json["scope"] == node.json["scope"]
        });
        same.insert(&node.symbol, first.map_or(&*node.symbol, |first| &*first.symbol));
    }
    let canonical =
        |symbol: &str| same.get(symbol).map_or_else(|| symbol.to_owned(), |&first| first.to_owned());
    for node in &nodes {
        for entry in depends_on(node.json) {
            let (target, element) = resolve(&nodes, entry).unwrap_or_else(|| (format!("?{entry}"), false));
            theirs.edges.insert((node.symbol.clone(), canonical(&target), element));
        }
    }
    let edges =
        ours.edges.iter().map(|(from, to, element)| (from.clone(), canonical(to), *element)).collect();
    (Drawn { nodes: ours.nodes, edges }, theirs)
}

fn compiled(symbol: String, json: &Value) -> Compiled<'_> {
    let ty = json["type"].as_str().unwrap_or_default().to_lowercase();
    let forms = forms(json["name"].as_str().unwrap_or_default(), ty.matches('/').count().max(1));
    Compiled { symbol, json, ty, forms, scope: json["scope"].as_str().and_then(term) }
}

/// The ways of passing a name to `resourceId`.
fn forms(name: &str, count: usize) -> Vec<Vec<Term>> {
    match term(name) {
        Some(Term::Text(text)) => {
            let parts: Vec<Term> = text.split('/').map(|part| Term::Text(part.to_owned())).collect();
            if parts.len() == count { vec![parts] } else { Vec::new() }
        }
        Some(name) if count == 1 => vec![vec![name]],
        Some(name) => {
            let split = Term::Call("split".into(), vec![name.clone(), Term::Text("/".into())]);
            let part = |at: usize| Term::Get(Box::new(split.clone()), Box::new(Term::Number(at.to_string())));
            let mut forms = vec![(0..count).map(part).collect()];
            let pattern = (0..count).map(|at| format!("{{{at}}}")).collect::<Vec<_>>().join("/");
            if let Term::Call(function, arguments) = &name
                && function == "format"
                && let [Term::Text(text), segments @ ..] = arguments.as_slice()
                && *text == pattern
                && segments.len() == count
            {
                forms.push(segments.to_vec());
            }
            forms
        }
        None => Vec::new(),
    }
}

/// The node of an entry, and whether the entry names a single element of a loop.
fn resolve(nodes: &[Compiled<'_>], entry: &str) -> Option<(String, bool)> {
    if let Some(node) = nodes.iter().find(|node| node.json["copy"]["name"] == entry) {
        return Some((node.symbol.clone(), false));
    }
    let (ty, segments, scope) = id_parts(term(entry)?)?;
    let typed: Vec<&Compiled<'_>> = nodes.iter().filter(|node| node.ty == ty).collect();
    let mut best: Option<((bool, bool), &Compiled<'_>)> = None;
    for &node in &typed {
        for form in &node.forms {
            let mut index = None;
            if form.len() != segments.len()
                || !form.iter().zip(&segments).all(|(p, v)| unify(p, v, &mut index))
            {
                continue;
            }
            let same_scope = match (&node.scope, &scope) {
                (None, None) => true,
                (Some(pattern), Some(scope)) => unify(pattern, scope, &mut index),
                _ => false,
            };
            let rank = (!same_scope, index.is_some());
            if best.as_ref().is_none_or(|(known, _)| rank < *known) {
                best = Some((rank, node));
            }
            break;
        }
    }
    let node = match (best, typed.as_slice()) {
        (Some((_, node)), _) => node,
        (None, [only]) => only,
        _ => return None,
    };
    Some((node.symbol.clone(), node.json["copy"].is_object()))
}

/// The type, name segments and scope of the outermost resource id.
fn id_parts(term: Term) -> Option<(String, Vec<Term>, Option<Term>)> {
    let Term::Call(function, mut arguments) = term else { return None };
    let scope = match function.to_lowercase().as_str() {
        "extensionresourceid" if !arguments.is_empty() => Some(arguments.remove(0)),
        "resourceid" | "subscriptionresourceid" | "tenantresourceid" | "managementgroupresourceid" => None,
        _ => return None,
    };
    let is_type = |term: &Term| {
        matches!(term, Term::Text(text) if text.contains('/')
            && text.split('/').all(|part| !part.is_empty())
            && text.chars().all(|char| char.is_alphanumeric() || "._-/".contains(char)))
    };
    let at = arguments.iter().position(is_type)?;
    let mut rest = arguments.split_off(at).into_iter();
    let Some(Term::Text(ty)) = rest.next() else { return None };
    Some((ty.to_lowercase(), rest.collect(), scope))
}

/// Whether a value equals a pattern in which every `copyIndex()` is replaced by the same expression.
fn unify(pattern: &Term, value: &Term, index: &mut Option<Term>) -> bool {
    match (pattern, value) {
        (Term::Call(function, arguments), _) if function == "copyIndex" && arguments.is_empty() => {
            index.get_or_insert_with(|| value.clone()) == value
        }
        (Term::Call(a, left), Term::Call(b, right)) => {
            a == b && left.len() == right.len() && left.iter().zip(right).all(|(p, v)| unify(p, v, index))
        }
        (Term::Get(a, b), Term::Get(c, d)) => unify(a, c, index) && unify(b, d, index),
        _ => pattern == value,
    }
}

/// Parses a JSON string: an expression in brackets, or plain text.
fn term(text: &str) -> Option<Term> {
    if !text.starts_with('[') || text.starts_with("[[") {
        return Some(Term::Text(text.strip_prefix('[').unwrap_or(text).to_owned()));
    }
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let (term, rest) = expression(inner.trim_start())?;
    rest.trim().is_empty().then_some(term)
}

fn expression(text: &str) -> Option<(Term, &str)> {
    let (mut term, mut rest) = primary(text)?;
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('.') {
            let (name, after) = word(after);
            term = Term::Get(Box::new(term), Box::new(Term::Text(name.to_owned())));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (index, after) = expression(after.trim_start())?;
            term = Term::Get(Box::new(term), Box::new(index));
            rest = after.trim_start().strip_prefix(']')?;
        } else {
            return Some((term, rest));
        }
    }
}

fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(text.len()))
}

fn primary(text: &str) -> Option<(Term, &str)> {
    if let Some(rest) = text.strip_prefix('\'') {
        return quoted(rest);
    }
    let signed = text.strip_prefix('-').unwrap_or(text);
    let (name, rest) = word(signed);
    if name.starts_with(|char: char| char.is_ascii_digit()) {
        return Some((Term::Number(text[..text.len() - rest.len()].to_owned()), rest));
    }
    // User-defined functions have a namespace.
    let length =
        text.find(|char: char| !char.is_alphanumeric() && char != '_' && char != '.').unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    let Some(mut rest) = rest.trim_start().strip_prefix('(') else {
        return (!name.is_empty()).then(|| (Term::Call(name.to_owned(), Vec::new()), rest));
    };
    let mut arguments = Vec::new();
    loop {
        rest = rest.trim_start().trim_start_matches(',').trim_start();
        if let Some(after) = rest.strip_prefix(')') {
            return Some((Term::Call(name.to_owned(), arguments), after));
        }
        let (argument, after) = expression(rest)?;
        arguments.push(argument);
        rest = after;
    }
}

/// The rest of a quoted text; two quotes stand for one.
fn quoted(mut rest: &str) -> Option<(Term, &str)> {
    let mut text = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        text.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                text.push('\'');
                rest = more;
            }
            None => return Some((Term::Text(text), after)),
        }
    }
}
