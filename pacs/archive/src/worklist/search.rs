//! The worklist queried, with what arrived of each step.

use std::collections::HashMap;

use schema::search::{LONGEST, SearchError, WorklistFound, WorklistQuery, run_worklist};
use schema::worklist::{Link, StepReference};
use schema::{lookup, worklist};
use serde_json::{Map, Value, json};

use super::arrivals::studies;
use super::{WorklistPlace, WorklistSearch};
use crate::archive::blocking;
use crate::audit::{Action, AuditEvent};
use crate::database::failure;
use crate::performed::MPPS;
use crate::{Actor, Archive, Error, Right};

const SERIES: &str = "00201206";
const INSTANCES: &str = "00201208";
const PERFORMED: &str = "00081111";
const ELSEWHERE: &str = "00081200";

/// What was found.
#[derive(Debug)]
pub struct WorklistAnswer {
    /// The items, soonest first.
    pub items: Vec<WorklistItem>,
    /// The place behind the last one, when there are more.
    pub next: Option<WorklistPlace>,
    /// There are more, and only the server's own limit kept them out.
    pub truncated: bool,
}

/// A worklist item.
#[derive(Debug, Clone)]
pub struct WorklistItem {
    /// The attributes that were wanted, as a DICOM JSON object. What arrived of the step is among them on request:
    /// Number of Study Related Series (0020,1206) and Instances (0020,1208); Referenced Performed Procedure Step
    /// Sequence (0008,1111) with the status of each; and Studies Containing Other Referenced Instances Sequence
    /// (0008,1200) with those that arrived under another Study Instance UID.
    pub attributes: Map<String, Value>,
    /// Study Instance UID.
    pub study: String,
    /// Scheduled Procedure Step ID.
    pub step: String,
    /// Scheduled Procedure Step Status.
    pub status: String,
    /// Instances of its Studies that are here.
    pub instances: i32,
    /// Study Instance UIDs of what arrived: its own, or those with its Accession Number and Patient ID.
    pub arrived: Vec<String>,
}

impl Archive {
    /// Queries the worklist. Steps that are finished are on it for those only who ask for a Scheduled Procedure Step
    /// Status (0040,0020), `*` for any.
    pub async fn worklist(&self, actor: &Actor, search: &WorklistSearch) -> Result<WorklistAnswer, Error> {
        self.permit_identified(actor, Right::Worklist)?;
        let query = WorklistQuery::parse(search).map_err(|error| Error::BadRequest(error.to_string()))?;
        let found = self.find_steps(query.clone()).await;
        if search.after.is_none() {
            self.audit_worklist(actor, &query, found.is_ok());
        }
        let found = found?;
        let arrived = Arrived::of(self, &query, search.with_required, &found).await?;
        let items = found.matches.into_iter().map(|found| {
            let reference = StepReference {
                study_instance_uid: found.study_instance_uid,
                scheduled_procedure_step_id: found.scheduled_procedure_step_id,
            };
            let mut attributes = found.attributes;
            let (instances, arrived) = arrived.add(found.scheduled_step_key, &reference, &mut attributes);
            let StepReference { study_instance_uid: study, scheduled_procedure_step_id: step } = reference;
            WorklistItem { attributes, study, step, status: found.status, instances, arrived }
        });
        Ok(WorklistAnswer { items: items.collect(), next: found.next, truncated: found.truncated })
    }

    async fn find_steps(&self, query: WorklistQuery) -> Result<WorklistFound, Error> {
        let identity = self.0.identity.clone();
        blocking(move || {
            run_worklist(&mut *identity.connection()?, &query).map_err(|error| match error {
                SearchError::TooLong => {
                    let seconds = LONGEST.as_secs();
                    Error::BadRequest(format!("the search was stopped after {seconds} seconds: name dates as well"))
                }
                SearchError::Database(error) => failure("the identity database", error),
            })
        })
        .await
    }

    fn audit_worklist(&self, actor: &Actor, query: &WorklistQuery, success: bool) {
        self.audit(AuditEvent {
            detail: Some(format!("worklist by {}", query.key_names().join(" "))),
            ..AuditEvent::by(actor, Action::Search, success)
        });
    }
}

