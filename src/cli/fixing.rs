//! `--diff` and `--fix`: remedies as texts, checked before a byte is written.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::{plural, say};
use crate::door::signals::{Hold, hold};
use crate::door::write::{Guarded, Target, WriteError};
use crate::fix::apply::{apply, check, diff, only_inserts, write};
use crate::fix::edits_of;
use crate::rules::finding::{Finding, Level, Report};
use crate::session::Roots;

/// One file with its remedies.
#[derive(Clone)]
pub(super) struct Fixed {
    /// The file itself.
    target: Target,
    /// The paths that it was read under: links give one file several.
    paths: Vec<PathBuf>,
    /// The path as it is shown.
    shown: String,
    /// What was read.
    before: String,
    /// The text with the remedies.
    after: String,
}

/// A file that is not changed.
#[derive(Clone)]
pub(super) struct Refused {
    path: PathBuf,
    /// The path as it is shown.
    shown: String,
    /// Why.
    why: String,
    /// Whether the file itself is the reason, so that the run has not done what it was asked to.
    is_failure: bool,
}

/// What came of the remedies.
#[derive(Clone, Default)]
pub(super) struct Fixing {
    /// The files that change.
    pub(super) files: Vec<Fixed>,
    /// The files that do not, though there are remedies.
    pub(super) refused: Vec<Refused>,
}

/// A file with remedies, as it was read under one path.
struct Proposed {
    path: PathBuf,
    shown: String,
    before: String,
    after: String,
}

impl Refused {
    fn new(path: &Path, shown: &str, why: &str, is_failure: bool) -> Self {
        Self { path: path.to_owned(), shown: shown.to_owned(), why: why.to_owned(), is_failure }
    }

    /// One that the door refuses.
    fn by_door(path: &Path, shown: &str, error: &WriteError) -> Self {
        // What cannot be written in another encoding can still be changed by hand, as it is told.
        let is_failure = !matches!(error, WriteError::Encoding);
        let why = match error {
            WriteError::Encoding => "it is written in UTF-16, and only UTF-8 is changed".to_owned(),
            other => other.to_string(),
        };
        Self::new(path, shown, &why, is_failure)
    }
}

/// The files that may be changed are those that were given, and what was found below the given folders: of a file that was
/// named, its folder holds what it may be a link to.
pub(super) fn given(roots: &Roots) -> Guarded {
    let folders = roots.found.iter().map(|(_, folder)| folder.as_path());
    Guarded::new(folders.chain(roots.named.iter().filter_map(|path| path.parent())))
}

/// The texts with their remedies, beside what is known already.
pub(super) fn fixes(report: &Report, roots: &Roots, given: &Guarded, known: &Fixing) -> Fixing {
    let mut fixing = known.clone();
    let mut proposed: Vec<(Target, Vec<Proposed>)> = Vec::new();
    let mut places: FxHashMap<Target, usize> = FxHashMap::default();
    for (id, file) in report.sources.iter() {
        let edits = edits_of(&report.findings, id);
        let path = roots.base.join(&file.path);
        if edits.is_empty() || fixing.refused.iter().any(|refused| refused.path == path) {
            continue;
        }
        let mut refuse = |refused| fixing.refused.push(refused);
        if !is_given(&path, roots) {
            let folder = file.path.rsplit_once('/').map_or(".", |(folder, _)| folder);
            let why = format!("it lies outside the given paths; give its folder too: `{folder}`");
            refuse(Refused::new(&path, &file.path, &why, false));
            continue;
        }
        let target = match given.inside(&path) {
            Ok(target) => target,
            Err(error) => {
                refuse(Refused::by_door(&path, &file.path, &error));
                continue;
            }
        };
        let after = apply(&file.text, &edits);
        if !only_inserts(&file.text, &after, &edits) {
            refuse(Refused::new(&path, &file.path, "its remedies exclude one another", false));
            continue;
        }
        let (shown, before) = (file.path.clone(), file.text.to_string());
        let place = *places.entry(target).or_insert_with_key(|target| {
            proposed.push((target.clone(), Vec::new()));
            proposed.len() - 1
        });
        proposed[place].1.push(Proposed { path, shown, before, after });
    }
    for (target, under) in proposed {
        fixing.add(target, under);
    }
    fixing
}

/// What came from standard input: its displayed path, its text, and the text with the remedies where there are some.
pub(super) fn of_given(
    report: &Report,
    roots: &Roots,
    path: &Path,
) -> Option<(String, String, Option<String>)> {
    let (id, file) = report.sources.iter().find(|(_, file)| roots.base.join(&file.path) == path)?;
    let edits = edits_of(&report.findings, id);
    let after = apply(&file.text, &edits);
    let is_right = !edits.is_empty() && only_inserts(&file.text, &after, &edits);
    Some((file.path.clone(), file.text.to_string(), is_right.then_some(after)))
}

