//! `--show-config`: the values that apply to a path, and the file that sets each.

use std::fmt::Write as _;
use std::path::Path;

use super::Config;
use super::written::PathLevels;
use crate::escape::visible;
use crate::rules::RuleId;
use crate::source::{Place, Sources};

/// The text of `--show-config`.
pub fn show(config: &Config, path: &Path, shown: &str, sources: &Sources) -> String {
    let mut out = format!("# what applies to {}\n", visible(shown));
    if config.layers.is_empty() {
        out.push_str("# no configuration: every value is the built-in one\n");
        return out;
    }
    for layer in &config.layers {
        let _ = writeln!(out, "# from {}", visible(&sources.file(layer.file).path));
    }
    let at = |place: Place| {
        let file = sources.file(place.file);
        format!("  # {}:{}", visible(&file.path), file.position(place.span.start).line)
    };
    values(&mut out, config, &at);
    for layer in &config.layers {
        if let Some((globs, _)) = &layer.written.exclude {
            let _ = writeln!(out, "exclude = {:?}{}", globs.value, at(layer.place(&globs.span)));
        }
    }
    if config.excludes(path) {
        out.push_str("# excluded: it is not checked by itself\n");
    }
    let only = config.only_environments_from();
    section(
        &mut out,
        "environments",
        only.into_iter().map(|(only, place)| format!("only = {only}{}", at(place))),
    );
    section(
        &mut out,
        "rules",
        RuleId::ALL.iter().filter_map(|&rule| {
            let (level, place) = config.level_from(rule, path)?;
            let by = globs(config, |levels| {
                levels.rules.iter().any(|(known, at)| *known == rule && span_is(place, &at.span))
            });
            Some(format!("{rule} = \"{}\"{}{by}", level.word(), at(place)))
        }),
    );
    let ids = config.layers.iter().flat_map(|layer| {
        let of_paths = layer.written.paths.iter().flat_map(|levels| &levels.entries);
        layer.written.entry_levels.iter().chain(of_paths).map(|one| one.id.value.as_str())
    });
    section(
        &mut out,
        "entries",
        ids.collect::<std::collections::BTreeSet<_>>().into_iter().filter_map(|id| {
            let (level, place) = config.entry_level(id, Some(path))?;
            let by = globs(config, |levels| {
                levels.entries.iter().any(|one| one.id.value == id && span_is(place, &one.level.span))
            });
            Some(format!("{} = \"{}\"{}{by}", visible(id), level.word(), at(place)))
        }),
    );
    section(
        &mut out,
        "minutes",
        config.layers.iter().flat_map(|layer| {
            let minutes = layer.written.minutes.iter();
            minutes.map(|(ty, minutes)| {
                format!("\"{}\" = {}{}", visible(ty), minutes.value, at(layer.place(&minutes.span)))
            })
        }),
    );
    written_whole(&mut out, config, &at);
    out
}

/// Lists the entries and modules that are defined, by name.
fn written_whole(out: &mut String, config: &Config, at: &dyn Fn(Place) -> String) {
    for (layer, entry) in
        config.layers.iter().flat_map(|l| l.written.entries.iter().map(move |entry| (l, entry)))
    {
        let _ = writeln!(
            out,
            "\n[[entry]]\nid = \"{}\"{}",
            visible(&entry.value.id),
            at(layer.place(&entry.span))
        );
    }
    for (layer, module) in
        config.layers.iter().flat_map(|l| l.written.modules.iter().map(move |module| (l, module)))
    {
        let _ = writeln!(
            out,
            "\n[[module]]\npath = \"{}\"{}",
            visible(&module.value.0),
            at(layer.place(&module.span))
        );
    }
}

/// The values of single keys.
fn values(out: &mut String, config: &Config, at: &dyn Fn(Place) -> String) {
    if let Some((level, place)) = config.fail_on_from() {
        let _ = writeln!(out, "fail-on = \"{}\"{}", level.word(), at(place));
    }
    if let Some((is_required, place)) = config.requires_reasons_from() {
        let _ = writeln!(out, "require-reasons = {is_required}{}", at(place));
    }
    if let Some((profile, place)) = config.profile_from() {
        let _ = writeln!(out, "profile = \"{}\"{}", profile.as_str(), at(place));
    }
    if let Some((confidence, place)) = config.confidence_from() {
        let _ = writeln!(out, "confidence = \"{}\"{}", confidence.as_str(), at(place));
    }
    if let Some(place) = config.old_levels() {
        let _ = writeln!(out, "levels = \"0.1\"{}", at(place));
    }
}

/// The globs of the `[[path]]` tables for which `holds` is true, in brackets.
fn globs(config: &Config, holds: impl Fn(&PathLevels) -> bool) -> String {
    let paths = config.layers.iter().flat_map(|layer| &layer.written.paths);
    let by: Vec<&str> =
        paths.filter(|levels| holds(levels)).flat_map(|levels| &levels.globs).map(String::as_str).collect();
    if by.is_empty() { String::new() } else { format!(" ({})", visible(&by.join(", "))) }
}

fn span_is(place: Place, span: &std::ops::Range<usize>) -> bool {
    place.span.range() == *span
}

fn section(out: &mut String, name: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<_> = lines.collect();
    if !lines.is_empty() {
        let _ = writeln!(out, "\n[{name}]\n{}", lines.join("\n"));
    }
}
