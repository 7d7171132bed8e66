//! Pictures of objects with very many elements: they are made of those that say how.

use archive::{Error, RenderRequest};

use crate::fixture::*;

/// More than are held, with their elements; twice as many are more than are held of those that something is drawn of.
const ITEMS: usize = 130_000;

/// Items with a UID each.
pub fn items() -> Vec<u8> {
    sequence_item(&[(0x0008, 0x1155, "UI", "1.25")]).repeat(ITEMS)
}

/// A sequence of one Item.
fn item(object: &Object) -> Vec<u8> {
    let content = object.data_set();
    [b"\xfe\xff\0\xe0", &(content.len() as u32).to_le_bytes()[..], &content].concat()
}

/// 3 by 2 pixels of 8 bits, with a window in the functional groups that all frames share.
fn image(instance: &str) -> Object {
    let window = Object::default().with(0x0028, 0x1050, "DS", "100").with(0x0028, 0x1051, "DS", "120");
    let groups = Object::default().with(0x0028, 0x9132, "SQ", item(&window));
    Object::new(instance)
        .with(0x0028, 0x0100, "US", 8u16.to_le_bytes())
        .with(0x0028, 0x0101, "US", 8u16.to_le_bytes())
        .with(0x5200, 0x9229, "SQ", item(&groups))
        .with(0x7fe0, 0x0010, "OW", [0, 50, 100, 150, 200, 250])
}

async fn picture(fixture: &Fixture, object: Object, instance: &str) -> Result<Vec<u8>, Error> {
    fixture.store(&object.file()).await.result.expect("stored");
    let instance = fixture.only(instance).await;
    fixture.archive.render(&instance, &RenderRequest::of_frame(1)).await.map(|picture| picture.samples)
}

#[tokio::test]
async fn what_says_how_to_draw_an_image_is_found_among_very_many_elements() {
    let fixture = Fixture::new().await;
    let plain = picture(&fixture, image("1.1"), "1.1").await.expect("a picture");
    assert!(plain.iter().any(|level| *level > 0 && *level < 255), "{plain:?}");
    let elements = image("1.2").with(0x0008, 0x1111, "SQ", items());
    assert_eq!(picture(&fixture, elements, "1.2").await.expect("a picture"), plain);
    let mut values = image("1.3").with(0x0009, 0x0010, "LO", "MAKER");
    for number in 0x1001..0x1065 {
        values = values.with(0x0009, number, "UT", vec![b'm'; 60_000]);
    }
    assert_eq!(picture(&fixture, values, "1.3").await.expect("a picture"), plain);
    // Within what is looked into, too.
    let source = Object::default().with(0x0008, 0x2112, "SQ", items());
    let frame = Object::default().with(0x0008, 0x9124, "SQ", item(&source));
    let frames = image("1.4").with(0x5200, 0x9230, "SQ", item(&frame));
    assert_eq!(picture(&fixture, frames, "1.4").await.expect("a picture"), plain);
}

#[tokio::test]
async fn an_image_with_too_many_elements_to_be_drawn_is_refused_in_words() {
    let fixture = Fixture::new().await;
    let refused = picture(&fixture, image("1.1").with(0x0008, 0x1140, "SQ", items().repeat(2)), "1.1").await;
    let Err(Error::NotAcceptable(words)) = refused else { panic!("{refused:?}") };
    assert!(words.contains("more than 500000 elements") && words.contains("retrieve the object"), "{words}");
}
