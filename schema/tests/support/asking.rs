//! Searches in the tests' words.

use schema::attribute::Level;
use schema::search::{Found, Match, Query, QueryError, Request};
use serde_json::{Map, Value};

use super::Databases;

/// A search that is being put together.
#[derive(Clone)]
pub struct Ask {
    level: Level,
    study: Option<String>,
    series: Option<String>,
    matching: Vec<(String, String)>,
    include: Vec<String>,
    include_all: bool,
    fuzzy: bool,
    empty: bool,
    multiple: bool,
    order: Vec<String>,
    limit: Option<u32>,
    offset: u32,
    after: Option<String>,
    total: bool,
    apart: bool,
    only_asked: bool,
}

pub fn patients() -> Ask {
    ask(Level::Patient)
}

pub fn studies() -> Ask {
    ask(Level::Study)
}

pub fn series() -> Ask {
    ask(Level::Series)
}

pub fn instances() -> Ask {
    ask(Level::Instance)
}

pub fn ask(level: Level) -> Ask {
    Ask {
        level,
        study: None,
        series: None,
        matching: Vec::new(),
        include: Vec::new(),
        include_all: false,
        fuzzy: false,
        empty: false,
        multiple: false,
        order: Vec::new(),
        limit: None,
        offset: 0,
        after: None,
        total: false,
        apart: false,
        only_asked: false,
    }
}

impl Ask {
    pub fn of_study(mut self, uid: &str) -> Self {
        self.study = Some(uid.to_owned());
        self
    }

    pub fn of_series(mut self, uid: &str) -> Self {
        self.series = Some(uid.to_owned());
        self
    }

    pub fn by(mut self, name: &str, value: &str) -> Self {
        self.matching.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn including(mut self, name: &str) -> Self {
        match name {
            "all" => self.include_all = true,
            name => self.include.push(name.to_owned()),
        }
        self
    }

    pub fn fuzzy(mut self) -> Self {
        self.fuzzy = true;
        self
    }

    /// With Empty Value Matching.
    pub fn empty(mut self) -> Self {
        self.empty = true;
        self
    }

    /// With Multiple Value Matching.
    pub fn multiple(mut self) -> Self {
        self.multiple = true;
        self
    }

    /// Dates and times each by itself.
    pub fn apart(mut self) -> Self {
        self.apart = true;
        self
    }

    /// Nothing but what is asked for.
    pub fn only_asked(mut self) -> Self {
        self.only_asked = true;
        self
    }

    pub fn ordered_by(mut self, name: &str) -> Self {
        self.order.push(name.to_owned());
        self
    }

    pub fn after(mut self, token: &str) -> Self {
        self.after = Some(token.to_owned());
        self
    }

    pub fn counted(mut self) -> Self {
        self.total = true;
        self
    }

    pub fn page(mut self, offset: u32, limit: u32) -> Self {
        (self.offset, self.limit) = (offset, Some(limit));
        self
    }

    pub fn parse(&self) -> Result<Query, QueryError> {
        Query::parse(&Request {
            level: self.level,
            study: self.study.as_deref(),
            series: self.series.as_deref(),
            matching: &self.matching,
            include: &self.include,
            include_all: self.include_all,
            fuzzy: self.fuzzy,
            empty: self.empty,
            multiple: self.multiple,
            order: &self.order,
            limit: self.limit,
            offset: self.offset,
            after: self.after.as_deref(),
            total: self.total,
            apart: self.apart,
            only_asked: self.only_asked,
            shuffled: None,
        })
    }

    pub fn run(&self, databases: &Databases) -> Found {
        let query = self.parse().expect("a query that makes sense");
        schema::search::run(&mut databases.index(), &mut databases.identity(), &query).expect("search")
    }

    /// The matches.
    pub fn matches(&self, databases: &Databases) -> Vec<Map<String, Value>> {
        self.run(databases).matches.iter().map(Match::object).collect()
    }

    /// UIDs of the matches, in order.
    pub fn uids(&self, databases: &Databases) -> Vec<String> {
        let tag = match self.level {
            Level::Patient | Level::Study => "0020000D",
            Level::Series => "0020000E",
            Level::Instance => "00080018",
        };
        let uid = |found: &Map<String, Value>| found[tag]["Value"][0].as_str().expect("a UID").to_owned();
        self.matches(databases).iter().map(uid).collect()
    }
}
