//! The queue from server to worker: jobs in order, and only the newest text of each file.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use gen_lsp_types::json_rpc::Id;
use serde_json::Value;

use super::documents::{Documents, Snapshot};
use super::wire::Request;

/// A job for the worker.
#[derive(Debug)]
pub(super) enum Job {
    /// Texts of files have changed.
    Texts(Vec<Snapshot>),
    /// A file was closed.
    Closed(PathBuf),
    /// Files on disk have changed.
    Disk(Vec<PathBuf>),
    /// The folders of the editor have changed.
    Folders {
        /// New folders.
        added: Vec<PathBuf>,
        /// Removed folders.
        removed: Vec<PathBuf>,
    },
    /// The settings have changed.
    Settings(Value),
    /// A request to answer.
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

    /// Adds a job. It is run with the current texts, whatever changes follow.
    pub(super) fn push(&self, job: Job) {
        let mut state = self.state();
        let changed = state.documents.take_changed();
        if !changed.is_empty() {
            state.jobs.push_back(Job::Texts(changed));
        }
        state.jobs.push_back(job);
        self.wake.notify_one();
    }

    /// Removes a pending request, and returns whether it was pending.
    pub(super) fn cancel(&self, id: &Id) -> bool {
        let mut state = self.state();
        let is_it = |job: &Job| matches!(job, Job::Request(request) if request.id == *id);
        let place = state.jobs.iter().position(is_it);
        place.and_then(|place| state.jobs.remove(place)).is_some()
    }

    /// Waits for the next job. The flag tells whether it is the last one for now.
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
