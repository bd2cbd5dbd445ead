//! New edges from element to element: each instance of a loop waits only for the instance with the same index, if only
//! these two write one object.
//!
//! ```bicep
//! resource s2s '…/vpnGateways@…' = [for (hub, i) in hubs: { … }]              // writes the hub `i`
//! resource er '…/expressRouteGateways@…' = [for (hub, i) in hubs: { … }]     // waits for `s2s[i]`, not for all of `s2s`
//! ```

use rustc_hash::FxHashSet;

use super::plan::Before;
use crate::eval::feasibility::is_feasible;
use crate::race::analysis::Analysis;
use crate::race::effect::EffectId;
use crate::race::link::{Element, Link};
use crate::race::pair::Fault;
use crate::rules::finding::Edit;
use crate::source::Span;
use crate::syntax::lexer::lex;
use crate::syntax::token::TokenKind;
use crate::template::{Expr, Language, NodeId, Template};
use crate::workspace::TemplateId;

/// Maximum number of races that are judged again.
// It decides nothing: a node that waits for a whole loop also waits for the element.
const MAX_JUDGED: usize = 512;

/// The new edges for which it is enough that each instance waits for the one of the same index. `pairs` are the pairs that
/// `added` orders.
pub(super) fn by_element(
    analysis: &mut Analysis<'_, '_>,
    id: TemplateId,
    pairs: &[(NodeId, NodeId)],
    added: &[Before],
) -> FxHashSet<Before> {
    let template = analysis.evaluator.workspace().template(id);
    let Analysis { summaries, evaluator, races, writers, .. } = analysis;
    let Some(summary) = summaries.get(id) else { return FxHashSet::default() };
    let links = &summary.links;
    let is_parallel = |Before { early, late }: &Before| {
        let count = links.counts[early.ix()];
        count.is_some() && count == links.counts[late.ix()] && Index::of(template, *late).is_some()
    };
    let mut found: FxHashSet<Before> = added.iter().copied().filter(is_parallel).collect();
    if found.is_empty() {
        return found;
    }
    let asked: FxHashSet<(NodeId, NodeId)> =
        pairs.iter().map(|&(one, other)| (one.min(other), one.max(other))).collect();
    let own: FxHashSet<(EffectId, EffectId)> =
        summary.hazards.own(id).map(|(first, second, ..)| (first, second)).collect();
    let node = |effect: EffectId| summary.effect(effect).node;
    let of_pairs = races.iter().filter(|race| {
        // The effects of another template have other numbers.
        race.at == id && race.fault == Fault::Unordered && {
            let (one, other) = (node(race.first), node(race.second));
            asked.contains(&(one.min(other), one.max(other)))
        }
    });
    let of_pairs: Vec<(EffectId, EffectId)> = of_pairs.map(|race| (race.first, race.second)).collect();
    // A race that depends on the arguments of a caller, or one of a crowd, is not judged here.
    if of_pairs.len() > MAX_JUDGED || of_pairs.iter().any(|pair| !own.contains(pair)) {
        return FxHashSet::default();
    }
    let terms = evaluator.terms();
    let mut cures = |found: &FxHashSet<Before>| {
        let link = |order: &Before| {
            let element = if found.contains(order) { Element::Same } else { Element::All };
            (order.late, Link { target: order.early, element })
        };
        let links = links.with(&added.iter().map(link).collect::<Vec<_>>());
        of_pairs.iter().all(|&(first, second)| {
            let judged = links.judge(terms, writers, summary.effect(first), summary.effect(second));
            let mut left = judged.into_iter().filter(|(fault, _)| *fault == Fault::Unordered);
            left.all(|(_, formula)| is_feasible(terms, formula) == Some(false))
        })
    };
    if cures(&found) {
        return found;
    }
    let candidates: Vec<Before> = added.iter().copied().filter(|order| found.contains(order)).collect();
    found.clear();
    for order in candidates {
        found.insert(order);
        if !cures(&found) {
            found.remove(&order);
        }
    }
    found
}

/// The index of the instances of a loop, as its body can name it.
pub(super) struct Index {
    /// The name of its variable.
    pub(super) name: String,
    /// The place of the element's name, if the index has no name yet.
    unnamed: Option<Span>,
}

/// Names for an index that has none.
const NAMES: [&str; 3] = ["i", "index", "position"];

impl Index {
    /// The index of a loop; `None` for any other node, and if no name is free.
    pub(super) fn of(template: &Template, node: NodeId) -> Option<Self> {
        let declared = template.node(node);
        let copy = declared.copy.as_ref()?;
        if template.language != Language::Bicep {
            return None;
        }
        let exprs = &template.exprs;
        let text = &*exprs.source;
        // `[for hub in`, `[for (hub, i) in`
        let head = Span::new(declared.symbol_span.end, exprs.span(copy.list).start);
        let mut tokens = lex(head.of(text)).tokens;
        tokens.retain(|token| token.kind != TokenKind::NewLine);
        let word = |at: usize| {
            let token = tokens.get(at).filter(|token| token.kind == TokenKind::Identifier)?;
            let span = Span::new(head.start + token.span.start, head.start + token.span.end);
            Some((span, span.of(text)))
        };
        let begin = (0..tokens.len()).find(|&at| {
            tokens[at].kind == TokenKind::LeftSquare && word(at + 1).is_some_and(|(_, word)| word == "for")
        })?;
        if tokens.get(begin + 2)?.kind == TokenKind::LeftParen {
            let (_, name) = word(begin + 5)?;
            return Some(Self { name: name.to_owned(), unnamed: None });
        }
        let (span, item) = word(begin + 2)?;
        if is_counted_from_zero(template, node) {
            return Some(Self { name: item.to_owned(), unnamed: None });
        }
        let tokens = lex(text).tokens;
        let is_free = |name: &str| {
            !tokens.iter().any(|token| token.kind == TokenKind::Identifier && token.span.of(text) == name)
        };
        let name = NAMES.into_iter().find(|name| is_free(name))?;
        Some(Self { name: name.to_owned(), unnamed: Some(span) })
    }

    /// The edits that give it its name.
    /// Ex) `for hub in hubs` becomes `for (hub, i) in hubs`
    pub(super) fn naming(&self, template: &Template) -> Vec<Edit> {
        let Some(item) = self.unnamed else { return Vec::new() };
        let edit = |at: u32, insert: String| Edit::new(template.place(Span::empty(at)), insert);
        vec![edit(item.start, "(".to_owned()), edit(item.end, format!(", {})", self.name))]
    }
}

/// Whether the elements of a loop are the indexes themselves: `for i in range(0, n)`.
fn is_counted_from_zero(template: &Template, node: NodeId) -> bool {
    let exprs = &template.exprs;
    let Some(copy) = &template.node(node).copy else { return false };
    let text = exprs.span(exprs.peel(copy.list)).of(&exprs.source);
    let mut tokens = lex(text).tokens;
    tokens.retain(|token| token.kind != TokenKind::NewLine);
    let is_call = matches!(exprs.get(exprs.peel(copy.list)), Expr::Call { .. });
    let words: Vec<&str> = tokens.iter().take(4).map(|token| token.span.of(text)).collect();
    is_call && words == ["range", "(", "0", ","]
}
