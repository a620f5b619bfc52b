use super::call::Call;

/// The headers that the server reads, as a door hands them in: borrowed, and in no buffer of their own.
#[derive(Clone, Copy)]
pub struct Headers<'a> {
    list: [(&'static str, &'a [u8]); 2 * Call::HEADERS.len()],
    length: usize,
}

impl<'a> Headers<'a> {
    /// Takes the values of each of [`Call::HEADERS`], in their order. Of one that stands more than once two are enough to tell.
    #[must_use]
    pub fn of<V: Iterator<Item = &'a [u8]>>(values: [V; Call::HEADERS.len()]) -> Self {
        let mut headers = Self { list: [("", &[]); 2 * Call::HEADERS.len()], length: 0 };
        let named = Call::HEADERS.into_iter().zip(values);
        let named = named.flat_map(|(name, values)| values.take(2).map(move |value| (name, value)));
        for (place, header) in headers.list.iter_mut().zip(named) {
            *place = header;
            headers.length += 1;
        }
        headers
    }

    /// Name and value of each.
    #[must_use]
    pub fn list(&self) -> &[(&'static str, &'a [u8])] {
        self.list.get(..self.length).unwrap_or_default()
    }
}

impl std::fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.list().iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CA-13
    #[test]
    fn of_each_header_two_values_are_kept_in_the_order_of_their_names() {
        let values = |values: &[&'static str]| values.iter().map(|value| value.as_bytes()).collect::<Vec<_>>().into_iter();
        let [authorization, media, origin, method] = Call::HEADERS;
        let headers = Headers::of([values(&["a"]), values(&["b", "c", "d"]), values(&[]), values(&["e", "f"])]);
        let kept = [(authorization, "a"), (media, "b"), (media, "c"), (method, "e"), (method, "f")];
        assert_eq!(headers.list(), kept.map(|(name, value)| (name, value.as_bytes())));
        let full = Headers::of([1, 2, 3, 4].map(|_| values(&["x", "y", "z"])));
        let names = [authorization, authorization, media, media, origin, origin, method, method];
        assert_eq!(full.list().iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
        assert!(Headers::of([1, 2, 3, 4].map(|_| values(&[]))).list().is_empty());
    }

    /// TH-07, TH-08
    #[test]
    fn the_names_are_printed_and_no_value() {
        let values = ["Basic SECRET", "b", "c", "d"].map(|value| [value.as_bytes()].into_iter());
        let names = r#"["authorization", "content-type", "origin", "access-control-request-method"]"#;
        assert_eq!(format!("{:?}", Headers::of(values)), names);
    }
}
