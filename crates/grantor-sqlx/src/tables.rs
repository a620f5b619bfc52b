/// What the tables are called, so that they fit into a database that already has others.
///
/// ```
/// # use grantor_sqlx::Tables;
/// # fn main() -> Result<(), grantor_sqlx::InvalidName> {
/// let tables = Tables::prefixed("oauth_")?;                   // oauth_grants, oauth_clients, oauth_migrations
/// let tables = Tables::prefixed("")?.in_schema("auth")?;      // auth.grants, auth.clients, auth.migrations
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tables {
    schema: Option<Box<str>>,
    prefix: Box<str>,
}

/// The text cannot stand in the name of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a schema or prefix is at most 32 characters of a-z, 0-9 and _, and does not begin with a digit")]
pub struct InvalidName;

impl Tables {
    /// Tables whose names begin with `prefix`, which may be empty; the default is `grantor_`.
    ///
    /// # Errors
    /// [`InvalidName`] when the prefix is longer than 32 characters, leaves `a-z0-9_` or begins with a digit.
    pub fn prefixed(prefix: &str) -> Result<Self, InvalidName> {
        if prefix.is_empty() || is_name(prefix) { Ok(Self { schema: None, prefix: prefix.into() }) } else { Err(InvalidName) }
    }

    /// The same tables in this schema of a PostgreSQL database. Without one they are where the connection's `search_path`
    /// says. SQLite has no schemas.
    ///
    /// # Errors
    /// [`InvalidName`] when the schema is empty, longer than 32 characters, leaves `a-z0-9_` or begins with a digit.
    pub fn in_schema(self, schema: &str) -> Result<Self, InvalidName> {
        if is_name(schema) { Ok(Self { schema: Some(schema.into()), ..self }) } else { Err(InvalidName) }
    }

    pub(crate) fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// A statement with its placeholders `{grants}`, `{clients}`, `{migrations}` and `{prefix}` replaced.
    pub(crate) fn fill(&self, template: &str) -> String {
        let named = |name| self.table(name);
        template
            .replace("{grants}", &named("grants"))
            .replace("{clients}", &named("clients"))
            .replace("{migrations}", &named("migrations"))
            .replace("{prefix}", &self.prefix)
    }

    /// A schema may be a reserved word, so it is quoted; a table's own name never is one.
    fn table(&self, name: &str) -> String {
        match &self.schema {
            Some(schema) => format!("\"{schema}\".{}{name}", self.prefix),
            None => format!("{}{name}", self.prefix),
        }
    }
}

impl Default for Tables {
    fn default() -> Self {
        Self { schema: None, prefix: "grantor_".into() }
    }
}

fn is_name(text: &str) -> bool {
    let fits = (1..=32).contains(&text.len()) && !text.starts_with(|first: char| first.is_ascii_digit());
    fits && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_need_no_quotes_are_taken_and_no_others() {
        for name in ["", "grantor_", "a", "_x9", &"a".repeat(32)] {
            assert!(Tables::prefixed(name).is_ok(), "{name}");
        }
        for name in ["9a", "A", "a-b", "a b", "a\"b", "a;drop table x", "é", &"a".repeat(33)] {
            assert_eq!(Tables::prefixed(name), Err(InvalidName), "{name}");
            assert_eq!(Tables::default().in_schema(name), Err(InvalidName), "{name}");
        }
        assert_eq!(Tables::default().in_schema(""), Err(InvalidName));
    }

    #[test]
    fn a_statement_names_the_schema_and_the_prefix() {
        let tables = Tables::prefixed("x_").and_then(|tables| tables.in_schema("user"));
        assert_eq!(tables.map(|tables| tables.fill("{grants} {prefix}i")), Ok("\"user\".x_grants x_i".to_owned()));
    }
}
