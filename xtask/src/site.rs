//! The site: `cargo xtask site DIR` writes every page of `docs/`, a search for errors, and the playground as static
//! files that any web server can serve from any folder. A broken link is a failure.
//!
//! `--without-playground` leaves out the playground, which needs npm and takes a minute.

mod frame;
mod links;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use bicep_race_lint::Catalog;
use bicep_race_lint::rules::RuleId;
use bicep_race_lint::rules::registry::{SITE, url, url_of};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Parser, Tag, TagEnd, html};

use self::frame::Frame;
use crate::Ending;

/// A page of the site.
struct Page {
    /// Its path in the repository. Ex) docs/rules/hub-gateways.md
    source: String,
    /// Its path on the site. Ex) rules/hub-gateways.html
    path: String,
    title: String,
    body: String,
}

#[derive(clap::Args)]
pub(crate) struct Options {
    folder: PathBuf,
    /// Leave out what needs npm and a minute
    #[arg(long)]
    without_playground: bool,
}

pub(crate) fn run(options: &Options) -> Ending {
    let folder = options.folder.display();
    match write(&options.folder, !options.without_playground) {
        Ok(Ok(pages)) => {
            println!("{pages} pages in {folder}");
            Ok(ExitCode::SUCCESS)
        }
        Ok(Err(broken)) => {
            for link in broken {
                eprintln!("error: {link}");
            }
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(format!("{folder}: {error}")),
    }
}

/// Writes the site. Returns the number of pages, or the broken links.
fn write(folder: &Path, with_playground: bool) -> io::Result<Result<usize, Vec<String>>> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let sources = sources()?;
    let known: BTreeMap<&str, String> =
        sources.iter().map(|source| (source.as_str(), path_of(source))).collect();
    let examples = examples()?;
    let mut pages = Vec::new();
    for source in &sources {
        pages.push(rendered(source, &known)?);
    }
    let titles: BTreeMap<&str, &str> =
        pages.iter().map(|page| (page.source.as_str(), page.title.as_str())).collect();
    let frame = Frame { titles: &titles };
    for page in &pages {
        let example = page.path.strip_prefix("rules/").and_then(|path| path.strip_suffix(".html"));
        let example = example.filter(|id| examples.contains(*id));
        put(folder, &page.path, &frame.page(page, example))?;
    }
    put(folder, "index.html", &frame.index())?;
    put(folder, "errors.html", &frame.errors())?;
    put(folder, "404.html", &frame.missing())?;
    put(folder, "site.css", include_str!("site/site.css"))?;
    if with_playground {
        let built = Command::new(crate::root().join("playground/build.sh"))
            .arg(std::path::absolute(folder)?.join("playground"))
            .status()?;
        if !built.success() {
            return Err(io::Error::other(format!("playground/build.sh: {built}")));
        }
    }
    let mut broken = links::broken(folder, with_playground)?;
    broken.extend(without_page(folder));
    Ok(if broken.is_empty() { Ok(pages.len() + 3) } else { Err(broken) })
}

fn put(folder: &Path, path: &str, text: &str) -> io::Result<()> {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap_or(folder))?;
    fs::write(path, text)
}

