//! The figure with its cells, and the list of parts of the body.

use archive::body::{self, COLUMNS, ROWS, Side};
use maud::{Markup, html};

/// The figure: an outline under cells that a script lets people paint.
pub(super) fn figure() -> Markup {
    let cells = (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (column, row)));
    let cells = cells.filter(|(column, row)| body::universe().contains(*column, *row));
    let size = format!("-0.5 -0.5 {} {}", COLUMNS + 1, ROWS + 1);
    html! {
        svg #figure viewBox=(size) tabindex="0" role="application" aria-label="Human figure, seen from the front"
            aria-describedby="figure-help" {
            path.rim d=(body::outline()) {}
            path.skin d=(body::outline()) {}
            g #cells {
                @for (column, row) in cells {
                    rect x=(column) y=(row) width="1" height="1" data-place=(row * COLUMNS + column) {}
                }
            }
            text x="0" y="3" { "R" }
            text x=(COLUMNS as f64 - 0.7) y="3" { "L" }
        }
    }
}

/// The parts of the body by name, sides apart; each with its cells.
pub(super) fn parts() -> Markup {
    let mut choices: Vec<(String, String)> = Vec::new();
    for part in body::parts() {
        choices.push((part.name.to_owned(), body::hex(&part.cells(None))));
        if part.paired {
            choices.push((format!("left {}", part.name), body::hex(&part.cells(Some(Side::Left)))));
            choices.push((format!("right {}", part.name), body::hex(&part.cells(Some(Side::Right)))));
        }
    }
    // The two sides of a part stand after it.
    choices.sort_by_key(|(name, _)| {
        let bare = name.trim_start_matches("left ").trim_start_matches("right ");
        (bare.to_owned(), name.len())
    });
    html! {
        @for (name, cells) in &choices { option value=(name) data-cells=(cells) { (name) } }
    }
}
