//! Colour characteristics of pictures (PS3.18 §8.3.5.1.5, query parameter `iccprofile`).

use compute::Picture;
use compute::icc::{self, ColourSpace};

use crate::Failure;

/// Which ICC profile a picture is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// `no`, and when nothing is said: none.
    No,
    /// `yes`: the object's own; that of sRGB when it has none.
    Own,
    /// Colours are turned into this space.
    Space(ColourSpace),
}

impl Profile {
    /// Reads the value of `iccprofile`.
    pub fn read(value: Option<&str>) -> Result<Self, Failure> {
        Ok(match value {
            None | Some("no") => Self::No,
            Some("yes") => Self::Own,
            Some("srgb") => Self::Space(ColourSpace::Srgb),
            Some("adobergb") => Self::Space(ColourSpace::AdobeRgb),
            Some("rommrgb") => Self::Space(ColourSpace::RommRgb),
            Some("displayp3") => Self::Space(ColourSpace::DisplayP3),
            Some(_) => {
                let words = "iccprofile must be no, yes, srgb, adobergb, rommrgb or displayp3";
                return Err(Failure::BadRequest(words.into()));
            }
        })
    }

    /// The picture in its colour space, and the profile that tells which; `own` is the object's. Grey becomes RGB: a
    /// profile of three primaries does not describe one channel.
    pub fn apply(self, picture: Picture, own: Option<&[u8]>) -> Result<(Picture, Option<Vec<u8>>), Failure> {
        let own = own.filter(|profile| picture.channels == 3 && icc::is_rgb_profile(profile));
        let space = match self {
            Self::No => return Ok((picture, None)),
            Self::Own => {
                let profile = own.map_or_else(|| ColourSpace::Srgb.profile(), <[u8]>::to_vec);
                return Ok((in_colour(picture), Some(profile)));
            }
            Self::Space(space) => space,
        };
        let mut picture = in_colour(picture);
        let as_it_is = own.is_none() && space == ColourSpace::Srgb;
        if !as_it_is && !icc::convert(&mut picture.samples, own, space) {
            return Err(Failure::NotAcceptable(
                "the ICC profile of the object cannot be used: ask for iccprofile=yes".into(),
            ));
        }
        Ok((picture, Some(space.profile())))
    }
}

fn in_colour(picture: Picture) -> Picture {
    if picture.channels != 1 {
        return picture;
    }
    let samples = picture.samples.iter().flat_map(|level| [*level; 3]).collect();
    Picture { channels: 3, samples, ..picture }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey() -> Picture {
        Picture { width: 2, height: 1, channels: 1, samples: vec![0, 255] }
    }

    #[test]
    fn grey_becomes_colour_where_a_profile_is_wanted() {
        assert_eq!(Profile::No.apply(grey(), None).unwrap(), (grey(), None));
        let (picture, profile) = Profile::Own.apply(grey(), Some(&[9; 200])).unwrap();
        assert_eq!((picture.channels, picture.samples), (3, vec![0, 0, 0, 255, 255, 255]));
        assert_eq!(profile, Some(ColourSpace::Srgb.profile()));
    }

    #[test]
    fn colours_keep_their_own_profile_or_are_turned() {
        let picture = Picture { width: 1, height: 1, channels: 3, samples: vec![255, 0, 0] };
        let own = ColourSpace::DisplayP3.profile();
        assert_eq!(Profile::Own.apply(picture.clone(), Some(&own)).unwrap(), (picture.clone(), Some(own.clone())));
        let (turned, profile) = Profile::Space(ColourSpace::RommRgb).apply(picture.clone(), Some(&own)).unwrap();
        assert!(turned.samples != picture.samples && profile == Some(ColourSpace::RommRgb.profile()));
        let broken = [&own[..128], &[0; 100]].concat();
        assert!(Profile::Space(ColourSpace::Srgb).apply(picture, Some(&broken)).is_err());
    }

    #[test]
    fn knows_the_values_of_the_standard() {
        assert_eq!(Profile::read(Some("adobergb")).unwrap(), Profile::Space(ColourSpace::AdobeRgb));
        assert!(Profile::read(Some("")).is_err() && Profile::read(Some("sRGB")).is_err());
    }
}
