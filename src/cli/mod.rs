//! The command line: what was typed, and what it means.

mod configured;
mod fixing;
mod pictures;
mod progress;
mod statistics;

use std::io::{IsTerminal, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use self::configured::{Configured, From};
use self::progress::Phases;
use crate::azure::catalog::Catalog;
use crate::azure::explain::causes;
use crate::check::{self, Request};
use crate::fix::remedies;
use crate::level::Level;
use crate::report::scene::Scenes;
use crate::report::{self, Format, Style};
use crate::rules::baseline::Baseline;
use crate::rules::changed::Changed;
use crate::rules::finding::{Finding, Report};
use crate::rules::{RULES, rule};
use crate::timeline::escape::{Notation, defused, visible};
use crate::workspace::walk::walk;
use crate::workspace::{Disk, file_system};

/// Finds races in Azure deployments: resources that may write one shared object at the same time.
#[derive(Debug, Parser)]
#[command(
    name = "bicep-race-lint",
    version,
    about,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    check: CheckArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the deployment graph that the analysis used
    Graph {
        /// A `.bicep` file or an ARM template
        path: PathBuf,
        /// The format
        #[arg(long, value_enum, default_value_t = GraphFormat::Json)]
        format: GraphFormat,
        /// Only the surroundings of one finding
        #[arg(long, value_name = "FINGERPRINT")]
        finding: Option<String>,
    },
    /// Show the predicted schedule, as it is and after the remedy
    Timeline {
        /// A `.bicep` or `.bicepparam` file, or an ARM template
        path: PathBuf,
        /// The format
        #[arg(long, value_enum, default_value_t = TimelineFormat::Text)]
        format: TimelineFormat,
    },
    /// Show a rule's page, or the rules that an error message of Azure points to
    Explain {
        /// A rule's name, an error code, or a pasted failure
        #[arg(required = true, num_args = 1..)]
        what: Vec<String>,
    },
    /// List all rules with level, fixability and what they mean
    Rules {
        /// The format
        #[arg(long, value_enum, default_value_t = RulesFormat::Human)]
        format: RulesFormat,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    Json,
    Mermaid,
    Dot,
    Svg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TimelineFormat {
    Text,
    Json,
    Mermaid,
    Svg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RulesFormat {
    Human,
    Json,
}

#[derive(Debug, clap::Args)]
struct CheckArguments {
    /// Files and folders to check; `-` is standard input [default: the current folder]
    paths: Vec<PathBuf>,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Human, help_heading = "Output")]
    format: Format,
    /// Also write a format to a file; may be given several times
    #[arg(long, value_name = "FORMAT=PATH", help_heading = "Output")]
    output: Vec<String>,
    /// Show findings at or above this level
    #[arg(long, value_enum, default_value_t = LevelName::Warning, help_heading = "Findings")]
    level: LevelName,
    /// Exit with 1 at or above this level
    #[arg(long, value_enum, help_heading = "Findings")]
    fail_on: Option<FailOn>,
    /// Only these rules
    #[arg(long, value_delimiter = ',', value_name = "RULE", help_heading = "Findings")]
    select: Vec<String>,
    /// All rules but these
    #[arg(long, value_delimiter = ',', value_name = "RULE", help_heading = "Findings")]
    ignore: Vec<String>,
    /// Accept the findings that are listed in this file
    #[arg(long, value_name = "FILE", help_heading = "Findings")]
    baseline: Option<PathBuf>,
    /// Write the findings to a file, to accept them
    #[arg(long, value_name = "FILE", help_heading = "Findings")]
    write_baseline: Option<PathBuf>,
    /// Take what is no longer found out of the baseline
    #[arg(long, requires = "baseline", help_heading = "Findings")]
    prune_baseline: bool,
    /// Apply remedies in place
    #[arg(long, help_heading = "Remedies")]
    fix: bool,
    /// Print remedies as a unified diff and change nothing
    #[arg(long, conflicts_with = "fix", help_heading = "Remedies")]
    diff: bool,
    /// Only what these files touch: roots that reach one of them, and findings about them
    #[arg(long, num_args = 1.., value_name = "FILE", help_heading = "Findings")]
    changed: Vec<PathBuf>,
    /// Show which configuration applies to a path, and from where
    #[arg(long, value_name = "PATH", help_heading = "Configuration")]
    show_config: Option<PathBuf>,
    /// The configuration [default: the nearest bicep-race-lint.toml above each root]
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    config: Option<PathBuf>,
    /// Use no configuration
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    no_config: bool,
    /// Where standard input would lie
    #[arg(long, value_name = "PATH", default_value = "stdin.bicep", help_heading = "Configuration")]
    stdin_filename: PathBuf,
    /// Exit with 3 when part of the input was not understood
    #[arg(long, help_heading = "Findings")]
    strict: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = When::Auto, help_heading = "Output")]
    color: When,
    /// Print counts and times at the end
    #[arg(long, help_heading = "Output")]
    statistics: bool,
    /// Do not add GitHub annotations when `GITHUB_ACTIONS` is set
    #[arg(long, help_heading = "Output")]
    no_annotations: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LevelName {
    Note,
    Warning,
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Note,
    Warning,
    Error,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

impl LevelName {
    const fn level(self) -> Level {
        match self {
            Self::Note => Level::Note,
            Self::Warning => Level::Warning,
            Self::Error => Level::Error,
        }
    }
}

impl FailOn {
    const fn level(self) -> Option<Level> {
        match self {
            Self::Note => Some(Level::Note),
            Self::Warning => Some(Level::Warning),
            Self::Error => Some(Level::Error),
            Self::Never => None,
        }
    }
}

/// What a run ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Clean = 0,
    Findings = 1,
    Failed = 2,
    Incomplete = 3,
}

