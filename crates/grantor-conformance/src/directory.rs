//! The promises of [`GrantDirectory`], and ST-12 on it.

use std::{collections::BTreeSet, sync::Arc};

use grantor_core::{
    GrantDirectory, StoreError, Swap,
    grant::{Grant, Stage},
    types::{ClientId, Subject},
};

use crate::{
    Broken, Handles, Verdict,
    broken::ensure,
    kit::{Hands, Life, MANY, Request, World, all_at_once, failed, refresh},
};

/// Names that are near each other, and are others.
const SUBJECTS: [&str; 9] = ["ann", "Ann", "ann ", "an", "%", "a_n", "ñ", "n\u{303}", "'; --"];

fn directory(handles: &Handles) -> Result<&Arc<dyn GrantDirectory>, Broken> {
    handles.directory().ok_or_else(|| Broken::because("these handles have no directory: make them by Handles::of_directory"))
}

async fn lives(subjects: &[&str], client_id: &str) -> Result<Vec<Life>, Broken> {
    let clock = Arc::new(Hands::now_real());
    let mut lives = Vec::new();
    for subject in subjects {
        lives.push(Life::of(&Request::between(subject, client_id), clock.clone()).await?);
    }
    Ok(lives)
}

fn ids(grants: &[Grant]) -> Vec<[u8; 16]> {
    grants.iter().map(|grant| *grant.id().as_bytes()).collect()
}

/// A grant is listed for its person and its client, whole, from the write that made it theirs until the one that ended it.
///
/// # Errors
/// [`Broken`].
pub async fn a_grant_is_listed_until_it_ends(handles: &Handles) -> Verdict {
    let directory = directory(handles)?;
    let life = Life::whole().await?;
    let (subject, client) = (Subject::from("ann"), ClientId::parse("app").map_err(failed)?);
    let mut before: Option<&Grant> = None;
    for form in &life.forms {
        match before {
            None => handles.get(0).insert(form.clone()).await?,
            Some(old) => {
                let swap = handles.get(0).replace(*old.version(), form.clone()).await?;
                ensure!(swap == Swap::Done, "a replace of the version that stands there was lost");
            }
        }
        let stage = form.stage().as_str();
        let encoded = |grants: Vec<Grant>| grants.iter().map(Grant::encode).collect::<Vec<_>>();
        let listed = |wanted: bool| if wanted { vec![form.encode()] } else { Vec::new() };
        let of_subject = encoded(directory.of_subject(&subject, None, 10).await?);
        let bound = form.subject().is_some() && form.stage() != Stage::Ended;
        ensure!(of_subject == listed(bound), "the list of a person is wrong about a grant that is {stage}");
        let of_client = encoded(directory.of_client(&client, None, 10).await?);
        ensure!(of_client == listed(form.stage() != Stage::Ended), "the list of a client is wrong about a grant that is {stage}");
        before = Some(form);
    }
    Ok(())
}

/// A list holds the grants of exactly this person or this client: names are compared byte by byte.
///
/// # Errors
/// [`Broken`].
pub async fn a_list_is_of_one_person_or_one_client(handles: &Handles) -> Verdict {
    let directory = directory(handles)?;
    for client in ["app", "APP", "app "] {
        for life in lives(&SUBJECTS, client).await? {
            handles.get(0).insert(life.at(Stage::Active)?.clone()).await?;
        }
    }
    for subject in SUBJECTS {
        let listed = directory.of_subject(&Subject::from(subject), None, 100).await?;
        let theirs = listed.iter().all(|grant| grant.subject().is_some_and(|own| own.as_str() == subject));
        ensure!(theirs && listed.len() == 3, "the list of {subject:?} has {} grants, and it should have 3", listed.len());
    }
    for client in ["app", "APP", "app "] {
        let listed = directory.of_client(&ClientId::parse(client).map_err(failed)?, None, 100).await?;
        let theirs = listed.iter().all(|grant| grant.client_id().as_str() == client);
        ensure!(theirs && listed.len() == SUBJECTS.len(), "the list of the client {client:?} is not its own");
    }
    let nobody = directory.of_subject(&Subject::from("nobody"), None, 100).await?;
    ensure!(nobody.is_empty(), "a person without grants has a list");
    Ok(())
}

