//! Shell completion. The script of each shell asks the tool itself, so that all shells offer the same words, including
//! the ids of rules, entries, and custom entries in the configuration of the working folder.

use std::fmt::Write as _;

use clap::builder::PossibleValue;
use clap::{Arg, Command, ValueEnum};

use super::arguments::Reading;
use super::one::catalog_here;
use super::typed::{has_long, options_of};
use crate::escape::visible;
use crate::rules::RULES;

/// The shells with a completion script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Elvish,
    Fish,
    Nushell,
    Powershell,
    Zsh,
}

impl Shell {
    /// All shells.
    pub const ALL: [Self; 6] =
        [Self::Bash, Self::Elvish, Self::Fish, Self::Nushell, Self::Powershell, Self::Zsh];

    /// The script, with its file name.
    pub const fn script(self) -> (&'static str, &'static str) {
        match self {
            Self::Bash => ("bicep-race-lint.bash", include_str!("bicep-race-lint.bash")),
            Self::Elvish => ("bicep-race-lint.elv", include_str!("bicep-race-lint.elv")),
            Self::Fish => ("bicep-race-lint.fish", include_str!("bicep-race-lint.fish")),
            Self::Nushell => ("bicep-race-lint.nu", include_str!("bicep-race-lint.nu")),
            Self::Powershell => ("_bicep-race-lint.ps1", include_str!("_bicep-race-lint.ps1")),
            Self::Zsh => ("_bicep-race-lint", include_str!("_bicep-race-lint")),
        }
    }
}

/// An answer that tells the script to complete file names.
const FILES: &str = ":files";

/// A word and its description.
type Candidate = (String, String);

/// The possible replacements of the last word, one per line: the word, a tab, and its description. The last word is
/// passed with a leading dot, because some shells drop an empty argument.
pub(super) fn answer(words: &[String]) -> String {
    let mut command = super::command();
    command.build();
    let (current, before) = words.split_last().map_or(("", words), |(last, before)| (&last[..], before));
    let current = current.strip_prefix('.').unwrap_or(current);
    // Ex) Bash splits `--format=sa` into three words.
    let current = if current == "=" { "" } else { current };
    let (found, wants_files) = found(&command, before, current);
    let mut out = String::new();
    for (word, means) in found.iter().filter(|(word, _)| word.starts_with(current)) {
        let _ = writeln!(out, "{}\t{}", visible(word), visible(means));
    }
    if wants_files {
        let _ = writeln!(out, "{FILES}");
    }
    out
}

/// The state after the previous words.
struct Led<'c> {
    command: &'c Command,
    /// The option whose value comes next.
    waits: Option<&'c Arg>,
    /// The number of positional arguments so far.
    taken: usize,
    /// Whether a `--` ended the options.
    is_rest: bool,
}

/// The candidates after some words, and whether a file name is possible.
fn found(command: &Command, before: &[String], current: &str) -> (Vec<Candidate>, bool) {
    let led = led(command, before);
    if let Some(option) = led.waits {
        return values(option, current, "");
    }
    if current.starts_with('-') && !led.is_rest {
        let attached =
            current.split_once('=').and_then(|(name, value)| Some((option(led.command, name)?, name, value)));
        return match attached {
            Some((option, name, value)) => values(option, value, &format!("{name}=")),
            None => (options(led.command), false),
        };
    }
    let mut found = Vec::new();
    if led.taken == 0 {
        let subcommands = led.command.get_subcommands().filter(|one| !one.is_hide_set());
        found.extend(subcommands.map(|one| (one.get_name().to_owned(), text(one.get_about()))));
    }
    let all: Vec<&Arg> = led.command.get_positionals().filter(|arg| !arg.is_hide_set()).collect();
    let Some(next) = all.get(led.taken).or(all.last()) else { return (found, false) };
    let (own, wants_files) = values(next, current, "");
    found.extend(own);
    (found, wants_files)
}

fn led<'c>(command: &'c Command, before: &[String]) -> Led<'c> {
    let mut led = Led { command, waits: None, taken: 0, is_rest: false };
    let mut left = 0;
    for word in before {
        if led.waits.is_some() {
            // Bash passes the `=` of `--format=sarif` as a word.
            left -= usize::from(word != "=");
            led.waits = led.waits.filter(|_| left > 0);
        } else if led.is_rest || !word.starts_with('-') || word == "-" {
            match led.command.find_subcommand(word).filter(|_| led.taken == 0) {
                Some(subcommand) => led.command = subcommand,
                None => led.taken += 1,
            }
        } else if word == "--" {
            led.is_rest = true;
        } else if !word.contains('=') {
            led.waits = option(led.command, word);
            left = led.waits.and_then(Arg::get_num_args).map_or(0, |values| values.max_values());
            led.waits = led.waits.filter(|_| left > 0);
        }
    }
    led
}

/// The option with this long name, or the last one of joined short options.
fn option<'c>(command: &'c Command, word: &str) -> Option<&'c Arg> {
    let is_meant = |arg: &&Arg| match word.strip_prefix("--") {
        Some(long) => has_long(arg, long),
        None => arg.get_short().is_some() && arg.get_short() == word.chars().next_back(),
    };
    options_of(command).find(is_meant)
}

fn options(command: &Command) -> Vec<Candidate> {
    let shown = options_of(command).filter(|arg| !arg.is_hide_set());
    shown.filter_map(|arg| Some((format!("--{}", arg.get_long()?), text(arg.get_help())))).collect()
}

/// The values of an option, each after the text `before`, and whether a file name is possible.
fn values(option: &Arg, current: &str, before: &str) -> (Vec<Candidate>, bool) {
    let id = option.get_id().as_str();
    if matches!(id, "select" | "ignore" | "what") {
        // Ex) `hub-gateways,vnet-`: complete the last item of a list.
        let list = current.rsplit_once(',').map_or(String::new(), |(list, _)| format!("{list},"));
        let of = |(id, means)| (format!("{before}{list}{id}"), means);
        return (ids().into_iter().map(of).collect(), id == "what");
    }
    let named: Vec<PossibleValue> = option.get_possible_values();
    let shown = named.iter().filter(|value| !value.is_hide_set());
    let found = shown.map(|value| (format!("{before}{}", value.get_name()), text(value.get_help())));
    (found.collect(), named.is_empty())
}

/// All rules and entries with descriptions.
fn ids() -> Vec<Candidate> {
    let mut found: Vec<Candidate> = RULES
        .iter()
        .filter(|rule| !rule.is_retired)
        .map(|rule| (rule.id.to_string(), rule.means.to_owned()))
        .collect();
    let Ok(catalog) = catalog_here(&Reading::default()) else { return found };
    for entry in catalog.entries() {
        if found.iter().all(|(id, _)| *id != *entry.id) {
            found.push((entry.id.to_string(), entry.title.to_string()));
        }
    }
    found
}

fn text(help: Option<&clap::builder::StyledStr>) -> String {
    help.map(ToString::to_string).unwrap_or_default()
}
