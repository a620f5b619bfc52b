//! The sites that the demo shows around the provider: two clients, the API, the thief, and the walk.

use std::io;

use login_with_story::{Config, Fault, Stage, Started};

use crate::demo;
use crate::flags::Flags;
use crate::host::Host;

/// Takes ports for the sites, if they are there: where flags bring clients, issuer, people or scopes, no site would fit.
pub(crate) fn stage(flags: &Flags, port: u16) -> io::Result<Option<Stage>> {
    let is_demo = flags.issuer.is_none() && flags.clients.is_none() && flags.user.is_empty() && flags.scope.is_empty();
    // Who takes any port has more than one of these running, and they must not get into each other's way.
    let port = if flags.listen.ends_with(":0") { 0 } else { port };
    is_demo.then(|| Stage::bind(port)).transpose()
}

/// Builds the sites around this host, which offers the walk on its home page from then on.
pub(crate) fn around(host: &mut Host, stage: Stage) -> Result<Started, Fault> {
    let traffic = login_with_story::Traffic::new();
    let web_app = ("demo-confidential", "demo-confidential-secret");
    let config = Config::new(&host.server, web_app, "demo-public", demo::PERSON, &traffic);
    let story = stage.start(config)?;
    host.walk = Some(story.link());
    Ok(story)
}
