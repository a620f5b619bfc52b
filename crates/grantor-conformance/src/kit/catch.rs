use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use grantor_core::{
    AuthorizationServer, GrantStore, Next, StoreError, Swap,
    grant::{Grant, Stage},
    server::Random,
    types::{GrantId, Version},
};
use time::OffsetDateTime;

use super::{
    Hands, Request,
    world::{Answer, World, asked, next, refused, token},
};
use crate::{Broken, Handles, broken::ensure};

/// The forms that one grant took while a server led it through its life, the oldest first.
pub(crate) struct Life {
    pub(crate) forms: Vec<Grant>,
    request: Request,
    clock: Arc<Hands>,
    code: Option<String>,
}

/// Keeps every form of every grant.
#[derive(Default)]
struct Catch(Mutex<Vec<Grant>>);

impl Catch {
    fn forms(&self) -> MutexGuard<'_, Vec<Grant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl GrantStore for Catch {
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        self.forms().push(grant);
        Ok(())
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        Ok(self.forms().iter().rev().find(|grant| grant.id() == id).cloned())
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        let mut forms = self.forms();
        let current = forms.iter().rev().find(|grant| grant.id() == next.id()).map(|grant| *grant.version());
        if current != Some(read) {
            return Ok(Swap::Lost);
        }
        forms.push(next);
        Ok(Swap::Done)
    }

    async fn sweep(&self, _: OffsetDateTime, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }
}

impl Life {
    /// A whole life: parked, parked for a person, approved, active, refreshed twice, ended.
    pub(crate) async fn whole() -> Result<Self, Broken> {
        Self::of(&Request::plain(), Arc::new(Hands::now_real())).await
    }

    /// The lives of so many grants.
    pub(crate) async fn several(number: usize) -> Result<Vec<Self>, Broken> {
        let clock = Arc::new(Hands::now_real());
        let mut lives = Vec::with_capacity(number);
        for _ in 0..number {
            lives.push(Self::of(&Request::plain(), clock.clone()).await?);
        }
        Ok(lives)
    }

    /// The life of a grant for this request, as far as the request says.
    pub(crate) async fn of(request: &Request, clock: Arc<Hands>) -> Result<Self, Broken> {
        Self::drawn(request, clock, None).await
    }

    /// The same with given random bytes.
    pub(crate) async fn drawn(request: &Request, clock: Arc<Hands>, random: Option<Arc<dyn Random>>) -> Result<Self, Broken> {
        let (world, catch) = served(request, &clock, Vec::new(), random)?;
        let code = lead(world.server(0), request, clock.as_ref()).await?;
        let forms = std::mem::take(&mut *catch.forms());
        ensure!(!forms.is_empty(), "no grant began");
        Ok(Self { forms, request: request.clone(), clock, code })
    }

    /// The first form in this stage.
    pub(crate) fn at(&self, stage: Stage) -> Result<&Grant, Broken> {
        let form = self.forms.iter().find(|grant| grant.stage() == stage);
        form.ok_or_else(|| Broken::because(format!("the grant was never {}", stage.as_str())))
    }

    /// So many forms that could each follow on the first approved one.
    pub(crate) async fn nexts(&self, number: usize) -> Result<Vec<Grant>, Broken> {
        let (approved, code) = (self.at(Stage::Approved)?, self.code.as_deref().unwrap_or_default());
        let mut nexts = Vec::with_capacity(number);
        for _ in 0..number {
            let (world, catch) = served(&self.request, &self.clock, vec![approved.clone()], None)?;
            let answer = redeem(world.server(0), &self.request, code).await;
            let next = catch.forms().pop().filter(|next| next.version() != approved.version());
            nexts.push(next.ok_or_else(|| Broken::because(format!("a good code was answered {answer:?}")))?);
        }
        Ok(nexts)
    }
}

fn served(
    request: &Request,
    clock: &Arc<Hands>,
    forms: Vec<Grant>,
    random: Option<Arc<dyn Random>>,
) -> Result<(World, Arc<Catch>), Broken> {
    let catch = Arc::new(Catch(Mutex::new(forms)));
    let client = request.client()?;
    let world = World::bare(&Handles::of(catch.clone()), clock.clone(), "https://id.example", |builder| {
        let builder = request.configure(builder).client(client.clone());
        match &random {
            Some(random) => builder.random(random.clone()),
            None => builder,
        }
    })?;
    Ok((world, catch))
}

/// Leads a grant through its life, and returns the code if it came so far.
async fn lead(server: &AuthorizationServer, request: &Request, clock: &Hands) -> Result<Option<String>, Broken> {
    let login = request.login(clock);
    let query = request.query();
    let Next::LogIn(return_to) = next(server, &query, None).await? else {
        return Err(Broken::because("nobody is logged in, and yet there is no need to log in"));
    };
    if request.waits() && request.steps == 0 {
        return Ok(None);
    }
    let (_, query) = return_to.as_str().split_once('?').unwrap_or_default();
    let question = asked(server, query, login.clone()).await?;
    let parked = question.park().await.map_err(refused)?;
    if request.steps < 2 {
        return Ok(None);
    }
    let question = server.resume(parked.ticket(), &login).await.map_err(refused)?;
    if request.denied {
        question.deny().await;
        return Ok(None);
    }
    let code = Answer::from(question.approve(&request.allowed).await).good("code")?;
    if request.steps < 3 {
        return Ok(Some(code));
    }
    let mut tokens = redeem(server, request, &code).await;
    ensure!(tokens.status == 200, "a good code was answered {tokens:?}");
    for _ in 3..request.steps.min(6) {
        let Ok(refresh_token) = tokens.good("refresh_token") else { break };
        clock.forward(std::time::Duration::from_millis(1_001));
        tokens = token(server, &request.refresh(&refresh_token)).await;
        ensure!(tokens.status == 200, "a good refresh token was answered {tokens:?}");
    }
    if request.steps > 5 {
        redeem(server, request, &code).await;
    }
    Ok(Some(code))
}

async fn redeem(server: &AuthorizationServer, request: &Request, code: &str) -> Answer {
    token(server, &request.redemption(code)).await
}

/// What a load brought, by its stored form: two are equal when they are equal in every field.
#[derive(PartialEq, Eq, Clone)]
pub(crate) struct Stored(Option<Vec<u8>>);

impl Stored {
    pub(crate) fn of(grant: &Grant) -> Self {
        Self(Some(grant.encode()))
    }

    pub(crate) const NOTHING: Self = Self(None);

    pub(crate) async fn at(store: &dyn GrantStore, id: &GrantId) -> Result<Self, Broken> {
        Ok(Self(store.load(id).await?.map(|grant| grant.encode())))
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.0.is_none()
    }
}
