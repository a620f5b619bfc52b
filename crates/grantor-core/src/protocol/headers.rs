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