/// What keeps a run from its work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("cannot write to standard output")]
    Output(#[from] std::io::Error),
    #[error("cannot write `{path}`")]
    Write {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Config(#[from] crate::config::Unreadable),
    #[error("the configuration is wrong:\n{0}")]
    Mistakes(String),
    #[error(transparent)]
    Fix(#[from] crate::fix::apply::FixError),
    #[error(transparent)]
    Baseline(#[from] crate::rules::baseline::BaselineError),
}

/// Runs the tool with the arguments of the process.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match dispatch(&arguments) {
        Ok(outcome) => ExitCode::from(outcome as u8),
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            let mut causes = String::new();
            let mut source = std::error::Error::source(&failure);
            while let Some(cause) = source {
                causes.push_str(&format!(": {cause}"));
                source = cause.source();
            }
            say(&format!("error: {failure}{causes}"));
            ExitCode::from(Outcome::Failed as u8)
        }
    }
}

/// A line on standard error; nobody listening is no reason to fail. The names in it come from outside.
fn say(text: &str) {
    let lines: Vec<String> = text.lines().map(visible).collect();
    let _ = writeln!(std::io::stderr().lock(), "{}", defused(lines.join("\n"), Notation::Text));
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

fn dispatch(arguments: &Arguments) -> Result<Outcome, Failure> {
    match &arguments.command {
        None => run_check(&arguments.check),
        Some(Command::Graph { path, format, finding }) => {
            pictures::run_graph(path, *format, finding.as_deref())
        }
        Some(Command::Timeline { path, format }) => pictures::run_timeline(path, *format),
        Some(Command::Explain { what }) => run_explain(&what.join(" ")),
        Some(Command::Rules { format }) => run_rules(*format),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "bicep-race-lint", &mut script);
            print(&String::from_utf8_lossy(&script))?;
            Ok(Outcome::Clean)
        }
    }
}

