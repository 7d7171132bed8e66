//! Images shown as presentation states say, with overlays and shutters.

use std::sync::Arc;

use archive::render::PresentationState;
use archive::{Error, RenderRequest, StoredInstance};

use crate::fixture::*;

const GRAYSCALE: &str = "1.2.840.10008.5.1.4.1.1.11.1";

/// 3 by 2 pixels of 8 bits: 0, 50, 100 above 150, 200, 250.
fn image() -> Object {
    Object::new("1.1")
        .with(0x0028, 0x0100, "US", 8u16.to_le_bytes())
        .with(0x0028, 0x0101, "US", 8u16.to_le_bytes())
        .with(0x7fe0, 0x0010, "OW", [0, 50, 100, 150, 200, 250])
}

fn sequence(items: &[Vec<u8>]) -> Vec<u8> {
    let item = |item: &Vec<u8>| [b"\xfe\xff\0\xe0", &(item.len() as u32).to_le_bytes()[..], item].concat();
    items.iter().flat_map(item).collect()
}

/// A presentation state of the image; its own modality transformation is none.
fn state() -> Object {
    let image = Object::default().with(0x0008, 0x1155, "UI", "1.1").data_set();
    let series =
        Object::default().with(0x0008, 0x1140, "SQ", sequence(&[image])).with(0x0020, 0x000e, "UI", SERIES).data_set();
    Object::default()
        .with(0x0008, 0x0016, "UI", GRAYSCALE)
        .with(0x0008, 0x0018, "UI", "1.2")
        .with(0x0008, 0x1115, "SQ", sequence(&[series]))
        .with(0x0020, 0x000d, "UI", STUDY)
        .with(0x0020, 0x000e, "UI", SERIES)
}

struct Shown {
    fixture: Fixture,
    image: StoredInstance,
}

impl Shown {
    async fn new(image: Object) -> Self {
        let fixture = Fixture::with(|settings| settings.duplicates = archive::DuplicatePolicy::Replace).await;
        fixture.store(&image.file()).await.result.expect("stored");
        let image = fixture.only("1.1").await;
        Self { fixture, image }
    }

    async fn state(&self, state: Object) -> Arc<PresentationState> {
        self.fixture.store(&state.file()).await.result.expect("stored");
        let instance = self.fixture.only("1.2").await;
        self.fixture.archive.presentation_state(&instance).await.map(Arc::new).expect("a presentation state")
    }

    async fn picture(&self, state: Option<Arc<PresentationState>>) -> Result<(u32, u32, Vec<u8>), Error> {
        let request = RenderRequest { presentation: state, ..RenderRequest::of_frame(1) };
        let picture = self.fixture.archive.render(&self.image, &request).await?;
        Ok((picture.width, picture.height, picture.samples))
    }

    async fn with(&self, state: Object) -> (u32, u32, Vec<u8>) {
        let state = self.state(state).await;
        self.picture(Some(state)).await.expect("a picture")
    }
}

#[tokio::test]
async fn what_the_state_says_takes_the_place_of_what_the_image_says() {
    let image = image().with(0x0028, 0x1050, "DS", "1").with(0x0028, 0x1051, "DS", "2");
    let shown = Shown::new(image).await;
    assert_eq!(shown.with(state()).await, (3, 2, vec![0, 50, 100, 150, 200, 250]));
    let inverse = state().with(0x2050, 0x0020, "CS", "INVERSE");
    assert_eq!(shown.with(inverse).await.2, [255, 205, 155, 105, 55, 5]);
    let window = Object::default()
        .with(0x0028, 0x1050, "DS", "100")
        .with(0x0028, 0x1051, "DS", "100")
        .with(0x0028, 0x1056, "CS", "LINEAR_EXACT")
        .data_set();
    let windowed = state().with(0x0028, 0x3110, "SQ", sequence(&[window]));
    assert_eq!(shown.with(windowed.clone()).await.2, [0, 0, 128, 255, 255, 255]);
    // A presentation LUT of three entries turns the window's grey around.
    let table = Object::default()
        .with(0x0028, 0x3002, "US", [3, 0, 0, 0, 8, 0])
        .with(0x0028, 0x3006, "OW", [9, 0, 7, 0, 5, 0])
        .data_set();
    let both = windowed.with(0x2050, 0x0010, "SQ", sequence(&[table]));
    assert_eq!(shown.with(both).await.2, [9, 9, 7, 5, 5, 5]);
    let rescaled = state().with(0x0028, 0x1052, "DS", "-10").with(0x0028, 0x1053, "DS", "2");
    assert_eq!(shown.with(rescaled).await.2, [0, 50, 100, 150, 200, 250]);
}

