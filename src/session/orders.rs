//! The cost and the purpose of the explicit orders of a root.

use super::Session;
use crate::azure::plain::Plain;
use crate::azure::types::noun;
use crate::race::analysis::analyse_whole;
use crate::race::needless::{On, Protects, protects, written};
use crate::report::slow::{Cost, Orders};
use crate::rules::finding::Level;
use crate::small_sort::SmallSort as _;
use crate::source::Span;
use crate::template::Template;
use crate::timeline::schedule::total_of;
use crate::timeline::{Decides, Predicted, RowId, Schedule, TaskId, predict};
use crate::workspace::Provenance;
use crate::workspace::TemplateId;

impl Session {
    /// The orders of a root.
    pub fn orders(&self, root: TemplateId) -> Orders {
        let catalog = self.catalog.clone().with_all();
        let mut analysis = analyse_whole(&self.workspace, &catalog, &[root]);
        let predicted = predict(&mut analysis, root, &|ty| self.minutes(ty));
        let total = total_of(&predicted.plan);
        let (mut all, mut limits) = (Vec::new(), Vec::new());
        let reached: Vec<TemplateId> = analysis.reached.iter().flat_map(|(_, all)| all.clone()).collect();
        for id in reached.into_iter().filter(|&id| self.workspace.provenance(id) == Provenance::File) {
            let template = self.workspace.template(id);
            let (orders, reached) = written(&mut analysis, id, Plain::BUILTIN);
            limits.extend(reached.map(|reached| (template.place(Span::default()), reached.to_string())));
            for order in orders {
                let saved = order
                    .protects
                    .is_needless()
                    .then(|| total - total_of(&predicted.without(id, order.late, order.on)).min(total));
                let symbol = |node| template.node(node).symbol.clone();
                all.push(Cost {
                    place: template.place(order.span),
                    late: symbol(order.late),
                    on: match order.on {
                        On::Node(early) => Ok(symbol(early)),
                        On::Batch(size) => Err(size),
                    },
                    kind: kind(&order.protects),
                    protects: told(template, &order.protects),
                    saved,
                });
            }
        }
        all.small_sort_by_key(|cost| (std::cmp::Reverse(cost.saved), cost.place));
        Orders { root: self.shown(root).to_owned(), total, all, limits }
    }

    /// The races at warning level or above: for each, a key that is the same in another tree, and a description.
    pub fn races(&self) -> Vec<(String, String)> {
        let mut check = self.examine();
        check.settle();
        let told = check.report.findings.iter().filter(|finding| finding.level >= Level::Warning);
        let told = told.map(|finding| {
            let mut writers: Vec<&str> = finding.participants.iter().map(|one| one.symbol.as_str()).collect();
            writers.small_sort();
            let key = format!("{} {} {}", finding.rule, finding.object.name, writers.join(" "));
            (key, format!("{}[{}]: {}", finding.level, finding.rule, finding.message))
        });
        told.collect()
    }

    /// The purpose of each edge on the critical path of a schedule of the root.
    pub fn decides(&self, root: TemplateId, schedule: &Schedule) -> Vec<Decides> {
        let catalog = self.catalog.clone().with_all();
        let mut analysis = analyse_whole(&self.workspace, &catalog, &[root]);
        let predicted = predict(&mut analysis, root, &|ty| self.minutes(ty));
        let edges = schedule.deciding.iter();
        let of_edge = |&(early, late): &(RowId, RowId)| {
            let task = |row: RowId| schedule.row(row).task;
            let why = self.why(&mut analysis, &predicted, (task(early), task(late)));
            Decides { early: schedule.name_of(early), late: schedule.name_of(late), why }
        };
        edges.map(of_edge).collect()
    }

    fn why(
        &self,
        analysis: &mut crate::race::analysis::Analysis<'_, '_>,
        predicted: &Predicted,
        (early, late): (TaskId, TaskId),
    ) -> String {
        let ((id, early_node), (_, late_node)) = (predicted.node(early), predicted.node(late));
        let template = self.workspace.template(id);
        if early == late {
            return "the batch before".to_owned();
        }
        told(template, &protects(analysis, id, (late_node, early_node), Plain::BUILTIN))
    }
}

/// The purpose of an order, in one word.
const fn kind(protects: &Protects) -> &'static str {
    match protects {
        Protects::Again(_) => "again",
        Protects::Nothing => "nothing",
        Protects::Reference => "reference",
        Protects::Object(_) | Protects::ObjectOf(..) => "object",
        Protects::Unknown(_) => "unknown",
    }
}

/// The purpose of an order, in words.
fn told(template: &Template, protects: &Protects) -> String {
    match protects {
        Protects::Again(middle) => format!("nothing: `{}` comes between them", template.node(*middle).symbol),
        Protects::Nothing => "nothing that is known".to_owned(),
        Protects::Reference => "a reference needs it".to_owned(),
        Protects::Object(ty) => format!("both write one {}", noun(ty)),
        Protects::ObjectOf(ty, [one, other]) => format!("`{one}` and `{other}` write one {}", noun(ty)),
        Protects::Unknown(why) => format!("not known: {why}"),
    }
}
