//! The functions that fold, by family. A function that is in no table stays as it is, and equals itself where its
//! arguments are equal.

mod array;
mod id;
mod logic;
mod object;
mod text;

use super::quantifier::ANY_OF;
use super::term::Term;
use super::terms::Terms;

/// A folding function: none where the arguments are not known well enough.
type Fold = fn(&mut Terms, &[Term]) -> Option<Term>;

/// Every function that folds, by its name in lower case.
pub const TABLE: &[&[(&str, Fold)]] = &[array::TABLE, id::TABLE, logic::TABLE, object::TABLE, text::TABLE];

/// The function that stands for an object of several parts, of which the later count: spreads and computed keys.
pub(super) const MERGED: &str = "{…}";

/// Functions whose value is `true` or `false`, whatever their arguments.
pub(super) fn answers(function: &str) -> bool {
    matches!(function, ">=" | "=~" | "contains" | "endswith" | "startswith" | "bool" | ANY_OF)
}

/// Functions of texts that give the same text but for its case, when the case of their arguments changes.
pub(super) fn keeps_case(function: &str) -> bool {
    const KEEP: &[&str] = &[
        "child",
        "concat",
        "extensionresourceid",
        "first",
        "format",
        "join",
        "last",
        "managementgroupof",
        "managementgroupresourceid",
        "groupof",
        "namesegment",
        "padleft",
        "parent",
        "resourceid",
        "skip",
        "split",
        "string",
        "subscriptionof",
        "subscriptionresourceid",
        "substring",
        "take",
        "tenantresourceid",
        "tolower",
        "toupper",
        "trim",
    ];
    KEEP.contains(&function)
}

/// The value of a function, where it is known.
pub(super) fn fold(terms: &mut Terms, function: &str, arguments: &[Term]) -> Option<Term> {
    let lower;
    let function = if function.bytes().any(|byte| byte.is_ascii_uppercase()) {
        lower = function.to_ascii_lowercase();
        &lower
    } else {
        function
    };
    if let Some(distributed) = over_branches(terms, function, arguments) {
        return Some(distributed);
    }
    let (_, fold) = TABLE.iter().flat_map(|family| family.iter()).find(|(name, _)| *name == function)?;
    fold(terms, arguments)
}

/// A function of one conditional argument is the conditional of its values, where both of them fold.
/// Ex) `length(big ? [1, 2] : [])`
fn over_branches(terms: &mut Terms, function: &str, arguments: &[Term]) -> Option<Term> {
    const OVER: &[&str] = &[
        "contains",
        "empty",
        "filter",
        "first",
        "flatten",
        "items",
        "last",
        "length",
        "map",
        "objectkeys",
        "skip",
        "split",
        "take",
        "tolower",
        "toupper",
    ];
    if !OVER.contains(&function) {
        return None;
    }
    let (condition, yes, no) = terms.as_if(*arguments.first()?)?;
    let mut arguments = arguments.to_vec();
    arguments[0] = yes;
    let yes = terms.call(function, &arguments);
    arguments[0] = no;
    let no = terms.call(function, &arguments);
    Some(terms.if_(condition, yes, no))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ANY_OF, MERGED, TABLE};

    /// The names in back-ticks of the table rows of a chapter, in lower case.
    fn listed(chapter: &str) -> BTreeSet<String> {
        let page = include_str!("../../../docs/evaluation.md");
        let (_, after) = page.split_once(chapter).expect("the page has this chapter");
        let text = after.split("\n## ").next().unwrap_or(after);
        let rows = text.lines().filter(|line| line.starts_with('|'));
        rows.flat_map(|row| row.split('`').skip(1).step_by(2)).map(str::to_ascii_lowercase).collect()
    }

    fn folding() -> BTreeSet<String> {
        let names = TABLE.iter().flat_map(|family| family.iter()).map(|&(name, _)| name);
        let written = names.filter(|name| name.starts_with(|char: char| char.is_ascii_alphabetic()));
        written.filter(|&name| !["namesegment", MERGED, ANY_OF].contains(&name)).map(str::to_owned).collect()
    }

    #[test]
    fn the_page_lists_exactly_the_functions_that_fold() {
        assert_eq!(listed("\n## Functions that fold"), folding());
    }

    #[test]
    fn the_page_lists_no_function_as_staying_that_folds() {
        let staying = listed("\n## Functions that stay");
        assert!(staying.len() > 10);
        assert!(staying.is_disjoint(&folding()));
    }

    #[test]
    fn no_function_is_in_two_families() {
        let count = TABLE.iter().map(|family| family.len()).sum::<usize>();
        let names: BTreeSet<&str> =
            TABLE.iter().flat_map(|family| family.iter()).map(|&(name, _)| name).collect();
        assert_eq!(names.len(), count);
    }
}
