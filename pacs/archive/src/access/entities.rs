//! Application entities: who may call by DIMSE, and where they listen for what they asked to be sent (C-MOVE).

use std::fmt;
use std::net::Ipv6Addr;

use chrono::{DateTime, Utc};
use schema::access::entities::{self, EntityRow, NewEntity};

use super::{Actor, BoundCertificate, Right};
use crate::{AeTitle, Archive, Error};

/// An application entity that is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationEntity {
    /// AE title.
    pub title: AeTitle,
    /// Where it listens: name or address.
    pub host: String,
    /// Where it listens: TCP port.
    pub port: u16,
    /// It listens with TLS.
    pub tls: bool,
    /// May send objects (C-STORE).
    pub may_store: bool,
    /// May search (C-FIND) and retrieve (C-GET).
    pub may_search: bool,
    /// May have objects sent to another AE (C-MOVE).
    pub may_move: bool,
    /// May query the worklist (C-FIND) and report performed steps (N-CREATE, N-SET).
    pub may_worklist: bool,
    /// Most associations at once that it may ask one process for; none: as the server is configured.
    pub max_associations: Option<u32>,
    /// The certificate that it has to show; none: its title is enough.
    pub certificate: Option<BoundCertificate>,
    /// When it was added; [`Archive::add_application_entity`] takes its own time.
    pub created_at: DateTime<Utc>,
}

impl ApplicationEntity {
    /// One that listens somewhere and may do nothing.
    pub fn at(title: AeTitle, host: impl Into<String>, port: u16) -> Self {
        Self {
            title,
            host: host.into(),
            port,
            tls: false,
            may_store: false,
            may_search: false,
            may_move: false,
            may_worklist: false,
            max_associations: None,
            certificate: None,
            created_at: Utc::now(),
        }
    }

    /// Host and port as one text; an IPv6 address stands in brackets.
    pub fn address(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// A row that makes no sense is an error and not an AE that nobody knows: strangers may be let in where one whose proof
    /// cannot be read must not be.
    fn of(row: EntityRow) -> Result<Self, Error> {
        let title = row.title.clone();
        Self::understood(row).ok_or_else(|| {
            tracing::error!(title, "the row of an application entity makes no sense; it can be put anew or removed");
            Error::Damaged(format!("what is registered for the application entity {title} cannot be read"))
        })
    }

    fn understood(row: EntityRow) -> Option<Self> {
        Some(Self {
            title: AeTitle::new(&row.title).ok()?,
            host: row.host,
            port: u16::try_from(row.port).ok()?,
            tls: row.tls,
            may_store: row.may_store,
            may_search: row.may_search,
            may_move: row.may_move,
            may_worklist: row.may_worklist,
            max_associations: row.max_associations.map(u32::try_from).transpose().ok()?,
            certificate: row.certificate.map(|text| text.parse()).transpose().ok()?,
            created_at: row.created_at,
        })
    }

    fn row(&self) -> NewEntity<'_> {
        NewEntity {
            title: self.title.as_str(),
            host: &self.host,
            port: self.port.into(),
            tls: self.tls,
            may_store: self.may_store,
            may_search: self.may_search,
            may_move: self.may_move,
            may_worklist: self.may_worklist,
            max_associations: self.max_associations.map(|most| i32::try_from(most).unwrap_or(i32::MAX)),
            certificate: self.certificate.as_ref().map(ToString::to_string),
        }
    }

    /// The same as it is kept; refuses what cannot be meant.
    fn checked(&self) -> Result<Self, Error> {
        let refuse = |words: &str| Err(Error::BadRequest(words.into()));
        if self.port == 0 {
            return refuse("the port is 0; it is a number from 1 to 65535");
        }
        if self.max_associations == Some(0) {
            return refuse("an application entity that may have no association is removed instead");
        }
        let bare = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = bare.unwrap_or(&self.host);
        let is_text =
            !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control() || "[]/".contains(c));
        // The zone of a link-local address (`fe80::1%eth0`) is the system's to know.
        let is_address = || host.split('%').next().is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
        if !is_text || (bare.is_some() || host.contains(':')) && !is_address() {
            return refuse("the host is neither a name nor an address");
        }
        Ok(Self { host: host.to_owned(), ..self.clone() })
    }

    pub(super) fn rights(&self) -> Vec<Right> {
        let mut rights = Vec::new();
        if self.may_store {
            rights.push(Right::Store);
        }
        if self.may_search {
            rights.extend([Right::Search, Right::Retrieve]);
        }
        if self.may_move {
            rights.push(Right::Move);
        }
        if self.may_worklist {
            rights.push(Right::Worklist);
        }
        rights
    }
}

