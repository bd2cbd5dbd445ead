//! Puts names, types and conditions into the words of findings.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::finding::Condition;
use super::formulas::{Fact, Names};
use crate::eval::show::tell_named;
use crate::eval::term::{Function, Term, Value};
use crate::eval::terms::Terms;
use crate::eval::withheld::spelling;
use crate::race::analysis::World;

/// Joins quoted names as in a sentence: `a`, `b` and `c`.
pub(super) fn list(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let quoted: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if names.len() > SHOWN {
        return format!("{} and {} more", quoted.join(", "), names.len() - SHOWN);
    }
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// Joins names of which one is meant: `a`, `b` or `c`.
pub(super) fn any_of(names: &[String]) -> String {
    const MOST: usize = 6;
    let shown = if names.len() > MOST { MOST - 1 } else { MOST };
    let quoted: Vec<String> = names.iter().take(shown).map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        before if names.len() > MOST => {
            format!("{} or one of {} more", before.join(", "), names.len() - shown)
        }
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} or {last}", before.join(", ")),
    }
}

/// Maximum number of characters of a name in a sentence.
const MOST: usize = 60;

/// Whether a name fits into a sentence.
pub(super) fn is_short(name: &str) -> bool {
    name.chars().count() <= MOST
}

/// Shortens a long name for a sentence. It keeps the beginning and the end, which distinguish it from other names.
/// Ex) `'${prefix}-aVeryLongNa…rkName}-gateway-aa'`
pub(super) fn middle(name: &str) -> String {
    const END: usize = 24;
    if is_short(name) {
        return name.to_owned();
    }
    let count = name.chars().count();
    let begin: String = name.chars().take(MOST - END - 1).collect();
    let end: String = name.chars().skip(count - END).collect();
    format!("{begin}…{end}")
}

/// Worlds in words: of the terms and names of one root.
pub(super) struct Worlds<'t> {
    pub(super) terms: &'t Terms,
    /// The names that the root gives to the values of its variables.
    pub(super) names: &'t Names,
}

