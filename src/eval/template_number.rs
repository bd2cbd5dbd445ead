//! Templates as arguments of functions whose value belongs to a template: `newGuid()`, the name of a deployment, loaded
//! content. Their numbers are outside the range of numbers in templates: otherwise the set of files that are read would
//! decide which terms are equal.

use super::store::Store;
use super::term::{TemplateId, Term};
use super::terms::Terms;

/// A template as an argument. No template contains a number as small as this.
pub fn template_number(terms: &mut Terms, template: TemplateId) -> Term {
    terms.int(i64::MIN + i64::from(template.0))
}

/// The template that an argument stands for.
pub fn known_template(terms: &Store, term: Term) -> Option<TemplateId> {
    let number = terms.known_int(term)?.checked_sub(i64::MIN)?;
    u32::try_from(number).ok().map(TemplateId)
}
