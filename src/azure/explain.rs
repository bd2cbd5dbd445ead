//! Explains a pasted failure: which race may cause it, or which problem that no order can fix.

mod forms;
mod log;
mod names;
mod read;
mod text;

use crate::small_sort::SmallSort as _;
use std::collections::BTreeSet;

use super::answers::{self, Answer};
use super::catalog::{Catalog, Entry, Str, Writer};
use names::Names;
pub use read::{Place, Said};
pub use text::type_of;

/// A failure, error by error.
#[derive(Clone, Debug)]
pub struct Explained<'a> {
    /// Its innermost errors with their causes, the best known first.
    pub errors: Vec<Answered<'a>>,
}

/// An error with its cause.
#[derive(Clone, Debug)]
pub struct Answered<'a> {
    /// The error.
    pub said: Said,
    /// Its cause.
    pub verdict: Verdict<'a>,
    /// An alternative cause, if the text does not show whether another error wraps this one.
    pub or_else: Option<&'static Answer>,
}

impl Answered<'_> {
    /// Whether only the form of its words led to the answer, and no known code or phrase.
    pub fn is_by_form(&self) -> bool {
        let Verdict::Other(answer) = self.verdict else { return false };
        let folded = self.said.folded();
        let code = answers::code_of_sentence(&folded).unwrap_or(&self.said.code);
        let is_code =
            |known: &&str| known.eq_ignore_ascii_case(code) || known.eq_ignore_ascii_case(&self.said.code);
        !answer.codes.iter().any(is_code) && !answer.texts.iter().any(|text| folded.contains(text))
    }
}

/// The cause of an error.
#[derive(Clone, Debug)]
pub enum Verdict<'a> {
    /// These races may be the cause, most likely first.
    Races(Vec<Cause<'a>>),
    /// No order can fix it, or, if the answer is about a conflict, no race of the catalogue fits.
    Other(&'static Answer),
    /// Too many kinds of races show this error to prefer one. All of them, grouped by the type that they write.
    Common(Vec<Cause<'a>>),
    /// The error is unknown.
    Unknown,
}

/// A race that would show such an error.
#[derive(Clone, Debug)]
pub struct Cause<'a> {
    /// The entry of the race.
    pub entry: &'a Entry,
    /// The evidence in the error: code, phrases, resource types.
    pub matched: Vec<String>,
    /// Score of the evidence, only for comparison with other causes.
    pub weight: u32,
}

/// Weight of a matching phrase or code, before it is divided by the number of entries that share it.
const WEIGHT_OF_TEXT: u32 = 2_000;
const WEIGHT_OF_CODE: u32 = 1_200;
/// Minimum weight of a phrase or code, however many entries share it.
const LEAST_WEIGHT: u32 = 40;
/// Weight of the resource types that an error names.
const WEIGHT_OF_OBJECT_TYPE: u32 = 300;
const WEIGHT_OF_WRITER_TYPE: u32 = 500;
/// Additional weight of the failed resource's type: it says more than types that are only mentioned.
const WEIGHT_OF_TARGET: u32 = 300;
/// Additional weight if all writers of an entry occur; some of them count in proportion.
const WEIGHT_OF_ALL_WRITERS: u32 = 300;
/// Weight of an entry's level, besides its types: a note is rarer than an error.
const WEIGHT_OF_LEVEL: u32 = 100;
/// If races on this many types of objects show a code, the code says nothing without a type.
const COMMON: usize = 4;

/// Explains a failure, which may be a code, a phrase, the output of a tool, or JSON with nested errors.
pub fn explain<'a>(catalog: &'a Catalog, pasted: &str) -> Explained<'a> {
    let entries: Vec<&Entry> = catalog.entries().collect();
    let mut errors: Vec<Answered<'a>> = Vec::new();
    for said in read::errors_of(pasted, &Names::of(&entries)) {
        let verdict = verdict(&entries, &said);
        let is_race = matches!(verdict, Verdict::Races(_) | Verdict::Common(_));
        let or_else = if is_race { or_else(&said) } else { None };
        errors.push(Answered { said, verdict, or_else });
    }
    let rank = |answered: &Answered<'_>| match &answered.verdict {
        Verdict::Races(_) => 0,
        Verdict::Common(_) => 1,
        Verdict::Other(answer) if answer.conflict => 2,
        Verdict::Other(_) => 3,
        Verdict::Unknown => 4,
    };
    errors.small_sort_by_key(rank);
    Explained { errors }
}

