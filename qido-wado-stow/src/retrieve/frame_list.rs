//! Frame lists in a path (PS3.18 §10.4.1.1.6): `3,1,2000`, in the order asked.

use crate::Failure;

/// Most frames in one request; more than any path has room for in practice.
const MOST: usize = 16_384;

/// Reads a list of frame numbers counted from 1. 400 for what is no such number, 404 past the `last` frame.
pub(crate) fn read(text: &str, last: u32) -> Result<Vec<u32>, Failure> {
    let frames = text.split(',').map(number).collect::<Result<Vec<u32>, _>>()?;
    if frames.len() > MOST {
        return Err(Failure::BadRequest(format!("more than {MOST} frames in one request")));
    }
    match frames.iter().find(|frame| **frame > last) {
        None => Ok(frames),
        Some(frame) => Err(Failure::NotFound(format!("frame {frame} does not exist: the instance has {last} frames"))),
    }
}

fn number(text: &str) -> Result<u32, Failure> {
    let bad = || Failure::BadRequest("frames are listed by number, counted from 1, with commas between".into());
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad());
    }
    match text.parse().unwrap_or(u32::MAX) {
        0 => Err(bad()),
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;

    use super::*;

    fn status(text: &str) -> u16 {
        read(text, 5).unwrap_err().status_code().as_u16()
    }

    #[test]
    fn keeps_the_order_asked() {
        assert_eq!(read("3,1,5,1", 5).unwrap(), [3, 1, 5, 1]);
    }

    #[test]
    fn refuses_what_is_no_frame_number() {
        for text in ["0", "-1", "abc", "", "1,", "1;2", "1.0", "+1", "0x1"] {
            assert_eq!(status(text), 400, "{text:?}");
        }
    }

    #[test]
    fn does_not_find_frames_past_the_last() {
        for text in ["6", "1,2000", "99999999999999999999"] {
            assert_eq!(status(text), 404, "{text:?}");
        }
    }
}
