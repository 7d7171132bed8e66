//! Values on a plane as answers: little-endian samples with the geometry in headers, 16-bit PNG, or pictures.

use std::sync::Arc;

use actix_web::body::SizedStream;
use actix_web::http::header::HeaderName;
use actix_web::{HttpResponse, HttpResponseBuilder};
use archive::Archive;
use archive::volume::{Admission, Integers, Measure, SeriesVolume, levels};
use bytes::Bytes;
use compute::Voi;
use compute::volume::{Plane, Point};
use futures_util::{StreamExt, stream};

use super::plane::Wanted;
use crate::Failure;
use crate::asked::Asked;
use crate::retrieve::rendering::{self, Picture, Rendering};

const OCTETS: &str = "application/octet-stream";
/// Bytes that are handed on at once.
const PART: usize = 1 << 16;

/// How values are represented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// 32-bit floating-point samples: what was measured.
    Floats,
    /// Signed 16-bit samples with slope and intercept.
    Integers,
    /// Unsigned 16-bit samples with slope and intercept, as PNG.
    Png16,
    /// Grey levels through a window.
    Picture(Picture),
    /// A derived DICOM object.
    Dicom,
}

/// What was measured, and of what.
pub(super) struct Measured {
    pub seen: Arc<SeriesVolume>,
    pub measure: Measure,
    pub values: Vec<f32>,
    /// Room for the values and what is made of them.
    pub room: Admission,
}

/// An answer that has room in memory until it is sent or given up.
pub(super) fn held(mut response: HttpResponseBuilder, bytes: Bytes, room: Admission) -> HttpResponse {
    let length = bytes.len() as u64;
    let parts = stream::unfold((bytes, room), |(mut rest, room)| async move {
        let part = rest.split_to(rest.len().min(PART));
        (!part.is_empty()).then_some((Ok::<_, std::convert::Infallible>(part), (rest, room)))
    });
    response.body(SizedStream::new(length, parts.boxed_local()))
}

/// Headers that tell where the samples lie and what they are, in the words of the attributes that a DICOM object has.
pub(crate) const HEADERS: [HeaderName; 9] = [
    HeaderName::from_static("x-rows"),
    HeaderName::from_static("x-columns"),
    HeaderName::from_static("x-pixel-spacing"),
    HeaderName::from_static("x-image-position-patient"),
    HeaderName::from_static("x-image-orientation-patient"),
    HeaderName::from_static("x-frame-of-reference-uid"),
    HeaderName::from_static("x-sample-type"),
    HeaderName::from_static("x-rescale-slope"),
    HeaderName::from_static("x-rescale-intercept"),
];

impl Form {
    /// The first acceptable one; of samples, and of PNG, those that `samples` says.
    pub fn choose(asked: &Asked) -> Result<Self, Failure> {
        let samples = asked.query.one("samples")?;
        if !matches!(samples, None | Some("f32" | "i16" | "u16")) {
            return Err(Failure::BadRequest("samples must be f32 or i16, or u16 for image/png".into()));
        }
        let chosen = asked.accept.choose(|range| match (range.essence.as_str(), samples) {
            (OCTETS | "application/*" | "*/*", None | Some("f32")) => Some(Self::Floats),
            (OCTETS | "application/*" | "*/*", Some("i16")) => Some(Self::Integers),
            ("image/png" | "image/*" | "*/*", Some("u16")) => Some(Self::Png16),
            ("application/dicom", None) => Some(Self::Dicom),
            ("image/png", None) => Some(Self::Picture(Picture::Png)),
            ("image/jpeg" | "image/*", None) => Some(Self::Picture(Picture::Jpeg)),
            _ => None,
        });
        let words = "values are available as application/octet-stream with samples=f32 or i16, as image/png with \
                     samples=u16, as image/jpeg and image/png through a window, and as application/dicom";
        chosen.ok_or_else(|| Failure::NotAcceptable(words.into()))
    }

    pub fn is_picture(self) -> bool {
        matches!(self, Self::Picture(_))
    }
}

/// Values that lie in rows.
pub(super) struct Rows {
    pub seen: Arc<SeriesVolume>,
    /// Columns and rows.
    pub size: (usize, usize),
    pub values: Vec<f32>,
    pub room: Admission,
}

/// Represents values on a plane.
pub(super) async fn answer(
    archive: &Archive,
    mut response: HttpResponseBuilder,
    form: Form,
    wanted: &Wanted,
    measured: Measured,
) -> Result<HttpResponse, Failure> {
    let plane = measured.measure.plane;
    place(&mut response, &measured.seen, &plane);
    if form == Form::Dicom {
        let derived = archive.derived(&measured.seen, measured.measure, measured.values).await?;
        response.content_type("application/dicom; transfer-syntax=1.2.840.10008.1.2.1");
        let bytes = [derived.head, derived.data_set].concat().into();
        return Ok(held(response, bytes, measured.room));
    }
    let Measured { seen, values, room, .. } = measured;
    let rows = Rows { seen, size: (plane.width, plane.height), values, room };
    represented(archive, response, form, &wanted.rendering, rows).await
}

