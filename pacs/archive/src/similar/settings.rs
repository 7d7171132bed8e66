//! What can be chosen of descriptors.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// A kind of images that are described beside radiograms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    /// CT, MR, PET …: the middle slice of a series, and its projections.
    Tomogram,
    /// Ultrasound images of one frame.
    Ultrasound,
    /// Photographs, screenshots and all other images of one frame.
    Other,
}

impl ImageKind {
    /// The kind's name, as the index and the configuration have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tomogram => "tomogram",
            Self::Ultrasound => "ultrasound",
            Self::Other => "other",
        }
    }
}

impl FromStr for ImageKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = [Self::Tomogram, Self::Ultrasound, Self::Other];
        known.into_iter().find(|kind| kind.word() == word).ok_or_else(|| {
            format!("there is no kind '{word}' to describe: tomogram, ultrasound and other are (radiograms always are)")
        })
    }
}

/// What can be chosen of descriptors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimilarSettings {
    /// Images that are described beside radiograms.
    pub kinds: Vec<ImageKind>,
    /// Folder of the store of descriptors, which is made anew from the database when it is lost; `None`: `descriptors` in
    /// the folder of the storage node.
    pub folder: Option<PathBuf>,
    /// A series is left alone until nothing was stored into it for so long.
    pub quiet: Duration,
}

impl Default for SimilarSettings {
    fn default() -> Self {
        Self { kinds: vec![ImageKind::Tomogram], folder: None, quiet: Duration::from_secs(2) }
    }
}
