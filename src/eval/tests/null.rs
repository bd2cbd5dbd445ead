//! `null` in conditions: feasibility agrees with an exhaustive search, and different spellings agree.

use proptest::prelude::*;

use super::{root, variable, workspace};
use crate::eval::evaluator::Evaluator;
use crate::eval::feasibility::{Feasibility, feasible};
use crate::eval::substitution::Substitution;
use crate::eval::term::Term;
use crate::eval::terms::Terms;

/// The parameters of the conditions.
const PARAMETERS: &str = "param p bool
param a bool?
param b bool?
param s string?
param t string
param k ('x' | 'y')?
param n int?
param l string[]?
param o { on: bool?, name: string? }?
";

/// A condition that can be written as Bicep.
#[derive(Clone, Debug)]
enum Condition {
    Flag,
    Is(Flag, Option<bool>),
    Or(Flag, bool),
    OrFlag(Flag),
    OrChained(Flag, Flag, bool),
    TextIs(Text, Option<&'static str>),
    TextsAre(Text, Text),
    TextIsEmpty(Text),
    KindIs(Option<&'static str>),
    KindOr(&'static str),
    NumberIs(Option<i64>),
    NumberAtLeast(i64, i64),
    ListIsNull,
    ListIsEmpty,
    ListHas(&'static str),
    ObjectIsNull,
    ObjectIsEmpty,
    Not(Box<Condition>),
    And(Vec<Condition>),
    Either(Vec<Condition>),
    If(Box<Condition>, Box<Condition>, Box<Condition>),
    Same(Box<Condition>, Box<Condition>),
}

/// An expression whose value is `true`, `false` or `null`.
#[derive(Clone, Copy, Debug)]
enum Flag {
    A,
    B,
    /// `o.?on`
    On,
}

/// An expression whose value is a text or `null`.
#[derive(Clone, Copy, Debug)]
enum Text {
    S,
    T,
    /// `o.?name`
    Name,
    /// `s ?? 'x'`
    Or(&'static str),
    /// `s ?? o.?name`
    OrName,
    /// `s ?? t`
    OrGiven,
}

/// A value for every parameter.
#[derive(Clone, Copy, Debug)]
struct World {
    p: bool,
    a: Option<bool>,
    b: Option<bool>,
    s: Option<&'static str>,
    t: &'static str,
    k: Option<&'static str>,
    n: Option<i64>,
    l: Option<&'static [&'static str]>,
    o: Option<Object>,
}

/// Its properties, each of which may be left out.
#[derive(Clone, Copy, Debug)]
struct Object {
    on: Option<bool>,
    name: Option<&'static str>,
    /// Whether it has a further property.
    more: bool,
}

const FLAGS: [Option<bool>; 3] = [None, Some(false), Some(true)];

fn flag() -> impl Strategy<Value = Flag> + Clone {
    prop::sample::select(vec![Flag::A, Flag::A, Flag::B, Flag::On])
}

fn text() -> impl Strategy<Value = Text> + Clone {
    let all =
        vec![Text::S, Text::S, Text::T, Text::Name, Text::Or("x"), Text::Or(""), Text::OrName, Text::OrGiven];
    prop::sample::select(all)
}

fn condition() -> impl Strategy<Value = Condition> {
    let word = prop::sample::select(vec!["x", "y"]);
    let maybe = prop::option::of(prop::sample::select(vec!["x", ""]));
    let atom = prop_oneof![
        Just(Condition::Flag),
        (flag(), prop::sample::select(FLAGS.to_vec())).prop_map(|(flag, value)| Condition::Is(flag, value)),
        (flag(), any::<bool>()).prop_map(|(flag, other)| Condition::Or(flag, other)),
        flag().prop_map(Condition::OrFlag),
        (flag(), flag(), any::<bool>()).prop_map(|(one, other, last)| Condition::OrChained(one, other, last)),
        (text(), maybe).prop_map(|(text, value)| Condition::TextIs(text, value)),
        (text(), text()).prop_map(|(one, other)| Condition::TextsAre(one, other)),
        text().prop_map(Condition::TextIsEmpty),
        prop::option::of(prop::sample::select(vec!["x", "y"])).prop_map(Condition::KindIs),
        prop::sample::select(vec!["x", "y"]).prop_map(Condition::KindOr),
        prop::option::of(0..3_i64).prop_map(Condition::NumberIs),
        (0..3_i64, 0..3_i64).prop_map(|(missing, least)| Condition::NumberAtLeast(missing, least)),
        Just(Condition::ListIsNull),
        Just(Condition::ListIsEmpty),
        word.prop_map(Condition::ListHas),
        Just(Condition::ObjectIsNull),
        Just(Condition::ObjectIsEmpty),
    ];
    atom.prop_recursive(3, 10, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            boxed.clone().prop_map(Condition::Not),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::And),
            prop::collection::vec(inner, 2..4).prop_map(Condition::Either),
            (boxed.clone(), boxed.clone(), boxed.clone())
                .prop_map(|(condition, yes, no)| Condition::If(condition, yes, no)),
            (boxed.clone(), boxed).prop_map(|(one, other)| Condition::Same(one, other)),
        ]
    })
}

impl Flag {
    fn source(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::On => "o.?on",
        }
    }

