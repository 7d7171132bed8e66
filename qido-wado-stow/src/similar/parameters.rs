//! Query parameters of searches by likeness. Everything that is none of them is a QIDO key that answers must match.

use archive::body::Cells;
use archive::similar::{Example, Profile, SimilarRequest};
use archive::{Level, Search};

use crate::Failure;
use crate::query::Query;
use crate::retrieve::volume::choice::{number, numbers};
use crate::search::parameters::from_query;

/// Answers when no limit is given.
const USUAL: u32 = 20;
/// Most answers.
const MOST: u32 = 1000;
/// Names of the parameters that are no matching keys, beside those of every search.
const OWN: [&str; 5] = ["profile", "part", "mirrored", "score", "bodyregion"];

/// What a request wants, besides the example.
#[derive(Debug)]
pub(super) struct Wanted {
    profile: Profile,
    part: Option<[f64; 4]>,
    mirrored: bool,
    limit: usize,
    score: Option<f64>,
    filter: Search,
}

impl Wanted {
    /// Reads all parameters but the part of the body, which may need the archive.
    pub fn read(query: &Query) -> Result<Self, Failure> {
        for paging in ["offset", "after", "orderby", "total"] {
            if query.all(paging).next().is_some() {
                return Err(Failure::BadRequest(format!(
                    "{paging} has no meaning here: the most similar images come first, up to limit"
                )));
            }
        }
        let profile = match query.one("profile")? {
            None | Some("pixels") => Profile::Pixels,
            Some("gradients") => Profile::Gradients,
            Some(other) => {
                return Err(Failure::BadRequest(format!("profile must be pixels or gradients; it is {other:?}")));
            }
        };
        let limit = match query.number("limit")?.unwrap_or(USUAL) {
            limit @ 1..=MOST => limit as usize,
            _ => return Err(Failure::BadRequest(format!("limit must be an integer from 1 to {MOST}"))),
        };
        let (part, mirrored) = (part(query)?, query.flag("mirrored")?);
        if profile == Profile::Gradients && (part.is_some() || mirrored) {
            return Err(Failure::BadRequest("part and mirrored go with profile=pixels".into()));
        }
        let score = number(query, "score", 0.0, 1.0)?;
        let mut filter = from_query(query, Level::Instance)?;
        filter.matching.retain(|(name, _)| !OWN.contains(&name.as_str()));
        filter.limit = None;
        filter.check().map_err(|unclear| Failure::BadRequest(unclear.words))?;
        Ok(Self { profile, part, mirrored, limit, score, filter })
    }

    /// What the archive is asked for.
    pub fn request(self, example: Example, region: Option<Cells>) -> SimilarRequest {
        let Self { profile, part, mirrored, limit, score, filter } = self;
        SimilarRequest { example, profile, part, mirrored, limit, least_score: score, region, filter }
    }
}

/// `part=left,top,right,bottom` in shares of the example as it is displayed.
fn part(query: &Query) -> Result<Option<[f64; 4]>, Failure> {
    let Some(part) = numbers::<4>(query, "part")? else { return Ok(None) };
    let [left, top, right, bottom] = part;
    if part.iter().any(|share| !(0.0..=1.0).contains(share)) {
        return Err(Failure::BadRequest("part lies outside the image: its numbers are shares of it, 0 to 1".into()));
    }
    if left >= right || top >= bottom {
        return Err(Failure::BadRequest("part is left,top,right,bottom and may not be empty".into()));
    }
    Ok(Some(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<Wanted, Failure> {
        Wanted::read(&Query::parse(raw)?)
    }

    #[test]
    fn reads_its_own_parameters_and_leaves_the_keys() {
        let raw =
            "part=0,0.25,0.5,1&mirrored=true&limit=5&score=0.5&bodyregion=chest&Modality=CR&includefield=PatientAge";
        let wanted = read(raw).unwrap();
        assert_eq!(wanted.part, Some([0.0, 0.25, 0.5, 1.0]));
        assert!(wanted.mirrored && wanted.limit == 5 && wanted.score == Some(0.5));
        assert_eq!(wanted.filter.matching, [("Modality".to_owned(), "CR".to_owned())]);
        assert_eq!((wanted.filter.include.as_slice(), wanted.filter.limit), (&["PatientAge".to_owned()][..], None));
        let usual = read("").unwrap();
        assert_eq!((usual.profile, usual.limit, usual.filter.matching.len()), (Profile::Pixels, 20, 0));
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        for raw in [
            "profile=colours",
            "profile=pixels&profile=pixels",
            "part=0,0,1",
            "part=0,0,1,1.01",
            "part=-0.1,0,1,1",
            "part=0.5,0,0.5,1",
            "part=nan,0,1,1",
            "profile=gradients&part=0,0,1,1",
            "profile=gradients&mirrored=true",
            "mirrored=perhaps",
            "limit=0",
            "limit=1001",
            "limit=many",
            "score=2",
            "score=x",
            "offset=1",
            "orderby=StudyDate",
            "NoSuchAttribute=1",
        ] {
            assert!(matches!(read(raw), Err(Failure::BadRequest(_))), "{raw}");
        }
    }
}