/// What of the steps is here.
struct Arrived {
    series: bool,
    instances: bool,
    performed: bool,
    elsewhere: bool,
    links: Vec<Link>,
    numbers: HashMap<String, (i32, i32)>,
    steps: HashMap<StepReference, Vec<(String, String)>>,
}

impl Arrived {
    async fn of(archive: &Archive, query: &WorklistQuery, all: bool, found: &WorklistFound) -> Result<Self, Error> {
        let mut arrived = Self {
            series: all || query.wants(SERIES),
            instances: all || query.wants(INSTANCES),
            performed: all || query.wants(PERFORMED),
            elsewhere: all || query.wants(ELSEWHERE),
            links: Vec::new(),
            numbers: HashMap::new(),
            steps: HashMap::new(),
        };
        if found.matches.is_empty() {
            return Ok(arrived);
        }
        if arrived.series || arrived.instances || arrived.elsewhere {
            arrived.links = archive.links(found.matches.iter().map(|found| found.scheduled_step_key).collect()).await?;
            let studies: Vec<String> = studies(&arrived.links).into_iter().map(str::to_owned).collect();
            let numbers = archive
                .with_index(move |connection| {
                    lookup::arrived(connection, &studies.iter().map(String::as_str).collect::<Vec<_>>())
                })
                .await?;
            arrived.numbers =
                numbers.into_iter().map(|(study, series, instances)| (study, (series, instances))).collect();
        }
        if arrived.performed {
            let studies: Vec<String> = found.matches.iter().map(|found| found.study_instance_uid.clone()).collect();
            let steps = archive
                .with_identity(move |connection| {
                    worklist::of_steps(connection, &studies.iter().map(String::as_str).collect::<Vec<_>>())
                })
                .await?;
            for (uid, status, reference) in steps {
                arrived.steps.entry(reference).or_default().push((uid, status));
            }
        }
        Ok(arrived)
    }

    /// Adds what is wanted; gives the number of instances, and the studies that they are of.
    fn add(&self, key: i64, step: &StepReference, attributes: &mut Map<String, Value>) -> (i32, Vec<String>) {
        let of_step = self.links.iter().filter(|link| link.scheduled_step_key == key);
        let here = of_step.filter_map(|link| {
            let numbers = self.numbers.get(&link.study_instance_uid).filter(|(_, instances)| *instances > 0)?;
            Some((link.study_instance_uid.clone(), *numbers))
        });
        let (studies, numbers): (Vec<String>, Vec<(i32, i32)>) = here.unzip();
        let series: i32 = numbers.iter().map(|(series, _)| series).sum();
        let instances: i32 = numbers.iter().map(|(_, instances)| instances).sum();
        let number = |number: i32| json!({ "vr": "IS", "Value": [number] });
        if self.series {
            attributes.insert(SERIES.to_owned(), number(series));
        }
        if self.instances {
            attributes.insert(INSTANCES.to_owned(), number(instances));
        }
        let elsewhere = studies.iter().filter(|study| **study != step.study_instance_uid);
        let elsewhere: Vec<Value> =
            elsewhere.map(|study| json!({ "0020000D": { "vr": "UI", "Value": [study] } })).collect();
        if self.elsewhere && !elsewhere.is_empty() {
            attributes.insert(ELSEWHERE.to_owned(), json!({ "vr": "SQ", "Value": elsewhere }));
        }
        if self.performed {
            let items = self.steps.get(step).into_iter().flatten().map(|(uid, status)| {
                json!({
                    "00081150": { "vr": "UI", "Value": [MPPS] },
                    "00081155": { "vr": "UI", "Value": [uid] },
                    "00400252": { "vr": "CS", "Value": [status] },
                })
            });
            let items: Vec<Value> = items.collect();
            let element = if items.is_empty() { json!({ "vr": "SQ" }) } else { json!({ "vr": "SQ", "Value": items }) };
            attributes.insert(PERFORMED.to_owned(), element);
        }
        (instances, studies)
    }
}
