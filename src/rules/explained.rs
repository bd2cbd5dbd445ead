//! Why two declarations race, or do not, in words: what [`crate::race::verdict`] finds, with names, places and conditions.

use super::describe;
use super::finding::{Level, RuleId, SharedObject, Through};
use super::findings::{Declared, Seen, displayed, reported, shared_object};
use super::races::entry_of;
use super::worlds::Names;
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

/// What is to be said of two declarations.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The two, in the order in which they were asked for.
    pub declarations: [Declaration; 2],
    /// The answer.
    pub verdict: Verdict,
    /// The answer in one line: lower case, no full stop, names in back-ticks.
    pub message: String,
    /// Every template in which they may meet, the outermost first.
    pub meetings: Vec<Meeting>,
    /// What each writes, or why nothing is known of it, where they write nothing in common.
    pub notes: Vec<String>,
    /// Limits that the analysis reached, with the place of each: what is beyond them is not in the answer.
    pub limits: Vec<(Place, String)>,
}

/// The answer to whether two declarations race. What comes first is told first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// They race, and the report has it.
    Race,
    /// They race where nobody can change it: inside of a module that is known by its public path only.
    NotReported,
    /// One waits for the other.
    Ordered,
    /// What one writes holds what the other adds.
    NothingLost,
    /// It hangs on values that are not known whether one of them rewrites what the other adds.
    NotSurelyLost,
    /// They are never deployed together.
    NeverTogether,
    /// Nothing says that what they write is one object.
    PerhapsOneObject,
    /// They write different objects.
    DifferentObjects,
    /// Both write one object, and may do so at the same time.
    Harmless,
    /// They write nothing of one kind.
    NothingInCommon,
    /// Of one of them it is not known that it writes anything but itself.
    NothingKnown,
    /// One of them lies inside the other.
    PartOfTheOther,
    /// They are one declaration, which is no loop.
    One,
}

impl Verdict {
    /// Its name in JSON.
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

/// A declaration that was asked for.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Its name, with the modules that it lies in. Ex) `vpn.gateway`
    pub name: String,
    /// Its resource type, or what a module refers to.
    pub ty: String,
    /// Whether it is a loop.
    pub is_loop: bool,
    /// Where its symbol stands.
    pub place: Place,
}

/// What is known of the two in one template.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// The displayed path of the template.
    pub file: String,
    /// Their symbols there: of the declarations, or of the module calls that they lie in.
    pub symbols: [String; 2],
    /// What they write both, or might.
    pub objects: Vec<Object>,
    /// How one waits for the other.
    pub order: Option<Order>,
    /// How many pairs of what they write were not looked at.
    pub omitted: usize,
}

/// What is known of one object, or of two that might be one.
#[derive(Clone, Debug)]
pub struct Object {
    /// What came of it.
    pub verdict: Verdict,
    /// Why, in one line.
    pub message: String,
    /// The catalogue entry; none for a resource that is declared twice.
    pub entry: Option<String>,
    /// The rule and level of the finding.
    pub finding: Option<(RuleId, Level)>,
    /// When it races: a world in one line; none where it always can.
    pub when: Option<String>,
    /// What each of them writes.
    pub objects: [SharedObject; 2],
    /// The condition under which each of them writes, where there is one.
    pub conditions: [Option<String>; 2],
}

/// How one declaration waits for another.
#[derive(Clone, Debug)]
pub struct Order {
    /// Who waits.
    pub late: String,
    /// For whom.
    pub early: String,
    /// Whether all instances wait for all; else some elements of loops do.
    pub is_whole: bool,
    /// The links, from the late one to the early one.
    pub links: Vec<Link>,
    /// Declarations on the way that may not be deployed. The order holds all the same: Azure's engine passes on what they wait
    /// for.
    pub through: Vec<Through>,
}

/// One declaration waits for another.
#[derive(Clone, Debug)]
pub struct Link {
    /// Who waits.
    pub late: String,
    /// For whom.
    pub early: String,
    /// Why: `dependsOn`, `parent`, `scope`, `output` of a module, `argument` of a module, or `reference`.
    pub kind: &'static str,
    /// Where it is written.
    pub place: Place,
    /// Which elements of a loop are waited for: `same`, a number, or the index as it is computed; none for all.
    pub element: Option<String>,
}

