//! What can be asked of volumes.

use super::{ACCEPT, CHARSET, DOCUMENT, ICC_PROFILE, Kind, Parameter, ParameterValue, flag, text, whole};

const WINDOW: Parameter =
    text("window", "center,width,function; the function is linear, linear-exact or sigmoid (§8.3.5.1.4)");
const VIEWPORT: Parameter = text("viewport", "width,height and maybe a source region x,y,width,height (§8.3.5.1.3)");
const QUALITY: Parameter = whole("quality", "Quality of a JPEG (§8.3.5.1.2)", 1, 100);
const ANNOTATION: Parameter = text("annotation", "patient, technique: written onto the picture (§8.3.5.1.1)");
const REFERENCE: Parameter = text(
    "volumeinputreference",
    "SOP Instance UIDs, or frames of an Instance: one names the volume that it is a slice of, several are its slices (§8.3.5.3.1)",
);
const MATCH: Parameter = text(
    "match",
    "attribute=value that slices are to have; an attribute can be a parameter of its own: AcquisitionNumber=2 (§8.3.5.3.2)",
);
const METHOD: Parameter = Parameter {
    name: "renderingmethod",
    what: "What becomes of the values on a line of sight (§8.3.5.3.3)",
    value: ParameterValue::OneOf(&["maximum_ip", "minimum_ip", "average_ip"]),
};
const RENDERING: Parameter = Parameter {
    name: "renderingmethod",
    what: "Colours, or what becomes of the values on a line of sight (§8.3.5.3.3)",
    value: ParameterValue::OneOf(&["volume_rendered", "maximum_ip", "minimum_ip", "average_ip"]),
};
const PRESET: Parameter = Parameter {
    name: "preset",
    what: "Extension: the transfer function of volume_rendered; otherwise ct-bone of CT, mr of other modalities",
    value: ParameterValue::OneOf(&["ct-bone", "ct-angio", "ct-soft-tissue", "ct-lung", "mr"]),
};
const ORIENTATION: Parameter = Parameter {
    name: "orientation",
    what: "The side of the patient that the viewer stands at (§8.3.5.3.4)",
    value: ParameterValue::OneOf(&["a", "p", "r", "l", "h", "f"]),
};
const POSITION: Parameter = text("viewpointposition", "x,y,z of the camera in mm; excludes orientation (§8.3.5.3.5)");
const LOOK_AT: Parameter = text("viewpointlookat", "x,y,z in the middle of the picture, in mm (§8.3.5.3.6)");
const UP: Parameter = text("viewpointup", "x,y,z: the direction that is up (§8.3.5.3.7)");
const SWIVEL: Parameter = text("swivelrange", "Degrees over which the camera turns to and fro (§8.3.5.3.9)");
const CURVE: Parameter =
    text("volumetriccurvepoint", "x,y,z,x,y,z…: the camera moves along these points (§8.3.5.3.10)");
const PHASES: Parameter = Parameter {
    name: "phases",
    what: "Extension: a frame for each phase of the series, seen from one place",
    value: ParameterValue::OneOf(&["all"]),
};
const STEP_SIZE: Parameter = whole("animationstepsize", "Degrees, or mm along the curve (§8.3.5.3.11)", 1, u32::MAX);
const RATE: Parameter = whole("animationrate", "Frames a second (§8.3.5.3.12)", 1, u32::MAX);
const MODULE: Parameter = Parameter {
    name: "renderedvolumetricmetadata",
    what: "Give the Rendered Volume Response Module alone (§8.3.5.3.13)",
    value: ParameterValue::OneOf(&["yes"]),
};
const VIEWS: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/gif",
    "multipart/related; type=\"image/jpeg\"",
    "multipart/related; type=\"image/png\"",
    "application/dicom+json",
    "application/dicom+xml",
];

