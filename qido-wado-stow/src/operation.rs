//! What can be asked of this server, as data: the table of routes refers to it, and the Capabilities Description, the
//! OpenAPI description, the page for people and the conformance statement are made of it.

mod likeness;
mod volumes;

pub(crate) use likeness::{BODY_PARTS, BODY_REGION, DESCRIPTORS, SIMILAR, SIMILAR_SENT};
pub(crate) use volumes::{
    CURVED, HISTOGRAM, PROJECTION, REFORMAT, RENDERED_3D, RENDERED_MPR, SCROLL, SEGMENTATION, SLICE, STORED_REFORMAT,
    STORED_SEGMENTATION, STORED_VIEW,
};

/// One method of one resource.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name in metrics, and in the OpenAPI description.
    pub name: &'static str,
    /// HTTP methods with `, ` between them, the first the one that counts.
    pub methods: &'static str,
    /// URI template below [`crate::PREFIX`]; empty for the service itself.
    pub path: String,
    /// What it does.
    pub kind: &'static Kind,
}

impl Operation {
    /// The HTTP method; HEAD goes with GET.
    pub fn method(&self) -> &'static str {
        self.methods.split(',').next().unwrap_or_default()
    }

    /// Names of the places in the path that a client fills in.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
    }
}

/// What several operations have in common.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Transaction or service, as the Standard calls it.
    pub title: &'static str,
    /// Clause of PS3.18; empty for what the Standard does not have.
    pub clause: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Query parameters.
    pub parameters: &'static [Parameter],
    /// Media types of the request.
    pub takes: &'static [&'static str],
    /// Media types of the answer.
    pub gives: &'static [&'static str],
}

/// A query parameter.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub what: &'static str,
    /// What its value is.
    pub value: ParameterValue,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterValue {
    /// Any text.
    Text,
    /// A whole number in this range.
    Whole(u32, u32),
    /// `true` or `false`.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

const fn text(name: &'static str, what: &'static str) -> Parameter {
    Parameter { name, what, value: ParameterValue::Text }
}

const fn whole(name: &'static str, what: &'static str, least: u32, most: u32) -> Parameter {
    Parameter { name, what, value: ParameterValue::Whole(least, most) }
}

const fn flag(name: &'static str, what: &'static str) -> Parameter {
    Parameter { name, what, value: ParameterValue::Flag }
}

const ACCEPT: Parameter = text("accept", "Media types; goes before the header Accept (§8.3.3.1)");
const DOCUMENT: &[&str] = &["application/dicom+json", "application/dicom+xml"];
const DOCUMENTS: &[&str] = &["application/dicom+json", "multipart/related; type=\"application/dicom+xml\""];
const OCTETS: &[&str] = &["application/octet-stream", "multipart/related; type=\"application/octet-stream\""];
const OBJECTS: &[&str] = &["multipart/related; type=\"application/dicom\"", "application/dicom", "application/zip"];
const PICTURES: &[&str] = &["image/jpeg", "image/png", "image/gif"];

const RENDERINGS: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/gif",
    "video/mpeg",
    "video/mp4",
    "video/H265",
    "text/html",
    "text/plain",
    "application/pdf",
    "text/xml",
    "model/stl",
    "model/obj",
    "model/mtl",
    "multipart/related; type=\"image/jpeg\"",
    "multipart/related; type=\"image/png\"",
];

pub(crate) static SEARCH: Kind = Kind {
    title: "Search",
    clause: "§10.6.1",
    summary: "Studies, series or instances whose attributes match. Any attribute is a key, by keyword, tag or path: PatientID=…, 00100010=QUAESTOR*",
    parameters: &[
        text("includefield", "Attributes wanted beyond the required ones: keywords, tags, paths, or all (§8.3.4.3)"),
        flag("fuzzymatching", "Match names by their words, in any order and with a typing error each (§8.3.4.2)"),
        flag("emptyvaluematching", "The value \"\" matches what has no value (§8.3.4.5)"),
        flag("multiplevaluematching", "Of several values, with a backslash between them, each must match (§8.3.4.6)"),
        whole("limit", "Most matches wanted (§8.3.4.4)", 0, u32::MAX),
        whole("offset", "Matches to skip (§8.3.4.4)", 0, u32::MAX),
        text("orderby", "Extension: attributes that matches are ordered by, - before those that descend"),
        text("after", "Extension: goes on after a page; from the Link of its answer"),
        flag("total", "Extension: the header X-Total-Count has the number of all matches"),
        likeness::BODY_REGION_KEY,
        ACCEPT,
    ],
    takes: &[],
    gives: DOCUMENTS,
};

const STORABLE: &[&str] = &[
    "multipart/related; type=\"application/dicom\"",
    "multipart/related; type=\"application/dicom+json\"",
    "multipart/related; type=\"application/dicom+xml\"",
    "application/dicom",
];

pub(crate) static STORE: Kind = Kind {
    title: "Store",
    clause: "§10.5.1",
    summary: "Store objects: whole, or as metadata and bulk data. Success means that they are on the disk and in the databases. An object of another study than the path's fails alone.",
    parameters: &[ACCEPT],
    takes: STORABLE,
    gives: DOCUMENT,
};

