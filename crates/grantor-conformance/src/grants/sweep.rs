use std::{sync::Arc, time::Duration};

use grantor_core::{
    Swap,
    grant::{Grant, Stage},
    types::{Clock, SystemClock},
};

use crate::{
    Broken, Handles, Verdict,
    broken::ensure,
    kit::{Hands, Life, Request, Stored, all_at_once},
};

const MILLISECOND: Duration = Duration::from_millis(1);

/// So many grants with one `forget_after`.
async fn inserted(handles: &Handles, number: usize) -> Result<Vec<Grant>, Broken> {
    let clock = Arc::new(Hands::now_real());
    let request = Request::waiting();
    let mut grants = Vec::with_capacity(number);
    for each in 0..number {
        let life = Life::of(&request, clock.clone()).await?;
        let grant = life.at(Stage::Parked)?.clone();
        handles.get(each).insert(grant.clone()).await?;
        grants.push(grant);
    }
    Ok(grants)
}

async fn left(handles: &Handles, grants: &[Grant]) -> Result<usize, Broken> {
    let mut left = 0;
    for (number, grant) in grants.iter().enumerate() {
        left += usize::from(!Stored::at(handles.get(number), grant.id()).await?.is_nothing());
    }
    Ok(left)
}

/// A sweep never takes a grant whose `forget_after` has not passed, to the millisecond, whatever its stage.
///
/// ST-10
///
/// # Errors
/// [`Broken`].
pub async fn a_sweep_takes_only_what_may_be_forgotten(handles: &Handles) -> Verdict {
    let lives = Life::several(Life::whole().await?.forms.len()).await?;
    let mut grants = Vec::new();
    for (life, forms) in lives.iter().zip(1..) {
        let Some(form) = life.forms.get(forms - 1) else { break };
        handles.get(forms).insert(form.clone()).await?;
        grants.push(form);
    }
    let mut instants: Vec<_> = grants.iter().map(|grant| grant.forget_after()).collect();
    instants.sort_unstable();
    for instant in instants {
        handles.get(0).sweep(instant - MILLISECOND, 1_000).await?;
        for grant in grants.iter().filter(|grant| grant.forget_after() >= instant) {
            let found = Stored::at(handles.get(1), grant.id()).await?;
            ensure!(found == Stored::of(grant), "a sweep took a grant that is {} before its time", grant.stage().as_str());
        }
    }
    Ok(())
}