fn verdict<'a>(entries: &[&'a Entry], said: &Said) -> Verdict<'a> {
    let folded = said.folded();
    let code = answers::code_of_sentence(&folded).unwrap_or(&said.code);
    let by_form = answer_by_form(code, &said.message);
    let is_busy = by_form.is_some_and(|answer| answer.conflict);
    let told = folded.replace(&said.code.to_lowercase(), "");
    let tells_nothing = !told.contains(char::is_alphabetic);
    let may_conflict = tells_nothing || by_form.is_none() || is_busy || answers::may_be_conflict(&told);
    let heard = Heard { said, folded: &folded, code, by_form, may_conflict };
    let mut causes: Vec<Cause<'a>> = entries.iter().filter_map(|entry| heard.cause(entry, entries)).collect();
    // A race with more reports is more likely.
    let rank = |cause: &Cause<'_>| {
        (cause.weight, cause.entry.level, certainty(cause.entry), cause.entry.evidence.count())
    };
    causes.small_sort_by(|a, b| rank(b).cmp(&rank(a)).then_with(|| a.entry.id.cmp(&b.entry.id)));
    // What the phrases of an error imply is what failed, so other writers are not concerned.
    if causes.iter().any(|cause| heard.is_implied(cause.entry)) {
        causes.retain(|cause| heard.is_implied(cause.entry));
    }
    let is_known = |cause: &Cause<'_>| heard.knows(cause.entry);
    let names_type = |cause: &Cause<'_>| heard.types_of(cause.entry) > 0;
    // If some entries know the error, do not list entries that match only by type. Exception: the types all point to other
    // entries, and the entries that know the error match only a phrase or a code shared with another service.
    if causes.iter().any(is_known) {
        let is_of_others = causes.iter().any(names_type)
            && causes
                .iter()
                .filter(|cause| is_known(cause))
                .all(|cause| !names_type(cause) && !heard.knows_own_code(cause.entry));
        causes.retain(|cause| if is_of_others { names_type(cause) } else { is_known(cause) });
    }
    let answer = heard.answer(causes.iter().any(is_known));
    if let Some(answer) = answer {
        return Verdict::Other(answer);
    }
    // An entry that has only the type, or a code that other errors have too, is not the cause of an error that says something else.
    let is_sure = |cause: &Cause<'_>| {
        is_known(cause) && (names_type(cause) || heard.says_text(cause.entry) || !answers::is_ambiguous(code))
    };
    let says_other =
        |answer: &&Answer| !answer.conflict && !answer.last_resort && !causes.iter().any(is_sure);
    let by_form = by_form.filter(|answer| causes.is_empty() || says_other(answer));
    if let Some(answer) = by_form {
        return Verdict::Other(answer);
    }
    let sharing: BTreeSet<&str> =
        causes.iter().filter(|cause| is_known(cause)).map(|cause| cause.entry.object_type.as_ref()).collect();
    let has_type =
        causes.first().is_some_and(|cause| heard.types_of(cause.entry) > 0 || heard.says_text(cause.entry));
    match causes.len() {
        0 => Verdict::Unknown,
        _ if !has_type && (sharing.len() >= COMMON || answers::is_ambiguous(code)) => Verdict::Common(causes),
        _ => Verdict::Races(causes),
    }
}

/// The answer whose forms the words of an error have. It counts only if nothing else fits.
///
/// What is still being deleted, or busy, says the message. Of all others the code says more.
fn answer_by_form(code: &str, message: &str) -> Option<&'static Answer> {
    let is_vague = answers::is_wrapper(code) || answers::is_ambiguous(code);
    let message = forms::words_of(&forms::telling(&if is_vague {
        message.replace(code, " ")
    } else {
        message.to_owned()
    }));
    let code = forms::words_of(if is_vague { "" } else { code });
    let all = answers::answers();
    let (of_states, others) =
        all.split_at(all.iter().position(|answer| answer.conflict).map_or(0, |at| at + 1));
    let find = |answers: &'static [Answer], words: &[String]| {
        answers.iter().find(|answer| answer.forms.iter().any(|form| forms::have_form(words, form)))
    };
    let both: Vec<String> = code.iter().chain(&message).cloned().collect();
    find(of_states, &both).or_else(|| find(others, &code)).or_else(|| find(others, &message))
}

/// The alternative cause that is not a race, for an error whose code does not tell the two apart.
fn or_else(said: &Said) -> Option<&'static Answer> {
    let folded = said.folded();
    let code = answers::code_of_sentence(&folded).unwrap_or(&said.code);
    let fits = |answer: &&Answer| !answer.outermost || said.place == Place::Unknown;
    let mut all = answers::answers().iter().filter(fits);
    all.find(|answer| answer.codes.iter().any(|known| known.eq_ignore_ascii_case(code)))
}

