//! The host that the flags describe.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use grantor::{AuthorizationServer, Client, ConfigFault, Endpoint, Needed};

use crate::accounts::Accounts;
use crate::api::Api;
use crate::flags::{Flags, OfferedScope, ProtectedPath};
use crate::hashing::Hashing;
use crate::host::Host;
use crate::pages::Page;
use crate::sessions::Sessions;
use crate::store::Store;
use crate::visitor::Site;
use crate::{clients_file, demo};

/// The paths of the host's own pages and forms.
const PAGES: [&str; 8] = ["/", "/login", "/consent", "/apps", "/apps/end", "/account/close", "/favicon.ico", "/style.css"];

/// The host that the flags describe, on this store, at the address it listens on. Every fault is told at once.
pub fn build(flags: &Flags, address: SocketAddr, store: Store) -> Result<Host, Vec<String>> {
    let issuer = flags.issuer.clone().unwrap_or_else(|| default_issuer(address));
    let mut faults = Vec::new();
    let hashing = Hashing::new().map_err(|fault| vec![format!("argon2id: {fault}")])?;
    let accounts = Accounts::new(&or_demo(&flags.user, demo::users), hashing.clone());
    let accounts = accounts.map_err(|told| faults.extend(told)).ok();
    let scopes = or_demo(&flags.scope, demo::scopes);
    let clients = clients(flags, issuer.starts_with("http://"), &scopes).map_err(|told| faults.extend(told));
    for ProtectedPath { path, scope } in flags.api.iter().filter(|api| !scopes.iter().any(|offer| offer.name == api.scope)) {
        faults.push(format!("--api {path}={scope}: no --scope offers {scope}"));
    }

    let sessions = Sessions(store.sessions);
    let mut builder = AuthorizationServer::builder(issuer.as_str()).secret_hashes(Arc::new(hashing)).grants(store.grants);
    builder = builder.still_welcome(Arc::new(sessions.clone()));
    for client in clients.iter().flatten() {
        builder = builder.client(client.clone());
    }
    for scope in scopes {
        builder = builder.scope(scope.name, scope.description);
    }
    if let Some(names) = &flags.default_scope {
        builder = builder.default_scopes(names.split_ascii_whitespace());
    }
    for resource in &flags.resource {
        builder = builder.resource(resource);
    }
    for origin in &flags.allow_origin {
        builder = builder.allow_origin(origin);
    }
    if let Some(lifetime) = flags.code_lifetime {
        builder = builder.code_lifetime(lifetime);
    }
    if let Some(lifetime) = flags.access_lifetime {
        builder = builder.access_lifetime(lifetime);
    }
    if let Some(window) = flags.retry_window {
        builder = builder.retry_window(window);
    }
    if flags.explain {
        builder = builder.explain();
    }
    if flags.no_rate_limit {
        builder = builder.without_rate_limits();
    }
    builder = builder.error_page(Page::refused);
    let known = clients.is_ok();
    let server = builder.build().map_err(|fault| {
        // Where the clients could not be read, that is the fault, and not that there are none.
        let told = fault.faults().iter().filter(|fault| known || !matches!(fault, ConfigFault::NoClient));
        faults.extend(told.map(|fault| format!("{}: {fault}", flag(fault))));
    });
    let apis = apis(&or_demo(&flags.api, demo::apis), server.as_ref().ok()).map_err(|told| faults.extend(told));
    let (Some(accounts), Ok(server), Ok(apis), true) = (accounts, server, apis, faults.is_empty()) else {
        return Err(faults);
    };
    Ok(Host { directory: store.directory, accounts, sessions, site: Site::of(&issuer), apis, walk: None, server })
}

/// Every path that nothing else has, with the scope it needs.
fn apis(wanted: &[ProtectedPath], server: Option<&AuthorizationServer>) -> Result<Vec<Api>, Vec<String>> {
    let mut taken = PAGES.map(str::to_owned).to_vec();
    if let Some(server) = server {
        taken.push(server.authorize_path().to_owned());
        taken.extend(Endpoint::MOUNTED.map(|endpoint| server.path(endpoint)));
        taken.extend(server.well_known_paths().iter().cloned());
        taken.extend(server.guard().metadata_paths().map(str::to_owned));
    }
    let (mut apis, mut faults) = (Vec::new(), Vec::new());
    for ProtectedPath { path, scope } in wanted {
        if taken.contains(path) {
            faults.push(format!("--api {path}: this path is taken"));
        }
        taken.push(path.clone());
        match Needed::all_of([scope.as_str()]) {
            Ok(needed) => apis.push(Api { path: path.clone(), needed }),
            Err(fault) => faults.push(format!("--api {path}={scope}: {fault}")),
        }
    }
    if faults.is_empty() { Ok(apis) } else { Err(faults) }
}

