//! The objects that a template writes and others may write too, with their writers; for questions about one
//! declaration.

use rustc_hash::FxHashMap;

use super::finding::SharedObject;
use super::findings::{Declared, Seen, shared_object};
use crate::azure::types::noun;
use crate::eval::term::{Term, Value};
use crate::race::analysis::Analysis;
use crate::race::effect::EffectId;
use crate::template::NodeId;
use crate::workspace::TemplateId;

/// An object that declarations of a template write.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its type and name, and the place of its declaration.
    pub object: SharedObject,
    /// The object in words. Ex) ``virtual hub `hub` ``
    pub words: String,
    /// The writers in file order, without duplicates. A module call stands for the writers inside it.
    pub writers: Vec<NodeId>,
}

/// The objects that a template writes, in the order of their first writers. `analysis` must have all effects.
pub fn written(analysis: &mut Analysis<'_, '_>, at: TemplateId) -> Vec<Written> {
    let mut declared = Declared::default();
    let mut places: FxHashMap<Term, usize> = FxHashMap::default();
    let mut all: Vec<Written> = Vec::new();
    for index in 0..analysis.summary(at).effects.len() {
        let id = EffectId(index as u32);
        let effect = analysis.summary(at).effect(id);
        let (node, object) = (effect.node, effect.object);
        if !analysis.writers.of(effect.aspect).is_some_and(|(_, writer)| writer.is_special()) {
            continue;
        }
        let place = *places.entry(object).or_insert(all.len());
        if place == all.len() {
            let shared = shared_object(analysis, &mut declared, Seen { at, from: at, object }, id);
            let words = match analysis.evaluator.known_terms().get(object) {
                // Terms of computed lists and conditions would not help a reader.
                Value::Call(..) | Value::If(..) => format!("a {} whose id is computed", noun(&shared.ty)),
                _ => format!("{} `{}`", noun(&shared.ty), shared.name),
            };
            all.push(Written { object: shared, words, writers: Vec::new() });
        }
        let writers = &mut all[place].writers;
        if !writers.contains(&node) {
            writers.push(node);
        }
    }
    all
}
