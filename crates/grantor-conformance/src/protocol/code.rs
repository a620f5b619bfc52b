use grantor_core::grant::{Handed, Kind};

use crate::{
    Broken, Handles, Verdict,
    broken::ensure,
    kit::{Answer, MANY, Stored, VERIFIER, World, all_at_once, redeem, token},
};

/// Of sixty-four good redemptions of one code at the same moment one is answered 200 and the others
/// `invalid_grant`; they were replays, so the tokens of the one are dead afterwards.
///
/// ST-01, ST-02
///
/// # Errors
/// [`Broken`].
pub async fn of_sixty_four_redemptions_one_is_answered(handles: &Handles) -> Verdict {
    let world = World::new(handles)?;
    let code = world.code().await?;
    let answers = all_at_once(MANY, |number| {
        let (server, code) = (world.server(number).clone(), code.clone());
        async move { redeem(&server, &code).await }
    });
    let (good, bad): (Vec<_>, Vec<_>) = answers.await?.into_iter().partition(|answer| answer.status == 200);
    let [tokens] = good.as_slice() else {
        return Err(Broken::because(format!("{} of {MANY} redemptions of one code were answered 200", good.len())));
    };
    for answer in &bad {
        ensure!(answer.is_invalid_grant(), "a replay was answered {answer:?}");
    }
    ensure!(!world.is_alive(&tokens.good("access_token")?).await?, "the tokens of a replayed code are alive");
    let refreshed = world.refresh(1, &tokens.good("refresh_token")?).await;
    ensure!(refreshed.is_invalid_grant(), "the refresh token of a replayed code was answered {refreshed:?}");
    Ok(())
}

/// A redemption by another client or with another redirect URI leaves the stored grant as it was; a wrong verifier
/// is counted, and the fifth ends the code.
///
/// ST-04
///
/// # Errors
/// [`Broken`].
pub async fn a_refused_redemption_leaves_the_grant_as_it_was(handles: &Handles) -> Verdict {
    let world = World::new(handles)?;
    let code = world.code().await?;
    let Some(handed) = Handed::parse(Kind::Code, &code) else { return Err(Broken::because("a code that is none")) };
    let before = Stored::at(handles.get(0), handed.grant_id()).await?;
    let good = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", &code), ("code_verifier", VERIFIER)];
    let other_client = good.map(|(name, value)| (name, if name == "client_id" { "other" } else { value }));
    let other_redirect = [good.as_slice(), &[("redirect_uri", "https://other.example/cb")]].concat();
    for (number, fields) in [other_client.as_slice(), &other_redirect].into_iter().enumerate() {
        let answer = token(world.server(number), fields).await;
        ensure!(answer.is_invalid_grant(), "a redemption that is not the holder's was answered {answer:?}");
        let after = Stored::at(handles.get(number), handed.grant_id()).await?;
        ensure!(after == before, "a redemption that is not the holder's changed the grant");
    }
    let wrong = good.map(|(name, value)| {
        (name, if name == "code_verifier" { "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong" } else { value })
    });
    for number in 0..4 {
        let answer = token(world.server(number), &wrong).await;
        ensure!(answer.is_invalid_grant(), "a wrong verifier was answered {answer:?}");
    }
    let survivor = world.code().await?;
    ensure!(world.redeem(1, &survivor).await.status == 200, "wrong verifiers for one code harmed another");
    let fifth = token(world.server(1), &wrong).await;
    let late = world.redeem(0, &code).await;
    ensure!(fifth.is_invalid_grant() && late.is_invalid_grant(), "a code outlived five wrong verifiers: {late:?}");
    Ok(())
}

/// One ticket that is answered sixty-four times at the same moment gives one code, which is redeemed once.
///
/// ST-17
///
/// # Errors
/// [`Broken`].
pub async fn one_ticket_gives_one_code_to_sixty_four(handles: &Handles) -> Verdict {
    let world = World::new(handles)?;
    let parked = world.parked().await?;
    let answers = all_at_once(MANY, |number| {
        let (server, ticket, login) = (world.server(number).clone(), parked.ticket().to_owned(), world.login());
        async move {
            match server.resume(&ticket, &login).await {
                Ok(question) => Answer::from(question.approve_all().await),
                Err(reply) => reply.into(),
            }
        }
    });
    let mut codes = answers.await?.iter().map(|answer| answer.good("code")).collect::<Result<Vec<_>, _>>()?;
    codes.dedup();
    let [code] = codes.as_slice() else { return Err(Broken::because("one ticket gave several codes")) };
    let (first, second) = (world.redeem(0, code).await, world.redeem(1, code).await);
    ensure!(first.status == 200, "the code of a ticket was answered {first:?}");
    ensure!(second.is_invalid_grant(), "a code was answered again: {second:?}");
    Ok(())
}
