//! Explains in words why two declarations race or not: the result of [`crate::race::verdict`] with names, places and
//! conditions.

use super::calls::Calls;
use super::describe;
use super::finding::{Level, RuleId, SharedObject, Through};
use super::findings::{Declared, Seen, displayed, shared_object};
use super::formulas::Formulas;
use super::judged::reported;
use super::races::{entry_of, is_code, object_noun};
use super::worlds::{Raced, happens};

use crate::azure::types;
use crate::deployment::{Because, Reason as Why};
use crate::eval::show::tell;
use crate::eval::term::{Term, Value};
use crate::race::analysis::{Analysis, Race};
use crate::race::effect::{Aspect, EffectId};
use crate::race::link::Element;
use crate::race::pair::Fault;
use crate::race::verdict::{Reason, Shared, Site, Step, Waiting, Waits, may_be_missing, sites};
use crate::small_sort::SmallSort as _;
use crate::source::Place;
use crate::template::{NodeId, NodeKind};
use crate::workspace::{Callee, TemplateId};

/// The explanation for two declarations.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The two declarations, in the order of the question.
    pub declarations: [Declaration; 2],
    /// The answer.
    pub verdict: Verdict,
    /// The answer in one line: lower case, no full stop, names in back-ticks.
    pub message: String,
    /// Every template in which they can meet, outermost first.
    pub meetings: Vec<Meeting>,
    /// If they write nothing in common: what each writes, or why that is unknown.
    pub notes: Vec<String>,
    /// Limits that the analysis reached, with their places. The answer does not cover anything beyond them.
    pub limits: Vec<(Place, String)>,
}

/// The answer to whether two declarations race. Earlier variants take precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// They race, and the report contains it.
    Race,
    /// They race, but inside a module that is known only by its public path, where the user cannot change it.
    NotReported,
    /// One waits for the other.
    Ordered,
    /// The value that one of them writes contains what the other adds.
    NothingLost,
    /// Unknown values decide whether one of them overwrites what the other adds.
    NotSurelyLost,
    /// They are never deployed together.
    NeverTogether,
    /// Nothing shows that they write the same object.
    PerhapsOneObject,
    /// They write different objects.
    DifferentObjects,
    /// Both write one object, and may safely do so at the same time.
    Harmless,
    /// They do not write objects of the same kind.
    NothingInCommon,
    /// For one of them, the only known write is its own resource.
    NothingKnown,
    /// One of them lies inside the other.
    PartOfTheOther,
    /// Both names mean the same declaration, and it is not a loop.
    One,
}

impl Verdict {
    /// The name of this verdict in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Race => "race",
            Self::NotReported => "notReported",
            Self::Ordered => "ordered",
            Self::NothingLost => "nothingLost",
            Self::NotSurelyLost => "notSurelyLost",
            Self::NeverTogether => "neverTogether",
            Self::Harmless => "harmless",
            Self::PerhapsOneObject => "perhapsOneObject",
            Self::DifferentObjects => "differentObjects",
            Self::NothingInCommon => "nothingInCommon",
            Self::NothingKnown => "nothingKnown",
            Self::PartOfTheOther => "partOfTheOther",
            Self::One => "one",
        }
    }
}

/// One of the two declarations of the question.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Its name, with the modules around it. Ex) `vpn.gateway`
    pub name: String,
    /// Its resource type, or the reference of a module call.
    pub ty: String,
    /// Whether it is a loop (`for`, or `copy` in ARM JSON).
    pub is_loop: bool,
    /// The place of its symbol.
    pub place: Place,
}

/// What is known about the two declarations in one template.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// The displayed path of the template.
    pub file: String,
    /// Their symbols in this template: of the declarations, or of the module calls that contain them.
    pub symbols: [String; 2],
    /// The objects that both write or may write.
    pub objects: Vec<Object>,
    /// The order between them, if there is one.
    pub order: Option<Order>,
    /// The number of pairs of effects that were not analysed.
    pub omitted: usize,
}

