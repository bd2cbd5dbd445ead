//! The check: reads the input, analyses it and writes the reports.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::{CheckArguments, When};
use super::fixing::{self, Fixed, Fixing};
use super::outputs;
use super::progress::Phases;
use super::{Failure, Outcome, changed, failed, nothing, one, parameters, plural, print, say, statistics};
use crate::azure::catalog::Catalog;
use crate::config;
use crate::door::write::Guarded;
use crate::door::{Boundary, read};
use crate::escape::{Notation, Shown};
use crate::level::Level;
use crate::parallel;
use crate::report::scene::Scenes;
use crate::report::{self, Format, Style};
use crate::rules::baseline::{Baseline, Stale};
use crate::rules::finding::{Finding, Report, RuleId};
use crate::rules::named::{Named, nearest_name};
use crate::rules::quieter::{Quiet, Quieter, Quieting};
use crate::rules::{RULES, rule};
use crate::session::configured::{self, ConfigSource};
use crate::session::pictures::scenes as scenes_of;
use crate::session::{Allowed, Configured, LevelOverrides, Roots, Selection, Session};
use crate::small_sort::SmallSort as _;
use crate::workspace::beside::is_parameters;
use crate::workspace::file_system::{Absent, Walked};
use crate::workspace::walk::walk;
use crate::workspace::{bicep_config, file_system};

/// Files that control how other files are read, wherever they are.
const SETTINGS: [&str; 2] = [config::FILE_NAME, bicep_config::NAME];

/// The arguments of a run, with its session.
struct Run<'r> {
    arguments: &'r CheckArguments,
    session: ManuallyDrop<Session>,
    style: Style,
    /// The roots that were excluded before anything was read.
    left_out: Vec<Quieter>,
}

/// The result of a run.
struct Checked {
    report: Report,
    /// The findings of rules that were not selected.
    others: Vec<Finding>,
    scenes: Scenes,
    /// The entries of the baseline that were not found any more.
    stale: Vec<Stale>,
}

pub(super) fn run_check(arguments: &CheckArguments) -> Result<Outcome, Failure> {
    let outputs = outputs::written(&arguments.output)?;
    let (paths, changed) = changed::asked(arguments)?;
    // No progress line while the user types a template.
    let types = reads_input(arguments, paths)? && std::io::stdin().is_terminal();
    let mut phases = Phases::begin("reading", types);
    let Input { mut roots, absent, mut unreadable, ignored, without_template } = input(arguments, paths)?;
    // A run on a few files need not report ignored files.
    let ignored = if changed.is_some() { Vec::new() } else { ignored };
    let boundary = roots.boundary.clone().unwrap_or_default();
    let (guarded, style) = (outputs::guarded(&roots), style(arguments));
    let outputs = outputs::resolved(outputs, &guarded, &roots.base)?;
    if let Some(files) = changed.filter(|_| arguments.show_config.is_none())
        && changed::restrict_to_changes(
            &files,
            arguments,
            (&mut roots, &mut unreadable),
            (&absent, &boundary),
        )
    {
        return Ok(changed::nothing(&files, arguments, outputs, style));
    }
    let configured = configured(configurations(arguments, &roots), &roots.base, (&absent, &boundary))?;
    if let Some(path) = &arguments.show_config {
        let path = file_system::normal(&roots.base.join(path));
        print(&Shown::new(configured.show(&path, &roots.base), Notation::Text))?;
        return Ok(Outcome::Clean);
    }
    let left_out = left_out_of(&mut roots, &ignored, &configured, arguments);
    let selection = selection(arguments, &configured, style.level, &boundary)?;
    let baseline = selection.baseline.clone();
    // The process ends soon; freeing the memory piece by piece would only take time.
    let session = ManuallyDrop::new(Session::configured(Catalog::builtin(), configured, selection));
    let mut run = Run { arguments, session, style, left_out };
    run.session.load(Walked(absent), roots);
    parameters::check_values(&arguments.parameters, &run.session)?;
    let formats = std::iter::once(arguments.format).chain(outputs.iter().map(|output| output.format));
    let has_pictures = formats.into_iter().any(Format::has_pictures) && !arguments.fix && !arguments.diff;
    let mut checked = run.check(&mut phases, has_pictures);
    phases.next("reporting");
    phases.hide();
    unreadable.extend(run.session.unreadable().iter().cloned());
    for (path, why) in &unreadable {
        let path = file_system::shown_from(path, &run.session.roots().base);
        checked.report.errors.push(nothing::unreadable(&path, why));
    }
    failed::say_errors(&checked.report.errors);
    let report = &checked.report;
    let base = &run.session.roots().base;
    match (&arguments.write_baseline, &baseline) {
        (Some(path), None) => {
            let all = Baseline::of(&report.findings, &report.diagnostics, &report.sources);
            write_baseline(&all, path, &guarded)?;
            return Ok(if report.errors.is_empty() { Outcome::Clean } else { Outcome::Failed });
        }
        // Accepted findings stay accepted, with current fingerprints; new ones are reported.
        (Some(path), Some(accepted)) => write_baseline(&renewed(accepted, report, base), path, &guarded)?,
        (None, _) => {}
    }
    let accepted = match (&baseline, &arguments.baseline) {
        (Some(baseline), Some(path)) => follow_baseline(baseline, path, &checked, &run, &guarded)?,
        _ => Vec::new(),
    };
    say_retired(&run.session, &accepted);
    let outcome = if arguments.fix || arguments.diff {
        run.fix(&checked)?
    } else {
        let Checked { report, scenes, .. } = &mut checked;
        failed::write_reports((report, scenes), arguments, outputs, (run.style, true));
        run.outcome(report)
    };
    if arguments.statistics {
        say(&statistics::text(&checked.report, without_template, &phases.times()));
    }
    Ok(outcome)
}

