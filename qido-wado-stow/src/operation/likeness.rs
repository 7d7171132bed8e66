//! What can be asked of likeness and of places in the body.

use super::{ACCEPT, CHARSET, Kind, Parameter, ParameterValue, flag, text, whole};

const PROFILE: Parameter = Parameter {
    name: "profile",
    what: "What is compared: tones (the same picture, also cut out or mirrored), or which way grey rises (small shifts, turns and other exposures matter little)",
    value: ParameterValue::OneOf(&["pixels", "gradients"]),
};
const PART: Parameter =
    text("part", "left,top,right,bottom in shares (0 to 1) of the example as it is displayed: only this is compared");
const MIRRORED: Parameter = flag("mirrored", "Mirror images count too");
const LIMIT: Parameter = whole("limit", "Most images wanted, 20 otherwise", 1, 1000);
const SCORE: Parameter = text("score", "Least score wanted, 0 to 1");
const FIELDS: Parameter =
    text("includefield", "Attributes wanted beyond the required ones of a search, or all (§8.3.4.3)");
const ANSWERS: &[&str] = &["application/dicom+json", "application/json"];
const JSON: &[&str] = &["application/json"];

/// The part of the body that a search asks for.
pub(super) const BODY_REGION_KEY: Parameter = text(
    "bodyregion",
    "Extension: images of a part of the body, those that show most of it first: a name, code or Body Part Examined term of /body-parts (left hand), 128 hexadecimal digits of cells, or the SOP Instance UID of an image that shows it",
);

pub(crate) static SIMILAR: Kind = Kind {
    title: "Similar images",
    clause: "",
    summary: "The images that look most like one of this archive, or a frame of it, most like it first, without it itself; all keys of a search are filters. Each is a row of a search with a private block (0077,10xx) of PACS GATEWAY SIMILAR 1.0: score, duplicate, mirrored, frame, what of the image is like it, share of bodyregion, thumbnail. The Standard does not have this.",
    parameters: &[PROFILE, PART, MIRRORED, LIMIT, SCORE, BODY_REGION_KEY, FIELDS, ACCEPT, CHARSET],
    headers: &[],
    takes: &[],
    gives: ANSWERS,
};

pub(crate) static SIMILAR_SENT: Kind = Kind {
    title: "Images similar to one that is sent",
    clause: "",
    summary: "The same for an example in the body of the request, 64 MiB at most, which is not kept. The Standard does not have this.",
    parameters: &[PROFILE, PART, MIRRORED, LIMIT, SCORE, BODY_REGION_KEY, FIELDS, ACCEPT, CHARSET],
    headers: &[],
    takes: &["application/dicom", "image/png", "image/jpeg"],
    gives: ANSWERS,
};

pub(crate) static BODY_REGION: Kind = Kind {
    title: "Body region",
    clause: "",
    summary: "The part of the body that an image shows, as cells of a figure: what its attributes say, or what somebody said (PUT {\"cells\": …} or {\"parts\": [\"left hand\"]}; DELETE forgets that). Researchers are not told who said it. PUT and DELETE need the right to annotate, which administrators and clinicians have. The Standard does not have this.",
    parameters: &[],
    headers: &[],
    takes: JSON,
    gives: JSON,
};

pub(crate) static BODY_PARTS: Kind = Kind {
    title: "Parts of the body",
    clause: "",
    summary: "Names of parts of the body with SNOMED CT codes, Body Part Examined terms and cells; the figure's outline and all its cells. The Standard does not have this.",
    parameters: &[],
    headers: &[],
    takes: &[],
    gives: JSON,
};

pub(crate) static DESCRIPTORS: Kind = Kind {
    title: "Descriptors",
    clause: "",
    summary: "How many images can be found by likeness, how many wait to be described, and why others cannot be. POST has all described anew. Needs the right to administer. The Standard does not have this.",
    parameters: &[],
    headers: &[],
    takes: &[],
    gives: JSON,
};
