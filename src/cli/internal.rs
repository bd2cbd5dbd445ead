//! Internal failures: a panic, or running out of memory. Both print a message and exit with their own code.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;

use super::say;

/// The exit code of an internal error, as of a Rust program that panics.
#[cfg(unix)]
const CODE: i32 = 101;

/// Maximum number of characters of a panic message.
const LONGEST: usize = 400;

/// Prints panics through the normal output path, because they may quote a template. When memory runs out, the runtime
/// prints a message and aborts; this turns the abort into the exit code.
pub(super) fn watch() {
    std::panic::set_hook(Box::new(|defect| say(&of(defect))));
    #[cfg(unix)]
    {
        use std::sync::Arc;
        use std::sync::atomic::AtomicBool;

        let always = Arc::new(AtomicBool::new(true));
        // If registration fails, the signal ends the run.
        let _ = signal_hook::flag::register_conditional_shutdown(signal_hook::consts::SIGABRT, CODE, always);
    }
}

fn of(defect: &PanicHookInfo<'_>) -> String {
    let at = defect.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
    let mut text = message_of(&at, defect.payload_as_str().unwrap_or_default());
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        text.push_str(&format!("\n{trace}"));
    }
    text
}

/// The message for a panic. It leaves out quoted text, which may be a secret from a template.
fn message_of(at: &str, message: &str) -> String {
    let without = match (message.find('`'), message.rfind('`')) {
        (Some(first), Some(last)) if first < last => {
            format!("{}`…`{}", &message[..first], &message[last + 1..])
        }
        _ => message.to_owned(),
    };
    let message: String = without.chars().take(LONGEST).collect();
    let message = if message.is_empty() { message } else { format!(": {message}") };
    format!(
        "error: internal error{at}{message}\n\
         note: this is a defect of bicep-race-lint; please report it with the smallest input that shows it: {}/issues",
        env!("CARGO_PKG_REPOSITORY")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_reported_without_its_quotes() {
        let quoted =
            std::panic::catch_unwind(|| "é".get(..1).unwrap_or(&"é##vso[x]"[..1]).len()).unwrap_err();
        let message = quoted.downcast_ref::<String>().cloned().unwrap_or_default();
        assert!(message.contains("vso"), "the runtime quotes the text: {message}");
        let text = message_of(" at src/x.rs:1", &message);
        assert!(text.starts_with("error: internal error at src/x.rs:1: ") && !text.contains("vso"), "{text}");
        assert!(message_of("", &"x".repeat(10_000)).len() < 1000);
        assert!(message_of("", "").starts_with("error: internal error\n"));
    }
}