pub(crate) static RENDERED_MPR: Kind = Kind {
    title: "Retrieve Rendered MPR Volume",
    clause: "§10.4.1.1.7",
    summary: "A plane, or a slab around one, through the slices of a Series, that of a Study, or the frames of an Instance.",
    parameters: &[
        REFERENCE,
        MATCH,
        METHOD,
        ORIENTATION,
        POSITION,
        LOOK_AT,
        UP,
        text("mprslab", "Thickness of the slab in mm (§8.3.5.3.8)"),
        SWIVEL,
        CURVE,
        PHASES,
        STEP_SIZE,
        RATE,
        MODULE,
        WINDOW,
        VIEWPORT,
        QUALITY,
        ANNOTATION,
        ICC_PROFILE,
        ACCEPT,
        CHARSET,
    ],
    headers: &[],
    takes: &[],
    gives: VIEWS,
};

pub(crate) static RENDERED_3D: Kind = Kind {
    title: "Retrieve Rendered 3D Volume",
    clause: "§10.4.1.1.8",
    summary: "All slices of a Series, that of a Study, or frames of an Instance, seen from a camera.",
    parameters: &[
        REFERENCE,
        MATCH,
        RENDERING,
        PRESET,
        ORIENTATION,
        POSITION,
        LOOK_AT,
        UP,
        SWIVEL,
        CURVE,
        PHASES,
        STEP_SIZE,
        RATE,
        MODULE,
        WINDOW,
        VIEWPORT,
        QUALITY,
        ANNOTATION,
        ICC_PROFILE,
        ACCEPT,
        CHARSET,
    ],
    headers: &[],
    takes: &[],
    gives: VIEWS,
};

const DIRECTION: Parameter = text("normal", "x,y,z: the direction in which the viewer looks; excludes orientation");
const UPRIGHT: Parameter = text("up", "x,y,z: the direction that is up; goes with normal");
const CENTER: Parameter = text("center", "x,y,z of the middle of the plane in mm; the middle of the volume otherwise");
const OFFSET: Parameter = text("offset", "Moves the plane along where the viewer looks, in mm");
const SPACING: Parameter = text("spacing", "mm from pixel to pixel, one number or two (along rows, along columns)");
const SIZE: Parameter = text("size", "columns,rows; as many as show the whole volume otherwise");
const INTERPOLATION: Parameter = Parameter {
    name: "interpolation",
    what: "How values between samples are made; linear otherwise",
    value: ParameterValue::OneOf(&["nearest", "linear", "cubic"]),
};
const INTENSITY: Parameter = Parameter {
    name: "method",
    what: "What becomes of the values on a line of sight",
    value: ParameterValue::OneOf(&["maximum", "minimum", "average"]),
};
const OUTSIDE: Parameter =
    text("outside", "The value where there is no volume: a number, or nan; the least value of the volume otherwise");
const SAMPLES: Parameter = Parameter {
    name: "samples",
    what: "Samples of application/octet-stream (f32, i16), or u16 for image/png of 16 bits; X-Rescale-Slope and X-Rescale-Intercept give what was measured",
    value: ParameterValue::OneOf(&["f32", "i16", "u16"]),
};
const VALUES: &[&str] = &["application/octet-stream", "image/png", "image/jpeg", "application/dicom"];

pub(crate) static SLICE: Kind = Kind {
    title: "Slice",
    clause: "",
    summary: "What was measured on a plane through the slices of a Series or the frames of an Instance: little-endian samples with their place in headers (X-Rows, X-Columns, X-Pixel-Spacing, X-Image-Position-Patient, X-Image-Orientation-Patient), a picture, or a derived DICOM object. The Standard does not have this.",
    parameters: &[
        REFERENCE,
        MATCH,
        ORIENTATION,
        DIRECTION,
        UPRIGHT,
        CENTER,
        OFFSET,
        SPACING,
        SIZE,
        INTERPOLATION,
        text("slab", "Thickness in mm, half of it on each side of the plane"),
        INTENSITY,
        OUTSIDE,
        SAMPLES,
        WINDOW,
        QUALITY,
        ACCEPT,
        CHARSET,
    ],
    headers: &[],
    takes: &[],
    gives: VALUES,
};

