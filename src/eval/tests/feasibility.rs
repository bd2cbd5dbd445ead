//! Feasibility agrees with an exhaustive search.

use proptest::prelude::*;

use crate::eval::feasibility::{FREE, Feasibility, feasible, feasible_within};
use crate::eval::store::Domain;
use crate::eval::term::{Function, Term};
use crate::eval::terms::Terms;
use crate::limit::Limit;
use crate::template::{ParameterId, ParameterType};
use crate::workspace::TemplateId;

/// A random formula, from which terms are built.
#[derive(Clone, Debug)]
enum Formula {
    Flag(usize),
    KindIs(usize, usize),
    TextIs(usize, usize),
    TextsEqual,
    KindIsText(usize),
    Number(usize, i64),
    NumberIs(i64),
    Computed(usize, usize, i64),
    Length(usize, i64),
    Empty,
    Not(Box<Formula>),
    And(Vec<Formula>),
    Or(Vec<Formula>),
    If(Box<Formula>, Box<Formula>, Box<Formula>),
    Same(Box<Formula>, Box<Formula>),
}

const TEXTS: [&str; 4] = ["a", "b", "c", "other"];
const COMPARISONS: [Function; 4] = [Function::Less, Function::AtMost, Function::More, Function::AtLeast];

/// Formulas that are decided exactly.
fn formula() -> impl Strategy<Value = Formula> {
    formula_of(plain().boxed())
}

/// The same, also with numbers that are computed from the compared one.
fn formula_of_computed() -> impl Strategy<Value = Formula> {
    let computed =
        (0..6_usize, 0..4_usize, 0..4_i64).prop_map(|(how, by, number)| Formula::Computed(how, by, number));
    formula_of(prop_oneof![plain(), computed].boxed())
}

fn plain() -> impl Strategy<Value = Formula> {
    prop_oneof![
        (0..3_usize).prop_map(Formula::Flag),
        (0..2_usize, 0..3_usize).prop_map(|(kind, text)| Formula::KindIs(kind, text)),
        (0..2_usize, 0..3_usize).prop_map(|(text, literal)| Formula::TextIs(text, literal)),
        Just(Formula::TextsEqual),
        (0..2_usize).prop_map(Formula::KindIsText),
        (0..4_usize, 0..4_i64).prop_map(|(by, number)| Formula::Number(by, number)),
        (0..4_i64).prop_map(Formula::NumberIs),
        (0..4_usize, 0..4_i64).prop_map(|(by, number)| Formula::Length(by, number)),
        Just(Formula::Empty),
    ]
}

fn formula_of(atom: BoxedStrategy<Formula>) -> impl Strategy<Value = Formula> {
    atom.prop_recursive(4, 24, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            boxed.clone().prop_map(Formula::Not),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Formula::And),
            prop::collection::vec(inner, 2..4).prop_map(Formula::Or),
            (boxed.clone(), boxed.clone(), boxed.clone())
                .prop_map(|(condition, yes, no)| Formula::If(condition, yes, no)),
            (boxed.clone(), boxed).prop_map(|(one, other)| Formula::Same(one, other)),
        ]
    })
}

/// The parameters of the formulas: three flags, two kinds out of `a` and `b`, two texts, a number, a list.
struct Parameters {
    flags: [Term; 3],
    kinds: [Term; 2],
    texts: [Term; 2],
    number: Term,
    list: Term,
}

impl Parameters {
    fn new(terms: &mut Terms) -> Self {
        let allowed = ["a", "b"].map(|text| terms.text(text)).to_vec();
        let mut make = |at: u32, is_bool: bool, allowed: Option<Vec<Term>>| {
            terms.parameter(TemplateId(0), ParameterId(at), || Domain {
                name: format!("p{at}").into(),
                ty: if is_bool { ParameterType::Bool } else { ParameterType::Any },
                is_never_null: true,
                allowed,
                ..Domain::default()
            })
        };
        Self {
            flags: [0, 1, 2].map(|at| make(at, true, None)),
            kinds: [3, 4].map(|at| make(at, false, Some(allowed.clone()))),
            texts: [5, 6].map(|at| make(at, false, None)),
            number: make(7, false, None),
            list: make(8, false, None),
        }
    }

    /// A number that is computed from the one that formulas compare; [`World::computed`] says how.
    fn computed(&self, terms: &mut Terms, how: usize) -> Term {
        let [one, two] = [1, 2].map(|number| terms.int(number));
        match how {
            0 => terms.call(Function::Plus, &[self.number, one]),
            1 => terms.call(Function::Minus, &[self.number, one]),
            2 => terms.call(Function::Times, &[self.number, two]),
            3 => terms.call(Function::Max, &[self.number, two]),
            4 => terms.if_(self.flags[0], one, self.number),
            _ => terms.call(Function::Remainder, &[self.number, two]),
        }
    }

