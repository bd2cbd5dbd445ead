//! [`Links`]: which instances start only after which. The expected relation lists pairs `late>early` of indexes, for `n` = 3, `m` = 2,
//! `z` = 0 and `k` = 1.

use super::{PARAMETERS, are_equivalent, assert_rows, node, variable, with, with_main};
use crate::eval::feasibility::{Feasibility, feasible};
use crate::eval::term::{CopyVariable, Term};
use crate::eval::terms::Terms;
use crate::race::analysis::Analysis;
use crate::race::link::{Element, Link, Links, Run};
use crate::template::{NodeId, ParameterId};
use crate::workspace::TemplateId;

const NUMBERS: [(&str, i64); 4] = [("n", 3), ("m", 2), ("z", 0), ("k", 1)];

/// The declarations of a row with these numbers as variables: the same loops with known lengths.
fn known() -> String {
    NUMBERS.iter().fold(PARAMETERS.replace("@minValue(0)\n", ""), |text, (name, number)| {
        text.replace(&format!("param {name} int"), &format!("var {name} = {number}"))
    })
}

/// The terms of the numbers that are parameters, with their values.
fn numbers(analysis: &mut Analysis<'_, '_>, root: TemplateId) -> Vec<(Term, Term)> {
    let template = analysis.evaluator.workspace().template(root);
    let mut found = Vec::new();
    for (at, parameter) in template.parameters.iter().enumerate() {
        let name = template.exprs.text(parameter.name);
        if let Some((_, number)) = NUMBERS.iter().find(|(known, _)| *known == name) {
            let term = analysis.evaluator.parameter(root, ParameterId(at as u32));
            found.push((term, analysis.evaluator.terms().int(*number)));
        }
    }
    found
}

/// `yes`, `no`, or `?` if it depends on more than the numbers.
fn decided(terms: &mut Terms, formula: Term, numbers: &[(Term, Term)]) -> &'static str {
    let formula = numbers.iter().fold(formula, |formula, &(from, to)| terms.replace_term(formula, from, to));
    let not = terms.not(formula);
    match (feasible(terms, formula), feasible(terms, not)) {
        (Feasibility::Feasible(_), Feasibility::Infeasible) => "yes",
        (Feasibility::Infeasible, _) => "no",
        _ => "?",
    }
}

/// A question about two instances, by their indexes.
type Asked<'a> = &'a dyn Fn(&Links, &mut Terms, Run, Run) -> Term;

/// The pairs for which a question is answered with yes: `all`, `none`, or `late>early …`. `by_number`: the indexes are numbers when
/// the question is asked; otherwise they are put in later.
fn relation(parameters: &str, text: &str, ends: [&str; 2], by_number: bool, asked: Asked<'_>) -> String {
    with(&[("main.bicep", text)], parameters, |analysis, root| {
        let [late, early] = ends.map(|symbol| node(analysis, root, symbol));
        let numbers = numbers(analysis, root);
        let (links, terms) = (&analysis.summaries[root].links, analysis.evaluator.terms());
        let mut length = |node: NodeId| {
            let count = links.counts[node.ix()]?;
            let count = numbers.iter().fold(count, |count, &(from, to)| terms.replace_term(count, from, to));
            Some(terms.known_int(count).expect("the length is known by now"))
        };
        let lengths = [length(late), length(early)];
        let indexes = |length: Option<i64>| match length {
            Some(length) => (0..length).map(Some).collect(),
            None => vec![None],
        };
        let (mut all, mut yes) = (0, Vec::new());
        for at in indexes(lengths[0]) {
            for before in indexes(lengths[1]) {
                let put = [(CopyVariable::Own, at), (CopyVariable::Other, before)];
                let [own, other] = put.map(|(variable, index)| {
                    index.map(|index| if by_number { terms.int(index) } else { terms.copy_index(variable) })
                });
                let (late, early) = (Run { node: late, index: own }, Run { node: early, index: other });
                let mut formula = asked(links, terms, late, early);
                for (variable, index) in put {
                    let index = terms.int(index.unwrap_or_default());
                    formula = terms.replace_copy(formula, variable, index);
                }
                all += 1;
                let shown = |index: Option<i64>| index.map_or_else(String::new, |index| index.to_string());
                match decided(terms, formula, &numbers) {
                    "yes" => yes.push(format!("{}>{}", shown(at), shown(before))),
                    "no" => {}
                    _ => yes.push(format!("{}?{}", shown(at), shown(before))),
                }
            }
        }
        match yes.len() {
            0 => "none".to_owned(),
            found if found == all && yes.iter().all(|pair| pair.contains('>')) => "all".to_owned(),
            _ => yes.join(" "),
        }
    })
}

