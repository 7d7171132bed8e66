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
    use crate::format::tests::{colour, grey};

    /// 32 × 32 signed samples of 12 bits, lossless: each row runs from −1600 in steps of 100.
    const RAMP: &str = "ff4fff5100290000000000200000002000000000000000000000002000000020000000000000000000018b0101ff52000c\
        00000001000504040001ff5c00134060686870686870686870686870686870ff640025000143726561746564206279204f70656e4a504547\
        2076657273696f6e20322e352e32ff90000a0000000000490001ff93c7ec040590c7f204000005c3f605000cf6f8fbdfc1f98300221877c4\
        d23dc0fc028036a1853918105a3c234fc07da1605fa7c732b98ea8060a99a1ffd9";

    /// 32 × 32 pixels of 8 bits, lossless with the codec's colour transform: (8 × column, 200, row).
    const COLOUR: &str = "ff4fff51002f000000000020000000200000000000000000000000200000002000000000000000000003070101070101070101\
        ff52000c00000001010504040001ff5c00134040484850484850484850484850484850ff640025000143726561746564206279204f70656e\
        4a5045472076657273696f6e20322e352e32ff90000a0000000000950001ff93c0f84108df8010067fcfb40409c3ea0280f84100043f03a0\
        f9c100043fcfc008045fc1f3848074200d01ff7f0b3ba07c80c00b3d7fc7da06000d0205c0f902401100221a085f037fa03e10c0037fbfc3\
        ea0500221a085d8fc07c220036a19abfa01d0c3da633c1f3870036a199ae63a35fc03a205fa7c787a008c09dac29c0f902805fa7c788b7ff\
        d9";

    fn bytes(hexadecimal: &str) -> Vec<u8> {
        (0..hexadecimal.len()).step_by(2).map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn signed_samples_come_back_exactly() {
        let format = FrameFormat { signed: true, bits_stored: 12, ..grey(32, 32, 16) };
        let row: Vec<u8> = (0..32_i16).flat_map(|column| (column * 100 - 1600).to_le_bytes()).collect();
        assert_eq!(decode(&bytes(RAMP), &format).map(|s| s.bytes), Ok(row.repeat(32)));
    }

    #[test]
    fn the_codec_s_colour_transform_is_undone() {
        let samples = decode(&bytes(COLOUR), &colour(32, 32, "YBR_RCT")).unwrap();
        let pixels = (0..32_u8).flat_map(|row| (0..32_u8).flat_map(move |column| [column * 8, 200, row]));
        assert_eq!(samples.photometric, "RGB");
        assert_eq!(samples.bytes, pixels.collect::<Vec<u8>>());
    }

    #[test]
    fn refuses_another_size_another_depth_and_cut_codestreams() {
        let ramp = bytes(RAMP);
        let format = FrameFormat { signed: true, bits_stored: 12, ..grey(32, 32, 16) };
        assert!(decode(&ramp, &FrameFormat { rows: 31, ..format.clone() }).is_err());
        assert!(decode(&ramp, &FrameFormat { bits_allocated: 8, ..format.clone() }).is_err());
        assert!(decode(&ramp, &FrameFormat { samples: 3, ..format.clone() }).is_err());
        for length in 0..ramp.len() - 20 {
            assert!(decode(&ramp[..length], &format).is_err(), "{length}");
        }
        // No tile at all, but an end: the library calls that a success.
        assert!(decode(&[&ramp[..112], b"\xff\xd9"].concat(), &format).is_err());
    }

    #[test]
    fn refuses_what_is_no_codestream() {
        for frame in [&b""[..], b"\xff\x4f\xff\x51", &[0xff; 100], b"\0\0\0\x0cjP  \r\n\x87\n"] {
            assert!(decode(frame, &grey(4, 4, 8)).is_err());
        }
    }
}
