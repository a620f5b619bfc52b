use std::sync::Arc;

use crate::{
    Handles, Verdict,
    broken::ensure,
    kit::{Hands, Request, World, redeem, refresh},
};

/// Of two issuers on one store neither knows the other's codes and tokens.
///
/// ST-20
///
/// # Errors
/// [`Broken`](crate::Broken).
pub async fn issuers_on_one_store_know_nothing_of_each_other(handles: &Handles) -> Verdict {
    let (clock, request) = (Arc::new(Hands::now_real()), Request::plain());
    let client = request.client()?;
    let world = |issuer| World::bare(handles, clock.clone(), issuer, |builder| request.configure(builder).client(client.clone()));
    let (one, other) = (world("https://one.example")?, world("https://other.example")?);
    let code = one.code().await?;
    let refused = redeem(other.server(0), &code).await;
    ensure!(refused.is_invalid_grant(), "a code of another issuer was answered {refused:?}");
    let tokens = redeem(one.server(1), &code).await;
    ensure!(tokens.status == 200, "a good code was answered {tokens:?}");
    ensure!(one.is_alive(&tokens.good("access_token")?).await?, "a fresh access token is dead");
    ensure!(!other.is_alive(&tokens.good("access_token")?).await?, "a token of another issuer is taken");
    let refused = refresh(other.server(1), &tokens.good("refresh_token")?).await;
    ensure!(refused.is_invalid_grant(), "a refresh token of another issuer was answered {refused:?}");
    Ok(())
}
