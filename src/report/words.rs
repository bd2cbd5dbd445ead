//! Texts that all formats share.

use crate::escape::visible;
use crate::rules::finding::{Edit, Environments, Finding, Fix, Level, Report, SharedObject};
#[cfg(feature = "cli")]
use crate::rules::quieter::{Quieter, Quieting};
use crate::rules::rule;
#[cfg(feature = "cli")]
use crate::small_sort::SmallSort as _;
use crate::source::Place;
use crate::workspace::reference;

/// Describes what a participant does, in one line. Ex) deploys an S2S gateway `gateway` (modules/vpn.bicep:3)
pub(super) fn role(report: &Report, finding: &Finding, ix: usize) -> String {
    let participant = &finding.participants[ix];
    let mut text = match (participant.is_loop, participant.via.is_empty() && participant.ty.is_empty()) {
        (true, _) => format!("deploys {} for each element", participant.label),
        (false, _) => format!("deploys {}", participant.label),
    };
    if participant.inferred {
        text.push_str(", judging by its name");
    }
    if let Some(last) = participant.via.last() {
        let file = report.sources.file(last.place.file);
        let line = file.position(last.place.span.start).line;
        // The path of a published module in the compiler's cache tells a reader nothing.
        match reference::of_cached(&file.path) {
            Some(module) => text.push_str(&format!(" in `{module}`")),
            None => text.push_str(&format!(" `{}` ({}:{line})", last.symbol, file.path)),
        }
    }
    let line_of =
        |place: Place| (place.file, report.sources.file(place.file).position(place.span.start).line);
    // What adds to the list has no list of its own.
    let is_named = |list: Place| {
        let inner = participant.via.last().map(|last| last.place);
        std::iter::once(participant.place).chain(inner).any(|place| line_of(place) == line_of(list))
    };
    if let Some(list) = participant.list.filter(|&list| !is_named(list)) {
        let (file, line) = line_of(list);
        text.push_str(&format!("; its list is at {}:{line}", report.sources.file(file).path));
    }
    let before = should_wait_for(finding, ix);
    if !before.is_empty() {
        let more = before.len().saturating_sub(MAX_NAMED);
        let named = before.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(" or ");
        let more = if more > 0 { format!(" or {more} more") } else { String::new() };
        text.push_str(&format!("; nothing makes it wait for {named}{more}"));
    }
    text
}

/// The participants that this one should wait for, in back-ticks: those before it in the plan of remedies or, without a
/// plan, in the usual order or in the file.
fn should_wait_for(finding: &Finding, ix: usize) -> Vec<String> {
    if !rule(finding.rule).wants_order() || finding.is_reversed {
        return Vec::new();
    }
    let rank = |ix: usize| finding.participants[ix].rank;
    let apart = finding.pairs.iter().filter(|(one, other)| one != other);
    let in_order =
        apart.map(|&(one, other)| if rank(one) > rank(other) { (other, one) } else { (one, other) });
    let in_order: Vec<(usize, usize)> =
        if finding.order.is_empty() { in_order.collect() } else { finding.order.clone() };
    let before = in_order.into_iter().filter(|&(_, late)| late == ix);
    before.map(|(early, _)| format!("`{}`", finding.participants[early].symbol)).collect()
}

/// The lines that a remedy changes or inserts, with the place of each edit. An insertion inside a line shows the whole
/// line, once for all its insertions.
pub(super) fn written(report: &Report, fix: &Fix) -> Vec<(Place, Vec<String>)> {
    let shown = |text: &str| visible(&text.replace('\t', "  "));
    let is_inside = |edit: &Edit| !edit.insert.contains(['\n', '\r']);
    let mut written: Vec<(Place, Vec<String>)> = Vec::new();
    let mut last = None;
    for edit in &fix.edits {
        let file = report.sources.file(edit.place.file);
        let line = file.line(file.position(edit.place.span.start).line);
        let is_with_others = is_inside(edit) && line.end - line.start <= MAX_LINE;
        if is_with_others && last == Some((edit.place.file, line)) {
            continue;
        }
        last = is_with_others.then_some((edit.place.file, line));
        let lines = if is_with_others {
            let mut text = file.shown(line).into_owned();
            let here = fix.edits.iter().filter(|other| {
                other.place.file == edit.place.file
                    && is_inside(other)
                    && (line.start..=line.end).contains(&other.place.span.start)
            });
            for other in here.rev() {
                text.insert_str((other.place.span.start - line.start) as usize, &other.insert);
            }
            vec![shown(text.trim())]
        } else {
            edit.insert.lines().filter(|line| !line.trim().is_empty()).map(shown).collect()
        };
        written.push((edit.place, lines));
    }
    written
}

/// A line of more bytes is not shown around an insertion.
const MAX_LINE: u32 = 160;

