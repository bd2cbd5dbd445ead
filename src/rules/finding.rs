//! The result of a run: findings, diagnostics, and the coverage of the analysis.

use crate::eval::term::Term;
use crate::fingerprint::Fingerprint;
pub use crate::level::Level;
use crate::race::analysis::{Roots, World};
use crate::race::decided::Decided;
use crate::race::effect::EffectId;
pub use crate::rule_id::RuleId;
pub use crate::rules::behind::AlsoShared;
use crate::rules::quieter::Quieter;
pub use crate::rules::when::{Condition, PairWitness, When};
use crate::source::{Place, Sources};
use crate::template::NodeId;
use crate::workspace::TemplateId;

/// The confidence of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Confidence {
    /// A participant or object was guessed, for example from the name of a module that could not be read, or parameters
    /// are assumed to keep their defaults.
    Inferred,
    /// Follows from the text.
    Proven,
}

impl Confidence {
    /// All values, the least confident first.
    pub const ALL: [Self; 2] = [Self::Inferred, Self::Proven];

    /// The name in configuration and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inferred => "inferred",
            Self::Proven => "proven",
        }
    }
}

/// One race, or one hint about the order.
///
/// ```
/// # use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};
/// # let text = "
/// # resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = { name: 'hub', location: 'x' }
/// # resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
/// #   name: 's2s'
/// #   properties: { virtualHub: { id: hub.id } }
/// # }
/// # resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
/// #   name: 'er'
/// #   properties: { virtualHub: { id: hub.id } }
/// # }";
/// # let mut session = Session::new(Catalog::builtin(), Config::default());
/// # session.load(Memory::default().with("/main.bicep", text), Roots::named(["/main.bicep"]));
/// let report = session.check();
/// let finding = &report.findings[0];
/// assert_eq!(finding.rule.as_str(), "hub-gateways");
/// assert_eq!(finding.object.name, "hub");
/// // The fingerprint identifies it in every run, even if its wording changes.
/// assert!(!finding.fingerprint.is_empty());
/// println!("{}[{}]: {}", finding.level, finding.id(), finding.message);
/// ```
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that reports it.
    pub rule: RuleId,
    /// The id of its catalogue entry, if it has one.
    pub entry: Option<String>,
    /// How severe it is.
    pub level: Level,
    /// How certain it is.
    pub confidence: Confidence,
    /// The roots under which it happens, by displayed path, sorted; at least one.
    pub roots: Vec<String>,
    /// The fact in one line, enough to act on: lower case, no full stop, names in back-ticks.
    pub message: String,
    /// When it happens: the world of the witness in one line; `None` if it can always happen.
    pub when: Option<String>,
    /// Why: what Azure does, and the error that Azure shows.
    pub explanation: String,
    /// What to do, in one line.
    pub help: String,
    /// The address of the rule's page.
    pub url: String,
    /// The ids of the analysis from which it was made.
    pub race: RaceRef,
    /// The calls through which `called_from` deploys the template that it is in and by which it races, by their symbols:
    /// `hub1.net` is the call `net` of the module that the root calls as `hub1`. At most 16, and a long one by its
    /// ends; empty if it is in the root.
    pub calls: Vec<String>,
    /// The number of such ways that are not in `calls`.
    pub calls_omitted: u64,
    /// The root with these calls, in whose names the conditions are.
    pub called_from: String,
    /// The object that is written.
    pub object: SharedObject,
    /// The other objects that the same declarations declare twice, those that take longest first.
    pub others: Vec<SharedObject>,
    /// The parameter files under which it happens, and those under which it does not.
    pub environments: Environments,
    /// The parameters of the root that must keep their defaults for it to happen; empty if their values do not matter.
    pub assumes: Vec<Assumed>,
    /// The writers, in file order of the template where their paths part.
    pub participants: Vec<Participant>,
    /// The unordered pairs, as indexes into `participants`, in file order; at most 100. A loop that races with itself is
    /// `(i, i)`.
    pub pairs: Vec<(usize, usize)>,
    /// The number of unordered pairs that are not in `pairs`.
    pub pairs_omitted: u64,
    /// The pairs as ordered by the plan of remedies, each with the writer that runs first in front; empty without a
    /// plan.
    pub order: Vec<(usize, usize)>,
    /// Whether some pairs are ordered the wrong way round, which no insertion can fix.
    pub is_reversed: bool,
    /// Where the writers are ordered: intermediate declarations that may not be deployed. The order holds anyway.
    pub ordered_through: Vec<Through>,
    /// A world and a schedule in which it happens.
    pub witness: Witness,
    /// The lighter races of the same pairs, by object and id, the most severe ones first. Their own findings are in `behind`, or in
    /// the report if something silences this one and not them.
    pub also_shared: Vec<AlsoShared>,
    /// The findings that this one stands for: those that are reported if it is silenced.
    pub behind: Vec<Self>,
    /// The remedy as edits, if the tool can write it.
    pub fix: Option<Fix>,
    /// The places of the edits of other findings without which some of its pairs stay unordered.
    pub relies_on: Vec<Place>,
    /// Why there are no edits; empty if there are some, and before remedies are computed.
    pub no_fix: String,
    /// The identity behind the fingerprint: see [`super::identity`].
    pub identity: Fingerprint,
    /// Identifies it in every run: the hash of its identity, with a number if another result has the same identity.
    pub fingerprint: String,
    /// The fingerprint of version 1, needed only as long as [`super::baseline`] reads baselines of that version.
    pub former: String,
    /// The directive that suppresses it.
    pub suppression: Option<Suppression>,
    /// Whether the baseline accepts it.
    pub baselined: bool,
}

