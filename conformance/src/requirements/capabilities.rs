//! Retrieve Capabilities (PS3.18 §8.9, Annex H).

use crate::client::Request;
use crate::requirement::{Requirement, may, shall};
use crate::suite::{Seen, Suite};

/// The description in a media type.
fn description(suite: &Suite, accept: &str) -> Seen {
    suite.ask(Request::new("OPTIONS", "/").accept(accept))
}

const WADL: &str = "application/vnd.sun.wadl+xml";

pub(super) const TABLE: &[Requirement] = &[
    shall(
        "WEB-8.9-001",
        "PS3.18 §8.9.1",
        "OPTIONS on the base of the service gives a Capabilities Description.",
        |s| {
            let answer = description(s, "*/*")?;
            answer.status(200)?.holds(!answer.body.is_empty(), "the answer is empty").map(drop)
        },
    ),
    shall("WEB-8.9-002", "PS3.18 §8.9, Annex H", "The description is available as WADL.", |s| {
        description(s, WADL)?.status(200)?.content_type(WADL).map(drop)
    }),
    shall("WEB-8.9-003", "PS3.18 Annex H", "The WADL has one application and its resources with their base.", |s| {
        let answer = description(s, WADL)?;
        let text = String::from_utf8_lossy(&answer.status(200)?.body).into_owned();
        answer.holds(text.contains("<application") && text.contains("<resources"), "no application or resources")?;
        answer.holds(text.contains("base="), "the resources have no base").map(drop)
    }),
    shall("WEB-8.9-004", "PS3.18 Annex H", "The WADL describes the resources of Search, Retrieve and Store.", |s| {
        let answer = description(s, WADL)?;
        let text = String::from_utf8_lossy(&answer.status(200)?.body).into_owned();
        let lacking = ["studies", "series", "instances", "metadata"].iter().find(|word| !text.contains(**word));
        answer.holds(lacking.is_none(), format!("{lacking:?} is not described")).map(drop)
    }),
    may("WEB-8.9-005", "PS3.18 §8.9", "The description is available as JSON.", |s| {
        description(s, "application/json")?.status(200)?.content_type("application/json").map(drop)
    }),
    shall("WEB-8.9-006", "PS3.18 §8.7.8", "A media type that the description is not available in gives 406.", |s| {
        description(s, "image/png")?.status(406).map(drop)
    }),
];
