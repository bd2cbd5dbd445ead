//! Quantifiers over the instances of a loop agree with trying each instance, whether or not the length is known.

use crate::eval::feasibility::{Feasibility, feasible};
use crate::eval::store::Domain;
use crate::eval::term::{CopyVariable, Function, Term, Value};
use crate::eval::terms::Terms;
use crate::limit::Limit;
use crate::template::{ParameterId, ParameterType};
use crate::workspace::TemplateId;

/// The parameter with this number and type, which is never `null`.
fn parameter(terms: &mut Terms, at: u32, ty: ParameterType) -> Term {
    terms.parameter(TemplateId(0), ParameterId(at), || Domain {
        name: format!("p{at}").into(),
        ty,
        is_never_null: true,
        ..Domain::default()
    })
}

/// Whether a formula is feasible. Panics if that is undecided.
fn holds(terms: &mut Terms, formula: Term) -> bool {
    match feasible(terms, formula) {
        Feasibility::Feasible(_) => true,
        Feasibility::Infeasible => false,
        Feasibility::Undecided(reached) => panic!("{reached}"),
    }
}

#[test]
fn a_length_is_at_least_a_number() {
    let mut terms = Terms::default();
    let (length, on) =
        (parameter(&mut terms, 0, ParameterType::Any), parameter(&mut terms, 1, ParameterType::Bool));
    for known in 0..6 {
        let number = terms.int(known);
        for least in 0..6 {
            let of_known = terms.at_least(number, least);
            assert_eq!(terms.known_bool(of_known), Some(known >= least), "{known} {least}");
            let of_unknown = terms.at_least(length, least);
            let put = terms.replace_term(of_unknown, length, number);
            assert_eq!(terms.known_bool(put), Some(known >= least), "{known} {least}");
        }
    }
    // A conditional length is compared branch by branch.
    let (one, three) = (terms.int(1), terms.int(3));
    let length = terms.if_(on, three, one);
    assert_eq!(terms.at_least(length, 2), on);
    let always = terms.at_least(length, 1);
    assert!(terms.is_true(always));
}

#[test]
fn beyond_the_listed_lengths_the_length_is_compared() {
    let mut terms = Terms::default();
    let length = parameter(&mut terms, 0, ParameterType::Any);
    for (least, is_compared) in [(256, false), (257, true)] {
        let formula = terms.at_least(length, least);
        assert_eq!(terms.at_least_of(formula).is_some(), is_compared, "{least}");
        for known in [least - 1, least] {
            let number = terms.int(known);
            let put = terms.replace_term(formula, length, number);
            assert_eq!(terms.known_bool(put), Some(known >= least));
        }
    }
}