/// Reports the entries of a baseline that were not found any more, and removes them from its file if `--prune-baseline`
/// asks for it. Returns the retired rules that the baseline names.
fn follow_baseline(
    baseline: &Baseline,
    path: &Path,
    checked: &Checked,
    run: &Run<'_>,
    guarded: &Guarded,
) -> Result<Vec<RuleId>, Failure> {
    let (report, base) = (&checked.report, &run.session.roots().base);
    let is_looked_at = is_looked_at(report, base);
    let is_retired = |entry: &&Stale| entry.rule.parse().is_ok_and(|id| rule(id).is_retired);
    let looked_at = checked.stale.iter().filter(|entry| is_looked_at(&entry.path));
    let (retired, gone): (Vec<&Stale>, Vec<&Stale>) = looked_at.partition(is_retired);
    let is_shorter = !gone.is_empty() || !retired.is_empty();
    if run.arguments.prune_baseline && (is_shorter || baseline.is_outdated()) {
        outputs::replace_baseline(&renewed(baseline, report, base), path, guarded)?;
    }
    report_stale(baseline, path, &gone, run.arguments);
    Ok(retired.iter().filter_map(|entry| entry.rule.parse().ok()).collect())
}

/// Whether standard input is read. A fix of standard input prints only the fixed text.
fn reads_input(arguments: &CheckArguments, paths: &[PathBuf]) -> Result<bool, Failure> {
    let is_read = paths.iter().any(|path| path.as_os_str() == "-");
    if is_read && paths.len() > 1 && (arguments.fix || arguments.diff) {
        let why = "`--fix` and `--diff` cannot take standard input (`-`) and files in one run";
        return Err(Failure::Usage(why.to_owned()));
    }
    Ok(is_read)
}

/// Reports each retired rule that is named somewhere, once.
fn say_retired(session: &Session, accepted: &[RuleId]) {
    let asked = session.selection();
    for rule in RULES.iter().filter(|rule| rule.is_retired) {
        let mut named = asked.select.iter().chain(&asked.ignore).filter_map(Named::rule);
        if named.any(|id| id == rule.id)
            || accepted.contains(&rule.id)
            || session.configuration().names(rule.id)
        {
            say(&format!(
                "note: the rule `{}` is retired and reports nothing any more: {}",
                rule.id,
                rule.url()
            ));
        }
    }
}

/// Maximum number of stale entries of a baseline that are listed.
const STALE: usize = 20;

