//! `@retryOn`: the error codes that the writers of an object retry.
//!
//! Azure may fail either of two writers. If each of them retries every code that the entry lists, the race costs time
//! instead of failing the deployment, so its finding is one level lower. Otherwise the level stays, and the text says
//! what is retried and what is not. A retry adds no order, and it does not restore a lost update.

use std::fmt::Write as _;

use super::finding::Participant;
use super::races::{Case, Group};
use crate::race::analysis::Analysis;
use crate::race::effect::EffectId;
use crate::race::pair::Fault;
use crate::template::NodeKind;
use crate::workspace::TemplateId;

/// Whether every writer of a race retries every error code of its entry.
pub(super) fn is_retried(case: &Case<'_, '_, '_>) -> bool {
    let Some(entry) = case.entry.filter(|entry| !entry.codes.is_empty()) else { return false };
    let race = case.race;
    race.fault == Fault::Unordered
        && [race.first, race.second].into_iter().all(|id| {
            let codes = codes(case.analysis, race.at, id);
            entry.codes.iter().all(|code| has(&codes, code))
        })
}

/// The codes that all writers behind an effect retry.
pub(super) fn codes(analysis: &Analysis<'_, '_>, at: TemplateId, id: EffectId) -> Vec<String> {
    let effect = analysis.summary(at).effect(id);
    let template = analysis.evaluator.workspace().template(at);
    let node = template.node(effect.node);
    let callee = analysis.summary(at).calls.get(&effect.node).map(|call| call.callee);
    let Some(callee) = callee.filter(|_| matches!(node.kind, NodeKind::Module(_))) else {
        return node.retry_on.as_deref().map_or_else(Vec::new, <[String]>::to_vec);
    };
    let Some(summary) = analysis.summaries.callee(callee) else { return Vec::new() };
    let mut writers = effect.inner().iter().flat_map(|&group| &summary.group(group).members);
    let Some(&first) = writers.next() else { return Vec::new() };
    let mut common = codes(analysis, callee, first);
    for &writer in writers {
        if common.is_empty() {
            break;
        }
        let others = codes(analysis, callee, writer);
        common.retain(|code| has(&others, code));
    }
    common
}

/// Describes what the writers of a finding retry and what they do not; `None` if none of them retries.
pub(super) fn told(group: &Group<'_, '_, '_>) -> Option<String> {
    let (retrying, others): (Vec<&Participant>, Vec<&Participant>) =
        group.participants.iter().partition(|participant| !participant.retry_on.is_empty());
    if retrying.is_empty() {
        return None;
    }
    let symbols =
        |all: &[&Participant]| -> Vec<String> { all.iter().map(|one| one.symbol.clone()).collect() };
    if group.races.iter().any(|race| race.fault != Fault::Unordered) {
        let names = super::describe::list(&symbols(&retrying));
        return Some(format!("the `@retryOn` of {names} does not help: a retry has the same order"));
    }
    let known = group.entry.map_or(&[][..], |entry| &entry.codes[..]);
    if group.races.iter().all(|race| is_retried(&Case::new(group.analysis, race))) {
        let who = match group.participants.len() {
            1 => "its instances retry",
            2 => "both retry",
            _ => "all of them retry",
        };
        return Some(format!("{who} {}, so the level is one lower", list(known)));
    }
    let mut words = String::new();
    for participant in &retrying {
        let missing: Vec<&str> =
            known.iter().map(AsRef::as_ref).filter(|code| !has(&participant.retry_on, code)).collect();
        let _ = write!(words, "`{}` retries {}", participant.symbol, list(&participant.retry_on));
        if !missing.is_empty() {
            let _ = write!(words, ", but not {}", list(&missing));
        }
        words.push_str("; ");
    }
    match others.as_slice() {
        [] => {}
        [only] => {
            let _ = write!(words, "`{}` retries nothing; ", only.symbol);
        }
        [..] => {
            let _ = write!(words, "{} retry nothing; ", super::describe::list(&symbols(&others)));
        }
    }
    if known.is_empty() {
        words.push_str("no code of this failure is known");
    } else {
        words.push_str("the level stays");
    }
    Some(words)
}

/// Whether a list contains a code. Azure compares codes without regard to case.
fn has(codes: &[String], code: &str) -> bool {
    codes.iter().any(|known| known.eq_ignore_ascii_case(code))
}

/// Joins codes as in a sentence. Ex) Busy, Conflict and Gone
fn list(codes: &[impl AsRef<str>]) -> String {
    let codes: Vec<&str> = codes.iter().map(AsRef::as_ref).collect();
    match codes.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}