fn certainty(entry: &Entry) -> u8 {
    match entry.certainty.as_ref() {
        "certain" => 2,
        "likely" => 1,
        _ => 0,
    }
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

/// An error during matching.
struct Heard<'s> {
    said: &'s Said,
    folded: &'s str,
    /// Its code, or the more specific code for which its sentence stands.
    code: &'s str,
    /// The answer that its words have the form of.
    by_form: Option<&'static Answer>,
    /// Whether it may be a conflict, by its words besides the code, or because it has no others.
    may_conflict: bool,
}

impl Heard<'_> {
    fn cause<'a>(&self, entry: &'a Entry, all: &[&Entry]) -> Option<Cause<'a>> {
        let mut cause = Cause { entry, matched: Vec::new(), weight: 0 };
        for text in entry.texts.iter().filter(|text| self.says_of(entry, text)) {
            // A longer phrase that contains this one is more specific, so another matching entry with the longer phrase
            // shares this one too.
            let shares = |other: &&&Entry| {
                other.texts.iter().any(|known| known.contains(text.as_ref()) && says(self.folded, known))
            };
            let sharing = all.iter().filter(shares).count();
            cause.weight += (WEIGHT_OF_TEXT / count(sharing).max(1)).max(LEAST_WEIGHT);
            cause.matched.push(format!("“{text}”"));
        }
        let is_meant = |code: &&Str| self.is_code(code) && !answers::is_wrapper(code);
        let codes = entry.codes.iter().filter(is_meant).filter(|_| !self.is_of_another_service(entry));
        for code in codes {
            let sharing = all.iter().filter(|other| other.codes.contains(code)).count();
            cause.weight += (WEIGHT_OF_CODE / count(sharing).max(1)).max(LEAST_WEIGHT);
            cause.matched.push(format!("`{code}`"));
        }
        let is_known = cause.weight > 0;
        if !is_known && !self.may_race(entry) {
            return None;
        }
        let types = self.types_of(entry);
        cause.weight += types;
        if types > 0 {
            let named = self.said.types.iter().filter(|ty| is_about(entry, ty));
            cause.matched.extend(named.map(|ty| format!("`{ty}`")));
        }
        (cause.weight > 0).then_some(cause)
    }

    /// Whether the error may belong to a race of this entry even though the entry does not list it.
    fn may_race(&self, entry: &Entry) -> bool {
        // The status `Conflict` alone stands for more than races.
        let told = if answers::is_wrapper(&self.said.code) {
            self.folded.strip_prefix(&self.said.code.to_lowercase()).unwrap_or(self.folded)
        } else {
            self.folded
        };
        let is_busy = self.by_form.is_some_and(|answer| answer.conflict);
        entry.level.is_some() && (is_busy || answers::may_be_conflict(told))
    }

    /// Whether an entry knows the code, or a phrase.
    fn knows(&self, entry: &Entry) -> bool {
        self.knows_code(entry) || self.says_text(entry)
    }

    fn knows_code(&self, entry: &Entry) -> bool {
        !self.is_of_another_service(entry)
            && entry.codes.iter().any(|code| self.is_code(code) && !answers::is_wrapper(code))
    }

    /// Whether an entry lists the code, and the code does not belong to other services as well.
    fn knows_own_code(&self, entry: &Entry) -> bool {
        self.knows_code(entry) && (!answers::is_shared(self.code) || !self.said.types.is_empty())
    }

    /// Whether the services share the code, and the error names resources of a different service.
    fn is_of_another_service(&self, entry: &Entry) -> bool {
        if self.said.types.is_empty() || !answers::is_shared(self.code) {
            return false;
        }
        let is_named =
            |ty: &Str| self.said.types.iter().any(|named| text::service_of(named) == text::service_of(ty));
        !types_of(entry).any(is_named)
    }

    fn says_text(&self, entry: &Entry) -> bool {
        entry.texts.iter().any(|text| self.says_of(entry, text))
    }

    /// Whether the error says a phrase of an entry, and names no resources of which all are of other kinds.
    /// Ex) the gateway of a virtual network fails with the phrase that gateways of a hub fail with
    fn says_of(&self, entry: &Entry, text: &str) -> bool {
        let is_about_others =
            !self.said.types.is_empty() && !self.said.types.iter().any(|ty| is_near(entry, ty));
        says(self.folded, text) && !is_about_others
    }

    /// Whether the type that failed, by a phrase of the error, writes the object of an entry.
    fn is_implied(&self, entry: &Entry) -> bool {
        names::implied_in(self.folded).any(|ty| writes(entry, &ty))
    }

    fn is_code(&self, code: &str) -> bool {
        let is_told = self.code.eq_ignore_ascii_case(code) || self.said.code.eq_ignore_ascii_case(code);
        // Ex) `OperationNotAllowed`, which agent pools have for a conflict, and other errors of theirs for everything else
        if answers::is_ambiguous(code) {
            is_told && self.may_conflict
        } else {
            is_told || says(self.folded, code)
        }
    }

    /// The weight of the types that the error names.
    fn types_of(&self, entry: &Entry) -> u32 {
        let is_writer =
            |writer: &&Writer| writer.is_special() && self.said.types.iter().any(|ty| writer.writes_with(ty));
        let writers = entry.writers.iter().filter(is_writer).count();
        let target = self.said.targets.first().and_then(|target| text::type_of(target));
        let of_target = target.is_some_and(|ty| writes(entry, &ty));
        let target = if of_target { WEIGHT_OF_TARGET } else { 0 };
        if writers > 0 {
            let all = count(entry.writers.len()).max(1);
            let objects = entry.object_types.iter().chain([&entry.object_type]);
            let is_named = |ty: String| self.said.types.contains(&ty) && !writes(entry, &ty);
            let is_named_too = objects.map(|ty| ty.to_ascii_lowercase()).any(is_named);
            let object = if is_named_too { WEIGHT_OF_OBJECT_TYPE } else { 0 };
            let level = entry.level.map_or(0, |level| WEIGHT_OF_LEVEL * level as u32);
            return level
                + WEIGHT_OF_WRITER_TYPE
                + WEIGHT_OF_ALL_WRITERS * count(writers) / all
                + target
                + object;
        }
        let object = entry.object_type.to_ascii_lowercase();
        if self.said.types.contains(&object) { WEIGHT_OF_OBJECT_TYPE } else { 0 }
    }

    /// The matching known cause that is not a race, if there is one.
    fn answer(&self, entry_knows: bool) -> Option<&'static Answer> {
        let fits = |answer: &&Answer| {
            (!answer.outermost || self.said.place == Place::Outermost)
                && !(answer.unless_entry && entry_knows)
        };
        // The longest phrase is the most specific.
        let phrase = |answer: &&'static Answer| {
            let said = answer.texts.iter().filter(|text| self.folded.contains(**text));
            said.map(|text| text.len()).max().unwrap_or_default()
        };
        let by_code = |answer: &&Answer| {
            answer
                .codes
                .iter()
                .any(|code| self.code.eq_ignore_ascii_case(code) || self.said.code.eq_ignore_ascii_case(code))
        };
        let all = answers::answers().iter();
        let found = all.clone().filter(fits).max_by_key(phrase).filter(|answer| phrase(answer) > 0);
        // The message is better evidence than the code.
        let found = found.filter(|_| !entry_knows || self.is_plain_answer());
        let by_code = all.filter(fits).find(by_code);
        found.or_else(|| by_code.filter(|answer| !entry_knows || self.is_of_answers_only(answer)))
    }

    /// Whether an error is not a race although entries list its code, because its sentence says so.
    fn is_of_answers_only(&self, answer: &Answer) -> bool {
        self.said.place == Place::Outermost && (answer.outermost || self.is_plain_answer())
    }

    /// Whether the message of an error that entries list still shows that it is not a race.
    fn is_plain_answer(&self) -> bool {
        let known = answers::code_of_sentence(self.folded);
        known.is_none()
    }
}