/// The flag that a fault of the configuration came by.
fn flag(fault: &ConfigFault) -> String {
    match fault {
        ConfigFault::Issuer(..) => "--issuer".to_owned(),
        ConfigFault::Explain(_) => "--explain".to_owned(),
        ConfigFault::Scope(..) | ConfigFault::ScopeTwice(_) | ConfigFault::NoScope => "--scope".to_owned(),
        ConfigFault::DefaultScope(_) => "--default-scope".to_owned(),
        ConfigFault::Resource(..) | ConfigFault::ResourceTwice(_) => "--resource".to_owned(),
        ConfigFault::Origin(..) | ConfigFault::OriginTwice(_) => "--allow-origin".to_owned(),
        ConfigFault::Lifetime(name, ..) => format!("--{}", name.replace('_', "-")),
        _ => "--clients".to_owned(),
    }
}

fn clients(flags: &Flags, development: bool, offered: &[OfferedScope]) -> Result<Vec<Client>, Vec<String>> {
    let Some(file) = &flags.clients else {
        return clients_file::read(demo::CLIENTS, true, offered);
    };
    let label = |fault: String| format!("--clients {}: {fault}", file.display());
    let json = std::fs::read_to_string(file).map_err(|fault| vec![label(fault.to_string())])?;
    clients_file::read(&json, development, offered).map_err(|faults| faults.into_iter().map(label).collect())
}

fn or_demo<T: Clone>(given: &[T], demo: impl Fn() -> Vec<T>) -> Vec<T> {
    if given.is_empty() { demo() } else { given.to_vec() }
}

/// Browsers and clients cannot reach "any address", but they can reach this machine.
fn default_issuer(mut address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    format!("http://{address}")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn faults(flags: &[&str]) -> Vec<String> {
        let flags = Flags::try_parse_from(["login-with"].iter().chain(flags));
        let built = flags
            .map_err(|fault| vec![fault.to_string()])
            .and_then(|flags| build(&flags, ([127, 0, 0, 1], 4000).into(), Store::memory()));
        built.err().unwrap_or_default()
    }

    #[test]
    fn the_issuer_comes_from_the_address() {
        assert_eq!(default_issuer(([127, 0, 0, 1], 4000).into()), "http://127.0.0.1:4000");
        assert_eq!(default_issuer(([0, 0, 0, 0], 4000).into()), "http://127.0.0.1:4000");
        assert_eq!(default_issuer((Ipv6Addr::UNSPECIFIED, 81).into()), "http://[::1]:81");
    }

    #[test]
    fn the_demo_has_no_fault() {
        assert_eq!(faults(&[]), [""; 0]);
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let told = faults(&["--user", "bob:a", "--user", "bob:b", "--clients", "/nowhere", "--issuer", "http://id.example.com"]);
        for part in ["--user: bob", "--clients /nowhere", "http://id.example.com"] {
            assert!(told.iter().any(|fault| fault.contains(part)), "{part} is not in {told:#?}");
        }
    }

    #[test]
    fn nothing_is_explained_to_strangers() {
        assert_eq!(faults(&["--explain"]), [""; 0]);
        let told = faults(&["--explain", "--issuer", "https://id.example.com"]);
        assert!(told.len() == 1 && told.iter().all(|fault| fault.starts_with("--explain: ")), "{told:#?}");
    }

    #[test]
    fn a_path_that_is_taken_is_no_api() {
        for path in ["/login", "/apps", "/authorize", "/token", "/revoke", "/.well-known/oauth-protected-resource"] {
            assert_eq!(faults(&["--api", &format!("{path}=profile")]), [format!("--api {path}: this path is taken")]);
        }
    }
}
