//! Delays signals that would end the run while a file is being written, so that no work is left half done and no
//! temporary file remains.
//!
//! Only few operations are allowed in a signal handler, so the handlers only set flags. They come from `signal-hook`,
//! whose two dependencies the terminal crates have anyway; `ctrlc` needs a thread, which is not always available.

/// Signals are delayed while a value of this type exists. When the last one is dropped, a delayed signal ends the
/// process as usual.
#[derive(Debug)]
pub struct Hold(());

/// Starts to delay signals.
#[must_use = "signals wait only while it lives"]
pub fn hold() -> Hold {
    imp::begin();
    Hold(())
}

impl Hold {
    /// Whether a delayed signal is pending.
    pub fn has_come(&self) -> bool {
        imp::waiting() != 0
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        imp::end();
    }
}

#[cfg(unix)]
mod imp {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};

    /// The state that the handlers share.
    struct State {
        /// Whether signals take effect immediately.
        acts: Arc<AtomicBool>,
        /// The last signal that was delayed.
        came: Arc<AtomicUsize>,
        /// The number of existing holds.
        holds: AtomicUsize,
    }

    static STATE: OnceLock<State> = OnceLock::new();

    fn state() -> &'static State {
        STATE.get_or_init(|| {
            let (acts, came) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
            let ignored = ignored();
            for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
                // A run under `nohup`, or in the background, must not be ended by the signals that its parent ignores.
                if ignored >> (signal - 1) & 1 == 1 {
                    continue;
                }
                // A signal that cannot be registered ends the run as usual.
                let _ = signal_hook::flag::register_conditional_default(signal, Arc::clone(&acts));
                let _ = signal_hook::flag::register_usize(
                    signal,
                    Arc::clone(&came),
                    signal.unsigned_abs() as usize,
                );
            }
            // At the file size limit of the process, writing then fails with an error instead of a signal.
            let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
            State { acts, came, holds: AtomicUsize::new(0) }
        })
    }

    /// The ignored signals as bits, with signal 1 in the lowest bit; 0 if the system does not tell.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0)
    }

    pub(super) fn begin() {
        let state = state();
        state.holds.fetch_add(1, Ordering::SeqCst);
        state.acts.store(false, Ordering::SeqCst);
    }

    pub(super) fn waiting() -> usize {
        state().came.load(Ordering::SeqCst)
    }

    pub(super) fn end() {
        let state = state();
        if state.holds.fetch_sub(1, Ordering::SeqCst) != 1 {
            return;
        }
        state.acts.store(true, Ordering::SeqCst);
        if let Ok(signal @ 1..) = i32::try_from(waiting()) {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    }
}

#[cfg(not(unix))]
mod imp {
    pub(super) fn begin() {}

    pub(super) fn waiting() -> usize {
        0
    }

    pub(super) fn end() {}
}
