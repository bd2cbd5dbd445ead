//! Evaluation agrees with a naive interpreter, whether the parameters are known before evaluation or only after it.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{root, variable, workspace};
use crate::eval::evaluator::Evaluator;
use crate::eval::substitution::Substitution;
use crate::eval::term::Term;
use crate::eval::terms::Terms;

/// A value without parameters.
#[derive(Clone, Debug, PartialEq)]
enum Known {
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Known>),
}

/// An expression of type string. `source` gives its Bicep text, and `value` its value for given parameters.
#[derive(Clone, Debug)]
enum Text {
    Literal(String),
    Parameter,
    Joined(Vec<Text>),
    Lower(Box<Text>),
    Chosen(Box<Truth>, Box<Text>, Box<Text>),
    Element(Box<Texts>, u8),
    Format(Box<Text>, Box<Text>),
    Glued(Box<Texts>),
    Or(Box<Maybe>, Box<Text>),
}

/// A text or `null`.
#[derive(Clone, Debug)]
enum Maybe {
    Null,
    Parameter,
    /// `o.?name`
    Property,
    /// `o.?inner.?name`
    Inner,
    Known(Box<Text>),
    Or(Box<Maybe>, Box<Maybe>),
    /// `b ? … : null`
    Chosen(Box<Maybe>),
}

#[derive(Clone, Debug)]
enum Truth {
    Literal(bool),
    Parameter,
    Not(Box<Truth>),
    And(Box<Truth>, Box<Truth>),
    Or(Box<Truth>, Box<Truth>),
    Equal(Box<Text>, Box<Text>),
    EqualIgnoringCase(Box<Text>, Box<Text>),
    Empty(Box<Text>),
    Contains(Box<Texts>, Box<Text>),
    Longer(Box<Texts>, i64),
    StartsWith(Box<Text>, Box<Text>),
    IsNull(Box<Maybe>),
    AreOne(Box<Maybe>, Box<Maybe>),
    MaybeEmpty(Box<Maybe>),
    FlagIs(Option<bool>),
    FlagOr(bool),
    /// `o.?on ?? …`
    PropertyOr(bool),
    NoList,
    NoObject,
}

#[derive(Clone, Debug)]
enum Texts {
    Literal(Vec<Text>),
    Parameter,
    Mapped(Box<Texts>, String),
    Filtered(Box<Texts>, Box<Text>),
    Together(Box<Texts>, Box<Texts>),
    Taken(Box<Texts>, u8),
    Looped(Box<Texts>, Box<Text>),
    Chosen(Box<Truth>, Box<Texts>, Box<Texts>),
    /// `n ?? …`
    Or(Box<Texts>),
}

/// The values of the parameters `t`, `b`, `l`, and of those that may be `null`: `m`, `f`, `n`, `o`.
#[derive(Clone, Debug)]
struct Given {
    text: String,
    truth: bool,
    list: Vec<String>,
    maybe: Option<String>,
    flag: Option<bool>,
    names: Option<Vec<String>>,
    object: Option<Properties>,
}

/// The properties of an object, each of which may be missing.
#[derive(Clone, Debug)]
struct Properties {
    name: Option<String>,
    on: Option<bool>,
    inner: Option<Inner>,
}

/// A nested object, whose property may be missing.
#[derive(Clone, Debug)]
struct Inner {
    name: Option<String>,
}

impl Given {
    fn property(&self) -> Option<String> {
        self.object.as_ref()?.name.clone()
    }

    fn inner(&self) -> Option<String> {
        self.object.as_ref()?.inner.as_ref()?.name.clone()
    }

    fn on(&self) -> Option<bool> {
        self.object.as_ref()?.on
    }
}

fn given() -> impl Strategy<Value = Given> {
    let words = || prop::collection::vec(word(), 0..4);
    let maybe = || prop::option::of(word());
    let flag = || prop::option::of(any::<bool>());
    let object = (maybe(), flag(), prop::option::of(maybe().prop_map(|name| Inner { name })))
        .prop_map(|(name, on, inner)| Properties { name, on, inner });
    (word(), any::<bool>(), words(), maybe(), flag(), prop::option::of(words()), prop::option::of(object))
        .prop_map(|(text, truth, list, maybe, flag, names, object)| Given {
            text,
            truth,
            list,
            maybe,
            flag,
            names,
            object,
        })
}

