//! Matches operations to the declarations of a template, to learn which objects they write.
//!
//! The template is expanded to the instances that it deploys, each with its name over the root's parameters. An
//! operation is matched to the instance of its type whose name fits best, among those of the module that its nested
//! deployment was matched to; if two fit equally well, it is matched to none. A match connects the id in the operation
//! with a term in the template: from then on, the term stands for that id, wherever else it occurs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::beside::{Beside, beside};
use super::conflict::{At, Known, Object, objects_of};
use super::ids;
use super::runs::Run;
use crate::azure::catalog::{BodyCondition, ObjectSource, Writer};
use crate::eval::arguments::Asked;
use crate::eval::case_split::{Tellable, ids as alternatives, values};
use crate::eval::identity::{Identity, compare};
use crate::eval::parameter_file::values_of;
use crate::eval::substitution::Substitution;
use crate::eval::term::{Ambient, CopyVariable, Function, Term, Value};
use crate::eval::terms::Terms;
use crate::limit::{Limit, Reached};
use crate::race::analysis::{Analysis, analyse_whole};
use crate::race::object::Body;
use crate::rules::explained::{Verdict, explain};
use crate::rules::finding::Finding;
use crate::session::Session;
use crate::small_sort::SmallSort as _;
use crate::template::{NodeId, NodeKind};
use crate::workspace::TemplateId;

/// Maximum number of operations without a declaration that a note names.
const SHOWN: usize = 5;

/// Calls, innermost first, each with the index of its instance.
type Calls = Vec<(Substitution, Option<Term>)>;

/// A declaration, or one instance of a loop.
pub(super) struct Instance {
    /// The module calls from the outermost, then the declaration.
    pub(super) way: Vec<(TemplateId, NodeId)>,
    /// The type, in lower case; empty for a module.
    pub(super) ty: String,
    /// The segments of its name; empty if nothing is known of it.
    names: Vec<Term>,
    /// Its id, over the parameters of the root; `None` for a module whose deployment has no explicit name.
    id: Option<Term>,
    /// The calls down to it, innermost first, each with the index of its instance.
    calls: Rc<Calls>,
    /// The index of its own loop.
    pub(super) index: Option<Term>,
    /// The instances inside, if it is a module.
    pub(super) inside: Vec<usize>,
}

/// What the analysis of the template says about two operations that overlapped.
#[derive(Clone, Debug)]
pub struct Advice {
    /// The names of the two declarations.
    pub names: [String; 2],
    /// Their places, as file and line.
    pub places: [String; 2],
    /// Why the two race, or why they do not.
    pub verdict: Verdict,
    /// The verdict in one line.
    pub message: String,
    /// The remedy, if the two are a race that is reported.
    pub help: Option<String>,
}

/// A template, and the operations that were matched to its declarations.
pub struct Declared<'s> {
    pub(super) session: &'s Session,
    pub(super) root: TemplateId,
    pub(super) analysis: Analysis<'s, 's>,
    pub(super) instances: Vec<Instance>,
    outermost: Vec<usize>,
    /// For each run, the instances that its outermost operations may match.
    pub(super) bases: Vec<Vec<usize>>,
    pub(super) matched: BTreeMap<At, (usize, String)>,
    /// The operations that several declarations fit equally well.
    pub(super) several: BTreeSet<At>,
    /// The instances to which such an operation may belong.
    pub(super) maybe: BTreeSet<usize>,
    /// Terms that stand for the subscription and the group of the deployment, with their values.
    surroundings: Vec<(Term, Term)>,
    /// The ids that terms stand for.
    known: HashMap<Term, String>,
    findings: Option<Vec<Finding>>,
    advised: HashMap<(usize, usize), Advice>,
    reached: Option<Reached>,
    /// The paths of the operations without a declaration.
    pub unmatched: Vec<String>,
}