/// Maximum number of rounds of remedies; each round works on the result of the previous one.
const MAX_FIX_ROUNDS: usize = 4;

/// Maximum number of tries to find the files that can be fixed together. After that, the remaining files are not
/// changed.
const MAX_FIX_TRIES: usize = 64;

impl Run<'_> {
    /// Analyses the input and removes results that were not selected.
    fn check(&self, phases: &mut Phases, has_pictures: bool) -> Checked {
        phases.next("analysing");
        let mut check = ManuallyDrop::new(self.session.examine());
        check.settle();
        phases.next("fixing");
        check.remedy();
        phases.next("drawing");
        let mut scenes = Scenes::default();
        if has_pictures {
            let mut shown: Vec<Finding> = check.report.shown(self.style.level).cloned().collect();
            // If not all findings can be drawn, draw the most severe.
            shown.small_sort_by_key(|finding| std::cmp::Reverse(finding.level));
            scenes = scenes_of(&shown, &mut check, &self.session);
        }
        let (mut report, others) = (std::mem::take(&mut check.report), std::mem::take(&mut check.others));
        report.below_top = below_top(&self.session.roots().base);
        report.quieter.extend(self.left_out.iter().cloned().chain(self.not_failing(&report)));
        report.quieter.small_sort();
        let stale = std::mem::take(&mut check.stale);
        Checked { report, others, scenes, stale }
    }

    /// Applies the remedies, or prints their changes, and then reports the remaining findings.
    fn fix(&mut self, checked: &Checked) -> Result<Outcome, Failure> {
        if let Some((path, _)) = self.session.roots().given.first().cloned() {
            return self.fix_given(checked, &path);
        }
        let mut errors = checked.report.errors.clone();
        let given = fixing::given(self.session.roots());
        let proposed = fixing::fixes(&checked.report, self.session.roots(), &given, &Fixing::default());
        let (mut fixing, mut mended) = self.fix_together(checked, proposed);
        // A fix may reveal another finding that can also be fixed.
        for round in 2.. {
            let more = fixing::fixes(&mended, self.session.roots(), &given, &fixing);
            if !more.changes(&fixing) {
                fixing = more;
                break;
            }
            if round > MAX_FIX_ROUNDS {
                say(&format!("note: after {MAX_FIX_ROUNDS} rounds there are more remedies: run it again"));
                break;
            }
            let Ok(after) = self.mended(checked, &more.files) else {
                self.set_texts(&fixing.files, true);
                break;
            };
            (fixing, mended) = (more, after);
        }
        if self.arguments.diff {
            fixing.say_refused();
            print_diff(fixing.diff())?;
            let is_whole = errors.is_empty() && !fixing.has_failed();
            return Ok(if is_whole { self.outcome(&checked.report) } else { Outcome::Failed });
        }
        let (hold, written) = fixing.write();
        fixing.say_refused();
        written.say();
        // A signal that arrived meanwhile ends the run here.
        drop(hold);
        if !written.unchanged.is_empty() || written.is_stopped {
            self.set_texts(&written.unchanged, false);
            mended = self.check_again().report;
        }
        if fixing.has_failed() || written.is_stopped {
            errors.push("not all remedies were written".to_owned());
        }
        mended.errors = errors;
        print(&report::render(&mended, self.arguments.format, self.style))?;
        Ok(self.outcome(&mended))
    }

    /// Prints standard input with its remedies applied, or the diff, without reporting findings. Other files are not
    /// changed.
    fn fix_given(&mut self, checked: &Checked, path: &Path) -> Result<Outcome, Failure> {
        let given = fixing::of_given(&checked.report, self.session.roots(), path);
        let (shown, before, mended) = given.unwrap_or_default();
        let after = match mended {
            Some(text) => {
                self.session.change(path, text.clone());
                let after = self.check_again();
                let verdict =
                    Fixing::verify((&checked.report, &checked.others), (&after.report, &after.others));
                match verdict {
                    Ok(()) => Some((text, after.report)),
                    Err(why) => {
                        say(&format!("note: standard input is not changed: {why}"));
                        None
                    }
                }
            }
            None => None,
        };
        let (text, left) = after.unwrap_or_else(|| (before.clone(), self.check_again().report));
        if self.arguments.diff {
            print_diff(if text == before {
                String::new()
            } else {
                fixing::difference(&shown, &before, &text)
            })?;
            return Ok(self.outcome(&checked.report));
        }
        print_diff(text)?;
        let mut left = left;
        left.errors.extend(checked.report.errors.iter().cloned());
        Ok(self.outcome(&left))
    }

    /// The files whose remedies are correct together, and the report on them. A file that cannot be fixed does not keep
    /// the others from being fixed.
    fn fix_together(&mut self, before: &Checked, proposed: Fixing) -> (Fixing, Report) {
        let Fixing { files: all, refused } = proposed;
        let (files, report, wrong) = fixing::largest_correct_subset(all.clone(), MAX_FIX_TRIES, |files| {
            self.set_texts(&all, false);
            self.mended(before, files)
        });
        let mut fixing = Fixing { files, refused };
        for (file, why) in &wrong {
            fixing.refuse(file, why);
        }
        self.set_texts(&all, false);
        self.set_texts(&fixing.files, true);
        let report = report.unwrap_or_else(|| self.check_again().report);
        (fixing, report)
    }

    /// The report on the files with their remedies applied, if they are correct.
    fn mended(&mut self, before: &Checked, files: &[Fixed]) -> Result<Report, String> {
        self.set_texts(files, true);
        let after = self.check_again();
        Fixing::verify((&before.report, &before.others), (&after.report, &after.others))?;
        Ok(after.report)
    }

    /// Sets the texts of files: with the remedies, or as before.
    fn set_texts(&mut self, files: &[Fixed], is_mended: bool) {
        for (path, text) in files.iter().flat_map(|file| file.texts(is_mended)) {
            self.session.change(path, text);
        }
    }

    /// Checks again after a change.
    fn check_again(&mut self) -> Checked {
        self.session.refresh();
        self.check(&mut Phases::begin("reading", true), false)
    }

    /// The results that do not fail the run because a configuration says so.
    fn not_failing(&self, report: &Report) -> Vec<Quieter> {
        let mut quiet = Quiet::default();
        let bar = match self.session.configuration().fail_on_from() {
            Some((configured::FailOn::Level(level), by)) => Some((level > Level::Warning, by)),
            Some((configured::FailOn::Never, by)) => Some((true, by)),
            None => None,
        };
        let Some((true, by)) = bar.filter(|_| self.arguments.fail_on.is_none()) else { return Vec::new() };
        let is_never = self.session.configuration().fail_on() == Some(configured::FailOn::Never);
        let findings = report.shown(Level::Warning).map(|finding| finding.level);
        let diagnostics = report.shown_diagnostics(Level::Warning).map(|diagnostic| diagnostic.level);
        for _ in findings.chain(diagnostics).filter(|level| is_never || *level == Level::Warning) {
            quiet.add(Quieting::FailOn, None, by);
        }
        quiet.into_list()
    }

    /// The exit status, by precedence: a failed run, an incomplete one, one with findings.
    fn outcome(&self, report: &Report) -> Outcome {
        if !report.errors.is_empty() {
            return Outcome::Failed;
        }
        let is_looked_at = !report.roots.is_empty() || self.arguments.is_about_changes();
        if self.arguments.strict && !(report.is_complete() && is_looked_at) {
            return Outcome::Incomplete;
        }
        let bar = match (self.arguments.fail_on, self.session.configuration().fail_on()) {
            (Some(bar), _) => bar.level(),
            (None, Some(configured::FailOn::Level(level))) => Some(level),
            (None, Some(configured::FailOn::Never)) => None,
            (None, None) => Some(Level::Warning),
        };
        match (report.highest(), bar) {
            (Some(highest), Some(bar)) if highest >= bar => Outcome::Findings,
            _ => Outcome::Clean,
        }
    }
}

