//! Renders observed runs as one self-contained HTML page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::beside::Beside;
use super::runs::Run;
use super::{Observed, drawn, text};
use crate::limit::Limit;
use crate::rules::registry::{rule, url_of};
use crate::timeline::svg;

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color-scheme:light dark}\
h2{margin-top:2rem}.sheet{overflow-x:auto}pre{white-space:pre-wrap}li{margin:.7rem 0}th,td{text-align:left;vertical-align:top;padding:.1rem .8rem .1rem 0}td.time{text-align:right}code{overflow-wrap:anywhere}";

/// The table that compares a run with the prediction.
fn predicted(run: &Run, beside: &Beside) -> Markup {
    let (lines, rest) = text::beside_lines(beside);
    html! {
        h3 { "Predicted beside observed: " (text::beside_total(run, beside)) }
        div.sheet {
            table {
                thead { tr { th { "declaration" } th { "predicted" } th { "observed" } th { "what differs" } } }
                tbody {
                    @for line in lines {
                        tr {
                            td { code { (line.name) } }
                            @for cell in text::beside_cells(line) { td.time { (cell) } }
                            td { (text::beside_words(line)) }
                        }
                    }
                }
            }
        }
        @if !rest.is_empty() { p { (rest) } }
    }
}

/// Renders the page. `answers` explains the failures without a conflict, as text that is ready to be shown.
pub fn page(observed: &Observed<'_>, answers: &str) -> String {
    let most = Limit::ObservedOverlaps.number() as usize;
    let style = format!("{STYLE}{}", svg::COLOURS);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="viewport" content="width=device-width";
                title { "Observed deployments" }
                style { (PreEscaped(style)) }
            }
            body {
                h1 { "Observed deployments" }
                @if !observed.conflicts.is_empty() {
                    h2 { "What ran at the same time" }
                    ol {
                        @for one in observed.conflicts.iter().take(most) {
                            li {
                                strong { (one.level.as_str()) }
                                " " (text::message(observed, one)) ": "
                                a href=(one.entry.map_or_else(|| rule(one.rule).url(), url_of)) {
                                    (one.entry.map_or(one.rule.as_str(), |entry| entry.id.as_ref()))
                                }
                                br;
                                (text::certainty(one))
                                @if let Some(id) = &one.object { br; code { (id) } }
                                @if let Some(advice) = &one.advice {
                                    br; (text::edge(advice, one.sure))
                                    @if let Some(help) = &advice.help { br; (help) }
                                }
                                @if let Some(entry) = one.entry.filter(|entry| !entry.remedy.is_empty()) {
                                    br; (entry.remedy)
                                }
                            }
                        }
                    }
                    @if let Err(reached) = Limit::ObservedOverlaps.check(observed.conflicts.len()) {
                        p { (reached.to_string()) }
                    }
                }
                @for (number, run) in observed.runs.iter().enumerate() {
                    h2 { (text::headline(run)) }
                    @if let Some((timeline, reached)) = drawn::timeline(&observed.runs, number, &observed.conflicts) {
                        // The drawing escapes all text itself.
                        div.sheet tabindex="0" role="group" aria-label={ "Schedule " (number + 1) } {
                            (PreEscaped(svg::inline(&timeline, &format!("t{number}"))))
                        }
                        @if let Some(reached) = reached { p { (reached.to_string()) } }
                    }
                    @for beside in observed.beside.iter().filter(|beside| beside.run == number) {
                        (predicted(run, beside))
                    }
                }
                @if !answers.is_empty() {
                    h2 { "What failed for another reason" }
                    pre { (answers) }
                }
                @for note in &observed.notes { p { (note) } }
            }
        }
    };
    page.into_string() + "\n"
}
