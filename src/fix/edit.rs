//! Insertions in a declaration's own style.

use crate::rules::finding::Edit;
use crate::source::{Place, Span};
use crate::template::{Expr, Language, Node, NodeId, Template};

/// Why a remedy cannot be written by inserting: what to do by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand(pub String);

/// Makes a node wait for others: their symbols are inserted into its `dependsOn`.
pub fn depends_on(template: &Template, node: NodeId, on: &[NodeId]) -> Result<Edit, ByHand> {
    let declared = template.node(node);
    let symbols: Vec<String> = on.iter().map(|&early| reference(template, node, early)).collect();
    if template.language != Language::Bicep {
        return Err(ByHand(format!(
            "add {} to the `dependsOn` of `{}`",
            symbols.join(", "),
            declared.symbol
        )));
    }
    match declared.depends_on {
        Some(existing) => extend(template, declared, existing, &symbols),
        None => new_property(template, declared, &symbols),
    }
}

/// How one node names another: nested siblings by their own name, others by the full symbol.
fn reference(template: &Template, from: NodeId, to: NodeId) -> String {
    let symbol = &template.node(to).symbol;
    let outer = template.node(to).outer;
    let mut at = Some(from);
    while let Some(node) = at {
        if outer.is_some() && template.node(node).outer == outer {
            return symbol.rsplit("::").next().unwrap_or(symbol).to_owned();
        }
        at = template.node(node).outer;
    }
    symbol.clone()
}

/// The line end of a text.
fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// The blanks at the start of the line of a byte.
fn indent(text: &str, at: usize) -> &str {
    let start = text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let line = &text[start..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn insertion(template: &Template, at: usize, insert: String) -> Edit {
    Edit { place: Place { file: template.file, span: Span::empty(at as u32) }, insert }
}

fn extend(
    template: &Template,
    node: &Node,
    existing: crate::template::ExprId,
    symbols: &[String],
) -> Result<Edit, ByHand> {
    let exprs = &template.exprs;
    let text = &*exprs.source;
    let Expr::Array(elements) = exprs.get(existing) else {
        let names: Vec<String> = symbols.iter().map(|symbol| format!("`{symbol}`")).collect();
        return Err(ByHand(format!(
            "add {} to what `dependsOn` of `{}` gives",
            names.join(", "),
            node.symbol
        )));
    };
    let span = exprs.span(existing);
    let close = span.end as usize - 1;
    let Some(&last) = exprs.list(elements).last() else {
        let inside = &text[span.start as usize + 1..close];
        if !inside.contains(['\n', '\r']) {
            return Ok(insertion(template, span.start as usize + 1, symbols.join(", ")));
        }
        let (end, outer) = (line_end(text), indent(text, close));
        let lines = joined(symbols, |symbol| format!("{outer}  {symbol}{end}"));
        return Ok(insertion(template, close - outer.len(), lines));
    };
    let after = exprs.span(last).end as usize;
    match text[after..close].find(['\n', '\r']) {
        // Ex) [a, b]
        None => {
            let insert = joined(symbols, |symbol| format!(", {symbol}"));
            Ok(insertion(template, after, insert))
        }
        // One element a line: behind the last one and what is written behind it.
        Some(line) => {
            let blanks = indent(text, exprs.span(last).start as usize);
            let end = line_end(text);
            let insert = joined(symbols, |symbol| format!("{end}{blanks}{symbol}"));
            Ok(insertion(template, after + line, insert))
        }
    }
}

/// What each symbol becomes, one behind the other.
fn joined(symbols: &[String], each: impl Fn(&String) -> String) -> String {
    symbols.iter().map(each).collect::<Vec<_>>().concat()
}

fn new_property(template: &Template, node: &Node, symbols: &[String]) -> Result<Edit, ByHand> {
    let exprs = &template.exprs;
    let text = &*exprs.source;
    let body = exprs.span(node.body);
    let written = body.of(text);
    if !written.starts_with('{') || !written.ends_with('}') {
        return Err(ByHand(format!("let `{}` wait for {}", node.symbol, symbols.join(", "))));
    }
    let close = body.end as usize - 1;
    let inside = &text[body.start as usize + 1..close];
    let line_start = inside.rfind(['\n', '\r']).map(|at| body.start as usize + 1 + at + 1);
    if let Some(start) = line_start
        && text[start..close].trim().is_empty()
    {
        let outer = &text[start..close];
        let unit = unit(inside, outer);
        let end = line_end(text);
        let mut insert = format!("{outer}{unit}dependsOn: [{end}");
        for symbol in symbols {
            insert.push_str(&format!("{outer}{unit}{unit}{symbol}{end}"));
        }
        insert.push_str(&format!("{outer}{unit}]{end}"));
        return Ok(insertion(template, start, insert));
    }
    // Ex) { name: 'a' }
    let property = format!("dependsOn: [{}]", symbols.join(", "));
    let kept = inside.trim_end().len();
    if inside.trim().is_empty() {
        return Ok(insertion(template, body.start as usize + 1, property));
    }
    let comma = if inside.trim_end().ends_with(',') { " " } else { ", " };
    Ok(insertion(template, body.start as usize + 1 + kept, format!("{comma}{property}")))
}

/// One step of indentation: how much deeper the first line inside stands than the closing brace.
fn unit<'t>(inside: &'t str, outer: &str) -> &'t str {
    let lines = inside.split(['\n', '\r']).skip(1).filter(|line| !line.trim().is_empty());
    let deeper = lines.filter_map(|line| {
        let blanks = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        blanks.strip_prefix(outer).filter(|unit| !unit.is_empty())
    });
    deeper.min_by_key(|unit| unit.len()).unwrap_or("  ")
}

/// Makes a loop run one instance after the other.
pub fn batch_size(template: &Template, node: NodeId) -> Result<Edit, ByHand> {
    let declared = template.node(node);
    let by_hand = |what: String| Err(ByHand(what));
    if let Some(size) = declared.copy.as_ref().and_then(|copy| copy.batch_size) {
        return by_hand(format!("change `@batchSize({size})` of `{}` to `@batchSize(1)`", declared.symbol));
    }
    if template.language != Language::Bicep {
        return by_hand(format!("copy `{}` with mode `serial` and batch size 1", declared.symbol));
    }
    let text = &*template.exprs.source;
    let at = declared.full_span.start as usize;
    let insert = format!("@batchSize(1){}{}", line_end(text), indent(text, at));
    Ok(insertion(template, at, insert))
}
