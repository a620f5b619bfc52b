use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque, hash_map},
    sync::Arc,
};

use time::OffsetDateTime;

use crate::{
    grant::{Grant, Stage},
    store::Swap,
    types::{ClientId, GrantId, Subject, Version},
};

/// One part of the memory store: stored forms by id, and two queues that are put right as they are read.
#[derive(Default)]
pub(super) struct Shard {
    grants: HashMap<GrantId, Kept>,
    /// When which grant may be forgotten, as far as was known when the entry was made.
    due: BinaryHeap<Reverse<(OffsetDateTime, [u8; 16])>>,
    /// Requests that wait for a login, in the order they came: anybody can make them.
    strangers: VecDeque<Waiting>,
    /// Requests that wait for a known person's answer, in the order they came.
    parked: VecDeque<Waiting>,
}

/// Since when which grant is parked; an entry whose grant has gone on is passed over.
type Waiting = (OffsetDateTime, [u8; 16]);

pub(super) struct Kept {
    version: Version,
    stage: Stage,
    forget_after: OffsetDateTime,
    subject: Option<Subject>,
    client_id: ClientId,
    bytes: Arc<[u8]>,
}

impl Kept {
    fn of(grant: &Grant) -> Self {
        Self {
            version: *grant.version(),
            stage: grant.stage(),
            forget_after: grant.forget_after(),
            subject: grant.subject().cloned(),
            client_id: grant.client_id().clone(),
            bytes: grant.encode().into(),
        }
    }

    fn has_person(&self) -> bool {
        self.subject.is_some()
    }

    pub(super) fn is_of_subject(&self, subject: &Subject) -> bool {
        self.subject.as_ref() == Some(subject)
    }

    pub(super) fn is_of_client(&self, client: &ClientId) -> bool {
        self.client_id == *client
    }
}

impl Shard {
    /// Whether the id was free.
    pub(super) fn insert(&mut self, grant: &Grant) -> bool {
        let hash_map::Entry::Vacant(place) = self.grants.entry(*grant.id()) else { return false };
        place.insert(Kept::of(grant));
        let id = *grant.id().as_bytes();
        self.due.push(Reverse((grant.forget_after(), id)));
        if grant.stage() == Stage::Parked {
            self.oldest_parked();
            let queue = if grant.subject().is_some() { &mut self.parked } else { &mut self.strangers };
            queue.push_back((grant.created(), id));
        }
        true
    }

    /// How many requests wait for a login, as far as is known.
    pub(super) fn strangers(&self) -> usize {
        self.strangers.len()
    }

    pub(super) fn load(&self, id: &GrantId) -> Option<Arc<[u8]>> {
        self.grants.get(id).map(|kept| Arc::clone(&kept.bytes))
    }

    /// The grants that have not ended and are wanted, behind this id, in no order.
    pub(super) fn living<'a>(
        &'a self,
        after: Option<&GrantId>,
        wanted: &impl Fn(&Kept) -> bool,
    ) -> impl Iterator<Item = (GrantId, Arc<[u8]>)> {
        let living = move |(id, kept): &(&'a GrantId, &'a Kept)| {
            after.is_none_or(|after| *id > after) && kept.stage != Stage::Ended && wanted(kept)
        };
        self.grants.iter().filter(living).map(|(id, kept)| (*id, Arc::clone(&kept.bytes)))
    }

    pub(super) fn replace(&mut self, read: Version, next: &Grant) -> Swap {
        let Some(kept) = self.grants.get_mut(next.id()).filter(|kept| kept.version == read) else { return Swap::Lost };
        if next.forget_after() < kept.forget_after {
            self.due.push(Reverse((next.forget_after(), *next.id().as_bytes())));
        }
        let now_asked = !kept.has_person() && next.subject().is_some() && next.stage() == Stage::Parked;
        *kept = Kept::of(next);
        if now_asked {
            self.parked.push_back((next.created(), *next.id().as_bytes()));
        }
        Swap::Done
    }

    /// Forgets what is past its time. A grant whose time was moved is put back for later.
    pub(super) fn sweep(&mut self, now: OffsetDateTime, limit: usize) -> usize {
        let mut forgotten = 0;
        while forgotten < limit {
            let Some(Reverse((due, id))) = self.due.peek().copied().filter(|Reverse((due, _))| *due < now) else { break };
            self.due.pop();
            let id = GrantId::from_bytes(id);
            let Some(kept) = self.grants.get(&id) else { continue };
            if kept.forget_after < now {
                self.grants.remove(&id);
                forgotten += 1;
            } else if kept.forget_after > due {
                self.due.push(Reverse((kept.forget_after, *id.as_bytes())));
            }
        }
        forgotten
    }

    /// What is first to go when there is no room: the request that has waited longest for a login, or else for an answer.
    /// What is parked no longer leaves the queues on the way.
    pub(super) fn oldest_parked(&mut self) -> Option<(bool, OffsetDateTime, GrantId)> {
        let Self { grants, strangers, parked, .. } = self;
        let oldest = |queue: &mut VecDeque<Waiting>, asked: bool| {
            while let Some((since, id)) = queue.front().copied() {
                let id = GrantId::from_bytes(id);
                if grants.get(&id).is_some_and(|kept| kept.stage == Stage::Parked && kept.has_person() == asked) {
                    return Some((asked, since, id));
                }
                queue.pop_front();
            }
            None
        };
        let (stranger, asked) = (oldest(strangers, false), oldest(parked, true));
        stranger.or(asked)
    }

    /// Whether the grant was still parked and is gone now.
    pub(super) fn evict(&mut self, id: &GrantId) -> bool {
        let parked = self.grants.get(id).is_some_and(|kept| kept.stage == Stage::Parked);
        if parked {
            self.grants.remove(id);
        }
        parked
    }
}
