use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use grantor_core::{
    Swap,
    grant::{Grant, Stage},
};

use crate::{
    Broken, Handles, Verdict,
    broken::ensure,
    kit::{Life, MANY, Stored, all_at_once},
};

/// How often the race for one version is run.
const ROUNDS: usize = 4;

/// Inserts the first form of the life and replaces it by each that follows, through changing handles.
async fn keep(handles: &Handles, forms: &[Grant]) -> Verdict {
    let Some((first, _)) = forms.split_first() else { return Ok(()) };
    handles.get(0).insert(first.clone()).await?;
    for (number, (old, new)) in forms.iter().zip(forms.iter().skip(1)).enumerate() {
        let swap = handles.get(number + 1).replace(*old.version(), new.clone()).await?;
        ensure!(swap == Swap::Done, "a replace of the version that stands there was lost");
    }
    Ok(())
}

/// A replace of the version that stands there is done, and every handle sees it as soon as it returned.
///
/// # Errors
/// [`Broken`].
pub async fn a_replace_of_what_was_read_is_done(handles: &Handles) -> Verdict {
    let forms = Life::whole().await?.forms;
    let mut before: Option<&Grant> = None;
    for (number, form) in forms.iter().enumerate() {
        match before {
            None => handles.get(number).insert(form.clone()).await?,
            Some(old) => {
                let swap = handles.get(number).replace(*old.version(), form.clone()).await?;
                ensure!(swap == Swap::Done, "a replace of the version that stands there was lost");
            }
        }
        for handle in handles.iter() {
            ensure!(Stored::at(handle, form.id()).await? == Stored::of(form), "a load after the write brought something else");
        }
        before = Some(form);
    }
    Ok(())
}

/// A replace of a version that stands there no longer, or never did, is lost and leaves all as it was.
///
/// ST-01
///
/// # Errors
/// [`Broken`].
pub async fn a_lost_swap_changes_nothing(handles: &Handles) -> Verdict {
    let life = Life::whole().await?;
    let (approved, nexts) = (life.at(Stage::Approved)?, life.nexts(3).await?);
    let [stands, late, other] = nexts.as_slice() else { return Err(Broken::because("too few grants")) };
    keep(handles, &[approved.clone(), stands.clone()]).await?;
    for (number, read) in [approved.version(), late.version(), other.version()].into_iter().enumerate() {
        let swap = handles.get(number).replace(*read, late.clone()).await?;
        ensure!(swap == Swap::Lost, "a replace of a version that does not stand there was done");
        for handle in handles.iter() {
            ensure!(Stored::at(handle, stands.id()).await? == Stored::of(stands), "a lost replace changed what was there");
        }
    }
    let swap = handles.get(0).replace(*stands.version(), other.clone()).await?;
    ensure!(swap == Swap::Done, "lost replaces made one lose that was not late");
    Ok(())
}

/// A replace of a grant that is not there is lost: never an upsert.
///
/// # Errors
/// [`Broken`].
pub async fn an_absent_grant_is_not_replaced(handles: &Handles) -> Verdict {
    let life = Life::whole().await?;
    let (approved, next) = (life.at(Stage::Approved)?, life.at(Stage::Active)?);
    for (number, read) in [approved.version(), next.version()].into_iter().enumerate() {
        let swap = handles.get(number).replace(*read, next.clone()).await?;
        ensure!(swap == Swap::Lost, "a grant that is not there was replaced");
    }
    for handle in handles.iter() {
        ensure!(Stored::at(handle, next.id()).await?.is_nothing(), "a lost replace made a grant");
    }
    Ok(())
}

/// A grant that has ended is kept, as ended, and nobody who read it before can bring it back.
///
/// ST-09
///
/// # Errors
/// [`Broken`].
pub async fn an_ended_grant_stays_ended(handles: &Handles) -> Verdict {
    let life = Life::whole().await?;
    keep(handles, &life.forms).await?;
    let ended = life.at(Stage::Ended)?;
    for (number, (old, new)) in life.forms.iter().zip(life.forms.iter().skip(1)).enumerate() {
        let swap = handles.get(number).replace(*old.version(), new.clone()).await?;
        ensure!(swap == Swap::Lost, "an ended grant was replaced by a writer who had read it before it ended");
    }
    for handle in handles.iter() {
        ensure!(Stored::at(handle, ended.id()).await? == Stored::of(ended), "an ended grant did not stay as it was");
    }
    Ok(())
}