impl<'s> Declared<'s> {
    /// Matches the operations of some runs to the declarations of a root.
    pub fn of(session: &'s Session, root: TemplateId, runs: &[Run]) -> Self {
        let analysis = analyse_whole(session.workspace(), session.catalog(), &[root]);
        let mut declared = Self {
            session,
            root,
            analysis,
            instances: Vec::new(),
            outermost: Vec::new(),
            bases: Vec::new(),
            matched: BTreeMap::new(),
            several: BTreeSet::new(),
            maybe: BTreeSet::new(),
            surroundings: Vec::new(),
            known: HashMap::new(),
            findings: None,
            advised: HashMap::new(),
            reached: None,
            unmatched: Vec::new(),
        };
        declared.surroundings = surroundings(declared.analysis.evaluator.terms(), runs);
        let deployed = session.workspace().deployed_by(root).unwrap_or(root);
        let evaluator = &mut declared.analysis.evaluator;
        let calls: Vec<_> =
            (deployed != root).then(|| (values_of(evaluator, root, deployed), None)).into_iter().collect();
        declared.outermost = declared.template(deployed, &[], &Rc::new(calls));
        for (number, run) in runs.iter().enumerate() {
            declared.match_run(number, run);
        }
        declared
    }

    /// Number of operations that were matched.
    pub fn count(&self) -> usize {
        self.matched.len()
    }

    /// The declaration of an operation. Ex) `vpn.gateway`
    pub fn name(&self, at: At) -> Option<String> {
        let (instance, _) = self.matched.get(&at)?;
        Some(self.session.workspace().name_of(&self.instances[*instance].way))
    }

    /// Expands a template to its instances. Returns the outermost ones.
    fn template(&mut self, id: TemplateId, way: &[(TemplateId, NodeId)], calls: &Rc<Calls>) -> Vec<usize> {
        let workspace = self.session.workspace();
        let template = workspace.template(id);
        let mut found = Vec::new();
        for node in template.node_ids() {
            let ty = match &template.node(node).kind {
                NodeKind::Existing(_) => continue,
                NodeKind::Module(_) => String::new(),
                NodeKind::Resource(ty) => ty.name.to_ascii_lowercase(),
            };
            for index in self.indexes(id, node, calls) {
                if let Err(reached) = Limit::ObservedInstances.check(self.instances.len() + 1) {
                    self.reached = Some(reached);
                    return found;
                }
                let condition = self.analysis.evaluator.condition(id, node);
                let condition = self.in_root(condition, index, calls);
                if self.analysis.evaluator.known_terms().is_false(condition) {
                    continue;
                }
                let id_here = if ty.is_empty() {
                    self.analysis.evaluator.explicit_deployment_id(id, node)
                } else {
                    Some(self.analysis.evaluator.node_id(id, node))
                };
                let own_id = id_here.map(|id| self.in_root(id, index, calls));
                let names = own_id.map_or_else(Vec::new, |id| self.names(id));
                let at = self.instances.len();
                let way: Vec<_> = way.iter().copied().chain([(id, node)]).collect();
                self.instances.push(Instance {
                    way: way.clone(),
                    ty: ty.clone(),
                    names,
                    id: own_id,
                    calls: Rc::clone(calls),
                    index,
                    inside: Vec::new(),
                });
                found.push(at);
                let is_deep = Limit::ObservedLevels.check(way.len()).is_err();
                if let Some(callee) = workspace.callee(id, node).filter(|_| !is_deep) {
                    let call = self.analysis.evaluator.module_substitution(id, node, Asked::All);
                    // The index of the call is substituted for its loop, so the callee's loops keep their depth.
                    let call = (Substitution { shift: 0, ..call }, index);
                    let calls: Rc<Calls> =
                        Rc::new(std::iter::once(call).chain(calls.iter().cloned()).collect());
                    self.instances[at].inside = self.template(callee, &way, &calls);
                }
            }
        }
        found
    }

    /// The indexes of a declaration's instances: a single unknown one if their number is not known.
    fn indexes(&mut self, id: TemplateId, node: NodeId, calls: &Rc<Calls>) -> Vec<Option<Term>> {
        let Some(length) = self.analysis.evaluator.copy_length(id, node) else { return vec![None] };
        let length = self.in_root(length, None, calls);
        let terms = self.analysis.evaluator.terms();
        match terms.known_int(length) {
            Some(count) if Limit::ObservedInstances.check(count).is_ok() => {
                (0..count).map(|at| Some(terms.int(at))).collect()
            }
            _ => vec![Some(terms.opaque())],
        }
    }