fn maybe(
    text: impl Strategy<Value = Box<Text>> + Clone + 'static,
) -> impl Strategy<Value = Box<Maybe>> + Clone {
    let leaf = prop_oneof![
        Just(Maybe::Null),
        Just(Maybe::Parameter),
        Just(Maybe::Property),
        Just(Maybe::Inner),
        text.prop_map(Maybe::Known),
    ];
    leaf.prop_recursive(1, 3, 2, |inner| {
        let inner = inner.prop_map(Box::new);
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| Maybe::Or(one, other)),
            inner.prop_map(Maybe::Chosen),
        ]
    })
    .prop_map(Box::new)
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "b", "AB", "hub", "x-y"]).prop_map(str::to_owned)
}

fn texts() -> impl Strategy<Value = Texts> {
    let leaf = prop_oneof![
        Just(Texts::Parameter),
        prop::collection::vec(word().prop_map(Text::Literal), 0..3).prop_map(Texts::Literal),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let list = inner.prop_map(Box::new);
        let text = small_text(list.clone()).prop_map(Box::new);
        let truth = small_truth(list.clone(), text.clone()).prop_map(Box::new);
        prop_oneof![
            prop::collection::vec(text.clone().prop_map(|text| *text), 0..3).prop_map(Texts::Literal),
            (list.clone(), word()).prop_map(|(list, word)| Texts::Mapped(list, word)),
            (list.clone(), text.clone()).prop_map(|(list, text)| Texts::Filtered(list, text)),
            (list.clone(), list.clone()).prop_map(|(one, other)| Texts::Together(one, other)),
            (list.clone(), 0..3_u8).prop_map(|(list, count)| Texts::Taken(list, count)),
            (list.clone(), text).prop_map(|(list, text)| Texts::Looped(list, text)),
            (truth, list.clone(), list.clone()).prop_map(|(truth, yes, no)| Texts::Chosen(truth, yes, no)),
            list.prop_map(Texts::Or),
        ]
    })
}

fn small_text(
    list: impl Strategy<Value = Box<Texts>> + Clone + 'static,
) -> impl Strategy<Value = Text> + Clone {
    let leaf = prop_oneof![word().prop_map(Text::Literal), Just(Text::Parameter)];
    leaf.prop_recursive(2, 8, 3, move |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            prop::collection::vec(inner, 1..4).prop_map(Text::Joined),
            boxed.clone().prop_map(Text::Lower),
            (any::<bool>(), boxed.clone(), boxed.clone()).prop_map(|(known, yes, no)| {
                let truth = if known { Truth::Parameter } else { Truth::Not(Box::new(Truth::Parameter)) };
                Text::Chosen(Box::new(truth), yes, no)
            }),
            (list.clone(), 0..3_u8).prop_map(|(list, at)| Text::Element(list, at)),
            (boxed.clone(), boxed.clone()).prop_map(|(one, other)| Text::Format(one, other)),
            list.clone().prop_map(Text::Glued),
            (maybe(boxed.clone()), boxed).prop_map(|(maybe, text)| Text::Or(maybe, text)),
        ]
    })
}

fn small_truth(
    list: impl Strategy<Value = Box<Texts>> + Clone + 'static,
    text: impl Strategy<Value = Box<Text>> + Clone + 'static,
) -> impl Strategy<Value = Truth> + Clone {
    let leaf = prop_oneof![any::<bool>().prop_map(Truth::Literal), Just(Truth::Parameter)];
    leaf.prop_recursive(2, 8, 2, move |inner| {
        let boxed = inner.prop_map(Box::new);
        prop_oneof![
            boxed.clone().prop_map(Truth::Not),
            (boxed.clone(), boxed.clone()).prop_map(|(one, other)| Truth::And(one, other)),
            (boxed.clone(), boxed).prop_map(|(one, other)| Truth::Or(one, other)),
            (text.clone(), text.clone()).prop_map(|(one, other)| Truth::Equal(one, other)),
            (text.clone(), text.clone()).prop_map(|(one, other)| Truth::EqualIgnoringCase(one, other)),
            text.clone().prop_map(Truth::Empty),
            (list.clone(), text.clone()).prop_map(|(list, text)| Truth::Contains(list, text)),
            (list.clone(), 0..3_i64).prop_map(|(list, count)| Truth::Longer(list, count)),
            (text.clone(), text.clone()).prop_map(|(one, other)| Truth::StartsWith(one, other)),
            maybe(text.clone()).prop_map(Truth::IsNull),
            (maybe(text.clone()), maybe(text.clone())).prop_map(|(one, other)| Truth::AreOne(one, other)),
            maybe(text.clone()).prop_map(Truth::MaybeEmpty),
            prop::option::of(any::<bool>()).prop_map(Truth::FlagIs),
            any::<bool>().prop_map(Truth::FlagOr),
            any::<bool>().prop_map(Truth::PropertyOr),
            Just(Truth::NoList),
            Just(Truth::NoObject),
        ]
    })
}