/// What is known about one object, or about two that may be the same.
#[derive(Clone, Debug)]
pub struct Object {
    /// The answer for this object.
    pub verdict: Verdict,
    /// The reason, in one line.
    pub message: String,
    /// The catalogue entry; `None` for a resource that is declared twice.
    pub entry: Option<String>,
    /// The rule and level of the finding.
    pub finding: Option<(RuleId, Level)>,
    /// A world in which it races, in one line; `None` if it always can.
    pub when: Option<String>,
    /// The object that each declaration writes.
    pub objects: [SharedObject; 2],
    /// The condition under which each declaration writes; `None` if it always does.
    pub conditions: [Option<String>; 2],
}

/// The order between two declarations.
#[derive(Clone, Debug)]
pub struct Order {
    /// The declaration that waits.
    pub late: String,
    /// The declaration that it waits for.
    pub early: String,
    /// Whether all instances wait for all instances; otherwise only some elements of loops do.
    pub is_whole: bool,
    /// The links, from the late one to the early one.
    pub links: Vec<Link>,
    /// Intermediate declarations that may not be deployed. The order holds anyway: the engine of Azure passes on their
    /// dependencies.
    pub through: Vec<Through>,
}

/// One edge: a declaration waits for another.
#[derive(Clone, Debug)]
pub struct Link {
    /// The declaration that waits.
    pub late: String,
    /// The declaration that it waits for.
    pub early: String,
    /// Why: `dependsOn`, `parent`, `scope`, `output` of a module, `argument` of a module, or `reference`.
    pub kind: &'static str,
    /// The place where the edge is written.
    pub place: Place,
    /// The loop element that is waited for: `same`, a number, or the computed index; `None` for all elements.
    pub element: Option<String>,
}

/// Explains two declarations, each given by its path from the root. `analysis` must have all effects, and the root of
/// the question as its only root.
pub fn explain(analysis: &mut Analysis<'_, '_>, one: &[Step], other: &[Step]) -> Explained {
    let workspace = analysis.evaluator.workspace();
    let names = [workspace.name_of(one), workspace.name_of(other)];
    let declarations = [one, other].map(|way| declaration(analysis, way));
    let sites = sites(analysis, one, other);
    let mut declared = Declared::default();
    let meetings: Vec<Meeting> =
        sites.iter().map(|site| meeting(analysis, &mut declared, site, &names)).collect();
    let best = meetings.iter().flat_map(|meeting| &meeting.objects).min_by_key(|object| object.verdict);
    let order = meetings.iter().find_map(|meeting| meeting.order.as_ref());
    let mut notes = Vec::new();
    let is_apart = one != other && !one.starts_with(other) && !other.starts_with(one);
    let is_known = !is_apart || best.is_some() || {
        let known: Vec<(bool, String)> =
            (0..2).map(|side| written(analysis, &mut declared, &sites, side, &names)).collect();
        let is_known = known.iter().all(|(is_known, _)| *is_known);
        notes.extend(known.into_iter().map(|(_, note)| note));
        is_known
    };
    let (verdict, message) = match best {
        _ if one == other && sites.is_empty() => {
            (Verdict::One, format!("`{}` is one declaration, not a loop", names[0]))
        }
        _ if one != other && !is_apart && best.is_none() => {
            let (outer, inner) = if one.len() < other.len() { (0, 1) } else { (1, 0) };
            (Verdict::PartOfTheOther, format!("`{}` is inside the module `{}`", names[inner], names[outer]))
        }
        Some(best) if best.verdict < Verdict::PerhapsOneObject => (best.verdict, best.message.clone()),
        _ if order.is_some_and(|order| order.is_whole) => {
            let asked = |symbol: &str| asked_as(&meetings, &names, symbol);
            let (late, early) =
                order.map(|order| (asked(&order.late), asked(&order.early))).unwrap_or_default();
            (Verdict::Ordered, format!("`{late}` waits for `{early}`"))
        }
        Some(best) => (best.verdict, best.message.clone()),
        None if is_known => (Verdict::NothingInCommon, "they write no objects of the same kind".to_owned()),
        None => (Verdict::NothingKnown, "no object is known that both write".to_owned()),
    };
    let limits = analysis.limits.iter().map(|(place, reached)| (*place, reached.to_string())).collect();
    Explained { declarations, verdict, message, meetings, notes, limits }
}

/// The full name from the question for a symbol of the template in which the two meet.
fn asked_as(meetings: &[Meeting], names: &[String; 2], symbol: &str) -> String {
    let meeting = meetings.iter().find(|meeting| meeting.order.is_some());
    let side = meeting.and_then(|meeting| meeting.symbols.iter().position(|known| known == symbol));
    side.map_or_else(|| symbol.to_owned(), |side| names[side].clone())
}

