//! What is reported: findings, diagnostics, and the account of what was looked at.

use crate::eval::term::Term;
use crate::fingerprint::Fingerprint;
pub use crate::level::Level;
use crate::race::analysis::{Roots, World};
use crate::race::decided::Decided;
use crate::race::effect::EffectId;
pub use crate::rule_id::RuleId;
use crate::rules::quieter::Quieter;
use crate::source::{Place, Sources};
use crate::template::NodeId;
use crate::workspace::TemplateId;

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Confidence {
    /// A participant or object was guessed, for example from the name of a module that is not there, or parameters are assumed to
    /// keep their defaults.
    Inferred,
    /// Follows from the text.
    Proven,
}

impl Confidence {
    /// Every one, the least first.
    pub const ALL: [Self; 2] = [Self::Inferred, Self::Proven];

    /// Its word in configuration and reports.
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
/// // What it is known by in every run, whatever its words.
/// assert!(!finding.fingerprint.is_empty());
/// println!("{}[{}]: {}", finding.level, finding.id(), finding.message);
/// ```
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its rule.
    pub rule: RuleId,
    /// The id of the catalogue entry that it comes from, if one.
    pub entry: Option<String>,
    /// How much it matters.
    pub level: Level,
    /// How sure it is.
    pub confidence: Confidence,
    /// The roots that it happens under, by displayed path, sorted; at least one.
    pub roots: Vec<String>,
    /// The fact in one line, enough to act on: lower case, no full stop, names in back-ticks.
    pub message: String,
    /// When it happens: the world of the witness in one line; none where it always can.
    pub when: Option<String>,
    /// Why: what Azure does, and the error that it shows.
    pub explanation: String,
    /// What to do, in one line.
    pub help: String,
    /// The address of the rule's page.
    pub url: String,
    /// What it was made from.
    pub race: RaceRef,
    /// What is written.
    pub object: SharedObject,
    /// The parameter files that it happens under, and those that it does not.
    pub environments: Environments,
    /// The parameters of the root that must keep their defaults for it; empty where it happens whatever they are.
    pub assumes: Vec<Assumed>,
    /// Who writes it, in file order of the template in which the paths part.
    pub participants: Vec<Participant>,
    /// The unordered pairs, as indexes into `participants`, in file order; at most 100. A loop that races with itself is
    /// `(i, i)`.
    pub pairs: Vec<(usize, usize)>,
    /// How many more pairs there are.
    pub pairs_omitted: u64,
    /// The pairs as the plan of remedies has them, first what runs first; empty where nothing is planned.
    pub order: Vec<(usize, usize)>,
    /// Whether some are ordered the wrong way round: no insertion mends that.
    pub is_reversed: bool,
    /// Where the writers are ordered: declarations on the way from the late to the early one that may not be deployed. The
    /// order holds all the same.
    pub ordered_through: Vec<Through>,
    /// A world and a schedule that show it.
    pub witness: Witness,
    /// The remedy as edits, where it can be written.
    pub fix: Option<Fix>,
    /// Why there are no such edits; empty where there are some, and before remedies are looked for.
    pub no_fix: String,
    /// What it is: see [`super::identity`].
    pub identity: Fingerprint,
    /// What it is known by in every run: its identity, or one of its own where another result is the same in all of that.
    pub fingerprint: String,
    /// What version 1 of the baseline knew it by; goes with [`super::baseline`]'s reader of that version.
    pub former: String,
    /// The directive that suppresses it.
    pub suppression: Option<Suppression>,
    /// Whether the baseline accepts it.
    pub baselined: bool,
}

impl Finding {
    /// The id that it is known by to who sets levels or suppresses: its entry's where it has one, else its rule's.
    pub fn id(&self) -> &str {
        self.entry.as_deref().unwrap_or(self.rule.as_str())
    }

    /// Its rule, where it is known by another id.
    pub fn other_rule(&self) -> Option<RuleId> {
        (self.id() != self.rule.as_str()).then_some(self.rule)
    }

