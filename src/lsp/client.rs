//! Capabilities of the editor, and the user's settings.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::text::Encoding;
use crate::level::Level;

/// The capabilities of a client.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Client {
    /// How columns are counted.
    pub(super) encoding: Encoding,
    /// Whether it shows related places of a diagnostic.
    pub(super) has_related_places: bool,
    /// Whether it requests diagnostics itself, so that none are pushed.
    pub(super) pulls: bool,
    /// The requests that it repeats when the server sends a refresh.
    pub(super) refreshes: Refreshes,
    /// Whether edits may name the version of the text that they apply to.
    pub(super) has_versioned_edits: bool,
    /// Whether edits may contain placeholders.
    pub(super) has_snippets: bool,
    /// Whether it reports changed files on disk.
    pub(super) watches: bool,
    /// Whether it reports changed settings.
    pub(super) tells_settings: bool,
    /// Whether it returns its settings on request.
    pub(super) gives_settings: bool,
    /// Whether it shows progress.
    pub(super) has_progress: bool,
    /// Whether it shows Markdown on hover.
    pub(super) has_markdown: bool,
}

/// The requests that a client repeats when the server sends a refresh.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Refreshes {
    pub(super) diagnostics: bool,
    /// Inlay hints.
    pub(super) hints: bool,
    /// Code lenses.
    pub(super) lenses: bool,
}

impl Client {
    /// Reads the capabilities that the server uses. Code for all capabilities of the protocol would be larger than the server.
    pub(super) fn of(capabilities: &Value) -> Self {
        let can = |place: &str| capabilities.pointer(place).and_then(Value::as_bool).unwrap_or_default();
        let list = |place: &str| -> Vec<&str> {
            let list = capabilities.pointer(place).and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str).collect()
        };
        Self {
            encoding: Encoding::best(&list("/general/positionEncodings")),
            has_related_places: can("/textDocument/publishDiagnostics/relatedInformation"),
            pulls: capabilities.pointer("/textDocument/diagnostic").is_some_and(Value::is_object),
            refreshes: Refreshes {
                diagnostics: can("/workspace/diagnostics/refreshSupport"),
                hints: can("/workspace/inlayHint/refreshSupport"),
                lenses: can("/workspace/codeLens/refreshSupport"),
            },
            has_versioned_edits: can("/workspace/workspaceEdit/documentChanges"),
            has_snippets: can("/workspace/workspaceEdit/snippetEditSupport"),
            watches: can("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            tells_settings: can("/workspace/didChangeConfiguration/dynamicRegistration"),
            gives_settings: can("/workspace/configuration"),
            has_progress: can("/window/workDoneProgress"),
            has_markdown: list("/textDocument/hover/contentFormat").contains(&"markdown"),
        }
    }
}

/// The name under which an editor keeps the settings.
pub(super) const SECTION: &str = "bicepRaceLint";

/// The user's settings. A setting that is missing or invalid has its default.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The lowest level of the shown findings.
    pub(super) level: Level,
    /// The baseline, relative to the folder.
    pub(super) baseline: Option<PathBuf>,
    /// Whether to report results that Bicep's compiler reports too, such as syntax errors.
    pub(super) tells_as_compiler: bool,
    /// Whether to show start and end times beside declarations.
    pub(super) has_hints: bool,
    /// Whether to show the number of writers of shared objects above declarations.
    pub(super) has_lenses: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            level: Level::Warning,
            baseline: None,
            tells_as_compiler: true,
            has_hints: true,
            has_lenses: true,
        }
    }
}

/// The settings in the form that an editor sends.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    level: Option<String>,
    baseline: Option<PathBuf>,
    compiler_messages: Option<bool>,
    inlay_hints: Option<bool>,
    code_lens: Option<bool>,
}

impl Settings {
    /// Parses the settings that an editor sends, and returns a message about mistakes in them. They may be wrapped in an object
    /// with the name of the section.
    pub(super) fn of(value: &Value) -> (Self, Option<String>) {
        let inner = value.get(SECTION).unwrap_or(value);
        if inner.is_null() {
            return (Self::default(), None);
        }
        let written: Written = match serde_json::from_value(inner.clone()) {
            Ok(written) => written,
            Err(error) => return (Self::default(), Some(format!("the settings are not used: {error}"))),
        };
        let default = Self::default();
        let level = written.level.as_deref().map(str::parse::<Level>);
        let wrong = match level {
            Some(Err(_)) => {
                let level = written.level.unwrap_or_default();
                Some(format!("the setting `level` is `note`, `warning` or `error`, not `{level}`"))
            }
            _ => None,
        };
        let settings = Self {
            level: level.and_then(Result::ok).unwrap_or(default.level),
            baseline: written.baseline.filter(|path| !path.as_os_str().is_empty()),
            tells_as_compiler: written.compiler_messages.unwrap_or(default.tells_as_compiler),
            has_hints: written.inlay_hints.unwrap_or(default.has_hints),
            has_lenses: written.code_lens.unwrap_or(default.has_lenses),
        };
        (settings, wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_may_be_wrapped_in_their_section() {
        for text in [r#"{"level":"note"}"#, r#"{"bicepRaceLint":{"level":"note","other":1}}"#] {
            let (settings, wrong) = Settings::of(&serde_json::from_str(text).unwrap());
            assert_eq!((settings.level, wrong), (Level::Note, None), "{text}");
        }
        let (settings, wrong) = Settings::of(&Value::Null);
        assert_eq!((settings.level, wrong), (Level::Warning, None));
    }

    #[test]
    fn invalid_settings_are_reported_and_the_others_apply() {
        let text = r#"{"level":"loud","inlayHints":false}"#;
        let (settings, wrong) = Settings::of(&serde_json::from_str(text).unwrap());
        assert_eq!((settings.level, settings.has_hints), (Level::Warning, false));
        assert!(wrong.unwrap().contains("`loud`"));
        let (settings, wrong) = Settings::of(&serde_json::from_str(r#"{"level":3}"#).unwrap());
        assert!(settings.has_hints && wrong.is_some());
    }
}
