use std::{
    collections::{HashMap, VecDeque, hash_map},
    hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher},
};

use time::OffsetDateTime;

use crate::{
    grant::{Grant, InvalidGrant, Moment, Stage, Stored},
    store::Swap,
    types::{ClientId, GrantId, Subject, Version},
};

/// For how long a shard that was looked through is left alone by those who only pass by, in milliseconds.
const LEFT_ALONE: u64 = 5_000;

/// One part of the memory store: stored forms by id, and two queues that are put right as they are read.
///
/// What may be forgotten is found by looking at all there is. A shard is small, and it knows when that is worth while, so
/// that no grant costs an entry of a list of times.
#[derive(Default)]
pub(super) struct Shard {
    grants: HashMap<GrantId, Kept, BuildHasherDefault<IdHasher>>,
    /// Until this instant nothing may be forgotten, in milliseconds.
    earliest: i64,
    /// When it was looked through, in milliseconds.
    swept: i64,
    /// Requests that wait for a login, in the order they came: anybody can make them.
    strangers: VecDeque<Waiting>,
    /// How many of them wait still.
    waiting: usize,
    /// Requests that wait for a known person's answer, in the order they came.
    parked: VecDeque<Waiting>,
}

/// Since when which grant is parked; an entry whose grant has gone on is passed over.
type Waiting = (Moment, GrantId);

pub(super) struct Kept {
    stored: Stored,
    forget_after: Moment,
    stage: Stage,
    client: Mark,
    subject: Option<Mark>,
}

/// A few bytes of a name: whoever looks for the name reads only what has its mark, and few others have it.
type Mark = u32;

/// Whose grants are looked for.
pub(super) enum Wanted<'a> {
    OfSubject(&'a Subject),
    OfClient(&'a ClientId),
}

impl Kept {
    pub(super) fn of(grant: &Grant) -> Self {
        Self {
            stored: Stored::of(grant),
            forget_after: grant.due(),
            stage: grant.stage(),
            client: mark(grant.client_id()),
            subject: grant.subject().map(mark),
        }
    }

    /// Whether it is parked, and a known person's or nobody's.
    fn is_parked(&self, known: bool) -> bool {
        self.stage == Stage::Parked && self.subject.is_some() == known
    }
}

impl Wanted<'_> {
    /// Whether it is such a grant, and has not ended.
    pub(super) fn is(&self, grant: &Grant) -> bool {
        let is_theirs = match self {
            Self::OfSubject(subject) => grant.subject() == Some(subject),
            Self::OfClient(client) => grant.client_id() == *client,
        };
        is_theirs && grant.stage() != Stage::Ended
    }
}

fn mark(name: &impl Hash) -> Mark {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish() as Mark
}

