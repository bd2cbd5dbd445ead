//! The constructors of terms, which keep their normal form.

use std::ops::Deref;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::case_split::{Alternatives, Tellable};
use super::functions::{self, Function};
use super::id;
use super::small_map::SmallMap;
use super::spellings;
use super::store::{Domain, NONE, NULL, Store};
use super::substitution;
use super::term::{Ambient, CopyVariable, Name, Seq, Term, Value};
use super::withheld::Withheld;
use crate::azure::types::has_case_sensitive_name;
use crate::limit::{Budget, Limit, Reached, Record};
use crate::template::ParameterId;
use crate::workspace::TemplateId;

/// `false` and `true`, which are there from the start, after `null`.
const FALSE: Term = Term(1);
/// `true`, whatever else there is.
pub const TRUE: Term = Term(2);

/// Additional work budget of a root for each declaration that it reaches.
pub const WORK_OF_NODE: u64 = 2_000;

/// Maximum of this additional budget. A unit of work takes about 50 bytes, so a root with any number of declarations stays below 1 GB.
pub const WORK_OF_NODES: u64 = 15_000_000;

/// Number of visits to apply function values that are free for each expression.
pub(super) const FREE_VISITS: u64 = 50_000;

/// All terms of an analysis, and the only constructors of new ones, which keep the normal form. Operations that only read terms
/// are methods of [`Store`].
#[derive(Debug)]
pub struct Terms {
    store: Store,
    /// Results of operations on conditional values, which may share parts many times.
    done: FxHashMap<Operation, Term>,
    /// The possible values of conditional ids, by the distinctions that the caller needs.
    pub(super) split: FxHashMap<(Term, Tellable), (Arc<Alternatives>, Option<Reached>)>,
    /// Values as names of objects, in the common spelling.
    pub(super) spelled: FxHashMap<Term, Term>,
    /// Names of properties of unknown objects, each with the first spelling of it.
    pub(super) spelled_keys: FxHashMap<Name, Name>,
    /// Results of replacing a copy index, by the index and its replacement.
    pub(super) replaced: FxHashMap<(CopyVariable, Term), SmallMap<Term>>,
    /// Empty tables to be used again for such results.
    pub(super) spare: Vec<SmallMap<Term>>,
    opaque: u32,
    /// Number of parts that substitutions have visited.
    pub(super) visited: u64,
    /// Remaining visits for applying function values.
    pub(super) visits: Budget,
    /// Remaining work budget.
    pub(super) work: Budget,
    /// What was added to it for declarations.
    work_of_nodes: u64,
    /// Whether any integers are compared for more than equality.
    pub(super) has_comparisons: bool,
    /// The limits that were reached since the last request.
    pub(super) reached: Record<()>,
}

/// An operation that is applied to each branch of a conditional value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Member(Term, Name),
    Index(Term, Term),
    IndexSafely(Term, Term),
    Call(Function, Seq),
    Coalesce(Term, Term),
    Not(Term),
    Equal(Term, Term),
}

impl Default for Terms {
    fn default() -> Self {
        let mut terms = Self {
            store: Store::default(),
            done: FxHashMap::default(),
            split: FxHashMap::default(),
            spelled: FxHashMap::default(),
            spelled_keys: FxHashMap::default(),
            replaced: FxHashMap::default(),
            spare: Vec::new(),
            opaque: 0,
            visited: 0,
            visits: Limit::LambdaVisits.budget_of(FREE_VISITS),
            work: Limit::RootWork.budget(),
            work_of_nodes: 0,
            has_comparisons: false,
            reached: Record::default(),
        };
        for (known, value) in [(NULL, Value::Null), (FALSE, Value::Bool(false)), (TRUE, Value::Bool(true))] {
            let made = terms.make(value);
            debug_assert_eq!(made, known, "these are asked for more often than any others");
        }
        terms
    }
}

impl Deref for Terms {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Terms {
    /// Interns a text: equal texts have the same name.
    pub fn intern(&mut self, text: &str) -> Name {
        Name(self.store.names.number(text))
    }

    /// Starts the next root with its work budget.
    pub fn begin_root(&mut self, work: &Budget) {
        self.work = work.clone();
        self.work_of_nodes = 0;
    }

    /// Adds the budget of `count` declarations.
    pub fn add_nodes(&mut self, count: usize) {
        if self.work.check().is_ok() {
            let more = (WORK_OF_NODE * count as u64).min(WORK_OF_NODES - self.work_of_nodes);
            self.work_of_nodes += more;
            self.work.add(more);
        }
    }

    /// Whether there is work left for the root.
    ///
    /// # Errors
    ///
    /// [`Reached`] if there is none.
    pub fn work(&self) -> Result<(), Reached> {
        self.work.check()
    }