    /// Expresses a term of a declaration over the parameters of the root.
    fn in_root(&mut self, term: Term, index: Option<Term>, calls: &Calls) -> Term {
        let terms = self.analysis.evaluator.terms();
        let at = |terms: &mut Terms, term: Term, index: Option<Term>| match index {
            Some(index) => terms.replace_copy(term, CopyVariable::OF_NODE, index),
            None => term,
        };
        let mut term = at(terms, term, index);
        for (call, index) in calls {
            term = terms.substitute(term, call);
            term = at(terms, term, *index);
        }
        self.surroundings.iter().fold(term, |term, &(fact, value)| terms.replace_term(term, fact, value))
    }

    fn names(&self, id: Term) -> Vec<Term> {
        let terms = self.analysis.evaluator.known_terms();
        match terms.get(id) {
            Value::ResourceId { names, .. } => terms.seq(names).to_vec(),
            _ => Vec::new(),
        }
    }

    fn match_run(&mut self, number: usize, run: &Run) {
        // A nested deployment may be exported alone.
        let outermost = if ids::is_deployment(&run.deployment) && self.fits_none(run) {
            let alone = self.module_named(&ids::name_of(&run.deployment));
            alone.map_or_else(|| self.outermost.clone(), |module| self.instances[module].inside.clone())
        } else {
            self.outermost.clone()
        };
        self.bases.push(outermost.clone());
        let mut among: Vec<Option<Vec<usize>>> = vec![None; run.steps.len()];
        let mut siblings: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
        for (at, step) in run.steps.iter().enumerate().filter(|(_, step)| step.is_write) {
            siblings.entry(step.parent).or_default().push(at);
        }
        // The operations of the deployment itself come first, then those inside it: parents precede their children.
        for (parent, steps) in siblings {
            let candidates = match parent {
                None => Some(outermost.clone()),
                Some(parent) => among[parent].clone(),
            };
            let Some(candidates) = candidates else {
                self.unmatched.extend(steps.iter().map(|&step| run.way(step)));
                continue;
            };
            for (step, instance) in self.assign(run, &steps, &candidates) {
                if let Some(instance) = instance {
                    let target = run.steps[step].target.clone();
                    among[step] = Some(self.instances[instance].inside.clone());
                    self.learn(instance, &target);
                    self.matched.insert(At { run: number, step }, (instance, target));
                } else {
                    let of = &run.steps[step];
                    let fitting = candidates.iter().copied();
                    let fitting: Vec<usize> =
                        fitting.filter(|&one| self.fit(one, &of.target, &of.ty).is_some()).collect();
                    if !fitting.is_empty() {
                        self.several.insert(At { run: number, step });
                        self.maybe.extend(fitting);
                    }
                    self.unmatched.push(run.way(step));
                }
            }
        }
    }

    /// Whether no outermost step of a run fits an outermost declaration.
    fn fits_none(&self, run: &Run) -> bool {
        let mut steps = run.steps.iter().filter(|step| step.parent.is_none());
        !steps.any(|step| self.outermost.iter().any(|&one| self.fit(one, &step.target, &step.ty).is_some()))
    }

    fn module_named(&self, name: &str) -> Option<usize> {
        let terms = self.analysis.evaluator.known_terms();
        let is_named = |one: &&Instance| match one.names.as_slice() {
            [own] if one.ty.is_empty() => {
                terms.known_text(*own).is_some_and(|own| own.eq_ignore_ascii_case(name))
            }
            _ => false,
        };
        let found = self.instances.iter().find(is_named)?;
        self.instances.iter().position(|one| std::ptr::eq(one, found))
    }

