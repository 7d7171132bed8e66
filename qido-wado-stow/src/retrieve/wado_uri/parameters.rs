//! Query parameters of the URI Service (PS3.18 §9.1.2).

use archive::render::VoiFunction;
use archive::{Scope, Uid, Voi};

use super::super::rendering::{LONGEST_SIDE, USUAL_QUALITY};
use crate::Failure;
use crate::media_type::MediaType;
use crate::query::Query;

/// What a request says, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameters {
    /// `studyUID`, `seriesUID`, `objectUID`.
    pub scope: Scope,
    /// `contentType`, in order of preference.
    pub content_types: Vec<String>,
    /// `transferSyntax`, of a DICOM object.
    pub transfer_syntax: Option<String>,
    /// `frameNumber`, from 1.
    pub frame: Option<u32>,
    /// `windowCenter` and `windowWidth`.
    pub window: Option<Voi>,
    /// `columns` and `rows`: the picture fits into them.
    pub viewport: Option<(u32, u32)>,
    /// `region`: left, top, right, bottom in parts of the image.
    pub region: Option<(f64, f64, f64, f64)>,
    /// `imageQuality`, 1 to 100.
    pub quality: u8,
    /// `presentationSeriesUID` and `presentationUID`.
    pub presentation: Option<(Uid, Uid)>,
    /// `anonymize=yes`: the DICOM object without whose it is.
    pub anonymize: bool,
}

impl Parameters {
    /// Reads the query. Parameters that are not known are ignored, as the Standard says (§8.3.2).
    pub fn read(query: &Query) -> Result<Self, Failure> {
        match query.one("requestType")? {
            Some("WADO") => {}
            Some(_) => return Err(bad("requestType must be WADO")),
            None => return Err(bad("requestType=WADO is missing")),
        }
        let uid = |name| uid(query, name);
        let needed = |name: &str| bad(&format!("{name} is missing"));
        let scope = Scope {
            study: uid("studyUID")?.ok_or_else(|| needed("studyUID"))?,
            series: Some(uid("seriesUID")?.ok_or_else(|| needed("seriesUID"))?),
            instance: Some(uid("objectUID")?.ok_or_else(|| needed("objectUID"))?),
        };
        let presentation = match (uid("presentationSeriesUID")?, uid("presentationUID")?) {
            (Some(series), Some(instance)) => Some((series, instance)),
            (None, None) => None,
            _ => return Err(bad("presentationUID and presentationSeriesUID go together")),
        };
        let content_types: Vec<String> =
            query.all("contentType").filter(|text| !text.trim().is_empty()).map(str::to_owned).collect();
        content_types.iter().try_for_each(|list| MediaType::check_list("contentType", list))?;
        let anonymize = match query.one("anonymize")? {
            None | Some("no" | "") => false,
            Some("yes") => true,
            Some(_) => return Err(bad("anonymize must be yes or no")),
        };
        let is_dicom = |text: &String| {
            text.split(',').all(|text| text.split(';').next().is_some_and(|text| text.trim() == "application/dicom"))
        };
        if anonymize && (content_types.is_empty() || !content_types.iter().all(is_dicom)) {
            return Err(bad("anonymize=yes goes with contentType=application/dicom"));
        }
        Ok(Self {
            scope,
            content_types,
            transfer_syntax: uid("transferSyntax")?.map(|uid| uid.as_str().to_owned()),
            frame: whole(query, "frameNumber", u32::MAX)?,
            window: window(query)?,
            viewport: viewport(query)?,
            region: query.one("region")?.map(region).transpose()?,
            quality: whole(query, "imageQuality", 100)?.map_or(USUAL_QUALITY, |quality| quality as u8),
            presentation,
            anonymize,
        })
    }
}

fn bad(words: &str) -> Failure {
    Failure::BadRequest(words.to_owned())
}

fn uid(query: &Query, name: &str) -> Result<Option<Uid>, Failure> {
    let Some(text) = query.one(name)? else { return Ok(None) };
    Uid::new(text).map(Some).map_err(|why| bad(&format!("{name} is not a UID: {why}")))
}

/// A whole number from 1 to `most`.
fn whole(query: &Query, name: &str, most: u32) -> Result<Option<u32>, Failure> {
    match query.number(name)? {
        None => Ok(None),
        Some(number) if (1..=most).contains(&number) => Ok(Some(number)),
        Some(_) if most == u32::MAX => Err(bad(&format!("{name} must be at least 1"))),
        Some(_) => Err(bad(&format!("{name} must be an integer from 1 to {most}"))),
    }
}

