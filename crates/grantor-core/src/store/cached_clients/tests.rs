use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::*;

/// Clients that can be renamed, and how often they were asked for.
#[derive(Default)]
struct Registry {
    clients: Mutex<HashMap<ClientId, Client>>,
    asked: AtomicUsize,
    /// When set, an answer waits until it is let go.
    held: Mutex<Option<Arc<(Notify, Notify)>>>,
}

impl Registry {
    fn name(&self, id: &str, name: &str) {
        let client = Client::public(id).redirect_uri("https://app.example/cb").name(name).build().unwrap();
        self.clients.lock().unwrap().insert(client.id().clone(), client);
    }
}

#[async_trait]
impl ClientStore for Registry {
    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let found = self.clients.lock().unwrap().get(id).cloned();
        let held = self.held.lock().unwrap().take();
        if let Some(held) = held {
            held.0.notify_one();
            held.1.notified().await;
        }
        Ok(found)
    }
}

#[derive(Default)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(self.0.load(Ordering::Relaxed))
    }
}

struct Setting {
    cached: Arc<CachedClients<Registry>>,
    hand: Arc<Hand>,
}

impl Setting {
    fn new(limit: usize) -> Self {
        let hand = Arc::new(Hand::default());
        let clock = Arc::clone(&hand) as Arc<dyn Clock>;
        let cached = CachedClients::new(Registry::default(), Duration::from_secs(5)).with_limit(limit).with_clock(clock);
        Self { cached: Arc::new(cached), hand }
    }

    async fn found(&self, id: &str) -> Option<String> {
        let found = self.cached.find(&ClientId::parse(id).unwrap()).await.unwrap();
        found.map(|client| client.name().unwrap().to_owned())
    }

    fn asked(&self) -> usize {
        self.cached.store().asked.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn a_client_is_asked_for_once_within_its_time() {
    let setting = Setting::new(10);
    setting.cached.store().name("app", "old");
    assert_eq!(setting.found("app").await.as_deref(), Some("old"));
    setting.cached.store().name("app", "new");
    setting.hand.0.store(4_999, Ordering::Relaxed);
    assert_eq!((setting.found("app").await.as_deref(), setting.asked()), (Some("old"), 1));
    setting.hand.0.store(5_000, Ordering::Relaxed);
    assert_eq!((setting.found("app").await.as_deref(), setting.asked()), (Some("new"), 2));
    setting.hand.0.store(4_999, Ordering::Relaxed);
    assert_eq!((setting.found("app").await.as_deref(), setting.asked()), (Some("new"), 3));
}

#[tokio::test]
async fn a_client_that_is_forgotten_is_asked_for_again() {
    let setting = Setting::new(10);
    setting.cached.store().name("app", "old");
    setting.found("app").await;
    setting.cached.store().clients.lock().unwrap().clear();
    setting.cached.forget(&ClientId::parse("app").unwrap());
    assert_eq!((setting.found("app").await, setting.asked()), (None, 2));
}

#[tokio::test]
async fn an_answer_that_was_on_its_way_when_its_client_was_forgotten_is_not_kept() {
    let setting = Setting::new(10);
    setting.cached.store().name("app", "old");
    let held = Arc::new((Notify::new(), Notify::new()));
    *setting.cached.store().held.lock().unwrap() = Some(Arc::clone(&held));
    let cached = Arc::clone(&setting.cached);
    let slow = tokio::spawn(async move { cached.find(&ClientId::parse("app").unwrap()).await });
    held.0.notified().await;
    setting.cached.store().name("app", "new");
    setting.cached.forget(&ClientId::parse("app").unwrap());
    held.1.notify_one();
    assert_eq!(slow.await.unwrap().unwrap().unwrap().name(), Some("old"));
    assert_eq!(setting.found("app").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn it_keeps_so_many_and_no_stranger() {
    let setting = Setting::new(2);
    for id in ["a", "b", "c"] {
        setting.cached.store().name(id, id);
        setting.found(id).await;
    }
    assert_eq!(
        (setting.found("c").await.as_deref(), setting.found("b").await.as_deref(), setting.asked()),
        (Some("c"), Some("b"), 3)
    );
    setting.found("a").await;
    assert_eq!(setting.asked(), 4, "the one known longest made room");
    for _ in 0..100 {
        assert_eq!(setting.found("made-up").await, None);
        setting.cached.forget(&ClientId::parse("c").unwrap());
        setting.found("c").await;
    }
    let kept = setting.cached.kept();
    assert!(kept.clients.len() <= 2 && kept.order.len() <= 2);
}

#[tokio::test]
async fn without_room_it_asks_each_time() {
    let setting = Setting::new(0);
    setting.cached.store().name("app", "app");
    for asked in 1..=3 {
        assert_eq!((setting.found("app").await.as_deref(), setting.asked()), (Some("app"), asked));
    }
    assert!(setting.cached.kept().clients.is_empty() && setting.cached.kept().order.is_empty());
}

#[tokio::test]
async fn a_client_that_was_kept_anew_outlives_its_first_entry() {
    let setting = Setting::new(2);
    for id in ["a", "b"] {
        setting.cached.store().name(id, id);
    }
    setting.found("a").await;
    setting.hand.0.store(5_000, Ordering::Relaxed);
    setting.found("a").await;
    assert_eq!(setting.asked(), 2);
    setting.found("b").await;
    assert_eq!((setting.found("a").await.as_deref(), setting.asked()), (Some("a"), 3), "only its old entry made room");
}

#[test]
fn it_prints_its_bounds_and_no_client() {
    let cached = CachedClients::new(crate::store::MemoryClients::default(), Duration::from_secs(5)).with_limit(7);
    assert_eq!(format!("{cached:?}"), "CachedClients { time_to_live: 5s, limit: 7, .. }");
    let cached = CachedClients::new(crate::store::MemoryClients::default(), Duration::from_secs(5));
    assert_eq!(cached.limit, 10_000);
}
