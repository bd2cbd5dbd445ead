//! All file access of a run. Every byte that is read from a file or written to one ([`write`]) goes through this module.
//!
//! Input is not trusted: a path may lead anywhere, a file may be an endless device or a pipe without a writer, and a
//! link may replace a file between the check and the opening. So nothing else in the crate opens files
//! (`tests/documents/house.rs` enforces this), and a file is read in two steps:
//!
//! 1. **Look** ([`Boundary::look`]): resolve links, and refuse files outside the [`Boundary`], files that are not regular, and
//!    files that are too large. Size and identity are known before a byte is read, so a run can spend its budget in the order of
//!    its files and read each real file once.
//! 2. **Read** ([`Boundary::read`]): open the file without blocking, and check the open file, not its name, again: is it regular,
//!    is it where the look found it, is it still small enough?
//!
//! Files that the user names on the command line may be anywhere ([`read::named`]).

pub mod boundary;
pub mod read;
#[cfg(feature = "cli")]
pub mod signals;
pub mod spelling;
#[cfg(feature = "cli")]
pub mod write;

pub use boundary::Boundary;
pub use read::{FileKey, Identity, Seen, Unread};
pub use spelling::spelled;