impl Finding {
    /// The id for setting levels and for suppressions: that of its entry if it has one, else that of its rule.
    pub fn id(&self) -> &str {
        self.entry.as_deref().unwrap_or(self.rule.as_str())
    }

    /// Its rule, if [`Self::id`] is not the rule's id.
    pub fn other_rule(&self) -> Option<RuleId> {
        (self.id() != self.rule.as_str()).then_some(self.rule)
    }

    /// Why there are no edits, unless the rest of the finding already says so.
    pub fn why_by_hand(&self) -> Option<&str> {
        let is_accepted = self.suppression.is_some() || self.baselined;
        let is_told = self.no_fix.is_empty() || self.help.contains(&self.no_fix);
        (!is_accepted && !is_told).then_some(self.no_fix.as_str())
    }
}

/// The ids behind a finding, valid for the run that made it. Further analysis of a finding uses them and never parses
/// its words. The nodes are in the participants.
#[derive(Clone, Debug)]
pub struct RaceRef {
    /// Identifies the analysis that found it. The terms in this struct are only valid in that analysis.
    pub analysis: Roots,
    /// The template in which the paths to the writers part.
    pub template: TemplateId,
    /// The written object, in terms of the parameters of that template.
    pub object: Term,
    /// The roots of that analysis under which it happens, in the order of [`Finding::roots`]. Each has the smallest world in
    /// terms of its parameters, or `None` if the search for a world was given up.
    pub roots: Vec<(TemplateId, Option<World>)>,
}

impl RaceRef {
    /// The first root under which it happens.
    pub fn root(&self) -> Option<TemplateId> {
        self.roots.first().map(|(root, _)| *root)
    }

    /// The smallest world under a root, if one was found.
    pub fn world(&self, root: TemplateId) -> Option<&World> {
        self.roots.iter().find(|(of, _)| *of == root)?.1.as_ref()
    }
}

/// The parameter files among the roots that reach a race, by displayed path, sorted. Both lists are empty if there are
/// none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environments {
    /// Files whose values allow the race.
    pub of: Vec<String>,
    /// Files whose values rule it out.
    pub not_in: Vec<String>,
    /// Whether every template that is a root of the race has a parameter file.
    pub is_covered: bool,
}

impl Environments {
    /// Whether no known environment has the race.
    pub fn is_in_none(&self) -> bool {
        self.of.is_empty() && !self.not_in.is_empty() && self.is_covered
    }
}

/// The Azure object that more than one declaration writes.
#[derive(Clone, Debug)]
pub struct SharedObject {
    /// The resource type of the object.
    pub ty: String,
    /// The name that a reader would use: the symbol, the literal name, or the expression that gives the name.
    pub name: String,
    /// The place of its declaration, if it has one.
    pub declared_at: Option<Place>,
}