#[tokio::test]
async fn a_state_with_very_many_elements_shows_what_one_with_few_does() {
    let shown = Shown::new(image()).await;
    let inverse = || state().with(0x2050, 0x0020, "CS", "INVERSE");
    let expected = shown.with(inverse()).await;
    let items = crate::many_elements::items();
    assert_eq!(shown.with(inverse().with(0x0008, 0x1111, "SQ", &items)).await, expected);
    let state = inverse().with(0x0008, 0x1140, "SQ", items.repeat(2));
    shown.fixture.store(&state.file()).await.result.expect("stored");
    let refused = shown.fixture.archive.presentation_state(&shown.fixture.only("1.2").await).await;
    assert!(matches!(&refused, Err(Error::NotAcceptable(words)) if words.contains("elements")), "{refused:?}");
}

#[tokio::test]
async fn pictures_are_cut_turned_and_mirrored() {
    let shown = Shown::new(image()).await;
    let turned = state().with(0x0070, 0x0042, "US", 90u16.to_le_bytes());
    assert_eq!(shown.with(turned.clone()).await, (2, 3, vec![150, 0, 200, 50, 250, 100]));
    let mirrored = turned.with(0x0070, 0x0041, "CS", "Y");
    assert_eq!(shown.with(mirrored.clone()).await.2, [0, 150, 50, 200, 100, 250]);
    let corners = |first: [i32; 2], last: [i32; 2]| {
        let bytes = |corner: [i32; 2]| corner.map(i32::to_le_bytes).concat();
        let area = Object::default()
            .with(0x0070, 0x0052, "SL", bytes(first))
            .with(0x0070, 0x0053, "SL", bytes(last))
            .with(0x0070, 0x0102, "IS", "1\\1");
        sequence(&[area.data_set()])
    };
    let cut = state().with(0x0070, 0x005a, "SQ", corners([2, 1], [4, 1]));
    assert_eq!(shown.with(cut).await, (3, 1, vec![50, 100, 0]));
    let both = mirrored.with(0x0070, 0x005a, "SQ", corners([2, 1], [3, 2]));
    assert_eq!(shown.with(both).await, (2, 2, vec![50, 200, 100, 250]));
    let huge = state().with(0x0070, 0x005a, "SQ", corners([1, 1], [i32::MAX, i32::MAX]));
    let huge = shown.state(huge).await;
    assert!(matches!(shown.picture(Some(huge)).await, Err(Error::NotAcceptable(_))));
}

#[tokio::test]
async fn overlays_of_the_image_are_white_unless_a_state_leaves_them_out() {
    // Two by one pixels at the second column of the second row; only the second is set.
    let image = image()
        .with(0x6000, 0x0010, "US", 1u16.to_le_bytes())
        .with(0x6000, 0x0011, "US", 2u16.to_le_bytes())
        .with(0x6000, 0x0040, "CS", "G")
        .with(0x6000, 0x0050, "SS", [2, 0, 2, 0])
        .with(0x6000, 0x0100, "US", 1u16.to_le_bytes())
        .with(0x6000, 0x0102, "US", 0u16.to_le_bytes())
        .with(0x6000, 0x3000, "OW", [0b10, 0]);
    let shown = Shown::new(image).await;
    assert_eq!(shown.picture(None).await.expect("a picture").2, [0, 50, 100, 150, 200, 255]);
    assert_eq!(shown.with(state()).await.2[5], 250);
    let layer = Object::default().with(0x0070, 0x0002, "CS", "ONE").with(0x0070, 0x0066, "US", 0u16.to_le_bytes());
    let active = state().with(0x6000, 0x1001, "CS", "ONE").with(0x0070, 0x0060, "SQ", sequence(&[layer.data_set()]));
    assert_eq!(shown.with(active).await.2[5], 0);
}

