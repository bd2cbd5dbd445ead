//! Reorders the arguments for the parser: options before a subcommand are moved after its name, where they have the
//! same meaning.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

/// The arguments of the process in that order. Ex) `-q graph main.bicep` becomes `graph -q main.bicep`
pub(super) fn arguments(command: &mut Command) -> Vec<OsString> {
    let typed: Vec<OsString> = std::env::args_os().collect();
    let begins_with_option = typed.get(1).is_some_and(|first| first.as_encoded_bytes().starts_with(b"-"));
    let mut words = typed.iter().skip(2).filter_map(|word| word.to_str());
    // Most runs name only paths and options of the check, and need no reordering.
    let may_be_behind = begins_with_option && words.any(|word| command.find_subcommand(word).is_some());
    if may_be_behind { ordered(command, typed) } else { typed }
}

fn ordered(command: &mut Command, mut typed: Vec<OsString>) -> Vec<OsString> {
    command.build();
    if let Some(at) = subcommand_behind_options(command, &typed).filter(|&at| at > 1) {
        typed[1..=at].rotate_right(1);
    }
    typed
}

/// The index of a subcommand that has only options before it.
fn subcommand_behind_options(command: &Command, typed: &[OsString]) -> Option<usize> {
    let mut at = 1;
    loop {
        let word = typed.get(at)?.to_str()?;
        if !word.starts_with('-') {
            return command.find_subcommand(word).map(|_| at);
        }
        if word.len() < 2 || word == "--" {
            return None;
        }
        at += 1 + values_behind(command, word)?;
    }
}

/// The number of words after an option that are its values; `None` if that is uncertain.
fn values_behind(command: &Command, word: &str) -> Option<usize> {
    if let Some(long) = word.strip_prefix("--") {
        return if long.contains('=') { Some(0) } else { count(option(command, &|arg| has_long(arg, long))) };
    }
    for (at, letter) in word.char_indices().skip(1) {
        let option = option(command, &|arg| arg.get_short() == Some(letter));
        // Ex) `-fsvg`: the rest of the word is the value.
        match count(option)? {
            0 => {}
            some => return Some(if at + letter.len_utf8() == word.len() { some } else { 0 }),
        }
    }
    Some(0)
}

/// The number of values of an option. An unknown option has none; the parser will reject it.
fn count(option: Option<&Arg>) -> Option<usize> {
    let Some(values) = option.and_then(Arg::get_num_args) else { return Some(0) };
    (values.min_values() == values.max_values()).then_some(values.min_values())
}

/// The first option of the check or of a subcommand that satisfies a test.
fn option<'c>(command: &'c Command, is: &dyn Fn(&Arg) -> bool) -> Option<&'c Arg> {
    let all = std::iter::once(command).chain(command.get_subcommands());
    all.flat_map(options_of).find(|arg| is(arg))
}

pub(super) fn options_of(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !arg.is_positional())
}

/// Whether an option has this long name.
pub(super) fn has_long(arg: &Arg, name: &str) -> bool {
    arg.get_long() == Some(name) || arg.get_all_aliases().is_some_and(|all| all.contains(&name))
}

/// Options of other linters, and the equivalent here.
const ELSEWHERE: [(&str, &str); 11] = [
    ("--exit-zero", "--fail-on never"),
    ("--no-fail", "--fail-on never"),
    ("--min-severity", "--level LEVEL"),
    ("--severity", "--level LEVEL"),
    ("--min-confidence", "--confidence proven"),
    ("--isolated", "--no-config"),
    ("-o", "--output FORMAT=PATH"),
    ("--output-file", "--output FORMAT=PATH"),
    ("--json", "--format json"),
    ("--sarif", "--format sarif"),
    ("--disable", "--ignore ID"),
];

/// A hint for an option of the check that the subcommand does not have, and for more arguments than the subcommand
/// takes.
pub(super) fn hint(command: &mut Command, error: &clap::Error, typed: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = typed.get(1)?.to_str()?;
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    if let Some((_, ours)) = ELSEWHERE.iter().find(|(theirs, _)| theirs == option) {
        return Some(format!("hint: here the equivalent of `{option}` is `{ours}`"));
    }
    if name == "rules" && !option.starts_with('-') {
        return Some(format!("hint: `rules` lists all; `bicep-race-lint explain {option}` shows one"));
    }
    command.build();
    let subcommand = command.find_subcommand(name)?;
    if !option.starts_with('-') {
        // Ex) `graph a.bicep b.bicep`
        let takes = subcommand.get_positionals().next()?.get_id();
        return Some(format!("hint: `{name}` takes a single {takes}; run it once for each"));
    }
    let is_meant = |arg: &Arg| match option.strip_prefix("--") {
        Some(long) => has_long(arg, long),
        None => option.chars().nth(1) == arg.get_short(),
    };
    options_of(command).find(|arg| is_meant(arg))?;
    let own = options_of(subcommand).filter_map(Arg::get_long);
    let own: Vec<String> = own.map(|long| format!("`--{long}`")).collect();
    Some(format!(
        "hint: `{option}` is an option of the check, `bicep-race-lint {option} … PATH`; `{name}` has {}",
        own.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_in_order(typed: &str) -> String {
        let typed = std::iter::once("tool").chain(typed.split_whitespace()).map(OsString::from).collect();
        let ordered = ordered(&mut super::super::command(), typed);
        let words: Vec<&str> = ordered.iter().skip(1).filter_map(|word| word.to_str()).collect();
        words.join(" ")
    }

    #[test]
    fn options_move_after_the_subcommand() {
        for (typed, expected) in [
            ("-q graph a.bicep", "graph -q a.bicep"),
            ("--no-config explain x", "explain --no-config x"),
            ("--config c.toml -qf svg graph a.bicep", "graph --config c.toml -qf svg a.bicep"),
            ("-fsvg graph a", "graph -fsvg a"),
            ("--format=svg graph a", "graph --format=svg a"),
            ("--in a.bicep explain -", "explain --in a.bicep -"),
            ("--select x rules", "rules --select x"),
            ("--pair a b c explain", "explain --pair a b c"),
            ("--template-file a observed b", "observed --template-file a b"),
            ("--unknown graph a", "graph --unknown a"),
        ] {
            assert_eq!(put_in_order(typed), expected);
        }
    }

    #[test]
    fn values_and_paths_stay() {
        for typed in [
            "graph -q a.bicep",
            "a.bicep graph",
            "-q a.bicep graph",
            "--config graph a.bicep",
            "-f graph a.bicep",
            "--changed graph",
            "-- graph",
            "- graph",
            "-q",
            "--select",
            "",
        ] {
            assert_eq!(put_in_order(typed), typed);
        }
    }
}
