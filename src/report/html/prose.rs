//! Messages as HTML: names in back-ticks become code, and invisible characters of a template become visible.

use maud::{Markup, html};

use crate::escape::visible;

/// A sentence as HTML; text in back-ticks becomes code.
pub(super) fn prose(text: &str) -> Markup {
    let text = visible(text);
    let parts: Vec<&str> = text.split('`').collect();
    // If a back-tick has no partner, all back-ticks stay as they are.
    let is_paired = parts.len() % 2 == 1;
    html! {
        @if is_paired {
            @for (at, part) in parts.iter().enumerate() {
                @if at % 2 == 1 { code { (part) } } @else { (part) }
            }
        } @else {
            (text)
        }
    }
}

/// Plain text with invisible characters made visible.
pub(super) fn plain(text: &str) -> String {
    visible(text)
}

/// A link if the address starts with `https://`, else plain text.
pub(super) fn link(url: &str) -> Markup {
    html! {
        @if url.starts_with("https://") { a href=(url) rel="noreferrer" { (visible(url)) } } @else { (visible(url)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_and_markup_is_text() {
        assert_eq!(prose("`a` and <b>").into_string(), "<code>a</code> and &lt;b&gt;");
        assert_eq!(prose("a ` b").into_string(), "a ` b");
        assert_eq!(prose("\u{202e}").into_string(), "&lt;U+202E&gt;");
    }

    #[test]
    fn an_address_that_runs_code_is_not_a_link() {
        assert_eq!(link("javascript:alert(1)").into_string(), "javascript:alert(1)");
        assert!(
            link("https://example.com/\"x")
                .into_string()
                .starts_with("<a href=\"https://example.com/&quot;x\"")
        );
    }
}
