//! Where a walk begins: a grant at some point of its life, made by the real engine, and who may act on it.

use std::sync::Arc;

use grantor_core::{AuthorizationServer, GrantStore, MemoryStore, grant::Grant, types::GrantId};

use super::{
    call::{Answer, Call, Pair, Text, asked},
    life::{Life, PARKED, Stage},
    shared::{Kept, Stored},
    tables::Says,
    world::{Hands, ann, now, server},
};

/// What an actor does: one request, or one whose answer is lost, and then the same again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Role {
    Once(Call),
    LostThenAgain(Call),
}

impl Role {
    pub(crate) fn call(self) -> Call {
        match self {
            Self::Once(call) | Self::LostThenAgain(call) => call,
        }
    }
}

/// A credential that was handed out, and since which of the clock's times somebody holds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Held<T> {
    pub(crate) what: T,
    pub(crate) since: usize,
}

impl<T> Held<T> {
    /// Since when a credential is held whose answer was lost.
    pub(crate) const NEVER: usize = usize::MAX;

    /// What was lost and comes once more is held from then on.
    pub(crate) fn keep(place: &mut Option<Self>, what: T, since: usize) {
        let held = place.get_or_insert(Self { what, since });
        held.since = held.since.min(since);
    }
}

/// Everything that was handed out; pairs by their generation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Purse {
    pub(crate) ticket: Option<Held<Text>>,
    pub(crate) code: Option<Held<Text>>,
    pub(crate) pairs: Vec<Option<Held<Pair>>>,
}

impl Purse {
    pub(crate) fn pair(&self, generation: u8) -> Option<&Held<Pair>> {
        self.pairs.get(usize::from(generation))?.as_ref()
    }

    pub(crate) fn keep(&mut self, generation: u8, what: Pair, since: usize) {
        let place = usize::from(generation);
        if self.pairs.len() <= place {
            self.pairs.resize(place + 1, None);
        }
        Held::keep(&mut self.pairs[place], what, since);
    }

    /// What the call presents.
    pub(crate) fn credential(&self, call: Call) -> Option<Held<Text>> {
        let of_pair = |generation, part: fn(&Pair) -> &Text| {
            let pair: &Held<Pair> = self.pair(generation)?;
            Some(Held { what: part(&pair.what).clone(), since: pair.since })
        };
        match call {
            Call::Approve | Call::ApproveLess | Call::Deny => self.ticket.clone(),
            Call::Redeem | Call::RedeemWrong => self.code.clone(),
            Call::Refresh(generation) | Call::RefreshLess(generation) | Call::Revoke(generation) => {
                of_pair(generation, |pair| &pair.refresh)
            }
            Call::RevokeAccess(generation) => of_pair(generation, |pair| &pair.access),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) name: &'static str,
    pub(crate) stored: Stored,
    pub(crate) life: Life,
    pub(crate) purse: Purse,
    pub(crate) roles: Vec<Role>,
}

impl Start {
    /// A question that waits for its answer, and then these requests one after the other.
    fn after(name: &'static str, calls: &[Call], roles: Vec<Role>) -> Self {
        let (store, hands) = (Arc::new(MemoryStore::new()), Arc::new(Hands::default()));
        let server: AuthorizationServer = server(hands, store.clone(), u64::MAX / 2);
        let parked = now(async { asked(&server, ann()).await.park().await.unwrap() });
        let ticket = Held { what: Text::new(parked.ticket()), since: 0 };
        let id = id_of(&ticket.what);
        let mut life = Life { newest: 0, stage: Stage::Parked { until: PARKED } };
        let mut purse = Purse { ticket: Some(ticket), ..Purse::default() };
        for call in calls {
            let text = purse.credential(*call).unwrap().what;
            let Answer { says, code, tokens } = now(call.send(&server, &text));
            let row = life.judge(*call, 0);
            assert_eq!(says, Ok(row.says), "{call:?}");
            life.become_by(row, *call, 0);
            if row.says == Says::Code {
                code.into_iter().for_each(|code| Held::keep(&mut purse.code, code, 0));
            }
            if let (Stage::Active(active), Some(tokens)) = (&life.stage, tokens) {
                purse.keep(active.generation(), tokens, 0);
            }
        }
        let grant: Grant = now(store.load(&id)).unwrap().unwrap();
        Self { name, stored: Kept::of(&grant), life, purse, roles }
    }

    pub(crate) fn all() -> Vec<Self> {
        use Call::{Approve, ApproveLess, Deny, Redeem, RedeemWrong, Refresh, RefreshLess, Revoke, RevokeAccess};
        use Role::{LostThenAgain as Lost, Once};
        vec![
            Self::after(
                "parked",
                &[],
                vec![Once(Approve), Lost(Approve), Once(ApproveLess), Once(Deny), Lost(Deny), Once(Redeem), Once(Refresh(0))],
            ),
            Self::after(
                "approved",
                &[Approve],
                vec![
                    Once(Redeem),
                    Lost(Redeem),
                    Once(RedeemWrong),
                    Once(Refresh(0)),
                    Lost(Refresh(0)),
                    Once(Revoke(0)),
                    Once(Approve),
                    Once(Deny),
                ],
            ),
            Self::after(
                "approved, four wrong verifiers",
                &[Approve, RedeemWrong, RedeemWrong, RedeemWrong, RedeemWrong],
                vec![Once(Redeem), Once(RedeemWrong), Once(Refresh(0)), Once(Revoke(0))],
            ),
            Self::after(
                "active",
                &[Approve, Redeem],
                vec![
                    Once(Refresh(0)),
                    Lost(Refresh(0)),
                    Once(RefreshLess(0)),
                    Once(Refresh(1)),
                    Once(Redeem),
                    Once(RedeemWrong),
                    Once(Revoke(0)),
                    Once(RevokeAccess(0)),
                ],
            ),
            Self::after(
                "refreshed",
                &[Approve, Redeem, Refresh(0)],
                vec![
                    Once(Refresh(0)),
                    Lost(Refresh(0)),
                    Once(Refresh(1)),
                    Lost(Refresh(1)),
                    Once(Redeem),
                    Once(Revoke(0)),
                    Once(RevokeAccess(1)),
                ],
            ),
        ]
    }
}

/// The grant that a credential belongs to: the first sixteen bytes behind its prefix.
pub(crate) fn id_of(text: &str) -> GrantId {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let bytes = URL_SAFE_NO_PAD.decode(&text[5..]).unwrap();
    GrantId::from_bytes(bytes[..16].try_into().unwrap())
}
