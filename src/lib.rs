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
//! **What is stable.** All items that this page shows, with their fields and methods, follow semantic versioning. The modules
//! are hidden here, and public only for the tests and tools of this repository: they may change in any version, and so may
//! items that can only be reached through them.
//!
//! **Features.** `cli` is the command line with the formats that need a terminal or files; `pictures` draws races; `parallel` shares the work
//! among threads; `lsp` is the language server. All are on by default. Without them texts are analysed in memory, even on
//! `wasm32-unknown-unknown`.
//!
//! The modules are the pipeline, in this order; none names a later one.

#![warn(missing_docs)]

#[doc(inline)]
pub use azure::catalog::Catalog;
#[doc(inline)]
pub use config::Config;
#[doc(inline)]
pub use level::Level;
#[doc(inline)]
pub use rules::finding::{Finding, Fix as Remedy, Participant, Report};
#[doc(inline)]
pub use session::{Roots, Session};
#[doc(inline)]
pub use workspace::{FileSystem, Memory};

#[doc(hidden)]
pub mod source;

#[doc(hidden)]
pub mod small_sort;

#[doc(hidden)]
pub mod parallel;

#[doc(hidden)]
pub mod fingerprint;

#[doc(hidden)]
pub mod limit;

#[doc(hidden)]
pub mod door;

#[doc(hidden)]
pub mod escape;

#[doc(hidden)]
pub mod syntax;

#[doc(hidden)]
pub mod template;

#[doc(hidden)]
pub mod workspace;

#[doc(hidden)]
pub mod level;

#[doc(hidden)]
pub mod profile;

#[doc(hidden)]
pub mod rule_id;

#[doc(hidden)]
pub mod azure;

#[doc(hidden)]
pub mod eval;

#[doc(hidden)]
pub mod deployment;

#[doc(hidden)]
pub mod race;

#[doc(hidden)]
pub mod rules;

#[doc(hidden)]
pub mod fix;

#[doc(hidden)]
pub mod timeline;

#[doc(hidden)]
pub mod report;

#[doc(hidden)]
pub mod config;

#[doc(hidden)]
pub mod session;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod observed;

#[cfg(feature = "lsp")]
#[doc(hidden)]
pub mod lsp;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