/// The relation, which must not depend on whether lengths and indexes are known when the question is asked.
fn same_relation(text: &str, ends: [&str; 2], asked: Asked<'_>) -> String {
    let mut found: Vec<String> = Vec::new();
    for parameters in [PARAMETERS.to_owned(), known()] {
        for by_number in [true, false] {
            found.push(relation(&parameters, text, ends, by_number, asked));
        }
    }
    found.dedup();
    found.join(" or ")
}

fn after(text: &str) -> String {
    same_relation(text, ["late", "early"], &|links, terms, late, early| links.after(terms, late, early))
}

/// Rows of [`Links::after`] for `late` and `early`.
fn assert_after(rows: &[(&str, &str)]) {
    assert_rows(rows.iter().map(|&(text, expected)| (text, after(text), expected.to_owned())));
}

#[test]
fn whole_nodes_pass_order_on_whatever_is_deployed() {
    let early = "resource early 'T.Any/any@1' = { name: 'early' }\n";
    let rows = [
        ("resource late 'T.Any/any@1' = { name: 'late' }", "none"),
        ("resource late 'T.Any/any@1' = { name: 'late', dependsOn: [early] }", "all"),
        ("resource late 'T.Any/any@1' = if (on) { name: 'late', dependsOn: [early] }", "all"),
        (
            "resource mid 'T.Any/any@1' = { name: 'mid', dependsOn: [early] }
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid] }",
            "all",
        ),
        (
            "resource mid 'T.Any/any@1' = if (on) { name: 'mid', dependsOn: [early] }
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid] }",
            "all",
        ),
        (
            "resource mid 'T.Any/any@1' = if (false) { name: 'mid', dependsOn: [early] }
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid] }",
            "all",
        ),
        (
            "resource mid 'T.Any/any@1' = { name: 'mid' }
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid] }",
            "none",
        ),
        (
            "resource mid 'T.Any/any@1' = { name: 'mid', dependsOn: [early] }
             resource other 'T.Any/any@1' = { name: 'other' }
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [other, mid] }",
            "all",
        ),
    ];
    assert_rows(
        rows.iter().map(|&(row, expected)| (row, after(&format!("{early}{row}")), expected.to_owned())),
    );
}

#[test]
fn a_loop_is_waited_for_as_a_whole_or_by_element() {
    let early = "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]\n";
    let single = |waits: &str| {
        format!("{early}resource late 'T.Any/any@1' = {{ name: 'late', dependsOn: [{waits}] }}")
    };
    let looped = |length: &str, waits: &str| {
        format!(
            "{early}resource late 'T.Any/any@1' = [for i in range(0, {length}): {{ name: 'late${{i}}', dependsOn: [{waits}] }}]"
        )
    };
    let rows = [
        (single("early"), "all"),
        (single("early[0]"), ">0"),
        (single("early[1]"), ">1"),
        (single("early[0], early[2]"), ">0 >2"),
        (single("early[k]"), ">1"),
        (single("early[k + 1]"), ">2"),
        (looped("n", "early"), "all"),
        (looped("m", "early"), "all"),
        (looped("n", "early[i]"), "0>0 1>1 2>2"),
        (looped("m", "early[i]"), "0>0 1>1"),
        (looped("n", "early[2 - i]"), "0>2 1>1 2>0"),
        (looped("m", "early[i + 1]"), "0>1 1>2"),
        (looped("n", "early[1]"), "0>1 1>1 2>1"),
        (looped("n", "early[k]"), "0>1 1>1 2>1"),
        (looped("n", "early[i], early[0]"), "0>0 1>0 1>1 2>0 2>2"),
    ];
    assert_rows(rows.iter().map(|(text, expected)| (text.as_str(), after(text), (*expected).to_owned())));
}