fn declaration(analysis: &Analysis<'_, '_>, way: &[Step]) -> Declaration {
    let workspace = analysis.evaluator.workspace();
    let (at, node) = way[way.len() - 1];
    let template = workspace.template(at);
    let declared = template.node(node);
    let ty = match &declared.kind {
        NodeKind::Resource(ty) | NodeKind::Existing(ty) => ty.name.clone(),
        NodeKind::Module(crate::template::ModuleTarget::Reference { reference, .. }) => {
            format!("module {reference}")
        }
        NodeKind::Module(_) => "nested deployment".to_owned(),
    };
    let (is_loop, place) = (declared.copy.is_some(), template.place(declared.symbol_span));
    Declaration { name: workspace.name_of(way), ty, is_loop, place }
}

fn symbol(analysis: &Analysis<'_, '_>, at: TemplateId, node: NodeId) -> String {
    analysis.evaluator.workspace().template(at).node(node).symbol.clone()
}

fn meeting(
    analysis: &mut Analysis<'_, '_>,
    declared: &mut Declared,
    site: &Site,
    names: &[String; 2],
) -> Meeting {
    let objects = site.shared.iter().map(|shared| object(analysis, declared, site, shared, names)).collect();
    Meeting {
        file: displayed(analysis, site.at).to_owned(),
        symbols: site.nodes.map(|node| symbol(analysis, site.at, node)),
        objects,
        order: site.order.as_ref().map(|waiting| order(analysis, site.at, waiting)),
        omitted: site.omitted,
    }
}

fn object(
    analysis: &mut Analysis<'_, '_>,
    declared: &mut Declared,
    site: &Site,
    shared: &Shared,
    names: &[String; 2],
) -> Object {
    let at = site.at;
    let ids = [0, 1].map(|side| (shared.effects[side], shared.objects[side]));
    let objects = ids.map(|(id, object)| {
        let seen = Seen { at, from: site.seen_from, object };
        shared_object(analysis, declared, seen, id)
    });
    let conditions = shared.effects.map(|id| condition(analysis, at, id));
    let finding = match &shared.reason {
        Reason::Race(race) => reported(analysis, race),
        _ => None,
    };
    let when = match &shared.reason {
        Reason::Race(race) => when(analysis, site, race),
        _ => None,
    };
    let effect = analysis.summary(at).effect(shared.effects[0]);
    let entry = analysis.writers.of(effect.aspect).map(|(entry, _)| entry.id.clone().into_owned());
    let words = Words { analysis, site, shared, names, objects: &objects, is_reported: finding.is_some() };
    let (verdict, message) = words.say();
    Object { verdict, message, entry, finding, when, objects, conditions }
}

/// The condition of an effect; `None` if it always happens.
fn condition(analysis: &Analysis<'_, '_>, at: TemplateId, id: EffectId) -> Option<String> {
    let terms = analysis.evaluator.known_terms();
    let guard = analysis.summary(at).effect(id).guard;
    (!terms.is_true(guard)).then(|| tell(terms, guard))
}

/// When a race happens, in words; `None` if it always does.
fn when(analysis: &mut Analysis<'_, '_>, site: &Site, race: &Race) -> Option<String> {
    let [one, other] = site.nodes.map(|node| symbol(analysis, site.at, node));
    let raced = [Raced { race, twins: &[], beside: &[] }];
    let sides = if site.nodes[0] == site.nodes[1] { (0, 0) } else { (0, 1) };
    let (mut formulas, mut calls) = (Formulas::default(), Calls::default());
    let names = (&[one.as_str(), other.as_str()][..], &mut formulas, &mut calls);
    happens(analysis, &raced, &[Some(sides)], names).when.whole()
}

/// The context for wording the answer about one object.
struct Words<'a, 'w, 'c> {
    analysis: &'a Analysis<'w, 'c>,
    site: &'a Site,
    shared: &'a Shared,
    names: &'a [String; 2],
    objects: &'a [SharedObject; 2],
    is_reported: bool,
}