/// As the audit trail tells of it.
impl fmt::Display for ApplicationEntity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = if self.tls { " with TLS" } else { "" };
        let rights: Vec<_> = self.rights().into_iter().map(Right::word).collect();
        let (title, host, port) = (&self.title, &self.host, self.port);
        write!(f, "application entity {title} at {host} port {port}{tls} ({})", rights.join(", "))?;
        if let Some(most) = self.max_associations {
            write!(f, ", at most {most} associations")?;
        }
        match &self.certificate {
            Some(certificate) => write!(f, ", certificate {certificate}"),
            None => Ok(()),
        }
    }
}

impl Archive {
    /// Adds an application entity. Counts at once, as all changes of them do.
    ///
    /// # Errors
    /// `BadRequest` when there is one of its title, or its port, host or limit makes no sense.
    pub async fn add_application_entity(&self, by: &str, entity: &ApplicationEntity) -> Result<(), Error> {
        let entity = entity.checked()?;
        let new = entity.clone();
        if !self.with_index(move |connection| entities::add(connection, &new.row())).await? {
            return Err(Error::BadRequest(format!("there is an application entity {} already", entity.title)));
        }
        self.0.access.changed();
        self.administered(by, format!("add {entity}"));
        Ok(())
    }

    /// Adds an application entity, or changes the one of its title; `true` when it is new.
    pub async fn put_application_entity(&self, by: &str, entity: &ApplicationEntity) -> Result<bool, Error> {
        let entity = entity.checked()?;
        let new = entity.clone();
        let added = self.with_index(move |connection| entities::put(connection, &new.row())).await?;
        self.0.access.changed();
        self.administered(by, format!("{} {entity}", if added { "add" } else { "change" }));
        Ok(added)
    }

    /// All application entities that can be read, by title; the log names the others.
    pub async fn list_application_entities(&self) -> Result<Vec<ApplicationEntity>, Error> {
        let rows = self.with_index(entities::list).await?;
        Ok(rows.into_iter().filter_map(|row| ApplicationEntity::of(row).ok()).collect())
    }

    /// Removes an application entity.
    pub async fn remove_application_entity(&self, by: &str, title: &AeTitle) -> Result<(), Error> {
        let key = title.as_str().to_owned();
        if !self.with_index(move |connection| entities::remove(connection, &key)).await? {
            return Err(Error::NotFound(format!("application entity {}", title.as_str())));
        }
        self.0.access.changed();
        self.administered(by, format!("remove application entity {}", title.as_str()));
        Ok(())
    }

    /// Where a C-MOVE goes: only to application entities that are registered.
    ///
    /// # Errors
    /// `NotAuthorized` without the right to move, `NotFound` when there is none of this title.
    pub async fn move_destination(&self, actor: &Actor, title: &AeTitle) -> Result<ApplicationEntity, Error> {
        self.permit(actor, Right::Move)?;
        let entity = self.application_entity(title).await?;
        entity.ok_or_else(|| Error::NotFound(format!("application entity {title}")))
    }

    /// The application entity of a title.
    ///
    /// # Errors
    /// `Damaged` when there is one that cannot be read.
    pub async fn application_entity(&self, title: &AeTitle) -> Result<Option<ApplicationEntity>, Error> {
        let index = self.0.index.clone();
        let look = move |titles: Vec<String>| index.run(|connection| entities::find(connection, &titles));
        let row = self.0.access.lookups.find(title.as_str(), look).await?;
        row.map(ApplicationEntity::of).transpose()
    }
}
