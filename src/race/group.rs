//! Groups effects that a caller cannot tell apart. A module with a thousand writers of one object is one group, so a call
//! substitutes its arguments once:
//!
//! ```bicep
//! module net 'net.bicep' = { params: { hub: hub.id } }   // 1000 connections of one hub: one group, one substitution
//! ```

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

/// Maximum number of effects with which a group is compared to find out whether a call may put both on one object. Beyond it
/// the answer is yes. Not a limit of the analysis, because nothing is lost.
const MAX_COMPARED: usize = 64;

/// Maximum number of groups that add different elements to one list. Further ones form one group with all their elements. Not a
/// limit of the analysis, because nothing is lost.
const MAX_ADDED_GROUPS: usize = 16;

/// Depth in module calls above which a shorter path is searched: a finding names the writer with the fewest calls above it. Not
/// a limit: every writer of the group is equally right.
const FAR_DEPTH: u32 = 8;

/// Groups the effects of a summary by aspect, object, guard, loops and elements.
pub(super) fn groups(evaluator: &mut Evaluator<'_>, writers: &Writers<'_>, summary: &Summary) -> Vec<Group> {
    type Place = (Aspect, Term, Term, Box<[Term]>);
    // The groups of a place by the elements that they add. `None` has the effects without elements, and those beyond
    // `MAX_ADDED_GROUPS`.
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
            Some(list)
                if of_place.len() >= MAX_ADDED_GROUPS
                    && !of_place.contains_key(&Some(list))
                    && !replaces() =>
            {
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
        // Only if the elements of all members are known.
        if let Some(lists) = combined.remove(&at).filter(|lists| lists.len() == group.members.len()) {
            group.elements = Some(evaluator.terms().call(Function::Concat, &lists));
        }
    }
    groups
}

impl Builder<'_, '_, '_> {
    /// Chooses the effect that represents each group in a finding.
    pub(super) fn find_ways(&self, summary: &Summary, groups: &mut [Group]) {
        let depth = |id: EffectId| {
            let effect = summary.effect(id);
            let callee = summary.calls.get(&effect.node).and_then(|call| self.summaries.callee(call.callee));
            let first = effect.inner().first().zip(callee);
            first.map_or(0, |(&group, callee)| callee.group(group).depth + 1)
        };
        for group in groups {
            group.depth = depth(group.told);
            if group.depth > FAR_DEPTH {
                let nearest = group.members.iter().map(|&id| (depth(id), id)).min();
                (group.depth, group.told) = nearest.unwrap_or((group.depth, group.told));
            }
        }
    }

    /// Sets `may_meet` and `may_meet_itself`: whether some arguments of a call can put two effects on one object.
    pub(super) fn find_meetings(&mut self, summary: &Summary, groups: &mut [Group]) {
        let terms = self.evaluator.terms();
        let mut of_kind: FxHashMap<Kind, Vec<[Term; 2]>> = FxHashMap::default();
        let mut of_name: FxHashMap<(Kind, Option<Term>), Vec<[Term; 2]>> = FxHashMap::default();
        let mut of_aspect: FxHashMap<Aspect, Vec<[Term; 2]>> = FxHashMap::default();
        let mut kinds: Vec<(Kind, [Term; 2])> = Vec::with_capacity(groups.len());
        for group in groups.iter() {
            let effect = summary.effect(group.members[0]);
            let kind = effect.kind(terms);
            let object = [effect.object, terms.fold_case(effect.object)];
            of_kind.entry(kind).or_default().push(object);
            of_name.entry((kind, literal_name(terms, object[1]))).or_default().push(object);
            of_aspect.entry(kind.0).or_default().push(object);
            kinds.push((kind, object));
        }
        for (group, ((aspect, ty), [object, folded])) in groups.iter_mut().zip(kinds) {
            let against = self.writers.against(aspect);
            let name = literal_name(self.evaluator.known_terms(), folded);
            let others = against.iter().flat_map(|&other| match (ty, name) {
                // Ex) a thousand deployments, each with a name of its own, need no comparison
                (Some(_), Some(_)) => [
                    of_name.get(&((other, ty), name)),
                    of_name.get(&((other, ty), None)),
                    of_kind.get(&(other, None)),
                ],
                (Some(_), None) => [of_kind.get(&(other, ty)), of_kind.get(&(other, None)), None],
                (None, _) => [of_aspect.get(&other), None, None],
            });
            let others: Vec<&[[Term; 2]]> = others.flatten().map(Vec::as_slice).collect();
            let count: usize = others.iter().map(|others| others.len()).sum();
            // Effects with the same object term already meet inside the template, instance by instance.
            let may_coincide =
                aspect.races_within_list() && may_coincide(self.evaluator.known_terms(), object);
            group.may_meet_itself = may_coincide && against.contains(&aspect);
            let (mut alike, itself) = (0, usize::from(group.may_meet_itself));
            let mut meets = |&[other, its_folded]: &[Term; 2]| {
                if other == object {
                    // Do not count the group itself if it races with itself.
                    alike += 1;
                    may_coincide && alike > itself
                } else {
                    !are_apart(self.evaluator.known_terms(), folded, its_folded)
                }
            };
            group.may_meet = count > MAX_COMPARED || others.into_iter().flatten().any(&mut meets);
        }
    }
}

/// The last name of an id if it is a literal. Ids of one type with other literal names are other objects.
fn literal_name(terms: &Terms, object: Term) -> Option<Term> {
    let Value::ResourceId { names, .. } = terms.get(object) else { return None };
    let last = terms.seq(names).last().copied()?;
    terms.known_text(last).map(|_| last)
}

/// Whether two instances of a loop may write one object for some arguments: the object depends on an element of a list, and not
/// on the index itself. `resourceId('Microsoft.Network/virtualHubs', list[i].hub)` may, `hub-${i}` may not.
fn may_coincide(terms: &Terms, object: Term) -> bool {
    let copies = terms.copies(object);
    !copies.is_empty()
        && terms.depends_on_call(object)
        && !copies.iter().any(|&copy| names_by(terms, object, copy))
}

/// Whether the index itself is part of a name. Then different instances have different names.
fn names_by(terms: &Terms, value: Term, copy: CopyVariable) -> bool {
    match terms.get(value) {
        Value::CopyIndex(found) => found == copy,
        Value::Concat(seq) | Value::ResourceId { names: seq, .. } => {
            terms.seq(seq).iter().any(|&part| names_by(terms, part, copy))
        }
        _ => false,
    }
}
