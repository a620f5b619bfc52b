use std::{fmt, time::Duration};

use async_trait::async_trait;
use grantor_core::{
    GrantStore, StoreError, Swap,
    grant::Grant,
    types::{GrantId, Version},
};
use redis::Value;
use time::OffsetDateTime;

use crate::{
    OpenError,
    fault::Fault,
    keys::Keys,
    link::{Link, Replicas},
    script::{LOAD_WRITTEN, REPLACE, Request, Script},
};

const VERSION_LENGTH: usize = 16;

/// Any timeout beyond it means "never".
const LONGEST: Duration = Duration::from_secs(86_400);

/// Grants and clients in Redis.
///
/// It connects on first use and by itself again after that; until Redis answers, every call is
/// [`StoreError::Unavailable`] within the timeout. Put it in an [`Arc`](std::sync::Arc) to hand it to a server twice.
pub struct RedisStore {
    pub(crate) link: Link,
    pub(crate) keys: Keys,
    replace: Script,
    load_written: Script,
}

impl RedisStore {
    /// A store at this URL, such as `redis://user:password@redis.internal:6379/0`. For `rediss://` turn on a TLS feature of
    /// the crate [`redis`], such as `tokio-rustls-comp`.
    ///
    /// # Errors
    /// [`OpenError::Url`] if the text is no such URL. Nothing is connected yet.
    pub fn open(url: &str) -> Result<Self, OpenError> {
        let info = redis::IntoConnectionInfo::into_connection_info(url).map_err(|_| OpenError::Url)?;
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        redis::Client::open(info.set_tcp_settings(tcp)).map(Self::new).map_err(|_| OpenError::Url)
    }

    /// A store on the host's own client: its address, credentials, database and TLS. Let it set `TCP_NODELAY`.
    #[must_use]
    pub fn new(client: redis::Client) -> Self {
        Self {
            link: Link::new(client),
            keys: Keys::default(),
            replace: Script::new(REPLACE),
            load_written: Script::new(LOAD_WRITTEN),
        }
    }

    /// Lets every name begin with `prefix` and a colon; `grantor` without this call. Servers with different issuers on one
    /// Redis need different prefixes.
    ///
    /// # Errors
    /// [`OpenError::Prefix`] unless it is 1 to 64 of `A-Z a-z 0-9 . _ - /`.
    pub fn with_prefix(mut self, prefix: &str) -> Result<Self, OpenError> {
        self.keys = Keys::parse(prefix)?;
        Ok(self)
    }

    /// How long one operation may take altogether, connecting included, before it is [`StoreError::Unavailable`]: three
    /// seconds without this call.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.link.timeout = timeout.min(LONGEST);
        self
    }

    /// Lets a write be done, and a grant be loaded, only when `needed` replicas confirmed within `timeout` that they have it
    /// (`WAIT`). Otherwise it is [`StoreError::Unavailable`]: the write happened, and a failover may lose it.
    ///
    /// With as many as there are replicas, no failover to one of them loses what was answered. It makes every load a write, and
    /// all requests of the process wait for the replicas in turn. Keep `timeout` well below
    /// [`with_timeout`](Self::with_timeout).
    #[must_use]
    pub fn wait_replicas(mut self, needed: u32, timeout: Duration) -> Self {
        self.link.replicas = (needed > 0).then_some(Replicas { needed, timeout: timeout.min(LONGEST) });
        self
    }
}

#[async_trait]
impl GrantStore for RedisStore {
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        let (key, value, expiry) = (self.keys.grant(grant.id()), value(&grant), expiry(&grant));
        let set: [&[u8]; 6] = [b"SET", key.as_bytes(), &value, b"NX", b"PXAT", expiry.as_bytes()];
        let said = self.link.write(Request::Command(&set)).await?;
        match said.value {
            Value::Nil => Err(StoreError::Conflict),
            Value::Okay => Ok(said.confirmed().map(drop)?),
            _ => Err(Fault::Answer.into()),
        }
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        let key = self.keys.grant(id);
        let said = match self.link.replicas {
            None => self.link.read(Request::Command(&[b"GETEX", key.as_bytes()]), None).await?,
            replicas => self.link.read(Request::Script(&self.load_written, &key, &[]), replicas).await?,
        };
        match said.value {
            Value::Nil => Ok(None),
            Value::BulkString(_) => match said.confirmed()? {
                Value::BulkString(value) => Ok(Some(grant(id, &value)?)),
                _ => Err(Fault::Answer.into()),
            },
            _ => Err(Fault::Answer.into()),
        }
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        let (key, value, expiry) = (self.keys.grant(next.id()), value(&next), expiry(&next));
        let arguments: [&[u8]; 3] = [read.as_bytes(), &value, expiry.as_bytes()];
        let said = self.link.write(Request::Script(&self.replace, &key, &arguments)).await?;
        match said.value {
            Value::Int(0) => Ok(Swap::Lost),
            Value::Int(1) => Ok(said.confirmed().map(|_| Swap::Done)?),
            _ => Err(Fault::Answer.into()),
        }
    }

    /// Redis forgets by itself, at the `forget_after` of the last write. There is nothing to sweep: it only looks whether Redis
    /// is there, and the answer is 0.
    async fn sweep(&self, _: OffsetDateTime, _: usize) -> Result<usize, StoreError> {
        Ok(self.link.read(Request::Command(&[b"PING"]), None).await.map(|_| 0)?)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("RedisStore");
        text.field("prefix", &self.keys.prefix()).field("timeout", &self.link.timeout).finish_non_exhaustive()
    }
}

/// What is kept of a grant: its version, for the script to compare, and its stored form.
fn value(grant: &Grant) -> Vec<u8> {
    [grant.version().as_bytes().as_slice(), &grant.encode()].concat()
}

/// When Redis forgets it, in milliseconds of Unix time. Redis takes no instant before 1970.
fn expiry(grant: &Grant) -> String {
    let milliseconds = grant.forget_after().unix_timestamp_nanos() / 1_000_000;
    milliseconds.clamp(1, i128::from(i64::MAX / 2)).to_string()
}

fn grant(id: &GrantId, value: &[u8]) -> Result<Grant, Fault> {
    let (version, stored) = value.split_at_checked(VERSION_LENGTH).ok_or(Fault::Unreadable)?;
    let grant = Grant::decode(stored).map_err(|_| Fault::Unreadable)?;
    let is_whole = grant.id() == id && grant.version().as_bytes() == version;
    if is_whole { Ok(grant) } else { Err(Fault::Unreadable) }
}
