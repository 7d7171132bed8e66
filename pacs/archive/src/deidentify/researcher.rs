//! Requests of somebody who may see de-identified data only: they name what they were told, and are told no more.
//!
//! A key that de-identification removes or replaces is refused, whatever its value: how many matches there are would tell
//! the value in a few tries. UIDs, Patient ID and Accession Number are taken as the pseudonyms that an answer gave. Matches
//! come in an order that says nothing of when they came.

use std::collections::{BTreeSet, HashMap, HashSet};

use schema::attribute::{self, Attribute, Level};
use schema::pseudonyms::{self, Told};
use schema::search::Found;

use super::treatment::{self, Treatment};
use super::{Disguise, disguised, nobodys, sealed};
use crate::{Archive, Error, Match, Scope, Search, StoredInstance, Uid};

/// Most Studies that a Patient ID or an Accession Number stands for in a search; the list of a key takes as many.
const MOST_STUDIES: i64 = 1_000;

const STUDY: (u16, u16) = (0x0020, 0x000D);
const SERIES: (u16, u16) = (0x0020, 0x000E);
const INSTANCE: (u16, u16) = (0x0008, 0x0018);
const PATIENT: (u16, u16) = (0x0010, 0x0020);
const ACCESSION: (u16, u16) = (0x0008, 0x0050);

/// A search as the databases are asked, and the order in which they answer it.
pub(crate) struct Hidden {
    /// With what pseudonyms stand for.
    pub(crate) search: Search,
    /// What matches are shuffled by.
    pub(crate) shuffled: String,
}

