//! A line on a terminal's standard error while a run takes its time, and how long each phase of it took.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run that is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_millis(400);
const FRAME: Duration = Duration::from_millis(120);

/// The phases of a run: one is under way, the others are measured.
pub(super) struct Phases {
    current: (&'static str, Instant),
    done: Vec<(&'static str, Duration)>,
    line: Option<Line>,
}

/// The line on the terminal, drawn by a thread of its own.
struct Line {
    tell: Sender<&'static str>,
    drawing: JoinHandle<()>,
}

impl Phases {
    /// Begins with a phase. Nothing is drawn where standard error is no terminal, or where it `must_not` be.
    pub(super) fn begin(phase: &'static str, must_not: bool) -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let draws = std::io::stderr().is_terminal() && !is_dumb && !must_not;
        let line = if draws { Line::draw(phase, ProgressDrawTarget::stderr()).ok() } else { None };
        Self { current: (phase, Instant::now()), done: Vec::new(), line }
    }

    /// Ends the current phase and begins the next.
    pub(super) fn next(&mut self, phase: &'static str) {
        let now = Instant::now();
        let (name, since) = std::mem::replace(&mut self.current, (phase, now));
        self.done.push((name, now - since));
        if let Some(line) = &self.line {
            // A line that is gone has nothing to be told.
            let _ = line.tell.send(phase);
        }
    }

    /// Takes the line away, so that the report can be written.
    pub(super) fn hide(&mut self) {
        if let Some(Line { tell, drawing }) = self.line.take() {
            drop(tell);
            let _ = drawing.join();
        }
    }

    /// Every phase with its time, the current one as long as it has taken.
    pub(super) fn times(&self) -> Vec<(&'static str, Duration)> {
        let (name, since) = self.current;
        self.done.iter().copied().chain([(name, since.elapsed())]).collect()
    }
}

impl Drop for Phases {
    fn drop(&mut self) {
        self.hide();
    }
}

impl Line {
    /// Begins to draw. Where no thread can be made there is no line.
    fn draw(first: &'static str, target: ProgressDrawTarget) -> io::Result<Self> {
        let (tell, told) = channel();
        let drawing = std::thread::Builder::new().spawn(move || {
            let mut phase = first;
            let start = Instant::now();
            loop {
                match told.recv_timeout(PATIENCE.saturating_sub(start.elapsed())) {
                    Ok(next) => phase = next,
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            let frames = if supports_unicode::on(supports_unicode::Stream::Stderr) {
                "⠋⠙⠸⠴⠦⠇ "
            } else {
                "-\\|/ "
            };
            let bar = ProgressBar::with_draw_target(None, target);
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style.tick_chars(frames));
            }
            loop {
                bar.set_message(phase);
                bar.tick();
                match told.recv_timeout(FRAME) {
                    Ok(next) => phase = next,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
            bar.finish_and_clear();
        })?;
        Ok(Self { tell, drawing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_is_measured_once() {
        let mut phases = Phases::begin("reading", true);
        phases.next("analysing");
        phases.next("reporting");
        let names: Vec<&str> = phases.times().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["reading", "analysing", "reporting"]);
    }

    #[test]
    fn a_line_ends_when_it_is_told_to_and_when_nothing_was_drawn() {
        for pause in [Duration::ZERO, PATIENCE * 2] {
            let line = Line::draw("reading", ProgressDrawTarget::hidden()).unwrap();
            line.tell.send("analysing").unwrap();
            std::thread::sleep(pause);
            drop(line.tell);
            line.drawing.join().unwrap();
        }
    }
}