/// A list comes in pages: at most `limit` grants, in the order of their ids, each once, and a short page is the last.
///
/// # Errors
/// [`Broken`].
pub async fn a_list_comes_in_pages_in_the_order_of_ids(handles: &Handles) -> Verdict {
    let directory = directory(handles)?;
    let mut expected = BTreeSet::new();
    for life in lives(&["ann"; 10], "app").await? {
        let grant = life.at(Stage::Active)?;
        expected.insert(*grant.id().as_bytes());
        handles.get(0).insert(grant.clone()).await?;
    }
    let expected: Vec<_> = expected.into_iter().collect();
    let (subject, client) = (Subject::from("ann"), ClientId::parse("app").map_err(failed)?);
    for limit in [1, 3, 5, 10, 11] {
        let (mut of_subject, mut of_client) = (Vec::new(), Vec::new());
        loop {
            let after = of_subject.last().copied().map(grantor_core::types::GrantId::from_bytes);
            let page = directory.of_subject(&subject, after.as_ref(), limit).await?;
            of_client.extend(ids(&directory.of_client(&client, after.as_ref(), limit).await?));
            ensure!(page.len() <= limit, "a page of at most {limit} has {}", page.len());
            let next = page.iter().all(|grant| after.is_none_or(|after| *grant.id() > after));
            ensure!(next, "a page begins before the place where the last one ended");
            of_subject.extend(ids(&page));
            if page.len() < limit {
                break;
            }
        }
        ensure!(of_subject == expected && of_client == expected, "pages of {limit} do not list every grant once, in order");
    }
    Ok(())
}

/// When all grants of a person have been ended, nothing of theirs is alive, whatever raced with that; and nobody
/// else's ended.
///
/// ST-12
///
/// # Errors
/// [`Broken`].
pub async fn ending_all_of_a_person_leaves_nothing_alive(handles: &Handles) -> Verdict {
    let directory = directory(handles)?.clone();
    let world = World::new(handles)?;
    let bystander = world.tokens_of("bob").await?.good("access_token")?;
    let (code, ticket) = (world.code().await?, world.parked().await?);
    let mut tokens = Vec::new();
    for _ in 0..8 {
        tokens.push(world.tokens().await?);
    }
    let race = all_at_once(MANY + 1, |number| {
        let (server, directory) = (world.server(number).clone(), directory.clone());
        let token = tokens.get(number % 8).map(|tokens| tokens.get("refresh_token").to_owned()).unwrap_or_default();
        async move {
            if number == MANY {
                return server.end_subject(directory.as_ref(), &Subject::from("ann")).await.map(Err);
            }
            Ok::<_, StoreError>(Ok(refresh(&server, &token).await))
        }
    });
    let mut refreshed = Vec::new();
    for outcome in race.await? {
        match outcome? {
            Ok(answer) => refreshed.push(answer),
            Err(ended) => ensure!(ended == 10, "of 10 grants of a person {ended} were ended"),
        }
    }
    let good = || tokens.iter().chain(&refreshed).filter(|answer| answer.status == 200);
    for answer in good() {
        ensure!(!world.is_alive(&answer.good("access_token")?).await?, "an access token outlived the end of all");
    }
    for answer in good() {
        let again = world.refresh(1, &answer.good("refresh_token")?).await;
        ensure!(again.is_invalid_grant(), "a refresh token outlived the end of all: {again:?}");
    }
    ensure!(world.redeem(0, &code).await.is_invalid_grant(), "a code outlived the end of all");
    let login = world.login();
    if let Ok(question) = world.server(0).resume(ticket.ticket(), &login).await {
        let answer = crate::kit::Answer::from(question.approve_all().await);
        ensure!(answer.get("code").is_empty(), "a question outlived the end of all: {answer:?}");
    }
    ensure!(world.is_alive(&bystander).await?, "the end of all of one person ended another's");
    let again = world.server(0).end_subject(directory.as_ref(), login.subject()).await?;
    ensure!(again == 0, "what had ended was ended again");
    Ok(())
}

/// When all grants of a client have been ended, nothing that it holds is alive; and no other client's ended.
///
/// ST-12
///
/// # Errors
/// [`Broken`].
pub async fn ending_all_of_a_client_leaves_nothing_alive(handles: &Handles) -> Verdict {
    let directory = directory(handles)?;
    let world = World::new(handles)?;
    let code = world.code().await?;
    let (ann, bob) = (world.tokens().await?, world.tokens_of("bob").await?);
    for life in lives(&["ann"], "other").await? {
        handles.get(0).insert(life.at(Stage::Active)?.clone()).await?;
    }
    let app = ClientId::parse("app").map_err(failed)?;
    let ended = world.server(0).end_client(directory.as_ref(), &app).await?;
    ensure!(ended == 3, "of 3 grants of a client {ended} were ended");
    for tokens in [ann, bob] {
        ensure!(!world.is_alive(&tokens.good("access_token")?).await?, "an access token outlived the end of its client's");
        ensure!(world.refresh(1, &tokens.good("refresh_token")?).await.is_invalid_grant(), "a refresh token outlived it");
    }
    ensure!(world.redeem(0, &code).await.is_invalid_grant(), "a code outlived the end of its client's");
    let left = directory.of_client(&ClientId::parse("other").map_err(failed)?, None, 10).await?;
    ensure!(left.len() == 1, "the end of one client's grants ended another's");
    Ok(())
}
