//! Values that no message quotes: those of `@secure` parameters, and those that parameter files assign, including
//! values of environment variables.
//!
//! They become part of conditions if a template is analysed with the values of a file: `mode == hubName` is then
//! `mode == 'prod-hub'`, and `x == 'id-${token}'` contains one text. A message shows `hubName` and `'id-${token}'`
//! again, with the parameter instead of its value. A text that was derived from a value in another way is shown as `…`.
//! A text that a template itself contains may be quoted, unless it is a secret.

use rustc_hash::FxHashMap;

use super::store::Store;
use super::term::{Name, Term, Value};
use super::terms::Terms;
use crate::small_sort::SmallSort as _;
use crate::template::Language;

/// Maximum number of values that are recognized. With more, messages quote only texts that templates contain.
const MAX_VALUES: usize = 2000;
/// Maximum depth of values whose parts are recognized.
const MAX_DEPTH: u32 = 16;
/// Shorter texts are not searched for inside others, because they occur everywhere.
const SHORTEST_PART: usize = 3;

/// Withheld values, with the parameters that they belong to.
#[derive(Clone, Debug, Default)]
pub(super) struct Withheld {
    texts: Vec<Text>,
    numbers: FxHashMap<i64, Box<str>>,
    /// The texts that templates contain, as bits by the number of the name.
    written: Vec<u64>,
    /// The spelling of catalogue texts that are compared with their case folded.
    spelt: FxHashMap<Name, Box<str>>,
    /// The spelling that templates give to texts with capitals, by the text in lower case: ids are compared without case.
    cased: FxHashMap<Box<str>, Box<str>>,
    is_any: bool,
}

#[derive(Clone, Debug)]
struct Text {
    /// In lower case, because the case of ids is folded.
    value: Box<str>,
    name: Name,
    /// Ex) `hubs[0].name`
    path: Box<str>,
    is_secret: bool,
}

