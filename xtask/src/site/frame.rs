//! The frame around the text of a page: head, navigation and footer.

use std::collections::BTreeMap;

use bicep_race_lint::Catalog;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Page, path_of, up};

pub(super) const REPOSITORY: &str = "https://github.com/bicep-race-lint/bicep-race-lint";

/// The content security policy of a page: only its own site, and GitHub's images.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' \
                      data: https://github.com https://raw.githubusercontent.com; connect-src 'self'; worker-src 'self'; \
                      base-uri 'none'; form-action 'none'";

/// The groups of the navigation, each with its pages in the repository.
const GROUPS: &[(&str, &[&str])] = &[
    ("Use it", &["docs/failed.md", "docs/ci.md", "docs/editors.md", "docs/outputs.md"]),
    (
        "Set it",
        &[
            "docs/configuration.md",
            "docs/adopt.md",
            "docs/baselines.md",
            "docs/parameters.md",
            "docs/modules.md",
            "docs/entries.md",
        ],
    ),
    (
        "Believe it",
        &[
            "docs/how-it-works.md",
            "docs/accuracy.md",
            "docs/readings.md",
            "docs/fixes.md",
            "docs/disbelief.md",
            "docs/limits.md",
            "docs/evaluation.md",
        ],
    ),
    (
        "Build it",
        &["docs/architecture.md", "CONTRIBUTING.md", "docs/releasing.md", "SECURITY.md", "CHANGELOG.md"],
    ),
];

/// Data that all pages share.
pub(super) struct Frame<'s> {
    /// Titles by path in the repository.
    pub(super) titles: &'s BTreeMap<&'s str, &'s str>,
}

impl Frame<'_> {
    /// A page of the repository; `example` is the name of its example in the playground.
    pub(super) fn page(&self, page: &Page, example: Option<&str>) -> String {
        let back = up(&page.path);
        let body = html! {
            @if let Some(id) = example {
                p.try { a href={ (back) "playground/#example=" (id) } { "Try it in the playground" } }
            }
            (PreEscaped(&page.body))
            p.dim { a href={ (REPOSITORY) "/blob/main/" (page.source) } { "This page in the repository" } }
        };
        self.around(&page.title, &back, &page.path, &body)
    }

    /// The start page.
    pub(super) fn index(&self) -> String {
        let story = include_str!("../../../fixtures/catalog/hub-gateways/racy.bicep");
        let body = html! {
            h1 { "Find races in Azure deployments, before Azure does" }
            p.lead {
                "Azure Resource Manager deploys in parallel everything that no dependency orders. Some resources write one shared \
                 object while they deploy. Then one fails, at random, minutes or hours in, with an error that names neither."
            }
            p.lead { code { "bicep-race-lint" } " finds them in the text of Bicep and ARM templates: in milliseconds, without a network." }
            p.actions {
                a.button href="playground/" { "Try it here" }
                " "
                a href=(format!("{REPOSITORY}#readme")) { "Install it" }
            }
            h2 { "A hub with three gateways" }
            p {
                "Every gateway of a virtual hub rewrites the routing state of that hub while it is created. Nothing below orders them, so \
                 they start together: "
                a href="rules/hub-gateways.html" { code { "hub-gateways" } }
                "."
            }
            pre tabindex="0" { code { (story) } }
            p { a href="playground/#example=hub" { "See the whole story, its schedule and its remedy" } }
            h2 { "What else races" }
            p {
                a href="rules/catalog.html" { "Every rule and every entry of the catalogue" }
                ", each with its evidence, for and against. "
                a href="errors.html" { "What does this error mean?" }
                " answers with the race that an error comes from, or with what it is instead."
            }
        };
        self.around("bicep-race-lint", "", "index.html", &body)
    }

    /// The search page: by error, type or name.
    pub(super) fn errors(&self) -> String {
        let catalog = Catalog::builtin();
        let body = html! {
            h1 { "What does this error mean?" }
            p { "Paste what Azure said: an error, a log, JSON of a deployment. It is answered on this machine; nothing is sent." }
            p {
                label for="pasted" { "Error" }
                textarea id="pasted" rows="6" spellcheck="false" {}
            }
            div id="answers" aria-live="polite" {}
            h2 { "Entries" }
            p { label for="wanted" { "Name, resource type or code of an error " } input id="wanted" type="search" autocomplete="off"; " " span id="count" role="status" {} }
            div.wide tabindex="0" role="group" aria-label="Entries" {
                table id="entries" {
                    thead { tr { th scope="col" { "entry" } th scope="col" { "level" } th scope="col" { "object" } th scope="col" { "writers" } } }
                    tbody {
                        @for entry in catalog.entries() {
                            @let types: Vec<&str> = entry.writers.iter().flat_map(|writer| writer.types.iter()).map(AsRef::as_ref).collect();
                            tr data-codes=(entry.codes.join(" ")) {
                                td { a href=(format!("rules/{}.html", entry.id)) { (entry.title) } " " code { (entry.id) } }
                                td { (entry.level.map_or("off", bicep_race_lint::Level::as_str)) }
                                td { (entry.object_type) }
                                td { (types.join(", ")) }
                            }
                        }
                    }
                }
            }
            script type="module" src="playground/search.js" {}
        };
        self.around("What does this error mean?", "", "errors.html", &body)
    }

    /// The page for unknown addresses.
    pub(super) fn missing(&self) -> String {
        let body = html! {
            h1 { "There is no such page" }
            p { "Every rule and entry is in the catalogue, with the pages of the documentation beside it." }
        };
        self.around("There is no such page", "", "404.html", &body)
    }

    fn around(&self, title: &str, back: &str, path: &str, body: &Markup) -> String {
        let here = |other: &str| (path == other).then_some("page");
        let link = |source: &str| {
            let to = path_of(source);
            let title = self.titles.get(source)?;
            Some(html! { li { a href={ (back) (to) } aria-current=[here(&to)] { (title) } } })
        };
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    title { (title) @if title != "bicep-race-lint" { " · bicep-race-lint" } }
                    link rel="icon" href="data:,";
                    link rel="stylesheet" href={ (back) "site.css" };
                }
                body {
                    a.skip href="#text" { "To the text" }
                    header {
                        a.name href={ (back) "index.html" } { "bicep-race-lint" }
                        nav aria-label="Site" {
                            a href={ (back) "playground/" } { "Playground" }
                            a href={ (back) "rules/catalog.html" } aria-current=[here("rules/catalog.html")] { "Rules" }
                            a href={ (back) "errors.html" } aria-current=[here("errors.html")] { "Errors" }
                            a href=(REPOSITORY) { "Repository" }
                        }
                    }
                    div.sides {
                        nav.pages aria-label="Pages" {
                            @for (name, sources) in GROUPS {
                                h2 { (name) }
                                ul { @for source in *sources { @if let Some(link) = link(source) { (link) } } }
                            }
                        }
                        main id="text" { (body) }
                    }
                }
            }
        };
        page.into_string()
    }
}
