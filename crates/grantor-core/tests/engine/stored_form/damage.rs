//! Golden files that were damaged: cut at every byte, and with every bit turned over.

use grantor_core::grant::Grant;

use super::golden;

const NAMES: [&str; 7] = ["waiting", "parked", "approved", "active", "refreshed", "ended", "denied"];

/// ST-11, TH-10
#[test]
fn a_grant_that_was_cut_or_has_something_behind_it_is_none() {
    for name in NAMES {
        let bytes = golden(name);
        for length in 0..bytes.len() {
            assert!(Grant::decode(&bytes[..length]).is_err(), "{length} bytes of the {name} grant");
        }
        for byte in [0, 1, 0xff] {
            assert!(Grant::decode(&[&bytes[..], &[byte]].concat()).is_err(), "the {name} grant and {byte}");
        }
    }
}

/// ST-11, TH-10
#[test]
fn a_grant_with_a_bit_turned_over_is_none_or_is_written_as_it_was_read() {
    for name in ["parked", "refreshed", "denied"] {
        let bytes = golden(name);
        let mut refused = 0;
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            match Grant::decode(&damaged).map(|grant| grant.encode()) {
                Err(_) => refused += 1,
                Ok(written) => assert!(written == damaged, "bit {bit} of the {name} grant is read and not written"),
            }
        }
        // Lengths, counts and kinds are bound to each other; ids, digests and most instants are not.
        assert!(refused > bytes.len() / 4, "{refused} of the {name} grant");
    }
}
