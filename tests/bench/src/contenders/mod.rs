//! Who is measured. All of them auto-approve one logged-in person, and keep what they keep in memory.

mod actix;
mod core;
mod floor;
mod floor_actix;
mod null;
mod oauth_as;
mod ours_actix;
mod ours_tower;
mod oxide_auth;

use std::net::TcpListener;

use axum::{Router, serve::ListenerExt};
use tower::ServiceExt;

use crate::{
    flow::{Answer, Ask, Mode, Paths},
    rounds::{Bench, Run},
};

/// One that answers in this process. Its requests are made before the clock runs.
pub(crate) trait Contender {
    type Request;

    fn paths(&self) -> &Paths;
    fn prepare(&self, ask: &Ask) -> Self::Request;
    async fn call(&self, request: Self::Request) -> Answer;
}

/// The contenders by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Name {
    Null,
    Floor,
    OursTower,
    /// The core without any framework.
    OursCore,
    /// The tower door without a router.
    OursDoor,
    FloorActix,
    OursActix,
    OxideAuth,
    OauthAs,
}

impl Name {
    pub(crate) const ALL: [Self; 9] = [
        Self::Null,
        Self::Floor,
        Self::OursTower,
        Self::OursCore,
        Self::OursDoor,
        Self::FloorActix,
        Self::OursActix,
        Self::OxideAuth,
        Self::OauthAs,
    ];

    /// How it is called on the command line.
    pub(crate) fn argument(self) -> String {
        clap::ValueEnum::to_possible_value(&self).expect("a name").get_name().to_owned()
    }

    /// The floor on its framework.
    pub(crate) fn floor(self) -> Self {
        if matches!(self, Self::FloorActix | Self::OursActix) { Self::FloorActix } else { Self::Floor }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Floor => "floor",
            Self::OursTower => "grantor, tower",
            Self::OursCore => "grantor, core alone",
            Self::OursDoor => "grantor, tower door alone",
            Self::FloorActix => "floor, actix",
            Self::OursActix => "grantor, actix",
            Self::OxideAuth => "oxide-auth 0.6.1",
            Self::OauthAs => "oauth-as 1.0.1",
        }
    }

    /// Whether it can do that at all.
    pub(crate) fn does(self, mode: Mode) -> bool {
        match self {
            Self::Null => matches!(mode, Mode::Flow | Mode::Metadata),
            Self::Floor | Self::FloorActix => mode != Mode::Confidential,
            // Its secrets are argon2 by default, and it has neither introspection nor metadata.
            Self::OxideAuth => !matches!(mode, Mode::Confidential | Mode::Introspection | Mode::Metadata),
            _ => true,
        }
    }

    pub(crate) fn over_http(self) -> bool {
        !matches!(self, Self::OursCore | Self::OursDoor)
    }

    /// Ready to be run in this process.
    pub(crate) async fn bench(self) -> Box<dyn Run> {
        match self {
            Self::Null => boxed(null::tower()),
            Self::Floor => boxed(floor::tower()),
            Self::OursTower => boxed(ours_tower::tower(ours_tower::server())),
            Self::OursCore => boxed(core::Core::new(ours::builder())),
            Self::OursDoor => boxed(ours_tower::Door::new()),
            Self::FloorActix => boxed(actix::Actix::new(floor_actix::paths(), floor_actix::configure()).await),
            Self::OursActix => boxed(actix::Actix::new(ours_actix::paths(), ours_actix::configure(ours_tower::server())).await),
            Self::OxideAuth => boxed(oxide_auth::tower()),
            Self::OauthAs => boxed(oauth_as::tower().await),
        }
    }

    pub(crate) async fn paths(self) -> Paths {
        match self {
            Self::Null => null::tower().paths,
            Self::Floor => floor::tower().paths,
            Self::OursTower | Self::OursCore | Self::OursDoor => ours_tower::paths(),
            Self::FloorActix => floor_actix::paths(),
            Self::OursActix => ours_actix::paths(),
            Self::OxideAuth => oxide_auth::tower().paths,
            Self::OauthAs => oauth_as::tower().await.paths,
        }
    }

    /// Serves until the process ends.
    pub(crate) fn serve(self, listener: TcpListener, workers: usize, hasty: bool) -> std::io::Result<()> {
        let server = || if hasty { ours_tower::hasty() } else { ours_tower::server() };
        match self {
            Self::FloorActix => actix::serve(listener, workers, floor_actix::configure()),
            Self::OursActix => actix::serve(listener, workers, ours_actix::configure(server())),
            _ => {
                let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build()?;
                runtime.block_on(async {
                    let router = match self {
                        Self::Null => null::tower(),
                        Self::Floor => floor::tower(),
                        Self::OxideAuth => oxide_auth::tower(),
                        Self::OauthAs => oauth_as::tower().await,
                        _ => ours_tower::tower(server()),
                    };
                    listener.set_nonblocking(true)?;
                    let listener = tokio::net::TcpListener::from_std(listener)?;
                    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
                    axum::serve(listener, router.router).await
                })
            }
        }
    }
}

fn boxed<C: Contender + 'static>(contender: C) -> Box<dyn Run> {
    Box::new(Bench::new(contender))
}

/// What the measurements of the core alone need of ours.
pub(crate) mod ours {
    pub(crate) use super::{
        core::probe,
        ours_tower::{builder, login, paths},
    };
}

/// An axum router, called as the server calls it: one clone for each request.
pub(crate) struct Tower {
    pub(crate) paths: Paths,
    pub(crate) router: Router,
}

impl Contender for Tower {
    type Request = axum::extract::Request;

    fn paths(&self) -> &Paths {
        &self.paths
    }

    fn prepare(&self, ask: &Ask) -> Self::Request {
        ask.to_http().map(axum::body::Body::new)
    }

    async fn call(&self, request: Self::Request) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        Answer::read(response).await
    }
}
