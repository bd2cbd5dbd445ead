//! The language server: an editor's files are checked as they are typed.
//!
//! ```text
//! standard input ─ wire ─▶ server: documents, life cycle ─▶ queue ─▶ worker: folders, sessions ─ wire ─▶ standard output
//! ```
//!
//! Two threads share a queue. The **server** reads messages, keeps the text of open files and answers what needs
//! no analysis, so that a cancelled request or the end of the client is seen at once. The **worker** has a session for each
//! folder of the editor, with those files of it that may reach an open file: only they decide what is shown there. It takes the
//! newest text of what has changed, however many changes have come meanwhile.
//!
//! The server writes no file: what is to change goes to the editor as edits of the texts that it has shown.

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
