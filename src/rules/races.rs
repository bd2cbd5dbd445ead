//! The interface of rules about races: which races a rule claims, its level for each, and the words of a finding.

use std::fmt;

use super::describe;
use super::finding::{Finding, Level, Participant, RuleId, SharedObject};
use super::registry::{url, url_of};
use crate::azure::catalog::{Access, Entry};
use crate::azure::types;
use crate::race::analysis::{Analysis, Race};
use crate::race::effect::{Effect, EffectId};
use crate::race::pair::Fault;
use crate::workspace::TemplateId;

/// A rule about races.
pub trait Races: fmt::Debug + Sync {
    /// Whether it claims a race, and on what grounds. The best grounds win; between equal grounds, the more severe
    /// rule.
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim>;

    /// The level of a finding of one race.
    fn level(&self, case: &Case<'_, '_, '_>) -> Level {
        case.level()
    }

    /// Pairs that are not races but still worth reporting, given the findings so far. Pairs of one object are adjacent.
    fn others(&self, _: &mut Analysis<'_, '_>, _: &[Finding]) -> Vec<Race> {
        Vec::new()
    }

    /// The fact in one line, enough to act on: lower case, no full stop, names in back-ticks.
    fn message(&self, group: &Group<'_, '_, '_>) -> String;

    /// Why: what Azure does, and the error that Azure shows.
    fn why(&self, group: &Group<'_, '_, '_>) -> String {
        group.why(if group.participants.len() > 2 { "all of them" } else { "both" })
    }

    /// What to do, in one line.
    fn help(&self, group: &Group<'_, '_, '_>) -> String {
        group.how_to_order()
    }

    /// The address of the documentation page.
    fn page(&self, group: &Group<'_, '_, '_>) -> String {
        url(group.rule.as_str())
    }

    /// Whether its pairs can overlap in time.
    fn may_overlap(&self) -> bool {
        true
    }

    /// Whether its findings are about a missing order, so that an added edge can fix them.
    fn wants_order(&self) -> bool {
        true
    }
}

/// The grounds on which a rule claims a race; later variants are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// The kind of object that is written.
    Object,
    /// A defect of the order, which says more than the kind of object.
    Order,
}

/// A race with the context that rules need.
pub struct Case<'a, 'w, 'c> {
    /// The analysis that found it.
    pub analysis: &'a Analysis<'w, 'c>,
    /// The race.
    pub race: &'a Race,
    /// The catalogue entry of the written object; `None` if two declarations are the same resource.
    pub entry: Option<&'c Entry>,
}

impl<'a, 'w, 'c> Case<'a, 'w, 'c> {
    /// Creates the case of a race in an analysis.
    pub(super) fn new(analysis: &'a Analysis<'w, 'c>, race: &'a Race) -> Self {
        Self { analysis, race, entry: entry_of(analysis, race) }
    }

    /// The two effects.
    pub(super) fn effects(&self) -> (&'a Effect, &'a Effect) {
        let summary = self.analysis.summary(self.race.at);
        (summary.effect(self.race.first), summary.effect(self.race.second))
    }

    /// The level from the catalogue.
    pub(super) fn level(&self) -> Level {
        let Some(entry) = self.entry else { return Level::Error };
        let level = entry.level.unwrap_or(Level::Note);
        if self.race.fault == Fault::Reversed {
            let (one, other) = self.effects();
            let late = [one, other].map(|effect| self.analysis.writers.of(effect.aspect)?.1.late);
            return late.into_iter().flatten().fold(level, Level::min);
        }
        let many = entry.many.filter(|many| many.level > level && self.analysis.is_crowded(self.race));
        many.map_or(level, |many| many.level)
    }

    /// The claim of a rule for all races whose entry names it, whatever the fault.
    pub(super) fn claim_by_entry(&self, rule: RuleId) -> Option<Claim> {
        let is_of_rule = self.entry.is_some_and(|entry| entry.rule == rule);
        is_of_rule.then_some(Claim::Object)
    }
}

/// The catalogue entry that a race comes from.
pub(super) fn entry_of<'c>(analysis: &Analysis<'_, 'c>, race: &Race) -> Option<&'c Entry> {
    let first = analysis.summary(race.at).effect(race.first);
    analysis.writers.of(first.aspect).map(|(entry, _)| entry)
}

