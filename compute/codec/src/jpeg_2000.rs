//! JPEG 2000 and High-Throughput JPEG 2000, by OpenJPEG.

use crate::openjpeg::{Component, Decoder};
use crate::samples::pack;
use crate::{CodecError, FrameFormat, Samples};

/// Decodes a frame: a bare codestream, or one in a JP2 container (which the Standard forbids and some devices send).
///
/// The codec undoes its own colour transform, so that YBR_RCT and YBR_ICT come out as RGB; subsampled components are
/// repeated, so that YBR_FULL_422 comes out as YBR_FULL.
pub(crate) fn decode(frame: &[u8], format: &FrameFormat) -> Result<Samples, CodecError> {
    let mut decoder = Decoder::open(frame)?;
    let size = decoder.size();
    let precision = decoder.precision();
    format.expect(size.width, size.height, size.components, precision)?;
    let components = decoder.decode()?;
    let photometric = match format.photometric.as_str() {
        "YBR_RCT" | "YBR_ICT" => "RGB",
        "YBR_FULL_422" => "YBR_FULL",
        other => other,
    };
    let (columns, rows) = (format.columns as usize, format.rows as usize);
    if let [only] = components.as_slice()
        && only.width == columns
    {
        return Ok(pack(only.values.iter().copied(), precision, format, photometric));
    }
    let values = (0..rows).flat_map(|row| {
        let components = &components;
        (0..columns).flat_map(move |column| components.iter().map(move |component| at(component, column, row)))
    });
    Ok(pack(values, precision, format, photometric))
}

/// The value of a (maybe subsampled) component at a pixel.
fn at(component: &Component<'_>, column: usize, row: usize) -> i32 {
    let x = (column / component.dx).min(component.width - 1);
    let y = (row / component.dy).min(component.height - 1);
    component.values[y * component.width + x]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::grey;

    #[test]
    fn refuses_what_is_no_codestream() {
        for frame in [&b""[..], b"\xff\x4f\xff\x51", &[0xff; 100], b"\0\0\0\x0cjP  \r\n\x87\n"] {
            assert!(decode(frame, &grey(4, 4, 8)).is_err());
        }
    }
}
