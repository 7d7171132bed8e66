//! Application entities: who may call by DIMSE, and where they listen for what they asked to be sent (C-MOVE).

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use schema::access::entities::{self, EntityRow, NewEntity};

use super::{Actor, Right};
use crate::audit::{Action, AuditEvent, Outcome};
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
    /// When it was added; [`Archive::add_application_entity`] takes its own time.
    pub created_at: DateTime<Utc>,
}

impl ApplicationEntity {
    fn of(row: EntityRow) -> Option<Self> {
        Some(Self {
            title: AeTitle::new(&row.title).ok()?,
            host: row.host,
            port: u16::try_from(row.port).ok()?,
            tls: row.tls,
            may_store: row.may_store,
            may_search: row.may_search,
            may_move: row.may_move,
            may_worklist: row.may_worklist,
            created_at: row.created_at,
        })
    }

    fn rights(&self) -> Vec<Right> {
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

impl Archive {
    /// Who calls by DIMSE. [`Error::NotAuthorized`] when the calling AE title is not known here; with `accept_unknown` such
    /// a caller may store, search, retrieve and use the worklist, but not move.
    ///
    /// An AE title is a name, not a proof: whoever reaches the port may call itself anything. TLS with client
    /// certificates is the proof.
    pub async fn admit_ae(&self, calling: &AeTitle, from: IpAddr, accept_unknown: bool) -> Result<Actor, Error> {
        let rights = match self.application_entity(calling).await? {
            Some(entity) => entity.rights(),
            None if accept_unknown => vec![Right::Store, Right::Search, Right::Retrieve, Right::Worklist],
            None => {
                self.audit(AuditEvent {
                    action: Action::Refuse,
                    actor: calling.as_str().to_owned(),
                    address: Some(from),
                    via: "dimse",
                    study: None,
                    series: None,
                    instance: None,
                    outcome: Outcome::Failure,
                    detail: Some("unknown calling AE title".into()),
                });
                return Err(Error::NotAuthorized(format!("the AE title {} is not known here", calling.as_str())));
            }
        };
        let name = calling.as_str().to_owned();
        Ok(Actor { name, rights, identified: true, address: Some(from), via: "dimse" })
    }

    /// Adds an application entity.
    pub async fn add_application_entity(&self, by: &str, entity: &ApplicationEntity) -> Result<(), Error> {
        let title = entity.title.as_str();
        if entity.port == 0 {
            return Err(Error::BadRequest("the port is 0; it is a number from 1 to 65535".into()));
        }
        if entity.host.is_empty() || entity.host.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(Error::BadRequest("the host is neither a name nor an address".into()));
        }
        let new = entity.clone();
        let added = self
            .with_index(move |connection| {
                let row = NewEntity {
                    title: new.title.as_str(),
                    host: &new.host,
                    port: new.port.into(),
                    tls: new.tls,
                    may_store: new.may_store,
                    may_search: new.may_search,
                    may_move: new.may_move,
                    may_worklist: new.may_worklist,
                };
                entities::add(connection, &row)
            })
            .await?;
        if !added {
            return Err(Error::BadRequest(format!("there is an application entity {title} already")));
        }
        let rights: Vec<_> = entity.rights().into_iter().map(Right::word).collect();
        let (host, port, tls) = (&entity.host, entity.port, if entity.tls { " with TLS" } else { "" });
        let rights = rights.join(", ");
        self.administered(by, format!("add application entity {title} at {host} port {port}{tls} ({rights})"));
        Ok(())
    }

    /// All application entities, by title.
    pub async fn list_application_entities(&self) -> Result<Vec<ApplicationEntity>, Error> {
        let rows = self.with_index(entities::list).await?;
        Ok(rows.into_iter().filter_map(ApplicationEntity::of).collect())
    }

    /// Removes an application entity.
    pub async fn remove_application_entity(&self, by: &str, title: &AeTitle) -> Result<(), Error> {
        let key = title.as_str().to_owned();
        if !self.with_index(move |connection| entities::remove(connection, &key)).await? {
            return Err(Error::NotFound(format!("application entity {}", title.as_str())));
        }
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
    pub async fn application_entity(&self, title: &AeTitle) -> Result<Option<ApplicationEntity>, Error> {
        let key = title.as_str().to_owned();
        let row = self.with_index(move |connection| entities::find(connection, &key)).await?;
        Ok(row.and_then(ApplicationEntity::of))
    }
}
