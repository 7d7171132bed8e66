//! De-identification by the Basic Application Level Confidentiality Profile (PS3.15 Annex E), with dates that are moved
//! (docs/DEIDENTIFICATION.md).
//!
//! An instance that is to be given without whose it is carries a [`Disguise`]: its UIDs are pseudonyms, and whatever reads
//! its data elements gets them treated, so every way to its content gives the same. Read in this order: `treatment` is what is
//! done with which attribute, `values` what takes their place, `secret` what pseudonyms are made with; `object` treats a
//! data set and `json` its metadata or what a search found, `long` metadata that come in pieces; `withheld` is what
//! cannot be given at all; `researcher` is how somebody who knows pseudonyms only asks, and `sealed` what such a
//! person carries from page to page.

mod excerpt;
mod json;
mod left_out;
mod long;
mod object;
mod researcher;
mod sealed;
mod secret;
mod treatment;
mod values;
mod withheld;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use data_set::DataSet;
use parking_lot::Mutex;
use schema::pseudonyms::{self, Told};
use tokio::sync::OnceCell;

use crate::retrieve::{self, InstanceMetadata, Passing};
use crate::{Archive, Error, Match, StoredInstance, archive};
use secret::{LENGTH, Person};
use withheld::Statement;

pub(crate) use excerpt::Excerpt;
pub use left_out::LeftOut;
pub(crate) use left_out::LeftOuts;
pub(crate) use long::Treating;
pub(crate) use object::Editing;
pub(crate) use researcher::Hidden;
pub(crate) use secret::Secret;

/// What was done, in words (De-identification Method).
const METHODS: [&str; 2] = ["DICOM PS3.15 2026c Basic Application Level", "Dates moved, the same for a patient"];
/// What was done, in codes of CID 7050.
const METHOD_CODES: [(&str, &str); 2] = [
    ("113100", "Basic Application Confidentiality Profile"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
];
/// Longitudinal Temporal Information Modified.
const MARKED: &str = "MODIFIED";
/// Why what the identity database has no row of is not given.
const NOBODYS: &str = "the identity database does not know whose study this is: `pacs verify` can mend it";
/// Objects of which is remembered whether they can be given.
const REMEMBERED: usize = 16_384;

/// How an instance is given without whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Disguise {
    secret: Arc<Secret>,
    /// `None`: nobody knows whose it is. It has pseudonyms, and none of its content is given.
    person: Option<Person>,
}

impl Disguise {
    fn uid(&self, uid: &str) -> String {
        self.secret.uid(uid)
    }

    fn other_uid(&self, uid: &str) -> String {
        self.secret.other_uid(uid)
    }

    fn patient(&self) -> &str {
        self.person.as_ref().map_or("", |person| &person.pseudonym)
    }

    fn moved(&self, date: &str) -> Option<String> {
        values::moved(date, self.person.as_ref()?.days)
    }

    fn accession(&self, number: &str) -> String {
        self.secret.accession(number)
    }

    /// Whether an object can be given, by what its elements say, of which everything besides is known.
    ///
    /// # Errors
    /// `NotAcceptable` when the object cannot be given, `Damaged` when nobody knows whose it is.
    pub(crate) fn permits(&self, said: Excerpt, head: DataSet) -> Result<(), Error> {
        if self.person.is_none() {
            return Err(nobodys());
        }
        match said.into_set(head) {
            Some(set) => withheld::withheld(&Statement::of_object(&set)).map_or(Ok(()), |reason| Err(refused(reason))),
            None => Err(refused("what it says of itself is too long")),
        }
    }

    /// Why metadata may not be given, if they may not, by what they say.
    pub(crate) fn withholds(&self, json: &[u8], transfer_syntax: &str) -> Option<&'static str> {
        if self.person.is_none() {
            return Some(NOBODYS);
        }
        match json::stored(json) {
            Some(stored) => withheld::withheld(&Statement::of_metadata(&stored, transfer_syntax)),
            None => Some("its metadata cannot be read"),
        }
    }

    /// Metadata as they may be given; `None` when the object cannot be, in any form.
    pub(crate) fn of_metadata(&self, metadata: InstanceMetadata) -> Option<InstanceMetadata> {
        let (stored, told) = json::metadata(&metadata.json, self).filter(|_| self.person.is_some())?;
        if withheld::withheld(&Statement::of_metadata(&stored, &metadata.transfer_syntax)).is_some() {
            return None;
        }
        Some(InstanceMetadata { json: told.into(), ..metadata })
    }

    /// What a search found, as it may be told.
    pub(crate) fn of_match(&self, found: &mut Match) {
        found.edit(|tag, element| json::element(tag, element, self, true));
        for uid in [&mut found.study, &mut found.series, &mut found.instance].into_iter().flatten() {
            *uid = self.uid(uid);
        }
    }
}

fn refused(reason: &str) -> Error {
    Error::NotAcceptable(format!("the instance cannot be de-identified: {reason}"))
}

