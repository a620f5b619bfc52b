use std::time::Duration;

use crate::{
    Broken, Handles, Verdict,
    broken::ensure,
    kit::{Answer, MANY, World, all_at_once, redeem, refresh},
};

/// Sixty-four refreshes with one token at the same moment.
async fn refreshed_at_once(world: &World) -> Result<Vec<Answer>, Broken> {
    let token = world.tokens().await?.good("refresh_token")?;
    let refreshes = all_at_once(MANY, |number| {
        let (server, token) = (world.server(number).clone(), token.clone());
        async move { refresh(&server, &token).await }
    });
    refreshes.await
}

/// Without a retry window one of sixty-four refreshes with one token is answered 200; the others were reuse, so
/// nothing of the grant is alive afterwards.
///
/// ST-05
///
/// # Errors
/// [`Broken`].
pub async fn without_a_window_one_of_sixty_four_refreshes_is_answered(handles: &Handles) -> Verdict {
    let world = World::with(handles, |builder| builder.retry_window(Duration::ZERO))?;
    let (good, bad): (Vec<_>, Vec<_>) = refreshed_at_once(&world).await?.into_iter().partition(|answer| answer.status == 200);
    let [tokens] = good.as_slice() else {
        return Err(Broken::because(format!("{} of {MANY} refreshes with one token were answered 200", good.len())));
    };
    for answer in &bad {
        ensure!(answer.is_invalid_grant(), "reuse of a refresh token was answered {answer:?}");
    }
    ensure!(!world.is_alive(&tokens.good("access_token")?).await?, "a token outlived the reuse of its refresh token");
    let refreshed = world.refresh(1, &tokens.good("refresh_token")?).await;
    ensure!(refreshed.is_invalid_grant(), "a refresh token outlived the reuse of the one before: {refreshed:?}");
    Ok(())
}

/// Inside the retry window sixty-four refreshes with one token get one and the same pair, and the line goes on.
///
/// ST-06
///
/// # Errors
/// [`Broken`].
pub async fn inside_the_window_sixty_four_refreshes_get_one_pair(handles: &Handles) -> Verdict {
    let world = World::new(handles)?;
    let answers = refreshed_at_once(&world).await?;
    let Some(first) = answers.first() else { return Ok(()) };
    ensure!(first.status == 200, "a good refresh was answered {first:?}");
    ensure!(answers.iter().all(|answer| answer == first), "one refresh token gave several pairs");
    ensure!(world.is_alive(&first.good("access_token")?).await?, "a fresh access token is dead");
    let next = world.refresh(1, &first.good("refresh_token")?).await;
    ensure!(next.status == 200, "after a race the newest refresh token was answered {next:?}");
    Ok(())
}

/// After a hundred rotations the first token, replayed, ends the grant in one request.
///
/// ST-07
///
/// # Errors
/// [`Broken`].
pub async fn a_first_token_ends_a_chain_of_a_hundred_rotations(handles: &Handles) -> Verdict {
    let world = World::new(handles)?;
    let first = world.tokens().await?.good("refresh_token")?;
    let mut newest = first.clone();
    let mut access = String::new();
    for number in 0..100 {
        let answer = world.refresh(number, &newest).await;
        ensure!(answer.status == 200, "rotation {number} was answered {answer:?}");
        (newest, access) = (answer.good("refresh_token")?, answer.good("access_token")?);
    }
    world.forward(Duration::from_secs(11));
    ensure!(world.is_alive(&access).await?, "a fresh access token is dead");
    let replayed = world.refresh(0, &first).await;
    ensure!(replayed.is_invalid_grant(), "the first token of a long line was answered {replayed:?}");
    ensure!(!world.is_alive(&access).await?, "an access token outlived the replay of an old refresh token");
    let refreshed = world.refresh(1, &newest).await;
    ensure!(refreshed.is_invalid_grant(), "a line outlived the replay of an old refresh token: {refreshed:?}");
    Ok(())
}

/// When a grant ends while sixty-four refreshes race with that, nothing of it is alive once the end was answered,
/// whatever came first.
///
/// ST-08
///
/// # Errors
/// [`Broken`].
pub async fn what_ended_stays_ended_whatever_races_with_it(handles: &Handles) -> Verdict {
    for _ in 0..12 {
        let world = World::with(handles, |builder| builder.retry_window(Duration::from_secs(60)))?;
        let code = world.code().await?;
        let tokens = world.redeem(0, &code).await;
        let token = tokens.good("refresh_token")?;
        let answers = all_at_once(MANY + 1, |number| {
            let (server, code, token) = (world.server(number).clone(), code.clone(), token.clone());
            // The replay of a code ends its grant (RFC 6749 §4.1.2).
            async move { if number == MANY { redeem(&server, &code).await } else { refresh(&server, &token).await } }
        });
        let mut good = answers.await?;
        good.push(tokens);
        good.retain(|answer| answer.status == 200);
        // First those that change nothing: a refresh with a token that is not the newest ends what should have ended.
        for answer in &good {
            ensure!(!world.is_alive(&answer.good("access_token")?).await?, "an access token outlived its grant");
        }
        for answer in &good {
            let refreshed = world.refresh(1, &answer.good("refresh_token")?).await;
            ensure!(refreshed.is_invalid_grant(), "a refresh token outlived its grant: {refreshed:?}");
        }
    }
    Ok(())
}
