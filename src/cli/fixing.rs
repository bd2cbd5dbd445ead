//! `--diff` and `--fix`: computes the fixed texts, and verifies them before anything is written.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::{plural, say};
use crate::door::signals::{Hold, hold};
use crate::door::write::{Guarded, Target, WriteError};
use crate::fix::apply::{apply, check, diff, only_inserts, write};
use crate::fix::edits_of;
use crate::rules::finding::{Finding, Level, Report};
use crate::session::Roots;

/// One file with its remedies applied.
#[derive(Clone)]
pub(super) struct Fixed {
    /// The file to write.
    target: Target,
    /// The paths under which it was read: with links, one file has several.
    paths: Vec<PathBuf>,
    /// The displayed path.
    shown: String,
    /// The text that was read.
    before: String,
    /// The text with the remedies applied.
    after: String,
}

/// A file that stays unchanged although there are remedies.
#[derive(Clone)]
pub(super) struct Refused {
    path: PathBuf,
    /// The displayed path.
    shown: String,
    /// The reason.
    why: String,
    /// Whether the file itself is the reason, so that the run has failed to do its work.
    is_failure: bool,
}

/// The result of applying the remedies.
#[derive(Clone, Default)]
pub(super) struct Fixing {
    /// The files that change.
    pub(super) files: Vec<Fixed>,
    /// The files that stay unchanged although there are remedies.
    pub(super) refused: Vec<Refused>,
}

/// A file with remedies applied, as read under one path.
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

    /// A file that cannot be written safely.
    fn by_door(path: &Path, shown: &str, error: &WriteError) -> Self {
        // A file in another encoding can still be changed by hand, as the message says.
        let is_failure = !matches!(error, WriteError::Encoding);
        let why = match error {
            WriteError::Encoding => "it is encoded in UTF-16; only UTF-8 files can be changed".to_owned(),
            other => other.to_string(),
        };
        Self::new(path, shown, &why, is_failure)
    }
}

/// The folders in which files may be changed: the given ones, and that of each named file, because its name may be a
/// link to another file there.
pub(super) fn given(roots: &Roots) -> Guarded {
    let folders = roots.found.iter().map(|(_, folder)| folder.as_path());
    Guarded::new(folders.chain(roots.named.iter().filter_map(|path| path.parent())))
}

/// Applies the remedies of a report, on top of the known results.
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
            let why = format!("it is outside the given paths; give its folder too: `{folder}`");
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

/// Standard input: its displayed path, its text, and the fixed text if there are remedies.
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

/// The unified diff between the text and its fixed form.
pub(super) fn difference(shown: &str, before: &str, after: &str) -> String {
    diff(shown, before, after)
}

fn is_given(path: &Path, roots: &Roots) -> bool {
    roots.named.iter().any(|named| named == path)
        || roots.found.iter().any(|(_, folder)| path.starts_with(folder))
}

