//! The default format for terminals: the source with the race marked in it, when it happens, why, and what to do.
//!
//! miette supplies the box characters and colours. Its own handler draws the labels of one source only, but the two
//! sides of a race often lie in two files; so this module draws the frames itself: one per file, in the order of the
//! story.

use std::fmt::Write as _;

use miette::{GraphicalTheme, ThemeCharacters};
use owo_colors::{OwoColorize, Style as Paint};
use unicode_width::UnicodeWidthStr;

use super::wrap::options;
use super::{Style, words};
use crate::escape::{line as harmless, terminal_link, visible};
use crate::rules::finding::{Diagnostic, Finding, Level, Report};
use crate::small_sort::SmallSort as _;
use crate::source::{FileId, Place, SourceFile, Span};

/// Maximum number of participants that are drawn.
const MAX_LABELS: usize = 8;
/// In a terminal with fewer columns, text is laid out as if it had this many.
const MIN_WIDTH: usize = 40;
/// Number of bytes on each side of a place that are read from a long line: more than a line of output shows.
const NEAR: usize = 1200;
/// Width in columns of a field's name.
const FIELD: usize = 8;

/// Renders a report.
pub fn render(report: &Report, style: Style) -> String {
    let theme = match (style.unicode, style.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme { characters: ThemeCharacters::ascii(), ..GraphicalTheme::unicode() },
        (false, false) => GraphicalTheme::none(),
    };
    let width = style.width.max(MIN_WIDTH);
    let has_links = style.color && style.is_terminal;
    let mut page = Page {
        report,
        theme,
        width,
        color: style.color,
        unicode: style.unicode,
        has_links,
        out: String::new(),
    };
    for finding in report.shown(style.level) {
        page.finding(finding);
    }
    for diagnostic in report.shown_diagnostics(style.level) {
        page.diagnostic(diagnostic);
    }
    if let Some(hidden) = words::hidden(report, style.level) {
        page.out.push_str(&page.prose("", &hidden));
    }
    let summary = words::summary(report);
    page.out.push_str(&page.prose("", &summary));
    if let Some(quieter) = words::quieter(report) {
        page.out.push_str(&page.prose("", &quieter));
    }
    page.out
}

/// A label under a line of source.
struct Label {
    place: Place,
    text: String,
}

struct Page<'r> {
    report: &'r Report,
    theme: GraphicalTheme,
    width: usize,
    color: bool,
    unicode: bool,
    has_links: bool,
    out: String,
}

