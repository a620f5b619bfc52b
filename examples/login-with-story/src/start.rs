//! The beginning: ports first, since the provider must know the redirect URIs before it is built; then the sites.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::sync::watch;
use tower_http::timeout::TimeoutLayer;

use crate::story::{Config, Fault, Places, Story};
use crate::style::Style;
use crate::thief::Thief;
use crate::traffic::Traffic;
use crate::{resource, spa, thief, web_app};

/// Longer than any site waits for another.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bound ports, and nothing served on them yet.
pub struct Stage {
    places: Places,
    listeners: [TcpListener; 4],
}

/// A story that is ready to be served.
pub struct Started {
    /// Where the sites are.
    pub places: Places,
    /// The thief, for whoever wants to run the attacks without a page.
    pub thief: Thief,
    sites: Vec<(TcpListener, Router)>,
}

impl Stage {
    /// Takes the four ports behind the provider's, each if it is free, else any: web app, single-page app, resource server,
    /// thief. For port 0 any will do.
    ///
    /// # Errors
    /// No port of the loopback interface can be had.
    pub fn bind(provider_port: u16) -> io::Result<Self> {
        let near = |offset: u16| match provider_port {
            0 => listen(0),
            port => listen(port.checked_add(offset).unwrap_or_default()),
        };
        let listeners = [near(1)?, near(2)?, near(3)?, near(4)?];
        let [web_app, spa, resource, thief] = &listeners;
        let at =
            |host: &str, listener: &TcpListener| Ok::<_, io::Error>(format!("http://{host}:{}", listener.local_addr()?.port()));
        // Cookies do not tell ports apart: the thief needs a host name of their own.
        let places = Places {
            web_app: at("127.0.0.1", web_app)?,
            spa: at("127.0.0.1", spa)?,
            resource: at("127.0.0.1", resource)?,
            thief: at("localhost", thief)?,
        };
        Ok(Self { places, listeners })
    }

    /// Where the sites will be.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// What the provider must register for the confidential client: one for each style of request that needs its own.
    pub fn web_app_redirect_uris(&self) -> Vec<String> {
        let mut uris: Vec<_> =
            Style::ALL.map(|style| format!("{}/callback{}", self.places.web_app, style.redirect_query())).into();
        uris.sort_unstable();
        uris.dedup();
        uris
    }

    /// What the provider must register for the public client.
    pub fn spa_redirect_uris(&self) -> Vec<String> {
        vec![format!("{}/callback", self.places.spa)]
    }

    /// The origin that the provider's token endpoint must let in (CORS).
    pub fn spa_origin(&self) -> &str {
        &self.places.spa
    }

    /// Builds the sites around a provider.
    ///
    /// # Errors
    /// No HTTP client can be built, or a scope or an origin is none.
    pub fn start(self, config: Config) -> Result<Started, Fault> {
        let story = Arc::new(Story::new(config, self.places)?);
        let routers = [web_app::router(&story), spa::router(&story), resource::router(&story)?, thief::router(&story)];
        let patient = |router: Router| router.layer(TimeoutLayer::with_status_code(http::StatusCode::REQUEST_TIMEOUT, PATIENCE));
        let sites = self.listeners.into_iter().zip(routers.map(patient)).collect();
        Ok(Started { places: story.places.clone(), thief: Thief(story), sites })
    }
}

impl Started {
    /// The log that whoever serves the provider writes on.
    pub fn traffic(&self) -> Traffic {
        self.thief.0.config.traffic.clone()
    }

    /// The one link to begin with.
    pub fn link(&self) -> String {
        format!("{}/walk", self.places.web_app)
    }

    /// Serves all sites until the signal comes.
    ///
    /// # Errors
    /// A listener is lost.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let (sender, stopped) = watch::channel(());
        tokio::spawn(async move {
            stop.await;
            drop(sender);
        });
        let mut sites = Vec::new();
        for (listener, router) in self.sites {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let mut stopped = stopped.clone();
            // The channel says nothing but its end.
            let stop = async move { while stopped.changed().await.is_ok() {} };
            sites.push(tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stop).await }));
        }
        for site in sites {
            site.await.map_err(io::Error::other)??;
        }
        Ok(())
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let at = |port| TcpListener::bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    let listener = at(port).or_else(|_| at(0))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
