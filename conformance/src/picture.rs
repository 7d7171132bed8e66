//! What a check needs to know of a picture: its size, and the samples of a PNG.

/// Width and height of a JPEG, PNG or GIF.
pub fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.starts_with(b"\x89PNG") {
        let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        return Some((number(16)?, number(20)?));
    }
    if bytes.starts_with(b"GIF8") {
        let number = |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
        return Some((number(6)?, number(8)?));
    }
    jpeg_size(bytes)
}

/// From the frame header (SOF) of a JPEG.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    if number(0)? != 0xffd8 {
        return None;
    }
    let mut at = 2;
    loop {
        match number(at)? {
            0xffc0..=0xffc3 => return Some((u32::from(number(at + 7)?), u32::from(number(at + 5)?))),
            0xff01 | 0xffff => at += 1,
            _ => at += 2 + usize::from(number(at + 2)?),
        }
    }
}

/// The samples of a PNG in 8 bits, and how many there are for each pixel.
pub fn png_samples(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let mut samples = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut samples).ok()?;
    samples.truncate(info.buffer_size());
    Some((samples, info.color_type.samples()))
}
