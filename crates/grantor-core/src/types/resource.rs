use std::fmt;

use fluent_uri::Uri;

use super::Text;

/// A resource indicator (RFC 8707 §2): an absolute URI without fragment.
///
/// Two are equal when they are the same after lower-casing scheme and host, with an empty path read as `/`.
#[derive(Clone)]
pub struct Resource {
    text: Text,
    canonical: Text,
}

/// The text is no resource indicator: it is not an absolute URI, or it has a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a resource is an absolute URI without fragment (RFC 8707 section 2)")]
pub struct InvalidResource;

impl Resource {
    /// Reads a resource indicator.
    ///
    /// # Errors
    /// [`InvalidResource`] when the text is no absolute URI or has a fragment, even an empty one.
    pub fn parse(text: &str) -> Result<Self, InvalidResource> {
        Self::from_stored(text.into())
    }

    /// Takes back what [`as_str`](Self::as_str) gave to a store.
    pub(crate) fn from_stored(text: Text) -> Result<Self, InvalidResource> {
        let uri = Uri::parse(&*text).map_err(|_| InvalidResource)?;
        if uri.fragment().is_some() || text.len() > 2_048 {
            return Err(InvalidResource);
        }
        let mut canonical = format!("{}:", uri.scheme().as_str().to_ascii_lowercase());
        if let Some(authority) = uri.authority() {
            let (user, host) = match authority.as_str().rsplit_once('@') {
                Some((user, host)) => (Some(user), host),
                None => (None, authority.as_str()),
            };
            canonical.push_str("//");
            canonical.extend(user.into_iter().flat_map(|user| [user, "@"]));
            canonical.push_str(&host.to_ascii_lowercase());
        }
        let path = uri.path().as_str();
        canonical.push_str(if path.is_empty() { "/" } else { path });
        canonical.extend(uri.query().into_iter().flat_map(|query| ["?", query.as_str()]));
        let canonical = if canonical == *text { text.clone() } else { canonical.into() };
        Ok(Self { text, canonical })
    }

    /// The same, for what outlives the grant it was read with.
    pub(crate) fn apart(&self) -> Self {
        Self { text: self.text.apart(), canonical: self.canonical.apart() }
    }

    /// The indicator as configured.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The spelling by which two are compared.
    pub(crate) fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Resource {}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RI-01
    #[test]
    fn a_resource_is_an_absolute_uri_without_fragment() {
        for bad in ["", "api", "/api", "//api.example", "https://a#", "https://a#x", "https://a b"] {
            assert_eq!(Resource::parse(bad), Err(InvalidResource), "{bad}");
        }
    }

    /// RI-06
    #[test]
    fn only_the_case_of_scheme_and_host_and_an_empty_path_are_ignored() {
        let same = |a, b| Resource::parse(a) == Resource::parse(b);
        assert!(same("https://a.example", "HTTPS://A.example/"));
        assert!(!same("https://a.example/x", "https://a.example/X"));
        assert!(!same("https://a.example/x", "https://a.example/x/"));
        assert!(!same("https://a.example", "https://a.example:443"));
        assert!(!same("https://U@a.example", "https://u@a.example"));
    }

    /// RI-01, RI-06
    #[test]
    fn a_resource_is_written_as_configured_and_compared_by_one_spelling() {
        let spelled = [
            ("HTTPS://U@A.example?q=A", "https://U@a.example/?q=A"),
            ("https://a.example/X", "https://a.example/X"),
            ("URN:example:Api", "urn:example:Api"),
        ];
        for (text, canonical) in spelled {
            let resource = Resource::parse(text).unwrap();
            assert_eq!((resource.as_str(), resource.to_string().as_str(), resource.canonical()), (text, text, canonical));
            assert_eq!((resource.apart().as_str(), resource.apart().canonical()), (text, canonical));
            assert_eq!(format!("{resource:?}"), format!("{text:?}"));
        }
        let longest = format!("https://a.example/{}", "x".repeat(2_048 - 18));
        assert!(Resource::parse(&longest).is_ok());
        assert_eq!(Resource::parse(&format!("{longest}x")), Err(InvalidResource));
    }
}