/// A writer of the shared object.
///
/// ```
/// # use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};
/// # let text = "
/// # resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = { name: 'hub', location: 'x' }
/// # resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
/// #   name: 's2s'
/// #   properties: { virtualHub: { id: hub.id } }
/// # }
/// # resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
/// #   name: 'er'
/// #   properties: { virtualHub: { id: hub.id } }
/// # }";
/// # let mut session = Session::new(Catalog::builtin(), Config::default());
/// # session.load(Memory::default().with("/main.bicep", text), Roots::named(["/main.bicep"]));
/// let report = session.check();
/// let symbols: Vec<&str> = report.findings[0].participants.iter().map(|writer| writer.symbol.as_str()).collect();
/// assert_eq!(symbols, ["s2s", "er"]);
/// ```
#[derive(Clone, Debug)]
pub struct Participant {
    /// The node in the template where the paths to the writers part.
    pub node: NodeId,
    /// The effect of that node on the object; the first one if there are several.
    pub effect: EffectId,
    /// The symbol in the template where the paths part: the module's symbol if the writer is inside a module.
    pub symbol: String,
    /// The resource type of the writer.
    pub ty: String,
    /// What it is, in words from the catalogue: `an S2S gateway`.
    pub label: String,
    /// Whether it is a loop (`for`, or `copy` in ARM JSON).
    pub is_loop: bool,
    /// The place of the symbol.
    pub place: Place,
    /// The path to a writer inside a module, outermost step first; empty if the symbol itself is the writer.
    pub via: Vec<Via>,
    /// Whether the tool guessed what it deploys.
    pub inferred: bool,
    /// Its position in the usual order of the writers; 0 if it has none.
    pub rank: u32,
    /// The error codes that it retries (`@retryOn`). For a module: the codes that all writers inside it retry.
    pub retry_on: Vec<String>,
    /// Where the list that it rewrites, or the element that it adds to one, is written; only where updates are lost.
    pub list: Option<Place>,
}

/// One step of a path into a module.
#[derive(Clone, Debug)]
pub struct Via {
    /// The template of the module.
    pub template: TemplateId,
    /// The node in that template.
    pub node: NodeId,
    /// The symbol of the node.
    pub symbol: String,
    /// The place of the symbol.
    pub place: Place,
}

/// An intermediate declaration of an order that may not be deployed.
#[derive(Clone, Debug)]
pub struct Through {
    /// The symbol of the declaration.
    pub symbol: String,
    /// The place of the symbol.
    pub place: Place,
    /// The condition as source text; `None` for a loop over a list that may be empty.
    pub condition: Option<String>,
}

/// A parameter that is assumed to keep its default.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assumed {
    /// The name of the parameter.
    pub parameter: String,
    /// The default as source text.
    pub value: String,
}

/// A world in which a finding happens, and a schedule in that world.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// The relevant conditions and their values as source text. They hold for every pair of the finding, or for the
    /// first of [`Witness::of_pairs`].
    pub conditions: Vec<Condition>,
    /// The same in words, in parts; [`Finding::when`] joins them.
    pub when: When,
    /// The conditions of each pair; one item if all pairs share the same conditions.
    pub of_pairs: Vec<PairWitness>,
    /// The run of each participant, in minutes from the start, with typical durations from the catalogue.
    pub schedule: Vec<Scheduled>,
    /// Whether the search for a world stopped at a limit, so that the world may not exist.
    pub bound_reached: bool,
}

/// The run of a participant in a schedule.
#[derive(Clone, Debug)]
pub struct Scheduled {
    /// The participant, as an index into [`Finding::participants`].
    pub participant: usize,
    /// The instance of a loop that runs; `None` for all instances, or if it is not a loop.
    pub instance: Option<u32>,
    /// The symbol; `conn[0]` for one instance of a loop.
    pub symbol: String,
    /// Start, in minutes from the start of the deployment.
    pub start_minute: u32,
    /// End, in minutes from the start of the deployment.
    pub end_minute: u32,
}

