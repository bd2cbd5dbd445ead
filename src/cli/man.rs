//! Generates the manual page from the definition of the arguments.

use std::fmt::Write as _;

use clap::{Arg, Command};

use crate::small_sort::SmallSort as _;

/// The page of the tool and all its subcommands for `man`.
pub fn page() -> String {
    let mut command = super::command();
    command.build();
    let mut out = String::new();
    let name = command.get_name().to_owned();
    let _ = writeln!(out, ".TH {} 1 \"\" \"{name} {}\"", name.to_uppercase(), env!("CARGO_PKG_VERSION"));
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(out, ".SH NAME\n{} \\- {}", escaped(&name), escaped(about.trim_end_matches('.')));
    let _ = writeln!(out, ".SH SYNOPSIS\n.nf\n{}\n.fi", escaped(&usage(&mut command)));
    let _ = writeln!(out, ".SH OPTIONS");
    arguments(&mut out, &command);
    let _ = writeln!(out, ".SH COMMANDS");
    for subcommand in
        command.get_subcommands_mut().filter(|one| !one.is_hide_set() && one.get_name() != "help")
    {
        let _ = writeln!(out, ".SS {}", escaped(&usage(subcommand)));
        let _ = writeln!(
            out,
            "{}",
            escaped(&subcommand.get_about().map(ToString::to_string).unwrap_or_default())
        );
        // Global options are described only once.
        let own = subcommand.clone().mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
        arguments(&mut out, &own);
    }
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(out, ".SH NOTES\n.nf\n{}\n.fi", escaped(&after));
    out
}

fn usage(command: &mut Command) -> String {
    let usage = command.render_usage().to_string();
    let lines = usage.trim_start_matches("Usage:").lines();
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

/// The arguments of a command, grouped by heading.
fn arguments(out: &mut String, command: &Command) {
    let mut all: Vec<&Arg> =
        command.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_id() != "help").collect();
    all.small_sort_by_key(|arg| arg.get_help_heading().map(str::to_owned));
    let mut heading = None;
    for arg in all {
        if arg.get_help_heading() != heading {
            heading = arg.get_help_heading();
            let _ = writeln!(out, ".PP\n\\fI{}\\fR", escaped(heading.unwrap_or_default()));
        }
        let short = arg.get_short().map_or(String::new(), |short| format!("-{short}, "));
        let _ = writeln!(out, ".TP\n\\fB{}\\fR", escaped(&format!("{short}{arg}")));
        let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let values: Vec<String> =
            arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        if !values.is_empty() {
            let _ = write!(text, ": {}", values.join(", "));
        }
        let _ = writeln!(out, "{}", escaped(&text));
    }
}

/// Escapes text for roff: nothing is a request or an escape, and hyphens stay hyphens.
fn escaped(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}