    /// Interns a list.
    pub fn list(&mut self, terms: &[Term]) -> Seq {
        self.work.count(terms.len() as u64);
        Seq(self.store.seqs.number(terms))
    }

    /// The term of a value that is in normal form.
    pub(super) fn make(&mut self, value: Value) -> Term {
        self.work.count(1);
        let missing = match self.store.values.find(value) {
            Ok(known) => return Term(known),
            Err(missing) => missing,
        };
        let attributes = self.attributes_of(value);
        if let Err(reached) = Limit::ValueDepth.check(attributes.depth) {
            return self.cut(reached);
        }
        self.store.attributes.push(attributes);
        Term(self.store.values.add_missing(value, missing))
    }

    /// A truth value.
    pub fn bool(&mut self, value: bool) -> Term {
        if value { TRUE } else { FALSE }
    }

    /// An integer.
    pub fn int(&mut self, value: i64) -> Term {
        self.make(Value::Int(value))
    }

    /// A text.
    pub fn text(&mut self, text: &str) -> Term {
        if let Err(reached) = Limit::AllTextBytes.check(self.store.names.bytes())
            && self.store.names.find(text).is_none()
        {
            return self.cut(reached);
        }
        let name = self.intern(text);
        self.make(Value::Text(name))
    }

    /// Records that a limit was reached. The caller that asked for the value adds the place.
    pub fn reach(&mut self, reached: Reached) {
        self.reached.add((), reached);
    }

    /// The limits that were reached since the last request.
    pub fn reached(&mut self) -> impl Iterator<Item = ((), Reached)> + use<> {
        self.reached.take()
    }

    /// The replacement for a value that would be too large: an unknown one.
    pub(super) fn cut(&mut self, reached: Reached) -> Term {
        self.reach(reached);
        self.opaque()
    }

    /// A new unknown value, equal only to itself.
    pub fn opaque(&mut self) -> Term {
        self.opaque += 1;
        let value = Value::Opaque(self.opaque);
        self.store.attributes.push(self.attributes_of(value));
        Term(self.store.values.add(value))
    }

    /// A parameter that is not known.
    pub fn parameter(
        &mut self,
        template: TemplateId,
        parameter: ParameterId,
        domain: impl FnOnce() -> Domain,
    ) -> Term {
        let term = self.make(Value::Parameter(template, parameter));
        self.store.parameters.entry(term).or_insert_with(domain);
        term
    }

    /// The facts known about a parameter or one of its properties, to add more.
    pub fn domain_mut(&mut self, parameter: Term) -> &mut Domain {
        self.store.parameters.entry(parameter).or_default()
    }

    /// A fact of the deployment.
    pub fn ambient(&mut self, ambient: Ambient) -> Term {
        self.make(Value::Ambient(ambient))
    }

    /// The index of a copy loop.
    pub fn copy_index(&mut self, variable: CopyVariable) -> Term {
        self.make(Value::CopyIndex(variable))
    }

    /// A bound variable.
    pub fn bound(&mut self, level: u32) -> Term {
        self.make(Value::Bound(level))
    }

    /// A list of known length.
    pub fn array(&mut self, elements: &[Term]) -> Term {
        let allowed = Limit::ListElements.check(elements.len());
        if let Err(reached) = allowed.and_then(|()| Limit::AllElements.check(self.store.seqs.elements())) {
            return self.cut(reached);
        }
        let seq = self.list(elements);
        self.make(Value::Array(seq))
    }

    /// An object of known keys; the last of equal keys counts.
    pub fn object(&mut self, properties: &[(Name, Term)]) -> Term {
        let mut sorted = properties.to_vec();
        sorted.sort_by(|one, other| self.name(one.0).cmp(self.name(other.0)));
        // Equal keys are adjacent now, in the order of the source.
        sorted.dedup_by(|later, kept| {
            let is_same = later.0 == kept.0;
            if is_same {
                kept.1 = later.1;
            }
            is_same
        });
        let flat: Vec<Term> =
            sorted.into_iter().flat_map(|(key, value)| [self.make(Value::Text(key)), value]).collect();
        let seq = self.list(&flat);
        self.make(Value::Object(seq))
    }

    /// A text that is written as such.
    pub fn literal(&mut self, text: &str) -> Term {
        let literal = self.text(text);
        // Others are not too large, and no ids.
        if text.starts_with('/') || Limit::TextBytes.check(text.len()).is_err() {
            self.concat(&[literal])
        } else {
            literal
        }
    }

    /// The values that messages do not quote.
    pub(super) fn withheld_mut(&mut self) -> &mut Withheld {
        &mut self.store.withheld
    }

