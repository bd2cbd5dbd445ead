//! An order without a known purpose.
//!
//! The rule is off by default: enable it with `--select needless-order`, or with a level in `[rules]`. An entry of `dependsOn`
//! or a `@batchSize` makes the deployment wait. The rule reports it if nothing that is known needs the wait: no reference, no
//! object that both sides write (by any [entry](catalog.md), even one that is off), no common parent, no name that one side
//! computes and the other declares, and no resource that both name. The same must be true of everything that comes before the
//! one and after the other, including the content of modules. An order that also holds through a third declaration is reported
//! too, unless both ends write one object, because then readers should see that order.
//!
//! The rule does not report an order if too little is known: for types whose requirements are not public, modules that cannot
//! be read, ids that are passed from outside, and orders between single elements of loops. `bicep-race-lint slow FILE` shows
//! every order with what it protects, and the minutes that each needless one costs.
//!
//! In an editor, the note has an edit that removes the entry or the decorator; `--fix` only inserts. There is no edit if a
//! comment beside the entry may be about it. The rule may be wrong if an order is needed for a reason that no public source
//! mentions, such as a permission that a script uses. In that case a comment beside the entry tells the next reader the reason,
//! and a directive suppresses the note.

use super::finding::{Diagnostic, Edit, Fix, Level, RuleId, Subject};
use super::registry::{Remedy, Rule};
use crate::azure::catalog::Catalog;
use crate::azure::plain::Plain;
use crate::race::analysis::analyse_whole;
use crate::race::needless::{On, Protects, Written, written};
use crate::rules::limit_reached;
use crate::source::{Place, Span};
use crate::template::{Expr, NodeId, Template};
use crate::workspace::{Provenance, TemplateId, Workspace};

pub(super) const RULE: Rule = Rule {
    id: RuleId::NeedlessOrder,
    level: Some(Level::Note),
    means: "an order without a known purpose; off by default",
    remedy: Remedy::None,
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    is_optional: true,
    races: None,
};

/// The needless orders in all templates that the roots reach.
pub(crate) fn needless(workspace: &Workspace, catalog: &Catalog, roots: &[TemplateId]) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    let catalog = catalog.clone().with_all();
    let mut analysis = analyse_whole(workspace, &catalog, roots);
    for (id, template) in workspace.templates() {
        let is_own = workspace.provenance(id) == Provenance::File && analysis.summaries.get(id).is_some();
        if !is_own {
            continue;
        }
        let (orders, reached) = written(&mut analysis, id, Plain::BUILTIN);
        told.extend(orders.iter().filter_map(|order| diagnostic(template, order)));
        if let Some(reached) = reached {
            let place = template.place(Span::default());
            told.push(limit_reached::reached(place, reached.to_string(), None));
        }
    }
    told
}

fn diagnostic(template: &Template, order: &Written) -> Option<Diagnostic> {
    let symbol = |node: NodeId| template.node(node).symbol.as_str();
    let late = symbol(order.late);
    let (message, what) = match (order.on, &order.protects) {
        (On::Node(early), Protects::Again(middle)) => (
            format!("`{late}` already waits for `{}` through `{}`", symbol(early), symbol(*middle)),
            format!("remove `{}` from the `dependsOn` of `{late}`", symbol(early)),
        ),
        (On::Node(early), Protects::Nothing) => (
            format!("there is no known reason for `{late}` to wait for `{}`", symbol(early)),
            format!("remove `{}` from the `dependsOn` of `{late}`", symbol(early)),
        ),
        (On::Batch(size), Protects::Nothing) => (
            format!("there is no known reason for the instances of `{late}` to wait for one another"),
            format!("remove `@batchSize({size})` of `{late}`"),
        ),
        _ => return None,
    };
    let edit = match order.on {
        On::Node(_) => without_entry(template, order),
        On::Batch(_) => without_batch(template, order.late),
    };
    let edit = edit.filter(|(span, _)| !is_below_directive(&template.exprs.source, *span));
    let edits = edit.map(|(span, insert)| vec![Edit::new(template.place(span), insert)]);
    let fix = edits.map(|edits| Fix { description: what.clone(), edits, serves: Vec::new() });
    let subject = Subject::Declaration(match order.on {
        On::Node(early) => format!("{late} after {}", symbol(early)),
        On::Batch(_) => late.to_owned(),
    });
    let place: Place = template.place(order.span);
    Some(Diagnostic { help: Some(what), fix, subject, ..RULE.diagnostic(place, message) })
}

/// The edit that removes an entry of a `dependsOn`: the span to cut and its replacement. It removes the whole line, or
/// the whole property for the only entry. `None` if a comment is next to the entry, because the comment may be about
/// it.
fn without_entry(template: &Template, order: &Written) -> Option<(Span, String)> {
    let (exprs, text) = (&template.exprs, &*template.exprs.source);
    let list = template.node(order.late).depends_on?;
    let Expr::Array(elements) = exprs.get(list) else { return None };
    let spans: Vec<Span> = exprs.list(elements).iter().map(|&element| exprs.span(element)).collect();
    let at = spans.iter().position(|span| *span == order.span)?;
    let cut = if let [only] = spans[..] {
        let outer = exprs.span(list);
        let is_bare = bare(text, outer.start + 1, only.start) && bare(text, only.end, outer.end - 1);
        let before = text[..outer.start as usize].trim_end().strip_suffix(':')?.trim_end();
        let start = before.strip_suffix("dependsOn")?.len() as u32;
        // On a shared line, the edit would leave a comma behind.
        whole_lines(text, Span::new(start, outer.end)).filter(|_| is_bare)?
    } else if let Some(line) = whole_lines(text, spans[at]) {
        line
    } else {
        let (from, to) = match spans.get(at + 1) {
            Some(next) => (order.span.start, next.start),
            None => (spans[at - 1].end, order.span.end),
        };
        let between = if at + 1 < spans.len() { (order.span.end, to) } else { (from, order.span.start) };
        let gap = &text[between.0 as usize..between.1 as usize];
        (!gap.contains('/') && !gap.contains('\n')).then_some(Span::new(from, to))?
    };
    Some((cut, String::new()))
}

/// The edit that removes the lines of a `@batchSize`. `None` if a comment is in it or beside it.
fn without_batch(template: &Template, node: NodeId) -> Option<(Span, String)> {
    let text = &*template.exprs.source;
    let span = template.node(node).copy.as_ref()?.batch_span;
    let written = span.of(text);
    if span.is_empty() || written.contains("//") || written.contains("/*") {
        return None;
    }
    // Apart from a comment, a decorator has its lines to itself.
    Some((whole_lines(text, span)?, String::new()))
}

/// Whether the line above is a directive for the next line, which would then be about another.
fn is_below_directive(text: &str, span: Span) -> bool {
    let before = &text[..span.start as usize];
    let own = before.rfind('\n').map_or(0, |at| at + 1);
    let above = before[..own].trim_end_matches(['\n', '\r']);
    above.rsplit('\n').next().is_some_and(|line| line.trim_start().starts_with("#disable-next-line"))
}

/// Whether a range contains only white space.
fn bare(text: &str, from: u32, to: u32) -> bool {
    text[from as usize..to as usize].trim().is_empty()
}

/// The whole lines of a span, with their line ends, if they contain nothing else.
fn whole_lines(text: &str, span: Span) -> Option<Span> {
    let start = text[..span.start as usize].rfind('\n').map_or(0, |at| at + 1) as u32;
    let end = text[span.end as usize..].find('\n').map(|at| span.end + at as u32 + 1)?;
    (bare(text, start, span.start) && bare(text, span.end, end)).then_some(Span::new(start, end))
}