/// Scopes of the deployment itself, as they are computed and as they are written.
const OWN_SCOPES: [(&str, &str); 3] = [
    ("subscription(subscription().subscriptionId)", "subscription()"),
    ("resourceGroup(resourceGroup().name)", "resourceGroup()"),
    ("managementGroup(managementGroup().name)", "managementGroup()"),
];

/// Whether the name of an object is code that does not fit into a sentence.
pub(super) fn is_code(object: &SharedObject) -> bool {
    let name = &object.name;
    !describe::is_short(name) && (name.contains('(') || name.contains('…'))
}

/// Ex) virtual hub
pub(super) fn object_noun(object: &SharedObject) -> String {
    let noun = types::noun(&object.ty);
    if noun.is_empty() { "object".to_owned() } else { noun }
}

/// Ex) virtual hub `hub`
pub(super) fn named(object: &SharedObject) -> String {
    let noun = object_noun(object);
    let own = OWN_SCOPES.iter().find(|(long, _)| *long == object.name);
    let name = own.map_or(object.name.as_str(), |(_, short)| *short);
    format!("{noun} `{}`", describe::middle(name))
}

/// The races of one finding, with everything that a rule needs to word it.
pub struct Group<'a, 'w, 'c> {
    /// The analysis that found them.
    pub analysis: &'a Analysis<'w, 'c>,
    /// The rule that claims them.
    pub rule: RuleId,
    /// The template where the paths to the writers part.
    pub at: TemplateId,
    /// The races; at least one.
    pub races: &'a [&'a Race],
    /// The other races of the same declarations on the same object.
    pub twins: &'a [&'a Race],
    /// The catalogue entry of the written object.
    pub entry: Option<&'c Entry>,
    /// The object that is written.
    pub object: &'a SharedObject,
    /// The other resources that the same declarations declare twice.
    pub others: &'a [SharedObject],
    /// The writers of the object.
    pub participants: &'a [Participant],
    /// The unordered pairs, as indexes into `participants`.
    pub pairs: &'a [(usize, usize)],
    /// The number of pairs that are not listed.
    pub pairs_omitted: u64,
    /// The conditions under which it happens, in words.
    pub when: Option<&'a str>,
    /// The indexes of the two instances that write the object, if the loop has more instances.
    pub instances: Option<[u32; 2]>,
}