/// The parameter files under which something happens, and those under which it does not; `None` if there are no
/// parameter files.
/// Ex) prod.bicepparam, not in dev.bicepparam
pub(crate) fn environments(finding: &Finding) -> Option<String> {
    let Environments { of, not_in, .. } = &finding.environments;
    let few = |paths: &[String]| {
        let more = paths.len().saturating_sub(MAX_NAMED);
        let mut named: Vec<String> = paths.iter().take(MAX_NAMED).map(|path| format!("`{path}`")).collect();
        if more > 0 {
            named.push(format!("{more} more"));
        }
        let last = named.pop().unwrap_or_default();
        if named.is_empty() { last } else { format!("{} and {last}", named.join(", ")) }
    };
    match (&of[..], &not_in[..]) {
        ([], []) => None,
        ([], [only]) => Some(format!("no parameter file, not in `{only}`")),
        ([], others) => Some(format!("none of {}", count(others.len() as u64, "parameter file"))),
        (of, []) => Some(few(of)),
        (of, others) if others.len() > MAX_NAMED => {
            Some(format!("{}, not in {} others", few(of), others.len()))
        }
        (of, others) => Some(format!("{}, not in {}", few(of), few(others))),
    }
}

/// The root and its calls through which a finding in a module is deployed; `None` for a finding in the root.
/// Ex) the calls `hub1` and `hub2` of main.bicep
pub(crate) fn calls(finding: &Finding) -> Option<String> {
    let root = &finding.called_from;
    let more = finding.calls.len().saturating_sub(MAX_NAMED) as u64 + finding.calls_omitted;
    let mut named: Vec<String> =
        finding.calls.iter().take(MAX_NAMED).map(|call| format!("`{call}`")).collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    let last = named.pop()?;
    let calls = if named.is_empty() {
        format!("the call {last}")
    } else {
        format!("the calls {} and {last}", named.join(", "))
    };
    Some(format!("{calls} of {root}"))
}

/// Where it is deployed: the calls that lead to it, and the parameter files or the other roots under which it happens.
/// Ex) the call `hub1` of main.bicep; `prod.bicepparam`, not in `dev.bicepparam`
pub(crate) fn deployed_in(finding: &Finding) -> Option<String> {
    let more = finding.roots.len().saturating_sub(1) as u64;
    match (calls(finding), environments(finding)) {
        (Some(calls), Some(environments)) => Some(format!("{calls}; {environments}")),
        (Some(calls), None) if more > 0 => Some(format!("{calls}, and {}", count(more, "more root"))),
        (None, None) if more > 0 => Some(format!("{} and {}", finding.roots[0], count(more, "more root"))),
        (calls, environments) => calls.or(environments),
    }
}

/// The objects that are declared twice besides the one in the message, by type and name; `None` if it names all.
/// Ex) `Microsoft.Network/networkInterfaces/web-nic` and 3 more
pub(crate) fn others(finding: &Finding) -> Option<String> {
    let id = |object: &SharedObject| format!("`{}/{}`", object.ty, object.name);
    let more = finding.others.len().saturating_sub(MAX_OTHERS);
    let mut named: Vec<String> = finding.others.iter().take(MAX_OTHERS).map(id).collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    let last = named.pop()?;
    Some(if named.is_empty() { last } else { format!("{} and {last}", named.join(", ")) })
}

/// A number with its noun: "1 error", "2 errors".
pub(super) fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Number of findings and diagnostics of a level.
pub(super) fn of_level(report: &Report, wanted: Level) -> u64 {
    let findings = report.shown(wanted).filter(|finding| finding.level == wanted).count();
    let diagnostics =
        report.shown_diagnostics(wanted).filter(|diagnostic| diagnostic.level == wanted).count();
    (findings + diagnostics) as u64
}

#[cfg(feature = "cli")]
/// The counts of each level, or that the run failed: "2 errors, 1 note".
pub(super) fn levels(report: &Report) -> String {
    let mut parts: Vec<String> = Level::ALL
        .into_iter()
        .rev()
        .map(|level| (of_level(report, level), level))
        .filter(|(number, _)| *number > 0)
        .map(|(number, level)| count(number, level.as_str()))
        .collect();
    if !report.errors.is_empty() {
        parts.push("the run failed".to_owned());
    }
    if parts.is_empty() {
        parts.push(if report.roots.is_empty() { "nothing was checked" } else { "no race found" }.to_owned());
    }
    parts.join(", ")
}

#[cfg(feature = "cli")]
/// The counts below the shown level, and how to see them. Ex) 2 notes are hidden; `--level note` shows them
pub(super) fn hidden(report: &Report, shown: Level) -> Option<String> {
    let hidden: Vec<(u64, Level)> = Level::ALL
        .into_iter()
        .filter(|&level| level < shown)
        .map(|level| (of_level(report, level), level))
        .filter(|&(number, _)| number > 0)
        .collect();
    let &(_, least) = hidden.first()?;
    let told: Vec<String> =
        hidden.iter().rev().map(|&(number, level)| count(number, level.as_str())).collect();
    let (verb, them) = if hidden.iter().map(|&(number, _)| number).sum::<u64>() == 1 {
        ("is", "it")
    } else {
        ("are", "them")
    };
    Some(format!("{} {verb} hidden; `--level {least}` shows {them}", told.join(" and ")))
}