/// A remedy as text edits.
///
/// ```
/// # use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};
/// # let text = "
/// # resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = { name: 'hub', location: 'x' }
/// # resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
/// #   name: 's2s'
/// #   properties: { virtualHub: { id: hub.id } }
/// # }
/// # resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
/// #   name: 'er'
/// #   properties: { virtualHub: { id: hub.id } }
/// # }";
/// # let mut session = Session::new(Catalog::builtin(), Config::default());
/// # session.load(Memory::default().with("/main.bicep", text), Roots::named(["/main.bicep"]));
/// let report = session.check();
/// let remedy = report.findings[0].fix.as_ref().expect("it can be written");
/// let mut mended = text.to_owned();
/// // From the last edit to the first, so that earlier places stay valid.
/// for edit in remedy.edits.iter().rev() {
///     mended.replace_range(edit.place.span.range(), &edit.insert);
/// }
/// session.change("/main.bicep", mended);
/// assert!(session.check().findings.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Fix {
    /// What the edits do, in one line.
    pub description: String,
    /// The edits, in order of place; they only insert.
    pub edits: Vec<Edit>,
    /// The fingerprints of the findings that these edits fix or help to fix, including this finding's own; empty for a
    /// diagnostic.
    pub serves: Vec<String>,
}

/// One text edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The place to replace; an empty span for an insertion.
    pub place: Place,
    /// The new text.
    pub insert: String,
    /// Which declaration waits for which by this edit, in words; empty for other edits.
    pub order: String,
}

impl Edit {
    /// An edit of one place.
    pub const fn new(place: Place, insert: String) -> Self {
        Self { place, insert, order: String::new() }
    }
}

/// A directive that suppresses a finding.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// The place of the directive.
    pub place: Place,
    /// The reason in the comment after it.
    pub reason: Option<String>,
}

/// A message about a file rather than a race: `syntax`, `unresolved-module`, `unused-suppression`, a reached limit.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The rule that reports it.
    pub rule: RuleId,
    /// How severe it is.
    pub level: Level,
    /// The fact in one line.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The place that it is about.
    pub place: Place,
    /// Related places, each with a message.
    pub related: Vec<(Place, String)>,
    /// A remedy as edits.
    pub fix: Option<Fix>,
    /// Its subject, independent of the wording.
    pub subject: Subject,
    /// Identifies it in every run: see [`super::identity`]. No two results share a fingerprint.
    pub fingerprint: String,
    /// Whether the baseline accepts it.
    pub baselined: bool,
}

impl Diagnostic {
    /// Creates a diagnostic without help, remedy and related places. Its fingerprint is set later, together with all
    /// others.
    pub fn new(
        rule: RuleId,
        level: Level,
        place: Place,
        message: impl Into<String>,
        subject: Subject,
    ) -> Self {
        Self {
            rule,
            level,
            message: message.into(),
            help: None,
            place,
            related: Vec::new(),
            fix: None,
            subject,
            fingerprint: String::new(),
            baselined: false,
        }
    }
}

/// The subject of a diagnostic. Together with rule and file it makes the fingerprint, so it contains no wording of this
/// tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A declaration, by its symbol.
    Declaration(String),
    /// A module call.
    Module {
        /// The symbol of the call.
        symbol: String,
        /// The reference, as written.
        reference: String,
    },
    /// A name in a directive.
    Directive {
        /// The name, as written.
        code: String,
    },
    /// A limit that was reached.
    Limit {
        /// The kind of the limit.
        kind: String,
        /// The declaration at which the limit was reached; empty for a whole file.
        at: String,
    },
    /// A reference to an unread file.
    Unread {
        /// The purpose of the file.
        kind: &'static str,
        /// The symbol of a module call; empty for other references.
        symbol: String,
        /// The path, as written.
        path: String,
    },
    /// The source text at its place.
    Text,
}

/// How much was analysed, and how much was not understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Resource and module declarations.
    pub declarations: u64,
    /// The understood ones among them.
    pub modelled: u64,
    /// Module calls whose template could not be read.
    pub unresolved_modules: u64,
    /// The unresolved ones that the user allows to be missing.
    pub allowed_modules: u64,
    /// Places that could not be parsed.
    pub syntax_errors: u64,
    /// Limits that were reached.
    pub limits: u64,
    /// The shared objects and the pairs of writers that were decided.
    pub decided: Decided,
}

/// A file that a template refers to and that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its path, as written.
    pub path: String,
    /// The purpose of the file: `module`, `import`, `using`, `extends` or `load`.
    pub kind: &'static str,
    /// The reason.
    pub why: String,
    /// The place of the path in the template.
    pub place: Place,
    /// Whether the user allowed it to be missing.
    pub is_allowed: bool,
}