/// The form in which a message shows a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told<'t> {
    /// The text itself.
    Text(&'t str),
    /// The parameter that has it as its value.
    Parameter(&'t str),
    /// The text with parameters in it, as in `'id-${token}'`, without quotes.
    Parts(String),
}

impl Withheld {
    /// Records that a template contains a text.
    pub(super) fn write_out(&mut self, name: Name) {
        let (word, bit) = (name.0 as usize / 64, name.0 % 64);
        if self.written.len() <= word {
            self.written.resize(word + 1, 0);
        }
        self.written[word] |= 1 << bit;
    }

    fn is_written(&self, name: Name) -> bool {
        let word = self.written.get(name.0 as usize / 64).copied().unwrap_or(0);
        word >> (name.0 % 64) & 1 == 1
    }

    /// Adds a text with the parameter that it belongs to.
    fn add(&mut self, (name, value): (Name, &str), path: &str, is_secret: bool) {
        self.is_any = true;
        if value.is_empty() || self.texts.len() >= MAX_VALUES {
            return;
        }
        let value = value.to_lowercase().into_boxed_str();
        match self.texts.iter_mut().find(|known| known.value == value) {
            Some(known) => known.is_secret |= is_secret,
            None => self.texts.push(Text { value, name, path: path.into(), is_secret }),
        }
    }

    /// The form in which a message about a finding shows a text.
    pub(super) fn told<'t>(&'t self, text: &'t str, name: Option<Name>) -> Told<'t> {
        if !self.is_any {
            return Told::Text(text);
        }
        let lower = text.to_lowercase();
        let whole = self.texts.iter().find(|known| *known.value == *lower);
        let is_written = name.is_some_and(|name| self.is_written(name));
        match whole {
            Some(known) if known.is_secret || !is_written => Told::Parameter(&known.path),
            _ if is_written || text.is_empty() => Told::Text(text),
            _ => Told::Parts(self.parts(&lower)),
        }
    }

    /// A text with parameters in place of their values. A text without any was derived from a value in another way.
    fn parts(&self, lower: &str) -> String {
        // A value that a template also contains may occur for that reason, so it is not replaced.
        let is_told = |known: &&Text| {
            known.value.len() >= SHORTEST_PART && (known.is_secret || !self.is_written(known.name))
        };
        let mut known: Vec<&Text> = self.texts.iter().filter(is_told).collect();
        known.small_sort_by_key(|known| std::cmp::Reverse(known.value.len()));
        let (mut out, mut rest, mut found) = (String::new(), lower, false);
        while let Some(first) = rest.chars().next() {
            if let Some(known) = known.iter().find(|known| rest.starts_with(&*known.value)) {
                out.push_str(&format!("${{{}}}", known.path));
                rest = &rest[known.value.len()..];
                found = true;
            } else {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        if found { out } else { "…".to_owned() }
    }

    /// The parameter that has a number as its value. Common numbers reveal nothing, so they are shown.
    pub(super) fn number(&self, number: i64) -> Option<&str> {
        if number.unsigned_abs() <= 1 { None } else { self.numbers.get(&number).map(|path| &**path) }
    }
}

/// A case-folded text of the catalogue. Messages may quote it, because it is not the value of a parameter.
pub fn folded(terms: &mut Terms, text: &str) -> Term {
    let lower = text.to_lowercase();
    let folded = terms.text(&lower);
    let name = terms.intern(&lower);
    let withheld = terms.withheld_mut();
    withheld.write_out(name);
    withheld.spelt.entry(name).or_insert_with(|| text.into());
    folded
}

/// Azure's spelling of a text that is compared with its case folded. Ex) `ReadOnly` for `readonly`
pub fn spelling(terms: &Store, text: Term) -> Option<&str> {
    let Value::Text(name) = terms.get(text) else { return None };
    terms.withheld.spelt.get(&name).map(|spelt| &**spelt)
}

/// Lets messages quote a text that a template contains, and returns the text. Texts in parameter files stay withheld.
pub(super) fn written_out(terms: &mut Terms, by: Language, literal: Term) -> Term {
    match terms.get(literal) {
        _ if by == Language::Params => {}
        Value::Text(name) => {
            let text = terms.name(name);
            let lower = text.bytes().any(|byte| byte.is_ascii_uppercase()).then(|| text.to_lowercase());
            let cased = lower.map(|lower| (lower, text.into()));
            let withheld = terms.withheld_mut();
            withheld.write_out(name);
            if let Some((lower, text)) = cased {
                withheld.cased.entry(lower.into()).or_insert(text);
            }
        }
        // Ex) '/providers/Microsoft.Network/virtualHubs/hub', which is read as an id
        Value::Concat(parts) => {
            for at in 0..terms.seq(parts).len() {
                written_out(terms, by, terms.seq(parts)[at]);
            }
        }
        _ => {}
    }
    literal
}

impl Withheld {
    /// A text that was put into lower case, as a template spells it. A text that a template also has in lower case stays.
    /// Ex) `GatewaySubnet` for `gatewaysubnet`
    pub(super) fn spelling_of<'t>(&'t self, text: &'t str, name: Option<Name>) -> &'t str {
        let is_written = name.is_some_and(|name| self.is_written(name));
        if is_written { text } else { self.cased.get(text).map_or(text, |cased| cased) }
    }
}

/// The text of an id or of one of its names, as a template spells it.
pub fn as_spelt(terms: &Store, text: Term) -> Option<&str> {
    let Value::Text(name) = terms.get(text) else { return None };
    Some(terms.withheld.spelling_of(terms.name(name), Some(name)))
}

/// Lets messages quote the texts in a file that a template loads. Texts in files that parameter files load stay
/// withheld.
pub(super) fn written_beside(terms: &mut Terms, by: Language, loaded: Term) {
    if by == Language::Params {
        return;
    }
    let mut open = vec![loaded];
    while let Some(part) = open.pop() {
        match terms.get(part) {
            Value::Text(name) => terms.withheld_mut().write_out(name),
            value @ (Value::Array(_) | Value::Object(_)) => terms.each_child(value, |child| open.push(child)),
            _ => {}
        }
    }
}

/// Withholds a value of a parameter, with all its parts: messages name the parameter instead. A secret is withheld even
/// if a template contains it.
pub(super) fn withhold(terms: &mut Terms, value: Term, parameter: &str, is_secret: bool) {
    let mut withheld = std::mem::take(terms.withheld_mut());
    withheld.add_parts(terms, value, (parameter, is_secret), 0);
    *terms.withheld_mut() = withheld;
}

impl Withheld {
    fn add_parts(&mut self, terms: &Store, value: Term, (path, is_secret): (&str, bool), depth: u32) {
        if depth > MAX_DEPTH {
            self.is_any = true;
            return;
        }
        let parts: Vec<(Term, String)> = match terms.get(value) {
            Value::Text(name) => {
                self.add((name, terms.name(name)), path, is_secret);
                return;
            }
            Value::Int(number) => {
                self.is_any = true;
                self.numbers.entry(number).or_insert_with(|| path.into());
                return;
            }
            Value::Array(list) => {
                let list = terms.seq(list).iter().take(MAX_VALUES).enumerate();
                list.map(|(at, &part)| (part, format!("{path}[{at}]"))).collect()
            }
            Value::Object(object) => {
                let pairs = terms.seq(object).chunks_exact(2).take(MAX_VALUES);
                let key = |key: Term| terms.known_text(key).map_or_else(|| "…".to_owned(), str::to_owned);
                pairs.map(|pair| (pair[1], format!("{path}.{}", key(pair[0])))).collect()
            }
            // Ex) 'https://${readEnvironmentVariable('HOST')}/a'
            Value::Concat(list) => terms.seq(list).iter().map(|&part| (part, path.to_owned())).collect(),
            Value::If(_, yes, no) => vec![(yes, path.to_owned()), (no, path.to_owned())],
            Value::Coalesce(one, other) => vec![(one, path.to_owned()), (other, path.to_owned())],
            _ => return,
        };
        for (part, path) in parts {
            self.add_parts(terms, part, (&path, is_secret), depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_told_as_its_parameter() {
        let mut withheld = Withheld::default();
        assert_eq!(withheld.told("open", None), Told::Text("open"), "nothing is withheld");
        withheld.add((Name(101), "Prod-Hub"), "hubName", false);
        withheld.add((Name(102), "hunter2"), "token", true);
        withheld.add((Name(103), "hunter2-long"), "other", false);
        withheld.add((Name(104), ""), "empty", true);
        withheld.add((Name(105), "x"), "short", false);
        assert_eq!(withheld.told("prod-hub", None), Told::Parameter("hubName"));
        assert_eq!(withheld.told("id-HUNTER2/x", None), Told::Parts("id-${token}/x".into()));
        assert_eq!(withheld.told("hunter2-longer", None), Told::Parts("${other}er".into()));
        assert_eq!(withheld.told("aHVudGVyMg==", None), Told::Parts("…".into()), "made of it in another way");
        assert_eq!(withheld.told("", None), Told::Text(""));
        withheld.write_out(Name(70));
        assert_eq!(
            withheld.told("prod-hub", Some(Name(70))),
            Told::Text("prod-hub"),
            "the template says it itself"
        );
        assert_eq!(
            withheld.told("hunter2", Some(Name(70))),
            Told::Parameter("token"),
            "but that is a secret"
        );
        assert_eq!(withheld.told("prod-hub", Some(Name(6))), Told::Parameter("hubName"));
    }
}
