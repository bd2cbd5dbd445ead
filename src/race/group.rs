//! Effects in groups that are alike for a caller: a module with a thousand writers of one object is one group, and a call
//! substitutes its arguments once.

use rustc_hash::FxHashMap;

use super::build::Builder;
use super::effect::{Aspect, EffectId, Instance, Writers};
use super::kind::Kind;
use super::summary::{Group, Summary};
use crate::azure::catalog::Access;
use crate::eval::evaluator::Evaluator;
use crate::eval::identity::are_apart;
use crate::eval::term::{CopyVariable, Function, Term, Value};
use crate::eval::terms::Terms;

/// Effects that one is compared with to find out whether a call may make it meet one of them. Not a limit, as nothing is
/// lost: past it all count as such that may meet.
const COMPARED: usize = 64;

/// So many different elements that are added alike to one list are groups of their own. Not a limit, as nothing is lost: those past
/// it are one group, of which all elements must be held.
const ADDED: usize = 16;

/// A writer more calls below than these is far: where another one of the object is nearer, the way to that one is told. Not a limit:
/// either of them writes it.
const FAR: u32 = 8;

/// Effects that are alike for a caller.
pub(super) fn groups(evaluator: &mut Evaluator<'_>, writers: &Writers<'_>, summary: &Summary) -> Vec<Group> {
    type Place = (Aspect, Term, Term, Box<[Term]>);
    // The groups of a place by their elements; that without any may have those of many, which are combined.
    let mut known: FxHashMap<Place, FxHashMap<Option<Term>, usize>> = FxHashMap::default();
    let mut combined: FxHashMap<usize, Vec<Term>> = FxHashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    for at in 0..summary.effects.len() as u32 {
        let effect = summary.effect(EffectId(at));
        let guard = match (effect.instance, summary.links.counts[effect.node.ix()]) {
            (Instance::Every, Some(count)) => {
                evaluator.terms().exists(count, CopyVariable::Own, effect.guard)
            }
            _ => effect.guard,
        };
        let next = groups.len();
        let of_place = known.entry((effect.aspect, effect.object, guard, effect.loops().into())).or_default();
        let replaces = || writers.of(effect.aspect).is_some_and(|(_, known)| known.access == Access::Replace);
        let elements = match effect.elements() {
            Some(list) if of_place.len() >= ADDED && !of_place.contains_key(&Some(list)) && !replaces() => {
                let rest = *of_place.entry(None).or_insert(next);
                combined.entry(rest).or_default().push(list);
                None
            }
            elements => elements,
        };
        let group = *of_place.entry(elements).or_insert(next);
        if group == next {
            let (members, may_meet, may_meet_itself) = (Vec::new(), true, false);
            let told = EffectId(at);
            groups.push(Group { members, told, depth: 0, guard, elements, may_meet, may_meet_itself });
        }
        groups[group].members.push(EffectId(at));
    }
    for (at, group) in groups.iter_mut().enumerate() {
        // Of some members nothing may be known.
        if let Some(lists) = combined.remove(&at).filter(|lists| lists.len() == group.members.len()) {
            group.elements = Some(evaluator.terms().call(Function::Concat, &lists));
        }
    }
    groups
}

impl Builder<'_, '_, '_> {
    /// Finds out by which effect each group is told.
    pub(super) fn find_ways(&self, summary: &Summary, groups: &mut [Group]) {
        let depth = |id: EffectId| {
            let effect = summary.effect(id);
            let callee = summary.calls.get(&effect.node).and_then(|call| self.summaries.callee(call.callee));
            let first = effect.inner().first().zip(callee);
            first.map_or(0, |(&group, callee)| callee.group(group).depth + 1)
        };
        for group in groups {
            group.depth = depth(group.told);
            if group.depth > FAR {
                let nearest = group.members.iter().map(|&id| (depth(id), id)).min();
                (group.depth, group.told) = nearest.unwrap_or((group.depth, group.told));
            }
        }
    }

    /// Finds out which groups a call may make meet: those on objects that may be one under some arguments.
    pub(super) fn find_meetings(&mut self, summary: &Summary, groups: &mut [Group]) {
        let terms = self.evaluator.terms();
        let mut of_kind: FxHashMap<Kind, Vec<[Term; 2]>> = FxHashMap::default();
        let mut of_aspect: FxHashMap<Aspect, Vec<[Term; 2]>> = FxHashMap::default();
        let mut kinds: Vec<(Kind, [Term; 2])> = Vec::with_capacity(groups.len());
        for group in groups.iter() {
            let effect = summary.effect(group.members[0]);
            let kind = effect.kind(terms);
            let object = [effect.object, terms.fold_case(effect.object)];
            of_kind.entry(kind).or_default().push(object);
            of_aspect.entry(kind.0).or_default().push(object);
            kinds.push((kind, object));
        }
        for (group, ((aspect, ty), [object, folded])) in groups.iter_mut().zip(kinds) {
            let against = self.writers.against(aspect);
            let others = against.iter().flat_map(|&other| match ty {
                Some(_) => [of_kind.get(&(other, ty)), of_kind.get(&(other, None))],
                None => [of_aspect.get(&other), None],
            });
            let others: Vec<&[[Term; 2]]> = others.flatten().map(Vec::as_slice).collect();
            let count: usize = others.iter().map(|others| others.len()).sum();
            // Those on the same object in terms of the template meet in it already, instance by instance.
            let may_coincide =
                aspect.races_within_list() && may_coincide(self.evaluator.known_terms(), object);
            group.may_meet_itself = may_coincide && against.contains(&aspect);
            let (mut alike, itself) = (0, usize::from(group.may_meet_itself));
            let mut meets = |&[other, its_folded]: &[Term; 2]| {
                if other == object {
                    // The group itself is one of them, if it disturbs itself.
                    alike += 1;
                    may_coincide && alike > itself
                } else {
                    !are_apart(self.evaluator.known_terms(), folded, its_folded)
                }
            };
            group.may_meet = count > COMPARED || others.into_iter().flatten().any(&mut meets);
        }
    }
}

/// Whether two instances of a loop may be on one object under some arguments: the object depends on what a list holds, and not on the
/// index itself. Ex) `resourceId('Microsoft.Network/virtualHubs', list[i].hub)`, but not `hub-${i}`
fn may_coincide(terms: &Terms, object: Term) -> bool {
    let copies = terms.copies(object);
    !copies.is_empty()
        && terms.depends_on_call(object)
        && !copies.iter().any(|&copy| names_by(terms, object, copy))
}

/// Whether an index stands in a name as it is: then two instances have two names.
fn names_by(terms: &Terms, value: Term, copy: CopyVariable) -> bool {
    match terms.get(value) {
        Value::CopyIndex(found) => found == copy,
        Value::Concat(seq) | Value::ResourceId { names: seq, .. } => {
            terms.seq(seq).iter().any(|&part| names_by(terms, part, copy))
        }
        _ => false,
    }
}