    fn value(self, world: &World) -> Option<bool> {
        match self {
            Self::A => world.a,
            Self::B => world.b,
            Self::On => world.o.and_then(|object| object.on),
        }
    }
}

impl Text {
    fn source(self) -> String {
        match self {
            Self::S => "s".to_owned(),
            Self::T => "t".to_owned(),
            Self::Name => "o.?name".to_owned(),
            Self::Or(text) => format!("(s ?? '{text}')"),
            Self::OrName => "(s ?? o.?name)".to_owned(),
            Self::OrGiven => "(s ?? t)".to_owned(),
        }
    }

    fn value(self, world: &World) -> Option<&'static str> {
        let name = world.o.and_then(|object| object.name);
        match self {
            Self::S => world.s,
            Self::T => Some(world.t),
            Self::Name => name,
            Self::Or(text) => world.s.or(Some(text)),
            Self::OrName => world.s.or(name),
            Self::OrGiven => world.s.or(Some(world.t)),
        }
    }
}

fn literal(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), |text| format!("'{text}'"))
}

impl Condition {
    fn source(&self) -> String {
        let list = |all: &[Self], operator: &str| {
            let all: Vec<String> = all.iter().map(Self::source).collect();
            format!("({})", all.join(operator))
        };
        match self {
            Self::Flag => "p".to_owned(),
            Self::Is(flag, None) => format!("({} == null)", flag.source()),
            Self::Is(flag, Some(value)) => format!("({} == {value})", flag.source()),
            Self::Or(flag, other) => format!("({} ?? {other})", flag.source()),
            Self::OrFlag(flag) => format!("({} ?? p)", flag.source()),
            Self::OrChained(one, other, missing) => {
                format!("({} ?? {} ?? {missing})", one.source(), other.source())
            }
            Self::TextIs(text, value) => format!("({} == {})", text.source(), literal(*value)),
            Self::TextsAre(one, other) => format!("({} == {})", one.source(), other.source()),
            Self::TextIsEmpty(text) => format!("empty({})", text.source()),
            Self::KindIs(kind) => format!("(k == {})", literal(*kind)),
            Self::KindOr(kind) => format!("((k ?? '{kind}') == 'x')"),
            Self::NumberIs(None) => "(n == null)".to_owned(),
            Self::NumberIs(Some(value)) => format!("(n == {value})"),
            Self::NumberAtLeast(missing, least) => format!("((n ?? {missing}) >= {least})"),
            Self::ListIsNull => "(l == null)".to_owned(),
            Self::ListIsEmpty => "empty(l ?? [])".to_owned(),
            Self::ListHas(word) => format!("contains(l ?? [], '{word}')"),
            Self::ObjectIsNull => "(o == null)".to_owned(),
            Self::ObjectIsEmpty => "empty(o ?? {})".to_owned(),
            Self::Not(inner) => format!("(!{})", inner.source()),
            Self::And(all) => list(all, " && "),
            Self::Either(all) => list(all, " || "),
            Self::If(condition, yes, no) => {
                format!("({} ? {} : {})", condition.source(), yes.source(), no.source())
            }
            Self::Same(one, other) => format!("({} == {})", one.source(), other.source()),
        }
    }

