//! Messages for a run that has checked nothing, with the reason.

use std::path::{Path, PathBuf};

use super::arguments::CheckArguments;
use super::{plural, say};
use crate::door::Boundary;
use crate::rules::nearest::nearest;
use crate::rules::quieter::{Quieter, Quieting};
use crate::session::Roots;
use crate::workspace::file_system;
use crate::workspace::walk::arm_templates;

/// The ARM templates of a folder, without those that have a Bicep file of the same name: they are its compiled form.
pub(super) fn arm_in(folder: &Path, boundary: &Boundary) -> Vec<PathBuf> {
    let mut found = arm_templates(folder, boundary);
    found.retain(|path| !path.with_extension("bicep").exists());
    found
}

/// The message for an unreadable path. A single word may be a mistyped subcommand.
pub(super) fn unreadable(path: &str, why: &str) -> String {
    let commands = super::command();
    let names: Vec<&str> = commands.get_subcommands().map(clap::Command::get_name).collect();
    let is_word = path.bytes().all(|byte| byte.is_ascii_lowercase());
    let meant = nearest(path, names).filter(|_| is_word && !path.is_empty());
    let hint = match meant {
        // Ex) `check .`, as in other linters
        _ if ["check", "lint", "scan"].contains(&path) => {
            "; the check needs no subcommand: `bicep-race-lint PATH`".to_owned()
        }
        _ if ["fix", "diff"].contains(&path) => {
            format!("; remedies are an option of the check: `bicep-race-lint --{path} PATH`")
        }
        Some(meant) => format!("; did you mean the command `{meant}`?"),
        None => String::new(),
    };
    format!("cannot read `{path}`: {why}{hint}")
}

/// Whether a file has none of the known extensions. A stream from the shell has no name of its own.
pub(super) fn has_other_ending(path: &Path) -> bool {
    let is_known = |ending: &str| {
        ["bicep", "bicepparam", "json", "jsonc"].contains(&ending.to_ascii_lowercase().as_str())
    };
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| !is_known(ending)) && path.is_file()
}

/// Warns that a named file without a known extension is read as Bicep.
pub(super) fn say_other_ending(path: &Path) {
    if has_other_ending(path) {
        let path = file_system::shown(path);
        say(&format!(
            "note: reading `{path}` as Bicep, because it does not end in `.bicep`, `.bicepparam` or `.json`"
        ));
    }
}

/// Reports that no template was found, what was skipped, and why.
pub(super) fn report_no_template(arguments: &CheckArguments, roots: &Roots, left_out: &[Quieter]) {
    let here = [PathBuf::from(".")];
    let paths = if arguments.paths.is_empty() { &here[..] } else { &arguments.paths };
    let named: Vec<String> = paths.iter().map(|path| format!("`{}`", file_system::shown(path))).collect();
    let mut text = format!(
        "warning: nothing was checked: there is no Bicep template or parameter file in {}",
        named.join(", ")
    );
    for quieter in left_out {
        let how = match quieter.what {
            Quieting::Excluded => "excluded in",
            Quieting::Ignored => "ignored by",
            _ => continue,
        };
        let count = plural(usize::try_from(quieter.count).unwrap_or(usize::MAX), "file");
        text.push_str(&format!("; {count} {how} `{}`", quieter.by));
    }
    let boundary = roots.boundary.clone().unwrap_or_default();
    let folders = paths.iter().map(|path| file_system::normal(&roots.base.join(path)));
    let arm: usize =
        if arguments.arm { 0 } else { folders.map(|folder| arm_in(&folder, &boundary).len()).sum() };
    match arm {
        0 => {}
        1 => text.push_str("; 1 ARM template is there, which `--arm` checks"),
        some => text.push_str(&format!("; {some} ARM templates are there, which `--arm` checks")),
    }
    say(&text);
    say("note: hidden folders and links to folders are not searched");
}