/// The paths that were given, as files to read, and what could not be read.
fn request(arguments: &CheckArguments) -> Result<(Request, Vec<(PathBuf, String)>), Failure> {
    let base = std::env::current_dir()
        .map_err(|error| Failure::Usage(format!("there is no current folder: {error}")))?;
    let mut request = Request { base: base.clone(), ..Request::default() };
    let mut unreadable = Vec::new();
    let here = [PathBuf::from(".")];
    let paths = if arguments.paths.is_empty() { &here[..] } else { &arguments.paths };
    for path in paths {
        if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            let limit = file_system::LARGEST;
            let read = std::io::stdin().lock().take(limit).read_to_end(&mut bytes);
            let text = read
                .map_err(|error| error.to_string())
                .and_then(|_| file_system::text(bytes).map_err(|error| error.to_string()));
            match text {
                Ok(text) => request.given.push((base.join(&arguments.stdin_filename), text)),
                Err(why) => unreadable.push((path.clone(), why)),
            }
            continue;
        }
        let absolute = file_system::normal(&base.join(path));
        if absolute.is_dir() {
            let (found, failed) = walk(&absolute);
            request
                .found
                .extend(found.into_iter().map(|file| (file_system::normal(&file), absolute.clone())));
            unreadable.extend(failed);
        } else {
            request.named.push(absolute);
        }
    }
    Ok((request, unreadable))
}

fn known_rules(names: &[String]) -> Result<(), Failure> {
    for name in names {
        if rule(name).is_none() {
            let near = crate::rules::nearest::nearest(name, RULES.iter().map(|rule| rule.id));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(Failure::Usage(format!("there is no rule `{name}`{near}")));
        }
    }
    Ok(())
}

/// The configurations of a request's roots.
fn configured(arguments: &CheckArguments, request: &Request) -> Result<Configured, Failure> {
    let from = match &arguments.config {
        _ if arguments.no_config => From::Nothing,
        Some(path) => From::File(path),
        None => From::Nearest,
    };
    let given = request.given.iter().map(|(path, _)| path);
    let found = request.found.iter().map(|(path, _)| path);
    let shown = arguments.show_config.iter().map(|path| file_system::normal(&request.base.join(path)));
    let roots: Vec<PathBuf> = given.chain(&request.named).chain(found).cloned().chain(shown).collect();
    let configured = Configured::load(&from, &roots, &request.base)?;
    if configured.mistakes.is_empty() {
        Ok(configured)
    } else {
        Err(Failure::Mistakes(configured.mistakes.join("\n")))
    }
}

fn run_check(arguments: &CheckArguments) -> Result<Outcome, Failure> {
    known_rules(&arguments.select)?;
    known_rules(&arguments.ignore)?;
    let outputs = outputs(&arguments.output)?;
    // Who types a template is not to be written over.
    let types = arguments.paths.iter().any(|path| path.as_os_str() == "-") && std::io::stdin().is_terminal();
    let mut phases = Phases::begin("reading", types);
    let (mut request, mut unreadable) = request(arguments)?;
    let configured = configured(arguments, &request)?;
    if let Some(path) = &arguments.show_config {
        let path = file_system::normal(&request.base.join(path));
        print(&configured.show(&path, &request.base))?;
        return Ok(Outcome::Clean);
    }
    request.modules = configured.modules();
    request.found.retain(|(path, _)| !configured.of(path).is_some_and(|config| config.excludes(path)));
    let catalog = configured.catalog();
    let workspace = check::load(&request, Box::new(Disk));
    let mut roots = check::roots(&request, &workspace);
    let resolve = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let absolute: Vec<PathBuf> =
        arguments.changed.iter().map(|path| file_system::normal(&request.base.join(path))).collect();
    let changed = Changed::new(absolute.iter().map(PathBuf::as_path), resolve);
    if !arguments.changed.is_empty() {
        roots.retain(|&root| {
            let reached: Vec<PathBuf> = check::reached(&workspace, root).into_iter().map(resolve).collect();
            changed.touches(reached.iter().map(PathBuf::as_path))
        });
    }
    phases.next("analysing");
    let (mut report, mut analysis) = check::examine(&workspace, &catalog, &roots);
    configured.level(&mut report, &workspace.sources, &request.base);
    unreadable.extend(workspace.unreadable.clone());
    if !arguments.changed.is_empty() {
        let path_of = |path: &str| resolve(&request.base.join(path));
        report.findings.retain(|finding| changed.involves(finding, &workspace.sources, path_of));
    }
    select(&mut report, arguments);
    if let Some(path) = &arguments.write_baseline {
        phases.hide();
        Baseline::of(&report.findings).write(path)?;
        say(&format!("wrote {} to {}", plural(report.findings.len(), "finding"), path.display()));
        say_unreadable(&unreadable, &request.base);
        return Ok(if unreadable.is_empty() { Outcome::Clean } else { Outcome::Failed });
    }
    if let Some(path) = &arguments.baseline {
        phases.hide();
        accept(&mut report, path, arguments.prune_baseline)?;
    }
    let style = style(arguments);
    remedies(&mut analysis, &mut report.findings, style.level);
    let mut scenes = Scenes::default();
    phases.next("drawing");
    if std::iter::once(arguments.format)
        .chain(outputs.iter().map(|(format, _)| *format))
        .any(Format::has_pictures)
    {
        let mut shown: Vec<Finding> = report.shown(style.level).cloned().collect();
        // Where not all can be drawn, the weightiest are.
        shown.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        scenes = pictures::scenes(&shown, &mut analysis, &roots, &request, (&catalog, &configured));
    }
    drop(analysis);
    report.sources = workspace.sources;
    phases.next("reporting");
    phases.hide();
    say_unreadable(&unreadable, &request.base);
    let has_failed = !unreadable.is_empty();
    if arguments.fix || arguments.diff {
        if arguments.statistics {
            say(&statistics::text(&report, &phases.times()));
        }
        return fix(&report, arguments, &request, &catalog, style, has_failed);
    }
    write_reports(&report, &scenes, arguments, outputs, style)?;
    if arguments.statistics {
        say(&statistics::text(&report, &phases.times()));
    }
    Ok(outcome(&report, arguments, configured.fail_on(), has_failed))
}