/// Whether a type writes the object of an entry, as a special writer.
fn writes(entry: &Entry, ty: &str) -> bool {
    entry.writers.iter().any(|writer| writer.is_special() && writer.writes_with(ty))
}

/// The types of an entry: its object's, and those of its writers.
fn types_of(entry: &Entry) -> impl Iterator<Item = &Str> {
    entry.writers.iter().flat_map(|writer| writer.types.iter()).chain([&entry.object_type])
}

/// Whether a type is that of the object of an entry or of one of its special writers.
fn is_about(entry: &Entry, ty: &str) -> bool {
    writes(entry, ty) || entry.object_type.eq_ignore_ascii_case(ty)
}

/// Whether a type is one of an entry, or lies below one.
fn is_near(entry: &Entry, ty: &str) -> bool {
    types_of(entry).any(|known| {
        let known = known.trim_end_matches("/*").to_ascii_lowercase();
        ty.strip_prefix(&known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Whether a phrase occurs in a folded text, as whole words.
fn says(folded: &str, phrase: &str) -> bool {
    let phrase = phrase.to_lowercase();
    let whole = |at: usize| {
        let before = folded[..at].chars().next_back();
        let after = folded[at + phrase.len()..].chars().next();
        [before, after].into_iter().flatten().all(|c| !c.is_alphanumeric())
    };
    !phrase.is_empty() && folded.match_indices(&phrase).any(|(at, _)| whole(at))
}

#[cfg(test)]
mod tests;
