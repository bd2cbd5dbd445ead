//! Wraps text to a number of columns, only at spaces.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};
use unicode_width::UnicodeWidthStr;

/// Words are separated at blanks only: a path or an address is meant to be copied, so it stays in one piece if it fits
/// in a line. A line takes as many words as fit: balanced lines would cost a tenth of a run with one finding.
pub(crate) fn options<'i>(width: usize, first: &'i str, rest: &'i str) -> Options<'i> {
    Options::new(width)
        .initial_indent(first)
        .subsequent_indent(rest)
        .word_separator(WordSeparator::AsciiSpace)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
        .word_splitter(WordSplitter::NoHyphenation)
}

/// Wraps lines, each with its own indentation. Continuation lines begin at the column `hang` if the line has a column
/// there, otherwise at the line's indentation plus two.
pub(crate) fn lines(text: &str, width: usize, hang: Option<usize>) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let words = line.trim_start();
        let own = line.len() - words.len();
        // The gaps between columns of a table are not gaps between words.
        let is_column = |&hang: &usize| {
            line.split_at_checked(hang).is_some_and(|(head, rest)| {
                let is_gap = head.ends_with("  ") || (own > 0 && head.ends_with(' '));
                is_gap && !rest.starts_with(' ')
            })
        };
        let column = hang.filter(is_column);
        let hang = column.filter(|&column| 2 * column < width).unwrap_or(own + 2);
        if line.width() <= width {
            out.push_str(line);
        } else {
            let (head, rest) = line.split_at(column.unwrap_or(own));
            out.push_str(&textwrap::fill(rest, options(width, head, &" ".repeat(hang)).break_words(false)));
        }
        out.push('\n');
    }
    out
}

/// Wraps a page in Markdown: paragraphs and list items are filled, fenced blocks stay as they are.
pub(crate) fn page(text: &str, width: usize) -> String {
    let mut joined = String::with_capacity(text.len());
    let (mut is_fenced, mut is_open) = (false, false);
    for line in text.lines() {
        let is_fence = line.starts_with("```");
        let begins = is_fenced || is_fence || line.is_empty() || line.starts_with(['#', '-', '|', ' ']);
        if !joined.is_empty() {
            joined.push(if is_open && !begins { ' ' } else { '\n' });
        }
        joined.push_str(line);
        is_fenced ^= is_fence;
        is_open = !is_fenced && !is_fence && !line.is_empty() && !line.starts_with(['#', '|']);
    }
    let mut out = String::with_capacity(joined.len());
    is_fenced = false;
    for line in joined.lines() {
        is_fenced ^= line.starts_with("```");
        if is_fenced || line.starts_with('|') {
            out.push_str(line);
        } else {
            let rest = if line.starts_with("- ") { "  " } else { "" };
            out.push_str(&textwrap::fill(line, options(width, "", rest).break_words(false)));
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_hangs_where_there_is_room_for_it() {
        let row = "hub-gateways   error  gateways of one hub may deploy at the same time\n";
        let wide =
            "hub-gateways   error  gateways of one hub may\n                      deploy at the same time\n";
        assert_eq!(lines(row, 50, Some(22)), wide);
        let narrow = "hub-gateways   error  gateways of one\n  hub may deploy at the same time\n";
        assert_eq!(lines(row, 40, Some(22)), narrow);
        assert_eq!(lines(row, 80, Some(22)), row);
        // A line that is not a row of the table keeps its own indentation.
        let list = "  Microsoft.Network/virtualHubs: hub-gateways, hub-connections\n";
        let wrapped = "  Microsoft.Network/virtualHubs:\n    hub-gateways, hub-connections\n";
        assert_eq!(lines(list, 40, Some(11)), wrapped);
        let field = "  why      both write the routing state of the hub\n";
        assert_eq!(
            lines(field, 40, Some(11)),
            "  why      both write the routing state\n           of the hub\n"
        );
    }

    #[test]
    fn a_path_stays_in_one_piece() {
        let text = "see modules/express-route/gateway-of-the-hub.bicep:3\n";
        assert_eq!(lines(text, 20, None), "see\n  modules/express-route/gateway-of-the-hub.bicep:3\n");
    }

    #[test]
    fn a_page_is_filled_anew_and_its_code_is_not() {
        let text = "# A title\n\none two\nthree four\n\n- five six\n- seven\n\n```bicep\nresource a 'b' = { name: 'long' }\n```\n";
        let shown = "# A title\n\none two three\nfour\n\n- five six\n- seven\n\n```bicep\nresource a 'b' = { name: 'long' }\n```\n";
        assert_eq!(page(text, 13), shown);
    }
}
