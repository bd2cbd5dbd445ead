//! The queue from server to worker: jobs in order, and only the newest text of each file.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use gen_lsp_types::json_rpc::Id;
use serde_json::Value;

use super::documents::{Documents, Snapshot};
use super::wire::Request;

/// Something for the worker to do.
#[derive(Debug)]
pub(super) enum Job {
    /// Files have other texts.
    Texts(Vec<Snapshot>),
    /// A file is no longer open.
    Closed(PathBuf),
    /// Files have changed on the disk.
    Disk(Vec<PathBuf>),
    /// The editor's folders are others.
    Folders {
        /// New ones.
        added: Vec<PathBuf>,
        /// Those that are gone.
        removed: Vec<PathBuf>,
    },
    /// The settings are others.
    Settings(Value),
    /// A request to be answered.
    Request(Request),
}

/// The open files and the pending jobs.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    documents: Documents,
    jobs: VecDeque<Job>,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the open files.
    pub(super) fn edit<R>(&self, edit: impl FnOnce(&mut Documents) -> R) -> R {
        let done = edit(&mut self.state().documents);
        self.wake.notify_one();
        done
    }

    /// Adds a job. It sees the texts as they are now, whatever changes follow.
    pub(super) fn push(&self, job: Job) {
        let mut state = self.state();
        let changed = state.documents.take_changed();
        if !changed.is_empty() {
            state.jobs.push_back(Job::Texts(changed));
        }
        state.jobs.push_back(job);
        self.wake.notify_one();
    }

    /// Takes a request out that was not begun. Whether it was there.
    pub(super) fn cancel(&self, id: &Id) -> bool {
        let mut state = self.state();
        let is_it = |job: &Job| matches!(job, Job::Request(request) if request.id == *id);
        let place = state.jobs.iter().position(is_it);
        place.and_then(|place| state.jobs.remove(place)).is_some()
    }

    /// The next job; waits for one. With it comes whether nothing else is to be done.
    pub(super) fn next(&self) -> (Job, bool) {
        let mut state = self.state();
        loop {
            let job = state.jobs.pop_front().or_else(|| {
                let changed = state.documents.take_changed();
                (!changed.is_empty()).then_some(Job::Texts(changed))
            });
            if let Some(job) = job {
                let is_last = state.jobs.is_empty() && !state.documents.has_changed();
                return (job, is_last);
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
