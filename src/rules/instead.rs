//! What a message says in place of conditions that no reader finds in a source: that both writers are deployed, if that is enough.
//!
//! ```bicep
//! module m 'm.bicep' = { params: { list: concat(names, [for n in more: { n: n }]) } }   // main.bicep
//! resource x '…/subnets@…' = [for one in map(list, x => { name: x }): { … }]              // m.bicep: at least two instances of `x`
//! ```

use super::calls::{Calls, in_root};
use super::formulas::Formulas;
use crate::eval::feasibility::is_feasible;
use crate::eval::term::Term;
use crate::eval::world::assume_all;
use crate::race::analysis::{Analysis, Race, World};
use crate::race::effect::EffectId;
use crate::template::Language;
use crate::workspace::TemplateId;

/// Maximum number of pairs for which it is asked.
const MAX_ASKED: usize = 1_000;

/// Whether a pair races if some conditions hold, and both of its effects happen. `others` are the conditions, in terms of the root.
pub(super) fn is_enough(
    analysis: &mut Analysis<'_, '_>,
    (formulas, calls): (&mut Formulas, &mut Calls),
    (root, others): (TemplateId, &World),
    race: &Race,
) -> bool {
    calls.asked += 1;
    if calls.asked > MAX_ASKED || analysis.evaluator.workspace().template(root).language == Language::Params {
        return false;
    }
    let Some(ways) = calls.steps(analysis, root, race.at) else { return false };
    let Some(formula) = formulas.formula(analysis, root, race) else { return false };
    let Analysis { summaries, evaluator, writers, .. } = &mut *analysis;
    let Some(summary) = summaries.get(race.at) else { return false };
    let [first, second] = [race.first, race.second].map(|id: EffectId| summary.effect(id));
    let both = summary.links.both(evaluator.terms(), writers, first, second);
    let deployed: Vec<Term> = ways.iter().map(|steps| in_root(analysis, steps, both)).collect();
    let terms = analysis.evaluator.terms();
    let deployed = terms.or(&deployed);
    let rest = assume_all(terms, formula, others);
    let (holds, denied) = (terms.and(&[deployed, rest]), terms.not(rest));
    let fails = terms.and(&[deployed, denied]);
    is_feasible(terms, fails) == Some(false) && is_feasible(terms, holds) == Some(true)
}

/// Says that both writers of a pair are deployed. `loop_of` is the loop whose instances they are, and `count` the number of writers of
/// the finding.
pub(super) fn told(loop_of: Option<&str>, count: usize) -> String {
    match loop_of {
        Some(symbol) => format!("at least two instances of `{symbol}` are deployed"),
        None if count == 2 => "both are deployed".to_owned(),
        None => "both of a pair are deployed".to_owned(),
    }
}