    fn term(&self, terms: &mut Terms, formula: &Formula) -> Term {
        match formula {
            Formula::Flag(at) => self.flags[*at],
            Formula::KindIs(kind, text) => {
                let text = terms.text(TEXTS[*text]);
                terms.equal(self.kinds[*kind], text)
            }
            Formula::TextIs(at, text) => {
                let text = terms.text(TEXTS[*text]);
                terms.equal(self.texts[*at], text)
            }
            Formula::TextsEqual => terms.equal(self.texts[0], self.texts[1]),
            Formula::KindIsText(at) => terms.equal(self.kinds[*at], self.texts[*at]),
            Formula::Number(by, number) => {
                let number = terms.int(*number);
                terms.call(COMPARISONS[*by], &[self.number, number])
            }
            Formula::NumberIs(number) => {
                let number = terms.int(*number);
                terms.equal(self.number, number)
            }
            Formula::Computed(how, by, number) => {
                let computed = self.computed(terms, *how);
                let number = terms.int(*number);
                terms.call(COMPARISONS[*by], &[computed, number])
            }
            Formula::Length(by, number) => {
                let (length, number) = (terms.call(Function::Length, &[self.list]), terms.int(*number));
                terms.call(COMPARISONS[*by], &[length, number])
            }
            Formula::Empty => terms.call(Function::Empty, &[self.list]),
            Formula::Not(inner) => {
                let inner = self.term(terms, inner);
                terms.not(inner)
            }
            Formula::And(parts) | Formula::Or(parts) => {
                let all: Vec<Term> = parts.iter().map(|part| self.term(terms, part)).collect();
                if matches!(formula, Formula::And(_)) { terms.and(&all) } else { terms.or(&all) }
            }
            Formula::If(condition, yes, no) => {
                let condition = self.term(terms, condition);
                let (yes, no) = (self.term(terms, yes), self.term(terms, no));
                terms.if_(condition, yes, no)
            }
            Formula::Same(one, other) => {
                let (one, other) = (self.term(terms, one), self.term(terms, other));
                terms.equal(one, other)
            }
        }
    }
}

/// One world: a value for every parameter.
#[derive(Clone, Copy, Debug)]
struct World {
    flags: [bool; 3],
    kinds: [usize; 2],
    texts: [usize; 2],
    number: i64,
    length: i64,
}

impl World {
    /// Every world that formulas of this kind can tell apart.
    fn all() -> impl Iterator<Item = Self> {
        (0..8 * 4 * 16 * 8 * 6_usize).map(|at| {
            let (flags, at) = (at % 8, at / 8);
            let (kinds, at) = (at % 4, at / 4);
            let (texts, at) = (at % 16, at / 16);
            Self {
                flags: [0, 1, 2].map(|bit| flags >> bit & 1 == 1),
                kinds: [kinds % 2, kinds / 2],
                texts: [texts % 4, texts / 4],
                number: at as i64 % 8 - 2,
                length: at as i64 / 8,
            }
        })
    }

    fn computed(&self, how: usize) -> i64 {
        match how {
            0 => self.number + 1,
            1 => self.number - 1,
            2 => self.number * 2,
            3 => self.number.max(2),
            4 if self.flags[0] => 1,
            4 => self.number,
            _ => self.number % 2,
        }
    }

    fn holds(&self, formula: &Formula) -> bool {
        let compare = |by: usize, one: i64, other: i64| match COMPARISONS[by] {
            Function::Less => one < other,
            Function::AtMost => one <= other,
            Function::More => one > other,
            _ => one >= other,
        };
        match formula {
            Formula::Flag(at) => self.flags[*at],
            Formula::KindIs(kind, text) => self.kinds[*kind] == *text,
            Formula::TextIs(at, text) => self.texts[*at] == *text,
            Formula::TextsEqual => self.texts[0] == self.texts[1],
            Formula::KindIsText(at) => self.kinds[*at] == self.texts[*at],
            Formula::Number(by, number) => compare(*by, self.number, *number),
            Formula::NumberIs(number) => self.number == *number,
            Formula::Computed(how, by, number) => compare(*by, self.computed(*how), *number),
            Formula::Length(by, number) => compare(*by, self.length, *number),
            Formula::Empty => self.length == 0,
            Formula::Not(inner) => !self.holds(inner),
            Formula::And(parts) => parts.iter().all(|part| self.holds(part)),
            Formula::Or(parts) => parts.iter().any(|part| self.holds(part)),
            Formula::If(condition, yes, no) => {
                if self.holds(condition) {
                    self.holds(yes)
                } else {
                    self.holds(no)
                }
            }
            Formula::Same(one, other) => self.holds(one) == self.holds(other),
        }
    }

