//! oauth-as 1.0.1 with its own in-memory storage and its own axum adapter.

use std::sync::Arc;

use axum::Router;
use oauth_as::{
    client::{Client, ClientAuth, ClientId},
    grant::GrantType,
    http::{ApprovalDecision, ServiceBuilder},
    scope::ScopeSet,
    server::{AuthorizationServer, ServerConfig},
    store::MemoryStorage,
};

use super::{Tower, floor};
use crate::flow::{CONFIDENTIAL, OFFLINE, ORIGIN, PUBLIC, REDIRECT_URI, SECRET};

pub(super) async fn tower() -> Tower {
    let config = ServerConfig::new(ORIGIN, format!("{ORIGIN}/device"));
    let server = Arc::new(AuthorizationServer::new(config, MemoryStorage::new()));
    let scopes = ScopeSet::from_tokens(["profile", "mail"]).expect("scopes");
    let code = GrantType::AuthorizationCode;
    let secret = || ClientAuth::ConfidentialSecret { secret: SECRET.to_owned() };
    for (id, auth, grant_types) in [
        (PUBLIC, ClientAuth::Public, vec![code.clone()]),
        (OFFLINE, ClientAuth::Public, vec![code.clone(), GrantType::RefreshToken]),
        (CONFIDENTIAL, secret(), vec![code.clone()]),
    ] {
        let client = Client {
            client_id: ClientId::new(id),
            auth,
            grant_types,
            redirect_uris: vec![REDIRECT_URI.to_owned()],
            allowed_scopes: scopes.clone(),
            default_scopes: scopes.clone(),
            name: None,
            registration: None,
        };
        server.register_client(client).await.unwrap_or_else(|error| panic!("{error:?}"));
    }
    let service = ServiceBuilder::new(server)
        .with_subject_resolver(|_| Some("ann".to_owned()))
        .with_approval_resolver(|_| ApprovalDecision::Approve)
        .dangerously_disable_verification_protections()
        .build();
    let router = Router::from(service.unwrap_or_else(|error| panic!("{error:?}")));
    Tower { paths: floor::paths(), router }
}