impl Group<'_, '_, '_> {
    /// Whether all races are ordered, but the wrong way round.
    pub(super) fn is_reversed(&self) -> bool {
        self.races.iter().all(|race| race.fault == Fault::Reversed)
    }

    /// The symbols of the participants.
    fn symbols(&self) -> Vec<String> {
        self.participants.iter().map(|participant| participant.symbol.clone()).collect()
    }

    /// The participants as a list in words. Ex) `a`, `b` and `c`
    pub(super) fn all(&self) -> String {
        describe::list(&self.symbols())
    }

    /// Ex) virtual hub `hub`; the same key vault, if its name is code that does not fit into a sentence
    pub(super) fn object(&self) -> String {
        if is_code(self.object) {
            format!("the same {}", object_noun(self.object))
        } else {
            named(self.object)
        }
    }

    /// The object and the other objects in words. Ex) virtual machine `web` and network interface `web-nic`
    pub(super) fn objects(&self) -> String {
        const SHOWN: usize = 3;
        const ROOM: usize = 100;
        let mut all: Vec<String> = std::iter::once(self.object).chain(self.others).map(named).collect();
        let count = all.len();
        let mut room = ROOM;
        // The first name is always included.
        let fits = all.iter().take(SHOWN).take_while(|name| {
            let is_first = room == ROOM;
            let length = name.chars().count();
            let fits = is_first || length <= room;
            room = room.saturating_sub(length.max(1));
            fits
        });
        let shown = fits.count();
        all.truncate(shown);
        let more = count - shown;
        if more > 0 {
            return format!("{} and {more} more", all.join(", "));
        }
        describe::sentence(&all)
    }

    /// The symbol of the declaration that has an effect.
    fn symbol(&self, id: EffectId) -> String {
        let node = self.analysis.summary(self.at).effect(id).node;
        self.analysis.evaluator.workspace().template(self.at).node(node).symbol.clone()
    }

    /// The symbols of the first pair.
    pub(super) fn first_pair(&self) -> (String, String) {
        (self.symbol(self.races[0].first), self.symbol(self.races[0].second))
    }

    /// The symbols of the first pair of an ordered race, the one that runs first in front.
    pub(super) fn in_their_order(&self) -> (String, String) {
        let summary = self.analysis.summary(self.at);
        let rank = |id: EffectId| summary.links.ranks[summary.effect(id).node.ix()];
        let (one, other) = self.first_pair();
        if rank(self.races[0].first) <= rank(self.races[0].second) { (one, other) } else { (other, one) }
    }

    /// If every pair contains the same participant: that participant, and the list of the others.
    pub(super) fn one_against_all(&self) -> Option<(String, String)> {
        if self.participants.len() < 3 || self.pairs_omitted > 0 {
            return None;
        }
        let in_all =
            |ix: usize| self.pairs.iter().all(|&(one, other)| one != other && (one == ix || other == ix));
        let one = (0..self.participants.len()).find(|&ix| in_all(ix))?;
        let name = |ix: usize| self.participants[ix].symbol.clone();
        let others: Vec<String> = (0..self.participants.len()).filter(|&ix| ix != one).map(name).collect();
        Some((describe::list(&[name(one)]), describe::list(&others)))
    }

    /// The participant that must come after every other one, if there is one in every pair.
    pub(super) fn last(&self) -> Option<usize> {
        if self.pairs.is_empty() || self.pairs_omitted > 0 {
            return None;
        }
        let summary = self.analysis.summary(self.at);
        let is_commit = |ix: usize| {
            let aspect = summary.effect(self.participants[ix].effect).aspect;
            self.analysis.writers.of(aspect).is_some_and(|(_, writer)| writer.access == Access::Commit)
        };
        let in_all =
            |ix: usize| self.pairs.iter().all(|&(one, other)| one != other && (one == ix || other == ix));
        let mut last = (0..self.participants.len()).filter(|&ix| is_commit(ix));
        last.next().filter(|&ix| in_all(ix) && last.next().is_none())
    }

    /// The participants but one as a list in words.
    pub(super) fn but(&self, one: usize) -> String {
        let others = (0..self.participants.len()).filter(|&ix| ix != one);
        describe::list(&others.map(|ix| self.participants[ix].symbol.clone()).collect::<Vec<_>>())
    }

    /// What the writers do to the object, and the error that Azure shows.
    pub(super) fn why(&self, who: &str) -> String {
        let Some(entry) = self.entry else {
            return format!(
                "{who} declare the same Azure resource; a later request may fail while an earlier one is running, or the last one wins"
            );
        };
        let why = format!("{who} {}", entry.why);
        if self.is_reversed() {
            return format!("{why}, one after the other, the last one first");
        }
        match entry.telling_error() {
            Some(error) if self.races[0].fault != Fault::LostUpdate => {
                format!("{why}; Azure may fail one of them ({error})")
            }
            _ => why,
        }
    }

    /// Which declaration should wait for which.
    pub(super) fn how_to_order(&self) -> String {
        let symbol = |ix: usize| self.participants[ix].symbol.as_str();
        match self.pairs {
            _ if self.is_reversed() => "reverse their order".to_owned(),
            [(one, other)] => {
                // The usual order of the writers, then their order in the file, as in the plan of a template.
                let rank = |ix: usize| self.participants[ix].rank;
                let (early, late) = if rank(*one) > rank(*other) { (*other, *one) } else { (*one, *other) };
                format!("make `{}` wait for `{}`", symbol(late), symbol(early))
            }
            _ => match self.last() {
                Some(last) => format!("make `{}` wait for {}", symbol(last), self.but(last)),
                None => "make them deploy one after the other".to_owned(),
            },
        }
    }

    /// The address of the entry's page if there is an entry, else of the rule's page.
    pub(super) fn page_of_entry(&self) -> String {
        self.entry.map_or_else(|| url(self.rule.as_str()), url_of)
    }
}
