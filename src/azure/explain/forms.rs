//! Recognises what an error says by the form of its words, whatever the service: a code such as `NetworkProfileNotFound`, or a
//! sentence such as “the request conflicted with an ongoing operation”.
//!
//! A form is a row of `answers.toml`: words in their order, `a|b` for either of two, `…` for up to [`LONGEST_GAP`] others. It is
//! tried only on errors that no entry knows and no phrase of an answer fits.

use crate::azure::answers::without_empty;

/// The most words that `…` stands for.
const LONGEST_GAP: usize = 6;
/// From this number of lines on, a text without a code is a log, of which only the lines about errors count.
const LEAST_LINES_OF_LOG: usize = 25;
/// The end of a sentence, which no form crosses.
const STOP: &str = ".";

/// The words of a code or a message in lower case, with the parts of `PascalCase` apart. Ids and addresses are left out.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split_whitespace().filter(|word| !word.contains('/')) {
        let plain = word.replace(['\'', '’'], "");
        for part in plain.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
            humps(part, &mut words);
        }
        if word.trim_end_matches(['"', '\'', ')', ']', '\\']).ends_with(['.', ';', '!']) {
            words.push(STOP.to_owned());
        }
    }
    words
}

/// The lines of a message that may say what failed: all, unless it is the log of a whole run. What wraps every failure is left out.
pub(super) fn telling(message: &str) -> String {
    let message = without_empty(message);
    if message.lines().count() < LEAST_LINES_OF_LOG {
        return message;
    }
    let tells = |line: &&str| {
        let line = line.to_lowercase();
        line.contains("error") || line.contains("fail")
    };
    message.lines().filter(tells).collect::<Vec<_>>().join("\n")
}

/// The parts of a word such as `IotDpsState`.
fn humps(word: &str, into: &mut Vec<String>) {
    let mut part = String::new();
    let mut was_lower = false;
    for c in word.chars() {
        if c.is_uppercase() && was_lower {
            into.push(std::mem::take(&mut part));
        }
        was_lower = c.is_lowercase();
        part.extend(c.to_lowercase());
    }
    into.push(part);
}

/// Whether some words have a form.
pub(super) fn have_form(words: &[String], form: &str) -> bool {
    let form: Vec<&str> = form.split(' ').collect();
    (0..words.len()).any(|from| follows(&words[from..], &form))
}

fn follows(words: &[String], form: &[&str]) -> bool {
    match form {
        [] => true,
        ["…", rest @ ..] => {
            let gap = words.iter().take(LONGEST_GAP).take_while(|word| *word != STOP).count();
            (0..=gap).any(|skipped| follows(&words[skipped..], rest))
        }
        [either, rest @ ..] => {
            let Some((word, words)) = words.split_first() else { return false };
            either.split('|').any(|one| one == word) && follows(words, rest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_apart_and_without_addresses() {
        for (text, expected) in [
            ("NetworkProfileNotFound", "network profile not found"),
            ("IotDpsState: Transitioning", "iot dps state transitioning"),
            ("it isn’t 'ready'. Try again", "it isnt ready . try again"),
            ("see https://aka.ms/in-progress now", "see now"),
            ("an in-progress write (409)", "an in progress write 409"),
            ("IPAddress", "ipaddress"),
            ("", ""),
        ] {
            assert_eq!(words_of(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_form_is_found_anywhere_within_a_sentence() {
        let has = |text: &str, form: &str| have_form(&words_of(text), form);
        assert!(has("The request conflicted with an ongoing operation.", "ongoing operation|update"));
        assert!(has("an operation is already in progress", "operation … in progress"));
        assert!(has("operation in progress", "operation … in progress"));
        assert!(!has("The operation failed. Another is in progress.", "operation … in progress"));
        assert!(!has("operation a b c d e f g in progress", "operation … in progress"));
        assert!(!has("in", "in progress") && !has("", "in"));
    }

    #[test]
    fn only_lines_about_errors_count_in_a_log() {
        let log = "Still in progress\n".repeat(LEAST_LINES_OF_LOG);
        assert_eq!(telling(&format!("{log}Error: x\nit failed\n")), "Error: x\nit failed");
        assert_eq!(telling("Still in progress"), "Still in progress");
    }
}
