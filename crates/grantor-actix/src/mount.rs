use actix_web::web::ServiceConfig;
use grantor_core::{AuthorizationServer, Endpoint};

use crate::endpoint::route;

/// All endpoints but authorize, at their absolute paths: `App::new().configure(grantor_actix::routes(&server))`.
///
/// Mount them without a middleware that redirects to normalised paths: a credential must not be sent twice (RFC 9700 §4.12).
pub fn routes(server: &AuthorizationServer) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let server = server.clone();
    move |config| {
        for endpoint in Endpoint::MOUNTED {
            config.route(&server.path(endpoint), route(&server, endpoint));
        }
        well_known(&server)(config);
    }
}

/// The endpoints but authorize and metadata, at paths relative to the mount: for a `web::scope` of the host's.
pub fn endpoints(server: &AuthorizationServer) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let server = server.clone();
    move |config| {
        for endpoint in Endpoint::MOUNTED {
            config.route(server.path_in_mount(endpoint), route(&server, endpoint));
        }
    }
}

/// The metadata document at its well-known paths (RFC 8414 §3.1), which stand at the root whatever the mount is.
pub fn well_known(server: &AuthorizationServer) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let server = server.clone();
    move |config| {
        for path in server.well_known_paths() {
            config.route(path, route(&server, Endpoint::Metadata));
        }
    }
}
