//! Finds out whether the callers of a template ever deploy it. If not, it is judged as a root.
//!
//! ```bicep
//! module spare 'hub.bicep' = if (false) { … }               // never
//! module each 'hub.bicep' = [for name in []: { … }]         // never
//! module on 'hub.bicep' = if (deployHub) { … }              // where a root leaves `deployHub` open, or a call gives `true`
//! ```
//!
//! The condition of a call is a formula over the parameters of the caller. A root decides it; any other caller passes it on to its
//! own callers, with their arguments for the parameters.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::eval::arguments::Asked;
use crate::eval::evaluator::Evaluator;
use crate::eval::feasibility::is_feasible_within;
use crate::eval::parameter_file::values_of;
use crate::eval::substitution::Substitution;
use crate::eval::term::{CopyVariable, Term};
use crate::limit::Limit;
use crate::template::{Language, NodeId};
use crate::workspace::{Callee, TemplateId, Workspace};

/// The calls of a workspace, without those from templates that do not count as callers.
pub struct Calls<'w> {
    workspace: &'w Workspace,
    callers: FxHashMap<TemplateId, Vec<(TemplateId, NodeId)>>,
    /// The parameter files that deploy a template.
    files: FxHashMap<TemplateId, Vec<TemplateId>>,
    /// Created when the first condition has to be evaluated.
    evaluator: Option<Evaluator<'w>>,
}

impl<'w> Calls<'w> {
    /// Collects all calls, except those from templates that are left out.
    pub fn new(workspace: &'w Workspace, is_left_out: impl Fn(TemplateId) -> bool) -> Self {
        let mut callers: FxHashMap<TemplateId, Vec<(TemplateId, NodeId)>> = FxHashMap::default();
        let mut files: FxHashMap<TemplateId, Vec<TemplateId>> = FxHashMap::default();
        for (id, template) in workspace.templates() {
            if template.language == Language::Params {
                if let Some(deployed) = workspace.deployed_by(id) {
                    files.entry(deployed).or_default().push(id);
                }
            } else if !is_left_out(id) {
                for node in template.node_ids() {
                    if let Some(Callee::Template(callee)) = workspace.call(id, node) {
                        callers.entry(*callee).or_default().push((id, node));
                    }
                }
            }
        }
        Self { workspace, callers, files, evaluator: None }
    }

    /// Every template, callers before callees.
    pub fn callers_first(&self) -> Vec<TemplateId> {
        let mut order = self.workspace.callees_first(self.workspace.templates().map(|(id, _)| id));
        order.reverse();
        order
    }

    /// Whether one of the callers of a template deploys it in some world. It must be known of each caller whether it is
    /// a root; callers that are not roots are themselves deployed.
    pub fn deploy(&mut self, template: TemplateId, is_root: impl Fn(TemplateId) -> bool) -> bool {
        let Some(calls) = self.callers.get(&template) else { return false };
        if calls.iter().any(|&(caller, node)| self.is_plain(caller, node)) {
            return true;
        }
        let mut evaluator = self.evaluator.take().unwrap_or_else(|| Evaluator::new(self.workspace));
        evaluator.terms().begin_root(&Limit::RootWork.budget());
        let found = self.deploy_by_condition(&mut evaluator, template, is_root);
        // The analysis evaluates the same conditions, and reports the limits that they reach.
        drop(evaluator.beyond_limits());
        self.evaluator = Some(evaluator);
        found
    }

    /// Whether a call has neither a condition nor a loop.
    fn is_plain(&self, caller: TemplateId, node: NodeId) -> bool {
        let declared = self.workspace.template(caller).node(node);
        declared.condition.is_none() && declared.copy.is_none() && declared.outer.is_none()
    }

