//! Judges two effects on one object: the formula, over the template's parameters, under which they overlap.
//!
//! ```bicep
//! resource s2s '…/vpnGateways@…' = if (withVpn) { … hub … }
//! resource er '…/expressRouteGateways@…' = [for i in range(0, n): { … hub …  dependsOn: [s2s] }]
//! ```
//!
//! The formula has three parts. Both are deployed, and they are different instances: `withVpn`, and for two elements of
//! `er`, different indexes (`meeting`). No order holds between these instances: `er` waits for `s2s`, but its elements
//! do not wait for each other (`Links::unordered`). All of this holds for some instances, where the length of its loop
//! bounds each copy index: two elements of `er` race if `n` is at least two.

use super::effect::{Conflict, Effect, Instance, Writers, conflict};
use super::link::{Links, Run};
use crate::azure::catalog::Access;
use crate::eval::held;
use crate::eval::store::occurs;
use crate::eval::term::{Ambient, CopyVariable, Function, Term, Value};
use crate::eval::terms::Terms;

/// The fault of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Nothing orders the two.
    Unordered,
    /// The effect that must come last comes first.
    Reversed,
    /// Order does not help: one effect rewrites what the other adds.
    LostUpdate,
    /// A deployment has the name of the deployment that contains it.
    Contained,
}

/// One instance of each of two effects that meet on one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Meeting {
    /// Index of the first.
    first: Option<Term>,
    /// Index of the second.
    second: Option<Term>,
    /// The condition that both are deployed and are different instances.
    both: Term,
}

/// How two effects on one object meet. Two instances of one loop must be different instances.
fn meeting(terms: &mut Terms, writers: &Writers<'_>, first: &Effect, second: &Effect) -> Meeting {
    let guard = terms.rename_copies(second.guard, &|variable| match variable {
        CopyVariable::Own => CopyVariable::Other,
        other => other,
    });
    let mut index = |effect: &Effect, own: CopyVariable| match effect.instance {
        Instance::Only => None,
        Instance::Fixed(at) => Some(terms.int(i64::from(at))),
        Instance::Each(variable) => Some(terms.copy_index(variable)),
        Instance::Every => Some(terms.copy_index(own)),
    };
    let (one, other) = (index(first, CopyVariable::Own), index(second, CopyVariable::Other));
    let mut all = vec![first.guard, guard];
    all.extend(fitting_type(terms, writers, first));
    if let (Some(one), Some(other), true) = (one, other, first.node == second.node) {
        let same = terms.equal(one, other);
        all.push(terms.not(same));
    }
    Meeting { first: one, second: other, both: terms.and(&all) }
}

/// The condition that the object of an effect has a type of its entry; `None` if the entry allows any type.
pub(super) fn fitting_type(terms: &mut Terms, writers: &Writers<'_>, effect: &Effect) -> Option<Term> {
    let (entry, _) = writers.of(effect.aspect)?;
    if entry.object_types.is_empty() {
        return None;
    }
    let mut arguments = vec![effect.object];
    arguments.extend(entry.object_types.iter().map(|ty| terms.text(ty)));
    Some(terms.call(Function::IsOfType, &arguments))
}

/// The condition that an update is lost: the list that one effect writes as a whole is not known to contain the element that the other
/// adds, and the object is not new. A new object loses nothing; the next deployment writes it again.
fn is_lost(terms: &mut Terms, writers: &Writers<'_>, first: &Effect, second: &Effect) -> Term {
    let mut kept = vec![terms.call(Function::IsFresh, &[first.object])];
    if let (Some((entry, writer)), Some(list), Some(others)) =
        (writers.of(first.aspect), first.elements(), second.elements())
    {
        let others = terms.rename_copies(others, &|variable| match variable {
            CopyVariable::Own => CopyVariable::Other,
            other => other,
        });
        let names: Vec<Term> = entry.alike.iter().map(|name| terms.text(name)).collect();
        let (list, others) = if writer.access == Access::Replace { (list, others) } else { (others, list) };
        kept.push(held::holds(terms, list, others, &names));
    }
    let is_kept = terms.or(&kept);
    terms.not(is_kept)
}

