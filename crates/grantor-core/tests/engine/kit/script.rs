use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use async_trait::async_trait;
use grantor_core::{
    GrantStore, MemoryStore, StoreError, Swap,
    grant::Grant,
    types::{GrantId, Version},
};
use time::OffsetDateTime;

/// What the store was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Insert,
    Load,
    Replace,
}

/// What goes wrong with one call.
pub(crate) enum Fault {
    /// It goes well.
    None,
    /// The store fails and nothing was written.
    FailBefore,
    /// The store fails, and yet it was written: the outcome is unknown.
    FailAfter,
    /// Another write seems to have come first.
    Lose,
    /// Somebody else acts first, and then the call goes on.
    After(Pin<Box<dyn Future<Output = ()> + Send>>),
    /// It is written, then somebody else acts, and then the store fails.
    FailOvertaken(Pin<Box<dyn Future<Output = ()> + Send>>),
}

/// A memory store that counts, and does as the script says: each kind of call takes its next fault.
pub(crate) struct Script {
    pub(crate) memory: Arc<MemoryStore>,
    ops: Mutex<Vec<Op>>,
    faults: Mutex<[VecDeque<Fault>; 3]>,
    pub(crate) slow: AtomicBool,
}

pub(crate) fn failing() -> StoreError {
    StoreError::unavailable("postgres://user:hunter2@db/internal is down")
}

/// Gives way once, as a real store does while it waits.
pub(crate) fn yields() -> impl Future<Output = ()> {
    struct Once(bool);
    impl Future for Once {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            if std::mem::replace(&mut self.0, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }
    }
    Once(false)
}

impl Script {
    pub(crate) fn new(memory: MemoryStore) -> Self {
        let (ops, faults) = (Mutex::default(), Mutex::default());
        Self { memory: Arc::new(memory), ops, faults, slow: AtomicBool::new(false) }
    }

    /// What goes wrong with the next calls of this kind, one after the other.
    pub(crate) fn plan(&self, op: Op, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap()[op as usize].extend(faults);
    }

    /// What was asked since the last time this was asked.
    pub(crate) fn take_ops(&self) -> Vec<Op> {
        assert!(self.faults.lock().unwrap().iter().all(VecDeque::is_empty), "the script is not played to its end");
        std::mem::take(&mut self.ops.lock().unwrap())
    }

    fn next(&self, op: Op) -> Fault {
        self.ops.lock().unwrap().push(op);
        self.faults.lock().unwrap()[op as usize].pop_front().unwrap_or(Fault::None)
    }

    async fn pause(&self) {
        if self.slow.load(Ordering::SeqCst) {
            yields().await;
        }
    }
}

#[async_trait]
impl GrantStore for Script {
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        let fault = self.next(Op::Insert);
        self.pause().await;
        match fault {
            Fault::None => self.memory.insert(grant).await?,
            Fault::FailBefore => return Err(failing()),
            Fault::FailAfter => {
                self.memory.insert(grant).await?;
                return Err(failing());
            }
            Fault::Lose => return Err(StoreError::Conflict),
            Fault::After(_) | Fault::FailOvertaken(_) => panic!("nobody can know a grant that is not there"),
        }
        self.pause().await;
        Ok(())
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        let fault = self.next(Op::Load);
        self.pause().await;
        match fault {
            Fault::None => self.memory.load(id).await,
            _ => Err(failing()),
        }
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        let fault = self.next(Op::Replace);
        self.pause().await;
        let swap = match fault {
            Fault::None => self.memory.replace(read, next).await?,
            Fault::FailBefore => return Err(failing()),
            Fault::FailAfter => {
                self.memory.replace(read, next).await?;
                return Err(failing());
            }
            Fault::Lose => Swap::Lost,
            Fault::After(others) => {
                others.await;
                self.memory.replace(read, next).await?
            }
            Fault::FailOvertaken(others) => {
                self.memory.replace(read, next).await?;
                others.await;
                return Err(failing());
            }
        };
        self.pause().await;
        Ok(swap)
    }

    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
        self.memory.sweep(now, limit).await
    }
}
