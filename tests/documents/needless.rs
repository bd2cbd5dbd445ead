//! Results of `needless-order` in public repositories were read one by one, and the verdicts are in the data file: 105 of
//! a random sample, and 44 outside it.

use serde_json::Value;

const READ: &str = include_str!("../readings/needless.json");

#[test]
fn nearly_all_readings_are_needless() {
    let read: Vec<Value> = serde_json::from_str(READ).unwrap();
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let mut places = std::collections::BTreeSet::new();
    for one in &read {
        let at =
            (text(one, "repository"), text(one, "commit"), text(one, "file"), one["line"].as_u64().unwrap());
        assert!(places.insert(at), "it was read twice: {one}");
        assert!(
            text(one, "reason").split_whitespace().count() >= 5 && text(one, "reason").ends_with('.'),
            "{one}"
        );
        assert!(["needless", "needed"].contains(&text(one, "verdict").as_str()), "{one}");
        assert_eq!(one["symbols"].as_array().map(Vec::len), Some(2), "{one}");
    }
    assert!(read.len() >= 130, "{} were read", read.len());
    let needless = read.iter().filter(|one| one["verdict"] == "needless").count();
    assert!(needless * 100 >= read.len() * 95, "{needless} of {} are needless", read.len());
}