    /// Why there are no edits, where nothing else of it says so.
    pub fn why_by_hand(&self) -> Option<&str> {
        let is_accepted = self.suppression.is_some() || self.baselined;
        let is_told = self.no_fix.is_empty() || self.help.contains(&self.no_fix);
        (!is_accepted && !is_told).then_some(self.no_fix.as_str())
    }
}

/// What a finding was made from, as ids of the run that made it: who looks again asks by these, never by words. The nodes
/// are with the participants.
#[derive(Clone, Debug)]
pub struct RaceRef {
    /// Names the analysis that found it. The terms here are numbers of that analysis and of no other.
    pub analysis: Roots,
    /// The template in which the paths to the writers part.
    pub template: TemplateId,
    /// What is written, in terms of the parameters of that template.
    pub object: Term,
    /// The roots that it happens under, in the order of [`Finding::roots`], each with the smallest world, in terms of that
    /// root's parameters; without one where the search for it was given up.
    pub roots: Vec<(TemplateId, Option<World>)>,
}

impl RaceRef {
    /// The first root that it happens under.
    pub fn root(&self) -> Option<TemplateId> {
        self.roots.first().map(|(root, _)| *root)
    }

    /// The smallest world under a root, where it happens there and one was found.
    pub fn world(&self, root: TemplateId) -> Option<&World> {
        self.roots.iter().find(|(of, _)| *of == root)?.1.as_ref()
    }
}

/// Parameter files among the roots that reach a race, by displayed path, sorted. Both are empty where none is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environments {
    /// Those whose values allow it.
    pub of: Vec<String>,
    /// Those whose values do not.
    pub not_in: Vec<String>,
    /// Whether every template that it happens under as a root has a parameter file.
    pub is_covered: bool,
}

impl Environments {
    /// Whether no environment that is known has it.
    pub fn is_in_none(&self) -> bool {
        self.of.is_empty() && !self.not_in.is_empty() && self.is_covered
    }
}

/// The Azure object that more than one declaration writes.
#[derive(Clone, Debug)]
pub struct SharedObject {
    /// Its resource type.
    pub ty: String,
    /// Its name as a reader would say it: the symbol, the literal name, or the expression that gives it.
    pub name: String,
    /// Its declaration, where there is one.
    pub declared_at: Option<Place>,
}

/// One writer.
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
    /// Its node in the template in which the paths part.
    pub node: NodeId,
    /// What that node does to the object; the first of its effects where it has several.
    pub effect: EffectId,
    /// The symbol in the template in which the paths part: a module's where the writer is inside one.
    pub symbol: String,
    /// The resource type that is written with.
    pub ty: String,
    /// What it is in a reader's words (`an S2S gateway`), from the catalogue.
    pub label: String,
    /// Whether it is a copy loop.
    pub is_loop: bool,
    /// Where the symbol stands.
    pub place: Place,
    /// The way down to the writer inside a module, outermost first; empty where the symbol is the writer.
    pub via: Vec<Via>,
    /// Whether what it deploys was guessed.
    pub inferred: bool,
    /// Its place in the usual order of the writers; 0 where there is none.
    pub rank: u32,
    /// The codes of errors after which it is tried again (`@retryOn`): of a module, those that all writers inside retry.
    pub retry_on: Vec<String>,
}

/// One step down into a module.
#[derive(Clone, Debug)]
pub struct Via {
    /// The module's template.
    pub template: TemplateId,
    /// The node in it.
    pub node: NodeId,
    /// The symbol in that module.
    pub symbol: String,
    /// Where it stands.
    pub place: Place,
}

/// A declaration on the way between two others that may not be deployed.
#[derive(Clone, Debug)]
pub struct Through {
    /// Its symbol.
    pub symbol: String,
    /// Where it stands.
    pub place: Place,
    /// Its condition as it would be written; none for a loop over what may be empty.
    pub condition: Option<String>,
}

/// A parameter that keeps its default.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assumed {
    /// Its name.
    pub parameter: String,
    /// The default as it would be written.
    pub value: String,
}