impl Links {
    /// Judges two effects of different instances of the template's nodes on one object.
    pub fn judge(
        &self,
        terms: &mut Terms,
        writers: &Writers<'_>,
        first: &Effect,
        second: &Effect,
    ) -> Vec<(Fault, Term)> {
        let Some(conflict) = conflict(writers, first.aspect, second.aspect) else { return Vec::new() };
        let same_node = first.node == second.node;
        let mut found = Vec::new();
        match conflict {
            Conflict::LostUpdate if same_node => {}
            Conflict::LostUpdate => {
                found.push((Fault::LostUpdate, self.overwritten(terms, writers, first, second)));
            }
            Conflict::Unordered | Conflict::FirstBeforeSecond | Conflict::SecondBeforeFirst => {
                found.push((Fault::Unordered, self.unordered(terms, writers, first, second)));
            }
        }
        match conflict {
            // All instances of a loop deploy the same resources; no edge can order parts of one instance before parts
            // of another.
            _ if same_node => {}
            Conflict::FirstBeforeSecond => {
                found.push((Fault::Reversed, self.ordered(terms, writers, second, first)));
            }
            Conflict::SecondBeforeFirst => {
                found.push((Fault::Reversed, self.ordered(terms, writers, first, second)));
            }
            _ => {}
        }
        found.retain(|&(_, formula)| !terms.is_false(formula));
        found
    }

    /// The condition that both effects happen, for two instances that meet on the object, in any order. Of a loop whose instances are
    /// all alike, it is that there are two. `None` if more than that is asked: that the object has a certain type.
    pub fn together(
        &self,
        terms: &mut Terms,
        writers: &Writers<'_>,
        first: &Effect,
        second: &Effect,
    ) -> Option<Term> {
        if fitting_type(terms, writers, first).is_some_and(|fitting| !terms.is_true(fitting)) {
            return None;
        }
        let is_alike = first.node == second.node && !depends_on_index(terms, first, second);
        let Some(count) = self.counts[first.node.ix()].filter(|_| is_alike) else {
            return Some(self.both(terms, writers, first, second));
        };
        let two = terms.at_least(count, 2);
        let together = terms.and(&[first.guard, second.guard, two]);
        Some(self.for_any(terms, first, second, together))
    }

    /// The condition that both effects happen, for two instances that meet on the object, in any order.
    pub(super) fn both(
        &self,
        terms: &mut Terms,
        writers: &Writers<'_>,
        first: &Effect,
        second: &Effect,
    ) -> Term {
        let both = meeting(terms, writers, first, second).both;
        self.for_any(terms, first, second, both)
    }

    /// The condition that a deployment has the name of the one around it: false if its name contains that name and more.
    pub(super) fn contained(&self, terms: &mut Terms, effect: &Effect, around: Term) -> Term {
        let (Value::ResourceId { scope, names, .. }, Value::ResourceId { scope: own_scope, .. }) =
            (terms.get(effect.object), terms.get(around))
        else {
            return terms.bool(false);
        };
        let (name, own) = (terms.seq(names)[0], terms.ambient(Ambient::DeploymentName));
        if name != own && occurs(terms, own, name) {
            return terms.bool(false);
        }
        let [name, own] = [name, own].map(|name| terms.call(Function::Folded, &[name]));
        let same = [terms.equal(name, own), terms.equal(scope, own_scope)];
        let is_same = terms.and(&same);
        let is_same = terms.call(Function::Surely, &[is_same]);
        let both = terms.and(&[effect.guard, is_same]);
        self.for_any(terms, effect, effect, both)
    }

    /// Quantifies a formula about two instances over all instances of the two effects.
    fn for_any(&self, terms: &mut Terms, first: &Effect, second: &Effect, formula: Term) -> Term {
        let length = |effect: &Effect| match effect.instance {
            Instance::Every => self.counts[effect.node.ix()],
            _ => None,
        };
        let mut formula = formula;
        if let Some(count) = length(second) {
            formula = terms.exists(count, CopyVariable::Other, formula);
        }
        if let Some(count) = length(first) {
            formula = terms.exists(count, CopyVariable::Own, formula);
        }
        for at in 0..first.loops().len().max(second.loops().len()) {
            let lengths = [first.loops().get(at), second.loops().get(at)];
            let mut lengths: Vec<Term> = lengths.into_iter().flatten().copied().collect();
            lengths.dedup();
            if let [_, other] = lengths[..] {
                // One index for two loops must be inside both.
                let index = terms.copy_index(CopyVariable::numbered(at));
                let inside = terms.is_index(other, index);
                formula = terms.and(&[formula, inside]);
            }
            if let Some(&count) = lengths.first() {
                formula = terms.exists(count, CopyVariable::numbered(at), formula);
            }
        }
        formula
    }