impl Fixing {
    /// Adds a file with its remedies, as read under each of its paths.
    fn add(&mut self, target: Target, under: Vec<Proposed>) {
        let known = self.files.iter_mut().find(|file| file.target == target);
        let is_one = under.windows(2).all(|pair| pair[0].after == pair[1].after);
        match (known, is_one) {
            (Some(known), true) => {
                let after = under.into_iter().next().map(|first| first.after);
                known.after = after.unwrap_or_else(|| known.after.clone());
            }
            // An earlier result for this file stays.
            (Some(_), false) => {}
            (None, false) => {
                let why = "it was read under several paths, which need different remedies";
                let refused = under.iter().map(|one| Refused::new(&one.path, &one.shown, why, false));
                self.refused.extend(refused);
            }
            (None, true) => {
                let paths: Vec<PathBuf> = under.iter().map(|one| one.path.clone()).collect();
                // If the file has several paths, show its real one.
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

    /// Whether the texts differ from those of `before`.
    pub(super) fn changes(&self, before: &Self) -> bool {
        let texts =
            |fixing: &Self| -> Vec<String> { fixing.files.iter().map(|file| file.after.clone()).collect() };
        texts(self) != texts(before)
    }

    /// Moves a file to the refused ones.
    pub(super) fn refuse(&mut self, file: &Fixed, why: &str) {
        self.refused.extend(file.paths.iter().map(|path| Refused::new(path, &file.shown, why, false)));
    }

    /// Reports each refused file with its reason.
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

    /// Whether a file could not be changed that should have been.
    pub(super) fn has_failed(&self) -> bool {
        self.refused.iter().any(|refused| refused.is_failure)
    }

    /// The unified diff of all files.
    pub(super) fn diff(&self) -> String {
        self.files.iter().map(|file| diff(&file.shown, &file.before, &file.after)).collect()
    }

    /// Verifies that the fixed files have no new findings and that nothing is broken. Each report comes with the
    /// findings of rules that were not selected.
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
            // A race that a remedied finding hid is not new.
            let mut all = before.findings.iter().chain(others_before).flat_map(Finding::with_behind);
            let was_there = all.any(|known| {
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

    /// Writes the files one by one, each atomically. A file that cannot be written does not stop the others; a signal
    /// does. Signals are held back until the returned `Hold` is dropped.
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

/// Finds the items that are correct together by bisection. Returns them with the result of `try_out`, and the other
/// items with reasons. After `most` tries, the remaining items count as wrong.
pub(super) fn largest_correct_subset<T: Clone, R>(
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
    /// The paths under which it was read, with its text before or after the fix.
    pub(super) fn texts(&self, is_mended: bool) -> impl Iterator<Item = (&Path, &str)> {
        let text = if is_mended { &self.after } else { &self.before };
        self.paths.iter().map(move |path| (path.as_path(), text.as_str()))
    }
}

/// The outcome of writing files.
#[derive(Default)]
pub(super) struct Written {
    /// The number of files to write.
    of: usize,
    /// The displayed paths of the changed files.
    changed: Vec<String>,
    /// The files that could not be written.
    pub(super) unchanged: Vec<Fixed>,
    /// Whether a signal stopped the run.
    pub(super) is_stopped: bool,
}

impl Written {
    /// Prints how many files were changed and, after a signal, which ones.
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
    fn a_wrong_item_does_not_stop_the_others() {
        for wrong in [vec![], vec![3], vec![0, 99], vec![5, 6, 50], (0..100).collect()] {
            let try_out = |some: &[u32]| match some.iter().find(|one| wrong.contains(one)) {
                Some(one) => Err(format!("{one} is wrong")),
                None => Ok(some.len()),
            };
            let (right, result, found) = largest_correct_subset((0..100_u32).collect(), 1000, try_out);
            let expected: Vec<u32> = (0..100).filter(|one| !wrong.contains(one)).collect();
            assert_eq!(right, expected);
            assert_eq!(result, (!right.is_empty()).then_some(right.len()));
            let told = |(one, why): &(u32, String)| *why == format!("{one} is wrong") && wrong.contains(one);
            assert!(found.len() == wrong.len() && found.iter().all(told), "{found:?}");
        }
    }

    #[test]
    fn two_items_that_are_wrong_together_are_not_both_taken() {
        let both = |some: &[u32]| {
            if some.contains(&1) && some.contains(&8) { Err("both".to_owned()) } else { Ok(()) }
        };
        let (right, _, wrong) = largest_correct_subset((0..10).collect(), 1000, both);
        assert_eq!((right.len(), wrong), (9, vec![(8, "both".to_owned())]));
    }

    #[test]
    fn after_the_maximum_number_of_tries_the_rest_is_wrong() {
        let mut tried = 0;
        let never = |_: &[u32]| {
            tried += 1;
            Err::<(), _>("no".to_owned())
        };
        let (right, result, wrong) = largest_correct_subset((0..1000).collect(), 64, never);
        assert!(right.is_empty() && result.is_none());
        assert_eq!(wrong.len(), 1000);
        assert!(tried < 64 + 20, "{tried}: only groups that were open already are tried once more");
    }
}