/// Explains two declarations, each by the way down to it. The analysis has all effects, and one root: the one asked for.
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
            (Verdict::One, format!("`{}` is one declaration, and no loop", names[0]))
        }
        _ if one != other && !is_apart && best.is_none() => {
            let (outer, inner) = if one.len() < other.len() { (0, 1) } else { (1, 0) };
            (Verdict::PartOfTheOther, format!("`{}` lies in the module `{}`", names[inner], names[outer]))
        }
        Some(best) if best.verdict < Verdict::PerhapsOneObject => (best.verdict, best.message.clone()),
        _ if order.is_some_and(|order| order.is_whole) => {
            let asked = |symbol: &str| asked_as(&meetings, &names, symbol);
            let (late, early) =
                order.map(|order| (asked(&order.late), asked(&order.early))).unwrap_or_default();
            (Verdict::Ordered, format!("`{late}` waits for `{early}`"))
        }
        Some(best) => (best.verdict, best.message.clone()),
        None if is_known => (Verdict::NothingInCommon, "they write nothing of one kind".to_owned()),
        None => (Verdict::NothingKnown, "nothing is known that both of them write".to_owned()),
    };
    let limits = analysis.limits.iter().map(|(place, reached)| (*place, reached.to_string())).collect();
    Explained { declarations, verdict, message, meetings, notes, limits }
}

/// The name that was asked for, of a symbol in the template in which the two meet.
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
        Reason::Race(race) => when(analysis, race),
        _ => None,
    };
    let effect = analysis.summary(at).effect(shared.effects[0]);
    let entry = analysis.writers.of(effect.aspect).map(|(entry, _)| entry.id.clone().into_owned());
    let words = Words { analysis, site, shared, names, objects: &objects, is_reported: finding.is_some() };
    let (verdict, message) = words.say();
    Object { verdict, message, entry, finding, when, objects, conditions }
}

/// The condition under which an effect happens; none where it always does.
fn condition(analysis: &Analysis<'_, '_>, at: TemplateId, id: EffectId) -> Option<String> {
    let terms = analysis.evaluator.known_terms();
    let guard = analysis.summary(at).effect(id).guard;
    (!terms.is_true(guard)).then(|| tell(terms, guard))
}

/// When a race happens, under its first root.
fn when(analysis: &Analysis<'_, '_>, race: &Race) -> Option<String> {
    let smallest =
        race.worlds.iter().filter_map(|(_, world)| world.as_ref()).min_by_key(|world| world.len())?;
    let terms = analysis.evaluator.known_terms();
    let words = describe::Worlds { terms, names: &Names::default() };
    let is_told = |&(term, _): &(Term, Term)| !describe::is_about_instances(terms, term);
    let clauses = words.clauses(&smallest.iter().copied().filter(is_told).collect());
    (!clauses.is_empty()).then(|| describe::sentence(&clauses))
}