    /// Assigns sibling operations to sibling declarations: the best fit first, and each instance once.
    fn assign(&self, run: &Run, steps: &[usize], candidates: &[usize]) -> Vec<(usize, Option<usize>)> {
        let mut fits: Vec<(usize, usize, usize)> = Vec::new();
        for &step in steps {
            let of = &run.steps[step];
            fits.extend(
                candidates.iter().filter_map(|&one| Some((self.fit(one, &of.target, &of.ty)?, step, one))),
            );
        }
        fits.small_sort_by_key(|&(fit, step, one)| (std::cmp::Reverse(fit), step, one));
        let is_many = |one: usize| {
            let index = self.instances[one].index;
            index.is_some_and(|index| self.analysis.evaluator.known_terms().known_int(index).is_none())
        };
        let mut given: BTreeMap<usize, Option<usize>> = BTreeMap::new();
        let mut taken: Vec<usize> = Vec::new();
        for at in 0..fits.len() {
            let (fit, step, one) = fits[at];
            if given.contains_key(&step) || taken.contains(&one) {
                continue;
            }
            let rival = fits[at + 1..].iter().any(|&(its, other, rival)| {
                its == fit && other == step && rival != one && !taken.contains(&rival)
            });
            if rival {
                given.insert(step, None);
                continue;
            }
            given.insert(step, Some(one));
            if !is_many(one) {
                taken.push(one);
            }
        }
        steps.iter().map(|&step| (step, given.get(&step).copied().flatten())).collect()
    }

    /// How well an operation fits an instance: a score by the part of its name that is known; `None` if it does not
    /// fit.
    fn fit(&self, one: usize, target: &str, ty: &str) -> Option<usize> {
        let instance = &self.instances[one];
        let is_module = ids::is_deployment(target);
        if is_module != instance.ty.is_empty() || (!is_module && !instance.ty.eq_ignore_ascii_case(ty)) {
            return None;
        }
        let names = ids::names_of(target);
        if instance.names.is_empty() {
            // The compiler names the deployment of a module without a name after its symbol.
            let symbol = instance.way.last().map(|&(id, node)| {
                self.session.workspace().template(id).node(node).symbol.to_ascii_lowercase()
            });
            let is_of_symbol = symbol.is_some_and(|symbol| {
                names.last().is_some_and(|name| name.to_ascii_lowercase().starts_with(&format!("{symbol}-")))
            });
            return Some(usize::from(is_of_symbol));
        }
        if names.len() != instance.names.len() {
            return None;
        }
        let terms = self.analysis.evaluator.known_terms();
        let mut all = 0;
        for (name, &term) in names.iter().zip(&instance.names) {
            all += name_fit(terms, term, &name.to_lowercase())?;
        }
        Some(all)
    }

    /// Records that the terms of a matched instance and its parents stand for the ids in its operation.
    fn learn(&mut self, instance: usize, target: &str) {
        let Some(id) = self.instances[instance].id else { return };
        let terms = self.analysis.evaluator.terms();
        let (mut term, mut up) = (id, 0);
        while let Some(real) = ids::above(target, up) {
            let folded = terms.fold_case(term);
            self.known.entry(folded).or_insert_with(|| real.to_ascii_lowercase());
            term = terms.call(Function::Parent, &[term]);
            up += 1;
        }
    }

    /// The object that an id over the root's parameters names.
    fn object(&mut self, term: Term) -> Object {
        let folded = self.analysis.evaluator.terms().fold_case(term);
        let known = self.known.get(&folded).cloned();
        match known.or_else(|| id_text(self.analysis.evaluator.known_terms(), folded)) {
            Some(id) => Object::Id(id.to_lowercase()),
            None => Object::Same(u64::from(folded.0)),
        }
    }

    /// What the analysis of the template says about two operations; `None` if one of them has no declaration.
    pub fn advice(&mut self, steps: [At; 2]) -> Option<Advice> {
        let [one, other] = [self.matched.get(&steps[0])?.0, self.matched.get(&steps[1])?.0];
        if let Some(known) = self.advised.get(&(one, other)) {
            return Some(known.clone());
        }
        let ways = [self.instances[one].way.clone(), self.instances[other].way.clone()];
        let workspace = self.session.workspace();
        let explained = explain(&mut self.analysis, &ways[0], &ways[1]);
        let places = [0, 1].map(|side: usize| {
            let place = explained.declarations[side].place;
            let file = workspace.sources.file(place.file);
            format!("{}:{}", file.path, file.position(place.span.start).line)
        });
        let help = (explained.verdict == Verdict::Race).then(|| self.help(&explained.meetings)).flatten();
        let names = [0, 1].map(|side: usize| explained.declarations[side].name.clone());
        let advice = Advice { names, places, verdict: explained.verdict, message: explained.message, help };
        self.advised.insert((one, other), advice.clone());
        Some(advice)
    }

