//! Two services on one store, while one of them and the database go down and come back.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use grantor_tests::{Attempt, Relying, SHOP, WEB};
use tokio::task::JoinSet;

use crate::kit::{Database, Farm, Kind, Pair, Person, Request, on_stores, until};

on_stores![sqlite: Sqlite, postgres: Postgres, redis: Redis; [two_services_on_one_store_are_one]];

const FLOWS: usize = 200;
const AT_A_TIME: usize = 16;

#[derive(Default)]
struct Tally {
    begun: AtomicUsize,
    ended: AtomicUsize,
    /// Redemptions whose answer was lost, so that the flow began anew.
    anew: AtomicUsize,
}

/// One flow, and every pair of tokens in it.
struct Walked {
    attempt: Attempt,
    code: String,
    pairs: Vec<Pair>,
}

/// ST-01, ST-05, ST-17
async fn two_services_on_one_store_are_one(kind: Kind) {
    let database = Database::start(kind).await;
    let farm = Arc::new(Farm::on(&database, &["--retry-window", "60"]));
    let tally = Arc::new(Tally::default());
    let mut people = JoinSet::new();
    for _ in 0..AT_A_TIME {
        people.spawn(person(Arc::clone(&farm), Arc::clone(&tally)));
    }
    let (walked, ()) = tokio::join!(people.join_all(), trouble(&database, &farm, &tally));
    let walked: Vec<_> = walked.into_iter().flatten().collect();
    let Tally { anew, .. } = &*tally;
    let mut stderr = std::io::stderr();
    let _ = writeln!(stderr, "{kind:?}: {} flows, {anew:?} redemptions lost and begun anew, {:?}", walked.len(), farm.met);
    assert_eq!(walked.len(), FLOWS);
    assert!(tally.anew.load(Relaxed) > 0, "no redemption was lost");
    assert!(farm.met.cut.load(Relaxed) > 0, "nobody noticed that a service was killed");
    for flow in &walked {
        flow.stands(&farm).await;
    }
}

/// Kills each service once and the database in between, each while flows are under way.
async fn trouble(database: &Database, farm: &Arc<Farm>, tally: &Tally) {
    let witness = walk(&Person::log_in(Arc::clone(farm)).await, farm, tally, 0).await;
    let after = async |flows| until("the flows go on", async || tally.ended.load(Relaxed) >= flows).await;
    after(FLOWS / 5).await;
    farm.crash(0);
    after(FLOWS * 2 / 5).await;
    if database.kind() != Kind::Sqlite {
        database.crash();
        for service in [farm.service(0), farm.service(1)] {
            let answer = witness.attempt.relying.refresh(&service, &witness.last().refresh).await;
            assert_ne!(answer.has_status(503).header("retry-after"), "");
        }
        database.start_again().await;
    }
    after(FLOWS * 3 / 5).await;
    farm.crash(1);
    witness.stands(farm).await;
}

async fn person(farm: Arc<Farm>, tally: Arc<Tally>) -> Vec<Walked> {
    let (person, mut walked) = (Person::log_in(Arc::clone(&farm)).await, Vec::new());
    loop {
        let turn = tally.begun.fetch_add(1, Relaxed);
        if turn >= FLOWS {
            return walked;
        }
        walked.push(walk(&person, &farm, &tally, turn).await);
        tally.ended.fetch_add(1, Relaxed);
    }
}

/// Consent, redemption, three refreshes, every token used; some of it at both services at once.
async fn walk(person: &Person, farm: &Farm, tally: &Tally, turn: usize) -> Walked {
    let client = if turn.is_multiple_of(2) { WEB } else { SHOP };
    if turn % 10 == 9 {
        one_code_at_both(person, farm, client).await;
    }
    let (attempt, code, first) = loop {
        let attempt = client.asks("profile").changed(|request| request.with("prompt", "consent"));
        let code = person.code(&attempt).await;
        match Pair::redeem(farm, &attempt, &code).await {
            Some(pair) => break (attempt, code, pair),
            None => tally.anew.fetch_add(1, Relaxed),
        };
    };
    first.is_known(farm).await;
    let mut walked = Walked { attempt, code, pairs: vec![first] };
    for round in 0..3 {
        let next = walked.last().refresh(farm, client, (turn + round).is_multiple_of(4)).await;
        next.is_known(farm).await;
        walked.pairs.push(next);
    }
    walked
}

async fn one_code_at_both(person: &Person, farm: &Farm, client: Relying) {
    let attempt = client.asks("profile").changed(|request| request.with("prompt", "consent"));
    let code = person.code(&attempt).await;
    let answers = farm.ask_both(&Request::token(client, &attempt.redemption(&code))).await;
    let honoured = answers.iter().flatten().filter(|answer| answer.status == 200).count();
    assert!(honoured <= 1, "a code was honoured twice: {answers:?}");
}

impl Walked {
    fn last(&self) -> &Pair {
        &self.pairs[self.pairs.len() - 1]
    }

    /// Every access token is known, the last refresh token is good, and neither the ones before nor the code are.
    async fn stands(&self, farm: &Farm) {
        for pair in &self.pairs {
            pair.is_known(farm).await;
        }
        let client = self.attempt.relying;
        let next = self.last().refresh(farm, client, false).await;
        assert!(!self.pairs.contains(&next));
        next.is_known(farm).await;
        for old in &self.pairs[..self.pairs.len() - 1] {
            let answer = client.refresh(&farm.service(0), &old.refresh).await;
            assert_ne!(answer.status, 200, "a second line of refresh tokens lives: {answer:?}");
        }
        farm.ask(&Request::token(client, &self.attempt.redemption(&self.code))).await.is_json(400, "invalid_grant");
    }
}
