//! The destinations of reports and baselines.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum as _;

use super::redact::redacted;
use super::{Failure, print, print_error};
use crate::door::write::{Guarded, Target, WriteError};
use crate::escape::Shown;
use crate::report::Format;
use crate::rules::baseline::Baseline;
use crate::rules::nearest::nearest;
use crate::session::Roots;
use crate::small_sort::SmallSort as _;

/// A format and its destination.
pub(super) struct Output {
    pub(super) format: Format,
    /// The path, as typed.
    path: PathBuf,
    to: To,
}

/// The kind of a destination.
#[derive(Debug, PartialEq, Eq)]
enum To {
    /// A standard stream of the process.
    Standard,
    Error,
    /// A pipe or device that the user named and that nobody else can have put there; or a file that is already open as
    /// a stream.
    Named,
    /// A file.
    File(Target),
}

/// Parses the values of `--output` into formats and paths.
pub(super) fn written(asked: &[String]) -> Result<Vec<(Format, PathBuf)>, Failure> {
    let one = |text: &String| {
        let (format, path) = text.split_once('=').ok_or_else(|| {
            Failure::Usage(format!("`--output {text}`: expected FORMAT=PATH, such as `sarif=races.sarif`"))
        })?;
        let format = Format::from_str(format, true).map_err(|_| {
            Failure::Usage(format!("`--output {text}`: there is no format `{format}`; {}", formats(format)))
        })?;
        if path.is_empty() {
            return Err(Failure::Usage(format!(
                "`--output {text}`: there is no path; `-` is standard output"
            )));
        }
        Ok((format, PathBuf::from(path)))
    };
    asked.iter().map(one).collect()
}

/// A suggestion for a misspelt format, or the list of formats.
fn formats(written: &str) -> String {
    let values = Format::value_variants().iter().filter_map(Format::to_possible_value);
    let names: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
    let near = nearest(written, names.iter().map(String::as_str));
    near.map_or_else(|| format!("available: {}", names.join(", ")), |near| format!("did you mean `{near}`?"))
}

/// The folders that contain checked files, and their repositories: files there, including links, may come from
/// untrusted people.
pub(super) fn guarded(roots: &Roots) -> Guarded {
    let found = roots.found.iter().map(|(_, folder)| folder.as_path());
    let named = roots.named.iter().chain(roots.given.iter().map(|(path, _)| path));
    let mut folders: Vec<&Path> = found.chain(named.filter_map(|path| path.parent())).collect();
    folders.small_sort();
    folders.dedup();
    Guarded::new(folders.into_iter().map(|folder| {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let repository = real.ancestors().find(|above| fs::symlink_metadata(above.join(".git")).is_ok());
        repository.map(Path::to_owned).unwrap_or(real)
    }))
}

/// Resolves the destinations before the analysis, without writing anything.
pub(super) fn resolved(
    written: Vec<(Format, PathBuf)>,
    guarded: &Guarded,
    base: &Path,
) -> Result<Vec<Output>, Failure> {
    let mut outputs: Vec<Output> = Vec::new();
    for (format, path) in written {
        // `-` is standard output, as everywhere.
        let is_standard = path.as_os_str() == "-";
        let to = if is_standard { Ok(To::Standard) } else { To::of(&base.join(&path), guarded) };
        let to = to.map_err(|source| failed(&path, source))?;
        let other = outputs.iter().find(|other| matches!(to, To::File(_)) && other.to == to);
        if let Some(other) = other {
            let (one, other) = (other.path.display(), path.display());
            return Err(Failure::Usage(format!("two outputs go to one file: `{one}` and `{other}`")));
        }
        outputs.push(Output { format, path, to });
    }
    Ok(outputs)
}

fn failed(path: &Path, source: WriteError) -> Failure {
    Failure::Write { path: path.display().to_string(), source }
}

impl To {
    fn of(path: &Path, guarded: &Guarded) -> Result<Self, WriteError> {
        // These names do not mean files.
        match path.to_str() {
            Some("/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1") => return Ok(Self::Standard),
            Some("/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2") => return Ok(Self::Error),
            Some(path) if path.starts_with("/dev/fd/") || path.starts_with("/proc/self/fd/") => {
                return Ok(Self::Named);
            }
            _ => {}
        }
        let target = guarded.target(path)?;
        match fs::metadata(target.path()) {
            Ok(found) if found.is_dir() => Err(WriteError::Special),
            Ok(found) if !found.is_file() && !target.is_guarded() => Ok(Self::Named),
            Ok(found) if !found.is_file() => Err(WriteError::Special),
            _ => Ok(Self::File(target)),
        }
    }
}

impl Output {
    /// Whether it is a file, which can be written again.
    pub(super) fn is_file(&self) -> bool {
        matches!(self.to, To::File(_))
    }

    /// Whether two destinations are the same file.
    pub(super) fn is_same_file(&self, other: &Self) -> bool {
        self.is_file() && self.to == other.to
    }

    /// Writes a text to the destination.
    pub(super) fn write(&self, text: &Shown) -> Result<(), Failure> {
        let text_there = redacted(text.text());
        let bytes = text_there.as_bytes();
        let open = || fs::File::options().append(true).open(&self.path);
        let written = match &self.to {
            To::Standard => return print(text),
            To::Error => print_error(text),
            To::Named => open().and_then(|mut file| file.write_all(bytes)),
            To::File(target) if target.is_guarded() => {
                return target.replace(|_| Ok(bytes)).map_err(|source| failed(&self.path, source));
            }
            // Outside guarded folders the file is written in place, so that it keeps its links and metadata.
            To::File(target) => fs::write(target.path(), bytes),
        };
        written.map_err(|source| failed(&self.path, source.into()))
    }
}

/// Writes a baseline atomically.
pub(super) fn replace_baseline(baseline: &Baseline, path: &Path, guarded: &Guarded) -> Result<(), Failure> {
    let absolute = std::path::absolute(path).map_err(WriteError::from);
    let written = absolute.and_then(|path| guarded.target(&path)?.replace(|_| Ok(baseline.text())));
    written.map_err(|source| Failure::WriteBaseline { path: path.display().to_string(), source })
}