/// The complete result of a run, ready for rendering.
///
/// ```
/// # use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};
/// # let text = "
/// # resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = { name: 'hub', location: 'x' }
/// # resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
/// #   name: 's2s'
/// #   properties: { virtualHub: { id: hub.id } }
/// # }
/// # resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
/// #   name: 'er'
/// #   properties: { virtualHub: { id: hub.id } }
/// # }";
/// # let mut session = Session::new(Catalog::builtin(), Config::default());
/// # session.load(Memory::default().with("/main.bicep", text), Roots::named(["/main.bicep"]));
/// let report = session.check();
/// assert_eq!(report.roots, ["/main.bicep"]);
/// assert_eq!(report.coverage.declarations, 3);
/// for finding in &report.findings {
///     let place = finding.participants[0].place;
///     let file = report.sources.file(place.file);
///     let at = file.position(place.span.start);
///     println!("{}:{}:{}: {}", file.path, at.line, at.column, finding.message);
/// }
/// ```
#[derive(Debug, Default)]
pub struct Report {
    /// The files that were read.
    pub sources: Sources,
    /// Displayed paths of the roots.
    pub roots: Vec<String>,
    /// Displayed paths of the found templates that are not roots and are analysed only through their callers.
    pub through_callers: Vec<String>,
    /// The path from the top of the repository to the folder that displayed paths are relative to, with slashes; empty
    /// if both are the same, or without a repository.
    pub below_top: String,
    /// Findings in order of root, file, line and rule, including suppressed and accepted ones.
    pub findings: Vec<Finding>,
    /// Diagnostics in order of file and line.
    pub diagnostics: Vec<Diagnostic>,
    /// How much was analysed.
    pub coverage: Coverage,
    /// The files that were not read, in order of file and line.
    pub unread: Vec<Unread>,
    /// Everything that made the run quieter, in order.
    pub quieter: Vec<Quieter>,
    /// Errors that kept the run from completing, such as an unreadable root: the findings are then incomplete, and no
    /// report claims that there is no race.
    pub errors: Vec<String>,
}

/// A test finding of a rule between declarations at these places; all other fields have neutral values.
#[cfg(test)]
pub(crate) fn test_finding(rule: RuleId, places: impl IntoIterator<Item = Place>) -> Finding {
    let writer = |(at, place): (usize, Place)| Participant {
        node: NodeId(at as u32),
        effect: EffectId(at as u32),
        symbol: format!("writer{at}"),
        ty: "Microsoft.Network/vpnGateways".to_owned(),
        label: "a gateway".to_owned(),
        is_loop: false,
        place,
        via: Vec::new(),
        inferred: false,
        rank: 0,
        retry_on: Vec::new(),
        list: None,
    };
    Finding {
        rule,
        entry: None,
        level: Level::Error,
        confidence: Confidence::Proven,
        roots: vec!["main.bicep".to_owned()],
        message: "`writer0` and `writer1` may deploy at the same time".to_owned(),
        when: None,
        explanation: String::new(),
        help: String::new(),
        url: String::new(),
        race: RaceRef {
            analysis: Roots::default(),
            template: TemplateId(0),
            object: Term(0),
            roots: Vec::new(),
        },
        object: SharedObject {
            ty: "Microsoft.Network/virtualHubs".to_owned(),
            name: "hub".to_owned(),
            declared_at: None,
        },
        calls: Vec::new(),
        calls_omitted: 0,
        called_from: String::new(),
        others: Vec::new(),
        environments: Environments::default(),
        assumes: Vec::new(),
        participants: places.into_iter().enumerate().map(writer).collect(),
        pairs: vec![(0, 1)],
        pairs_omitted: 0,
        order: Vec::new(),
        is_reversed: false,
        ordered_through: Vec::new(),
        witness: Witness::default(),
        also_shared: Vec::new(),
        behind: Vec::new(),
        fix: None,
        relies_on: Vec::new(),
        no_fix: String::new(),
        identity: Fingerprint::default(),
        fingerprint: "00".to_owned(),
        former: String::new(),
        suppression: None,
        baselined: false,
    }
}