impl Archive {
    /// The search that somebody means who knows pseudonyms only.
    ///
    /// # Errors
    /// `NotAuthorized`, with the name of the key that such a person may not use; `BadRequest`; `Unavailable`.
    pub(crate) async fn unveiled(&self, search: &Search) -> Result<Hidden, Error> {
        let secret = self.secret().await?;
        if search.level == Level::Patient {
            return Err(Error::NotAuthorized("this user may not search for patients".to_owned()));
        }
        for name in &search.order {
            let known = attributes(name.strip_prefix('-').unwrap_or(name))?;
            if known.iter().any(|known| !stays(known)) {
                return Err(refused(&format!("orderby={name}")));
            }
        }
        let mut asked = Search { matching: Vec::new(), study: None, series: None, ..search.clone() };
        let mut studies = Studies(None);
        for (name, value) in &search.matching {
            let known = attributes(name)?;
            match (&known[..], value.trim()) {
                // Universal matching: it only says what is to come back.
                (_, "" | "*") => asked.matching.push((name.clone(), String::new())),
                ([one], pseudonyms) if one.tag == STUDY => studies.narrow(self.uids("study", pseudonyms).await?),
                ([one], pseudonyms) if one.tag == SERIES || one.tag == INSTANCE => {
                    let kind = if one.tag == SERIES { "series" } else { "instance" };
                    let uids: Vec<String> = self.uids(kind, pseudonyms).await?.into_iter().collect();
                    asked.matching.push((name.clone(), uids.join("\\")));
                }
                ([one], pseudonym) if one.tag == PATIENT => studies.narrow(self.studies_of(pseudonym).await?),
                ([one], pseudonym) if one.tag == ACCESSION => studies.narrow(self.studies_with(pseudonym).await?),
                (known, _) if known.iter().all(stays) => asked.matching.push((name.clone(), value.clone())),
                _ => return Err(refused(name)),
            }
        }
        if let Some(uids) = studies.0 {
            let uids: Vec<String> = if uids.is_empty() { vec![secret.nobodys()] } else { uids.into_iter().collect() };
            asked.matching.push(("StudyInstanceUID".to_owned(), uids.join("\\")));
        }
        if let Some(study) = &search.study {
            asked.study = Some(self.uid("study", study).await?);
        }
        if let Some(series) = &search.series {
            asked.series = Some(self.uid("series", series).await?);
        }
        let wrong = || Error::BadRequest("after: this does not come from an answer to this search".to_owned());
        asked.after = match &search.after {
            Some(token) => Some(sealed::open(&secret, token).ok_or_else(wrong)?),
            None => None,
        };
        let mut shuffled = [0; 16];
        secret.fill("order", &[], &mut shuffled);
        let shuffled = shuffled.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Hidden { search: asked, shuffled })
    }

    /// What was found, as it may be told; what is told is written down, so that it can be asked for.
    pub(crate) async fn veiled(&self, mut found: Found) -> Result<Found, Error> {
        self.veil(&mut found.matches, |found| found).await?;
        found.next = self.sealed(found.next).await?;
        Ok(found)
    }

    /// The place where a page begins, as such a person may carry it.
    pub(crate) async fn sealed(&self, place: Option<String>) -> Result<Option<String>, Error> {
        let secret = self.secret().await?;
        Ok(place.map(|token| sealed::seal(&secret, &token)))
    }

    /// The same for some matches. Those of which nobody knows whose they are are left out.
    pub(crate) async fn veil<T>(
        &self,
        found: &mut Vec<T>,
        matched: impl Fn(&mut T) -> &mut Match,
    ) -> Result<(), Error> {
        let studies = found.iter_mut().filter_map(|found| matched(found).study.clone()).collect();
        let disguises = self.disguises(studies).await?;
        let mut told = Vec::new();
        found.retain_mut(|found| {
            let found = matched(found);
            let Some(disguise) = found.study.as_ref().and_then(|study| disguises.get(study)) else {
                nobodys_left_out(found.study.as_deref());
                return false;
            };
            told.extend(told_of(found, disguise));
            found_number(found, disguise, &mut told);
            disguise.of_match(found);
            // Whether it would have been told is not known.
            found.left_out.clear();
            true
        });
        self.tell(told).await
    }

    /// The scope that somebody means who knows pseudonyms only.
    ///
    /// # Errors
    /// `NotAuthorized` when it was never told, whether there is such a thing or not.
    pub(crate) async fn meant(&self, scope: &Scope) -> Result<Scope, Error> {
        let (study, series, instance) = scope.texts();
        let told: Vec<String> = [Some(study), series, instance].into_iter().flatten().map(str::to_owned).collect();
        let found = self.with_identity(move |connection| pseudonyms::uids(connection, &told)).await?;
        let original = |kind: &str, pseudonym: &str| {
            let found = found.iter().find(|(of, told, _)| of == kind && told == pseudonym);
            found.and_then(|(.., uid)| Uid::new(uid).ok()).ok_or_else(never_told)
        };
        Ok(Scope {
            study: original("study", study)?,
            series: series.map(|series| original("series", series)).transpose()?,
            instance: instance.map(|instance| original("instance", instance)).transpose()?,
        })
    }

    /// Instances under their pseudonyms, which can be asked for from now on. Those of which nobody knows whose they are are
    /// left out.
    ///
    /// # Errors
    /// `Damaged` when none is left.
    pub(crate) async fn told_instances(&self, stored: Vec<StoredInstance>) -> Result<Vec<StoredInstance>, Error> {
        let studies: HashSet<String> = stored.iter().map(|instance| instance.study.clone()).collect();
        let disguises = self.disguises(studies).await?;
        let (mut told, mut given) = (Vec::new(), Vec::with_capacity(stored.len()));
        let has_some = !stored.is_empty();
        for instance in stored {
            let Some(disguise) = disguises.get(&instance.study).cloned() else {
                nobodys_left_out(Some(&instance.study));
                continue;
            };
            let (study, series, uid) = (instance.study.clone(), instance.series.clone(), instance.instance.clone());
            let instance = disguised(instance, disguise);
            told.extend([
                ("study", instance.study.clone(), study),
                ("series", instance.series.clone(), series),
                ("instance", instance.instance.clone(), uid),
            ]);
            given.push(instance);
        }
        if has_some && given.is_empty() {
            return Err(nobodys());
        }
        told.sort_unstable();
        told.dedup();
        self.tell(told).await?;
        Ok(given)
    }

    /// Which of some stored instances (SOP Instance UIDs) cannot be de-identified.
    pub(crate) async fn withheld_among(&self, uids: Vec<String>) -> Result<HashSet<String>, Error> {
        let rows = self.with_index(move |connection| schema::lookup::by_uids(connection, &uids)).await?;
        let mut withheld = HashSet::new();
        let stored: Vec<StoredInstance> = rows.into_iter().map(StoredInstance::from).collect();
        let uids: Vec<String> = stored.iter().map(|instance| instance.instance.clone()).collect();
        for (uid, instance) in uids.into_iter().zip(self.deidentified(stored).await?) {
            match self.disclosable(&instance).await {
                Ok(()) => {}
                Err(Error::NotAcceptable(_) | Error::Damaged(_)) => drop(withheld.insert(uid)),
                Err(error) => return Err(error),
            }
        }
        Ok(withheld)
    }

    async fn originals(&self, kind: &'static str, told: Vec<String>) -> Result<HashMap<String, String>, Error> {
        let told: Vec<String> = told.into_iter().filter(|text| !text.contains('\0')).collect();
        let found = self.with_identity(move |connection| pseudonyms::originals(connection, kind, &told)).await?;
        Ok(found.into_iter().collect())
    }

    /// What a list of UIDs stands for; one that was never told stands for what does not exist.
    async fn uids(&self, kind: &'static str, list: &str) -> Result<BTreeSet<String>, Error> {
        let told: Vec<String> =
            list.split(['\\', ',']).map(str::trim).filter(|uid| !uid.is_empty()).map(str::to_owned).collect();
        for uid in &told {
            Uid::new(uid).map_err(|why| Error::BadRequest(format!("{uid} is not a UID: {why}")))?;
        }
        let mut uids: BTreeSet<String> = self.originals(kind, told).await?.into_values().collect();
        if uids.is_empty() {
            uids.insert(self.secret().await?.nobodys());
        }
        Ok(uids)
    }

    async fn uid(&self, kind: &'static str, pseudonym: &Uid) -> Result<Uid, Error> {
        let found = self.uids(kind, pseudonym.as_str()).await?.into_iter().next();
        let uid = found.and_then(|uid| Uid::new(&uid).ok());
        uid.ok_or_else(|| Error::Internal("a pseudonym stands for no UID".to_owned(), None))
    }

    /// The Study Instance UIDs of a patient.
    async fn studies_of(&self, pseudonym: &str) -> Result<BTreeSet<String>, Error> {
        let patient = self.originals("patient", vec![pseudonym.to_owned()]).await?.into_values().next();
        let Some(patient) = patient.and_then(|key| key.parse().ok()) else { return Ok(BTreeSet::new()) };
        let found = self.with_identity(move |connection| pseudonyms::studies_of(connection, patient, MOST_STUDIES));
        Ok(found.await?.into_iter().collect())
    }

    /// The Study Instance UIDs with an Accession Number.
    async fn studies_with(&self, pseudonym: &str) -> Result<BTreeSet<String>, Error> {
        let number = self.originals("accession", vec![pseudonym.to_owned()]).await?.into_values().next();
        let Some(number) = number else { return Ok(BTreeSet::new()) };
        let found = self.with_identity(move |connection| pseudonyms::studies_with(connection, &number, MOST_STUDIES));
        Ok(found.await?.into_iter().collect())
    }
}

