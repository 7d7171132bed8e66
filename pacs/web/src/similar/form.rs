//! What the page asks for. Ids are what its scripts hold on to.

use archive::{Actor, Right};
use maud::{Markup, html};

use super::figure;

/// The whole page below its header.
pub(super) fn page(actor: &Actor) -> Markup {
    html! {
        h1 { "Similar images" }
        p.lead {
            "Choose an image: the images of this archive that look most like it are shown, most like it first. Or paint a part of \
             the body: the images that show most of it are shown."
        }
        noscript { p.alert role="alert" { "This page needs JavaScript. Programs ask " code { "/dicom-web/…/similar" } "." } }
        @if actor.require(Right::Administer).is_ok() { p #state .note role="status" {} }
        form #search novalidate {
            div.columns {
                section aria-labelledby="example-title" { (example()) }
                section aria-labelledby="body-title" { (place(actor.require(Right::Annotate).is_ok())) }
            }
            section aria-labelledby="options-title" { (options(actor.identified)) }
            p.actions {
                button #go type="submit" { "Find images" }
                button #stop .quiet type="button" hidden { "Stop" }
                progress #progress aria-label="Searching" hidden {}
            }
        }
        p #message role="status" aria-live="polite" {}
        p #error .alert role="alert" hidden {}
        ol #results .results {}
    }
}

fn example() -> Markup {
    html! {
        h2 #example-title { "1. Example" }
        div #drop .drop {
            div #frame .frame hidden {
                img #picture alt="The example";
                div #part .part hidden {}
            }
            p #nothing { "Drop a DICOM, PNG or JPEG file here, or choose one below." }
        }
        p #example-name .note {}
        label for="file" { "File" }
        input #file type="file" accept=".dcm,application/dicom,image/png,image/jpeg";
        label for="uid" { "SOP Instance UID of a stored image" }
        div.beside { input #uid inputmode="decimal" autocomplete="off" spellcheck="false"; button #take .quiet type="button" { "Take it" } }
        details #recent-box open { summary { "Recently stored" } ul #recent .recent {} }
        details {
            summary { "Compare a part of it only" }
            p.note { "Draw a rectangle on the example with the mouse, or give its edges in percent of the image." }
            div.edges {
                @for (id, name, value) in [("left", "Left", 0), ("top", "Top", 0), ("right", "Right", 100), ("bottom", "Bottom", 100)] {
                    label { (name) " " input id=(id) type="number" min="0" max="100" step="1" value=(value); }
                }
            }
            button #whole .quiet type="button" { "The whole image" }
        }
    }
}

fn place(may_annotate: bool) -> Markup {
    html! {
        h2 #body-title { "2. Part of the body" }
        fieldset.modes {
            legend { "The figure shows" }
            label { input type="radio" name="mode" value="search" checked; " what to search for" }
            label { input type="radio" name="mode" value="image" id="mode-image" disabled; " what the example shows" }
        }
        div.body {
            (figure::figure())
            div {
                p #figure-help .note {
                    "Paint cells with the mouse. With the keyboard: arrow keys move, the space bar paints, Shift with an arrow key \
                     paints on. The patient's right side is at the left."
                }
                label for="parts" { "Add a part by name" }
                select #parts { option value="" { "Choose …" } (figure::parts()) }
                p #cell .note aria-live="polite" {}
                p #cells-said .note {}
                p.actions {
                    button #clear .quiet type="button" { "Clear" }
                    button #same .quiet type="button" disabled { "As the example" }
                }
                div #correction hidden {
                    p #said-by .note {}
                    @if may_annotate {
                        p.actions {
                            button #save type="button" { "Save for this image" }
                            button #reset .quiet type="button" { "What its attributes say" }
                        }
                    } @else {
                        p.note { "You may look at this but not change it: that needs the right to annotate." }
                    }
                }
            }
        }
    }
}

/// Dates are keys for those alone who may know whose images are.
fn options(is_identified: bool) -> Markup {
    html! {
        h2 #options-title { "3. How to compare" }
        div.options {
            label { "Profile"
                select #profile {
                    option value="pixels" { "Pixels: the same picture, cut out or mirrored" }
                    option value="gradients" { "Gradients: look-alikes, shifted or turned a little" }
                }
            }
            label { "Modality" select #modality {
                option value="" { "any" }
                @for modality in ["CR", "DX", "MG", "RF", "XA", "CT", "MR", "PT", "US", "NM", "OT"] { option { (modality) } }
            } }
            @if is_identified {
                label { "Studies from" input #from type="date"; }
                label { "to" input #to type="date"; }
            }
            label { "Least score" input #score type="number" min="0" max="1" step="0.05" placeholder="any"; }
            label { "Most images" input #limit type="number" min="1" max="1000" value="20"; }
            label.tick { input #mirrored type="checkbox"; " Mirror images too" }
        }
    }
}
