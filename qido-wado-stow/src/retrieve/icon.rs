//! Icons for what has no picture of its own (PS3.18 §10.4.1.1.4): a thumbnail that tells what kind of object it stands for.

use archive::StoredInstance;
use archive::render::{document_media_type, is_presentation_state, is_report};
use compute::draw::{self, Point};
use compute::{Picture, scale};

/// Side on which icons are drawn; they are scaled to what is wanted.
const SIDE: u32 = 256;
const PAPER: [u8; 3] = [245, 245, 245];
const GROUND: [u8; 3] = [38, 50, 64];
const INK: [u8; 3] = [70, 80, 92];
const RED: [u8; 3] = [200, 48, 48];
const BLUE: [u8; 3] = [96, 165, 250];
const LINE: f64 = 10.0;

/// What an icon stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Icon {
    Report,
    Document,
    Waveform,
    PresentationState,
    RadioTherapy,
    Video,
    /// An image that cannot be shown.
    Image,
    Other,
}

impl Icon {
    /// The icon of an Instance.
    pub fn of(instance: &StoredInstance) -> Self {
        let class = instance.sop_class.strip_prefix("1.2.840.10008.5.1.4.1.1.").unwrap_or_default();
        let is_video = crate::transfer_syntax::media_type(&instance.transfer_syntax).starts_with("video/");
        match instance.frame_count {
            1.. if is_video => Icon::Video,
            1.. => Icon::Image,
            0 if is_report(&instance.sop_class) => Icon::Report,
            0 if is_presentation_state(&instance.sop_class) => Icon::PresentationState,
            0 if document_media_type(&instance.sop_class).is_some() => Icon::Document,
            // Waveforms, and spectra.
            0 if class.starts_with("9.") || class == "4.2" => Icon::Waveform,
            0 if class.starts_with("481.") => Icon::RadioTherapy,
            0 => Icon::Other,
        }
    }

    /// The icon as a square picture within a viewport.
    pub fn picture(self, viewport: (u32, u32)) -> Picture {
        let count = (SIDE * SIDE) as usize;
        let mut picture = Picture { width: SIDE, height: SIDE, channels: 3, samples: GROUND.repeat(count) };
        match self {
            Icon::Report => report(&mut picture),
            Icon::Document => document(&mut picture),
            Icon::Waveform => waveform(&mut picture),
            Icon::PresentationState => presentation_state(&mut picture),
            Icon::RadioTherapy => target(&mut picture),
            Icon::Video => video(&mut picture),
            Icon::Image => image(&mut picture),
            Icon::Other => page(&mut picture),
        }
        let (width, height) = scale::fit(SIDE, SIDE, viewport);
        scale::scale(&picture, width, height)
    }
}

/// A sheet with a folded corner.
fn page(picture: &mut Picture) {
    draw::polygon(picture, &[(60.0, 28.0), (156.0, 28.0), (196.0, 68.0), (196.0, 228.0), (60.0, 228.0)], PAPER);
    draw::polyline(picture, &[(156.0, 28.0), (156.0, 68.0), (196.0, 68.0)], 4.0, INK);
}

fn report(picture: &mut Picture) {
    page(picture);
    for (row, end) in [(96.0, 176.0), (124.0, 176.0), (152.0, 150.0), (180.0, 176.0), (208.0, 120.0)] {
        draw::line(picture, (80.0, row), (end, row), LINE, INK);
    }
}

fn document(picture: &mut Picture) {
    page(picture);
    draw::polygon(picture, &[(40.0, 140.0), (216.0, 140.0), (216.0, 190.0), (40.0, 190.0)], RED);
    for row in [88.0, 112.0] {
        draw::line(picture, (80.0, row), (176.0, row), LINE, INK);
    }
}

/// Two beats of a heart.
fn waveform(picture: &mut Picture) {
    for place in (28..256).step_by(40).map(f64::from) {
        draw::line(picture, (place, 0.0), (place, 255.0), 1.0, INK);
        draw::line(picture, (0.0, place), (255.0, place), 1.0, INK);
    }
    let beat: [Point; 9] = [
        (0.0, 140.0),
        (24.0, 140.0),
        (34.0, 124.0),
        (44.0, 140.0),
        (56.0, 152.0),
        (68.0, 48.0),
        (80.0, 190.0),
        (90.0, 140.0),
        (118.0, 140.0),
    ];
    for shift in [8.0, 126.0] {
        let points: Vec<Point> = beat.iter().map(|(x, y)| (x + shift, *y)).collect();
        draw::polyline(picture, &points, 6.0, BLUE);
    }
}

/// Half black, half white: contrast.
fn presentation_state(picture: &mut Picture) {
    let circle = draw::ellipse((128.0, 128.0), (84.0, 0.0), (0.0, 84.0));
    draw::polygon(picture, &circle, PAPER);
    let half: Vec<Point> = circle.iter().map(|(x, y)| (x.max(128.0), *y)).collect();
    draw::polygon(picture, &half, [0; 3]);
    draw::polyline(picture, &circle, LINE, PAPER);
}

fn target(picture: &mut Picture) {
    for radius in [84.0, 44.0] {
        draw::polyline(picture, &draw::ellipse((128.0, 128.0), (radius, 0.0), (0.0, radius)), LINE, PAPER);
    }
    draw::line(picture, (128.0, 20.0), (128.0, 236.0), 6.0, RED);
    draw::line(picture, (20.0, 128.0), (236.0, 128.0), 6.0, RED);
}

fn video(picture: &mut Picture) {
    frame(picture);
    draw::polygon(picture, &[(104.0, 84.0), (176.0, 128.0), (104.0, 172.0)], BLUE);
}

/// A landscape, crossed out.
fn image(picture: &mut Picture) {
    frame(picture);
    draw::polyline(
        picture,
        &[(44.0, 180.0), (100.0, 112.0), (140.0, 156.0), (172.0, 124.0), (212.0, 172.0)],
        LINE,
        BLUE,
    );
    draw::line(picture, (36.0, 220.0), (220.0, 36.0), LINE, RED);
}

fn frame(picture: &mut Picture) {
    let corners = [(32.0, 56.0), (224.0, 56.0), (224.0, 200.0), (32.0, 200.0), (32.0, 56.0)];
    draw::polyline(picture, &corners, LINE, PAPER);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_differs_from_the_others_and_fits() {
        let all = [
            Icon::Report,
            Icon::Document,
            Icon::Waveform,
            Icon::PresentationState,
            Icon::RadioTherapy,
            Icon::Video,
            Icon::Image,
            Icon::Other,
        ];
        let pictures: Vec<Picture> = all.iter().map(|icon| icon.picture((128, 64))).collect();
        for (place, picture) in pictures.iter().enumerate() {
            assert_eq!((picture.width, picture.height), (64, 64));
            assert!(pictures[..place].iter().all(|other| other.samples != picture.samples), "{:?}", all[place]);
        }
    }
}