    /// A text made of parts.
    pub fn concat(&mut self, parts: &[Term]) -> Term {
        let mut flat: SmallVec<[Term; 16]> = SmallVec::new();
        let mut text = String::new();
        let mut any = false;
        for &part in parts {
            let inside = if let Value::Concat(seq) = self.get(part) { Some(seq) } else { None };
            for at in 0..inside.map_or(1, |seq| self.seq(seq).len()) {
                let part = inside.map_or(part, |seq| self.seq(seq)[at]);
                if self.push_known(part, &mut text) {
                    any = true;
                    continue;
                }
                if !text.is_empty() {
                    let known = self.text(&text);
                    flat.push(known);
                    text.clear();
                }
                flat.push(part);
            }
            let allowed = Limit::TextBytes
                .check(text.len())
                .and_then(|()| Limit::TextParts.check(flat.len()))
                .and_then(|()| Limit::AllElements.check(self.store.seqs.elements()));
            if let Err(reached) = allowed {
                return self.cut(reached);
            }
        }
        if !text.is_empty() || (flat.is_empty() && any) || flat.is_empty() {
            let known = self.text(&text);
            flat.push(known);
        }
        if let [only] = flat[..] {
            return id::parse(self, &flat).unwrap_or(only);
        }
        if let Some(id) = id::parse(self, &flat) {
            return id;
        }
        let seq = self.list(&flat);
        self.make(Value::Concat(seq))
    }

    /// The result of an operation, computed once.
    pub(super) fn once(&mut self, operation: Operation, find: impl FnOnce(&mut Self) -> Term) -> Term {
        if let Some(&known) = self.done.get(&operation) {
            return known;
        }
        let found = find(self);
        self.done.insert(operation, found);
        found
    }

    /// A function's value, folded where that is possible.
    pub fn call(&mut self, function: Function, arguments: &[Term]) -> Term {
        let seq = self.list(arguments);
        self.once(Operation::Call(function, seq), |terms| {
            functions::fold(terms, function, arguments)
                .or_else(|| spellings::of_call(terms, function, arguments))
                .unwrap_or_else(|| make_call(terms, function, seq))
        })
    }

    /// A function's value that stays as it is.
    pub(super) fn unfolded(&mut self, function: Function, arguments: &[Term]) -> Term {
        let seq = self.list(arguments);
        make_call(self, function, seq)
    }

    /// Converts every known text to lower case, because names in Azure ignore case.
    pub fn fold_case(&mut self, term: Term) -> Term {
        if let Some(known) = self.known_fold(term) {
            return known;
        }
        let folded = match self.get(term) {
            Value::Text(name) if is_lower(self.name(name)) => term,
            Value::Text(name) => {
                let lower = self.name(name).to_lowercase();
                self.text(&lower)
            }
            Value::Call(Function::ToLower | Function::ToUpper | Function::Folded, seq) => {
                // Ex) `toLower()`, which has nothing to fold
                match self.seq(seq).first().copied() {
                    Some(inner) => self.fold_case(inner),
                    None => term,
                }
            }
            Value::ResourceId { scope, ty, names } => {
                let lower = if is_lower(self.name(ty)) {
                    ty
                } else {
                    let lower = self.name(ty).to_lowercase();
                    self.intern(&lower)
                };
                let folded_scope = self.fold_case(scope);
                let old: SmallVec<[Term; 4]> = SmallVec::from_slice(self.seq(names));
                let mut folded: SmallVec<[Term; 4]> = old.iter().map(|&name| self.fold_case(name)).collect();
                if let (Some(own), Some(&last)) = (folded.last_mut(), old.last())
                    && *own != last
                    && has_case_sensitive_name(self.name(lower))
                {
                    *own = last;
                }
                if (lower, folded_scope, &folded) == (ty, scope, &old) {
                    term
                } else {
                    let names = self.list(&folded);
                    self.make(Value::ResourceId { scope: folded_scope, ty: lower, names })
                }
            }
            // Conditions and arguments of hashes are case-sensitive, so they stay.
            Value::If(condition, yes, no) => {
                let (yes, no) = (self.fold_case(yes), self.fold_case(no));
                self.if_(condition, yes, no)
            }
            Value::Call(function, _) if !function.keeps_case() => term,
            Value::Not(_) | Value::And(_) | Value::Or(_) | Value::Equal(..) => term,
            _ => substitution::rebuild(self, term, &mut |terms, child| terms.fold_case(child)),
        };
        let at = term.0 as usize;
        if at >= self.store.folded.len() {
            self.store.folded.resize(self.store.attributes.len(), NONE);
        }
        self.store.folded[at] = folded;
        folded
    }
}

fn make_call(terms: &mut Terms, function: Function, seq: Seq) -> Term {
    terms.has_comparisons |= function == Function::AtLeast;
    terms.make(Value::Call(function, seq))
}

/// Whether a text has no letter in another case, for certain.
fn is_lower(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

/// Replaces the budget of the work that is done next, and returns the one before.
pub fn with_work(terms: &mut Terms, work: Budget) -> Budget {
    std::mem::replace(&mut terms.work, work)
}
