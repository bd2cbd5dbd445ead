//! Properties of every remedy: afterwards, no fixable finding is left and none is new; the text has only insertions;
//! and each edge is needed. Exception: where few writers are conditional, a later one waits for all of them, so that
//! the remedy also holds under the assumption that order is lost through resources that are not deployed.

use bicep_race_lint::fix::apply::{apply, only_inserts};
use bicep_race_lint::fix::edits_of;
use bicep_race_lint::rules::finding::{Edit, Finding, Level, Report};
use bicep_race_lint::source::{FileId, Place};

/// Displayed paths with changed texts.
pub(crate) type Texts = Vec<(String, String)>;

/// The edits of each file.
fn edits(report: &Report) -> Vec<(FileId, Vec<Edit>)> {
    let of = |id| edits_of(&report.findings, id).into_iter().cloned().collect::<Vec<_>>();
    report.sources.iter().map(|(id, _)| (id, of(id))).filter(|(_, edits)| !edits.is_empty()).collect()
}

fn applied(report: &Report, edits: &[(FileId, Vec<Edit>)]) -> Texts {
    let one = |(file, edits): &(FileId, Vec<Edit>)| {
        let source = report.sources.file(*file);
        let edits: Vec<&Edit> = edits.iter().collect();
        let after = apply(&source.text, &edits);
        assert!(only_inserts(&source.text, &after, &edits), "{}", source.path);
        (source.path.clone(), after)
    };
    edits.iter().map(one).collect()
}

/// All variants of an insertion with one symbol less; for a single symbol, `None`.
fn weaker(edit: &Edit) -> Vec<Option<Edit>> {
    let lines: Vec<&str> = edit.insert.split_inclusive('\n').collect();
    let is_symbol = |line: &str| {
        let word = line.trim();
        !word.is_empty() && word.chars().all(|char| char.is_alphanumeric() || "_:".contains(char))
    };
    let symbols: Vec<usize> = (0..lines.len()).filter(|&at| is_symbol(lines[at])).collect();
    if symbols.len() < 2 {
        return vec![None];
    }
    let without = |&left_out: &usize| {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, line)| *line);
        Some(Edit { insert: kept.collect(), ..edit.clone() })
    };
    symbols.iter().map(without).collect()
}

/// Whether some declaration of a text may deploy nothing: it has a condition, or is a loop over a parameter or an empty
/// list.
fn may_be_left_out(text: &str) -> bool {
    let may_be_empty = |list: &str| {
        let list = list.strip_prefix("range(0, ").unwrap_or(list);
        let name: String = list.chars().take_while(char::is_ascii_alphanumeric).collect();
        list.starts_with("[]") || name == "0" || text.contains(&format!("param {name} "))
    };
    let mut loops = text.split("[for ").skip(1).filter_map(|copy| copy.split_once(" in "));
    text.contains(" if (") || loops.any(|(_, list)| may_be_empty(list))
}

/// The pairs in the help of a finding: which declaration should wait for which.
/// Ex) make `b` wait for `a` and `c`; covered by the edit at main.bicep:8: `b` then waits for `a`
fn said(help: &str) -> Vec<(String, String)> {
    let names = |text: &str| -> Vec<String> {
        let mut quoted = text.split('`');
        let mut found = Vec::new();
        while let (Some(before), Some(name)) = (quoted.next(), quoted.next()) {
            if !["", " and ", ", "].contains(&before) {
                break;
            }
            found.push(name.to_owned());
        }
        found
    };
    let mut all = Vec::new();
    for verb in ["` wait for ", "` then waits for "] {
        for (at, _) in help.match_indices(verb) {
            let late = help[..at].rsplit('`').next().unwrap_or_default();
            let early = names(&help[at + verb.len()..]);
            // The next pair of a list begins with its own name.
            let is_next = |name: &str| help[at + verb.len()..].contains(&format!("`{name}{verb}"));
            let early = early.into_iter().enumerate().filter(|(at, name)| *at == 0 || !is_next(name));
            // Ex) `er[i]` waits for `s2s[i]`
            let whole = |name: &str| name.split('[').next().unwrap_or_default().to_owned();
            all.extend(early.map(|(_, early)| (whole(late), whole(&early))));
        }
    }
    all
}

/// Asserts that no help contradicts another one in the same template, not even indirectly.
fn speak_with_one_voice(name: &str, report: &Report) {
    let mut waits: Vec<(FileId, String, String)> = Vec::new();
    for finding in report.findings.iter().filter(|finding| !finding.help.starts_with("by hand")) {
        let file = finding.participants[0].place.file;
        waits.extend(said(&finding.help).into_iter().map(|(late, early)| (file, late, early)));
    }
    for (file, late, early) in &waits {
        let (mut open, mut seen) = (vec![early], Vec::new());
        while let Some(node) = open.pop() {
            assert!(
                node != late,
                "{name}: `{late}` is to wait for `{early}`, and the other way round: {waits:?}"
            );
            if !seen.contains(&node) {
                seen.push(node);
                let next = waits.iter().filter(|(at, late, _)| at == file && late == node);
                open.extend(next.map(|(_, _, early)| early));
            }
        }
    }
}

