//! The command line: what was typed, and what it means.

mod arguments;
mod changed;
mod checking;
mod explain;
mod failed;
mod fixing;
mod init;
mod internal;
mod nothing;
mod observed;
mod one;
mod outputs;
mod pair;
mod parameters;
mod pictures;
mod progress;
mod redact;
mod statistics;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{CommandFactory as _, Parser as _};

use self::arguments::{Arguments, Command, RulesFormat};
use crate::azure::catalog::Catalog;
use crate::door::write::WriteError;
use crate::escape::{Notation, Shown, visible};

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
    Output(#[source] std::io::Error),
    #[error("cannot write `{path}`")]
    Write {
        path: String,
        #[source]
        source: WriteError,
    },
    #[error("cannot write the baseline `{path}`; what was there is unchanged")]
    WriteBaseline {
        path: String,
        #[source]
        source: WriteError,
    },
    #[error(transparent)]
    Config(#[from] crate::config::Unreadable),
    #[error("the configuration is wrong:\n{0}")]
    Mistakes(String),
    #[error(transparent)]
    Baseline(#[from] crate::rules::baseline::BaselineError),
}

/// What can be typed, as the pages and completions of a release are written from it.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the tool with the arguments of the process.
pub fn run() -> ExitCode {
    internal::watch();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors.
            let is_mistake = error.use_stderr();
            say_mistake(&error);
            if let Some(hint) = parameters::hint(&typed()).filter(|_| is_mistake) {
                say(&hint);
            }
            if is_mistake && let Some(asked) = failed::Asked::of_wrong(&typed(), is_check(&typed())) {
                asked.tell(&first_line(&error.render().to_string()));
            }
            return ExitCode::from(if is_mistake { Outcome::Failed as u8 } else { 0 });
        }
    };
    match dispatch(&arguments) {
        Ok(outcome) => ExitCode::from(outcome as u8),
        Err(failure) => {
            let why = causes_of(&failure);
            say(&format!("error: {why}"));
            if arguments.command.is_none() {
                failed::Asked::of(&arguments.check).tell(&why);
            }
            ExitCode::from(Outcome::Failed as u8)
        }
    }
}

/// A failure with its causes.
fn causes_of(failure: &Failure) -> String {
    let mut text = failure.to_string();
    let mut source = std::error::Error::source(failure);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// What was typed, as far as it is text.
fn typed() -> Vec<String> {
    std::env::args_os().skip(1).filter_map(|argument| argument.into_string().ok()).collect()
}

/// Whether what was typed is for no subcommand.
fn is_check(typed: &[String]) -> bool {
    let command = Arguments::command();
    let is_name = |word: &String| command.get_subcommands().any(|known| known.get_name() == word);
    !typed.first().is_some_and(is_name)
}

/// What clap says is wrong, without the way to help.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Whether only results, warnings and failures are told.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// A line on standard error; nobody listening is no reason to fail. The names in it come from outside.
fn say(text: &str) {
    let is_weighty = text.starts_with("error") || text.starts_with("warning");
    if IS_QUIET.load(Ordering::Relaxed) && !is_weighty {
        return;
    }
    let lines: Vec<String> = text.lines().map(visible).collect();
    let _ = print_error(&Shown::new(lines.join("\n") + "\n", Notation::Text));
}

/// Says what is wrong with the arguments, or what was asked for. What was typed may be a name from outside: then it goes
/// without colours.
fn say_mistake(error: &clap::Error) {
    let is_plain = |text: &str| !text.contains("##") && !text.contains("::") && visible(text) == text;
    if std::env::args_os().all(|argument| argument.to_str().is_some_and(is_plain)) {
        let _ = error.print();
    } else {
        say(error.render().to_string().trim_end());
    }
}

/// Writes to standard error.
fn print_error(text: &Shown) -> std::io::Result<()> {
    std::io::stderr().lock().write_all(redact::redacted(text.text()).as_bytes())
}

/// Writes to standard output.
fn print(text: &Shown) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(redact::redacted(text.text()).as_bytes()).and_then(|()| out.flush()) {
        // Nobody listens any more: what was found still decides the exit code.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Failure::Output),
    }
}

fn plural(count: usize, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {noun}s"),
    }
}

fn dispatch(arguments: &Arguments) -> Result<Outcome, Failure> {
    match &arguments.command {
        None => {
            redact::set(arguments.check.redact);
            IS_QUIET.store(arguments.check.quiet, Ordering::Relaxed);
            checking::run_check(&arguments.check)
        }
        Some(Command::Graph { path, format, boundary, finding }) => {
            pictures::run_graph((path, boundary.as_deref()), *format, finding.as_deref())
        }
        Some(Command::Timeline { path, format, boundary }) => {
            pictures::run_timeline((path, boundary.as_deref()), *format)
        }
        Some(Command::Explain { pair, format, boundary, .. }) if !pair.is_empty() => {
            pair::run(pair, *format, boundary.as_deref())
        }
        Some(Command::Explain { what, template, boundary, .. }) => {
            explain::run(what, template.as_deref(), boundary.as_deref())
        }
        Some(Command::Init { folder }) => init::run(folder),
        Some(Command::Observed { exports, learn, template, format, boundary }) => {
            observed::run(exports, *format, learn.as_deref(), (template.as_deref(), boundary.as_deref()))
        }
        Some(Command::Rules { format }) => run_rules(*format),
        #[cfg(feature = "lsp")]
        Some(Command::Lsp) => Ok(if crate::lsp::serve() { Outcome::Clean } else { Outcome::Findings }),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "bicep-race-lint", &mut script);
            print(&Shown::own(String::from_utf8_lossy(&script)))?;
            Ok(Outcome::Clean)
        }
    }
}

fn run_rules(format: RulesFormat) -> Result<Outcome, Failure> {
    let catalog = Catalog::default();
    match format {
        RulesFormat::Human => print(&Shown::own(crate::rules::pages::table()))?,
        RulesFormat::Json => print(&Shown::own(crate::rules::pages::json(&catalog)))?,
    }
    Ok(Outcome::Clean)
}
