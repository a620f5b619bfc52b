//! The promises of a store that cannot be reached: its server is down, its disk is gone, its file is read-only.

use std::time::Duration;

use grantor_core::{
    GrantStore, StoreError,
    grant::{Grant, Stage},
};

use crate::{
    Broken, Handles, Verdict,
    broken::ensure,
    kit::{Answer, Life, World, asked, query},
};

/// How long a store may take to find out that it cannot be reached.
const PATIENCE: Duration = Duration::from_secs(60);

/// Each method says [`StoreError::Unavailable`]: not that there is no such grant, not that the id is taken, not that
/// the swap was lost, and it says so in time.
///
/// ST-19
///
/// # Errors
/// [`Broken`].
pub async fn an_unreachable_store_says_unavailable(handles: &Handles) -> Verdict {
    let life = Life::whole().await?;
    let (approved, active) = (life.at(Stage::Approved)?, life.at(Stage::Active)?);
    for handle in handles.iter() {
        let all = said(handle.as_ref(), approved, active);
        tokio::time::timeout(PATIENCE, all).await.map_err(|_| Broken::because("an unreachable store says nothing"))??;
    }
    Ok(())
}

async fn said(store: &dyn GrantStore, old: &Grant, new: &Grant) -> Verdict {
    is_unavailable("load", store.load(old.id()).await)?;
    is_unavailable("insert", store.insert(old.clone()).await)?;
    is_unavailable("replace", store.replace(*old.version(), new.clone()).await)?;
    is_unavailable("sweep", store.sweep(new.forget_after(), 10).await)
}

fn is_unavailable<T>(method: &str, outcome: Result<T, StoreError>) -> Verdict {
    match outcome {
        Err(StoreError::Unavailable(_)) => Ok(()),
        Err(error) => Err(Broken::because(format!("{method} of an unreachable store said: {error}"))),
        Ok(_) => Err(Broken::because(format!("{method} of an unreachable store said that all went well"))),
    }
}

/// A request on it is answered 503 or `temporarily_unavailable`, for a moment: never with a success, and never with
/// `invalid_grant`, on which a client would throw good tokens away.
///
/// ST-19
///
/// # Errors
/// [`Broken`].
pub async fn a_request_on_it_is_never_invalid_grant(handles: &Handles) -> Verdict {
    let elsewhere = World::new(&Handles::of(grantor_core::MemoryStore::new()))?;
    let (code, tokens) = (elsewhere.code().await?, elsewhere.tokens().await?);
    let world = World::new(handles)?;
    let answers = [world.redeem(0, &code).await, world.refresh(0, &tokens.good("refresh_token")?).await];
    for answer in answers {
        ensure!(answer.is_busy(), "a token request was answered {answer:?}");
    }
    let asked = asked(world.server(0), &query(&[]), world.login()).await?;
    let answer = Answer::from(asked.approve_all().await);
    let told =
        answer.get("error") == "temporarily_unavailable" && answer.get("retry-after") == "1" && answer.get("code").is_empty();
    ensure!(told, "an authorization request was answered {answer:?}");
    let verified = world.is_alive(&tokens.good("access_token")?).await;
    ensure!(verified.is_err(), "an access token was judged without a store");
    Ok(())
}
