//! What a check needs to know of a PS3.10 file that a server sent: its transfer syntax, and how it ends.

/// Transfer Syntax UID (0002,0010) of the file meta information; `None` when these are no PS3.10 bytes.
pub fn transfer_syntax(file: &[u8]) -> Option<String> {
    if file.get(128..132)? != b"DICM" {
        return None;
    }
    let meta = file.get(132..file.len().min(132 + 4096))?;
    let at = meta.windows(6).position(|window| window == b"\x02\0\x10\0UI")?;
    let length = usize::from(u16::from_le_bytes([*meta.get(at + 6)?, *meta.get(at + 7)?]));
    let value = meta.get(at + 8..at + 8 + length)?;
    Some(String::from_utf8_lossy(value).trim_end_matches(['\0', ' ']).to_owned())
}

/// The data set: what follows the file meta information, whose length stands in its first element.
pub fn data_set(file: &[u8]) -> Option<&[u8]> {
    if file.get(128..140)? != b"DICM\x02\0\0\0UL\x04\0" {
        return None;
    }
    let length = u32::from_le_bytes(file.get(140..144)?.try_into().ok()?);
    file.get(144 + usize::try_from(length).ok()?..)
}