/// Joins clauses into a sentence. Ex) a is true, b is false and c is empty
pub(crate) fn sentence(clauses: &[String]) -> String {
    match clauses {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// Whether a condition is not worth mentioning: that two instances of a loop differ is obvious, and an element that the
/// analysis did not tell apart from others is covered by the warning about the limit.
pub(super) fn is_about_instances(terms: &Terms, term: Term) -> bool {
    match terms.get(term) {
        Value::Equal(one, other)
            if matches!((terms.get(one), terms.get(other)), (Value::CopyIndex(_), Value::CopyIndex(_))) =>
        {
            true
        }
        _ => is_about_some_element(terms, term),
    }
}

fn is_about_some_element(terms: &Terms, term: Term) -> bool {
    let (mut open, mut seen) = (vec![term], FxHashSet::default());
    while let Some(term) = open.pop() {
        let value = terms.get(term);
        if matches!(value, Value::Call(Function::SomeIndex, _)) {
            return true;
        }
        terms.each_child(value, |part| open.extend(seen.insert(part).then_some(part)));
    }
    false
}

impl Worlds<'_> {
    fn tell(&self, term: Term) -> String {
        tell_named(self.terms, term, &self.names.values)
    }

    /// The conditions of a world, each as expression and value.
    pub(super) fn conditions(&self, world: &World) -> Vec<Condition> {
        let mut found: Vec<Condition> =
            world.iter().map(|&(term, value)| self.condition(term, value)).collect();
        found.dedup_by(|one, other| one.expression == other.expression && one.value == other.value);
        found
    }

    fn condition(&self, term: Term, value: Term) -> Condition {
        match self.names.facts.get(&term) {
            Some(Fact::NotEmpty(name)) => {
                return Condition { expression: format!("empty({name})"), value: "false".to_owned() };
            }
            Some(Fact::True(name)) => {
                return Condition { expression: name.to_string(), value: "true".to_owned() };
            }
            None => {}
        }
        if let (Some(list), Some(0)) = (self.terms.as_length(term), self.terms.known_int(value)) {
            return Condition { expression: format!("empty({})", self.tell(list)), value: "true".to_owned() };
        }
        Condition { expression: self.tell(term), value: self.tell(value) }
    }

    /// The facts of a world in words, without duplicates; `None` if there are none.
    pub(super) fn clauses(&self, world: &World) -> Vec<String> {
        if let Some((told, instead)) = self.names.instead.get(world) {
            let (mut clauses, ..) = self.told(told);
            clauses.push(instead.clone());
            return clauses;
        }
        let (mut clauses, left_out) = self.told(world);
        let mut about: Vec<String> = Vec::new();
        for &term in &left_out {
            self.parameters(term, &mut about);
        }
        clauses.extend(further(left_out.len(), &about));
        clauses
    }

    /// The facts of a world that are told in words that a reader finds in the source; `None` if all are.
    pub(super) fn readable(&self, world: &World) -> Option<World> {
        let (_, left_out) = self.told(world);
        let is_told = |&&(term, value): &&(Term, Term)| is_readable(&self.clause(world, term, value));
        (!left_out.is_empty()).then(|| world.iter().filter(is_told).copied().collect())
    }

    /// The facts of a world in words that a reader finds in the source, and the terms of the others.
    fn told(&self, world: &World) -> (Vec<String>, Vec<Term>) {
        let told = world.iter().filter(|&&(term, value)| {
            !self.names.unsaid.contains(&term)
                && !says_less(self.terms, world, term, value)
                && !is_implied(self.terms, world, term, value)
                && !goes_without_saying(self.terms, term, value)
        });
        let (mut once, mut left_out): (Vec<String>, Vec<Term>) = Default::default();
        let mut seen: Vec<String> = Vec::new();
        for &(term, value) in told {
            let part = self.clause(world, term, value);
            if seen.contains(&part) {
                continue;
            }
            if is_readable(&part) {
                once.push(part.clone());
            } else {
                left_out.push(term);
            }
            seen.push(part);
        }
        (ruled_out(once), left_out)
    }

    /// Adds the parameters that a condition is about, each with the properties that the template names.
    /// Ex) `settings.apps` in `empty(filter(settings.apps, x => …)[0].name)`
    fn parameters(&self, term: Term, found: &mut Vec<String>) {
        let (mut open, mut seen) = (VecDeque::from([term]), FxHashSet::default());
        while let Some(part) = open.pop_front() {
            if !seen.insert(part) {
                continue;
            }
            let (mut base, mut named) = (part, part);
            loop {
                base = match self.terms.get(base) {
                    Value::Member(inner, _) => inner,
                    Value::Index(inner, _) => {
                        named = inner;
                        inner
                    }
                    _ => break,
                };
            }
            if matches!(self.terms.get(base), Value::Parameter(..)) {
                let name = self.tell(named);
                if !found.contains(&name) {
                    found.push(name);
                }
            } else {
                self.terms.each_child(self.terms.get(part), |child| open.push_back(child));
            }
        }
    }
}

/// Conditions that a reader cannot find in the source, by their number and what they are about.
/// Ex) 2 further conditions on `settings` hold
fn further(count: usize, about: &[String]) -> Option<String> {
    let on = match about {
        [] => String::new(),
        [one, other, _, _, ..] => format!(" on `{one}`, `{other}` and others"),
        few => format!(" on {}", list(few)),
    };
    match count {
        0 => None,
        1 => Some(format!("a further condition{on} holds")),
        more => Some(format!("{more} further conditions{on} hold")),
    }
}

/// Whether a clause is made of names: text that the analysis put together from several templates says nothing to a reader.
fn is_readable(clause: &str) -> bool {
    const LONGEST: usize = 120;
    // An index of the analysis, an inlined value, a part that is left out.
    const INLINED: [&str; 8] = ["[i]", "[j]", "[k]", "=> ", "[for ", "{ … }", " ? ", "…"];
    let is_inlined = INLINED.iter().any(|part| clause.contains(part));
    // Ex) `'appi-${name}'.properties.ConnectionString`, which Azure gives a resource
    !is_inlined && !clause.starts_with("`'") && clause.chars().count() <= LONGEST
}

/// Whether the fact that a term is not a value, or not empty, follows from its value or from that of a part of it.
/// Ex) `lock` is not empty, and `lock.kind` is not `'None'`, if `lock.kind` is `'ReadOnly'`
fn is_implied(terms: &Terms, world: &World, term: Term, value: Term) -> bool {
    let Some(subject) = ruled_out_of(terms, term, value) else { return false };
    world.iter().filter_map(|&(term, value)| known_value(terms, term, value)).any(|known| {
        let mut part = known;
        loop {
            if part == subject {
                return true;
            }
            match terms.get(part) {
                Value::Member(base, _) | Value::Index(base, _) => part = base,
                _ => return false,
            }
        }
    })
}

/// Whether a fact says only that there is what nobody leaves out: a property that Azure gives a resource, or a property of an
/// element. Ex) `component.properties.ConnectionString` is not empty, `subnets[0].name` is not `null`
fn goes_without_saying(terms: &Terms, term: Term, value: Term) -> bool {
    if terms.known_bool(value) != Some(false) {
        return false;
    }
    let (subject, is_null) = match (terms.get(term), sides(terms, term)) {
        (Value::Call(Function::Empty, parts), _) => match *terms.seq(parts) {
            [subject] => (subject, false),
            _ => return false,
        },
        (_, Some((subject, literal))) => match (terms.get(literal), length_of(terms, term)) {
            (_, Some((list, 0))) => (list, false),
            (Value::Null, _) => (subject, true),
            (Value::Text(_), _) if terms.known_text(literal) == Some("") => (subject, false),
            _ => return false,
        },
        _ => return false,
    };
    let (mut part, mut is_of_element) = (subject, false);
    loop {
        match terms.get(part) {
            // What Azure answers. Ex) `vault.getSecret('password')`
            Value::Resource(_) | Value::Call(Function::Method(_) | Function::Reference, _) => return true,
            Value::Member(base, _) => part = base,
            Value::Index(base, _) => (part, is_of_element) = (base, true),
            _ => return is_null && is_of_element,
        }
    }
}

/// A term without the folding of its case.
fn unfolded(terms: &Terms, term: Term) -> Term {
    match terms.get(term) {
        Value::Call(Function::Folded, parts) => terms.seq(parts).first().copied().unwrap_or(term),
        _ => term,
    }
}

/// The two sides of an equality, the literal last.
fn sides(terms: &Terms, term: Term) -> Option<(Term, Term)> {
    let Value::Equal(one, other) = terms.get(term) else { return None };
    let (one, other) = if terms.is_literal(one) { (other, one) } else { (one, other) };
    terms.is_literal(other).then(|| (unfolded(terms, one), other))
}

/// The term that a fact excludes from a value, or says not to be empty.
fn ruled_out_of(terms: &Terms, term: Term, value: Term) -> Option<Term> {
    if terms.known_bool(value) != Some(false) {
        return None;
    }
    let (subject, _) = sides(terms, term)?;
    match length_of(terms, term) {
        Some((list, 0)) => Some(list),
        Some(_) => None,
        None => Some(subject),
    }
}

/// The term to which a fact gives a value that is neither `null` nor empty.
fn known_value(terms: &Terms, term: Term, value: Term) -> Option<Term> {
    let (subject, literal) = match sides(terms, term) {
        Some((subject, literal)) if terms.known_bool(value) == Some(true) => (subject, literal),
        Some(_) => return None,
        None => (unfolded(terms, term), value),
    };
    let is_value = match terms.get(literal) {
        Value::Bool(_) | Value::Int(_) => true,
        Value::Text(_) => terms.known_text(literal) != Some(""),
        _ => false,
    };
    let is_named = matches!(terms.get(subject), Value::Parameter(..) | Value::Member(..) | Value::Index(..));
    (is_value && is_named).then_some(subject)
}

/// Merges clauses that rule out values of the same expression. Ex) `sku` is neither `'Basic'` nor `'None'`
fn ruled_out(clauses: Vec<String>) -> Vec<String> {
    const NOT: &str = "` is not `";
    const NEITHER: &str = "` is neither `";
    let mut told: Vec<String> = Vec::with_capacity(clauses.len());
    for clause in clauses {
        let of =
            |one: &str, sign: &str| one.split_once(sign).map(|(of, value)| (of.to_owned(), value.to_owned()));
        let Some((about, value)) = of(&clause, NOT) else {
            told.push(clause);
            continue;
        };
        let same = told.iter_mut().find_map(|one| {
            let (before, values) = of(one, NOT).or_else(|| of(one, NEITHER))?;
            (before == about).then_some((one, values))
        });
        match same {
            Some((one, values)) => *one = format!("{about}{NEITHER}{values} nor `{value}"),
            None => told.push(clause),
        }
    }
    told
}

/// Whether a fact that a list does not have some length is implied by another fact of the world.
/// Ex) "`names` is not empty" is implied if it does not have exactly one element either
fn says_less(terms: &Terms, world: &World, term: Term, value: Term) -> bool {
    let Some((list, count)) = length_of(terms, term) else { return false };
    if terms.known_bool(value) != Some(false) {
        return false;
    }
    world.iter().any(|&(other, holds)| match length_of(terms, other) {
        Some((same, other)) if same == list => other == count + 1 || terms.known_bool(holds) == Some(true),
        _ => false,
    })
}

impl Worlds<'_> {
    fn clause(&self, world: &World, term: Term, value: Term) -> String {
        let terms = self.terms;
        match self.names.facts.get(&term) {
            Some(Fact::NotEmpty(name)) => return format!("`{name}` is not empty"),
            Some(Fact::True(name)) => return format!("`{name}` is true"),
            None => {}
        }
        if let (Some(list), Some(count)) = (terms.as_length(term), terms.known_int(value)) {
            // Ex) `length(spokes)` with the value 0
            let list = self.tell(list);
            return match count {
                0 => format!("`{list}` is empty"),
                1 => format!("`{list}` has one element"),
                count => format!("`{list}` has {count} elements"),
            };
        }
        if let Some((list, count)) = length_of(terms, term) {
            // Ex) length(spokes) == 0, length(spokes) == 1
            let holds = terms.known_bool(value).unwrap_or(true);
            let is_not = |shorter: i64| {
                shorter == 0 && terms.is_never_empty(list)
                    || world.iter().any(|&(other, holds)| {
                        length_of(terms, other) == Some((list, shorter))
                            && terms.known_bool(holds) == Some(false)
                    })
            };
            let is_longer = (0..count).all(is_not);
            let list = self.tell(list);
            return match (count, holds) {
                (0, true) => format!("`{list}` is empty"),
                (0, false) => format!("`{list}` is not empty"),
                (1, true) => format!("`{list}` has one element"),
                (1, false) if is_longer => format!("`{list}` has more than one element"),
                (count, true) => format!("`{list}` has {count} elements"),
                (count, false) if is_longer => format!("`{list}` has more than {count} elements"),
                (1, false) => format!("`{list}` does not have exactly one element"),
                (count, false) => format!("`{list}` does not have exactly {count} elements"),
            };
        }
        if let Some(told) = self.or_not_given(term, value) {
            return told;
        }
        match (terms.get(term), terms.known_bool(value)) {
            (Value::Parameter(..) | Value::Member(..) | Value::Index(..) | Value::Call(..), _)
            | (_, None) => {
                format!("`{}` is {}", self.tell(term), self.spelt(term, value))
            }
            (Value::Equal(one, other), Some(false)) => {
                let (one, other) = if terms.is_literal(one) { (other, one) } else { (one, other) };
                format!("`{}` is not {}", self.tell(one), self.spelt(one, other))
            }
            (Value::Equal(one, other), Some(true)) => {
                let (one, other) = if terms.is_literal(one) { (other, one) } else { (one, other) };
                format!("`{}` is {}", self.tell(one), self.spelt(one, other))
            }
            (_, Some(holds)) => format!("`{}` is {holds}", self.tell(term)),
        }
    }

    /// What holds also of a value that is not given, where a default takes its place.
    /// Ex) `solutions` is not given or not empty; `access` is `'Deny'` or not given
    fn or_not_given(&self, term: Term, value: Term) -> Option<String> {
        let (subject, literal) =
            or_null(self.terms, term).filter(|_| self.terms.known_bool(value) == Some(true))?;
        let told = self.tell(subject);
        Some(match literal {
            Some(literal) => format!("`{told}` is {} or not given", self.spelt(subject, literal)),
            None => format!("`{told}` is not given or not empty"),
        })
    }

    /// The value of a term in running text, with Azure's spelling if case does not matter.
    fn spelt(&self, term: Term, value: Term) -> String {
        match spelling(self.terms, value) {
            Some(spelt) if unfolded(self.terms, term) != term => format!("`'{spelt}'`"),
            _ => self.plain(value),
        }
    }

    /// A value in running text: Boolean values without quotes, others in back-ticks.
    fn plain(&self, value: Term) -> String {
        let terms = self.terms;
        if terms.known_bool(value).is_some() { self.tell(value) } else { format!("`{}`", self.tell(value)) }
    }
}

