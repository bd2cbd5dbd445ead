//! Accounts for the cost of evaluation. Each expression has a number of free steps and visits; beyond them it uses the
//! budget of its template, so that one expression cannot use up the budget of others.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::terms::{FREE_VISITS, Terms};
use crate::limit::{Budget, Limit, Reached};
use crate::template::ExprId;
use crate::workspace::TemplateId;

/// Number of steps that are free for each requested expression; further ones are charged to its template.
const FREE_STEPS: u64 = 50_000;

/// The expression that is charged, or the template itself.
pub(super) type Payer = (TemplateId, Option<ExprId>);

/// The account of one evaluator, which charges each requested expression.
pub(super) struct Account {
    /// Remaining steps of the requested expression.
    pub(super) steps: Budget,
    /// The requested expression, with its template.
    payer: Payer,
    /// The limits that expressions of a template have reached, and the first expression of each.
    beyond: BTreeMap<(TemplateId, Limit), (Option<ExprId>, Reached)>,
    /// Remaining steps and visits of each template.
    stores: FxHashMap<TemplateId, (u64, u64)>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            steps: Limit::ExpressionSteps.budget_of(FREE_STEPS + Limit::ExpressionSteps.number()),
            payer: (TemplateId(0), None),
            beyond: BTreeMap::new(),
            stores: FxHashMap::default(),
        }
    }
}

impl Account {
    /// Charges the cost of the last expression beyond the free part to its template, and starts with the next one.
    pub(super) fn pay(&mut self, terms: &mut Terms, next: Payer) {
        let full = (Limit::ExpressionSteps.number(), Limit::LambdaVisits.number());
        let (steps, visits) = self.stores.get(&self.payer.0).copied().unwrap_or(full);
        let left = (steps.min(self.steps.left()), visits.min(terms.visits.left()));
        for ((), reached) in terms.reached.take() {
            self.went_beyond(reached);
        }
        self.stores.insert(self.payer.0, left);
        let (steps, visits) = self.stores.get(&next.0).copied().unwrap_or(full);
        self.payer = next;
        self.steps = Limit::ExpressionSteps.budget_of(steps + FREE_STEPS);
        terms.visits = Limit::LambdaVisits.budget_of(visits + FREE_VISITS);
    }

    /// Charges the last expression, which also pays for what follows.
    pub(super) fn settle(&mut self, terms: &mut Terms) {
        self.pay(terms, self.payer);
    }

    /// Records that the last requested expression was not evaluated completely.
    pub(super) fn went_beyond(&mut self, reached: Reached) {
        let (template, expr) = self.payer;
        self.beyond.entry((template, reached.limit())).or_insert((expr, reached));
    }

    /// The limits that expressions of templates have reached, with the first expression of each.
    pub(super) fn reached(&self) -> Vec<(TemplateId, Option<ExprId>, Reached)> {
        let all = self.beyond.iter();
        all.map(|(&(id, _), (expr, reached))| (id, *expr, reached.clone())).collect()
    }
}
