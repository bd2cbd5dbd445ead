//! One self-contained page: what races, where, when and why, with the graph and the schedule of each race.
//!
//! The page loads nothing. Its content security policy allows only its own style and script, by their hashes, so that
//! nothing else can run, whatever text a template contains. Everything is readable without the script.

mod filter;
mod findings;
mod pictures;
mod prose;
mod remedy;
mod source;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use self::filter::Choices;
use self::pictures::Pictures;
use super::scene::Scenes;
use super::words;
use crate::rules::finding::{Diagnostic, Level, Report};
use crate::timeline;

/// Renders the page for results at `level` and above, with pictures from `scenes`.
pub fn render(report: &Report, scenes: &Scenes, level: Level) -> String {
    let findings = report.most_severe(level);
    let diagnostics: Vec<&Diagnostic> = report.shown_diagnostics(level).collect();
    let choices = Choices::of(report, &findings, &diagnostics);
    let (style, script) = (style(), unix(include_str!("page.js")));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(&style, &script));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content=(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")));
                title { "Azure deployment races: " (words::levels(report)) }
                style { (PreEscaped(&style)) }
            }
            body {
                a.skip href="#findings" { "To the findings" }
                (head(report, level))
                (choices.form())
                main id="findings" tabindex="-1" {
                    (findings::list(report, &findings, &choices, &mut Pictures::new(scenes)))
                    (findings::diagnostics(report, &diagnostics, &choices))
                }
                (foot())
                script { (PreEscaped(&script)) }
            }
        }
    };
    let mut text = page.into_string();
    text.push('\n');
    text
}

/// The styles of the page and of the pictures in it.
fn style() -> String {
    let page = unix(include_str!("page.css"));
    format!("{page}{}\n{}\n", super::picture::COLOURS, timeline::svg::COLOURS)
}

/// Removes carriage returns, which a checkout on Windows may add: a browser hashes the text without them.
fn unix(text: &str) -> String {
    text.replace('\r', "")
}

/// The content security policy: nothing is loaded, and only this style and this script are used.
fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(script)
    )
}

fn head(report: &Report, level: Level) -> Markup {
    let coverage = report.coverage;
    let is_partial = coverage.unresolved_modules + coverage.syntax_errors + coverage.limits > 0
        || !report.unread.is_empty();
    html! {
        header {
            h1 { "Azure deployment races" }
            p.summary { (prose::prose(&words::summary(report))) }
            @if let Some(quieter) = words::quieter(report) { p.summary { (prose::prose(&quieter)) } }
            @if let Some(hidden) = words::hidden(report, level) { p.summary { (prose::prose(&hidden)) } }
            @if !report.errors.is_empty() {
                p.partial { strong { "The run failed" } ", so this report may be incomplete." }
                ul.partial { @for error in &report.errors { li { (prose::prose(error)) } } }
            }
            @if is_partial {
                p.partial { strong { "Not everything was understood" } ", so this report may be incomplete." }
            }
            @if !report.roots.is_empty() {
                details.roots {
                    summary { (words::count(report.roots.len() as u64, "root")) }
                    ul { @for root in &report.roots { li { code { (prose::plain(root)) } } } }
                }
            }
        }
    }
}

fn foot() -> Markup {
    html! {
        footer {
            p {
                a href=(env!("CARGO_PKG_REPOSITORY")) { (env!("CARGO_PKG_NAME")) }
                " " (env!("CARGO_PKG_VERSION"))
                ". Times are predictions from typical durations; red means that two may run at the same time and write one object."
            }
        }
    }
}

#[cfg(test)]
mod tests;
