//! The command line: parses the arguments and runs the commands.

mod about;
mod arguments;
mod changed;
mod checking;
mod completions;
mod explain;
mod failed;
mod fixing;
mod init;
mod internal;
mod man;
mod nothing;
mod observed;
mod one;
mod outputs;
mod pair;
mod parameters;
mod pictures;
mod progress;
mod redact;
mod slow;
mod statistics;
mod typed;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{CommandFactory as _, FromArgMatches as _};

use self::arguments::{Arguments, Command, PairFormat, RulesFormat};
pub use self::completions::Shell;
pub use self::man::page as manual;
use crate::azure::catalog::Catalog;
use crate::door::write::WriteError;
use crate::escape::{Notation, Shown, visible};
use crate::report::wrap;
use crate::rules::pages::{MEANS, table};

/// The exit status of a run that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Clean = 0,
    Findings = 1,
    Failed = 2,
    Incomplete = 3,
}

/// An error that ends a run.
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

/// The definition of the arguments.
fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the tool with the arguments of the process.
pub fn run() -> ExitCode {
    internal::watch();
    let mut command = Arguments::command();
    let typed = typed::arguments(&mut command);
    let words = words(&typed);
    // Errors in the arguments are redacted too.
    redact::set(words.iter().any(|word| word == "--redact"));
    // The command is built only once: building it with its subcommands takes half the time of a short run.
    let parsed = command.try_get_matches_from_mut(&typed).and_then(|matches| {
        Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    });
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return argument_error(&error, command, &typed, &words),
    };
    IS_QUIET.store(arguments.check.quiet, Ordering::Relaxed);
    match dispatch(&arguments) {
        Ok(outcome) => ExitCode::from(outcome as u8),
        Err(failure) => {
            let why = causes_of(&failure);
            say(&format!("error: {why}"));
            if arguments.command.is_none() {
                failed::RequestedOutputs::of(&arguments.check).tell(&why);
            }
            ExitCode::from(Outcome::Failed as u8)
        }
    }
}

/// Ends a run with invalid arguments, or one that asks for help or the version.
fn argument_error(
    error: &clap::Error,
    mut command: clap::Command,
    typed: &[OsString],
    words: &[String],
) -> ExitCode {
    say_mistake(error);
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    let hint = parameters::hint(words).or_else(|| typed::hint(&mut command, error, typed));
    if let Some(hint) = hint {
        say(&hint);
    }
    if let Some(outputs) = failed::RequestedOutputs::of_wrong(words, is_check(&command, words)) {
        outputs.tell(&first_line(&error.render().to_string()));
    }
    ExitCode::from(Outcome::Failed as u8)
}

/// A failure followed by its causes.
fn causes_of(failure: &Failure) -> String {
    let mut text = failure.to_string();
    let mut source = std::error::Error::source(failure);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// The arguments that are valid text.
fn words(typed: &[OsString]) -> Vec<String> {
    typed.iter().skip(1).filter_map(|argument| argument.to_str()).map(str::to_owned).collect()
}

/// Whether the arguments are for the check and not for a subcommand.
fn is_check(command: &clap::Command, words: &[String]) -> bool {
    words.first().is_none_or(|word| command.find_subcommand(word).is_none())
}

/// The first line of clap's error, without the hint about `--help`.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Whether only results, warnings and failures are printed.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// Prints a line to standard error. A closed stream is not an error. The line may contain names from untrusted input.
fn say(text: &str) {
    let is_weighty = text.starts_with("error") || text.starts_with("warning");
    if IS_QUIET.load(Ordering::Relaxed) && !is_weighty {
        return;
    }
    let lines: Vec<String> = text.lines().map(visible).collect();
    let _ = print_error(&Shown::new(lines.join("\n") + "\n", Notation::Text));
}

/// Prints an argument error, or the requested help. An argument may be an untrusted name; in that case the text is
/// printed without colours.
fn say_mistake(error: &clap::Error) {
    let is_plain = |text: &str| !text.contains("##") && !text.contains("::") && visible(text) == text;
    if !redact::is_asked() && std::env::args_os().all(|argument| argument.to_str().is_some_and(is_plain)) {
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
        // If the reader has gone, the findings still decide the exit code.
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
        None => checking::run_check(&arguments.check),
        Some(Command::Graph { path, format, reading, finding }) => {
            pictures::run_graph(path, reading, *format, finding.as_deref())
        }
        Some(Command::Timeline { paths, compare, format, reading }) => {
            pictures::run_timeline((paths, compare.as_deref()), reading, *format)
        }
        Some(Command::Explain { pair, format, reading, .. }) if !pair.is_empty() => {
            pair::run(pair, *format, reading)
        }
        Some(Command::Explain { format: PairFormat::Json, .. }) => {
            let why = "`--format json` is for `--pair`; `bicep-race-lint rules --format json` lists rules and entries";
            Err(Failure::Usage(why.to_owned()))
        }
        Some(Command::Explain { what, template, reading, .. }) => {
            explain::run(what, template.as_deref(), reading)
        }
        Some(Command::Init { folder }) => init::run(folder),
        Some(Command::Observed { exports, learn, template, format, reading }) => {
            observed::run(exports, *format, learn.as_deref(), template.as_deref(), reading)
        }
        Some(Command::Slow { path, format, reading }) => slow::run(path, *format, reading),
        Some(Command::Rules { format }) => run_rules(*format),
        #[cfg(feature = "lsp")]
        Some(Command::Lsp) if arguments.check.redact => {
            let why = "`lsp` redacts nothing: an editor shows the texts themselves; leave `--redact` out";
            Err(Failure::Usage(why.to_owned()))
        }
        #[cfg(feature = "lsp")]
        Some(Command::Lsp) => Ok(if crate::lsp::serve() { Outcome::Clean } else { Outcome::Findings }),
        Some(Command::Completions { shell, words }) if words.is_empty() => own(shell.script().1.to_owned()),
        Some(Command::Completions { words, .. }) => own(completions::answer(words)),
        Some(Command::Man) => own(man::page()),
    }
}

/// Prints the tool's own text, which needs no escapes.
fn own(text: String) -> Result<Outcome, Failure> {
    print(&Shown::own(text))?;
    Ok(Outcome::Clean)
}

fn run_rules(format: RulesFormat) -> Result<Outcome, Failure> {
    own(match format {
        RulesFormat::Human => {
            let table = table();
            checking::columns().map_or(table.clone(), |width| wrap::lines(&table, width, Some(MEANS)))
        }
        RulesFormat::Json => crate::rules::pages::json(&Catalog::default()),
    })
}
