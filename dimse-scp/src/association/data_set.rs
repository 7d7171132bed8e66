//! Data sets that are small by nature: the Identifiers of queries, the attribute lists of N-services.

use ::data_set::{DataSet, Limits, ReadError, Reader};

use super::{Association, Piece};
use crate::message::Message;
use crate::upper_layer::End;

/// Longest data set that is read whole.
const LONGEST: usize = 1 << 20;
/// What reading one may come to. Long values are of no use in a query, nor are thousands of keys.
const LIMITS: Limits =
    Limits { depth: 16, elements: 4_096, value: LONGEST as u32, values: LONGEST as u32, fragments: 0 };

/// Why there is no data set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// None came, or only a part of it.
    #[error("the data set is missing or not complete")]
    Missing,
    /// It is longer than one of its kind can be, or has more elements.
    #[error("the data set is too long")]
    TooLong,
    /// It is none.
    #[error("{0}")]
    Malformed(ReadError),
}

impl From<ReadError> for Unreadable {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::TooManyElements(_) => Self::TooLong,
            other => Self::Malformed(other),
        }
    }
}

impl Association {
    /// Reads the message's data set whole, in the transfer syntax of its context.
    pub(crate) async fn data_set(&mut self, message: &Message) -> Result<Result<DataSet, Unreadable>, End> {
        self.data_set_within(message, LONGEST, LIMITS).await
    }

    /// The same for one that may have up to `longest` bytes and so many elements (Items count), because it lists many
    /// things. Who sends it has been found to be allowed to: it is held in memory.
    pub(crate) async fn data_set_up_to(
        &mut self,
        message: &Message,
        longest: usize,
        elements: u32,
    ) -> Result<Result<DataSet, Unreadable>, End> {
        let values = u32::try_from(longest).unwrap_or(u32::MAX);
        let limits = Limits { elements, values, ..LIMITS };
        self.data_set_within(message, longest, limits).await
    }

    async fn data_set_within(
        &mut self,
        message: &Message,
        longest: usize,
        limits: Limits,
    ) -> Result<Result<DataSet, Unreadable>, End> {
        let mut reader = Reader::of_data_set(&message.context.transfer_syntax, limits);
        let mut length = 0;
        loop {
            match self.data().await? {
                Piece::Bytes(bytes) => {
                    length += bytes.len();
                    if length > longest {
                        return Ok(Err(Unreadable::TooLong));
                    }
                    if let Err(error) = reader.push(&bytes) {
                        return Ok(Err(error.into()));
                    }
                }
                Piece::End if length == 0 => return Ok(Err(Unreadable::Missing)),
                Piece::End => return Ok(reader.finish().map_err(Unreadable::from)),
                Piece::Missing => return Ok(Err(Unreadable::Missing)),
            }
        }
    }
}
