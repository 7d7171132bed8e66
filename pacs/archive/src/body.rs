//! Where in the body an image lies: a stand-in until the figure and its table are here.

pub use compute::similar::regions::{COLUMNS, Cells, ROWS};

/// What an image's attributes say of its place in the body: nothing yet.
pub fn of_attributes(_dicom: &serde_json::Value) -> Cells {
    Cells::default()
}