/// Represents values as numbers or as a picture.
pub(super) async fn represented(
    archive: &Archive,
    mut response: HttpResponseBuilder,
    form: Form,
    rendering: &Rendering,
    rows: Rows,
) -> Result<HttpResponse, Failure> {
    if let Form::Picture(picture) = form {
        let bytes = drawn(archive, rendering, rows, picture).await?;
        return Ok(response.content_type(picture.media_type()).body(bytes));
    }
    let Rows { seen, size, values, room } = rows;
    let work = archive.encode(move || encoded(&seen, size, &values, form));
    let (bytes, kind, (slope, intercept)) = work.await??;
    response.insert_header((HEADERS[6].clone(), kind));
    response.insert_header((HEADERS[7].clone(), slope.to_string()));
    response.insert_header((HEADERS[8].clone(), intercept.to_string()));
    response.content_type(if form == Form::Png16 { "image/png" } else { OCTETS });
    Ok(held(response, bytes, room))
}

type Encoded = (Bytes, &'static str, (f64, f64));

fn encoded(
    seen: &SeriesVolume,
    (columns, rows): (usize, usize),
    values: &[f32],
    form: Form,
) -> Result<Encoded, Failure> {
    if form == Form::Floats {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        return Ok((bytes.into(), "float32", (1.0, 0.0)));
    }
    let Integers { samples, slope, intercept } = seen.integers(values);
    if form == Form::Integers {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        return Ok((bytes.into(), "int16", (slope, intercept)));
    }
    let unsigned: Vec<u16> = samples.iter().map(|sample| (i32::from(*sample) + 32_768) as u16).collect();
    let png = codec::encode_png_16(columns as u32, rows as u32, &unsigned).map_err(internal)?;
    Ok((png.into(), "uint16", (slope, intercept - 32_768.0 * slope)))
}

/// A picture through the window of the request, else that of the middle slice, else that of all values.
pub(super) async fn drawn(
    archive: &Archive,
    rendering: &Rendering,
    Rows { seen, size, values, room: _room }: Rows,
    picture: Picture,
) -> Result<Bytes, Failure> {
    let (window, rendering) = (rendering.request.window.or(seen.stack.window()), rendering.clone());
    let work = archive.encode(move || {
        let all = || {
            let (least, most) = seen.range();
            Voi::range(least.into(), most.into())
        };
        let grey = levels(&values, size, &window.map_or_else(all, Voi::from), seen.stack.is_inverse());
        rendering::encode(grey, picture, &rendering, None)
    });
    work.await?
}

/// Tells where the samples of a plane lie.
fn place(response: &mut HttpResponseBuilder, seen: &SeriesVolume, plane: &Plane) {
    put(response, seen, (plane.height, plane.width), (plane.across, plane.down), plane.corner);
}

/// Tells how many samples there are and how far apart, where they lie on no plane.
pub(super) fn surface_size(response: &mut HttpResponseBuilder, (columns, rows): (usize, usize), spacing: f64) {
    for (name, value) in HEADERS.iter().zip([rows.to_string(), columns.to_string(), list(&[spacing; 2])]) {
        response.insert_header((name.clone(), value));
    }
}

fn list(numbers: &[f64]) -> String {
    numbers.iter().map(|number| (number + 0.0).to_string()).collect::<Vec<_>>().join(",")
}

/// Tells where the samples of the first slice of a volume lie.
pub(super) fn stack_place(response: &mut HttpResponseBuilder, seen: &SeriesVolume) {
    let (geometry, [columns, rows, _]) = (&seen.volume.geometry, seen.volume.size);
    let corner = geometry.origins.first().copied().unwrap_or_default();
    put(response, seen, (rows, columns), (geometry.across, geometry.down), corner);
}

fn put(
    response: &mut HttpResponseBuilder,
    seen: &SeriesVolume,
    (rows, columns): (usize, usize),
    (along_row, along_column): (Point, Point),
    corner: Point,
) {
    let length = |vector: Point| vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    let (across, down) = (length(along_row), length(along_column));
    let cosines: Vec<f64> = along_row.iter().map(|x| x / across).chain(along_column.iter().map(|x| x / down)).collect();
    let values = [
        rows.to_string(),
        columns.to_string(),
        list(&[down, across]),
        list(&corner),
        list(&cosines),
        // A damaged one is none, and may not be written in a header.
        seen.stack.frame_of_reference().filter(|uid| archive::Uid::new(uid).is_ok()).unwrap_or_default().to_owned(),
    ];
    for (name, value) in HEADERS.iter().zip(values).filter(|(_, value)| !value.is_empty()) {
        response.insert_header((name.clone(), value));
    }
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    archive::Error::Internal("values were not encoded".into(), Some(Box::new(error))).into()
}
