//! Suggestions for misspelt names.

/// The most similar known name, if one is similar enough to be a likely misspelling.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_ascii_lowercase();
    let length = written.chars().count();
    let far = (length / 3).max(1);
    let distances = known
        .into_iter()
        .filter(|name| name.chars().count().abs_diff(length) <= far)
        .map(|name| (strsim::osa_distance(&written, &name.to_ascii_lowercase()), name));
    distances.filter(|(distance, _)| *distance <= far).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelling_is_near_and_another_word_is_not() {
        let known = ["hub-gateways", "parallel-writers", "lost-update"];
        assert_eq!(nearest("hub-gateway", known), Some("hub-gateways"));
        assert_eq!(nearest("Paralel-Writers", known), Some("parallel-writers"));
        assert_eq!(nearest("no-hardcoded-location", known), None);
    }
}