    fn value(&self, terms: &mut Terms, parameters: &Parameters, mut term: Term) -> Term {
        let mut put = |terms: &mut Terms, from: Term, to: Term| term = terms.replace_term(term, from, to);
        for at in 0..3 {
            let value = terms.bool(self.flags[at]);
            put(terms, parameters.flags[at], value);
        }
        for at in 0..2 {
            let (kind, text) = (terms.text(TEXTS[self.kinds[at]]), terms.text(TEXTS[self.texts[at]]));
            put(terms, parameters.kinds[at], kind);
            put(terms, parameters.texts[at], text);
        }
        let number = terms.int(self.number);
        put(terms, parameters.number, number);
        let null = terms.null();
        let list = terms.array(&vec![null; usize::try_from(self.length).unwrap_or(0)]);
        put(terms, parameters.list, list);
        term
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_world_of_computed_numbers_is_lost(formula in formula_of_computed()) {
        let mut terms = Terms::default();
        let parameters = Parameters::new(&mut terms);
        let term = parameters.term(&mut terms, &formula);
        if feasible(&mut terms, term) == Feasibility::Infeasible {
            let holding = World::all().find(|world| world.holds(&formula));
            prop_assert!(holding.is_none(), "{holding:?}");
        }
    }

    #[test]
    fn feasibility_agrees_with_an_exhaustive_search(formula in formula()) {
        let mut terms = Terms::default();
        let parameters = Parameters::new(&mut terms);
        let term = parameters.term(&mut terms, &formula);
        let holding = World::all().find(|world| world.holds(&formula));
        match feasible(&mut terms, term) {
            Feasibility::Infeasible => prop_assert!(holding.is_none(), "{holding:?}"),
            Feasibility::Undecided(_) => prop_assert!(false, "so small a formula is within the bound"),
            Feasibility::Feasible(witness) => {
                prop_assert!(holding.is_some());
                // Parameters that the witness leaves open may have any value.
                let mut met = false;
                for world in World::all().step_by(97) {
                    let agrees = witness.iter().all(|&(term, value)| {
                        let found = world.value(&mut terms, &parameters, term);
                        let wanted = world.value(&mut terms, &parameters, value);
                        found == wanted
                    });
                    if agrees {
                        met = true;
                        prop_assert!(world.holds(&formula), "{world:?}");
                    }
                }
                let mut agrees = |world: World| witness.iter().all(|&(term, value)| {
                    let found = world.value(&mut terms, &parameters, term);
                    found == world.value(&mut terms, &parameters, value)
                });
                let met = met || World::all().any(|world| world.holds(&formula) && agrees(world));
                prop_assert!(met, "no world agrees with the witness");
            }
        }
    }

    #[test]
    fn the_normal_form_means_what_was_written(formula in formula(), at in 0..18_432_usize) {
        let mut terms = Terms::default();
        let parameters = Parameters::new(&mut terms);
        let term = parameters.term(&mut terms, &formula);
        let world = World::all().nth(at).expect("there are so many worlds");
        let value = world.value(&mut terms, &parameters, term);
        prop_assert_eq!(terms.known_bool(value), Some(world.holds(&formula)));
    }
}

/// The conditional number is smaller than every number that is compared directly:
/// `!(n - 1 > 1 ? n > 1 : (flag ? 1 : n) > 0)`.
#[test]
fn a_number_in_a_choice_may_lie_beyond_what_is_compared() {
    let mut terms = Terms::default();
    let parameters = Parameters::new(&mut terms);
    let [condition, chosen] = [Formula::Computed(1, 2, 1), Formula::Computed(4, 2, 0)].map(Box::new);
    let inner = Formula::If(condition, Box::new(Formula::Number(2, 1)), chosen);
    let term = parameters.term(&mut terms, &Formula::Not(Box::new(inner)));
    assert!(matches!(feasible(&mut terms, term), Feasibility::Feasible(_)));
}

#[test]
fn a_number_may_be_what_a_conditional_number_needs() {
    // `(flag ? 1 : n) > 2 && n > 0`
    let formula = Formula::And(vec![Formula::Computed(4, 2, 2), Formula::Number(2, 0)]);
    let mut terms = Terms::default();
    let parameters = Parameters::new(&mut terms);
    let term = parameters.term(&mut terms, &formula);
    let found = feasible(&mut terms, term);
    assert!(matches!(found, Feasibility::Feasible(_)), "{found:?}");
    // `(n ?? 1) > 5 && n > 0`, where `n` may be `null`
    let number = terms.parameter(TemplateId(0), ParameterId(20), || Domain {
        name: "n".into(),
        ty: ParameterType::Int,
        ..Domain::default()
    });
    let [zero, one, five] = [0, 1, 5].map(|number| terms.int(number));
    let value = terms.coalesce(number, one);
    let both = [terms.call(Function::More, &[value, five]), terms.call(Function::More, &[number, zero])];
    let both = terms.and(&both);
    let found = feasible(&mut terms, both);
    assert!(matches!(found, Feasibility::Feasible(_)), "{found:?}");
}

#[test]
fn long_conjunctions_and_alternatives_are_decided() {
    let mut terms = Terms::default();
    let all: Vec<Term> = (0..500).map(|at| flag(&mut terms, at)).collect();
    let every = terms.and(&all);
    assert!(matches!(feasible(&mut terms, every), Feasibility::Feasible(world) if world.len() == 500));
    let pairs: Vec<Term> = all.chunks_exact(2).take(100).map(|pair| terms.or(pair)).collect();
    let each = terms.and(&pairs);
    assert!(matches!(feasible(&mut terms, each), Feasibility::Feasible(world) if world.len() == 100));
    let (kind, other) = (terms.opaque(), terms.opaque());
    let (a, b) = (terms.text("a"), terms.text("b"));
    let clash = [terms.equal(kind, a), terms.equal(other, b), terms.equal(kind, other)];
    let none: Vec<Term> = pairs.iter().copied().chain(clash).collect();
    let none = terms.and(&none);
    assert_eq!(feasible(&mut terms, none), Feasibility::Infeasible);
}

fn flag(terms: &mut Terms, at: u32) -> Term {
    terms.parameter(TemplateId(0), ParameterId(at), || Domain {
        name: format!("p{at}").into(),
        ty: ParameterType::Bool,
        is_never_null: true,
        allowed: None,
        ..Domain::default()
    })
}

/// `(p0 || p1) && (p2 || p3) && …`
fn pairs(terms: &mut Terms, from: u32, count: u32) -> Term {
    let mut all = Vec::new();
    for at in 0..count {
        let pair = [from + 2 * at, from + 2 * at + 1].map(|number| flag(terms, number));
        all.push(terms.or(&pair));
    }
    terms.and(&all)
}

#[test]
fn visits_beyond_the_budget_leave_it_undecided() {
    let mut terms = Terms::default();
    let formula = pairs(&mut terms, 0, 300);
    let found = feasible_within(&mut terms, formula, &mut Limit::ConditionVisits.budget_of(0));
    assert!(
        matches!(&found, Feasibility::Undecided(reached) if reached.limit() == Limit::ConditionVisits),
        "{found:?}"
    );
}

#[test]
fn visits_are_free_up_to_a_number_and_then_taken_from_the_budget() {
    let mut terms = Terms::default();
    let small = pairs(&mut terms, 0, 2);
    let is_free = |terms: &mut Terms| {
        let mut none = Limit::ConditionVisits.budget_of(0);
        matches!(feasible_within(terms, small, &mut none), Feasibility::Feasible(_))
    };
    assert!(is_free(&mut terms));
    let all = 1_000_000;
    // For each formula from where the ones before it ended.
    for from in [1000, 2000] {
        let mut left = Limit::ConditionVisits.budget_of(all);
        let large = pairs(&mut terms, from, 198);
        let before = terms.visited;
        assert!(matches!(feasible_within(&mut terms, large, &mut left), Feasibility::Feasible(_)));
        let visits = terms.visited - before;
        assert!(visits > FREE, "{visits}");
        assert_eq!(all - left.left(), visits - FREE);
        assert!(is_free(&mut terms));
    }
}

#[test]
fn choices_inside_choices_beyond_the_limit_leave_it_undecided() {
    let most = Limit::OpenChoices.number() as u32;
    let is_undecided = |terms: &mut Terms, formula: Term| match feasible(terms, formula) {
        Feasibility::Undecided(reached) => reached.limit() == Limit::OpenChoices,
        _ => false,
    };
    for (count, is_reached) in [(most, false), (most + 1, true)] {
        // One of two flags, again and again.
        let mut terms = Terms::default();
        let flags = pairs(&mut terms, 0, count);
        assert_eq!(is_undecided(&mut terms, flags), is_reached, "{count}");
        // One of two conjunctions, before and after the others. What is made first is decided first.
        for is_first in [true, false] {
            let mut terms = Terms::default();
            let (first, others) = if is_first { (0, 4) } else { (2 * count, 0) };
            let flags = |terms: &mut Terms| pairs(terms, others, count - 1);
            let before = (!is_first).then(|| flags(&mut terms));
            let [one, other] = [0, 2].map(|from| {
                let both = [from, from + 1].map(|at| flag(&mut terms, first + at));
                terms.and(&both)
            });
            let conjunctions = terms.or(&[one, other]);
            let flags = before.unwrap_or_else(|| flags(&mut terms));
            let all = if is_first { [conjunctions, flags] } else { [flags, conjunctions] };
            let all = terms.and(&all);
            assert_eq!(is_undecided(&mut terms, all), is_reached, "{count} {is_first}");
        }
    }
}

#[test]
fn what_is_assumed_of_a_value_holds_for_an_equal_one() {
    // `empty(x) && x == y && contains(y, 'a')`, whichever part is decided first
    type Part = fn(&mut Terms, Term, Term) -> Term;
    let parts: [Part; 3] = [
        |terms, one, _| terms.call(Function::Empty, &[one]),
        |terms, one, other| terms.equal(one, other),
        |terms, _, other| {
            let a = terms.text("a");
            terms.call(Function::Contains, &[other, a])
        },
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for is_turned in [false, true] {
            let mut terms = Terms::default();
            let [one, other] = Parameters::new(&mut terms).texts;
            let (one, other) = if is_turned { (other, one) } else { (one, other) };
            let all = order.map(|at: usize| parts[at](&mut terms, one, other));
            let formula = terms.and(&all);
            assert_eq!(feasible(&mut terms, formula), Feasibility::Infeasible, "{order:?} {is_turned}");
            // Without the equality nothing is wrong.
            let apart = [parts[0](&mut terms, one, other), parts[2](&mut terms, one, other)];
            let formula = terms.and(&apart);
            assert!(matches!(feasible(&mut terms, formula), Feasibility::Feasible(_)));
        }
    }
}

/// `items(object)[at].key`
fn key_of_item(terms: &mut Terms, object: Term, at: i64) -> Term {
    let (items, at) = (terms.call(Function::Items, &[object]), terms.int(at));
    let item = terms.index(items, at);
    terms.member(item, "key")
}

#[test]
fn two_items_of_one_object_have_different_keys() {
    for (places, is_one_object, is_one_key, expected) in [
        ([0, 1], true, true, false),
        ([0, 1], true, false, true),
        ([0, 1], false, true, true),
        ([0, 0], false, true, true),
    ] {
        // The keys are compared with a text that is older or newer than they.
        for is_older in [true, false] {
            let mut terms = Terms::default();
            let [one, other] = Parameters::new(&mut terms).texts;
            let objects = [one, if is_one_object { one } else { other }];
            let texts = ["web", if is_one_key { "web" } else { "api" }];
            if is_older {
                _ = texts.map(|text| terms.text(text));
            }
            let keys = [0, 1].map(|ix| key_of_item(&mut terms, objects[ix], places[ix]));
            let both = [0, 1].map(|ix| {
                let text = terms.text(texts[ix]);
                terms.equal(keys[ix], text)
            });
            let both = terms.and(&both);
            let found = matches!(feasible(&mut terms, both), Feasibility::Feasible(_));
            assert_eq!(found, expected, "{} {is_older}", terms.show(both));
        }
    }
}

#[test]
fn an_empty_value_has_no_parts_also_with_a_default_of_nothing() {
    for is_object in [true, false] {
        let mut terms = Terms::default();
        let value = terms.parameter(TemplateId(0), ParameterId(0), || Domain {
            name: "value".into(),
            ..Domain::default()
        });
        let nothing = if is_object { terms.object(&[]) } else { terms.array(&[]) };
        let (a, or_nothing) = (terms.text("a"), terms.coalesce(value, nothing));
        let has = terms.call(Function::Contains, &[or_nothing, a]);
        for asked in [value, or_nothing] {
            let empty = terms.call(Function::Empty, &[asked]);
            let both = terms.and(&[empty, has]);
            assert_eq!(feasible(&mut terms, both), Feasibility::Infeasible, "{}", terms.show(both));
        }
    }
}
