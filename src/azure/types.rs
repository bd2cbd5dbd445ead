//! Names of resource types in messages, and facts about the names of resources.

/// The lists that the build generates from the TOML file.
mod lists {
    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}

/// A resource type as a noun in the singular: from `types.toml`, otherwise from the last segment of the type.
///
/// ```
/// use bicep_race_lint::azure::types::noun;
///
/// assert_eq!(noun("Microsoft.Network/virtualHubs"), "virtual hub");
/// assert_eq!(noun("Microsoft.Network/privateDnsZones"), "private DNS zone");
/// assert_eq!(noun("Microsoft.OperationalInsights/workspaces"), "Log Analytics workspace");
/// ```
pub fn noun(ty: &str) -> String {
    if let Some(noun) = found(lists::NOUNS, ty) {
        return noun.to_owned();
    }
    let last = ty.rsplit('/').next().unwrap_or(ty);
    let mut words = words(last);
    if let Some(last) = words.last_mut() {
        *last = singular(last);
    }
    for word in &mut words {
        if let Some(spelling) = found(lists::WORDS, word) {
            spelling.clone_into(word);
        }
    }
    words.join(" ")
}

/// A noun after its article. Ex) a virtual hub, an API
pub(crate) fn with_article(noun: &str) -> String {
    // The article of an abbreviation follows the name of its first letter: an SSH key, a VPN gateway. SQL is read as a word: a SQL
    // server.
    let is_spelt =
        noun.chars().take_while(|char| char.is_uppercase()).count() > 1 && !noun.starts_with("SQL");
    let vowels: &[char] = if is_spelt {
        &['A', 'E', 'F', 'H', 'I', 'L', 'M', 'N', 'O', 'R', 'S', 'X']
    } else {
        &['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O']
    };
    format!("{} {noun}", if noun.starts_with(vowels) { "an" } else { "a" })
}

/// Whether Azure prescribes the name of a resource of this type.
///
/// ```
/// use bicep_race_lint::azure::types::has_fixed_name;
///
/// assert!(has_fixed_name("Microsoft.ApiManagement/service/apis/policies"));
/// assert!(!has_fixed_name("Microsoft.ApiManagement/service/apis"));
/// ```
pub fn has_fixed_name(ty: &str) -> bool {
    lists::FIXED_NAMES.binary_search(&ty.to_ascii_lowercase().as_str()).is_ok()
}

/// An expression for a different name, for types of which several declarations with one name are usually meant to be several
/// resources; `None` for other types.
///
/// ```
/// use bicep_race_lint::azure::types::own_name;
///
/// assert!(own_name("Microsoft.Resources/deployments").is_some());
/// assert!(own_name("Microsoft.Network/virtualNetworks").is_none());
/// ```
pub fn own_name(ty: &str) -> Option<&'static str> {
    found(lists::OWN_NAMES, ty)
}

/// The prefix of a name that Azure identifies by what follows the prefix, so that a new name must begin with the old one.
///
/// ```
/// use bicep_race_lint::azure::types::counted_name;
///
/// assert_eq!(counted_name("pid-acce1e78-0375-4637-a593-86aa36dcfeac"), Some("pid-"));
/// assert_eq!(counted_name("network"), None);
/// ```
pub fn counted_name(name: &str) -> Option<&'static str> {
    let begin = name.trim_start_matches('\'');
    lists::COUNTED_NAMES.iter().copied().find(|counted| begin.starts_with(counted))
}

/// Whether two names that differ only in case mean two resources of this type.
///
/// ```
/// use bicep_race_lint::azure::types::has_case_sensitive_name;
///
/// assert!(has_case_sensitive_name("Microsoft.AppConfiguration/configurationStores/keyValues"));
/// assert!(!has_case_sensitive_name("Microsoft.AppConfiguration/configurationStores"));
/// ```
pub fn has_case_sensitive_name(ty: &str) -> bool {
    lists::CASE_SENSITIVE_NAMES.binary_search(&ty.to_ascii_lowercase().as_str()).is_ok()
}

/// Looks up a key, in lower case, in a sorted list.
fn found(list: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    let key = key.to_ascii_lowercase();
    list.binary_search_by(|(known, _)| (*known).cmp(&key)).ok().map(|at| list[at].1)
}

/// The words of a name in camel case, in lower case. Ex) `publicIPAddresses` → public, ip, addresses
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let is_upper = |at: usize| letters.get(at).is_some_and(|char| char.is_uppercase());
    let mut words: Vec<String> = Vec::new();
    for (at, char) in letters.iter().enumerate() {
        // Ex) the A of publicIPAddresses, and its I
        let starts =
            is_upper(at) && (at == 0 || !is_upper(at - 1) || (at + 1 < letters.len() && !is_upper(at + 1)));
        if starts || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(char.to_lowercase());
        }
    }
    words
}

fn singular(word: &str) -> String {
    match word {
        _ if word.ends_with("ies") => format!("{}y", &word[..word.len() - 3]),
        _ if word.ends_with("sses") => word[..word.len() - 2].to_owned(),
        _ if word.ends_with('s') && !word.ends_with("ss") => word[..word.len() - 1].to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_as_words() {
        let table = [
            ("Microsoft.Network/virtualHubs", "virtual hub"),
            ("Microsoft.Network/firewallPolicies", "firewall policy"),
            ("Microsoft.Network/publicIPAddresses", "public IP address"),
            ("Microsoft.Network/vpnSites", "VPN site"),
            ("Microsoft.Network/virtualWans", "virtual WAN"),
            ("Microsoft.ApiManagement/service/apis", "API"),
            ("microsoft.keyvault/VAULTS", "key vault"),
            ("", ""),
        ];
        for (ty, words) in table {
            assert_eq!(noun(ty), words);
        }
        for (many, one) in [
            ("hubs", "hub"),
            ("policies", "policy"),
            ("addresses", "address"),
            ("access", "access"),
            ("data", "data"),
        ] {
            assert_eq!(singular(many), one);
        }
        let articles = [
            "a VPN gateway",
            "a SQL server",
            "an SSH key",
            "an Azure AI account",
            "a virtual hub",
            "an app",
            "a key vault",
            "an API",
        ];
        for words in articles {
            assert_eq!(with_article(words.split_once(' ').unwrap().1), words);
        }
    }
}