/// The path from the top of the repository to a folder, with slashes; empty at the top or without a repository.
fn below_top(base: &Path) -> String {
    let is_top = |folder: &&Path| std::fs::symlink_metadata(folder.join(".git")).is_ok();
    let below = base.ancestors().find(is_top).and_then(|top| base.strip_prefix(top).ok());
    let parts = below.into_iter().flat_map(Path::components);
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Removes the roots that a configuration excludes, and counts the exclusions by their source.
fn left_out_of(
    roots: &mut Roots,
    ignored: &[PathBuf],
    configured: &Configured,
    arguments: &CheckArguments,
) -> Vec<Quieter> {
    let mut quiet = Quiet::default();
    roots.found.retain(|(path, _)| {
        let by = configured.excluded_by(path);
        if let Some(by) = by {
            quiet.add(Quieting::Excluded, None, by);
        }
        by.is_none()
    });
    for rules in ignored {
        quiet.add(Quieting::Ignored, None, &file_system::shown_from(rules, &roots.base));
    }
    let left_out = quiet.into_list();
    if roots.is_empty() && !arguments.is_about_changes() {
        nothing::report_no_template(arguments, roots, &left_out);
    }
    left_out
}

struct Input {
    roots: Roots,
    /// Settings files that do not exist.
    absent: Arc<Absent>,
    /// Unreadable paths, with reasons.
    unreadable: Vec<(PathBuf, String)>,
    /// For each ignored template, the file that ignores it.
    ignored: Vec<PathBuf>,
    /// Number of JSON parameter files that were found without a known template.
    without_template: usize,
}

/// Resolves the given paths to files to read.
fn input(arguments: &CheckArguments, paths: &[PathBuf]) -> Result<Input, Failure> {
    let base = one::current_folder()?;
    let mut roots = Roots { base: base.clone(), ..Roots::default() };
    let (mut absent, mut unreadable) = (Absent::new(&SETTINGS), Vec::new());
    let mut ignored = Vec::new();
    let here = [PathBuf::from(".")];
    let paths = match parameters::take(arguments, paths, &mut roots)? {
        Some(paths) if paths.is_empty() => here.iter().collect(),
        Some(paths) => paths,
        None => Vec::new(),
    };
    let mut without_template = 0;
    for path in paths {
        let stream = if path.as_os_str() == "-" {
            Some((&arguments.stdin_filename, read::stream(std::io::stdin().lock())))
        } else {
            // The shell may pass a stream as a path. Ex) `<(command)`
            read::is_stream(path).then(|| (path, read::named(path)))
        };
        if let Some((name, read)) = stream {
            let read = read.map_err(|unread| unread.to_string());
            match read.and_then(|bytes| file_system::text(bytes).map_err(|error| error.to_string())) {
                Ok(text) => roots.given.push((base.join(name), text)),
                Err(why) => unreadable.push((path.clone(), why)),
            }
            continue;
        }
        let absolute = file_system::normal(&base.join(path));
        if absolute.is_dir() {
            parallel::use_this_thread();
            let around = [(absolute.as_path(), absolute.as_path())];
            let boundary = Boundary::around(&base, around, arguments.reading.boundary.as_deref());
            let walk = walk(&absolute, &SETTINGS, &boundary);
            for (path, why) in &walk.left_out {
                let path = file_system::shown_from(path, &base);
                say(&format!("warning: `{path}` is not used, so it ignores nothing: {why}"));
            }
            ignored.extend(walk.ignored);
            let (json, mut found): (Vec<PathBuf>, Vec<PathBuf>) = walk
                .found
                .into_iter()
                .map(|file| file_system::normal(&file))
                .partition(|file| is_parameters(file));
            let (json, others) = parameters::roots_of(json, arguments, &boundary);
            without_template += others;
            found.extend(json);
            found.small_sort();
            roots.found.extend(found.into_iter().map(|file| (file, absolute.clone())));
            absent.add(walk.without);
            unreadable.extend(walk.unreadable);
            if arguments.arm {
                let arm = nothing::arm_in(&absolute, &boundary).into_iter();
                roots.found.extend(arm.map(|file| (file_system::normal(&file), absolute.clone())));
            }
        } else {
            nothing::say_other_ending(path);
            roots.named.push(absolute);
        }
    }
    let shown = arguments.show_config.as_ref().map(|path| file_system::normal(&base.join(path)));
    roots.boundary =
        Some(Arc::new(boundary_of(&roots, shown.as_deref(), arguments.reading.boundary.as_deref())?));
    Ok(Input { roots, absent: Arc::new(absent), unreadable, ignored, without_template })
}

/// The boundary for some roots, and for a file that is only asked about. An additional boundary must be a folder.
pub(super) fn boundary_of(
    roots: &Roots,
    file: Option<&Path>,
    widened: Option<&Path>,
) -> Result<Boundary, Failure> {
    match widened {
        Some(folder) if !roots.base.join(folder).is_dir() => {
            Err(Failure::Usage(format!("`--boundary {}`: there is no such folder", folder.display())))
        }
        _ => {
            let asked = file.and_then(Path::parent).map(|folder| (folder, folder));
            Ok(Boundary::around(&roots.base, roots.folders().into_iter().chain(asked), widened))
        }
    }
}

/// Resolves the names in `--select` and `--ignore`.
fn named(names: &[String], catalog: &Catalog) -> Result<Vec<Named>, Failure> {
    let one = |name: &String| {
        Named::of(name, catalog).ok_or_else(|| {
            let hint = match nearest_name(name, catalog) {
                Some(near) => format!("did you mean `{}`?", near.as_str()),
                None => {
                    "`bicep-race-lint rules` lists the rules, `docs/rules/catalog.md` the entries".to_owned()
                }
            };
            Failure::Usage(format!("there is no rule or entry `{name}`; {hint}"))
        })
    };
    names.iter().map(one).collect()
}

/// The source of configurations, and the paths that need one.
pub(super) fn configurations<'a>(
    arguments: &'a CheckArguments,
    roots: &Roots,
) -> (ConfigSource<'a>, Vec<PathBuf>) {
    let given = roots.given.iter().map(|(path, _)| path);
    let found = roots.found.iter().map(|(path, _)| path);
    let shown = arguments.show_config.iter().map(|path| file_system::normal(&roots.base.join(path)));
    (arguments.reading.from(), given.chain(&roots.named).chain(found).cloned().chain(shown).collect())
}

