//! What the thief tries: a list, each with what it is, what holds against it, and the requests it makes.

use std::pin::Pin;

use grantor::Reason;

use super::attempts;
use super::hand::{Hand, Kind, Move};
use crate::story::Fault;

/// The requests of an attack, one after the other.
pub(crate) type Run = for<'a> fn(&'a Hand) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// One attack.
pub struct Attack {
    /// Its name in links.
    pub id: &'static str,
    /// What the button says.
    pub name: &'static str,
    /// What the thief has, and does.
    pub story: &'static str,
    /// The rule that holds, in a sentence.
    pub rule: &'static str,
    /// Where the rule stands.
    pub rfc: &'static str,
    /// What the operator's log says of it; the client is told less. `None` where the host refuses, and not the library.
    pub reason: Option<Reason>,
    /// The status and the error code that the attempt meets.
    pub expected: (u16, Option<&'static str>),
    pub(crate) run: Run,
}

/// What came of an attack.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Everything that was done, in order.
    pub moves: Vec<Move>,
}

impl Outcome {
    /// Whether every attempt was refused, and there was one.
    pub fn is_refused(&self) -> bool {
        let mut attempts = self.attempts().peekable();
        attempts.peek().is_some() && attempts.all(|wire| wire.is_refused())
    }

    /// Whether every attempt met the answer that the attack's own rule gives, and not another rule's.
    pub fn meets(&self, attack: &Attack) -> bool {
        self.is_refused() && self.attempts().all(|wire| (wire.status, wire.error.as_deref()) == attack.expected)
    }

    /// The answers to the attempts.
    pub fn attempts(&self) -> impl Iterator<Item = &super::hand::Wire> {
        self.moves.iter().filter(|it| it.kind == Kind::Attempt).filter_map(|it| it.wire.as_ref())
    }
}

