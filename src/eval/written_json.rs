//! `string()` of an object literal. Its JSON text depends on the order of the properties, which terms do not keep, so it is
//! made from the source expression.

use super::evaluator::Evaluator;
use super::functions::json_text;
use super::term::Value;
use crate::limit::Limit;
use crate::template::{Expr, ExprId, Property};
use crate::workspace::TemplateId;

/// Maximum depth of variables and literals. A variable may refer to itself, so the recursion needs a bound.
const MAX_DEPTH: u32 = 16;

/// The JSON text of an object or array literal, or of a variable with such a value; `None` if a part is not known or not a
/// literal.
pub(super) fn written_json(evaluator: &mut Evaluator<'_>, id: TemplateId, expr: ExprId) -> Option<String> {
    let value = evaluator.value(id, expr);
    if !matches!(evaluator.terms.get(value), Value::Object(_) | Value::Array(_)) {
        return None;
    }
    let mut out = String::new();
    write_json(evaluator, id, expr, 0, &mut out)?;
    Some(out)
}

fn write_json(
    evaluator: &mut Evaluator<'_>,
    id: TemplateId,
    expr: ExprId,
    depth: u32,
    out: &mut String,
) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    if let Err(reached) = Limit::TextBytes.check(out.len()) {
        evaluator.terms.reach(reached);
        return None;
    }
    let template = evaluator.template(id);
    let exprs = &template.exprs;
    match exprs.get(exprs.peel(expr)) {
        Expr::Variable(variable) => {
            let outer = std::mem::replace(&mut evaluator.level, 0);
            let done = write_json(evaluator, id, template.variables[variable.ix()].value, depth + 1, out);
            evaluator.level = outer;
            done?;
        }
        Expr::Array(elements) => {
            out.push('[');
            for (at, &element) in exprs.list(elements).iter().enumerate() {
                if let Expr::Spread(_) = exprs.get(element) {
                    return None;
                }
                out.push_str(if at > 0 { "," } else { "" });
                write_json(evaluator, id, element, depth + 1, out)?;
            }
            out.push(']');
        }
        Expr::Object(list) => {
            let mut keys: Vec<String> = Vec::new();
            out.push('{');
            for property in exprs.object(list) {
                let Property::Named { key, value } = *property else { return None };
                let key = exprs.text(key);
                if keys.contains(&key.to_lowercase()) {
                    return None;
                }
                out.push_str(if keys.is_empty() { "" } else { "," });
                keys.push(key.to_lowercase());
                json_text::text(key, '"', out);
                out.push(':');
                write_json(evaluator, id, value, depth + 1, out)?;
            }
            out.push('}');
        }
        _ => {
            let value = evaluator.value(id, expr);
            out.push_str(&json_text::json(&mut evaluator.terms, value, '"')?);
        }
    }
    Some(())
}
