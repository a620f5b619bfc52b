//! What `--store` says. A connection string may hold a password, so nothing here prints one.

use std::path::PathBuf;

/// Where grants and sessions are kept.
pub(crate) enum Place {
    /// In this process.
    Memory,
    /// In a file.
    Sqlite(PathBuf),
    /// In a PostgreSQL database, by its URL.
    Postgres(String),
    /// In Redis, by its URL.
    Redis(String),
}

impl Place {
    /// Reads the flag. The fault does not repeat what was given.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        match kind {
            "memory" if text == kind => Ok(Self::Memory),
            "sqlite" if !rest.is_empty() => Ok(Self::Sqlite(rest.into())),
            "postgres" | "postgresql" if rest.starts_with("//") => Ok(Self::Postgres(text.to_owned())),
            "redis" | "rediss" if rest.starts_with("//") => Ok(Self::Redis(text.to_owned())),
            _ => Err("--store: wanted memory, sqlite:PATH, postgres://... or redis://...".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_store_has_its_name() {
        assert!(matches!(Place::read("memory"), Ok(Place::Memory)));
        assert!(matches!(Place::read("sqlite:a:b.db"), Ok(Place::Sqlite(path)) if path.as_os_str() == "a:b.db"));
        for url in ["postgres://u:p@h/d", "postgresql://h/d"] {
            assert!(matches!(Place::read(url), Ok(Place::Postgres(read)) if read == url));
        }
        assert!(matches!(Place::read("redis://h:1/2"), Ok(Place::Redis(_))));
    }

    #[test]
    fn what_is_no_store_is_refused_and_not_repeated() {
        for text in ["paper", "", "sqlite:", "memory:", "postgress://u:hunter2@h/d", "redis:hunter2", "hunter2"] {
            let fault = Place::read(text).err().unwrap_or_default();
            assert!(fault.starts_with("--store: wanted") && !fault.contains("hunter2"), "{text}: {fault}");
        }
    }
}
