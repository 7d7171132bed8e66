//! A few studies that a newcomer can look at: a CT of a phantom, a pair of radiographs of the same phantom, and an
//! ultrasound loop. Valid by their IODs (PS3.3), made from formulas, nobody's personal data.

mod body;
mod ct;
mod object;
mod radiograph;
mod ultrasound;

pub use object::Object;

/// Everything the demo sends, in order of study.
pub fn objects() -> Vec<Object> {
    let mut all = ct::series();
    all.extend(radiograph::pair());
    all.push(ultrasound::cine());
    all
}
