//! The doors of a run: every byte that comes from a file comes through here, and every byte that goes to one ([`write`]).
//!
//! What is read may come from strangers: a name in it may lead anywhere, a file may be a device without end, a pipe that nobody
//! writes into, or a link that is put in its place between a look and the opening. So nothing else in the crate opens a file
//! (`tests/documents/house.rs` holds that), and a file is read in two steps:
//!
//! 1. **Look** ([`Boundary::look`]): links are resolved; what really lies outside of the [`Boundary`] is refused, and so is what
//!    is not a regular file or too large. Size and identity are known before a byte is read, so that a run can spend its budget
//!    in the order of its files and read each real file once.
//! 2. **Read** ([`Boundary::read`]): the file is opened without waiting, and what was opened, not its name, is asked again: is it
//!    regular, does it lie where the look has said, is it still small enough?
//!
//! What the user names on the command line may lie anywhere ([`read::named`]).

pub mod boundary;
pub mod read;
#[cfg(feature = "cli")]
pub mod signals;
#[cfg(feature = "cli")]
pub mod write;

pub use boundary::Boundary;
pub use read::{FileKey, Identity, Seen, Unread};