    /// The help of the finding that contains a pair, if a check reports one.
    fn help(&mut self, meetings: &[crate::rules::explained::Meeting]) -> Option<String> {
        let session = self.session;
        let findings = self.findings.get_or_insert_with(|| {
            let mut check = session.examine();
            check.settle();
            check.remedy();
            check.report.findings
        });
        let is_of = |finding: &&Finding| {
            let symbol = |at: usize| finding.participants[at].symbol.as_str();
            meetings.iter().any(|meeting| {
                let [one, other] = [&meeting.symbols[0], &meeting.symbols[1]];
                let is_pair = |&(first, second): &(usize, usize)| {
                    let pair = [symbol(first), symbol(second)];
                    pair == [one, other] || pair == [other, one]
                };
                session.shown(finding.race.template) == meeting.file && finding.pairs.iter().any(is_pair)
            })
        };
        findings.iter().find(is_of).map(|finding| finding.help.clone())
    }
}

impl Known for Declared<'_> {
    fn objects(&mut self, at: At, writer: &Writer) -> Option<Vec<Object>> {
        let (instance, target) = self.matched.get(&at)?.clone();
        let (id, node) = *self.instances[instance].way.last()?;
        let (index, calls) = (self.instances[instance].index, self.instances[instance].calls.clone());
        let mut all = Vec::new();
        for path in writer.objects.iter() {
            if !matches!(path.from, ObjectSource::Body(_) | ObjectSource::Below { .. }) {
                all.extend(objects_of(path, &target, None));
                continue;
            }
            let written =
                Body::new(&mut self.analysis.evaluator, id, node).objects(std::slice::from_ref(path));
            let written = self.in_root(written, index, &calls);
            let terms = self.analysis.evaluator.terms();
            let mut found: Vec<(Term, Term)> = Vec::new();
            for (value, guard) in values(terms, written) {
                for &(id, so) in alternatives(terms, value, Tellable::All).as_slice() {
                    let so = terms.and(&[guard, so]);
                    if !terms.is_false(so) {
                        found.push((id, so));
                    }
                }
            }
            let is_one = found.len() == 1;
            for (id, so) in found {
                let is_sure = is_one || self.analysis.evaluator.known_terms().is_true(so);
                all.push(if is_sure { self.object(id) } else { Object::Unknown });
            }
        }
        Some(all)
    }

    fn holds(&mut self, at: At, condition: &BodyCondition) -> Option<bool> {
        let (instance, _) = self.matched.get(&at)?;
        let instance = *instance;
        let (id, node) = *self.instances[instance].way.last()?;
        let (index, calls) = (self.instances[instance].index, self.instances[instance].calls.clone());
        let holds = Body::new(&mut self.analysis.evaluator, id, node).holds(condition);
        let holds = self.in_root(holds, index, &calls);
        self.analysis.evaluator.known_terms().known_bool(holds)
    }

    fn are_one(&mut self, one: &Object, other: &Object) -> Option<bool> {
        match (one, other) {
            (Object::Id(one), Object::Id(other)) => Some(one == other),
            (Object::Same(one), Object::Same(other)) => {
                let [one, other] =
                    [one, other].map(|number| Term(u32::try_from(*number).unwrap_or_default()));
                match compare(self.analysis.evaluator.terms(), one, other) {
                    Identity::Same => Some(true),
                    Identity::Different => Some(false),
                    Identity::Unknown => None,
                }
            }
            (Object::Id(id), Object::Same(term)) | (Object::Same(term), Object::Id(id)) => {
                let term = Term(u32::try_from(*term).unwrap_or_default());
                let names = self.names(term);
                let real = ids::names_of(id);
                let terms = self.analysis.evaluator.known_terms();
                let fits = names.len() == real.len()
                    && names.iter().zip(&real).all(|(&term, name)| name_fit(terms, term, name).is_some());
                // A name that cannot be the object's proves that the two differ; a name that can be does not prove that
                // they are one.
                if names.is_empty() || fits { None } else { Some(false) }
            }
            _ => None,
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.reached.iter().map(Reached::to_string).collect();
        if !self.unmatched.is_empty() {
            let count = self.unmatched.len();
            let shown: Vec<String> =
                self.unmatched.iter().take(SHOWN).map(|way| format!("`{way}`")).collect();
            let more = if count > SHOWN { format!(" and {} more", count - SHOWN) } else { String::new() };
            let are =
                if count == 1 { "1 operation is".to_owned() } else { format!("{count} operations are") };
            let shown = shown.join(", ");
            notes.push(format!(
                "{are} of no declaration of the template, or of one of several: {shown}{more}"
            ));
        }
        notes
    }

    fn name(&self, at: At) -> Option<String> {
        Self::name(self, at)
    }

    fn advice(&mut self, steps: [At; 2]) -> Option<Advice> {
        Self::advice(self, steps)
    }

    fn beside(&mut self, runs: &[Run], is_cut: bool) -> Vec<Beside> {
        beside(self, runs, is_cut)
    }
}