#[tokio::test]
async fn shutters_and_annotations_lie_over_the_image() {
    let shown = Shown::new(image()).await;
    let shutter = state()
        .with(0x0018, 0x1600, "CS", "RECTANGULAR")
        .with(0x0018, 0x1602, "IS", "2")
        .with(0x0018, 0x1604, "IS", "3")
        .with(0x0018, 0x1606, "IS", "2")
        .with(0x0018, 0x1608, "IS", "2")
        .with(0x0018, 0x1622, "US", 0xffffu16.to_le_bytes());
    assert_eq!(shown.with(shutter).await.2, [255, 255, 255, 255, 200, 250]);
    let line = Object::default()
        .with(0x0070, 0x0005, "CS", "PIXEL")
        .with(0x0070, 0x0022, "FL", [0.5_f32, 0.5, 2.5, 0.5].map(f32::to_le_bytes).concat())
        .with(0x0070, 0x0023, "CS", "POLYLINE")
        .data_set();
    let annotation = Object::default().with(0x0070, 0x0009, "SQ", sequence(&[line])).data_set();
    let annotated = state().with(0x0070, 0x0001, "SQ", sequence(&[annotation]));
    assert_eq!(shown.with(annotated).await.2, [255, 255, 255, 150, 200, 250]);
}

#[tokio::test]
async fn text_is_written_at_its_place() {
    let large = Object::new("1.1")
        .with(0x0028, 0x0010, "US", 40u16.to_le_bytes())
        .with(0x0028, 0x0011, "US", 40u16.to_le_bytes())
        .with(0x0028, 0x0100, "US", 8u16.to_le_bytes())
        .with(0x0028, 0x0101, "US", 8u16.to_le_bytes())
        .with(0x7fe0, 0x0010, "OW", vec![7; 1600]);
    let shown = Shown::new(large).await;
    let text = Object::default()
        .with(0x0070, 0x0003, "CS", "DISPLAY")
        .with(0x0070, 0x0006, "ST", "a\r\nb")
        .with(0x0070, 0x0010, "FL", [0.5_f32, 0.5].map(f32::to_le_bytes).concat())
        .data_set();
    let annotation = Object::default().with(0x0070, 0x0008, "SQ", sequence(&[text])).data_set();
    let annotated = shown.with(state().with(0x0070, 0x0001, "SQ", sequence(&[annotation]))).await.2;
    assert!(annotated[..760].iter().all(|level| *level == 7));
    assert!(annotated[800..1160].contains(&255) && annotated[1160..].contains(&255));
    let annotation = archive::render::Annotation { patient: true, technique: false };
    let named = RenderRequest { annotation, ..RenderRequest::of_frame(1) };
    let picture = shown.fixture.archive.render(&shown.image, &named).await.expect("a picture");
    assert!(picture.samples[..800].contains(&255));
}

#[tokio::test]
async fn refuses_to_apply_what_does_not_apply() {
    let shown = Shown::new(image()).await;
    let none = shown.fixture.archive.presentation_state(&shown.image).await;
    assert!(matches!(none, Err(Error::NotAcceptable(_))));
    let other = Object::default().with(0x0008, 0x1155, "UI", "1.9").data_set();
    let series =
        Object::default().with(0x0008, 0x1140, "SQ", sequence(&[other])).with(0x0020, 0x000e, "UI", SERIES).data_set();
    let elsewhere = shown.state(state().with(0x0008, 0x1115, "SQ", sequence(&[series]))).await;
    assert_eq!(elsewhere.references()[0].instance.as_str(), "1.9");
    assert!(matches!(shown.picture(Some(elsewhere)).await, Err(Error::BadRequest(_))));
    shown.fixture.store(&state().without(0x0008, 0x1115).file()).await.result.expect("stored");
    let instance = shown.fixture.only("1.2").await;
    let empty = shown.fixture.archive.presentation_state(&instance).await;
    assert!(matches!(empty, Err(Error::Damaged(_))));
}