/// The last bytes of an id are a hash already: the engine draws ids, and no stranger chooses one.
#[derive(Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.last_chunk().map_or(self.0, |last| u64::from_be_bytes(*last));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Shard {
    /// Whether the id was free.
    pub(super) fn insert(&mut self, grant: &Grant, kept: Kept) -> bool {
        let hash_map::Entry::Vacant(place) = self.grants.entry(*grant.id()) else { return false };
        self.earliest = self.earliest.min(kept.forget_after.milliseconds());
        place.insert(kept);
        if grant.stage() == Stage::Parked {
            self.oldest_parked();
            let known = grant.subject().is_some();
            let queue = if known { &mut self.parked } else { &mut self.strangers };
            queue.push_back((grant.since(), *grant.id()));
            self.waiting += usize::from(!known);
        }
        true
    }

    /// Drops the request that has waited longest for a login, if more wait than may. Whether it did.
    pub(super) fn cut_strangers(&mut self, most: usize) -> bool {
        match self.oldest_parked() {
            Some((false, _, id)) if self.waiting > most => self.evict(&id),
            _ => false,
        }
    }

    pub(super) fn load(&self, id: &GrantId) -> Result<Option<Grant>, InvalidGrant> {
        self.grants.get(id).map(|kept| kept.stored.read()).transpose()
    }

    /// The grants behind this id that may be [wanted](Wanted::is), in no order.
    pub(super) fn candidates(&self, after: Option<&GrantId>, wanted: &Wanted<'_>) -> impl Iterator<Item = GrantId> {
        let (client, subject) = match wanted {
            Wanted::OfSubject(subject) => (None, Some(mark(*subject))),
            Wanted::OfClient(client) => (Some(mark(*client)), None),
        };
        let may_be = move |(id, kept): &(&GrantId, &Kept)| {
            after.is_none_or(|after| *id > after)
                && kept.stage != Stage::Ended
                && client.is_none_or(|mark| mark == kept.client)
                && (subject.is_none() || subject == kept.subject)
        };
        self.grants.iter().filter(may_be).map(|(id, _)| *id)
    }

    pub(super) fn replace(&mut self, read: Version, next: &Grant, stored: Kept) -> Swap {
        let Some(kept) = self.grants.get_mut(next.id()).filter(|kept| kept.stored.is_at(&read)) else { return Swap::Lost };
        let went_on = kept.is_parked(false) && !stored.is_parked(false);
        *kept = stored;
        self.earliest = self.earliest.min(kept.forget_after.milliseconds());
        self.waiting -= usize::from(went_on);
        if went_on && kept.is_parked(true) {
            self.parked.push_back((next.since(), *next.id()));
        }
        Swap::Done
    }

    /// Forgets at most `limit` grants whose time is past.
    pub(super) fn sweep(&mut self, now: OffsetDateTime, limit: usize) -> usize {
        let now = Moment::from(now);
        if limit == 0 || self.earliest >= now.milliseconds() {
            return 0;
        }
        let (mut forgotten, mut strangers, mut earliest) = (0, 0, i64::MAX);
        self.grants.retain(|_, kept| {
            let goes = kept.forget_after < now && forgotten < limit;
            forgotten += usize::from(goes);
            strangers += usize::from(goes && kept.is_parked(false));
            earliest = if goes { earliest } else { earliest.min(kept.forget_after.milliseconds()) };
            !goes
        });
        (self.earliest, self.swept) = (earliest, now.milliseconds());
        self.waiting -= strangers;
        if self.grants.len() < self.grants.capacity() / 8 {
            self.grants.shrink_to(self.grants.capacity() / 4);
        }
        forgotten
    }

    /// The same for whoever comes by, unless somebody did so a moment ago.
    pub(super) fn sweep_along(&mut self, now: OffsetDateTime, limit: usize) -> usize {
        let since = Moment::from(now).milliseconds().abs_diff(self.swept);
        if since < LEFT_ALONE { 0 } else { self.sweep(now, limit) }
    }

    /// What is first to go when there is no room: the request that has waited longest for a login, or else for an answer.
    /// What is parked no longer leaves the queues on the way.
    pub(super) fn oldest_parked(&mut self) -> Option<(bool, Moment, GrantId)> {
        let Self { grants, strangers, parked, .. } = self;
        let oldest = |queue: &mut VecDeque<Waiting>, known: bool| {
            while let Some((since, id)) = queue.front().copied() {
                if grants.get(&id).is_some_and(|kept| kept.is_parked(known)) {
                    return Some((known, since, id));
                }
                queue.pop_front();
            }
            None
        };
        let (stranger, known) = (oldest(strangers, false), oldest(parked, true));
        stranger.or(known)
    }

    /// Whether the grant was still parked and is gone now.
    pub(super) fn evict(&mut self, id: &GrantId) -> bool {
        let parked = self.grants.get(id).is_some_and(|kept| kept.stage == Stage::Parked);
        if parked && let Some(gone) = self.grants.remove(id) {
            self.waiting -= usize::from(gone.is_parked(false));
        }
        parked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::fixture::{House, at};

    /// ST-10
    #[test]
    fn a_shard_that_emptied_gives_back_most_of_its_room_and_one_that_is_half_full_none() {
        let (house, mut shard) = (House::new(), Shard::default());
        const DAY: i64 = 86_400_000;
        for number in 0..300 {
            // Of three hundred ten live longer than all others.
            let days = if number < 10 { 2 } else { number % 2 };
            let (grant, ..) = house.approved(at(days * DAY));
            assert!(shard.insert(&grant, Kept::of(&grant)));
        }
        let room = shard.grants.capacity();
        assert_eq!(shard.sweep(at(DAY), 1_000), 145);
        assert!(shard.grants.capacity() > room / 2, "{} of {room}", shard.grants.capacity());
        assert_eq!(shard.sweep(at(2 * DAY), 1_000), 145);
        assert!((room / 8..=room / 2).contains(&shard.grants.capacity()), "{} of {room}", shard.grants.capacity());
    }

    /// ST-10
    #[test]
    fn a_shard_that_was_looked_through_is_left_alone_for_five_seconds() {
        let (house, mut shard) = (House::new(), Shard::default());
        let keep = |shard: &mut Shard| {
            let (grant, ..) = house.approved(at(0));
            assert!(shard.insert(&grant, Kept::of(&grant)));
            assert!(!shard.insert(&grant, Kept::of(&grant)), "its id is taken");
        };
        keep(&mut shard);
        assert_eq!(shard.sweep_along(at(70_000), 9), 0, "to the very instant it is kept");
        keep(&mut shard);
        assert_eq!(shard.sweep_along(at(70_001), 9), 0, "somebody looked a moment ago");
        assert_eq!(shard.sweep_along(at(75_001), 9), 2);
        keep(&mut shard);
        assert_eq!([shard.sweep_along(at(80_000), 9), shard.sweep_along(at(80_001), 9)], [0, 1]);
        keep(&mut shard);
        assert_eq!((shard.sweep(at(80_002), 0), shard.sweep(at(80_002), 9)), (0, 1), "who wants to sweep need not wait");

        let mut shard = Shard::default();
        keep(&mut shard);
        // While nothing can be past its time nobody looks, and so nobody has looked a moment ago.
        assert_eq!([shard.sweep(at(1), 9), shard.sweep_along(at(66_000), 9), shard.sweep_along(at(70_001), 9)], [0, 0, 1]);
    }

    /// ST-12
    #[test]
    fn only_what_may_be_wanted_is_looked_at() {
        let (house, mut shard) = (House::new(), Shard::default());
        let (one, ..) = house.approved(at(0));
        let (two, ..) = house.approved(at(0));
        let stranger = house.begun(at(0));
        for grant in [&one, &two, &stranger] {
            assert!(shard.insert(grant, Kept::of(grant)));
        }
        let of = |after: Option<&GrantId>, wanted: &Wanted<'_>| {
            let mut ids: Vec<GrantId> = shard.candidates(after, wanted).collect();
            ids.sort_unstable();
            ids
        };
        let mut both = [*one.id(), *two.id()];
        both.sort_unstable();
        let subject = one.subject().unwrap();
        assert_eq!(of(None, &Wanted::OfSubject(subject)), both);
        assert_eq!(of(Some(&both[0]), &Wanted::OfSubject(subject)), both[1..]);
        assert_eq!(of(None, &Wanted::OfClient(one.client_id())).len(), 3);
        assert!(of(None, &Wanted::OfSubject(&Subject::from("nobody"))).is_empty());
        assert!(of(None, &Wanted::OfClient(&ClientId::parse("nobody").unwrap())).is_empty());
        assert!(Wanted::OfSubject(subject).is(&one) && !Wanted::OfSubject(subject).is(&stranger));
        assert!(Wanted::OfClient(one.client_id()).is(&stranger));
    }

    /// TH-33
    #[test]
    fn a_stranger_who_went_on_waits_no_longer() {
        let (house, mut shard) = (House::new(), Shard::default());
        let (stranger, other) = (house.kept(house.begun(at(0)), at(0)), house.begun(at(1)));
        for grant in [&stranger, &other] {
            assert!(shard.insert(grant, Kept::of(grant)));
        }
        let read = *stranger.version();
        let again = house.kept(stranger, at(2));
        assert_eq!(shard.replace(read, &again, Kept::of(&again)), Swap::Done);
        assert_eq!(shard.waiting, 2, "written, and still nobody's");
        let read = *again.version();
        let bound = house.kept(again.park(&house.login, &house.draw()).0, at(3));
        assert_eq!(shard.replace(read, &bound, Kept::of(&bound)), Swap::Done);
        let read = *bound.version();
        let again = house.kept(bound, at(4));
        assert_eq!(shard.replace(read, &again, Kept::of(&again)), Swap::Done);
        assert_eq!((shard.waiting, shard.parked.len()), (1, 1), "queued once");
        assert!(!shard.cut_strangers(1) && shard.cut_strangers(0));
        assert_eq!((shard.waiting, shard.grants.len()), (0, 1));
    }

    /// TH-33
    #[test]
    fn a_stranger_who_was_swept_waits_no_longer() {
        let (house, mut shard) = (House::new(), Shard::default());
        for milliseconds in [0, 0, 60_000] {
            let stranger = house.begun(at(milliseconds));
            assert!(shard.insert(&stranger, Kept::of(&stranger)));
        }
        let forgotten = shard.sweep(at(30 * 60_000), 2);
        assert_eq!((forgotten, shard.waiting, shard.grants.len()), (2, 1, 1));
    }

    /// TH-33
    #[test]
    fn only_what_is_still_parked_is_dropped_for_room() {
        let (house, mut shard) = (House::new(), Shard::default());
        let (approved, ..) = house.approved(at(0));
        let (parked, ..) = house.parked(at(0));
        let stranger = house.begun(at(1));
        assert!(!shard.evict(parked.id()), "it is not there");
        for grant in [&approved, &parked, &stranger] {
            assert!(shard.insert(grant, Kept::of(grant)));
        }
        assert!(!shard.evict(approved.id()) && shard.load(approved.id()).unwrap().is_some());
        assert_eq!(shard.oldest_parked().map(|(known, _, id)| (known, id)), Some((false, *stranger.id())));
        assert!(!shard.cut_strangers(1) && shard.cut_strangers(0), "one waits");
        assert_eq!(shard.waiting, 0);
        assert_eq!(shard.oldest_parked().map(|(known, _, id)| (known, id)), Some((true, *parked.id())));
        assert!(!shard.cut_strangers(0), "a known person's request is no stranger's");
        assert!(shard.evict(parked.id()) && !shard.evict(parked.id()));
        assert!(shard.oldest_parked().is_none() && shard.grants.len() == 1);
    }
}