    /// The condition that both effects happen and an update is lost.
    fn overwritten(&self, terms: &mut Terms, writers: &Writers<'_>, first: &Effect, second: &Effect) -> Term {
        let mut all = vec![meeting(terms, writers, first, second).both];
        all.push(is_lost(terms, writers, first, second));
        let lost = terms.and(&all);
        self.for_any(terms, first, second, lost)
    }

    /// The formula under which two effects of different instances overlap although only one at a time is allowed. False if they are
    /// ordered or never meet.
    fn unordered(&self, terms: &mut Terms, writers: &Writers<'_>, first: &Effect, second: &Effect) -> Term {
        let meeting = meeting(terms, writers, first, second);
        if terms.is_false(meeting.both) {
            return meeting.both;
        }
        if first.node == second.node {
            if let (Some(count), false) =
                (self.counts[first.node.ix()], depends_on_index(terms, first, second))
            {
                // All instances are alike, so any two overlap.
                let two = if self.batch_size(first.node) == Some(1) {
                    terms.bool(false)
                } else {
                    terms.at_least(count, 2)
                };
                let mut all = vec![first.guard, second.guard, two];
                all.extend(fitting_type(terms, writers, first));
                let overlap = terms.and(&all);
                return self.for_any(terms, first, second, overlap);
            }
            let overlap = self.of_one_loop(terms, first, meeting);
            return self.for_any(terms, first, second, overlap);
        }
        let one = Run { node: first.node, index: meeting.first };
        let other = Run { node: second.node, index: meeting.second };
        let (late, early) = if self.ranks[first.node.ix()] > self.ranks[second.node.ix()] {
            (one, other)
        } else {
            (other, one)
        };
        if !self.may_reach(late.node, early.node) {
            return self.for_any(terms, first, second, meeting.both);
        }
        if self.is_surely_after(late.node, early.node) {
            return terms.bool(false);
        }
        // Ex) `er[1]` waits for `s2s[1]` alone: `s2s[0]` is not ordered
        let ordered = self.after(terms, late, early);
        let not = terms.not(ordered);
        let overlap = terms.and(&[meeting.both, not]);
        self.for_any(terms, first, second, overlap)
    }

    /// The formula under which `first` has finished before `second` starts, both being deployed.
    fn ordered(&self, terms: &mut Terms, writers: &Writers<'_>, first: &Effect, second: &Effect) -> Term {
        let meeting = meeting(terms, writers, first, second);
        let ordered = if first.node == second.node {
            let Some((one, other)) = meeting.first.zip(meeting.second) else { return terms.bool(false) };
            self.in_earlier_batch(terms, first.node, one, other)
        } else if self.may_reach(second.node, first.node) {
            let early = Run { node: first.node, index: meeting.first };
            let late = Run { node: second.node, index: meeting.second };
            self.after(terms, late, early)
        } else {
            return terms.bool(false);
        };
        let reversed = terms.and(&[meeting.both, ordered]);
        self.for_any(terms, first, second, reversed)
    }

    /// Two instances of one loop: instances in different batches are ordered; batches of one order all instances.
    fn of_one_loop(&self, terms: &mut Terms, first: &Effect, meeting: Meeting) -> Term {
        match (self.batch_size(first.node), meeting.first.zip(meeting.second)) {
            (Some(1), _) => terms.bool(false),
            (Some(size), Some((one, other))) => {
                let size = terms.int(i64::from(size));
                let (one, other) = (
                    terms.call(Function::Divided, &[one, size]),
                    terms.call(Function::Divided, &[other, size]),
                );
                let same_batch = terms.equal(one, other);
                terms.and(&[meeting.both, same_batch])
            }
            _ => meeting.both,
        }
    }
}

/// Whether an effect depends on the index, so that instances differ.
fn depends_on_index(terms: &Terms, first: &Effect, second: &Effect) -> bool {
    [first, second].into_iter().any(|effect| {
        effect.instance != Instance::Every || terms.mentions_exactly(effect.guard, CopyVariable::Own)
    })
}