/// The two are given together, or not at all (§9.1.2.2.3, §9.1.2.2.4).
fn window(query: &Query) -> Result<Option<Voi>, Failure> {
    let decimal = |name: &str| match query.one(name)? {
        None => Ok(None),
        Some(text) => number(text).map(Some).ok_or_else(|| bad(&format!("{name} must be a decimal number"))),
    };
    match (decimal("windowCenter")?, decimal("windowWidth")?) {
        (None, None) => Ok(None),
        (Some(center), Some(width)) if width >= 1.0 => Ok(Some(Voi { center, width, function: VoiFunction::Linear })),
        (Some(_), Some(_)) => Err(bad("windowWidth must be at least 1")),
        _ => Err(bad("windowCenter and windowWidth go together")),
    }
}

/// A side that is not given does not bound the picture.
fn viewport(query: &Query) -> Result<Option<(u32, u32)>, Failure> {
    Ok(match (whole(query, "columns", LONGEST_SIDE)?, whole(query, "rows", LONGEST_SIDE)?) {
        (None, None) => None,
        (columns, rows) => Some((columns.unwrap_or(LONGEST_SIDE), rows.unwrap_or(LONGEST_SIDE))),
    })
}

/// `xmin,ymin,xmax,ymax` between 0 and 1.
fn region(text: &str) -> Result<(f64, f64, f64, f64), Failure> {
    let words = "region must be xmin,ymin,xmax,ymax in parts of the image: 0 to 1, xmin before xmax, ymin before ymax";
    let sides: Option<Vec<f64>> = text.split(',').map(|side| number(side.trim())).collect();
    match sides.as_deref() {
        Some(&[left, top, right, bottom])
            if 0.0 <= left && left < right && right <= 1.0 && 0.0 <= top && top < bottom && bottom <= 1.0 =>
        {
            Ok((left, top, right, bottom))
        }
        _ => Err(bad(words)),
    }
}

fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = "requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=1.4";

    fn read(more: &str) -> Result<Parameters, Failure> {
        Parameters::read(&Query::parse(&format!("{OBJECT}&{more}"))?)
    }

    #[test]
    fn reads_what_to_show_and_how() {
        let parameters = read(
            "contentType=image/png,image/jpeg&frameNumber=3&windowCenter=-40.5&windowWidth=400&columns=100\
             &region=0.25,0,1,0.5&imageQuality=7&presentationSeriesUID=1.5&presentationUID=1.6",
        )
        .unwrap();
        assert_eq!(parameters.content_types, ["image/png,image/jpeg"]);
        assert_eq!((parameters.frame, parameters.quality), (Some(3), 7));
        assert_eq!(parameters.window.map(|voi| (voi.center, voi.width)), Some((-40.5, 400.0)));
        assert_eq!(parameters.viewport, Some((100, LONGEST_SIDE)));
        assert_eq!(parameters.region, Some((0.25, 0.0, 1.0, 0.5)));
        assert_eq!(parameters.presentation.map(|(_, uid)| uid.as_str().to_owned()).as_deref(), Some("1.6"));
    }

    #[test]
    fn names_what_is_wrong() {
        for (wrong, name) in [
            ("frameNumber=0", "frameNumber"),
            ("frameNumber=a", "frameNumber"),
            ("imageQuality=101", "imageQuality"),
            ("rows=0", "rows"),
            ("columns=99999", "columns"),
            ("windowCenter=1", "windowWidth"),
            ("windowCenter=1&windowWidth=0", "windowWidth"),
            ("windowCenter=x&windowWidth=1", "windowCenter"),
            ("region=0,0,1", "region"),
            ("region=0.5,0,0.5,1", "region"),
            ("region=0,0,1.5,1", "region"),
            ("presentationUID=1.2", "presentationSeriesUID"),
            ("transferSyntax=x", "transferSyntax"),
            ("objectUID=1.4", "objectUID"),
            ("contentType=garbage", "contentType"),
            ("contentType=image/png;q=2", "contentType"),
        ] {
            let words = read(wrong).expect_err(wrong).to_string();
            assert!(words.contains(name), "{wrong}: {words}");
        }
        for missing in ["requestType", "studyUID", "seriesUID", "objectUID"] {
            let query: Vec<&str> = OBJECT.split('&').filter(|pair| !pair.starts_with(missing)).collect();
            let words = Parameters::read(&Query::parse(&query.join("&")).unwrap()).expect_err(missing).to_string();
            assert!(words.contains(missing), "{words}");
        }
    }

    #[test]
    fn anonymizes_dicom_objects_only() {
        assert!(read("anonymize=yes&contentType=application/dicom").unwrap().anonymize);
        assert!(!read("anonymize=no").unwrap().anonymize);
        for wrong in ["anonymize=yes", "anonymize=yes&contentType=image/jpeg", "anonymize=YES", "anonymize=maybe"] {
            assert!(read(wrong).expect_err(wrong).to_string().contains("anonymize"), "{wrong}");
        }
    }
}