pub(crate) static PROJECTION: Kind = Kind {
    title: "Projection",
    clause: "",
    summary: "What was measured along lines of sight through the whole volume, in the forms of a slice. The Standard does not have this.",
    parameters: &[
        REFERENCE,
        MATCH,
        ORIENTATION,
        DIRECTION,
        UPRIGHT,
        CENTER,
        SPACING,
        SIZE,
        INTENSITY,
        OUTSIDE,
        SAMPLES,
        WINDOW,
        QUALITY,
        ACCEPT,
        CHARSET,
    ],
    headers: &[],
    takes: &[],
    gives: VALUES,
};

pub(crate) static STORED_SLICE: Kind = Kind {
    title: "Store a slice",
    clause: "",
    summary: "Make the DICOM object that GET gives with the same parameters, and store it in the study: a derived image with its place, frame of reference and sources. Asked again, it is the same object. Answered as a store is. The Standard does not have this.",
    parameters: &[
        REFERENCE,
        MATCH,
        ORIENTATION,
        DIRECTION,
        UPRIGHT,
        CENTER,
        OFFSET,
        SPACING,
        SIZE,
        INTERPOLATION,
        text("slab", "Thickness in mm, half of it on each side of the plane"),
        INTENSITY,
        OUTSIDE,
        flag("store", "May be true, which it is anyway"),
        ACCEPT,
        CHARSET,
    ],
    headers: &[],
    takes: &[],
    gives: DOCUMENT,
};

pub(crate) static STORED_PROJECTION: Kind = Kind {
    title: "Store a projection",
    clause: "",
    summary: "Make the DICOM object that GET gives with the same parameters, and store it in the study, as with a slice. The Standard does not have this.",
    parameters: &[
        REFERENCE,
        MATCH,
        ORIENTATION,
        DIRECTION,
        UPRIGHT,
        CENTER,
        OFFSET,
        SPACING,
        SIZE,
        INTERPOLATION,
        INTENSITY,
        OUTSIDE,
        flag("store", "May be true, which it is anyway"),
        ACCEPT,
        CHARSET,
    ],
    headers: &[],
    takes: &[],
    gives: DOCUMENT,
};

pub(crate) static CURVED: Kind = Kind {
    title: "Curved reformat",
    clause: "",
    summary: "What was measured on the surface along a curve through the slices of a Series or the frames of an Instance, rolled out: in the forms of a slice, but for a DICOM object. The Standard does not have this.",
    parameters: &[
        REFERENCE,
        MATCH,
        text(
            "points",
            "x,y,z,x,y,z… in mm: the curve, straight from point to point, runs through the middle of the picture",
        ),
        text("up", "x,y,z: the direction that is up in the picture; the head otherwise"),
        text("height", "Height of the surface in mm; 100 otherwise"),
        text("spacing", "mm from pixel to pixel"),
        INTERPOLATION,
        OUTSIDE,
        SAMPLES,
        WINDOW,
        QUALITY,
        ACCEPT,
        CHARSET,
    ],
    headers: &[],
    takes: &[],
    gives: &["application/octet-stream", "image/png", "image/jpeg"],
};

pub(crate) static SCROLL: Kind = Kind {
    title: "Scroll",
    clause: "",
    summary: "A WebSocket (RFC 6455): each text message is a JSON object of the parameters of a slice, or of view=projection, renderedmpr or rendered3d, with id and format (jpeg, png); each binary answer has the length of a JSON text in 4 bytes, the text (id, type, columns, rows, spacing, position, orientation) and the picture; a text answer has id, status and error. The newest request wins. The Standard does not have this.",
    parameters: &[],
    headers: &[],
    takes: &[],
    gives: &[],
};