fn nobodys_left_out(study: Option<&str>) {
    tracing::warn!(study, "left out of a de-identified answer: {}", nobodys());
}

/// The Studies that keys leave; `None`: all.
struct Studies(Option<BTreeSet<String>>);

impl Studies {
    fn narrow(&mut self, uids: BTreeSet<String>) {
        self.0 = Some(match self.0.take() {
            None => uids,
            Some(others) => others.intersection(&uids).cloned().collect(),
        });
    }
}

/// The attributes of a path. Private elements are known to nobody here.
fn attributes(path: &str) -> Result<Vec<Attribute>, Error> {
    let unknown = || Error::BadRequest(format!("{path} is not an attribute that this server knows"));
    if path.contains('{') {
        return Err(refused(path));
    }
    path.split('.').map(|name| attribute::by_name(name.trim()).ok_or_else(unknown)).collect()
}

/// Whether de-identification leaves an attribute as it is.
fn stays(known: &Attribute) -> bool {
    treatment::of(known.tag, known.vr) == Treatment::Keep
}

fn refused(key: &str) -> Error {
    let key: String = key.chars().take(200).collect();
    Error::NotAuthorized(format!(
        "{key}: this user may see de-identified data only, and de-identification removes or replaces this attribute: no \
         search by it"
    ))
}

fn never_told() -> Error {
    Error::NotAuthorized(
        "this user may see de-identified data only, and asks for them by the UIDs that a search told".to_owned(),
    )
}

/// What somebody is told by a match: UIDs and the patient.
fn told_of(found: &Match, disguise: &Disguise) -> Vec<Told> {
    let uids = [("study", &found.study), ("series", &found.series), ("instance", &found.instance)];
    let mut told: Vec<Told> = uids
        .into_iter()
        .filter_map(|(kind, uid)| uid.as_ref().map(|uid| (kind, disguise.uid(uid), uid.clone())))
        .collect();
    told.extend(disguise.person.iter().map(|person| ("patient", person.pseudonym.clone(), person.key.to_string())));
    told
}

/// The same of its Accession Number, if it has one that is told.
fn found_number(found: &Match, disguise: &Disguise, told: &mut Vec<Told>) {
    let number =
        found.value(ACCESSION).and_then(|element| element["Value"][0].as_str().map(str::trim).map(str::to_owned));
    if let Some(number) = number.filter(|number| !number.is_empty() && number.is_ascii()) {
        told.push(("accession", disguise.accession(&number), number));
    }
}
