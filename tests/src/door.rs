//! The axis every test runs along, and the programs behind it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use escargot::CargoBuild;
use escargot::format::Message;
use tokio::runtime::Runtime;

/// The framework a service is entered through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// axum, by grantor-tower.
    Tower,
    /// actix-web, by grantor-actix.
    Actix,
}

impl Door {
    /// Both of them.
    pub const BOTH: [Self; 2] = [Self::Tower, Self::Actix];

    pub(crate) fn program(self) -> &'static Path {
        program(match self {
            Self::Tower => "login-with",
            Self::Actix => "login-with-actix",
        })
    }
}

/// Runs each named `async fn(Door)` as one test per door.
#[macro_export]
macro_rules! both_doors {
    ($($name:ident),+ $(,)?) => {
        mod tower {
            $(#[test] fn $name() { $crate::run(super::$name($crate::Door::Tower)); })+
        }
        mod actix {
            $(#[test] fn $name() { $crate::run(super::$name($crate::Door::Actix)); })+
        }
    };
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Runs one test body on the shared multi-thread runtime, within five minutes once the examples are built.
pub fn run(body: impl Future<Output = ()>) {
    LazyLock::force(&PROGRAMS);
    RUNTIME.block_on(async {
        tokio::time::timeout(Duration::from_secs(300), body).await.expect("the test ends within five minutes");
    });
}

static PROGRAMS: LazyLock<HashMap<String, PathBuf>> = LazyLock::new(build);

/// A built example, by the name of its package.
pub fn program(name: &str) -> &'static Path {
    PROGRAMS.get(name).unwrap_or_else(|| panic!("no program {name}"))
}

/// Builds the examples into the target directory, and in the profile, that this very test was built in. They are asked for
/// together with the tests, so that all their dependencies are those that `cargo test --workspace` has built before.
fn build() -> HashMap<String, PathBuf> {
    let this = std::env::current_exe().unwrap();
    let target = this.ancestors().nth(3).expect("a test lies in <target>/<profile>/deps");
    let mut cargo = CargoBuild::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .target_dir(target)
        .args(["--workspace", "--bins", "--tests"]);
    if !cfg!(debug_assertions) {
        cargo = cargo.release();
    }
    let mut programs = HashMap::new();
    for message in cargo.exec().expect("cargo builds the examples") {
        let message = message.expect("cargo builds the examples");
        if let Ok(Message::CompilerArtifact(artifact)) = message.decode()
            && let Some(path) = artifact.executable
            && !artifact.profile.test
        {
            programs.insert(artifact.target.name.into_owned(), path.into_owned());
        }
    }
    programs
}
