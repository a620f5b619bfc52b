use std::{sync::Arc, time::Duration};

use grantor_core::types::Clock;

use crate::{
    Broken, Handles, Verdict,
    broken::ensure,
    kit::{World, all_at_once, refresh},
};

const DAY: u64 = 86_400;

/// A code is good a second before its lifetime is over, and not at its end nor a second later.
///
/// ST-03
///
/// # Errors
/// [`Broken`].
pub async fn a_code_lives_as_long_as_it_was_told(handles: &Handles) -> Verdict {
    for (seconds, good) in [(59, true), (60, false), (61, false)] {
        let world = World::with(handles, |builder| builder.code_lifetime(Duration::from_secs(60)))?;
        let code = world.code().await?;
        world.forward(Duration::from_secs(seconds));
        let answer = world.redeem(1, &code).await;
        ensure!((answer.status == 200) == good, "a code of 60 seconds was answered after {seconds}: {answer:?}");
        ensure!(good || answer.is_invalid_grant(), "an old code was answered {answer:?}");
    }
    Ok(())
}

/// An access token is good while the time is before its expiry, and dead at it.
///
/// ST-21
///
/// # Errors
/// [`Broken`].
pub async fn an_access_token_lives_to_the_second(handles: &Handles) -> Verdict {
    let world = World::with(handles, |builder| builder.access_lifetime(Duration::from_secs(600)))?;
    let token = world.tokens().await?.good("access_token")?;
    world.forward(Duration::from_millis(599_999));
    ensure!(world.is_alive(&token).await?, "an access token died before its time");
    world.forward(Duration::from_millis(1));
    ensure!(!world.is_alive(&token).await?, "an access token outlived its time");
    Ok(())
}

/// Whatever is swept on the way, a spent code is known as spent for as long as a token of its grant can be
/// alive, and its replay ends them.
///
/// ST-09, ST-10
///
/// # Errors
/// [`Broken`].
pub async fn a_spent_code_is_known_until_every_token_has_died(handles: &Handles) -> Verdict {
    let world = World::new(handles)?;
    let code = world.code().await?;
    let mut tokens = world.redeem(0, &code).await;
    for number in 0..3 {
        world.forward(Duration::from_secs(29 * DAY));
        handles.get(number).sweep(world.clock.now(), 1_000).await?;
        tokens = world.refresh(number, &tokens.good("refresh_token")?).await;
        ensure!(tokens.status == 200, "after a sweep a live refresh token was answered {tokens:?}");
    }
    handles.get(0).sweep(world.clock.now(), 1_000).await?;
    let replayed = world.redeem(1, &code).await;
    ensure!(replayed.is_invalid_grant(), "a spent code was answered {replayed:?}");
    ensure!(!world.is_alive(&tokens.good("access_token")?).await?, "a token outlived the replay of its code");
    Ok(())
}

/// Sweeps that run all the time while people use their tokens take nothing that is in use.
///
/// ST-10
///
/// # Errors
/// [`Broken`].
pub async fn sweeps_while_requests_run_harm_nobody(handles: &Handles) -> Verdict {
    let world = World::new(handles)?;
    let mut tokens = Vec::new();
    for _ in 0..8 {
        // A question that nobody answers is left behind by each.
        world.parked().await?;
        tokens.push(world.tokens().await?.good("refresh_token")?);
    }
    world.forward(Duration::from_secs(DAY));
    let now = world.clock.now();
    let outcomes = all_at_once(12, |number| {
        let (server, handle, token) =
            (world.server(number).clone(), Arc::clone(handles.get(number)), tokens.get(number).cloned());
        async move {
            let Some(mut token) = token else {
                for _ in 0..20 {
                    handle.sweep(now, 2).await?;
                }
                return Ok(());
            };
            for _ in 0..10 {
                let answer = refresh(&server, &token).await;
                ensure!(answer.status == 200, "while sweeps ran a live refresh token was answered {answer:?}");
                token = answer.good("refresh_token")?;
            }
            Ok::<_, Broken>(())
        }
    });
    outcomes.await?.into_iter().collect()
}