impl Text {
    fn source(&self) -> String {
        match self {
            Self::Literal(text) => format!("'{text}'"),
            Self::Parameter => "t".to_owned(),
            Self::Joined(parts) => {
                let parts: Vec<String> = parts.iter().map(Self::source).collect();
                format!("concat('', {})", parts.join(", "))
            }
            Self::Lower(text) => format!("toLower({})", text.source()),
            Self::Chosen(truth, yes, no) => {
                format!("({} ? {} : {})", truth.source(), yes.source(), no.source())
            }
            Self::Element(list, at) => format!("({}[?{at}] ?? 'none')", list.source()),
            Self::Format(one, other) => {
                format!("format('{{1}}.{{0}}', {}, {})", one.source(), other.source())
            }
            Self::Glued(list) => format!("join({}, '+')", list.source()),
            Self::Or(maybe, text) => format!("({} ?? {})", maybe.source(), text.source()),
        }
    }

    fn value(&self, given: &Given) -> String {
        match self {
            Self::Literal(text) => text.clone(),
            Self::Parameter => given.text.clone(),
            Self::Joined(parts) => parts.iter().map(|part| part.value(given)).collect(),
            Self::Lower(text) => text.value(given).to_lowercase(),
            Self::Chosen(truth, yes, no) => if truth.value(given) { yes } else { no }.value(given),
            Self::Element(list, at) => {
                list.value(given).get(usize::from(*at)).cloned().unwrap_or_else(|| "none".to_owned())
            }
            Self::Format(one, other) => format!("{}.{}", other.value(given), one.value(given)),
            Self::Glued(list) => list.value(given).join("+"),
            Self::Or(maybe, text) => maybe.value(given).unwrap_or_else(|| text.value(given)),
        }
    }
}

impl Maybe {
    fn source(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Parameter => "m".to_owned(),
            Self::Property => "o.?name".to_owned(),
            Self::Inner => "o.?inner.?name".to_owned(),
            Self::Known(text) => text.source(),
            Self::Or(one, other) => format!("({} ?? {})", one.source(), other.source()),
            Self::Chosen(maybe) => format!("(b ? {} : null)", maybe.source()),
        }
    }

    fn value(&self, given: &Given) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Parameter => given.maybe.clone(),
            Self::Property => given.property(),
            Self::Inner => given.inner(),
            Self::Known(text) => Some(text.value(given)),
            Self::Or(one, other) => one.value(given).or_else(|| other.value(given)),
            Self::Chosen(maybe) => {
                if given.truth {
                    maybe.value(given)
                } else {
                    None
                }
            }
        }
    }
}

impl Truth {
    fn source(&self) -> String {
        match self {
            Self::Literal(value) => value.to_string(),
            Self::Parameter => "b".to_owned(),
            Self::Not(inner) => format!("!({})", inner.source()),
            Self::And(one, other) => format!("({} && {})", one.source(), other.source()),
            Self::Or(one, other) => format!("({} || {})", one.source(), other.source()),
            Self::Equal(one, other) => format!("({} == {})", one.source(), other.source()),
            Self::EqualIgnoringCase(one, other) => format!("({} =~ {})", one.source(), other.source()),
            Self::Empty(text) => format!("empty({})", text.source()),
            Self::Contains(list, text) => format!("contains({}, {})", list.source(), text.source()),
            Self::Longer(list, count) => format!("(length({}) > {count})", list.source()),
            Self::StartsWith(one, other) => format!("startsWith({}, {})", one.source(), other.source()),
            Self::IsNull(maybe) => format!("({} == null)", maybe.source()),
            Self::AreOne(one, other) => format!("({} == {})", one.source(), other.source()),
            Self::MaybeEmpty(maybe) => format!("empty({})", maybe.source()),
            Self::FlagIs(None) => "(f == null)".to_owned(),
            Self::FlagIs(Some(value)) => format!("(f == {value})"),
            Self::FlagOr(missing) => format!("(f ?? {missing})"),
            Self::PropertyOr(missing) => format!("(o.?on ?? {missing})"),
            Self::NoList => "(n == null)".to_owned(),
            Self::NoObject => "(o == null)".to_owned(),
        }
    }

