//! Who pays for evaluation: each expression has so many steps and visits for itself; what it needs beyond them comes out of
//! its template's store, so that one expression cannot use up what others need.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::terms::{FREE_VISITS, Terms};
use crate::limit::{Budget, Limit, Reached};
use crate::template::ExprId;
use crate::workspace::TemplateId;

/// So many steps are free for each expression that is asked for; further ones come out of its template's store.
const FREE_STEPS: u64 = 50_000;

/// An expression that pays, or a template for itself.
pub(super) type Payer = (TemplateId, Option<ExprId>);

/// The account of one evaluator.
pub(super) struct Account {
    /// Steps that are left for the expression that is asked for.
    pub(super) steps: Budget,
    /// Whose expression it is, and which.
    payer: Payer,
    /// The limits that expressions of a template have reached, and the first expression of each.
    beyond: BTreeMap<(TemplateId, Limit), (Option<ExprId>, Reached)>,
    /// What is left in the stores of templates: steps and visits.
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
    /// Takes what the last expression used beyond what is free out of its template's store, and opens that of the next.
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

    /// Pays for the last expression; it pays for what comes next, too.
    pub(super) fn settle(&mut self, terms: &mut Terms) {
        self.pay(terms, self.payer);
    }

    /// Records that not all of the expression that was asked for last was looked at.
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
