//! Excerpts of source: the lines around each mark, with its text below.

use maud::{Markup, html};

use super::prose::{plain, prose};
use crate::rules::finding::Report;
use crate::small_sort::SmallSort as _;
use crate::source::{FileId, Place, SourceFile, Span};

/// Number of lines before and after a mark.
const BEFORE: u32 = 1;
const AFTER: u32 = 3;
/// Maximum number of characters of a line, around the mark: a generated template may be a single line.
const MAX_LINE_CHARS: usize = 240;
/// Maximum number of marks per file.
const MAX_MARKS: usize = 20;

/// A place with its text.
pub(super) struct Mark {
    pub(super) place: Place,
    pub(super) text: String,
}

/// One excerpt per file, in the order in which the files first appear.
pub(super) fn excerpts(report: &Report, marks: &[Mark]) -> Markup {
    let mut files: Vec<FileId> = Vec::new();
    for mark in marks {
        if !files.contains(&mark.place.file) {
            files.push(mark.place.file);
        }
    }
    html! {
        @for id in files {
            @let of_file = sorted(marks, id);
            @let left_out = of_file.len().saturating_sub(MAX_MARKS);
            (excerpt(report.sources.file(id), &of_file[..of_file.len() - left_out]))
            @if left_out > 0 { p.left-out { "and " (left_out) " more places in this file" } }
        }
    }
}

fn sorted(marks: &[Mark], id: FileId) -> Vec<&Mark> {
    let mut of_file: Vec<&Mark> = marks.iter().filter(|mark| mark.place.file == id).collect();
    of_file.small_sort_by_key(|mark| mark.place.span);
    of_file
}

fn excerpt(file: &SourceFile, marks: &[&Mark]) -> Markup {
    let line_of = |mark: &&Mark| file.position(mark.place.span.start).line;
    let mut lines: Vec<u32> = Vec::new();
    for mark in marks {
        let line = line_of(mark);
        let last = (line + AFTER).min(file.line_count());
        let first = lines.last().map_or(0, |shown| shown + 1).max(line.saturating_sub(BEFORE).max(1));
        let says = |&at: &u32| at >= line || !file.line(at).of(&file.text).trim().is_empty();
        lines.extend((first..=last).filter(says));
    }
    let first = marks.first().map(|mark| file.position(mark.place.span.start));
    html! {
        figure.source {
            figcaption {
                code { (plain(&file.path)) @if let Some(at) = first { ":" (at.line) ":" (at.column) } }
            }
            div.lines {
                @for (at, &line) in lines.iter().enumerate() {
                    @if at > 0 && lines[at - 1] + 1 != line { div.gap aria-hidden="true" { "⋯" } }
                    @let here: Vec<&Mark> = marks.iter().filter(|mark| line_of(mark) == line).copied().collect();
                    div.line.marked[!here.is_empty()] {
                        span.number { (line) }
                        (code(file, line, &here))
                    }
                    @for mark in here.iter().filter(|mark| !mark.text.is_empty()) {
                        div.said { (prose(&mark.text)) }
                    }
                }
            }
        }
    }
}

/// A line with its marks, cut around the first mark if it is too long.
fn code(file: &SourceFile, line: u32, marks: &[&Mark]) -> Markup {
    let span = near(file, file.line(line), marks);
    let shown = file.shown(span);
    let text = &*shown;
    let mut pieces: Vec<(&str, bool)> = Vec::new();
    let mut at = 0;
    for mark in marks {
        let start = (mark.place.span.start - span.start) as usize;
        let end = (mark.place.span.end.clamp(mark.place.span.start, span.end.max(mark.place.span.start))
            - span.start) as usize;
        if let (Some(before), Some(marked)) = (text.get(at..start), text.get(start..end)) {
            pieces.extend([(before, false), (marked, true)]);
            at = end;
        }
    }
    pieces.push((text.get(at..).unwrap_or_default(), false));
    let pieces = cut(&pieces);
    html! {
        code {
            @for (piece, is_marked) in &pieces {
                @if *is_marked { mark { (piece) } } @else { (piece) }
            }
        }
    }
}

/// The part of a line that may be shown. Of a line with megabytes, only the text near the marks is read.
fn near(file: &SourceFile, line: Span, marks: &[&Mark]) -> Span {
    let floor = |at: usize| file.text.floor_char_boundary(at) as u32;
    // One character more than is shown on each side, to know whether the line continues. A character has at most four
    // bytes.
    let room = 4 * (MAX_LINE_CHARS + 1);
    let first = marks.first().map_or(line.start, |mark| mark.place.span.start) as usize;
    let (start, end) = (first.saturating_sub(room), first + room);
    Span::new(floor(start).clamp(line.start, line.end), floor(end).clamp(line.start, line.end))
}