/// A world in which it happens, and a schedule in that world.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// The conditions that matter and their values, as source text: they hold for every pair of the finding, or for the first
    /// of [`Witness::of_pairs`].
    pub conditions: Vec<Condition>,
    /// The same in words, piece by piece: [`Finding::when`] is the whole.
    pub when: When,
    /// What is enough for which pairs: one where the same is enough for all of them.
    pub of_pairs: Vec<PairWitness>,
    /// When each participant runs; minutes from the start, from the catalogue's typical durations.
    pub schedule: Vec<Scheduled>,
    /// Whether the search for a world stopped at a bound, so that it may not exist.
    pub bound_reached: bool,
}

/// When a finding happens, in words, piece by piece.
#[derive(Clone, Debug, Default)]
pub struct When {
    /// What every pair needs. Ex) `withEr` is true
    pub clauses: Vec<String>,
    /// What else one or another pair needs; empty where they need the same. Ex) `isProd` is true (`a` and `b`)
    pub options: Vec<String>,
}

impl When {
    /// The whole in one line; none where it always happens.
    pub fn whole(&self) -> Option<String> {
        let clauses = match self.clauses.as_slice() {
            [] => String::new(),
            [only] => only.clone(),
            [before @ .., last] => format!("{} and {last}", before.join(", ")),
        };
        let options = self.options.join(" or ");
        match (clauses.is_empty(), options.is_empty()) {
            (true, true) => None,
            (false, true) => Some(clauses),
            (true, false) => Some(options),
            (false, false) => Some(format!("{clauses}; and {options}")),
        }
    }

    /// As much of it as takes so many columns at most, as far as it can be cut; it says how much is missing.
    pub fn within(&self, columns: usize) -> Option<String> {
        let whole = self.whole()?;
        let fits = |text: &str| text.chars().count() <= columns;
        if fits(&whole) {
            return Some(whole);
        }
        let options = if self.options.is_empty() { "" } else { "; more depends on the pair" };
        let shorter = (1..=self.clauses.len()).rev().map(|kept| match self.clauses.len() - kept {
            0 => format!("{}{options}", self.clauses.join(" and ")),
            1 => format!("{} and one more condition{options}", self.clauses[..kept].join(", ")),
            more => format!("{} and {more} more conditions{options}", self.clauses[..kept].join(", ")),
        });
        let shorter: Vec<String> = shorter.collect();
        let first = || self.options.first().map(|first| format!("{first}{options}"));
        shorter.iter().find(|text| fits(text)).or(shorter.last()).cloned().or_else(first)
    }
}

/// The conditions under which some pairs of a finding happen.
#[derive(Clone, Debug)]
pub struct PairWitness {
    /// The pairs, as indexes into [`Finding::participants`].
    pub pairs: Vec<(usize, usize)>,
    /// The conditions that matter and their values, as source text; empty where they always happen.
    pub conditions: Vec<Condition>,
    /// The same as terms of the root: it decides nothing, and is there to be compared with other worlds.
    pub world: World,
}

/// A condition and its value in the world of a witness.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The expression as it would be written.
    pub expression: String,
    /// Its value as it would be written.
    pub value: String,
}

/// A participant's run in a schedule.
#[derive(Clone, Debug)]
pub struct Scheduled {
    /// Whose it is, as an index into [`Finding::participants`].
    pub participant: usize,
    /// Which instance of a loop runs; none where it is no loop, or all of them.
    pub instance: Option<u32>,
    /// The symbol; `conn[0]` for one instance of a loop.
    pub symbol: String,
    /// Start, in minutes.
    pub start_minute: u32,
    /// End, in minutes.
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
/// // From the last to the first, so that no place moves.
/// for edit in remedy.edits.iter().rev() {
///     mended.replace_range(edit.place.span.range(), &edit.insert);
/// }
/// session.change("/main.bicep", mended);
/// assert!(session.check().findings.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Fix {
    /// What it does, in one line.
    pub description: String,
    /// The edits, in order of place; they only insert.
    pub edits: Vec<Edit>,
    /// The fingerprints of the findings that these edits cure or help to cure, the own one among them; empty for a diagnostic.
    pub serves: Vec<String>,
}

/// One insertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where; an empty span for an insertion.
    pub place: Place,
    /// The text that takes its place.
    pub insert: String,
}

/// A directive that suppresses a finding.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// The directive.
    pub place: Place,
    /// The reason after it.
    pub reason: Option<String>,
}

