//! Finds the resource types that an error names without an id: by the names that Terraform, Pulumi, azd and Azure's library for Go give
//! them, by the labels that Terraform prints, and by phrases that only errors of one type have.

use std::collections::BTreeSet;

use super::types_of;
use crate::azure::answers::{displayed, implied, labels, type_of_terraform};
use crate::azure::catalog::Entry;

/// Ex) `Load Balancer Backend Address Pool`
const MOST_WORDS_OF_A_TYPE: usize = 5;

/// The types of the catalogue under the names that tools give them.
pub(super) struct Names(Vec<Name>);

/// A type in parts. Ex) `Microsoft.DBforPostgreSQL/flexibleServers/databases`
struct Name {
    /// In lower case.
    ty: String,
    /// Ex) `dbforpostgresql`
    service: String,
    /// Its last segments in the singular, from all of them to the last one. Ex) `flexibleserverdatabase`, `database`
    tails: Vec<String>,
}

impl Names {
    /// The names of all types that entries name.
    pub(super) fn of(entries: &[&Entry]) -> Self {
        let mut types: Vec<String> = entries
            .iter()
            .flat_map(|entry| types_of(entry))
            .filter(|ty| !ty.contains('*'))
            .map(|ty| ty.to_ascii_lowercase())
            .collect();
        types.sort();
        types.dedup();
        Self(types.into_iter().map(Name::of).collect())
    }

    /// The types (lower case) that an error (folded) names without an id.
    pub(super) fn types_in(&self, folded: &str) -> Vec<String> {
        let labelled = labels().iter().filter(|(label, _)| is_labelled(folded, label));
        let mut types: Vec<String> = labelled.map(|(_, ty)| ty.to_ascii_lowercase()).collect();
        let failed = self.of_terraform_ids(folded);
        // The label is then that of a parent.
        let is_parent = |ty: &String| {
            failed
                .iter()
                .any(|child| child.strip_prefix(ty.as_str()).is_some_and(|rest| rest.starts_with('/')))
        };
        types.retain(|ty| !is_parent(ty));
        types.extend(failed);
        types.extend(self.of_terraform(folded));
        types.extend(self.of_pulumi(folded));
        types.extend(self.of_clients(folded));
        // Ex) `(x) Failed: Container Registry: cr`
        let is_shown = |name: &str| folded.contains(&format!("failed: {name}: "));
        let shown = displayed().iter().filter(|(name, _)| is_shown(name));
        types.extend(shown.map(|(_, ty)| ty.to_ascii_lowercase()));
        let mut seen = BTreeSet::new();
        types.retain(|ty| seen.insert(ty.clone()));
        types
    }

    /// Ex) `deleting Private Dns Zone Group (Subscription: "…"`, `waiting for creation of Subnet: (Name "apps"`
    fn of_terraform_ids(&self, folded: &str) -> Vec<String> {
        let forms = [" (subscription: ", ": (name "];
        let before =
            forms.iter().flat_map(|form| folded.match_indices(form).filter_map(|(at, _)| folded.get(..at)));
        let types_of = |before: &str| {
            let words: Vec<&str> = before.split_whitespace().rev().take(MOST_WORDS_OF_A_TYPE).collect();
            let names = (1..=words.len()).rev().filter_map(|count| words.get(..count));
            let mut found =
                names.map(|name| self.called(None, &name.iter().rev().copied().collect::<String>()));
            found.find(|types| !types.is_empty()).unwrap_or_default()
        };
        before.flat_map(types_of).collect()
    }

    /// Ex) `with azurerm_virtual_network_peering.spoke`
    fn of_terraform(&self, folded: &str) -> Vec<String> {
        let words = folded.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let names = words.filter_map(|word| word.strip_prefix("azurerm_"));
        let types_of = |name: &str| match type_of_terraform(name) {
            Some(ty) => vec![ty.to_ascii_lowercase()],
            None => self.called(None, &name.replace('_', "")),
        };
        names.flat_map(types_of).collect()
    }

    /// Ex) `azure-native:network:Subnet (apps)`, `azure-native:network/v20230201:Subnet`
    fn of_pulumi(&self, folded: &str) -> Vec<String> {
        let parts = folded.split("azure-native:").skip(1).filter_map(|rest| rest.split_once(':'));
        let types_of = |(module, rest): (&str, &str)| {
            let service = module.split('/').next().unwrap_or_default();
            self.called(Some(service), first_word(rest))
        };
        parts.flat_map(types_of).collect()
    }