fn say_unreadable(unreadable: &[(PathBuf, String)], base: &Path) {
    for (path, why) in unreadable {
        let path = path.strip_prefix(base).unwrap_or(path);
        say(&format!("error: cannot read `{}`: {why}", file_system::shown(path)));
    }
}

/// Prints the report, with annotations beside it in GitHub Actions, and writes it to the files that are asked for.
fn write_reports(
    report: &Report,
    scenes: &Scenes,
    arguments: &CheckArguments,
    outputs: Vec<(Format, PathBuf)>,
    style: Style,
) -> Result<(), Failure> {
    print(&report::render_with(report, scenes, arguments.format, style))?;
    let in_actions = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    if in_actions && !arguments.no_annotations && matches!(arguments.format, Format::Human | Format::Concise)
    {
        print(&report::render_with(report, scenes, Format::Github, style))?;
    }
    for (format, path) in outputs {
        // A file is read elsewhere, whatever this terminal shows.
        let plain = Style { color: false, unicode: true, ..style };
        std::fs::write(&path, report::render_with(report, scenes, format, plain))
            .map_err(|source| Failure::Write { path: path.display().to_string(), source })?;
    }
    Ok(())
}

/// Applies the remedies, or shows what they would change; then what is left is reported.
fn fix(
    report: &Report,
    arguments: &CheckArguments,
    request: &Request,
    catalog: &Catalog,
    style: Style,
    has_failed: bool,
) -> Result<Outcome, Failure> {
    let fixing = fixing::fixes(report, request);
    for refused in &fixing.refused {
        say(&format!("note: {refused}"));
    }
    if let Err(why) = fixing.verify(request, catalog, report) {
        return Err(Failure::Usage(format!("nothing is changed: {why}")));
    }
    if arguments.diff {
        print_diff(&fixing.diff())?;
        return Ok(outcome(report, arguments, None, has_failed));
    }
    fixing.write()?;
    say(&format!("changed {}", plural(fixing.files.len(), "file")));
    let left = check::check(request, Box::new(Disk), catalog).report;
    print(&report::render(&left, arguments.format, style))?;
    Ok(outcome(&left, arguments, None, has_failed))
}