/// The difference of a text without and with its remedies, as a unified diff.
pub(super) fn difference(shown: &str, before: &str, after: &str) -> String {
    diff(shown, before, after)
}

fn is_given(path: &Path, roots: &Roots) -> bool {
    roots.named.iter().any(|named| named == path)
        || roots.found.iter().any(|(_, folder)| path.starts_with(folder))
}

impl Fixing {
    /// Adds a file with its remedies, as it was read under each of its paths.
    fn add(&mut self, target: Target, under: Vec<Proposed>) {
        let known = self.files.iter_mut().find(|file| file.target == target);
        let is_one = under.windows(2).all(|pair| pair[0].after == pair[1].after);
        match (known, is_one) {
            (Some(known), true) => {
                let after = under.into_iter().next().map(|first| first.after);
                known.after = after.unwrap_or_else(|| known.after.clone());
            }
            // What is known of it stays.
            (Some(_), false) => {}
            (None, false) => {
                let why = "it was read under several paths, which need different remedies";
                let refused = under.iter().map(|one| Refused::new(&one.path, &one.shown, why, false));
                self.refused.extend(refused);
            }
            (None, true) => {
                let paths: Vec<PathBuf> = under.iter().map(|one| one.path.clone()).collect();
                // Of several paths its own is the one to be told.
                let is_own = |one: &Proposed| target.path() == one.path;
                let best = under.iter().position(is_own).unwrap_or(0);
                let Some(Proposed { path, shown, before, after }) = under.into_iter().nth(best) else {
                    return;
                };
                match check(&target, &before) {
                    Ok(()) => self.files.push(Fixed { target, paths, shown, before, after }),
                    Err(error) => {
                        self.refused.push(Refused { path, ..Refused::by_door(&paths[best], &shown, &error) });
                    }
                }
            }
        }
    }

    /// Whether more or other texts are to be written than before.
    pub(super) fn changes(&self, before: &Self) -> bool {
        let texts =
            |fixing: &Self| -> Vec<String> { fixing.files.iter().map(|file| file.after.clone()).collect() };
        texts(self) != texts(before)
    }

    /// Takes a file out.
    pub(super) fn refuse(&mut self, file: &Fixed, why: &str) {
        self.refused.extend(file.paths.iter().map(|path| Refused::new(path, &file.shown, why, false)));
    }

    /// Says of each file that is not changed why.
    pub(super) fn say_refused(&self) {
        let mut told: Vec<(&str, &str)> = Vec::new();
        for refused in &self.refused {
            let one = (refused.shown.as_str(), refused.why.as_str());
            if told.contains(&one) {
                continue;
            }
            told.push(one);
            let level = if refused.is_failure { "error" } else { "note" };
            say(&format!("{level}: `{}` is not changed: {}", refused.shown, refused.why));
        }
    }

    /// Whether a file that should be changed cannot be.
    pub(super) fn has_failed(&self) -> bool {
        self.refused.iter().any(|refused| refused.is_failure)
    }

    /// The difference, as a unified diff.
    pub(super) fn diff(&self) -> String {
        self.files.iter().map(|file| diff(&file.shown, &file.before, &file.after)).collect()
    }

    /// Whether the files with their remedies are right: no finding is new, and nothing is broken. With each report come the
    /// findings of rules that were not asked for.
    pub(super) fn verify(
        (before, others_before): (&Report, &[Finding]),
        (after, others_after): (&Report, &[Finding]),
    ) -> Result<(), String> {
        let errors =
            |report: &Report| report.diagnostics.iter().filter(|one| one.level == Level::Error).count();
        if errors(after) > errors(before) {
            let first = after.diagnostics.iter().find(|one| one.level == Level::Error);
            return Err(format!(
                "the result would not be right: {}",
                first.map_or("", |one| one.message.as_str())
            ));
        }
        let others = others_after.iter().filter(|finding| {
            finding.level >= Level::Warning && finding.suppression.is_none() && !finding.baselined
        });
        for finding in after.shown(Level::Warning).chain(others) {
            let was_there = before.findings.iter().chain(others_before).any(|known| {
                known.rule == finding.rule
                    && known
                        .participants
                        .iter()
                        .any(|old| finding.participants.iter().any(|new| new.symbol == old.symbol))
            });
            if !was_there {
                return Err(format!("the result would have a new finding: {}", finding.message));
            }
        }
        Ok(())
    }

