//! PNG answers as samples.

use crate::client::Answer;

/// A picture that was answered.
pub struct Png {
    pub width: usize,
    pub height: usize,
    /// 1 or 3.
    pub channels: usize,
    pub samples: Vec<u8>,
}

impl Png {
    /// The picture of an answer, which has to be one.
    pub fn of(answer: &Answer) -> Self {
        assert_eq!((answer.status, answer.content_type()), (200, "image/png"), "{}", answer.text());
        Self::decoded(&answer.body)
    }

    /// The picture that these bytes are.
    pub fn decoded(bytes: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
        let mut samples = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut samples).expect("a picture");
        samples.truncate(info.buffer_size());
        let (width, height) = (info.width as usize, info.height as usize);
        Self { width, height, channels: info.color_type.samples(), samples }
    }

    /// Samples of a pixel.
    pub fn at(&self, column: usize, row: usize) -> &[u8] {
        let place = (row * self.width + column) * self.channels;
        &self.samples[place..place + self.channels]
    }

    /// Whether there is any pixel as dark as ink.
    pub fn has_ink(&self) -> bool {
        self.samples.chunks_exact(self.channels).any(|pixel| pixel.iter().all(|sample| *sample < 90))
    }
}