/// All attacks, in the order of the page.
pub const ATTACKS: [Attack; 11] = [
    Attack {
        id: "no-verifier",
        name: "Redeem the code without the verifier",
        story: "The thief has read the code on its way back to the app, and redeems it before the app does. There is no secret to \
                steal: the app is public.",
        rule: "The code belongs to a challenge. Only the app knows the verifier whose hash that is, and it never left the app.",
        rfc: "RFC 7636 \u{a7}4.6",
        reason: Some(Reason::CodeVerifier),
        expected: (400, Some("invalid_grant")),
        run: |hand| Box::pin(attempts::no_verifier(hand)),
    },
    Attack {
        id: "wrong-verifier",
        name: "Redeem the code with a made-up verifier",
        story: "The same code, and a verifier that the thief has drawn. To find the right one they would have to guess 256 bits, or \
                turn SHA-256 around.",
        rule: "The hash of the verifier must be the challenge. A code survives four wrong tries; the fifth ends it.",
        rfc: "RFC 7636 \u{a7}4.6",
        reason: Some(Reason::CodeVerifier),
        expected: (400, Some("invalid_grant")),
        run: |hand| Box::pin(attempts::wrong_verifier(hand)),
    },
    Attack {
        id: "second-time",
        name: "Redeem a code for the second time",
        story: "The worst case: everything leaked, code and verifier, but the app was faster. The thief sends the app's own request \
                once more.",
        rule: "A code is good once. Whoever comes second gets nothing, and the tokens of the first are ended, since one of the two \
               is a thief.",
        rfc: "RFC 6749 \u{a7}4.1.2, RFC 9700 \u{a7}2.1.1",
        reason: Some(Reason::CodeReplayed),
        expected: (400, Some("invalid_grant")),
        run: |hand| Box::pin(attempts::second_time(hand)),
    },
    Attack {
        id: "redirect-at-authorize",
        name: "Have the code sent to the thief",
        story: "The thief sends the person a link that is the app's own, but for the redirect address, which is the thief's site.",
        rule: "A redirect address must be one that the client registered, octet for octet. Otherwise the browser is sent nowhere.",
        rfc: "RFC 9700 \u{a7}4.1.3",
        reason: Some(Reason::RedirectUriMismatch),
        expected: (400, None),
        run: |hand| Box::pin(attempts::redirect_at_authorize(hand)),
    },
    Attack {
        id: "redirect-at-token",
        name: "Swap the redirect address at the token endpoint",
        story: "The thief has code and verifier, but the code was sent to the app's address. They redeem it with their own.",
        rule: "If the redirect address is sent again, it must be the one of the authorization request.",
        rfc: "RFC 6749 \u{a7}4.1.3",
        reason: Some(Reason::CodeHolder),
        expected: (400, Some("invalid_grant")),
        run: |hand| Box::pin(attempts::redirect_at_token(hand)),
    },
    Attack {
        id: "other-client",
        name: "Redeem the code as another client",
        story: "The code was made for the web app, which has a secret. The thief has code and verifier, and pretends to be the \
                single-page app, which needs none.",
        rule: "A code belongs to the client that asked for it.",
        rfc: "RFC 6749 \u{a7}4.1.3",
        reason: Some(Reason::CodeHolder),
        expected: (400, Some("invalid_grant")),
        run: |hand| Box::pin(attempts::other_client(hand)),
    },
    Attack {
        id: "plain",
        name: "Downgrade the challenge to plain",
        story: "With the method plain the challenge is the verifier itself, and whoever reads the request can redeem the code. The \
                thief changes the request on its way.",
        rule: "S256 is the only method. There is no plain, so there is nothing to fall back to.",
        rfc: "RFC 7636 \u{a7}7.2, RFC 9700 \u{a7}2.1.1",
        reason: Some(Reason::ChallengeMethod),
        expected: (303, Some("invalid_request")),
        run: |hand| Box::pin(attempts::plain(hand)),
    },
    Attack {
        id: "no-challenge",
        name: "Drop the challenge",
        story: "The thief takes the challenge out of the request, so that the code would be bound to nothing.",
        rule: "A request without a challenge gets no code, whoever sends it.",
        rfc: "RFC 7636 \u{a7}4.4.1, RFC 9700 \u{a7}4.8.2",
        reason: Some(Reason::ChallengeMissing),
        expected: (303, Some("invalid_request")),
        run: |hand| Box::pin(attempts::no_challenge(hand)),
    },
    Attack {
        id: "old-refresh-token",
        name: "Replay an old refresh token",
        story: "The thief has copied a refresh token from a backup. The app has used it since, and has a newer one. For a few \
                seconds the same question gets the same answer, so that an app that lost an answer is not logged out. The thief \
                comes later than that.",
        rule: "A refresh token is good once. Somebody who uses an old one is a thief, or the app was robbed: the grant ends for both.",
        rfc: "RFC 9700 \u{a7}4.14.2",
        reason: Some(Reason::RefreshReused),
        expected: (400, Some("invalid_grant")),
        run: |hand| Box::pin(attempts::old_refresh_token(hand)),
    },
    Attack {
        id: "profile-token",
        name: "Read mail with a token for the profile",
        story: "The person allowed an app to see their name, and nothing else. The thief has got hold of that token and asks for \
                the mail.",
        rule: "A token opens what the person allowed. The API asks for the scope mail.read, and the token has not got it.",
        rfc: "RFC 6750 \u{a7}3.1",
        reason: Some(Reason::TokenScope),
        expected: (403, Some("insufficient_scope")),
        run: |hand| Box::pin(attempts::profile_token(hand)),
    },
    Attack {
        id: "consent-form",
        name: "Submit the consent form from another site",
        story: "The worst case: the thief knows the hidden ticket of the person's consent form, and their own page sends the form. \
                The scripted browser even sends the cookie along, which a real browser does not do for another site.",
        rule: "The provider takes its forms from its own pages. Its cookie is SameSite=Lax, the browser says where a form comes \
               from, and the ticket belongs to one login.",
        rfc: "RFC 6749 \u{a7}10.12, RFC 9700 \u{a7}4.7",
        reason: None,
        expected: (403, None),
        run: |hand| Box::pin(attempts::consent_form(hand)),
    },
];
