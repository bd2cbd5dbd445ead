//! Values that differ in each deployment, because they are made of `newGuid()` or of the current time.
//!
//! ```bicep
//! param baseTime string = utcNow()
//! resource vault 'Microsoft.KeyVault/vaults@…' = { name: 'kv-${uniqueString(baseTime)}', … }
//! ```
//!
//! A second deployment writes another vault, and removes nothing from this one. Bicep and ARM allow both functions only
//! in parameter defaults, so a caller that gives the parameter overrides them.

use super::functions::Function;
use super::store::{Store, any_part};
use super::term::{Term, Value};
use crate::template::{Expr, ExprId, Template};

/// Whether a value differs in each deployment, if the parameters that it depends on keep their defaults.
pub(super) fn is_fresh(terms: &Store, term: Term) -> bool {
    any_part(terms, term, |part| match terms.get(part) {
        Value::Parameter(..) => terms.domain(part).is_some_and(|domain| domain.is_fresh),
        Value::Call(Function::NewGuid, _) => true,
        Value::Call(Function::UtcNow, seq) => {
            is_moment(terms.seq(seq).get(1).and_then(|&format| terms.known_text(format)))
        }
        _ => false,
    })
}

/// The same for the default of a parameter.
pub(super) fn is_fresh_default(template: &Template, default: ExprId) -> bool {
    let exprs = &template.exprs;
    let (mut found, mut at) = (false, Some(default));
    let (mut parameters, mut looked_at) = (Vec::new(), 0);
    while let (Some(default), false) = (at, found) {
        exprs.each_inside(default, &mut |expr| {
            match exprs.get(expr) {
                Expr::Call { function, arguments } => {
                    found |= match Function::named(&exprs.text(function).to_ascii_lowercase()) {
                        Some(Function::NewGuid) => true,
                        Some(Function::UtcNow) => {
                            let format = exprs.list(arguments).first();
                            is_moment(format.and_then(|&format| match exprs.get(exprs.peel(format)) {
                                Expr::Text(text) => Some(exprs.text(text)),
                                _ => None,
                            }))
                        }
                        _ => false,
                    };
                }
                Expr::Parameter(parameter) if !parameters.contains(&parameter) => parameters.push(parameter),
                _ => {}
            }
            !found
        });
        // Ex) param vaultName string = 'kv-${baseTime}'
        at = None;
        while let (Some(parameter), None) = (parameters.get(looked_at), at) {
            at = template.parameters[parameter.ix()].default;
            looked_at += 1;
        }
    }
    found
}

/// Whether a format of `utcNow` contains more than the date. The default format does.
/// <https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-date#utcnow>
fn is_moment(format: Option<&str>) -> bool {
    match format {
        None => true,
        Some(short) if short.len() == 1 => !"dDmMyY".contains(short),
        Some(format) => format.contains(['H', 'h', 'm', 's', 'f', 'F']),
    }
}