    fn value(&self, given: &Given) -> bool {
        match self {
            Self::Literal(value) => *value,
            Self::Parameter => given.truth,
            Self::Not(inner) => !inner.value(given),
            Self::And(one, other) => one.value(given) && other.value(given),
            Self::Or(one, other) => one.value(given) || other.value(given),
            Self::Equal(one, other) => one.value(given) == other.value(given),
            Self::EqualIgnoringCase(one, other) => {
                one.value(given).to_lowercase() == other.value(given).to_lowercase()
            }
            Self::Empty(text) => text.value(given).is_empty(),
            Self::Contains(list, text) => list.value(given).contains(&text.value(given)),
            Self::Longer(list, count) => list.value(given).len() as i64 > *count,
            Self::StartsWith(one, other) => {
                one.value(given).to_lowercase().starts_with(&other.value(given).to_lowercase())
            }
            Self::IsNull(maybe) => maybe.value(given).is_none(),
            Self::AreOne(one, other) => one.value(given) == other.value(given),
            Self::MaybeEmpty(maybe) => maybe.value(given).is_none_or(|text| text.is_empty()),
            Self::FlagIs(value) => given.flag == *value,
            Self::FlagOr(missing) => given.flag.unwrap_or(*missing),
            Self::PropertyOr(missing) => given.on().unwrap_or(*missing),
            Self::NoList => given.names.is_none(),
            Self::NoObject => given.object.is_none(),
        }
    }
}

impl Texts {
    fn source(&self) -> String {
        match self {
            Self::Literal(elements) => {
                let elements: Vec<String> = elements.iter().map(Text::source).collect();
                format!("[{}]", elements.join(", "))
            }
            Self::Parameter => "l".to_owned(),
            Self::Mapped(list, word) => format!("map({}, (x, i) => '{word}-${{x}}-${{i}}')", list.source()),
            Self::Filtered(list, text) => format!("filter({}, x => x != {})", list.source(), text.source()),
            Self::Together(one, other) => format!("concat({}, {})", one.source(), other.source()),
            Self::Taken(list, count) => format!("take({}, {count})", list.source()),
            Self::Looped(list, text) => {
                // An interpolation cannot contain a list literal.
                format!("map({}, y => concat('', y, ':', {}))", list.source(), text.source())
            }
            Self::Chosen(truth, yes, no) => {
                format!("({} ? {} : {})", truth.source(), yes.source(), no.source())
            }
            Self::Or(list) => format!("(n ?? {})", list.source()),
        }
    }

    fn value(&self, given: &Given) -> Vec<String> {
        match self {
            Self::Literal(elements) => elements.iter().map(|element| element.value(given)).collect(),
            Self::Parameter => given.list.clone(),
            Self::Mapped(list, word) => {
                let elements = list.value(given).into_iter().enumerate();
                elements.map(|(at, element)| format!("{word}-{element}-{at}")).collect()
            }
            Self::Filtered(list, text) => {
                let unwanted = text.value(given);
                list.value(given).into_iter().filter(|element| *element != unwanted).collect()
            }
            Self::Together(one, other) => [one.value(given), other.value(given)].concat(),
            Self::Taken(list, count) => list.value(given).into_iter().take(usize::from(*count)).collect(),
            Self::Looped(list, text) => {
                let text = text.value(given);
                list.value(given).into_iter().map(|element| format!("{element}:{text}")).collect()
            }
            Self::Chosen(truth, yes, no) => if truth.value(given) { yes } else { no }.value(given),
            Self::Or(list) => given.names.clone().unwrap_or_else(|| list.value(given)),
        }
    }
}

/// A term as a known value, if it is one.
fn known(terms: &Terms, term: Term) -> Option<Known> {
    let literal = terms
        .known_bool(term)
        .map(Known::Bool)
        .or_else(|| terms.known_int(term).map(Known::Int))
        .or_else(|| terms.known_text(term).map(|text| Known::Text(text.to_owned())));
    literal.or_else(|| {
        let elements = terms.elements(term)?;
        elements.iter().map(|&element| known(terms, element)).collect::<Option<_>>().map(Known::List)
    })
}

