//! The smallest honest host on actix-web: one person (alice, password alice), one client, two pages.
//! `login.rs` is what a service has already: who is logged in.
#![expect(clippy::print_stdout, reason = "one line says where it listens")]

mod login;
mod pages;

use std::error::Error;
use std::net::TcpListener;

use actix_web::web::{self, Data, Form, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer, rt};
use grantor::actix::{Access, Answer, Authorize, RequireToken, routes};
use grantor::{AuthorizationServer, Client, Needed, Next};
use login::{Session, log_in};
use pages::{ConsentPage, LoginPage, page};

// README:begin
async fn authorize(session: Session, Authorize(pending): Authorize) -> Result<HttpResponse, Answer> {
    Ok(match pending.next(session.login()).await? {
        Next::LogIn(return_to) => page(&LoginPage { return_to: return_to.as_str() }),
        Next::Ask(question) => page(&ConsentPage { parked: question.park().await? }),
        Next::Answer(reply) => Answer(reply).into(),
    })
}

async fn consent(session: Session, server: Data<AuthorizationServer>, answer: Form<ConsentForm>) -> Result<HttpResponse, Answer> {
    let Some(login) = session.login() else {
        return Ok(HttpResponse::BadRequest().body("Your login is over: start again"));
    };
    let question = server.resume(&answer.ticket, &login).await?;
    let reply = match answer.decision {
        Decision::Allow => question.approve_all().await,
        Decision::Deny => question.deny().await,
    };
    Ok(Answer(reply).into())
}

async fn userinfo(access: Access) -> String {
    access.subject().map_or("You are an app".to_owned(), |person| format!("You are {person}"))
}

fn app(config: &mut ServiceConfig, server: AuthorizationServer, profile: Needed) {
    config
        .app_data(Data::new(server.clone()))
        .service(web::resource(server.authorize_path()).route(web::route().to(authorize)))
        .route("/consent", web::post().to(consent))
        .route("/login", web::post().to(log_in))
        .service(web::resource("/userinfo").wrap(RequireToken::new(&server.guard(), profile)).get(userinfo))
        .configure(routes(&server));
}
// README:end

#[derive(serde::Deserialize)]
struct ConsentForm {
    ticket: String,
    decision: Decision,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Decision {
    Allow,
    Deny,
}

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:4000".to_owned());
    let listener = TcpListener::bind(address)?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let client = Client::public("demo-public").redirect_uri("http://127.0.0.1/callback").build()?;
    let server = AuthorizationServer::builder(&issuer).client(client).scope("profile", "See your name").build()?;
    let profile = Needed::all_of(["profile"])?;
    let host = move || App::new().configure(|config| app(config, server.clone(), profile.clone()));
    let host = HttpServer::new(host).listen(listener)?;
    println!("listening on {issuer}");
    Ok(rt::System::new().block_on(host.run())?)
}
