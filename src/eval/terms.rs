//! The store of terms, and the constructors that keep their normal form.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::attributes::Attributes;
use super::functions::{self, Function};
use super::id;
use super::interner::{Lists, Texts, Values};
use super::small_map::SmallMap;
use super::term::{Ambient, CopyVariable, Name, Seq, Term, Value};
use crate::limit::{Budget, Limit, Reached, Record};
use crate::template::{ParameterId, ParameterType};
use crate::workspace::TemplateId;

/// `null`, `false` and `true` are there from the start.
const NULL: Term = Term(0);
const FALSE: Term = Term(1);
const TRUE: Term = Term(2);
/// No term.
const NONE: Term = Term(u32::MAX);

/// So much more for each declaration that it reaches.
pub const WORK_OF_NODE: u64 = 2_000;

/// So many visits to apply function values are free for each expression.
pub(super) const FREE_VISITS: u64 = 50_000;

/// Every term of one analysis.
#[derive(Debug)]
pub struct Terms {
    values: Values<Value>,
    pub(super) attributes: Vec<Attributes>,
    names: Texts,
    seqs: Lists<Term>,
    /// Each term with case folded, where that has been asked for; otherwise [`NONE`].
    folded: Vec<Term>,
    /// What operations on conditional values came to: they may share their parts many times over.
    done: FxHashMap<Operation, Term>,
    /// What terms came to by replacing a copy index, and by what it was replaced with.
    pub(super) replaced: FxHashMap<(CopyVariable, Term), SmallMap<Term>>,
    /// Empty tables for what is replaced.
    pub(super) spare: Vec<SmallMap<Term>>,
    opaque: u32,
    /// How many parts were visited to put one thing for another.
    pub(super) visited: u64,
    /// How many more may be visited to apply function values.
    pub(super) visits: Budget,
    /// How much more work may be done.
    work: Budget,
    /// Whether any integers are compared for more than equality.
    pub(super) has_comparisons: bool,
    /// The limits that were reached since this was last asked.
    pub(super) reached: Record<()>,
    /// What is known of parameters: their names and the values that they may have.
    parameters: FxHashMap<Term, Domain>,
}

/// What is known of a parameter.
#[derive(Clone, Debug, Default)]
pub struct Domain {
    /// Its name.
    pub name: Box<str>,
    /// Its type, `null` aside.
    pub ty: ParameterType,
    /// Whether it cannot be `null`.
    pub is_never_null: bool,
    /// The values that it may have, where they are listed.
    pub allowed: Option<Vec<Term>>,
}

/// An operation that follows branches.
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
            values: Values::default(),
            attributes: Vec::new(),
            names: Texts::default(),
            seqs: Lists::default(),
            folded: Vec::new(),
            done: FxHashMap::default(),
            replaced: FxHashMap::default(),
            spare: Vec::new(),
            opaque: 0,
            visited: 0,
            visits: Limit::LambdaVisits.budget_of(FREE_VISITS),
            work: Limit::RootWork.budget(),
            has_comparisons: false,
            reached: Record::default(),
            parameters: FxHashMap::default(),
        };
        for (known, value) in [(NULL, Value::Null), (FALSE, Value::Bool(false)), (TRUE, Value::Bool(true))] {
            let made = terms.make(value);
            debug_assert_eq!(made, known, "these are asked for more often than any others");
        }
        terms
    }
}

impl Terms {
    /// The value of a term.
    pub fn get(&self, term: Term) -> Value {
        self.values.get(term.0)
    }

    /// How many terms there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no term yet.
    pub fn is_empty(&self) -> bool {
        self.values.len() == 0
    }

    /// The text of a name.
    pub fn name(&self, name: Name) -> &str {
        self.names.get(name.0)
    }

    /// The terms of a list.
    pub fn seq(&self, seq: Seq) -> &[Term] {
        self.seqs.get(seq.0)
    }

    /// Interns a text.
    pub fn intern(&mut self, text: &str) -> Name {
        Name(self.names.number(text))
    }

    /// The next root begins: so much work may be done for it.
    pub fn begin_root(&mut self, work: &Budget) {
        self.work = work.clone();
    }