    /// Ex) `network.SubnetsClient#CreateOrUpdate`
    fn of_clients(&self, folded: &str) -> Vec<String> {
        let before = folded.match_indices("client#").map(|(at, _)| &folded[..at]);
        let types_of = |before: &str| {
            let from = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '.').map_or(0, |at| at + 1);
            let (service, name) = before.get(from..)?.rsplit_once('.')?;
            Some(self.called(Some(service), &singular(name)))
        };
        before.filter_map(types_of).flatten().collect()
    }

    fn called(&self, service: Option<&str>, name: &str) -> Vec<String> {
        let found = self.0.iter().filter(|known| known.is_called(service, name));
        found.map(|known| known.ty.clone()).collect()
    }
}

impl Name {
    fn of(ty: String) -> Self {
        let mut segments = ty.split('/');
        let provider = segments.next().unwrap_or_default();
        let service = provider.rsplit('.').next().unwrap_or_default().to_owned();
        let parts: Vec<String> = segments.map(singular).collect();
        let tails = (0..parts.len()).map(|from| parts[from..].concat()).collect();
        Self { ty, service, tails }
    }

    /// Whether a tool calls the type by this name, of a service or with the service in it.
    fn is_called(&self, service: Option<&str>, name: &str) -> bool {
        let short = self.service.strip_prefix("dbfor").unwrap_or(&self.service);
        self.tails.iter().any(|tail| match service {
            Some(service) => service == self.service && tail == name,
            None => tail == name || name.strip_prefix(short) == Some(tail),
        })
    }
}

/// The types (lower case) of which alone an error (folded) can be, whatever it names besides.
pub(super) fn implied_in(folded: &str) -> impl Iterator<Item = String> {
    implied().iter().filter(move |(words, _)| folded.contains(words)).map(|(_, ty)| ty.to_ascii_lowercase())
}

/// Whether Terraform prints a part of an id with this label.
///
/// Ex) `Subnet Name: "apps"`, `Subnet "apps" (Virtual Network "vnet"`
fn is_labelled(folded: &str, label: &str) -> bool {
    folded.match_indices(label).any(|(at, _)| {
        let is_start = !folded[..at].ends_with(char::is_alphanumeric);
        let rest = &folded[at + label.len()..];
        let is_quoted = || {
            let name = rest.strip_prefix(" \"").and_then(|rest| rest.split_once('"'));
            name.is_some_and(|(_, rest)| rest.starts_with(" ("))
        };
        is_start && (rest.starts_with(" name: ") || is_quoted())
    })
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default()
}

/// A word of a type (lower case) in the singular.
fn singular(word: &str) -> String {
    match (word.strip_suffix("ies"), word.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) if !stem.ends_with('s') => stem.to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::catalog::Catalog;

    #[test]
    fn tools_have_names_of_their_own_for_types() {
        let catalog = Catalog::builtin();
        let entries: Vec<&Entry> = catalog.entries().collect();
        let names = Names::of(&entries);
        let subnet = "microsoft.network/virtualnetworks/subnets";
        for (text, expected) in [
            ("with azurerm_subnet.apps,", subnet),
            ("with azurerm_private_endpoint.pe[0]", "microsoft.network/privateendpoints"),
            (
                "azurerm_postgresql_flexible_server_configuration.a",
                "microsoft.dbforpostgresql/flexibleservers/configurations",
            ),
            ("azurerm_key_vault_secret.a", "microsoft.keyvault/vaults/secrets"),
            (
                "azurerm_kubernetes_cluster_node_pool.a",
                "microsoft.containerservice/managedclusters/agentpools",
            ),
            ("azure-native:network:subnet (apps)", subnet),
            ("azure-native:network/v20230201:subnet (apps)", subnet),
            ("azure-native:keyvault:accesspolicy", "microsoft.keyvault/vaults/accesspolicies"),
            ("network.subnetsclient#createorupdate: failure", subnet),
            ("creating: network.subnetsclient#createorupdate: failure", subnet),
            ("updating subnet: (name \"apps\" / virtual network", subnet),
            ("creating subnet (subscription: \"0\" resource group", subnet),
            ("creating subnet \"apps\" (virtual network \"vnet\"", subnet),
            (
                "deleting private dns zone group (subscription: \"0\" private endpoint name: \"pe\"",
                "microsoft.network/privateendpoints/privatednszonegroups",
            ),
            ("virtual network name: \"vnet\" subnet name: \"apps\")", subnet),
            ("(x) failed: aks agent pool: aks/apps", "microsoft.containerservice/managedclusters/agentpools"),
            ("with azurerm_app_configuration.a,", "microsoft.appconfiguration/configurationstores"),
        ] {
            assert_eq!(names.types_in(text), [expected], "{text}");
        }
        for text in [
            "subnet \"apps\" is there",
            "azurerm_nothing.a",
            "azure-native:network",
            "client#",
            "a subnet: b",
        ] {
            assert_eq!(names.types_in(text), [""; 0], "{text}");
        }
    }
}