/// What the archive remembers of de-identification.
#[derive(Default)]
pub(crate) struct Disguises {
    secret: OnceCell<Arc<Secret>>,
    /// Why objects cannot be given, by path of the stored file: a replaced instance has another path.
    withheld: Mutex<HashMap<String, Option<String>>>,
}

impl Archive {
    /// Instances as they may be given to those who may not know whose they are: with pseudonyms for UIDs, and treated
    /// wherever their content is asked for. Whether one can be given is found out when it is asked for: what the identity
    /// database does not know is `Damaged` then, and keeps nothing from the others.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn deidentified(&self, instances: Vec<StoredInstance>) -> Result<Vec<StoredInstance>, Error> {
        let studies = instances.iter().map(|instance| instance.study.clone()).collect();
        let disguises = self.disguises(studies).await?;
        let nobodys = Arc::new(Disguise { secret: self.secret().await?, person: None });
        let disguise = |instance: StoredInstance| {
            let disguise = disguises.get(&instance.study).unwrap_or(&nobodys).clone();
            disguised(instance, disguise)
        };
        Ok(instances.into_iter().map(disguise).collect())
    }

    /// The disguises of some studies, by Study Instance UID.
    async fn disguises(&self, studies: HashSet<String>) -> Result<HashMap<String, Arc<Disguise>>, Error> {
        let secret = self.secret().await?;
        let found = self
            .with_identity(move |connection| {
                let mut studies: Vec<&str> = studies.iter().map(String::as_str).collect();
                studies.sort_unstable();
                pseudonyms::patients_of(connection, &studies)
            })
            .await?;
        let disguise = |study: String, patient| {
            let (secret, person) = (secret.clone(), Some(secret.person(patient)));
            (study, Arc::new(Disguise { secret, person }))
        };
        Ok(found.into_iter().map(|(study, patient)| disguise(study, patient)).collect())
    }

    /// The secret of this archive, made when it is needed first.
    pub(crate) async fn secret(&self) -> Result<Arc<Secret>, Error> {
        let found = self.0.disguises.secret.get_or_try_init(|| async {
            let candidate: [u8; LENGTH] = rand::random();
            let secret = self.with_identity(move |connection| pseudonyms::secret(connection, &candidate)).await?;
            let secret = <[u8; LENGTH]>::try_from(secret)
                .map_err(|_| Error::Internal("the secret of pseudonyms is broken".to_owned(), None))?;
            Ok::<_, Error>(Arc::new(Secret::new(secret)))
        });
        found.await.cloned()
    }

    /// Whether an instance that carries a disguise can be given at all; any other can.
    ///
    /// # Errors
    /// `NotAcceptable`, with the reason; `Damaged` when nobody knows whose it is.
    pub(crate) async fn disclosable(&self, instance: &StoredInstance) -> Result<(), Error> {
        let disguise = match &instance.disguise {
            None => return Ok(()),
            Some(disguise) if disguise.person.is_none() => return Err(nobodys()),
            Some(disguise) => disguise.clone(),
        };
        let known = self.0.disguises.withheld.lock().get(&instance.path).cloned();
        let outcome = match known {
            Some(None) => return Ok(()),
            Some(Some(words)) => return Err(Error::NotAcceptable(words)),
            None => self.stated(instance, disguise).await,
        };
        let reason = match outcome {
            Ok(()) => None,
            Err(Error::NotAcceptable(words)) => Some(words),
            Err(error) => return Err(error),
        };
        let remembered = &mut *self.0.disguises.withheld.lock();
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(instance.path.clone(), reason.clone());
        reason.map_or(Ok(()), |words| Err(Error::NotAcceptable(words)))
    }

    /// The same, from what stands before the pixels of the stored object.
    async fn stated(&self, instance: &StoredInstance, disguise: Arc<Disguise>) -> Result<(), Error> {
        let (file, end) = (Arc::new(self.file(instance).await?), self.header_end(instance).await?);
        let is_deflated = retrieve::is_deflated(&instance.transfer_syntax);
        archive::blocking(move || {
            let mut passing = Passing::new(file, end, is_deflated)?;
            let mut said = Excerpt::default();
            let head = passing.all(None, |element, value| said.look(element, value))?;
            disguise.permits(said, head)
        })
        .await
    }

    /// Writes down which pseudonyms somebody was told, so that they can be asked for.
    pub(crate) async fn tell(&self, told: Vec<Told>) -> Result<(), Error> {
        self.with_identity(move |connection| pseudonyms::tell(connection, &told)).await
    }
}

/// An instance under its pseudonyms.
fn disguised(instance: StoredInstance, disguise: Arc<Disguise>) -> StoredInstance {
    StoredInstance {
        study: disguise.uid(&instance.study),
        series: disguise.uid(&instance.series),
        instance: disguise.uid(&instance.instance),
        // When it came tells when it was made.
        stored_at: -1,
        digest: disguise.secret.digest(&instance.digest),
        disguise: Some(disguise),
        ..instance
    }
}

fn nobodys() -> Error {
    Error::Damaged(NOBODYS.to_owned())
}
