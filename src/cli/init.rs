//! `init`: writes a configuration that explains every key and changes nothing.

use std::path::Path;

use super::{Failure, Outcome, say};
use crate::config::FILE_NAME;
use crate::door::write::WriteError;

/// The text of the new file.
const TEXT: &str = include_str!("init.toml");

/// Writes the configuration into a folder that does not have one.
pub(super) fn run(folder: &Path) -> Result<Outcome, Failure> {
    use std::io::Write as _;
    let path = folder.join(FILE_NAME);
    let shown = path.display().to_string();
    // An existing file is somebody's work, so it is never overwritten, not even through a link.
    let made = std::fs::File::options().write(true).create_new(true).open(&path);
    match made.and_then(|mut file| file.write_all(TEXT.as_bytes())) {
        Ok(()) => {
            say(&format!(
                "wrote {shown} with every key commented out; `--show-config {}` shows the settings in use",
                folder.display()
            ));
            Ok(Outcome::Clean)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Failure::Usage(format!("`{shown}` already exists and is not changed")))
        }
        Err(error) => Err(Failure::Write { path: shown, source: WriteError::from(error) }),
    }
}