pub(crate) static UPSERT: Kind = Kind {
    title: "Store or replace",
    clause: "",
    summary: "Store objects as POST does, in the place of different ones with their SOP Instance UIDs. Needs the right to delete too.",
    parameters: &[ACCEPT],
    takes: STORABLE,
    gives: DOCUMENT,
};

pub(crate) static OBJECT: Kind = Kind {
    title: "Retrieve Instances",
    clause: "§10.4.1.1.1",
    summary: "Objects as stored (transfer-syntax=*) or in another transfer syntax.",
    parameters: &[
        flag("dicomdir", "With application/zip: add a DICOMDIR (PS3.10 §8), as for exchanged media; an extension"),
        ACCEPT,
    ],
    takes: &[],
    gives: OBJECTS,
};

pub(crate) static METADATA: Kind = Kind {
    title: "Retrieve Metadata",
    clause: "§10.4.1.1.2",
    summary: "All attributes; large values stand as a BulkDataURI that can be retrieved.",
    parameters: &[ACCEPT],
    takes: &[],
    gives: DOCUMENTS,
};

pub(crate) static FRAMES: Kind = Kind {
    title: "Retrieve Frames",
    clause: "§10.4.1.1.6",
    summary: "Frames by number (3,1,2000), in the order asked: native samples, or the compressed bit stream by its media type.",
    parameters: &[ACCEPT],
    takes: &[],
    gives: OCTETS,
};

pub(crate) static BULK_DATA: Kind = Kind {
    title: "Retrieve Bulk Data",
    clause: "§10.4.1.1.5",
    summary: "Values of elements as metadata name them.",
    parameters: &[ACCEPT],
    takes: &[],
    gives: OCTETS,
};

pub(crate) static PIXEL_DATA: Kind = Kind {
    title: "Retrieve Pixel Data",
    clause: "§10.4.1.1.6",
    summary: "Pixel Data alone, without the other attributes; encapsulated ones a part for each frame.",
    parameters: &[ACCEPT],
    takes: &[],
    gives: OCTETS,
};

pub(crate) static RENDERED: Kind = Kind {
    title: "Retrieve Rendered",
    clause: "§10.4.1.1.3",
    summary: "Pictures for the screen, loops, videos, documents and reports, each in the media types of its kind.",
    parameters: &[
        text("window", "center,width,function; the function is linear, linear-exact or sigmoid (§8.3.5.1.4)"),
        text("viewport", "width,height and maybe a source region x,y,width,height (§8.3.5.1.3)"),
        whole("quality", "Quality of a JPEG (§8.3.5.1.2)", 1, 100),
        text("annotation", "patient, technique: written onto the picture (§8.3.5.1.1)"),
        Parameter {
            name: "iccprofile",
            what: "Colour characteristics of the picture (§8.3.5.1.5)",
            value: ParameterValue::OneOf(&["no", "yes", "srgb", "adobergb", "rommrgb", "displayp3"]),
        },
        ACCEPT,
    ],
    takes: &[],
    gives: RENDERINGS,
};

pub(crate) static THUMBNAIL: Kind = Kind {
    title: "Retrieve Thumbnail",
    clause: "§10.4.1.1.4",
    summary: "One small picture.",
    parameters: &[text("viewport", "width,height (§8.3.5.2)"), ACCEPT],
    takes: &[],
    gives: PICTURES,
};

pub(crate) static WADO_URI: Kind = Kind {
    title: "URI Service",
    clause: "§9",
    summary: "One object or picture by query parameters, as viewers asked before there was WADO-RS.",
    parameters: &[
        Parameter { name: "requestType", what: "WADO (§9.1.2.1.1)", value: ParameterValue::OneOf(&["WADO"]) },
        text("studyUID", "Study Instance UID (§9.1.2.1.2)"),
        text("seriesUID", "Series Instance UID (§9.1.2.1.3)"),
        text("objectUID", "SOP Instance UID (§9.1.2.1.4)"),
        text("contentType", "Media types, the best first"),
        text("transferSyntax", "Transfer Syntax UID of a DICOM object"),
        whole("frameNumber", "Frame, from 1", 1, u32::MAX),
        text("windowCenter", "Window Center; goes with windowWidth"),
        text("windowWidth", "Window Width"),
        whole("columns", "Most columns of the picture", 1, 16_384),
        whole("rows", "Most rows of the picture", 1, 16_384),
        text("annotation", "patient, technique"),
        text("region", "xmin,ymin,xmax,ymax in parts of the image, 0 to 1"),
        whole("imageQuality", "Quality of a JPEG", 1, 100),
        text("presentationSeriesUID", "Series Instance UID of a presentation state"),
        text("presentationUID", "SOP Instance UID of a presentation state"),
    ],
    takes: &[],
    gives: &["image/jpeg", "image/png", "image/gif", "application/dicom"],
};