#[cfg(feature = "cli")]
/// The last line of a run: counts, coverage, and what was not read.
pub(super) fn summary(report: &Report) -> String {
    let mut parts = vec![levels(report)];
    let suppressed = report.findings.iter().filter(|finding| finding.suppression.is_some()).count() as u64;
    if suppressed > 0 {
        parts.push(format!("{suppressed} suppressed"));
    }
    let baselined = report.baselined() as u64;
    if baselined > 0 {
        parts.push(format!("{baselined} in the baseline"));
    }
    let files = report.sources.iter().count() as u64;
    let coverage = report.coverage;
    let mut text = format!(
        "{} ({}, {}; {} of {} understood",
        parts.join(", "),
        count(report.roots.len() as u64, "root"),
        count(files, "file"),
        coverage.modelled,
        count(coverage.declarations, "declaration"),
    );
    if report.errors.is_empty() && !report.roots.is_empty() && report.shown(Level::Warning).next().is_none() {
        // "No race found" must say how much was analysed, or it means nothing.
        let decided = coverage.decided;
        let (objects, pairs) = (count(decided.objects, "shared object"), count(decided.pairs, "pair"));
        text.push_str(&format!("; {objects}, {pairs} decided"));
    }
    if coverage.unresolved_modules > 0 {
        text.push_str(&format!("; {} could not be read", count(coverage.unresolved_modules, "module")));
    }
    if coverage.syntax_errors > 0 {
        text.push_str(&format!("; {}", count(coverage.syntax_errors, "syntax error")));
    }
    if !report.unread.is_empty() {
        text.push_str(&format!("; {} not read", count(report.unread.len() as u64, "file")));
    }
    if coverage.limits > 0 {
        text.push_str(&format!("; {} reached", count(coverage.limits, "limit")));
    }
    text.push(')');
    text
}

#[cfg(feature = "cli")]
/// What configuration and options hid, in one line; `None` if they hid nothing. "quieter: 3 findings of `hub-gateways` turned
/// off in bicep-race-lint.toml; 2 files ignored by .gitignore"
pub(super) fn quieter(report: &Report) -> Option<String> {
    let parts: Vec<String> =
        report.quieter.chunk_by(|one, other| one.what == other.what).map(quieted).collect();
    (!parts.is_empty()).then(|| format!("quieter: {}", parts.join("; ")))
}

#[cfg(feature = "cli")]
/// One part of that line: "3 findings of `hub-gateways` turned off in bicep-race-lint.toml".
fn quieted(all: &[Quieter]) -> String {
    let number = all.iter().map(|one| one.count).sum();
    let (noun, verb) = match all[0].what {
        Quieting::RuleOff => ("result", "turned off in"),
        Quieting::LevelLowered => ("result", "given a lower level in"),
        Quieting::Profile => ("result", "given a lower level by a profile, in"),
        Quieting::Confidence => ("finding", "below the confidence that is set in"),
        Quieting::NoEnvironment => ("result", "that happens under no parameter file, left out by"),
        Quieting::FailOn => ("result", "kept from failing the run by `fail-on` in"),
        Quieting::NotSelected => ("result", "not selected by"),
        Quieting::Suppressed => ("finding", "suppressed in"),
        Quieting::Baselined => ("result", "accepted in"),
        Quieting::Excluded => ("file", "excluded in"),
        Quieting::Ignored => ("file", "ignored by"),
        Quieting::EntryLowered => ("built-in entry", "given a lower level in"),
        Quieting::OldLevels => ("built-in entry", "with the lower level of version 0.1, by"),
        Quieting::EntryReplaced => ("built-in entry", "replaced in"),
        Quieting::ModuleReplaced => ("known module", "replaced in"),
    };
    let few = |mut names: Vec<&str>, quote: &str| {
        names.small_sort();
        names.dedup();
        let more = names.len().saturating_sub(MAX_NAMED);
        let named: Vec<String> =
            names.iter().take(MAX_NAMED).map(|name| format!("{quote}{name}{quote}")).collect();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", named.join(", "))
    };
    let ids = few(all.iter().filter_map(|one| one.id.as_deref()).collect(), "`");
    let of = if ids.is_empty() { String::new() } else { format!(" ({ids})") };
    // Ex) 2 built-in entries
    let counted = count(number, noun).replace("entrys", "entries");
    format!("{counted}{of} {verb} {}", few(all.iter().map(|one| one.by.as_str()).collect(), ""))
}

/// Maximum number of ids that are listed; the rest is counted.
const MAX_OTHERS: usize = 5;
/// Maximum number of names that are listed; the rest is counted.
const MAX_NAMED: usize = 3;