/// Loads the configurations for some paths; an error if one has a mistake.
pub(super) fn configured(
    (from, paths): (ConfigSource<'_>, Vec<PathBuf>),
    base: &Path,
    scope: (&Absent, &Boundary),
) -> Result<Configured, Failure> {
    let configured = Configured::load(&from, &paths, base, scope)?;
    if configured.mistakes.is_empty() {
        Ok(configured)
    } else {
        Err(Failure::Mistakes(configured.mistakes.join("\n")))
    }
}

/// A patch is printed unchanged to a file or a pipe. A terminal, or a build pipeline, could take parts of a template
/// for commands.
fn print_diff(diff: String) -> Result<(), Failure> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let in_pipeline = ["CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"].into_iter().any(is_set);
    if !in_pipeline && !std::io::stdout().is_terminal() {
        return print(&Shown::raw_for_a_program(diff));
    }
    let harmless = Shown::new(diff.clone(), Notation::Text);
    if harmless.text() != diff {
        say(
            "note: the diff cannot be applied, because text that a pipeline would run as commands was changed in it",
        );
    }
    print(&harmless)
}

/// The selected findings.
fn selection(
    arguments: &CheckArguments,
    configured: &Configured,
    level: Level,
    boundary: &Boundary,
) -> Result<Selection, Failure> {
    let catalog = Catalog::builtin().and(configured.entries());
    let (select, ignore) = (named(&arguments.select, &catalog)?, named(&arguments.ignore, &catalog)?);
    let is_mended = arguments.fix || arguments.diff;
    let baseline = arguments.baseline.as_deref().map(|path| Baseline::read(path, boundary));
    let baseline_path = arguments.baseline.as_deref().map(file_system::shown).unwrap_or_default();
    let allowed = Allowed::new(arguments.allow_unread.iter().map(String::as_str))
        .map_err(|(glob, why)| Failure::Usage(format!("`--allow-unread {glob}`: it is not a glob: {why}")));
    // A fix compares all findings, and a baseline contains those of any level.
    let only_counts_below = !is_mended && baseline.is_none() && arguments.write_baseline.is_none();
    Ok(Selection {
        level,
        only_counts_below,
        select,
        ignore,
        baseline: baseline.transpose()?,
        baseline_path,
        tuning: LevelOverrides { profile: arguments.reading.profile, confidence: arguments.confidence },
        allowed: allowed?,
        // A fix, a pruned baseline or a written baseline needs all findings.
        is_whole: is_mended || arguments.prune_baseline || arguments.write_baseline.is_some(),
    })
}