/// A patch is printed as it is, but in a pipeline, which would take some lines of a template for commands.
fn print_diff(diff: &str) -> Result<(), Failure> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let in_pipeline = ["CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"].into_iter().any(is_set);
    if !in_pipeline {
        return print(diff);
    }
    let harmless = defused(diff.to_owned(), Notation::Text);
    if harmless != diff {
        say(
            "note: the diff does not apply as it stands: what a pipeline would take for commands is broken up",
        );
    }
    print(&harmless)
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Leaves the rules that are asked for.
fn select(report: &mut Report, arguments: &CheckArguments) {
    let wanted = |rule: &str| {
        (arguments.select.is_empty() || arguments.select.iter().any(|name| name == rule))
            && !arguments.ignore.iter().any(|name| name == rule)
    };
    report.findings.retain(|finding| wanted(finding.rule));
    report.diagnostics.retain(|diagnostic| diagnostic.rule == "syntax" || wanted(diagnostic.rule));
}

fn accept(report: &mut Report, path: &Path, prune: bool) -> Result<(), Failure> {
    let baseline = Baseline::read(path)?;
    let stale = baseline.apply(&mut report.findings).len();
    if stale > 0 && prune {
        let roots = report.roots.clone();
        baseline.pruned(&report.findings, |root| roots.iter().any(|known| known == root)).write(path)?;
        say(&format!("took {} out of {}", plural(stale, "stale entry"), path.display()));
    } else if stale > 0 {
        say(&format!(
            "note: {} in {} no longer found; `--prune-baseline` takes them out",
            plural(stale, "entry"),
            path.display()
        ));
    }
    Ok(())
}

fn outputs(written: &[String]) -> Result<Vec<(Format, PathBuf)>, Failure> {
    let one = |text: &String| {
        let (format, path) = text
            .split_once('=')
            .ok_or_else(|| Failure::Usage(format!("`--output {text}`: expected FORMAT=PATH")))?;
        let format = Format::from_str(format, true)
            .map_err(|_| Failure::Usage(format!("`--output {text}`: there is no format `{format}`")))?;
        Ok((format, PathBuf::from(path)))
    };
    written.iter().map(one).collect()
}

fn style(arguments: &CheckArguments) -> Style {
    let is_terminal = std::io::stdout().is_terminal();
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let color = match arguments.color {
        When::Always => true,
        When::Never => false,
        When::Auto if set("NO_COLOR") => false,
        When::Auto => set("FORCE_COLOR") || is_terminal,
    };
    let width = terminal_width();
    let unicode = !is_terminal || supports_unicode::on(supports_unicode::Stream::Stdout);
    Style { color, unicode, width, level: arguments.level.level() }
}

fn outcome(
    report: &Report,
    arguments: &CheckArguments,
    configured: Option<configured::FailOn>,
    has_failed: bool,
) -> Outcome {
    if has_failed {
        return Outcome::Failed;
    }
    let coverage = report.coverage;
    if arguments.strict
        && (coverage.unresolved_modules > 0 || coverage.syntax_errors > 0 || coverage.limits > 0)
    {
        return Outcome::Incomplete;
    }
    let bar = match (arguments.fail_on, configured) {
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

fn terminal_width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.unwrap_or_else(|| if std::io::stdout().is_terminal() { textwrap::termwidth() } else { 100 })
}

fn run_explain(what: &str) -> Result<Outcome, Failure> {
    let catalog = Catalog::default();
    if let Some(rule) = rule(what) {
        print(&format!("{}\n", rule.page()))?;
        return Ok(Outcome::Clean);
    }
    if let Some(entry) = catalog.entry(what) {
        print(&crate::rules::pages::entry_text(entry))?;
        return Ok(Outcome::Clean);
    }
    let found = causes(&catalog, what);
    if found.is_empty() {
        return Err(Failure::Usage(format!(
            "`{what}` is no rule, no entry of the catalogue, and no error that is known"
        )));
    }
    let mut text = String::from("This failure may come from:\n\n");
    for cause in found.iter().take(8) {
        text.push_str(&crate::rules::pages::cause_text(cause));
    }
    print(&text)?;
    Ok(Outcome::Clean)
}

fn run_rules(format: RulesFormat) -> Result<Outcome, Failure> {
    let catalog = Catalog::default();
    match format {
        RulesFormat::Human => print(&crate::rules::pages::table())?,
        RulesFormat::Json => print(&crate::rules::pages::json(&catalog))?,
    }
    Ok(Outcome::Clean)
}
