use std::sync::Arc;

use grantor_core::{StoreError, Swap, grant::Stage};

use crate::{
    Broken, Handles, Verdict,
    broken::ensure,
    kit::{Life, Stored, polled},
};

/// How many polls a write may need; more are not tried.
const MOST_POLLS: usize = 200;

/// How often a write that was given up may still get in the way.
const TRIES: usize = 20;

/// A replace whose future is dropped, wherever it is dropped, leaves the old grant or the new one, and a store that works.
///
/// ST-13, ST-22
///
/// # Errors
/// [`Broken`].
pub async fn a_cancelled_replace_leaves_the_old_or_the_new(handles: &Handles) -> Verdict {
    for polls in 0..MOST_POLLS {
        let life = Life::whole().await?;
        let (approved, nexts) = (life.at(Stage::Approved)?, life.nexts(1 + TRIES).await?);
        let Some((next, later)) = nexts.split_first() else { return Err(Broken::because("too few grants")) };
        handles.get(0).insert(approved.clone()).await?;
        let finished = polled(polls, handles.get(0).replace(*approved.version(), next.clone())).await;
        for handle in handles.iter() {
            let found = Stored::at(handle, approved.id()).await?;
            let old = found == Stored::of(approved) && finished.is_none();
            ensure!(old || found == Stored::of(next), "a replace that was given up left neither the old grant nor the new one");
        }
        let mut done = false;
        for (number, later) in later.iter().enumerate() {
            let Some(stands) = handles.get(number).load(approved.id()).await? else { break };
            done = handles.get(number).replace(*stands.version(), later.clone()).await? == Swap::Done;
            if done {
                break;
            }
        }
        ensure!(done, "after a replace was given up nobody could replace the grant");
        if finished.is_some() {
            break;
        }
    }
    Ok(())
}

/// An insert whose future is dropped, wherever it is dropped, leaves a whole grant or none.
///
/// ST-22
///
/// # Errors
/// [`Broken`].
pub async fn a_cancelled_insert_leaves_a_whole_grant_or_none(handles: &Handles) -> Verdict {
    for polls in 0..MOST_POLLS {
        let life = Life::whole().await?;
        let grant = life.at(Stage::Parked)?;
        let finished = polled(polls, handles.get(0).insert(grant.clone())).await;
        for handle in handles.iter() {
            let found = Stored::at(handle, grant.id()).await?;
            let none = found == Stored::NOTHING && finished.is_none();
            ensure!(none || found == Stored::of(grant), "an insert that was given up left half a grant");
        }
        match Arc::clone(handles.get(1)).insert(grant.clone()).await {
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        let found = Stored::at(handles.get(2), grant.id()).await?;
        ensure!(found == Stored::of(grant), "after an insert was given up the grant could not be inserted");
        if finished.is_some() {
            break;
        }
    }
    Ok(())
}