#[test]
fn elements_pass_on_what_they_wait_for() {
    assert_after(&[
        // From element to element to element.
        (
            "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             resource mid 'T.Any/any@1' = [for i in range(0, n): { name: 'mid${i}', dependsOn: [early[i]] }]
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [mid[i]] }]",
            "0>0 1>1 2>2",
        ),
        // All elements in between cover all early ones, if they are as many.
        (
            "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             resource mid 'T.Any/any@1' = [for i in range(0, n): { name: 'mid${i}', dependsOn: [early[i]] }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid] }",
            "all",
        ),
        (
            "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             resource mid 'T.Any/any@1' = [for i in range(0, m): { name: 'mid${i}', dependsOn: [early[i]] }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid] }",
            ">0 >1",
        ),
        // One element in between passes on its own order only.
        (
            "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             resource mid 'T.Any/any@1' = [for i in range(0, n): { name: 'mid${i}', dependsOn: [early[i]] }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid[1]] }",
            ">1",
        ),
        // Every element passes on what all of them wait for.
        (
            "resource early 'T.Any/any@1' = { name: 'early' }
             resource mid 'T.Any/any@1' = [for i in range(0, n): { name: 'mid${i}', dependsOn: [early] }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid[1]] }",
            "all",
        ),
        (
            "resource early 'T.Any/any@1' = { name: 'early' }
             resource mid 'T.Any/any@1' = [for i in range(0, n): { name: 'mid${i}', dependsOn: [early] }]
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [mid[i]] }]",
            "all",
        ),
        // A condition of an element does not matter.
        (
            "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             resource mid 'T.Any/any@1' = [for i in range(0, n): if (on) { name: 'mid${i}', dependsOn: [early[i]] }]
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [mid[i]] }]",
            "0>0 1>1 2>2",
        ),
        // An empty loop passes on what it waits for as a whole.
        (
            "resource early 'T.Any/any@1' = { name: 'early' }
             resource mid 'T.Any/any@1' = [for i in range(0, 0): { name: 'mid${i}', dependsOn: [early] }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid] }",
            "all",
        ),
        // All elements in between cover the early ones that they wait for, whichever these are.
        (
            "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             resource mid 'T.Any/any@1' = [for i in range(0, m): { name: 'mid${i}', dependsOn: [early[i + 1]] }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid] }",
            ">1 >2",
        ),
        // Two paths add up.
        (
            "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             resource one 'T.Any/any@1' = { name: 'one', dependsOn: [early[0]] }
             resource two 'T.Any/any@1' = { name: 'two', dependsOn: [early[2]] }
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [one, two] }",
            ">0 >2",
        ),
    ]);
}

#[test]
fn loops_and_indexes_that_only_values_make_empty_or_wrong() {
    let rows = [
        // The elements of a loop that turns out to be empty pass on nothing.
        (
            "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             resource mid 'T.Any/any@1' = [for i in range(0, z): { name: 'mid${i}', dependsOn: [early[i]] }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid] }",
            "none",
        ),
        (
            "resource early 'T.Any/any@1' = { name: 'early' }
             resource one 'T.Any/any@1' = [for i in range(0, z): { name: 'one${i}', dependsOn: [early] }]
             resource two 'T.Any/any@1' = [for i in range(0, z): { name: 'two${i}', dependsOn: [one[i]] }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [two] }",
            "none",
        ),
        // An element in between that does not exist passes on nothing …
        (
            "resource early 'T.Any/any@1' = { name: 'early' }
             resource mid 'T.Any/any@1' = [for i in range(0, m): { name: 'mid${i}', dependsOn: [early] }]
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [mid[i]] }]",
            "0> 1>",
        ),
        // … also not the order of batches before it.
        (
            "@batchSize(1)
             resource early 'T.Any/any@1' = [for i in range(0, m): { name: 'early${i}' }]
             resource mid 'T.Any/any@1' = [for i in range(0, m): { name: 'mid${i}', dependsOn: [early[i]] }]
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [mid[i]] }]",
            "0>0 1>0 1>1",
        ),
        // Azure refuses an index out of range, so nothing can race.
        (
            "resource early 'T.Any/any@1' = [for i in range(0, 3): { name: 'early${i}' }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [early[k + 5]] }",
            "all",
        ),
    ];
    for by_number in [true, false] {
        assert_rows(rows.map(|(text, expected)| {
            let found =
                relation(PARAMETERS, text, ["late", "early"], by_number, &|links, terms, late, early| {
                    links.after(terms, late, early)
                });
            (text, found, expected.to_owned())
        }));
    }
}