    /// Writes the files one after the other, each as a whole or not at all. One that cannot be written does not keep the
    /// others from it; a signal does. Signals wait until what is returned first is dropped.
    pub(super) fn write(&mut self) -> (Hold, Written) {
        let hold = hold();
        let mut written = Written { of: self.files.len(), ..Written::default() };
        for file in std::mem::take(&mut self.files) {
            if hold.has_come() {
                written.is_stopped = true;
                break;
            }
            match write(&file.target, &file.before, &file.after) {
                Ok(()) => written.changed.push(file.shown),
                Err(error) => {
                    self.refused.push(Refused::by_door(&file.paths[0], &file.shown, &error));
                    written.unchanged.push(file);
                }
            }
        }
        written.is_stopped |= hold.has_come();
        (hold, written)
    }
}

/// Those of some things that are right together, with what came of trying them; and each of the others with the reason why
/// it is none of them. What is wrong is looked for by halves. At most `most` times it is tried; the rest counts as wrong.
pub(super) fn largest_right<T: Clone, R>(
    all: Vec<T>,
    most: usize,
    mut try_out: impl FnMut(&[T]) -> Result<R, String>,
) -> (Vec<T>, Option<R>, Vec<(T, String)>) {
    let (mut right, mut wrong, mut result) = (Vec::new(), Vec::new(), None);
    let (mut open, mut attempts) = (vec![all], 0);
    while let Some(mut group) = open.pop() {
        if group.is_empty() {
            continue;
        }
        let known = right.len();
        right.extend(group.iter().cloned());
        attempts += 1;
        match try_out(&right) {
            Ok(found) => {
                result = Some(found);
                continue;
            }
            Err(why) if group.len() == 1 || attempts >= most => {
                wrong.extend(group.into_iter().map(|one| (one, why.clone())));
            }
            Err(_) => {
                let second = group.split_off(group.len() / 2);
                open.extend([second, group]);
            }
        }
        right.truncate(known);
    }
    (right, result, wrong)
}

impl Fixed {
    /// The paths that it was read under, with its text before or after the remedies.
    pub(super) fn texts(&self, is_mended: bool) -> impl Iterator<Item = (&Path, &str)> {
        let text = if is_mended { &self.after } else { &self.before };
        self.paths.iter().map(move |path| (path.as_path(), text.as_str()))
    }
}

/// What has become of files that were to be written.
#[derive(Default)]
pub(super) struct Written {
    /// How many there were.
    of: usize,
    /// The paths of those that are changed, as they are shown.
    changed: Vec<String>,
    /// Those that could not be written.
    pub(super) unchanged: Vec<Fixed>,
    /// Whether a signal came.
    pub(super) is_stopped: bool,
}

impl Written {
    /// Says how many files were changed; after a signal which.
    pub(super) fn say(&self) {
        if !self.is_stopped {
            say(&format!("changed {}", plural(self.changed.len(), "file")));
            return;
        }
        say(&format!(
            "error: stopped by a signal; changed {} of {}",
            self.changed.len(),
            plural(self.of, "file")
        ));
        for path in &self.changed {
            say(&format!("  changed `{path}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_keeps_nothing_else_from_being_right() {
        for wrong in [vec![], vec![3], vec![0, 99], vec![5, 6, 50], (0..100).collect()] {
            let try_out = |some: &[u32]| match some.iter().find(|one| wrong.contains(one)) {
                Some(one) => Err(format!("{one} is wrong")),
                None => Ok(some.len()),
            };
            let (right, result, found) = largest_right((0..100_u32).collect(), 1000, try_out);
            let expected: Vec<u32> = (0..100).filter(|one| !wrong.contains(one)).collect();
            assert_eq!(right, expected);
            assert_eq!(result, (!right.is_empty()).then_some(right.len()));
            let told = |(one, why): &(u32, String)| *why == format!("{one} is wrong") && wrong.contains(one);
            assert!(found.len() == wrong.len() && found.iter().all(told), "{found:?}");
        }
    }

    #[test]
    fn two_that_are_wrong_together_are_not_both_taken() {
        let both = |some: &[u32]| {
            if some.contains(&1) && some.contains(&8) { Err("both".to_owned()) } else { Ok(()) }
        };
        let (right, _, wrong) = largest_right((0..10).collect(), 1000, both);
        assert_eq!((right.len(), wrong), (9, vec![(8, "both".to_owned())]));
    }

    #[test]
    fn after_so_many_tries_the_rest_is_wrong() {
        let mut tried = 0;
        let never = |_: &[u32]| {
            tried += 1;
            Err::<(), _>("no".to_owned())
        };
        let (right, result, wrong) = largest_right((0..1000).collect(), 64, never);
        assert!(right.is_empty() && result.is_none());
        assert_eq!(wrong.len(), 1000);
        assert!(tried < 64 + 20, "{tried}: only groups that were open already are tried once more");
    }
}
