//! What A-ASSOCIATE-RQ and -AC have in common on their way in (PS3.8 §9.3.2, §9.3.3): fixed fields, then items.

use bytes::{Bytes, BytesMut};
use dicom_ul::pdu::UserVariableItem;

use super::End;
use crate::connection::Connection;

/// Largest of them: 128 presentation contexts of 45 transfer syntaxes of the longest UIDs fit in half of it.
pub(crate) const LARGEST: u32 = 1 << 20;
/// Length of a PDU's header: type, reserved, length.
const HEADER: usize = 6;
/// Bytes before the items: header, protocol version, titles, reserved.
pub(crate) const FIXED: usize = HEADER + 68;

/// The header of a PDU.
pub(crate) struct Header([u8; HEADER]);

impl Header {
    /// Reads one.
    pub(crate) async fn read(connection: &mut Connection) -> Result<Self, End> {
        Ok(Self(connection.take_array().await?))
    }

    /// PDU type.
    pub(crate) fn kind(&self) -> u8 {
        self.0[0]
    }

    /// Bytes after the header.
    pub(crate) fn length(&self) -> u32 {
        u32::from_be_bytes([self.0[2], self.0[3], self.0[4], self.0[5]])
    }

    /// The whole PDU, the header included. Its length has been looked at.
    pub(crate) async fn whole(&self, connection: &mut Connection) -> Result<BytesMut, End> {
        let mut pdu = BytesMut::from(&self.0[..]);
        let mut left = self.length() as usize;
        while left > 0 {
            let some = connection.take_some(left).await?;
            left -= some.len();
            pdu.extend_from_slice(&some);
        }
        Ok(pdu)
    }
}

/// A whole PDU without the items that are not wanted: `keep` is given each, from its type on. None when an item is cut off.
pub(crate) fn only(pdu: &[u8], keep: impl Fn(u8, &[u8]) -> bool) -> Option<Bytes> {
    let (fixed, mut items) = pdu.split_at_checked(FIXED)?;
    let mut kept = BytesMut::with_capacity(pdu.len());
    kept.extend_from_slice(fixed);
    while let Some((&[kind, _, high, low], _)) = items.split_first_chunk::<4>() {
        let length = 4 + usize::from(u16::from_be_bytes([high, low]));
        let (item, rest) = items.split_at_checked(length)?;
        if keep(kind, item) {
            kept.extend_from_slice(item);
        }
        items = rest;
    }
    let length = u32::try_from(kept.len() - HEADER).ok()?;
    kept[2..HEADER].copy_from_slice(&length.to_be_bytes());
    Some(kept.freeze())
}

/// The peer's Maximum Length (PS3.8 §D.1); 0, for no limit, when it gives none.
pub(crate) fn max_length(items: &[UserVariableItem]) -> u32 {
    let length = items.iter().find_map(|item| match item {
        UserVariableItem::MaxLength(length) => Some(*length),
        _ => None,
    });
    length.unwrap_or(0)
}