/// The parameters, in the order of [`arguments`].
const PARAMETERS: [&str; 7] =
    ["t string", "b bool", "l array", "m string?", "f bool?", "n string[]?", "o object?"];

/// The given values as terms, in the order of the parameters.
fn arguments(terms: &mut Terms, given: &Given) -> Vec<Term> {
    let list = |terms: &mut Terms, list: &[String]| {
        let list: Vec<Term> = list.iter().map(|text| terms.text(text)).collect();
        terms.array(&list)
    };
    let object = given.object.as_ref().map(|properties| {
        let mut all = Vec::new();
        let named = |terms: &mut Terms, name: &Option<String>| {
            let name = name.as_ref().map(|name| (terms.intern("name"), terms.text(name)));
            name.into_iter().collect::<Vec<_>>()
        };
        all.extend(named(terms, &properties.name));
        all.extend(properties.on.map(|on| (terms.intern("on"), terms.bool(on))));
        if let Some(inner) = &properties.inner {
            let inner = named(terms, &inner.name);
            all.push((terms.intern("inner"), terms.object(&inner)));
        }
        terms.object(&all)
    });
    vec![
        terms.text(&given.text),
        terms.bool(given.truth),
        list(terms, &given.list),
        given.maybe.as_ref().map_or(terms.null(), |text| terms.text(text)),
        given.flag.map_or(terms.null(), |flag| terms.bool(flag)),
        given.names.as_ref().map_or(terms.null(), |names| list(terms, names)),
        object.unwrap_or(terms.null()),
    ]
}

/// The given values as they are written, in the order of the parameters.
fn literals(given: &Given) -> [String; 7] {
    let text = |text: &String| format!("'{text}'");
    let list = |list: &Vec<String>| format!("[{}]", list.iter().map(text).collect::<Vec<_>>().join(", "));
    let or_null = |value: Option<String>| value.unwrap_or_else(|| "null".to_owned());
    let object = given.object.as_ref().map(|properties| {
        let name = |name: &Option<String>| name.as_ref().map(|name| format!("name: '{name}'"));
        let inner = properties.inner.as_ref();
        let inner = inner.map(|inner| format!("inner: {{ {} }}", name(&inner.name).unwrap_or_default()));
        let on = properties.on.map(|on| format!("on: {on}"));
        let all: Vec<String> = [name(&properties.name), on, inner].into_iter().flatten().collect();
        format!("{{ {} }}", all.join(", "))
    });
    [
        text(&given.text),
        given.truth.to_string(),
        list(&given.list),
        or_null(given.maybe.as_ref().map(text)),
        or_null(given.flag.map(|flag| flag.to_string())),
        or_null(given.names.as_ref().map(list)),
        or_null(object),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn known_parameters_give_known_values(list in texts(), given in given()) {
        let expected = Known::List(list.value(&given).into_iter().map(Known::Text).collect());
        let source = list.source();
        // Known from the start.
        let mut before = String::new();
        for (parameter, value) in PARAMETERS.iter().zip(literals(&given)) {
            let name = parameter.split(' ').next().unwrap_or_default();
            _ = writeln!(before, "var {name} = {value}");
        }
        _ = writeln!(before, "var v = {source}");
        let files = workspace(&[("main.bicep", &before)]);
        let mut evaluator = Evaluator::new(&files);
        let value = variable(&mut evaluator, root(&files), "v");
        prop_assert_eq!(known(evaluator.terms(), value), Some(expected.clone()), "{}", before);
        // Known after evaluation: a call substitutes the same values for the parameters.
        let after = format!("param {}\nvar v = {source}\n", PARAMETERS.join("\nparam "));
        let files = workspace(&[("main.bicep", &after)]);
        let mut evaluator = Evaluator::new(&files);
        let template = root(&files);
        let value = variable(&mut evaluator, template, "v");
        let arguments = arguments(evaluator.terms(), &given).into_iter().map(Some).collect();
        let by = Substitution { template, arguments, ambient: Vec::new(), shift: 0 };
        let value = evaluator.terms().substitute(value, &by);
        prop_assert_eq!(known(evaluator.terms(), value), Some(expected), "{} with {:?}", source, given);
    }
}
