//! Values of a parameter file that need themselves: the compiler refuses them, and they have no value.

use crate::syntax::ast;
use crate::template::{Expr, ExprId, Language, Problem, Template, VariableId};

use super::Maker;

/// The state of a value in the search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// Makes the value of the next variable, and notes which values of a parameter file it names.
pub(super) fn value(maker: &mut Maker<'_>, next: &mut usize, written: ast::ExprId) -> ExprId {
    let first = maker.template.exprs.nodes.len();
    let made = maker.expr(written);
    let template = &mut maker.template;
    template.variables[*next].value = made;
    if template.language == Language::Params {
        let named = template.exprs.nodes[first..].iter().filter_map(|expr| match *expr {
            Expr::Variable(id) => Some(id),
            _ => None,
        });
        maker.needs.push(named.collect());
    }
    *next += 1;
    made
}

/// Reports each cycle once, at its first assigned value: for `param a = b` and `var b = a` the cycle `a -> b -> a`.
pub(super) fn tell(template: &mut Template, needs: &[Vec<VariableId>]) {
    let mut states = vec![State::New; needs.len()];
    for start in 0..needs.len() {
        // The values on the path from the start, each with the number of values it needs that were already visited.
        let mut way: Vec<(usize, usize)> = Vec::new();
        if states[start] == State::New {
            states[start] = State::Open;
            way.push((start, 0));
        }
        while let Some((at, next)) = way.last_mut() {
            let Some(to) = needs[*at].get(*next).map(|to| to.ix()) else {
                states[*at] = State::Done;
                way.pop();
                continue;
            };
            *next += 1;
            match states[to] {
                State::New => {
                    states[to] = State::Open;
                    way.push((to, 0));
                }
                State::Open => {
                    let from = way.iter().position(|&(on, _)| on == to).unwrap_or_default();
                    let circle: Vec<usize> = way.drain(from..).map(|(on, _)| on).collect();
                    tell_circle(template, &circle);
                    // Values that lead into the cycle are not reported again.
                    for on in circle {
                        states[on] = State::Done;
                    }
                }
                State::Done => {}
            }
        }
    }
}

fn tell_circle(template: &mut Template, circle: &[usize]) {
    let first = circle.iter().enumerate().min_by_key(|(_, at)| **at).map_or(0, |(position, _)| position);
    let name = |at: &usize| template.exprs.text(template.variables[*at].name);
    let way: Vec<&str> = circle[first..].iter().chain(&circle[..first]).map(name).collect();
    let (begin, span) = (way[0], template.variables[circle[first]].span);
    let message = format!("`{begin}` needs its own value: `{} -> {begin}`", way.join(" -> "));
    template.problems.push(Problem { span, message });
}
