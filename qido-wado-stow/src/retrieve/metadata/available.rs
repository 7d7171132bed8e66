//! Available Transfer Syntax UID (0008,3002) in metadata (PS3.18 §10.4.1.1.2): a viewer that knows how an object is stored
//! asks for frames that way, and gets them without work.
//!
//! How an object is stored is in the index, not in its metadata; so the attribute is put into their text, in its place:
//! attributes of a DICOM JSON object are in order (§F.2.2).

use bytes::BytesMut;

const KEY: &[u8] = b"00083002";

/// Where the attribute goes in the object's text; `None` when it is there already, or the text is no object.
pub(super) fn place(json: &[u8]) -> Option<usize> {
    let mut key = 1;
    loop {
        match json.get(key)? {
            b'}' => return Some(key),
            b'"' => match json.get(key + 1..key + 9)? {
                this if this == KEY => return None,
                this if this > KEY => return Some(key),
                _ => {}
            },
            _ => return None,
        }
        let end = end_of_member(json, key)?;
        match json.get(end)? {
            b',' => key = end + 1,
            _ => return Some(end),
        }
    }
}

/// The comma or brace after the member of the outermost object that begins at `start`.
fn end_of_member(json: &[u8], start: usize) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (place, byte) in json.iter().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b',' | b'}' if depth == 0 => return Some(place),
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// Appends the attribute between what was appended before and `rest`.
pub(super) fn append(piece: &mut BytesMut, transfer_syntax: &str, rest: &[u8]) {
    let is_last = rest.first() == Some(&b'}');
    if is_last && piece.last().is_some_and(|byte| *byte != b'{') {
        piece.extend_from_slice(b",");
    }
    piece.extend_from_slice(br#""00083002":{"vr":"UI","Value":[""#);
    piece.extend_from_slice(transfer_syntax.as_bytes());
    piece.extend_from_slice(if is_last { br#""]}"# } else { br#""]},"# });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(json: &str) -> String {
        let Some(place) = place(json.as_bytes()) else { return json.to_owned() };
        let mut piece = BytesMut::from(&json.as_bytes()[..place]);
        append(&mut piece, "1.2", &json.as_bytes()[place..]);
        piece.extend_from_slice(&json.as_bytes()[place..]);
        String::from_utf8(piece.to_vec()).unwrap()
    }

    const AVAILABLE: &str = r#""00083002":{"vr":"UI","Value":["1.2"]}"#;

    #[test]
    fn stands_in_order() {
        let before = r#""00080018":{"vr":"UI","Value":["1"]}"#;
        let after = r#""00100010":{"vr":"PN","Value":[{"Alphabetic":"a\",}\\"}]}"#;
        assert_eq!(with("{}"), format!("{{{AVAILABLE}}}"));
        assert_eq!(with(&format!("{{{after}}}")), format!("{{{AVAILABLE},{after}}}"));
        assert_eq!(with(&format!("{{{before}}}")), format!("{{{before},{AVAILABLE}}}"));
        assert_eq!(with(&format!("{{{before},{after}}}")), format!("{{{before},{AVAILABLE},{after}}}"));
    }

    #[test]
    fn leaves_alone_what_has_it_or_is_no_object() {
        let own = r#"{"00083002":{"vr":"UI"}}"#;
        for json in [own, "", "[]", "{", r#"{"0008"#, r#"{"00080018":{"#] {
            assert_eq!(with(json), json);
        }
    }
}
