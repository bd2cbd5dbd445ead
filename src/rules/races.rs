//! What a rule says of races: which it takes, how weighty each is, and the words of a finding.

use std::fmt;

use super::describe;
use super::finding::{Finding, Level, Participant, RuleId, SharedObject};
use super::registry::{url, url_of};
use crate::azure::catalog::Entry;
use crate::race::analysis::{Analysis, Race};
use crate::race::effect::{Effect, EffectId};
use crate::race::pair::Fault;
use crate::workspace::TemplateId;

/// A rule about races.
pub trait Races: fmt::Debug + Sync {
    /// Whether it takes a race, and on what grounds. The best grounds win, then the weightier rule.
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim>;

    /// The level of a finding of one race.
    fn level(&self, case: &Case<'_, '_, '_>) -> Level {
        case.level()
    }

    /// Pairs that are no races and still worth telling, next to what was found; those of one object follow each other.
    fn others(&self, _: &mut Analysis<'_, '_>, _: &[Finding]) -> Vec<Race> {
        Vec::new()
    }

    /// The fact in one line, enough to act on: lower case, no full stop, names in back-ticks.
    fn message(&self, group: &Group<'_, '_, '_>) -> String;

    /// Why: what Azure does, and the error that it shows.
    fn why(&self, group: &Group<'_, '_, '_>) -> String {
        group.why(if group.participants.len() > 2 { "all of them" } else { "both" })
    }

    /// What to do, in one line.
    fn help(&self, group: &Group<'_, '_, '_>) -> String {
        group.how_to_order()
    }

    /// The address of the page.
    fn page(&self, group: &Group<'_, '_, '_>) -> String {
        url(group.rule.as_str())
    }

    /// Whether its pairs may overlap.
    fn may_overlap(&self) -> bool {
        true
    }

    /// Whether its writers want an order that is not there.
    fn wants_order(&self) -> bool {
        true
    }
}

/// The grounds on which a rule takes a race; the later ones are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// What is written.
    Object,
    /// What is wrong with the order, which says more than what is written.
    Order,
}

/// A race as rules look at it.
pub struct Case<'a, 'w, 'c> {
    /// The analysis that found it.
    pub analysis: &'a Analysis<'w, 'c>,
    /// The race.
    pub race: &'a Race,
    /// The catalogue entry of what is written; none where two declarations are one resource.
    pub entry: Option<&'c Entry>,
}

impl<'a, 'w, 'c> Case<'a, 'w, 'c> {
    /// A race of an analysis.
    pub(super) fn new(analysis: &'a Analysis<'w, 'c>, race: &'a Race) -> Self {
        Self { analysis, race, entry: entry_of(analysis, race) }
    }

    /// The two effects.
    pub(super) fn effects(&self) -> (&'a Effect, &'a Effect) {
        let summary = self.analysis.summary(self.race.at);
        (summary.effect(self.race.first), summary.effect(self.race.second))
    }

    /// The level that the catalogue gives it.
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

    /// The claim of a rule whose entries name it, whatever is wrong.
    pub(super) fn claim_by_entry(&self, rule: RuleId) -> Option<Claim> {
        let is_of_rule = self.entry.is_some_and(|entry| entry.rule == rule);
        is_of_rule.then_some(Claim::Object)
    }
}

/// The catalogue entry of what a race is about.
pub(super) fn entry_of<'c>(analysis: &Analysis<'_, 'c>, race: &Race) -> Option<&'c Entry> {
    let first = analysis.summary(race.at).effect(race.first);
    analysis.writers.of(first.aspect).map(|(entry, _)| entry)
}

/// Ex) virtual hub `hub`
fn named(object: &SharedObject) -> String {
    let noun = describe::noun(&object.ty);
    let noun = if noun.is_empty() { "object".to_owned() } else { noun };
    format!("{noun} `{}`", describe::middle(&object.name))
}

/// The races of one finding and what is known of them, for a rule to put into words.
pub struct Group<'a, 'w, 'c> {
    /// The analysis that found them.
    pub analysis: &'a Analysis<'w, 'c>,
    /// The rule that takes them.
    pub rule: RuleId,
    /// The template in which the paths part.
    pub at: TemplateId,
    /// The races; at least one.
    pub races: &'a [&'a Race],
    /// The catalogue entry of what is written.
    pub entry: Option<&'c Entry>,
    /// What is written.
    pub object: &'a SharedObject,
    /// What else is declared twice in the same way.
    pub others: &'a [SharedObject],
    /// Who writes it.
    pub participants: &'a [Participant],
    /// The unordered pairs, as indexes into `participants`.
    pub pairs: &'a [(usize, usize)],
    /// How many more pairs there are.
    pub pairs_omitted: u64,
    /// When it happens.
    pub when: Option<&'a str>,
    /// The two instances of a loop that alone write the object, by their indexes, where the loop has more.
    pub instances: Option<[u32; 2]>,
}

impl Group<'_, '_, '_> {
    /// Whether all of them are ordered, but the wrong way round.
    pub(super) fn is_reversed(&self) -> bool {
        self.races.iter().all(|race| race.fault == Fault::Reversed)
    }

    /// The symbols of the participants.
    fn symbols(&self) -> Vec<String> {
        self.participants.iter().map(|participant| participant.symbol.clone()).collect()
    }

    /// The participants in a sentence. Ex) `a`, `b` and `c`
    pub(super) fn all(&self) -> String {
        describe::list(&self.symbols())
    }

    /// Ex) virtual hub `hub`
    pub(super) fn object(&self) -> String {
        named(self.object)
    }

    /// The object with the others. Ex) virtual machine `web` and network interface `web-nic`
    pub(super) fn objects(&self) -> String {
        const SHOWN: usize = 3;
        const ROOM: usize = 100;
        let mut all: Vec<String> = std::iter::once(self.object).chain(self.others).map(named).collect();
        let count = all.len();
        let mut room = ROOM;
        // The first in any case.
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

    /// The symbols of the first pair, which is ordered, the one that runs first before the other.
    pub(super) fn in_their_order(&self) -> (String, String) {
        let summary = self.analysis.summary(self.at);
        let rank = |id: EffectId| summary.links.ranks[summary.effect(id).node.ix()];
        let (one, other) = self.first_pair();
        if rank(self.races[0].first) <= rank(self.races[0].second) { (one, other) } else { (other, one) }
    }

    /// The participant that is in every pair, where the others are ordered among themselves, and the others.
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

    /// What they do to the object, and the error that Azure shows.
    pub(super) fn why(&self, who: &str) -> String {
        let Some(entry) = self.entry else {
            return format!(
                "{who} declare the same Azure resource; a later request may meet the operation of an earlier one and fail, or the last \
                 one wins"
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

    /// Who is to wait for whom.
    pub(super) fn how_to_order(&self) -> String {
        let symbol = |ix: usize| self.participants[ix].symbol.as_str();
        match self.pairs {
            _ if self.is_reversed() => "turn their order around".to_owned(),
            [(one, other)] => {
                // The usual order of the writers, then that of the text, as the plan of a template has it.
                let rank = |ix: usize| self.participants[ix].rank;
                let (early, late) = if rank(*one) > rank(*other) { (*other, *one) } else { (*one, *other) };
                format!("make `{}` wait for `{}`", symbol(late), symbol(early))
            }
            _ => "make each of them wait for the one before it".to_owned(),
        }
    }

    /// The address of the entry's page, where there is one; else of the rule's.
    pub(super) fn page_of_entry(&self) -> String {
        self.entry.map_or_else(|| url(self.rule.as_str()), url_of)
    }
}
