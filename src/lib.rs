//! A static race detector for Azure deployments: from the text of a template to the declarations that may write one
//! shared object at the same time.
//!
//! ```
//! use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};
//!
//! let text = "
//! resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = { name: 'hub', location: 'x' }
//! resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
//!   name: 's2s'
//!   properties: { virtualHub: { id: hub.id } }
//! }
//! resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
//!   name: 'er'
//!   properties: { virtualHub: { id: hub.id } }
//! }";
//! let mut session = Session::new(Catalog::builtin(), Config::default());
//! session.load(Memory::default().with("/main.bicep", text), Roots::named(["/main.bicep"]));
//! assert_eq!(session.check().findings.len(), 1);
//!
//! // Now one waits for the other.
//! session.change("/main.bicep", text.replace("name: 'er'", "name: 'er'\n  dependsOn: [s2s]"));
//! assert!(session.check().findings.is_empty());
//! ```
//!
//! **What is stable.** What this page re-exports keeps to semantic versioning. The modules are public for the tests and tools
//! of this repository only; they change with any version.
//!
//! **Features.** `cli` is the command line with the formats that need a terminal, pictures or files; `parallel` shares the work
//! among threads; `lsp` is the language server. All are on by default. Without them texts are analysed in memory, also on
//! `wasm32-unknown-unknown`.
//!
//! The modules are the pipeline, in this order; none names a later one.

pub use azure::catalog::Catalog;
pub use config::Config;
pub use level::Level;
pub use rules::finding::{Finding, Fix as Remedy, Participant, Report};
pub use session::{Roots, Session};
pub use workspace::{FileSystem, Memory};

pub mod source;

pub mod parallel;

pub mod fingerprint;

pub mod limit;

pub mod syntax;

pub mod template;

pub mod workspace;

pub mod level;

pub mod rule_id;

pub mod azure;

pub mod eval;

pub mod deployment;

pub mod race;

pub mod rules;

pub mod fix;

pub mod timeline;

pub mod report;

pub mod config;

pub mod session;

#[cfg(feature = "cli")]
pub mod cli;
