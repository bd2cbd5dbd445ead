//! The language server: it checks an editor's files as they are typed.
//!
//! ```text
//! standard input ─ wire ─▶ server: documents, life cycle ─▶ queue ─▶ worker: folders, sessions ─ wire ─▶ standard output
//! ```
//!
//! Two threads share a queue. The **server** reads messages, keeps the text of open files, and answers requests that need no
//! analysis, so that it sees a cancelled request or the end of the client at once. The **worker** has a session for each folder
//! of the editor, with the files that may affect an open file: only these decide what is shown there. It always takes the
//! newest text, however many changes arrived in the meantime.
//!
//! The server writes no files: it sends changes to the editor, as edits of the text that the editor has.

mod actions;
mod client;
mod commands;
mod diagnostics;
mod documents;
mod folder;
mod hover;
mod places;
mod queue;
mod schedule;
mod server;
mod text;
mod uri;
mod wire;
mod worker;

pub use server::serve;