/// Of sixty-four that replace one version at the same moment exactly one is told [`Swap::Done`], and it is that one's grant
/// which stands there afterwards.
///
/// ST-01
///
/// # Errors
/// [`Broken`].
pub async fn of_sixty_four_replacers_one_wins(handles: &Handles) -> Verdict {
    for _ in 0..ROUNDS {
        let life = Life::whole().await?;
        let (approved, nexts) = (life.at(Stage::Approved)?, life.nexts(MANY).await?);
        handles.get(0).insert(approved.clone()).await?;
        let outcomes = all_at_once(MANY, |number| {
            let (handle, read, next) = (Arc::clone(handles.get(number)), *approved.version(), nexts.get(number).cloned());
            async move {
                let next = next.ok_or_else(|| Broken::because("too few grants"))?;
                let swap = handle.replace(read, next.clone()).await?;
                Ok((swap == Swap::Done).then_some(next))
            }
        });
        let won = outcomes.await?.into_iter().collect::<Result<Vec<_>, Broken>>()?;
        let won: Vec<_> = won.into_iter().flatten().collect();
        let [winner] = won.as_slice() else {
            return Err(Broken::because(format!("{} of {MANY} replacers of one version were told that they won", won.len())));
        };
        for handle in handles.iter() {
            ensure!(
                Stored::at(handle, winner.id()).await? == Stored::of(winner),
                "another grant stands there than the one that won"
            );
        }
    }
    Ok(())
}

/// While one writer replaces a grant, readers see one of its forms, whole, and never one that is older than a write that
/// had finished before they began.
///
/// # Errors
/// [`Broken`].
pub async fn a_reader_never_sees_half_a_grant(handles: &Handles) -> Verdict {
    for _ in 0..ROUNDS {
        let forms = Arc::new(Life::whole().await?.forms);
        let Some(first) = forms.first() else { return Ok(()) };
        handles.get(0).insert(first.clone()).await?;
        let written = Arc::new(AtomicUsize::new(0));
        let outcomes = all_at_once(9, |number| {
            let (handle, forms, written) = (Arc::clone(handles.get(number)), Arc::clone(&forms), Arc::clone(&written));
            async move {
                match number {
                    0 => write_all(&handle, &forms, &written).await,
                    _ => read_all(&handle, &forms, &written).await,
                }
            }
        });
        outcomes.await?.into_iter().collect::<Verdict>()?;
    }
    Ok(())
}

async fn write_all(handle: &Arc<dyn grantor_core::GrantStore>, forms: &[Grant], written: &AtomicUsize) -> Verdict {
    let mut outcome = Ok(());
    for (old, new) in forms.iter().zip(forms.iter().skip(1)) {
        match handle.replace(*old.version(), new.clone()).await {
            Ok(Swap::Done) => {}
            Ok(Swap::Lost) => outcome = Err(Broken::because("the only writer lost")),
            Err(error) => outcome = Err(error.into()),
        }
        // Also after a failure, or the readers would wait for ever.
        written.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
    }
    outcome
}

async fn read_all(handle: &Arc<dyn grantor_core::GrantStore>, forms: &[Grant], written: &AtomicUsize) -> Verdict {
    let Some((first, last)) = forms.first().zip(forms.len().checked_sub(1)) else { return Ok(()) };
    let stored: Vec<_> = forms.iter().map(Stored::of).collect();
    loop {
        let oldest = written.load(Ordering::SeqCst);
        let found = Stored::at(handle, first.id()).await?;
        let Some(form) = stored.iter().position(|form| *form == found) else {
            return Err(Broken::because("a reader saw what was never written"));
        };
        ensure!(form >= oldest, "a reader saw a form that had been replaced before it began to read");
        if oldest == last {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}