pub(crate) static DELETE: Kind = Kind {
    title: "Delete",
    clause: "",
    summary: "Delete a study, a series or an instance for good. Needs the right to delete, which administrators have. The Standard does not have this; the peers do.",
    parameters: &[],
    takes: &[],
    gives: &[],
};

pub(crate) static SEARCH_STEPS: Kind = Kind {
    title: "Search Modality Scheduled Procedure Steps",
    clause: "§14.4",
    summary: "The modality worklist. Any attribute is a key, those of the step by path: 00400100.00400001=CT1. Finished steps are found by their status only. What arrived of each is told beside it.",
    parameters: &[
        text("includefield", "Attributes wanted beyond the required ones: keywords, tags, paths, or all (§8.3.4.3)"),
        flag("fuzzymatching", "Match names by their words, in any order and with a typing error each (§8.3.4.2)"),
        flag("emptyvaluematching", "The value \"\" matches what has no value (§8.3.4.5)"),
        flag("multiplevaluematching", "Of several values, with a backslash between them, each must match (§8.3.4.6)"),
        whole("limit", "Most matches wanted (§8.3.4.4)", 0, u32::MAX),
        whole("offset", "Matches to skip (§8.3.4.4)", 0, u32::MAX),
        ACCEPT,
    ],
    takes: &[],
    gives: DOCUMENTS,
};

pub(crate) static SCHEDULE: Kind = Kind {
    title: "Schedule",
    clause: "",
    summary: "Put items on the modality worklist, in the place of those with their Study Instance UIDs and Scheduled Procedure Step IDs. Needs the right to change the worklist, which administrators and clinicians have. The Standard does not have this.",
    parameters: &[ACCEPT],
    takes: DOCUMENT,
    gives: DOCUMENTS,
};

pub(crate) static UNSCHEDULE: Kind = Kind {
    title: "Unschedule",
    clause: "",
    summary: "Take an item off the modality worklist. The Standard does not have this.",
    parameters: &[],
    takes: &[],
    gives: &[],
};

pub(crate) static CREATE_STEP: Kind = Kind {
    title: "Create Modality Performed Procedure Step",
    clause: "§15.4",
    summary: "A step that has begun. With the parameter update it is changed instead (§15.5).",
    parameters: &[text("update", "Update Transaction; has no value (§15.5.1.2)")],
    takes: DOCUMENT,
    gives: &[],
};

pub(crate) static UPDATE_STEP: Kind = Kind {
    title: "Update Modality Performed Procedure Step",
    clause: "§15.5",
    summary: "Changes of a step in progress, up to its end. The same by another path.",
    parameters: &[],
    takes: DOCUMENT,
    gives: &[],
};

pub(crate) static STEP: Kind = Kind {
    title: "Retrieve Modality Performed Procedure Step",
    clause: "§15.6",
    summary: "A performed step.",
    parameters: &[text("includefield", "Attributes wanted, or all, which is the default (§15.6.1.2)"), ACCEPT],
    takes: &[],
    gives: DOCUMENT,
};

pub(crate) static COMMIT: Kind = Kind {
    title: "Request Storage Commitment",
    clause: "§13.4",
    summary: "Whether instances are kept here for good. Answered at once, or with 202 when it takes longer or Prefer: respond-async asks for it.",
    parameters: &[ACCEPT],
    takes: DOCUMENT,
    gives: DOCUMENT,
};

pub(crate) static COMMITTED: Kind = Kind {
    title: "Check Storage Commitment Result",
    clause: "§13.5",
    summary: "What was decided of a request; 202 while it is not.",
    parameters: &[ACCEPT],
    takes: &[],
    gives: DOCUMENT,
};

pub(crate) static JOBS: Kind = Kind {
    title: "Jobs",
    clause: "",
    summary: "Work that is left after answers: what waits, what failed and why; again, or not at all. Needs the right to administer.",
    parameters: &[],
    takes: &[],
    gives: &["application/json"],
};

pub(crate) static APPLICATION_ENTITIES: Kind = Kind {
    title: "Application entities",
    clause: "",
    summary: "Who may call by DIMSE, and where they listen: host, port, tls, may (store, query, move, worklist), maxAssociations, certificate. Needs the right to administer.",
    parameters: &[],
    takes: &["application/json"],
    gives: &["application/json"],
};

pub(crate) static FORWARDING: Kind = Kind {
    title: "Forwarding rules",
    clause: "",
    summary: "What is sent on as it is stored, to an application entity or to the URL of a DICOMweb service: name, to, from, modality, sopClass, attributes, transferSyntax; with user and password or a token, which no answer shows. Needs the right to administer.",
    parameters: &[],
    takes: &["application/json"],
    gives: &["application/json"],
};

pub(crate) static CAPABILITIES: Kind = Kind {
    title: "Retrieve Capabilities",
    clause: "§8.9",
    summary: "This description, for machines.",
    parameters: &[ACCEPT],
    takes: &[],
    gives: &["application/vnd.sun.wadl+xml", "application/json"],
};

/// Parts of the Standard that are not built: they answer 501 and no description names them.
pub(crate) static UNBUILT: Kind = Kind { title: "", clause: "", summary: "", parameters: &[], takes: &[], gives: &[] };
