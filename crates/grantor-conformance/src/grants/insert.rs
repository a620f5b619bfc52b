use std::sync::Arc;

use grantor_core::{StoreError, grant::Stage, types::GrantId};

use crate::{
    Broken, Handles, Verdict,
    broken::ensure,
    kit::{Hands, Life, MANY, Pattern, Request, Stored, all_at_once},
};

/// A grant that was inserted is there for every handle as soon as `insert` returned.
///
/// # Errors
/// [`Broken`].
pub async fn an_inserted_grant_is_found_at_once(handles: &Handles) -> Verdict {
    for (number, life) in Life::several(handles.len() * 2).await?.iter().enumerate() {
        let grant = life.at(Stage::Parked)?;
        handles.get(number).insert(grant.clone()).await?;
        for handle in handles.iter() {
            ensure!(Stored::at(handle, grant.id()).await? == Stored::of(grant), "a load after the insert brought something else");
        }
    }
    Ok(())
}

/// A grant that is not there is `None`: no error, and no other grant.
///
/// # Errors
/// [`Broken`].
pub async fn an_absent_grant_is_none(handles: &Handles) -> Verdict {
    let life = Life::whole().await?;
    let grant = life.at(Stage::Parked)?;
    for handle in handles.iter() {
        ensure!(Stored::at(handle, grant.id()).await?.is_nothing(), "a grant was found before it was inserted");
    }
    handles.get(0).insert(grant.clone()).await?;
    for id in [[0; 16], [0xff; 16], *b"%%%%%%%%%%%%%%%%"] {
        for handle in handles.iter() {
            ensure!(Stored::at(handle, &GrantId::from_bytes(id)).await?.is_nothing(), "a grant was found by an id not its own");
        }
    }
    Ok(())
}

/// Two ids that differ anywhere are two grants: no prefix, no case, no byte that ends a text.
///
/// ST-15
///
/// # Errors
/// [`Broken`].
pub async fn ids_are_told_apart_by_every_byte(handles: &Handles) -> Verdict {
    let mut ids: Vec<[u8; 16]> = vec![[0; 16], [0xff; 16], *b"aaaaaaaaaaaaaaaa", *b"AAAAAAAAAAAAAAAA", *b"%%%%%%%%%%%%%%%%"];
    for place in 0..16 {
        let byte = |at| if at == place { b'A' } else { b'a' };
        ids.push(std::array::from_fn(byte));
        ids.push(std::array::from_fn(|at| u8::from(at == place)));
    }
    let clock = Arc::new(Hands::now_real());
    let request = Request::waiting();
    let mut grants = Vec::new();
    for id in ids {
        let life = Life::drawn(&request, clock.clone(), Some(Arc::new(Pattern::new([id])))).await?;
        let grant = life.at(Stage::Parked)?.clone();
        ensure!(*grant.id().as_bytes() == id, "the suite draws ids as the server does not");
        handles.get(grants.len()).insert(grant.clone()).await?;
        grants.push(grant);
    }
    for (number, grant) in grants.iter().enumerate() {
        let found = Stored::at(handles.get(number + 1), grant.id()).await?;
        ensure!(found == Stored::of(grant), "the id {} led to another grant, or to none", grant.id());
    }
    Ok(())
}

/// An id that is taken is [`StoreError::Conflict`], whatever the stage, and what is there stays.
///
/// # Errors
/// [`Broken`].
pub async fn a_taken_id_conflicts(handles: &Handles) -> Verdict {
    let life = Life::whole().await?;
    let (first, other) = (life.at(Stage::Approved)?, life.at(Stage::Parked)?);
    handles.get(0).insert(first.clone()).await?;
    for handle in handles.iter() {
        for again in [other, first] {
            match handle.insert(again.clone()).await {
                Err(StoreError::Conflict) => {}
                Ok(()) => return Err(Broken::because("an id was inserted twice")),
                Err(error) => return Err(Broken::from(error)),
            }
        }
        ensure!(Stored::at(handle, first.id()).await? == Stored::of(first), "a conflict changed what was there");
    }
    Ok(())
}

/// Of sixty-four that insert the same id at the same moment one is told so, and it is that one's grant which is kept.
///
/// # Errors
/// [`Broken`].
pub async fn of_sixty_four_inserts_of_one_id_one_is_kept(handles: &Handles) -> Verdict {
    let life = Life::whole().await?;
    let grants = life.nexts(MANY).await?;
    let outcomes = all_at_once(MANY, |number| {
        let (handle, grant) = (Arc::clone(handles.get(number)), grants.get(number).cloned());
        async move {
            let grant = grant.ok_or_else(|| Broken::because("too few grants"))?;
            match handle.insert(grant.clone()).await {
                Ok(()) => Ok(Some(grant)),
                Err(StoreError::Conflict) => Ok(None),
                Err(error) => Err(Broken::from(error)),
            }
        }
    });
    let kept = outcomes.await?.into_iter().collect::<Result<Vec<_>, Broken>>()?;
    let kept: Vec<_> = kept.into_iter().flatten().collect();
    let [winner] = kept.as_slice() else {
        return Err(Broken::because(format!("{} of {MANY} inserts of one id were told that theirs is kept", kept.len())));
    };
    for handle in handles.iter() {
        ensure!(Stored::at(handle, winner.id()).await? == Stored::of(winner), "another grant is there than the one that won");
    }
    Ok(())
}
