//! No input hangs, overflows the stack or fills the memory.

use std::fmt::Write;

use super::{root, variable, workspace};
use crate::eval::evaluator::Evaluator;
use crate::eval::term::{Ambient, CopyVariable, Term};
use crate::eval::terms::Terms;
use crate::limit::Limit;

/// Evaluates the variable `v` of a file, on a small stack.
fn evaluate(text: String) {
    let run = move || {
        let workspace = workspace(&[("main.bicep", &text)]);
        let mut evaluator = Evaluator::new(&workspace);
        let value = variable(&mut evaluator, root(&workspace), "v");
        let folded = evaluator.terms().fold_case(value);
        evaluator.terms().show(folded);
        evaluator.terms().len()
    };
    let terms = std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
    assert!(terms < 3_000_000, "{terms} terms");
}

#[test]
fn variables_that_need_each_other_have_no_value() {
    evaluate("var v = w\nvar w = '${v}x'".to_owned());
    evaluate("func f(x int) int => f(x) + f(x + 1)\nvar v = f(1)".to_owned());
}

#[test]
fn doubling_stops() {
    for double in
        ["'${x}${x}'", "concat(x, x)", "[x, x]", "{ a: x, b: x }", "[...x, ...x]", "union([x], [[x]])"]
    {
        let mut text = "param p string\nparam l array\nvar v0 = p\n".to_owned();
        for at in 1..60 {
            let value = double.replace('x', &format!("v{}", at - 1));
            writeln!(text, "var v{at} = {value}").unwrap();
        }
        text.push_str("var v = v59");
        evaluate(text.clone());
        evaluate(text.replace("var v0 = p", "var v0 = l"));
        evaluate(text.replace("var v0 = p", "var v0 = ['a']"));
        evaluate(text.replace("var v0 = p", "var v0 = 'a'"));
    }
}

#[test]
fn branches_that_share_their_parts_are_followed_once() {
    let mut text = "param c array\nparam o object\nvar a0 = o.x\nvar b0 = o.y\n".to_owned();
    for at in 1..120 {
        let before = at - 1;
        writeln!(text, "var a{at} = bool(c[{at}]) ? a{before} : b{before}").unwrap();
        writeln!(text, "var b{at} = bool(c[{at}].d) ? b{before} : a{before}").unwrap();
    }
    for last in [
        "a119.name",
        "length(a119)",
        "a119 == b119",
        "a119 == 'x'",
        "a119 ?? 'x'",
        "!(a119 == 'x')",
        "a119[2]",
        "map(a119, x => x.y)",
        "a119.b.c.d",
    ] {
        evaluate(format!("{text}var v = {last}"));
    }
}

#[test]
fn nested_loops_over_long_lists_stop() {
    evaluate("var l = range(0, 4000)\nvar v = [for i in l: map(l, j => map(l, k => i + j + k))]".to_owned());
    evaluate("var l = range(0, 4000)\nvar v = map(l, i => map(l, j => map(l, k => i + j + k)))".to_owned());
    evaluate("var l = range(0, 4000)\nvar v = reduce(l, [], (a, b) => concat(a, [b], a))".to_owned());
    evaluate("var v = range(0, 9000000000)".to_owned());
}

#[test]
fn functions_that_call_twice_stop() {
    let mut text = "func f0(x string) string => x\n".to_owned();
    for at in 1..40 {
        let before = at - 1;
        writeln!(text, "func f{at}(x string) string => '${{f{before}('${{x}}a')}}${{f{before}('${{x}}b')}}'")
            .unwrap();
    }
    text.push_str("param p string\nvar v = f39(p)");
    evaluate(text);
}

#[test]
fn long_chains_of_variables_stop() {
    let mut text = "param p object\nvar v0 = p\n".to_owned();
    for at in 1..3000 {
        writeln!(text, "var v{at} = reference(v{})", at - 1).unwrap();
    }
    text.push_str("var v = v2999");
    evaluate(text);
    let mut text = "param p array\nvar v0 = true\n".to_owned();
    for at in 1..3000 {
        writeln!(text, "var v{at} = p[{at}] == 'x' || (p[{at}] == 'y' && v{})", at - 1).unwrap();
    }
    text.push_str("var v = v2999");
    evaluate(text);
}

#[test]
fn twenty_five_levels_of_two_calls_cost_their_files() {
    let mut files = vec![("m0.bicep".to_owned(), "param p string\noutput o string = '${p}-0'\n".to_owned())];
    for at in 1..25 {
        let before = at - 1;
        files.push((
            format!("m{at}.bicep"),
            format!(
                "param p string
                module a 'm{before}.bicep' = {{ name: 'a', params: {{ p: '${{p}}a' }} }}
                module b 'm{before}.bicep' = {{ name: 'b', params: {{ p: a.outputs.o }} }}
                output o string = '${{a.outputs.o}}${{b.outputs.o}}'
                "
            ),
        ));
    }
    files.push((
        "main.bicep".to_owned(),
        "param p string\nmodule m 'm24.bicep' = { name: 'm', params: { p: p } }\nvar v = m.outputs.o\n"
            .to_owned(),
    ));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let workspace = workspace(&files);
    let mut evaluator = Evaluator::new(&workspace);
    variable(&mut evaluator, root(&workspace), "v");
    assert!(evaluator.terms().len() < 200_000);
}

/// The limits that a store of terms has reached.
fn reached(terms: &mut Terms) -> Vec<Limit> {
    terms.reached().map(|((), reached)| reached.limit()).collect()
}

#[test]
fn all_lists_share_room() {
    let mut terms = Terms::default();
    terms.begin_root(&Limit::RootWork.budget_of(u64::MAX));
    let longest = Limit::ListElements.number();
    let mut elements: Vec<Term> = (0..longest as i64).map(|at| terms.int(at)).collect();
    for at in 0..=(Limit::AllElements.number() / longest) as usize {
        elements.rotate_left(1);
        elements.swap(0, at + 1);
        terms.array(&elements);
    }
    assert_eq!(reached(&mut terms), []);
    elements.reverse();
    terms.array(&elements);
    assert_eq!(reached(&mut terms), [Limit::AllElements]);
}

#[test]
fn binders_beyond_the_limit_are_told() {
    let mut terms = Terms::default();
    let last = Limit::ValueBinders.number() as u32;
    for (level, told) in [(last - 1, vec![]), (last, vec![Limit::ValueBinders])] {
        // A list below a variable of that level, with another list inside.
        let length = terms.ambient(Ambient::TenantId);
        let (outer, index) = (terms.bound(level), terms.copy_index(CopyVariable::OF_NODE));
        let body = terms.equal(outer, index);
        terms.exists(length, CopyVariable::OF_NODE, body);
        assert_eq!(reached(&mut terms), told, "{level}");
    }
}