/// Asserts that the joint plan of a root, applied whole, removes every finding that has edits or is covered by those of others, and
/// adds none.
pub(crate) fn cure_what_they_are_for(name: &str, before: &Report, after: &Report) {
    let key = |finding: &Finding| (finding.rule, finding.entry.clone(), finding.object.name.clone());
    let known: Vec<_> = before.findings.iter().map(key).collect();
    // An order that is prescribed may be against the usual one, where a module has writers that come first and last: a note.
    for finding in after.findings.iter().filter(|finding| finding.level > Level::Note) {
        assert!(known.contains(&key(finding)), "{name}: new: {}", finding.message);
    }
    let is_cured = |finding: &&Finding| {
        finding.fix.is_some()
            || finding.help.contains("covered by the edit") && !finding.help.contains("by hand")
    };
    for finding in before.findings.iter().filter(is_cured) {
        let left = after.findings.iter().find(|other| other.fingerprint == finding.fingerprint);
        assert!(left.is_none(), "{name}: left: {} ({})", finding.message, finding.help);
    }
    assert!(after.diagnostics.len() <= before.diagnostics.len(), "{name}: {:?}", after.diagnostics);
}

/// The edits in the declaration that contains a place.
fn edits_of_declaration(report: &Report, place: Place) -> Vec<Edit> {
    let text = &report.sources.file(place.file).text;
    let at = place.span.start as usize;
    let begin = |word: &str| text[..at].rfind(word);
    let begin = ["\nresource ", "\nmodule "].into_iter().filter_map(begin).max().unwrap_or(0);
    let end = text[at..].find("\n}").map_or(text.len(), |end| at + end + 4);
    let is_inside = |edit: &&&Edit| (begin..end).contains(&(edit.place.span.start as usize));
    let edits = edits_of(&report.findings, place.file);
    edits.iter().filter(is_inside).map(|edit| (*edit).clone()).collect()
}

/// Asserts that the edits of each finding and those that it names, applied without any others, remove it.
fn cure_by_themselves(name: &str, root: &str, before: &Report, report: impl Fn(&str, &Texts) -> Report) {
    let is_by_edits =
        |finding: &&Finding| finding.fix.is_some() || finding.no_fix == "another finding's edit covers it";
    let by_edits = before.findings.iter().filter(is_by_edits);
    for finding in by_edits.filter(|finding| !finding.help.contains("by hand")) {
        let mut own: Vec<Edit> = finding.fix.iter().flat_map(|fix| fix.edits.clone()).collect();
        own.extend(finding.relies_on.iter().flat_map(|&place| edits_of_declaration(before, place)));
        own.sort_by_key(|edit| (edit.place, edit.insert.clone()));
        own.dedup();
        let in_file = |id| own.iter().filter(|edit| edit.place.file == id).cloned().collect::<Vec<_>>();
        let edits = before.sources.iter().map(|(id, _)| (id, in_file(id)));
        let edits: Vec<_> = edits.filter(|(_, edits)| !edits.is_empty()).collect();
        let after = report(root, &applied(before, &edits));
        let left = after.findings.iter().find(|other| other.fingerprint == finding.fingerprint);
        assert!(left.is_none(), "{name}: not by itself: {} ({})", finding.message, finding.help);
    }
}

/// Applies the joint plan of a root and checks that it fixes all findings that it is for; returns whether there was a
/// plan.
#[allow(dead_code)] // only the oracle asks
pub(crate) fn cures(name: &str, root: &str, report: impl Fn(&str, &Texts) -> Report) -> bool {
    let before = report(root, &Texts::new());
    speak_with_one_voice(name, &before);
    let all = edits(&before);
    let after = report(root, &applied(&before, &all));
    cure_what_they_are_for(name, &before, &after);
    cure_by_themselves(name, root, &before, &report);
    !all.is_empty()
}

/// Checks the remedies of a root and returns the number of added edges. The given function reports on the root with
/// changed texts. A remedy in a module serves all its callers, so an edge may be needed by another root: for the
/// templates in `is_for_others`, the test does not ask whether each edge is needed.
pub(crate) fn examine(
    name: &str,
    root: &str,
    is_for_others: impl Fn(&str) -> bool,
    report: impl Fn(&str, &Texts) -> Report,
) -> usize {
    let before = report(root, &Texts::new());
    speak_with_one_voice(name, &before);
    let all = edits(&before);
    let after = report(root, &applied(&before, &all));
    let left = after.findings.iter().find(|finding| finding.fix.is_some());
    assert!(left.is_none(), "{name}: left: {}", left.map_or("", |left| &left.message));
    cure_what_they_are_for(name, &before, &after);
    assert!(after.findings.len() <= before.findings.len(), "{name}");
    let mut edges = 0;
    for (file, edits) in &all {
        let edited = before.sources.file(*file).path.as_str();
        if is_for_others(edited) {
            continue;
        }
        // What gives the index of a loop its name is not an edge: `(`, `, i)`.
        let is_edge = |edit: &Edit| {
            edit.insert != "(" && !(edit.insert.starts_with(", ") && edit.insert.ends_with(')'))
        };
        for (at, edit) in edits.iter().enumerate().filter(|(_, edit)| is_edge(edit)) {
            for weaker in weaker(edit) {
                let mut fewer = all.clone();
                if let Some((_, edits)) = fewer.iter_mut().find(|(id, _)| id == file) {
                    edits.splice(at..=at, weaker);
                }
                let texts = applied(&before, &fewer);
                let is_left = report(root, &texts).findings.iter().any(|finding| finding.fix.is_some());
                let is_spelt_out = may_be_left_out(&before.sources.file(*file).text);
                assert!(is_left || is_spelt_out, "{name}: part of {:?} is not needed", edit.insert);
                edges += 1;
            }
        }
    }
    edges
}