    fn holds(&self, world: &World) -> bool {
        match self {
            Self::Flag => world.p,
            Self::Is(flag, value) => flag.value(world) == *value,
            Self::Or(flag, other) => flag.value(world).unwrap_or(*other),
            Self::OrFlag(flag) => flag.value(world).unwrap_or(world.p),
            Self::OrChained(one, other, missing) => {
                one.value(world).or(other.value(world)).unwrap_or(*missing)
            }
            Self::TextIs(text, value) => text.value(world) == *value,
            Self::TextsAre(one, other) => one.value(world) == other.value(world),
            Self::TextIsEmpty(text) => text.value(world).is_none_or(str::is_empty),
            Self::KindIs(kind) => world.k == *kind,
            Self::KindOr(kind) => world.k.unwrap_or(kind) == "x",
            Self::NumberIs(value) => world.n == *value,
            Self::NumberAtLeast(missing, least) => world.n.unwrap_or(*missing) >= *least,
            Self::ListIsNull => world.l.is_none(),
            Self::ListIsEmpty => world.l.is_none_or(<[&str]>::is_empty),
            Self::ListHas(text) => world.l.is_some_and(|list| list.contains(text)),
            Self::ObjectIsNull => world.o.is_none(),
            Self::ObjectIsEmpty => world.o.is_none_or(|object| !object.more),
            Self::Not(inner) => !inner.holds(world),
            Self::And(all) => all.iter().all(|one| one.holds(world)),
            Self::Either(all) => all.iter().any(|one| one.holds(world)),
            Self::If(condition, yes, no) => {
                if condition.holds(world) {
                    yes.holds(world)
                } else {
                    no.holds(world)
                }
            }
            Self::Same(one, other) => one.holds(world) == other.holds(world),
        }
    }
}

/// The values of each parameter that conditions of this kind can distinguish.
const TEXTS: [Option<&str>; 6] = [None, Some("x"), Some(""), Some("one"), Some("two"), Some("three")];
const NUMBERS: [Option<i64>; 6] = [None, Some(-1), Some(0), Some(1), Some(2), Some(3)];
const LISTS: [Option<&[&str]>; 6] =
    [None, Some(&[]), Some(&["x"]), Some(&["y"]), Some(&["x", "y"]), Some(&["one"])];

fn objects() -> Vec<Option<Object>> {
    let mut all = vec![None, Some(Object { on: None, name: None, more: false })];
    for on in FLAGS {
        all.extend(TEXTS.map(|name| Some(Object { on, name, more: true })));
    }
    all
}

impl World {
    /// Every world that differs in the parameters of a condition.
    fn all(source: &str) -> impl Iterator<Item = Self> {
        let objects = objects();
        let counts = [2, 3, 3, TEXTS.len(), TEXTS.len() - 1, 3, NUMBERS.len(), LISTS.len(), objects.len()];
        let is_asked = ["p", "a", "b", "s", "t", "k", "n", "l", "o"]
            .map(|name| source.split(|char: char| !char.is_alphanumeric()).any(|word| word == name));
        let total =
            counts.iter().zip(is_asked).map(|(&count, asked)| if asked { count } else { 1 }).product();
        (0..total).map(move |at: usize| {
            let mut rest = at;
            let mut digits = [0; 9];
            for ((digit, &count), asked) in digits.iter_mut().zip(&counts).zip(is_asked) {
                if asked {
                    (*digit, rest) = (rest % count, rest / count);
                }
            }
            Self {
                p: digits[0] == 1,
                a: FLAGS[digits[1]],
                b: FLAGS[digits[2]],
                s: TEXTS[digits[3]],
                t: TEXTS[digits[4] + 1].unwrap_or_default(),
                k: [None, Some("x"), Some("y")][digits[5]],
                n: NUMBERS[digits[6]],
                l: LISTS[digits[7]],
                o: objects[digits[8]],
            }
        })
    }

