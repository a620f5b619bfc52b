//! Answers that came back to the web app. One is redeemed once, to its end, however often the browser brings it: a second
//! click makes a browser drop the first answer and bring it again, and whoever goes back brings it later.
//!
//! The same answer is the same state and the same code, by the browser that had the visit. Who planted a visit in another's
//! browser knows neither.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokio::sync::watch;

/// Answers that are remembered; the oldest go first.
const MOST_LANDINGS: usize = 200;

/// What became of an answer: the browser's visit from then on, or what went wrong.
type Outcome = Result<String, String>;

/// All answers.
#[derive(Default)]
pub(crate) struct Landings(Mutex<VecDeque<Landing>>);

struct Landing {
    visit: String,
    answer: [u8; 32],
    outcome: watch::Receiver<Option<Outcome>>,
}

impl Landings {
    /// Redeems an answer, even if the browser that brought it does not wait.
    pub(crate) async fn land(
        &self,
        visit: &str,
        answer: &str,
        finish: impl Future<Output = Outcome> + Send + 'static,
    ) -> Outcome {
        let (sender, outcome) = watch::channel(None);
        tokio::spawn(async move { sender.send(Some(finish.await)) });
        self.keep(Landing { visit: visit.to_owned(), answer: Sha256::digest(answer).into(), outcome: outcome.clone() });
        told(outcome).await
    }

    /// The outcome of an answer that this browser brought before.
    pub(crate) fn find(&self, cookie: &str, answer: &str) -> Option<impl Future<Output = Outcome> + use<>> {
        let answer: [u8; 32] = Sha256::digest(answer).into();
        let landings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let landing = landings.iter().find(|landing| landing.answer == answer && landing.belongs_to(cookie))?;
        Some(told(landing.outcome.clone()))
    }

    fn keep(&self, landing: Landing) {
        let mut landings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if landings.len() >= MOST_LANDINGS {
            landings.pop_front();
        }
        landings.push_back(landing);
    }
}

impl Landing {
    fn belongs_to(&self, cookie: &str) -> bool {
        self.visit == cookie || matches!(&*self.outcome.borrow(), Some(Ok(visit)) if visit == cookie)
    }
}

async fn told(mut outcome: watch::Receiver<Option<Outcome>>) -> Outcome {
    let told = outcome.wait_for(Option::is_some).await.ok().and_then(|told| told.clone());
    told.unwrap_or_else(|| Err("The app was stopped in the middle of it.".to_owned()))
}
