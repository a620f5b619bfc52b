use grantor_core::StoreError;
use redis::Value;

use crate::{RedisStore, fault::Fault, script::Request};

/// A setting of the Redis server under which it may lose what it acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Danger {
    /// Redis may drop live grants to make room: people are logged out, and reuse of an old token is not seen.
    #[error("maxmemory-policy is {0}: Redis may drop live grants when memory runs out; set it to noeviction")]
    Evicts(Box<str>),
    /// A restart forgets everything.
    #[error("appendonly is off: a restart of Redis forgets every grant since the last snapshot; set appendonly yes")]
    NotAppending,
    /// A crash forgets up to the last second.
    #[error("appendfsync is {0}: a crash of Redis may forget writes it acknowledged; set appendfsync always")]
    LateSync(Box<str>),
    /// A primary that lost all its replicas still acknowledges writes, which a failover then loses.
    #[error("min-replicas-to-write is 0: a failover may lose writes and honour a code twice; set it to 1 or more")]
    NoReplicaNeeded,
    /// It is no primary: every call will be refused.
    #[error("this Redis is a replica; connect to the primary")]
    Replica,
}

impl RedisStore {
    /// Asks Redis how it is set up, for the host to log at start-up. An empty list means that nothing dangerous was seen.
    ///
    /// It reads `INFO`, and `CONFIG GET` for what `INFO` does not tell; where `CONFIG` is not allowed that part is left out.
    /// In a cluster it sees the node it is connected to.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if Redis does not answer.
    pub async fn check(&self) -> Result<Vec<Danger>, StoreError> {
        let info = match self.link.read(Request::Command(&[b"INFO"]), None).await?.value {
            Value::BulkString(text) => String::from_utf8_lossy(&text).into_owned(),
            Value::VerbatimString { text, .. } => text,
            _ => return Err(Fault::Answer.into()),
        };
        let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let appends = field("aof_enabled").is_none_or(|enabled| enabled != "0");
        let has_replicas = field("connected_slaves").is_some_and(|count| count != "0");
        let (sync, replicas) = (self.setting("appendfsync").await?, self.setting("min-replicas-to-write").await?);
        let dangers = [
            (field("role") == Some("slave")).then_some(Danger::Replica),
            field("maxmemory_policy").filter(|policy| *policy != "noeviction").map(|policy| Danger::Evicts(policy.into())),
            (!appends).then_some(Danger::NotAppending),
            sync.filter(|sync| appends && sync != "always").map(|sync| Danger::LateSync(sync.into())),
            replicas.filter(|needed| has_replicas && needed == "0" && !self.waits()).map(|_| Danger::NoReplicaNeeded),
        ];
        Ok(dangers.into_iter().flatten().collect())
    }

    /// A setting of the server, if it tells.
    async fn setting(&self, name: &str) -> Result<Option<String>, Fault> {
        let said = match self.link.read(Request::Command(&[b"CONFIG", b"GET", name.as_bytes()]), None).await {
            Err(Fault::Refused(_)) => return Ok(None),
            said => said?,
        };
        Ok(redis::from_redis_value::<Vec<String>>(said.value).ok().and_then(|pair| pair.into_iter().nth(1)))
    }

    fn waits(&self) -> bool {
        self.link.replicas.is_some()
    }
}
