//! Attacks that run, and what came of those that ran: a page can be loaded again, and a long one shows how far it is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use super::Thief;
use super::attacks::{Attack, Outcome};
use super::hand::Progress;
use crate::story::random;

/// How far an attack is, shared with who runs it.
pub(crate) type Shared = Mutex<Progress>;

/// Attempts that are kept; the oldest go first.
const MOST_JOBS: usize = 60;
/// Attempts at the same time.
const MOST_RUNNING: usize = 6;

/// What became of an attempt.
#[derive(Clone)]
pub(crate) enum State {
    Running(Progress),
    Done(Outcome),
    Failed(String),
}

/// All attempts.
#[derive(Default)]
pub(crate) struct Jobs(Arc<Mutex<Vec<Job>>>);

struct Job {
    id: String,
    attack: &'static Attack,
    progress: Arc<Shared>,
    result: Option<Result<Outcome, String>>,
}

impl Jobs {
    /// Begins an attack, gives it a moment, and answers its id; `None` if too many run already.
    pub(crate) async fn start(&self, attack: &'static Attack, thief: Thief, moment: Duration) -> Option<String> {
        let id = random()?;
        let progress = Arc::new(Shared::default());
        {
            let mut jobs = lock(&self.0);
            if jobs.iter().filter(|job| job.result.is_none()).count() >= MOST_RUNNING {
                return None;
            }
            if jobs.len() >= MOST_JOBS {
                jobs.remove(0);
            }
            jobs.push(Job { id: id.clone(), attack, progress: progress.clone(), result: None });
        }
        let (jobs, name) = (self.0.clone(), id.clone());
        let task = tokio::spawn(async move {
            let result = thief.run(attack, progress).await.map_err(|fault| fault.to_string());
            if let Some(job) = lock(&jobs).iter_mut().find(|job| job.id == name) {
                job.result = Some(result);
            }
        });
        // One that takes longer goes on by itself.
        let _ = timeout(moment, task).await;
        Some(id)
    }

    /// What became of an attempt.
    pub(crate) fn find(&self, id: &str) -> Option<(&'static Attack, State)> {
        let jobs = lock(&self.0);
        let job = jobs.iter().find(|job| job.id == id)?;
        let state = match &job.result {
            Some(Ok(outcome)) => State::Done(outcome.clone()),
            Some(Err(fault)) => State::Failed(fault.clone()),
            None => State::Running(job.progress.lock().unwrap_or_else(PoisonError::into_inner).clone()),
        };
        Some((job.attack, state))
    }
}

fn lock(jobs: &Mutex<Vec<Job>>) -> MutexGuard<'_, Vec<Job>> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner)
}
