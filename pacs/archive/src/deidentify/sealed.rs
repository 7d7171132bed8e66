//! The place where a page of matches begins, as somebody carries it who may not read it: it holds dates and UIDs as they
//! are stored. Sealed with the archive's secret, in a form that is the same each time (a synthetic initialisation vector).

use std::fmt::Write;

use super::secret::Secret;

const TAG: usize = 16;

/// A token in hexadecimal digits.
pub(super) fn seal(secret: &Secret, token: &str) -> String {
    let mut tag = [0; TAG];
    secret.fill("token", token.as_bytes(), &mut tag);
    let mut text = token.as_bytes().to_vec();
    mask(secret, &tag, &mut text);
    tag.iter().chain(&text).fold(String::with_capacity(2 * (TAG + text.len())), |mut sealed, byte| {
        let _ = write!(sealed, "{byte:02x}");
        sealed
    })
}

/// What was sealed; nothing when it was not sealed here.
pub(super) fn open(secret: &Secret, sealed: &str) -> Option<String> {
    if !sealed.is_ascii() || sealed.len() % 2 == 1 {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..sealed.len()).step_by(2).map(|at| u8::from_str_radix(&sealed[at..at + 2], 16).ok()).collect();
    let mut bytes = bytes?;
    if bytes.len() < TAG {
        return None;
    }
    let mut text = bytes.split_off(TAG);
    let tag: [u8; TAG] = bytes.try_into().ok()?;
    mask(secret, &tag, &mut text);
    let mut right = [0; TAG];
    secret.fill("token", &text, &mut right);
    (right == tag).then(|| String::from_utf8(text).ok())?
}

fn mask(secret: &Secret, tag: &[u8; TAG], text: &mut [u8]) {
    let mut stream = vec![0; text.len()];
    secret.fill("token stream", tag, &mut stream);
    text.iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sealed_here_is_opened() {
        let secret = Secret::new([7; 32]);
        let sealed = seal(&secret, "20240101 1.2.3");
        assert_eq!(open(&secret, &sealed).as_deref(), Some("20240101 1.2.3"));
        assert!(!sealed.contains("3230323430313031"), "{sealed}");
        let mut changed = sealed.clone();
        changed.replace_range(40..41, if &sealed[40..41] == "0" { "1" } else { "0" });
        for wrong in ["", "00", "zz", "é", &changed, &sealed[2..], "3230323430313031"] {
            assert_eq!(open(&secret, wrong), None, "{wrong}");
        }
        assert_eq!(open(&Secret::new([8; 32]), &sealed), None);
    }
}