    /// Adds the work of so many declarations.
    pub fn add_nodes(&mut self, count: usize) {
        if self.work.check().is_ok() {
            self.work.add(WORK_OF_NODE * count as u64);
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
        Seq(self.seqs.number(terms))
    }

    /// The term of a value that is in normal form.
    pub(super) fn make(&mut self, value: Value) -> Term {
        self.work.count(1);
        let missing = match self.values.find(value) {
            Ok(known) => return Term(known),
            Err(missing) => missing,
        };
        let attributes = self.attributes_of(value);
        if let Err(reached) = Limit::ValueDepth.check(attributes.depth) {
            return self.cut(reached);
        }
        self.attributes.push(attributes);
        Term(self.values.add_missing(value, missing))
    }

    /// Calls a function for every direct part of a value.
    pub fn each_child(&self, value: Value, mut each: impl FnMut(Term)) {
        match value {
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Text(_)
            | Value::Parameter(..)
            | Value::Ambient(_)
            | Value::CopyIndex(_)
            | Value::Bound(_)
            | Value::Tenant
            | Value::Opaque(_) => {}
            Value::Concat(seq)
            | Value::Array(seq)
            | Value::Object(seq)
            | Value::Call(_, seq)
            | Value::And(seq)
            | Value::Or(seq) => self.seq(seq).iter().copied().for_each(each),
            Value::Sequence { length: one, element: two, .. }
            | Value::Index(one, two)
            | Value::Coalesce(one, two)
            | Value::Equal(one, two)
            | Value::ResourceGroup(one, two) => {
                each(one);
                each(two);
            }
            Value::Lambda { body: one, .. }
            | Value::Member(one, _)
            | Value::Not(one)
            | Value::Resource(one)
            | Value::ManagementGroup(one)
            | Value::Subscription(one) => each(one),
            Value::If(one, two, three) => {
                each(one);
                each(two);
                each(three);
            }
            Value::ResourceId { scope, names, .. } => {
                each(scope);
                self.seq(names).iter().copied().for_each(each);
            }
        }
    }

    /// What is known of a parameter's values.
    pub fn domain(&self, term: Term) -> Option<&Domain> {
        self.parameters.get(&term)
    }

    /// `null`
    pub fn null(&self) -> Term {
        NULL
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
        if let Err(reached) = Limit::AllTextBytes.check(self.names.bytes())
            && self.names.find(text).is_none()
        {
            return self.cut(reached);
        }
        let name = self.intern(text);
        self.make(Value::Text(name))
    }

    /// Records that a limit was reached. Whoever asked for the value tells where.
    pub fn reach(&mut self, reached: Reached) {
        self.reached.add((), reached);
    }

    /// The limits that were reached since this was last asked.
    pub fn reached(&mut self) -> impl Iterator<Item = ((), Reached)> + use<> {
        self.reached.take()
    }

    /// What stands for a value that would be too large.
    pub(super) fn cut(&mut self, reached: Reached) -> Term {
        self.reach(reached);
        self.opaque()
    }

    /// Something that is equal to itself only.
    pub fn opaque(&mut self) -> Term {
        self.opaque += 1;
        let value = Value::Opaque(self.opaque);
        self.attributes.push(self.attributes_of(value));
        Term(self.values.add(value))
    }

    /// A parameter that is not known.
    pub fn parameter(
        &mut self,
        template: TemplateId,
        parameter: ParameterId,
        domain: impl FnOnce() -> Domain,
    ) -> Term {
        let term = self.make(Value::Parameter(template, parameter));
        self.parameters.entry(term).or_insert_with(domain);
        term
    }

    /// Restricts the values of a parameter.
    pub fn allow(&mut self, parameter: Term, allowed: Vec<Term>) {
        self.parameters.entry(parameter).or_default().allowed = Some(allowed);
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
        if let Err(reached) = allowed.and_then(|()| Limit::AllElements.check(self.seqs.elements())) {
            return self.cut(reached);
        }
        let seq = self.list(elements);
        self.make(Value::Array(seq))
    }

    /// An object of known keys; the last of equal keys counts.
    pub fn object(&mut self, properties: &[(Name, Term)]) -> Term {
        let mut sorted = properties.to_vec();
        sorted.sort_by(|one, other| self.name(one.0).cmp(self.name(other.0)));
        // Equal keys stand side by side now, the last of them last.
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

    /// Keys and values of an object of known keys.
    pub fn properties(&self, object: Term) -> Option<Vec<(Name, Term)>> {
        let Value::Object(seq) = self.get(object) else { return None };
        let pairs = self.seq(seq).chunks_exact(2);
        Some(pairs.filter_map(|pair| Some((self.known_name(pair[0])?, pair[1]))).collect())
    }

    /// The elements of a list of known length.
    pub fn elements(&self, list: Term) -> Option<&[Term]> {
        if let Value::Array(seq) = self.get(list) { Some(self.seq(seq)) } else { None }
    }

    fn known_name(&self, term: Term) -> Option<Name> {
        if let Value::Text(name) = self.get(term) { Some(name) } else { None }
    }

    /// The text, if it is known.
    pub fn known_text(&self, term: Term) -> Option<&str> {
        self.known_name(term).map(|name| self.name(name))
    }

    /// The integer, if it is known.
    pub fn known_int(&self, term: Term) -> Option<i64> {
        if let Value::Int(value) = self.get(term) { Some(value) } else { None }
    }

    /// The truth value, if it is known.
    pub fn known_bool(&self, term: Term) -> Option<bool> {
        if let Value::Bool(value) = self.get(term) { Some(value) } else { None }
    }

    /// Whether it is `false` for certain.
    pub fn is_false(&self, term: Term) -> bool {
        self.get(term) == Value::Bool(false)
    }

    /// Whether it is `true` for certain.
    pub fn is_true(&self, term: Term) -> bool {
        self.get(term) == Value::Bool(true)
    }

    /// The parts of a conditional value.
    pub fn as_if(&self, term: Term) -> Option<(Term, Term, Term)> {
        if let Value::If(condition, yes, no) = self.get(term) { Some((condition, yes, no)) } else { None }
    }

    /// Whether it is a literal: known whole and different from every other literal.
    pub fn is_literal(&self, term: Term) -> bool {
        matches!(self.get(term), Value::Null | Value::Bool(_) | Value::Int(_) | Value::Text(_))
    }

    /// Whether it is a text, list or object that cannot be empty.
    pub fn is_never_empty(&self, term: Term) -> bool {
        let holds_something = |&part: &Term| match self.get(part) {
            Value::Object(seq) | Value::Array(seq) => !self.seq(seq).is_empty(),
            _ => false,
        };
        match self.get(term) {
            // Ex) union({ name: 'er' }, config)
            Value::Call(Function::Union | Function::Concat | Function::Merged, seq) => {
                self.seq(seq).iter().any(holds_something)
            }
            Value::Concat(seq) => self.seq(seq).iter().any(|&part| self.known_text(part).is_some()),
            Value::Text(name) => !self.name(name).is_empty(),
            Value::ResourceId { .. } | Value::Ambient(_) => true,
            _ => false,
        }
    }

    /// Whether it is `true` or `false` for certain.
    pub(super) fn is_truth(&self, term: Term) -> bool {
        match self.get(term) {
            Value::Bool(_) | Value::Not(_) | Value::And(_) | Value::Or(_) | Value::Equal(..) => true,
            Value::Call(function, _) => function.is_truth(),
            _ => self
                .domain(term)
                .is_some_and(|domain| domain.ty == ParameterType::Bool && domain.is_never_null),
        }
    }

    /// Whether it is a number that is never less than 0.
    pub(super) fn is_never_negative(&self, term: Term) -> bool {
        matches!(self.get(term), Value::CopyIndex(_) | Value::Call(Function::Length, _))
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
                .and_then(|()| Limit::AllElements.check(self.seqs.elements()));
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

    /// Adds a literal to a longer text, as Bicep writes it there.
    fn push_known(&self, term: Term, text: &mut String) -> bool {
        match self.get(term) {
            Value::Text(name) => text.push_str(self.name(name)),
            Value::Int(value) => text.push_str(&value.to_string()),
            Value::Bool(value) => text.push_str(if value { "True" } else { "False" }),
            _ => return false,
        }
        true
    }

    /// What an operation came to, found once.
    pub(super) fn once(&mut self, operation: Operation, find: impl FnOnce(&mut Self) -> Term) -> Term {
        if let Some(&known) = self.done.get(&operation) {
            return known;
        }
        let found = find(self);
        self.done.insert(operation, found);
        found
    }

    /// The function of Bicep or ARM that has a name, whatever its case.
    pub fn function(&mut self, name: &str) -> Function {
        let lower = in_lower_case(name);
        Function::named(&lower).unwrap_or_else(|| Function::Other(self.intern(&lower)))
    }

    /// The method that has a name, whatever its case. Ex) `vault.getSecret(…)`
    pub(super) fn method(&mut self, name: &str) -> Function {
        Function::Method(self.intern(&in_lower_case(name)))
    }

    /// A function's value, folded where that is possible.
    pub fn call(&mut self, function: Function, arguments: &[Term]) -> Term {
        let seq = self.list(arguments);
        self.once(Operation::Call(function, seq), |terms| {
            functions::fold(terms, function, arguments).unwrap_or_else(|| terms.make_call(function, seq))
        })
    }

    /// A function's value that stays as it is.
    pub(super) fn unfolded(&mut self, function: Function, arguments: &[Term]) -> Term {
        let seq = self.list(arguments);
        self.make_call(function, seq)
    }

    fn make_call(&mut self, function: Function, seq: Seq) -> Term {
        self.has_comparisons |= function == Function::AtLeast;
        self.make(Value::Call(function, seq))
    }

    /// The list (or text, or object) whose length a term is.
    pub fn as_length(&self, term: Term) -> Option<Term> {
        let Value::Call(Function::Length, seq) = self.get(term) else { return None };
        self.seq(seq).first().copied()
    }

    /// `condition ? yes : no`
    pub fn if_(&mut self, condition: Term, yes: Term, no: Term) -> Term {
        if yes == no {
            return yes;
        }
        let condition = self.condition(condition);
        match (self.get(condition), self.get(yes), self.get(no)) {
            (Value::Bool(true), ..) => yes,
            (Value::Bool(false) | Value::Null, ..) => no,
            (Value::Not(inner), ..) => self.if_(inner, no, yes),
            (_, Value::Bool(true), Value::Bool(false)) => self.truth(condition),
            (_, Value::Bool(yes), _) if self.is_truth(no) => {
                if yes {
                    self.or(&[condition, no])
                } else {
                    let not = self.not(condition);
                    self.and(&[not, no])
                }
            }
            (_, _, Value::Bool(no)) if self.is_truth(yes) => {
                if no {
                    let not = self.not(condition);
                    self.or(&[not, yes])
                } else {
                    self.and(&[condition, yes])
                }
            }
            _ => self.make(Value::If(condition, yes, no)),
        }
    }

    /// `!operand`; `null` counts as `false`.
    pub fn not(&mut self, operand: Term) -> Term {
        let operand = self.condition(operand);
        match self.get(operand) {
            Value::Bool(value) => self.bool(!value),
            Value::Null => self.bool(true),
            Value::Not(inner) => self.truth(inner),
            Value::And(_) | Value::Or(_) | Value::If(..) => {
                self.once(Operation::Not(operand), |terms| terms.not_compound(operand))
            }
            _ => self.make(Value::Not(operand)),
        }
    }

    fn not_compound(&mut self, operand: Term) -> Term {
        let all = |terms: &mut Self, seq: Seq| -> Vec<Term> {
            terms.seq(seq).to_vec().into_iter().map(|term| terms.not(term)).collect()
        };
        match self.get(operand) {
            Value::And(seq) => {
                let not = all(self, seq);
                self.or(&not)
            }
            Value::Or(seq) => {
                let not = all(self, seq);
                self.and(&not)
            }
            Value::If(condition, yes, no) => {
                let (yes, no) = (self.not(yes), self.not(no));
                self.if_(condition, yes, no)
            }
            _ => self.make(Value::Not(operand)),
        }
    }

    /// All of them.
    pub fn and(&mut self, operands: &[Term]) -> Term {
        self.junction(operands, true)
    }

    /// Any of them.
    pub fn or(&mut self, operands: &[Term]) -> Term {
        self.junction(operands, false)
    }

    fn junction(&mut self, operands: &[Term], all: bool) -> Term {
        // Mostly all but one of them say nothing, and that one is in normal form.
        let is_trivial = |&&operand: &&Term| match self.get(operand) {
            Value::Bool(value) => value == all,
            Value::Null => !all,
            _ => false,
        };
        let mut others = operands.iter().skip_while(is_trivial);
        if let Some(&only) = others.next()
            && others.all(|operand| *operand == only || is_trivial(&operand))
            && !matches!(self.get(only), Value::Bool(_) | Value::Null)
        {
            return self.truth(only);
        }
        let mut flat: SmallVec<[Term; 16]> = SmallVec::new();
        for &operand in operands {
            let operand = self.condition(operand);
            match self.get(operand) {
                Value::Bool(value) if value == all => {}
                Value::Null if !all => {}
                Value::Bool(_) | Value::Null => return self.bool(!all),
                Value::And(seq) if all => flat.extend_from_slice(self.seq(seq)),
                Value::Or(seq) if !all => flat.extend_from_slice(self.seq(seq)),
                _ => flat.push(operand),
            }
        }
        self.work.count(flat.len() as u64);
        flat.sort_unstable();
        flat.dedup();
        let contradicts = flat.iter().any(|&operand| match self.get(operand) {
            Value::Not(inner) => flat.binary_search(&inner).is_ok(),
            _ => false,
        });
        if contradicts {
            return self.bool(!all);
        }
        if let Err(reached) = Limit::Operands.check(flat.len()) {
            return self.cut(reached);
        }
        match flat[..] {
            [] => self.bool(all),
            [only] => self.truth(only),
            _ => {
                let seq = self.list(&flat);
                self.make(if all { Value::And(seq) } else { Value::Or(seq) })
            }
        }
    }

    /// `one == other`
    pub fn equal(&mut self, one: Term, other: Term) -> Term {
        let (one, other) = if one <= other { (one, other) } else { (other, one) };
        if one == other {
            return self.bool(true);
        }
        if self.is_literal(one) && self.is_literal(other) {
            return self.bool(false);
        }
        match (self.get(one), self.get(other)) {
            (Value::Null, _) if self.is_never_null(other) => return self.bool(false),
            (_, Value::Null) if self.is_never_null(one) => return self.bool(false),
            // What is not known to be a truth value may be `null`, which equals neither.
            (Value::Bool(value), _) if self.is_truth(other) => {
                return if value { other } else { self.not(other) };
            }
            (_, Value::Bool(value)) if self.is_truth(one) => {
                return if value { one } else { self.not(one) };
            }
            (Value::If(condition, yes, no), _) => {
                return self.once(Operation::Equal(one, other), |terms| {
                    let (yes, no) = (terms.equal(yes, other), terms.equal(no, other));
                    terms.if_(condition, yes, no)
                });
            }
            (_, Value::If(condition, yes, no)) => {
                return self.once(Operation::Equal(one, other), |terms| {
                    let (yes, no) = (terms.equal(one, yes), terms.equal(one, no));
                    terms.if_(condition, yes, no)
                });
            }
            (Value::Coalesce(left, right), _) if self.is_literal(other) => {
                if let Some(known) = self.equal_coalesced(left, right, other) {
                    return known;
                }
            }
            (_, Value::Coalesce(left, right)) if self.is_literal(one) => {
                if let Some(known) = self.equal_coalesced(left, right, one) {
                    return known;
                }
            }
            // Ex) length('${prefix}-hub') == 0
            (Value::Int(0), Value::Call(Function::Length, seq))
            | (Value::Call(Function::Length, seq), Value::Int(0))
                if self.seq(seq).first().is_some_and(|&text| self.is_never_empty(text)) =>
            {
                return self.bool(false);
            }
            (Value::Array(ones), Value::Array(others)) if self.seq(ones).len() != self.seq(others).len() => {
                return self.bool(false);
            }
            (Value::Array(seq), _) if self.seq(seq).is_empty() => {
                if let Some(known) = self.equals_empty(other, ParameterType::Array) {
                    return known;
                }
            }
            (_, Value::Array(seq)) if self.seq(seq).is_empty() => {
                if let Some(known) = self.equals_empty(one, ParameterType::Array) {
                    return known;
                }
            }
            (Value::Text(name), _) if self.name(name).is_empty() => {
                if let Some(known) = self.equals_empty(other, ParameterType::String) {
                    return known;
                }
            }
            (_, Value::Text(name)) if self.name(name).is_empty() => {
                if let Some(known) = self.equals_empty(one, ParameterType::String) {
                    return known;
                }
            }
            _ => {}
        }
        self.make(Value::Equal(one, other))
    }

    /// A term with case folded, if that has been asked for before.
    pub(super) fn known_fold(&self, term: Term) -> Option<Term> {
        self.folded.get(term.0 as usize).copied().filter(|&folded| folded != NONE)
    }

    /// Lower case in every known text: names in Azure do not depend on case.
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
            Value::Call(Function::ToLower | Function::ToUpper, seq) => {
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
                let folded: SmallVec<[Term; 4]> = old.iter().map(|&name| self.fold_case(name)).collect();
                if (lower, folded_scope, &folded) == (ty, scope, &old) {
                    term
                } else {
                    let names = self.list(&folded);
                    self.make(Value::ResourceId { scope: folded_scope, ty: lower, names })
                }
            }
            // What decides is compared with case, and hashes differ with it.
            Value::If(condition, yes, no) => {
                let (yes, no) = (self.fold_case(yes), self.fold_case(no));
                self.if_(condition, yes, no)
            }
            Value::Call(function, _) if !function.keeps_case() => term,
            Value::Not(_) | Value::And(_) | Value::Or(_) | Value::Equal(..) => term,
            _ => self.rebuild(term, &mut |terms, child| terms.fold_case(child)),
        };
        let at = term.0 as usize;
        if at >= self.folded.len() {
            self.folded.resize(self.attributes.len(), NONE);
        }
        self.folded[at] = folded;
        folded
    }
}

fn in_lower_case(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a text has no letter in another case, for certain.
fn is_lower(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}