/// The pages of the repository, by path.
fn sources() -> io::Result<Vec<String>> {
    let mut found = vec!["CHANGELOG.md".to_owned(), "CONTRIBUTING.md".to_owned(), "SECURITY.md".to_owned()];
    for folder in ["docs", "docs/rules"] {
        for entry in fs::read_dir(crate::root().join(folder))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if Path::new(&name).extension().is_some_and(|end| end == "md") {
                found.push(format!("{folder}/{name}"));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The addresses in findings that have no page.
fn without_page(folder: &Path) -> Vec<String> {
    let catalog = Catalog::builtin();
    let rules = RuleId::ALL.iter().map(|id| url(id.as_str()));
    let shown = rules.chain(catalog.entries().map(url_of));
    let is_gone =
        |address: &String| address.strip_prefix(SITE).is_none_or(|path| !folder.join(path).is_file());
    shown.filter(is_gone).map(|address| format!("findings show `{address}`, which is no page")).collect()
}

/// The path of a repository page on the site.
fn path_of(source: &str) -> String {
    let stem = source.trim_end_matches(".md");
    let stem = stem.strip_prefix("docs/").unwrap_or(stem);
    format!("{}.html", stem.to_ascii_lowercase())
}

/// The entries with a story in the playground.
fn examples() -> io::Result<BTreeSet<String>> {
    let folder = crate::root().join("fixtures/catalog");
    let mut found = BTreeSet::from(["hub".to_owned()]);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().join("racy.bicep").is_file() {
            found.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(found)
}

fn rendered(source: &str, known: &BTreeMap<&str, String>) -> io::Result<Page> {
    let text = fs::read_to_string(crate::root().join(source))?;
    let options = pulldown_cmark::Options::ENABLE_TABLES
        | pulldown_cmark::Options::ENABLE_STRIKETHROUGH
        | pulldown_cmark::Options::ENABLE_FOOTNOTES;
    let mut events: Vec<Event<'_>> = Parser::new_ext(&text, options).collect();
    let title = title(&events).unwrap_or_else(|| source.to_owned());
    name_headings(&mut events);
    let path = path_of(source);
    for event in &mut events {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                *dest_url = target(dest_url, source, &path, known).into();
            }
            Event::Start(Tag::Image { dest_url, .. }) if !dest_url.contains("://") => {
                *dest_url = repository(source, dest_url, "raw").into();
            }
            _ => {}
        }
    }
    let mut body = String::new();
    html::push_html(&mut body, events.into_iter());
    // Content wider than a phone scrolls separately, also with the keyboard.
    let body = body
        .replace("<table>", "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table>");
    let body = body.replace("</table>", "</table></div>").replace("<pre>", "<pre tabindex=\"0\">");
    // An empty header cell above a column of names is not a header.
    let body = body.replace("<th></th>", "<td></td>");
    Ok(Page { source: source.to_owned(), path, title, body })
}

/// The text of the first heading.
fn title(events: &[Event<'_>]) -> Option<String> {
    let begin = events.iter().position(|event| matches!(event, Event::Start(Tag::Heading { .. })))?;
    Some(said(&events[begin..]))
}

/// The text of the heading at the start of these events.
fn said(events: &[Event<'_>]) -> String {
    let inside = events.iter().take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    let text = inside.filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
        _ => None,
    });
    text.collect()
}

/// Gives headings the same ids as GitHub, so that links into a page work on both. A page has a single first-level
/// heading.
fn name_headings(events: &mut [Event<'_>]) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut firsts = 0;
    for at in 0..events.len() {
        let Event::Start(Tag::Heading { .. }) = &events[at] else { continue };
        let kept = said(&events[at..]).to_lowercase();
        let kept = kept.chars().filter(|sign| sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '_'));
        let mut name: String = kept.map(|sign| if sign == ' ' { '-' } else { sign }).collect();
        let count = seen.entry(name.clone()).or_default();
        if *count > 0 {
            name = format!("{name}-{count}");
        }
        *count += 1;
        let mut is_second = false;
        if let Event::Start(Tag::Heading { level, id, .. }) = &mut events[at] {
            *id = Some(CowStr::from(name));
            if *level == HeadingLevel::H1 {
                firsts += 1;
                is_second = firsts > 1;
            }
            if is_second {
                *level = HeadingLevel::H2;
            }
        }
        if is_second
            && let Some(Event::End(TagEnd::Heading(level))) =
                events[at..].iter_mut().find(|event| matches!(event, Event::End(TagEnd::Heading(_))))
        {
            *level = HeadingLevel::H2;
        }
    }
}

/// The target of a page's link on the site: another page, or a file in the repository.
fn target(link: &str, source: &str, path: &str, known: &BTreeMap<&str, String>) -> String {
    if link.contains("://") || link.starts_with('#') || link.starts_with("mailto:") {
        return link.to_owned();
    }
    let (file, part) = link.split_once('#').map_or((link, None), |(file, part)| (file, Some(part)));
    let named = beside(source, file);
    let part = part.map_or_else(String::new, |part| format!("#{part}"));
    match known.get(named.as_str()) {
        Some(other) => format!("{}{other}{part}", up(path)),
        // An item of a file is named after it, but GitHub has no such anchor.
        None => repository(source, file, "blob"),
    }
}

/// The relative path from a page to the site's top folder. Ex) `../` for rules/hub-gateways.html
fn up(path: &str) -> String {
    "../".repeat(path.matches('/').count())
}

/// The repository path for a path relative to a page.
fn beside(source: &str, named: &str) -> String {
    let mut parts: Vec<&str> = source.split('/').collect();
    parts.pop();
    for part in named.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The address of a file of the repository.
fn repository(source: &str, named: &str, kind: &str) -> String {
    format!("{}/{kind}/main/{}", frame::REPOSITORY, beside(source, named))
}

/// All files below a folder with this ending, by relative path.
fn files_below(folder: &Path, end: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if entry.path().extension().is_some_and(|own| own == end) {
            found.push(entry.path().strip_prefix(folder).unwrap_or(entry.path()).to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_pages_of_the_site_or_to_the_repository() {
        let known = BTreeMap::from([
            ("docs/ci.md", "ci.html".to_owned()),
            ("docs/rules/a.md", "rules/a.html".to_owned()),
        ]);
        let table = [
            ("docs/rules/a.md", "../ci.md#github", "../ci.html#github"),
            ("docs/ci.md", "rules/a.md", "rules/a.html"),
            ("docs/ci.md", "https://example.invalid/x.md", "https://example.invalid/x.md"),
            ("docs/ci.md", "#here", "#here"),
        ];
        for (source, link, expected) in table {
            assert_eq!(target(link, source, &path_of(source), &known), expected, "{link}");
        }
        let outside = target("../src/lib.rs#Session", "docs/ci.md", "ci.html", &known);
        assert!(outside.ends_with("/blob/main/src/lib.rs"), "{outside}");
    }
}