impl Page<'_> {
    fn paint(&self, text: &str, paint: Paint) -> String {
        if self.color { text.style(paint).to_string() } else { text.to_owned() }
    }

    fn level_paint(&self, level: Level) -> Paint {
        let styles = &self.theme.styles;
        match level {
            Level::Error => styles.error,
            Level::Warning => styles.warning,
            Level::Note => styles.advice,
        }
    }

    fn finding(&mut self, finding: &Finding) {
        self.title(finding.level, finding.id(), &finding.message);
        let mut labels: Vec<Label> = (0..finding.participants.len())
            .map(|ix| Label {
                place: finding.participants[ix].place,
                text: words::role(self.report, finding, ix),
            })
            .collect();
        let more = labels.len().saturating_sub(MAX_LABELS);
        labels.truncate(MAX_LABELS);
        self.frames(&labels, finding.level);
        if more > 0 {
            self.field("and", &format!("{more} more that write the same object"));
        }
        if finding.pairs_omitted > 0 {
            self.field("pairs", &format!("{} shown, {} more", finding.pairs.len(), finding.pairs_omitted));
        }
        if let Some(others) = words::others(finding) {
            self.field("also", &format!("declared twice: {others}"));
        }
        if let Some(when) = finding.witness.when.within(self.width - FIELD) {
            self.field("when", &when);
        }
        self.field("why", &finding.explanation);
        self.field("help", &finding.help);
        self.remedy(finding);
        if let Some(why) = finding.why_by_hand() {
            self.field("fix", &format!("none: {why}"));
        }
        if let Some(place) = words::deployed_in(finding) {
            self.field("in", &place);
        }
        if let Some(rule) = finding.other_rule() {
            self.field("rule", rule.as_str());
        }
        let url = self.paint(&finding.url, self.theme.styles.link);
        let url = if self.has_links { terminal_link(&finding.url, &url) } else { url };
        let _ = writeln!(self.out, "  docs  {url}\n");
    }

    /// Writes the lines that the remedy inserts.
    fn remedy(&mut self, finding: &Finding) {
        let Some(fix) = &finding.fix else { return };
        let has_several = fix.edits.iter().filter(|edit| !edit.order.is_empty()).count() > 1;
        for (place, lines) in words::written(self.report, fix) {
            let file = self.report.sources.file(place.file);
            let at = file.position(place.span.start);
            let order = fix.edits.iter().find(|edit| edit.place == place && !edit.order.is_empty());
            let place = format!("{}:{}", harmless(&file.path), at.line);
            let order = order.filter(|_| has_several).map_or_else(String::new, |edit| visible(&edit.order));
            let is_beside = 8 + place.width() + 2 + order.width() <= self.width;
            let place = self.paint(&place, self.theme.styles.linum);
            if is_beside || order.is_empty() {
                let line = format!("        {place}  {order}");
                let _ = writeln!(self.out, "{}", line.trim_end());
            } else {
                let filled = textwrap::fill(&order, options(self.width, "        ", "        "));
                let _ = writeln!(self.out, "        {place}\n{filled}");
            }
            for line in lines {
                let line = format!("+ {line}");
                let _ = writeln!(self.out, "        {}", self.paint(&line, Paint::new().green()));
            }
        }
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        self.title(diagnostic.level, diagnostic.rule.as_str(), &diagnostic.message);
        let mut labels = vec![Label { place: diagnostic.place, text: String::new() }];
        labels.extend(
            diagnostic.related.iter().map(|(place, text)| Label { place: *place, text: text.clone() }),
        );
        self.frames(&labels, diagnostic.level);
        if let Some(help) = &diagnostic.help {
            self.field("help", help);
        }
        self.out.push('\n');
    }

    fn title(&mut self, level: Level, id: &str, message: &str) {
        let head = format!("{level}[{id}]");
        let text =
            textwrap::fill(&visible(message), options(self.width, &" ".repeat(head.width() + 2), "  "));
        let painted = self.paint(&head, self.level_paint(level));
        let _ = writeln!(self.out, "{painted}: {}", text.trim_start());
    }

    fn field(&mut self, name: &str, text: &str) {
        let text = self.prose(&format!("  {name:<6}"), text);
        self.out.push_str(&text);
    }

    /// Text after a name, with a hanging indent.
    fn prose(&self, name: &str, text: &str) -> String {
        let indent = " ".repeat(name.width());
        let filled = textwrap::fill(&visible(text), options(self.width, &indent, &indent));
        let rest = filled.strip_prefix(&indent).unwrap_or(&filled);
        let name = if name.is_empty() { String::new() } else { self.paint(name, self.theme.styles.help) };
        format!("{name}{rest}\n")
    }

    /// One frame per file, in the order in which the files first appear.
    fn frames(&mut self, labels: &[Label], level: Level) {
        let mut files: Vec<FileId> = Vec::new();
        for label in labels {
            if !files.contains(&label.place.file) {
                files.push(label.place.file);
            }
        }
        for id in files {
            let mut of_file: Vec<&Label> = labels.iter().filter(|label| label.place.file == id).collect();
            of_file.small_sort_by_key(|label| label.place.span);
            self.frame(id, &of_file, level);
        }
    }

    fn frame(&mut self, id: FileId, labels: &[&Label], level: Level) {
        let file = self.report.sources.file(id);
        let Some(first) = labels.first() else { return };
        let at = file.position(first.place.span.start);
        let last_line =
            labels.iter().map(|label| file.position(label.place.span.start).line).max().unwrap_or(1);
        let margin = last_line.to_string().len() + 1;
        let gap = " ".repeat(margin);
        let characters = self.theme.characters.clone();
        let place = format!("{}:{}:{}", harmless(&file.path), at.line, at.column);
        let _ = writeln!(
            self.out,
            "{gap} {}{}[{}]",
            characters.ltop,
            characters.hbar,
            self.paint(&place, self.theme.styles.link)
        );
        let mut shown = 0;
        for label in labels {
            let at = file.position(label.place.span.start);
            if shown != at.line {
                if shown != 0 && at.line > shown + 1 {
                    let _ = writeln!(self.out, "{gap} {}", characters.vbar_break);
                }
                let number = self.paint(&format!("{:>margin$}", at.line), self.theme.styles.linum);
                let (source, _) = self.line(file, label.place, margin);
                let _ = writeln!(self.out, "{number} {} {source}", characters.vbar);
                shown = at.line;
            }
            self.label(file, label, level, &gap, margin);
        }
        let _ = writeln!(self.out, "{gap} {}{}{}", characters.lbot, characters.hbar, characters.hbar);
    }

    /// A line of source, cut around the label if it is too long, and the column at which the label starts.
    fn line(&self, file: &SourceFile, place: Place, margin: usize) -> (String, usize) {
        let line = file.line(file.position(place.span.start).line);
        // In a very long line, only the text near the place is read: every word of the line may have an error.
        let near = around(file, line, place.span.start, NEAR as u32);
        let shown_line = file.shown(near);
        let text = &*shown_line;
        let before = &text[..(place.span.start - near.start) as usize];
        let shown = |text: &str| visible(&text.replace('\t', "  "));
        let room = self.width.saturating_sub(margin + 4).max(20);
        let (whole, column) = (shown(text), shown(before).width());
        if whole.width() <= room {
            return (whole.trim_end().to_owned(), column);
        }
        let dots = if self.unicode { "…" } else { "..." };
        let skip = column.saturating_sub(room / 3);
        let mut cut = String::new();
        let (mut at, mut used) = (0, 0);
        for character in whole.chars() {
            let width = character.to_string().width();
            if at >= skip {
                if used + width + 2 * dots.width() > room {
                    cut.push_str(dots);
                    break;
                }
                cut.push(character);
                used += width;
            }
            at += width;
        }
        if skip > 0 { (format!("{dots}{cut}"), column - skip + dots.width()) } else { (cut, column) }
    }

    fn label(&mut self, file: &SourceFile, label: &Label, level: Level, gap: &str, margin: usize) {
        let characters = self.theme.characters.clone();
        let (_, column) = self.line(file, label.place, margin);
        let end = label.place.span.end.min(file.line(file.position(label.place.span.start).line).end);
        let start = label.place.span.start as usize;
        let marked =
            &file.text[start..file.text.floor_char_boundary((end as usize).clamp(start, start + NEAR))];
        let length = visible(marked).width().clamp(1, self.width / 2);
        let mut mark: String = std::iter::repeat_n(characters.underline, length).collect();
        if !label.text.is_empty() {
            mark = std::iter::once(characters.underbar)
                .chain(std::iter::repeat_n(characters.underline, length.max(2) - 1))
                .collect();
        }
        let paint = self.level_paint(level);
        let indent = " ".repeat(column);
        let border = characters.vbar_break;
        let room = self.width.saturating_sub(margin + 4);
        let text = visible(&label.text);
        if column + length + 1 + text.width() <= room {
            let line = format!("{gap} {border} {indent}{} {text}", self.paint(&mark, paint));
            let _ = writeln!(self.out, "{}", line.trim_end());
            return;
        }
        // There is no room next to the mark, so the text goes below it.
        let _ = writeln!(self.out, "{gap} {border} {indent}{}", self.paint(&mark, paint));
        let left = column.min(room / 3);
        let hang = " ".repeat(left + 2);
        let first = format!("{}{} ", " ".repeat(left), characters.lbot);
        let filled = textwrap::fill(&text, options(room.max(20), &first, &hang));
        for line in filled.lines() {
            let _ = writeln!(self.out, "{gap} {border} {line}");
        }
    }
}

/// The part of a line around a position, with up to `near` bytes on each side.
fn around(file: &SourceFile, line: Span, at: u32, near: u32) -> Span {
    let floor = |at: u32| file.text.floor_char_boundary(at as usize) as u32;
    Span::new(floor(at.saturating_sub(near)).max(line.start), floor(at.saturating_add(near)).min(line.end))
}