/// The subscription and the group that all runs were deployed to, with the terms that stand for them.
fn surroundings(terms: &mut Terms, runs: &[Run]) -> Vec<(Term, Term)> {
    let scopes: BTreeSet<String> = runs
        .iter()
        .filter_map(|run| ids::scope_of_deployment(&run.deployment))
        .map(str::to_ascii_lowercase)
        .collect();
    let Some(scope) = scopes.first().filter(|_| scopes.len() == 1) else { return Vec::new() };
    let segments: Vec<&str> = scope.split('/').collect();
    let behind =
        |name: &str| segments.iter().position(|one| *one == name).and_then(|at| segments.get(at + 1));
    let facts = [
        (Ambient::SubscriptionId, "subscriptions"),
        (Ambient::ResourceGroupName, "resourcegroups"),
        (Ambient::ManagementGroupName, "managementgroups"),
    ];
    let known = facts.into_iter().filter_map(|(fact, name)| Some((fact, *behind(name)?)));
    known.map(|(fact, value)| (terms.ambient(fact), terms.text(value))).collect()
}

/// An id as text, if all of it is known.
fn id_text(terms: &Terms, id: Term) -> Option<String> {
    let text = |term: Term| terms.known_text(term).map(str::to_owned);
    match terms.get(id) {
        Value::Tenant => Some(String::new()),
        Value::ManagementGroup(name) => {
            Some(format!("/providers/Microsoft.Management/managementGroups/{}", text(name)?))
        }
        Value::Subscription(id) => Some(format!("/subscriptions/{}", text(id)?)),
        Value::ResourceGroup(subscription, group) => {
            Some(format!("/subscriptions/{}/resourceGroups/{}", text(subscription)?, text(group)?))
        }
        Value::ResourceId { scope, ty, names } => {
            let mut kinds = terms.name(ty).split('/');
            let mut id = format!("{}/providers/{}", id_text(terms, scope)?, kinds.next()?);
            for (kind, &name) in kinds.zip(terms.seq(names)) {
                id.push_str(&format!("/{kind}/{}", text(name)?));
            }
            Some(id)
        }
        _ => text(id).filter(|id| id.starts_with('/')),
    }
}

/// How well a term fits a name in lower case: a score by the part that is known; `None` if it cannot be that name.
fn name_fit(terms: &Terms, term: Term, name: &str) -> Option<usize> {
    let parts: Vec<Term> = match terms.get(term) {
        Value::Concat(parts) => terms.seq(parts).to_vec(),
        _ => vec![term],
    };
    let known = |part: Term| terms.known_text(part).map(str::to_lowercase);
    if let [only] = parts.as_slice() {
        // A name that is wholly known scores higher than any part of it.
        return match known(*only) {
            Some(own) => (own == name).then_some(2 * name.len() + 1),
            None => Some(0),
        };
    }
    let (mut rest, mut fit, mut is_open) = (name, 0, false);
    for (at, &part) in parts.iter().enumerate() {
        let Some(text) = known(part) else {
            is_open = true;
            continue;
        };
        let is_last = at + 1 == parts.len();
        let found = match (is_open, is_last) {
            (false, _) => rest.starts_with(&text).then_some(0),
            (true, true) => rest.ends_with(&text).then(|| rest.len() - text.len()),
            (true, false) => rest.find(&text),
        };
        rest = &rest[found? + text.len()..];
        fit += text.len();
        is_open = false;
    }
    (is_open || rest.is_empty()).then_some(fit)
}
