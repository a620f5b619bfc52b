//! The world of a test: a server whose clock, dice and store the test holds in its hands.

mod endpoints;
mod log;
mod script;
mod seen;
mod watch;
mod world;

pub(crate) use endpoints::{api, bot, guarded, shown};
pub(crate) use log::logged;
pub(crate) use script::{Fault, Op, Script, failing};
pub(crate) use seen::Seen;
pub(crate) use watch::Watch;
pub(crate) use world::{World, ann, app, at, form, get, query_of, request, request_with, web};

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use grantor_core::{
    server::{Random, RandomUnavailable},
    types::Clock,
};
use time::OffsetDateTime;

pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const REDIRECT_URI: &str = "https://app.example/cb";
pub(crate) const SECRET: &str = "a-generated-secret-of-many-random-bits";

/// A clock that stands still until the test moves it, in milliseconds since the beginning.
#[derive(Default)]
pub(crate) struct Hands(AtomicI64);

impl Hands {
    pub(crate) fn set(&self, milliseconds: i64) {
        self.0.store(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> OffsetDateTime {
        at(self.0.load(Ordering::SeqCst))
    }
}

/// Bytes that differ at each throw, and can be told to run out.
#[derive(Default)]
pub(crate) struct Dice {
    thrown: Mutex<u64>,
    pub(crate) empty: AtomicBool,
}

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        if self.empty.load(Ordering::SeqCst) {
            return Err(RandomUnavailable);
        }
        let mut thrown = self.thrown.lock().unwrap();
        for byte in bytes {
            // SplitMix64: a test needs bytes that differ, not secret ones.
            *thrown = thrown.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (*thrown ^ (*thrown >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 56) as u8;
        }
        Ok(())
    }
}