#[test]
fn an_element_that_is_known_to_be_missing_waits_for_everything() {
    // Azure refuses such a deployment, so nothing can race.
    let rows = [
        (
            "resource early 'T.Any/any@1' = [for i in range(0, m): { name: 'early${i}' }]
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [early[i]] }]",
            "0>0 1>1 2>0 2>1",
        ),
        (
            "resource early 'T.Any/any@1' = { name: 'early' }
             resource mid 'T.Any/any@1' = [for i in range(0, z): { name: 'mid${i}' }]
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [mid[i]] }]",
            "all",
        ),
        (
            "resource early 'T.Any/any@1' = { name: 'early' }
             resource mid 'T.Any/any@1' = [for i in range(0, m): { name: 'mid${i}' }]
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [mid[i]] }]",
            "2>",
        ),
        // The same for lists that are written out.
        (
            "resource early 'T.Any/any@1' = [for (x, i) in ['a', 'b']: { name: x }]
             resource late 'T.Any/any@1' = [for (x, i) in ['a', 'b', 'c']: { name: x, dependsOn: [early[i]] }]",
            "0>0 1>1 2>0 2>1",
        ),
        (
            "resource early 'T.Any/any@1' = { name: 'early' }
             resource mid 'T.Any/any@1' = [for (x, i) in []: { name: x }]
             resource late 'T.Any/any@1' = [for (x, i) in ['a', 'b']: { name: x, dependsOn: [mid[i]] }]",
            "all",
        ),
    ];
    assert_rows(rows.map(|(text, expected)| {
        let found = relation(&known(), text, ["late", "early"], true, &|links, terms, late, early| {
            links.after(terms, late, early)
        });
        (text, found, expected.to_owned())
    }));
}

#[test]
fn an_added_edge_counts_like_a_declared_one() {
    let text = "resource early 'T.Any/any@1' = [for i in range(0, n): if (on) { name: 'early${i}' }]
                resource mid 'T.Any/any@1' = { name: 'mid' }
                resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid] }";
    with_main(text, |analysis, root| {
        let [late, mid, early] = ["late", "mid", "early"].map(|symbol| node(analysis, root, symbol));
        let (links, terms) = (&analysis.summaries[root].links, analysis.evaluator.terms());
        let own = terms.copy_index(CopyVariable::Own);
        let ends = (Run { node: late, index: None }, Run { node: early, index: Some(own) });
        assert!(!links.may_reach(late, early));
        let all = links.with(&[(mid, Link { target: early, element: Element::All })]);
        assert!(all.may_reach(late, early) && all.is_surely_after(late, early));
        let after = all.after(terms, ends.0, ends.1);
        assert!(terms.is_true(after));
        assert_eq!(all.deployed(terms, early), links.deployed(terms, early));
        let one = links.with(&[(mid, Link { target: early, element: Element::At(1) })]);
        assert!(one.may_reach(late, early) && !one.is_surely_after(late, early));
        let after = one.after(terms, ends.0, ends.1);
        let [of_first, of_second] = [0, 1].map(|at| {
            let index = terms.int(at);
            terms.replace_copy(after, CopyVariable::Own, index)
        });
        assert!(terms.is_false(of_first) && !terms.is_false(of_second));
    });
}

#[test]
fn batches_are_in_order() {
    assert_after(&[
        // An element waits for the batches before it.
        (
            "@batchSize(1)
             resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [early[1]] }",
            ">0 >1",
        ),
        (
            "@batchSize(2)
             resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [early[2]] }",
            "all",
        ),
        (
            "@batchSize(2)
             resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [early[1]] }",
            ">1",
        ),
        // What an element waits for, the elements of later batches wait for too.
        (
            "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             @batchSize(1)
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [early[i]] }]",
            "0>0 1>0 1>1 2>0 2>1 2>2",
        ),
        (
            "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             @batchSize(2)
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [early[i]] }]",
            "0>0 1>1 2>0 2>1 2>2",
        ),
        // One element of a loop in batches passes on the order of the batches before it.
        (
            "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             @batchSize(1)
             resource mid 'T.Any/any@1' = [for i in range(0, n): { name: 'mid${i}', dependsOn: [early[i]] }]
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid[1]] }",
            ">0 >1",
        ),
        // The last element has no counterpart, and waits for the batches before it.
        (
            "@batchSize(1)
             resource early 'T.Any/any@1' = [for i in range(0, m): { name: 'early${i}' }]
             @batchSize(1)
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [early[i]] }]",
            "0>0 1>0 1>1 2>0 2>1",
        ),
        // Batches of one size are in order within those of another size.
        (
            "@batchSize(2)
             resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             @batchSize(1)
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [early[i]] }]",
            "0>0 1>0 1>1 2>0 2>1 2>2",
        ),
        // Through a loop in batches, and on to a third.
        (
            "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]
             @batchSize(1)
             resource mid 'T.Any/any@1' = [for i in range(0, n): { name: 'mid${i}', dependsOn: [early[i]] }]
             resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [mid[i]] }]",
            "0>0 1>0 1>1 2>0 2>1 2>2",
        ),
    ]);
}