/// What `x == null || !empty(x)` or `x == null || x == 'value'` is about, with that value.
pub(super) fn or_null(terms: &Terms, term: Term) -> Option<(Term, Option<Term>)> {
    let Value::Or(parts) = terms.get(term) else { return None };
    let &[one, other] = terms.seq(parts) else { return None };
    let null_of = |term: Term| match terms.get(term) {
        Value::Equal(one, other) if terms.get(one) == Value::Null => Some(other),
        Value::Equal(one, other) if terms.get(other) == Value::Null => Some(one),
        _ => None,
    };
    let value_of = |term: Term| match terms.get(term) {
        Value::Equal(one, other) if terms.is_literal(one) => Some((other, Some(one))),
        Value::Equal(one, other) if terms.is_literal(other) => Some((one, Some(other))),
        Value::Not(inner) => match (terms.get(inner), length_of(terms, inner)) {
            (_, Some((list, 0))) => Some((list, None)),
            (Value::Call(Function::Empty, parts), _) => terms.seq(parts).first().map(|&list| (list, None)),
            _ => None,
        },
        _ => None,
    };
    let of = |null: Term, value: Term| {
        let subject = null_of(null)?;
        value_of(value).filter(|&(known, _)| known == subject)
    };
    of(one, other).or_else(|| of(other, one))
}