/// What may be forgotten goes: by sweeps, or by itself where the store [says so](Handles::expiring_by_itself).
///
/// # Errors
/// [`Broken`].
pub async fn what_may_be_forgotten_goes(handles: &Handles) -> Verdict {
    if handles.expires_by_itself() {
        let past = Arc::new(Hands::at(SystemClock.now() - Duration::from_secs(3_600)));
        let life = Life::of(&Request::waiting(), past).await?;
        let grant = life.at(Stage::Parked)?;
        handles.get(0).insert(grant.clone()).await?;
        for _ in 0..100 {
            if Stored::at(handles.get(1), grant.id()).await?.is_nothing() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        return Err(Broken::because("a grant is still there seconds after its time"));
    }
    let lives = Life::several(3).await?;
    let mut grants = Vec::new();
    for life in &lives {
        // Replaced by one that may be forgotten sooner: a code lives shorter than a question.
        let (parked, approved) = (life.at(Stage::Parked)?, life.at(Stage::Approved)?);
        handles.get(0).insert(parked.clone()).await?;
        let swap = handles.get(0).replace(*parked.version(), approved.clone()).await?;
        ensure!(swap == Swap::Done, "a replace of the version that stands there was lost");
        grants.push(approved.clone());
    }
    let Some(instant) = grants.iter().map(Grant::forget_after).max() else { return Ok(()) };
    handles.get(0).sweep(instant + MILLISECOND, 1_000).await?;
    ensure!(left(handles, &grants).await? == 0, "a sweep left what may be forgotten");
    Ok(())
}

/// A sweep takes at most its limit, tells how many it took, goes on where it is called again, and ends with nothing.
///
/// ST-10
///
/// # Errors
/// [`Broken`].
pub async fn a_sweep_is_bounded_and_counts_what_it_took(handles: &Handles) -> Verdict {
    if handles.expires_by_itself() {
        return Ok(());
    }
    let grants = inserted(handles, 10).await?;
    let Some(instant) = grants.first().map(|grant| grant.forget_after() + MILLISECOND) else { return Ok(()) };
    let mut expected = grants.len();
    for (number, limit) in [0, 3, 1, 4, 4, 4].into_iter().enumerate() {
        let took = handles.get(number).sweep(instant, limit).await?;
        ensure!(took <= limit, "a sweep of at most {limit} said that it took {took}");
        let found = left(handles, &grants).await?;
        ensure!(expected - found == took, "a sweep said that it took {took}, and {} are gone", expected - found);
        ensure!(took == limit.min(expected), "a sweep of at most {limit} took {took} of {expected}");
        expected = found;
    }
    Ok(())
}

/// A sweep goes by the `forget_after` that is stored when it deletes: a grant that was given more time since stays.
///
/// ST-10
///
/// # Errors
/// [`Broken`].
pub async fn a_sweep_goes_by_what_is_stored_now(handles: &Handles) -> Verdict {
    let life = Life::whole().await?;
    let (approved, active) = (life.at(Stage::Approved)?, life.at(Stage::Active)?);
    handles.get(0).insert(approved.clone()).await?;
    let swap = handles.get(0).replace(*approved.version(), active.clone()).await?;
    ensure!(swap == Swap::Done, "a replace of the version that stands there was lost");
    for handle in handles.iter() {
        handle.sweep(approved.forget_after() + MILLISECOND, 1_000).await?;
        let found = Stored::at(handle, active.id()).await?;
        ensure!(found == Stored::of(active), "a sweep took a grant by the time it had before its last change");
    }
    Ok(())
}

/// A sweep that runs while grants are given more time takes each before that or not at all: a grant whose replace was done
/// stays.
///
/// ST-10
///
/// # Errors
/// [`Broken`].
pub async fn a_sweep_spares_what_is_given_more_time_as_it_runs(handles: &Handles) -> Verdict {
    const GRANTS: usize = 32;
    let lives = Life::several(GRANTS).await?;
    let mut instants = Vec::new();
    let mut forms = Vec::new();
    for life in &lives {
        let (approved, active) = (life.at(Stage::Approved)?, life.at(Stage::Active)?);
        handles.get(0).insert(approved.clone()).await?;
        instants.push(approved.forget_after());
        forms.push((*approved.version(), active.clone()));
    }
    let Some(instant) = instants.into_iter().max() else { return Ok(()) };
    let outcomes = all_at_once(GRANTS + 8, |number| {
        let (handle, form) = (Arc::clone(handles.get(number)), forms.get(number).cloned());
        async move {
            let Some((read, active)) = form else {
                handle.sweep(instant + MILLISECOND, 1_000).await?;
                return Ok(None);
            };
            let swap = handle.replace(read, active.clone()).await?;
            Ok::<_, Broken>((swap == Swap::Done).then_some(active))
        }
    });
    let outcomes = outcomes.await?.into_iter().collect::<Result<Vec<_>, _>>()?;
    for active in outcomes.iter().flatten() {
        let found = Stored::at(handles.get(1), active.id()).await?;
        ensure!(found == Stored::of(active), "a sweep took a grant after it was given more time");
    }
    Ok(())
}

/// Sweeps at the same moment, in any process, take each grant once.
///
/// ST-10
///
/// # Errors
/// [`Broken`].
pub async fn sweeps_at_once_count_each_grant_once(handles: &Handles) -> Verdict {
    if handles.expires_by_itself() {
        return Ok(());
    }
    let grants = inserted(handles, 64).await?;
    let Some(instant) = grants.first().map(|grant| grant.forget_after() + MILLISECOND) else { return Ok(()) };
    let counts = all_at_once(16, |number| {
        let handle = Arc::clone(handles.get(number));
        async move { handle.sweep(instant, 8).await }
    });
    let mut took = 0;
    for count in counts.await? {
        took += count?;
    }
    let gone = grants.len() - left(handles, &grants).await?;
    ensure!(took == gone, "sixteen sweeps said that they took {took}, and {gone} are gone");
    Ok(())
}

/// A grant that was swept stays gone: who read it before cannot write it back.
///
/// ST-10
///
/// # Errors
/// [`Broken`].
pub async fn what_was_swept_stays_gone(handles: &Handles) -> Verdict {
    if handles.expires_by_itself() {
        return Ok(());
    }
    let life = Life::whole().await?;
    let (approved, active) = (life.at(Stage::Approved)?, life.at(Stage::Active)?);
    handles.get(0).insert(approved.clone()).await?;
    handles.get(0).sweep(approved.forget_after() + MILLISECOND, 1_000).await?;
    let found = left(handles, std::slice::from_ref(approved)).await?;
    ensure!(found == 0, "a sweep left what may be forgotten");
    for handle in handles.iter() {
        let swap = handle.replace(*approved.version(), active.clone()).await?;
        ensure!(swap == Swap::Lost, "a grant was replaced after it had been swept");
        ensure!(Stored::at(handle, active.id()).await?.is_nothing(), "a lost replace brought a swept grant back");
    }
    Ok(())
}
