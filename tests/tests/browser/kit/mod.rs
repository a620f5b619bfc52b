//! A real browser in front of a real story: the provider on one of the doors, the sites around it, and Chromium.

mod driver;
mod person;

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Once};

use grantor_tests::{Door, Service};

pub(crate) use driver::Settings;
pub(crate) use person::{Person, until};

/// Where everything of a story is.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) provider: String,
    pub(crate) web_app: String,
    pub(crate) spa: String,
    pub(crate) thief: String,
}

/// Runs each named `async fn(Scene)` as one test per door.
macro_rules! on_both_doors {
    ($($name:ident),+ $(,)?) => {
        mod tower {
            $(#[test] fn $name() { $crate::kit::on(grantor_tests::Door::Tower, super::$name); })+
        }
        mod actix {
            $(#[test] fn $name() { $crate::kit::on(grantor_tests::Door::Actix, super::$name); })+
        }
    };
}

pub(crate) use on_both_doors;

/// A door, and what is wanted of it.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) door: Door,
}

/// A running story, with somebody in front of it.
pub(crate) struct Stage {
    pub(crate) places: Places,
    pub(crate) person: Person,
    // Ends with this value, after the person's browser.
    _service: Service,
}

impl Scene {
    /// The story with these flags, in a browser with these settings.
    pub(crate) async fn with(&self, flags: &[&str], settings: Settings) -> Stage {
        let service = Service::bare(self.door, flags);
        let places = Places::of(&service).await;
        let person = Person::sit_down(&settings).await;
        Stage { places, person, _service: service }
    }

    /// The story as it is, in a browser as it is.
    pub(crate) async fn begin(&self) -> Stage {
        self.with(&[], Settings::default()).await
    }
}

impl Places {
    /// Read where a newcomer reads it: off the terminal, and off the pages.
    async fn of(service: &Service) -> Self {
        let link = || {
            let output = service.output();
            output.lines().map(str::trim).find(|line| line.ends_with("/walk")).map(str::to_owned)
        };
        assert!(until(|| async { link().is_some() }).await, "no link on the terminal: {}", service.output());
        let walk = &link().unwrap();
        let page = reqwest::get(walk).await.unwrap().text().await.unwrap();
        let link = |text: &str| {
            let links = grantor_tests::links(&page);
            links.into_iter().find(|link| link.starts_with(text) && !link.contains(walk)).expect("a link to another site")
        };
        let trimmed = |place: String| place.trim_end_matches('/').to_owned();
        Self {
            provider: service.base.clone(),
            web_app: walk.trim_end_matches("/walk").to_owned(),
            spa: trimmed(link("http://127.0.0.1")),
            thief: trimmed(link("http://localhost")),
        }
    }
}

/// Runs a test in a browser, if there is one. Otherwise one line says what did not run; in CI that fails.
pub(crate) fn on<F: Future<Output = ()> + Send + 'static>(door: Door, test: impl FnOnce(Scene) -> F) {
    static SAID: Once = Once::new();
    static MISSING: LazyLock<Vec<&str>> =
        LazyLock::new(|| ["chromium", "chromedriver"].into_iter().filter(|program| !runs(program)).collect());
    if MISSING.is_empty() {
        return grantor_tests::run(test(Scene { door }));
    }
    let line = format!("grantor-tests: nothing was tested in a browser; {} is missing", MISSING.join(" and "));
    assert!(std::env::var_os("CI").is_none(), "{line}");
    // Past the harness, which would keep the line of a test that passes to itself.
    SAID.call_once(|| drop(writeln!(std::io::stderr(), "{line}")));
}

fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    let quiet = command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}
