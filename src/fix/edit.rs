//! Writes insertions in the style of the declaration that they change.

use super::element::Index;
use super::layout::{Spot, indent_at, line_end, line_start, spot, step};
use super::names::Names;
use crate::rules::finding::Edit;
use crate::source::Span;
use crate::syntax::token::LONGEST_NAME;
use crate::template::{Copy, Expr, ExprId, Language, NodeId, NodeKind, Property, Template};

/// A manual remedy, and why no insertion can do it; each one line in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The manual change.
    pub what: String,
    /// The reason.
    pub why: String,
}

impl ByHand {
    fn new(what: String, why: &str) -> Self {
        Self { what, why: why.to_owned() }
    }
}

/// Makes a declaration wait for others by adding their symbols to its `dependsOn`. This is one edit, or several if the
/// `dependsOn` is not a plain list. `elements` are those of `on` of which each instance of the loop `node` waits for the one of
/// its own index alone.
pub fn depends_on(
    names_of: &Names<'_>,
    node: NodeId,
    on: &[NodeId],
    elements: &[NodeId],
) -> Result<Vec<Edit>, ByHand> {
    let template = names_of.template;
    let declared = template.node(node);
    let by_hand = |why: &str| ByHand::new(format!("by hand in `{}`, because {why}", declared.symbol), why);
    if template.language != Language::Bicep {
        return Err(by_hand("ARM JSON is not edited"));
    }
    if matches!(declared.kind, NodeKind::Existing(_)) {
        return Err(by_hand("it is a reference to an existing resource"));
    }
    let mut already: Vec<NodeId> = Vec::new();
    match declared.depends_on.map(|list| template.exprs.get(list)) {
        None if has_spread(template, declared.body) => {
            return Err(by_hand("its body has a spread, which may contain a `dependsOn`"));
        }
        Some(Expr::Array(elements)) => {
            let named = |&element: &ExprId| match template.exprs.get(template.exprs.peel(element)) {
                Expr::Node(node) => Some(node),
                _ => None,
            };
            already.extend(template.exprs.list(elements).iter().filter_map(named));
        }
        None | Some(_) => {}
    }
    let index = if elements.is_empty() { None } else { Index::of(template, node) };
    let mut names: Vec<String> = Vec::new();
    for &target in on.iter().filter(|target| !already.contains(target)) {
        let Some(name) = names_of.visible(node, target) else {
            let name = &template.node(target).symbol;
            return Err(by_hand(&format!("`{name}` means something else there")));
        };
        if name.split("::").any(|part| part.len() > LONGEST_NAME) {
            return Err(by_hand(&format!("it needs a name of more than {LONGEST_NAME} characters")));
        }
        let name = match &index {
            Some(index) if elements.contains(&target) => format!("{name}[{}]", index.name),
            _ => name,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(by_hand("its `dependsOn` already names it"));
    }
    let mut edits = Vec::new();
    if let Some(list) = declared.depends_on {
        extended(template, list, &names, &mut edits).map_err(|why| by_hand(&why))?;
    } else {
        let text = &*template.exprs.source;
        let body = template.exprs.span(declared.body);
        let spot = spot(text, body).ok_or_else(|| by_hand(NOT_CLOSED))?;
        let (at, insert) = property(text, body, spot, &names);
        edits.push(insertion(template, at, insert));
    }
    edits.extend(index.iter().flat_map(|index| index.naming(template)));
    Ok(edits)
}

const NOT_CLOSED: &str = "it has an unclosed bracket";

/// Adds names to a `dependsOn`: a list gets more elements, a symbol becomes a list, and both sides of a condition are
/// extended.
/// Ex) `deployed ? zones : []` becomes `deployed ? [zones, hub] : [hub]`
fn extended(
    template: &Template,
    value: ExprId,
    names: &[String],
    edits: &mut Vec<Edit>,
) -> Result<(), String> {
    let exprs = &template.exprs;
    match exprs.get(value) {
        Expr::Array(_) => {
            let spot = spot(&exprs.source, exprs.span(value)).ok_or(NOT_CLOSED)?;
            let (at, insert) = elements(spot, names);
            edits.push(insertion(template, at, insert));
        }
        Expr::Node(_) => {
            let span = exprs.span(value);
            edits.push(insertion(template, span.start, "[".to_owned()));
            edits.push(insertion(template, span.end, format!(", {}]", names.join(", "))));
        }
        Expr::Ternary { yes, no, .. } => {
            extended(template, yes, names, edits)?;
            extended(template, no, names, edits)?;
        }
        other => return Err(format!("its `dependsOn` is {}, not a list", form(other))),
    }
    Ok(())
}

/// Makes the instances of a loop run one after another with `@batchSize(1)`.
pub fn batch_size(template: &Template, node: NodeId) -> Result<Edit, ByHand> {
    let declared = template.node(node);
    let symbol = &declared.symbol;
    let by_hand = |what: String, why: &str| Err(ByHand::new(what, why));
    if template.language != Language::Bicep {
        let what = format!("give the copy loop `{symbol}` the mode `serial` and the batch size 1");
        return by_hand(what, "ARM JSON is not edited");
    }
    let Some(Copy { batch_size, .. }) = declared.copy else {
        let what = format!("`{symbol}` is not a loop, so `@batchSize(1)` does not apply");
        return by_hand(what, "it is not a loop");
    };
    let text = &*template.exprs.source;
    let decorators = Span::new(declared.full_span.start, declared.span.start).of(text);
    let changed = match batch_size {
        Some(1) => {
            let what = format!("`{symbol}` already has `@batchSize(1)`");
            return by_hand(what, "no other decorator orders a loop");
        }
        Some(size) => Some(format!("`@batchSize({size})`")),
        None => decorators.contains("batchSize").then(|| "the `@batchSize`".to_owned()),
    };
    if let Some(changed) = changed {
        let what = format!("change {changed} of `{symbol}` to `@batchSize(1)`");
        return by_hand(what, "edits only insert, and it already has another size");
    }
    let mut line = line_start(text, declared.full_span.start);
    let indent = indent_at(text, line);
    if line + indent.len() as u32 != declared.full_span.start {
        let what = format!("write `@batchSize(1)` on a separate line before `{symbol}`");
        return by_hand(what, "something else precedes it on its line");
    }
    // A directive for the next line has to stay directly above the line that it applies to.
    while let Some(above) = directive_above(text, line) {
        line = above;
    }
    let insert = format!("{indent}@batchSize(1){}", line_end(text, Span::new(line, text.len() as u32)));
    Ok(insertion(template, line, insert))
}

const fn insertion(template: &Template, at: u32, insert: String) -> Edit {
    Edit::new(template.place(Span::empty(at)), insert)
}

/// The start of the previous line, if that line is a `#disable-next-line`.
fn directive_above(text: &str, line: u32) -> Option<u32> {
    let before = &text[..line as usize];
    let before = before.strip_suffix("\r\n").or_else(|| before.strip_suffix(['\n', '\r']))?;
    let above = line_start(text, before.len() as u32);
    before[above as usize..].trim_start().starts_with("#disable-next-line").then_some(above)
}

fn has_spread(template: &Template, body: ExprId) -> bool {
    let Expr::Object(items) = template.exprs.get(body) else { return false };
    template.exprs.object(items).iter().any(|item| matches!(item, Property::Spread(_)))
}

/// Names the kind of a `dependsOn` that cannot be extended.
const fn form(expr: Expr) -> &'static str {
    match expr {
        Expr::Ternary { .. } => "a condition",
        Expr::Variable(_) => "a variable",
        Expr::Parameter(_) => "a parameter",
        Expr::Node(_) => "a symbol",
        Expr::For { .. } => "a loop",
        Expr::Call { .. } | Expr::UserCall { .. } | Expr::ImportCall { .. } => "a call",
        _ => "an expression",
    }
}

/// The text of new list elements, with its position.
fn elements(spot: Spot, names: &[String]) -> (u32, String) {
    match spot {
        Spot::Lines { at, before, indent, end, after } => {
            (at, format!("{before}{}{after}", names.join(&format!("{end}{indent}"))))
        }
        Spot::Inline { at, before, after } => (at, format!("{before}{}{after}", names.join(", "))),
    }
}

/// The text of a new `dependsOn`, with its position.
fn property(text: &str, body: Span, spot: Spot, names: &[String]) -> (u32, String) {
    match spot {
        Spot::Lines { at, before, indent, end, after } => {
            let outer = indent_at(text, line_start(text, body.end - 1));
            let inner = format!("{end}{indent}{}", step(text, outer, &indent));
            (at, format!("{before}dependsOn: [{inner}{}{end}{indent}]{after}", names.join(&inner)))
        }
        Spot::Inline { at, before, after } => {
            (at, format!("{before}dependsOn: [{}]{after}", names.join(", ")))
        }
    }
}
