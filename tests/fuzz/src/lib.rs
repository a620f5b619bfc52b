//! What the fuzz targets do with their bytes.
//!
//! A target is a function of bytes that panics where the library breaks a promise. What it may promise is judged by second,
//! independent readings, written from the RFCs and not from the library: [`reading`] and [`uri`]. All servers are real ones,
//! in memory, whose clock and dice are the target's, so that an input does the same each time.
//!
//! `fuzz_targets/` hands these functions to the fuzzer, and the test below hands them every committed seed.

mod answer;
mod authorize;
mod basic;
mod params;
mod reading;
mod redirect_uri;
mod stored;
mod token;
mod uri;
mod world;

pub use authorize::authorize;
pub use basic::basic;
pub use params::params;
pub use redirect_uri::redirect_uri;
pub use stored::stored;
pub use token::token;

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    fn every_seed(target: &str, run: fn(&[u8])) {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
        let seeds: Vec<_> = fs::read_dir(place).unwrap().map(|seed| seed.unwrap().path()).collect();
        assert!(!seeds.is_empty());
        for seed in seeds {
            println!("{}", seed.display());
            run(&fs::read(seed).unwrap());
        }
    }

    #[test]
    fn every_seed_keeps_the_promises() {
        every_seed("params", super::params);
        every_seed("authorize", super::authorize);
        every_seed("token", super::token);
        every_seed("basic", super::basic);
        every_seed("redirect_uri", super::redirect_uri);
        every_seed("stored", super::stored);
    }
}