/// A condition on an index: its text, its term, and its meaning.
type Condition = (&'static str, fn(&mut Terms, Term) -> Term, fn(i64) -> bool);

fn binary(terms: &mut Terms, function: Function, index: Term, number: i64) -> Term {
    let number = terms.int(number);
    terms.call(function, &[index, number])
}

fn is(terms: &mut Terms, value: Term, number: i64) -> Term {
    let number = terms.int(number);
    terms.equal(value, number)
}

const CONDITIONS: [Condition; 11] = [
    ("i == 0", |terms, index| is(terms, index, 0), |index| index == 0),
    ("i == 3", |terms, index| is(terms, index, 3), |index| index == 3),
    (
        "i != 0",
        |terms, index| {
            let is_first = is(terms, index, 0);
            terms.not(is_first)
        },
        |index| index != 0,
    ),
    (
        "i != 0 && i != 1 && i != 2",
        |terms, index| {
            let all: Vec<Term> = (0..3)
                .map(|at| {
                    let is_it = is(terms, index, at);
                    terms.not(is_it)
                })
                .collect();
            terms.and(&all)
        },
        |index| index > 2,
    ),
    (
        "i == 1 || i == 4",
        |terms, index| {
            let any = [is(terms, index, 1), is(terms, index, 4)];
            terms.or(&any)
        },
        |index| index == 1 || index == 4,
    ),
    (
        "i % 3 == 2",
        |terms, index| {
            let rest = binary(terms, Function::Remainder, index, 3);
            is(terms, rest, 2)
        },
        |index| index % 3 == 2,
    ),
    (
        "i % 5 == 0 && i != 0",
        |terms, index| {
            let rest = binary(terms, Function::Remainder, index, 5);
            let (is_multiple, is_first) = (is(terms, rest, 0), is(terms, index, 0));
            let is_later = terms.not(is_first);
            terms.and(&[is_multiple, is_later])
        },
        |index| index % 5 == 0 && index != 0,
    ),
    (
        "i + 2 == 4",
        |terms, index| {
            let sum = binary(terms, Function::Plus, index, 2);
            is(terms, sum, 4)
        },
        |index| index + 2 == 4,
    ),
    (
        "i / 2 == 1",
        |terms, index| {
            let batch = binary(terms, Function::Divided, index, 2);
            is(terms, batch, 1)
        },
        |index| index / 2 == 1,
    ),
    (
        "i / 6 == 1",
        |terms, index| {
            let batch = binary(terms, Function::Divided, index, 6);
            is(terms, batch, 1)
        },
        |index| index / 6 == 1,
    ),
    ("true", |terms, _| terms.bool(true), |_| true),
];

#[test]
fn exists_agrees_with_trying_each_index_whether_or_not_the_length_is_known() {
    for (shown, make, means) in CONDITIONS {
        for known in 0..8 {
            let expected = (0..known).any(means);
            let mut terms = Terms::default();
            let (number, length) = (terms.int(known), parameter(&mut terms, 0, ParameterType::Any));
            let index = terms.copy_index(CopyVariable::Own);
            let body = make(&mut terms, index);
            let of_known = terms.exists(number, CopyVariable::Own, body);
            assert_eq!(terms.known_bool(of_known), Some(expected), "{shown} of {known}");
            // A call gives the length …
            let of_unknown = terms.exists(length, CopyVariable::Own, body);
            let put = terms.replace_term(of_unknown, length, number);
            assert_eq!(terms.known_bool(put), Some(expected), "{shown} of {known}, later");
            // … or is only assumed while the formula is decided.
            let is_known = terms.equal(length, number);
            let both = terms.and(&[of_unknown, is_known]);
            assert_eq!(holds(&mut terms, both), expected, "{shown} of {known}, assumed");
            let not = terms.not(of_unknown);
            let neither = terms.and(&[not, is_known]);
            assert_eq!(holds(&mut terms, neither), !expected, "not: {shown} of {known}, assumed");
        }
    }
}

#[test]
fn quantifiers_inside_each_other_have_an_index_each() {
    let mut terms = Terms::default();
    let (n, m) = (parameter(&mut terms, 0, ParameterType::Any), parameter(&mut terms, 1, ParameterType::Any));
    let (own, other) = (terms.copy_index(CopyVariable::Own), terms.copy_index(CopyVariable::Other));
    let same = terms.equal(own, other);
    let body = terms.not(same);
    let inner = terms.exists(m, CopyVariable::Other, body);
    let both = terms.exists(n, CopyVariable::Own, inner);
    assert!(terms.copies(both).is_empty());
    for ones in 0..4 {
        for others in 0..4 {
            let numbers = [terms.int(ones), terms.int(others)];
            let put = terms.replace_term(both, n, numbers[0]);
            let put = terms.replace_term(put, m, numbers[1]);
            let expected = (0..ones).any(|one| (0..others).any(|other| one != other));
            assert_eq!(terms.known_bool(put), Some(expected), "{ones} {others}");
            let is_known = [terms.equal(n, numbers[0]), terms.equal(m, numbers[1]), both];
            let assumed = terms.and(&is_known);
            assert_eq!(holds(&mut terms, assumed), expected, "{ones} {others}, assumed");
        }
    }
}

#[test]
fn a_number_is_an_index_up_to_the_length() {
    let mut terms = Terms::default();
    let length = parameter(&mut terms, 0, ParameterType::Any);
    for index in -1..4 {
        let number = terms.int(index);
        for known in 0..4 {
            let count = terms.int(known);
            let of_known = terms.is_index(count, number);
            assert_eq!(terms.known_bool(of_known), Some(0 <= index && index < known), "{index} of {known}");
            let of_unknown = terms.is_index(length, number);
            let put = terms.replace_term(of_unknown, length, count);
            assert_eq!(terms.known_bool(put), Some(0 <= index && index < known), "{index} of {known}");
        }
    }
}

#[test]
fn a_body_without_the_index_needs_one_instance() {
    let mut terms = Terms::default();
    let (length, on) =
        (parameter(&mut terms, 0, ParameterType::Any), parameter(&mut terms, 1, ParameterType::Bool));
    let some = terms.exists(length, CopyVariable::Own, on);
    let one = terms.at_least(length, 1);
    assert_eq!(some, terms.and(&[one, on]));
    // The index of another loop is not this one.
    let other = terms.copy_index(CopyVariable::Other);
    let body = is(&mut terms, other, 1);
    let some = terms.exists(length, CopyVariable::Own, body);
    assert!(terms.mentions_exactly(some, CopyVariable::Other));
    assert!(!terms.mentions_exactly(some, CopyVariable::Own));
    // A loop over nothing has no instance for which the body could hold.
    let (none, always) = (terms.int(0), terms.bool(true));
    let never = terms.exists(none, CopyVariable::Own, always);
    assert!(terms.is_false(never));
}

#[test]
fn copy_indexes_are_found_and_renamed() {
    let mut terms = Terms::default();
    let [own, other, node] = [CopyVariable::Own, CopyVariable::Other, CopyVariable::OF_NODE]
        .map(|variable| terms.copy_index(variable));
    let list = terms.array(&[other, own, other, node]);
    assert_eq!(terms.copies(list), [CopyVariable::Other, CopyVariable::Own, CopyVariable::OF_NODE]);
    let renamed = terms.rename_copies(list, &|variable| match variable {
        CopyVariable::Own => CopyVariable::Other,
        CopyVariable::Other => CopyVariable::Own,
        rest => rest,
    });
    assert_eq!(terms.elements(renamed), Some(&[own, other, own, node][..]));
    for (term, variable, expected) in [
        (list, CopyVariable::Own, true),
        (list, CopyVariable::Between, false),
        (own, CopyVariable::Other, false),
        (node, CopyVariable::OF_NODE, true),
    ] {
        assert_eq!(terms.mentions_exactly(term, variable), expected, "{variable:?}");
    }
}

#[test]
fn too_many_known_instances_count_as_some_index() {
    let mut terms = Terms::default();
    let at = parameter(&mut terms, 0, ParameterType::Any);
    let index = terms.copy_index(CopyVariable::Own);
    let body = terms.equal(index, at);
    let most = Limit::KnownInstances.number() as i64;
    let count = terms.int(most + 1);
    let some = terms.exists(count, CopyVariable::Own, body);
    assert!(terms.copies(some).is_empty());
    let reached: Vec<Limit> = terms.reached().map(|((), reached)| reached.limit()).collect();
    assert_eq!(reached, [Limit::KnownInstances]);
    let Value::Equal(one, other) = terms.get(some) else { panic!("{}", terms.show(some)) };
    let is_some = |term| matches!(terms.get(term), Value::Call(Function::SomeIndex, _));
    assert!(is_some(one) || is_some(other));
    // Each part of the condition counts.
    for (count, is_reached) in [(most / 2, false), (most / 2 + 1, true)] {
        for is_conjunction in [true, false] {
            let mut terms = Terms::default();
            let (at, index) =
                (parameter(&mut terms, 0, ParameterType::Any), terms.copy_index(CopyVariable::Own));
            let both = [binary(&mut terms, Function::More, at, 0), terms.equal(index, at)];
            let body = if is_conjunction { terms.and(&both) } else { terms.or(&both) };
            let count = terms.int(count);
            let some = terms.exists(count, CopyVariable::Own, body);
            assert!(terms.copies(some).is_empty());
            let mut reached = terms.reached().map(|((), reached)| reached.limit());
            assert_eq!(reached.any(|limit| limit == Limit::KnownInstances), is_reached);
        }
    }
}

#[test]
fn a_number_that_is_too_large_for_instances_of_unknown_length_is_recorded() {
    for (number, is_recorded) in [(3, false), (100, true)] {
        let mut terms = Terms::default();
        let length = parameter(&mut terms, 0, ParameterType::Any);
        let index = terms.copy_index(CopyVariable::Own);
        let body = is(&mut terms, index, number);
        let some = terms.exists(length, CopyVariable::Own, body);
        let found = feasible(&mut terms, some);
        assert_eq!(matches!(found, Feasibility::Feasible(_)), !is_recorded, "{found:?}");
        let reached = terms.reached().any(|((), reached)| reached.limit() == Limit::UnknownInstances);
        assert_eq!(reached, is_recorded, "{number}");
    }
}

#[test]
fn an_index_may_be_a_value_that_is_compared_elsewhere() {
    let mut terms = Terms::default();
    let [length, k, m] = [0, 1, 2].map(|at| parameter(&mut terms, at, ParameterType::Int));
    let index = terms.copy_index(CopyVariable::Own);
    let body = terms.equal(index, k);
    let some = terms.exists(length, CopyVariable::Own, body);
    let is_other = terms.equal(k, m);
    for number in [0, 1, 4, 8] {
        let (of_k, of_m) = (is(&mut terms, k, number), is(&mut terms, m, number));
        let more = binary(&mut terms, Function::AtLeast, k, number);
        for known in [vec![of_k], vec![is_other, of_m], vec![more]] {
            let all: Vec<Term> = known.into_iter().chain([some]).collect();
            let both = terms.and(&all);
            assert!(holds(&mut terms, both), "{number}: {}", terms.show(both));
        }
        // The loop is long enough.
        let short = terms.int(number);
        let short = terms.equal(length, short);
        let both = terms.and(&[of_k, some, short]);
        assert!(!holds(&mut terms, both), "{number}");
    }
    // Numbers that have nothing to do with the index need no more instances.
    let far = is(&mut terms, m, 100);
    let rest = binary(&mut terms, Function::Remainder, m, 90);
    let rest = is(&mut terms, rest, 10);
    let both = terms.and(&[some, far, rest]);
    assert!(holds(&mut terms, both));
    assert_eq!(terms.reached().count(), 0);
}

#[test]
fn an_index_may_be_a_value_that_others_link_to_a_number() {
    // `k == l && l == m && m == 8`, where the parts are made in any order
    type Part = fn(&mut Terms, [Term; 3]) -> Term;
    let parts: [Part; 3] = [
        |terms, [k, l, _]| terms.equal(k, l),
        |terms, [_, l, m]| terms.equal(l, m),
        |terms, [_, _, m]| is(terms, m, 8),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut terms = Terms::default();
        let [length, k, l, m] = [0, 1, 2, 3].map(|at| parameter(&mut terms, at, ParameterType::Int));
        let mut all = order.map(|at: usize| parts[at](&mut terms, [k, l, m])).to_vec();
        let index = terms.copy_index(CopyVariable::Own);
        let body = terms.equal(index, k);
        all.push(terms.exists(length, CopyVariable::Own, body));
        let all = terms.and(&all);
        assert!(holds(&mut terms, all), "{order:?}: {}", terms.show(all));
    }
}

#[test]
fn a_list_with_a_second_element_has_a_first_one() {
    let mut terms = Terms::default();
    let length = parameter(&mut terms, 0, ParameterType::Any);
    let index = terms.copy_index(CopyVariable::Own);
    let [has_first, has_second] = [0, 1].map(|at| {
        let body = is(&mut terms, index, at);
        terms.exists(length, CopyVariable::Own, body)
    });
    for (one, other, expected) in [(has_first, has_second, true), (has_second, has_first, false)] {
        let not = terms.not(other);
        let both = terms.and(&[one, not]);
        assert_eq!(holds(&mut terms, both), expected, "{}", terms.show(both));
    }
}

#[test]
fn the_last_index_is_one_before_the_length() {
    let mut terms = Terms::default();
    let (length, on) =
        (parameter(&mut terms, 0, ParameterType::Int), parameter(&mut terms, 1, ParameterType::Bool));
    let (index, other) = (terms.copy_index(CopyVariable::Own), terms.copy_index(CopyVariable::Other));
    let back = |terms: &mut Terms, index: Term, number: i64| {
        let sum = binary(terms, Function::Minus, length, number);
        terms.equal(index, sum)
    };
    let (last, at_end, other_last) =
        (back(&mut terms, index, 1), back(&mut terms, index, 0), back(&mut terms, other, 1));
    let before_last = back(&mut terms, index, 2);
    let third = is(&mut terms, index, 2);
    let another = parameter(&mut terms, 2, ParameterType::Int);
    let sum = binary(&mut terms, Function::Minus, another, 1);
    let of_another = terms.equal(index, sum);
    let mut some = |all: &[Term]| {
        let body = terms.and(all);
        let some = terms.exists(length, CopyVariable::Own, body);
        terms.show(some)
    };
    assert_eq!(some(&[last]), "p0 != 0");
    assert_eq!(some(&[last, on]), "p1 && p0 != 0");
    assert_eq!(some(&[before_last]), "p0 != 0 && p0 != 1");
    // Everything else stays a question about all instances.
    assert_eq!(some(&[at_end]), "anyof([for …: p0 == x0])");
    assert_eq!(some(&[of_another]), "anyof([for …: p2 - 1 == x0])");
    assert_eq!(some(&[last, third]), "anyof([for …: p0 - 1 == x0 && x0 == 2])");
    assert_eq!(some(&[other_last]), "r == p0 - 1 && p0 != 0");
}
