//! Where nothing is checked: a run that has looked at nothing says so, and why.

use std::path::{Path, PathBuf};

use super::arguments::CheckArguments;
use super::{plural, say};
use crate::door::Boundary;
use crate::rules::quieter::{Quieter, Quieting};
use crate::session::Roots;
use crate::workspace::file_system;
use crate::workspace::walk::arm_templates;

/// The ARM templates of a folder. What has a Bicep file beside it is the compiled form of a template that is found anyway.
pub(super) fn arm_in(folder: &Path, boundary: &Boundary) -> Vec<PathBuf> {
    let mut found = arm_templates(folder, boundary);
    found.retain(|path| !path.with_extension("bicep").exists());
    found
}

/// Says that there is no template where one was looked for, what was skipped, and why.
pub(super) fn say_so(arguments: &CheckArguments, roots: &Roots, left_out: &[Quieter]) {
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
    say("note: hidden folders and links to folders are not looked into");
}