    fn deploy_by_condition(
        &self,
        evaluator: &mut Evaluator<'w>,
        template: TemplateId,
        is_root: impl Fn(TemplateId) -> bool,
    ) -> bool {
        let mut visits = Limit::ConditionVisits.budget();
        let mut may_hold = |evaluator: &mut Evaluator<'w>, formula: Term| {
            evaluator.settle();
            is_feasible_within(evaluator.terms(), formula, &mut visits) != Some(false)
        };
        let truth = evaluator.terms().bool(true);
        let mut open: VecDeque<(TemplateId, Term)> = VecDeque::new();
        open.push_back((template, truth));
        let mut left = Limit::CallConditions.budget();
        while let Some((callee, formula)) = open.pop_front() {
            let callers = self.callers.get(&callee).map_or(&[][..], Vec::as_slice);
            for &(caller, node) in callers {
                let by = evaluator.module_substitution(caller, node, Asked::In(formula));
                // The formula no longer contains indexes of the callee's loops.
                let here = evaluator.terms().substitute(formula, &Substitution { shift: 0, ..by });
                let formula = for_some(evaluator, caller, node, here);
                // A root leaves its parameters open; for other callers, it is enough that the formula does not depend
                // on how they are called.
                let is_last = is_root(caller) || !evaluator.known_terms().depends_on_call(formula);
                // A formula that is infeasible here is infeasible further up as well, so in a chain of calls the
                // condition is decided only once, at the end.
                let is_chain = !is_last && callers.len() == 1;
                if evaluator.terms().is_false(formula) || !is_chain && !may_hold(evaluator, formula) {
                    continue;
                }
                if is_last {
                    return true;
                }
                // Judging the template as a root loses nothing.
                if left.spend(1).is_err() {
                    return false;
                }
                for &file in self.files.get(&caller).into_iter().flatten() {
                    let by = values_of(evaluator, file, caller);
                    let given = evaluator.terms().substitute(formula, &by);
                    if may_hold(evaluator, given) {
                        return true;
                    }
                }
                open.push_back((caller, formula));
            }
        }
        false
    }
}

/// Expresses a formula of a callee in terms of the caller, for some deployed instance of the call.
fn for_some(evaluator: &mut Evaluator<'_>, caller: TemplateId, node: NodeId, formula: Term) -> Term {
    let condition = evaluator.condition(caller, node);
    let count = evaluator.copy_length(caller, node);
    let terms = evaluator.terms();
    let formula = terms.and(&[condition, formula]);
    match count {
        Some(count) => terms.exists(count, CopyVariable::OF_NODE, formula),
        None => formula,
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::workspace::{Knowledge, Memory};

    struct Nothing;

    impl Knowledge for Nothing {}

    /// Whether `low.bicep` counts as deployed if `count` templates pass on the condition, and the outermost call gives
    /// `true`.
    fn is_deployed(count: u64) -> bool {
        let call = |at: u64| {
            let on = at + 1 == count;
            format!("module c{at} 'c{at}.bicep' = {{\n  name: 'c{at}'\n  params: {{ on: {on} }}\n}}\n")
        };
        let pass = "param on bool\nmodule m 'mid.bicep' = {\n  name: 'm'\n  params: { on: on }\n}\n";
        let mid = "param on bool\nmodule l 'low.bicep' = if (on) { name: 'l' }\n";
        let files = Memory::default()
            .with("/main.bicep", (0..count).map(call).collect::<String>())
            .with("/mid.bicep", mid)
            .with("/low.bicep", "");
        let files = (0..count).fold(files, |files, at| files.with(format!("/c{at}.bicep"), pass));
        let paths = ["/main.bicep", "/low.bicep"].map(PathBuf::from);
        let workspace = Workspace::load(&files, &Nothing, &paths, &[], Path::new("/"));
        let [main, low] = [0, 1].map(|at: usize| workspace.roots[at].1.unwrap());
        Calls::new(&workspace, |_| false).deploy(low, |caller| caller == main)
    }

    #[test]
    fn beyond_the_limit_a_template_is_judged_by_itself() {
        let number = Limit::CallConditions.number();
        assert!(is_deployed(3));
        // `mid.bicep` itself is one more.
        assert!(is_deployed(number - 1));
        assert!(!is_deployed(number));
    }
}
