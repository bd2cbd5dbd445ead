//! The command line: what was typed, and what it means.

use std::io::{IsTerminal, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::azure::catalog::Catalog;
use crate::azure::explain::causes;
use crate::check::{self, Checked, Request};
use crate::deployment::{Graph, symbolic_mode};
use crate::level::Level;
use crate::report::{self, Format, Style};
use crate::rules::baseline::Baseline;
use crate::rules::{RULES, rule};
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

/// A line on standard error; nobody listening is no reason to fail.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

fn dispatch(arguments: &Arguments) -> Result<Outcome, Failure> {
    match &arguments.command {
        None => run_check(&arguments.check),
        Some(Command::Graph { path, format }) => run_graph(path, *format),
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

fn run_check(arguments: &CheckArguments) -> Result<Outcome, Failure> {
    known_rules(&arguments.select)?;
    known_rules(&arguments.ignore)?;
    let outputs = outputs(&arguments.output)?;
    let start = std::time::Instant::now();
    let (request, mut unreadable) = request(arguments)?;
    let catalog = Catalog::default();
    let Checked { mut report, unreadable: failed } = check::check(&request, Box::new(Disk), &catalog);
    unreadable.extend(failed);
    select(&mut report, arguments);
    if let Some(path) = &arguments.write_baseline {
        Baseline::of(&report.findings).write(path)?;
        say(&format!("wrote {} to {}", plural(report.findings.len(), "finding"), path.display()));
        return Ok(Outcome::Clean);
    }
    if let Some(path) = &arguments.baseline {
        accept(&mut report, path, arguments.prune_baseline)?;
    }
    for (path, why) in &unreadable {
        say(&format!("error: cannot read `{}`: {why}", file_system::shown(path)));
    }
    let style = style(arguments);
    print(&report::render(&report, arguments.format, style))?;
    let in_actions = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    if in_actions && !arguments.no_annotations && matches!(arguments.format, Format::Human | Format::Concise)
    {
        print(&report::render(&report, Format::Github, style))?;
    }
    for (format, path) in outputs {
        let plain = Style { color: false, ..style };
        std::fs::write(&path, report::render(&report, format, plain))
            .map_err(|source| Failure::Write { path: path.display().to_string(), source })?;
    }
    if arguments.statistics {
        let files = report.sources.iter().count();
        let bytes: usize = report.sources.iter().map(|(_, file)| file.text.len()).sum();
        say(&format!(
            "{} ({bytes} bytes) in {:.1} ms",
            plural(files, "file"),
            start.elapsed().as_secs_f64() * 1e3
        ));
    }
    Ok(outcome(&report, arguments, !unreadable.is_empty()))
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Leaves the rules that are asked for.
fn select(report: &mut crate::rules::finding::Report, arguments: &CheckArguments) {
    let wanted = |rule: &str| {
        (arguments.select.is_empty() || arguments.select.iter().any(|name| name == rule))
            && !arguments.ignore.iter().any(|name| name == rule)
    };
    report.findings.retain(|finding| wanted(finding.rule));
    report.diagnostics.retain(|diagnostic| diagnostic.rule == "syntax" || wanted(diagnostic.rule));
}

fn accept(report: &mut crate::rules::finding::Report, path: &Path, prune: bool) -> Result<(), Failure> {
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
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = columns.unwrap_or_else(|| if is_terminal { textwrap::termwidth() } else { 100 });
    let unicode = !is_terminal || supports_unicode::on(supports_unicode::Stream::Stdout);
    Style { color, unicode, width, level: arguments.level.level() }
}

fn outcome(report: &crate::rules::finding::Report, arguments: &CheckArguments, has_failed: bool) -> Outcome {
    if has_failed {
        return Outcome::Failed;
    }
    let coverage = report.coverage;
    if arguments.strict
        && (coverage.unresolved_modules > 0 || coverage.syntax_errors > 0 || coverage.limits > 0)
    {
        return Outcome::Incomplete;
    }
    let bar = arguments.fail_on.unwrap_or(FailOn::Warning).level();
    match (report.highest(), bar) {
        (Some(highest), Some(bar)) if highest >= bar => Outcome::Findings,
        _ => Outcome::Clean,
    }
}

fn run_graph(path: &Path, format: GraphFormat) -> Result<Outcome, Failure> {
    let base = std::env::current_dir()
        .map_err(|error| Failure::Usage(format!("there is no current folder: {error}")))?;
    let request = Request { named: vec![file_system::normal(&base.join(path))], base, ..Request::default() };
    let workspace = check::load(&request, Box::new(Disk));
    if let Some((path, why)) = workspace.unreadable.first() {
        return Err(Failure::Usage(format!("cannot read `{}`: {why}", file_system::shown(path))));
    }
    let Some(id) = workspace.roots.first().and_then(|(_, id)| *id) else { return Ok(Outcome::Failed) };
    let id = workspace.using(id).unwrap_or(id);
    let template = workspace.template(id);
    let secure = template.node_ids().any(|node| {
        workspace.callee(id, node).is_some_and(|callee| workspace.template(callee).has_secure_output)
    });
    let flags = crate::deployment::mode::SYMBOLIC_FLAGS;
    let flagged = workspace.features(id).iter().any(|feature| flags.contains(&feature.as_str()));
    let graph = Graph::of(template, symbolic_mode(template, secure, flagged));
    let mut text = match format {
        GraphFormat::Json => {
            report::graph::json(template, &graph).map_err(|error| Failure::Usage(error.to_string()))?
        }
        GraphFormat::Mermaid => report::graph::mermaid(template, &graph),
        GraphFormat::Dot => report::graph::dot(template, &graph),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    print(&text)?;
    Ok(Outcome::Clean)
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
