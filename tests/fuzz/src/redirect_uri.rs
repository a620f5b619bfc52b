use grantor_core::types::RedirectUri;

use crate::uri::{matches, registrable};

/// A registered redirect URI and one that was sent, against the second reading.
///
/// `<0 or 1: any port of localhost><registered>\n<sent>`
pub fn redirect_uri(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (registered, sent) = text.split_once('\n').unwrap_or((text, ""));
    let any_port = registered.starts_with('1');
    let registered = registered.strip_prefix(['0', '1']).unwrap_or(registered);
    for text in [registered, sent] {
        let read = RedirectUri::parse(text).ok();
        assert_eq!(read.as_ref().map(RedirectUri::kind), registrable(text), "{text:?}");
        assert!(read.is_none_or(|uri| uri.as_str() == text && uri.matches(text, false)), "{text:?}");
    }
    let Ok(uri) = RedirectUri::parse(registered) else { return };
    let is_same = uri.matches(sent, any_port);
    assert_eq!(is_same, matches(registered, sent, any_port), "{registered:?} {sent:?} {any_port}");
    if is_same {
        let kind = RedirectUri::parse(sent).map(|sent| sent.kind());
        assert_eq!(kind, Ok(uri.kind()), "only what could be registered is ever matched: {sent:?}");
    }
}