    /// The values as terms, in the order of the parameters.
    fn arguments(&self, terms: &mut Terms) -> Vec<Term> {
        let maybe =
            |terms: &mut Terms, text: Option<&str>| text.map_or(terms.null(), |text| terms.text(text));
        let truth =
            |terms: &mut Terms, value: Option<bool>| value.map_or(terms.null(), |value| terms.bool(value));
        let list = match self.l {
            Some(list) => {
                let list: Vec<Term> = list.iter().map(|text| terms.text(text)).collect();
                terms.array(&list)
            }
            None => terms.null(),
        };
        let object = match self.o {
            Some(Object { on, name, more }) => {
                let mut properties = Vec::new();
                if on.is_some() {
                    properties.push((terms.intern("on"), truth(terms, on)));
                }
                if name.is_some() {
                    properties.push((terms.intern("name"), maybe(terms, name)));
                }
                if more {
                    properties.push((terms.intern("more"), terms.int(1)));
                }
                terms.object(&properties)
            }
            None => terms.null(),
        };
        vec![
            terms.bool(self.p),
            truth(terms, self.a),
            truth(terms, self.b),
            maybe(terms, self.s),
            terms.text(self.t),
            maybe(terms, self.k),
            self.n.map_or(terms.null(), |n| terms.int(n)),
            list,
            object,
        ]
    }
}

/// The value of a condition, as a term over the parameters.
fn evaluated<R>(
    source: &str,
    look: impl FnOnce(&mut Terms, Term, &mut dyn FnMut(&mut Terms, Term, &World) -> Term) -> R,
) -> R {
    let text = format!("{PARAMETERS}var v = {source}\n");
    let files = workspace(&[("main.bicep", &text)]);
    let mut evaluator = Evaluator::new(&files);
    let template = root(&files);
    let value = variable(&mut evaluator, template, "v");
    let mut put = |terms: &mut Terms, term: Term, world: &World| {
        let arguments = world.arguments(terms).into_iter().map(Some).collect();
        terms.substitute(term, &Substitution { template, arguments, ambient: Vec::new(), shift: 0 })
    };
    look(evaluator.terms(), value, &mut put)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_condition_means_what_was_written(condition in condition(), at in any::<prop::sample::Index>()) {
        let source = condition.source();
        let count = World::all(&source).count();
        let world = World::all(&source).nth(at.index(count)).expect("there are so many");
        evaluated(&source, |terms, value, put| {
            let found = put(terms, value, &world);
            prop_assert_eq!(terms.known_bool(found), Some(condition.holds(&world)), "{} in {:?}", source, world);
            Ok(())
        })?;
    }

    #[test]
    fn feasibility_over_null_is_what_trying_everything_says(condition in condition()) {
        let source = condition.source();
        let holding = World::all(&source).find(|world| condition.holds(world));
        evaluated(&source, |terms, value, put| {
            match feasible(terms, value) {
                Feasibility::Infeasible => prop_assert!(holding.is_none(), "{source} in {holding:?}"),
                Feasibility::Undecided(_) => prop_assert!(false, "{source} is within the bound"),
                Feasibility::Feasible(witness) => {
                    prop_assert!(holding.is_some(), "{source} never holds");
                    let mut agrees = |world: &World| witness.iter().all(|&(term, value)| {
                        put(terms, term, world) == put(terms, value, world)
                    });
                    // Parameters that the witness leaves open may have any value.
                    let step = (World::all(&source).count() / 100).max(1);
                    for world in World::all(&source).step_by(step) {
                        prop_assert!(!agrees(&world) || condition.holds(&world), "{source}: {world:?}");
                    }
                    let met = World::all(&source).any(|world| condition.holds(&world) && agrees(&world));
                    prop_assert!(met, "{source}: no world agrees with the witness");
                }
            }
            Ok(())
        })?;
    }
}