/// What is needed to say why.
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
        let both = if self.is_loop() { "its instances" } else { "both" };
        let (first, second) = (&self.names[0], &self.names[1]);
        match &self.shared.reason {
            Reason::Race(race) => self.race(race, &object),
            Reason::Counted => {
                (Verdict::Race, format!("nothing orders `{first}` and `{second}`; both write {object}"))
            }
            Reason::Ordered => (Verdict::Ordered, self.ordered(&object)),
            Reason::InBatches => (
                Verdict::Ordered,
                format!("the instances of `{first}` write {object} one after the other: `@batchSize`"),
            ),
            Reason::NothingLost => (
                Verdict::NothingLost,
                format!("what is written whole to {object} holds what is added, so nothing is lost"),
            ),
            Reason::NotSurelyLost => (
                Verdict::NotSurelyLost,
                format!(
                    "nothing says that one of `{first}` and `{second}` rewrites what the other adds to {object}: \
                     that hangs on values that are not known"
                ),
            ),
            Reason::NeverTogether { by_values } => {
                let who = match (self.is_loop(), by_values) {
                    (true, _) => "no two of its instances are deployed together".to_owned(),
                    (_, false) => "they are never deployed together".to_owned(),
                    (_, true) => {
                        "with the values that are given they are never deployed together, or ordered"
                            .to_owned()
                    }
                };
                (Verdict::NeverTogether, format!("{both} write {object}, but {who}"))
            }
            Reason::OtherType => (
                Verdict::Harmless,
                format!(
                    "{both} write or use {object}; nothing says that it is of a type for which that matters"
                ),
            ),
            Reason::Harmless => {
                (Verdict::Harmless, format!("{both} write or use {object}, and may do so at the same time"))
            }
            Reason::PerhapsOne if self.shared.effects[0] == self.shared.effects[1] => (
                Verdict::PerhapsOneObject,
                format!(
                    "each instance of `{first}` writes {object}; nothing says that two of them write one"
                ),
            ),
            Reason::PerhapsOne => (
                Verdict::PerhapsOneObject,
                format!("{}; nothing says that the two are one", self.each_writes()),
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
            Fault::Contained => format!("`{first}` has the name of the deployment around it, {object}"),
            Fault::LostUpdate => {
                format!(
                    "one of `{first}` and `{second}` rewrites what the other adds to {object}, in any order"
                )
            }
        };
        match verdict {
            Verdict::NotReported => {
                (verdict, format!("{message}; it lies in a module that nobody here can change"))
            }
            _ => (verdict, message),
        }
    }

    /// The name that was asked for, of an effect.
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

    /// Ex) `s2s` writes virtual hub `a` and `er` virtual hub `b`
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

    /// What tells an object from another of the same name: its scope, or its id.
    fn id(&self, object: Term) -> String {
        let terms = self.analysis.evaluator.known_terms();
        match terms.get(object) {
            Value::ResourceId { scope, .. } => format!("`{}`", tell(terms, scope)),
            _ => format!("`{}`", tell(terms, object)),
        }
    }
}

/// Ex) virtual hub `hub`
pub fn noun(object: &SharedObject) -> String {
    let noun = describe::noun(&object.ty);
    let noun = if noun.is_empty() { "object".to_owned() } else { noun };
    format!("{noun} `{}`", object.name)
}

/// What a declaration writes, or why nothing is known of it; and whether something is.
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
            // What functions make of lists and conditions is of no use to a reader.
            Value::Call(..) | Value::If(..) => {
                format!("a {} whose id is computed", describe::noun(&shared.ty))
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

/// Why it is not known of a declaration that it writes anything but itself.
fn nothing_written(analysis: &mut Analysis<'_, '_>, site: &Site, which: usize, name: &str) -> String {
    let (at, node) = (site.at, site.nodes[which]);
    let workspace = analysis.evaluator.workspace();
    let guard = analysis.summary(at).links.guards[node.ix()];
    if analysis.evaluator.known_terms().is_false(guard) {
        return format!("`{name}` is never deployed");
    }
    match &workspace.template(at).node(node).kind {
        NodeKind::Existing(_) => format!("`{name}` refers to what is there already, and writes nothing"),
        NodeKind::Module(_) => match workspace.call(at, node) {
            Some(Callee::Unresolved { why, assumed: None, .. }) => {
                format!("nothing is known of what `{name}` writes: its module is not read ({why})")
            }
            _ => format!("nothing is known of what `{name}` writes beside its own resources"),
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
                return format!("nothing is known of what `{name}` ({}) writes beside itself", ty.name);
            }
            format!(
                "`{name}` ({}) may write what is shared ({}), but not as it is declared",
                ty.name,
                describe::list(&ids)
            )
        }
    }
}

/// The order of two nodes of a template, in words.
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

/// Nodes on the way from one to another that may not be deployed.
pub(super) fn ordered_through(
    analysis: &mut Analysis<'_, '_>,
    at: TemplateId,
    waiting: &Waiting,
) -> Vec<Through> {
    let last = waiting.links.len().saturating_sub(1);
    let between = waiting.links.iter().take(last);
    between.filter_map(|waits| through(analysis, at, waits.early)).collect()
}

/// What a node on the way is, where it may not be deployed.
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

/// What kind of place makes a node wait.
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