impl Words<'_, '_, '_> {
    fn say(&self) -> (Verdict, String) {
        let object = noun(&self.objects[0]);
        let (first, second) = (&self.names[0], &self.names[1]);
        let both = if self.is_loop() {
            format!("the instances of `{first}`")
        } else {
            format!("`{first}` and `{second}`")
        };
        match &self.shared.reason {
            Reason::Race(race) => self.race(race, &object),
            Reason::Counted => {
                (Verdict::Race, format!("nothing orders `{first}` and `{second}`; both write {object}"))
            }
            Reason::Ordered => (Verdict::Ordered, self.ordered(&object)),
            Reason::InBatches => (
                Verdict::Ordered,
                format!("`@batchSize` makes the instances of `{first}` write {object} one after the other"),
            ),
            Reason::NothingLost => (
                Verdict::NothingLost,
                format!(
                    "nothing is lost: the list that one of `{first}` and `{second}` writes to {object} contains what the other adds"
                ),
            ),
            Reason::NotSurelyLost => (
                Verdict::NotSurelyLost,
                format!(
                    "it depends on unknown values whether one of `{first}` and `{second}` rewrites what the other adds to {object}"
                ),
            ),
            Reason::NeverTogether { by_values } => {
                let message = match (self.is_loop(), by_values) {
                    (true, _) => {
                        format!(
                            "no two instances of `{first}` are deployed together; each would write {object}"
                        )
                    }
                    (_, false) => {
                        format!(
                            "`{first}` and `{second}` are never deployed together; each would write {object}"
                        )
                    }
                    (_, true) => format!(
                        "with the given values `{first}` and `{second}` are never deployed together, or one waits for the other; each would write {object}"
                    ),
                };
                (Verdict::NeverTogether, message)
            }
            Reason::OtherType => (
                Verdict::Harmless,
                format!("{both} use {object}, which is not known to have a type for which that matters"),
            ),
            Reason::Harmless => {
                (Verdict::Harmless, format!("{both} may safely use {object} at the same time"))
            }
            Reason::PerhapsOne if self.shared.effects[0] == self.shared.effects[1] => (
                Verdict::PerhapsOneObject,
                format!(
                    "each instance of `{first}` writes {object}; no two of them are known to write the same one"
                ),
            ),
            Reason::PerhapsOne => (
                Verdict::PerhapsOneObject,
                format!("{}; the two are not known to be one", self.each_writes()),
            ),
            Reason::Apart => (Verdict::DifferentObjects, format!("{}: two objects", self.each_writes())),
        }
    }

    fn is_loop(&self) -> bool {
        self.site.nodes[0] == self.site.nodes[1]
    }

    fn race(&self, race: &Race, object: &str) -> (Verdict, String) {
        let (first, second) = (&self.names[0], &self.names[1]);
        let verdict = if self.is_reported { Verdict::Race } else { Verdict::NotReported };
        let message = match race.fault {
            Fault::Unordered if entry_of(self.analysis, race).is_none() => {
                format!("`{first}` and `{second}` may be one resource, {object}, and nothing orders them")
            }
            Fault::Unordered if self.is_loop() && first == second => {
                format!("nothing orders the instances of `{first}`, which write {object}")
            }
            Fault::Unordered => format!("nothing orders `{first}` and `{second}`, which both write {object}"),
            Fault::Reversed => {
                let [one, other] = [race.first, race.second].map(|id| self.name_of(id));
                let order = self.site.order.as_ref().and_then(|order| order.links.first());
                let one_is_late = order.is_some_and(|link| {
                    self.analysis.summary(self.site.at).effect(race.first).node == link.late
                });
                let (late, early) = if one_is_late { (one, other) } else { (other, one) };
                format!("`{late}` waits for `{early}`, but {object} needs the opposite order")
            }
            Fault::Contained => format!("`{first}` has the name of the enclosing deployment, {object}"),
            Fault::LostUpdate => {
                format!(
                    "one of `{first}` and `{second}` rewrites what the other adds to {object}, in any order"
                )
            }
        };
        match verdict {
            Verdict::NotReported => {
                (verdict, format!("{message}; it is inside a module that cannot be changed here"))
            }
            _ => (verdict, message),
        }
    }

    /// The name from the question for the declaration with this effect.
    fn name_of(&self, id: EffectId) -> &str {
        if self.shared.effects[0] == id { &self.names[0] } else { &self.names[1] }
    }

    fn ordered(&self, object: &str) -> String {
        let Some(link) =
            self.site.order.as_ref().and_then(|order| Some((order.links.first()?, order.links.last()?)))
        else {
            return format!("both write {object}, one after the other");
        };
        let is_turned = link.0.late == self.site.nodes[0];
        let (late, early) = if is_turned { (0, 1) } else { (1, 0) };
        format!("`{}` waits for `{}`; both write {object}", self.names[late], self.names[early])
    }

    /// Ex) `s2s` writes virtual hub `a` and `er` writes virtual hub `b`
    fn each_writes(&self) -> String {
        let [one, other] = [0, 1].map(|side| noun(&self.objects[side]));
        let alike = one == other;
        let ids = self.shared.objects.map(|object| self.id(object));
        let [one, other] = if alike {
            [0, 1].map(|side| format!("{} in {}", [&one, &other][side], ids[side]))
        } else {
            [one, other]
        };
        format!("`{}` writes {one} and `{}` writes {other}", self.names[0], self.names[1])
    }

    /// Tells an object apart from another one of the same name: its scope, or its id.
    fn id(&self, object: Term) -> String {
        let terms = self.analysis.evaluator.known_terms();
        match terms.get(object) {
            Value::ResourceId { scope, .. } => format!("`{}`", tell(terms, scope)),
            _ => format!("`{}`", tell(terms, object)),
        }
    }
}

