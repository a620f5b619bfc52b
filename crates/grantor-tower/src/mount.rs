use grantor_core::{AuthorizationServer, Endpoint};

use crate::EndpointService;

/// All endpoints but authorize, each with its absolute path: for the host's root router.
///
/// ```
/// # use grantor_core::{AuthorizationServer, Client};
/// # fn router(server: &AuthorizationServer, mut app: axum::Router) -> axum::Router {
/// for (path, service) in grantor_tower::routes(server) {
///     app = app.route_service(&path, service);
/// }
/// # app
/// # }
/// ```
///
/// Mount them without a layer that redirects to normalised paths: a credential must not be sent twice (RFC 9700 §4.12).
pub fn routes(server: &AuthorizationServer) -> impl Iterator<Item = (String, EndpointService)> {
    let mounted = Endpoint::MOUNTED.map(|endpoint| (server.path(endpoint), EndpointService::new(server, endpoint)));
    mounted.into_iter().chain(well_known(server))
}

/// The endpoints but authorize and metadata, with paths relative to the mount: for a router that the host nests there.
pub fn endpoints(server: &AuthorizationServer) -> impl Iterator<Item = (String, EndpointService)> {
    let service = |endpoint| (server.path_in_mount(endpoint).to_owned(), EndpointService::new(server, endpoint));
    Endpoint::MOUNTED.map(service).into_iter()
}

/// The metadata document at its well-known paths (RFC 8414 §3.1), which stand at the root whatever the mount is.
pub fn well_known(server: &AuthorizationServer) -> impl Iterator<Item = (String, EndpointService)> {
    let service = EndpointService::new(server, Endpoint::Metadata);
    server.well_known_paths().to_vec().into_iter().map(move |path| (path, service.clone()))
}