/// The list and the number, if a term compares the length of a list with a number.
pub(super) fn length_of(terms: &Terms, term: Term) -> Option<(Term, i64)> {
    let Value::Equal(one, other) = terms.get(term) else { return None };
    let (length, count) = match (terms.known_int(one), terms.known_int(other)) {
        (Some(count), None) => (other, count),
        (None, Some(count)) => (one, count),
        _ => return None,
    };
    Some((terms.as_length(length)?, count))
}

/// Turns a sentence of the catalogue into the `help` line of a finding. Ex) `One declaration.` → `one declaration`
pub(super) fn as_help(sentence: &str) -> String {
    let mut letters = sentence.trim_end_matches('.').chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The term that a test is about. Ex) `name` in `empty(name)`, `tier` in `startsWith(tier, 'Files')`
pub(super) fn tested(terms: &Terms, term: Term) -> Term {
    match terms.get(term) {
        Value::Call(Function::StartsWith | Function::EndsWith | Function::Contains, parts) => {
            terms.seq(parts).first().copied().unwrap_or(term)
        }
        _ => subject(terms, term),
    }
}

/// The term that a condition is about. Ex) `name` in `empty(name)`
pub(super) fn subject(terms: &Terms, term: Term) -> Term {
    match terms.get(term) {
        Value::Equal(one, other) if terms.is_literal(one) => terms.as_length(other).unwrap_or(other),
        Value::Equal(one, other) if terms.is_literal(other) => terms.as_length(one).unwrap_or(one),
        _ => terms.as_length(term).unwrap_or(term),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_name_begin_and_end_are_told() {
        assert_eq!(middle("hub"), "hub");
        assert_eq!(middle(&"é".repeat(60)), "é".repeat(60));
        let long = format!("begin{}end", "é".repeat(60));
        let told = middle(&long);
        assert_eq!(told.chars().count(), 60);
        assert!(told.starts_with("beginé") && told.contains('…') && told.ends_with("éend"), "{told}");
    }

    #[test]
    fn names_read_as_a_sentence() {
        let names: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(list(&names), "`a`, `b` and `c`");
        assert_eq!(list(&names[..1]), "`a`");
    }
}