/// Cuts the pieces to at most [`MAX_LINE_CHARS`] characters in total; the text before the first mark is cut first.
fn cut(pieces: &[(&str, bool)]) -> Vec<(String, bool)> {
    let shown = |text: &str| plain(&text.replace('\t', "  "));
    let mut room = MAX_LINE_CHARS;
    let mut out = Vec::new();
    for (at, &(piece, is_marked)) in pieces.iter().enumerate() {
        let count = piece.chars().count();
        let is_before = at == 0 && pieces.len() > 1;
        let most = if is_before { MAX_LINE_CHARS / 3 } else { room };
        let text = match count {
            _ if count <= most => shown(piece),
            _ if is_before => {
                format!("…{}", shown(&piece.chars().skip(count - most).collect::<String>()))
            }
            _ => format!("{}…", shown(&piece.chars().take(most).collect::<String>())),
        };
        room = room.saturating_sub(count.min(most));
        if !text.is_empty() {
            out.push((text, is_marked));
        }
        if count > most && !is_before {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pieces: &[(&str, bool)]) -> String {
        cut(pieces)
            .into_iter()
            .map(|(text, is_marked)| if is_marked { format!("[{text}]") } else { text })
            .collect()
    }

    #[test]
    fn a_line_is_cut_around_its_mark() {
        assert_eq!(told(&[("resource ", false), ("hub", true), (" 'x'", false)]), "resource [hub] 'x'");
        let long = "x".repeat(1_000_000);
        let shown = told(&[(&long, false), ("hub", true), (&long, false)]);
        assert!(shown.starts_with("…xx") && shown.ends_with("xx…") && shown.contains("x[hub]x"), "{shown}");
        assert!(shown.chars().count() <= MAX_LINE_CHARS + 4, "{}", shown.chars().count());
        assert!(told(&[(&long, false)]).chars().count() <= MAX_LINE_CHARS + 1);
    }

    #[test]
    fn only_the_text_near_the_marks_of_a_long_line_is_read() {
        let long = "aé\u{20ac}𝄞".repeat(10_000);
        let text = format!("{long}first{long}second{long}");
        let mut report = Report::default();
        let file = report.sources.add(SourceFile::new("a.json", text.as_str()));
        let line = report.sources.file(file).line(1);
        let mark = |word: &str, length: usize| {
            let start = text.find(word).unwrap();
            let span = Span::new(start as u32, (start + length) as u32);
            Mark { place: Place { file, span }, text: String::new() }
        };
        let [first, second, wide] = [mark("first", 5), mark("second", 6), mark("first", long.len() + 11)];
        for (marks, shown) in [
            (vec![&first], "<mark>first</mark>"),
            (vec![&first, &second], "<mark>first</mark>"),
            (vec![&second], "<mark>second</mark>"),
            (vec![&wide], "<mark>firstaé"),
            (vec![], "<code>aé"),
        ] {
            let source = report.sources.file(file);
            assert!(near(source, line, &marks).len() < 20 * MAX_LINE_CHARS as u32);
            let told = code(source, 1, &marks).into_string();
            assert!(told.contains(shown) && told.contains('…'), "{told}");
            assert!(told.chars().count() < 2 * MAX_LINE_CHARS, "{told}");
        }
    }

    #[test]
    fn excerpts_join_where_they_meet_and_leave_out_what_lies_between() {
        let text = (1..=30).map(|line| format!("line{line}")).collect::<Vec<_>>().join("\n");
        let mut report = Report::default();
        let file = report.sources.add(SourceFile::new("a.bicep", text.as_str()));
        let mark = |word: &str| {
            let start = text.find(word).unwrap() as u32;
            let span = crate::source::Span::new(start, start + word.len() as u32);
            Mark { place: Place { file, span }, text: format!("here is `{word}`") }
        };
        let shown = excerpts(&report, &[mark("line20"), mark("line6"), mark("line7")]).into_string();
        let has = |line: u32| shown.contains(&format!(">{line}</span>"));
        assert_eq!(
            (1..=30).filter(|&line| has(line)).collect::<Vec<_>>(),
            [5, 6, 7, 8, 9, 10, 19, 20, 21, 22, 23]
        );
        assert_eq!(shown.matches("class=\"gap\"").count(), 1);
        assert!(
            shown.contains("<mark>line6</mark>") && shown.contains("here is <code>line7</code>"),
            "{shown}"
        );
    }

    #[test]
    fn a_mark_at_the_end_of_a_file_is_shown() {
        let mut report = Report::default();
        let file = report.sources.add(SourceFile::new("a.bicep", "abc"));
        for (start, end, shown) in
            [(3, 3, "<code>abc</code>"), (0, 3, "<mark>abc</mark>"), (2, 3, "ab<mark>c</mark>")]
        {
            let mark = Mark {
                place: Place { file, span: crate::source::Span::new(start, end) },
                text: String::new(),
            };
            assert!(excerpts(&report, &[mark]).into_string().contains(shown), "{start}-{end}");
        }
    }
}
