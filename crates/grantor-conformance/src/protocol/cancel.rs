use crate::{
    Handles, Verdict,
    broken::ensure,
    kit::{World, polled, redeem, refresh},
};

/// How many polls a request may need; more are not tried.
const MOST_POLLS: usize = 200;

/// A redemption whose future is dropped, wherever it is dropped, leaves a code that is good or one that is
/// spent, and never a token that nobody was given.
///
/// ST-13, ST-22
///
/// # Errors
/// [`Broken`](crate::Broken).
pub async fn a_dropped_redemption_leaves_a_good_code_or_a_spent_one(handles: &Handles) -> Verdict {
    let world = World::new(handles)?;
    for polls in 0..MOST_POLLS {
        let code = world.code().await?;
        let finished = polled(polls, redeem(world.server(0), &code)).await;
        let again = world.redeem(1, &code).await;
        match &finished {
            None if again.status == 200 => {
                let alive = world.is_alive(&again.good("access_token")?).await?;
                ensure!(alive, "the tokens of a code that was asked for again are dead");
            }
            _ => ensure!(again.is_invalid_grant(), "after a dropped redemption the code was answered {again:?}"),
        }
        if finished.is_some() {
            break;
        }
    }
    Ok(())
}

/// A refresh whose future is dropped, wherever it is dropped, can be asked again and the line goes on.
///
/// ST-13, ST-22
///
/// # Errors
/// [`Broken`](crate::Broken).
pub async fn a_dropped_refresh_can_be_asked_again(handles: &Handles) -> Verdict {
    let world = World::new(handles)?;
    for polls in 0..MOST_POLLS {
        let token = world.tokens().await?.good("refresh_token")?;
        let finished = polled(polls, refresh(world.server(0), &token)).await;
        let again = world.refresh(1, &token).await;
        ensure!(again.status == 200, "after a dropped refresh the token was answered {again:?}");
        let next = world.refresh(0, &again.good("refresh_token")?).await;
        ensure!(next.status == 200, "after a dropped refresh the next token was answered {next:?}");
        if finished.is_some() {
            break;
        }
    }
    Ok(())
}