const STEP: Parameter = text("step", "mm from plane to plane; the slab, or the finest spacing, otherwise");
const COUNT: Parameter =
    whole("count", "How many planes, around the center; as many as show the whole volume otherwise", 1, 4096);
const REFORMATTING: &[Parameter] = &[
    REFERENCE,
    MATCH,
    ORIENTATION,
    DIRECTION,
    UPRIGHT,
    CENTER,
    STEP,
    COUNT,
    SPACING,
    SIZE,
    INTERPOLATION,
    text("slab", "Thickness of each plane in mm"),
    INTENSITY,
    OUTSIDE,
    ACCEPT,
    CHARSET,
];

pub(crate) static REFORMAT: Kind = Kind {
    title: "Reformatted series",
    clause: "",
    summary: "Parallel planes through the slices of a Series or the frames of an Instance as the DICOM objects of one new series: derived images with their places, frame of reference and sources. The Standard does not have this.",
    parameters: REFORMATTING,
    headers: &[],
    takes: &[],
    gives: &["multipart/related; type=\"application/dicom\""],
};

pub(crate) static STORED_REFORMAT: Kind = Kind {
    title: "Store a reformatted series",
    clause: "",
    summary: "Make the DICOM objects that GET gives with the same parameters, and store them in the study. Asked again, they are the same objects. Answered as a store is. The Standard does not have this.",
    parameters: REFORMATTING,
    headers: &[],
    takes: &[],
    gives: DOCUMENT,
};

pub(crate) static HISTOGRAM: Kind = Kind {
    title: "Histogram",
    clause: "",
    summary: "How often values occur in the volume of a Series or Instance: counts in bins of equal width from the least value on; padding is not counted. The Standard does not have this.",
    parameters: &[REFERENCE, MATCH, BINS, ACCEPT, CHARSET],
    headers: &[],
    takes: &[],
    gives: &["application/json"],
};

const BINS: Parameter =
    whole("bins", "Most bins, 256 otherwise; a bin has as many whole numbers as the others, at least one", 1, 1 << 16);

pub(crate) static SEGMENTATION: Kind = Kind {
    title: "Segmentation",
    clause: "",
    summary: "The volume of a Series or Instance in classes by its intensity histogram: peaks, cuts and ml of each class as JSON, the class of each sample, slice by slice, as octets, or a DICOM Segmentation of all classes but the lowest; or the largest connected parts of one class. The Standard does not have this.",
    parameters: SEGMENTING,
    headers: &[],
    takes: &[],
    gives: &["application/json", "application/octet-stream", "application/dicom"],
};

const SEGMENTING: &[Parameter] = &[REFERENCE, MATCH, CUTS, CLASSES, COMPONENTS, CLASS, CONNECTIVITY, ACCEPT, CHARSET];
const CUTS: Parameter = Parameter {
    name: "method",
    what: "Cuts between the peaks of the histogram (of CT: air, soft tissue, bone), or Otsu's",
    value: ParameterValue::OneOf(&["histogram", "otsu"]),
};
const CLASSES: Parameter = whole("classes", "How many classes, of CT by histogram always 3", 2, 6);

const COMPONENTS: Parameter = text(
    "components",
    "The connected parts of a class in the place of classes: largest, or how many of them, 1 to 100",
);
const CLASS: Parameter = whole("class", "The class whose components are wanted, the highest otherwise", 0, 5);
const CONNECTIVITY: Parameter = Parameter {
    name: "connectivity",
    what: "Samples of a component share a face (6), or a face, an edge or a corner (26, the default)",
    value: ParameterValue::OneOf(&["26", "6"]),
};

pub(crate) static STORED_SEGMENTATION: Kind = Kind {
    title: "Store a segmentation",
    clause: "",
    summary: "Make the DICOM Segmentation that GET gives with the same parameters, and store it in the study. Answered as a store is. The Standard does not have this.",
    parameters: SEGMENTING,
    headers: &[],
    takes: &[],
    gives: DOCUMENT,
};
