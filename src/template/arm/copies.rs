//! Nested templates that are equal. The compiler writes a module into the template once for each call of it, so that a large template
//! may have the same private endpoint a dozen times.

use rustc_hash::FxHashMap;

use super::Nested;
use super::json::{Json, Kind, ValueId};
use crate::template::TargetScope;

/// The nested templates of a file so far.
#[derive(Debug)]
pub(super) struct Copies {
    nested: Nested,
    /// Number of templates so far, the outermost included.
    count: u32,
    /// Templates by the hash that the compiler wrote into them, each with the scope of its deployment and its number.
    by_hash: FxHashMap<String, Vec<(ValueId, TargetScope, u32)>>,
}

impl Copies {
    /// Only the outermost template.
    pub(super) fn new(nested: Nested) -> Self {
        Self { nested, count: 1, by_hash: FxHashMap::default() }
    }

    /// The number of an earlier template that equals this one. If there is none, this one gets the next number. Only templates that are
    /// evaluated in their own scope (`is_inner`) are compared, because the meaning of others depends on the template around them.
    pub(super) fn earlier(
        &mut self,
        (json, text): (&Json, &str),
        written: ValueId,
        (scope, is_inner): (TargetScope, bool),
    ) -> Option<u32> {
        let number = self.count;
        let hash = json.path(text, written, &["metadata", "_generator", "templateHash"]);
        let hash = hash.filter(|_| is_inner && self.nested == Nested::Once);
        if let Some(hash) = hash.and_then(|hash| json.text(text, hash)) {
            let alike = self.by_hash.entry(hash.into_owned()).or_default();
            // Anyone may write the hash.
            let is_same = |&&(known, its_scope, _): &&(ValueId, TargetScope, u32)| {
                its_scope == scope && is_equal((json, text), known, written)
            };
            if let Some(&(.., known)) = alike.iter().find(is_same) {
                return Some(known);
            }
            alike.push((written, scope, number));
        }
        self.count += 1;
        None
    }
}

/// Whether two values are written alike, apart from white space and comments.
fn is_equal((json, text): (&Json, &str), one: ValueId, other: ValueId) -> bool {
    let (first, second) = (json.get(one), json.get(other));
    match (first.kind, second.kind) {
        (Kind::Array(_), Kind::Array(_)) => {
            let (ones, others) = (json.elements(one), json.elements(other));
            ones.len() == others.len()
                && ones.iter().zip(others).all(|(&one, &other)| is_equal((json, text), one, other))
        }
        (Kind::Object(_), Kind::Object(_)) => {
            let (ones, others) = (json.members(one), json.members(other));
            ones.len() == others.len()
                && ones.iter().zip(others).all(|(one, other)| {
                    one.key.content.of(text) == other.key.content.of(text)
                        && is_equal((json, text), one.value, other.value)
                })
        }
        (Kind::Array(_) | Kind::Object(_), _) | (_, Kind::Array(_) | Kind::Object(_)) => false,
        _ => first.span.of(text) == second.span.of(text),
    }
}
