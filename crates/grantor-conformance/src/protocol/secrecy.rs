use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use crate::{
    Broken, Handles, Verdict,
    broken::ensure,
    kit::{Answer, World},
};

/// A dump of the store, taken while every kind of credential is out, holds none of them: not as text, not in part,
/// not as bytes, hex or base64. `dump` returns everything that is stored, in whatever form.
///
/// ST-14
///
/// # Errors
/// [`Broken`], naming the kind.
pub async fn a_dump_holds_no_credential(handles: &Handles, dump: impl AsyncFnOnce() -> Vec<u8>) -> Verdict {
    let world = World::new(handles)?;
    let mut handed = vec![("ticket", world.parked().await?.ticket().to_owned()), ("code", world.code().await?)];
    let tokens = world.tokens().await?;
    let refreshed = world.refresh(0, &tokens.good("refresh_token")?).await;
    for answer in [&tokens, &refreshed] {
        handed.extend(credentials(answer)?);
    }
    let dump = dump().await;
    ensure!(!dump.is_empty(), "there are grants, and the dump is empty");
    for (kind, text) in handed {
        for form in forms(&text)? {
            ensure!(!holds(&dump, &form), "the dump holds a {kind}");
        }
    }
    Ok(())
}

fn credentials(answer: &Answer) -> Result<[(&'static str, String); 2], Broken> {
    Ok([("refresh token", answer.good("refresh_token")?), ("access token", answer.good("access_token")?)])
}

/// The secret of a credential in every form in which it might be kept. Behind the prefix stands the grant's id, which is no
/// secret, and so the first bytes are not looked for.
fn forms(text: &str) -> Result<Vec<Vec<u8>>, Broken> {
    let unreadable = || Broken::because("a credential in a form that the suite does not know");
    let body = text.splitn(3, '_').nth(2).ok_or_else(unreadable)?;
    let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| unreadable())?;
    // A refresh token has four bytes of generation between its grant's id and its secret.
    let secret = bytes.get(20..48).ok_or_else(unreadable)?;
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let upper = hex.to_uppercase();
    let mut forms = vec![secret.to_vec(), hex.into_bytes(), upper.into_bytes(), body.as_bytes().to_vec()];
    for from in 0..3 {
        // Base64 looks different at each of three offsets; whole groups of it are sought.
        let whole = secret.get(from..from + 24).ok_or_else(unreadable)?;
        forms.push(URL_SAFE_NO_PAD.encode(whole).into_bytes());
        forms.push(STANDARD_NO_PAD.encode(whole).into_bytes());
    }
    Ok(forms)
}

fn holds(dump: &[u8], form: &[u8]) -> bool {
    dump.windows(form.len()).any(|window| window == form)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ST-14
    #[test]
    fn a_credential_is_found_in_whatever_form_it_was_kept() -> Verdict {
        let bytes: [u8; 68] = std::array::from_fn(|at| u8::try_from(at * 3 + 1).unwrap_or(0));
        let text = format!("gr_r_{}", URL_SAFE_NO_PAD.encode(bytes));
        let hex = |upper: bool| bytes.map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).concat();
        let mut dumps = vec![text.clone().into_bytes(), bytes.to_vec(), hex(false).into_bytes(), hex(true).into_bytes()];
        for before in 0..3 {
            let row = [vec![7; before], bytes.to_vec(), vec![9; 5]].concat();
            dumps.extend([URL_SAFE_NO_PAD.encode(&row), STANDARD_NO_PAD.encode(&row)].map(String::into_bytes));
        }
        for (number, dump) in dumps.into_iter().enumerate() {
            let dump = [b"before".as_slice(), &dump, b"after"].concat();
            ensure!(forms(&text)?.iter().any(|form| holds(&dump, form)), "form {number} was not found");
        }
        let digest = grantor_core::types::Digest::of(&[&bytes]);
        ensure!(!forms(&text)?.iter().any(|form| holds(digest.as_bytes(), form)), "a digest was taken for the credential");
        Ok(())
    }
}