#[test]
fn instances_of_one_loop_are_ordered_by_their_batches() {
    let loop_of = |batch: &str| {
        format!("{batch}\nresource each 'T.Any/any@1' = [for i in range(0, n): {{ name: 'each${{i}}' }}]")
    };
    let rows = [
        ("", "none"),
        ("@batchSize(1)", "1>0 2>0 2>1"),
        ("@batchSize(2)", "2>0 2>1"),
        ("@batchSize(3)", "none"),
    ];
    assert_rows(rows.map(|(batch, expected)| {
        let found = same_relation(&loop_of(batch), ["each", "each"], &|links, terms, late, early| {
            let (late_index, early_index) = (late.index.unwrap(), early.index.unwrap());
            links.in_earlier_batch(terms, late.node, early_index, late_index)
        });
        (batch, found, expected.to_owned())
    }));
}

/// Whether `late` may wait for `early`, and whether it certainly does.
fn reach(text: &str) -> (bool, bool) {
    with_main(text, |analysis, root| {
        let [late, early] = ["late", "early"].map(|symbol| node(analysis, root, symbol));
        let links = &analysis.summaries[root].links;
        (links.may_reach(late, early), links.is_surely_after(late, early))
    })
}

#[test]
fn reach_ignores_conditions_and_tells_elements_from_whole_loops() {
    let looped = "resource early 'T.Any/any@1' = [for i in range(0, n): { name: 'early${i}' }]\n";
    let rows = [
        ("resource late 'T.Any/any@1' = { name: 'late' }", (false, false)),
        ("resource late 'T.Any/any@1' = { name: 'late', dependsOn: [early] }", (true, true)),
        ("resource late 'T.Any/any@1' = { name: 'late', dependsOn: [early[0]] }", (true, false)),
        (
            "resource late 'T.Any/any@1' = [for i in range(0, n): { name: 'late${i}', dependsOn: [early[i]] }]",
            (true, false),
        ),
        (
            "resource mid 'T.Any/any@1' = if (on) { name: 'mid', dependsOn: [early] }
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid] }",
            (true, true),
        ),
        (
            "resource mid 'T.Any/any@1' = { name: 'mid', dependsOn: [early[0]] }
             resource late 'T.Any/any@1' = { name: 'late', dependsOn: [mid] }",
            (true, false),
        ),
    ];
    assert_rows(rows.map(|(row, expected)| (row, reach(&format!("{looped}{row}")), expected)));
    // Never in the other direction.
    let turned = "resource late 'T.Any/any@1' = { name: 'late' }
                  resource early 'T.Any/any@1' = { name: 'early', dependsOn: [late] }";
    assert_eq!((reach(turned), after(turned).as_str()), ((false, false), "none"));
}

#[test]
fn an_edge_that_closes_a_cycle_is_dropped() {
    let text = "resource late 'T.Any/any@1' = { name: 'late', dependsOn: [early] }
                resource early 'T.Any/any@1' = { name: 'early', dependsOn: [late] }";
    with_main(text, |analysis, root| {
        let links = &analysis.summaries[root].links;
        let edges: usize = links.waits.iter().map(Vec::len).sum();
        assert!(edges <= 1, "{:?}", links.waits);
    });
}

#[test]
fn a_node_is_deployed_if_one_of_its_instances_is() {
    let rows = [
        ("resource a 'T.Any/any@1' = { name: 'a' }", "true"),
        ("resource a 'T.Any/any@1' = if (on) { name: 'a' }", "on"),
        ("resource a 'T.Any/any@1' = [for i in range(0, n): { name: 'a${i}' }]", "n >= 1"),
        ("resource a 'T.Any/any@1' = [for i in range(0, n): if (on) { name: 'a${i}' }]", "on && n >= 1"),
        ("resource a 'T.Any/any@1' = [for i in range(0, n): if (i == 2) { name: 'a${i}' }]", "n >= 3"),
        ("resource a 'T.Any/any@1' = [for i in range(0, n): if (i != 0) { name: 'a${i}' }]", "n >= 2"),
        (
            "resource a 'T.Any/any@1' = [for i in range(0, 2): if (i == k) { name: 'a${i}' }]",
            "k == 0 || k == 1",
        ),
    ];
    assert_rows(rows.map(|(row, when)| {
        let found = with_main(&format!("{row}\nvar when = {when}"), |analysis, root| {
            let (a, when) = (node(analysis, root, "a"), variable(analysis, root, "when"));
            let (links, terms) = (&analysis.summaries[root].links, analysis.evaluator.terms());
            let deployed = links.deployed(terms, a);
            let always = terms.bool(true);
            let some = links.for_some(terms, a, always);
            (are_equivalent(terms, deployed, when), are_equivalent(terms, some, when))
        });
        (row, found, (true, true))
    }));
}