/// Ex) virtual hub `hub`; a key vault, if its name is code that does not fit into a sentence
pub fn noun(object: &SharedObject) -> String {
    let noun = object_noun(object);
    // A name that is code says nothing.
    if is_code(object) { types::with_article(&noun) } else { format!("{noun} `{}`", object.name) }
}

/// Describes what a declaration writes, or why that is unknown, and returns whether it is known.
fn written(
    analysis: &mut Analysis<'_, '_>,
    declared: &mut Declared,
    sites: &[Site],
    which: usize,
    names: &[String; 2],
) -> (bool, String) {
    const SHOWN: usize = 5;
    let name = &names[which];
    let Some(site) = sites.last() else { return (false, format!("`{name}` is not deployed by this root")) };
    let effects: Vec<EffectId> = site.effects[which].clone();
    let mut objects: Vec<String> = Vec::new();
    for id in effects {
        let effect = analysis.summary(site.at).effect(id);
        if !analysis.writers.of(effect.aspect).is_some_and(|(_, writer)| writer.is_special()) {
            continue;
        }
        let object = effect.object;
        let seen = Seen { at: site.at, from: site.at, object };
        let shared = shared_object(analysis, declared, seen, id);
        let text = match analysis.evaluator.known_terms().get(object) {
            // Terms of computed lists and conditions would not help a reader.
            Value::Call(..) | Value::If(..) => {
                format!("a {} whose id is computed", types::noun(&shared.ty))
            }
            _ => noun(&shared),
        };
        if !objects.contains(&text) {
            objects.push(text);
        }
    }
    if objects.is_empty() {
        return (false, nothing_written(analysis, site, which, name));
    }
    let more = objects.len().saturating_sub(SHOWN);
    objects.truncate(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (true, format!("`{name}` writes {}{more}", objects.join(", ")))
}

/// Explains why the only known write of a declaration is its own resource.
fn nothing_written(analysis: &mut Analysis<'_, '_>, site: &Site, which: usize, name: &str) -> String {
    let (at, node) = (site.at, site.nodes[which]);
    let workspace = analysis.evaluator.workspace();
    let guard = analysis.summary(at).links.guards[node.ix()];
    if analysis.evaluator.known_terms().is_false(guard) {
        return format!("`{name}` is never deployed");
    }
    match &workspace.template(at).node(node).kind {
        NodeKind::Existing(_) => format!("`{name}` refers to an existing resource, and writes nothing"),
        NodeKind::Module(_) => match workspace.call(at, node) {
            Some(Callee::Unresolved { why, assumed: None, .. }) => {
                format!("it is not known what `{name}` writes, because its module was not read ({why})")
            }
            _ => format!("`{name}` is not known to write anything but its own resources"),
        },
        NodeKind::Resource(ty) => {
            let writers = analysis.writers.of_type(&ty.name.to_ascii_lowercase());
            let ids: Vec<String> = writers
                .into_iter()
                .filter_map(|(entry, writer)| {
                    let (entry, writer) = analysis.writers.of(Aspect::Catalogued { entry, writer })?;
                    writer.is_special().then(|| entry.id.clone().into_owned())
                })
                .collect();
            if ids.is_empty() {
                return format!("`{name}` ({}) is not known to write anything but itself", ty.name);
            }
            format!(
                "`{name}` ({}) can write shared objects ({}), but not as it is declared here",
                ty.name,
                describe::list(&ids)
            )
        }
    }
}

/// Describes the order of two nodes of a template.
fn order(analysis: &mut Analysis<'_, '_>, at: TemplateId, waiting: &Waiting) -> Order {
    let links: Vec<Link> = waiting.links.iter().map(|waits| link(analysis, at, waits)).collect();
    let through = ordered_through(analysis, at, waiting);
    let (late, early) =
        (links.first().map(|link| link.late.clone()), links.last().map(|link| link.early.clone()));
    Order {
        late: late.unwrap_or_default(),
        early: early.unwrap_or_default(),
        is_whole: waiting.is_whole,
        links,
        through,
    }
}

/// The intermediate nodes of an order that may not be deployed.
pub(super) fn ordered_through(
    analysis: &mut Analysis<'_, '_>,
    at: TemplateId,
    waiting: &Waiting,
) -> Vec<Through> {
    let last = waiting.links.len().saturating_sub(1);
    let between = waiting.links.iter().take(last);
    between.filter_map(|waits| through(analysis, at, waits.early)).collect()
}

/// Describes an intermediate node if it may not be deployed.
fn through(analysis: &mut Analysis<'_, '_>, at: TemplateId, node: NodeId) -> Option<Through> {
    let template = analysis.evaluator.workspace().template(at);
    let declared = template.node(node);
    let links = &analysis.summaries[at].links;
    if matches!(declared.kind, NodeKind::Existing(_))
        || !may_be_missing(links, analysis.evaluator.terms(), node)
    {
        return None;
    }
    let (terms, guard) = (analysis.evaluator.known_terms(), links.guards[node.ix()]);
    Some(Through {
        symbol: declared.symbol.clone(),
        place: template.place(declared.symbol_span),
        condition: (!terms.is_true(guard)).then(|| tell(terms, guard)),
    })
}

fn link(analysis: &Analysis<'_, '_>, at: TemplateId, waits: &Waits) -> Link {
    let template = analysis.evaluator.workspace().template(at);
    let late = template.node(waits.late);
    let edges = analysis.graphs.get(&at).into_iter().flat_map(|graph| graph.waits_for(waits.late));
    let mut edges: Vec<_> =
        edges.filter(|(target, _)| *target == waits.early).map(|(_, edge)| edge).collect();
    edges.small_sort_by_key(|edge| edge.element.is_some() == (waits.element == Element::All));
    let because = edges.first().and_then(|edge| edge.because.first());
    let kind = because.map_or("reference", |because| kind(analysis, at, waits, because));
    Link {
        late: late.symbol.clone(),
        early: template.node(waits.early).symbol.clone(),
        kind,
        place: template.place(because.map_or(late.symbol_span, |because| because.span)),
        element: match waits.element {
            Element::All => None,
            Element::Same => Some("same".to_owned()),
            Element::At(at) => Some(at.to_string()),
            Element::By(index) => Some(tell(analysis.evaluator.known_terms(), index)),
        },
    }
}

/// The kind of an edge in JSON, from the place that causes it.
fn kind(analysis: &Analysis<'_, '_>, at: TemplateId, waits: &Waits, because: &Because) -> &'static str {
    let template = analysis.evaluator.workspace().template(at);
    let late = template.node(waits.late);
    let stands_in = |expr: Option<crate::template::ExprId>| {
        expr.is_some_and(|expr| template.exprs.span(expr).contains(because.span))
    };
    match because.reason {
        Why::Explicit => "dependsOn",
        Why::Parent => "parent",
        Why::Reference if stands_in(late.scope) => "scope",
        Why::Reference if matches!(template.node(waits.early).kind, NodeKind::Module(_)) => "output",
        Why::Reference if stands_in(late.arguments) => "argument",
        Why::Reference => "reference",
    }
}