/// Something about a file rather than about a race: `syntax`, `unresolved-module`, `unused-suppression`, a limit.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Its rule.
    pub rule: RuleId,
    /// How much it matters.
    pub level: Level,
    /// The fact in one line.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Where.
    pub place: Place,
    /// Other places that belong to it, each with what it says there.
    pub related: Vec<(Place, String)>,
    /// A remedy as edits.
    pub fix: Option<Fix>,
    /// What it is about, whatever is said about it.
    pub subject: Subject,
    /// What it is known by in every run: see [`super::identity`]. No two results share one.
    pub fingerprint: String,
    /// Whether the baseline accepts it.
    pub baselined: bool,
}

impl Diagnostic {
    /// A diagnostic without help, remedy and related places. Its fingerprint comes with those of all others.
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

/// What a diagnostic is about: with rule and file it is what the diagnostic is known by, so it has no words of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A declaration, by its symbol.
    Declaration(String),
    /// A module call.
    Module {
        /// The symbol of the call.
        symbol: String,
        /// What it refers to, as written.
        reference: String,
    },
    /// A name in the directive that stands there.
    Directive {
        /// The name, as written.
        code: String,
    },
    /// A limit that was reached.
    Limit {
        /// Which one.
        kind: String,
        /// The declaration at which it was; empty for a file.
        at: String,
    },
    /// A reference to a file that is not read.
    Unread {
        /// What the file is for.
        kind: &'static str,
        /// The symbol of a module call; empty elsewhere.
        symbol: String,
        /// The path, as written.
        path: String,
    },
    /// The text that stands there.
    Text,
}

/// What was looked at, and what was not understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Resource and module declarations.
    pub declarations: u64,
    /// Those that were understood.
    pub modelled: u64,
    /// Module calls whose template could not be read.
    pub unresolved_modules: u64,
    /// Those of them that may be missing.
    pub allowed_modules: u64,
    /// Places that could not be parsed.
    pub syntax_errors: u64,
    /// Limits that were reached.
    pub limits: u64,
    /// Shared objects and pairs of their writers that were decided.
    pub decided: Decided,
}

/// A file that a template refers to, and that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its path, as written.
    pub path: String,
    /// What it is for: `module`, `import`, `using`, `extends` or `load`.
    pub kind: &'static str,
    /// Why it was not read.
    pub why: String,
    /// Where its path is written.
    pub place: Place,
    /// Whether who runs the tool has said that it may be missing.
    pub is_allowed: bool,
}

/// Everything that a run has to say, ready to be rendered.
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
    /// Every file that was read.
    pub sources: Sources,
    /// Displayed paths of the roots.
    pub roots: Vec<String>,
    /// Displayed paths of templates that were found and are judged only where others call them.
    pub through_callers: Vec<String>,
    /// The way from the top of the repository to the folder that paths are shown from, with slashes; empty where they are one, or
    /// where there is no repository.
    pub below_top: String,
    /// Findings in order of root, file, line, rule; suppressed and baselined ones included.
    pub findings: Vec<Finding>,
    /// Diagnostics in order of file and line.
    pub diagnostics: Vec<Diagnostic>,
    /// What was looked at.
    pub coverage: Coverage,
    /// What was not read, in order of file and line.
    pub unread: Vec<Unread>,
    /// What made the run quieter, in order.
    pub quieter: Vec<Quieter>,
    /// What kept the run from its work, such as a root that cannot be read: then what is found is not all, and no report says that
    /// there is no race.
    pub errors: Vec<String>,
}

/// A finding of a rule between declarations at these places, with nothing else in it that matters.
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
        environments: Environments::default(),
        assumes: Vec::new(),
        participants: places.into_iter().enumerate().map(writer).collect(),
        pairs: vec![(0, 1)],
        pairs_omitted: 0,
        order: Vec::new(),
        is_reversed: false,
        ordered_through: Vec::new(),
        witness: Witness::default(),
        fix: None,
        no_fix: String::new(),
        identity: Fingerprint::default(),
        fingerprint: "00".to_owned(),
        former: String::new(),
        suppression: None,
        baselined: false,
    }
}
