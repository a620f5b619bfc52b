//! What the promises are tried with.

mod catch;
mod draw;
mod generate;
mod hands;
mod together;
mod world;

pub(crate) use catch::{Life, Stored};
pub(crate) use draw::Pattern;
pub(crate) use generate::{Request, requests, try_all};
pub(crate) use hands::Hands;
pub(crate) use together::{MANY, all_at_once, polled};
pub(crate) use world::{Answer, VERIFIER, World, asked, failed, query, redeem, refresh, token};
