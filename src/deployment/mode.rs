//! Whether the compiler writes a template with symbolic names.

use crate::template::{Language, Template};

/// The flags of `bicepconfig.json` (`experimentalFeaturesEnabled`) that make the compiler write symbolic names.
pub const SYMBOLIC_FLAGS: [&str; 10] = [
    "symbolicNameCodegen",
    "resourceInfoCodegen",
    "assertions",
    "waitUntil",
    "localDeploy",
    "moduleExtensionConfigs",
    "userDefinedConstraints",
    "deployCommands",
    "runtimeValuesInTagsAndSku",
    "azExtensionConfig",
];

/// Whether existing resources are part of the graph of a template. `secure_module` tells that a module it calls directly
/// has a secure output, `flagged` that one of [`SYMBOLIC_FLAGS`] is on for its file.
pub const fn symbolic_mode(template: &Template, secure_module: bool, flagged: bool) -> bool {
    let own = template.symbolic_names || template.has_secure_output;
    match template.language {
        Language::Bicep => own || secure_module || flagged,
        // A compiled template already says which mode it has.
        Language::Arm | Language::Params => own,
    }
}