/// Whether this run can decide about a path: it has read it, or the path does not exist any more.
fn is_looked_at<'r>(report: &'r Report, base: &'r Path) -> impl Fn(&str) -> bool + 'r {
    let files = report.sources.iter().map(|(_, file)| file.path.as_str());
    let read: BTreeSet<&str> = report.roots.iter().map(String::as_str).chain(files).collect();
    move |path| read.contains(path) || !base.join(path).exists()
}

/// The accepted results that still exist, with current fingerprints.
fn renewed(baseline: &Baseline, report: &Report, base: &Path) -> Baseline {
    let is_looked_at = is_looked_at(report, base);
    baseline.renewed(&report.findings, &report.diagnostics, &report.sources, is_looked_at)
}

fn write_baseline(baseline: &Baseline, path: &Path, guarded: &Guarded) -> Result<(), Failure> {
    outputs::replace_baseline(baseline, path, guarded)?;
    let (findings, diagnostics) = baseline.counts();
    let told = match diagnostics {
        0 => String::new(),
        some => format!(" and {}", plural(some, "diagnostic")),
    };
    say(&format!("wrote {}{told} to {}", plural(findings, "finding"), path.display()));
    Ok(())
}

/// Reports accepted entries that were not found any more.
fn report_stale(baseline: &Baseline, path: &Path, stale: &[&Stale], arguments: &CheckArguments) {
    let (count, shown) = (stale.len(), path.display());
    match (count, arguments.prune_baseline, &arguments.write_baseline) {
        (0, ..) => {}
        (_, true, _) => say(&format!("removed {} from {shown}", plural(count, "stale entry"))),
        (_, _, Some(new)) => {
            let entries = plural(count, "entry");
            say(&format!("note: {entries} in {shown} no longer found, and left out of {}", new.display()));
        }
        (_, _, None) => {
            let entries = plural(count, "entry");
            say(&format!("note: {entries} in {shown} no longer found; `--prune-baseline` removes them"));
        }
    }
    for entry in stale.iter().take(STALE) {
        say(&format!("  no longer found: {}: {}: {}", entry.path, entry.rule, entry.message));
    }
    if count > STALE {
        say(&format!("  and {} more", count - STALE));
    }
    if baseline.is_outdated() && !arguments.prune_baseline && arguments.write_baseline.is_none() {
        say(&format!(
            "note: {shown} is of version 1, which the next release does not read; \
             `--baseline {shown} --write-baseline {shown}` updates it"
        ));
    }
}

pub(super) fn style(arguments: &CheckArguments) -> Style {
    let is_terminal = std::io::stdout().is_terminal();
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_number = |name: &str, wanted: bool| {
        std::env::var_os(name).is_some_and(|value| !value.is_empty() && (value != "0") == wanted)
    };
    let color = match arguments.color {
        When::Always => true,
        When::Never => false,
        When::Auto if set("NO_COLOR") => false,
        When::Auto if set("FORCE_COLOR") => true,
        // See <https://bixense.com/clicolors>: the values are numbers.
        When::Auto if is_number("CLICOLOR_FORCE", true) => true,
        When::Auto => is_terminal && !is_number("CLICOLOR", false),
    };
    let width = terminal_width();
    let unicode = !is_terminal || supports_unicode::on(supports_unicode::Stream::Stdout);
    Style { color, unicode, width, is_terminal, level: arguments.level.level() }
}

/// The width of the terminal; 100 without a terminal.
pub(super) fn terminal_width() -> usize {
    columns().unwrap_or(100)
}

/// The width of the terminal, or the value of `COLUMNS`.
pub(super) fn columns() -> Option<usize> {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    asked.or_else(|| std::io::stdout().is_terminal().then(textwrap::termwidth))
}
